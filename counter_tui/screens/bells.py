"""The terminal's bell: how often, and until when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual.timer import Timer
from textual.widget import Widget

BELL_GAP_S: Final = 0.25
"""Between the bells of a stop: closer together, terminals ring once."""

REMIND_EVERY_S: Final = 4.0
"""A card that is left on the reader is told of this often, until it is taken."""

LEFT_BEHIND_AFTER: Final = 15
"""A card that was told of so often is left behind: its person has been gone for a minute."""


class Bells:
    """Rings for one screen."""

    def __init__(self, screen: Widget, left_behind: Callable[[], None]) -> None:
        """Args:
        left_behind: is called once for a card that nobody takes.
        """
        self._screen = screen
        self._left_behind = left_behind
        self._reminder: Timer | None = None
        self._reminded = 0

    @property
    def is_reminding(self) -> bool:
        """Whether it rings again and again."""
        return self._reminder is not None

    def ring(self, times: int) -> None:
        """Ring so often."""
        for index in range(times):
            self._screen.set_timer(index * BELL_GAP_S + 0.001, self._screen.app.bell)

    def remind(self, active: bool) -> None:
        """Ring every four seconds, from now on or no longer; what rings already goes on."""
        if active and self._reminder is not None:
            return
        if self._reminder is not None:
            self._reminder.stop()
            self._reminder = None
        if active:
            self._reminded = 0
            self.ring(1)
            self._reminder = self._screen.set_interval(REMIND_EVERY_S, self.remind_again)

    def remind_again(self) -> None:
        """Another four seconds have passed."""
        self._reminded += 1
        self._screen.app.bell()
        if self._reminded == LEFT_BEHIND_AFTER:
            self._left_behind()
