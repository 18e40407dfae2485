"""A patron as staff see one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Final

EXPIRING_SOON_DAYS: Final = 30
"""From this many days left on, the validity is shown as ending soon."""


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


@dataclass(frozen=True)
class PatronView:
    """What a screen may show of a patron; a copy, never a row.

    Attributes:
        expires_on: last day in Asia/Tokyo on which the library card is usable.
        linked_on: day on which the My Number card was linked, or None.
        loans_count: items in hand now, overdue ones included.
        oldest_overdue_due_on: the earliest due date that has passed, if any.
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

    def days_left(self, today: date) -> int:
        """Days until the last usable day; 0 on that day, negative after it."""
        return (self.expires_on - today).days

    def state(self, today: date) -> PatronState:
        """The gravest thing that staff must know before they lend."""
        left = self.days_left(today)
        if left < 0:
            return PatronState.EXPIRED
        return PatronState.EXPIRING_SOON if left < EXPIRING_SOON_DAYS else PatronState.LENDABLE
