"""What a patron search costs with 1,000 and with 100,000 patrons, and how it grows.

    python -m benchmarks.patron_search [--large]

Names and readings are drawn with the frequencies of Japanese family names, so that the common
beginnings are as crowded as in a real library. Each question is asked as it is typed, key by key.
`--large` asks 1,000,000 patrons, too.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.report import Row, percentile, show
from counter_tui import settings, wiring
from counter_tui.clock import SystemClock
from counter_tui.desk.patron_search import PatronSearch
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.store_lane import StoreLane
from counter_tui.models.tables import search_keys

FAMILIES: Final = (
    ("佐藤", "サトウ", 15),
    ("鈴木", "スズキ", 14),
    ("高橋", "タカハシ", 11),
    ("田中", "タナカ", 10),
    ("伊藤", "イトウ", 8),
    ("渡邊", "ワタナベ", 8),
    ("戸田", "トダ", 1),
    ("遠田", "トオダ", 1),
)
"""With the thousandth of the population that bears each name, roughly; the rest is made up."""

GIVEN: Final = (
    ("花子", "ハナコ"),
    ("太郎", "タロウ"),
    ("翔", "ショウ"),
    ("さくら", "サクラ"),
    ("一郎", "イチロウ"),
    ("美咲", "ミサキ"),
)
KANA: Final = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワ"
)

QUESTIONS: Final = {
    "reading": "とだ はな",
    "common reading": "さとう たろう",
    "kanji": "高橋 花子",
    "given name": "はなこ",
    "sounds alike": "とーだ",
    "last digits of a card": "4321",
    "telephone": "048-4",
    "birth date": "S60.4.12",
    "reading and birth date": "さとう S60.4.12",
    "nobody": "んんんん",
}
ROUNDS: Final = 10


def fill(database: Path, patrons: int) -> None:
    """Put so many patrons into an empty store, always the same ones."""
    chance = random.Random(1)
    weights = [share for *_, share in FAMILIES]
    with sqlite3.connect(database) as store:
        for number in range(1, patrons + 1):
            if chance.random() < sum(weights) / 1_000:
                family, family_kana, _ = chance.choices(FAMILIES, weights)[0]
            else:
                family = family_kana = "".join(chance.choices(KANA, k=4))
            given, given_kana = chance.choice(GIVEN)
            born = date(1930, 1, 1) + timedelta(days=chance.randrange(33_000))
            facts = (
                str(30_000_000 + number),
                f"{family} {given}",
                f"{family_kana} {given_kana}",
                f"048-{chance.randrange(10**7):07d}",
                born,
            )
            store.execute(
                "INSERT INTO patron (id, library_card_number, name, kana, telephone, birth_date,"
                " address, residency, expires_on, registered_at, number_was_issued)"
                " VALUES (?, ?, ?, ?, ?, ?, '', 'resident', '2099-12-31', '2026-11-24', 0)",
                (number, *facts[:4], born.isoformat()),
            )
            keys = search_keys(*facts)
            store.execute(
                "INSERT INTO patron_search_keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (number, *keys[:-1], born.isoformat()),
            )


async def ask(folder: Path, patrons: int) -> dict[str, list[float]]:
    """Seconds of each search, by question."""
    chosen = settings.for_demo(folder)
    place: PlaceRecord = wiring.place_of(chosen)
    store = StoreLane(wiring.store_of(chosen), lambda event: None)
    await store.transact(place.keys)
    fill(chosen.database_file, patrons)
    rules, soon_days = wiring.loan_rules_of(chosen), chosen.expiring_soon_days
    search = PatronSearch(store, SystemClock(), place, rules, soon_days)
    took: dict[str, list[float]] = {}
    for turn in range(ROUNDS + 1):
        for name, question in QUESTIONS.items():
            await search.search("")
            for end in range(1, len(question) + 1):
                began = time.perf_counter()
                await search.search(question[:end])
                if turn:  # the first round warms up caches
                    took.setdefault(name, []).append(time.perf_counter() - began)
    await store.close()
    return took


def main() -> int:
    """Measure and print."""
    sizes = [1_000, 100_000]
    if "--large" in sys.argv[1:]:
        sizes.append(1_000_000)
    rows: list[Row] = []
    base: dict[str, float] = {}
    for patrons in sizes:
        print(f"== Searching {patrons:,} patrons, key by key", flush=True)
        with tempfile.TemporaryDirectory(prefix="counter-tui-bench-") as folder:
            took = asyncio.run(ask(Path(folder), patrons))
        took["all"] = [each for times in took.values() for each in times]
        for name, times in took.items():
            for what, value in (("p50", median(times)), ("p95", percentile(times, 0.95))):
                small = base.setdefault(f"{name} {what}", value)
                growth = "" if patrons == sizes[0] else f"{value / small:.2f}"
                label = f"{patrons:,} patrons: {name}, {what}"
                rows.append(Row(label, f"{value * 1000:.2f} ms", "", growth, ""))
    show("Patron search, one key", rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
