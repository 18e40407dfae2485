"""Rules of lending in the settings file: read whole, or refused with key and reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from counter_tui.errors import SettingsError
from counter_tui.library_rules import Calendar, DaySpan, Holidays, LoanTerms, OverrideRule
from counter_tui.settings import load
from tests.unit.test_settings import WHOLE, write

RULES = """
loan_days = 14
due_within_validity = true

[[loan_rules]]
kind = "CD・DVD"
days = 7
limit = 3
extension_days = 0

[[loan_rules]]
patrons = "non_resident"
limit = 5

[calendar]
closed_weekdays = ["mon"]
holidays = "open"
closed_days = ["12-29/01-03", 2027-02-15, "2027-06-01/2027-06-10"]

[calendar.branches."中央図書館"]
opened_days = ["2027-06-07"]

[calendar.branches."上戸田分館"]
closed_weekdays = ["tue"]

[permissions]
override_loan_limit = ["佐藤", "鈴木"]
override_overdue = "nobody"
"""


def test_rules_calendar_and_permissions_are_read(tmp_path: Path) -> None:
    """A branch has its own table over the general one."""
    found = load(write(tmp_path, WHOLE + RULES))
    assert found.loan_rules == (
        LoanTerms("CD・DVD", None, 7, 3, 0),
        LoanTerms(None, "non_resident", limit=5),
    )
    assert found.due_within_validity
    assert found.calendar == Calendar(
        frozenset({0}),
        Holidays.OPEN,
        (
            DaySpan(date(2000, 12, 29), date(2000, 1, 3), yearly=True),
            DaySpan(date(2027, 2, 15), date(2027, 2, 15)),
            DaySpan(date(2027, 6, 1), date(2027, 6, 10)),
        ),
        (DaySpan(date(2027, 6, 7), date(2027, 6, 7)),),
    )
    supervisors = frozenset({"高橋"})
    assert found.permissions.allow(OverrideRule.LOAN_LIMIT, "鈴木", supervisors)
    assert not found.permissions.allow(OverrideRule.LOAN_LIMIT, "高橋", supervisors)
    assert found.permissions.allow(OverrideRule.RESERVED, "高橋", supervisors)
    assert not found.permissions.allow(OverrideRule.OVERDUE, "高橋", supervisors)


def test_another_branchs_calendar_is_not_this_ones(tmp_path: Path) -> None:
    """What it does not say is as in general."""
    found = load(write(tmp_path, WHOLE.replace("中央図書館", "上戸田分館") + RULES))
    assert found.calendar.closed_weekdays == frozenset({1})
    assert found.calendar.holidays is Holidays.OPEN
    assert found.calendar.opened_days == ()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('due_within_validity = "yes"', "due_within_validity"),
        ('extension_from = "tomorrow"', "extension_from"),
        ("extension_days = 400", "extension_days"),
        ("book_drop_back_days = -1", "book_drop_back_days"),
        ("loan_rules = 3", "loan_rules"),
        ("[[loan_rules]]\ndays = 3", "loan_rules[1]"),
        ('[[loan_rules]]\nkind = "雑誌"', "loan_rules[1]"),
        ('[[loan_rules]]\nkind = "雑誌"\ndays = 0', "loan_rules[1].days"),
        ('[[loan_rules]]\nkind = "雑誌"\nday = 7', "loan_rules[1].day"),
        ('[[loan_rules]]\npatrons = "child"\ndays = 7', "loan_rules[1].patrons"),
        (
            '[[loan_rules]]\nkind = "雑誌"\ndays = 7\n[[loan_rules]]\nkind = "雑誌"\nlimit = 2',
            "loan_rules[2]",
        ),
        ('calendar = "mon"', "calendar"),
        ('[calendar]\nclosed_weekdays = ["monday"]', "calendar.closed_weekdays"),
        (
            '[calendar]\nclosed_weekdays = ["mon","tue","wed","thu","fri","sat","sun"]',
            "calendar.closed_weekdays",
        ),
        ('[calendar]\nholidays = "maybe"', "calendar.holidays"),
        ('[calendar]\nclosed_days = ["2027-02-30"]', "calendar.closed_days"),
        ('[calendar]\nclosed_days = ["2027-06-10/2027-06-01"]', "calendar.closed_days"),
        ('[calendar]\nclosed_days = ["2027-06-10/06-12"]', "calendar.closed_days"),
        ("[calendar]\nclosed_days = [2027-02-15T10:00:00]", "calendar.closed_days"),
        (
            '[calendar.branches."美笹分室"]\nopened_days = "2027-06-07"',
            "calendar.branches.美笹分室.opened_days",
        ),
        (
            '[calendar.branches."美笹分室".branches."上"]\nholidays = "open"',
            "calendar.branches.美笹分室.branches",
        ),
        ('[permissions]\noverride_withdrawn = "everybody"', "permissions.override_withdrawn"),
        ('[permissions]\noverride_lapsed = "somebody"', "permissions.override_lapsed"),
        ("[permissions]\noverride_lapsed = [3]", "permissions.override_lapsed"),
    ],
)
def test_a_wrong_rule_is_named_with_its_place(tmp_path: Path, text: str, key: str) -> None:
    """File and key, within tables and lists, too; and what would be right."""
    path = write(tmp_path, f"{WHOLE}\n{text}\n")
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert (caught.value.path, caught.value.key) == (path, key)
    assert caught.value.allowed
