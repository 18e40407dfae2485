"""Cards on the reader: each laying-down is looked at once, in its turn, and none passes unseen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from counter_tui.screens.desk_holder import DeskHolder
    from counter_tui.screens.happenings import Reaction


class HearsOfCards(Protocol):
    """What is being done, and what it does with cards."""

    async def card_laid(self) -> None:
        """A card lies on the reader."""
        ...

    async def card_missed(self) -> None:
        """A card was laid down, and was gone before anybody could look at it."""
        ...

    async def card_taken(self) -> None:
        """The reader is empty again."""
        ...


class TerminalWithReader(Protocol):
    """The screen of a terminal with a card reader."""

    @property
    def holder(self) -> DeskHolder:
        """Who opens the desk."""
        ...

    @property
    def job(self) -> HearsOfCards:
        """What is being done now."""
        ...

    @property
    def is_locked(self) -> bool:
        """Whether cards are to wait until a person has seen something."""
        ...

    def happened(self, happening: Reaction) -> None:
        """Do this when all that happened before is done."""
        ...


class CardEvents:
    """Gives the present job what happens on the reader.

    Each laying-down has a number. Events wait in the counter's queue: when the first of two is
    taken out, the second card may lie there already, or nothing at all. Behind a banner they are
    held back, and given when a person has seen it.
    """

    def __init__(self, counter: TerminalWithReader) -> None:
        self._counter = counter
        self._latest = 0
        self._looked_at = 0
        self._held: list[Reaction] = []
        self.is_there = False

    def lay(self) -> None:
        """A card was laid down."""
        self.is_there = True
        self._latest += 1
        self._counter.happened(partial(self._laid, self._latest))

    def take(self) -> None:
        """The reader is empty again."""
        self.is_there = False
        self._counter.happened(self._taken)

    def look(self) -> None:
        """The card that lies there is being looked at."""
        self._looked_at = self._latest

    def next_held(self) -> Reaction | None:
        """What happened behind the banner that a person has just seen; None: nothing more."""
        return self._held.pop(0) if self._held else None

    async def _laid(self, number: int) -> None:
        counter = self._counter
        if counter.is_locked:
            self._held.append(partial(self._laid, number))
            return
        if number != self._latest or number == self._looked_at:
            return
        self.look()
        if self.is_there:
            await counter.holder.have_desk()
            await counter.job.card_laid()
        else:
            await counter.job.card_missed()

    async def _taken(self) -> None:
        if self._counter.is_locked:
            self._held.append(self._taken)
        else:
            await self._counter.job.card_taken()
