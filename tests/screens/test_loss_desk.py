"""The loss desk, worked from the keyboard: a lost card's link ends, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.loss_desk import LossDeskJob
from counter_tui.screens.loss_lines import LossStep
from counter_tui.text import cells
from tests.support.counter import AtCounter, at_counter
from tests.support.rig import Rig, pin

HANAKO = "00000001"
"""Linked."""
TARO = "00000002"
"""Not linked."""
PAPER = "file:paper.bin"


async def _library(rig: Rig) -> None:
    patron = await rig.register(
        "adult", library_card_number=HANAKO, kana="ミホン ハナコ", telephone="048-442-2800"
    )
    await rig.register("two-pins", library_card_number=TARO)
    rig.lay("adult")
    enrollment = rig.desk.enrollment
    await enrollment.begin(HANAKO)
    enrollment.consent()
    await enrollment.inspect_card()
    await enrollment.verify(pin("1234"), None, last_try_agreed=())
    await enrollment.confirm(())
    rig.reader.take_off()
    rig.add_item("90000001", "坊っちゃん")
    rig.add_item("90000002", "草枕")
    await rig.desk.lending.lend(patron.id, "90000001")


async def _to_the_name(at: AtCounter, reason: str = "1", stopped: str = "1") -> None:
    await at.press("f6")
    await at.scan(HANAKO)
    await at.press(stopped, "enter")
    await at.press(reason, "enter")
    assert at.job(LossDeskJob).step is LossStep.NAME


async def _unlinked(at: AtCounter, reason: str = "1") -> None:
    await _to_the_name(at, reason)
    await at.scan("見本 花子")
    assert at.job(LossDeskJob).step is LossStep.DONE


def _links(at: AtCounter) -> list[tuple[object, ...]]:
    return at.devices.rows_of("SELECT unlink_reason, suspension_confirmed FROM card_link")


LINKED = [(None, None)]


@pytest.mark.parametrize("keys", [("f6",), ("ctrl+u",), ("/", "6", "enter")])
async def test_one_key_shows_the_numbers_and_hours(tmp_path: Path, keys: tuple[str, ...]) -> None:
    """Before anybody was found: who calls is told the state's number first."""
    async with at_counter(tmp_path, _library) as at:
        await at.press(*keys)
        assert at.job(LossDeskJob).step is LossStep.WHO
        assert "０１２０－９５－０１７８" in at.text()
        assert "無料" in at.text()
        assert "24時間365日" in at.text()
        assert "平日 9:30-20:00" in at.text()


async def test_numbers_and_hours_are_the_settings_own(tmp_path: Path) -> None:
    """A town that names another number is believed; not every number is free."""
    async with at_counter(
        tmp_path, loss_telephone="048-1234", loss_hours="昼", suspension_hours="夜"
    ) as at:
        await at.press("f6")
        assert "０４８－１２３４" in at.text()
        assert "一時停止は 夜" in at.text()
        assert "無料" not in at.text()


async def test_a_lost_card_s_link_ends_with_its_reason(tmp_path: Path) -> None:
    """Found by library card, stopped by telephone, lost, confirmed by name: ended and said."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _unlinked(at)
        assert _links(at) == [("lost", 1)]
        assert "解　除　済" in at.text()
        assert "連携を解除しました" in at.text()
        assert "貸出中の1冊と貸出券は、そのまま使えます" in at.text()
        await at.press("enter")
        at.job(HomeJob)


async def test_loans_and_library_card_stay(tmp_path: Path) -> None:
    """The library card opens the same person with the same loan."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        before = at.devices.rows_of("SELECT * FROM loan")
        await _unlinked(at)
        await at.scan(HANAKO)
        lending = at.job(LendingJob)
        assert (lending.patron.name, lending.patron.loans_count) == ("見本 花子", 1)
        assert at.devices.rows_of("SELECT * FROM loan") == before


@pytest.mark.parametrize(
    ("key", "reason"),
    [("1", "lost"), ("2", "stolen"), ("3", "reissued"), ("4", "wish"), ("5", "error")],
)
async def test_each_reason_has_a_key(tmp_path: Path, key: str, reason: str) -> None:
    """And is kept, with whether the card was stopped."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _to_the_name(at, key, stopped="2")
        await at.scan("見本花子")
        assert _links(at) == [(reason, 0)]


@pytest.mark.parametrize(
    "typed", ["見本 花子", "見本花子", "みほん はなこ", "ミホンハナコ", "ﾐﾎﾝ ﾊﾅｺ"]
)
async def test_the_name_is_confirmed_in_kanji_or_kana(tmp_path: Path, typed: str) -> None:
    """Blanks, widths and kinds of kana do not matter."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _to_the_name(at)
        await at.scan(typed)
        assert at.job(LossDeskJob).step is LossStep.DONE


@pytest.mark.parametrize("typed", ["見本", "はなこ", "見本 太郎", HANAKO, "ー", "[b]見本 花子"])
async def test_another_name_changes_nothing(tmp_path: Path, typed: str) -> None:
    """Half a name neither: it is said, and the name is asked for again."""
    async with at_counter(tmp_path, _library) as at:
        await _to_the_name(at)
        await at.scan(typed)
        assert "氏名がこの利用者と違います" in at.text()
        assert at.job(LossDeskJob).step is LossStep.NAME
        await at.press("enter")
        assert _links(at) == LINKED


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
async def test_esc_leaves_with_nothing_changed_at_every_step(tmp_path: Path, steps: int) -> None:
    """From the first question to the typed name."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f6")
        if steps > 0:
            await at.scan(HANAKO)
        if steps > 1:
            await at.press("1", "enter")
        if steps > 2:
            await at.press("1", "enter")
            await at.press(*"見本")
        await at.press("escape")
        at.job(HomeJob)
        assert _links(at) == LINKED
        assert at.devices.rows_of("SELECT count(*) FROM audit_event WHERE action = 'unlink'") == [
            (0,)
        ]


async def test_nothing_is_recorded_that_nobody_chose(tmp_path: Path) -> None:
    """Enter alone answers neither question; a digit that is no choice neither."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f6")
        await at.scan(HANAKO)
        await at.press("enter")
        assert "先に 1 から 2 で選んでください" in at.text()
        await at.press("3", "enter")
        assert at.job(LossDeskJob).step is LossStep.STOPPED
        await at.press("1", "enter")
        await at.press("enter")
        await at.press("9", "enter")
        assert at.job(LossDeskJob).step is LossStep.REASON
        await at.press("enter")
        assert "先に 1 から 5 で選んでください" in at.text()


async def test_choices_typed_with_the_input_method_count(tmp_path: Path) -> None:
    """Full-width digits choose and go on."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f6")
        await at.scan(HANAKO, "２")
        assert at.job(LossDeskJob).step is LossStep.REASON
        await at.scan("１")
        assert at.job(LossDeskJob).step is LossStep.NAME
        assert "まだ使えるカードです" in at.text()


async def test_tab_goes_one_step_back(tmp_path: Path) -> None:
    """A wrong reason is put right before the name is typed."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _to_the_name(at, "1")
        await at.press("tab")
        await at.press("4", "enter")
        await at.scan("見本 花子")
        assert _links(at) == [("wish", 1)]


# -------------------------------------------------------------------------- finding


@pytest.mark.parametrize(
    "asked", ["見本 花子", "みほん はなこ", "048-442-2800", "０４８４４２２８００"]
)
async def test_whoever_has_no_library_card_at_hand_is_found(tmp_path: Path, asked: str) -> None:
    """By name, kana and telephone."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f6")
        await at.scan(asked)
        assert "見本 花子" in at.text()
        await at.press("enter")
        assert at.job(LossDeskJob).patron_id == 1
        assert at.job(LossDeskJob).step is LossStep.STOPPED


async def test_an_open_patron_is_the_one(tmp_path: Path) -> None:
    """F6 while lending starts with that patron, and Esc goes back to lending."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(HANAKO)
        await at.press("f6")
        assert at.job(LossDeskJob).step is LossStep.STOPPED
        assert "見本 花子" in at.text()
        await at.press("escape")
        assert at.job(LendingJob).patron.name == "見本 花子"
        assert _links(at) == LINKED


async def test_the_open_patron_s_turn_goes_on_afterwards(tmp_path: Path) -> None:
    """What was lent before stays on the list; the link is seen to be gone."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await at.scan(HANAKO, "90000002")
        await at.press("f6")
        await at.press("1", "enter")
        await at.press("1", "enter")
        await at.scan("見本 花子")
        assert _links(at) == [("lost", 1)]
        await at.press("enter")
        assert len(at.job(LendingJob).loans) == 1
        assert "連携なし" in at.said()
        assert at.devices.rows_of("SELECT count(*) FROM print_job WHERE kind = 'checkout'") == [
            (0,)
        ]


async def test_an_item_s_barcode_is_no_patron(tmp_path: Path) -> None:
    """It is said what it is and what to do; the next scan is taken."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f6")
        await at.scan("90000001")
        assert "資料の番号です" in at.text()
        await at.scan(HANAKO)
        assert at.job(LossDeskJob).step is LossStep.STOPPED


@pytest.mark.parametrize(
    "asked", ["99999999", "昭和", "4901234567894", "\x1b[2J", "[b]x[/]", "ん" * 300]
)
async def test_what_nobody_has_finds_nobody(tmp_path: Path, asked: str) -> None:
    """Unknown numbers, other barcodes and rubbish: a sentence, and the question stays."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f6")
        await at.scan(asked)
        assert "見つかりません" in at.said()
        assert {cells(row) for row in at.rows()} == {80}
        await at.press("escape")
        assert at.job(LossDeskJob).step is LossStep.WHO


async def test_a_patron_without_a_link_has_nothing_to_unlink(tmp_path: Path) -> None:
    """The sentence says so, with a way on; afterwards somebody else is asked for."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f6")
        await at.scan(TARO)
        assert "この利用者は連携していません" in at.said()
        assert "解除するものはありません" in at.said()
        await at.press("enter")
        await at.scan(HANAKO)
        assert at.job(LossDeskJob).step is LossStep.STOPPED


async def test_f6_with_an_unlinked_patron_open_goes_back_to_lending(tmp_path: Path) -> None:
    """Nothing to unlink: the patron is open as before."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(TARO)
        await at.press("f6")
        await at.press("enter")
        assert at.job(LendingJob).patron.library_card_number == TARO


async def test_a_lapsed_patron_is_unlinked_all_the_same(tmp_path: Path) -> None:
    """The date is said; the card must not go on working because of it."""

    async def lapsed(rig: Rig) -> None:
        await _library(rig)
        rig.change("UPDATE patron SET expires_on = '2026-11-10'")

    async with at_counter(tmp_path, lapsed, printer=PAPER) as at:
        await at.press("f6")
        await at.scan(HANAKO)
        assert "貸出券は2026年11月10日に期限切れ。解除はできます" in at.text()
        await at.press("escape")
        await _unlinked(at)
        assert _links(at) == [("lost", 1)]
