"""A test installation on the virtual reader, and what staff do at its terminal."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Final

from tests.support.pcscd import READER, wait_until
from tests.support.terminal import Terminal

FIRST_LIBRARY_CARD: Final = "2100000001"


def write_settings(folder: Path, printer: str, **more: object) -> Path:
    """A settings file with the log at its finest; `more`: further keys, or other values."""
    values: dict[str, object] = {
        "installation": "test",
        "library": "戸田市立図書館",
        "branch": "中央図書館",
        "counter": "1階",
        "operator": "佐藤",
        "reader": f"pcsc:{READER}",
        "printer": printer,
        "printer_columns": 42,
        "platform": "simulated",
        "log_level": "debug",
        **more,
    }
    path = folder / "settings.toml"
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def staff_terminal(
    settings_file: Path,
    program: str = "counter_tui",
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Terminal:
    """The program as staff start it; `program`: another module in its place."""
    command = [sys.executable, "-m", program, "--config", str(settings_file)]
    return Terminal(command, env=dict(env or {}), cwd=cwd)


def add_items(folder: Path, titles: Mapping[str, str]) -> None:
    """Put items into the store from outside; titles by their barcodes."""
    with closing(sqlite3.connect(folder / "library.sqlite3", timeout=20)) as store, store:
        store.execute("INSERT OR IGNORE INTO branch (name) VALUES ('中央図書館')")
        for barcode, title in titles.items():
            store.execute(
                "INSERT INTO item (barcode, title, branch_id, not_for_loan)"
                " SELECT ?, ?, id, 0 FROM branch WHERE name = '中央図書館'",
                (barcode, title),
            )


def register(terminal: Terminal, name: str, born: date, address: str) -> None:
    """Register the first patron and go on to the consent of the enrolment, as staff do."""
    terminal.send("F5")
    terminal.wait_for("はじめての人を登録する")

    def registration_opens() -> bool:
        # At once, a second F5 is taken for a key that bounced.
        terminal.send("F5")
        return "今   氏名" in terminal.text()

    wait_until(registration_opens, "the registration")
    answers = {
        "氏名": name,
        "カナ": "ミホン",
        "生年月日": born.isoformat(),
        "住所": address,
        "電話": "048-442-2800",
        "区分": "1",
        "貸出券": "",
    }
    for label, answer in answers.items():
        terminal.wait_for(f"今   {label}")
        terminal.scan(answer)
    terminal.wait_for("２１０００００００１")
    terminal.send("Enter")
    terminal.wait_for("来ている人は、本人ですか")


def end_patron(terminal: Terminal) -> None:
    """Enter, until nobody is open. Just after the loans have begun by themselves, an Enter is taken
    for one that was meant for what stood there before."""

    def nobody_is_open() -> bool:
        terminal.send("Enter")
        return "待　受　中" in terminal.text()

    wait_until(nobody_is_open, "the counter ready for the next one")
