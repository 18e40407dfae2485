"""What a fresh interpreter loads, so that start-up stays light on a weak PC."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Final

import pytest

NOT_FOR_HELP: Final = {
    "textual",
    "escpos",
    "psycopg",
    "peewee",
    "cryptography",
    "smartcard",
    "jpholiday",
}
"""Libraries that `counter-tui --help` has no use for."""

NOT_FOR_FIRST_PAINT: Final = {
    "escpos",
    "jinja2",
    "psycopg",
    "peewee",
    "cryptography",
    "serial",
    "smartcard",
    "usb",
}
"""Libraries that come after the first screen: store, card and printer are opened behind it."""

LOADED: Final = "; import json, sys; print('\\n' + json.dumps(sorted(sys.modules)))"


def _loaded_by(statement: str) -> set[str]:
    """Top-level names of all modules that a fresh interpreter has after `statement`."""
    done = subprocess.run(
        [sys.executable, "-c", statement + LOADED],
        check=True,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    modules: list[str] = json.loads(done.stdout.splitlines()[-1])
    return {module.partition(".")[0] for module in modules}


@pytest.mark.parametrize("words", [["--help"], ["check", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    """The command line answers a question about itself without loading a heavy library."""
    ask = (
        "from counter_tui import cli\n"
        f"try: cli.main({words!r})\n"
        "except SystemExit as end: assert not end.code\n"
        "pass"
    )
    assert not _loaded_by(ask) & NOT_FOR_HELP


def test_app_loads_no_device_library() -> None:
    """The app is on the screen before store, card and printer libraries are loaded."""
    assert not _loaded_by("import counter_tui.app") & NOT_FOR_FIRST_PAINT


def test_wiring_loads_no_printer_reader_or_server_library() -> None:
    """Wiring loads pyscard, python-escpos and psycopg only when settings call for them."""
    heavy = {"escpos", "jinja2", "psycopg", "serial", "smartcard", "jpholiday", "usb"}
    assert not _loaded_by("import counter_tui.wiring") & heavy
