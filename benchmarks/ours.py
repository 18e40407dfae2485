"""How the program under measurement is started, and what its screens show: the one place to
change when they do."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
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

BARCODES: Final = tuple(str(number) for number in range(1_000_000_000_001, 1_000_000_000_041))
"""Thirteen digits each; the demo's own are shorter, so these are added by `add_items`."""


def command() -> list[str]:
    """The demo, by the interpreter that measures."""
    return [str(Path(sys.executable).with_name("counter-tui")), "--demo"]


def environment(folder: Path) -> dict[str, str]:
    """Lets the demo keep its state in `folder`."""
    return {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}


def add_items(folder: Path) -> None:
    """Put an item for each of `BARCODES` into the store of a demo that has been started."""
    store_file = folder / "state/counter_tui/demo/demo.sqlite3"
    with closing(sqlite3.connect(store_file, timeout=20)) as store, store:
        store.executemany(
            "INSERT INTO item (barcode, title, branch_id, not_for_loan)"
            " SELECT ?, ?, min(id), 0 FROM branch",
            ((code, f"銀河鉄道の夜 {code}") for code in BARCODES),
        )
