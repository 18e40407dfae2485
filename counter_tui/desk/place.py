"""Where the terminal stands and who works at it."""

from __future__ import annotations

from dataclasses import dataclass

from counter_tui.models.tables import Branch, Counter, Operator


@dataclass(frozen=True)
class Place:
    """What the status line and every slip say of this terminal.

    Attributes:
        library: name of the library, as it stands on slips.
        telephone: of the library, for slips; may be empty.
        loss_telephone: of the state, where a lost card is stopped; for slips.
        renewal_elsewhere: where this terminal sends people to renew; empty: it renews.
    """

    library: str
    branch: str
    counter: str
    operator: str
    telephone: str
    loss_telephone: str
    renewal_elsewhere: str = ""


@dataclass(frozen=True)
class PlaceKeys:
    """The rows that stand for a place in the store."""

    branch_id: int
    counter_id: int
    operator_id: int


class PlaceRecord:
    """A place and its rows; they are looked up, or made, once."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._keys: PlaceKeys | None = None

    def keys(self) -> PlaceKeys:
        """The rows of this place. Inside a transaction only; writes at the first call."""
        if self._keys is None:
            branch, _ = Branch.get_or_create(name=self.place.branch)
            counter, _ = Counter.get_or_create(branch=branch, name=self.place.counter)
            operator, _ = Operator.get_or_create(name=self.place.operator)
            self._keys = PlaceKeys(branch.id, counter.id, operator.id)
        return self._keys
