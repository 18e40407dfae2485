"""The day's end: what was done, what is left to whoever comes next, and cards left behind."""

from __future__ import annotations

from datetime import date

from counter_tui.clock import Clock, today
from counter_tui.desk.day_figures import HandoverFigures, figures_of
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.receipts import Receipts
from counter_tui.desk.store_lane import StoreLane
from counter_tui.models.tables import CardLeftBehind, Counter


class Handover:
    """Counts what was done, and keeps that a card was left behind. Nobody's name is in it."""

    def __init__(
        self, store: StoreLane, clock: Clock, place: PlaceRecord, receipts: Receipts
    ) -> None:
        self._store = store
        self._clock = clock
        self._place = place
        self._receipts = receipts

    async def figures(
        self, day: date | None = None, *, whole_branch: bool = True
    ) -> HandoverFigures:
        """What was done on a day in Asia/Tokyo, at this branch or at this counter alone.

        Args:
            day: None: today.

        Raises:
            StoreUnavailable
        """
        asked = today(self._clock) if day is None else day

        def count() -> HandoverFigures:
            return figures_of(asked, self._place.keys().counter_id, whole_branch=whole_branch)

        return await self._store.transact(count)

    async def print_today(self, *, whole_branch: bool = True) -> int | None:
        """Queue today's figures as a slip for staff; None when there is no printer.

        They are counted anew when it prints.

        Raises:
            StoreUnavailable: it is not queued.
        """
        return await self._receipts.queue_handover(whole_branch=whole_branch)

    async def note_card_left(self) -> None:
        """A My Number card was left behind at this counter: that, and when, is all that is kept.

        Raises:
            StoreUnavailable
        """

        def keep() -> None:
            counter_id = self._place.keys().counter_id
            CardLeftBehind.create(counter=counter_id, noticed_at=self._clock.now())

        await self._store.transact(keep)

    async def hand_card_over(self) -> bool:
        """One card that was left behind in this branch went to its person, or to lost property.

        Which one is not known to the store: the one that was noticed first counts.

        Returns:
            Whether there was one.

        Raises:
            StoreUnavailable
        """

        def keep() -> bool:
            here = Counter.select(Counter.id).where(Counter.branch == self._place.keys().branch_id)
            first = (
                CardLeftBehind.select()
                .where(CardLeftBehind.counter.in_(here), CardLeftBehind.handed_over_at.is_null())
                .order_by(CardLeftBehind.id)
                .first()
            )
            if first is None:
                return False
            CardLeftBehind.update(handed_over_at=self._clock.now()).where(
                CardLeftBehind.id == first.id
            ).execute()
            return True

        return await self._store.transact(keep)
