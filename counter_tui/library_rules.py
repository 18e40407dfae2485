"""What a library allows, as data: terms of loans, days on which it is closed, who may override.

These are the tables of a settings file (`docs/settings.md`) in a form that nothing needs to check
again. Which rule wins over which is said in `desk.loan_rules` and `desk.closed_days`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from typing import Any, Final, Literal, NoReturn

from counter_tui.language import _

PATRON_CLASSES: Final = ("resident", "worker", "student", "non_resident")
"""The words of `desk.patrons.ResidencyClass`."""

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""In the order of `date.weekday`."""

_DAY: Final = re.compile(r"(?:(\d{4})-)?(\d{2})-(\d{2})")
_LEAP_YEAR: Final = 2000
"""Stands for every year in days that come back; it has a 29 February."""


class WrongValue(Exception):
    """A value of a table is not allowed.

    Attributes:
        key: the dotted key within the file, with numbers from 1 in lists of tables.
        value: the value found, as text, or None when it is missing.
        allowed: what would be right.
    """

    def __init__(self, key: str, value: str | None, allowed: str) -> None:
        super().__init__(f"{key}: {value!r}: {allowed}")
        self.key = key
        self.value = value
        self.allowed = allowed


@dataclass(frozen=True)
class LoanTerms:
    """One entry of `loan_rules`: what differs for a kind of item, a class of patron, or both.

    Attributes:
        kind: of the items it is for, as it stands in their records; None: all.
        patrons: a word of `PATRON_CLASSES`; None: all.
        days: from lending to the due date; None: as another rule has it, like those that follow.
        limit: items at a time: of this kind, or of all kinds when `kind` is None.
        extension_days: 0: loans are not extended.
    """

    kind: str | None = None
    patrons: str | None = None
    days: int | None = None
    limit: int | None = None
    extension_days: int | None = None


class Holidays(Enum):
    """What a national holiday changes."""

    AS_WEEKDAY = "as_weekday"
    """Nothing: its weekday decides."""
    CLOSED = "closed"
    OPEN = "open"
    """Open, also on a weekday that is closed else."""


@dataclass(frozen=True)
class DaySpan:
    """Days from first to last, both included.

    Attributes:
        yearly: they come back every year, and may run over its end.
    """

    first: date
    last: date
    yearly: bool = False

    def has(self, day: date) -> bool:
        """Whether a day is one of them."""
        if not self.yearly:
            return self.first <= day <= self.last
        first, last, asked = ((each.month, each.day) for each in (self.first, self.last, day))
        if first <= last:
            return first <= asked <= last
        return asked >= first or asked <= last


@dataclass(frozen=True)
class Calendar:
    """On which days a branch is closed.

    Attributes:
        closed_weekdays: as `date.weekday` counts; never all seven.
        closed_days: beside those.
        opened_days: win over all the others.
    """

    closed_weekdays: frozenset[int] = frozenset()
    holidays: Holidays = Holidays.AS_WEEKDAY
    closed_days: tuple[DaySpan, ...] = ()
    opened_days: tuple[DaySpan, ...] = ()


class OverrideRule(Enum):
    """What a person may set aside for once. The permission is `override_` and this word."""

    LAPSED = "lapsed"
    CARD_LOST = "card_lost"
    OVERDUE = "overdue"
    LOAN_LIMIT = "loan_limit"
    MANUAL = "manual"
    NOT_FOR_LOAN = "not_for_loan"
    RESERVED = "reserved"
    EXTENSION = "extension"


Who = Literal["everybody", "supervisors", "nobody"] | tuple[str, ...]
"""Everybody, the `supervisors` of the settings, nobody, or the operators of these names."""


@dataclass(frozen=True)
class Permissions:
    """Who may set which rule aside.

    By themselves: what costs nobody anything, anybody; what somebody else waits for, or a
    supervisor has put down, supervisors; a library card that is not valid, or not here, nobody.
    """

    override_lapsed: Who = "nobody"
    override_card_lost: Who = "nobody"
    override_overdue: Who = "everybody"
    override_loan_limit: Who = "supervisors"
    override_manual: Who = "supervisors"
    override_not_for_loan: Who = "supervisors"
    override_reserved: Who = "supervisors"
    override_extension: Who = "supervisors"

    def allow(self, rule: OverrideRule, operator: str, supervisors: frozenset[str]) -> bool:
        """Whether this operator may set this rule aside."""
        who: Who = getattr(self, f"override_{rule.value}")
        if isinstance(who, tuple):
            return operator in who
        return who == "everybody" or (who == "supervisors" and operator in supervisors)


Reader = Callable[[str, Any], Any]
"""Takes a key and a value, gives the value in its checked form or raises `WrongValue`."""


def read_loan_rules(value: Any) -> tuple[LoanTerms, ...]:
    """The entries of `[[loan_rules]]`, no two for the same items and patrons.

    Raises:
        WrongValue
    """
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        _refuse("loan_rules", value, _("tables, each under [[loan_rules]]"))
    readers: dict[str, Reader] = {
        "kind": _text,
        "patrons": _word(*PATRON_CLASSES),
        "days": _whole(1, 365),
        "limit": _whole(0, 1000),
        "extension_days": _whole(0, 365),
    }
    found: list[LoanTerms] = []
    for number, table in enumerate(value, 1):
        place = f"loan_rules[{number}]"
        terms = LoanTerms(**dict(_read(place, table, readers)))
        if terms.kind is None and terms.patrons is None:
            raise WrongValue(place, None, _("kind, patrons or both"))
        if terms.days is None and terms.limit is None and terms.extension_days is None:
            raise WrongValue(place, None, _("days, limit or extension_days"))
        if any((terms.kind, terms.patrons) == (each.kind, each.patrons) for each in found):
            raise WrongValue(place, repr(table), _("one rule for a kind and class of patrons"))
        found.append(terms)
    return tuple(found)


def read_calendar(value: Any, branch: str) -> Calendar:
    """The calendar of a branch: `[calendar]`, with what `[calendar.branches.NAME]` says instead.

    Every branch's table is checked, so that a mistake is seen at whatever terminal.

    Raises:
        WrongValue
    """
    general, branches = _calendar("calendar", value, Calendar(), {"branches": _table})
    tables: dict[str, Any] = branches.get("branches", {})
    found = {
        name: _calendar(f"calendar.branches.{name}", table, general, {})[0]
        for name, table in tables.items()
    }
    return found.get(branch, general)


def read_permissions(value: Any) -> Permissions:
    """The table `[permissions]`.

    Raises:
        WrongValue
    """
    readers: dict[str, Reader] = {f"override_{rule.value}": _who for rule in OverrideRule}
    return Permissions(**dict(_read("permissions", _table("permissions", value), readers)))


def _calendar(
    place: str, value: Any, base: Calendar, more: Mapping[str, Reader]
) -> tuple[Calendar, dict[str, Any]]:
    readers: dict[str, Reader] = {
        "closed_weekdays": _weekdays,
        "holidays": _holidays,
        "closed_days": _days,
        "opened_days": _days,
        **more,
    }
    read = dict(_read(place, _table(place, value), readers))
    rest = {key: read.pop(key) for key in more if key in read}
    return replace(base, **read), rest


def _read(
    place: str, table: dict[str, Any], readers: Mapping[str, Reader]
) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if key not in readers:
            known = _("one of these keys: {keys}").format(keys=", ".join(readers))
            raise WrongValue(f"{place}.{key}", repr(value), known)
        yield key, readers[key](f"{place}.{key}", value)


def _refuse(key: str, value: Any, allowed: str) -> NoReturn:
    raise WrongValue(key, repr(value), allowed)


def _table(key: str, value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else _refuse(key, value, _("a table"))


def _text(key: str, value: Any) -> str:
    if isinstance(value, str) and value.strip():
        return value.strip()
    _refuse(key, value, _("a text that is not empty"))


def _word(*words: str) -> Reader:
    def read(key: str, value: Any) -> str:
        if isinstance(value, str) and value in words:
            return value
        choices = ", ".join(repr(word) for word in words)
        _refuse(key, value, _("one of {choices}").format(choices=choices))

    return read


def _whole(low: int, high: int) -> Reader:
    def read(key: str, value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        allowed = _("a whole number from {low} to {high}").format(low=low, high=high)
        _refuse(key, value, allowed)

    return read


def _weekdays(key: str, value: Any) -> frozenset[int]:
    words = value if isinstance(value, list) else [None]
    if any(word not in WEEKDAYS for word in words) or len(set(words)) == len(WEEKDAYS):
        _refuse(key, value, _('a list of at most six weekdays, like ["mon", "thu"]'))
    return frozenset(WEEKDAYS.index(word) for word in words)


def _holidays(key: str, value: Any) -> Holidays:
    return Holidays(_word(*(each.value for each in Holidays))(key, value))


def _days(key: str, value: Any) -> tuple[DaySpan, ...]:
    spans = [_span(each) for each in value] if isinstance(value, list) else [None]
    found = tuple(span for span in spans if span is not None)
    if len(found) < len(spans):
        _refuse(
            key, value, _('a list of days, like ["2027-02-11", "2027-06-01/2027-06-10", "12-31"]')
        )
    return found


def _span(value: Any) -> DaySpan | None:
    """A day or two with a stroke between; without a year they come back every year."""
    if type(value) is date:  # as TOML writes one; an instant with a time is none
        return DaySpan(value, value)
    if not isinstance(value, str):
        return None
    ends = [_DAY.fullmatch(part) for part in value.split("/")]
    if len(ends) not in (1, 2) or None in ends:
        return None
    parts = [end.groups() for end in ends if end is not None]
    if len({year is None for year, _month, _day in parts}) != 1:
        return None
    yearly = parts[0][0] is None
    try:
        days = [date(int(year or _LEAP_YEAR), int(month), int(day)) for year, month, day in parts]
    except ValueError:
        return None
    if not yearly and days[0] > days[-1]:
        return None
    return DaySpan(days[0], days[-1], yearly)


def _who(key: str, value: Any) -> Who:
    if value in ("everybody", "supervisors", "nobody"):
        who: Who = value
        return who
    if isinstance(value, list) and all(isinstance(each, str) and each.strip() for each in value):
        return tuple(value)
    _refuse(key, value, _('"everybody", "supervisors", "nobody" or a list of names'))
