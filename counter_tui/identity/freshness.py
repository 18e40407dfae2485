"""How fresh an answer about a certificate must be, and what it is to have none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from counter_tui.clock import Clock

MAX_CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far in the future an answer may lie: two machines' clocks are never quite the same."""


class NoStatus(Exception):
    """A source gave no status that can be relied on; the text says why, for the log.

    Attributes:
        reached: whether it answered at all.
    """

    def __init__(self, why: str, *, reached: bool) -> None:
        super().__init__(why)
        self.reached = reached


@dataclass(frozen=True)
class Freshness:
    """thisUpdate <= now <= nextUpdate, and not older than `max_age`."""

    clock: Clock
    max_age: timedelta

    def now(self) -> datetime:
        """The present instant."""
        return self.clock.now()

    def require(
        self, source: str, this_update: datetime, next_update: datetime | None, moment: datetime
    ) -> None:
        """Refuse what is too old or not yet in force at `moment`.

        Args:
            source: for the log.
            next_update: None when the answer does not say (RFC 6960 §4.2.2.1).

        Raises:
            NoStatus
        """
        if this_update > moment + MAX_CLOCK_SKEW:
            raise NoStatus(f"{source}: thisUpdate lies in the future", reached=True)
        if next_update is not None and next_update < this_update:
            raise NoStatus(f"{source}: nextUpdate lies before thisUpdate", reached=True)
        if next_update is not None and next_update < moment:
            raise NoStatus(f"{source}: nextUpdate has passed", reached=True)
        if this_update < moment - self.max_age:
            raise NoStatus(f"{source}: older than {self.max_age}", reached=True)
