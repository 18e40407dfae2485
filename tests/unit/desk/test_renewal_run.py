"""The monthly run on a real store: what it writes, what it keeps, and when it stops."""

from __future__ import annotations

from collections import Counter as Tally
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from counter_tui.desk.auto_renewal import NotRenewed
from counter_tui.desk.patrons import ResidencyClass
from counter_tui.desk.renewal_proofs import Proof
from counter_tui.desk.renewal_records import Counted
from counter_tui.desk.renewal_run import Phase, Progress, Prospect, RunStopped
from counter_tui.errors import FenceHolds, NoRenewalRun, UndoReason
from counter_tui.identity.platform import StatusWord
from tests.support.renewals import town
from tests.support.rig import Rig, rigged

TODAY = date(2026, 11, 24)
NEXT_YEAR = date(2027, 11, 24)


def _nothing(_: Progress) -> None:
    """Nobody watches."""


async def _run(rig: Rig) -> Prospect:
    foreseen = await rig.desk.renewal_runs.look(_nothing)
    return await rig.desk.renewal_runs.write(foreseen.month, _nothing)


async def test_each_patron_gets_what_the_promise_says(rig: Rig) -> None:
    """One of each kind; what was written is what was foreseen."""
    people = town(
        rig,
        {
            "good": (ResidencyClass.RESIDENT, TODAY, StatusWord.GOOD),
            "elsewhere": (ResidencyClass.NON_RESIDENT, TODAY, StatusWord.GOOD),
            "works here": (ResidencyClass.WORKER, TODAY, StatusWord.GOOD),
            "student": (ResidencyClass.STUDENT, TODAY, StatusWord.GOOD),
            "lapsed": (ResidencyClass.RESIDENT, TODAY - timedelta(days=1), StatusWord.GOOD),
            "longer": (ResidencyClass.RESIDENT, date(2028, 1, 1), StatusWord.GOOD),
            "none": (ResidencyClass.RESIDENT, TODAY, StatusWord.ABSENT),
            "revoked": (ResidencyClass.RESIDENT, TODAY, StatusWord.REVOKED),
            "hold": (ResidencyClass.RESIDENT, TODAY, StatusWord.ON_HOLD),
            "expired": (ResidencyClass.RESIDENT, TODAY, StatusWord.EXPIRED),
            "unknown": (ResidencyClass.RESIDENT, TODAY, StatusWord.UNKNOWN),
        },
    )
    foreseen = await rig.desk.renewal_runs.look(_nothing)
    assert people.expiries() == people.expiries_before, "phase one writes to no patron"
    done = await rig.desk.renewal_runs.write(foreseen.month, _nothing)
    assert done == foreseen
    assert done == Prospect(
        "2026-11",
        renewed=2,
        reasons={
            NotRenewed.NEEDS_PROOF: 2,
            NotRenewed.LAPSED: 1,
            NotRenewed.VALID_LONGER: 1,
            NotRenewed.NO_CERTIFICATE: 1,
            NotRenewed.REVOKED: 1,
            NotRenewed.ON_HOLD: 1,
            NotRenewed.CERTIFICATE_EXPIRED: 1,
            NotRenewed.UNKNOWN: 1,
        },
    )
    assert (done.patrons, done.asked, done.refused) == (11, 8, 5)
    assert (done.at_counter, done.open) == (7, 1)
    renewed = {name for name, day in people.expiries().items() if day == NEXT_YEAR}
    assert renewed == {"good", "elsewhere"}
    unchanged = people.expiries_before.keys() - renewed
    assert all(people.expiries()[name] == people.expiries_before[name] for name in unchanged)


async def test_it_leaves_a_history_and_a_trail(rig: Rig) -> None:
    """Each change with its kind; one event of the audit a chunk, naming nobody."""
    town(rig, {"good": (ResidencyClass.RESIDENT, TODAY, StatusWord.GOOD)})
    await _run(rig)
    changes = rig.rows("SELECT expired_on, expires_on, kind FROM validity_change")
    assert changes == [("2026-11-24", "2027-11-24", "automatic")]
    events = rig.rows("SELECT action, patron_number, amount FROM audit_event")
    assert events == [("auto_renewal", None, 1)]


async def test_a_second_run_of_the_month_does_nothing_twice(rig: Rig) -> None:
    """Settled is settled, even when the certificate has been revoked since."""
    people = town(rig, {"good": (ResidencyClass.RESIDENT, TODAY, StatusWord.GOOD)})
    first = await _run(rig)
    people.say("good", StatusWord.REVOKED)
    rig.clock.instant += timedelta(days=3)
    assert await _run(rig) == first
    assert people.expiries() == {"good": NEXT_YEAR}
    assert rig.rows("SELECT count(*) FROM validity_change") == [(1,)]


async def test_the_next_month_is_another_run(rig: Rig) -> None:
    """In December everybody is looked at again, and December's date counts."""
    people = town(rig, {"good": (ResidencyClass.RESIDENT, TODAY, StatusWord.GOOD)})
    await _run(rig)
    rig.clock.instant = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)  # midnight in Tokyo
    assert (await _run(rig)).month == "2026-12"
    assert people.expiries() == {"good": date(2027, 12, 1)}


async def test_what_nobody_knows_is_asked_once_more_and_again_next_time(rig: Rig) -> None:
    """Unknown is never renewed and never settled; a later run of the month settles it."""
    people = town(rig, {"late": (ResidencyClass.RESIDENT, TODAY, StatusWord.UNKNOWN)})
    phases: list[Phase] = []
    await rig.desk.renewal_runs.look(lambda progress: phases.append(progress.phase))
    assert phases.count(Phase.ASKING_AGAIN) == 1
    done = await rig.desk.renewal_runs.write("2026-11", _nothing)
    assert done.reasons == {NotRenewed.UNKNOWN: 1}
    [follow_up] = await rig.desk.renewal_runs.follow_ups("2026-11")
    assert (follow_up.name, follow_up.reason) == ("late", NotRenewed.UNKNOWN)
    people.say("late", StatusWord.GOOD)
    assert (await _run(rig)).renewed == 1
    assert await rig.desk.renewal_runs.follow_ups("2026-11") == []
    assert people.expiries() == {"late": NEXT_YEAR}


async def test_a_platform_that_is_away_renews_nobody_and_the_fence_stops_the_run(
    tmp_path: Path,
) -> None:
    """Nothing is written: no patron, no outcome; the next run asks again."""
    async with rigged(tmp_path) as rig:
        people = town(
            rig,
            {
                f"{number}": (ResidencyClass.RESIDENT, TODAY, StatusWord.GOOD)
                for number in range(10)
            },
        )
        rig.platform.line_cut = True
        foreseen = await rig.desk.renewal_runs.look(_nothing)
        assert foreseen.reasons == {NotRenewed.UNREACHABLE: 10}
        with pytest.raises(FenceHolds) as caught:
            await rig.desk.renewal_runs.write(foreseen.month, _nothing)
        assert (caught.value.refused, caught.value.asked, caught.value.percent) == (10, 10, 20)
        assert people.expiries() == people.expiries_before
        assert rig.rows("SELECT count(*) FROM renewal_outcome WHERE outcome IS NOT NULL") == [(0,)]
        rig.platform.line_cut = False
        assert (await _run(rig)).renewed == 10


async def test_the_fence_is_a_share_and_may_be_opened_once(rig: Rig) -> None:
    """10 of 50 are 20%, which is not more than 20%; 11 of 51 are."""
    states = [StatusWord.REVOKED] * 10 + [StatusWord.GOOD] * 40
    people = town(
        rig,
        {f"{i}": (ResidencyClass.RESIDENT, TODAY, word) for i, word in enumerate(states)},
    )
    foreseen = await rig.desk.renewal_runs.look(_nothing)
    assert (foreseen.refused, foreseen.refused_percent) == (10, 20.0)
    assert not rig.desk.renewal_runs.fence_holds(foreseen)
    people.add("one more", ResidencyClass.RESIDENT, TODAY, StatusWord.REVOKED)
    foreseen = await rig.desk.renewal_runs.look(_nothing)
    with pytest.raises(FenceHolds):
        await rig.desk.renewal_runs.write(foreseen.month, _nothing)
    done = await rig.desk.renewal_runs.write(foreseen.month, _nothing, fence_percent=25)
    assert (done.renewed, done.reasons) == (40, {NotRenewed.REVOKED: 11})


async def test_a_rehearsal_decides_the_same_and_writes_nothing(rig: Rig) -> None:
    """Every word that a platform can say, a class that is excluded, and a lapsed card."""
    people = town(
        rig,
        {
            **{
                word.value: (ResidencyClass.RESIDENT, TODAY, word)
                for word in StatusWord
                if word is not StatusWord.UNREACHABLE
            },
            "works here": (ResidencyClass.WORKER, TODAY, StatusWord.GOOD),
            "lapsed": (ResidencyClass.RESIDENT, TODAY - timedelta(days=1), StatusWord.GOOD),
        },
    )
    before = _everything(rig)
    rehearsed = await rig.desk.renewal_runs.rehearse(_nothing)
    assert _everything(rig) == before
    assert rehearsed == await rig.desk.renewal_runs.look(_nothing)
    assert people.expiries() == people.expiries_before


async def test_a_link_that_ended_between_the_phases_counts(rig: Rig) -> None:
    """So does a class that was corrected at the counter: each is decided on what stands now."""
    people = town(
        rig,
        {
            "unlinked": (ResidencyClass.RESIDENT, TODAY, StatusWord.GOOD),
            "works here now": (ResidencyClass.RESIDENT, TODAY, StatusWord.GOOD),
            "lives here now": (ResidencyClass.WORKER, TODAY, StatusWord.GOOD),
        },
    )
    foreseen = await rig.desk.renewal_runs.look(_nothing)
    assert foreseen.renewed == 2
    people.unlink("unlinked")
    rig.change("UPDATE patron SET residency = 'worker' WHERE name = 'works here now'")
    rig.change("UPDATE patron SET residency = 'resident' WHERE name = 'lives here now'")
    done = await rig.desk.renewal_runs.write(foreseen.month, _nothing)
    assert done.reasons == {
        NotRenewed.NOT_LINKED: 1,
        NotRenewed.NEEDS_PROOF: 1,
        NotRenewed.STALE: 1,
    }
    assert people.expiries() == people.expiries_before
    assert (await _run(rig)).renewed == 1, "who was not asked about is asked by the next run"


async def test_who_links_a_card_later_in_the_month_is_taken_along(rig: Rig) -> None:
    """By the next run of that month."""
    people = town(rig, {"first": (ResidencyClass.RESIDENT, TODAY, StatusWord.GOOD)})
    await _run(rig)
    people.add("second", ResidencyClass.RESIDENT, TODAY, StatusWord.GOOD)
    assert (await _run(rig)).renewed == 2


async def test_answers_that_have_grown_old_are_asked_for_again(rig: Rig) -> None:
    """A run that was broken off before it wrote, and taken up two days later."""
    people = town(rig, {"good": (ResidencyClass.RESIDENT, TODAY, StatusWord.GOOD)})
    foreseen = await rig.desk.renewal_runs.look(_nothing)
    people.say("good", StatusWord.REVOKED)
    rig.clock.instant += timedelta(days=2)
    stale = await rig.desk.renewal_runs.write(foreseen.month, _nothing)
    assert stale.reasons == {NotRenewed.STALE: 1}
    assert (await _run(rig)).reasons == {NotRenewed.LAPSED: 1}
    assert people.expiries() == people.expiries_before


async def test_a_run_that_looked_days_ago_looks_again_before_it_writes(rig: Rig) -> None:
    """One run is enough: it does not write "too old" first and ask only the next time."""
    people = town(rig, {"good": (ResidencyClass.RESIDENT, NEXT_YEAR, StatusWord.GOOD)})
    await rig.desk.renewal_runs.look(_nothing)
    people.say("good", StatusWord.REVOKED)
    rig.clock.instant += timedelta(days=2)
    assert (await _run(rig)).reasons == {NotRenewed.REVOKED: 1}


async def test_writing_without_having_looked_is_refused(rig: Rig) -> None:
    """Nothing is known then."""
    with pytest.raises(NoRenewalRun):
        await rig.desk.renewal_runs.write("2026-11", _nothing)
    with pytest.raises(NoRenewalRun):
        await rig.desk.renewal_runs.follow_ups("2026-11")


async def test_a_patron_is_told_what_the_newest_run_has_said(rig: Rig) -> None:
    """That it was renewed, or why not; before any run, nothing."""
    people = town(
        rig,
        {
            "good": (ResidencyClass.RESIDENT, TODAY, StatusWord.GOOD),
            "revoked": (ResidencyClass.RESIDENT, TODAY, StatusWord.REVOKED),
        },
    )
    renewal = rig.desk.counter_renewal
    assert (await renewal.open(people.ids["good"])).automatic is None
    await _run(rig)
    good = (await renewal.open(people.ids["good"])).automatic
    revoked = (await renewal.open(people.ids["revoked"])).automatic
    assert good is not None
    assert revoked is not None
    assert (good.month, good.checked_on, good.reason) == ("2026-11", TODAY, None)
    assert revoked.reason is NotRenewed.REVOKED


def _everything(rig: Rig) -> list[object]:
    tables = [
        str(name) for (name,) in rig.rows("SELECT name FROM sqlite_schema WHERE type='table'")
    ]
    return [rig.rows(f"SELECT * FROM {table}") for table in sorted(tables)]  # noqa: S608  from the store


async def test_a_stopped_look_goes_on_where_it_stopped(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part that was looked at counts; what is foreseen of it is told from the beginning."""
    monkeypatch.setattr("counter_tui.desk.renewal_run._LOOKED_AT", 2)
    people = {
        "a": (ResidencyClass.RESIDENT, TODAY, StatusWord.GOOD),
        "b": (ResidencyClass.RESIDENT, TODAY, StatusWord.REVOKED),
        "c": (ResidencyClass.WORKER, TODAY, StatusWord.GOOD),
        "d": (ResidencyClass.RESIDENT, TODAY, StatusWord.GOOD),
        "e": (ResidencyClass.RESIDENT, TODAY, StatusWord.GOOD),
    }
    made = town(rig, people)
    runs = rig.desk.renewal_runs
    assert await runs.standing("2026-11") is None

    def stop(made: Progress) -> None:
        if made.phase is Phase.LOOKING:
            raise RunStopped

    with pytest.raises(RunStopped):
        await runs.look(stop)
    standing = await runs.standing("2026-11")
    assert standing is not None
    assert (standing.prospect.patrons, standing.to_look_at, standing.unsettled) == (2, 3, 5)
    told: list[Progress] = []
    await runs.look(told.append)
    looking = [each for each in told if each.phase is Phase.LOOKING]
    assert [each.done for each in looking] == [4, 5]
    foreseen = [each.foreseen.renewed for each in looking if each.foreseen is not None]
    assert foreseen == [2, 3]
    assert made.expiries() == made.expiries_before
    await runs.write("2026-11", _nothing)
    standing = await runs.standing("2026-11")
    assert standing is not None
    assert (standing.prospect.renewed, standing.to_look_at, standing.unsettled) == (3, 0, 0)


async def test_the_fence_needs_ten(rig: Rig) -> None:
    """Few refusals stop nobody, whatever their share; ten do."""
    runs = rig.desk.renewal_runs
    nine, ten = (
        Prospect(
            "2026-11",
            1,
            {NotRenewed.REVOKED: refused},
            Tally(
                {Counted(None, False, None): 1, Counted(NotRenewed.REVOKED, False, None): refused}
            ),
        )
        for refused in (9, 10)
    )
    assert not runs.fence_holds(nine)
    assert runs.fence_holds(ten)
    assert not runs.fence_holds(ten, 95)


async def test_what_was_renewed_at_a_counter_since_is_told_no_more(rig: Rig) -> None:
    """The run's reason does not stand any more; when that is taken back, it does again."""
    people = town(rig, {"a": (ResidencyClass.RESIDENT, TODAY, StatusWord.REVOKED)})
    await _run(rig)
    patron_id = people.ids["a"]
    renewal = rig.desk.counter_renewal
    automatic = (await renewal.open(patron_id)).automatic
    assert automatic is not None
    assert automatic.reason is NotRenewed.REVOKED
    await renewal.renew(patron_id, Proof.ADDRESS, NEXT_YEAR)
    assert (await renewal.open(patron_id)).automatic is None
    await renewal.undo(patron_id, UndoReason.MISTAKE)
    assert (await renewal.open(patron_id)).automatic == automatic
