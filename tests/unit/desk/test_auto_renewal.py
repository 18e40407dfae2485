"""The decision of the automatic renewal, for all patrons, states, days and hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, find, given
from hypothesis import strategies as st

from counter_tui.clock import TOKYO
from counter_tui.desk.auto_renewal import (
    Candidate,
    Check,
    NotRenewed,
    RenewalPolicy,
    Renewed,
    decide,
    needs_no_status,
)
from counter_tui.desk.patrons import ResidencyClass
from counter_tui.identity.platform import StatusWord

POLICY = RenewalPolicy()
CHECK = datetime(2026, 12, 1, 2, 0, tzinfo=TOKYO)

dates = st.dates(date(2020, 1, 1), date(2099, 12, 31))
candidates = st.builds(
    Candidate,
    residency=st.sampled_from(ResidencyClass),
    expires_on=dates,
    is_linked=st.booleans(),
)
instants = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001  the strategy adds the time zone
    datetime(2090, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
checks = st.builds(Check, word=st.sampled_from(StatusWord), checked_at=instants)


@st.composite
def _in_use(draw: st.DrawFn) -> tuple[Candidate, Check]:
    """A good answer, and an end that is near: drawn blindly, hardly anybody is renewed."""
    check = Check(StatusWord.GOOD, draw(instants))
    ends_in = timedelta(days=draw(st.integers(-2, 367)))
    expires_on = check.checked_at.astimezone(TOKYO).date() + ends_in
    return Candidate(draw(st.sampled_from(ResidencyClass)), expires_on, True), check


cases = st.tuples(candidates, checks) | _in_use()
waits = st.timedeltas(timedelta(days=-2), timedelta(days=60)) | st.just(timedelta(0))


def _good(at: datetime = CHECK) -> Check:
    return Check(StatusWord.GOOD, at)


def _candidate(
    expires_on: date = date(2026, 12, 20),
    residency: ResidencyClass = ResidencyClass.RESIDENT,
    *,
    is_linked: bool = True,
) -> Candidate:
    return Candidate(residency, expires_on, is_linked)


def test_renewals_are_among_the_cases() -> None:
    """What is said below of a renewal is said of some."""

    def is_renewed(case: tuple[Candidate, Check]) -> bool:
        candidate, check = case
        return isinstance(decide(candidate, check, check.checked_at, POLICY), Renewed)

    assert is_renewed(find(cases, is_renewed))


@given(cases, waits)
def test_nothing_is_ever_shortened_and_nobody_is_renewed_against_the_promise(
    case: tuple[Candidate, Check], waited: timedelta
) -> None:
    """A renewal needs a link, a class that may, a card in use, and a good and recent answer."""
    candidate, check = case
    now = check.checked_at + waited
    decision = decide(candidate, check, now, POLICY)
    checked_on = check.checked_at.astimezone(TOKYO).date()
    if isinstance(decision, Renewed):
        assert decision.expires_on > candidate.expires_on
        assert decision.checked_on == checked_on
        assert candidate.is_linked
        assert candidate.residency not in (ResidencyClass.WORKER, ResidencyClass.STUDENT)
        assert candidate.expires_on >= checked_on
        assert check.word is StatusWord.GOOD
        assert -POLICY.max_clock_skew <= waited <= POLICY.max_check_age
        assert (decision.expires_on.year, decision.expires_on.month) == (
            checked_on.year + 1,
            checked_on.month,
        )
        assert decision.expires_on.day in (checked_on.day, 28)
    elif decision.is_open:
        assert check.word in (StatusWord.UNKNOWN, StatusWord.UNREACHABLE) or not (
            -POLICY.max_clock_skew <= waited <= POLICY.max_check_age
        )


@given(cases)
def test_whoever_the_promise_means_is_renewed(case: tuple[Candidate, Check]) -> None:
    """Linked, not by work or school, in use, a good answer of now: usable for a year from now."""
    candidate, checked_at = case[0], case[1].checked_at
    checked_on = checked_at.astimezone(TOKYO).date()
    decision = decide(candidate, _good(checked_at), checked_at, POLICY)
    if needs_no_status(candidate, checked_on) is None:
        until = decision.expires_on if isinstance(decision, Renewed) else candidate.expires_on
        assert until >= checked_on + timedelta(days=365)


@given(cases)
def test_a_second_run_on_the_same_answer_changes_nothing(case: tuple[Candidate, Check]) -> None:
    """What was renewed is usable as long already."""
    candidate, check = case
    decision = decide(candidate, check, check.checked_at, POLICY)
    if isinstance(decision, Renewed):
        again = Candidate(candidate.residency, decision.expires_on, candidate.is_linked)
        assert decide(again, check, check.checked_at, POLICY) is NotRenewed.VALID_LONGER


@given(candidates, checks)
def test_who_is_not_asked_about_is_refused_for_the_same_reason(
    candidate: Candidate, check: Check
) -> None:
    """The certificate's state is not needed to say so, whatever it is."""
    reason = needs_no_status(candidate, check.checked_at.astimezone(TOKYO).date())
    if reason is not None:
        assert decide(candidate, check, check.checked_at, POLICY) is reason


@pytest.mark.parametrize(
    ("checked_on", "expires_on"),
    [
        (date(2027, 2, 28), date(2028, 2, 28)),
        (date(2028, 2, 28), date(2029, 2, 28)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2027, 3, 1), date(2028, 3, 1)),
        (date(2026, 12, 31), date(2027, 12, 31)),
        (date(2027, 1, 31), date(2028, 1, 31)),
    ],
)
def test_a_year_later_at_the_ends_of_months(checked_on: date, expires_on: date) -> None:
    """The same day, but 29 February becomes 28 February."""
    at = datetime.combine(checked_on, CHECK.timetz())
    decision = decide(_candidate(checked_on), _good(at), at, POLICY)
    assert decision == Renewed(expires_on, checked_on)


def test_the_last_usable_day_counts_and_the_day_after_does_not() -> None:
    """Lapsed yesterday is lapsed."""
    today, yesterday = date(2026, 12, 1), date(2026, 11, 30)
    assert decide(_candidate(today), _good(), CHECK, POLICY) == Renewed(date(2027, 12, 1), today)
    assert decide(_candidate(yesterday), _good(), CHECK, POLICY) is NotRenewed.LAPSED
    assert needs_no_status(_candidate(today), today) is None
    assert needs_no_status(_candidate(yesterday), today) is NotRenewed.LAPSED


def test_the_day_of_the_check_is_that_in_tokyo() -> None:
    """23:59 on the last usable day renews, though it is written after midnight; so does 15:00 UTC
    belong to the next day."""
    late = datetime(2026, 11, 30, 23, 59, tzinfo=TOKYO)
    written = late + timedelta(minutes=2)
    decision = decide(_candidate(date(2026, 11, 30)), _good(late), written, POLICY)
    assert decision == Renewed(date(2027, 11, 30), date(2026, 11, 30))
    at_midnight = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
    decision = decide(_candidate(date(2026, 11, 30)), _good(at_midnight), at_midnight, POLICY)
    assert decision is NotRenewed.LAPSED


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        (StatusWord.REVOKED, NotRenewed.REVOKED),
        (StatusWord.ON_HOLD, NotRenewed.ON_HOLD),
        (StatusWord.EXPIRED, NotRenewed.CERTIFICATE_EXPIRED),
        (StatusWord.ABSENT, NotRenewed.NO_CERTIFICATE),
        (StatusWord.UNKNOWN, NotRenewed.UNKNOWN),
        (StatusWord.UNREACHABLE, NotRenewed.UNREACHABLE),
    ],
)
def test_each_answer_but_good_is_a_reason(word: StatusWord, reason: NotRenewed) -> None:
    """And only "nobody knows" is asked again."""
    assert decide(_candidate(), Check(word, CHECK), CHECK, POLICY) is reason
    assert reason.is_open is (word in (StatusWord.UNKNOWN, StatusWord.UNREACHABLE))
    assert reason.needs_counter is not reason.is_open


@pytest.mark.parametrize("residency", [ResidencyClass.WORKER, ResidencyClass.STUDENT])
def test_proof_of_work_or_school_is_not_replaced_by_a_certificate(
    residency: ResidencyClass,
) -> None:
    """They renew at the counter; somebody of another town who is neither is renewed."""
    assert decide(_candidate(residency=residency), _good(), CHECK, POLICY) is NotRenewed.NEEDS_PROOF
    elsewhere = _candidate(residency=ResidencyClass.NON_RESIDENT)
    assert isinstance(decide(elsewhere, _good(), CHECK, POLICY), Renewed)


@given(st.timedeltas(timedelta(0), timedelta(days=400)))
@example(timedelta(hours=36))
@example(timedelta(hours=36, microseconds=1))
def test_an_old_answer_is_asked_for_again(waited: timedelta) -> None:
    """A run that was broken off and goes on days later does not write on what it heard then."""
    decision = decide(_candidate(), _good(), CHECK + waited, POLICY)
    if waited <= timedelta(hours=36):
        assert isinstance(decision, Renewed)
    else:
        assert decision is NotRenewed.STALE
        assert decision.is_open


def test_an_answer_from_the_future_is_none() -> None:
    """The clock was set back between the check and the writing; but another machine's clock, which
    has made the check, may be some minutes ahead."""
    skew = POLICY.max_clock_skew
    assert isinstance(decide(_candidate(), _good(), CHECK - skew, POLICY), Renewed)
    now = CHECK - skew - timedelta(seconds=1)
    assert decide(_candidate(), _good(), now, POLICY) is NotRenewed.STALE


def test_an_ended_link_renews_nobody() -> None:
    """The card was unlinked while the run was under way."""
    unlinked = _candidate(is_linked=False)
    assert decide(unlinked, _good(), CHECK, POLICY) is NotRenewed.NOT_LINKED
