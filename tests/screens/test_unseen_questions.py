"""A question or a banner is answered by a key that was pressed when it stood there, not before."""

from __future__ import annotations

from pathlib import Path

from textual import events

from counter_tui.desk.enrollment import Step
from counter_tui.screens.enrolment import EnrollmentJob
from tests.screens.test_pin_secrecy import NUMBER, Watched, to_the_pins
from tests.support.counter import at_counter
from tests.support.faults import Fault
from tests.support.rig import Rig


async def test_an_enter_before_the_question_is_no_word_about_the_last_try(tmp_path: Path) -> None:
    """Staff press Enter although the card that was laid down is being looked at already."""

    async def patron(rig: Rig) -> None:
        await rig.register("one-try-left", library_card_number=NUMBER)

    around = Watched()
    async with at_counter(tmp_path, patron, around=around) as at:
        await at.press("f5")
        await at.scan(NUMBER)
        await at.press("enter")
        around.reader.break_at(3, Fault.SILENCE)
        at.devices.lay("one-try-left")
        await at.until(around.reader.silent.is_set)
        await at.pilot.press("enter", "enter")
        around.reader.let_speak()
        await at.settle()
        assert at.counter.is_locked, "the question stands"
        assert at.job(EnrollmentJob).step is Step.CARD
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.PINS


async def test_neither_enter_nor_esc_before_a_banner_confirms_it(tmp_path: Path) -> None:
    """A card that failed its proof must not pass unseen; the next key is the answer."""

    async def patron(rig: Rig) -> None:
        await rig.register("adult", library_card_number=NUMBER)

    around = Watched()
    async with at_counter(tmp_path, patron, around=around) as at:
        for key in ("enter", "escape"):
            around.reader.break_at(2, Fault.SILENCE)
            at.devices.lay("adult")
            await at.until(around.reader.silent.is_set)
            await at.pilot.press(key)
            around.reader.let_speak()
            await at.settle()
            seen = [at.counter.is_locked]
            await at.press("enter")
            assert [*seen, at.counter.is_locked] == [True, False], key
            await at.take_off()


async def test_the_second_enter_for_a_banner_is_none_for_what_comes_after_it(
    tmp_path: Path,
) -> None:
    """A key that bounced on a wrong PIN's banner is no word about the last try that is left."""

    async def patron(rig: Rig) -> None:
        await rig.register("two-pins", library_card_number=NUMBER)

    async with at_counter(tmp_path, patron) as at:
        await to_the_pins(at)
        await at.press(*"9999", "enter", "enter")
        await at.press("enter")
        await at.press(*"9999", "enter", "enter")
        for _ in range(2):
            at.app.post_message(events.Key("enter", "\r"))
        await at.settle()
        assert at.counter.is_locked, "the question stands"
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.PINS
