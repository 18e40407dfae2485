"""Lending at the counter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import peewee

from counter_tui.clock import TOKYO, Clock, today
from counter_tui.desk.loan_rules import LoanRules
from counter_tui.desk.patrons import PatronView, load_patron
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.receipts import Receipts
from counter_tui.desk.scans import Meant, Scans
from counter_tui.desk.store_lane import StoreLane
from counter_tui.errors import (
    ItemAlreadyYours,
    ItemNotForLoan,
    ItemOnLoan,
    LoanLimitReached,
    PatronLapsed,
    UnknownItem,
)
from counter_tui.models.tables import CardLink, Counter, Loan, Patron


@dataclass(frozen=True)
class LoanView:
    """A loan that is kept in the store."""

    id: int
    title: str
    item_barcode: str
    due_on: date
    lent_at: datetime


@dataclass(frozen=True)
class Lent:
    """A loan was made.

    Attributes:
        patron: with counts that include this loan.
    """

    loan: LoanView
    patron: PatronView


@dataclass(frozen=True)
class TodayFigures:
    """What was done in this branch today, for the home screen."""

    loans: int
    enrollments: int
    registrations: int


class Lending:
    """Lends items to one patron at a time."""

    def __init__(
        self,
        store: StoreLane,
        clock: Clock,
        place: PlaceRecord,
        rules: LoanRules,
        receipts: Receipts,
        scans: Scans | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._place = place
        self._rules = rules
        self._receipts = receipts
        self._scans = scans or Scans()

    def loan_limit(self, patron: PatronView) -> int:
        """Items this patron may have in hand at a time."""
        return self._rules.limit_for(patron.residency)

    async def lend(self, patron_id: int, item_barcode: str, meant: Meant | None = None) -> Lent:
        """Lend an item. When this returns, the loan is on disk.

        Args:
            meant: what a person has said, in case it is a library card, too.

        Raises:
            NumberIsBoth: and `meant` does not say which.
            ScanError: it is no number that could be one.
            UnknownItem, ItemNotForLoan, ItemOnLoan, ItemAlreadyYours, LoanLimitReached,
            PatronLapsed, StoreUnavailable: nothing was lent.
        """
        return await self._store.transact(
            self._lend, patron_id, item_barcode, meant, self._clock.now().astimezone(UTC)
        )

    def _lend(self, patron_id: int, item_barcode: str, meant: Meant | None, now: datetime) -> Lent:
        on = now.astimezone(TOKYO).date()
        # First of all whether it is an item: the next patron's library card ends any patron's
        # turn, a lapsed one's too.
        item = self._scans.find(item_barcode).decided(meant).item
        if item is None:
            raise UnknownItem(item_barcode)
        patron = load_patron(patron_id, on)
        if patron.days_left(on) < 0:
            raise PatronLapsed(patron.expires_on)
        if item.not_for_loan:
            raise ItemNotForLoan(item.title)
        held = Loan.get_or_none(Loan.item == item, Loan.returned_at.is_null())
        if held is not None:
            if held.patron_id == patron_id:
                raise ItemAlreadyYours(item.title, held.due_on)
            raise ItemOnLoan(item.title)
        limit = self.loan_limit(patron)
        if patron.loans_count >= limit:
            raise LoanLimitReached(limit)
        keys = self._place.keys()
        try:
            loan = Loan.create(
                item=item,
                patron=patron_id,
                lent_at=now,
                due_on=self._rules.due_on("", patron, on),
                lent_by=keys.operator_id,
                lent_at_counter=keys.counter_id,
            )
        except peewee.IntegrityError as error:
            # The table's own guard: on a store with several writers another counter was first.
            raise ItemOnLoan(item.title) from error
        view = LoanView(loan.id, item.title, item.barcode, loan.due_on, now)
        return Lent(view, load_patron(patron_id, on))

    async def finish(self, patron_id: int, loan_ids: Sequence[int]) -> int | None:
        """End this patron's turn: queue the slip for these loans.

        Returns:
            The slip's number, or None when nothing was lent.

        Raises:
            StoreUnavailable: the loans stand; no slip is queued.
        """
        if not loan_ids:
            return None
        return await self._receipts.queue_checkout(patron_id, loan_ids)

    async def today(self) -> TodayFigures:
        """What was done today, for the home screen.

        Raises:
            StoreUnavailable
        """
        return await self._store.transact(self._today, today(self._clock))

    def _today(self, on: date) -> TodayFigures:
        midnight = datetime(on.year, on.month, on.day, tzinfo=TOKYO)
        here = Counter.select(Counter.id).where(Counter.branch == self._place.keys().branch_id)
        return TodayFigures(
            loans=Loan.select()
            .where(Loan.lent_at >= midnight, Loan.lent_at_counter.in_(here))
            .count(),
            enrollments=CardLink.select()
            .where(CardLink.linked_at >= midnight, CardLink.linked_at_counter.in_(here))
            .count(),
            registrations=Patron.select()
            .where(Patron.registered_at >= midnight, Patron.registered_at_counter.in_(here))
            .count(),
        )
