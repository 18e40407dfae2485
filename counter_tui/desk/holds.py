"""Who waits for an item. Whoever came first comes first."""

from __future__ import annotations

from dataclasses import dataclass

from counter_tui.models.tables import Branch, Hold, Loan


@dataclass(frozen=True)
class WaitingLine:
    """Those who wait for an item.

    Attributes:
        first_patron_id: who comes first.
        pickup_branch: where that person fetches it.
        count: how many wait.
    """

    first_patron_id: int
    pickup_branch: str
    count: int


def waiting_for(item_id: int) -> WaitingLine | None:
    """Those who wait for an item; None: nobody. Inside a transaction only."""
    holds = list(
        Hold.select(Hold, Branch)
        .join(Branch)
        .where(Hold.item == item_id, Hold.filled_by.is_null())
        .order_by(Hold.placed_at, Hold.id)
    )
    if not holds:
        return None
    return WaitingLine(holds[0].patron_id, holds[0].pickup_branch.name, len(holds))


def fill_hold(item_id: int, patron_id: int, loan: Loan) -> None:
    """This loan is what the patron waited for, if so. Inside a transaction only."""
    Hold.update(filled_by=loan).where(
        Hold.item == item_id, Hold.patron == patron_id, Hold.filled_by.is_null()
    ).execute()


def forget_filled(loan: Loan) -> None:
    """A hold that was filled tells who has read what: it goes at return. In a transaction only."""
    Hold.delete().where(Hold.filled_by == loan).execute()
