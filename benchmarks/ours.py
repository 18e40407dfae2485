"""How the program under measurement is started, and what its screens show: the one place to
change when they do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

FIRST_SCREEN: Final = "待受"
"""Label of the scan line at the home screen."""

READY: Final = "台帳〇"
"""The store's lamp, when the store is open."""

LENDING: Final = "手もと"
"""Head of the list of loans, once a patron is there."""

LIBRARY_CARDS: Final = tuple(str(number) for number in range(2_000_000_001, 2_000_000_004))
"""Library cards of the demo's first personas."""

BARCODES: Final = tuple(str(number) for number in range(1_000_000_001, 1_000_000_041))
"""Items of the demo that are on the shelf at the start."""


def command() -> list[str]:
    """The demo, by the interpreter that measures."""
    return [str(Path(sys.executable).with_name("counter-tui")), "--demo"]


def environment(folder: Path) -> dict[str, str]:
    """Lets the demo keep its state in `folder`."""
    return {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}
