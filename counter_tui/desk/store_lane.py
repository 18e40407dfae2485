"""The way of all use cases to the store: one thread, one transaction at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from counter_tui.hardware.lane import Lane
from counter_tui.models.store import Store

P = ParamSpec("P")
Answer = TypeVar("Answer")


class StoreLane:
    """Runs transactions on the store's own thread, in the order in which they are asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lane = Lane("store")

    async def open(self) -> None:
        """Open the store.

        Raises:
            StoreUnavailable, StoreTooNew
        """
        await self._lane.run(self._store.open)

    async def transact(
        self, work: Callable[P, Answer], *args: P.args, **kwargs: P.kwargs
    ) -> Answer:
        """Run `work` in one transaction; when this returns, its changes are on disk.

        A transaction that has begun runs to its end even when the awaiting task is cancelled.

        Raises:
            StoreUnavailable, peewee.IntegrityError, and whatever `work` raises, undone.
        """
        return await self._lane.run(lambda: self._store.transact(work, *args, **kwargs))

    async def close(self) -> None:
        """Finish what is queued, then close the store."""
        await self._lane.run(self._store.close)
        self._lane.close()
