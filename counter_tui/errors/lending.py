"""Why an item is not lent, extended or returned."""

from __future__ import annotations

from datetime import date
from enum import Enum

from counter_tui.errors.base import CounterError


class UnknownItem(CounterError):
    """No item has this barcode."""

    def __init__(self, barcode: str) -> None:
        super().__init__(barcode)
        self.barcode = barcode


class UnknownCode(CounterError):
    """A scanned code is neither a library card nor an item."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ItemError(CounterError):
    """An item that is known but cannot be lent now.

    Attributes:
        title: its title.
    """

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.title = title


class ItemNotForLoan(ItemError):
    """The item stays in the house."""


class ItemWithdrawn(ItemError):
    """The item belongs to the library no more."""


class ItemReserved(ItemError):
    """Somebody else waits for the item, and comes first.

    Attributes:
        pickup_branch: where that person fetches it.
    """

    def __init__(self, title: str, pickup_branch: str) -> None:
        super().__init__(title)
        self.pickup_branch = pickup_branch


class ItemOnLoan(ItemError):
    """The item is on loan to someone else."""


class LoanLimitReached(CounterError):
    """The patron has as many items as the rules allow.

    Attributes:
        limit: how many that is.
        kind: of the items that are limited; empty: of all kinds together.
    """

    def __init__(self, limit: int, kind: str = "") -> None:
        super().__init__(str(limit))
        self.limit = limit
        self.kind = kind


class ItemsOverdue(CounterError):
    """The patron has items that are too late for borrowing more.

    Attributes:
        count: items that are overdue.
        due_on: when the first of them was due.
    """

    def __init__(self, count: int, due_on: date) -> None:
        super().__init__(f"{count}, {due_on.isoformat()}")
        self.count = count
        self.due_on = due_on


class LibraryCardLost(CounterError):
    """The library card was reported lost: who holds it may be somebody else.

    Attributes:
        since: the day of the report.
    """

    def __init__(self, since: date) -> None:
        super().__init__(since.isoformat())
        self.since = since


class PatronBlocked(CounterError):
    """Staff stopped lending to this patron.

    Attributes:
        since: the day on which they did.
        note: why, in their words; may be empty.
    """

    def __init__(self, since: date, note: str = "") -> None:
        super().__init__(since.isoformat())
        self.since = since
        self.note = note


class ExtensionRefusal(Enum):
    """Why a loan is not extended."""

    ALREADY_EXTENDED = "already_extended"
    OVERDUE = "overdue"
    RESERVED = "reserved"
    NOT_EXTENDED = "not_extended"
    """Items of this kind are not, or no loans to this class of patrons."""
    NO_LATER = "no_later"
    """It would not be due later than it is now."""


class ItemAlreadyYours(ItemError):
    """The item is on this patron's card already.

    Attributes:
        due_on: when it is due.
        loan_id: by which it is extended.
        extends_to: when it would be due after an extension today; None: it cannot be extended.
        refused: why it cannot be extended; None: it can.
    """

    def __init__(
        self,
        title: str,
        due_on: date,
        loan_id: int = 0,
        extends_to: date | None = None,
        refused: ExtensionRefusal | None = None,
    ) -> None:
        super().__init__(title)
        self.due_on = due_on
        self.loan_id = loan_id
        self.extends_to = extends_to
        self.refused = refused


class ExtensionRefused(ItemError):
    """A loan is not extended.

    Attributes:
        why: by which rule.
        due_on: when it is due, as before.
    """

    def __init__(self, title: str, why: ExtensionRefusal, due_on: date) -> None:
        super().__init__(title)
        self.why = why
        self.due_on = due_on


class LoanOver(CounterError):
    """The loan is no more: the item was returned, or its lending undone, perhaps elsewhere."""


class NotUndoable(ItemError):
    """Only what was done today is undone."""


class OverrideRefused(CounterError):
    """Whoever works here may not set this rule aside.

    Attributes:
        rule: its word, as in `library_rules.OverrideRule`.
        operator: who works here.
    """

    def __init__(self, rule: str, operator: str) -> None:
        super().__init__(rule)
        self.rule = rule
        self.operator = operator


class EffectiveDateRefused(CounterError):
    """Returns cannot be dated so.

    Attributes:
        on: the day that was wanted.
        earliest, latest: the days that can be.
    """

    def __init__(self, on: date, earliest: date, latest: date) -> None:
        super().__init__(on.isoformat())
        self.on = on
        self.earliest = earliest
        self.latest = latest
