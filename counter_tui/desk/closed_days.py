"""On which days a branch is closed, and the open day beside one of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from counter_tui.library_rules import Calendar, Holidays

LOOK_AT_MOST: Final = 92
"""Days that are looked through for an open one: longer than a library is ever closed but for
rebuilding. When all of them are closed the day stays as it was: no calendar stops a loan."""

_DAY: Final = timedelta(days=1)


def is_closed(day: date, calendar: Calendar) -> bool:
    """Whether the branch is closed on this day.

    Days that are named as open win, then days named as closed, then holidays, then weekdays.
    """
    if any(span.has(day) for span in calendar.opened_days):
        return False
    if any(span.has(day) for span in calendar.closed_days):
        return True
    if calendar.holidays is not Holidays.AS_WEEKDAY and is_holiday(day):
        return calendar.holidays is Holidays.CLOSED
    return day.weekday() in calendar.closed_weekdays


def is_holiday(day: date) -> bool:
    """Whether a day is a national holiday, or is off in place of one."""
    import jpholiday  # 18 ms, 4 MB; only a calendar that looks at holidays needs it

    return jpholiday.is_holiday(day)


def open_day_from(day: date, calendar: Calendar) -> date:
    """This day, or the first open one after it."""
    return _open_day(day, _DAY, calendar)


def open_day_until(day: date, calendar: Calendar) -> date:
    """This day, or the last open one before it."""
    return _open_day(day, -_DAY, calendar)


def _open_day(day: date, step: timedelta, calendar: Calendar) -> date:
    found = day
    for _ in range(LOOK_AT_MOST):
        if not is_closed(found, calendar):
            return found
        found += step
    return day
