"""CSV files of other programs, read with suspicion; ours are written by `csv_text`.

Which headings stand for which column is said in docs/import.md.
"""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from counter_tui.desk.csv_text import FORMULA_SIGNS, QUOTE
from counter_tui.errors import CsvTrouble, CsvUnusable

Headings = Mapping[str, Sequence[str]]
"""Columns by the names that the program has for them, each with the headings that are taken."""

LARGEST_FILE: Final = 200_000_000
"""Bytes. A million patrons take about 100 MB."""

_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ESCAPES_OF_JIS: Final = (b"\x1b$", b"\x1b(")
"""How ISO-2022-JP changes its character set; no other encoding of a CSV file has ESC."""

_SEPARATORS: Final = str.maketrans("", "", " _-.・()")


@dataclass(frozen=True)
class CsvRow:
    """One row.

    Attributes:
        line: where it begins in the file; the heading stands on line 1.
        fields: by column, without blanks at the ends; columns that the file lacks are absent.
        cells: all of them, as they came.
    """

    line: int
    fields: dict[str, str] = field(repr=False)
    cells: tuple[str, ...] = field(repr=False)
    too_long: bool = False


@dataclass(frozen=True)
class CsvFile:
    """A file whose headings are understood.

    Attributes:
        encoding: "UTF-8" or "cp932".
        headings: as they stand in the file.
        unused: headings that mean nothing here.
        lines: of text, for a progress bar; the last row may end before it.
    """

    path: Path
    encoding: str
    headings: tuple[str, ...]
    unused: tuple[str, ...]
    lines: int
    _columns: tuple[str | None, ...] = field(repr=False)
    _text: str = field(repr=False)

    def rows(self) -> Iterator[CsvRow]:
        """All rows but empty ones.

        Raises:
            CsvUnusable: from some line on this is no CSV; rows before it were given.
        """
        reader = csv.reader(io.StringIO(self._text, newline=""), strict=True)
        end = 0
        try:
            for cells in reader:
                line, end = end + 1, reader.line_num
                if line > 1 and any(cell.strip() for cell in cells):
                    yield self._row(line, cells)
        except csv.Error as error:
            raise CsvUnusable(self.path, CsvTrouble.NOT_CSV, str(end + 1)) from error

    def _row(self, line: int, cells: Sequence[str]) -> CsvRow:
        fields = {
            column: _unquoted(cell.strip())
            for column, cell in zip(self._columns, cells, strict=False)
            if column is not None
        }
        too_long = any(cell.strip() for cell in cells[len(self.headings) :])
        return CsvRow(line, fields, tuple(cells), too_long)


def read_csv(path: Path, headings: Headings, required: Iterable[str]) -> CsvFile:
    """Read a whole file, UTF-8 (with or without a mark) or cp932, and understand its headings.

    Raises:
        CsvUnusable: no file, too large, another encoding, no CSV, or a column is missing.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise CsvUnusable(path, CsvTrouble.TOO_LARGE, str(LARGEST_FILE // 1_000_000))
        raw = path.read_bytes()
    except OSError as error:
        raise CsvUnusable(path, CsvTrouble.UNREADABLE, error.strerror or str(error)) from error
    text, encoding = _decoded(path, raw)
    found = _understood(path, text, encoding, headings)
    missing = [headings[name][0] for name in required if name not in found._columns]
    if missing:
        # Much of EUC-JP passes for half-width kana in cp932; its headings give it away.
        if encoding == "cp932" and _fits_better(path, raw, "euc_jp", headings, found):
            raise CsvUnusable(path, CsvTrouble.ENCODING, "EUC-JP")
        raise CsvUnusable(path, CsvTrouble.COLUMN_MISSING, ", ".join(missing))
    return found


def folded_word(text: str) -> str:
    """A heading or a fixed word, so that its widths, blanks and small or large letters agree."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_SEPARATORS).strip()


def _unquoted(cell: str) -> str:
    """What `harmless` was given."""
    inner = cell.removeprefix(QUOTE)
    return inner if inner.startswith(FORMULA_SIGNS) else cell


def _decoded(path: Path, raw: bytes) -> tuple[str, str]:
    if raw.startswith(_UTF_16):
        raise CsvUnusable(path, CsvTrouble.ENCODING, "UTF-16")
    if any(escape in raw for escape in _ESCAPES_OF_JIS):
        raise CsvUnusable(path, CsvTrouble.ENCODING, "ISO-2022-JP")
    for encoding, name in (("utf-8-sig", "UTF-8"), ("cp932", "cp932")):
        try:
            return raw.decode(encoding), name
        except UnicodeDecodeError:
            # A file that says of itself that it is UTF-8 is not looked at as anything else.
            if raw.startswith(codecs.BOM_UTF8):
                break
    try:
        raw.decode("euc_jp")
    except UnicodeDecodeError:
        raise CsvUnusable(path, CsvTrouble.ENCODING, "") from None
    raise CsvUnusable(path, CsvTrouble.ENCODING, "EUC-JP")


def _understood(path: Path, text: str, encoding: str, headings: Headings) -> CsvFile:
    try:
        first = next(csv.reader(io.StringIO(text, newline=""), strict=True), [])
    except csv.Error as error:
        raise CsvUnusable(path, CsvTrouble.NOT_CSV, "1") from error
    if not any(cell.strip() for cell in first):
        raise CsvUnusable(path, CsvTrouble.EMPTY)
    if len(first) == 1 and "\t" in first[0]:
        raise CsvUnusable(path, CsvTrouble.TABS)
    meanings = {folded_word(each): name for name, words in headings.items() for each in words}
    columns = tuple(meanings.get(folded_word(cell)) for cell in first)
    for position, column in enumerate(columns):
        if column is not None and column in columns[:position]:
            raise CsvUnusable(path, CsvTrouble.COLUMN_TWICE, headings[column][0])
    unused = tuple(
        cell for cell, column in zip(first, columns, strict=True) if column is None and cell.strip()
    )
    return CsvFile(path, encoding, tuple(first), unused, text.count("\n") + 1, columns, text)


def _fits_better(path: Path, raw: bytes, encoding: str, headings: Headings, found: CsvFile) -> bool:
    try:
        other = _understood(path, raw.decode(encoding), encoding, headings)
    except (UnicodeDecodeError, CsvUnusable):
        return False
    return len(other.unused) < len(found.unused)
