"""Nothing that is typed near the PINs lands anywhere else, acts twice, or can be copied."""

from __future__ import annotations

import asyncio
import logging
import re
from pathlib import Path

import pytest
from textual import events
from textual.geometry import Offset
from textual.selection import SELECT_ALL

from counter_tui.desk.enrollment import Step
from counter_tui.hardware.simulated.in_process import SimulatedReader
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.touch_pin import TouchPinJob
from tests.support.counter import AtCounter, at_counter
from tests.support.faults import Fault, FaultyReader, presents_a_pin
from tests.support.rig import Rig

NUMBER = "00000002"
LATE = "7391"
"""Digits typed by somebody who has not seen that the screen went on."""


async def _patron(rig: Rig) -> None:
    await rig.register("two-pins", library_card_number=NUMBER)


async def to_the_pins(at: AtCounter) -> None:
    """An enrolment up to where the patron types."""
    await at.press("f5")
    await at.scan(NUMBER)
    await at.press("enter")
    await at.lay("two-pins")
    assert at.job(EnrollmentJob).step is Step.PINS


class Watched:
    """A faulty reader around the terminal's own, and the PINs that reached the card."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self._made: FaultyReader | None = None

    def __call__(self, reader: SimulatedReader) -> FaultyReader:
        reader.on_exchange = self._keep
        self._made = FaultyReader(reader)
        return self._made

    @property
    def reader(self) -> FaultyReader:
        """The reader; the terminal has been started."""
        assert self._made is not None
        return self._made

    def _keep(self, command: bytes, _answer: bytes) -> None:
        if presents_a_pin(command):
            self.sent.append(command[5:])


def assert_unseen(at: AtCounter, caplog: pytest.LogCaptureFixture) -> None:
    """The late digits stand nowhere."""
    assert LATE not in at.text()
    assert LATE[:2] not in at.rows()[-2], "the scan line"
    assert at.counter.scan.typed == ""
    # Not within the random name of a savepoint, which the store's library logs.
    assert not re.search(rf"(?<![0-9a-f]){LATE}(?![0-9a-f])", caplog.text)


async def test_digits_typed_after_the_card_left_are_no_scan(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Back at the card step they are neither shown nor taken, and their Enter does nothing."""
    caplog.set_level(logging.DEBUG)
    async with at_counter(tmp_path, _patron) as at:
        await to_the_pins(at)
        await at.take_off()
        assert at.job(EnrollmentJob).step is Step.PINS, "whoever types is not interrupted"
        await at.press(*"1234", "enter", *"5678", "enter")
        assert at.job(EnrollmentJob).step is Step.CARD
        await at.press(*LATE)
        assert_unseen(at, caplog)
        await at.press("enter")
        assert_unseen(at, caplog)
        assert "いまは入力できません" in at.text()
        assert at.job(EnrollmentJob).step is Step.CARD
        await at.lay("two-pins")
        await at.press(*"1234", "enter", *"5678", "enter")
        assert at.job(EnrollmentJob).step is Step.COMPARISON


async def test_digits_typed_behind_a_banner_are_not_listed_on_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A banner lists what was scanned behind it, but not near the PINs; a bare Enter confirms."""
    caplog.set_level(logging.DEBUG)
    async with at_counter(tmp_path, _patron) as at:
        await to_the_pins(at)
        await at.press(*"9999", "enter", "enter")
        assert at.counter.is_locked
        await at.press(*LATE, "enter")
        assert at.counter.is_locked, "an Enter that ends digits confirms nothing"
        assert_unseen(at, caplog)
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.PINS


async def test_digits_typed_at_the_comparison_are_no_scan(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The patron thought that the PIN was asked for once more; nothing is linked by that Enter."""
    caplog.set_level(logging.DEBUG)
    async with at_counter(tmp_path, _patron) as at:
        await to_the_pins(at)
        await at.press(*"1234", "enter", *"5678", "enter")
        assert at.job(EnrollmentJob).step is Step.COMPARISON
        await at.press(*LATE, "enter")
        assert_unseen(at, caplog)
        assert at.job(EnrollmentJob).step is Step.COMPARISON
        at.app.post_message(events.Paste(f"{LATE}\n"))
        await at.settle()
        assert_unseen(at, caplog)
        assert at.job(EnrollmentJob).step is Step.COMPARISON


async def test_command_barcodes_work_near_the_pins(tmp_path: Path) -> None:
    """Confirm and leave by barcode: their `/` is no digit."""
    async with at_counter(tmp_path, _patron) as at:
        await to_the_pins(at)
        await at.press(*"9999", "enter", "enter")
        await at.scan("/ok")
        assert at.job(EnrollmentJob).step is Step.PINS
        await at.take_off()
        await at.press(*"1234", "enter", "enter")
        assert at.job(EnrollmentJob).step is Step.CARD
        await at.scan("/no")
        at.job(HomeJob)


async def test_a_started_library_card_number_does_not_stay_for_the_card_step(
    tmp_path: Path,
) -> None:
    """What was begun in a step that takes numbers is dropped in one that takes none."""
    async with at_counter(tmp_path, _patron) as at:
        await at.press("f5")
        await at.scan(NUMBER)
        await at.press("7", "3")
        assert at.counter.scan.typed == "73"
        await at.scan("/2")
        await at.press("f5")
        await at.scan(NUMBER)
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.CARD
        assert at.counter.scan.typed == ""


async def test_what_is_typed_while_the_card_is_asked_is_presented_never(tmp_path: Path) -> None:
    """A silent card, an impatient patron: the terminal goes on drawing, one Enter is one PIN."""
    around = Watched()
    async with at_counter(tmp_path, _patron, around=around) as at:
        await to_the_pins(at)
        around.reader.break_at(5, Fault.SILENCE)
        await at.pilot.press(*"1234", "enter", *"5678", "enter")
        await at.until(around.reader.silent.is_set)
        await at.pilot.press(*LATE, "enter", "enter")
        await at.pilot.pause()
        assert LATE not in at.text()
        assert at.counter.pins._entries[0].count == 0
        around.reader.let_speak()
        await at.settle()
        assert at.job(EnrollmentJob).step is Step.COMPARISON
        assert around.sent == [b"1234", b"5678"]


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize(
    "fault",
    [Fault.ERROR_AFTER, Fault.GARBAGE, Fault.ONE_BYTE, Fault.EMPTY, Fault.MORE_PROMISED],
)
async def test_a_lost_answer_to_verify_is_told_and_the_tries_are_read(
    tmp_path: Path, which: int, fault: Fault
) -> None:
    """Nothing is resent: after the banner the card's own counters are on the screen."""
    around = Watched()
    async with at_counter(tmp_path, _patron, around=around) as at:
        await to_the_pins(at)
        around.reader.break_at(which, fault, among=presents_a_pin)
        await at.press(*"1234", "enter", *"5678", "enter")
        assert at.counter.is_locked
        assert "残り回数を読み直します" in at.text()
        around.reader.heal()
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.PINS
        assert "残り 3回" in at.text()
        assert around.sent == [b"1234", b"5678"][: which + 1]


async def test_digits_typed_after_staff_left_the_pins_are_no_scan(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The patron goes on typing; staff's next scan is taken as ever."""
    caplog.set_level(logging.DEBUG)
    async with at_counter(tmp_path, _patron) as at:
        await to_the_pins(at)
        await at.press("7", "3", "escape")
        at.job(HomeJob)
        await at.press(*LATE[2:], *LATE)
        assert_unseen(at, caplog)
        await at.press("enter")
        at.job(HomeJob)
        assert not at.counter.is_locked
        assert_unseen(at, caplog)
        await at.scan(NUMBER)
        assert at.job(LendingJob).patron.library_card_number == NUMBER


async def test_staff_who_go_on_at_once_are_understood(tmp_path: Path) -> None:
    """After a function key it is staff who type: their scan is taken."""
    async with at_counter(tmp_path, _patron) as at:
        await to_the_pins(at)
        await at.press("7", "escape", "f5")
        await at.scan(NUMBER)
        assert at.job(EnrollmentJob).step is Step.CONSENT


async def test_digits_typed_after_a_card_left_at_a_touch_are_no_scan(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A card that has to be proven with its PIN takes the entry with it, not what is typed."""
    caplog.set_level(logging.DEBUG)

    async def enrolled(rig: Rig) -> None:
        await rig.enroll("no-card-proof")

    async with at_counter(tmp_path, enrolled, without_card_proof="auth-pin") as at:
        await at.lay("no-card-proof")
        at.job(TouchPinJob)
        await at.press("7")
        await at.take_off()
        at.job(HomeJob)
        await at.press(*LATE, "enter")
        at.job(HomeJob)
        assert not at.counter.is_locked
        assert_unseen(at, caplog)


async def test_books_scanned_right_after_a_pin_are_taken(tmp_path: Path) -> None:
    """Nothing is dropped after an entry that was given on."""

    async def enrolled(rig: Rig) -> None:
        await rig.enroll("no-card-proof")
        rig.add_item("1000000000015", "銀河鉄道の夜")

    async with at_counter(tmp_path, enrolled, without_card_proof="auth-pin") as at:
        await at.lay("no-card-proof")
        await at.press(*"1234", "enter")
        await at.scan("1000000000015")
        assert len(at.job(LendingJob).loans) == 1


async def test_no_digit_is_lost_after_a_wrong_pin(tmp_path: Path) -> None:
    """The entry is not shown before the card has been looked at again."""
    around = Watched()
    async with at_counter(tmp_path, _patron, around=around) as at:
        await to_the_pins(at)
        await at.press(*"9999", "enter", "enter")
        around.reader.break_at(3, Fault.SILENCE)
        await at.pilot.press("enter")
        await at.until(around.reader.silent.is_set)
        assert "〇〇・" not in at.text()
        around.reader.let_speak()
        await at.settle()
        assert "残り 2回  〇〇・" in at.text()
        await at.press(*"1234", "enter", *"5678", "enter")
        assert at.job(EnrollmentJob).step is Step.COMPARISON


async def test_nothing_can_be_selected_or_copied(tmp_path: Path) -> None:
    """Neither by mouse nor by keys; and what could be seen are full-width asterisks."""
    async with at_counter(tmp_path, _patron) as at:
        await to_the_pins(at)
        await at.press(*"123")
        pins = at.counter.pins
        assert at.text().count("＊") == 3
        place = pins.region.offset + Offset(1, 1)
        await at.pilot.mouse_down(offset=place)
        await at.pilot.hover(offset=place + Offset(30, 8))
        await at.pilot.mouse_up(offset=place + Offset(30, 8))
        await at.press("ctrl+c", "ctrl+a", "ctrl+insert", "super+c")
        assert at.counter.get_selected_text() is None
        assert at.app.clipboard == ""
        chosen = pins.get_selection(SELECT_ALL)
        assert chosen is None or not set("0123456789") & set(chosen[0])
        assert at.job(EnrollmentJob).step is Step.PINS


async def test_a_pin_that_was_typed_for_one_card_is_not_presented_to_the_next(
    tmp_path: Path,
) -> None:
    """The cards changed while the counter was busy: nobody has seen the tries of the new one."""
    around = Watched()

    async def enrolled(rig: Rig) -> None:
        await rig.enroll("no-card-proof")

    async with at_counter(tmp_path, enrolled, around=around, without_card_proof="auth-pin") as at:
        await at.lay("no-card-proof")
        at.job(TouchPinJob)
        idle = asyncio.Event()

        async def be_busy() -> None:
            await idle.wait()

        at.counter.happened(be_busy)
        at.devices.reader.take_off()
        await at.until(lambda: not at.counter.card_is_on_reader)
        at.devices.lay("no-card-proof")
        await at.until(lambda: at.counter.card_is_on_reader)
        await at.pilot.press(*"1234", "enter")
        idle.set()
        await at.settle()
        assert around.sent == []
        at.job(TouchPinJob)
        await at.press(*"1234", "enter")
        assert around.sent == [b"1234"]
        at.job(LendingJob)


async def test_digits_that_began_while_the_card_was_asked_are_no_scan(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing seemed to happen, so the patron types once more; then the loans open."""
    caplog.set_level(logging.DEBUG)
    around = Watched()

    async def enrolled(rig: Rig) -> None:
        await rig.enroll("no-card-proof")

    async with at_counter(tmp_path, enrolled, around=around, without_card_proof="auth-pin") as at:
        await at.lay("no-card-proof")
        around.reader.break_at(0, Fault.SILENCE, among=presents_a_pin)
        await at.pilot.press(*"1234", "enter")
        await at.until(around.reader.silent.is_set)
        await at.pilot.press(*LATE[:2])
        around.reader.let_speak()
        await at.settle()
        at.job(LendingJob)
        await at.press(*LATE[2:])
        assert at.counter.scan.typed == ""
        assert LATE[2:] not in at.rows()[-2]
        await at.press("enter")
        assert not at.counter.is_locked
        at.job(LendingJob)


async def test_digits_that_began_at_the_card_step_are_no_scan_at_home(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The card slipped, the patron types on, and staff leave in the middle of it."""
    caplog.set_level(logging.DEBUG)
    async with at_counter(tmp_path, _patron) as at:
        await to_the_pins(at)
        await at.take_off()
        await at.press(*"1234", "enter", "enter")
        assert at.job(EnrollmentJob).step is Step.CARD
        await at.press(*LATE[:2])
        await at.press("escape")
        at.job(HomeJob)
        await at.press(*LATE[2:])
        assert at.counter.scan.typed == ""
        assert_unseen(at, caplog)
        await at.press("enter")
        assert not at.counter.is_locked
        await at.scan(NUMBER)
        at.job(LendingJob)
