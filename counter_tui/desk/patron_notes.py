"""What staff want each other to know about a patron. Accounted for, without its words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from counter_tui.clock import TOKYO, Clock
from counter_tui.desk.audit import Action, record
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.store_lane import StoreLane
from counter_tui.errors import InvalidField
from counter_tui.models.tables import Patron, PatronNote
from counter_tui.text import without_controls

LONGEST_NOTE: Final = 200
"""Characters of one note: four rows of the patron screen at 80 columns."""


@dataclass(frozen=True)
class NoteEntry:
    """A note, with who wrote it."""

    id: int
    text: str = field(repr=False)
    on: date
    at: str
    by: str


class PatronNotes:
    """Adds notes and takes them away. They are never changed: who wrote what stays true."""

    def __init__(self, store: StoreLane, clock: Clock, place: PlaceRecord) -> None:
        self._store = store
        self._clock = clock
        self._place = place

    async def add(self, patron_id: int, text: str) -> None:
        """Keep a note; when this returns, it is on disk. Does nothing for a record that is gone.

        Raises:
            InvalidField: empty, or longer than `LONGEST_NOTE` characters.
            StoreUnavailable
        """
        kept = without_controls(text).strip()
        if not kept or len(kept) > LONGEST_NOTE:
            raise InvalidField("note")
        await self._store.transact(self._add, patron_id, kept)

    def _add(self, patron_id: int, text: str) -> None:
        if not Patron.select().where(Patron.id == patron_id).exists():
            return
        now, keys = self._clock.now(), self._place.keys()
        PatronNote.create(
            patron=patron_id,
            text=text,
            written_at=now,
            written_by=keys.operator_id,
            written_at_counter=keys.counter_id,
        )
        record(self._place, now, Action.NOTE_ADDED, patron_id)

    async def remove(self, patron_id: int, note_id: int) -> None:
        """Delete a note of this patron's. One that is gone already is no mistake.

        Raises:
            StoreUnavailable
        """
        await self._store.transact(self._remove, patron_id, note_id)

    def _remove(self, patron_id: int, note_id: int) -> None:
        found = (PatronNote.id == note_id) & (PatronNote.patron == patron_id)
        if PatronNote.delete().where(found).execute():
            record(self._place, self._clock.now(), Action.NOTE_REMOVED, patron_id)


def notes_on(patron_id: int) -> tuple[NoteEntry, ...]:
    """All notes on a patron, the newest first. Inside a transaction only."""
    rows = PatronNote.select().where(PatronNote.patron == patron_id).order_by(PatronNote.id.desc())
    return tuple(
        NoteEntry(
            id=row.id,
            text=row.text,
            on=row.written_at.astimezone(TOKYO).date(),
            at=f"{row.written_at_counter.branch.name} {row.written_at_counter.name}",
            by=row.written_by.name,
        )
        for row in rows
    )
