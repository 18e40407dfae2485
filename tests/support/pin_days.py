"""Libraries in which the random days of the PIN guard begin, made once and copied for each day."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from hypothesis import seed, settings

from counter_tui.errors import CounterError
from counter_tui.hardware.simulated.personas import PERSONAS
from tests.support.rig import rigged

PATRONS: Final = sorted(
    slug
    for slug, persona in PERSONAS.items()
    if persona.is_my_number_card and persona.holder.name and persona.secrets.auth_pin
)
"""Personas whose holders may be patrons."""

NUMBERS: Final = {slug: f"{PERSONAS[slug].number:08}" for slug in PATRONS}
"""Their library cards."""

_KEPT: Final[list[tempfile.TemporaryDirectory[str]]] = []


async def begin_day(folder: Path, *, linked: bool) -> None:
    """Fill an empty folder with a library of all patrons.

    Args:
        linked: all cards that can be linked are, and none with a key of its own: each touch asks
            for the PIN where the settings say so. No try is spent yet.
    """
    shutil.copytree(await _library(linked), folder, dirs_exist_ok=True)


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
            rig.change("UPDATE card_link SET card_key = NULL")
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
