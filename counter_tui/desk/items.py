"""An item as staff see one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from counter_tui.desk.holds import waiting_for
from counter_tui.models.tables import Item, Loan


@dataclass(frozen=True)
class ItemView:
    """What a screen may show of an item.

    Attributes:
        branch: that owns it.
        due_on: when it is due, if it is on loan.
        kind: the library's own word for it; may be empty.
        withdrawn: it belongs to the library no more.
        waiting: how many wait for it.
    """

    barcode: str
    title: str
    branch: str
    not_for_loan: bool
    due_on: date | None
    kind: str = ""
    withdrawn: bool = False
    waiting: int = 0


def view_item(item: Item) -> ItemView:
    """The view of a row, with its open loan. Inside a transaction only."""
    due_on = Loan.select(Loan.due_on).where(Loan.item == item, Loan.returned_at.is_null()).scalar()
    line = waiting_for(item.id)
    return ItemView(
        item.barcode,
        item.title,
        item.branch.name,
        item.not_for_loan,
        due_on,
        item.kind,
        item.withdrawn,
        0 if line is None else line.count,
    )
