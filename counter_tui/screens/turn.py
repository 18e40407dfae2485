"""What a patron has got in a turn: lent and extended, in the order in which it was done."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from counter_tui.desk.loan_life import LoanEvent

if TYPE_CHECKING:
    from counter_tui.desk.lending import Extended, LoanView, Undone


@dataclass(frozen=True)
class TurnLoan:
    """A loan of this turn.

    Attributes:
        loan: as it stands now.
        is_new: it was made in this turn.
        extended_from: its due date before this turn's extension; None: not extended in it.
    """

    loan: LoanView
    is_new: bool
    extended_from: date | None = None


class Turn:
    """One row a loan; what was done last stands last."""

    def __init__(self) -> None:
        self._rows: list[TurnLoan] = []

    @property
    def rows(self) -> Sequence[TurnLoan]:
        """All of them."""
        return self._rows

    @property
    def loans(self) -> list[LoanView]:
        """The loans, as they stand now."""
        return [row.loan for row in self._rows]

    @property
    def last(self) -> TurnLoan | None:
        """What is undone next."""
        return self._rows[-1] if self._rows else None

    def lent(self, loan: LoanView) -> None:
        """An item was lent."""
        self._rows.append(TurnLoan(loan, is_new=True))

    def extended(self, extended: Extended) -> None:
        """A loan was extended, of this turn or an earlier one."""
        was = self._take(extended.loan.id)
        is_new = was is not None and was.is_new
        self._rows.append(TurnLoan(extended.loan, is_new, extended.due_before))

    def undone(self, row: TurnLoan, undone: Undone) -> None:
        """What was done last with this loan is as if it had not been."""
        self._take(row.loan.id)
        if undone.event is LoanEvent.EXTEND and row.is_new and undone.due_on is not None:
            self._rows.append(TurnLoan(replace(row.loan, due_on=undone.due_on), is_new=True))

    def keep(self, loan_ids: Collection[int]) -> None:
        """Only these are loans of the patron's still."""
        self._rows = [row for row in self._rows if row.loan.id in loan_ids]

    def drop(self, row: TurnLoan) -> None:
        """This is no loan of the patron's any more."""
        self._take(row.loan.id)

    def _take(self, loan_id: int) -> TurnLoan | None:
        found = next((row for row in self._rows if row.loan.id == loan_id), None)
        if found is not None:
            self._rows.remove(found)
        return found
