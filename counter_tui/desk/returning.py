"""Taking items back, at the counter and out of the book drop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from counter_tui.clock import TOKYO, Clock, today
from counter_tui.desk.holds import forget_filled, waiting_for
from counter_tui.desk.loan_life import LoanEvent, LoanRefusal, after
from counter_tui.desk.patrons import load_patron
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.scans import Meant, Scans
from counter_tui.desk.store_lane import StoreLane
from counter_tui.errors import EffectiveDateRefused, UnknownItem
from counter_tui.models.tables import Loan, LoanHistoryWish


@dataclass(frozen=True)
class ReturnedLoan:
    """The loan that a return has ended. Whose it was is not said: others stand at the counter.

    Attributes:
        lent_on: the day on which it was lent.
        days_overdue: on the day that counts; 0: in time.
        in_hand: items that the person still has.
        overdue: how many of those are overdue today.
        history_kept: the person asked that returned loans be kept.
    """

    lent_on: date
    due_on: date
    days_overdue: int
    in_hand: int
    overdue: int
    history_kept: bool


@dataclass(frozen=True)
class CheckedIn:
    """An item is in the house, and where it goes now.

    Attributes:
        title, item_barcode, kind: of the item; `kind` may be empty.
        effective_on: the day that counts.
        loan: what has ended; None: it was not on loan, and nothing was changed.
        other_branch: the branch that owns it, if that is not this one.
        pickup_branch: where the one fetches it who waits for it first; None: nobody waits.
        waiting: how many wait for it.
        not_for_loan, withdrawn: as the item's record has it.
    """

    title: str
    item_barcode: str
    kind: str
    effective_on: date
    loan: ReturnedLoan | None
    other_branch: str | None
    pickup_branch: str | None
    waiting: int
    not_for_loan: bool
    withdrawn: bool


class Returning:
    """Takes items back, whoever had them. A return is not undone: it forgets whose it was."""

    def __init__(
        self,
        store: StoreLane,
        clock: Clock,
        place: PlaceRecord,
        book_drop_back_days: int,
        scans: Scans,
    ) -> None:
        self._store = store
        self._clock = clock
        self._place = place
        self._back_days = book_drop_back_days
        self._scans = scans

    def earliest_effective_date(self) -> date:
        """How far back returns from the book drop may be dated today."""
        return today(self._clock) - timedelta(days=self._back_days)

    def check_effective_date(self, on: date) -> None:
        """Say at once what `checkin` would say of such a date.

        Raises:
            EffectiveDateRefused: it is to come, or too long ago.
        """
        earliest, latest = self.earliest_effective_date(), today(self._clock)
        if not earliest <= on <= latest:
            raise EffectiveDateRefused(on, earliest, latest)

    async def checkin(self, item_barcode: str, effective_on: date | None = None) -> CheckedIn:
        """Take an item back. When this returns, the end of the loan is on disk.

        Args:
            effective_on: the day that counts, for what lay in the book drop; an item that was
                lent later counts from that day on. None: today.

        Raises:
            ScanError: it is no number that could be one.
            EffectiveDateRefused, UnknownItem, StoreUnavailable: nothing was taken back.
        """
        if effective_on is not None:
            self.check_effective_date(effective_on)
        now = self._clock.now().astimezone(UTC)
        return await self._store.transact(self._checkin, item_barcode, effective_on, now)

    def _checkin(self, item_barcode: str, effective_on: date | None, now: datetime) -> CheckedIn:
        # A number that is a library card, too, is no question here: people are not returned.
        item = self._scans.find(item_barcode).decided(Meant.ITEM).item
        if item is None:
            raise UnknownItem(item_barcode)
        on = now.astimezone(TOKYO).date()
        effective_on = effective_on or on
        loan = Loan.get_or_none(Loan.item == item, Loan.returned_at.is_null())
        ended = None
        if loan is not None and not isinstance(after(loan, LoanEvent.CHECKIN, on), LoanRefusal):
            effective_on = max(effective_on, loan.lent_at.astimezone(TOKYO).date())
            ended = self._end(loan, effective_on, now)
        line = waiting_for(item.id)
        is_ours = item.branch_id == self._place.keys().branch_id
        return CheckedIn(
            title=item.title,
            item_barcode=item.barcode,
            kind=item.kind,
            effective_on=effective_on,
            loan=ended,
            other_branch=None if is_ours else item.branch.name,
            pickup_branch=None if line is None else line.pickup_branch,
            waiting=0 if line is None else line.count,
            not_for_loan=item.not_for_loan,
            withdrawn=item.withdrawn,
        )

    def _end(self, loan: Loan, effective_on: date, now: datetime) -> ReturnedLoan:
        patron_id = loan.patron_id
        if patron_id is None:  # the table has a constraint against it
            raise ValueError("an open loan without a patron")
        keeps = LoanHistoryWish.select().where(LoanHistoryWish.patron == patron_id).exists()
        if not keeps:
            loan.patron = None
        loan.slip = None
        # A clock that was set back ends no loan before it began.
        loan.returned_at = max(now, loan.lent_at)
        loan.returned_on = effective_on
        loan.returned_at_counter_id = self._place.keys().counter_id
        loan.save()
        forget_filled(loan)
        patron = load_patron(patron_id, now.astimezone(TOKYO).date())
        return ReturnedLoan(
            lent_on=loan.lent_at.astimezone(TOKYO).date(),
            due_on=loan.due_on,
            days_overdue=max((effective_on - loan.due_on).days, 0),
            in_hand=patron.loans_count,
            overdue=patron.overdue_count,
            history_kept=keeps,
        )
