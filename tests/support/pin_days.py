"""Libraries in which the random days of the PIN guard begin, made once and copied for each day."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from enum import Enum
from pathlib import Path
from typing import Any, Final

from hypothesis import seed, settings

from counter_tui.errors import CounterError
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.settings import for_demo
from tests.support.rig import rigged

PATRONS: Final = sorted(
    slug
    for slug, persona in PERSONAS.items()
    if persona.is_my_number_card and persona.holder.name and persona.secrets.auth_pin
)
"""Personas whose holders may be patrons."""

NUMBERS: Final = {slug: f"{PERSONAS[slug].number:08}" for slug in PATRONS}
"""Their library cards."""

COMMON: Final = ("adult", "two-pins", "one-try-left", "under-15", "no-card-proof")
"""Cards that may be enrolled: laid down more often than the others."""


class Day(Enum):
    """What is linked in the morning, and so what asks for a PIN besides an enrolment."""

    UNLINKED = "unlinked"
    """Nothing, and nothing does."""
    KEYLESS = "keyless"
    """All cards that can be, none with a key of its own: each touch does, where the settings say
    so."""
    WITH_KEYS = "with keys"
    """All cards that can be, each with the key that it has: an address check does, and the touch
    of a card that has none."""


_KEPT: Final[list[tempfile.TemporaryDirectory[str]]] = []


async def begin_day(folder: Path, *, linked: bool, with_keys: bool = False) -> None:
    """Fill an empty folder with a library of all patrons. No try is spent yet.

    Args:
        linked: all cards that can be linked are.
        with_keys: each of them with the key that it has; otherwise none.
    """
    shutil.copytree(await _library(linked), folder, dirs_exist_ok=True)
    if not with_keys:
        with closing(sqlite3.connect(for_demo(folder).database_file)) as store, store:
            store.execute("UPDATE card_link SET card_key = NULL")


async def begin(folder: Path, day: Day) -> None:
    """The same for a day of this kind."""
    await begin_day(folder, linked=day is not Day.UNLINKED, with_keys=day is Day.WITH_KEYS)


_made: Final[dict[bool, Path]] = {}


async def _library(linked: bool) -> Path:
    if linked not in _made:
        kept = tempfile.TemporaryDirectory()
        _KEPT.append(kept)  # removed when the tests end
        folder = Path(kept.name)
        async with rigged(folder) as rig:
            for slug, number in NUMBERS.items():
                if linked:
                    with contextlib.suppress(CounterError):
                        await rig.enroll(slug, library_card_number=number)
                        continue
                else:
                    await rig.register(slug, library_card_number=number)
            (rig.settings.state_folder / "tries.json").unlink(missing_ok=True)
        _made[linked] = folder
    return _made[linked]


def examples_of(part: int) -> Callable[[Any], Any]:
    """Lets each part of a long campaign look at days of its own.

    Examples that are the same every time (`derandomize`) are chosen by the test's name, which
    all parts share; those of the soak profile are new ones anyway.
    """
    return seed(part) if settings().derandomize else _as_it_is


def _as_it_is(test: Any) -> Any:
    return test
