"""The line to the platform breaks at each question of a linking: store and platform agree in the
end, and what the person is told is what stands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from counter_tui.clock import Clock
from counter_tui.desk.reconciliation import GRACE
from counter_tui.errors import (
    CardNotLinked,
    CardUnlinked,
    IdentityError,
    PatronAlreadyLinked,
    UnlinkReason,
)
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.settings import Settings
from tests.support.failing_platform import FailingPlatform, Outage
from tests.support.pin_days import NUMBERS, begin_day
from tests.support.rig import Rig, pin, rigged

PERSONA = "two-pins"
FORMER = "adult"
"""Whose card the patron had before, in the tests of a relink."""


@asynccontextmanager
async def _failing_rig(folder: Path) -> AsyncIterator[tuple[Rig, FailingPlatform]]:
    made: list[FailingPlatform] = []

    def ask(settings: Settings, clock: Clock) -> FailingPlatform:
        made.append(FailingPlatform(settings, clock))
        return made[0]

    await begin_day(folder, linked=False)  # much quicker than a new store each time
    async with rigged(folder, ask=ask) as rig:
        yield rig, made[0]


async def _to_the_comparison(rig: Rig, number: str, persona: str, *, relink: bool) -> None:
    rig.lay(persona)
    secrets = PERSONAS[persona].secrets
    enrollment = rig.desk.enrollment
    await enrollment.begin(number, relink=relink, reason=UnlinkReason.REISSUED)
    enrollment.consent()
    await enrollment.inspect_card()
    await enrollment.verify(
        pin(secrets.auth_pin), pin(secrets.surface_info_pin), last_try_agreed=()
    )


async def _opens(rig: Rig, persona: str) -> int | None:
    """Whom a touch opens."""
    rig.lay(persona)
    try:
        return (await rig.desk.identification.touch()).patron.id
    except (CardNotLinked, CardUnlinked):
        return None


async def _patron(rig: Rig, *, relink: bool) -> tuple[str, int]:
    """Library card and number of a patron; for a relink, one whose former card is linked."""
    number = NUMBERS[FORMER if relink else PERSONA]
    if relink:
        await _to_the_comparison(rig, number, FORMER, relink=False)
        await rig.desk.enrollment.confirm(())
        # The same person, with another card.
        birth_date = PERSONAS[PERSONA].holder.birth_date.isoformat()
        rig.change("UPDATE patron SET birth_date = ?", birth_date)
    [(patron_id,)] = rig.rows("SELECT id FROM patron WHERE library_card_number = ?", number)
    assert isinstance(patron_id, int)
    return number, patron_id


def _live(rig: Rig) -> list[tuple[object, ...]]:
    """Patrons that have a live link in the store."""
    return rig.rows("SELECT patron_id FROM card_link WHERE unlinked_at IS NULL")


async def _reconciled(rig: Rig, platform: FailingPlatform) -> None:
    platform.heal()
    rig.clock.instant += GRACE + timedelta(minutes=1)
    await rig.desk.reconciliation.reconcile()
    assert platform.pending_links() == []
    assert rig.rows("SELECT count(*) FROM card_link WHERE unlink_owed_since IS NOT NULL") == [(0,)]


async def _questions(folder: Path, *, relink: bool) -> list[str]:
    """What the platform is asked when all goes well."""
    async with _failing_rig(folder) as (rig, platform):
        number, _patron_id = await _patron(rig, relink=relink)
        await _to_the_comparison(rig, number, PERSONA, relink=relink)
        platform.heal()
        await rig.desk.enrollment.confirm(())
        return list(platform.asked)


@pytest.mark.parametrize("outage", Outage)
async def test_an_outage_at_each_question_of_a_linking(tmp_path: Path, outage: Outage) -> None:
    """Told as linked: it is, and after reconciliation the card opens its patron. Told as an error:
    nothing is linked, anywhere, and the same enrolment succeeds afterwards."""
    questions = await _questions(tmp_path / "well", relink=False)
    assert questions == ["certificate_status", "link", "confirm", "resolve"]
    told: list[str] = []
    for index, question in enumerate(questions):
        where = f"{outage.name} at {question}"
        async with _failing_rig(tmp_path / str(index)) as (rig, platform):
            number, patron_id = await _patron(rig, relink=False)
            await _to_the_comparison(rig, number, PERSONA, relink=False)
            platform.break_at(index, outage)
            try:
                enrolled = await rig.desk.enrollment.confirm(())
            except IdentityError as error:
                told.append(type(error).__name__)
                assert _live(rig) == [], where
                await _reconciled(rig, platform)
                assert await _opens(rig, PERSONA) is None, where
                await _to_the_comparison(rig, number, PERSONA, relink=False)
                assert (await rig.desk.enrollment.confirm(())).usable_now, where
            else:
                told.append("usable" if enrolled.usable_now else "not yet")
                assert _live(rig) == [(patron_id,)], where
                if enrolled.usable_now:
                    assert await _opens(rig, PERSONA) == patron_id, where
                await _reconciled(rig, platform)
                assert _live(rig) == [(patron_id,)], where
                with pytest.raises(PatronAlreadyLinked):
                    await rig.desk.enrollment.begin(number)
            assert await _opens(rig, PERSONA) == patron_id, where
    unreachable = "PlatformUnreachable"
    assert (
        told
        == {
            Outage.QUESTION_LOST: [unreachable, unreachable, "not yet", "not yet"],
            Outage.ANSWER_LOST: [unreachable, unreachable, "not yet", "not yet"],
            Outage.FROM_NOW_ON: [unreachable, unreachable, "not yet", "not yet"],
            Outage.FORGETS: ["usable", "usable", "StatusUnknown", "usable"],
        }[outage]
    )


@pytest.mark.parametrize("outage", Outage)
async def test_an_outage_at_each_question_of_a_relinking(tmp_path: Path, outage: Outage) -> None:
    """One of the two cards opens the patron in the end, the one that the store says; never both,
    and never none."""
    questions = await _questions(tmp_path / "well", relink=True)
    assert questions == ["certificate_status", "link", "confirm", "resolve", "unlink"]
    for index, question in enumerate(questions):
        where = f"{outage.name} at {question}"
        async with _failing_rig(tmp_path / str(index)) as (rig, platform):
            number, patron_id = await _patron(rig, relink=True)
            await _to_the_comparison(rig, number, PERSONA, relink=True)
            platform.break_at(index, outage)
            try:
                await rig.desk.enrollment.confirm(())
            except IdentityError:
                stands = FORMER
            else:
                stands = PERSONA
            assert _live(rig) == [(patron_id,)], where
            await _reconciled(rig, platform)
            assert _live(rig) == [(patron_id,)], where
            for persona in (FORMER, PERSONA):
                opened = await _opens(rig, persona)
                assert opened == (patron_id if persona == stands else None), f"{where}: {persona}"
