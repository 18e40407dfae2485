"""What time it is. Rules take `now` or `today` as arguments; only the edges ask a clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

TOKYO: Final = ZoneInfo("Asia/Tokyo")
"""Every date that a library writes (due date, validity) is a date in this zone."""


class Clock(Protocol):
    """Tells the present instant."""

    def now(self) -> datetime:
        """The present instant, with time zone UTC."""
        ...


def today(clock: Clock) -> date:
    """The present date in Asia/Tokyo."""
    return clock.now().astimezone(TOKYO).date()


def years_later(day: date, years: int) -> date:
    """The same day some years later; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, with time zone UTC."""
        return datetime.now(UTC)


class ShiftedClock:
    """A clock that runs with the machine's, some days ahead: for the demo's trainer."""

    def __init__(self) -> None:
        self.days_ahead = 0

    def now(self) -> datetime:
        """The present instant plus `days_ahead`, with time zone UTC."""
        return datetime.now(UTC) + timedelta(days=self.days_ahead)


class FixedClock:
    """A clock that stands still until it is set: for tests and pictures."""

    def __init__(self, instant: datetime) -> None:
        if instant.tzinfo is None:
            raise ValueError("a clock needs an instant with a time zone")
        self.instant = instant

    def now(self) -> datetime:
        """The instant that was set, with time zone UTC."""
        return self.instant.astimezone(UTC)
