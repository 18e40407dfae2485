"""A reader that does not answer is waited for some seconds, and holds nobody up after them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from counter_tui.desk.card_lane import SILENCE_S
from counter_tui.desk.devices import Device, LampChanged, Trouble
from counter_tui.desk.identification import Touched
from counter_tui.desk.patrons import PatronView
from counter_tui.errors import (
    PinKind,
    PinOutcomeUnknown,
    ProcedureOutOfStep,
    ReaderSilent,
    WrongPin,
)
from tests.support.faults import Fault, FaultyReader, Patience, faulty_rig, presents_a_pin
from tests.support.rig import Rig, pin
from tests.unit.desk.test_faults import (
    COUNTERS,
    PERSONA,
    assert_nothing_half_written,
    check_address,
    enrol_up_to_the_last_step,
    presented,
    stored,
    tries,
)


@asynccontextmanager
async def _silent_rig(folder: Path) -> AsyncIterator[tuple[Rig, FaultyReader, Patience]]:
    """A desk, its reader, and the seconds that pass for it."""
    patience = Patience()
    async with faulty_rig(folder, pause=patience) as (rig, reader):
        try:
            yield rig, reader, patience
        finally:
            reader.let_speak()


async def _until_silent(reader: FaultyReader) -> None:
    await asyncio.to_thread(reader.silent.wait, 10)
    assert reader.silent.is_set()


def _lamp(rig: Rig) -> Trouble | None:
    """What the reader's lamp shows."""
    shown = [
        event.trouble
        for event in rig.told.events
        if isinstance(event, LampChanged) and event.device is Device.READER
    ]
    return shown[-1]


async def _given_up(reader: FaultyReader, patience: Patience, work: Awaitable[object]) -> None:
    """Let the silence last for as long as it may."""
    await _until_silent(reader)
    patience.let_pass()
    await work


async def test_the_counter_works_on_and_the_late_answer_is_dropped(tmp_path: Path) -> None:
    """Library cards are scanned at once, no other card is asked, and nothing follows the answer."""
    async with _silent_rig(tmp_path) as (rig, reader, patience):
        patron = await rig.enroll(PERSONA)
        rig.exchanges.clear()
        reader.break_at(2, Fault.SILENCE)
        touch = asyncio.create_task(rig.desk.identification.touch())
        await _until_silent(reader)
        patience.let_pass()
        with pytest.raises(ReaderSilent):
            await touch
        assert _lamp(rig) is Trouble.NO_ANSWER
        with pytest.raises(ReaderSilent):
            await rig.desk.identification.touch()
        assert len(rig.exchanges) == 2, "nothing else was asked of the card"
        found = await rig.desk.identification.scan(patron.library_card_number)
        assert isinstance(found, PatronView)
        reader.let_speak()
        await rig.told.until(lambda: _lamp(rig) is None)
        assert len(rig.exchanges) == 3, "nothing followed what hung"
        reader.heal()
        assert (await rig.desk.identification.touch()).patron.id == patron.id


async def test_a_card_that_answers_in_time_is_not_given_up(tmp_path: Path) -> None:
    """However often it thinks for nearly as long as it may."""
    async with _silent_rig(tmp_path) as (rig, reader, patience):
        await rig.enroll(PERSONA)
        found: list[Touched] = []

        async def touch() -> None:
            found.append(await rig.desk.identification.touch())

        for index in range(5):
            reader.break_at(index, Fault.SILENCE)
            work = asyncio.create_task(touch())
            await _until_silent(reader)
            patience.let_pass(SILENCE_S - 1)
            await asyncio.sleep(0)
            reader.let_speak()
            await work
        assert len(found) == 5


async def test_silence_at_any_command_of_an_enrolment(tmp_path: Path) -> None:
    """No try is lost, nothing is written; the outcome is unknown only when a PIN was on its way."""
    async with _silent_rig(tmp_path) as (rig, reader, patience):
        number = (await rig.register(PERSONA)).library_card_number
        rig.lay(PERSONA)
        await enrol_up_to_the_last_step(rig, number)
        pins = [index for index, (sent, _) in enumerate(rig.exchanges) if presents_a_pin(sent)]
        commands, unknown = reader.commands, []
        for index in range(commands):
            rig.exchanges.clear()
            reader.break_at(index, Fault.SILENCE)
            work = asyncio.create_task(enrol_up_to_the_last_step(rig, number))
            try:
                await _given_up(reader, patience, work)
            except PinOutcomeUnknown:
                unknown.append(index)
            except ReaderSilent:
                pass
            else:
                raise AssertionError(f"command {index} was waited for")
            sent = len(rig.exchanges)
            reader.let_speak()
            await rig.told.until(lambda: _lamp(rig) is None)
            assert len(rig.exchanges) == sent + 1, "nothing followed what hung"
            assert_nothing_half_written(rig, f"silence at {index}")
        assert unknown == pins
        reader.heal()
        await enrol_up_to_the_last_step(rig, number)


@pytest.mark.parametrize("kind", PinKind)
async def test_a_pin_without_an_answer_is_not_presented_again(
    tmp_path: Path, kind: PinKind
) -> None:
    """The counters are read when the card answers; a wrong one has cost its one try."""
    async with _silent_rig(tmp_path) as (rig, reader, patience):
        number = (await rig.register(PERSONA)).library_card_number
        rig.lay(PERSONA)
        enrollment = rig.desk.enrollment
        await enrollment.begin(number)
        enrollment.consent()
        await enrollment.inspect_card()
        wrong = pin("9999")
        first, second = (wrong, pin("5678")) if kind is PinKind.AUTH else (pin("1234"), wrong)
        reader.break_at(list(PinKind).index(kind), Fault.SILENCE, among=presents_a_pin)
        verify = asyncio.create_task(enrollment.verify(first, second, last_try_agreed=()))
        await _until_silent(reader)
        patience.let_pass()
        with pytest.raises(PinOutcomeUnknown) as caught:
            await verify
        assert caught.value.kind is kind
        assert caught.value.silent
        assert not any(first.reveal() + second.reveal()), "overwritten"
        with pytest.raises(ProcedureOutOfStep):
            await enrollment.verify(pin("1234"), pin("5678"), last_try_agreed=())
        with pytest.raises(ReaderSilent):
            await enrollment.inspect_card()
        reader.let_speak()
        await rig.told.until(lambda: _lamp(rig) is None)
        reader.heal()
        assert presented(rig).count(b"9999") == 1
        assert presented(rig)[-1] == b"9999", "no PIN after it"
        ready = await enrollment.inspect_card()
        left = {
            PinKind.AUTH: ready.auth_tries_left,
            PinKind.SURFACE_INFO: ready.surface_info_tries_left,
        }
        assert left[kind] == 2
        assert sum(left.values()) == 5
        with pytest.raises(WrongPin):
            await enrollment.verify(pin("0000"), None, last_try_agreed=())


async def test_silence_at_any_command_of_an_address_check(tmp_path: Path) -> None:
    """The look is given up; only at the PIN is the outcome unknown. Nothing follows what hung, no
    try is lost, nothing is written, and the same check succeeds afterwards."""
    async with _silent_rig(tmp_path) as (rig, reader, patience):
        patron_id = (await rig.enroll(PERSONA)).id
        before = stored(rig)
        rig.exchanges.clear()
        reader.commands = 0
        await check_address(rig, patron_id)
        pins = [index for index, (sent, _) in enumerate(rig.exchanges) if presents_a_pin(sent)]
        commands, unknown = reader.commands, []
        for index in range(commands):
            rig.exchanges.clear()
            reader.break_at(index, Fault.SILENCE)
            work = asyncio.create_task(check_address(rig, patron_id))
            try:
                await _given_up(reader, patience, work)
            except PinOutcomeUnknown:
                unknown.append(index)
            except ReaderSilent:
                pass
            else:
                raise AssertionError(f"command {index} was waited for")
            with pytest.raises(ReaderSilent):
                await rig.desk.address_check.look(patron_id)
            assert len(rig.exchanges) == index, "nothing else was asked of the card"
            reader.let_speak()
            await rig.told.until(lambda: _lamp(rig) is None)
            assert len(rig.exchanges) == index + 1, "nothing followed what hung"
            assert tries(rig) == COUNTERS
            assert stored(rig) == before
        assert unknown == pins
        assert len(pins) == 1
        reader.heal()
        assert (await check_address(rig, patron_id)).patron_id == patron_id


async def test_a_pin_of_an_address_check_without_an_answer_is_not_presented_again(
    tmp_path: Path,
) -> None:
    """A wrong one has cost its one try, which the next look tells."""
    async with _silent_rig(tmp_path) as (rig, reader, patience):
        patron_id = (await rig.enroll(PERSONA)).id
        rig.exchanges.clear()
        check, wrong = rig.desk.address_check, pin("9999")
        assert (await check.look(patron_id)).tries_left == 3
        reader.break_at(0, Fault.SILENCE, among=presents_a_pin)
        work = asyncio.create_task(check.read(wrong, last_try_agreed=False))
        with pytest.raises(PinOutcomeUnknown) as caught:
            await _given_up(reader, patience, work)
        assert (caught.value.kind, caught.value.silent) == (PinKind.SURFACE_INFO, True)
        assert not any(wrong.reveal()), "overwritten"
        with pytest.raises(ProcedureOutOfStep):
            await check.read(pin("5678"), last_try_agreed=True)
        with pytest.raises(ReaderSilent):
            await check.look(patron_id)
        assert presented(rig) == []
        reader.let_speak()
        await rig.told.until(lambda: _lamp(rig) is None)
        reader.heal()
        assert presented(rig) == [b"9999"]
        assert presents_a_pin(rig.exchanges[-1][0]), "nothing followed it"
        with pytest.raises(ProcedureOutOfStep):
            await check.read(pin("5678"), last_try_agreed=True)
        assert (await check.look(patron_id)).tries_left == 2
        await check.read(pin("5678"), last_try_agreed=False)
        assert presented(rig) == [b"9999", b"5678"]


async def test_a_reader_that_is_plugged_in_anew_is_asked_though_the_driver_hangs(
    tmp_path: Path,
) -> None:
    """On another thread; what the driver still brings of the reader that was reaches no card."""
    async with _silent_rig(tmp_path) as (rig, reader, patience):
        patron = await rig.enroll(PERSONA)
        for gives_up_first in (True, False):
            reader.break_at(2, Fault.SILENCE)
            touch = asyncio.create_task(rig.desk.identification.touch())
            await _until_silent(reader)
            if gives_up_first:
                patience.let_pass()
                with pytest.raises(ReaderSilent):
                    await touch
            reader.inner.unplug()
            assert _lamp(rig) is Trouble.NO_READER
            reader.inner.plug_in()
            assert _lamp(rig) is None
            assert (await rig.desk.identification.touch()).patron.id == patron.id
            rig.exchanges.clear()
            if not gives_up_first:
                patience.let_pass()
                with pytest.raises(ReaderSilent):
                    await touch
            reader.let_speak()
            assert (await rig.desk.identification.touch()).patron.id == patron.id
            assert len(rig.exchanges) == 5
            assert _lamp(rig) is None


async def test_whoever_comes_after_a_touch_that_was_left_is_told(tmp_path: Path) -> None:
    """A screen that waits no longer leaves nobody to notice the silence but the next one."""
    async with _silent_rig(tmp_path) as (rig, reader, patience):
        patron = await rig.enroll(PERSONA)
        reader.break_at(2, Fault.SILENCE)
        left = asyncio.create_task(rig.desk.identification.touch())
        await _until_silent(reader)
        left.cancel()
        await asyncio.wait({left})
        patience.let_pass()
        with pytest.raises(ReaderSilent):
            await rig.desk.identification.touch()
        reader.let_speak()
        await rig.told.until(lambda: _lamp(rig) is None)
        reader.heal()
        assert (await rig.desk.identification.touch()).patron.id == patron.id


@pytest.mark.parametrize("rounds", [1, 9], ids=["on its way there", "in its queue"])
async def test_whoever_waits_behind_a_reader_that_was_plugged_in_anew_is_told(
    tmp_path: Path, rounds: int
) -> None:
    """Its thread takes nothing more; that is an answer, and ends nobody's work but this touch."""
    async with _silent_rig(tmp_path) as (rig, reader, _patience):
        patron = await rig.enroll(PERSONA)
        reader.break_at(2, Fault.SILENCE)
        left = asyncio.create_task(rig.desk.identification.touch())
        await _until_silent(reader)
        left.cancel()
        await asyncio.wait({left})
        behind = asyncio.create_task(rig.desk.identification.touch())
        for _ in range(rounds):
            await asyncio.sleep(0)
        reader.inner.unplug()
        reader.inner.plug_in()
        reader.let_speak()
        with pytest.raises(ReaderSilent):
            await behind
        assert (await rig.desk.identification.touch()).patron.id == patron.id
