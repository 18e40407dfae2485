"""A whole desk on simulated devices and a real store, for tests."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from counter_tui import wiring
from counter_tui.clock import Clock, FixedClock, today
from counter_tui.desk.card_lane import Pause
from counter_tui.desk.desk import Desk
from counter_tui.desk.devices import DeskEvent
from counter_tui.desk.patrons import PatronView, ResidencyClass
from counter_tui.desk.registration import NewPatron
from counter_tui.errors import PinKind
from counter_tui.hardware.printer import Printer
from counter_tui.hardware.simulated.card import SimulatedCard
from counter_tui.hardware.simulated.in_process import SimulatedReader
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.hardware.simulated.printer import ScreenPrinter
from counter_tui.hardware.transport import CardReader
from counter_tui.identity.platform import IdentityPlatform
from counter_tui.identity.simulated_platform import SimulatedPlatform
from counter_tui.secret import Pin
from counter_tui.settings import Settings, for_demo

NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
"""12:00 on Tuesday 24 November 2026 in Tokyo."""


class Told:
    """What a desk reported, and a way to wait for more."""

    def __init__(self) -> None:
        self.events: list[DeskEvent] = []
        self._loop = asyncio.get_running_loop()
        self._more = asyncio.Event()

    def __call__(self, event: DeskEvent) -> None:
        """Take a report, from any thread."""
        self.events.append(event)
        self._loop.call_soon_threadsafe(self._more.set)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is so after a report; a bound keeps a failure short."""
        async with asyncio.timeout(20):
            while True:
                self._more.clear()
                if true():
                    return
                await self._more.wait()


@dataclass
class Rig:
    """The devices and the store beside the desk that uses them."""

    desk: Desk
    settings: Settings
    clock: FixedClock
    reader: SimulatedReader
    printer: ScreenPrinter
    platform: SimulatedPlatform
    exchanges: list[tuple[bytes, bytes]]
    told: Told

    @property
    def store_file(self) -> Path:
        """The library's store."""
        return self.settings.database_file

    def lay(self, persona: str) -> SimulatedCard:
        """Lay a persona's card on the reader; its counters live as long as the rig."""
        card = self.card(persona)
        self.reader.lay(card)
        return card

    def card(self, persona: str) -> SimulatedCard:
        """A persona's card, with counters kept between calls."""
        return PERSONAS[persona].make_card(
            today(self.clock), self.settings.state_folder / "tries.json"
        )

    async def register(self, persona: str, **changes: object) -> PatronView:
        """Register a patron who is the holder of this persona's card."""
        holder = PERSONAS[persona].holder
        facts: dict[str, object] = {
            "name": holder.name.replace("\u3000", " "),
            "kana": "ミホン",
            "birth_date": holder.birth_date,
            "address": holder.address,
            "telephone": "",
            "residency": ResidencyClass.RESIDENT,
            "library_card_number": None,
            **changes,
        }
        return await self.desk.registration.register(NewPatron(**facts))  # type: ignore[arg-type]  # a test's shorthand

    async def enroll(
        self, persona: str, card: SimulatedCard | None = None, **changes: object
    ) -> PatronView:
        """Register and enrol a persona; its card lies on the reader afterwards."""
        patron = await self.register(persona, **changes)
        self.reader.lay(card or self.card(persona))
        enrollment = self.desk.enrollment
        await enrollment.begin(patron.library_card_number)
        enrollment.consent()
        await enrollment.inspect_card()
        secrets = PERSONAS[persona].secrets
        await enrollment.verify(
            pin(secrets.auth_pin), pin(secrets.surface_info_pin), last_try_agreed=tuple(PinKind)
        )
        return (await enrollment.confirm(())).patron

    def add_item(
        self,
        barcode: str,
        title: str = "本",
        *,
        not_for_loan: bool = False,
        kind: str = "",
        withdrawn: bool = False,
        branch: str = "中央図書館",
    ) -> None:
        """Put an item into the store, as an import would."""
        with closing(sqlite3.connect(self.store_file)) as store, store:
            store.execute("INSERT OR IGNORE INTO branch (name) VALUES (?)", (branch,))
            store.execute(
                "INSERT INTO item (barcode, title, branch_id, not_for_loan, kind, withdrawn)"
                " VALUES (?, ?, (SELECT id FROM branch WHERE name = ?), ?, ?, ?)",
                (barcode, title, branch, not_for_loan, kind, withdrawn),
            )

    def place_hold(self, barcode: str, patron_id: int, branch: str = "中央図書館") -> None:
        """Let a patron wait for an item."""
        self.change(
            "INSERT INTO hold (item_id, patron_id, placed_at, pickup_branch_id)"
            " SELECT item.id, ?, '2026-11-20 03:00:00', branch.id FROM item, branch"
            " WHERE barcode = ? AND name = ?",
            patron_id,
            barcode,
            branch,
        )

    def rows(self, question: str, *values: object) -> list[tuple[object, ...]]:
        """What stands in the store, asked from outside."""
        with closing(sqlite3.connect(self.store_file)) as store:
            return store.execute(question, values).fetchall()

    def change(self, statement: str, *values: object) -> None:
        """Change the store from outside, as a crash or another program might have."""
        with closing(sqlite3.connect(self.store_file)) as store, store:
            store.execute(statement, values)


def pin(digits: str) -> Pin:
    """A PIN as a person would have typed it."""
    return Pin(bytearray(digits, "ascii"))


@asynccontextmanager
async def rigged(
    folder: Path,
    on: datetime = NOON,
    around: Callable[[SimulatedReader], CardReader] | None = None,
    ask: Callable[[Settings, Clock], IdentityPlatform] | None = None,
    pause: Pause = asyncio.sleep,
    onto: Printer | None = None,
    **changes: object,
) -> AsyncIterator[Rig]:
    """A desk of a test installation, closed at the end.

    Args:
        around: what the desk gets in place of the reader, e.g. a faulty one around it.
        ask: makes the identity platform of the desk, in place of the simulated one.
        pause: waits for so many seconds while a reader is silent.
        onto: prints the desk's slips, in place of the printer without paper.
        changes: settings that differ from the demo's.
    """
    settings = replace(for_demo(folder), **changes)  # type: ignore[arg-type]  # a test's shorthand
    clock = FixedClock(on)
    exchanges: list[tuple[bytes, bytes]] = []
    reader = SimulatedReader(on_exchange=lambda sent, got: exchanges.append((sent, got)))
    printer = ScreenPrinter(settings.printer_columns)
    platform = wiring.simulated_platform_of(settings, clock)
    told = Told()
    used = reader if around is None else around(reader)
    asked = platform if ask is None else ask(settings, clock)
    desk = await wiring.join(settings, told, clock, used, asked, onto or printer, None, pause)
    try:
        yield Rig(desk, settings, clock, reader, printer, platform, exchanges, told)
    finally:
        await desk.close()
