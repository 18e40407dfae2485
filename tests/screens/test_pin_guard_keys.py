"""The PIN guard from the keyboard down: whatever keys are pressed, only Enter spends a try."""

from __future__ import annotations

import asyncio
import itertools
import random
import tempfile
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter_tui import language
from counter_tui.errors import LastTryNotAgreed, PinKind
from counter_tui.hardware.simulated.in_process import SimulatedReader
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.screens.address_check import AddressCheckJob
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.screens.sheet import Page
from counter_tui.wording import pin_name, sentence
from tests.support.counter import AtCounter, at_counter
from tests.support.faults import Fault, FaultyReader, presents_a_pin
from tests.support.pin_days import COMMON, NUMBERS, Day, begin, examples_of
from tests.support.pin_ledger import PinLedger

SLUGS: Final = sorted(PERSONAS)
FAULTS: Final = [fault for fault in Fault if fault is not Fault.SILENCE]

KEYS: Final = (
    *("enter", "enter", "enter", "enter", "backspace", "escape", "tab", "9", "x"),
    *("f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "down", "ctrl+t", "ctrl+a"),
)
RIGHT_FIRST: Final = "the first PIN"
RIGHT_SECOND: Final = "the second PIN"
WRONG: Final = "a wrong PIN"
AND_ENTER: Final = ", and Enter"
TO_THE_PINS: Final = "an enrolment, a touch, or an address check, up to the PINs"
LAY: Final = "lay "
TAKE_OFF: Final = "take off"
BREAK: Final = "break "
BREAK_PIN: Final = "break at a PIN "

_TYPING: Final = (RIGHT_FIRST, RIGHT_SECOND, WRONG, *KEYS)
_CARDS: Final = (TAKE_OFF, *(LAY + slug for slug in SLUGS))
_FAULTS: Final = tuple(how + fault.name for how in (BREAK, BREAK_PIN) for fault in FAULTS)
_PINS: Final = tuple(pin + AND_ENTER for pin in (RIGHT_FIRST, RIGHT_SECOND, WRONG))
# As often as all other keys: a day on which no PIN reaches the card shows little.
_KINDS: Final = (_PINS, _TYPING) * 4 + ((TO_THE_PINS,),) * 3 + (_CARDS, _FAULTS)
DAYS: Final = {
    "day": st.sampled_from(Day),
    "first_card": st.sampled_from(SLUGS),
    "steps": st.lists(st.sampled_from(_KINDS).flatmap(st.sampled_from), min_size=10, max_size=25),
}


class Books:
    """The reader of a terminal, and what was presented on it."""

    def __init__(self, first_card: str, day: Day) -> None:
        self.reader: FaultyReader | None = None
        self.exchanges: list[tuple[bytes, bytes]] = []
        self.laid = first_card
        self.day = day

    def __call__(self, reader: SimulatedReader) -> FaultyReader:
        reader.on_exchange = lambda sent, got: self.exchanges.append((sent, got))
        self.reader = FaultyReader(reader)
        return self.reader


async def _step(at: AtCounter, books: Books, step: str) -> bool:
    """Do one thing; whether Enter ended it."""
    reader = books.reader
    assert reader is not None
    secrets = PERSONAS[books.laid].secrets
    typed = {RIGHT_FIRST: secrets.auth_pin, RIGHT_SECOND: secrets.surface_info_pin, WRONG: "9876"}
    if (pin := step.removesuffix(AND_ENTER)) in typed:
        await at.press(*typed[pin], *(("enter",) if step != pin else ()))
    elif step == TO_THE_PINS:
        await _to_the_pins(at, books)
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
    return step == "enter" or step.endswith(AND_ENTER)


async def _to_the_pins(at: AtCounter, books: Books) -> None:
    """Leave what is under way, and go as far as the PINs where that can be."""
    assert books.reader is not None
    books.reader.heal()
    await at.take_off()
    for _ in range(4):
        await at.press("escape")
    number = NUMBERS.get(books.laid)
    if number is None or at.counter.is_locked:
        return
    match books.day:
        case Day.UNLINKED:
            await at.press("f5")
            if not isinstance(at.counter.job, EnrollmentJob):
                return
            await at.scan(number)
            # The Enter that says "the person agrees": no card lies there yet.
            await at.press("enter")
        case Day.WITH_KEYS:
            # Whoever was renewed before may be renewed again.
            at.devices.change("DELETE FROM validity_change")
            at.devices.change("UPDATE patron SET expires_on = '2026-12-10'")
            await at.press("f7")
            await at.scan(number)
            # What is asked for is the card, if it is linked.
            await at.press("2", "enter")
    await at.lay(books.laid)


def _asked_about(at: AtCounter) -> PinKind | None:
    """The PIN whose last try is asked about on the screen."""
    interruption = at.counter._interruptions.present
    if interruption is None or not isinstance(interruption.shown, Page):
        return None
    page = interruption.shown
    for kind in PinKind:
        if page.head == sentence(LastTryNotAgreed(kind)).head and page.rows[0][1] == pin_name(kind):
            return kind
    return None


async def _drive(day: Day, first_card: str, steps: list[str]) -> int:
    """A day; how often a PIN reached a card."""
    language.speak("ja")
    presented = 0
    books = Books(first_card, day)
    with tempfile.TemporaryDirectory() as folder:
        await begin(Path(folder), day)
        async with at_counter(Path(folder), around=books, without_card_proof="auth-pin") as at:
            ledger = PinLedger(at.devices.settings.state_folder / "tries.json")
            agreed: set[PinKind] = set()
            for step in [TO_THE_PINS, *steps]:
                asked, job = _asked_about(at), at.counter.job
                before = {kind: ledger.left(books.laid, kind) for kind in PinKind}
                was_enter = await _step(at, books, step)
                if step == "enter" and asked is not None:
                    agreed.add(asked)
                exchanges = list(books.exchanges)
                books.exchanges.clear()
                sent = ledger.enter(books.laid, exchanges)
                assert was_enter or not sent, f"{step!r} presented a PIN"
                kinds = {one.kind for one in sent}
                assert len(kinds) == len(sent), "each reference once"
                if isinstance(job, AddressCheckJob):
                    assert kinds <= {PinKind.SURFACE_INFO}, "and no other than that was asked for"
                assert all(one.was_right for one in sent[:-1])
                last = {one.kind for one in sent if before[one.kind] == 1}
                assert last <= agreed, "the last try, and nobody had agreed to that one"
                if sent or not at.counter.job.wants_pins:
                    agreed &= set() if asked is None else {asked}
                ledger.check()
                presented += len(sent)
    return presented


@pytest.mark.parametrize(
    ("slug", "day"),
    [
        *zip(SLUGS, itertools.cycle((Day.KEYLESS, Day.UNLINKED)), strict=False),
        *((slug, Day.WITH_KEYS) for slug in COMMON),
    ],
)
def test_only_enter_presents_a_pin(slug: str, day: Day) -> None:
    """Keys, cards and faults in any order, on the whole terminal: a short day for each persona,
    of enrolments or of touches with a PIN, and for some of address checks, the same one every
    time."""
    chance = random.Random(slug)
    steps = [chance.choice(chance.choice(_KINDS)) for _ in range(10)]
    asyncio.run(_drive(day, slug, steps))


@pytest.mark.soak
@pytest.mark.parametrize("part", range(60))  # each within the time that a test may take
def test_only_enter_presents_a_pin_for_long(part: int) -> None:
    """The same, as long as there is time; what fails is cut down to what is needed for it."""

    @examples_of(part)
    @settings(max_examples=10)
    @given(**DAYS)
    def days(day: Day, first_card: str, steps: list[str]) -> None:
        asyncio.run(_drive(day, first_card, steps))

    days()


@pytest.mark.parametrize(
    ("day", "steps", "presented"),
    [
        (Day.UNLINKED, [RIGHT_FIRST, "enter", RIGHT_SECOND, "enter"], 2),
        (Day.UNLINKED, [WRONG, "enter", "enter", "enter", WRONG, "enter", "enter"], 2),
        (Day.KEYLESS, [WRONG, "enter", "enter", RIGHT_FIRST, "enter"], 2),
        # Compared, renewed, and once more for the next renewal.
        (Day.WITH_KEYS, [RIGHT_SECOND, "enter", "enter", TO_THE_PINS, RIGHT_SECOND, "enter"], 2),
        (Day.WITH_KEYS, [WRONG, "enter", "enter", RIGHT_SECOND, "enter"], 2),
    ],
)
def test_the_drive_reaches_the_card(day: Day, steps: list[str], presented: int) -> None:
    """What the random days are made of does present PINs: an enrolment, mistakes, a touch, an
    address check."""
    assert asyncio.run(_drive(day, "two-pins", steps)) == presented


def test_the_last_try_is_reached() -> None:
    """And spent, after the word of the patron."""
    for day, entry in ((Day.UNLINKED, ["enter", "enter"]), (Day.KEYLESS, ["enter"])):
        steps = ["enter", WRONG, *entry]
        assert asyncio.run(_drive(day, "one-try-left", steps)) == 1


@pytest.mark.parametrize(("word", "presented"), [("enter", 3), ("escape", 2)])
def test_the_last_try_of_an_address_check_is_reached(word: str, presented: int) -> None:
    """And spent, after the word of the patron and not without it."""
    mistake = [WRONG, "enter", "enter"]
    steps = [*mistake, *mistake, word, WRONG, "enter", "enter"]
    assert asyncio.run(_drive(Day.WITH_KEYS, "two-pins", steps)) == presented
