"""How much staff and patron have to do: keys and scans, which is what a minute is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from counter_tui.desk.enrollment import Step
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.screens.lending import LendingJob
from tests.support.counter import AtCounter, at_counter
from tests.support.rig import Rig

NUMBER = "2100000001"
Prepare = Callable[[Rig], Awaitable[None]]


class Hands:
    """Staff and patron at one terminal; each thing that they do is counted."""

    def __init__(self, at: AtCounter) -> None:
        self._at = at
        self.counted: Counter[str] = Counter()

    async def staff_press(self, key: str) -> None:
        """A key of staff's."""
        self.counted["staff's keys"] += 1
        await self._at.press(key)

    async def staff_scan(self, code: str) -> None:
        """A scan, which needs no key."""
        self.counted["scans"] += 1
        await self._at.scan(code)

    async def patron_types(self, *keys: str) -> None:
        """Keys of the patron's."""
        self.counted["patron's keys"] += len(keys)
        await self._at.press(*keys)

    async def lay(self, persona: str) -> None:
        """The card is laid down and stays until the end."""
        self.counted["cards laid and taken"] += 1
        await self._at.lay(persona)


async def _one_pin(rig: Rig) -> None:
    await rig.register("adult", library_card_number=NUMBER)


async def _two_pins(rig: Rig) -> None:
    await rig.register("two-pins", library_card_number=NUMBER)


async def _old_card(rig: Rig) -> None:
    await rig.enroll("adult")
    born = PERSONAS["two-pins"].holder.birth_date.isoformat()
    rig.change("UPDATE patron SET birth_date = ?", born)


@pytest.mark.parametrize(
    ("prepare", "persona", "pins", "relink", "expected"),
    [
        (
            _one_pin,
            "adult",
            [*"1234", "enter", "enter"],
            False,
            {"staff's keys": 3, "scans": 1, "patron's keys": 6, "cards laid and taken": 1},
        ),
        (
            _two_pins,
            "two-pins",
            [*"1234", "enter", *"5678", "enter"],
            False,
            {"staff's keys": 3, "scans": 1, "patron's keys": 10, "cards laid and taken": 1},
        ),
        (
            _old_card,
            "two-pins",
            [*"1234", "enter", *"5678", "enter"],
            True,
            {"staff's keys": 4, "scans": 1, "patron's keys": 10, "cards laid and taken": 1},
        ),
    ],
    ids=["one PIN", "two PINs", "relink"],
)
async def test_what_an_enrolment_takes(
    tmp_path: Path,
    prepare: Prepare,
    persona: str,
    pins: list[str],
    relink: bool,
    expected: dict[str, int],
) -> None:
    """The way without trouble, as docs/measurements.md has it; a step more is seen here."""
    async with at_counter(tmp_path, prepare) as at:
        hands = Hands(at)
        await hands.staff_press("f5")
        await hands.staff_scan(NUMBER)
        if relink:
            await hands.staff_press("enter")
        assert at.job(EnrollmentJob).step is Step.CONSENT
        await hands.staff_press("enter")
        await hands.lay(persona)
        await hands.patron_types(*pins)
        assert at.job(EnrollmentJob).step is Step.COMPARISON
        await hands.staff_press("enter")
        await at.take_off()
        assert at.job(LendingJob).patron.library_card_number == NUMBER
        assert dict(hands.counted) == expected
