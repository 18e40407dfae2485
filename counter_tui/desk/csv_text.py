"""CSV that spreadsheets open as it is meant."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

from counter_tui.text import without_controls

_FORMULA: Final = frozenset("=+-@")
"""A cell that begins so is taken for a formula, also where it came from outside."""


def csv_bytes(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    """UTF-8 with a byte order mark, without which Excel takes Japanese for another encoding."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return text.getvalue().encode("utf-8-sig", errors="replace")


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return "" if value is None else value
    kept = without_controls(value)
    return f"'{kept}" if kept[:1] in _FORMULA else kept
