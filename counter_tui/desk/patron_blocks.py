"""Staff stop lending to a patron, and let it go on."""

from __future__ import annotations

from typing import Final

from counter_tui.clock import Clock
from counter_tui.desk.audit import Action, record
from counter_tui.desk.blocks import BlockRule
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.store_lane import StoreLane
from counter_tui.errors import InvalidField
from counter_tui.models.tables import PatronBlock
from counter_tui.text import without_controls

LONGEST_NOTE: Final = 100
"""Characters of the reason for a block: two rows at 80 columns."""

BY_STAFF: Final = (BlockRule.CARD_LOST, BlockRule.MANUAL)
"""The blocks that staff set and lift."""


class PatronBlocks:
    """Stops lending to a patron, and lets it go on. Both are accounted for, without the note."""

    def __init__(self, store: StoreLane, clock: Clock, place: PlaceRecord) -> None:
        self._store = store
        self._clock = clock
        self._place = place

    async def block(self, patron_id: int, rule: BlockRule, note: str = "") -> None:
        """Stop lending; for a rule that stands already, the note becomes this one.

        Args:
            rule: one of `BY_STAFF`.
            note: for staff, at most `LONGEST_NOTE` characters.

        Raises:
            InvalidField: the note is too long.
            StoreUnavailable
        """
        if rule not in BY_STAFF:
            raise ValueError(rule)
        kept = without_controls(note).strip()
        if len(kept) > LONGEST_NOTE:
            raise InvalidField("note")
        await self._store.transact(self._block, patron_id, rule, kept)

    def _block(self, patron_id: int, rule: BlockRule, note: str) -> None:
        now, keys = self._clock.now(), self._place.keys()
        stands = (PatronBlock.patron == patron_id) & (PatronBlock.kind == rule.value)
        if PatronBlock.update(note=note).where(stands).execute():
            return
        PatronBlock.create(
            patron=patron_id,
            kind=rule.value,
            note=note,
            blocked_at=now,
            blocked_by=keys.operator_id,
            blocked_at_counter=keys.counter_id,
        )
        record(self._place, now, Action.BLOCK, patron_id, rule.value)

    async def unblock(self, patron_id: int, rule: BlockRule) -> None:
        """Let lending go on. A block that is gone already is no mistake.

        Raises:
            StoreUnavailable
        """
        await self._store.transact(self._unblock, patron_id, rule)

    def _unblock(self, patron_id: int, rule: BlockRule) -> None:
        stands = (PatronBlock.patron == patron_id) & (PatronBlock.kind == rule.value)
        if PatronBlock.delete().where(stands).execute():
            record(self._place, self._clock.now(), Action.UNBLOCK, patron_id, rule.value)
