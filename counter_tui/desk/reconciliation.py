"""Mends what a crash between store and platform left behind. The store leads."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Final

from counter_tui.clock import Clock
from counter_tui.desk.link_records import forget_old_keys, start_of_day, tell_ended
from counter_tui.desk.platform_lane import PlatformLane
from counter_tui.desk.store_lane import StoreLane
from counter_tui.errors import PlatformUnreachable, StoreError
from counter_tui.models.tables import CardLink

log = logging.getLogger(__name__)

EVERY_S: Final = 3600

GRACE: Final = timedelta(minutes=10)
"""Another counter's enrolment or unlinking may be on its way between the two for so long."""


class Reconciliation:
    """Confirms pending links that the store knows; removes old ones that it does not.

    Ends links at the platform that the store has ended; deletes what was kept for an undo, here
    and there, when the day is over.
    """

    def __init__(self, platform: PlatformLane, store: StoreLane, clock: Clock) -> None:
        self._platform = platform
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Reconcile now and then every hour, for ever."""
        while True:
            try:
                await self.reconcile()
            except (PlatformUnreachable, StoreError) as error:
                log.warning("pending links wait: %s", type(error).__name__)
            await asyncio.sleep(EVERY_S)

    async def reconcile(self) -> None:
        """Look at every pending link once, and at every end that the platform is owed.

        Raises:
            PlatformUnreachable, StoreUnavailable, StoreTooNew
        """
        now = self._clock.now()
        await self._store.transact(forget_old_keys, now)
        for enrollment_id, made_at in await self._platform.pending_links():
            if await self._store.transact(_is_known, enrollment_id):
                await self._platform.confirm(enrollment_id)
            elif self._is_old(made_at):
                await self._platform.discard(enrollment_id)

        for user_identifier in await self._store.transact(_owed, now - GRACE):
            await tell_ended(self._platform, self._store, user_identifier)
        # An undo that was begun just before midnight is let through.
        await self._platform.forget_references(start_of_day(now - GRACE))

    def _is_old(self, made_at: datetime) -> bool:
        return made_at < self._clock.now() - GRACE


def _is_known(enrollment_id: str) -> bool:
    return bool(CardLink.select().where(CardLink.enrollment_id == enrollment_id).exists())


def _owed(before: datetime) -> list[str]:
    """User identifiers whose end the platform has perhaps not heard of.

    Not younger ones: their terminal is perhaps just telling it, or taking the end back.
    """
    ended = CardLink.select(CardLink.user_identifier).where(CardLink.unlink_owed_since < before)
    return [link.user_identifier for link in ended]
