"""Prints what is queued: each slip once, or a person is told.

Bytes that have left for the printer are never sent a second time by themselves.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from enum import Enum
from typing import Final

from counter_tui.clock import Clock
from counter_tui.desk.devices import DeskEvent, Device, Lamp, Trouble
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.slip_records import (
    WAITING,
    count_slips,
    find_cut_off,
    forget_old_patrons,
    give_up_old,
    slip_facts,
)
from counter_tui.desk.slip_states import SlipState
from counter_tui.desk.slip_templates import SlipTemplates
from counter_tui.desk.slips import OWN_TEMPLATES, SlipFacts, slip_of
from counter_tui.desk.store_lane import StoreLane
from counter_tui.errors import (
    CounterError,
    PrinterError,
    PrinterNotReady,
    PrinterSilent,
    PrinterUnreachable,
)
from counter_tui.hardware.lane import Lane
from counter_tui.hardware.printer import Delivery, Printer, PrinterState
from counter_tui.hardware.receipt_encoding import encode
from counter_tui.models.tables import PrintJob

log = logging.getLogger(__name__)

RETRY_AFTER_S: Final = (2, 5)
"""Pauses between tries of a job of which no byte has left; the last one repeats. A try begins
with a status query and costs nothing while the printer says no; paper that was put in is
noticed within this time."""

LOOK_EVERY_S: Final = 60
LOOK_EVERY_S_IN_TROUBLE: Final = 5
"""How often an idle printer is asked how it is, for its lamp."""

_TROUBLES: Final = {
    "paper_out": Trouble.PAPER_OUT,
    "cover_open": Trouble.COVER_OPEN,
    "offline": Trouble.OFFLINE,
    "error": Trouble.ERROR,
    "no_answer": Trouble.NO_ANSWER,
    "unreachable": Trouble.UNREACHABLE,
}


class _Outcome(Enum):
    OFF_THE_LIST = "printed, or left to a person"
    TRY_AGAIN = "no byte has left"
    NOTHING_WAITS = "nothing waits"


class Outbox:
    """One worker for one printer; `run` prints what the store holds for this counter."""

    def __init__(
        self,
        store: StoreLane,
        clock: Clock,
        place: PlaceRecord,
        printer: Printer | None,
        report: Callable[[DeskEvent], None],
        templates: SlipTemplates = OWN_TEMPLATES,
    ) -> None:
        """Nothing is printed before `run`. `printer` None: only old slips are tidied up."""
        self._store = store
        self._clock = clock
        self._place = place
        self._printer = printer
        self._report = report
        self._templates = templates
        self._lamp = Lamp(Device.PRINTER, report)
        self._lane = Lane("printer")
        self._wake = asyncio.Event()
        self._at_rest = asyncio.Event()
        self._claiming: int | None = None
        """The slip that is being made from the records, for when that fails."""

    def wake(self) -> None:
        """There is a new slip."""
        self._at_rest.clear()
        self._wake.set()

    async def run(self) -> None:
        """Print what is queued, for ever."""
        if self._printer is None:
            self._lamp.show(Trouble.NONE_SET_UP)
        else:
            await self._look(self._printer)
        tries = 0
        while True:
            self._wake.clear()
            outcome = await self._tidy_and_print()
            if outcome is _Outcome.OFF_THE_LIST:
                tries = 0
                continue
            if outcome is _Outcome.TRY_AGAIN:
                pause = RETRY_AFTER_S[min(tries, len(RETRY_AFTER_S) - 1)]
                tries += 1
            else:
                pause = LOOK_EVERY_S if self._lamp.is_well else LOOK_EVERY_S_IN_TROUBLE
            if not self._wake.is_set():  # a slip that came meanwhile is looked at first
                self._at_rest.set()
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                if outcome is _Outcome.NOTHING_WAITS and self._printer is not None:
                    await self._look(self._printer)

    async def drain(self, within_s: float) -> None:
        """Wait until all that can be printed now is printed, but not longer than this."""
        self.wake()
        try:
            async with asyncio.timeout(within_s):
                await self._at_rest.wait()
        except TimeoutError:
            log.warning("the program ends before all slips are printed")

    async def _tidy_and_print(self) -> _Outcome:
        try:
            self._report(await self._store.transact(self._tidy))
            if self._printer is None:
                return _Outcome.NOTHING_WAITS
            return await self._print_next(self._printer)
        except CounterError as error:  # a store that refuses: its own lamp tells of it
            log.warning("slips wait for the store: %s", type(error).__name__)
            return _Outcome.NOTHING_WAITS

    def _tidy(self) -> DeskEvent:
        now = self._clock.now()
        counter_id = self._place.keys().counter_id
        forget_old_patrons(now)
        find_cut_off(counter_id, now)
        give_up_old(counter_id, now)
        return count_slips(counter_id, now)

    async def _print_next(self, printer: Printer) -> _Outcome:
        """Print the oldest slip that waits."""
        try:
            claimed = await self._store.transact(self._claim)
        except (asyncio.CancelledError, CounterError):
            raise
        except BaseException:
            # A mistake of ours in its content: nothing has left, and it must not block the rest.
            if self._claiming is not None:
                await self._settle(self._claiming, SlipState.EXPIRED, 0, "mistake")
            raise
        self._claiming = None
        if claimed is None:
            return _Outcome.NOTHING_WAITS
        number, facts = claimed
        try:
            return await self._print(printer, number, facts)
        except (asyncio.CancelledError, CounterError):
            raise
        except BaseException:
            # A mistake of ours: it is seen in the log, and this slip must not be met again.
            await self._settle(number, SlipState.UNKNOWN, 0, "mistake")
            raise

    async def _print(self, printer: Printer, number: int, facts: SlipFacts) -> _Outcome:
        # The first slip loads a template engine, the first rare character of a day a font of
        # 14 MB: not on the screens' thread.
        slip = await self._lane.run(slip_of, facts, self._templates)
        encoded = await self._lane.run(
            encode, slip, printer.columns, extension_rows=printer.extension_rows
        )
        for character in encoded.replaced:
            log.warning("slip %d: no glyph for U+%04X", number, ord(character))
        try:
            delivery = await self._lane.run(printer.write, encoded.data, f"{number % 10_000:04d}")
        except PrinterError as error:
            self._lamp.show(_trouble(error))
            state = SlipState.UNKNOWN if error.bytes_sent else SlipState.FAILED
            await self._settle(number, state, error.bytes_sent, type(error).__name__)
            return _Outcome.OFF_THE_LIST if error.bytes_sent else _Outcome.TRY_AGAIN
        self._lamp.show(None)
        state = SlipState.PRINTED if delivery is Delivery.PRINTED else SlipState.SENT
        await self._settle(number, state, len(encoded.data), "")
        return _Outcome.OFF_THE_LIST

    def _claim(self) -> tuple[int, SlipFacts] | None:
        self._claiming = None
        now = self._clock.now()
        job = (
            PrintJob.select()
            .where(PrintJob.counter == self._place.keys().counter_id, PrintJob.state.in_(WAITING))
            .order_by(PrintJob.id)
            .first()
        )
        if job is None:
            return None
        self._claiming = int(job.id)
        # Kept on disk before the first byte leaves: after a crash the job is seen as cut off.
        PrintJob.update(
            state=SlipState.SENDING.value, attempts=PrintJob.attempts + 1, changed_at=now
        ).where(PrintJob.id == job.id).execute()
        return int(job.id), slip_facts(job, self._place.place, now)

    async def _settle(
        self, number: int, state: SlipState, bytes_sent: int, error_name: str
    ) -> None:
        def keep() -> DeskEvent:
            now = self._clock.now()
            PrintJob.update(
                state=state.value, bytes_sent=bytes_sent, last_error=error_name, changed_at=now
            ).where(PrintJob.id == number).execute()
            return count_slips(self._place.keys().counter_id, now)

        self._report(await self._store.transact(keep))

    async def _look(self, printer: Printer) -> None:
        self._lamp.show(trouble_of(await self._lane.run(printer.status)))

    def close(self) -> None:
        """Take no more jobs; the one that is printing ends by itself."""
        self._lane.close()


def trouble_of(state: PrinterState) -> Trouble | None:
    """What a printer's answer means for its lamp."""
    if state.ready:
        return Trouble.PAPER_NEAR_END if state.paper_near_end else None
    return _TROUBLES.get(state.reason or "error", Trouble.ERROR)


def _trouble(error: PrinterError) -> Trouble:
    if isinstance(error, PrinterNotReady):
        return _TROUBLES.get(error.reason, Trouble.ERROR)
    if isinstance(error, PrinterSilent):
        return Trouble.NO_ANSWER
    if isinstance(error, PrinterUnreachable):
        return Trouble.UNREACHABLE
    return Trouble.ERROR
