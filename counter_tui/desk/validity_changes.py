"""How a validity came to be: every change of `Patron.expires_on` leaves a row here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

from peewee import JOIN

from counter_tui.clock import TOKYO
from counter_tui.desk.place import PlaceRecord
from counter_tui.models.tables import Branch, Counter, Operator, ValidityChange, insert_rows


class ValidityKind(Enum):
    """By what a validity was changed."""

    REGISTRATION = "registration"
    IMPORT = "import"
    COUNTER = "counter"
    """Staff confirmed the address, or saw a proof."""
    AUTOMATIC = "automatic"
    """The monthly run."""
    UNDO = "undo"


@dataclass(frozen=True)
class ValidityEntry:
    """A step in the history of a validity.

    Attributes:
        on: the day of the change in Asia/Tokyo.
        before: the last usable day until then; None: there was no library card yet.
        after: the last usable day from then on.
        at: branch and counter; None where that was not kept.
        by: the operator; None where that was not kept.
        reason: of a renewal at the counter the value of a `Proof`, of an undo that of an
            `UndoReason`; else empty.
        proof_date: that stands on the proof; None: none does.
    """

    on: date
    before: date | None
    after: date
    kind: ValidityKind
    at: str | None
    by: str | None
    reason: str
    proof_date: date | None


def record_validity(
    place: PlaceRecord,
    now: datetime,
    patron_id: int,
    before: date | None,
    after: date,
    kind: ValidityKind,
    reason: str = "",
    proof_date: date | None = None,
) -> None:
    """Keep that a validity changes from one last day to another.

    Inside the transaction that changes it, so that neither is kept without the other.

    Args:
        before: None: the patron is new.
        now: an instant with time zone.
        reason: of a renewal at the counter the `Proof`, of an undo the `UndoReason`.
        proof_date: that stands on the proof.
    """
    keys = place.keys()
    ValidityChange.create(
        patron=patron_id,
        expired_on=before,
        expires_on=after,
        changed_at=now,
        operator=keys.operator_id,
        counter=keys.counter_id,
        kind=kind.value,
        reason=reason,
        proof_date=proof_date,
    )


def record_validities(
    place: PlaceRecord,
    now: datetime,
    changes: Sequence[tuple[int, date, date]],
    kind: ValidityKind,
) -> None:
    """`record_validity` for many at a time, in one statement.

    Args:
        changes: internal number of the patron, last usable day before and after; at most 1,000
            (SQLite takes 32,766 values in a statement).
    """
    keys = place.keys()
    at = ValidityChange.changed_at.db_value(now)
    insert_rows(
        ValidityChange,
        _COLUMNS,
        [
            (patron_id, before, after, at, keys.operator_id, keys.counter_id, kind.value, "")
            for patron_id, before, after in changes
        ],
    )


_COLUMNS: Final = (
    "patron_id",
    "expired_on",
    "expires_on",
    "changed_at",
    "operator_id",
    "counter_id",
    "kind",
    "reason",
)


def renewals_since(since: datetime, counters: Any) -> int:
    """How many library cards were renewed at these counters, without those taken back.

    Inside a transaction only.
    """
    made = ValidityChange.select().where(
        ValidityChange.changed_at >= since, ValidityChange.counter.in_(counters)
    )
    renewed = made.where(ValidityChange.kind == ValidityKind.COUNTER.value).count()
    undone = made.where(ValidityChange.kind == ValidityKind.UNDO.value).count()
    return max(int(renewed) - int(undone), 0)


def validity_history(patron_id: int) -> tuple[ValidityEntry, ...]:
    """All changes of a patron's validity, the newest first. Inside a transaction only."""
    rows = (
        ValidityChange.select(ValidityChange, Counter, Branch, Operator)
        .join_from(ValidityChange, Counter, JOIN.LEFT_OUTER)
        .join_from(Counter, Branch, JOIN.LEFT_OUTER)
        .join_from(ValidityChange, Operator, JOIN.LEFT_OUTER)
        .where(ValidityChange.patron == patron_id)
        .order_by(ValidityChange.changed_at.desc(), ValidityChange.id.desc())
    )
    return tuple(_entry(row) for row in rows)


def _entry(row: ValidityChange) -> ValidityEntry:
    counter, operator = row.counter, row.operator
    return ValidityEntry(
        on=row.changed_at.astimezone(TOKYO).date(),
        before=row.expired_on,
        after=row.expires_on,
        kind=ValidityKind(row.kind),
        at=None if counter is None else f"{counter.branch.name} {counter.name}",
        by=None if operator is None else operator.name,
        reason=row.reason,
        proof_date=row.proof_date,
    )
