"""A terminal that draws its slips: what is seen is what a printer would print."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.receipt import ReceiptJob
from counter_tui.text import cells
from tests.support.counter import AtCounter, at_counter
from tests.support.escpos_decoder import DRAWN, PrintedLine, slips
from tests.support.rig import Rig

TITLES = ["銀河鉄道の夜", "[red]x[/] \x1b[2J", "題" * 300, "髙橋と𠮷田と葛\U000e0100"]


async def _library(rig: Rig) -> None:
    await rig.register("adult", library_card_number="12345678")
    for number, title in enumerate(TITLES):
        rig.add_item(f"5000{number}", title)


def _without_drawn(line: str) -> str:
    """The line with the decoder's mark for a picture where the printer's font has no character."""
    for drawn in ("髙", "𠮷", "葛\U000e0100"):
        line = line.replace(drawn, "\ufffc")
    return line


def _in_cells(line: PrintedLine) -> str:
    """The line with each character in as many cells as it has columns on paper."""
    return "".join(
        character + " " * (columns - (2 if character == DRAWN else cells(character)))
        for character, columns in line.cells
    ).rstrip(" ")


async def _lent(at: AtCounter) -> None:
    await at.scan("12345678", *(f"5000{number}" for number in range(len(TITLES))), "")
    await at.until(lambda: "印　刷　済" in at.text())


async def test_the_slip_opens_by_itself_and_closes_with_enter(tmp_path: Path) -> None:
    """The expiry date is on it; home follows."""
    async with at_counter(tmp_path, _library) as at:
        await _lent(at)
        assert "銀河鉄道の夜" in at.text()
        while "有効期限" not in at.text():
            await at.press("pagedown")
        assert "2027年11月24日" in at.text()
        await at.press("enter")
        assert "前の人" in at.text()
        at.job(HomeJob)


async def test_the_next_scan_goes_on_without_a_key(tmp_path: Path) -> None:
    """Nobody has to close a slip before the next patron."""
    async with at_counter(tmp_path, _library) as at:
        await _lent(at)
        await at.scan("12345678")
        assert at.job(LendingJob).patron.library_card_number == "12345678"


async def test_a_copy_is_marked_and_shown(tmp_path: Path) -> None:
    """F9 prints one more, and says so."""
    async with at_counter(tmp_path, _library) as at:
        await _lent(at)
        await at.press("f9")
        await at.until(lambda: "再発行 1回目" in at.text())
        await at.until(lambda: len(at.devices.printer.jobs) == 2)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
@pytest.mark.parametrize("columns", [32, 42, 48])
async def test_screen_and_paper_say_the_same_cell_by_cell(
    tmp_path: Path, size: tuple[int, int], columns: int
) -> None:
    """At every width of paper, with every kind of title; every row keeps its cells."""
    async with at_counter(tmp_path, _library, size=size, printer_columns=columns) as at:
        await _lent(at)
        assert isinstance(at.counter.job, ReceiptJob)
        ((*paper,),) = slips(at.devices.printer.jobs[0])
        printed = [_in_cells(line) for line in paper if line.text.strip()]
        seen: list[str] = []
        while True:
            rows = [row for row in at.counter.work_zone.text().split("\n") if row.strip()]
            seen += [row for row in rows if "PageDown" not in row]
            if not any("PageDown" in row for row in rows):
                break
            await at.press("pagedown")
        margin = min(len(row) - len(row.lstrip(" ")) for row in seen)
        assert [_without_drawn(row[margin:]).rstrip(" ") for row in seen] == printed
