"""Whatever staff, patrons and cables do: a try is spent by a person's Enter and by nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from collections.abc import Awaitable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter_tui.errors import CounterError, LastTryNotAgreed, PinFormat, PinKind
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.secret import Pin
from tests.support.faults import Fault, FaultyReader, faulty_rig, presents_a_pin
from tests.support.pin_days import COMMON, NUMBERS, PATRONS, Day, begin, examples_of
from tests.support.pin_ledger import COUNTERS, PinLedger, Presented
from tests.support.rig import Rig

SLUGS: Final = sorted(PERSONAS)
FAULTS: Final = [fault for fault in Fault if fault is not Fault.SILENCE]

RIGHT: Final = "the right one"
"""Stands for whatever the holder of the card on the reader should type."""
WRONG: Final = ("9999", "0000", "5678")
MALFORMED: Final = ("", "123", "12345", "12a4", "１２３４")


class Way(Enum):
    """How it comes to a PIN."""

    ENROLMENT = tuple(PinKind)
    TOUCH = (PinKind.AUTH,)
    ADDRESS_CHECK = (PinKind.SURFACE_INFO,)

    @property
    def kinds(self) -> tuple[PinKind, ...]:
        """The PINs that are presented, in their order."""
        kinds: tuple[PinKind, ...] = self.value
        return kinds


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
        way: what the PINs are asked for.
        whose: at an address check, the patron whose card is looked at first; None: the holder of
            the card that lies there.
        prepared: staff first do all that comes before the PINs.
        second: None: nothing is typed there; where one PIN is asked for, nothing is ever.
        agreed: the PINs whose last try the patron agreed to use.
        fault: what goes wrong at a PIN of this one.
        leaves_after: the terminal is left after so many rounds of its event loop; None: never.
    """

    way: Way
    prepared: bool
    first: str
    second: str | None
    agreed: frozenset[PinKind]
    leaves_after: int | None
    fault: LetFail | None = None
    whose: str | None = None


@dataclass(frozen=True)
class Mend:
    """What went wrong is well again; a card that slipped off lies there again."""


Action = Lay | Do | PressEnter | LetFail | Mend

WAYS: Final = {
    Day.UNLINKED: (Way.ENROLMENT,),
    Day.KEYLESS: (Way.ENROLMENT, Way.TOUCH, Way.TOUCH, Way.ADDRESS_CHECK),
    Day.WITH_KEYS: (Way.ENROLMENT, Way.TOUCH, Way.ADDRESS_CHECK, Way.ADDRESS_CHECK),
}
"""What is begun on a day of this kind; the more often, the more cards ask for a PIN there."""

# Most of what is pressed reaches the card: a day on which all is refused shows little.
_digits = st.sampled_from((RIGHT,) * 10 + WRONG * 3 + MALFORMED)
_fault = st.builds(LetFail, st.integers(0, 1), st.sampled_from(FAULTS), st.just(True))
_rounds = st.integers(1, 40)
_lay_common = st.builds(Lay, st.sampled_from(COMMON))
_lay_any = st.builds(Lay, st.none() | st.sampled_from(SLUGS))
_do = st.builds(
    Do, st.sampled_from(("consent", "inspect", "cancel", "confirm", "touch", "look", "leave"))
)
_fail = st.builds(LetFail, st.integers(0, 45), st.sampled_from(FAULTS), st.just(False))
_mend = st.builds(Mend)


def _enter(day: Day) -> st.SearchStrategy[PressEnter]:
    return st.builds(
        PressEnter,
        st.sampled_from(WAYS[day]),
        st.sampled_from((True,) * 9 + (False,)),
        _digits,
        st.sampled_from((st.none(), _digits)).flatmap(lambda strategy: strategy),
        st.sampled_from((frozenset(PinKind), *map(frozenset, ([], *([kind] for kind in PinKind))))),
        st.sampled_from((st.none(),) * 5 + (_rounds,)).flatmap(lambda strategy: strategy),
        st.sampled_from((st.none(),) * 2 + (_fault,)).flatmap(lambda strategy: strategy),
        st.sampled_from((None,) * 9 + (COMMON[0],)),
    )


def _actions(day: Day) -> st.SearchStrategy[list[Action]]:
    # Enter as often as all else together.
    kinds = (_enter(day),) * 6 + (_lay_common, _lay_common, _lay_any, _do, _fail, _mend)
    return st.lists(
        st.sampled_from(kinds).flatmap(lambda strategy: strategy), min_size=10, max_size=40
    )


class Counter:
    """A desk, and the ledger that is kept beside it."""

    def __init__(self, rig: Rig, reader: FaultyReader) -> None:
        self._rig = rig
        self._reader = reader
        self._ledger = PinLedger(rig.settings.state_folder / "tries.json")
        self._laid: str | None = None
        self._looked_at: str | None = None
        """Whose card an address check has looked at, and not asked yet."""
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

    async def _up_to_the_pins(self, action: PressEnter) -> None:
        match action.way:
            case Way.ENROLMENT:
                if self._laid in PATRONS:
                    await _try(self._rig.desk.enrollment.begin(NUMBERS[self._laid], relink=True))
                await self._do("consent")
                await self._do("inspect")
            case Way.TOUCH:
                await self._do("touch")
            case Way.ADDRESS_CHECK:
                await self._look(action.whose)

    async def _look(self, whose: str | None) -> None:
        whose = whose or (self._laid if self._laid in PATRONS else COMMON[0])
        number = NUMBERS[whose]
        rows = self._rig.rows("SELECT id FROM patron WHERE library_card_number = ?", number)
        (patron_id,) = (int(str(value)) for (value,) in rows)
        refused = await _try(self._rig.desk.address_check.look(patron_id))
        self._looked_at = whose if refused is None else None

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
            case "look":
                await self._look(None)
            case "leave":
                self._rig.desk.address_check.leave()
                self._looked_at = None

    async def _press_enter(self, action: PressEnter) -> None:
        way = action.way
        if action.prepared:
            await self._up_to_the_pins(action)
        secrets = PERSONAS[self._laid or "adult"].secrets
        right = {PinKind.AUTH: secrets.auth_pin, PinKind.SURFACE_INFO: secrets.surface_info_pin}
        first = right[way.kinds[0]] if action.first == RIGHT else action.first
        second = right[way.kinds[-1]] if action.second == RIGHT else action.second
        if len(way.kinds) == 1:
            second = None
        if action.fault is not None:
            self._let_fail(action.fault)
        laid = self._laid or "felica"  # of which nothing can be presented
        before = {kind: self._ledger.left(laid, kind) for kind in PinKind}
        pins = (_pin(first), None if second is None else _pin(second))
        looked_at, refused = self._looked_at, None
        work = asyncio.create_task(self._present(way, pins, action.agreed))
        if action.leaves_after is not None:
            for _ in range(action.leaves_after):
                await asyncio.sleep(0)
            work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            refused = await _try(work)
        assert not any(pin.reveal() for pin in pins if pin is not None), "overwritten"
        # Behind that conversation on the card's lane: when this is done, it has ended.
        await self._do("touch")
        presented = self._presented()
        self.presented += len(presented)
        typed = dict.fromkeys(way.kinds, first)
        if second is not None:
            typed[way.kinds[-1]] = second
        kinds = tuple(one.kind for one in presented)
        assert kinds == way.kinds[: len(kinds)], "each once, and no other"
        for one in presented:
            assert one.digits == typed[one.kind].encode(), "what the person typed"
        if presented:
            assert set(typed.values()).isdisjoint(MALFORMED), "format first"
            assert all(before[kind] for kind in way.kinds)
            last = {kind for kind in way.kinds if before[kind] == 1}
            assert last <= action.agreed, "the last try, and nobody had agreed to that one"
        assert all(one.was_right for one in presented[:-1]), "no second PIN after a wrong first"
        if way is Way.ADDRESS_CHECK:
            if presented:
                assert looked_at is not None, "looked at anew after each presentation"
                assert looked_at == self._laid, "that patron's own card, and no copy"
            if not isinstance(refused, PinFormat | LastTryNotAgreed):
                self._looked_at = None

    async def _present(
        self, way: Way, pins: tuple[Pin, Pin | None], agreed: frozenset[PinKind]
    ) -> None:
        desk, (first, second) = self._rig.desk, pins
        match way:
            case Way.ENROLMENT:
                await desk.enrollment.verify(first, second, last_try_agreed=agreed)
            case Way.TOUCH:
                await desk.identification.touch_with_pin(
                    first, last_try_agreed=PinKind.AUTH in agreed
                )
            case Way.ADDRESS_CHECK:
                await desk.address_check.read(first, last_try_agreed=PinKind.SURFACE_INFO in agreed)

    def _presented(self) -> list[Presented]:
        exchanges = list(self._rig.exchanges)
        self._rig.exchanges.clear()
        if self._laid is None:
            assert exchanges == []
            return []
        return self._ledger.enter(self._laid, exchanges)


async def _try(work: Awaitable[object]) -> CounterError | None:
    """Do what may be refused, by a typed error and nothing else; which one that was."""
    try:
        await work
    except CounterError as error:
        return error
    return None


def _pin(text: str) -> Pin:
    return Pin(bytearray(text.encode()))


async def _drive(day: Day, left: tuple[int, int], first_card: str, actions: list[Action]) -> int:
    """A day; how often a PIN reached a card.

    Args:
        left: the tries of the common cards in the morning.
    """
    with tempfile.TemporaryDirectory() as folder:
        await begin(Path(folder), day)
        counters = dict(zip(COUNTERS.values(), left, strict=True))
        tries = Path(folder) / "tries.json"
        tries.write_text(json.dumps(dict.fromkeys(COMMON, counters)), encoding="ascii")
        async with faulty_rig(Path(folder), without_card_proof="auth-pin") as (rig, reader):
            counter = Counter(rig, reader)
            await counter.act(Lay(first_card))
            for action in actions:
                await counter.act(action)
            return counter.presented


def _morning(day: Day) -> dict[str, st.SearchStrategy[Any]]:
    """All that is left open about a day of this kind."""
    return {
        "left": st.sampled_from(((3, 3), (2, 1), (1, 2), (1, 1))),
        "first_card": st.sampled_from(COMMON),
        "actions": _actions(day),
    }


@pytest.mark.parametrize("day", Day)
def test_only_enter_spends_a_try(day: Day) -> None:
    """Each VERIFY has one Enter before it and carries what was typed; counters fall by wrong PINs
    to that reference alone; a right one makes it full; what is blocked stays blocked."""

    @settings(max_examples=30)
    @given(**_morning(day))
    def days(left: tuple[int, int], first_card: str, actions: list[Action]) -> None:
        asyncio.run(_drive(day, left, first_card, actions))

    days()


@pytest.mark.parametrize(
    ("day", "way", "presented"),
    [
        (Day.UNLINKED, Way.ENROLMENT, 3),
        (Day.KEYLESS, Way.ENROLMENT, 3),
        (Day.KEYLESS, Way.TOUCH, 2),
        (Day.KEYLESS, Way.ADDRESS_CHECK, 0),
        (Day.WITH_KEYS, Way.ENROLMENT, 3),
        (Day.WITH_KEYS, Way.TOUCH, 0),
        (Day.WITH_KEYS, Way.ADDRESS_CHECK, 2),
    ],
)
def test_the_drive_reaches_the_card(day: Day, way: Way, presented: int) -> None:
    """What the random days are made of does present PINs, where one is asked for: a wrong one, then
    what is right."""
    enter = partial(PressEnter, way, prepared=True, agreed=frozenset(), leaves_after=None)
    actions: list[Action] = [enter(first="9999", second=None), enter(first=RIGHT, second=RIGHT)]
    assert asyncio.run(_drive(day, (3, 3), "two-pins", actions)) == presented


@pytest.mark.parametrize(
    ("day", "way"),
    [
        (Day.UNLINKED, Way.ENROLMENT),
        (Day.KEYLESS, Way.TOUCH),
        (Day.WITH_KEYS, Way.ADDRESS_CHECK),
    ],
)
def test_the_last_try_is_reached(day: Day, way: Way) -> None:
    """And spent, after the patron's word about that PIN and no other; then it is blocked."""
    enter = partial(PressEnter, way, prepared=True, first="9999", second=None, leaves_after=None)
    asked = frozenset(way.kinds)
    words = [frozenset[PinKind](), frozenset(PinKind) - {way.kinds[0]}, asked, asked]
    for reached, presented in enumerate((0, 0, 1, 1), 1):
        actions: list[Action] = [enter(agreed=agreed) for agreed in words[:reached]]
        assert asyncio.run(_drive(day, (1, 1), "two-pins", actions)) == presented


@pytest.mark.parametrize("slug", ["two-pins", "cloned", "felica"])
def test_a_card_that_is_not_the_patron_s_is_told_no_pin(slug: str) -> None:
    """It was laid down before the look, or in the right one's place after it."""
    enter = partial(
        PressEnter,
        Way.ADDRESS_CHECK,
        first=RIGHT,
        second=None,
        agreed=frozenset(PinKind),
        leaves_after=None,
    )
    before: list[Action] = [enter(prepared=True, whose="adult")]
    assert asyncio.run(_drive(Day.WITH_KEYS, (3, 3), slug, before)) == 0
    after: list[Action] = [Do("look"), Lay(slug), enter(prepared=False)]
    assert asyncio.run(_drive(Day.WITH_KEYS, (3, 3), "adult", after)) == 0


@pytest.mark.soak
@pytest.mark.parametrize("part", range(40))  # each within the time that a test may take
def test_only_enter_spends_a_try_for_long(part: int) -> None:
    """The same, as long as there is time."""
    day = list(Day)[part % len(Day)]

    @examples_of(part)
    @settings(max_examples=125)
    @given(**_morning(day))
    def days(left: tuple[int, int], first_card: str, actions: list[Action]) -> None:
        asyncio.run(_drive(day, left, first_card, actions))

    days()
