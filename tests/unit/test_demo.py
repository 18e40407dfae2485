"""The demo's own parts: the made-up library, and the trainer's hand on simulated devices."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from counter_tui import wiring
from counter_tui.clock import SystemClock, today
from counter_tui.demo import library
from counter_tui.demo.controls import SimulatedDevices
from counter_tui.desk.auto_renewal import NotRenewed
from counter_tui.desk.desk import Desk
from counter_tui.desk.devices import (
    CardLaidDown,
    CardTakenOff,
    Device,
    LampChanged,
    Trouble,
)
from counter_tui.errors import PinKind, PlatformUnreachable, StoreError, WrongPin
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.settings import Settings, for_demo
from tests.support.rig import Told, pin

TABLES = ("branch", "patron", "item", "loan", "card_link")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The demo's, in a folder of this test."""
    folder = tmp_path / "demo"
    folder.mkdir()
    return for_demo(folder)


def rows(settings: Settings, question: str) -> list[tuple[object, ...]]:
    """What stands in the demo's store, asked from outside."""
    with closing(sqlite3.connect(settings.database_file)) as store:
        return store.execute(question).fetchall()


def content(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the made-up library."""
    return {table: rows(settings, f"SELECT * FROM {table}") for table in TABLES}  # noqa: S608


def controls_of(desk: Desk) -> SimulatedDevices:
    """The trainer's hand."""
    assert isinstance(desk.demo, SimulatedDevices)
    return desk.demo


# ------------------------------------------------------------------------ the library


async def test_the_library_is_toda_and_fits_together(settings: Settings) -> None:
    """Six branches; every loan, link and number belongs to something, and nothing is real."""
    desk = await wiring.open_demo(settings, Told())
    await desk.close()
    assert rows(settings, "PRAGMA foreign_key_check") == []
    assert rows(settings, "PRAGMA integrity_check") == [("ok",)]
    names = {name for (name,) in rows(settings, "SELECT name FROM branch")}
    assert names == set(library.BRANCHES)
    assert len(names) == 6
    branches = rows(settings, "SELECT DISTINCT branch_id FROM item")
    assert len(branches) == len(names), "every branch has books"

    patrons = rows(settings, "SELECT library_card_number, name, birth_date FROM patron")
    for persona in PERSONAS.values():
        if persona.is_my_number_card:
            holder = persona.holder
            name = holder.name.replace("\u3000", " ")
            card = (library.library_card_of(persona), name, holder.birth_date.isoformat())
            assert card in patrons, "whoever owns a card is somebody's patron"
    numbers = [str(number) for number, _name, _born in patrons]
    barcodes = [str(barcode) for (barcode,) in rows(settings, "SELECT barcode FROM item")]
    assert len({*numbers, *barcodes}) == len(numbers) + len(barcodes), "no code means two things"

    days = rows(settings, "SELECT expires_on, registered_at FROM patron")
    assert all(str(expires) > str(registered)[:10] for expires, registered in days)
    loans = rows(settings, "SELECT due_on, lent_at, returned_at FROM loan")
    on = today(SystemClock()).isoformat()
    assert {str(due) < on for due, _lent, _returned in loans} == {True, False}, "one is late"
    assert all(str(lent)[:10] < str(due) for due, lent, _returned in loans)


async def test_a_second_start_keeps_the_library(settings: Settings) -> None:
    """Filling is done once, whatever was changed since."""
    desk = await wiring.open_demo(settings, Told())
    await desk.close()
    with closing(sqlite3.connect(settings.database_file)) as store, store:
        store.execute("DELETE FROM loan")
        store.execute("UPDATE patron SET name = '練習 済' WHERE id = 1")
    before = content(settings)
    desk = await wiring.open_demo(settings, Told())
    await desk.close()
    assert content(settings) == before
    assert before["loan"] == []


async def test_the_linked_card_is_known_at_its_first_touch(settings: Settings) -> None:
    """Without an enrolment, by its own key; another card's holder is not."""
    desk = await wiring.open_demo(settings, Told())
    controls = controls_of(desk)
    controls.lay(library.LINKED_PERSONA)
    touched = await desk.identification.touch()
    await desk.close()
    persona = PERSONAS[library.LINKED_PERSONA]
    assert touched.patron.library_card_number == library.library_card_of(persona)


async def test_a_folder_that_cannot_hold_the_library_leaves_no_thread_behind(
    settings: Settings, tmp_path: Path
) -> None:
    """A demo that cannot be opened can be tried again."""
    (tmp_path / "file").write_text("no folder")
    broken = replace(settings, state_folder=tmp_path / "file")
    before = set(threading.enumerate())
    with pytest.raises(StoreError):
        await wiring.open_demo(broken, Told())
    # A lane's thread ends a moment after it was told to.
    left = [
        thread
        for thread in set(threading.enumerate()) - before
        if not thread.name.startswith("asyncio_")  # the event loop's own
    ]
    for thread in left:
        await asyncio.to_thread(thread.join, 2)
    assert not [thread.name for thread in left if thread.is_alive()]
    desk = await wiring.open_demo(settings, Told())
    await desk.close()


# ------------------------------------------------------------------- the trainer's hand


async def test_cards_are_laid_and_taken_off(settings: Settings) -> None:
    """One at a time, told to the terminal as a real reader would."""
    told = Told()
    desk = await wiring.open_demo(settings, told)
    controls = controls_of(desk)
    assert [card.name for card in controls.personas()] == list(PERSONAS)
    assert controls.card_on_reader() is None
    controls.lay("adult")
    assert controls.card_on_reader() == "adult"
    controls.lay("two-pins")
    assert controls.card_on_reader() == "two-pins"
    controls.take_off()
    controls.take_off()
    assert controls.card_on_reader() is None
    await told.until(lambda: told.events.count(CardTakenOff()) == 2)
    await desk.close()
    moves = [event for event in told.events if isinstance(event, CardLaidDown | CardTakenOff)]
    assert moves == [CardLaidDown(), CardTakenOff(), CardLaidDown(), CardTakenOff()]


async def test_tries_are_kept_and_given_back(settings: Settings) -> None:
    """From one start to the next, until the trainer gives them back."""
    for left in (2, 1):
        desk = await wiring.open_demo(settings, Told())
        controls_of(desk).lay("two-pins")
        await desk.enrollment.begin(library.library_card_of(PERSONAS["two-pins"]))
        desk.enrollment.consent()
        await desk.enrollment.inspect_card()
        with pytest.raises(WrongPin) as wrong:
            await desk.enrollment.verify(pin("9999"), pin("9999"), last_try_agreed=tuple(PinKind))
        assert wrong.value.tries_left == left
        if left == 1:
            controls_of(desk).reset_cards()
            found = await desk.enrollment.inspect_card()
            assert found.auth_tries_left == 3
        await desk.close()


async def test_paper_line_and_calendar(settings: Settings) -> None:
    """Each can be had both ways; the calendar goes forwards only."""
    told = Told()
    desk = await wiring.open_demo(settings, told)
    controls = controls_of(desk)
    assert (controls.paper_out, controls.line_cut) == (False, False)
    controls.set_paper_out(True)
    controls.set_line_cut(True)
    assert (controls.paper_out, controls.line_cut) == (True, True)
    controls.lay(library.LINKED_PERSONA)
    with pytest.raises(PlatformUnreachable):
        await desk.identification.touch()
    await told.until(
        lambda: LampChanged(Device.PLATFORM, Trouble.UNREACHABLE) in told.events,
    )
    controls.set_paper_out(False)
    controls.set_line_cut(False)
    await desk.identification.touch()
    before = today(desk.clock)
    controls.advance_day()
    controls.advance_day()
    ahead = today(desk.clock) - before
    assert timedelta(days=2) <= ahead <= timedelta(days=3), "3 when midnight passed in between"
    await desk.close()


async def test_closing_ends_every_thread_of_the_demo(settings: Settings) -> None:
    """And may be done twice."""
    desk = await wiring.open_demo(settings, Told())
    await desk.close()
    await desk.close()
    assert len(asyncio.all_tasks()) == 1


async def test_a_monthly_run_meets_every_reason(settings: Settings) -> None:
    """Each that a platform or a record can give, some renewed, and the safety line does not hold;
    with the line cut it does."""
    desk = await wiring.open_demo(settings, Told())
    try:
        runs = desk.renewal_runs
        foreseen = await runs.rehearse(lambda progress: None)
        passing = {NotRenewed.NOT_LINKED, NotRenewed.UNREACHABLE, NotRenewed.STALE}
        assert set(foreseen.reasons) == set(NotRenewed) - passing
        assert foreseen.renewed > foreseen.refused
        assert not runs.fence_holds(foreseen)
        controls_of(desk).set_line_cut(True)
        assert runs.fence_holds(await runs.rehearse(lambda progress: None))
    finally:
        await desk.close()
