"""What was done, by whom, where, when and why, as a chain in which no row can be changed unseen.

Each row's digest is SHA-256 over the digest before it and the row's own facts. Who can write the
store could compute a whole new chain; that is why its head is kept outside once a day
(`desk.audit_heads`). No personal data stand here: people are internal numbers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

from peewee import SQL

from counter_tui.clock import Clock
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.store_lane import StoreLane
from counter_tui.models.store import Store
from counter_tui.models.tables import AuditEvent, Branch, Counter, Operator

_FIRST_DIGEST: Final = "00" * 32
"""What stands before the first row."""

_FORM: Final = 1
"""Of the encoding below; a later form would name itself in the rows that it digests."""

_CHUNK: Final = 2_000
"""Rows that are looked at in one transaction: counters wait for some milliseconds at most."""


class Action(Enum):
    """What can be done that must be accounted for."""

    LINK = "link"
    UNLINK = "unlink"
    RELINK = "relink"
    UNDO_UNLINK = "undo_unlink"
    OVERRIDE = "override"
    """A rule was set aside for one loan or extension; the reason is "RULE:REASON"."""
    UNDO_CHECKOUT = "undo_checkout"
    UNDO_EXTENSION = "undo_extension"
    BLOCK = "block"
    """Staff stopped lending to a patron; the reason is the kind."""
    UNBLOCK = "unblock"
    HISTORY_WISH = "history_wish"
    """A patron wished that returned loans be kept, or no more: the reason is "on" or "off"."""
    SEARCH = "search"
    """Patrons were looked for by name, kana, birth date or telephone; the amount is the hits'."""
    OPEN_FILE = "open_file"
    """All that is kept on a patron was shown."""
    NOTE_ADDED = "note_added"
    NOTE_REMOVED = "note_removed"
    REPORT = "report"
    """A patron was told what is kept about him or her."""
    LIST = "list"
    """A list of patrons was written or printed; the reason is its name, the amount its length."""
    DELETE = "delete"
    """A lapsed patron's record was deleted."""
    DELETION_RUN = "deletion_run"
    IMPORT = "import"
    RENEW_VALIDITY = "renew_validity"
    """A library card was renewed at the counter; the reason is the proof that was seen."""
    CORRECT_RECORD = "correct_record"
    """At a renewal, fields of the record were written as the patron's own card has them: the
    reason is "FIELD_from_card", more of them parted by colons."""
    UNDO_RENEWAL = "undo_renewal"
    AUTO_RENEWAL = "auto_renewal"
    """Library cards were renewed by the monthly run; the amount is how many at a time."""
    FORGET_RUN = "forget_run"
    """A month's run was forgotten, because a wrong clock had made it; the reason is the month, the
    amount how many patrons stood in it."""
    FENCE_LIFTED = "fence_lifted"
    """A monthly run wrote what its fence would have held back; the reason is the percentage that
    was given for this once."""


@dataclass(frozen=True)
class AuditRow:
    """One event, as it is exported."""

    number: int
    at: datetime
    action: str
    patron_number: int | None
    operator: str
    branch: str
    counter: str
    reason: str
    amount: int | None
    digest: str


class Fault(Enum):
    """What is wrong with a chain."""

    MISSING = "missing"
    """A row is not there."""
    CHANGED = "changed"
    """A row, or the one before it, is not as it was written: changed, moved, or put in."""
    HEAD = "head"
    """A head that was kept outside does not fit: rows were cut off, or the chain made anew."""


@dataclass(frozen=True)
class Head:
    """The last row of the chain at some moment."""

    number: int
    digest: str


@dataclass(frozen=True)
class Verdict:
    """What a look at the whole chain found.

    Attributes:
        rows: how many were looked at, the bad one included.
        fault: None when the chain is whole.
        number: of the first bad row, or of the one that is missing.
    """

    rows: int
    fault: Fault | None = None
    number: int | None = None


def record(
    place: PlaceRecord,
    now: datetime,
    action: Action,
    patron_id: int | None = None,
    reason: str = "",
    amount: int | None = None,
) -> None:
    """Add an event to the chain: the last statement of the transaction that does it.

    Inside a transaction only, which holds the store's one write lock from its beginning (SQLite:
    IMMEDIATE): nobody else can add a row between the head that is read here and the new one. A
    store with several writers has to take a lock of the chain's own at this place.

    Args:
        reason: a code, e.g. "lost"; never a person's data.
    """
    keys = place.keys()
    before = head()
    event = AuditEvent(
        number=1 if before is None else before.number + 1,
        at=now.astimezone(UTC).isoformat(),
        action=action.value,
        patron_number=patron_id,
        operator=keys.operator_id,
        counter=keys.counter_id,
        reason=reason,
        amount=amount,
    )
    facts = (
        event.number,
        event.at,
        event.action,
        event.patron_number,
        event.operator_id,
        event.counter_id,
        event.reason,
        event.amount,
    )
    event.digest = _digest(_FIRST_DIGEST if before is None else before.digest, facts)
    event.save(force_insert=True)


def head() -> Head | None:
    """The last row, or None before the first. Inside a transaction only."""
    last = (
        AuditEvent.select(AuditEvent.number, AuditEvent.digest)
        .order_by(AuditEvent.number.desc())
        .first()
    )
    return None if last is None else Head(last.number, last.digest)


class Audit:
    """Adds events that belong to no other transaction: searches, reports, overrides."""

    def __init__(self, store: StoreLane, clock: Clock, place: PlaceRecord) -> None:
        self._store = store
        self._clock = clock
        self._place = place

    async def note(
        self,
        action: Action,
        patron_id: int | None = None,
        reason: str = "",
        amount: int | None = None,
    ) -> None:
        """Add an event; when this returns, it is on disk.

        Raises:
            StoreUnavailable: what was to be accounted for had better not be shown.
        """
        now = self._clock.now()
        await self._store.transact(
            record, self._place, now, action, patron_id=patron_id, reason=reason, amount=amount
        )


def verify(store: Store, heads: Sequence[Head]) -> Verdict:
    """Look at the whole chain, and at heads that were kept outside.

    Raises:
        StoreUnavailable, StoreTooNew
    """
    digest, number = _FIRST_DIGEST, 0
    kept = {each.number: each.digest for each in heads}
    if any(kept[each.number] != each.digest for each in heads):
        return Verdict(0, Fault.HEAD, min(kept))
    while rows := store.transact(_raw_rows, number):
        for *facts, found in rows:
            if facts[0] != number + 1:
                return Verdict(number + 1, Fault.MISSING, number + 1)
            number += 1
            digest = _digest(digest, facts)
            if found != digest:
                return Verdict(number, Fault.CHANGED, number)
            if kept.pop(number, digest) != digest:
                return Verdict(number, Fault.HEAD, number)
    if kept:
        return Verdict(number, Fault.HEAD, min(kept))
    return Verdict(number)


def rows(store: Store) -> Iterator[AuditRow]:
    """All events, the oldest first.

    Raises:
        StoreUnavailable, StoreTooNew
    """
    number = 0
    while chunk := store.transact(_named_rows, number):
        yield from chunk
        number = chunk[-1].number


def _digest(before: str, facts: Sequence[object]) -> str:
    # `repr`: what somebody has put in, e.g. bytes, must not break the look at the chain off.
    encoded = json.dumps([_FORM, *facts], separators=(",", ":"), default=repr)
    return hashlib.sha256(bytes.fromhex(before) + encoded.encode("ascii")).hexdigest()


def _raw_rows(after: int) -> list[tuple[Any, ...]]:
    """As they are kept: a column's type would refuse what somebody has put in."""
    columns = (
        "number",
        "at",
        "action",
        "patron_number",
        "operator_id",
        "counter_id",
        "reason",
        "amount",
        "digest",
    )
    chunk = AuditEvent.select(*map(SQL, columns)).where(AuditEvent.number > after)
    raw: Any = chunk.order_by(AuditEvent.number).limit(_CHUNK).tuples()
    return list(raw)


def _named_rows(after: int) -> list[AuditRow]:
    events = (
        AuditEvent.select(AuditEvent, Operator, Counter, Branch)
        .join(Operator)
        .switch(AuditEvent)
        .join(Counter)
        .join(Branch)
        .where(AuditEvent.number > after)
        .order_by(AuditEvent.number)
        .limit(_CHUNK)
    )
    return [
        AuditRow(
            number=event.number,
            at=datetime.fromisoformat(event.at),
            action=event.action,
            patron_number=event.patron_number,
            operator=event.operator.name,
            branch=event.counter.branch.name,
            counter=event.counter.name,
            reason=event.reason,
            amount=event.amount,
            digest=event.digest,
        )
        for event in events
    ]
