"""Another terminal tidies up while one has a link in progress between platform and store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from counter_tui import wiring
from counter_tui.clock import Clock
from counter_tui.desk.reconciliation import GRACE
from counter_tui.errors import CardNotLinked, StatusUnknown, UndoReason, UnlinkReason
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.identity.platform import CertificateFacts
from counter_tui.identity.simulated_platform import SimulatedPlatform
from counter_tui.settings import Settings
from tests.support.rig import NOON, Rig, pin, rigged
from tests.support.rival import Job, Rival, rival

SECOND = timedelta(seconds=1)


class PausedPlatform(SimulatedPlatform):
    """The simulated platform; something happens just after it has made or given back a link."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """See `wiring.simulated_platform_of`."""
        path = settings.state_folder / wiring.PLATFORM_FILE
        super().__init__(path, clock, wiring._persona_states)
        self.meanwhile: Callable[[], None] = lambda: None

    def link(self, certificate: CertificateFacts, enrollment_id: str) -> str:
        """See `IdentityPlatform`."""
        given = super().link(certificate, enrollment_id)
        self.meanwhile()
        return given

    def restore(self, user_identifier: str) -> bool:
        """See `IdentityPlatform`."""
        given = super().restore(user_identifier)
        self.meanwhile()
        return given


@pytest.fixture(scope="module")
def terminal() -> Iterator[Rival]:
    """A process for the jobs of the other terminal."""
    with rival() as made:
        yield made


def _tidies_up(terminal: Rival, folder: Path, after: timedelta) -> Callable[[], None]:
    """The other terminal reconciles so much later."""

    def reconcile() -> None:
        terminal.begin(Job(str(folder), "reconcile", "", now=(NOON + after).isoformat()))
        told = terminal.outcome()
        assert told is not None
        assert told["outcome"] == "done"

    return reconcile


@asynccontextmanager
async def _pausing_rig(folder: Path) -> AsyncIterator[tuple[Rig, PausedPlatform]]:
    made: list[PausedPlatform] = []

    def ask(settings: Settings, clock: Clock) -> PausedPlatform:
        made.append(PausedPlatform(settings, clock))
        return made[0]

    async with rigged(folder, ask=ask) as rig:
        yield rig, made[0]


async def _to_the_comparison(rig: Rig, persona: str) -> None:
    patron = await rig.register(persona)
    rig.lay(persona)
    enrollment = rig.desk.enrollment
    await enrollment.begin(patron.library_card_number)
    enrollment.consent()
    await enrollment.inspect_card()
    secrets = PERSONAS[persona].secrets
    await enrollment.verify(
        pin(secrets.auth_pin), pin(secrets.surface_info_pin), last_try_agreed=()
    )


@pytest.mark.parametrize("after", [timedelta(0), GRACE - SECOND])
async def test_an_enrolment_in_progress_is_left_to_its_counter(
    tmp_path: Path, terminal: Rival, after: timedelta
) -> None:
    """The platform has the link, the store not yet: another counter does not remove it."""
    async with _pausing_rig(tmp_path) as (rig, platform):
        await _to_the_comparison(rig, "adult")
        platform.meanwhile = _tidies_up(terminal, tmp_path, after)
        assert (await rig.desk.enrollment.confirm(())).usable_now
        platform.meanwhile = lambda: None
        await rig.desk.identification.touch()


async def test_an_enrolment_that_hangs_for_longer_is_removed_and_not_told_as_done(
    tmp_path: Path, terminal: Rival
) -> None:
    """Whoever wakes up after ten minutes is told that nothing was linked, and nothing was."""
    async with _pausing_rig(tmp_path) as (rig, platform):
        await _to_the_comparison(rig, "adult")
        platform.meanwhile = _tidies_up(terminal, tmp_path, GRACE + SECOND)
        with pytest.raises(StatusUnknown):
            await rig.desk.enrollment.confirm(())
        assert rig.rows("SELECT count(*) FROM card_link WHERE unlinked_at IS NULL") == [(0,)]
        with pytest.raises(CardNotLinked):
            await rig.desk.identification.touch()


async def test_an_undo_in_progress_is_left_to_its_counter(tmp_path: Path, terminal: Rival) -> None:
    """The platform has given the link back, the store not yet: nobody else ends it again."""
    async with _pausing_rig(tmp_path) as (rig, platform):
        patron = await rig.enroll("adult")
        await rig.desk.unlinking.unlink(
            patron.id, UnlinkReason.LOST, card_suspended=True, typed_name=patron.name
        )
        platform.meanwhile = _tidies_up(terminal, tmp_path, GRACE - SECOND)
        await rig.desk.unlinking.undo(patron.id, UndoReason.FOUND)
        platform.meanwhile = lambda: None
        assert (await rig.desk.identification.touch()).patron.id == patron.id
