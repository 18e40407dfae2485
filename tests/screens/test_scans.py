"""Scans of all kinds at the counter, from the scan line to what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from counter_tui.barcodes.profiles import Kind, Letters, Profile
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.registration import RegistrationJob
from tests.support.counter import AtCounter, at_counter
from tests.support.rig import Rig

BOOK = "10294801"
BOTH = "55555555"
"""A library card and an item."""

PROFILES = (
    Profile("card", Kind.PATRON, shortest=10, longest=10, prefixes=("2",), check="7dr"),
    Profile("phone", Kind.MOBILE, shortest=11, prefixes=("M",), keeps_prefix=False),
    Profile("book", Kind.ITEM, letters=Letters.PERHAPS, shortest=8, longest=8),
)


def seven(number: str) -> str:
    """The number with its check digit."""
    return number + str(int(number) % 7)


PATRON = seven("210000001")


async def _library(rig: Rig) -> None:
    await rig.register("adult", name="戸田 花子", library_card_number=PATRON)
    await rig.register("two-pins", name="本町 太郎", library_card_number=BOTH)
    rig.add_item(BOOK, "銀河鉄道の夜")
    rig.add_item(BOTH, "坊っちゃん")


def loans(at: AtCounter) -> list[tuple[object, ...]]:
    """Who has what, by the store."""
    return at.devices.rows_of(
        "SELECT patron.library_card_number, item.barcode FROM loan"
        " JOIN patron ON patron.id = patron_id JOIN item ON item.id = item_id ORDER BY loan.id"
    )


@pytest.mark.parametrize("letters", ["", "A", "a", "d"])
async def test_labels_are_read_with_and_without_their_letters(tmp_path: Path, letters: str) -> None:
    """Card and book, whatever the reader sends around the number."""
    async with at_counter(tmp_path, _library, barcodes=PROFILES) as at:
        await at.scan(f"{letters}{PATRON}{letters}", f"{letters}{BOOK}{letters}")
        assert at.job(LendingJob).patron.name == "戸田 花子"
        assert loans(at) == [(PATRON, BOOK)]


async def test_without_profiles_a_letter_is_part_of_the_number(tmp_path: Path) -> None:
    """A library that says nothing of its labels has its numbers looked up as they are read."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(PATRON, f"A{BOOK}A")
        assert "登録のない資料です" in at.text()
        assert loans(at) == []


async def test_the_card_on_a_phone_opens_the_patron(tmp_path: Path) -> None:
    """By the number behind its prefix."""
    async with at_counter(tmp_path, _library, barcodes=PROFILES) as at:
        await at.scan(f"M{PATRON}")
        assert at.job(LendingJob).patron.name == "戸田 花子"


async def test_a_misread_label_stops_and_lends_nothing(tmp_path: Path) -> None:
    """The check digit says so; what is scanned behind the banner is listed and not applied."""
    checked = (Profile("book", Kind.ITEM, check="modulus-10-weight-3"), PROFILES[0])
    async with at_counter(tmp_path, _library, barcodes=checked) as at:
        await at.scan(PATRON, BOOK[:-1] + "4", BOOK)
        assert "検査数字が合いません。もう一度読み取ってください" in at.said()
        assert BOOK[:-1] + "4" in at.text()
        assert "読み飛ばし 1件" in at.text()
        assert loans(at) == []
        await at.press("enter")
        assert at.job(LendingJob).patron.name == "戸田 花子"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("9784101010014", "裏表紙のISBNです。図書館のバーコードを読み取ってください"),
        ("1920193005905", "裏表紙の価格コードです。図書館のバーコードを読み取ってください"),
        ("9784101010013", "登録のない資料です。番号を確かめてください"),
    ],
)
@pytest.mark.parametrize("profiles", [(), PROFILES])
async def test_the_back_cover_is_told_from_an_unknown_number(
    tmp_path: Path, code: str, said: str, profiles: tuple[Profile, ...]
) -> None:
    """At home and while lending, with profiles and without."""
    async with at_counter(tmp_path, _library, barcodes=profiles) as at:
        await at.scan(code)
        assert said in at.said()
        await at.press("enter")
        await at.scan(PATRON, code)
        assert said in at.said()


async def test_a_librarys_own_number_wins_over_the_back_cover(tmp_path: Path) -> None:
    """An item that is registered under its ISBN is lent."""

    async def library(rig: Rig) -> None:
        await _library(rig)
        rig.add_item("9784101010014", "絵本")

    async with at_counter(tmp_path, library) as at:
        await at.scan(PATRON, "9784101010014")
        assert loans(at) == [(PATRON, "9784101010014")]


@pytest.mark.parametrize("key", ["enter", "/ok"])
async def test_at_home_enter_opens_the_person_whose_number_it_is(tmp_path: Path, key: str) -> None:
    """The sheet names both; Enter or the yes barcode is the library card."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(BOTH)
        text = at.text()
        assert "この番号は、貸出券にも資料にもあります" in text
        assert "本町 太郎" in text
        assert "坊っちゃん" in text
        await (at.press(key) if key == "enter" else at.scan(key))
        assert at.job(LendingJob).patron.name == "本町 太郎"


@pytest.mark.parametrize("key", ["escape", "/no"])
async def test_at_home_escape_tells_of_the_item(tmp_path: Path, key: str) -> None:
    """Esc or the no barcode is the other way."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(BOTH)
        await (at.press(key) if key == "escape" else at.scan(key))
        at.job(HomeJob)
        assert "坊っちゃん" in at.text()
        assert "館内にあります" in at.text()


async def test_while_lending_enter_lends_the_item(tmp_path: Path) -> None:
    """Items are expected there; a scan made meanwhile is listed, and not answered by."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(PATRON, BOTH, BOOK)
        assert "この番号は、貸出券にも資料にもあります" in at.text()
        assert "読み飛ばし 1件" in at.text()
        assert loans(at) == []
        await at.press("enter")
        assert loans(at) == [(PATRON, BOTH)]
        assert at.job(LendingJob).patron.name == "戸田 花子"


async def test_while_lending_escape_opens_the_next_person(tmp_path: Path) -> None:
    """It was the next patron's library card."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(PATRON, BOOK, BOTH)
        await at.scan("/no")
        assert at.job(LendingJob).patron.name == "本町 太郎"
        assert loans(at) == [(PATRON, BOOK)]


async def test_a_profile_that_knows_the_kind_asks_nothing(tmp_path: Path) -> None:
    """Eight digits are a book."""
    async with at_counter(tmp_path, _library, barcodes=PROFILES) as at:
        await at.scan(PATRON, BOTH)
        assert loans(at) == [(PATRON, BOTH)]


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_question_fits(tmp_path: Path, size: tuple[int, int], language: str) -> None:
    """Both ways with their keys, at both sizes and in both languages."""
    async with at_counter(tmp_path, _library, size=size, language=language) as at:
        await at.scan(BOTH)
        rows = [row for row in at.rows() if "Enter" in row and "本町 太郎" in row]
        assert len(rows) == 1
        assert any("Esc" in row and "坊っちゃん" in row for row in at.rows())


def wide(code: str) -> str:
    """As an input method gives it that writes full-width forms."""
    return "".join(chr(ord(character) + 0xFEE0) for character in code)


KANA = str.maketrans("0123456789ad/ok", "わぬふあうえおやゆよちしめらの")


@pytest.mark.parametrize(
    "typed",
    [
        wide(BOOK),
        BOOK.translate(KANA),
        f"ち{BOOK.translate(KANA)}ち",
        f"あ{wide(BOOK)}あ",
        "ﾇﾜﾌﾖｳﾕﾜﾇ",
    ],
)
async def test_scans_through_an_input_method_are_corrected(tmp_path: Path, typed: str) -> None:
    """Full-width, kana, half-width kana, with start letters that became kana."""
    async with at_counter(tmp_path, _library, barcodes=PROFILES) as at:
        await at.scan(PATRON, typed)
        assert loans(at) == [(PATRON, BOOK)]
        assert "日本語入力が入っています。番号は直しました" in at.rows()[21]


async def test_the_input_method_is_warned_of_once(tmp_path: Path) -> None:
    """One bell for all; the words stand until a scan comes without it."""
    async with at_counter(tmp_path, _library) as at:
        rung: list[int] = []
        bell = at.app.bell

        def count() -> None:
            rung.append(1)
            bell()

        at.app.bell = count  # type: ignore[method-assign]  # the terminal's bell, counted
        await at.scan(wide(PATRON), wide(BOOK))
        assert len(loans(at)) == 1
        assert "日本語入力が入っています" in at.rows()[21]
        await at.until(lambda: len(rung) == 1)
        await at.press("enter")
        assert "日本語入力が入っています" in at.rows()[21]
        await at.scan(PATRON)
        assert "日本語入力が入っています" not in at.text()
        assert len(rung) == 1
        await at.scan(wide(PATRON))
        await at.until(lambda: len(rung) == 2)


@pytest.mark.parametrize("ok", ["/ok", "／ｏｋ", "・おk", "めらの"])
async def test_the_confirm_barcode_works_through_an_input_method(tmp_path: Path, ok: str) -> None:
    """Nobody is locked in behind a banner for that."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(PATRON, "777")
        assert at.counter.is_locked
        await at.scan(ok)
        assert not at.counter.is_locked


async def test_kana_of_a_name_stay_kana(tmp_path: Path) -> None:
    """Only codes are read as keys: a name of keys' kana is a name."""
    async with at_counter(tmp_path) as at:
        await at.press("f5")
        await at.press("f5")
        await at.scan("ほし ふう", "ホシ フウ")
        assert "ほし ふう" in at.text()
        assert "ホシ フウ" in at.text()
        assert "日本語入力が入っています" not in at.text()


@pytest.mark.parametrize("pasted", [f"{BOOK[:4]}\x1b{BOOK[4:]}\n", f"\x00{BOOK}\n", f"{BOOK}\x9b"])
async def test_a_paste_with_control_characters_is_not_taken(tmp_path: Path, pasted: str) -> None:
    """Without them it might be another book's number: one sentence, nothing lent."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(PATRON)
        at.app.post_message(events.Paste(pasted))
        await at.settle()
        await at.pilot.pause(0.1)
        assert "制御文字がまじっています。何も取りこんでいません" in at.rows()[21]
        await at.scan(BOOK)
        assert loans(at) == [(PATRON, BOOK)]


async def test_an_entry_that_is_too_long_is_one_sentence(tmp_path: Path) -> None:
    """Two thousand digits from a reader that hangs; then work goes on."""
    async with at_counter(tmp_path, _library, barcodes=PROFILES) as at:
        at.app.post_message(events.Paste("9" * 2000 + "\n"))
        await at.settle()
        assert "バーコードにしては長すぎます" in at.said()
        await at.press("enter")
        await at.scan(PATRON)
        assert at.job(LendingJob).patron.name == "戸田 花子"


async def test_a_number_that_two_profiles_read_as_two_people_opens_neither(
    tmp_path: Path,
) -> None:
    """Whoever was first in the settings would often be wrong."""
    unclear = (
        Profile("long", Kind.PATRON),
        Profile("short", Kind.PATRON, check="7dr", keeps_check=False),
    )

    async def library(rig: Rig) -> None:
        await rig.register("adult", name="戸田 花子", library_card_number=PATRON)
        await rig.register("two-pins", name="本町 太郎", library_card_number=PATRON[:-1])

    async with at_counter(tmp_path, library, barcodes=unclear) as at:
        await at.scan(PATRON)
        assert "2通りに読めます(long,short)" in at.said()
        at.job(HomeJob)


async def test_a_card_from_the_stock_is_kept_as_it_will_be_found(tmp_path: Path) -> None:
    """Scanned with its letters at the registration, it opens without them, too."""
    new = seven("210000777")
    async with at_counter(tmp_path, barcodes=PROFILES) as at:
        await at.press("f5")
        await at.press("f5")
        await at.scan("新曽 美咲", "ニイゾ ミサキ", "20011003", "戸田市", "", "1")
        misread = f"A{new[:-1]}{(int(new[-1]) + 1) % 7}A"
        await at.scan(misread)
        assert "検査数字が合いません" in at.said()
        await at.press("enter")
        assert at.job(RegistrationJob).registered is None
        await at.scan(f"a{new}a")
        assert at.job(RegistrationJob).registered is not None
        assert at.devices.rows_of("SELECT library_card_number FROM patron") == [(new,)]
        await at.press("f2")
        await at.scan(new)
        assert at.job(LendingJob).patron.name == "新曽 美咲"


async def test_enrolment_takes_the_library_card_with_its_letters(tmp_path: Path) -> None:
    """F5, then a card whose reader sends them."""
    async with at_counter(tmp_path, _library, barcodes=PROFILES) as at:
        await at.press("f5")
        await at.scan(f"b{PATRON}b")
        assert "戸田 花子" in at.text()


@pytest.mark.parametrize("code", [f"a{PATRON}a", PATRON, f"M{PATRON}"])
async def test_a_card_scanned_into_the_search_opens_its_person(tmp_path: Path, code: str) -> None:
    """With its letters, without them, and from a phone."""
    async with at_counter(tmp_path, _library, barcodes=PROFILES) as at:
        await at.press("f4")
        await at.scan(code)
        assert "戸田 花子" in at.text()
        assert "本町 太郎" not in at.text()
