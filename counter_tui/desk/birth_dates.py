"""Dates as people write them, of the western calendar and of Japanese eras."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from counter_tui.errors import InvalidField
from counter_tui.text import fold_scan

OLDEST_YEARS: Final = 130
"""Nobody who is older comes to the counter; the oldest person known reached 122."""

_ERAS: Final = {
    "明治": (1868, "M"),
    "大正": (1912, "T"),
    "昭和": (1926, "S"),
    "平成": (1989, "H"),
    "令和": (2019, "R"),
}
"""First year of each era, and its letter. Dates are not checked against an era's last day."""

_FIRST_YEARS: Final = {
    word: first for era, (first, letter) in _ERAS.items() for word in (era, letter)
}

_LONGEST_ERA: Final = 64
"""Years of Showa. An era that goes on is bounded by what its callers ask of a date."""

_DATE: Final = re.compile(
    r"(?P<era>明治|大正|昭和|平成|令和|[MTSHR])?"
    r"(?P<year>[0-9]{1,4}|元)[-/.年](?P<month>[0-9]{1,2})[-/.月](?P<day>[0-9]{1,2})日?"
)


def parse_day(text: str) -> date | None:
    """Read `1985-04-12`, `19850412`, `1985年4月12日`, `昭和60.4.12` or `S60.4.12`; else None.

    Full-width digits count as digits.
    """
    folded = fold_scan(text).upper()
    if re.fullmatch(r"[0-9]{8}", folded):
        folded = f"{folded[:4]}-{folded[4:6]}-{folded[6:]}"
    found = _DATE.fullmatch(folded)
    if found is None:
        return None
    year = 1 if found["year"] == "元" else int(found["year"])
    if found["era"]:
        if not 1 <= year <= _LONGEST_ERA:
            return None
        year += _FIRST_YEARS[found["era"]] - 1
    try:
        return date(year, int(found["month"]), int(found["day"]))
    except ValueError:
        return None


def parse_birth_date(text: str, on: date) -> date:
    """Read a birth date in one of the forms of `parse_day`.

    Args:
        on: the present date.

    Raises:
        InvalidField: no such day, in the future, or more than `OLDEST_YEARS` ago.
    """
    born = parse_day(text)
    if born is None or born > on or born.year < on.year - OLDEST_YEARS:
        raise InvalidField("birth_date")
    return born
