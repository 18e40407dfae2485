"""^X: the day's end, and the way out of the program with nothing left that somebody waits for."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from counter_tui.language import _

if TYPE_CHECKING:
    from counter_tui.screens.counter_screen import CounterScreen

log = logging.getLogger(__name__)

LEAVE_WITHIN_S: Final = 3.0
"""How long leaving waits for what was scanned before, and for the slip to be queued. The store
answers within 50 ms, a card within 2 s; who is kept longer would switch the machine off."""


class Leaving:
    """Asks when a patron is open, and shows the day. A second ^X leaves, a third does not wait."""

    def __init__(self, counter: CounterScreen) -> None:
        self._counter = counter
        self._was_asked = False
        self._is_going = False

    def press(self) -> None:
        """^X was pressed."""
        if self._is_going:
            self._counter.app.exit()
        elif self._was_asked or self._counter.job.ends_work:
            self._go()
        else:
            self._was_asked = True
            self._counter.happened(self._ask)

    async def _ask(self) -> None:
        if self._is_going:
            return
        if not self._counter.job.has_patron:
            await self._show_the_day()
            return
        self._counter.ask(
            _("A patron is open. Leave the program?"),
            [(_("What stands"), _("All loans are saved."))],
            yes=self._agree,
            no=self._stay,
        )

    async def _agree(self) -> None:
        self._was_asked = False
        # A store that refuses is told, and the program stays; the second ^X leaves in any case.
        await self._counter.job.leave()
        await self._counter.opening.open_home()
        await self._show_the_day()

    async def _show_the_day(self) -> None:
        """What is left to do is seen before somebody goes; not behind a banner, or without desk."""
        if self._counter.is_locked or not self._counter.holder.desk_is_open:
            self._go()
            return
        await self._counter.opening.show_day()
        self._was_asked = False

    async def _stay(self) -> None:
        self._was_asked = False

    def _go(self) -> None:
        self._is_going = True
        # Beside the queue, for it waits for the queue.
        self._counter.run_worker(self._leave(), group="leaving")

    async def _leave(self) -> None:
        try:
            async with asyncio.timeout(LEAVE_WITHIN_S):
                await self._counter.settled()
        except TimeoutError:
            log.warning("left before all that was scanned had been taken")
        self._counter.app.exit()
