"""The program as a process: started with words, read by what it prints and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import counter_tui
from tests.support import card_socket

KEPT: Final = ("PATH", card_socket.VARIABLE)
"""What a program under test sees of the environment of the tests."""

SOURCE: Final = {"PYTHONPATH": str(Path(counter_tui.__file__).parents[1])}
"""What lets a program under test be the very one that the tests have imported, whichever else is
installed."""


def command(*words: str | Path) -> list[str]:
    """The command line, in English."""
    return [sys.executable, "-m", "counter_tui", "--lang", "en", *map(str, words)]


def environment(home: Path) -> dict[str, str]:
    """Of a user who has no settings, and whose files lie in `home`."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {
        **kept,
        **SOURCE,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "LC_ALL": "C.UTF-8",
    }


def run(
    home: Path, *words: str | Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        command(*words),
        env={**environment(home), **(env or {})},
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )


@contextmanager
def simulated_card(home: Path, address: str, persona: str, *words: str) -> Iterator[dict[str, str]]:
    """`counter-tui simulate-card`, ended by Ctrl+C, which is a good end.

    Args:
        address: HOST:PORT of the virtual reader.
        words: further arguments.

    Yields:
        What it has printed of the card: a secret by its name.
    """
    program = subprocess.Popen(
        command("simulate-card", persona, "--reader", address, *words),
        env=environment(home),
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert program.stdout is not None
        printed: list[str] = []
        while not printed or "Ctrl+C" not in printed[-1]:
            printed.append(program.stdout.readline())
            assert printed[-1], f"it ended: {printed}"
        yield {name.strip(): secret for name, _, secret in map(_parts, printed[1:4])}
        program.send_signal(signal.SIGINT)
        assert program.wait(10) == 0
    finally:
        program.kill()
        program.communicate()


def _parts(line: str) -> tuple[str, str, str]:
    return line.strip().rpartition(" ")
