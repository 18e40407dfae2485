"""The ways out of the program: no loan is left without its slip."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from textual.worker import WorkerFailed

from counter_tui.hardware.simulated.printer import ScreenPrinter
from counter_tui.screens.handover import HandoverJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from tests.support.counter import AtCounter, at_counter
from tests.support.escpos_decoder import texts
from tests.support.rig import Rig

LIBRARY_CARD = "12345678"
PRINTED = "file:paper.bin"


async def _library(rig: Rig) -> None:
    await rig.register("adult", library_card_number=LIBRARY_CARD)
    rig.add_item("90000001", "銀河鉄道の夜")
    rig.add_item("90000002", "ぐりとぐら")


def _change(at: AtCounter, statement: str) -> None:
    with closing(sqlite3.connect(at.devices.settings.database_file, timeout=20)) as store, store:
        store.execute(statement)


async def _leaves(at: AtCounter) -> None:
    await at.until(lambda: at.app._exit)


@pytest.mark.parametrize("keys", [("ctrl+x", "enter", "enter"), ("ctrl+x", "ctrl+x")])
async def test_leaving_prints_the_slip_of_whoever_is_open(
    tmp_path: Path, keys: tuple[str, ...]
) -> None:
    """^X, Enter and Enter, or ^X twice: the loan stands, and its slip comes out before the end."""
    async with at_counter(tmp_path, _library, printer=PRINTED) as at:
        await at.scan(LIBRARY_CARD, "90000001")
        for key in keys:
            await at.pilot.press(key)
        await _leaves(at)
    [job] = at.devices.printer.jobs
    assert any("銀河鉄道の夜" in line for line in texts(job))


async def test_leaving_takes_what_was_scanned_before(tmp_path: Path) -> None:
    """A burst and ^X ^X at once: every scan before ^X is lent, and stands on the slip."""
    async with at_counter(tmp_path, _library, printer=PRINTED) as at:
        await at.scan(LIBRARY_CARD)
        at.counter.scan.post_message(at.counter.scan.Submitted("90000001"))
        at.counter.scan.post_message(at.counter.scan.Submitted("90000002"))
        await at.pilot.press("ctrl+x", "ctrl+x")
        await _leaves(at)
    [job] = at.devices.printer.jobs
    assert any("ぐりとぐら" in line for line in texts(job))


@pytest.mark.parametrize("last", ["ctrl+x", "enter"])
async def test_nobody_is_asked_when_nobody_is_open(tmp_path: Path, last: str) -> None:
    """At home ^X shows the day, and ^X or Enter leaves."""
    async with at_counter(tmp_path, _library) as at:
        at.job(HomeJob)
        await at.press("ctrl+x")
        at.job(HandoverJob)
        assert not at.app._exit
        await at.pilot.press(last)
        await _leaves(at)


async def test_a_store_that_is_gone_keeps_nobody_in(tmp_path: Path) -> None:
    """The day cannot be counted: it is told, and the second ^X leaves."""
    async with at_counter(tmp_path, _library) as at:
        _change(at, "ALTER TABLE loan RENAME TO loan_elsewhere")
        await at.press("ctrl+x")
        assert "台帳" in at.said()
        await at.pilot.press("ctrl+x")
        await _leaves(at)


async def test_what_did_not_come_out_is_told_at_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Out of paper: one sentence stands in the terminal after the program."""
    async with at_counter(tmp_path, _library, printer=PRINTED) as at:
        at.devices.printer.paper_out = True
        await at.scan(LIBRARY_CARD, "90000001")
        await at.pilot.press("ctrl+x", "ctrl+x")
        await _leaves(at)
    assert at.devices.printer.jobs == ()
    assert "印刷していない控えが 1件あります" in capsys.readouterr().err


async def test_a_store_that_refuses_the_slip_is_told_and_leaving_stays_possible(
    tmp_path: Path,
) -> None:
    """^X and Enter: a sheet says that no slip is queued; ^X ^X leaves all the same."""
    async with at_counter(tmp_path, _library, printer=PRINTED) as at:
        await at.scan(LIBRARY_CARD, "90000001")
        _change(at, "ALTER TABLE print_job RENAME TO print_job_elsewhere")
        await at.press("ctrl+x")
        await at.press("enter")
        assert "台帳に書けません" in at.said()
        assert not at.app._exit
        await at.pilot.press("ctrl+x", "ctrl+x")
        await _leaves(at)


async def test_a_bug_ends_the_program_with_the_slip_queued(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever breaks, the open patron's loans get their slip."""

    async def broken(self: LendingJob) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(LendingJob, "back", broken)
    printers: list[ScreenPrinter] = []

    async def until_it_breaks() -> None:
        async with at_counter(tmp_path, _library, printer=PRINTED) as at:
            printers.append(at.devices.printer)
            await at.scan(LIBRARY_CARD, "90000001")
            await at.pilot.press("escape")
            await at.until(lambda: at.app._exception is not None)

    with pytest.raises(WorkerFailed):
        await until_it_breaks()
    [job] = printers[0].jobs
    assert any("銀河鉄道の夜" in line for line in texts(job))


async def test_two_troubles_at_once_are_both_told(tmp_path: Path) -> None:
    """No slip was queued for the one, and the next step fails, too: one sheet after the other."""
    async with at_counter(tmp_path, _library, printer=PRINTED) as at:
        await at.scan(LIBRARY_CARD, "90000001")
        _change(at, "ALTER TABLE print_job RENAME TO print_job_elsewhere")
        _change(at, "UPDATE patron SET library_card_number = '87654321'")
        await at.press("f5")
        assert "台帳に書けません" in at.said()
        await at.press("enter")
        assert "貸出券" in at.said()
        assert at.counter.is_locked
        await at.press("enter")
        assert not at.counter.is_locked
