"""The staff terminal on simulated devices and a real store, worked with keys and cards."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

from counter_tui import wiring
from counter_tui.app import CounterApp, Report
from counter_tui.clock import Clock, FixedClock, today
from counter_tui.desk.card_lane import Pause
from counter_tui.desk.desk import Desk
from counter_tui.hardware.simulated.card import SimulatedCard
from counter_tui.hardware.simulated.in_process import SimulatedReader
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.hardware.simulated.printer import ScreenPrinter
from counter_tui.hardware.transport import CardReader
from counter_tui.identity.platform import IdentityPlatform
from counter_tui.identity.simulated_platform import SimulatedPlatform
from counter_tui.screens.counter_screen import CounterScreen
from counter_tui.screens.job import Job
from counter_tui.screens.zoned_screen import ZonedScreen
from counter_tui.settings import Settings, for_demo
from tests.support.rig import NOON, Rig, rigged

Prepare = Callable[[Rig], Awaitable[None]]
SomeJob = TypeVar("SomeJob", bound=Job)

HOPS = 4
"""Queues that a key goes through: the app's, a zone's, the screen's, the answering zone's."""

PATIENCE = 500
"""Rounds of 10 ms until a test gives up waiting for a device's thread."""


@dataclass
class Devices:
    """What stands beside the terminal."""

    settings: Settings
    clock: FixedClock
    reader: SimulatedReader
    printer: ScreenPrinter
    platform: SimulatedPlatform

    def card(self, persona: str) -> SimulatedCard:
        """A persona's card, with counters kept between calls."""
        state_file = self.settings.state_folder / "tries.json"
        return PERSONAS[persona].make_card(today(self.clock), state_file)

    def lay(self, persona: str) -> None:
        """Lay a persona's card on the reader."""
        self.reader.lay(self.card(persona))

    def change(self, statement: str) -> None:
        """Change the store from outside."""
        with closing(sqlite3.connect(self.settings.database_file)) as store, store:
            store.execute(statement)

    def rows_of(self, question: str) -> list[tuple[object, ...]]:
        """What stands in the store, asked from outside."""
        with closing(sqlite3.connect(self.settings.database_file)) as store:
            return store.execute(question).fetchall()


@dataclass
class Stopwatch:
    """A monotonic clock that stands still until a test moves it."""

    seconds: float = 0.0

    def __call__(self) -> float:
        """Seconds since the test began."""
        return self.seconds


def _key_event(key: str) -> events.Key:
    """What a terminal's driver makes of a key, by the name that Textual has for it."""
    character = key if len(key) == 1 else {"enter": "\r", "tab": "\t", "space": " "}.get(key)
    name = key if key.isalnum() else _character_to_key(key) if len(key) == 1 else key
    return events.Key(name, character)


@dataclass
class AtTerminal:
    """A person at a terminal: types, scans, and reads the screen."""

    app: CounterApp
    pilot: Pilot[None]
    stopwatch: Stopwatch

    @property
    def counter(self) -> CounterScreen:
        """The screen."""
        return self.app.counter

    def job(self, kind: type[SomeJob]) -> SomeJob:
        """The present job; the test fails when it is of another kind."""
        job = self.counter.job
        assert isinstance(job, kind)
        return job

    async def settle(self) -> None:
        """Until all that happened has been worked off and drawn."""
        await self._work_off()
        while self.counter.scan._draw_is_due:  # keys are drawn together, some later
            await self.pilot.pause(0.01)
        await self.pilot.pause()
        await self.until(self._is_drawn)

    def _is_drawn(self) -> bool:
        """Whether each zone has the place that another frame has given it, and stands there."""
        screen = self.app.screen
        if not isinstance(screen, ZonedScreen):
            return True
        return all(
            zone.size == region.size and zone._fitted_to == region.size
            for zone, region in screen.placed_zones(screen.size).items()
            if region.area
        )

    async def press(self, *keys: str) -> None:
        """Press keys at once, a good second after what was pressed before; and wait for what
        they do."""
        self.stopwatch.seconds += 1
        for key in keys:
            self.app.post_message(_key_event(key))
            await self._work_off()
        await self.settle()

    async def _work_off(self) -> None:
        """Until what happened has been worked off. Much quicker than the pilot's own waiting, which
        is for the processor to be idle; what other threads are to bring is not waited for."""
        for _ in range(HOPS):
            await self.pilot._wait_for_screen()
            await self.counter.settled()

    async def scan(self, *codes: str) -> None:
        """Scan codes in one burst, each with the scanner's Enter."""
        for code in codes:
            for character in code:
                self.app.post_message(events.Key(character, character))
            self.app.post_message(events.Key("enter", "\r"))
        await self.settle()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that another thread brings about."""
        for _round in range(PATIENCE):
            if condition():
                return
            await self.pilot.pause(0.01)
        raise AssertionError("it did not happen")

    def rows(self) -> list[str]:
        """What stands on the terminal, row by row."""
        return [strip.text for strip in self.app.screen._compositor.render_strips()]

    def said(self) -> str:
        """All that stands there without blanks and drawn blocks, so that a sentence that was
        broken over several rows is found in it."""
        return "".join(character for character in self.text() if character not in " \n▀▄█　")

    def text(self) -> str:
        """The same in one piece."""
        return "\n".join(self.rows())


@dataclass
class AtCounter(AtTerminal):
    """The same with simulated devices at hand: lays cards, too."""

    devices: Devices

    async def lay(self, persona: str) -> None:
        """Lay a card down, and wait until the terminal has dealt with it."""
        self.devices.lay(persona)
        await self.until(lambda: self.counter.card_is_on_reader)
        await self.settle()

    async def take_off(self) -> None:
        """Take the card off."""
        self.devices.reader.take_off()
        await self.until(lambda: not self.counter.card_is_on_reader)
        await self.settle()


@asynccontextmanager
async def at_counter(
    folder: Path,
    prepare: Prepare | None = None,
    *,
    size: tuple[int, int] = (80, 24),
    gate: asyncio.Event | None = None,
    around: Callable[[SimulatedReader], CardReader] | None = None,
    ask: Callable[[Settings, Clock], IdentityPlatform] | None = None,
    on: datetime = NOON,
    pause: Pause = asyncio.sleep,
    **changes: object,
) -> AsyncIterator[AtCounter]:
    """The terminal of a test installation, left at the end.

    Args:
        prepare: fills the store before the terminal starts.
        gate: the desk is opened when this is set; None: at once.
        around: what the terminal gets in place of the reader, e.g. a faulty one around it.
        ask: makes the terminal's identity platform, in place of the simulated one.
        on: when it is now.
        pause: waits for so many seconds while a reader is silent.
        changes: settings that differ from the demo's.
    """
    if prepare is not None:
        async with rigged(folder, on, ask=ask) as before:
            await prepare(before)
    settings = replace(for_demo(folder), **changes)  # type: ignore[arg-type]  # a test's shorthand
    clock = FixedClock(on)
    reader = SimulatedReader()
    printer = ScreenPrinter(settings.printer_columns)
    platform = wiring.simulated_platform_of(settings, clock)

    async def open_desk(report: Report) -> Desk:
        if gate is not None:
            await gate.wait()
        used = reader if around is None else around(reader)
        asked = platform if ask is None else ask(settings, clock)
        return await wiring.join(settings, report, clock, used, asked, printer, None, pause)

    stopwatch = Stopwatch()
    app = CounterApp(settings, open_desk, stopwatch)
    async with app.run_test(size=size) as pilot:
        if gate is None:
            await app.have_desk()
            await pilot.pause()
            await app.counter.settled()
            await pilot.pause()
        devices = Devices(settings, clock, reader, printer, platform)
        yield AtCounter(app, pilot, stopwatch, devices)
