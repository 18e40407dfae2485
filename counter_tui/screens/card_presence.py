"""What the counter knows of the card on the reader, and whether a job has looked at it."""

from __future__ import annotations


class CardPresence:
    """Each laying-down gets a number, so that none is looked at twice and none passes unseen.

    Events wait in the counter's queue: when the first of two is taken out, the second card may
    lie there already, or nothing at all.
    """

    def __init__(self) -> None:
        self.is_there = False
        self._latest = 0
        self._looked_at = 0

    def lay(self) -> int:
        """A card was laid down; the number of this laying-down."""
        self.is_there = True
        self._latest += 1
        return self._latest

    def take(self) -> None:
        """The reader is empty again."""
        self.is_there = False

    def look(self) -> None:
        """The card that lies there is being looked at."""
        self._looked_at = self._latest

    def wants_look(self, number: int) -> bool:
        """Whether this laying-down has not been looked at, and no later one has come."""
        return number == self._latest and number != self._looked_at
