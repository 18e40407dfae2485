"""The terminal works on after any fault: a sentence, a way on, the next card, no restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter_tui.desk.enrollment import Step
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.touch_pin import TouchPinJob
from tests.support.counter import AtCounter, at_counter
from tests.support.faults import HARMLESS, Fault, FaultyReader
from tests.support.rig import Rig

NUMBER = "00000002"
HARMFUL = [fault for fault in Fault if fault not in HARMLESS]


async def _enrolled(rig: Rig) -> None:
    await rig.enroll("two-pins")


async def _registered(rig: Rig) -> None:
    await rig.register("two-pins", library_card_number=NUMBER)


class Around:
    """Puts a faulty reader into the terminal."""

    def __init__(self) -> None:
        self.made: list[FaultyReader] = []

    def __call__(self, reader: object) -> FaultyReader:
        self.made.append(FaultyReader(reader))  # type: ignore[arg-type]  # what `at_counter` gives
        return self.made[0]


async def _lay_for_a_fault(
    at: AtCounter, around: Around, index: int, fault: Fault, persona: str = "two-pins"
) -> None:
    """Lay the card down and wait until it has gone wrong."""
    reader = around.made[0]
    reader.break_at(index, fault)
    at.devices.lay(persona)
    await at.until(lambda: reader.commands > index)
    await at.settle()


async def _confirm_all(at: AtCounter) -> None:
    """A person reads what is told, and confirms it."""
    for _ in range(4):
        if at.counter.is_locked:
            await at.press("enter")
    assert not at.counter.is_locked


@pytest.mark.parametrize("fault", HARMFUL)
async def test_a_touch_that_fails_is_told_and_the_next_one_works(
    tmp_path: Path, fault: Fault
) -> None:
    """At its first, its middle and its last command."""
    around = Around()
    async with at_counter(tmp_path, _enrolled, around=around) as at:
        for index in (0, 2, 4):
            before = at.text()
            await _lay_for_a_fault(at, around, index, fault)
            assert fault is Fault.ERROR_BEFORE or at.text() != before, "something is said"
            around.made[0].heal()
            at.devices.reader.take_off()
            await at.settle()
            await _confirm_all(at)
            if isinstance(at.counter.job, LendingJob):
                await at.press("enter")
            at.job(HomeJob)
            await at.lay("two-pins")
            assert at.job(LendingJob).patron.name == "見本 太郎"
            await at.take_off()
            await at.press("enter")
            await at.take_off()
            await _confirm_all(at)
            at.job(HomeJob)


@pytest.mark.parametrize("fault", HARMFUL)
async def test_an_enrolment_that_fails_is_told_and_goes_on(tmp_path: Path, fault: Fault) -> None:
    """While the card is looked at, and while the PINs are presented."""
    around = Around()
    async with at_counter(tmp_path, _registered, around=around) as at:
        await at.press("f5")
        await at.scan(NUMBER)
        await at.press("enter")
        await _lay_for_a_fault(at, around, 7, fault)
        for index in (3, 20):
            around.made[0].heal()
            await _confirm_all(at)
            if at.job(EnrollmentJob).step is Step.CARD:
                at.devices.reader.take_off()
                await at.lay("two-pins")
            assert at.job(EnrollmentJob).step is Step.PINS
            around.made[0].break_at(index, fault)
            await at.press(*"1234", "enter", *"5678", "enter")
            assert at.devices.rows_of("SELECT count(*) FROM card_link") == [(0,)]
            if at.job(EnrollmentJob).step is Step.COMPARISON:
                break
        around.made[0].heal()
        await _confirm_all(at)
        if at.job(EnrollmentJob).step is not Step.COMPARISON:
            if at.job(EnrollmentJob).step is Step.CARD:
                at.devices.reader.take_off()
                await at.lay("two-pins")
            assert at.text().count("残り 3回") == 2
            await at.press(*"1234", "enter", *"5678", "enter")
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.DONE
        assert at.devices.rows_of("SELECT count(*) FROM card_link") == [(1,)]


@pytest.mark.parametrize("fault", HARMFUL)
async def test_a_touch_with_a_pin_that_fails_is_told_and_the_next_one_works(
    tmp_path: Path, fault: Fault
) -> None:
    """While the card is asked for its tries, and while the PIN is presented; no try is lost."""
    around = Around()

    async def linked(rig: Rig) -> None:
        await rig.enroll("no-card-proof")

    async with at_counter(tmp_path, linked, around=around, without_card_proof="auth-pin") as at:
        await _lay_for_a_fault(at, around, 8, fault, "no-card-proof")
        for index in (2, 9):
            await _lay_anew(at, around, "no-card-proof")
            at.job(TouchPinJob)
            assert "残り 3回" in at.text()
            around.made[0].break_at(index, fault)
            await at.press(*"1234", "enter")
        await _lay_anew(at, around, "no-card-proof")
        assert "残り 3回" in at.text()
        await at.press(*"1234", "enter")
        assert at.job(LendingJob).patron.name == "見本 九十九"


async def _lay_anew(at: AtCounter, around: Around, persona: str) -> None:
    """Mend the reader, confirm what was told, end whoever was opened, and lay the card down."""
    around.made[0].heal()
    at.devices.reader.take_off()
    await at.settle()
    await _confirm_all(at)
    if isinstance(at.counter.job, LendingJob):
        await at.press("enter")
    elif not isinstance(at.counter.job, HomeJob):
        await at.press("escape")
    at.job(HomeJob)
    await at.lay(persona)


async def test_a_silent_card_does_not_keep_the_terminal_from_drawing(tmp_path: Path) -> None:
    """What is scanned meanwhile is seen, and done in its turn."""
    around = Around()

    async def prepare(rig: Rig) -> None:
        await _enrolled(rig)
        rig.add_item("1000000000015", "銀河鉄道の夜")

    async with at_counter(tmp_path, prepare, around=around) as at:
        around.made[0].break_at(2, Fault.SILENCE)
        at.devices.lay("two-pins")
        await at.until(around.made[0].silent.is_set)
        await at.pilot.press(*"10000000000")
        await at.until(lambda: "10000000000" in at.text())
        await at.pilot.press(*"15", "enter")
        around.made[0].let_speak()
        await at.settle()
        assert at.job(LendingJob).patron.name == "見本 太郎"
        assert len(at.job(LendingJob).loans) == 1
