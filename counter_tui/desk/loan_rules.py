"""What the library allows for a loan: days, limits, due dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from counter_tui.desk.closed_days import open_day_from, open_day_until
from counter_tui.desk.patrons import PatronView, ResidencyClass
from counter_tui.library_rules import Calendar, LoanTerms


@dataclass(frozen=True)
class LoanRules:
    """What the library allows.

    Attributes:
        days: from lending to the due date, where no entry of `terms` says otherwise.
        limit: items in hand at a time, likewise.
        extension_days: 0: loans are not extended.
        extension_from: what the days of an extension are counted from.
        due_within_validity: no loan is due after the library card has ended.
        overdue_blocks_after_days: who has an item so many days late borrows nothing; 0: may.
        terms: what differs for kinds of items and classes of patrons.
        calendar: of the branch that lends.
    """

    days: int
    limit: int
    extension_days: int = 14
    extension_from: Literal["today", "due_date"] = "today"
    due_within_validity: bool = False
    overdue_blocks_after_days: int = 0
    terms: tuple[LoanTerms, ...] = ()
    calendar: Calendar = field(default_factory=Calendar)

    def days_for(self, kind: str, residency: ResidencyClass) -> int:
        """Days of a loan: the entry for kind and class, for the kind, for the class, for all."""
        said = (each.days for each in self._nearest(kind, residency))
        return next((days for days in said if days is not None), self.days)

    def extension_days_for(self, kind: str, residency: ResidencyClass) -> int:
        """Days of an extension, found as those of a loan; 0: it is not extended."""
        said = (each.extension_days for each in self._nearest(kind, residency))
        return next((days for days in said if days is not None), self.extension_days)

    def limit_for(self, residency: ResidencyClass) -> int:
        """Items of all kinds that a patron of this class may have at a time."""
        said = (each.limit for each in self._nearest("", residency) if each.kind is None)
        return next((limit for limit in said if limit is not None), self.limit)

    def kind_limit_for(self, kind: str, residency: ResidencyClass) -> int | None:
        """Items of this kind among them; None: no limit of its own."""
        said = (each.limit for each in self._nearest(kind, residency) if each.kind is not None)
        return next((limit for limit in said if limit is not None), None)

    def due_on(self, kind: str, patron: PatronView, on: date) -> date:
        """When an item of this kind is due that this patron borrows on this day."""
        return self._due(on, self.days_for(kind, patron.residency), patron, on)

    def due_after_extension(
        self, kind: str, patron: PatronView, due_on: date, on: date
    ) -> date | None:
        """When a loan is due that is extended on this day; None: its kind is not extended."""
        days = self.extension_days_for(kind, patron.residency)
        if days == 0:
            return None
        return self._due(on if self.extension_from == "today" else due_on, days, patron, on)

    def _due(self, start: date, days: int, patron: PatronView, on: date) -> date:
        due = open_day_from(start + timedelta(days=days), self.calendar)
        # Whose card has ended borrows by an override: nothing is left to be within.
        if self.due_within_validity and on <= patron.expires_on < due:
            due = open_day_until(patron.expires_on, self.calendar)
        return max(due, on)

    def _nearest(self, kind: str, residency: ResidencyClass) -> Iterator[LoanTerms]:
        """Entries for such a loan, the most particular first."""
        for wanted in ((kind, residency.value), (kind, None), (None, residency.value)):
            yield from (each for each in self.terms if (each.kind, each.patrons) == wanted)
