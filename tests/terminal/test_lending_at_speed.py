"""Books as fast as a scanner gives them, at a terminal with a real store and a file for paper."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support import escpos_decoder
from tests.support.installation import add_items, staff_terminal, write_settings
from tests.support.pcscd import wait_until
from tests.support.rig import rigged

pytestmark = pytest.mark.terminal

CARD = "2000000900"
BOOKS = {f"{number:08}": f"題 {number % 100:02}" for number in range(10294801, 10294821)}
APART_S = 0.005


def asked(folder: Path, question: str) -> list[tuple[object, ...]]:
    """What stands in the store, asked from outside."""
    with closing(sqlite3.connect(folder / "library.sqlite3", timeout=20)) as store:
        return store.execute(question).fetchall()


def printed(paper: Path) -> list[list[str]]:
    """The slips on it, line by line; none while one is being printed."""
    try:
        slips = escpos_decoder.slips(paper.read_bytes())
    except escpos_decoder.Incomplete:
        return []
    return [[line.text.strip() for line in slip] for slip in slips]


async def _patron(folder: Path) -> None:
    now = datetime.now(UTC)
    async with rigged(folder, now, database="sqlite:///library.sqlite3") as rig:
        await rig.register("adult", library_card_number=CARD)


def test_twenty_scans_five_milliseconds_apart_are_twenty_loans(tmp_path: Path) -> None:
    """20 loans in the store in the order of the scans, 20 rows on the screen, one slip with all."""
    asyncio.run(_patron(tmp_path))
    add_items(tmp_path, BOOKS)
    paper = tmp_path / "paper.bin"
    paper.touch()
    settings = write_settings(tmp_path, f"file:{paper}", loan_limit=30, reader="none:")
    with staff_terminal(settings, env={"PYTHONPATH": str(Path.cwd())}) as terminal:
        terminal.resize(120, 36)
        terminal.wait_for("待　受　中", "台帳〇")
        terminal.scan(CARD)
        terminal.wait_for("貸　出　可")
        terminal.scan_all(list(BOOKS), APART_S)
        shown = "\n".join(terminal.wait_for("きょうの貸出 20冊", "手もと 20 / 30冊"))
        lent = asked(
            tmp_path,
            "SELECT barcode FROM loan JOIN item ON item.id = loan.item_id ORDER BY loan.id",
        )
        assert [barcode for (barcode,) in lent] == list(BOOKS)
        listed = re.findall(r"(\d+)  (題 \d\d) ", shown)
        assert listed == [(str(place), title) for place, title in enumerate(BOOKS.values(), 1)]
        terminal.send("Enter")
        terminal.wait_for("待　受　中", "貸出 20冊")
        wait_until(lambda: len(printed(paper)) == 1, "the slip")
    (slip,) = printed(paper)
    assert [line[:4] for line in slip if line.startswith("題 ")] == list(BOOKS.values())
    kinds = asked(tmp_path, "SELECT kind, count(*) FROM print_job GROUP BY kind")
    assert kinds == [("checkout", 1)]
