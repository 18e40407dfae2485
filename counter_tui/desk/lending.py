"""Lending at the counter: lent, extended, undone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import peewee

from counter_tui.clock import TOKYO, Clock, today
from counter_tui.desk.audit import Action, record
from counter_tui.desk.blocks import Block, BlockRule, lending_blocks
from counter_tui.desk.holds import fill_hold, waiting_for
from counter_tui.desk.loan_life import LoanEvent, LoanRefusal, LoanState, after
from counter_tui.desk.loan_rules import LoanRules
from counter_tui.desk.overrides import Override, Overriding
from counter_tui.desk.patrons import PatronView, load_patron
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.receipts import Receipts
from counter_tui.desk.scans import Meant, Scans
from counter_tui.desk.store_lane import StoreLane
from counter_tui.desk.validity_changes import renewals_since
from counter_tui.errors import (
    CounterError,
    ExtensionRefusal,
    ExtensionRefused,
    ItemAlreadyYours,
    ItemNotForLoan,
    ItemOnLoan,
    ItemReserved,
    ItemsOverdue,
    ItemWithdrawn,
    LibraryCardLost,
    LoanLimitReached,
    LoanOver,
    NotUndoable,
    PatronBlocked,
    PatronLapsed,
    UnknownItem,
)
from counter_tui.library_rules import OverrideRule, Permissions
from counter_tui.models.tables import CardLink, Counter, Item, Loan, Patron


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
        set_aside: the rules that an override had to set aside for it.
    """

    loan: LoanView
    patron: PatronView
    set_aside: tuple[OverrideRule, ...] = ()


@dataclass(frozen=True)
class Extended:
    """A loan was extended.

    Attributes:
        loan: with its new due date.
        due_before: the due date until now.
        set_aside: the rules that an override had to set aside for it.
    """

    loan: LoanView
    due_before: date
    patron: PatronView
    set_aside: tuple[OverrideRule, ...] = ()


@dataclass(frozen=True)
class Undone:
    """What was done last with an item is as if it had not been.

    Attributes:
        event: `CHECKOUT`: the item is in the house; `EXTEND`: it is due as before.
        due_on: when it is due now; None: it is in the house.
    """

    event: LoanEvent
    title: str
    item_barcode: str
    due_on: date | None
    patron: PatronView


@dataclass(frozen=True)
class TodayFigures:
    """What was done in this branch today, for the home screen."""

    loans: int
    returns: int
    enrollments: int
    registrations: int
    renewals: int
    """Library cards renewed at a counter, without those taken back."""


class Lending:
    """Lends items to one patron at a time.

    Which refusals can be set aside, and by whom, `may_set_aside` tells; what is set aside is
    given on as an `Override` with each scan while the patron is open.
    """

    def __init__(
        self,
        store: StoreLane,
        clock: Clock,
        place: PlaceRecord,
        rules: LoanRules,
        receipts: Receipts,
        permissions: Permissions,
        supervisors: Collection[str],
        scans: Scans,
    ) -> None:
        self._store = store
        self._clock = clock
        self._place = place
        self._rules = rules
        self._receipts = receipts
        self._permissions = permissions
        self._supervisors = frozenset(supervisors)
        self._scans = scans

    def loan_limit(self, patron: PatronView) -> int:
        """Items this patron may have in hand at a time."""
        return self._rules.limit_for(patron.residency)

    def may_set_aside(self, rule: OverrideRule) -> bool:
        """Whether whoever works here may set this rule aside."""
        operator = self._place.place.operator
        return self._permissions.allow(rule, operator, self._supervisors)

    async def checkout(
        self,
        patron_id: int,
        item_barcode: str,
        override: Override | None = None,
        *,
        meant: Meant | None = None,
    ) -> Lent:
        """Lend an item. When this returns, the loan is on disk.

        Args:
            meant: what a person has said, in case it is a library card, too.

        Raises:
            NumberIsBoth: and `meant` does not say which.
            ScanError: it is no number that could be one.
            UnknownItem, ItemWithdrawn, ItemOnLoan, ItemAlreadyYours: nothing was lent.
            PatronLapsed, LibraryCardLost, PatronBlocked, ItemsOverdue, LoanLimitReached,
            ItemNotForLoan, ItemReserved: likewise; these an override can set aside.
            OverrideRefused: this one is not whoever works here may give.
            StoreUnavailable: nothing was lent.
        """
        now = self._clock.now().astimezone(UTC)
        return await self._store.transact(
            self._checkout, patron_id, item_barcode, override, meant, now
        )

    def _checkout(
        self,
        patron_id: int,
        item_barcode: str,
        override: Override | None,
        meant: Meant | None,
        now: datetime,
    ) -> Lent:
        on = now.astimezone(TOKYO).date()
        # First of all whether it is an item: the next patron's library card ends any patron's
        # turn, a lapsed one's too.
        item = self._scans.find(item_barcode).decided(meant).item
        if item is None:
            raise UnknownItem(item_barcode)
        patron = load_patron(patron_id, on)
        overriding = self._overriding(patron_id, override)
        blocks = list(lending_blocks(patron, (), self._rules, on))
        # The limit comes last: whoever brings the same item twice hears of that.
        for block in blocks:
            if block.rule is not BlockRule.LOAN_LIMIT:
                overriding.stop(_refusal(block, patron))
        if item.withdrawn:
            raise ItemWithdrawn(item.title)
        held = Loan.get_or_none(Loan.item == item, Loan.returned_at.is_null())
        if held is not None and held.patron_id == patron_id:
            raise self._already_yours(held, item, patron, on)
        if after(held, LoanEvent.CHECKOUT, on) is LoanRefusal.ON_LOAN:
            raise ItemOnLoan(item.title)
        if item.not_for_loan:
            overriding.stop(ItemNotForLoan(item.title))
        line = waiting_for(item.id)
        if line is not None and line.first_patron_id != patron_id:
            overriding.stop(ItemReserved(item.title, line.pickup_branch))
        for block in blocks:
            if block.rule is BlockRule.LOAN_LIMIT:
                overriding.stop(_refusal(block, patron))
        kind_limit = self._rules.kind_limit_for(item.kind, patron.residency)
        if kind_limit is not None and _in_hand(patron_id, item.kind) >= kind_limit:
            overriding.stop(LoanLimitReached(kind_limit, item.kind))
        keys = self._place.keys()
        try:
            loan = Loan.create(
                item=item,
                patron=patron_id,
                lent_at=now,
                due_on=self._rules.due_on(item.kind, patron, on),
                lent_by=keys.operator_id,
                lent_at_counter=keys.counter_id,
            )
        except peewee.IntegrityError as error:
            # The table's own guard: on a store with several writers another counter was first.
            raise ItemOnLoan(item.title) from error
        if line is not None:
            fill_hold(item.id, patron_id, loan)
        set_aside = overriding.account(now)
        return Lent(_view(loan, item), load_patron(patron_id, on), set_aside)

    def _already_yours(
        self, loan: Loan, item: Item, patron: PatronView, on: date
    ) -> ItemAlreadyYours:
        extends_to, refused = None, self._refused_extension(loan, item, on)
        if refused is None:
            extends_to = self._extends_to(loan, item, patron, on)
        if refused is None and extends_to is None:
            refused = self._no_days(item, patron)
        return ItemAlreadyYours(item.title, loan.due_on, loan.id, extends_to, refused)

    async def extend(
        self, patron_id: int, loan_id: int, override: Override | None = None
    ) -> Extended:
        """Extend a loan of this patron's. When this returns, the new due date is on disk.

        Raises:
            LoanOver: it is no loan of this patron's any more.
            ExtensionRefused: with why; an override can set aside that it was extended before, is
                overdue, or reserved.
            PatronLapsed, LibraryCardLost, PatronBlocked, ItemsOverdue: as for `checkout`.
            OverrideRefused, StoreUnavailable
        """
        now = self._clock.now().astimezone(UTC)
        return await self._store.transact(self._extend, patron_id, loan_id, override, now)

    def _extend(
        self, patron_id: int, loan_id: int, override: Override | None, now: datetime
    ) -> Extended:
        on = now.astimezone(TOKYO).date()
        loan, patron = _loan_of(patron_id, loan_id), load_patron(patron_id, on)
        item, due_before = loan.item, loan.due_on
        overriding = self._overriding(patron_id, override)
        for block in lending_blocks(patron, (), self._rules, on):
            if block.rule is not BlockRule.LOAN_LIMIT:
                overriding.stop(_refusal(block, patron))
        why = self._refused_extension(loan, item, on)
        if why is not None:
            overriding.stop(ExtensionRefused(item.title, why, loan.due_on))
        due_on = self._extends_to(loan, item, patron, on)
        if due_on is None:
            raise ExtensionRefused(item.title, self._no_days(item, patron), loan.due_on)
        loan.due_on, loan.due_before_extension, loan.extended_at = due_on, due_before, now
        loan.extended_at_counter_id = self._place.keys().counter_id
        loan.save()
        set_aside = overriding.account(now)
        return Extended(_view(loan, item), due_before, load_patron(patron_id, on), set_aside)

    def _refused_extension(self, loan: Loan, item: Item, on: date) -> ExtensionRefusal | None:
        follows = after(loan, LoanEvent.EXTEND, on)
        if follows is LoanRefusal.EXTENDED_BEFORE:
            return ExtensionRefusal.ALREADY_EXTENDED
        if follows is LoanRefusal.OVERDUE:
            return ExtensionRefusal.OVERDUE
        return None if waiting_for(item.id) is None else ExtensionRefusal.RESERVED

    def _extends_to(self, loan: Loan, item: Item, patron: PatronView, on: date) -> date | None:
        """When it would be due; None: it has no extension, or none that makes it later."""
        due_on = self._rules.due_after_extension(item.kind, patron, loan.due_on, on)
        return due_on if due_on is not None and due_on > loan.due_on else None

    def _no_days(self, item: Item, patron: PatronView) -> ExtensionRefusal:
        """Why `_extends_to` gives none."""
        none = self._rules.extension_days_for(item.kind, patron.residency) == 0
        return ExtensionRefusal.NOT_EXTENDED if none else ExtensionRefusal.NO_LATER

    async def undo(self, patron_id: int, loan_id: int) -> Undone:
        """Take back today's extension of a loan, or else today's loan itself.

        Raises:
            LoanOver: it is no loan of this patron's any more.
            NotUndoable: it was not done today.
            StoreUnavailable
        """
        now = self._clock.now().astimezone(UTC)
        return await self._store.transact(self._undo, patron_id, loan_id, now)

    def _undo(self, patron_id: int, loan_id: int, now: datetime) -> Undone:
        on = now.astimezone(TOKYO).date()
        loan = _loan_of(patron_id, loan_id)
        item = loan.item
        follows = after(loan, LoanEvent.UNDO, on)
        if isinstance(follows, LoanRefusal):
            raise NotUndoable(item.title)
        due_on = loan.due_before_extension
        if follows is LoanState.IN_HOUSE or due_on is None:
            # A hold that it filled is open again: `Hold.filled_by`.
            loan.delete_instance()
            event, action = LoanEvent.CHECKOUT, Action.UNDO_CHECKOUT
        else:
            loan.due_on, loan.due_before_extension = due_on, None
            loan.extended_at = loan.extended_at_counter = None
            loan.save()
            event, action = LoanEvent.EXTEND, Action.UNDO_EXTENSION
        record(self._place, now, action, patron_id)
        return Undone(event, item.title, item.barcode, due_on, load_patron(patron_id, on))

    async def blocks(self, patron_id: int) -> tuple[Block, ...]:
        """What stops lending to this patron now, the gravest first: said before work begins.

        Raises:
            StoreUnavailable
        """

        def find(on: date) -> tuple[Block, ...]:
            patron = load_patron(patron_id, on)
            return tuple(lending_blocks(patron, _lent_on(patron_id), self._rules, on))

        return await self._store.transact(find, today(self._clock))

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
            returns=Loan.select()
            .where(Loan.returned_at >= midnight, Loan.returned_at_counter.in_(here))
            .count(),
            enrollments=CardLink.select()
            .where(CardLink.linked_at >= midnight, CardLink.linked_at_counter.in_(here))
            .count(),
            registrations=Patron.select()
            .where(Patron.registered_at >= midnight, Patron.registered_at_counter.in_(here))
            .count(),
            renewals=renewals_since(midnight, here),
        )

    def _overriding(self, patron_id: int, override: Override | None) -> Overriding:
        return Overriding(self._place, self._permissions, self._supervisors, patron_id, override)


def _refusal(block: Block, patron: PatronView) -> CounterError:
    """The error for a block that stops lending."""
    if block.rule is BlockRule.LAPSED:
        return PatronLapsed(patron.expires_on)
    if block.rule is BlockRule.CARD_LOST:
        return LibraryCardLost(block.since)
    if block.rule is BlockRule.MANUAL:
        return PatronBlocked(block.since, block.note)
    if block.rule is BlockRule.OVERDUE and patron.oldest_overdue_due_on is not None:
        return ItemsOverdue(patron.overdue_count, patron.oldest_overdue_due_on)
    return LoanLimitReached(block.amount)


def _loan_of(patron_id: int, loan_id: int) -> Loan:
    loan = Loan.get_or_none(Loan.id == loan_id, Loan.returned_at.is_null())
    if loan is None or loan.patron_id != patron_id:
        raise LoanOver
    return loan


def _in_hand(patron_id: int, kind: str) -> int:
    return (
        Loan.select()
        .join(Item)
        .where(Loan.patron == patron_id, Loan.returned_at.is_null(), Item.kind == kind)
        .count()
    )


def _lent_on(patron_id: int) -> list[date]:
    loans = Loan.select(Loan.lent_at).where(Loan.patron == patron_id, Loan.returned_at.is_null())
    return [loan.lent_at.astimezone(TOKYO).date() for loan in loans]


def _view(loan: Loan, item: Item) -> LoanView:
    return LoanView(loan.id, item.title, item.barcode, loan.due_on, loan.lent_at)
