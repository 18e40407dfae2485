"""The printed sheet of command barcodes: every command, and nothing that is none."""

from __future__ import annotations

from PIL import Image

from counter_tui.screens.commands import BARCODES
from tests.support.code128 import codes_in, codes_on
from tools.command_sheet import DPI, MODULE_DOTS, PAGE, SHEET, labels, sheet

COMMANDS = {*BARCODES, "/ok", "/no"}


def test_the_sheet_in_the_documents_has_each_command_once() -> None:
    """Read from the bars of the page; when this fails: `python -m tools.command_sheet`."""
    with Image.open(SHEET) as page:
        assert page.size == PAGE
        assert [round(dots) for dots in page.info["dpi"]] == [DPI, DPI]
        codes = codes_on(page)
    assert sorted(codes) == sorted(COMMANDS)


def test_a_code_is_read_from_its_bars_alone() -> None:
    """One dot more or less at a narrow bar is another code or none: the reading is no guess."""
    page = sheet({"/ok": "確認"})
    y = next(y for y in range(page.height) if list(codes_in(page.crop((0, y, page.width, y + 1)))))
    row = page.crop((0, y, page.width, y + 1)).convert("L")
    assert list(codes_in(row)) == ["/ok"]
    first = row.tobytes().index(0)
    row.paste(255, (first + 11 * MODULE_DOTS, 0, first + 13 * MODULE_DOTS, 1))
    assert list(codes_in(row)) == []


def test_each_command_has_a_word() -> None:
    """What it does stands above its bars."""
    assert set(labels()) == COMMANDS
    assert all(labels().values())
