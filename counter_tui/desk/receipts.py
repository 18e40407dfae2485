"""Slips for patrons: queued with the loans, shown, and printed again.

A slip's content is not kept; it is made from the records when it is printed or shown. Printing is
the outbox's business and never holds up a loan.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from peewee import JOIN

from counter_tui.clock import Clock
from counter_tui.desk.devices import DeskEvent, SlipsChanged
from counter_tui.desk.outbox import Outbox
from counter_tui.desk.patrons import load_patron
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.slip_records import (
    COUNTER_HANDOVER,
    FOR_STAFF,
    HANDOVER,
    REPRINTABLE_FOR,
    WAITING,
    count_slips,
    slip_facts,
    was_copied,
)
from counter_tui.desk.slip_states import SlipState
from counter_tui.desk.slip_templates import SlipTemplates
from counter_tui.desk.slips import OWN_TEMPLATES, SlipFacts, slip_of
from counter_tui.desk.store_lane import StoreLane
from counter_tui.errors import NoSlip
from counter_tui.hardware.receipt_encoding import LaidOutLine, lay_out, replaced_characters
from counter_tui.hardware.slip import Size
from counter_tui.models.tables import Loan, Patron, PrintJob
from counter_tui.text import masked


@dataclass(frozen=True)
class Reprint:
    """A copy was queued.

    Attributes:
        number: of the copy.
        library_card: masked; tells staff whose slip it is. Empty for a list, which is nobody's.
    """

    number: int
    library_card: str


@dataclass(frozen=True)
class SlipRow:
    """One slip of the last day, as a list shows it.

    Attributes:
        kind: as `slip_title` takes it.
        library_card: masked; empty on what is nobody's.
        was_copied: a later slip says the same, so that nothing has to be done about this one.
    """

    number: int
    kind: str
    made_at: datetime
    library_card: str
    state: SlipState
    reprint_no: int
    was_copied: bool

    @property
    def can_be_copied(self) -> bool:
        """Whether `Receipts.reprint` takes it; a report on a person is asked for anew."""
        return self.kind != "report"

    @property
    def is_open(self) -> bool:
        """Whether a person has to do something about it."""
        done = (SlipState.PRINTED, SlipState.SENT)
        return self.state not in done and not self.was_copied


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
    """Queues slips for the outbox, and shows the last one."""

    def __init__(
        self,
        store: StoreLane,
        clock: Clock,
        place: PlaceRecord,
        outbox: Outbox,
        report: Callable[[DeskEvent], None],
        *,
        columns: int | None,
        templates: SlipTemplates = OWN_TEMPLATES,
        extension_rows: frozenset[int] = frozenset(),
        drawn_on_screen: bool = False,
    ) -> None:
        """Nothing is queued yet.

        Args:
            columns: of the paper; None: this terminal has no printer, and no slip is queued.
            templates: make slips, as in the outbox.
            extension_rows: JIS rows that the printer's font holds beyond JIS X 0208.
            drawn_on_screen: there is no paper; the screen draws each slip instead.
        """
        self.drawn_on_screen = drawn_on_screen
        self._store = store
        self._clock = clock
        self._place = place
        self._outbox = outbox
        self._report = report
        self._columns = columns
        self._templates = templates
        self._extension_rows = extension_rows

    async def queue_checkout(self, patron_id: int, loan_ids: Sequence[int]) -> int | None:
        """Queue the slip that lists these loans; None when there is no printer.

        Raises:
            StoreUnavailable: it is not queued.
        """
        return await self._queue("checkout", patron_id, tuple(loan_ids))

    async def queue_enrollment(self, patron_id: int) -> int | None:
        """Queue the slip that confirms an enrolment; None when there is no printer.

        Raises:
            StoreUnavailable: it is not queued.
        """
        return await self._queue("enrollment", patron_id, ())

    async def queue_unlinking(self, patron_id: int) -> int | None:
        """Queue the slip that confirms the end of a link; None when there is no printer.

        Raises:
            StoreUnavailable: it is not queued.
        """
        return await self._queue("unlinking", patron_id, ())

    async def queue_validity(self, patron_id: int) -> int | None:
        """Queue the slip with the new end of a validity; None when there is no printer.

        Raises:
            StoreUnavailable: it is not queued.
        """
        return await self._queue("validity", patron_id, ())

    async def queue_links(self, within_days: int) -> int | None:
        """Queue the list of links to renew, for staff; None when there is no printer.

        Args:
            within_days: how far it looks ahead.

        Raises:
            StoreUnavailable: it is not queued.
        """
        return await self._queue("links", None, (), within_days=within_days)

    async def queue_handover(self, *, whole_branch: bool) -> int | None:
        """Queue the figures of today, for staff; None when there is no printer.

        Raises:
            StoreUnavailable: it is not queued.
        """
        return await self._queue(HANDOVER if whole_branch else COUNTER_HANDOVER, None, ())

    async def queue_return(self, patron_id: int) -> int | None:
        """Queue the slip that tells what is still in hand; None when there is no printer.

        Raises:
            StoreUnavailable: it is not queued.
        """
        return await self._queue("return", patron_id, ())

    async def queue_follow_up(self, patron_id: int) -> int | None:
        """Queue the slip for a patron who was not renewed by itself; None without a printer.

        Raises:
            StoreUnavailable: it is not queued.
        """
        return await self._queue("follow_up", patron_id, ())

    async def queue_report(self, patron_id: int, account: Callable[[], None]) -> int | None:
        """Queue what is stored about a patron; None when there is no printer.

        Args:
            account: is called in the same transaction.

        Raises:
            StoreUnavailable: it is not queued.
        """
        return await self._queue("report", patron_id, (), account)

    async def _queue(
        self,
        kind: str,
        patron_id: int | None,
        loan_ids: tuple[int, ...],
        account: Callable[[], None] | None = None,
        **more: object,
    ) -> int | None:
        if self._columns is None:
            return None

        def keep() -> tuple[int, SlipsChanged]:
            job = self._new_job(kind, patron_id, **more)
            if account is not None:
                account()
            if loan_ids:
                Loan.update(slip=job).where(
                    Loan.id.in_(loan_ids), Loan.returned_at.is_null()
                ).execute()
            return int(job.id), count_slips(job.counter_id, self._clock.now())

        number, counted = await self._store.transact(keep)
        self._announce(counted)
        return number

    async def reprint_last(self, patron_id: int | None = None) -> Reprint:
        """Queue a copy of the last slip, marked 再発行.

        Args:
            patron_id: only a slip of this patron's; None: this counter's last, whose ever it is.

        Raises:
            NoSlip: nothing such was printed here lately, or there is no printer.
            StoreUnavailable
        """

        def find() -> PrintJob:
            # A list for staff is printed anew where it is shown; and whoever wants the last
            # slip once more shall not get all that is stored about the person before.
            conditions: list[object] = [
                PrintJob.reprint_of.is_null(),
                PrintJob.kind.not_in(FOR_STAFF),
                PrintJob.kind != "report",
            ]
            if patron_id is not None:
                conditions.append(PrintJob.patron == patron_id)
            return self._find_last(*conditions)

        return await self._reprint(find)

    async def reprint(self, number: int) -> Reprint:
        """Queue a copy of this counter's slip with this number, marked 再発行.

        Raises:
            NoSlip: there is none, it is older than a day, it tells all that is kept on a person
                (which is asked for anew in the patron screen), or there is no printer.
            StoreUnavailable
        """
        return await self._reprint(lambda: self._find_last(PrintJob.id == number))

    async def _reprint(self, find: Callable[[], PrintJob]) -> Reprint:
        if self._columns is None:
            raise NoSlip

        def keep() -> tuple[Reprint, SlipsChanged]:
            found = find()
            original = found.reprint_of or found
            is_nobodys = original.patron_id is None and original.kind not in FOR_STAFF
            if is_nobodys or original.kind == "report":
                raise NoSlip
            now = self._clock.now()
            same = (PrintJob.id == original.id) | (PrintJob.reprint_of == original)
            # The person decided: what may still come by itself must not come as well.
            PrintJob.update(state=SlipState.EXPIRED.value, changed_at=now).where(
                same, PrintJob.state.in_(WAITING)
            ).execute()
            job = self._new_job(
                original.kind,
                original.patron_id,
                reprint_of=original,
                reprint_no=PrintJob.select().where(PrintJob.reprint_of == original).count() + 1,
                within_days=original.within_days,
            )
            card = ""
            if original.patron_id is not None:
                card = masked(load_patron(original.patron_id, now.date()).library_card_number)
            return Reprint(int(job.id), card), count_slips(job.counter_id, now)

        reprint, counted = await self._store.transact(keep)
        self._announce(counted)
        return reprint

    async def rows(self) -> tuple[SlipRow, ...]:
        """This counter's slips of the last day, the newest first.

        Raises:
            StoreUnavailable
        """

        def find() -> tuple[SlipRow, ...]:
            now = self._clock.now()
            jobs = list(
                PrintJob.select(PrintJob, Patron.library_card_number)
                .join(Patron, JOIN.LEFT_OUTER)
                .where(
                    PrintJob.counter == self._place.keys().counter_id,
                    PrintJob.created_at >= now - REPRINTABLE_FOR,
                )
                .order_by(PrintJob.id.desc())
            )
            newest = {job.reprint_of_id or job.id: job.id for job in reversed(jobs)}
            return tuple(
                SlipRow(
                    number=job.id,
                    kind=job.kind,
                    made_at=job.created_at,
                    library_card=masked(job.patron.library_card_number) if job.patron else "",
                    state=SlipState(job.state),
                    reprint_no=job.reprint_no,
                    was_copied=newest[job.reprint_of_id or job.id] != job.id,
                )
                for job in jobs
            )

        return await self._store.transact(find)

    async def call_printed(self, number: int) -> None:
        """A person has seen this uncertain slip on paper: it is done with.

        Raises:
            NoSlip: it is not uncertain.
            StoreUnavailable
        """

        def keep() -> SlipsChanged:
            job = self._find_last(PrintJob.id == number, PrintJob.state == SlipState.UNKNOWN.value)
            now = self._clock.now()
            PrintJob.update(state=SlipState.SENT.value, changed_at=now).where(
                PrintJob.id == job.id
            ).execute()
            return count_slips(job.counter_id, now)

        self._announce(await self._store.transact(keep))

    async def retry(self) -> int:
        """Print what was given up, of which nothing is on paper; how many slips that is.

        Raises:
            StoreUnavailable
        """

        def keep() -> tuple[int, SlipsChanged]:
            now = self._clock.now()
            counter_id = self._place.keys().counter_id
            # It was made now, as far as the patron's patience is concerned.
            count = (
                PrintJob.update(state=SlipState.QUEUED.value, created_at=now, changed_at=now)
                .where(
                    PrintJob.counter == counter_id,
                    PrintJob.state == SlipState.EXPIRED.value,
                    PrintJob.created_at >= now - REPRINTABLE_FOR,
                    PrintJob.patron.is_null(False) | PrintJob.kind.in_(FOR_STAFF),
                    ~was_copied(),
                )
                .execute()
            )
            return int(count), count_slips(counter_id, now)

        count, counted = await self._store.transact(keep)
        self._announce(counted)
        return count

    async def last_slip(self, number: int | None = None) -> SlipOnPaper:
        """This counter's last slip, cell by cell as on paper.

        Args:
            number: of the one that is meant; None: the last that is no report on a person.

        Raises:
            NoSlip: there is none, it is older than a day, or there is no printer.
            StoreUnavailable
        """
        if self._columns is None:
            raise NoSlip

        def find() -> tuple[PrintJob, SlipFacts]:
            wanted = PrintJob.kind != "report" if number is None else PrintJob.id == number
            job = self._find_last(wanted)
            if job.patron_id is None and job.kind not in FOR_STAFF:
                raise NoSlip
            return job, slip_facts(job, self._place.place, self._clock.now())

        job, facts = await self._store.transact(find)
        # The first slip loads a template engine, the first rare character of a day a font of
        # 14 MB: not on the screens' thread.
        lines = await asyncio.to_thread(self._lay_out, facts, self._columns)
        return SlipOnPaper(
            number=job.id,
            state=SlipState(job.state),
            made_at=job.created_at,
            reprint_no=job.reprint_no,
            columns=self._columns,
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

    def _lay_out(self, facts: SlipFacts, columns: int) -> list[LaidOutLine]:
        slip = slip_of(facts, self._templates)
        return lay_out(slip, columns, extension_rows=self._extension_rows)

    def _new_job(self, kind: str, patron_id: int | None, **more: object) -> PrintJob:
        now = self._clock.now()
        return PrintJob.create(
            kind=kind,
            patron=patron_id,
            counter=self._place.keys().counter_id,
            state=SlipState.QUEUED.value,
            created_at=now,
            changed_at=now,
            **more,
        )

    def _find_last(self, *conditions: object) -> PrintJob:
        last: PrintJob | None = (
            PrintJob.select()
            .where(PrintJob.counter == self._place.keys().counter_id, *conditions)
            .order_by(PrintJob.id.desc())
            .first()
        )
        if last is None:
            raise NoSlip
        return last

    def _announce(self, counted: SlipsChanged) -> None:
        self._report(counted)
        self._outbox.wake()
