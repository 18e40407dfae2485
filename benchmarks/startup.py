"""Start to the first usable screen, and memory there, beside a bare Textual app with one Input.

    python -m benchmarks.startup [RUNS]

Both run on the same kind of terminal, in turns, after one run each that is not counted. "First
screen" is when the line for scanning stands there; "ready" is when store and devices are open too.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks import bare_apps
from benchmarks.ours import FIRST_SCREEN, READY, command, environment
from benchmarks.program import Program, Replay
from benchmarks.report import Row, show

RUNS = 7


@dataclass(frozen=True)
class Start:
    """One start: seconds and kilobytes."""

    first_screen: float
    ready: float
    resident: int


def start(words: list[str], env: dict[str, str], first_screen: str, ready: str) -> Start:
    """Start once, wait until all is quiet, look back.

    Raises:
        RuntimeError: the screen never showed what was expected; its text is in the message.
    """
    with Program(words, 80, 24, env) as program:
        program.wait_quiet(1.0)
        resident = program.resident_kilobytes()
        replay = Replay(program)
        # In this order: a replay only goes forwards.
        seen = [replay.first(partial(_shows, mark)) for mark in (first_screen, ready)]
        if None in seen:
            raise RuntimeError("\n".join(program.screen()))
        moments = [moment - program.started_at for moment in seen if moment is not None]
        return Start(moments[0], moments[1], resident)


def _shows(mark: str, screen: str) -> bool:
    return mark in screen


def main() -> int:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    folder = Path(tempfile.mkdtemp(prefix="counter-tui-bench-"))
    bare_words = [sys.executable, "-m", "benchmarks.bare_apps", "input"]
    ours: list[Start] = []
    bare: list[Start] = []
    try:
        for turn in range(runs + 1):
            bare_start = start(bare_words, {}, bare_apps.PROMPT, bare_apps.PROMPT)
            our_start = start(command(), environment(folder), FIRST_SCREEN, READY)
            if turn > 0:
                bare.append(bare_start)
                ours.append(our_start)
    finally:
        shutil.rmtree(folder)
    psycopg = "installed" if importlib.util.find_spec("psycopg") else "not installed"
    show(
        f"Start, medians of {runs} runs, psycopg {psycopg}",
        [
            _seconds("first screen", ours, bare, "first_screen", "<= 1.6"),
            _seconds("ready: store and devices open", ours, bare, "ready", ""),
            _memory(ours, bare),
        ],
    )
    return 0


def _seconds(what: str, ours: list[Start], bare: list[Start], field: str, budget: str) -> Row:
    mine = median(getattr(each, field) for each in ours)
    other = median(each.first_screen for each in bare)
    return Row(what, f"{mine:.3f} s", f"{other:.3f} s", f"{mine / other:.2f}", budget)


def _memory(ours: list[Start], bare: list[Start]) -> Row:
    mine = median(each.resident for each in ours) / 1024
    other = median(each.resident for each in bare) / 1024
    ratio = f"{mine / other:.2f}"
    return Row("memory at the home screen", f"{mine:.1f} MB", f"{other:.1f} MB", ratio, "<= 1.7")


if __name__ == "__main__":
    sys.exit(main())
