"""Nothing that is typed near the PINs lands anywhere else, acts twice, or can be copied."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from textual import events
from textual.geometry import Offset
from textual.selection import SELECT_ALL

from counter_tui.desk.enrollment import Step
from counter_tui.errors import PinKind
from counter_tui.hardware.simulated.in_process import SimulatedReader
from counter_tui.screens.address_check import AddressCheckJob
from counter_tui.screens.card_prompts import (
    card_expectation,
    comparison_expectation,
    pins_expectation,
)
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.job import Job
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.touch_pin import TouchPinJob
from counter_tui.screens.validity import ValidityJob
from counter_tui.screens.validity_steps import ValidityStep
from tests.support.counter import AtCounter, at_counter
from tests.support.faults import Fault, FaultyReader, presents_a_pin
from tests.support.pin_ledger import COUNTERS
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


async def _linked_patron(rig: Rig) -> None:
    await rig.enroll("two-pins", library_card_number=NUMBER)
    rig.change("UPDATE patron SET expires_on = '2026-12-10'")


async def _to_the_pin_of_an_address_check(at: AtCounter) -> None:
    await at.press("f7")
    await at.scan(NUMBER)
    await at.press("2", "enter")
    await at.lay("two-pins")
    assert at.job(AddressCheckJob).wants_pins


async def _lend_next(at: AtCounter) -> None:
    await at.scan(NUMBER)
    assert at.job(LendingJob).patron.library_card_number == NUMBER


async def _renew_by_word(at: AtCounter) -> None:
    await at.press("1", "enter")
    assert at.job(ValidityJob).step is ValidityStep.DONE


@dataclass(frozen=True)
class Way:
    """A way from home to PINs, and to the comparison behind them.

    Attributes:
        job: asks for them.
        behind: what staff are at after Esc.
        pins: what the patron types, one after the other.
        go_on: what staff do next after Esc; it is taken.
    """

    name: str
    prepare: Callable[[Rig], Awaitable[None]]
    to_the_pins: Callable[[AtCounter], Awaitable[None]]
    job: type[Job]
    behind: type[Job]
    pins: tuple[str, ...]
    go_on: Callable[[AtCounter], Awaitable[None]]

    @property
    def keys(self) -> list[str]:
        """What the patron types, with each Enter."""
        return [key for pin in self.pins for key in (*pin, "enter")]

    @property
    def wrong_keys(self) -> list[str]:
        """A mistake: the first PIN, and none else, is a wrong one."""
        return [*"9999", *("enter" for _ in self.pins)]

    def assert_at_the_card(self, at: AtCounter) -> None:
        """The card is waited for."""
        assert at.job(self.job).expects().label == card_expectation().label

    def assert_at_the_pins(self, at: AtCounter) -> None:
        """They are asked for."""
        assert at.job(self.job).expects().label == pins_expectation().label
        assert not at.counter.is_locked

    def assert_at_the_comparison(self, at: AtCounter) -> None:
        """And nothing is written yet."""
        compared = comparison_expectation(has_choice=False, has_more=False)
        assert at.job(self.job).expects().label == compared.label
        assert not at.counter.is_locked
        self.assert_nothing_is_written(at)

    def assert_nothing_is_written(self, at: AtCounter) -> None:
        """No link that was none, no validity that was another."""
        links = at.devices.rows_of("SELECT count(*) FROM card_link")
        validity = at.devices.rows_of("SELECT expires_on FROM patron")
        is_linked = self is ADDRESS_CHECK
        assert links == [(int(is_linked),)]
        assert validity == [("2026-12-10" if is_linked else "2027-11-24",)]


ENROLMENT: Final = Way(
    "an enrolment",
    _patron,
    to_the_pins,
    EnrollmentJob,
    HomeJob,
    ("1234", "5678"),
    _lend_next,
)
ADDRESS_CHECK: Final = Way(
    "an address check",
    _linked_patron,
    _to_the_pin_of_an_address_check,
    AddressCheckJob,
    ValidityJob,
    ("5678",),
    _renew_by_word,
)
ways: Final = pytest.mark.parametrize(
    "way", [ENROLMENT, ADDRESS_CHECK], ids=[ENROLMENT.name, ADDRESS_CHECK.name]
)


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


@ways
async def test_digits_typed_after_the_card_left_are_no_scan(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, way: Way
) -> None:
    """Back at the card step they are neither shown nor taken, and their Enter does nothing."""
    caplog.set_level(logging.DEBUG)
    async with at_counter(tmp_path, way.prepare) as at:
        await way.to_the_pins(at)
        await at.take_off()
        way.assert_at_the_pins(at)  # whoever types is not interrupted
        await at.press(*way.keys)
        way.assert_at_the_card(at)
        await at.press(*LATE)
        assert_unseen(at, caplog)
        await at.press("enter")
        assert_unseen(at, caplog)
        assert "いまは入力できません" in at.text()
        way.assert_at_the_card(at)
        await at.lay("two-pins")
        await at.press(*way.keys)
        way.assert_at_the_comparison(at)


@ways
async def test_digits_typed_behind_a_banner_are_not_listed_on_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, way: Way
) -> None:
    """A banner lists what was scanned behind it, but not near the PINs; a bare Enter confirms."""
    caplog.set_level(logging.DEBUG)
    async with at_counter(tmp_path, way.prepare) as at:
        await way.to_the_pins(at)
        await at.press(*way.wrong_keys)
        assert at.counter.is_locked
        await at.press(*LATE, "enter")
        assert at.counter.is_locked, "an Enter that ends digits confirms nothing"
        assert_unseen(at, caplog)
        await at.press("enter")
        way.assert_at_the_pins(at)


@ways
async def test_digits_typed_at_the_comparison_are_no_scan(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, way: Way
) -> None:
    """The patron thought that the PIN was asked for once more; nothing is written by that Enter."""
    caplog.set_level(logging.DEBUG)
    async with at_counter(tmp_path, way.prepare) as at:
        await way.to_the_pins(at)
        await at.press(*way.keys)
        way.assert_at_the_comparison(at)
        await at.press(*LATE, "enter")
        assert_unseen(at, caplog)
        way.assert_at_the_comparison(at)
        at.app.post_message(events.Paste(f"{LATE}\n"))
        await at.settle()
        assert_unseen(at, caplog)
        way.assert_at_the_comparison(at)


@ways
async def test_command_barcodes_work_near_the_pins(tmp_path: Path, way: Way) -> None:
    """Confirm and leave by barcode: their `/` is no digit."""
    async with at_counter(tmp_path, way.prepare) as at:
        await way.to_the_pins(at)
        await at.press(*way.wrong_keys)
        await at.scan("/ok")
        way.assert_at_the_pins(at)
        await at.take_off()
        await at.press(*way.keys)
        way.assert_at_the_card(at)
        await at.scan("/no")
        at.job(way.behind)


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


@ways
async def test_what_is_typed_while_the_card_is_asked_is_presented_never(
    tmp_path: Path, way: Way
) -> None:
    """A silent card, an impatient patron: the terminal goes on drawing, one Enter is one PIN."""
    around = Watched()
    async with at_counter(tmp_path, way.prepare, around=around) as at:
        await way.to_the_pins(at)
        around.reader.break_at(5, Fault.SILENCE)
        await at.pilot.press(*way.keys)
        await at.until(around.reader.silent.is_set)
        await at.pilot.press(*LATE, "enter", "enter")
        await at.pilot.pause()
        assert LATE not in at.text()
        assert at.counter.pins._entries[0].count == 0
        around.reader.let_speak()
        await at.settle()
        way.assert_at_the_comparison(at)
        assert around.sent == [pin.encode() for pin in way.pins]


@ways
async def test_digits_that_began_while_the_card_was_asked_confirm_no_comparison(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, way: Way
) -> None:
    """Nothing seemed to happen, so the patron types once more; then record and card are shown."""
    caplog.set_level(logging.DEBUG)
    around = Watched()
    async with at_counter(tmp_path, way.prepare, around=around) as at:
        await way.to_the_pins(at)
        around.reader.break_at(len(way.pins) - 1, Fault.SILENCE, among=presents_a_pin)
        await at.pilot.press(*way.keys)
        await at.until(around.reader.silent.is_set)
        await at.pilot.press(*LATE[:2])
        around.reader.let_speak()
        await at.settle()
        way.assert_at_the_comparison(at)
        await at.press(*LATE[2:])
        assert LATE[2:] not in at.rows()[-2]
        await at.press("enter")
        assert_unseen(at, caplog)
        way.assert_at_the_comparison(at)
        assert around.sent == [pin.encode() for pin in way.pins]


@ways
async def test_a_pin_typed_in_vain_confirms_no_comparison(tmp_path: Path, way: Way) -> None:
    """All of it while the card was asked, and its Enter when record and card are shown."""
    around = Watched()
    async with at_counter(tmp_path, way.prepare, around=around) as at:
        await way.to_the_pins(at)
        around.reader.break_at(len(way.pins) - 1, Fault.SILENCE, among=presents_a_pin)
        await at.pilot.press(*way.keys)
        await at.until(around.reader.silent.is_set)
        await at.pilot.press(*LATE)
        around.reader.let_speak()
        await at.settle()
        way.assert_at_the_comparison(at)
        await at.press("enter")
        way.assert_at_the_comparison(at)
        assert "いまは入力できません" in at.text()


@pytest.mark.parametrize(
    ("way", "which"),
    [(ENROLMENT, 0), (ENROLMENT, 1), (ADDRESS_CHECK, 0)],
    ids=["the first PIN", "the second PIN", ADDRESS_CHECK.name],
)
@pytest.mark.parametrize(
    "fault",
    [Fault.ERROR_AFTER, Fault.GARBAGE, Fault.ONE_BYTE, Fault.EMPTY, Fault.MORE_PROMISED],
)
async def test_a_lost_answer_to_verify_is_told_and_the_tries_are_read(
    tmp_path: Path, way: Way, which: int, fault: Fault
) -> None:
    """Nothing is resent: after the banner the card's own counters are on the screen."""
    around = Watched()
    async with at_counter(tmp_path, way.prepare, around=around) as at:
        await way.to_the_pins(at)
        around.reader.break_at(which, fault, among=presents_a_pin)
        await at.press(*way.keys)
        assert at.counter.is_locked
        assert "残り回数を読み直します" in at.text()
        around.reader.heal()
        await at.press("enter")
        way.assert_at_the_pins(at)
        assert "残り 3回" in at.text()
        assert around.sent == [pin.encode() for pin in way.pins][: which + 1]


@ways
async def test_digits_typed_after_staff_left_the_pins_are_no_scan(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, way: Way
) -> None:
    """The patron goes on typing; what staff do next is taken as ever."""
    caplog.set_level(logging.DEBUG)
    async with at_counter(tmp_path, way.prepare) as at:
        await way.to_the_pins(at)
        await at.press("7", "3", "escape")
        at.job(way.behind)
        await at.press(*LATE[2:], *LATE)
        assert_unseen(at, caplog)
        await at.press("enter")
        at.job(way.behind)
        assert not at.counter.is_locked
        assert_unseen(at, caplog)
        way.assert_nothing_is_written(at)
        await way.go_on(at)


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


@ways
async def test_a_last_try_that_was_not_on_the_screen_is_asked_about(
    tmp_path: Path, way: Way
) -> None:
    """The other tries went elsewhere since the card was looked at: no PIN is presented before the
    patron's word."""
    around = Watched()
    async with at_counter(tmp_path, way.prepare, around=around) as at:
        await way.to_the_pins(at)
        assert "残り 3回" in at.text()
        tries = at.devices.settings.state_folder / "tries.json"
        left = {COUNTERS[PinKind.SURFACE_INFO]: 1}
        tries.write_text(json.dumps({"two-pins": left}), encoding="ascii")
        await at.press(*way.keys)
        assert around.sent == []
        assert at.counter.is_locked
        await at.press("enter")
        way.assert_at_the_pins(at)
        assert "残り 1回" in at.text()
        await at.press(*way.keys)
        assert around.sent == [pin.encode() for pin in way.pins]
        way.assert_at_the_comparison(at)


@ways
async def test_no_digit_is_lost_after_a_wrong_pin(tmp_path: Path, way: Way) -> None:
    """The entry is not shown before the card has been looked at again."""
    around = Watched()
    async with at_counter(tmp_path, way.prepare, around=around) as at:
        await way.to_the_pins(at)
        await at.press(*way.wrong_keys)
        around.reader.break_at(3, Fault.SILENCE)
        await at.pilot.press("enter")
        await at.until(around.reader.silent.is_set)
        assert "〇〇・" not in at.text()
        around.reader.let_speak()
        await at.settle()
        assert "残り 2回  〇〇・" in at.text()
        await at.press(*way.keys)
        way.assert_at_the_comparison(at)


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


@ways
async def test_digits_that_began_at_the_card_step_are_no_scan_behind_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, way: Way
) -> None:
    """The card slipped, the patron types on, and staff leave in the middle of it."""
    caplog.set_level(logging.DEBUG)
    async with at_counter(tmp_path, way.prepare) as at:
        await way.to_the_pins(at)
        await at.take_off()
        await at.press(*way.keys)
        way.assert_at_the_card(at)
        await at.press(*LATE[:2])
        await at.press("escape")
        at.job(way.behind)
        await at.press(*LATE[2:])
        assert at.counter.scan.typed == ""
        assert_unseen(at, caplog)
        await at.press("enter")
        assert not at.counter.is_locked
        way.assert_nothing_is_written(at)
        await way.go_on(at)


async def test_a_pin_typed_for_one_card_is_not_presented_to_another_person_s(
    tmp_path: Path,
) -> None:
    """The cards changed while the patron typed; nobody has looked at the second one."""
    around = Watched()

    async def both_linked(rig: Rig) -> None:
        await rig.enroll("adult")
        await _linked_patron(rig)

    async with at_counter(tmp_path, both_linked, around=around) as at:
        await _to_the_pin_of_an_address_check(at)
        await at.press(*"567")
        await at.take_off()
        await at.lay("adult")
        await at.press("8", "enter")
        ADDRESS_CHECK.assert_at_the_card(at)
        assert around.sent == []


async def test_the_rest_of_a_pin_chooses_nothing_at_the_renewal_behind_it(tmp_path: Path) -> None:
    """Staff press Esc while the patron types: 1 and 2 are choices there, but not these ones."""
    async with at_counter(tmp_path, ADDRESS_CHECK.prepare) as at:
        await ADDRESS_CHECK.to_the_pins(at)
        await at.press("5", "escape")
        at.job(ValidityJob)
        before = at.text()
        for digit in "12":
            await at.press(digit)
            assert at.text() == before
        await at.press("enter")
        ADDRESS_CHECK.assert_nothing_is_written(at)
        await ADDRESS_CHECK.go_on(at)
