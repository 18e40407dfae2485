"""The way of all use cases to the store: one thread, one transaction at a time, and its lamp."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from counter_tui.desk.devices import DeskEvent, Device, Lamp, Trouble
from counter_tui.errors import StoreError, StoreTooNew
from counter_tui.hardware.lane import Lane
from counter_tui.models.store import Store

P = ParamSpec("P")
Answer = TypeVar("Answer")


class StoreLane:
    """Runs transactions on the store's own thread, in the order in which they are asked for."""

    def __init__(self, store: Store, report: Callable[[DeskEvent], None]) -> None:
        self._store = store
        self._lamp = Lamp(Device.STORE, report)
        self._lane = Lane("store")

    async def look(self) -> None:
        """Open the store, for its lamp; when it cannot be opened, only the lamp says so."""
        try:
            await self._lane.run(self._store.open)
        except StoreError as error:
            self._lamp.show(_trouble(error))
        else:
            self._lamp.show(None)

    async def transact(
        self, work: Callable[P, Answer], *args: P.args, **kwargs: P.kwargs
    ) -> Answer:
        """Run `work` in one transaction; when this returns, its changes are on disk.

        A transaction that has begun runs to its end even when the awaiting task is cancelled.

        Raises:
            StoreUnavailable, StoreTooNew: the store's lamp tells of it, too.
            peewee.IntegrityError, and whatever `work` raises; its changes are undone.
        """
        try:
            answer = await self._lane.run(lambda: self._store.transact(work, *args, **kwargs))
        except StoreError as error:
            self._lamp.show(_trouble(error))
            raise
        self._lamp.show(None)
        return answer

    async def close(self) -> None:
        """Finish what is queued, then close the store."""
        await self._lane.run(self._store.close)
        self._lane.close()


def _trouble(error: StoreError) -> Trouble:
    return Trouble.TOO_NEW if isinstance(error, StoreTooNew) else Trouble.REFUSED
