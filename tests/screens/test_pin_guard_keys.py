"""The PIN guard from the keyboard down: whatever keys are pressed, only Enter spends a try."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter_tui import language
from counter_tui.hardware.simulated.in_process import SimulatedReader
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.screens.enrolment import EnrollmentJob
from tests.support.counter import AtCounter, at_counter
from tests.support.faults import Fault, FaultyReader, presents_a_pin
from tests.support.pin_ledger import PinLedger
from tests.support.rig import Rig

NUMBERS: Final = {"two-pins": "00000002", "one-try-left": "00000003", "no-card-proof": "00000014"}
FAULTS: Final = [fault for fault in Fault if fault is not Fault.SILENCE]

KEYS: Final = ("enter", "enter", "enter", "backspace", "escape", "tab", "f1", "f2", "f5", "9", "x")
RIGHT_FIRST: Final = "the first PIN"
RIGHT_SECOND: Final = "the second PIN"
WRONG: Final = "a wrong PIN"
ENROL: Final = "an enrolment up to the PINs"
LAY: Final = "lay "
TAKE_OFF: Final = "take off"
BREAK: Final = "break "
BREAK_PIN: Final = "break at a PIN "

_typing = st.sampled_from((RIGHT_FIRST, RIGHT_SECOND, WRONG, *KEYS))
_cards = st.sampled_from([TAKE_OFF, *(LAY + slug for slug in (*NUMBERS, "licence"))])
_faults = st.sampled_from(
    [*(BREAK + fault.name for fault in FAULTS), *(BREAK_PIN + fault.name for fault in FAULTS)]
)
STEPS: Final = st.lists(
    st.sampled_from((_typing,) * 8 + (st.just(ENROL),) * 3 + (_cards, _faults)).flatmap(
        lambda strategy: strategy
    ),
    min_size=10,
    max_size=25,
)


class Books:
    """The reader of a terminal, and what was presented on it."""

    def __init__(self) -> None:
        self.reader: FaultyReader | None = None
        self.exchanges: list[tuple[bytes, bytes]] = []
        self.laid = "licence"

    def __call__(self, reader: SimulatedReader) -> FaultyReader:
        reader.on_exchange = lambda sent, got: self.exchanges.append((sent, got))
        self.reader = FaultyReader(reader)
        return self.reader


async def _step(at: AtCounter, books: Books, step: str) -> bool:
    """Do one thing; whether it was Enter."""
    reader = books.reader
    assert reader is not None
    secrets = PERSONAS[books.laid].secrets
    typed = {RIGHT_FIRST: secrets.auth_pin, RIGHT_SECOND: secrets.surface_info_pin, WRONG: "9876"}
    if step in typed:
        await at.press(*typed[step])
    elif step == ENROL:
        await _enrol(at, books)
    elif step == TAKE_OFF:
        reader.heal()
        await at.take_off()
    elif step.startswith(LAY):
        reader.heal()
        books.laid = step.removeprefix(LAY)
        await at.lay(books.laid)
    elif step.startswith(BREAK_PIN):
        reader.heal()
        reader.break_at(0, Fault[step.removeprefix(BREAK_PIN)], among=presents_a_pin)
    elif step.startswith(BREAK):
        reader.heal()
        reader.break_at(9, Fault[step.removeprefix(BREAK)])
    else:
        await at.press(step)
    return step == "enter"


async def _enrol(at: AtCounter, books: Books) -> None:
    """Leave what is under way, and go as far as the PINs where that can be."""
    assert books.reader is not None
    books.reader.heal()
    await at.take_off()
    for _ in range(4):
        await at.press("escape")
    number = NUMBERS.get(books.laid)
    if number is None or at.counter.is_locked:
        return
    await at.press("f5")
    if isinstance(at.counter.job, EnrollmentJob):
        await at.scan(number)
        # The Enter that says "the person agrees": no card lies there yet.
        await at.press("enter")
        await at.lay(books.laid)


async def _drive(steps: list[str]) -> int:
    language.speak("ja")

    async def patrons(rig: Rig) -> None:
        for slug, number in NUMBERS.items():
            await rig.register(slug, library_card_number=number)

    presented = 0
    books = Books()
    with tempfile.TemporaryDirectory() as folder:
        async with at_counter(Path(folder), patrons, around=books) as at:
            ledger = PinLedger(at.devices.settings.state_folder / "tries.json")
            books.laid = "two-pins"
            for step in [ENROL, *steps]:
                was_enter = await _step(at, books, step)
                exchanges = list(books.exchanges)
                books.exchanges.clear()
                sent = ledger.enter(books.laid, exchanges)
                assert was_enter or not sent, f"{step!r} presented a PIN"
                assert len({one.kind for one in sent}) == len(sent), "each reference once"
                assert all(one.was_right for one in sent[:-1])
                ledger.check()
                presented += len(sent)
    return presented


@settings(max_examples=5)
@given(STEPS)
def test_only_enter_presents_a_pin(steps: list[str]) -> None:
    """Keys, cards and faults in any order, on the whole terminal."""
    asyncio.run(_drive(steps))


@pytest.mark.soak
@pytest.mark.parametrize("_part", range(20))  # each within the time that a test may take
@settings(max_examples=15)
@given(steps=STEPS)
def test_only_enter_presents_a_pin_for_long(_part: int, steps: list[str]) -> None:
    """The same, as long as there is time."""
    asyncio.run(_drive(steps))


async def test_the_drive_reaches_the_card(tmp_path: Path) -> None:
    """What the random days are made of does present PINs: an enrolment, a mistake, a last try."""
    steps = [RIGHT_FIRST, "enter", RIGHT_SECOND, "enter", ENROL, WRONG, "enter", "enter"]
    last_try = [LAY + "one-try-left", ENROL, "enter", WRONG, "enter", "enter"]
    assert await _drive([*steps, *last_try]) == 4
