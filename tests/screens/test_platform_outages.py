"""The line to the platform breaks while a card is linked: the counter says what stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter_tui.clock import Clock
from counter_tui.desk.enrollment import Step
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.settings import Settings
from tests.support.counter import at_counter
from tests.support.failing_platform import FailingPlatform, Outage
from tests.support.pin_days import NUMBERS, begin_day

QUESTIONS = ("certificate_status", "link", "confirm", "resolve")
NOT_LINKED = "カードは連携していません"
NOT_YET = "しばらくは、貸出券で貸してください"


@pytest.mark.parametrize(
    ("question", "outage"),
    [
        *((question, Outage.ANSWER_LOST) for question in QUESTIONS),
        ("link", Outage.FROM_NOW_ON),
        ("confirm", Outage.FROM_NOW_ON),
        ("confirm", Outage.FORGETS),
    ],
)
async def test_what_stands_is_said(tmp_path: Path, question: str, outage: Outage) -> None:
    """Linked, with a mark that only the library card works yet; or a banner: no card was linked."""
    made: list[FailingPlatform] = []

    def ask(settings: Settings, clock: Clock) -> FailingPlatform:
        made.append(FailingPlatform(settings, clock))
        return made[0]

    await begin_day(tmp_path, linked=False)
    async with at_counter(tmp_path, ask=ask) as at:
        await at.press("f5")
        await at.scan(NUMBERS["two-pins"])
        await at.press("enter")
        await at.lay("two-pins")
        await at.press(*"1234", "enter", *"5678", "enter")
        assert at.job(EnrollmentJob).step is Step.COMPARISON
        made[0].break_at(QUESTIONS.index(question), outage)
        await at.press("enter")
        links = at.devices.rows_of("SELECT count(*) FROM card_link WHERE unlinked_at IS NULL")
        if at.job(EnrollmentJob).step is Step.DONE:
            assert links == [(1,)]
            assert NOT_YET in at.said()
        else:
            assert links == [(0,)]
            assert at.counter.is_locked
            assert NOT_LINKED in at.said()
        is_after_the_commit = question in ("confirm", "resolve") and outage is not Outage.FORGETS
        assert (links == [(1,)]) is is_after_the_commit
