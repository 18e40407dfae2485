"""The monthly run over a whole city on a real verifier, checked against an independent count."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from counter_tui import wiring
from counter_tui.clock import FixedClock, today
from counter_tui.desk.renewal_run import Progress, Prospect
from counter_tui.settings import Settings
from tests.support.city import (
    Citizen,
    a_year_on,
    assert_written_once,
    citizens,
    enter_in_books,
    expected,
    now_in_utc,
    outcomes,
    settings_of,
    settle_in,
)
from tests.support.openssl_ca import SIGN_SUBJECT, OpensslCa, Responder, responding
from tests.support.rival import Job, Rival, rival

NOW = now_in_utc()
CLOCK = FixedClock(NOW)
TODAY = today(CLOCK)

CITY = 60_000
TOWN = 400

KILLS = [
    pytest.param(5, id="few"),
    pytest.param(50, id="many", marks=pytest.mark.soak),
]


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> OpensslCa:
    """That signs the signature certificates; tests write its books anew."""
    return OpensslCa(tmp_path_factory.mktemp("ca") / "ca", SIGN_SUBJECT)


@pytest.fixture(scope="module")
def first() -> Iterator[Rival]:
    """A process for the runs of one machine."""
    with rival() as made:
        yield made


@pytest.fixture(scope="module")
def second() -> Iterator[Rival]:
    """A process for the runs of another one."""
    with rival() as made:
        yield made


def settled(folder: Path, ca: OpensslCa, people: list[Citizen]) -> tuple[Settings, Path]:
    """Settings of a city that stands in all the books, and its list."""
    folder.mkdir(parents=True, exist_ok=True)
    enter_in_books(ca, people, NOW)
    crl = folder / "list.crl"
    crl.write_bytes(ca.crl(age=timedelta(minutes=5)))
    settings = settings_of(folder, crl_sources=(str(crl),), trust_anchors=(ca.certificate_file,))
    settle_in(settings, ca, people, NOW)
    return settings, crl


async def carry_out(settings: Settings) -> Prospect:
    """Both phases."""
    runs, close = wiring.renewal_runs_alone(settings, CLOCK)

    def watch(_: Progress) -> None:
        """Nobody does."""

    try:
        foreseen = await runs.look(watch)
        return await runs.write(foreseen.month, watch)
    finally:
        await close()


async def test_a_city_of_sixty_thousand(tmp_path: Path, ca: OpensslCa) -> None:
    """Every outcome and every date is what books and list say; each was written once."""
    people = citizens(CITY, TODAY)
    settings, crl = settled(tmp_path, ca, people)
    done = await carry_out(settings)
    found, wanted = outcomes(settings), list(expected(people, crl, TODAY))
    assert found == wanted
    assert done.patrons == CITY
    counted = Counter(outcome for _, outcome, _ in wanted)
    assert done.renewed == counted["renewed"] > CITY // 2
    assert len(counted) == 9, "every reason but those of a line that is away"
    assert {reason.value: count for reason, count in done.reasons.items()} == {
        outcome: count for outcome, count in counted.items() if outcome != "renewed"
    }
    assert_written_once(settings, done.renewed)


async def test_the_same_over_a_responder(tmp_path: Path, ca: OpensslCa) -> None:
    """A sample: each question is answered by openssl itself."""
    people = citizens(48, TODAY, seed=7)
    _, crl = settled(tmp_path, ca, people)
    with responding(Responder([ca])) as responder:
        online = settings_of(tmp_path, ocsp_url=responder.url, trust_anchors=(ca.certificate_file,))
        await carry_out(online)
        asked = len(responder.seen)
    wanted = list(expected(people, crl, TODAY))
    assert outcomes(online) == wanted
    assert {"renewed", "revoked"} <= {outcome for _, outcome, _ in wanted}
    assert 20 < asked <= len(people), "each was asked once, and nobody without need"


@pytest.mark.parametrize(
    ("day", "next_year"),
    [
        ("2028-02-29", "2029-02-28"),
        ("2028-02-28", "2029-02-28"),
        ("2027-02-28", "2028-02-28"),
        ("2028-03-01", "2029-03-01"),
        ("2027-12-31", "2028-12-31"),
    ],
)
def test_the_independent_count_knows_every_day(day: str, next_year: str) -> None:
    """These tests run on the machine's day, which may be 29 February."""
    assert a_year_on(date.fromisoformat(day)) == date.fromisoformat(next_year)


@pytest.mark.parametrize("kills", KILLS)
async def test_a_run_that_is_killed_and_taken_up_again_ends_the_same(
    tmp_path: Path, ca: OpensslCa, first: Rival, kills: int
) -> None:
    """SIGKILL at random calls of functions, again and again, until one run comes to its end."""
    people = citizens(TOWN, TODAY, seed=3)
    settings, crl = settled(tmp_path / "undisturbed", ca, people)
    whole = renewal(settings, crl)
    first.begin(whole)
    told = first.outcome()
    assert told is not None
    wanted = list(expected(people, crl, TODAY))
    assert outcomes(settings) == wanted

    settings, crl = settled(tmp_path / "killed", ca, people)
    chance = random.Random(11)
    killed = 0
    while killed < kills:
        first.begin(renewal(settings, crl, killed_at=chance.randint(1, told["calls"])))
        if first.outcome() is not None:
            # It came to its end: begin with a new town.
            assert outcomes(settings) == wanted
            settings, crl = settled(tmp_path / f"killed {killed}", ca, people)
            continue
        killed += 1
    first.begin(renewal(settings, crl))
    assert first.outcome() is not None
    assert outcomes(settings) == wanted
    assert_written_once(settings, sum(outcome == "renewed" for _, outcome, _ in wanted))


async def test_two_machines_at_once_end_the_same(
    tmp_path: Path, ca: OpensslCa, first: Rival, second: Rival
) -> None:
    """Neither does anything twice, whoever comes first to each patron."""
    people = citizens(2 * TOWN, TODAY, seed=5)
    settings, crl = settled(tmp_path, ca, people)
    for machine in (first, second):
        machine.begin(renewal(settings, crl, waits=True))
    for machine in (first, second):
        machine.go()
    told = [machine.outcome() for machine in (first, second)]
    assert [one and one["outcome"] for one in told] == ["done", "done"]
    wanted = list(expected(people, crl, TODAY))
    assert outcomes(settings) == wanted
    assert_written_once(settings, sum(outcome == "renewed" for _, outcome, _ in wanted))


def renewal(
    settings: Settings, crl: Path, *, killed_at: int | None = None, waits: bool = False
) -> Job:
    """A run on another machine."""
    [anchor] = settings.trust_anchors
    return Job(
        str(settings.state_folder),
        "renew",
        "",
        crl=str(crl),
        anchor=str(anchor),
        now=NOW.isoformat(),
        killed_at=killed_at,
        waits=waits,
    )
