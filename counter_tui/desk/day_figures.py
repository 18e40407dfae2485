"""What was done on a day, counted from the records. Nobody's name is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from counter_tui.clock import TOKYO
from counter_tui.desk.renewal_records import count_open
from counter_tui.desk.slip_states import SlipState
from counter_tui.desk.validity_changes import ValidityKind
from counter_tui.models.tables import (
    Branch,
    CardLeftBehind,
    CardLink,
    Counter,
    Hold,
    InstantField,
    Item,
    Loan,
    Patron,
    PrintJob,
    Table,
    ValidityChange,
)

_UNPRINTED: Final = tuple(
    state.value for state in (SlipState.QUEUED, SlipState.FAILED, SlipState.EXPIRED)
)


@dataclass(frozen=True)
class OpenMatters:
    """What still needs a person.

    Attributes:
        slips_unprinted: of the day, not on paper.
        slips_uncertain: of the day; somebody has to look whether they are on paper.
        to_hold_shelf: items that came back on the day and that somebody waits for.
        to_other_branches: items that came back on the day, belong elsewhere and wait for nobody.
        platform_owed: ended links of the whole installation that the platform has not heard of.
        cards_kept: My Number cards left behind, of whatever day, and not handed over yet.
        renewals_open: patrons of the whole installation whom the month's automatic renewal has
            still to ask about.
    """

    slips_unprinted: int
    slips_uncertain: int
    to_hold_shelf: int
    to_other_branches: int
    platform_owed: int
    cards_kept: int
    renewals_open: int

    @property
    def are_there(self) -> bool:
        """Whether there is anything."""
        return any(vars(self).values())


@dataclass(frozen=True)
class HandoverFigures:
    """The day of a counter, or of its branch.

    Attributes:
        counter: None: all counters of the branch.
        lent: loans made, those that were undone not counted.
        renewed: validities of library cards that staff made longer.
        cards_left: My Number cards that were left behind.
    """

    day: date
    branch: str
    counter: str | None
    lent: int
    extended: int
    returned: int
    registered: int
    enrolled: int
    renewed: int
    unlinked: int
    cards_left: int
    open_matters: OpenMatters


def figures_of(day: date, counter_id: int, *, whole_branch: bool) -> HandoverFigures:
    """What was done on a day in Asia/Tokyo. Inside a transaction only.

    Args:
        counter_id: whose day it is, or with `whole_branch` the day of its branch.
    """
    at = Counter.select(Counter, Branch).join(Branch).where(Counter.id == counter_id).get()
    branch_id = at.branch.id
    here: Sequence[int] = (
        [each.id for each in Counter.select().where(Counter.branch == branch_id)]
        if whole_branch
        else [counter_id]
    )
    midnight = datetime(day.year, day.month, day.day, tzinfo=TOKYO)
    next_midnight = midnight + timedelta(days=1)

    def rows(table: type[Table], at: InstantField, counter: Any, *more: Any) -> Any:
        return table.select().where(at >= midnight, at < next_midnight, counter.in_(here), *more)

    def slips(*more: Any) -> int:
        # A copy stands for the slip that it copies, as on the status line.
        copied = PrintJob.select(PrintJob.reprint_of).where(PrintJob.reprint_of.is_null(False))
        found = rows(PrintJob, PrintJob.created_at, PrintJob.counter, *more)
        return int(found.where(PrintJob.id.not_in(copied)).count())

    back = rows(Loan, Loan.returned_at, Loan.returned_at_counter)
    waited_for = Hold.select(Hold.item).where(Hold.filled_by.is_null())
    # Lent again since then: it waits nowhere.
    out = Loan.select(Loan.item).where(Loan.returned_at.is_null())
    to_shelf = back.where(Loan.item.in_(waited_for), Loan.item.not_in(out))
    away = back.join(Item).where(
        Item.branch != branch_id, Loan.item.not_in(waited_for), Loan.item.not_in(out)
    )
    kept = CardLeftBehind.select().where(
        CardLeftBehind.counter.in_(here), CardLeftBehind.handed_over_at.is_null()
    )
    return HandoverFigures(
        day=day,
        branch=at.branch.name,
        counter=None if whole_branch else at.name,
        lent=rows(Loan, Loan.lent_at, Loan.lent_at_counter).count(),
        extended=rows(Loan, Loan.extended_at, Loan.extended_at_counter).count(),
        returned=back.count(),
        registered=rows(Patron, Patron.registered_at, Patron.registered_at_counter).count(),
        enrolled=rows(CardLink, CardLink.linked_at, CardLink.linked_at_counter).count(),
        renewed=rows(
            ValidityChange,
            ValidityChange.changed_at,
            ValidityChange.counter,
            ValidityChange.kind == ValidityKind.COUNTER.value,
        ).count(),
        unlinked=rows(CardLink, CardLink.unlinked_at, CardLink.unlinked_at_counter).count(),
        cards_left=rows(CardLeftBehind, CardLeftBehind.noticed_at, CardLeftBehind.counter).count(),
        open_matters=OpenMatters(
            slips_unprinted=slips(PrintJob.state.in_(_UNPRINTED)),
            slips_uncertain=slips(PrintJob.state == SlipState.UNKNOWN.value),
            to_hold_shelf=to_shelf.select(Loan.item).distinct().count(),
            to_other_branches=away.select(Loan.item).distinct().count(),
            platform_owed=CardLink.select()
            .where(CardLink.unlink_owed_since.is_null(False))
            .count(),
            cards_kept=kept.count(),
            renewals_open=count_open(f"{day:%Y-%m}"),
        ),
    )
