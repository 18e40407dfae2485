"""The overview of links that should be made anew: on the screen, on paper, and as a file.

The relink itself is an enrolment: `Enrollment.begin(..., relink=True)`.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from counter_tui.clock import TOKYO, Clock, today
from counter_tui.desk.audit import Action, record
from counter_tui.desk.links_to_renew import LinkToRenew, links_to_renew, overview_csv
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.receipts import Receipts
from counter_tui.desk.store_lane import StoreLane
from counter_tui.desk.written_lists import write_private

LIST: Final = "links"
"""The list's name in the audit trail, and where its files begin."""


class Relinking:
    """Lists links to renew. What leaves the screen is accounted for."""

    def __init__(
        self,
        store: StoreLane,
        clock: Clock,
        place: PlaceRecord,
        receipts: Receipts | None,
        folder: Path,
        warning_days: int,
    ) -> None:
        """Args:
        receipts: None: there is no terminal, and nothing is printed.
        folder: for files with lists; made when the first one is written.
        warning_days: how far an overview looks ahead when nobody says otherwise.
        """
        self._store = store
        self._clock = clock
        self._place = place
        self._receipts = receipts
        self._folder = folder
        self.warning_days = warning_days

    async def overview(self, within_days: int | None = None) -> tuple[LinkToRenew, ...]:
        """Live links to renew, the one that ends first at the top.

        Args:
            within_days: how many days ahead; None: as the settings say.

        Raises:
            StoreUnavailable
        """
        days = self.warning_days if within_days is None else within_days
        return await self._store.transact(links_to_renew, today(self._clock), days)

    async def as_csv(self, within_days: int | None = None) -> bytes:
        """The overview for a spreadsheet, as it stands in a file.

        Raises:
            StoreUnavailable: it could not be accounted for; nothing is told.
        """
        days = self.warning_days if within_days is None else within_days
        links = await self._store.transact(self._listed, days)
        return overview_csv(links)

    async def write_csv(self, within_days: int | None = None) -> Path:
        """Write the overview to a new file that only this account reads.

        Raises:
            StoreUnavailable, ListNotWritten
        """
        content = await self.as_csv(within_days)
        moment = self._clock.now().astimezone(TOKYO)
        path = self._folder / f"{LIST}-{moment:%Y%m%d-%H%M%S}.csv"
        await asyncio.to_thread(write_private, path, content)
        return path

    async def print_list(self, within_days: int | None = None) -> int | None:
        """Queue the overview as a slip for staff; None when there is no printer.

        Raises:
            StoreUnavailable
        """
        days = self.warning_days if within_days is None else within_days
        if self._receipts is None:
            return None
        await self._store.transact(self._listed, days)
        return await self._receipts.queue_links(days)

    def _listed(self, days: int) -> tuple[LinkToRenew, ...]:
        links = links_to_renew(today(self._clock), days)
        record(self._place, self._clock.now(), Action.LIST, reason=LIST, amount=len(links))
        return links
