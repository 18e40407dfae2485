"""The check digit schemes, with the examples of their sources (docs/barcodes.md)."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from counter_tui.barcodes.check_digits import LONGEST_WEIGHTED, SCHEMES, is_ean_13

PROMISING = sorted(name for name, scheme in SCHEMES.items() if scheme.finds_every_wrong_digit)
NUMBERS = st.text("0123456789", min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("scheme", "data", "check"),
    [
        ("modulus-10-weight-3", "491234567890", "4"),
        ("modulus-10-weight-3", "1456995111617", "6"),
        ("modulus-10-weight-3", "4901234", "7"),
        ("modulus-10-weight-2", "12345678", "2"),
        ("modulus-10-weight-2", "20151119", "3"),
        ("modulus-10-weight-2", "20151149", "0"),
        ("runes", "938745343", "5"),
        ("modulus-10-weight-2-lump", "12345678", "4"),
        ("modulus-10-weight-2-lump", "938745343", "7"),
        ("modulus-11", "12345", "5"),
        ("modulus-11", "13739", "1"),
        ("weighted-modulus-11", "5012924346", "4"),
        ("weighted-modulus-11", "0200290068", "1"),
        ("7dr", "99991234567", "0"),
        ("7dr", "8745343", "5"),
    ],
)
def test_published_examples(scheme: str, data: str, check: str) -> None:
    """Each source's own example gives the source's own digit."""
    assert SCHEMES[scheme].check_digit(data) == check
    assert SCHEMES[scheme].holds(data + check)


def test_modulus_16_counts_the_letters() -> None:
    """A37859B gives +; without the letters there is no check digit."""
    scheme = SCHEMES["modulus-16"]
    assert scheme.check_digit("37859", "AB") == "+"
    assert scheme.holds("37859+", "AB")
    assert scheme.check_digit("37859") is None


def test_a_remainder_of_nothing_is_zero_in_modulus_16() -> None:
    """A..A is 32, which is no remainder: the check digit is 0 and not a letter."""
    assert SCHEMES["modulus-16"].check_digit("00", "AA") == "0"


def test_modulus_11_gives_zero_for_ten() -> None:
    """There is no digit for 10: 6 x 2 = 12 leaves 1."""
    assert SCHEMES["modulus-11"].check_digit("6") == "0"


def test_weighted_modulus_11_ends_where_its_weights_end() -> None:
    """Thirteen digits have none."""
    scheme = SCHEMES["weighted-modulus-11"]
    assert scheme.check_digit("1" * LONGEST_WEIGHTED) is not None
    assert scheme.check_digit("1" * (LONGEST_WEIGHTED + 1)) is None


@given(st.sampled_from(sorted(SCHEMES)), st.text(max_size=30), st.sampled_from(["", "AA", "AD"]))
def test_a_scheme_takes_any_text(name: str, text: str, letters: str) -> None:
    """It says no, and never raises."""
    scheme = SCHEMES[name]
    assert scheme.holds(text, letters) in (True, False)
    check = scheme.check_digit(text, letters)
    assert check is None or scheme.holds(text + check, letters)


@given(st.data(), st.sampled_from(PROMISING), NUMBERS)
def test_every_single_wrong_digit_is_found(data: st.DataObject, name: str, number: str) -> None:
    """By each scheme that promises it, wherever the digit stands, check digit included."""
    scheme = SCHEMES[name]
    letters = "AB" if scheme.counts_letters else ""
    check = scheme.check_digit(number, letters)
    assert check is not None
    whole = number + check
    place = data.draw(st.integers(0, len(whole) - 1))
    alphabet = "0123456789-$:/.+" if scheme.counts_letters else "0123456789"
    wrong = data.draw(st.sampled_from(alphabet))
    assume(wrong != whole[place])
    assert not scheme.holds(whole[:place] + wrong + whole[place + 1 :], letters)


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("modulus-10-weight-2-lump", "0", "5"),
        ("7dr", "1", "8"),
        ("modulus-11", "0", "6"),
    ],
)
def test_the_other_schemes_miss_some_and_promise_nothing(name: str, right: str, wrong: str) -> None:
    """A misread digit that each of them lets pass."""
    scheme = SCHEMES[name]
    assert not scheme.finds_every_wrong_digit
    check = scheme.check_digit(right)
    assert check is not None
    assert scheme.holds(wrong + check)


def test_a_book_cover_has_a_check_digit() -> None:
    """An ISBN of thirteen digits is told from a number that looks like one."""
    assert is_ean_13("9784101010014")
    assert not is_ean_13("9784101010013")
    assert not is_ean_13("97841010100")
