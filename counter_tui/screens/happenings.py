"""What happens at the counter, taken in the order in which it happened."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from counter_tui.errors import CounterError

if TYPE_CHECKING:
    from counter_tui.screens.interruption import Interruption

Reaction: TypeAlias = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Entry:
    """Something typed or scanned, ended by Enter.

    Attributes:
        behind: the banner or sheet that stood there then, which alone its Enter can answer.
    """

    typed: str
    behind: Interruption | None = None


class Happenings:
    """A queue with one worker.

    A burst of scans is thus neither lost nor reordered, and two conversations never interleave.
    """

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Entry | Reaction] = asyncio.Queue()

    def put(self, happening: Entry | Reaction) -> None:
        """This happened now."""
        self._queue.put_nowait(happening)

    async def settled(self) -> None:
        """Wait until all that has happened so far has been worked off."""
        await self._queue.join()

    async def work_off(
        self, take: Callable[[Entry], Awaitable[None]], tell: Callable[[CounterError], None]
    ) -> None:
        """Take one after another, for ever.

        Args:
            take: is given each entry.
            tell: is given what a happening raises.
        """
        while True:
            happening = await self._queue.get()
            try:
                if isinstance(happening, Entry):
                    await take(happening)
                else:
                    await happening()
            except CounterError as error:
                tell(error)
            finally:
                self._queue.task_done()
