"""What the runs of one month ask again, on whose word they write, and what their fence looks at."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from counter_tui.desk.auto_renewal import NotRenewed
from counter_tui.desk.patrons import ResidencyClass
from counter_tui.desk.renewal_proofs import Proof
from counter_tui.desk.renewal_run import Progress, Prospect, RunStopped
from counter_tui.errors import (
    FenceHolds,
    LookUnfinished,
    MonthToCome,
    NoRenewalRun,
    UndoReason,
    ValidLonger,
)
from counter_tui.identity.platform import CertificateFacts, CertificateReference, StatusWord
from counter_tui.identity.simulated_platform import SimulatedState
from tests.support.renewals import Town, town
from tests.support.rig import Rig, rigged

TODAY = date(2026, 11, 24)
SOON = date(2026, 12, 20)
NEXT_YEAR = date(2027, 11, 24)
A_NIGHT = timedelta(days=1)
RESIDENT = ResidencyClass.RESIDENT
GOOD, REVOKED, UNKNOWN = StatusWord.GOOD, StatusWord.REVOKED, StatusWord.UNKNOWN


def _nothing(_: Progress) -> None:
    """Nobody watches."""


async def _run(rig: Rig) -> Prospect:
    foreseen = await rig.desk.renewal_runs.look(_nothing)
    return await rig.desk.renewal_runs.write(foreseen.month, _nothing)


def _crowd(rig: Rig, *groups: tuple[int, StatusWord]) -> Town:
    people = town(rig, {})
    for count, word in groups:
        for number in range(count):
            people.add(f"{word.value} {number}", RESIDENT, SOON, word)
    return people


def _link_another_card(rig: Rig, people: Town, name: str, word: StatusWord) -> None:
    """The patron has come with a new card, now."""
    people.unlink(name)
    reference = CertificateReference(b"issuer", 9_999)
    facts = CertificateFacts(reference, datetime(2099, 1, 1, tzinfo=UTC), None)
    user_identifier = rig.platform.link(facts, "another")
    rig.platform.confirm("another")
    rig.platform.set_state(reference, SimulatedState(signature=word))
    at = rig.clock.now().strftime("%Y-%m-%d %H:%M:%S")
    rig.change(
        "INSERT INTO card_link (patron_id, user_identifier, enrollment_id, scheme, terms_version,"
        " consented_at, linked_at, linked_by_id, linked_at_counter_id)"
        " VALUES (?, ?, 'another', 1, '1', ?, ?, 1, 1)",
        people.ids[name],
        user_identifier,
        at,
        at,
    )


# --------------------------------------------------------------------------- asked again


async def test_when_the_cause_is_mended_the_next_look_finds_it_so(rig: Rig) -> None:
    """The fence held, because links were not imported, say: nobody is refused for that later."""
    people = _crowd(rig, (12, StatusWord.ABSENT))
    with pytest.raises(FenceHolds):
        await _run(rig)
    for name in people.ids:
        people.say(name, GOOD)
    assert (await _run(rig)).renewed == 12


async def test_a_look_that_was_broken_off_asks_nobody_twice(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on; only a look that came to its end is made anew where it refused."""
    monkeypatch.setattr("counter_tui.desk.renewal_run._LOOKED_AT", 2)
    _crowd(rig, (4, REVOKED))
    asked: list[str] = []
    statuses = rig.platform.signature_statuses

    def count(identifiers: list[str]) -> object:
        asked.extend(identifiers)
        return statuses(identifiers)

    rig.platform.signature_statuses = count  # type: ignore[method-assign, assignment]  # a witness

    def stop(made: Progress) -> None:
        if made.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await rig.desk.renewal_runs.look(stop)
    await rig.desk.renewal_runs.look(_nothing)
    assert len(asked) == len(set(asked)) == 4
    rig.clock.instant += timedelta(minutes=1)
    await rig.desk.renewal_runs.look(_nothing)
    assert len(asked) == 8


@pytest.mark.parametrize("ahead", [timedelta(seconds=2), timedelta(minutes=4)])
async def test_two_machines_whose_clocks_differ_help_each_other(rig: Rig, ahead: timedelta) -> None:
    """One has looked by a clock that is ahead; the other writes on it."""
    people = _crowd(rig, (12, GOOD))
    rig.clock.instant += ahead
    await rig.desk.renewal_runs.look(_nothing)
    rig.clock.instant -= ahead
    assert (await _run(rig)).renewed == 12
    assert set(people.expiries().values()) == {NEXT_YEAR}


async def test_an_answer_from_far_ahead_is_asked_for_again(rig: Rig) -> None:
    """That clock was wrong."""
    _crowd(rig, (12, GOOD))
    rig.clock.instant += timedelta(hours=3)
    await rig.desk.renewal_runs.look(_nothing)
    rig.clock.instant -= timedelta(hours=3)
    assert (await _run(rig)).renewed == 12


async def test_who_renewed_at_the_counter_after_the_preview_stops_nobody(rig: Rig) -> None:
    """Nothing was asked of a lapsed patron; who has a new end now is looked at once more."""
    people = town(
        rig,
        {
            "good": (RESIDENT, TODAY, GOOD),
            "lapsed": (RESIDENT, TODAY - timedelta(days=3), GOOD),
        },
    )
    await rig.desk.renewal_runs.look(_nothing)
    await rig.desk.counter_renewal.renew(people.ids["lapsed"], Proof.ADDRESS, NEXT_YEAR)
    foreseen = await rig.desk.renewal_runs.look(_nothing)
    assert foreseen.reasons == {NotRenewed.VALID_LONGER: 1}
    assert (await rig.desk.renewal_runs.write("2026-11", _nothing)).renewed == 1


async def test_a_mistake_at_the_counter_costs_nobody_the_month(rig: Rig) -> None:
    """Renewed by mistake, seen by the run as valid longer, taken back: the month looks anew."""
    last = date(2026, 11, 28)
    people = town(rig, {"a": (RESIDENT, last, GOOD)})
    renewal = rig.desk.counter_renewal
    await renewal.renew(people.ids["a"], Proof.ADDRESS, NEXT_YEAR)
    assert (await _run(rig)).reasons == {NotRenewed.VALID_LONGER: 1}
    await renewal.undo(people.ids["a"], UndoReason.WRONG_PATRON)
    assert people.expiries() == {"a": last}
    assert (await _run(rig)).renewed == 1
    assert people.expiries() == {"a": NEXT_YEAR}


# ----------------------------------------------------------------------------- other cards


async def test_a_card_that_was_exchanged_between_the_phases_is_asked_for_itself(rig: Rig) -> None:
    """The old one's good certificate renews nobody; the new one has none."""
    people = town(rig, {"a": (RESIDENT, TODAY, GOOD)})
    await rig.desk.renewal_runs.look(_nothing)
    rig.clock.instant += timedelta(hours=1)
    _link_another_card(rig, people, "a", StatusWord.ABSENT)
    done = await rig.desk.renewal_runs.write("2026-11", _nothing)
    assert done.reasons == {NotRenewed.STALE: 1}
    assert people.expiries() == people.expiries_before
    assert (await _run(rig)).reasons == {NotRenewed.NO_CERTIFICATE: 1}


async def test_who_came_with_a_new_card_is_renewed_in_the_same_month(rig: Rig) -> None:
    """Refused for the old one, and told so; not any more."""
    people = town(rig, {"a": (RESIDENT, date(2026, 11, 28), REVOKED)})
    assert (await _run(rig)).reasons == {NotRenewed.REVOKED: 1}
    rig.clock.instant += timedelta(days=1)
    _link_another_card(rig, people, "a", GOOD)
    assert (await rig.desk.counter_renewal.open(people.ids["a"])).automatic is None
    assert await rig.desk.renewal_runs.follow_ups("2026-11") == []
    rehearsed = await rig.desk.renewal_runs.rehearse(_nothing)
    assert (rehearsed.renewed, rehearsed.reasons) == (1, {})
    assert (await _run(rig)).renewed == 1


async def test_a_renewed_patron_with_a_new_card_is_not_renewed_again(rig: Rig) -> None:
    """Once a month, whatever card."""
    people = town(rig, {"a": (RESIDENT, TODAY, GOOD)})
    await _run(rig)
    rig.clock.instant += timedelta(days=1)
    _link_another_card(rig, people, "a", GOOD)
    await _run(rig)
    assert people.expiries() == {"a": NEXT_YEAR}


async def test_a_reason_is_not_told_of_a_card_that_is_linked_no_more(rig: Rig) -> None:
    """But that somebody was renewed stays so."""
    people = town(rig, {"a": (RESIDENT, TODAY, REVOKED), "b": (RESIDENT, TODAY, GOOD)})
    await _run(rig)
    told = []
    for name in ("a", "b"):
        people.unlink(name)
        told.append((await rig.desk.counter_renewal.open(people.ids[name])).automatic)
    assert told[0] is None
    assert told[1] is not None
    assert told[1].reason is None


# ------------------------------------------------------------------------------- the fence


async def test_what_was_written_before_does_not_hide_a_failure(rig: Rig) -> None:
    """Of twenty who were linked since, all are refused: 17% of all, but all that is written."""
    people = _crowd(rig, (100, GOOD))
    await _run(rig)
    rig.clock.instant += A_NIGHT
    for number in range(20):
        people.add(f"new {number}", RESIDENT, SOON, REVOKED)
    with pytest.raises(FenceHolds) as caught:
        await _run(rig)
    assert (caught.value.refused, caught.value.asked) == (20, 20)


async def test_open_ones_that_are_all_refused_the_next_night_are_held(rig: Rig) -> None:
    """Rather a list that is wrong than so many revocations in one night."""
    people = _crowd(rig, (20, UNKNOWN), (80, GOOD))
    await _run(rig)
    rig.clock.instant += A_NIGHT
    for number in range(20):
        people.say(f"unknown {number}", REVOKED)
    revoked = "SELECT count(*) FROM renewal_outcome WHERE outcome = 'revoked'"
    for _ in range(4):
        with pytest.raises(FenceHolds) as caught:
            await _run(rig)
        assert (caught.value.refused, caught.value.asked) == (20, 20)
        assert rig.rows(revoked) == [(0,)], "nor by waiting"
        rig.clock.instant += A_NIGHT
    for number in range(20):
        people.say(f"unknown {number}", GOOD)
    assert (await _run(rig)).renewed == 100


async def test_open_ones_that_stay_open_hold_no_later_run(rig: Rig) -> None:
    """They are few of the month, and written to nobody: the run says so, and is done."""
    _crowd(rig, (20, UNKNOWN), (80, GOOD))
    await _run(rig)
    rig.clock.instant += A_NIGHT
    done = await _run(rig)
    assert done.reasons == {NotRenewed.UNKNOWN: 20}
    assert done.refused_percent == 0, "nothing is left to write"


async def test_a_look_that_nobody_wrote_is_made_anew_as_a_whole(rig: Rig) -> None:
    """Previewed only, or killed before the writing: the refused alone would hold the next night."""
    people = _crowd(rig, (188, GOOD), (12, REVOKED))
    await rig.desk.renewal_runs.look(_nothing)
    rig.clock.instant += A_NIGHT
    rehearsed = await rig.desk.renewal_runs.rehearse(_nothing)
    assert not rig.desk.renewal_runs.fence_holds(rehearsed)
    assert await _run(rig) == rehearsed
    assert list(people.expiries().values()).count(date(2027, 11, 25)) == 188


@pytest.mark.parametrize("wait", [timedelta(0), timedelta(hours=7), A_NIGHT])
async def test_a_second_look_is_held_whenever_it_is_made(rig: Rig, wait: timedelta) -> None:
    """On the same day, too; when its cause is mended it is made anew."""
    people = _crowd(rig, (80, GOOD), (20, UNKNOWN))
    await _run(rig)
    rig.clock.instant += timedelta(seconds=1) + wait
    for number in range(20):
        people.say(f"unknown {number}", REVOKED)
    for _ in range(2):
        with pytest.raises(FenceHolds):
            await _run(rig)
        rig.clock.instant += timedelta(minutes=5)
    for number in range(20):
        people.say(f"unknown {number}", GOOD)
    assert (await _run(rig)).renewed == 100


async def test_whoever_enrolled_since_holds_no_later_run(rig: Rig) -> None:
    """Their signature certificates are not imported yet: that is so for each new link."""
    people = _crowd(rig, (100, GOOD), (1, UNKNOWN))
    await _run(rig)
    rig.clock.instant += A_NIGHT
    for number in range(12):
        people.add(f"new {number}", RESIDENT, SOON, StatusWord.ABSENT)
    people.say("unknown 0", GOOD)
    done = await _run(rig)
    assert (done.renewed, done.reasons) == (101, {NotRenewed.NO_CERTIFICATE: 12})


async def test_what_another_machine_put_back_is_looked_at_before_it_is_written(rig: Rig) -> None:
    """It began anew between the phases: nothing is written of a part, as if that were all."""
    _crowd(rig, (12, REVOKED), (188, GOOD))
    runs = rig.desk.renewal_runs
    await runs.look(_nothing)

    def breaks_off(made: Progress) -> None:
        raise RunStopped

    with pytest.raises(RunStopped):
        await runs.look(breaks_off)  # the other machine has listed, and asks now
    with pytest.raises(LookUnfinished):
        await runs.write("2026-11", _nothing)
    assert rig.rows("SELECT count(*) FROM renewal_outcome WHERE outcome IS NOT NULL") == [(0,)]
    done = await runs.carry_out(_nothing)
    assert (done.renewed, done.reasons) == (188, {NotRenewed.REVOKED: 12})


async def test_what_a_broken_writing_left_is_no_sign_of_anything(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The good ones are written, the rest are ordinary refusals: the next night goes on."""
    _crowd(rig, (185, GOOD), (12, REVOKED), (3, UNKNOWN))
    monkeypatch.setattr("counter_tui.desk.renewal_run._WRITTEN", 185)
    runs = rig.desk.renewal_runs
    await runs.look(_nothing)

    def breaks_off(made: Progress) -> None:
        raise RunStopped

    with pytest.raises(RunStopped):
        await runs.write("2026-11", breaks_off)
    rig.clock.instant += A_NIGHT
    done = await _run(rig)
    assert (done.renewed, done.open) == (185, 3)
    rig.clock.instant += A_NIGHT
    assert await _run(rig) == done


async def test_what_was_let_through_once_does_not_hold_the_next_run(rig: Rig) -> None:
    """With the fence lifted once, and that on record; later runs have nothing to refuse."""
    people = _crowd(rig, (30, REVOKED), (70, GOOD))
    foreseen = await rig.desk.renewal_runs.look(_nothing)
    await rig.desk.renewal_runs.write(foreseen.month, _nothing, fence_percent=40)
    lifted = "SELECT reason FROM audit_event WHERE action = 'fence_lifted'"
    assert rig.rows(lifted) == [("40",)]
    people.add("one more", RESIDENT, SOON, GOOD)
    assert (await _run(rig)).renewed == 71
    assert rig.rows(lifted) == [("40",)]


# --------------------------------------------------------------------------- rehearsals


async def test_a_rehearsal_says_what_the_next_run_of_the_month_would_do(rig: Rig) -> None:
    """What is settled stands, though the platform says something else by now."""
    people = town(
        rig,
        {
            "settled": (RESIDENT, TODAY, REVOKED),
            "open": (RESIDENT, TODAY, UNKNOWN),
            "renewed": (RESIDENT, TODAY, GOOD),
            "left": (RESIDENT, TODAY, GOOD),
        },
    )
    await _run(rig)
    for name in ("settled", "open"):
        people.say(name, GOOD)
    people.unlink("left")
    people.add("new", RESIDENT, TODAY, GOOD)
    before = [rig.rows("SELECT * FROM renewal_outcome"), people.expiries()]
    rehearsed = await rig.desk.renewal_runs.rehearse(_nothing)
    assert [rig.rows("SELECT * FROM renewal_outcome"), people.expiries()] == before
    done = await _run(rig)
    assert rehearsed == done
    assert (done.renewed, done.reasons) == (4, {NotRenewed.REVOKED: 1})


async def test_a_rehearsal_knows_who_left_after_the_look(rig: Rig) -> None:
    """Listed, and without a card by now: the run will say so."""
    people = town(rig, {"left": (RESIDENT, TODAY, GOOD), "stays": (RESIDENT, TODAY, GOOD)})
    await rig.desk.renewal_runs.look(_nothing)
    people.unlink("left")
    rehearsed = await rig.desk.renewal_runs.rehearse(_nothing)
    assert rehearsed == await _run(rig)
    assert rehearsed.reasons == {NotRenewed.NOT_LINKED: 1}


async def test_a_rehearsal_knows_the_fence(rig: Rig) -> None:
    """It would hold what the run would hold."""
    _crowd(rig, (12, REVOKED))
    rehearsed = await rig.desk.renewal_runs.rehearse(_nothing)
    assert rig.desk.renewal_runs.fence_holds(rehearsed)
    assert not rig.desk.renewal_runs.fence_holds(rehearsed, 100)


# ------------------------------------------------------------------ lists, and wrong clocks


async def test_who_was_renewed_at_the_counter_leaves_the_list(rig: Rig) -> None:
    """The counter has done it; when that is taken back, there is something to do again."""
    people = town(rig, {"a": (RESIDENT, TODAY, REVOKED), "b": (RESIDENT, TODAY, REVOKED)})
    await _run(rig)
    runs, renewal = rig.desk.renewal_runs, rig.desk.counter_renewal
    await renewal.renew(people.ids["a"], Proof.ADDRESS, NEXT_YEAR)
    assert [one.name for one in await runs.follow_ups("2026-11")] == ["b"]
    await renewal.undo(people.ids["a"], UndoReason.MISTAKE)
    listed = await runs.follow_ups("2026-11")
    assert [(one.name, one.is_written) for one in listed] == [("a", True), ("b", True)]


async def test_a_run_by_a_wrong_clock_is_told_and_can_be_forgotten(rig: Rig) -> None:
    """Two years ahead everybody had lapsed: nobody is told so, and that month is still to come."""
    people = _crowd(rig, (12, GOOD))
    runs = rig.desk.renewal_runs
    rig.clock.instant += timedelta(days=800)
    assert (await _run(rig)).reasons == {NotRenewed.LAPSED: 12}
    rig.clock.instant -= timedelta(days=800)
    one = people.ids["good 3"]
    assert (await rig.desk.counter_renewal.open(one)).automatic is None
    with pytest.raises(MonthToCome):
        await runs.rehearse(_nothing)
    with pytest.raises(MonthToCome) as caught:
        await _run(rig)
    assert (caught.value.month, caught.value.today) == ("2029-02", TODAY)
    with pytest.raises(NoRenewalRun):
        await runs.forget("2029-01")
    await runs.forget("2029-02")
    event = "SELECT action, reason, amount FROM audit_event ORDER BY number DESC LIMIT 1"
    assert rig.rows(event) == [("forget_run", "2029-02", 12)]
    assert (await _run(rig)).renewed == 12
    told = (await rig.desk.counter_renewal.open(one)).automatic
    assert told is not None
    assert told.reason is None


async def test_a_clock_that_is_behind_takes_nothing_away(rig: Rig) -> None:
    """A terminal with an empty battery looks at the month: it is told, and the true one stands."""
    people = _crowd(rig, (3, GOOD))
    await _run(rig)
    kept = rig.rows("SELECT * FROM renewal_outcome")
    rig.clock.instant = datetime(2020, 1, 1, tzinfo=UTC)
    with pytest.raises(MonthToCome):
        await rig.desk.renewal_runs.look(_nothing)
    assert rig.rows("SELECT * FROM renewal_outcome") == kept
    assert set(people.expiries().values()) == {NEXT_YEAR}


async def test_machines_that_disagree_on_the_month_take_nothing_from_each_other(rig: Rig) -> None:
    """Around midnight at a month's end: the one that is behind leaves the other's month alone."""
    _crowd(rig, (3, GOOD))
    rig.clock.instant = datetime(2026, 11, 30, 15, 0, 5, tzinfo=UTC)
    await rig.desk.renewal_runs.look(_nothing)
    rig.clock.instant -= timedelta(seconds=10)
    await rig.desk.renewal_runs.look(_nothing)
    assert rig.rows("SELECT month FROM renewal_run ORDER BY month") == [("2026-11",), ("2026-12",)]


# ------------------------------------------------------------------- taking a renewal back


async def test_only_a_renewal_at_a_counter_is_taken_back(rig: Rig) -> None:
    """What the run has done stands, on the same day, too."""
    people = town(rig, {"a": (RESIDENT, TODAY, GOOD)})
    await _run(rig)
    assert not (await rig.desk.counter_renewal.open(people.ids["a"])).undoable


async def test_the_slip_of_a_renewal_that_was_taken_back_is_printed_no_more(rig: Rig) -> None:
    """It said until when, and that is not so any more."""
    people = town(rig, {"a": (RESIDENT, date(2026, 12, 10), GOOD)})
    renewal = rig.desk.counter_renewal
    done = await renewal.renew(people.ids["a"], Proof.ADDRESS, NEXT_YEAR)
    assert done.job_number is not None
    await renewal.undo(people.ids["a"], UndoReason.WRONG_PATRON)
    kept = rig.rows("SELECT patron_id FROM print_job WHERE id = ?", done.job_number)
    assert kept == [(None,)], "nobody's slip is none"


async def test_a_second_enter_adds_no_second_period(tmp_path: Path) -> None:
    """Counted from the later of both ends, each renewal would be longer than the one before."""
    async with rigged(tmp_path, renewal_anchor="later") as rig:
        people = town(rig, {"a": (RESIDENT, date(2026, 12, 10), GOOD)})
        renewal = rig.desk.counter_renewal
        await renewal.renew(people.ids["a"], Proof.ADDRESS, date(2027, 12, 10))
        with pytest.raises(ValidLonger):
            await renewal.offer(people.ids["a"])
        await renewal.undo(people.ids["a"], UndoReason.MISTAKE)
        assert (await renewal.offer(people.ids["a"])).expires_on == date(2027, 12, 10)
