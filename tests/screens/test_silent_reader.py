"""A reader that does not answer, seen from the counter: told, with a way on, and nobody waits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from counter_tui.desk.enrollment import Step
from counter_tui.screens.address_check import AddressCheckJob
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.touch_pin import TouchPinJob
from counter_tui.screens.validity import ValidityJob
from tests.support.counter import AtCounter, at_counter
from tests.support.faults import Fault, FaultyReader, Patience, presents_a_pin
from tests.support.rig import Rig

NUMBER = "00000002"
NO_ANSWER = "カードから答えがありません。置き直してください"
NO_ANSWER_TO_THE_PIN = "暗証番号への答えがありません。次の前に残り回数を読みます"
STILL_NONE = "リーダがまだ答えません。つなぎ直してください"
LAMP = "読取 無応答"


class _Around:
    """Puts a faulty reader into the terminal."""

    def __init__(self) -> None:
        self.patience = Patience()
        self.made: list[FaultyReader] = []

    def __call__(self, reader: object) -> FaultyReader:
        self.made.append(FaultyReader(reader))  # type: ignore[arg-type]  # what `at_counter` gives
        return self.made[0]

    @property
    def reader(self) -> FaultyReader:
        return self.made[0]


@asynccontextmanager
async def _at_counter(
    folder: Path, prepare: Callable[[Rig], Awaitable[None]], **changes: object
) -> AsyncIterator[tuple[AtCounter, _Around]]:
    around = _Around()
    async with at_counter(
        folder,
        prepare,
        around=around,
        pause=around.patience,
        **changes,  # type: ignore[arg-type]  # settings, as there
    ) as at:
        try:
            yield at, around
        finally:
            around.reader.let_speak()


async def _library(rig: Rig) -> None:
    await rig.enroll("two-pins")
    await rig.register("adult", library_card_number=NUMBER)
    rig.add_item("1000000000015", "銀河鉄道の夜")


async def test_scans_are_taken_when_the_reader_is_given_up(tmp_path: Path) -> None:
    """What was scanned meanwhile is done; the lamp tells; the card works when it answers again."""
    async with _at_counter(tmp_path, _library) as (at, around):
        around.reader.break_at(2, Fault.SILENCE)
        at.devices.lay("two-pins")
        await at.until(around.reader.silent.is_set)
        around.patience.let_pass()
        await at.settle()
        assert NO_ANSWER in at.said()
        assert not at.counter.is_locked
        await at.scan(NUMBER, "1000000000015")
        assert at.job(LendingJob).patron.name == "見本 花子"
        assert len(at.job(LendingJob).loans) == 1
        assert LAMP in at.rows()[0] + at.rows()[1]
        await at.take_off()
        await at.press("enter")
        await at.lay("two-pins")
        assert STILL_NONE in at.said(), "told at once, without waiting again"
        around.reader.let_speak()
        await at.until(lambda: LAMP not in at.text())
        around.reader.heal()
        await at.take_off()
        await at.lay("two-pins")
        assert at.job(LendingJob).patron.name == "見本 太郎"


async def test_a_scan_in_the_silence_is_done_after_it(tmp_path: Path) -> None:
    """It stands on the screen meanwhile, and opens its person then."""
    async with _at_counter(tmp_path, _library) as (at, around):
        around.reader.break_at(2, Fault.SILENCE)
        at.devices.lay("two-pins")
        await at.until(around.reader.silent.is_set)
        await at.pilot.press(*NUMBER, "enter")
        at.job(HomeJob)
        around.patience.let_pass()
        await at.settle()
        assert at.job(LendingJob).patron.name == "見本 花子"


async def test_a_pin_without_an_answer_is_told_and_the_tries_are_read(tmp_path: Path) -> None:
    """A banner; after it the card is waited for; laid down anew, its tries are shown."""

    async def registered(rig: Rig) -> None:
        await rig.register("two-pins", library_card_number=NUMBER)

    async with _at_counter(tmp_path, registered) as (at, around):
        sent: list[bytes] = []
        at.devices.reader.on_exchange = lambda command, _answer: sent.append(command)
        await at.press("f5")
        await at.scan(NUMBER)
        await at.press("enter")
        await at.lay("two-pins")
        around.reader.break_at(0, Fault.SILENCE, among=presents_a_pin)
        await at.pilot.press(*"9999", "enter", "enter")
        await at.until(around.reader.silent.is_set)
        around.patience.let_pass()
        await at.settle()
        assert NO_ANSWER_TO_THE_PIN in at.said()
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.CARD
        assert STILL_NONE in at.said()
        around.reader.let_speak()
        await at.until(lambda: LAMP not in at.text())
        around.reader.heal()
        assert [one[5:] for one in sent if presents_a_pin(one)] == [b"9999"]
        await at.take_off()
        await at.lay("two-pins")
        assert at.job(EnrollmentJob).step is Step.PINS
        assert "残り 2回" in at.text()
        assert "残り 3回" in at.text()
        await at.press(*"1234", "enter", *"5678", "enter")
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.DONE


async def test_a_touch_with_a_pin_is_led_home(tmp_path: Path) -> None:
    """After the banner about the PIN there is no second one: the next scan is taken."""

    async def linked(rig: Rig) -> None:
        await rig.enroll("no-card-proof")
        await rig.register("adult", library_card_number=NUMBER)

    async with _at_counter(tmp_path, linked, without_card_proof="auth-pin") as (at, around):
        await at.lay("no-card-proof")
        at.job(TouchPinJob)
        around.reader.break_at(0, Fault.SILENCE, among=presents_a_pin)
        await at.pilot.press(*"1234", "enter")
        await at.until(around.reader.silent.is_set)
        around.patience.let_pass()
        await at.settle()
        assert NO_ANSWER_TO_THE_PIN in at.said()
        await at.press("enter")
        at.job(HomeJob)
        assert STILL_NONE in at.said()
        await at.scan(NUMBER)
        assert at.job(LendingJob).patron.name == "見本 花子"


async def test_an_address_check_is_told_and_the_tries_are_read(tmp_path: Path) -> None:
    """Given up at the look and at the PIN alike; the renewal below goes on without the card, or
    with it when it answers again."""

    async def linked(rig: Rig) -> None:
        await rig.enroll("two-pins", library_card_number=NUMBER)
        rig.change("UPDATE patron SET expires_on = '2026-12-10'")

    async with _at_counter(tmp_path, linked) as (at, around):
        sent: list[bytes] = []
        at.devices.reader.on_exchange = lambda command, _answer: sent.append(command)
        await at.press("f7")
        await at.scan(NUMBER)
        await at.press("2", "enter")
        around.reader.break_at(5, Fault.SILENCE)
        at.devices.lay("two-pins")
        await at.until(around.reader.silent.is_set)
        around.patience.let_pass()
        await at.settle()
        assert NO_ANSWER in at.said()
        around.reader.let_speak()
        await at.until(lambda: LAMP not in at.text())
        around.reader.heal()
        await at.press("enter")
        assert at.job(AddressCheckJob).wants_pins
        around.reader.break_at(0, Fault.SILENCE, among=presents_a_pin)
        await at.pilot.press(*"9999", "enter")
        await at.until(around.reader.silent.is_set)
        around.patience.let_pass()
        await at.settle()
        assert NO_ANSWER_TO_THE_PIN in at.said()
        await at.press("enter")
        assert not at.job(AddressCheckJob).wants_pins
        assert STILL_NONE in at.said()
        await at.press("escape")
        at.job(ValidityJob)
        around.reader.let_speak()
        await at.until(lambda: LAMP not in at.text())
        around.reader.heal()
        assert [one[5:] for one in sent if presents_a_pin(one)] == [b"9999"]
        assert presents_a_pin(sent[-1]), "nothing followed it"
        await at.press("2", "enter")
        assert at.job(AddressCheckJob).wants_pins
        assert "残り 2回" in at.text()
        await at.press(*"5678", "enter")
        assert not at.job(AddressCheckJob).wants_pins
        assert at.devices.rows_of("SELECT expires_on FROM patron") == [("2026-12-10",)]
        await at.press("enter")
        assert at.devices.rows_of("SELECT expires_on FROM patron") == [("2027-11-24",)]
