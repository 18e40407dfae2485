"""Whatever staff, patrons and cables do: a try is spent by a person's Enter and by nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from collections.abc import Awaitable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter_tui.errors import CounterError, PinKind
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.secret import Pin
from tests.support.faults import Fault, FaultyReader, faulty_rig, presents_a_pin
from tests.support.pin_days import NUMBERS, PATRONS, begin_day, examples_of
from tests.support.pin_ledger import COUNTERS, PinLedger, Presented
from tests.support.rig import Rig

SLUGS: Final = sorted(PERSONAS)
FAULTS: Final = [fault for fault in Fault if fault is not Fault.SILENCE]

COMMON: Final = ("adult", "two-pins", "one-try-left", "under-15", "no-card-proof")
"""Cards that may be enrolled: laid down more often than the others."""

RIGHT: Final = "the right one"
"""Stands for whatever the holder of the card on the reader should type."""
WRONG: Final = ("9999", "0000", "5678")
MALFORMED: Final = ("", "123", "12345", "12a4", "１２３４")


@dataclass(frozen=True)
class Lay:
    """A card is laid down in place of the one that lies there; None: that is taken off."""

    slug: str | None


@dataclass(frozen=True)
class Do:
    """One of the things that staff do, whether it is its turn or not."""

    what: str


@dataclass(frozen=True)
class LetFail:
    """Something will go wrong at a later command, or at a later PIN."""

    index: int
    fault: Fault
    at_a_pin: bool


@dataclass(frozen=True)
class PressEnter:
    """The one thing that may spend a try.

    Attributes:
        at_a_touch: the one PIN of a touch is asked for, not the two of an enrolment; on days on
            which cards are linked.
        prepared: staff first do all that comes before the PINs.
        second: None: nothing is typed there.
        agreed: the PINs whose last try the patron agreed to use.
        fault: what goes wrong at a PIN of this one.
        leaves_after: the terminal is left after so many rounds of its event loop; None: never.
    """

    at_a_touch: bool
    prepared: bool
    first: str
    second: str | None
    agreed: frozenset[PinKind]
    leaves_after: int | None
    fault: LetFail | None = None


@dataclass(frozen=True)
class Mend:
    """What went wrong is well again; a card that slipped off lies there again."""


Action = Lay | Do | PressEnter | LetFail | Mend

# Most of what is pressed reaches the card: a day on which all is refused shows little.
_digits = st.sampled_from((RIGHT,) * 10 + WRONG * 3 + MALFORMED)
_fault = st.builds(LetFail, st.integers(0, 1), st.sampled_from(FAULTS), st.just(True))
_rounds = st.integers(1, 40)
_enter = st.builds(
    PressEnter,
    st.booleans(),
    st.sampled_from((True,) * 9 + (False,)),
    _digits,
    st.sampled_from((st.none(), _digits)).flatmap(lambda strategy: strategy),
    st.sampled_from((frozenset(PinKind), *map(frozenset, ([], *([kind] for kind in PinKind))))),
    st.sampled_from((st.none(),) * 5 + (_rounds,)).flatmap(lambda strategy: strategy),
    st.sampled_from((st.none(),) * 2 + (_fault,)).flatmap(lambda strategy: strategy),
)
_lay_common = st.builds(Lay, st.sampled_from(COMMON))
_lay_any = st.builds(Lay, st.none() | st.sampled_from(SLUGS))
_do = st.builds(Do, st.sampled_from(("consent", "inspect", "cancel", "confirm", "touch")))
_fail = st.builds(LetFail, st.integers(0, 45), st.sampled_from(FAULTS), st.just(False))
_mend = st.builds(Mend)

ACTIONS: Final[st.SearchStrategy[list[Action]]] = st.lists(
    # Enter as often as all else together.
    st.sampled_from(
        (_enter,) * 6 + (_lay_common, _lay_common, _lay_any, _do, _fail, _mend)
    ).flatmap(lambda strategy: strategy),
    min_size=10,
    max_size=40,
)


class Counter:
    """A desk, and the ledger that is kept beside it."""

    def __init__(self, rig: Rig, reader: FaultyReader, *, linked: bool) -> None:
        self._rig = rig
        self._linked = linked
        self._reader = reader
        self._ledger = PinLedger(rig.settings.state_folder / "tries.json")
        self._laid: str | None = None
        self.presented = 0

    async def act(self, action: Action) -> None:
        """Do one thing, and look at what reached the card."""
        match action:
            case Lay(slug):
                self._reader.heal()
                self._rig.reader.take_off()
                if slug is not None:
                    self._rig.lay(slug)
                self._laid = slug
            case Do(what):
                await self._do(what)
            case PressEnter():
                await self._press_enter(action)
            case LetFail():
                self._let_fail(action)
            case Mend():
                self._reader.heal()
        assert self._presented() == [], "a PIN was presented, and nobody had pressed Enter"
        self._ledger.check()

    def _let_fail(self, what: LetFail) -> None:
        self._reader.heal()
        self._reader.break_at(what.index, what.fault, presents_a_pin if what.at_a_pin else None)

    async def _up_to_the_pins(self) -> None:
        if self._laid in PATRONS:
            await _try(self._rig.desk.enrollment.begin(NUMBERS[self._laid], relink=True))
        await self._do("consent")
        await self._do("inspect")

    async def _do(self, what: str) -> None:
        enrollment = self._rig.desk.enrollment
        match what:
            case "consent":
                with contextlib.suppress(CounterError):
                    enrollment.consent()
            case "inspect":
                await _try(enrollment.inspect_card())
            case "cancel":
                enrollment.cancel()
            case "confirm":
                await _try(enrollment.confirm(()))
            case "touch":
                await _try(self._rig.desk.identification.touch())

    async def _press_enter(self, action: PressEnter) -> None:
        at_a_touch = action.at_a_touch and self._linked
        if action.prepared and at_a_touch:
            await self._do("touch")
        elif action.prepared:
            await self._up_to_the_pins()
        secrets = PERSONAS[self._laid or "adult"].secrets
        first = secrets.auth_pin if action.first == RIGHT else action.first
        second = secrets.surface_info_pin if action.second == RIGHT else action.second
        if at_a_touch:
            second = None
        if action.fault is not None:
            self._let_fail(action.fault)
        laid = self._laid or "felica"  # of which nothing can be presented
        before = {kind: self._ledger.left(laid, kind) for kind in PinKind}
        pins = (_pin(first), None if second is None else _pin(second))
        desk = self._rig.desk
        work: asyncio.Task[object] = asyncio.create_task(
            desk.identification.touch_with_pin(
                pins[0], last_try_agreed=PinKind.AUTH in action.agreed
            )
            if at_a_touch
            else desk.enrollment.verify(*pins, last_try_agreed=action.agreed)
        )
        if action.leaves_after is not None:
            for _ in range(action.leaves_after):
                await asyncio.sleep(0)
            work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await _try(work)
        assert not any(pin.reveal() for pin in pins if pin is not None), "overwritten"
        # Behind that conversation on the card's lane: when this is done, it has ended.
        await self._do("touch")
        presented = self._presented()
        self.presented += len(presented)
        typed = {PinKind.AUTH: first, PinKind.SURFACE_INFO: first if second is None else second}
        kinds = [one.kind for one in presented]
        all_kinds = [PinKind.AUTH] if at_a_touch else list(PinKind)
        assert kinds == all_kinds[: len(kinds)], "each once"
        for one in presented:
            assert one.digits == typed[one.kind].encode(), "what the person typed"
        if presented:
            assert set(typed.values()).isdisjoint(MALFORMED), "format first"
            assert all(before[kind] for kind in all_kinds)
            last = {kind for kind in all_kinds if before[kind] == 1}
            assert last <= action.agreed, "the last try, and nobody had agreed to that one"
        assert all(one.was_right for one in presented[:-1]), "no second PIN after a wrong first"

    def _presented(self) -> list[Presented]:
        exchanges = list(self._rig.exchanges)
        self._rig.exchanges.clear()
        if self._laid is None:
            assert exchanges == []
            return []
        return self._ledger.enter(self._laid, exchanges)


async def _try(work: Awaitable[object]) -> None:
    """Do what may be refused, by a typed error and nothing else."""
    with contextlib.suppress(CounterError):
        await work


def _pin(text: str) -> Pin:
    return Pin(bytearray(text.encode()))


async def _drive(
    linked: bool, left: tuple[int, int], first_card: str, actions: list[Action]
) -> int:
    """A day; how often a PIN reached a card.

    Args:
        left: the tries of the common cards in the morning.
    """
    with tempfile.TemporaryDirectory() as folder:
        await begin_day(Path(folder), linked=linked)
        counters = dict(zip(COUNTERS.values(), left, strict=True))
        tries = Path(folder) / "tries.json"
        tries.write_text(json.dumps(dict.fromkeys(COMMON, counters)), encoding="ascii")
        async with faulty_rig(Path(folder), without_card_proof="auth-pin") as (rig, reader):
            counter = Counter(rig, reader, linked=linked)
            await counter.act(Lay(first_card))
            for action in actions:
                await counter.act(action)
            return counter.presented


DAYS: Final = {
    "linked": st.booleans(),
    "left": st.sampled_from(((3, 3), (2, 1), (1, 2), (1, 1))),
    "first_card": st.sampled_from(COMMON),
    "actions": ACTIONS,
}


@settings(max_examples=100)
@given(**DAYS)
def test_only_enter_spends_a_try(
    linked: bool, left: tuple[int, int], first_card: str, actions: list[Action]
) -> None:
    """Each VERIFY has one Enter before it and carries what was typed; counters fall by wrong PINs
    to that reference alone; a right one makes it full; what is blocked stays blocked."""
    asyncio.run(_drive(linked, left, first_card, actions))


@pytest.mark.parametrize(("at_a_touch", "presented"), [(True, 2), (False, 3)])
def test_the_drive_reaches_the_card(at_a_touch: bool, presented: int) -> None:
    """What the random days are made of does present PINs: a wrong one, then what is right."""
    enter = partial(PressEnter, at_a_touch, prepared=True, agreed=frozenset(), leaves_after=None)
    actions: list[Action] = [enter(first="9999", second=None), enter(first=RIGHT, second=RIGHT)]
    assert asyncio.run(_drive(True, (3, 3), "two-pins", actions)) == presented


@pytest.mark.soak
@pytest.mark.parametrize("part", range(40))  # each within the time that a test may take
def test_only_enter_spends_a_try_for_long(part: int) -> None:
    """The same, as long as there is time."""

    @examples_of(part)
    @settings(max_examples=125)
    @given(**DAYS)
    def days(linked: bool, left: tuple[int, int], first_card: str, actions: list[Action]) -> None:
        asyncio.run(_drive(linked, left, first_card, actions))

    days()
