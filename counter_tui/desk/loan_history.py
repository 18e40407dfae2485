"""Whether a patron's returned loans are kept: not, unless the patron wishes it."""

from __future__ import annotations

from counter_tui.clock import Clock
from counter_tui.desk.audit import Action, record
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.store_lane import StoreLane
from counter_tui.models.tables import Loan, LoanHistoryWish


class LoanHistory:
    """Keeps returned loans with those patrons who wish it, and forgets them when they do not."""

    def __init__(self, store: StoreLane, clock: Clock, place: PlaceRecord) -> None:
        self._store = store
        self._clock = clock
        self._place = place

    async def wish(self, patron_id: int, *, keep: bool) -> None:
        """Keep what is returned from now on; or keep no more, and forget what was kept.

        Raises:
            StoreUnavailable
        """
        await self._store.transact(self._wish, patron_id, keep)

    def _wish(self, patron_id: int, keep: bool) -> None:
        now = self._clock.now()
        if keep == bool(LoanHistoryWish.get_or_none(LoanHistoryWish.patron == patron_id)):
            return
        if keep:
            LoanHistoryWish.create(patron=patron_id, wished_at=now)
        else:
            LoanHistoryWish.delete().where(LoanHistoryWish.patron == patron_id).execute()
            Loan.update(patron=None).where(
                Loan.patron == patron_id, Loan.returned_at.is_null(False)
            ).execute()
        record(self._place, now, Action.HISTORY_WISH, patron_id, "on" if keep else "off")

    async def is_kept(self, patron_id: int) -> bool:
        """Whether this patron wishes it.

        Raises:
            StoreUnavailable
        """

        def look() -> bool:
            wish = LoanHistoryWish.get_or_none(LoanHistoryWish.patron == patron_id)
            return wish is not None

        return await self._store.transact(look)
