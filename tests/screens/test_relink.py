"""A card that takes another's place, from the library card to the last Enter."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter_tui import language
from counter_tui.desk.enrollment import Step
from counter_tui.errors import UnlinkReason
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.loss_lines import reason_choice
from counter_tui.screens.loss_steps import REASONS as LOSS_REASONS
from counter_tui.screens.registration import RegistrationJob
from counter_tui.text import cells
from tests.support.counter import AtCounter, at_counter
from tests.support.rig import Rig

OLD, NEW = "adult", "two-pins"
NUMBER = "2100000001"
"""The first number that is given out."""
OTHER = "00000009"
QUESTION = "新しいカードに替えますか"


async def _with_old_card(rig: Rig) -> None:
    """One patron with a linked card; the persona of the new one stands for the same person."""
    patron = await rig.enroll(OLD)
    assert patron.library_card_number == NUMBER
    born = PERSONAS[NEW].holder.birth_date.isoformat()
    rig.change("UPDATE patron SET birth_date = ?", born)


async def _link(at: AtCounter, persona: str) -> None:
    """From the question to the end."""
    await at.press("enter")
    assert at.job(EnrollmentJob).step is Step.CONSENT
    await at.press("enter")
    await at.lay(persona)
    secrets = PERSONAS[persona].secrets
    await at.press(*secrets.auth_pin, "enter")
    await at.press(*secrets.surface_info_pin, "enter")
    await at.press("enter")


async def test_a_reissued_card_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    """The question, then the enrolment: the old link has its reason, the new card lends."""
    async with at_counter(tmp_path, _with_old_card) as at:
        await at.press("f5")
        await at.scan(NUMBER)
        assert QUESTION in at.text()
        assert "2026年11月24日" in at.said()
        assert at.job(EnrollmentJob).step is Step.LIBRARY_CARD
        await _link(at, NEW)
        assert at.job(EnrollmentJob).step is Step.DONE
        assert "前の連携は解除しました 理由 再発行した" in at.text()
        assert at.devices.rows_of("SELECT unlink_reason FROM card_link ORDER BY id") == [
            ("reissued",),
            (None,),
        ]
        await at.take_off()
        await at.press("f2")
        await at.press("enter")
        await at.lay(NEW)
        assert at.job(LendingJob).patron.library_card_number == NUMBER


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        (("space",), "error"),
        (("space", "space"), "lost"),
        (("1", "enter"), "lost"),
        (("2", "enter"), "stolen"),
        (("5", "enter"), "error"),
    ],
)
async def test_staff_choose_why_the_old_link_ends(
    tmp_path: Path, how: tuple[str, ...], reason: str
) -> None:
    """Space goes on to the next reason, a number names one; it is kept with the old link."""
    async with at_counter(tmp_path, _with_old_card) as at:
        await at.press("f5")
        await at.scan(NUMBER)
        await at.press(*how)
        assert at.job(EnrollmentJob).step is Step.LIBRARY_CARD
        await _link(at, NEW)
        assert at.devices.rows_of(
            "SELECT unlink_reason FROM card_link WHERE unlinked_at IS NOT NULL"
        ) == [(reason,)]


@pytest.mark.parametrize("spoken", ["ja", "en"])
async def test_the_reasons_are_those_of_the_loss_desk(
    tmp_path: Path, spoken: language.Language
) -> None:
    """The same key beside the same word, in the same order; the person's wish is no reason here."""
    async with at_counter(tmp_path, _with_old_card, language=spoken) as at:
        language.speak(spoken)
        await at.press("f5")
        await at.scan(NUMBER)
        rows = [row.strip() for row in at.counter.work_zone.text().splitlines()]
        offered = [row for row in rows if row[:1].isdigit() and row[1:2] == " "]
        assert offered == [
            f"{key}  {reason_choice(reason)}"
            for key, reason in LOSS_REASONS.items()
            if reason is not UnlinkReason.WISH
        ]


@pytest.mark.parametrize("typed", ["4", "0", "９", "12"])
async def test_a_number_that_is_no_reason_changes_nothing(tmp_path: Path, typed: str) -> None:
    """Four reasons stand there: the question stays with its patron and says what counts."""
    async with at_counter(tmp_path, _with_old_card) as at:
        await at.press("f5")
        await at.scan(NUMBER)
        await at.scan(typed)
        assert not at.counter.is_locked
        assert QUESTION in at.text()
        assert "1235を押してEnter" in at.said()


async def test_esc_in_the_question_leaves_the_old_link(tmp_path: Path) -> None:
    """Nothing was written; the old card opens its patron."""
    async with at_counter(tmp_path, _with_old_card) as at:
        await at.press("f5")
        await at.scan(NUMBER)
        await at.press("escape")
        at.job(HomeJob)
        await at.lay(OLD)
        assert at.job(LendingJob).patron.library_card_number == NUMBER


@pytest.mark.parametrize("leaves_at", [Step.CONSENT, Step.CARD, Step.PINS, Step.COMPARISON])
async def test_a_relink_that_is_left_ends_nothing(tmp_path: Path, leaves_at: Step) -> None:
    """Esc at any step: one live link, the old one."""
    async with at_counter(tmp_path, _with_old_card) as at:
        await at.press("f5")
        await at.scan(NUMBER)
        await at.press("enter")
        if leaves_at is not Step.CONSENT:
            await at.press("enter")
        if leaves_at in (Step.PINS, Step.COMPARISON):
            await at.lay(NEW)
        if leaves_at is Step.COMPARISON:
            await at.press(*"1234", "enter", *"5678", "enter")
        assert at.job(EnrollmentJob).step is leaves_at
        await at.press("escape")
        at.job(HomeJob)
        assert at.devices.rows_of("SELECT unlink_reason FROM card_link") == [(None,)]


async def test_another_library_card_in_the_question_is_another_patron(tmp_path: Path) -> None:
    """Whoever scanned the wrong one just scans the right one; the reason asked for is gone."""

    async def prepare(rig: Rig) -> None:
        await _with_old_card(rig)
        await rig.register(NEW, library_card_number=OTHER)

    async with at_counter(tmp_path, prepare) as at:
        await at.press("f5")
        await at.scan(NUMBER)
        assert QUESTION in at.text()
        await at.scan(OTHER)
        assert at.job(EnrollmentJob).step is Step.CONSENT
        await at.press("enter")
        await at.lay(NEW)
        await at.press(*"1234", "enter", *"5678", "enter")
        await at.press("enter")
        assert at.devices.rows_of("SELECT unlink_reason FROM card_link ORDER BY id") == [
            (None,),
            (None,),
        ]


async def test_a_linked_patron_who_is_open_is_offered_the_relink(tmp_path: Path) -> None:
    """F5 asks; F5 once more asks for another library card, and then registers."""
    async with at_counter(tmp_path, _with_old_card) as at:
        await at.scan(NUMBER)
        at.job(LendingJob)
        await at.press("f5")
        assert QUESTION in at.text()
        await at.press("f5")
        assert QUESTION not in at.text()
        assert at.job(EnrollmentJob).patron_id is None
        await at.press("f5")
        at.job(RegistrationJob)


async def test_a_relink_with_its_reason_goes_straight_to_the_consent(tmp_path: Path) -> None:
    """As from a patron's screen, where the reason was given already."""
    async with at_counter(tmp_path, _with_old_card) as at:
        await at.counter.opening.open_enrollment(NUMBER, UnlinkReason.LOST)
        await at.settle()
        assert at.job(EnrollmentJob).step is Step.CONSENT
        assert "連　携　し　直　し" in at.text()


async def test_the_same_card_with_a_renewed_certificate_is_linked_anew(tmp_path: Path) -> None:
    """The patron's own card is no card of somebody else."""
    async with at_counter(tmp_path, _with_old_card_of_its_own) as at:
        await at.press("f5")
        await at.scan(NUMBER)
        await _link(at, OLD)
        assert at.job(EnrollmentJob).step is Step.DONE
        assert at.devices.rows_of("SELECT count(*) FROM card_link WHERE unlinked_at IS NULL") == [
            (1,)
        ]


async def _with_old_card_of_its_own(rig: Rig) -> None:
    await rig.enroll(OLD)


async def test_a_card_of_somebody_else_is_refused_with_the_way_on(tmp_path: Path) -> None:
    """At a relink as at a first enrolment: said plainly, and how a mistake is mended."""

    async def prepare(rig: Rig) -> None:
        await _with_old_card(rig)
        await rig.register(OLD, library_card_number=OTHER)

    async with at_counter(tmp_path, prepare) as at:
        await at.press("f5")
        await at.scan(OTHER)
        await at.press("enter")
        await at.lay(OLD)
        said = at.said()
        assert "このカードは、ほかの人に連携しています" in said
        assert "F6で解除します" in said
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.CARD
        assert at.devices.rows_of("SELECT count(*) FROM card_link") == [(1,)]


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
@pytest.mark.parametrize("spoken", ["ja", "en"])
async def test_the_question_fits(
    tmp_path: Path, size: tuple[int, int], spoken: language.Language
) -> None:
    """Question, reasons and what stands meanwhile, whole, in both languages and sizes."""
    async with at_counter(tmp_path, _with_old_card, size=size, language=spoken) as at:
        language.speak(spoken)
        await at.press("f5")
        await at.scan(NUMBER)
        assert {cells(row) for row in at.rows()} == {size[0]}
        work = at.counter.work_zone.text()
        assert ".." not in work
        expected = (
            "貸出と貸出券は、そのままです。"
            if spoken == "ja"
            else "Loans and library card stay as they are."
        )
        assert expected in work
