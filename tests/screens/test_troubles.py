"""Trouble of the house: the printer, the devices that are not there, the day that changes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from counter_tui import language, wiring
from counter_tui.app import CounterApp, Report
from counter_tui.demo.library import FIRST_PATRON_LIBRARY_CARD
from counter_tui.desk.desk import Desk
from counter_tui.desk.devices import Device, LampChanged, Trouble
from counter_tui.desk.enrollment import Step
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.settings import Settings
from counter_tui.text import cells
from tests.screens.test_card_panel import at_demo
from tests.support.counter import AtTerminal, Stopwatch, at_counter
from tests.support.rig import Rig

LIBRARY_CARD = "12345678"
PRINTED = "file:paper.bin"
NO_PAPER = "用紙がありません。貸出は保存しました"


async def _library(rig: Rig) -> None:
    await rig.register("adult", library_card_number=LIBRARY_CARD, address="戸田市")
    for number in range(1, 4):
        rig.add_item(f"9000000{number}", f"本 {number}")


async def test_the_first_patron_without_paper_is_told(tmp_path: Path) -> None:
    """The sheet comes with the first slip that waits, not with the second; and only once."""
    async with at_counter(tmp_path, _library, printer=PRINTED) as at:
        at.devices.printer.paper_out = True
        await at.scan(LIBRARY_CARD, "90000001", "")
        await at.until(lambda: at.counter.is_locked)
        assert NO_PAPER in at.said()
        await at.press("enter")
        await at.scan(LIBRARY_CARD, "90000002", "")
        at.job(HomeJob)
        assert not at.counter.is_locked


async def test_printer_trouble_waits_until_the_next_patron_has_gone(tmp_path: Path) -> None:
    """Nobody's scans are stopped for the slip of somebody else."""
    async with at_counter(tmp_path, _library, printer=PRINTED) as at:
        at.devices.printer.paper_out = True
        await at.scan(LIBRARY_CARD, "90000001", "", LIBRARY_CARD)
        at.job(LendingJob)
        await at.until(lambda: " 印刷 紙切れ " in at.text())
        await at.scan("90000002", "90000003")
        assert len(at.job(LendingJob).loans) == 2
        await at.press("enter")
        assert NO_PAPER in at.said()


async def test_a_card_that_is_taken_behind_the_sheet_ends_the_enrolment(tmp_path: Path) -> None:
    """No bell for an empty reader: after Enter lending begins."""
    async with at_counter(tmp_path, _library, printer=PRINTED) as at:
        at.devices.printer.paper_out = True
        await at.press("f5")
        await at.scan(LIBRARY_CARD)
        await at.press("enter")
        await at.lay("adult")
        await at.press(*"1234", "enter", "enter")
        await at.press("enter")
        await at.until(lambda: at.counter.is_locked)
        assert at.job(EnrollmentJob).step is Step.DONE
        reminding = [at.counter._bells.is_reminding]
        await at.take_off()
        reminding.append(at.counter._bells.is_reminding)
        await at.press("enter")
        at.job(LendingJob)
        reminding.append(at.counter._bells.is_reminding)
        assert reminding == [True, False, False]


async def test_the_next_minute_and_the_next_day_are_shown(tmp_path: Path) -> None:
    """The clock shows the time; at midnight the open patron's days left are counted anew."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(LIBRARY_CARD)
        assert "11月24日(火) 12:00" in at.rows()[0]
        assert "あと 365日" in at.text()
        at.devices.clock.instant += timedelta(minutes=1)
        at.counter._tick()
        await at.settle()
        assert at.rows()[0].rstrip().endswith("11月24日(火) 12:01")
        at.devices.clock.instant += timedelta(days=1)
        at.counter._tick()
        await at.settle()
        assert "11月25日(水)" in at.rows()[0]
        assert "あと 364日" in at.text()


async def test_the_trainer_s_next_day_is_seen_at_once(tmp_path: Path) -> None:
    """`d` of the card panel: the date on top, and the days left of whoever is open."""
    async with at_demo(tmp_path) as at:
        await at.press("ctrl+t")
        for character in str(FIRST_PATRON_LIBRARY_CARD):
            await at.pilot.press(character)
        await at.press("enter", "ctrl+t")
        before = at.text()
        await at.press("d")
        after = at.text()
        assert before.split("\n")[0] != after.split("\n")[0]
        (left,) = (int(text.split("あと")[1].split("日")[0]) for text in [before])
        assert f"あと {left - 1}日" in after


@pytest.mark.parametrize("spoken", ["ja", "en"])
async def test_the_card_panel_cuts_nothing_but_names(
    tmp_path: Path, spoken: language.Language
) -> None:
    """On every page, at 80 columns, in both languages."""
    async with at_demo(tmp_path) as at:
        language.speak(spoken)
        for _page in range(3):
            await at.press("pagedown")
            assert ".." not in re.sub(r"見本 \S+\.\.", "", at.text())


async def _lapsed(rig: Rig) -> None:
    await _library(rig)
    rig.change("UPDATE patron SET expires_on = '2026-11-10'")


async def test_a_lapsed_patron_stays_open_at_f5(tmp_path: Path) -> None:
    """The banner speaks of linking, not of lending."""
    async with at_counter(tmp_path, _lapsed) as at:
        await at.scan(LIBRARY_CARD)
        await at.press("f5")
        assert "カードは連携していません" in at.said()
        assert "貸し出していません" not in at.said()
        await at.press("enter")
        assert at.job(LendingJob).patron.library_card_number == LIBRARY_CARD


async def test_a_line_that_is_cut_at_the_last_step_says_that_nothing_is_linked(
    tmp_path: Path,
) -> None:
    """And the last Enter may be pressed again."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f5")
        await at.scan(LIBRARY_CARD)
        await at.press("enter")
        await at.lay("adult")
        await at.press(*"1234", "enter", "enter")
        at.devices.platform.line_cut = True
        await at.press("enter")
        assert "カードは連携していません" in at.said()
        at.devices.platform.line_cut = False
        await at.press("enter")
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.DONE


async def test_reprinting_in_an_enrolment_gives_nobody_else_s_slip(tmp_path: Path) -> None:
    """With a patron chosen, F9 does not print the list of the patron before."""

    async def two(rig: Rig) -> None:
        await _library(rig)
        await rig.register("two-pins", library_card_number="87654321")

    async with at_counter(tmp_path, two, printer=PRINTED) as at:
        await at.scan(LIBRARY_CARD, "90000001", "")
        await at.until(lambda: len(at.devices.printer.jobs) == 1)
        for keys in (("f9",), ("f5",)):
            await at.press(*keys)
        await at.until(lambda: len(at.devices.printer.jobs) == 2)
        await at.scan("87654321")
        await at.press("f9")
        assert "再印刷できる控えがありません" in at.said()
        assert at.devices.rows_of("SELECT count(*) FROM print_job") == [(2,)]


@pytest.mark.parametrize("spoken", ["ja", "en"])
@pytest.mark.parametrize(
    "troubles",
    [
        {Device.PRINTER: Trouble.PAPER_OUT},
        {Device.READER: Trouble.NO_SERVICE, Device.PLATFORM: Trouble.UNREACHABLE},
        dict.fromkeys(Device, Trouble.UNREACHABLE),
    ],
)
async def test_lamps_in_trouble_leave_room_for_who_works_where(
    tmp_path: Path, spoken: language.Language, troubles: dict[Device, Trouble]
) -> None:
    """At 80 columns the branch, the operator, every lamp and the time are still seen."""
    async with at_counter(tmp_path, language=spoken) as at:
        language.speak(spoken)
        for device, trouble in troubles.items():
            at.counter.report(LampChanged(device, trouble))
        at.counter.status.redraw()
        await at.settle()
        row = at.rows()[0]
        assert cells(row) == 80
        assert row.startswith("  中央図書館 ")
        assert " 佐藤 " in row
        assert row.endswith("12:00  ")
        assert ".." not in row
        lamps = {
            "ja": ("読取", "印刷", "照会", "台帳"),
            "en": ("Reader", "Print", "Status", "Store"),
        }
        assert all(lamp in row for lamp in lamps[spoken])


NOTICES = {
    "demo": "体験モード",
    "test": "試験用の設定",
}


def _settings(folder: Path, **changes: object) -> Settings:
    return Settings(
        library="戸田市立図書館",
        branch="中央図書館",
        counter="1階",
        operator="佐藤",
        state_folder=folder,
        source=folder / "settings.toml",
        **changes,  # type: ignore[arg-type]  # a test's shorthand
    )


@pytest.mark.parametrize("kind", ["demo", "test"])
async def test_the_notice_stands_in_every_frame(tmp_path: Path, kind: str) -> None:
    """Practice mode and a test installation are named wherever staff look."""
    source = tmp_path / "settings.toml" if kind == "test" else None
    async with at_counter(tmp_path, _library, source=source) as at:
        seen: dict[str, str] = {}

        def look(frame: str) -> None:
            seen[frame] = at.rows()[1]

        look("home")
        await at.scan(LIBRARY_CARD, "90000001")
        look("lending")
        await at.scan("99999999")
        look("stop")
        await at.press("enter")
        await at.press("f1")
        look("sheet")
        await at.press("enter")
        await at.press("enter")
        look("receipt")
        await at.press("f5")
        await at.press("f5")
        look("registration")
        await at.press("f2")
        await at.press("f5")
        await at.scan(LIBRARY_CARD)
        await at.press("enter")
        await at.lay("adult")
        look("pins")
        await at.press(*"1234", "enter", "enter")
        look("comparison")
        assert {frame for frame, row in seen.items() if NOTICES[kind] not in row} == set()
        assert len(seen) == 8


@asynccontextmanager
async def _started(folder: Path, **changes: object) -> AsyncIterator[AtTerminal]:
    """The terminal as its settings say, with nothing simulated."""
    settings = _settings(folder, **changes)

    async def open_desk(report: Report) -> Desk:
        return await wiring.open_desk(settings, report)

    stopwatch = Stopwatch()
    app = CounterApp(settings, open_desk, stopwatch)
    async with app.run_test(size=(80, 24)) as pilot:
        at = AtTerminal(app, pilot, stopwatch)
        await at.until(lambda: app.desk_is_open or at.counter.is_locked)
        await at.settle()
        yield at


async def test_without_devices_library_cards_are_lent_on(tmp_path: Path) -> None:
    """No reader, no printer, no platform: the lamps say so, and everything else works."""
    async with _started(tmp_path, reader="none:", printer="none:") as at:
        assert "読取・ 印刷・ 照会・ 台帳〇" in at.rows()[0]
        await at.press("f5")
        await at.press("f5")
        for answer in ("戸田 花子", "トダ ハナコ", "S60.4.12", "戸田市", "", "1", LIBRARY_CARD):
            at.counter.scan.post_message(at.counter.scan.Submitted(answer))
        await at.settle()
        await at.press("f2")
        await at.scan(LIBRARY_CARD)
        at.job(LendingJob)
        await at.press("enter")
        at.job(HomeJob)
        await at.press("f9")
        assert "再印刷できる控えがありません" in at.said()


async def test_without_a_store_the_lamp_and_a_sheet_say_it(tmp_path: Path) -> None:
    """A store that is no store: nothing is lent, help opens, and the program ends as it should."""
    (tmp_path / "library.sqlite3").write_bytes(b"no store at all" * 100)
    async with _started(tmp_path, reader="none:", printer="none:") as at:
        await at.scan(LIBRARY_CARD)
        assert "台帳に書けません" in at.said()
        assert "台帳〇" not in at.rows()[0]
        await at.press("enter")
        await at.press("f1")
        assert "カウンターで使えること" in at.said()
