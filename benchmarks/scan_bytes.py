"""Bytes to the terminal for one scan, and time from Enter to the due date on the screen.

    python -m benchmarks.scan_bytes

A patron is on the screen; items are scanned one after another, as a burst and with 5 ms a key, at
both sizes of the design. Beside it: a stock Input that adds a row to a stock DataTable. Every byte
between the first key and quiet is counted; over SSH each of them travels.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.ours import (
    BARCODES,
    LENDING,
    LIBRARY_CARDS,
    READY,
    add_items,
    command,
    environment,
)
from benchmarks.program import Program, Replay
from benchmarks.report import Row, show

SIZES = ((80, 24), (120, 36))
KEY_PAUSES = (0.0, 0.005)
SCANS = 8
"""Scans measured; the first one after a patron appears is not counted, and the limit is ten."""


@dataclass(frozen=True)
class Scan:
    """What one scan cost.

    Attributes:
        written: bytes from the first key to quiet.
        settled: seconds from Enter to the last change of the screen.
    """

    written: int
    settled: float


def scan(program: Program, code: str, key_pause: float) -> Scan:
    """Scan `code` as a scanner types it: all at once, or a key after another."""
    mark = program.mark()
    keys = code.encode("ascii")
    if key_pause:
        for key in keys:
            program.feed(bytes([key]))
            time.sleep(key_pause)
        entered = program.feed(b"\r")
    else:
        entered = program.feed(keys + b"\r")
    program.wait_quiet()
    written = sum(len(portion.data) for portion in program.since(mark))
    changed = Replay(program).last_change(mark)
    if changed is None:
        raise RuntimeError("nothing changed on\n" + "\n".join(program.screen()))
    return Scan(written, changed - entered)


def measure(program: Program, codes: list[str], key_pause: float) -> list[Scan]:
    """Scan all `codes`; the first is not counted."""
    return [scan(program, code, key_pause) for code in codes][1:]


def our_program(columns: int, rows: int, folder: Path, library_card: str) -> Program:
    """The demo with a patron on the screen."""
    program = Program(command(), columns, rows, environment(folder))
    _wait_for(program, READY)
    add_items(folder)
    program.feed(library_card.encode("ascii") + b"\r")
    _wait_for(program, LENDING)
    return program


def _wait_for(program: Program, mark: str) -> None:
    for _ in range(20):
        program.wait_quiet()
        if any(mark in line for line in program.screen()):
            return
    raise RuntimeError("\n".join(program.screen()))


def bare_program(columns: int, rows: int) -> Program:
    """The stock widgets."""
    program = Program([sys.executable, "-m", "benchmarks.bare_apps", "table"], columns, rows, {})
    program.wait_quiet(1)
    return program


def main() -> int:
    """Measure and print."""
    table: list[Row] = []
    for columns, rows in SIZES:
        for key_pause in KEY_PAUSES:
            codes = list(BARCODES[: SCANS + 1])
            with bare_program(columns, rows) as program:
                bare = measure(program, codes, key_pause)
            folder = Path(tempfile.mkdtemp(prefix="counter-tui-bench-"))
            try:
                with our_program(columns, rows, folder, LIBRARY_CARDS[1]) as program:
                    ours = measure(program, codes, key_pause)
            finally:
                shutil.rmtree(folder)
            what = f"{columns}x{rows}, {'5 ms a key' if key_pause else 'burst'}"
            table += _rows(what, ours, bare, "2560" if columns == 80 else "3072")
    show(f"One scan, medians of {SCANS}", table)
    return 0


def _rows(what: str, ours: list[Scan], bare: list[Scan], budget: str) -> list[Row]:
    mine, other = median(each.written for each in ours), median(each.written for each in bare)
    our_ms = median(each.settled for each in ours) * 1000
    bare_ms = median(each.settled for each in bare) * 1000
    return [
        Row(f"{what}: bytes", f"{mine:.0f}", f"{other:.0f}", f"{mine / other:.2f}", f"<= {budget}"),
        Row(
            f"{what}: Enter to due date",
            f"{our_ms:.1f} ms",
            f"{bare_ms:.1f} ms",
            f"{our_ms / bare_ms:.2f}",
            "<= 30 ms",
        ),
    ]


if __name__ == "__main__":
    sys.exit(main())
