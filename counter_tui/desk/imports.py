"""Taking patrons and items over from files of another library system; holds: `hold_imports`.

A file is read and looked at first, without the store. Then one transaction writes all that can be
taken: killed at any point, it leaves nothing of the file. Meanwhile other counters wait; how long
stands in docs/import.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Final, Protocol, TypeVar

from counter_tui.clock import Clock, today, years_later
from counter_tui.desk.audit import Action, record
from counter_tui.desk.csv_files import CsvFile, CsvRow
from counter_tui.desk.import_rows import (
    ItemRow,
    PatronRow,
    Refusal,
    RowTrouble,
    item_row,
    patron_row,
)
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.validity_changes import ValidityKind, record_validity
from counter_tui.models.store import Store
from counter_tui.models.tables import (
    Branch,
    Item,
    Patron,
    PatronSearchKeys,
    ValidityChange,
    insert_rows,
    keys_of,
    update_row,
)

AT_A_TIME: Final = 500
"""Rows in one statement: 12 values each stay under SQLite's limit of 32,766 (SQLite 3.32)."""

_TELL_EVERY: Final = 500
"""Rows between two reports of progress."""


class Phase(Enum):
    """What an import is doing."""

    READ = "read"
    WRITE = "write"


Progress = Callable[[Phase, int, int], None]
"""Is told the phase, how many rows or lines are done, and of how many."""


@dataclass(frozen=True)
class ImportRules:
    """How an import is done.

    Attributes:
        update: rows whose number is known change what is kept; else they change nothing.
        all_or_nothing: nothing is kept when a row is refused.
        dry_run: nothing is kept in any case.
        new_branches: branches that items name are made when there are none of that name.
        validity_years: of patrons whose row tells no expiry date.
    """

    validity_years: int
    update: bool = False
    all_or_nothing: bool = False
    dry_run: bool = False
    new_branches: bool = False


@dataclass(frozen=True)
class Imported:
    """What an import did, or with `written` False what it would have done.

    Attributes:
        same: rows that say what is kept already.
        differing: rows of known numbers that say something else; nothing was changed.
        refused: in the order of their lines.
    """

    added: int
    updated: int
    same: int
    differing: int
    refused: tuple[Refusal, ...]
    written: bool


def nobody(phase: Phase, done: int, total: int) -> None:
    """For callers who do not wait."""


class _NotKeptError(Exception):
    """Ends a transaction whose changes are not wanted."""


@dataclass
class Tally:
    """What is being written, counted; see `Imported`."""

    added: int = 0
    updated: int = 0
    same: int = 0
    differing: int = 0


class Row(Protocol):
    """What a row says, as far as reading is concerned."""

    @property
    def key(self) -> str:
        """What makes it one record: each may stand in a file once."""
        ...


AnyRow = TypeVar("AnyRow", bound=Row)


def import_patrons(
    file: CsvFile,
    store: Store,
    place: PlaceRecord,
    clock: Clock,
    rules: ImportRules,
    progress: Progress = nobody,
) -> Imported:
    """Take patrons over. When this returns, they are on disk.

    Raises:
        CsvUnusable, StoreUnavailable, StoreTooNew: nothing was taken.
    """
    on = today(clock)
    refused: list[Refusal] = []
    rows = read_rows(file, lambda row: patron_row(row, on), refused, progress)

    def write(chunk: Sequence[PatronRow], tally: Tally) -> None:
        _write_patrons(chunk, place, clock, rules, tally, refused)

    def audit(written: int) -> None:
        record(place, clock.now(), Action.IMPORT, reason="patrons", amount=written)

    # Beforehand: a place remembers its rows, and the transaction may be undone.
    store.transact(place.keys)
    return write_rows(rows, store, write, audit, rules, refused, progress)


def import_items(
    file: CsvFile,
    store: Store,
    place: PlaceRecord,
    clock: Clock,
    rules: ImportRules,
    progress: Progress = nobody,
) -> Imported:
    """Take items over; those that name no branch belong to the branch of `place`.

    Raises:
        CsvUnusable, StoreUnavailable, StoreTooNew: nothing was taken.
    """
    refused: list[Refusal] = []
    rows = read_rows(file, item_row, refused, progress)

    def write(chunk: Sequence[ItemRow], tally: Tally) -> None:
        _write_items(chunk, place, rules, tally, refused)

    def audit(written: int) -> None:
        record(place, clock.now(), Action.IMPORT, reason="items", amount=written)

    store.transact(place.keys)  # as above
    return write_rows(rows, store, write, audit, rules, refused, progress)


def read_rows(
    file: CsvFile,
    understand: Callable[[CsvRow], AnyRow | Refusal],
    refused: list[Refusal],
    progress: Progress,
) -> list[AnyRow]:
    """All rows that make sense by themselves, each number once."""
    rows: list[AnyRow] = []
    lines: dict[str, int] = {}
    for count, row in enumerate(file.rows()):
        if count % _TELL_EVERY == 0:
            progress(Phase.READ, row.line, file.lines)
        found = understand(row)
        if isinstance(found, Refusal):
            refused.append(found)
        elif found.key in lines:
            earlier = lines[found.key]
            refused.append(Refusal(row.line, RowTrouble.TWICE, earlier_line=earlier))
        else:
            lines[found.key] = row.line
            rows.append(found)
    progress(Phase.READ, file.lines, file.lines)
    return rows


def write_rows(
    rows: Sequence[AnyRow],
    store: Store,
    write: Callable[[Sequence[AnyRow], Tally], None],
    audit: Callable[[int], None],
    rules: ImportRules,
    refused: list[Refusal],
    progress: Progress,
) -> Imported:
    """Write all rows in one transaction, and whatever `write` refuses add to `refused`."""
    tally = Tally()

    def work() -> None:
        for start in range(0, len(rows), AT_A_TIME):
            progress(Phase.WRITE, start, len(rows))
            write(rows[start : start + AT_A_TIME], tally)
        if rules.dry_run or (rules.all_or_nothing and refused):
            raise _NotKeptError
        if tally.added + tally.updated:
            audit(tally.added + tally.updated)

    written = True
    try:
        store.transact(work)
    except _NotKeptError:
        written = False
    progress(Phase.WRITE, len(rows), len(rows))
    in_order = tuple(sorted(refused, key=lambda refusal: refusal.line))
    return Imported(
        tally.added, tally.updated, tally.same, tally.differing, in_order, written=written
    )


def _write_patrons(
    chunk: Sequence[PatronRow],
    place: PlaceRecord,
    clock: Clock,
    rules: ImportRules,
    tally: Tally,
    refused: list[Refusal],
) -> None:
    numbers = [row.library_card_number for row in chunk]
    kept = {
        patron.library_card_number: patron
        for patron in Patron.select().where(Patron.library_card_number.in_(numbers))
    }
    items = _values(Item.barcode, numbers)
    now = clock.now()
    new: list[PatronRow] = []
    changed: list[Patron] = []
    for row in chunk:
        patron = kept.get(row.library_card_number)
        before = None if patron is None else patron.expires_on
        if row.library_card_number in items:
            refused.append(Refusal(row.line, RowTrouble.IS_ITEM))
        elif patron is None:
            new.append(row)
        elif patron.birth_date != row.birth_date:
            # A number that was typed wrong, or given out twice: never one person's new data.
            refused.append(Refusal(row.line, RowTrouble.OTHER_PERSON))
        elif _change(patron, _facts(row), rules, tally):
            changed.append(patron)
            if patron.expires_on != before:
                after, kind = patron.expires_on, ValidityKind.IMPORT
                record_validity(place, now, patron.id, before, after, kind)
    tally.added += len(new)
    _add_patrons(new, place, now, years_later(today(clock), rules.validity_years))
    _keep_search_keys(changed)


def _add_patrons(
    rows: Sequence[PatronRow], place: PlaceRecord, now: datetime, expires_on: date
) -> None:
    if not rows:
        return
    registered_at = Patron.registered_at.db_value(now)
    defaults = {"telephone": "", "expires_on": expires_on}
    facts = [{**defaults, **_facts(row)} for row in rows]
    columns = [*facts[0], "registered_at", "number_was_issued"]
    insert_rows(Patron, columns, [(*each.values(), registered_at, False) for each in facts])
    numbers = [row.library_card_number for row in rows]
    added: Any = Patron.select(Patron.library_card_number, Patron.id)
    ids = dict(added.where(Patron.library_card_number.in_(numbers)).tuples())
    _insert_search_keys([(ids[row.library_card_number], *row.search_keys) for row in rows])
    keys, kind = place.keys(), ValidityKind.IMPORT.value
    insert_rows(
        ValidityChange,
        ("patron_id", "expires_on", "changed_at", "operator_id", "counter_id", "kind", "reason"),
        [
            (
                ids[each["library_card_number"]],
                each["expires_on"],
                registered_at,
                keys.operator_id,
                keys.counter_id,
                kind,
                "",
            )
            for each in facts
        ],
    )


def _keep_search_keys(patrons: Sequence[Patron]) -> None:
    """What `Patron.save` does for each of them, for many."""
    ids = [patron.id for patron in patrons]
    PatronSearchKeys.delete().where(PatronSearchKeys.patron.in_(ids)).execute()
    _insert_search_keys([(patron.id, *keys_of(patron)) for patron in patrons])


def _insert_search_keys(rows: Sequence[tuple[object, ...]]) -> None:
    columns = [column.column_name for column in PatronSearchKeys._meta.sorted_fields]
    insert_rows(PatronSearchKeys, columns, rows)


def _facts(row: PatronRow) -> dict[str, Any]:
    """The columns that the row tells."""
    facts = {
        "library_card_number": row.library_card_number,
        "name": row.name,
        "kana": row.kana,
        "birth_date": row.birth_date,
        "address": row.address,
        "telephone": row.telephone,
        "residency": row.residency.value,
        "expires_on": row.expires_on,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _write_items(
    chunk: Sequence[ItemRow],
    place: PlaceRecord,
    rules: ImportRules,
    tally: Tally,
    refused: list[Refusal],
) -> None:
    barcodes = [row.barcode for row in chunk]
    kept = {item.barcode: item for item in Item.select().where(Item.barcode.in_(barcodes))}
    patrons = _values(Patron.library_card_number, barcodes)
    here = place.keys().branch_id
    branches = {branch.name: branch.id for branch in Branch.select()}
    new: list[tuple[object, ...]] = []
    for row in chunk:
        if row.barcode in patrons:
            refused.append(Refusal(row.line, RowTrouble.IS_PATRON))
            continue
        if row.branch is not None and row.branch not in branches:
            if not rules.new_branches:
                refused.append(Refusal(row.line, RowTrouble.NO_BRANCH, "branch"))
                continue
            branches[row.branch] = Branch.create(name=row.branch).id
        facts: dict[str, Any] = {"barcode": row.barcode, "title": row.title}
        if row.branch is not None:
            facts["branch_id"] = branches[row.branch]
        if row.not_for_loan is not None:
            facts["not_for_loan"] = row.not_for_loan
        if row.kind is not None:
            facts["kind"] = row.kind
        if row.withdrawn is not None:
            facts["withdrawn"] = row.withdrawn
        item = kept.get(row.barcode)
        if item is not None:
            _change(item, facts, rules, tally)
            continue
        branch_id = facts.get("branch_id", here)
        new.append(
            (
                row.barcode,
                row.title,
                branch_id,
                facts.get("not_for_loan", False),
                facts.get("kind", ""),
                facts.get("withdrawn", False),
            )
        )
    tally.added += len(new)
    columns = ("barcode", "title", "branch_id", "not_for_loan", "kind", "withdrawn")
    insert_rows(Item, columns, new)


def _change(row: Patron | Item, facts: dict[str, Any], rules: ImportRules, tally: Tally) -> bool:
    """Bring a row that is kept up to what the file tells, if that is asked for."""
    differing = {name: value for name, value in facts.items() if getattr(row, name) != value}
    if not differing:
        tally.same += 1
    elif not rules.update:
        tally.differing += 1
    else:
        for name, value in differing.items():
            setattr(row, name, value)
        update_row(type(row), row.id, differing)
        tally.updated += 1
        return True
    return False


def _values(column: Any, among: Sequence[str]) -> set[str]:
    return {value for (value,) in column.model.select(column).where(column.in_(among)).tuples()}
