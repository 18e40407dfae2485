"""Taking holds over from a file of another library system, as `imports` does patrons and items.

Patrons and items must be there already. Headings stand in docs/import.md, too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, Final

from counter_tui.clock import TOKYO, Clock
from counter_tui.desk.audit import Action, record
from counter_tui.desk.birth_dates import parse_day
from counter_tui.desk.csv_files import CsvFile, CsvRow
from counter_tui.desk.import_rows import (
    ITEM_HEADINGS,
    PATRON_HEADINGS,
    Refusal,
    RowTrouble,
    needed,
    recorded_barcode,
    refusal_of,
    refused_at_sight,
)
from counter_tui.desk.imports import (
    Imported,
    ImportRules,
    Progress,
    Tally,
    nobody,
    read_rows,
    write_rows,
)
from counter_tui.desk.patron_fields import recorded_card_number, required_text
from counter_tui.desk.place import PlaceRecord
from counter_tui.errors import InvalidField
from counter_tui.models.store import Store
from counter_tui.models.tables import Branch, Hold, Item, Loan, Patron, insert_rows, update_row
from counter_tui.text import fold_scan

_AMBIGUOUS: Final = "barcode"
"""Of a card or of an item: beside each other, it is the item's."""

HOLD_HEADINGS: Final = {
    "library_card_number": tuple(
        heading for heading in PATRON_HEADINGS["library_card_number"] if heading != _AMBIGUOUS
    ),
    "barcode": ITEM_HEADINGS["barcode"],
    "placed_on": (
        "予約日",
        "予約日時",
        "予約受付日",
        "予約受付日時",
        "受付日",
        "受付日時",
        "placed on",
        "placed at",
        "hold date",
    ),
    "pickup_branch": (
        "受取館",
        "受取館名",
        "受取場所",
        "引取館",
        "pickup branch",
        "pickup library",
        "pickup location",
    ),
}
HOLD_REQUIRED: Final = ("library_card_number", "barcode", "placed_on")

_MOMENT: Final = re.compile(
    r"(?P<day>.+?)(?:[ T\u3000]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?)?"
)
"""A day, and perhaps a time; its seconds are left out."""


@dataclass(frozen=True, slots=True)
class HoldRow:
    """What a row says of a hold; what the file says nothing of is None.

    Attributes:
        placed_at: with time zone; a day without a time counts from its beginning.
    """

    line: int
    library_card_number: str = field(repr=False)
    barcode: str = field(repr=False)
    placed_at: datetime
    pickup_branch: str | None

    @property
    def key(self) -> str:
        """What makes it one hold: a patron waits for an item once."""
        return f"{self.library_card_number} {self.barcode}"


def hold_row(row: CsvRow, now: datetime) -> HoldRow | Refusal:
    """What a row says of a hold.

    Args:
        now: no hold is placed after it.
    """
    refusal = refused_at_sight(row)
    if refusal is not None:
        return refusal
    got = row.fields
    try:
        branch = got.get("pickup_branch")
        return HoldRow(
            row.line,
            recorded_card_number(needed(got, "library_card_number")),
            recorded_barcode(needed(got, "barcode")),
            _moment(needed(got, "placed_on"), now),
            required_text("pickup_branch", branch) if branch else None,
        )
    except InvalidField as error:
        return refusal_of(row, error)


def import_holds(
    file: CsvFile,
    store: Store,
    place: PlaceRecord,
    clock: Clock,
    rules: ImportRules,
    progress: Progress = nobody,
) -> Imported:
    """Take holds over; those that name no branch are fetched at the branch of `place`.

    Who comes first is who placed first; of the same moment, who stands first in the file.

    Raises:
        CsvUnusable, StoreUnavailable, StoreTooNew: nothing was taken.
    """
    now = clock.now()
    refused: list[Refusal] = []
    rows = read_rows(file, lambda row: hold_row(row, now), refused, progress)

    def write(chunk: Sequence[HoldRow], tally: Tally) -> None:
        _write_holds(chunk, place, rules, tally, refused)

    def audit(written: int) -> None:
        record(place, clock.now(), Action.IMPORT, reason="holds", amount=written)

    store.transact(place.keys)  # a place remembers its rows, and the transaction may be undone
    return write_rows(rows, store, write, audit, rules, refused, progress)


def _write_holds(
    chunk: Sequence[HoldRow],
    place: PlaceRecord,
    rules: ImportRules,
    tally: Tally,
    refused: list[Refusal],
) -> None:
    numbers = [row.library_card_number for row in chunk]
    found: Any = Patron.select(Patron.library_card_number, Patron.id)
    patrons = dict(found.where(Patron.library_card_number.in_(numbers)).tuples())
    barcodes = [row.barcode for row in chunk]
    items = {item.barcode: item for item in Item.select().where(Item.barcode.in_(barcodes))}
    item_ids = [item.id for item in items.values()]
    holds = {
        (hold.patron_id, hold.item_id): hold
        for hold in Hold.select().where(Hold.item.in_(item_ids))
    }
    out: Any = Loan.select(Loan.patron, Loan.item).where(
        Loan.item.in_(item_ids), Loan.returned_at.is_null()
    )
    at_home = set(out.tuples())
    branches = {branch.name: branch.id for branch in Branch.select()}
    here = place.keys().branch_id
    new: list[tuple[object, ...]] = []
    for row in chunk:
        patron_id, item = patrons.get(row.library_card_number), items.get(row.barcode)
        if patron_id is None:
            refused.append(Refusal(row.line, RowTrouble.NO_PATRON))
        elif item is None:
            refused.append(Refusal(row.line, RowTrouble.NO_ITEM))
        elif item.withdrawn or item.not_for_loan:
            refused.append(Refusal(row.line, RowTrouble.NOT_LENDABLE))
        elif (patron_id, item.id) in at_home:
            refused.append(Refusal(row.line, RowTrouble.LENT_ALREADY))
        elif row.pickup_branch not in {None, *branches} and not rules.new_branches:
            refused.append(Refusal(row.line, RowTrouble.NO_BRANCH, "pickup_branch"))
        else:
            branch_id = None
            if row.pickup_branch is not None:
                if row.pickup_branch not in branches:
                    branches[row.pickup_branch] = Branch.create(name=row.pickup_branch).id
                branch_id = branches[row.pickup_branch]
            hold = holds.get((patron_id, item.id))
            if hold is not None:
                _change(hold, row, branch_id, rules, tally)
                continue
            placed_at = Hold.placed_at.db_value(row.placed_at)
            new.append((item.id, patron_id, placed_at, branch_id or here))
    tally.added += len(new)
    insert_rows(Hold, ("item_id", "patron_id", "placed_at", "pickup_branch_id"), new)


def _change(
    hold: Hold, row: HoldRow, branch_id: int | None, rules: ImportRules, tally: Tally
) -> None:
    facts: dict[str, object] = {}
    if hold.placed_at != row.placed_at:
        facts["placed_at"] = Hold.placed_at.db_value(row.placed_at)
    if branch_id is not None and hold.pickup_branch_id != branch_id:
        facts["pickup_branch_id"] = branch_id
    if not facts:
        tally.same += 1
    elif not rules.update:
        tally.differing += 1
    else:
        update_row(Hold, hold.id, facts)
        tally.updated += 1


def _moment(text: str, now: datetime) -> datetime:
    parts = _MOMENT.fullmatch(text.strip())
    day = None if parts is None else parse_day(parts["day"])
    if parts is None or day is None or day.year < 1990:
        raise InvalidField("placed_on")
    hour, minute = (int(fold_scan(parts[name] or "0")) for name in ("hour", "minute"))
    if hour > 23 or minute > 59:
        raise InvalidField("placed_on")
    placed_at = datetime.combine(day, time(hour, minute), TOKYO)
    # A year like 2062 is a slip of a hand: whoever has it would never come first.
    if placed_at > now:
        raise InvalidField("placed_on")
    return placed_at
