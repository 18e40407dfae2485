"""Lending is stopped and let go on from the patron's file: a lost library card, another reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter_tui import language
from counter_tui.desk.blocks import BlockRule
from counter_tui.desk.patron_blocks import LONGEST_NOTE
from counter_tui.screens.patron import PatronJob
from counter_tui.screens.patron_stops import PatronStopsJob
from counter_tui.text import cells
from tests.support.counter import AtCounter, at_counter
from tests.support.rig import Rig

REASON = "弁償の手続きが途中"
BLOCKS = "SELECT kind, note FROM patron_block"
ACCOUNTED = (
    "SELECT action, patron_number, reason FROM audit_event"
    " WHERE action IN ('block', 'unblock') ORDER BY number"
)


async def one(rig: Rig) -> None:
    """A patron to whom lending is not stopped, and something to lend."""
    await rig.register("adult", library_card_number="21000001")
    rig.add_item("1001", "はじめての日本の城")


async def stopped(rig: Rig) -> None:
    """The same, stopped for both."""
    await one(rig)
    await rig.desk.patron_blocks.block(1, BlockRule.CARD_LOST)
    await rig.desk.patron_blocks.block(1, BlockRule.MANUAL, REASON)


async def open_stops(at: AtCounter) -> PatronJob:
    """The patron's file, and over it what stops lending."""
    await at.press("f4")
    await at.scan("21000001")
    file = at.job(PatronJob)
    await at.press("ctrl+a")
    at.job(PatronStopsJob)
    return file


async def test_a_library_card_reported_lost_stops_lending(tmp_path: Path) -> None:
    """After a yes; the file says it at once, nothing is lent, and it is accounted for."""
    async with at_counter(tmp_path, one) as at:
        file = await open_stops(at)
        assert "マイナンバーカードの紛失は" in at.said()
        await at.press("1")
        assert at.devices.rows_of(BLOCKS) == [], "nothing before the yes"
        assert "21000001" in at.text()
        await at.press("enter")
        assert at.counter.job is file
        assert "貸出券の紛失届あり" in at.counter.work_zone.text()
        assert "この人への貸出を止めました" in at.text()
        assert at.devices.rows_of(BLOCKS) == [("card_lost", "")]
        await at.press("enter")
        await at.scan("1001")
        assert at.devices.rows_of("SELECT count(*) FROM loan") == [(0,)]
        assert at.devices.rows_of(ACCOUNTED) == [("block", 1, "card_lost")]


async def test_lending_is_stopped_for_a_reason_that_stands_in_the_file(tmp_path: Path) -> None:
    """Its text is in the file and not in the account of what was done."""
    async with at_counter(tmp_path, one) as at:
        file = await open_stops(at)
        await at.press("2")
        await at.press("enter")
        assert at.devices.rows_of(BLOCKS) == [], "not without a reason"
        await at.scan(REASON)
        assert REASON in at.text()
        await at.press("enter")
        assert at.counter.job is file
        assert REASON in at.counter.work_zone.text()
        assert at.devices.rows_of(BLOCKS) == [("manual", REASON)]
        assert at.devices.rows_of(ACCOUNTED) == [("block", 1, "manual")]
        assert REASON not in repr(at.devices.rows_of("SELECT * FROM audit_event"))


async def test_a_no_stops_nothing_and_keeps_what_was_written(tmp_path: Path) -> None:
    """Esc in the question: the reason is in the field again; Esc twice: the file as it was."""
    async with at_counter(tmp_path, one) as at:
        file = await open_stops(at)
        await at.press("1", "escape")
        at.job(PatronStopsJob)
        await at.press("2")
        await at.scan(REASON)
        await at.press("escape")
        assert at.counter.scan.typed == REASON
        await at.press("escape", "escape")
        assert at.counter.scan.typed == ""
        assert at.counter.job is file
        assert at.devices.rows_of(BLOCKS) == []
        assert at.devices.rows_of(ACCOUNTED) == []


@pytest.mark.parametrize(
    ("key", "kind", "left"),
    [("1", "card_lost", [("manual", REASON)]), ("2", "manual", [("card_lost", "")])],
)
async def test_what_stops_lending_is_lifted_one_by_one(
    tmp_path: Path, key: str, kind: str, left: list[tuple[str, str]]
) -> None:
    """Each after a yes; the other one stands."""
    async with at_counter(tmp_path, stopped) as at:
        file = await open_stops(at)
        await at.press(key)
        await at.press("escape")
        assert len(at.devices.rows_of(BLOCKS)) == 2
        await at.press(key)
        await at.press("enter")
        assert at.counter.job is file
        assert at.devices.rows_of(BLOCKS) == left
        assert at.devices.rows_of(ACCOUNTED)[-1] == ("unblock", 1, kind)


async def test_the_reason_of_a_stop_is_read_in_the_file(tmp_path: Path) -> None:
    """Whether or not that stop is the one that is explained."""
    async with at_counter(tmp_path, stopped) as at:
        await at.press("f4")
        await at.scan("21000001")
        for _block in range(2):
            assert REASON in at.counter.work_zone.text()
            await at.press("tab")


async def test_a_reason_that_is_too_long_is_not_lost(tmp_path: Path) -> None:
    """It stays in the field until it is short enough."""
    async with at_counter(tmp_path, one) as at:
        await open_stops(at)
        await at.press("2")
        await at.scan("あ" * (LONGEST_NOTE + 1))
        assert f"いま {LONGEST_NOTE + 1}字" in at.counter.work_zone.text()
        await at.press("backspace")
        await at.press("enter")
        await at.press("enter")
        assert at.devices.rows_of("SELECT length(note) FROM patron_block") == [(LONGEST_NOTE,)]


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
@pytest.mark.parametrize("spoken", ["ja", "en"])
async def test_no_word_of_it_is_cut(
    tmp_path: Path, size: tuple[int, int], spoken: language.Language
) -> None:
    """Choices, questions and the field for the longest reason, in both languages."""

    async def prepare(rig: Rig) -> None:
        await stopped(rig)
        await rig.desk.patron_blocks.block(1, BlockRule.MANUAL, "あ" * LONGEST_NOTE)

    async with at_counter(tmp_path, prepare, size=size, language=spoken) as at:
        language.speak(spoken)

        def whole() -> None:
            assert {cells(row) for row in at.rows()} == {size[0]}
            assert [row for row in at.rows() if ".." in row] == []

        await open_stops(at)
        whole()
        for key in ("1", "2"):
            await at.press(key)
            whole()
            assert key == "1" or at.text().count("あ") == LONGEST_NOTE
            await at.press("enter")
            whole()
            await at.press("ctrl+a")
        await at.press("2")
        whole()
        hints = at.job(PatronStopsJob).keys()
        assert sum(hint.width + 2 for hint in hints) - 2 <= 76


async def test_a_history_is_kept_when_the_person_wishes_it(tmp_path: Path) -> None:
    """After a yes, and accounted for; what was kept is forgotten when the wish ends."""
    history = "SELECT count(*) FROM loan WHERE returned_at NOT NULL AND patron_id NOT NULL"
    async with at_counter(tmp_path, one) as at:
        await open_stops(at)
        assert "貸出履歴は残さない" in at.said()
        await at.press("3")
        assert at.devices.rows_of("SELECT count(*) FROM loan_history_wish") == [(0,)]
        await at.press("enter")
        assert "履歴に残します" in at.said()
        await at.press("escape", "escape", "escape")
        await at.scan("21000001", "1001")
        await at.press("f3")
        await at.scan("1001")
        assert at.devices.rows_of(history) == [(1,)]
        await at.press("f2")
        await open_stops(at)
        assert "貸出履歴を残している" in at.said()
        await at.press("3")
        await at.press("enter")
        assert at.devices.rows_of(history) == [(0,)]
        assert at.devices.rows_of(
            "SELECT reason FROM audit_event WHERE action = 'history_wish' ORDER BY number"
        ) == [("on",), ("off",)]
