"""CSV that spreadsheets open as it is meant: the one way in which this program writes it."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final, TextIO

from counter_tui.text import without_controls

ENCODING: Final = "utf-8-sig"
"""With a byte order mark, without which Excel takes Japanese for another encoding."""

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula (OWASP, "CSV Injection"), also where the cell
came from outside."""

QUOTE: Final = "'"
"""What keeps it from doing so."""


def csv_bytes(headings: Iterable[object], rows: Iterable[Iterable[object]]) -> bytes:
    """A whole file; see `ENCODING`. What UTF-8 cannot hold becomes `?`."""
    text = io.StringIO(newline="")
    _write(text, headings, rows)
    return text.getvalue().encode(ENCODING, errors="replace")


def write_csv(path: Path, headings: Iterable[object], rows: Iterable[Iterable[object]]) -> None:
    """Write a file of any length, mode 0600.

    The file appears whole or not at all; an older one of this name is replaced.

    Raises:
        OSError
    """
    draft = path.with_name(path.name + ".part")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding=ENCODING, errors="replace", newline="") as file:
            _write(file, headings, rows)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def harmless(cell: str) -> str:
    """The cell, behind an apostrophe when a spreadsheet would take it for a formula."""
    return QUOTE + cell if cell.startswith(FORMULA_SIGNS) else cell


def _write(file: TextIO, headings: Iterable[object], rows: Iterable[Iterable[object]]) -> None:
    writer = csv.writer(file)
    writer.writerow([_cell(heading) for heading in headings])
    writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: object) -> object:
    if isinstance(value, str):
        # A terminal may be where it goes, and would obey escape sequences.
        return harmless(without_controls(value))
    return "" if value is None else value
