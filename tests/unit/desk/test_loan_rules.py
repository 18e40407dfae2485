"""How long, how many, due when: rules without a store."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_tui.desk.closed_days import is_closed, is_holiday, open_day_from, open_day_until
from counter_tui.desk.loan_rules import LoanRules
from counter_tui.desk.patrons import PatronView, ResidencyClass
from counter_tui.library_rules import Calendar, DaySpan, Holidays, LoanTerms

RESIDENT, STUDENT = ResidencyClass.RESIDENT, ResidencyClass.STUDENT
MONDAYS = frozenset({0})


def patron(expires_on: date = date(2030, 1, 1), residency: ResidencyClass = RESIDENT) -> PatronView:
    """A patron of whom the rules look at class and validity alone."""
    return PatronView(1, "", "", date(1990, 1, 1), "", "", residency, expires_on, None, 0, 0, None)


@pytest.mark.parametrize(
    ("day", "closed"),
    [
        (date(2026, 11, 23), False),  # Monday, 勤労感謝の日: open
        (date(2026, 11, 30), True),  # Monday
        (date(2026, 12, 1), False),
        (date(2026, 12, 29), True),  # every year
        (date(2028, 1, 3), True),  # the same, over the end of a year
        (date(2028, 1, 4), False),
        (date(2027, 6, 3), True),  # named
        (date(2027, 6, 7), False),  # Monday, named as open within days named as closed
    ],
)
def test_named_days_win_over_holidays_and_these_over_weekdays(day: date, closed: bool) -> None:
    """Opened days first, then closed ones, holidays, weekdays."""
    calendar = Calendar(
        MONDAYS,
        Holidays.OPEN,
        (
            DaySpan(date(2000, 12, 29), date(2000, 1, 3), yearly=True),
            DaySpan(date(2027, 6, 1), date(2027, 6, 10)),
        ),
        (DaySpan(date(2027, 6, 7), date(2027, 6, 7)),),
    )
    assert is_closed(day, calendar) == closed


def test_a_holiday_can_be_a_closed_day_and_the_day_off_after_it_too() -> None:
    """3 May 2026 is a Sunday: 6 May is off in place of it."""
    calendar = Calendar(holidays=Holidays.CLOSED)
    off = [date(2026, 5, day) for day in range(1, 9) if is_closed(date(2026, 5, day), calendar)]
    assert [day.day for day in off] == [3, 4, 5, 6]
    assert not is_closed(date(2026, 5, 3), Calendar())
    assert is_holiday(date(2027, 3, 21))  # 春分の日, by the sun
    assert open_day_from(date(2026, 5, 3), calendar) == date(2026, 5, 7)


def test_the_nearest_rule_wins_number_by_number() -> None:
    """Kind and class, then kind, then class, then the general one; each number for itself."""
    rules = LoanRules(
        14,
        10,
        terms=(
            LoanTerms(patrons="student", days=30, limit=20),
            LoanTerms(kind="CD", days=7, limit=3, extension_days=0),
            LoanTerms(kind="CD", patrons="student", limit=1),
        ),
    )
    assert rules.days_for("本", RESIDENT) == 14
    assert rules.days_for("本", STUDENT) == 30
    assert rules.days_for("CD", RESIDENT) == 7
    assert rules.days_for("CD", STUDENT) == 7
    assert (rules.limit_for(RESIDENT), rules.limit_for(STUDENT)) == (10, 20)
    assert rules.kind_limit_for("本", STUDENT) is None
    assert rules.kind_limit_for("CD", RESIDENT) == 3
    assert rules.kind_limit_for("CD", STUDENT) == 1
    assert rules.extension_days_for("本", STUDENT) == 14
    assert rules.extension_days_for("CD", STUDENT) == 0


def test_a_due_date_moves_off_closed_days() -> None:
    """To the next open day; over holidays, too."""
    rules = LoanRules(14, 10, calendar=Calendar(MONDAYS, Holidays.CLOSED))
    # 3 May 2027 is a Monday and a holiday, 4 and 5 May are holidays.
    assert rules.due_on("", patron(), date(2027, 4, 19)) == date(2027, 5, 6)
    assert rules.due_on("", patron(), date(2027, 4, 13)) == date(2027, 4, 27)


def test_a_due_date_stays_within_the_validity_when_the_rules_say_so() -> None:
    """On the last open day of it, and never before the day of lending."""
    free = LoanRules(14, 10, calendar=Calendar(MONDAYS))
    bound = LoanRules(14, 10, due_within_validity=True, calendar=Calendar(MONDAYS))
    on, monday = date(2026, 11, 24), date(2026, 11, 30)
    assert free.due_on("", patron(monday), on) == date(2026, 12, 8)
    assert bound.due_on("", patron(monday), on) == date(2026, 11, 29)
    assert bound.due_on("", patron(date(2026, 12, 8)), on) == date(2026, 12, 8)
    assert bound.due_on("", patron(on), on) == on
    # Lent by an override after the end: there is nothing to be within.
    assert bound.due_on("", patron(on - timedelta(days=1)), on) == date(2026, 12, 8)


def test_an_extension_counts_from_today_or_from_the_due_date() -> None:
    """As the settings say; no days, no extension."""
    on, due = date(2026, 11, 24), date(2026, 12, 1)
    from_today = LoanRules(14, 10, extension_days=7)
    from_due = LoanRules(14, 10, extension_days=7, extension_from="due_date")
    assert from_today.due_after_extension("", patron(), due, on) == date(2026, 12, 1)
    assert from_due.due_after_extension("", patron(), due, on) == date(2026, 12, 8)
    never = LoanRules(14, 10, extension_days=0)
    assert never.due_after_extension("", patron(), due, on) is None


def test_a_calendar_that_never_opens_stops_no_loan() -> None:
    """A library that is rebuilt lends elsewhere: the day stays as it was."""
    shut = Calendar(closed_days=(DaySpan(date(2026, 1, 1), date(2029, 1, 1)),))
    assert open_day_from(date(2027, 1, 1), shut) == date(2027, 1, 1)
    assert open_day_until(date(2027, 1, 1), shut) == date(2027, 1, 1)


calendars = st.builds(
    Calendar,
    st.frozensets(st.integers(0, 6), max_size=6),
    st.sampled_from(Holidays),
    st.lists(
        st.dates(date(2026, 1, 1), date(2030, 1, 1)).map(
            lambda day: DaySpan(day, day + timedelta(days=9))
        ),
        max_size=3,
    ).map(tuple),
)


@given(
    calendars,
    st.dates(date(2026, 1, 1), date(2030, 1, 1)),
    st.dates(date(2026, 1, 1), date(2030, 1, 1)),
    st.integers(1, 365),
    st.booleans(),
)
def test_no_due_date_is_before_lending_closed_or_past_the_validity(
    calendar: Calendar, on: date, expires_on: date, days: int, within: bool
) -> None:
    """Whatever calendar, validity and days."""
    rules = LoanRules(days, 10, due_within_validity=within, calendar=calendar)
    due = rules.due_on("", patron(expires_on), on)
    assert due >= on
    if within and expires_on >= on:
        assert due <= expires_on
    else:
        assert due >= on + timedelta(days=days)
        assert not is_closed(due, calendar)
