"""Commands to the card for one touch, what it costs beyond the card's own time, and one lending.

    python -m benchmarks.touch [--large]

The card is the simulated one, in process; its time is taken out, because a real one has its own.
The store holds 1,000 patrons and 10,000 loans, then 100,000 and 1,000,000 (`--large`: ten times
that); growth is the ratio between the two.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.report import Row, percentile, show
from counter_tui import settings, wiring
from counter_tui.clock import SystemClock, today
from counter_tui.demo import library
from counter_tui.desk.place import Place, PlaceRecord
from counter_tui.desk.store_lane import StoreLane
from counter_tui.hardware.simulated.in_process import SimulatedReader
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.hardware.transport import CardReader, Connection

TURNS: Final = 300
WARM_UP: Final = 20
"""Turns before that, which are not counted: they fill caches."""

FIRST_CARD: Final = 3_000_000_000
FIRST_LENT_ITEM: Final = 4_000_000_000
FIRST_FREE_ITEM: Final = 5_000_000_000
"""Library cards and barcodes that are added to the demo's."""

OVERHEAD_BUDGET: Final = "<= 15 ms"


class MeasuredConnection:
    """Passes everything on; counts commands and the time that the card takes."""

    def __init__(self, connection: Connection, reader: MeasuredReader) -> None:
        self._connection = connection
        self._reader = reader

    @property
    def atr(self) -> bytes:
        """See `Connection`."""
        return self._connection.atr

    def transmit(self, command: bytes | bytearray) -> bytes:
        """See `Connection`."""
        began = time.perf_counter()
        answer = self._connection.transmit(command)
        self._reader.card_seconds += time.perf_counter() - began
        self._reader.commands += 1
        return answer

    def disconnect(self) -> None:
        """See `Connection`."""
        self._connection.disconnect()


class MeasuredReader:
    """A reader that knows what its card cost since the last `reset`."""

    def __init__(self, reader: CardReader) -> None:
        self._reader = reader
        self.watch = reader.watch
        self.reader_name = reader.reader_name
        self.reset()

    def reset(self) -> None:
        """Begin to count."""
        self.commands = 0
        self.card_seconds = 0.0

    def connect(self) -> Connection:
        """See `CardReader`; powering the card counts as its own time."""
        began = time.perf_counter()
        connection = self._reader.connect()
        self.card_seconds += time.perf_counter() - began
        return MeasuredConnection(connection, self)


@dataclass(frozen=True)
class Found:
    """What a store of one size cost, in seconds, and commands to the card.

    Attributes:
        touches: beyond the card's own time.
        lendings: from a barcode to a loan that is kept.
        commands: of one touch.
    """

    touches: list[float]
    lendings: list[float]
    commands: int


async def measure(folder: Path, patrons: int, loans: int) -> Found:
    """Touch and lend again and again, on a store of this size."""
    clock = SystemClock()
    chosen = settings.for_demo(folder)
    platform = wiring.platform_of(chosen, clock)
    store = StoreLane(wiring.store_of(chosen), lambda event: None)
    place = PlaceRecord(Place("", chosen.branch, chosen.counter, chosen.operator, "", ""))
    await store.transact(library.fill, place, platform, clock.now())
    await store.close()
    _grow(chosen.database_file, patrons, loans)
    reader = SimulatedReader()
    measured = MeasuredReader(reader)
    desk = await wiring.join(chosen, lambda event: None, clock, measured, platform, None, None)
    reader.lay(PERSONAS[library.LINKED_PERSONA].make_card(today(clock)))
    touches = []
    for turn in range(TURNS + WARM_UP):
        measured.reset()
        began = time.perf_counter()
        await desk.identification.touch()
        if turn >= WARM_UP:
            touches.append(time.perf_counter() - began - measured.card_seconds)
    with closing(sqlite3.connect(chosen.database_file)) as rows:
        ids = rows.execute(
            "SELECT id FROM patron WHERE library_card_number >= ? ORDER BY random() LIMIT ?",
            (str(FIRST_CARD), TURNS + WARM_UP),
        ).fetchall()
    lendings = []
    for turn, (patron_id,) in enumerate(ids):
        began = time.perf_counter()
        await desk.lending.checkout(patron_id, str(FIRST_FREE_ITEM + turn))
        if turn >= WARM_UP:
            lendings.append(time.perf_counter() - began)
    await desk.close()
    return Found(touches, lendings, measured.commands)


def _grow(database: Path, patrons: int, loans: int) -> None:
    """Add patrons and loans, nine of ten returned, as a library of this size would have."""
    now = SystemClock().now()
    with sqlite3.connect(database) as connection:
        columns = [
            name
            for _number, name, *_rest in connection.execute("PRAGMA table_info(patron)")
            if name not in ("id", "library_card_number")
        ]
        others = ", ".join(columns)
        connection.executemany(
            f"INSERT INTO patron (library_card_number, {others})"  # noqa: S608  the table's own names
            f" SELECT ?, {others} FROM patron WHERE id = 1",
            ((str(FIRST_CARD + number),) for number in range(patrons)),
        )
        (first_patron,) = connection.execute(
            "SELECT min(id) FROM patron WHERE library_card_number >= ?", (str(FIRST_CARD),)
        ).fetchone()
        (branch,) = connection.execute("SELECT min(id) FROM branch").fetchone()
        (first_item,) = connection.execute("SELECT max(id) + 1 FROM item").fetchone()
        open_loans = loans // 10
        connection.executemany(
            "INSERT INTO item (id, barcode, title, branch_id, not_for_loan) VALUES (?, ?, ?, ?, 0)",
            (
                (first_item + number, str(FIRST_LENT_ITEM + number), "本", branch)
                for number in range(open_loans)
            ),
        )
        connection.executemany(
            "INSERT INTO item (barcode, title, branch_id, not_for_loan) VALUES (?, ?, ?, 0)",
            ((str(FIRST_FREE_ITEM + number), "本", branch) for number in range(TURNS + WARM_UP)),
        )
        (operator,) = connection.execute("SELECT min(id) FROM operator").fetchone()
        (counter,) = connection.execute("SELECT min(id) FROM counter").fetchone()
        lent_at = (now - timedelta(days=3)).replace(tzinfo=None).isoformat(" ")
        due_on = (now + timedelta(days=11)).date().isoformat()
        connection.executemany(
            "INSERT INTO loan (item_id, patron_id, lent_at, due_on, lent_by_id,"
            " lent_at_counter_id, returned_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    first_item + number % open_loans,
                    first_patron + number % patrons if number < open_loans else None,
                    lent_at,
                    due_on,
                    operator,
                    counter,
                    None if number < open_loans else lent_at,
                )
                for number in range(loans)
            ),
        )


def main() -> int:
    """Measure and print."""
    sizes = [(1_000, 10_000), (100_000, 1_000_000)]
    if "--large" in sys.argv[1:]:
        sizes.append((1_000_000, 10_000_000))
    rows: list[Row] = []
    p95s: list[tuple[float, float]] = []
    for patrons, loans in sizes:
        print(f"== {TURNS} touches with {patrons:,} patrons and {loans:,} loans", flush=True)
        with tempfile.TemporaryDirectory(prefix="counter-tui-bench-") as folder:
            found = asyncio.run(measure(Path(folder), patrons, loans))
        p95s.append((percentile(found.touches, 0.95), percentile(found.lendings, 0.95)))
        size = f"{patrons:,} patrons"
        rows += [
            Row(f"{size}: commands of a touch", str(found.commands), "", "", "<= 5"),
            Row(f"{size}: touch, median", _ms(median(found.touches)), "", "", ""),
            Row(f"{size}: touch, p95", _ms(p95s[-1][0]), "", "", OVERHEAD_BUDGET),
            Row(f"{size}: lending, p95", _ms(p95s[-1][1]), "", "", ""),
        ]
    for what, first, last in zip(("touch", "lending"), p95s[0], p95s[-1], strict=True):
        name = f"growth of a {what} to {sizes[-1][0]:,} patrons, p95"
        rows.append(Row(name, "", "", f"{last / first:.2f}", "<= 1.5"))
    show("One touch beyond the card's own time, one lending", rows)
    return 0


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"


if __name__ == "__main__":
    sys.exit(main())
