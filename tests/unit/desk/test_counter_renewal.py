"""Renewal at the counter: periods, windows, proofs, and taking it back."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_tui.desk.counter_renewal import (
    Anchor,
    RenewalTerms,
    renewed_until,
    require_in_time,
)
from counter_tui.desk.patrons import ResidencyClass
from counter_tui.desk.renewal_proofs import (
    PROOFS,
    Proof,
    ProofDate,
    parse_proof_date,
    require_current,
)
from counter_tui.errors import (
    CounterError,
    InvalidField,
    NotConfirmed,
    NotSupervisor,
    ProofExpired,
    ProofFromFuture,
    ProofNotDated,
    ProofTooOld,
    RenewalElsewhere,
    RenewalTooEarly,
    RenewalTooLate,
    RenewalUndoTooLate,
    UndoReason,
    ValidLonger,
)
from tests.support.rig import Rig, rigged

TODAY = date(2026, 11, 24)
NEXT_YEAR = date(2027, 11, 24)

dates = st.dates(date(2000, 1, 1), date(2090, 12, 31))


async def _patron(rig: Rig, residency: ResidencyClass, expires_on: date) -> int:
    patron = await rig.register("adult", residency=residency)
    rig.change("UPDATE patron SET expires_on = ?", expires_on.isoformat())
    return patron.id


@pytest.mark.parametrize(
    ("anchor", "expires_on", "until"),
    [
        (Anchor.TODAY, date(2026, 12, 10), NEXT_YEAR),
        (Anchor.TODAY, date(2026, 1, 10), NEXT_YEAR),
        (Anchor.EXPIRY, date(2026, 12, 10), date(2027, 12, 10)),
        (Anchor.LATER, date(2026, 12, 10), date(2027, 12, 10)),
        (Anchor.LATER, date(2026, 1, 10), NEXT_YEAR),
        (Anchor.BIRTHDAY, date(2026, 12, 10), date(2027, 4, 12)),
    ],
)
def test_the_period_counts_from_its_anchor(anchor: Anchor, expires_on: date, until: date) -> None:
    """As towns differ; the birthday is that of the year in which the period ends."""
    terms = RenewalTerms(anchor=anchor)
    assert renewed_until(terms, TODAY, expires_on, date(1985, 4, 12)) == until


def test_a_birthday_on_the_29th_of_february() -> None:
    """Is the 28th where there is none."""
    terms = RenewalTerms(years=1, anchor=Anchor.BIRTHDAY)
    assert renewed_until(terms, TODAY, TODAY, date(2004, 2, 29)) == date(2027, 2, 28)
    terms = RenewalTerms(years=2, anchor=Anchor.BIRTHDAY)
    assert renewed_until(terms, TODAY, TODAY, date(2004, 2, 29)) == date(2028, 2, 29)


@given(dates, dates, st.integers(0, 400), st.integers(0, 400))
def test_windows_are_the_days_that_they_say(
    on: date, expires_on: date, window: int, late: int
) -> None:
    """Both ends count; 0 is no limit."""
    early = window > 0 and on < expires_on - timedelta(days=window)
    too_late = late > 0 and on > expires_on + timedelta(days=late)
    terms = RenewalTerms(window_days=window, late_days=late)
    if early:
        with pytest.raises(RenewalTooEarly):
            require_in_time(terms, on, expires_on)
    elif too_late:
        with pytest.raises(RenewalTooLate):
            require_in_time(terms, on, expires_on)
    else:
        require_in_time(terms, on, expires_on)


@pytest.mark.parametrize("residency", ResidencyClass)
@pytest.mark.parametrize("proof", Proof)
async def test_each_class_shows_what_it_has_to(
    rig: Rig, residency: ResidencyClass, proof: Proof
) -> None:
    """Any other proof writes nothing; workers and students never get by with an address."""
    patron_id = await _patron(rig, residency, date(2026, 12, 10))
    offer = await rig.desk.counter_renewal.offer(patron_id)
    # Nobody's card is linked here, so that none can be asked (`test_address_check`).
    wanted = tuple(each for each in PROOFS[residency] if each is not Proof.MYNUMBER_CARD)
    assert (offer.expires_on, offer.proofs) == (NEXT_YEAR, wanted)
    dated = None if proof.dated is ProofDate.NONE else TODAY
    if proof in wanted:
        done = await rig.desk.counter_renewal.renew(
            patron_id, proof, offer.expires_on, proof_date=dated
        )
        assert done.patron.expires_on == NEXT_YEAR
        last = "SELECT kind, reason, proof_date FROM validity_change ORDER BY id DESC LIMIT 1"
        assert rig.rows(last) == [("counter", proof.value, None if dated is None else str(dated))]
        events = rig.rows("SELECT action, patron_number, reason FROM audit_event")
        assert events == [("renew_validity", patron_id, proof.value)]
    else:
        with pytest.raises(NotConfirmed):
            await rig.desk.counter_renewal.renew(
                patron_id, proof, offer.expires_on, proof_date=dated
            )
        assert rig.rows("SELECT expires_on FROM patron") == [("2026-12-10",)]


LETTERS = [proof for proof in Proof if proof.dated is ProofDate.ISSUED]
CARDS = [proof for proof in Proof if proof.dated is ProofDate.VALID_UNTIL]


@pytest.mark.parametrize("proof", LETTERS)
@given(dates, st.none() | dates, st.integers(0, 400))
def test_a_letter_is_dated_issued_and_fresh(
    proof: Proof, on: date, dated: date | None, max_age: int
) -> None:
    """Its day of issue is not to come, not older than the library takes, and there: but for what
    is no letter, and may bear none."""
    wanted: type[CounterError] | None = None
    if dated is None:
        wanted = None if proof is Proof.OTHER else ProofNotDated
    elif dated > on:
        wanted = ProofFromFuture
    elif max_age and (on - dated).days > max_age:
        wanted = ProofTooOld
    _assert_refused(wanted, proof, dated, on, max_age)


@pytest.mark.parametrize("proof", CARDS)
@given(dates, st.none() | dates, st.integers(0, 400))
def test_a_card_of_an_employer_or_a_school_is_valid(
    proof: Proof, on: date, dated: date | None, max_age: int
) -> None:
    """Through its last day, if one is printed; how old a letter may be is no matter of cards."""
    ended = dated is not None and dated < on
    _assert_refused(ProofExpired if ended else None, proof, dated, on, max_age)


@pytest.mark.parametrize(
    ("proof", "dated", "max_age", "wanted"),
    [
        (Proof.EMPLOYMENT_CERTIFICATE, TODAY, 1, None),
        (Proof.EMPLOYMENT_CERTIFICATE, TODAY - timedelta(days=90), 90, None),
        (Proof.EMPLOYMENT_CERTIFICATE, TODAY - timedelta(days=91), 90, ProofTooOld),
        (Proof.EMPLOYMENT_CERTIFICATE, TODAY + timedelta(days=1), 0, ProofFromFuture),
        (Proof.EMPLOYEE_CARD, TODAY, 0, None),
        (Proof.EMPLOYEE_CARD, TODAY - timedelta(days=1), 0, ProofExpired),
        (Proof.ADDRESS, None, 90, None),
    ],
)
def test_both_ends_of_a_proof_s_time_count(
    proof: Proof, dated: date | None, max_age: int, wanted: type[CounterError] | None
) -> None:
    """The days themselves, and the ones beside them."""
    _assert_refused(wanted, proof, dated, TODAY, max_age)


@pytest.mark.parametrize(
    ("text", "dated"),
    [
        ("2026/11/1", date(2026, 11, 1)),
        ("R8.11.1", date(2026, 11, 1)),
        ("令和12年3月31日", date(2030, 3, 31)),
        ("H19.4.1", date(2007, 4, 1)),
        ("8.11.1", None),
        ("26.11.1", None),
        ("1926/11/1", None),
        ("S60.11.1", None),
        ("2062/3/31", None),
        ("2026/2/30", None),
        ("", None),
    ],
)
def test_a_date_far_away_was_mistyped(text: str, dated: date | None) -> None:
    """A year of an era without its letter would be one of the first century."""
    if dated is None:
        with pytest.raises(InvalidField):
            parse_proof_date(text, TODAY)
    else:
        assert parse_proof_date(text, TODAY) == dated


def _assert_refused(
    wanted: type[CounterError] | None, proof: Proof, dated: date | None, on: date, max_age: int
) -> None:
    if wanted is None:
        require_current(proof, dated, on, max_age)
    else:
        with pytest.raises(wanted):
            require_current(proof, dated, on, max_age)


async def test_a_proof_of_yesterday_s_world_writes_nothing(tmp_path: Path) -> None:
    """By the library's limit; the same letter of this month does."""
    async with rigged(tmp_path, renewal_proof_days=90) as rig:
        patron_id = await _patron(rig, ResidencyClass.WORKER, date(2026, 12, 10))
        letter = Proof.EMPLOYMENT_CERTIFICATE
        renewal = rig.desk.counter_renewal
        with pytest.raises(ProofTooOld) as caught:
            await renewal.renew(patron_id, letter, NEXT_YEAR, proof_date=date(2026, 1, 1))
        assert caught.value.days == 90
        assert rig.rows("SELECT expires_on FROM patron") == [("2026-12-10",)]
        await renewal.renew(patron_id, letter, NEXT_YEAR, proof_date=date(2026, 11, 1))
        assert rig.rows("SELECT expires_on FROM patron") == [("2027-11-24",)]


async def test_what_was_not_shown_is_not_written(rig: Rig) -> None:
    """Midnight has passed between the offer and the key."""
    patron_id = await _patron(rig, ResidencyClass.RESIDENT, date(2026, 12, 10))
    offer = await rig.desk.counter_renewal.offer(patron_id)
    rig.clock.instant += timedelta(days=1)
    with pytest.raises(NotConfirmed):
        await rig.desk.counter_renewal.renew(patron_id, Proof.ADDRESS, offer.expires_on)


async def test_nothing_is_ever_shortened(rig: Rig) -> None:
    """A card that is usable for longer is left as it is; so is one renewed a moment ago."""
    patron_id = await _patron(rig, ResidencyClass.RESIDENT, date(2028, 1, 1))
    with pytest.raises(ValidLonger):
        await rig.desk.counter_renewal.offer(patron_id)


async def test_a_branch_that_may_not_renew_says_where(tmp_path: Path) -> None:
    """By its settings."""
    async with rigged(tmp_path, renewal_elsewhere="中央図書館") as rig:
        patron_id = await _patron(rig, ResidencyClass.RESIDENT, date(2026, 12, 10))
        with pytest.raises(RenewalElsewhere) as caught:
            await rig.desk.counter_renewal.offer(patron_id)
        assert caught.value.where == "中央図書館"


async def test_an_anchor_in_the_past_renews_nobody_into_the_past(tmp_path: Path) -> None:
    """Three years after it lapsed, one year from the old end is over as well."""
    async with rigged(tmp_path, renewal_anchor="expiry") as rig:
        patron_id = await _patron(rig, ResidencyClass.RESIDENT, date(2023, 11, 1))
        with pytest.raises(RenewalTooLate) as caught:
            await rig.desk.counter_renewal.offer(patron_id)
        assert caught.value.closed == date(2024, 11, 1)


async def test_a_supervisor_takes_it_back_on_the_same_day(rig: Rig) -> None:
    """Once; the date, the history and the audit say so."""
    patron_id = await _patron(rig, ResidencyClass.RESIDENT, date(2026, 12, 10))
    desk = rig.desk.counter_renewal
    assert not (await desk.open(patron_id)).undoable
    await desk.renew(patron_id, Proof.ADDRESS, NEXT_YEAR)
    assert (await desk.open(patron_id)).undoable
    patron = await desk.undo(patron_id, UndoReason.WRONG_PATRON)
    assert patron.expires_on == date(2026, 12, 10)
    assert rig.rows("SELECT kind FROM validity_change ORDER BY id DESC LIMIT 1") == [("undo",)]
    assert rig.rows("SELECT action FROM audit_event ORDER BY number DESC LIMIT 1") == [
        ("undo_renewal",)
    ]
    with pytest.raises(RenewalUndoTooLate):
        await desk.undo(patron_id, UndoReason.WRONG_PATRON)


async def test_the_day_after_it_stands(rig: Rig) -> None:
    """Nothing is taken back later."""
    patron_id = await _patron(rig, ResidencyClass.RESIDENT, date(2026, 12, 10))
    desk = rig.desk.counter_renewal
    await desk.renew(patron_id, Proof.ADDRESS, NEXT_YEAR)
    rig.clock.instant += timedelta(days=1)
    with pytest.raises(RenewalUndoTooLate):
        await desk.undo(patron_id, UndoReason.WRONG_PATRON)


async def test_only_a_supervisor_takes_it_back(tmp_path: Path) -> None:
    """Others are told so."""
    async with rigged(tmp_path, supervisors=("館長",)) as rig:
        patron_id = await _patron(rig, ResidencyClass.RESIDENT, date(2026, 12, 10))
        await rig.desk.counter_renewal.renew(patron_id, Proof.ADDRESS, NEXT_YEAR)
        with pytest.raises(NotSupervisor):
            await rig.desk.counter_renewal.undo(patron_id, UndoReason.WRONG_PATRON)
