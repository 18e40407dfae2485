"""What profiles make of scans."""

from __future__ import annotations

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from counter_tui.barcodes.back_cover import Cover
from counter_tui.barcodes.check_digits import LETTERS, SCHEMES
from counter_tui.barcodes.input_method import as_keys, went_through_input_method
from counter_tui.barcodes.profiles import (
    LONGEST_SCAN,
    Kind,
    Letters,
    Profile,
    read_scan,
    recorded_number,
)
from counter_tui.errors import CheckDigitWrong, ScanError, ScanGarbled, ScanTooLong

PATRON = Profile("card", Kind.PATRON)
ITEM = Profile("book", Kind.ITEM)
DIGITS = st.text(string.digits, min_size=1, max_size=20)
PAIRS = st.tuples(st.sampled_from("ABCDabcd"), st.sampled_from("ABCDabcd"))

PROFILES = st.builds(
    Profile,
    name=st.sampled_from(["one", "two", "three"]),
    kind=st.sampled_from(Kind),
    branch=st.sampled_from([None, "中央図書館", "上戸田分館"]),
    letters=st.sampled_from(Letters),
    pair=st.sampled_from(["", "AA", "AB"]),
    check=st.sampled_from(["", *SCHEMES]),
    keeps_check=st.booleans(),
    shortest=st.integers(1, 4),
    longest=st.integers(4, 15),
    prefixes=st.sampled_from([(), ("1",), ("2", "21")]),
)


def numbers(typed: str, *profiles: Profile) -> list[str]:
    """The numbers that a scan can be."""
    return [each.number for each in read_scan(typed, profiles).candidates]


@pytest.mark.parametrize("typed", ["a0000013a", "A0000013A", "0000013", "a0000013A", "d0000013c"])
def test_letters_are_taken_off_in_either_case(typed: str) -> None:
    """Whatever the reader is set to, it is one number; what was read is kept."""
    reading = read_scan(typed, [PATRON])
    assert [each.number for each in reading.candidates] == ["0000013"]
    assert reading.as_read == typed


@given(DIGITS, PAIRS, PAIRS)
def test_a_label_is_the_same_with_and_without_letters(
    number: str, one: tuple[str, str], other: tuple[str, str]
) -> None:
    """All forms that readers may send of one label give one number."""
    forms = [number, one[0] + number + one[1], other[0] + number + other[1]]
    assert [numbers(form, PATRON) for form in forms] == [[number]] * 3


@given(DIGITS, DIGITS, PAIRS)
def test_different_labels_stay_different(one: str, other: str, pair: tuple[str, str]) -> None:
    """Taking letters off joins nothing that is not one."""
    read = numbers(pair[0] + one + pair[1], PATRON)
    assert (read == numbers(other, PATRON)) is (one == other)


def test_letters_are_wanted_or_kept_as_the_profile_says() -> None:
    """`sent` refuses a number without them, `none` takes them for part of the number."""
    sent = Profile("sent", Kind.ITEM, letters=Letters.SENT, pair="AA")
    assert numbers("A123A", sent) == ["123"]
    assert numbers("123", sent) == []
    assert numbers("A123B", sent) == []
    assert numbers("A123A", Profile("none", Kind.ITEM, letters=Letters.NONE)) == ["A123A"]


@given(st.text(max_size=40), st.lists(PROFILES, max_size=4))
@example("a\x1bb", [PATRON])
def test_any_text_is_read_or_refused_in_a_sentence(typed: str, profiles: list[Profile]) -> None:
    """Whatever came, whatever the profiles: nothing but typed errors."""
    try:
        reading = read_scan(typed, profiles, "中央図書館")
    except ScanError:
        return
    assert reading.as_read
    assert len({(each.number, each.kinds) for each in reading.candidates}) == len(
        reading.candidates
    )


def test_five_megabytes_are_not_looked_at() -> None:
    """More than a barcode can have is refused by its length alone."""
    with pytest.raises(ScanTooLong) as refused:
        read_scan("9" * 5_000_000, [PATRON])
    assert refused.value.length == 5_000_000
    assert read_scan("9" * LONGEST_SCAN).as_read == "9" * LONGEST_SCAN


@pytest.mark.parametrize("typed", ["", "  \t", "12\x1b34", "\x0012", "12\x9b34", "12\u202e34"])
def test_a_garbled_scan_is_refused_and_not_shortened(typed: str) -> None:
    """Without its control characters it might be another book's number."""
    with pytest.raises(ScanGarbled):
        read_scan(typed, [PATRON])


@given(DIGITS, st.sampled_from(sorted(set(SCHEMES) - {"modulus-16"})))
def test_a_check_digit_is_checked_and_kept_or_dropped(number: str, name: str) -> None:
    """A right one is read, a wrong one is refused by the profile's name."""
    check = SCHEMES[name].check_digit(number)
    if check is None:
        return
    kept = Profile("kept", Kind.ITEM, check=name, longest=LONGEST_SCAN)
    dropped = Profile("dropped", Kind.ITEM, check=name, keeps_check=False)
    assert numbers(number + check, kept) == [number + check]
    assert numbers(f"a{number}{check}a", dropped) == [number]
    other = str((int(check) + 1) % 10)
    if not (number + other).startswith(("978", "979", "192")):
        with pytest.raises(CheckDigitWrong) as refused:
            read_scan(number + other, [kept])
        assert refused.value.profile == "kept"


def test_modulus_16_takes_its_letters_from_the_scan_or_from_the_profile() -> None:
    """A reader that does not send them needs them named."""
    sent = Profile("sent", Kind.ITEM, check="modulus-16", letters=Letters.SENT)
    silent = Profile("silent", Kind.ITEM, check="modulus-16", pair="AB")
    assert numbers("A37859+B", sent) == ["37859+"]
    assert numbers("a37859+b", sent) == ["37859+"]
    assert numbers("37859+", silent) == ["37859+"]
    with pytest.raises(CheckDigitWrong):
        read_scan("A37858+B", [sent])


def test_length_and_prefix_tell_kinds_apart() -> None:
    """A number is what its form says; one that no profile describes is left to the records."""
    card = Profile("card", Kind.PATRON, shortest=10, longest=10, prefixes=("2",))
    book = Profile("book", Kind.ITEM, shortest=8, longest=10, prefixes=("1",))
    found = read_scan("A2100000013A", [card, book]).candidates
    assert [(each.number, each.kinds) for each in found] == [
        ("2100000013", frozenset({Kind.PATRON}))
    ]
    assert read_scan("10294801", [card, book]).candidates[0].profile == "book"
    unknown = read_scan("777", [card, book])
    assert unknown.candidates == ()
    assert unknown.by_itself.number == "777"


def test_the_card_on_a_phone_leads_to_the_library_card() -> None:
    """Its prefix belongs to the phone's code, and not to the number."""
    mobile = Profile("phone", Kind.MOBILE, prefixes=("M", "M0"), keeps_prefix=False)
    assert numbers("M02100000013", mobile) == ["2100000013"]
    assert mobile.kind.is_patrons


def test_the_terminals_own_branch_comes_first() -> None:
    """Then the others in the order of the file: books travel."""
    here = Profile("here", Kind.ITEM, branch="上戸田分館", prefixes=("1",), keeps_prefix=False)
    there = Profile("there", Kind.ITEM, branch="中央図書館")
    for branch, first in (("中央図書館", "there"), ("上戸田分館", "here")):
        found = read_scan("123", [here, there], branch).candidates
        assert found[0].profile == first
        assert {each.number for each in found} == {"23", "123"}


def test_one_number_by_two_profiles_is_one_candidate() -> None:
    """Card and phone say the same number: nothing to ask."""
    assert numbers("123", PATRON, Profile("phone", Kind.MOBILE)) == ["123"]
    assert numbers("123", PATRON, ITEM) == ["123", "123"]


@pytest.mark.parametrize(
    ("typed", "cover"),
    [
        ("9784101010014", Cover.ISBN),
        ("9784101010013", None),
        ("1920193005901", None),
        ("1920193005905", Cover.PRICE),
        ("4901234567894", None),
    ],
)
def test_the_publishers_barcodes_are_known(typed: str, cover: Cover | None) -> None:
    """By prefix and check digit: C0193 590円 is the second line."""
    assert read_scan(typed).cover is cover


def test_an_isbn_is_no_misread_label() -> None:
    """A profile whose check digit does not fit it does not hide what it is."""
    book = Profile("book", Kind.ITEM, check="7dr")
    assert read_scan("9784101010014", [book]).cover is Cover.ISBN


def test_a_new_card_is_kept_as_it_will_be_found() -> None:
    """The number in the record is what later scans of the label give."""
    assert recorded_number("a2100000013a", [ITEM, PATRON], patrons=True) == "2100000013"
    assert recorded_number("A2100000013A", [ITEM], patrons=True) == "A2100000013A"


def test_the_shape_for_logs_holds_no_digit_of_the_number() -> None:
    """It shows an administrator what the reader sends, and nobody whose card it was."""
    assert read_scan("a2100-13A").shape == "a0000-00A"


KANA = str.maketrans("0123456789-:/.abcd", "わぬふあうえおやゆよほけめるちこそし")
WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
ROMAN = {"-": "ー", "/": "・", ".": "。", "a": "あ"}


@given(
    st.text("0123456789-:/.", min_size=1, max_size=20), st.sampled_from(["", "a", "b", "c", "d"])
)
def test_kana_and_full_width_forms_are_read_as_their_keys(number: str, letter: str) -> None:
    """Typed as kana, as half-width kana, or converted from Latin letters."""
    keys = letter + number + letter
    assert as_keys(keys) == keys
    assert as_keys(keys.translate(KANA)) == keys
    assert as_keys(keys.translate(WIDE)) == keys
    assert went_through_input_method(keys.translate(WIDE))
    if any(character.isdigit() for character in number):
        roman = "".join(ROMAN.get(character, character.translate(WIDE)) for character in keys)
        assert as_keys(roman) == keys


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("ﾁﾇﾌｱﾁ", "a123a"),
        ("チヌフアチ", "a123a"),
        ("・おk", "/ok"),
        ("めらの", "/ok"),
        ("・の", "/no"),
        ("めみら", "/no"),
        ("・９", "/9"),
        ("めよ", "/9"),
        ("昭和60.4.12", "昭和60.4.12"),
        ("1985年4月12日", "1985年4月12日"),
        (" 2100000013 ", "2100000013"),
    ],
)
def test_commands_are_known_and_dates_are_left(typed: str, keys: str) -> None:
    """The confirm barcode works with an input method on; what is no scan stays."""
    assert as_keys(typed) == keys


@given(st.text(st.sampled_from("わぬふー・あ0１ａa-ち ﾇ昭"), max_size=12))
def test_reading_keys_twice_changes_nothing(typed: str) -> None:
    """The screen has read them once when the desk does."""
    assert as_keys(as_keys(typed)) == as_keys(typed)


def test_all_letters_are_known() -> None:
    """NW-7 has four."""
    assert all(numbers(f"{each}1{each}", ITEM) == ["1"] for each in LETTERS)
