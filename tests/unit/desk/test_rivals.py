"""Two terminals at one card, and terminals that are killed: one link at most, nothing by half."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from counter_tui.desk.audit import verify
from counter_tui.errors import CardNotLinked, CardUnlinked
from counter_tui.hardware.simulated.issuing import auth_serial
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.identity.platform import IdentityPlatform, StatusWord
from counter_tui.identity.site_key import SiteKeyFile
from tests.support.openssl_ca import ca_of_simulated_cards
from tests.support.rig import NOON, Rig, rigged
from tests.support.rival import Job, Rival, rival

ADULT = auth_serial(PERSONAS["adult"].number)

ROUNDS = [
    pytest.param(10, id="few"),
    pytest.param(200, id="many", marks=pytest.mark.soak),
]


@pytest.fixture(scope="module")
def first() -> Iterator[Rival]:
    """A process for the jobs of one terminal."""
    with rival() as made:
        yield made


@pytest.fixture(scope="module")
def second() -> Iterator[Rival]:
    """A process for the jobs of another one."""
    with rival() as made:
        yield made


@pytest.fixture
def crl(tmp_path: Path) -> str:
    """A list of the simulated cards' CA on which nothing stands, valid now."""
    ca = ca_of_simulated_cards(tmp_path / "ca")
    ca.enter(ADULT)
    file = tmp_path / "auth.crl"
    file.write_bytes(ca.crl())
    return str(file)


async def race(job: Job, first: Rival, second: Rival, *, one_patron: bool) -> None:
    """Let two terminals enrol the same card at the same moment; look at what is left."""
    folder, now = Path(job.folder), datetime.fromisoformat(job.now)
    async with rigged(folder, now) as rig:
        patrons = [await rig.register("adult") for _ in range(2)]
    numbers = [patron.library_card_number for patron in patrons]
    if one_patron:
        numbers[1] = numbers[0]
    for terminal, number in zip((first, second), numbers, strict=True):
        terminal.begin(Job(job.folder, "enrol", number, waits=True, crl=job.crl, now=job.now))
    first.go()
    second.go()
    told = [terminal.outcome() for terminal in (first, second)]
    outcomes = sorted(one["outcome"] if one else "killed" for one in told)
    assert outcomes in (
        ["CardLinkedToAnother", "done"],
        ["PatronAlreadyLinked", "done"],
    ), outcomes
    await agree(job)
    async with rigged(folder, now, ask=job.platform) as rig:
        assert rig.rows("SELECT count(*) FROM card_link") == [(1,)]
        rig.lay("adult")
        await rig.desk.identification.touch()


async def agree(job: Job) -> str:
    """Reconcile when the time for it has come, and see that store and platform say the same.

    Returns:
        "linked", "unlinked" or "never", as a touch finds it.
    """
    later = datetime.fromisoformat(job.now) + timedelta(minutes=11)
    made: list[IdentityPlatform] = []

    def ask(*of: object) -> IdentityPlatform:
        made.append(job.platform(*of))  # type: ignore[arg-type]  # passed on
        return made[0]

    async with rigged(Path(job.folder), later, ask=ask) as rig:
        await rig.desk.reconciliation.reconcile()
        [platform] = made
        assert platform.pending_links() == []
        live = 0
        for identifier, ended in rig.rows("SELECT user_identifier, unlinked_at FROM card_link"):
            absent = platform.auth_status(str(identifier)).word is StatusWord.ABSENT
            assert absent == (ended is not None)
            live += ended is None
        assert live <= 1
        assert rig.rows("SELECT count(*) FROM card_link WHERE unlink_owed_since NOT NULL") == [(0,)]
        assert_accounted_for(rig)
        rig.lay(job.persona)
        try:
            await rig.desk.identification.touch()
        except CardUnlinked:
            return "unlinked"
        except CardNotLinked:
            return "never"
        return "linked"


def assert_accounted_for(rig: Rig) -> None:
    """An event for each link and each end, in a whole chain."""
    assert verify(rig.desk.audit._store._store, []).fault is None
    ((made, ended),) = rig.rows("SELECT count(*), count(unlinked_at) FROM card_link")
    actions = [action for (action,) in rig.rows("SELECT action FROM audit_event")]
    relinks = actions.count("relink")
    assert (actions.count("link") + relinks, actions.count("unlink") + relinks) == (made, ended)


def make_site_key(folder: Path) -> None:
    """What a verifier needs, in a new folder."""
    folder.mkdir(mode=0o700)
    SiteKeyFile(folder / "site.key").make()


async def prepared(folder: Path, act: str, job: Job) -> str:
    """The library card of a patron for whom the act makes sense."""
    now = datetime.fromisoformat(job.now)
    async with rigged(folder, now, ask=job.platform) as rig:
        if act == "enrol":
            patron = await rig.register("adult")
        else:
            patron = await rig.enroll("adult")
        if act == "relink":
            # The other persona's card stands for the same person's new one.
            rig.change("UPDATE patron SET birth_date = ?", PERSONAS["two-pins"].holder.birth_date)
    return patron.library_card_number


async def kill(folder: Path, first: Rival, act: str, rounds: int, crl: str = "") -> None:
    """Kill a terminal at random calls of its last step; look at what is left each time."""
    chance = random.Random(act)
    now = datetime.now(UTC) if crl else NOON
    persona = "two-pins" if act == "relink" else "adult"
    calls, kills, found = 0, 0, set()
    for each in range(rounds + 1):
        # The first one is not killed: it counts.
        # Every other one late, where the store has committed and the platform waits to be told.
        killed_at = chance.randint(2 * calls // 3 if each % 2 else 1, calls) if each else None
        own = str(folder / str(each))
        job = Job(own, act, "", persona=persona, killed_at=killed_at, crl=crl, now=now.isoformat())
        if crl:
            make_site_key(Path(job.folder))
        number = await prepared(Path(job.folder), act, job)
        first.begin(Job(**{**job.__dict__, "number": number}))
        told = first.outcome()
        if not each:
            assert told is not None
            assert told["outcome"] == "done"
            calls = told["calls"]
            assert calls > 100
        kills += told is None
        state = await agree(job)
        assert state in EXPECTED[act], f"call {killed_at} of {calls}: {state}"
        found.add(state)
    # Threads do not count alike each time: the last calls are perhaps not reached.
    assert kills >= rounds // 2
    if rounds > MANY:
        assert found == EXPECTED[act], "killed both before and after the store's commit"


MANY = 100

EXPECTED = {
    "enrol": {"never", "linked"},
    "unlink": {"linked", "unlinked"},
    "relink": {"never", "linked"},
}


@pytest.mark.parametrize("rounds", ROUNDS)
async def test_two_terminals_enrol_one_card(
    tmp_path: Path, first: Rival, second: Rival, rounds: int
) -> None:
    """For two patrons and for one: one of them wins, the other is told, the card works."""
    for each in range(rounds):
        job = Job(str(tmp_path / str(each)), "enrol", "")
        await race(job, first, second, one_patron=each % 2 == 1)


async def test_two_terminals_enrol_one_card_on_a_verifier(
    tmp_path: Path, first: Rival, second: Rival, crl: str
) -> None:
    """The same on the real platform's store."""
    folder = tmp_path / "desk"
    make_site_key(folder)
    job = Job(str(folder), "enrol", "", crl=crl, now=datetime.now(UTC).isoformat())
    await race(job, first, second, one_patron=False)


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("act", ["enrol", "unlink", "relink"])
async def test_a_terminal_is_killed(tmp_path: Path, first: Rival, act: str, rounds: int) -> None:
    """At any call of the last step: afterwards store and platform agree, and all is as before or
    as it should become."""
    await kill(tmp_path, first, act, rounds)


async def test_a_terminal_is_killed_on_a_verifier(tmp_path: Path, first: Rival, crl: str) -> None:
    """The same on the real platform's store."""
    for act in ("enrol", "unlink"):
        (tmp_path / act).mkdir()
        await kill(tmp_path / act, first, act, 2, crl)
