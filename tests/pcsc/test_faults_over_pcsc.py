"""A sample of the faults on a real card service: driver, service and binding stand in between."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from counter_tui.clock import today
from counter_tui.desk.comparison import Agreement
from counter_tui.desk.devices import Device, LampChanged, Trouble
from counter_tui.desk.patrons import PatronView
from counter_tui.errors import (
    AuthPinWanted,
    CardError,
    IdentityError,
    PinOutcomeUnknown,
    ReaderSilent,
)
from counter_tui.hardware.pcsc import PcscReader
from counter_tui.hardware.simulated.card import SimulatedCard
from counter_tui.hardware.simulated.personas import PERSONAS
from tests.support.faults import LONGEST_SILENCE_S, Patience, presents_a_pin
from tests.support.pcscd import READER, CardService
from tests.support.rig import Rig, pin, rigged

pytestmark = pytest.mark.pcsc

PERSONA = "two-pins"
WITHOUT_PROOF = "no-card-proof"
AFTER_THE_PROOF = 3
"""Commands from the card's own signature to the PIN of an address check."""


class SpoiltCard(SimulatedCard):
    """A persona's card at which one command goes wrong."""

    def __init__(self, card: SimulatedCard) -> None:
        super().__init__(card._applications, card._tries, atr=card.atr)
        self.commands = 0
        self.pins: list[bytes] = []
        self.pin_indexes: list[int] = []
        self._at: int | None = None
        self._spoil: Callable[[bytes], bytes] = bytes
        self._before = False

    def break_at(
        self, index: int | None, spoil: Callable[[bytes], bytes], *, before: bool = False
    ) -> None:
        """Answer the command with this index, counted from now on, otherwise. None: none.

        Args:
            before: the command is not carried out.
        """
        self.commands, self._at, self._spoil, self._before = 0, index, spoil, before

    def transmit(self, command: bytes | bytearray) -> bytes:
        """Answer one command."""
        index, self.commands = self.commands, self.commands + 1
        if index == self._at and self._before:
            return self._spoil(b"\x6f\x00")
        if presents_a_pin(bytes(command)):
            self.pins.append(bytes(command[5:]))
            self.pin_indexes.append(index)
        answer = super().transmit(command)
        return self._spoil(answer) if index == self._at else answer


def leave(_answer: bytes) -> bytes:
    """The connection to the reader breaks: the card has left."""
    raise OSError


FAULTS = {
    "removed": (leave, True),
    "answer lost": (leave, False),
    "6F00": (lambda _: b"\x6f\x00", True),
    "6F00 after": (lambda _: b"\x6f\x00", False),
    "garbage": (lambda _: b"\x1b[2J\xff\xfe\x00\xe3\x81", False),
    "garbage with 9000": (lambda _: b"\x1b[2J\xff\xfe\x90\x00", False),
    "one byte": (lambda _: b"\x90", False),
    "61xx": (lambda _: b"\x61\x10", False),
    "6Cxx": (lambda _: b"\x6c\x01", False),
}


async def enrol(rig: Rig, number: str, persona: str = PERSONA) -> None:
    """All of an enrolment that needs the card."""
    secrets = PERSONAS[persona].secrets
    enrollment = rig.desk.enrollment
    await enrollment.begin(number)
    enrollment.consent()
    await enrollment.inspect_card()
    await enrollment.verify(
        pin(secrets.auth_pin), pin(secrets.surface_info_pin), last_try_agreed=()
    )


def spoilt_card(rig: Rig, persona: str = PERSONA) -> SpoiltCard:
    """The persona's card."""
    return SpoiltCard(PERSONAS[persona].make_card(today(rig.clock)))


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_in_an_enrolment(
    card_service: CardService, tmp_path: Path, fault: str
) -> None:
    """At the first command, in reading, at each PIN and near the end; then it succeeds."""
    spoil, before = FAULTS[fault]
    async with rigged(tmp_path, around=lambda _: PcscReader(READER)) as rig:
        number = (await rig.register(PERSONA)).library_card_number
        card = spoilt_card(rig)
        card_service.wait_for_card(present=False)
        with card_service.reader_of(card) as reader:
            card_service.wait_for_card(present=True)
            await enrol(rig, number)
            commands = card.commands
            for index in (1, commands // 3, commands // 2, commands * 2 // 3, commands - 2):
                card.pins.clear()
                card.break_at(index, spoil, before=before)
                # Noise in the label alone, which decides nothing, is noticed by nobody.
                with contextlib.suppress(CardError, IdentityError):
                    await enrol(rig, number)
                assert len(card.pins) == len(set(card.pins)), "a PIN was presented twice"
                card.break_at(None, bytes)
                if spoil is leave:
                    reader.take_off()
                    card_service.wait_for_card(present=False)
                    reader.lay()
                    card_service.wait_for_card(present=True)
                assert await _look(rig, number) == (3, 3), f"{fault} at {index} of {commands}"
                assert rig.rows("SELECT count(*) FROM card_link") == [(0,)]
            await enrol(rig, number)
            await rig.desk.enrollment.confirm(())
            touched = await rig.desk.identification.touch()
            assert touched.patron.library_card_number == number
        card_service.wait_for_card(present=False)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_in_a_touch_with_a_pin(
    card_service: CardService, tmp_path: Path, fault: str
) -> None:
    """At the look at the tries, and at the PIN; no try is lost, and then it opens the patron."""
    spoil, before = FAULTS[fault]
    async with rigged(
        tmp_path, around=lambda _: PcscReader(READER), without_card_proof="auth-pin"
    ) as rig:
        number = (await rig.register(WITHOUT_PROOF)).library_card_number
        card = spoilt_card(rig, WITHOUT_PROOF)
        card_service.wait_for_card(present=False)
        with card_service.reader_of(card) as reader:
            card_service.wait_for_card(present=True)
            await enrol(rig, number, WITHOUT_PROOF)
            await rig.desk.enrollment.confirm(())
            card.break_at(None, bytes)
            card.pin_indexes.clear()
            await _touch_with_pin(rig)
            for index in (card.pin_indexes[0] // 2, card.pin_indexes[0]):
                card.pins.clear()
                card.break_at(index, spoil, before=before)
                with contextlib.suppress(CardError, IdentityError):
                    await _touch_with_pin(rig)
                assert len(card.pins) <= 1, "a PIN was presented twice"
                card.break_at(None, bytes)
                if spoil is leave:
                    reader.take_off()
                    card_service.wait_for_card(present=False)
                    reader.lay()
                    card_service.wait_for_card(present=True)
                with pytest.raises(AuthPinWanted) as wanted:
                    await rig.desk.identification.touch()
                assert wanted.value.tries_left == 3, f"{fault} at {index}"
            assert await _touch_with_pin(rig) == number
        card_service.wait_for_card(present=False)


async def _touch_with_pin(rig: Rig) -> str:
    """Whose library card the touch leads to."""
    with pytest.raises(AuthPinWanted):
        await rig.desk.identification.touch()
    typed = pin(PERSONAS[WITHOUT_PROOF].secrets.auth_pin)
    touched = await rig.desk.identification.touch_with_pin(typed, last_try_agreed=False)
    return touched.patron.library_card_number


@pytest.mark.parametrize("fault", ["answer lost", "61xx", "garbage with 9000"])
async def test_a_fault_in_an_address_check(
    card_service: CardService, tmp_path: Path, fault: str
) -> None:
    """At the look, at the card's own signature, and at the PIN; no try is lost, and then the card
    gives the address."""
    spoil, before = FAULTS[fault]
    async with rigged(tmp_path, around=lambda _: PcscReader(READER)) as rig:
        patron = await rig.register(PERSONA)
        card = spoilt_card(rig)
        card_service.wait_for_card(present=False)
        with card_service.reader_of(card) as reader:
            card_service.wait_for_card(present=True)
            await enrol(rig, patron.library_card_number)
            await rig.desk.enrollment.confirm(())
            card.break_at(None, bytes)
            card.pin_indexes.clear()
            assert await _check_address(rig, patron.id) is Agreement.SAME
            at_the_pin = card.pin_indexes[0]
            at_the_proof = at_the_pin - AFTER_THE_PROOF
            for index in (at_the_pin // 2, at_the_proof, at_the_pin):
                card.pins.clear()
                card.break_at(index, spoil, before=before)
                # Noise behind a status word alone is noticed by nobody.
                with contextlib.suppress(CardError, IdentityError):
                    await _check_address(rig, patron.id)
                assert len(card.pins) <= 1, "a PIN was presented twice"
                assert not card.pins or index != at_the_proof, "to a card that proved nothing"
                card.break_at(None, bytes)
                if spoil is leave:
                    reader.take_off()
                    card_service.wait_for_card(present=False)
                    reader.lay()
                    card_service.wait_for_card(present=True)
                assert (await rig.desk.address_check.look(patron.id)).tries_left == 3, (
                    f"{fault} at {index}"
                )
            assert await _check_address(rig, patron.id) is Agreement.SAME
        card_service.wait_for_card(present=False)


async def _check_address(rig: Rig, patron_id: int) -> Agreement:
    """How the card's address fits the recorded one."""
    await rig.desk.address_check.look(patron_id)
    typed = pin(PERSONAS[PERSONA].secrets.surface_info_pin)
    checked = await rig.desk.address_check.read(typed, last_try_agreed=False)
    (address,) = (one for one in checked.comparison.fields if one.field == "address")
    return address.agreement


async def _look(rig: Rig, number: str) -> tuple[int, int]:
    enrollment = rig.desk.enrollment
    await enrollment.begin(number)
    enrollment.consent()
    ready = await enrollment.inspect_card()
    return ready.auth_tries_left, ready.surface_info_tries_left


@pytest.mark.parametrize("at_pin", [False, True])
async def test_the_card_service_ends_in_the_middle(
    card_service: CardService, tmp_path: Path, at_pin: bool
) -> None:
    """No try is lost, nothing is written; the same desk enrols when the service is back."""
    async with rigged(tmp_path, around=lambda _: PcscReader(READER)) as rig:
        number = (await rig.register(PERSONA)).library_card_number
        card = spoilt_card(rig)
        card_service.wait_for_card(present=False)
        with card_service.reader_of(card):
            card_service.wait_for_card(present=True)
            await enrol(rig, number)
            first_pin = card.pin_indexes[0]

            def end_service(answer: bytes) -> bytes:
                card_service.stop()
                return answer

            card.break_at(first_pin if at_pin else 3, end_service)
            with pytest.raises(PinOutcomeUnknown if at_pin else CardError):
                await enrol(rig, number)
        card.break_at(None, bytes)
        card_service.start()
        assert rig.rows("SELECT count(*) FROM card_link") == [(0,)]
        with card_service.reader_of(card):
            card_service.wait_for_card(present=True)
            assert await _look(rig, number) == (3, 3)
            await enrol(rig, number)
            await rig.desk.enrollment.confirm(())
        card_service.wait_for_card(present=False)


@pytest.mark.parametrize("way_back", ["it answers", "it is taken off"])
async def test_a_card_that_keeps_silent_is_given_up(
    card_service: CardService, tmp_path: Path, way_back: str
) -> None:
    """With driver and service waiting for it, the desk works on; then the card can be enrolled."""
    patience, spoken, silent = Patience(), threading.Event(), threading.Event()

    def keep_silent(answer: bytes) -> bytes:
        silent.set()
        assert spoken.wait(LONGEST_SILENCE_S)
        return answer

    async with rigged(tmp_path, around=lambda _: PcscReader(READER), pause=patience) as rig:
        number = (await rig.register(PERSONA)).library_card_number
        card = spoilt_card(rig)
        card_service.wait_for_card(present=False)
        with card_service.reader_of(card) as reader:
            card_service.wait_for_card(present=True)
            await enrol(rig, number)
            for index in (3, card.pin_indexes[0]):
                at_pin = index != 3
                card.pins.clear()
                silent.clear()
                spoken.clear()
                card.break_at(index, keep_silent)
                work = asyncio.create_task(enrol(rig, number))
                assert await asyncio.to_thread(silent.wait, LONGEST_SILENCE_S)
                patience.let_pass()
                with pytest.raises(PinOutcomeUnknown if at_pin else ReaderSilent):
                    await work
                commands = card.commands
                with pytest.raises(ReaderSilent):
                    await rig.desk.identification.touch()
                assert isinstance(await rig.desk.identification.scan(number), PatronView)
                taking_off: asyncio.Task[None] | None = None
                if way_back == "it answers":
                    spoken.set()
                else:
                    taking_off = asyncio.create_task(asyncio.to_thread(reader.take_off))
                await rig.told.until(lambda: _lamp(rig) is None)
                assert card.commands == commands, "nothing followed what hung"
                assert len(card.pins) == at_pin
                card.break_at(None, bytes)
                if taking_off is not None:
                    spoken.set()
                    await taking_off
                    await asyncio.to_thread(card_service.wait_for_card, present=False)
                    reader.lay()
                await asyncio.to_thread(card_service.wait_for_card, present=True)
                assert await _look(rig, number) == (3, 3)
            await enrol(rig, number)
            await rig.desk.enrollment.confirm(())
        card_service.wait_for_card(present=False)


def _lamp(rig: Rig) -> Trouble | None:
    shown = [
        event.trouble
        for event in rig.told.events
        if isinstance(event, LampChanged) and event.device is Device.READER
    ]
    return shown[-1]
