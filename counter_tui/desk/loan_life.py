"""The life of a loan: what can happen to it in which state, and what becomes of it.

This table is the only place that says so. What depends on more than the state (who reserved the
item, what the patron's class may do) is asked before it, by whoever carries the event out.
"""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import Final

from counter_tui.clock import TOKYO
from counter_tui.models.tables import Loan


class LoanState(Enum):
    """How an item stands. Derived from its open loan, never kept."""

    IN_HOUSE = "in_house"
    """Nobody has it: it was never lent, or the last loan is over."""
    LENT = "lent"
    EXTENDED = "extended"
    OVERDUE = "overdue"
    """Past its due date, extended before or not."""


class LoanEvent(Enum):
    """What can be asked of an item's loan."""

    CHECKOUT = "checkout"
    EXTEND = "extend"
    CHECKIN = "checkin"
    UNDO = "undo"
    """Of what was done last, on the same day."""


class LoanRefusal(Enum):
    """Why an event does not happen."""

    ON_LOAN = "on_loan"
    """To this patron or to another."""
    NOT_ON_LOAN = "not_on_loan"
    EXTENDED_BEFORE = "extended_before"
    OVERDUE = "overdue"
    NOT_TODAYS = "not_todays"


LIFE: Final[dict[LoanState, dict[LoanEvent, LoanState | LoanRefusal]]] = {
    LoanState.IN_HOUSE: {
        LoanEvent.CHECKOUT: LoanState.LENT,
        LoanEvent.EXTEND: LoanRefusal.NOT_ON_LOAN,
        LoanEvent.CHECKIN: LoanRefusal.NOT_ON_LOAN,
        LoanEvent.UNDO: LoanRefusal.NOT_ON_LOAN,
    },
    LoanState.LENT: {
        LoanEvent.CHECKOUT: LoanRefusal.ON_LOAN,
        LoanEvent.EXTEND: LoanState.EXTENDED,
        LoanEvent.CHECKIN: LoanState.IN_HOUSE,
        LoanEvent.UNDO: LoanState.IN_HOUSE,
    },
    LoanState.EXTENDED: {
        LoanEvent.CHECKOUT: LoanRefusal.ON_LOAN,
        LoanEvent.EXTEND: LoanRefusal.EXTENDED_BEFORE,
        LoanEvent.CHECKIN: LoanState.IN_HOUSE,
        LoanEvent.UNDO: LoanState.LENT,
    },
    LoanState.OVERDUE: {
        LoanEvent.CHECKOUT: LoanRefusal.ON_LOAN,
        LoanEvent.EXTEND: LoanRefusal.OVERDUE,
        LoanEvent.CHECKIN: LoanState.IN_HOUSE,
        LoanEvent.UNDO: LoanRefusal.NOT_TODAYS,
    },
}
"""State, then event: the state that follows, or the refusal."""


def state_of(loan: Loan | None, on: date) -> LoanState:
    """The state of an item whose last loan this is, on a day; None: there is none."""
    if loan is None or loan.returned_at is not None:
        return LoanState.IN_HOUSE
    if loan.due_on < on:
        return LoanState.OVERDUE
    return LoanState.LENT if loan.extended_at is None else LoanState.EXTENDED


def after(loan: Loan | None, event: LoanEvent, on: date) -> LoanState | LoanRefusal:
    """What `LIFE` says of an event on this day."""
    follows = LIFE[state_of(loan, on)][event]
    if event is LoanEvent.UNDO and loan is not None and isinstance(follows, LoanState):
        done_at = loan.extended_at or loan.lent_at
        if done_at.astimezone(TOKYO).date() != on:
            return LoanRefusal.NOT_TODAYS
    return follows
