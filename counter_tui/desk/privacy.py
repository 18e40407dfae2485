"""What the library holds on a patron, and deleting it when its time is over."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from counter_tui.clock import TOKYO, Clock, today
from counter_tui.desk.audit import Action, record
from counter_tui.desk.held_data import HeldData, records_on
from counter_tui.desk.link_records import end_link, live_link
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.platform_lane import PlatformLane
from counter_tui.desk.receipts import Receipts
from counter_tui.desk.store_lane import StoreLane
from counter_tui.desk.written_lists import write_private
from counter_tui.errors import PlatformUnreachable, UnknownLibraryCard, UnlinkReason
from counter_tui.models.tables import CardLink, Loan, Patron
from counter_tui.text import fold_scan

log = logging.getLogger(__name__)

REPORT: Final = "held"
"""Where the names of files with reports begin."""


@dataclass(frozen=True)
class DeletionRun:
    """What a deletion run did, or in a dry run would do.

    Attributes:
        lapsed_before: whose validity ended before this day.
        deleted: how many patrons.
        kept_for_loans: how many have something in hand.
        waiting: how many stay until the platform can be told.
    """

    lapsed_before: date
    deleted: int
    kept_for_loans: int
    waiting: int


class Privacy:
    """Tells what is held, and deletes what is held no longer. Both are accounted for."""

    def __init__(
        self,
        platform: PlatformLane,
        store: StoreLane,
        clock: Clock,
        place: PlaceRecord,
        receipts: Receipts | None,
        folder: Path,
        delete_lapsed_after_days: int,
    ) -> None:
        """Args:
        receipts: None: there is no terminal, and nothing is printed.
        folder: for files with reports; made when the first one is written.
        delete_lapsed_after_days: how long after the validity; 0: nobody is deleted.
        """
        self._platform = platform
        self._store = store
        self._clock = clock
        self._place = place
        self._receipts = receipts
        self._folder = folder
        self.delete_lapsed_after_days = delete_lapsed_after_days

    async def find(self, library_card_number: str) -> int:
        """The internal number of a patron.

        Raises:
            UnknownLibraryCard, StoreUnavailable
        """
        number = fold_scan(library_card_number)

        def look() -> int:
            patron = Patron.get_or_none(Patron.library_card_number == number)
            if patron is None:
                raise UnknownLibraryCard(number)
            return int(patron.id)

        return await self._store.transact(look)

    async def held_data(self, patron_id: int) -> HeldData:
        """Everything that is stored about a patron, this question included.

        Raises:
            StoreUnavailable: the question could not be accounted for; nothing is told.
        """
        return await self._store.transact(self._gather, patron_id, "")

    async def write_report(self, patron_id: int) -> Path:
        """Write everything that is stored about a patron to a new CSV file.

        Only this account reads it. Its name tells the internal number alone.

        Raises:
            StoreUnavailable, ListNotWritten
        """
        held = await self._store.transact(self._gather, patron_id, "file")
        moment = self._clock.now().astimezone(TOKYO)
        path = self._folder / f"{REPORT}-{patron_id}-{moment:%Y%m%d-%H%M%S}.csv"
        await asyncio.to_thread(write_private, path, held.as_csv())
        return path

    async def print_report(self, patron_id: int) -> int | None:
        """Queue what is stored about a patron as a slip; None when there is no printer.

        Raises:
            StoreUnavailable: it is neither printed nor accounted for.
        """
        if self._receipts is None:
            return None

        def account() -> None:
            record(self._place, self._clock.now(), Action.REPORT, patron_id, "paper")

        return await self._receipts.queue_report(patron_id, account)

    def _gather(self, patron_id: int, reason: str) -> HeldData:
        now = self._clock.now()
        record(self._place, now, Action.REPORT, patron_id, reason)
        return HeldData(patron_id, now, tuple(records_on(patron_id)))

    async def delete_lapsed(self, *, dry_run: bool = False) -> DeletionRun | None:
        """Delete patrons who lapsed long ago, each in a transaction of its own; rerun safe.

        Who has an item in hand is kept. A linked card is unlinked and forgotten by the platform
        first, so that nothing about it remains anywhere.

        Returns:
            None when the settings say that nobody is deleted.

        Raises:
            StoreUnavailable: those who were deleted before stay deleted.
        """
        if self.delete_lapsed_after_days == 0:
            return None
        before = today(self._clock) - timedelta(days=self.delete_lapsed_after_days)
        lapsed, kept = await self._store.transact(_lapsed, before)
        deleted = waiting = 0
        for patron_id in () if dry_run else lapsed:
            try:
                deleted += await self._delete(patron_id, before)
            except PlatformUnreachable:
                waiting += 1
        if dry_run:
            deleted = len(lapsed)
        now, reason = self._clock.now(), "dry_run" if dry_run else ""
        await self._store.transact(
            record, self._place, now, Action.DELETION_RUN, reason=reason, amount=deleted
        )
        return DeletionRun(before, deleted, len(kept), waiting)

    async def _delete(self, patron_id: int, before: date) -> bool:
        """Whether the patron is deleted; somebody may have come meanwhile."""
        identifiers = await self._store.transact(self._end_links, patron_id, before)
        for user_identifier in identifiers:
            await self._platform.forget(user_identifier)
        return await self._store.transact(self._delete_record, patron_id, before)

    def _end_links(self, patron_id: int, before: date) -> list[str]:
        if not _may_go(patron_id, before):
            return []
        now = self._clock.now()
        link = live_link(patron_id)
        if link is not None:
            end_link(link, UnlinkReason.LAPSED, self._place, now, suspended=False)
        links = CardLink.select(CardLink.user_identifier).where(CardLink.patron == patron_id)
        identifiers = [each.user_identifier for each in links]
        if link is not None:
            record(self._place, now, Action.UNLINK, patron_id, UnlinkReason.LAPSED.value)
        return identifiers

    def _delete_record(self, patron_id: int, before: date) -> bool:
        if not _may_go(patron_id, before) or live_link(patron_id) is not None:
            return False
        CardLink.delete().where(CardLink.patron == patron_id).execute()
        Loan.update(patron=None).where(Loan.patron == patron_id).execute()
        # Slips forget whose they were by themselves.
        Patron.delete().where(Patron.id == patron_id).execute()
        record(self._place, self._clock.now(), Action.DELETE, patron_id, "lapsed")
        return True


def _lapsed(before: date) -> tuple[list[int], list[int]]:
    """Whose validity ended before a day: without and with an item in hand."""
    ended = Patron.select(Patron.id).where(Patron.expires_on < before).order_by(Patron.id)
    in_hand = _with_open_loans()
    return (
        [patron.id for patron in ended.where(Patron.id.not_in(in_hand))],
        [patron.id for patron in ended.where(Patron.id.in_(in_hand))],
    )


def _may_go(patron_id: int, before: date) -> bool:
    found = Patron.select().where(
        Patron.id == patron_id,
        Patron.expires_on < before,
        Patron.id.not_in(_with_open_loans()),
    )
    return bool(found.exists())


def _with_open_loans() -> Any:
    return Loan.select(Loan.patron).where(Loan.returned_at.is_null(), Loan.patron.is_null(False))
