"""Whatever staff, patrons and cables do: a try is spent by a person's Enter and by nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from counter_tui.errors import CounterError, PinKind
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.secret import Pin
from tests.support.faults import Fault, faulty_rig
from tests.support.pin_ledger import PinLedger, Presented

SLUGS: Final = sorted(PERSONAS)
ENROLLED: Final = sorted(
    slug
    for slug, persona in PERSONAS.items()
    if persona.is_my_number_card and persona.holder.name and persona.secrets.auth_pin
)
"""Personas for whom an enrolment may come as far as the PINs."""
FAULTS: Final = [fault for fault in Fault if fault is not Fault.SILENCE]

PINS: Final = ("1234", "5678", "9999", "9999", "9999")
MALFORMED: Final = ("", "123", "12345", "12a4", "１２３４")
RIGHT: Final = "the right one"
"""Stands for whatever the holder of the card on the reader should type."""
digits = st.sampled_from((RIGHT, RIGHT, RIGHT, RIGHT, *PINS, *MALFORMED))
looked_at = st.sampled_from((True, True, True, False))


class AtTheCounter(RuleBasedStateMachine):
    """Staff, patron, cards and cables in any order; the ledger is kept beside them."""

    def __init__(self) -> None:
        super().__init__()
        self._ending = contextlib.ExitStack()
        folder = Path(self._ending.enter_context(tempfile.TemporaryDirectory()))
        self._runner = self._ending.enter_context(asyncio.Runner())
        opened = faulty_rig(folder)
        self.rig, self.reader = self._run(opened.__aenter__())
        self._ending.callback(lambda: self._run(opened.__aexit__(None, None, None)))
        self.ledger = PinLedger(self.rig.settings.state_folder / "tries.json")
        self.numbers: dict[str, str] = {}
        self.laid: str | None = None

    def teardown(self) -> None:
        """Close the desk."""
        self._ending.close()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(work)

    def _try(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do what may be refused, by a typed error and nothing else."""
        with contextlib.suppress(CounterError):
            self._run(work)

    def _presented(self) -> list[Presented]:
        exchanges = list(self.rig.exchanges)
        self.rig.exchanges.clear()
        if self.laid is None:
            assert exchanges == []
            return []
        return self.ledger.enter(self.laid, exchanges)

    def _number_of(self, slug: str) -> str:
        if slug not in self.numbers:
            patron = self._run(self.rig.register(slug))
            self.numbers[slug] = patron.library_card_number
        return self.numbers[slug]

    @initialize(slug=st.sampled_from(ENROLLED))
    def arrive(self, slug: str) -> None:
        """Somebody comes with a card, and the enrolment is brought to the PINs."""
        self.come_to_the_pins(slug)

    # ------------------------------------------------------------------ staff and patron

    @rule(slug=st.sampled_from(ENROLLED))
    def come_to_the_pins(self, slug: str) -> None:
        """All steps before the PINs at once, so that they are often reached."""
        self.lay(slug)
        self.begin(slug)
        self.consent()
        self.inspect()

    @rule(slug=st.sampled_from(ENROLLED))
    def begin(self, slug: str) -> None:
        """Scan a library card for an enrolment."""
        self._try(self.rig.desk.enrollment.begin(self._number_of(slug)))

    @rule()
    def consent(self) -> None:
        """The patron agrees."""
        with contextlib.suppress(CounterError):
            self.rig.desk.enrollment.consent()

    @rule()
    def inspect(self) -> None:
        """Look at the card."""
        self._try(self.rig.desk.enrollment.inspect_card())

    @rule()
    def cancel(self) -> None:
        """Leave the enrolment."""
        self.rig.desk.enrollment.cancel()

    @rule()
    def confirm(self) -> None:
        """Link the card."""
        self._try(self.rig.desk.enrollment.confirm(()))

    @rule()
    def touch(self) -> None:
        """Identify whoever's card lies there."""
        self._try(self.rig.desk.identification.touch())

    @rule(look=looked_at, first=digits, second=st.none() | digits, agreed=st.booleans())
    def press_enter(self, look: bool, first: str, second: str | None, agreed: bool) -> None:
        """The one thing that may spend a try."""
        if look:
            self.inspect()
        first, second = self._typed(first, second)
        pins = _pins(first, second)
        before = self._left()
        self._try(self.rig.desk.enrollment.verify(*pins, last_try_agreed=agreed))
        assert all(pin is None or not pin.reveal() for pin in pins), "wiped"
        self._check_presented(first, second, agreed, before)

    @rule(first=digits, second=st.none() | digits, agreed=st.booleans(), rounds=st.integers(1, 30))
    def press_enter_and_leave(
        self, first: str, second: str | None, agreed: bool, rounds: int
    ) -> None:
        """The terminal is left while the card is asked; the conversation ends by itself."""
        self.inspect()
        first, second = self._typed(first, second)

        async def leave() -> None:
            pins = _pins(first, second)
            work = asyncio.create_task(
                self.rig.desk.enrollment.verify(*pins, last_try_agreed=agreed)
            )
            for _ in range(rounds):
                await asyncio.sleep(0)
            work.cancel()
            with contextlib.suppress(CounterError, asyncio.CancelledError):
                await work
            assert all(pin is None or not pin.reveal() for pin in pins), "wiped"
            # Behind that conversation on the card's lane: when this is done, it has ended.
            with contextlib.suppress(CounterError):
                await self.rig.desk.identification.touch()

        before = self._left()
        self._run(leave())
        self._check_presented(first, second, agreed, before)

    # ------------------------------------------------------------------- cards and cables

    @rule(slug=st.sampled_from(SLUGS))
    def lay(self, slug: str) -> None:
        """Lay a card down, in place of the one that lies there."""
        self.reader.heal()
        self.rig.lay(slug)
        self.laid = slug

    @precondition(lambda self: self.laid is not None)
    @rule()
    def take_off(self) -> None:
        """Take the card off."""
        self.reader.heal()
        self.rig.reader.take_off()
        self.laid = None

    @rule(index=st.integers(0, 45), fault=st.sampled_from(FAULTS))
    def let_fail(self, index: int, fault: Fault) -> None:
        """Something will go wrong soon."""
        self.reader.heal()
        self.reader.break_at(index, fault)

    @rule()
    def mend(self) -> None:
        """Whatever went wrong is well again; a card that slipped off lies there again."""
        self.reader.heal()

    # --------------------------------------------------------------------------- the books

    def _typed(self, first: str, second: str | None) -> tuple[str, str | None]:
        """With the right PINs of the card on the reader where those are meant."""
        secrets = PERSONAS[self.laid or "adult"].secrets
        first = secrets.auth_pin if first == RIGHT else first
        return first, secrets.surface_info_pin if second == RIGHT else second

    def _left(self) -> dict[PinKind, int]:
        return {
            kind: 0 if self.laid is None else self.ledger.left(self.laid, kind) for kind in PinKind
        }

    def _check_presented(
        self, first: str, second: str | None, agreed: bool, before: dict[PinKind, int]
    ) -> None:
        presented = self._presented()
        typed = {PinKind.AUTH: first, PinKind.SURFACE_INFO: first if second is None else second}
        kinds = [one.kind for one in presented]
        assert kinds in ([], [PinKind.AUTH], [PinKind.AUTH, PinKind.SURFACE_INFO])
        for one in presented:
            assert one.digits == typed[one.kind].encode(), "what the person typed"
        if presented:
            assert set(typed.values()).isdisjoint(MALFORMED)
            assert 0 not in before.values()
            assert agreed or 1 not in before.values(), "the last try, and nobody agreed"
        assert all(one.was_right for one in presented[:-1]), "no second PIN after a wrong first"

    @invariant()
    def no_try_is_spent_without_enter(self) -> None:
        """Whatever was done since the last Enter presented no PIN, and the counters fit."""
        assert self._presented() == []
        self.ledger.check()


def _pins(first: str, second: str | None) -> tuple[Pin, Pin | None]:
    def typed(text: str) -> Pin:
        return Pin(bytearray(text.encode()))

    return typed(first), None if second is None else typed(second)


TestPinGuard = AtTheCounter.TestCase
TestPinGuard.settings = settings(max_examples=60, stateful_step_count=30)


class AtTheCounterForLong(AtTheCounter):
    """The same, as long as there is time."""


TestPinGuardAtLength = pytest.mark.soak(AtTheCounterForLong.TestCase)
TestPinGuardAtLength.settings = settings(max_examples=3000, stateful_step_count=60)
