"""The way of all use cases to the card: one thread, one powered conversation at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from counter_tui.errors import NoReader
from counter_tui.hardware.lane import Lane
from counter_tui.hardware.mynumber_card import MyNumberCard
from counter_tui.hardware.transport import CardReader

Answer = TypeVar("Answer")


class CardLane:
    """Powers the card, holds one conversation, and takes the power away again."""

    def __init__(self, reader: CardReader | None) -> None:
        """`reader` None: this terminal has none."""
        self._reader = reader
        self._lane = Lane("card")

    async def converse(self, conversation: Callable[[MyNumberCard], Answer]) -> Answer:
        """Hold `conversation` with the card on the reader, from power-up to power-down.

        Nothing in it waits for a person. It runs to its end even when the awaiting task is
        cancelled. A PIN that the card has accepted is forgotten with the power.

        Raises:
            NoReader, ServiceUnavailable, NoCard, CardBusy, CardGone, ReaderLost, and whatever
            `conversation` raises.
        """
        return await self._lane.run(self._hold, conversation)

    def _hold(self, conversation: Callable[[MyNumberCard], Answer]) -> Answer:
        if self._reader is None:
            raise NoReader
        connection = self._reader.connect()
        try:
            return conversation(MyNumberCard(connection))
        finally:
            connection.disconnect()

    def close(self) -> None:
        """Take no more conversations; the one that is held ends by itself."""
        self._lane.close()
