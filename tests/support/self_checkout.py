"""The self-checkout on simulated devices and a real store, used as a patron would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from textual import events
from textual.pilot import Pilot

from counter_tui import wiring
from counter_tui.clock import FixedClock
from counter_tui.desk.card_lane import Pause
from counter_tui.desk.desk import Desk
from counter_tui.desk_app import OpenDesk, Report
from counter_tui.hardware.simulated.in_process import SimulatedReader
from counter_tui.hardware.simulated.printer import ScreenPrinter
from counter_tui.hardware.transport import CardReader
from counter_tui.screens.self_checkout import SelfCheckoutScreen
from counter_tui.screens.self_checkout_face import Step
from counter_tui.self_checkout_app import SelfCheckoutApp
from counter_tui.settings import for_demo
from tests.support.counter import HOPS, PATIENCE, Devices, Prepare, Stopwatch, _key_event
from tests.support.rig import NOON, rigged

CODE = "2468"
"""The staff code of these tests."""


@dataclass
class AtSelfCheckout:
    """A patron at the machine: presses its button, scans, lays a card, and reads."""

    app: SelfCheckoutApp
    pilot: Pilot[None]
    stopwatch: Stopwatch
    devices: Devices

    @property
    def screen(self) -> SelfCheckoutScreen:
        """The one screen."""
        return self.app.self_checkout

    def is_at(self, step: Step) -> bool:
        """Whether this is where the patron is."""
        return self.screen.turn.step is step

    def reminds(self) -> bool:
        """Whether the bell rings again and again."""
        return self.screen.is_reminding

    async def settle(self) -> None:
        """Until all that happened has been worked off and drawn."""
        for _ in range(HOPS):
            await self.pilot._wait_for_screen()
            if self.app._exit:
                return
            await self.screen.settled()
        while self.screen.scan._draw_is_due:
            await self.pilot.pause(0.01)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys, each a good second after what was before."""
        for key in keys:
            self.stopwatch.seconds += 1
            self.app.post_message(_key_event(key))
            await self.settle()

    async def scan(self, *codes: str) -> None:
        """Scan codes in one burst, each with the scanner's Enter."""
        for code in codes:
            for character in code:
                self.app.post_message(events.Key(character, character))
            self.app.post_message(events.Key("enter", "\r"))
        await self.settle()

    async def lay(self, persona: str) -> None:
        """Lay a card down, some time after the reader came up."""
        self.stopwatch.seconds += 2
        self.devices.lay(persona)
        await self.until(lambda: self.screen.card_is_on_reader)
        await self.settle()

    async def take_off(self) -> None:
        """Take the card off."""
        self.stopwatch.seconds += 1
        self.devices.reader.take_off()
        await self.until(lambda: not self.screen.card_is_on_reader)
        await self.settle()

    async def wait_seconds(self, seconds: float) -> None:
        """Let time pass without a touch."""
        self.stopwatch.seconds += seconds
        self.screen.tick()
        await self.settle()

    async def begin(self, persona: str) -> None:
        """Press 開始, lay the card, press マイナンバーカード読取."""
        await self.press("enter")
        await self.lay(persona)
        await self.press("enter")

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

    def text(self) -> str:
        """The same in one piece."""
        return "\n".join(self.rows())

    def loans(self) -> list[str]:
        """Barcodes of the items on loan, as the store has them."""
        return [
            str(row[0])
            for row in self.devices.rows_of(
                "SELECT barcode FROM loan JOIN item ON item.id = item_id"
                " WHERE returned_at IS NULL ORDER BY loan.id"
            )
        ]

    def slips(self) -> int:
        """Slips of loans that were queued."""
        return len(self.devices.rows_of("SELECT id FROM print_job WHERE kind = 'checkout'"))


@asynccontextmanager
async def at_self_checkout(
    folder: Path,
    prepare: Prepare | None = None,
    *,
    size: tuple[int, int] = (80, 24),
    around: Callable[[SimulatedReader], CardReader] | None = None,
    opens: Callable[[OpenDesk], OpenDesk] | None = None,
    lies_there: str | None = None,
    on: datetime = NOON,
    pause: Pause = asyncio.sleep,
    **changes: object,
) -> AsyncIterator[AtSelfCheckout]:
    """The self-checkout of a test installation, left at the end.

    Args:
        prepare: fills the store before it starts.
        around: what it gets in place of the reader.
        opens: what it gets in place of what opens the desk.
        lies_there: whose card lies on the reader when it starts.
        pause: waits for so many seconds while a reader is silent.
        changes: settings that differ from the demo's; without, it is no demo.
    """
    if prepare is not None:
        async with rigged(folder, on) as before:
            await prepare(before)
    made: dict[str, object] = {"source": folder / "settings.toml", "staff_code": CODE, **changes}
    settings = replace(for_demo(folder), **made)  # type: ignore[arg-type]  # a test's shorthand
    clock = FixedClock(on)
    reader = SimulatedReader()
    printer = ScreenPrinter(settings.printer_columns)
    platform = wiring.simulated_platform_of(settings, clock)
    devices = Devices(settings, clock, reader, printer, platform)
    if lies_there is not None:
        devices.lay(lies_there)

    slot = None if settings.printer == "none:" else printer

    async def open_desk(report: Report) -> Desk:
        used = reader if around is None else around(reader)
        return await wiring.join(settings, report, clock, used, platform, slot, None, pause)

    stopwatch = Stopwatch()
    app = SelfCheckoutApp(settings, open_desk if opens is None else opens(open_desk), stopwatch)
    async with app.run_test(size=size) as pilot:
        at = AtSelfCheckout(app, pilot, stopwatch, devices)
        await app._settled.wait()
        await at.settle()
        yield at
