"""A patron as staff see one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from peewee import fn

from counter_tui.clock import TOKYO
from counter_tui.models.tables import CardLink, Loan, Patron, PatronBlock, PatronNote


class ResidencyClass(Enum):
    """Why a person may have a library card here."""

    RESIDENT = "resident"
    WORKER = "worker"
    STUDENT = "student"
    NON_RESIDENT = "non_resident"


class PatronState(Enum):
    """The one word that answers "may I go on?"."""

    LENDABLE = "lendable"
    EXPIRING_SOON = "expiring_soon"
    EXPIRED = "expired"
    BLOCKED = "blocked"
    """Staff stopped lending."""


@dataclass(frozen=True)
class PatronView:
    """What a screen may show of a patron; a copy, never a row.

    Attributes:
        expires_on: last day in Asia/Tokyo on which the library card is usable.
        linked_on: day on which the My Number card was linked, or None.
        loans_count: items in hand now, overdue ones included.
        oldest_overdue_due_on: the earliest due date that has passed, if any.
        notes_count: what staff have noted for each other.
        is_blocked: staff stopped lending; why, `desk.blocks` tells.
    """

    id: int
    name: str = field(repr=False)
    kana: str = field(repr=False)
    birth_date: date = field(repr=False)
    address: str = field(repr=False)
    library_card_number: str = field(repr=False)
    residency: ResidencyClass
    expires_on: date
    linked_on: date | None
    loans_count: int
    overdue_count: int
    oldest_overdue_due_on: date | None
    notes_count: int = 0
    is_blocked: bool = False

    def days_left(self, today: date) -> int:
        """Days until the last usable day; 0 on that day, negative after it."""
        return (self.expires_on - today).days

    def state(self, today: date, soon_days: int) -> PatronState:
        """The gravest thing that staff must know before they lend; see `state_of`."""
        state = state_of(self.expires_on, today, soon_days)
        return PatronState.BLOCKED if self.is_blocked else state


def state_of(expires_on: date, today: date, soon_days: int) -> PatronState:
    """The state of a patron whose library card is usable through `expires_on`.

    Args:
        soon_days: with fewer days left, the validity ends soon.
    """
    left = (expires_on - today).days
    if left < 0:
        return PatronState.EXPIRED
    return PatronState.EXPIRING_SOON if left < soon_days else PatronState.LENDABLE


def load_patron(patron_id: int, today: date) -> PatronView:
    """The patron as of now. Inside a transaction only.

    Raises:
        Patron.DoesNotExist
    """
    return view_patron(Patron.get_by_id(patron_id), today)


def view_patron(patron: Patron, today: date) -> PatronView:
    """The view of a row, with link and loans. Inside a transaction only."""
    linked_at = (
        CardLink.select(CardLink.linked_at)
        .where(CardLink.patron == patron, CardLink.unlinked_at.is_null())
        .scalar()
    )
    in_hand = (Loan.patron == patron) & Loan.returned_at.is_null()
    loans_count = Loan.select().where(in_hand).count()
    overdue = Loan.select().where(in_hand, Loan.due_on < today)
    return PatronView(
        id=patron.id,
        name=patron.name,
        kana=patron.kana,
        birth_date=patron.birth_date,
        address=patron.address,
        library_card_number=patron.library_card_number,
        residency=ResidencyClass(patron.residency),
        expires_on=patron.expires_on,
        linked_on=None if linked_at is None else linked_at.astimezone(TOKYO).date(),
        loans_count=loans_count,
        overdue_count=overdue.count(),
        oldest_overdue_due_on=overdue.select(fn.MIN(Loan.due_on)).scalar(),
        notes_count=PatronNote.select().where(PatronNote.patron == patron).count(),
        is_blocked=PatronBlock.select().where(PatronBlock.patron == patron).exists(),
    )
