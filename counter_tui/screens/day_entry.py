"""A day of the last weeks, as staff type one."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import Final

_FORMS: Final = (
    re.compile(r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?"),
    re.compile(r"(?P<y>20\d{2})(?P<m>\d{2})(?P<d>\d{2})"),
    re.compile(r"(?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?"),
    re.compile(r"(?P<m>\d{2})(?P<d>\d{2})"),
    re.compile(r"(?P<d>\d{1,2})日?"),
)
"""2026-11-23, 2026年11月23日, 20261123; 11/23, 11月23日, 1123; 23, 23日."""


def past_day(text: str, today: date) -> date | None:
    """The day that is meant, in Asia/Tokyo; None: it is none.

    Args:
        text: without blanks, full-width forms folded. Without a year, or a month, the last such
            day is meant, today included; a year that is typed may lie ahead.
    """
    found = next((match for form in _FORMS if (match := form.fullmatch(text))), None)
    if found is None:
        return None
    parts = {name: int(value) for name, value in found.groupdict().items()}
    if "y" in parts:
        return _date(parts["y"], parts["m"], parts["d"])
    year, month = today.year, parts.get("m", today.month)
    for _step in range(_LOOKED_BACK):
        day = _date(year, month, parts["d"])
        if day is not None and day <= today:
            return day
        if "m" in parts:
            year -= 1
        else:
            year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return None


_LOOKED_BACK: Final = 9
"""Years in which a 29 February comes back at the latest (1896 to 1904); for months 2 would do."""


def _date(year: int, month: int, day: int) -> date | None:
    if not (1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        return None
    return date(year, month, day)
