"""The outbox of slips: each is printed once, or a person is told.

A slip's content is not kept; it is made from the records when it prints, and its printing never
holds up a loan. Bytes that have left for the printer are never sent a second time by themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from counter_tui.clock import TOKYO, Clock
from counter_tui.desk.devices import DeskEvent, Device, Lamp, SlipsChanged, Trouble
from counter_tui.desk.patrons import load_patron
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.slips import (
    CheckoutFacts,
    EnrollmentFacts,
    LentItem,
    SlipHead,
    checkout_slip,
    enrollment_slip,
)
from counter_tui.desk.store_lane import StoreLane
from counter_tui.errors import (
    CounterError,
    NoSlip,
    PrinterCutOff,
    PrinterError,
    PrinterNotReady,
    PrinterSilent,
    PrinterUnreachable,
)
from counter_tui.hardware.lane import Lane
from counter_tui.hardware.printer import Delivery, Printer, PrinterState
from counter_tui.hardware.receipt_encoding import encode, lay_out, replaced_characters
from counter_tui.hardware.slip import Size, Slip
from counter_tui.models.tables import Item, Loan, PrintJob

log = logging.getLogger(__name__)


class SlipState(Enum):
    """Where a slip is on its way to paper."""

    QUEUED = "queued"
    """Waits; nothing has left."""
    SENDING = "sending"
    """Kept before the first byte leaves, so that a crash in between is seen."""
    PRINTED = "printed"
    """The printer confirmed it."""
    SENT = "sent"
    """All bytes were taken by a printer that cannot confirm."""
    UNKNOWN = "unknown"
    """Trouble after the first byte: only a person can say whether it is on paper."""
    FAILED = "failed"
    """Trouble before the first byte: it is tried again by itself."""
    EXPIRED = "expired"
    """Given up: its patron has gone."""


class _Outcome(Enum):
    OFF_THE_LIST = "printed, or left to a person"
    TRY_AGAIN = "no byte has left"
    NOTHING_WAITS = "nothing waits"


RETRY_AFTER_S: Final = (2, 5, 15, 60)
"""Pauses between tries of a job of which no byte has left; the last one repeats."""

EXPIRES_AFTER: Final = timedelta(minutes=10)
"""A slip that could not be printed for so long is not printed any more: the patron has gone."""

REPRINTABLE_FOR: Final = timedelta(days=1)
"""Afterwards a slip forgets its patron, or the outbox would be a diary of people's visits."""

CHECK_PRINTER_EVERY_S: Final = 60
"""How often an idle printer is asked how it is, for its lamp."""

_TROUBLES: Final = {
    "paper_out": Trouble.PAPER_OUT,
    "cover_open": Trouble.COVER_OPEN,
    "offline": Trouble.OFFLINE,
    "error": Trouble.ERROR,
    "no_answer": Trouble.NO_ANSWER,
    "unreachable": Trouble.UNREACHABLE,
}


@dataclass(frozen=True)
class PaperLine:
    """One line of paper, as it is drawn on the screen.

    Attributes:
        pieces: text and the columns of the paper that it takes, left to right.
        large: printed in larger characters than the screen can show.
    """

    pieces: tuple[tuple[str, int], ...]
    large: bool
    bold: bool
    reversed: bool


@dataclass(frozen=True)
class SlipOnPaper:
    """A slip as it comes, or came, out of the printer.

    Attributes:
        columns: of the paper.
        replaced: how many characters the printer cannot show.
    """

    number: int
    state: SlipState
    made_at: datetime
    reprint_no: int
    columns: int
    lines: tuple[PaperLine, ...]
    replaced: int


class Receipts:
    """Queues slips, and prints them one after another while `run` runs."""

    def __init__(
        self,
        store: StoreLane,
        clock: Clock,
        place: PlaceRecord,
        printer: Printer | None,
        report: Callable[[DeskEvent], None],
        *,
        drawn_on_screen: bool = False,
    ) -> None:
        """Nothing is printed before `run`.

        Args:
            printer: None: this terminal has none, and no slip is queued.
            drawn_on_screen: there is no paper; the screen draws each slip instead.
        """
        self.drawn_on_screen = drawn_on_screen
        self._store = store
        self._clock = clock
        self._place = place
        self._printer = printer
        self._report = report
        self._lamp = Lamp(Device.PRINTER, report)
        self._lane = Lane("printer")
        self._new_job = asyncio.Event()

    # ---------------------------------------------------------------- queueing

    async def queue_checkout(self, patron_id: int, loan_ids: Sequence[int]) -> int | None:
        """Queue the slip that lists these loans; None when there is no printer.

        Raises:
            StoreUnavailable
        """
        if self._printer is None:
            return None
        number = await self._store.transact(
            self._queue, "checkout", patron_id, tuple(loan_ids), self._clock.now()
        )
        await self._announce()
        return number

    async def queue_enrollment(self, patron_id: int) -> int | None:
        """Queue the slip that confirms an enrolment; None when there is no printer.

        Raises:
            StoreUnavailable
        """
        if self._printer is None:
            return None
        number = await self._store.transact(
            self._queue, "enrollment", patron_id, (), self._clock.now()
        )
        await self._announce()
        return number

    def _queue(self, kind: str, patron_id: int, loan_ids: tuple[int, ...], now: datetime) -> int:
        job = PrintJob.create(
            kind=kind,
            patron=patron_id,
            counter=self._place.keys().counter_id,
            state=SlipState.QUEUED.value,
            created_at=now,
            changed_at=now,
        )
        if loan_ids:
            Loan.update(slip=job).where(Loan.id.in_(loan_ids), Loan.returned_at.is_null()).execute()
        return int(job.id)

    async def reprint_last(self) -> int:
        """Queue a copy of this counter's last slip, marked 再発行; returns its number.

        Raises:
            NoSlip: nothing was printed here yet, or there is no printer.
            StoreUnavailable
        """
        if self._printer is None:
            raise NoSlip
        number = await self._store.transact(self._queue_reprint, self._clock.now())
        await self._announce()
        return number

    def _queue_reprint(self, now: datetime) -> int:
        counter_id = self._place.keys().counter_id
        original = (
            PrintJob.select()
            .where(PrintJob.counter == counter_id, PrintJob.reprint_of.is_null())
            .order_by(PrintJob.id.desc())
            .first()
        )
        if original is None or original.patron_id is None:
            raise NoSlip
        copies = PrintJob.select().where(PrintJob.reprint_of == original).count()
        # The person decided: what may still come by itself must not come as well.
        PrintJob.update(state=SlipState.EXPIRED.value, changed_at=now).where(
            PrintJob.id == original.id,
            PrintJob.state.in_([SlipState.QUEUED.value, SlipState.FAILED.value]),
        ).execute()
        job = PrintJob.create(
            kind=original.kind,
            patron=original.patron_id,
            counter=counter_id,
            state=SlipState.QUEUED.value,
            created_at=now,
            changed_at=now,
            reprint_of=original,
            reprint_no=copies + 1,
        )
        return int(job.id)

    async def last_slip(self) -> SlipOnPaper:
        """This counter's last slip, cell by cell as on paper.

        Raises:
            NoSlip: nothing was printed here lately, or there is no printer.
            StoreUnavailable
        """
        if self._printer is None:
            raise NoSlip
        job, slip = await self._store.transact(self._last_slip)
        lines = lay_out(slip, self._printer.columns)
        return SlipOnPaper(
            number=job.id,
            state=SlipState(job.state),
            made_at=job.created_at,
            reprint_no=job.reprint_no,
            columns=self._printer.columns,
            lines=tuple(
                PaperLine(
                    pieces=tuple((piece.text, piece.columns) for piece in line.pieces),
                    large=line.size is not Size.NORMAL,
                    bold=line.emphasis,
                    reversed=line.reversed,
                )
                for line in lines
            ),
            replaced=len(replaced_characters(lines)),
        )

    def _last_slip(self) -> tuple[PrintJob, Slip]:
        job = (
            PrintJob.select()
            .where(PrintJob.counter == self._place.keys().counter_id)
            .order_by(PrintJob.id.desc())
            .first()
        )
        if job is None or job.patron_id is None:
            raise NoSlip
        return job, self._make_slip(job)

    # ---------------------------------------------------------------- printing

    async def run(self) -> None:
        """Print what is queued, for ever. One task for each terminal.

        What is found as `sending` at the start is a job that a crash cut off; it becomes
        `unknown`, because some of it may be on paper.
        """
        if self._printer is None:
            self._lamp.show(Trouble.NONE_SET_UP)
            return
        await self._ask_printer(self._printer)
        with contextlib.suppress(CounterError):  # the store's lamp tells of it
            await self._store.transact(self._tidy, self._clock.now())
            await self._announce()
        tries = 0
        while True:
            self._new_job.clear()
            try:
                outcome = await self._print_next(self._printer)
            except CounterError as error:  # a store that refuses: its own lamp tells of it
                log.warning("slips wait for the store: %s", type(error).__name__)
                outcome = _Outcome.NOTHING_WAITS
            if outcome is _Outcome.OFF_THE_LIST:
                tries = 0
                continue
            if outcome is _Outcome.TRY_AGAIN:
                pause = RETRY_AFTER_S[min(tries, len(RETRY_AFTER_S) - 1)]
                tries += 1
            else:
                pause = CHECK_PRINTER_EVERY_S
            try:
                async with asyncio.timeout(pause):
                    await self._new_job.wait()
            except TimeoutError:
                if outcome is _Outcome.NOTHING_WAITS:
                    await self._ask_printer(self._printer)

    def _tidy(self, now: datetime) -> None:
        PrintJob.update(patron=None).where(
            PrintJob.created_at < now - REPRINTABLE_FOR, PrintJob.patron.is_null(False)
        ).execute()
        PrintJob.update(state=SlipState.UNKNOWN.value, changed_at=now).where(
            PrintJob.counter == self._place.keys().counter_id,
            PrintJob.state == SlipState.SENDING.value,
        ).execute()

    async def _print_next(self, printer: Printer) -> _Outcome:
        """Print the oldest slip that waits."""
        claimed = await self._store.transact(self._claim, self._clock.now())
        if claimed is None:
            return _Outcome.NOTHING_WAITS
        number, slip = claimed
        encoded = encode(slip, printer.columns)
        for character in encoded.replaced:
            log.warning("slip %d: no glyph for U+%04X", number, ord(character))
        try:
            delivery = await self._lane.run(printer.write, encoded.data, f"{number % 10_000:04d}")
        except PrinterError as error:
            state = SlipState.UNKNOWN if error.bytes_sent else SlipState.FAILED
            await self._settle(number, state, error.bytes_sent, type(error).__name__)
            self._lamp.show(_trouble(error))
            return _Outcome.OFF_THE_LIST if error.bytes_sent else _Outcome.TRY_AGAIN
        state = SlipState.PRINTED if delivery is Delivery.PRINTED else SlipState.SENT
        await self._settle(number, state, len(encoded.data), "")
        self._lamp.show(None)
        return _Outcome.OFF_THE_LIST

    def _claim(self, now: datetime) -> tuple[int, Slip] | None:
        waiting = [SlipState.QUEUED.value, SlipState.FAILED.value]
        mine = PrintJob.counter == self._place.keys().counter_id
        gone = (PrintJob.created_at < now - EXPIRES_AFTER) | PrintJob.patron.is_null()
        PrintJob.update(state=SlipState.EXPIRED.value, changed_at=now).where(
            mine, PrintJob.state.in_(waiting), gone
        ).execute()
        job = (
            PrintJob.select().where(mine, PrintJob.state.in_(waiting)).order_by(PrintJob.id).first()
        )
        if job is None:
            return None
        # Kept on disk before the first byte leaves: after a crash the job is seen as cut off.
        PrintJob.update(
            state=SlipState.SENDING.value, attempts=PrintJob.attempts + 1, changed_at=now
        ).where(PrintJob.id == job.id).execute()
        return int(job.id), self._make_slip(job)

    async def _settle(
        self, number: int, state: SlipState, bytes_sent: int, error_name: str
    ) -> None:
        def keep() -> None:
            PrintJob.update(
                state=state.value,
                bytes_sent=bytes_sent,
                last_error=error_name,
                changed_at=self._clock.now(),
            ).where(PrintJob.id == number).execute()

        await self._store.transact(keep)
        await self._announce(wake=False)

    async def _ask_printer(self, printer: Printer) -> None:
        self._lamp.show(trouble_of(await self._lane.run(printer.status)))

    async def _announce(self, *, wake: bool = True) -> None:
        self._report(await self._store.transact(self._count))
        if wake:
            self._new_job.set()

    def _count(self) -> SlipsChanged:
        mine = PrintJob.counter == self._place.keys().counter_id
        waiting = PrintJob.select().where(mine, PrintJob.state.in_(["queued", "failed"])).count()
        uncertain = PrintJob.select().where(mine, PrintJob.state == "unknown").count()
        return SlipsChanged(waiting, uncertain)

    # ------------------------------------------------------------ from the records

    def _make_slip(self, job: PrintJob) -> Slip:
        """The slip's content as the records are now. Inside a transaction only."""
        now = self._clock.now().astimezone(TOKYO)
        assert job.patron_id is not None  # noqa: S101  both callers have seen to it
        patron = load_patron(job.patron_id, now.date())
        place = self._place.place
        head = SlipHead(
            library=place.library,
            branch=place.branch,
            counter=place.counter,
            operator=place.operator,
            telephone=place.telephone,
            printed_at=now,
            library_card_number=patron.library_card_number,
            expires_on=patron.expires_on,
            days_left=patron.days_left(now.date()),
            job_number=job.id,
            reprint_no=job.reprint_no,
        )
        if job.kind == "enrollment":
            return enrollment_slip(EnrollmentFacts(head))
        listed = job.reprint_of_id or job.id
        loans = Loan.select(Loan, Item).join(Item).where(Loan.slip == listed).order_by(Loan.id)
        return checkout_slip(
            CheckoutFacts(
                head,
                items=tuple(LentItem(loan.item.title, loan.due_on) for loan in loans),
                loans_count=patron.loans_count,
            )
        )

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
    if isinstance(error, PrinterCutOff):
        return Trouble.ERROR
    return Trouble.ERROR
