"""CSV files and lists."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from counter_tui.errors.base import CounterError


class CsvTrouble(Enum):
    """Why a CSV file cannot be read as a whole; what `CsvUnusable.detail` says of each."""

    UNREADABLE = "unreadable"
    """The system's reason."""
    TOO_LARGE = "too_large"
    """The largest size in MB."""
    ENCODING = "encoding"
    """The encoding that it seems to have, or empty."""
    EMPTY = "empty"
    TABS = "tabs"
    """Columns are parted by tabs."""
    NOT_CSV = "not_csv"
    """The line."""
    COLUMN_MISSING = "column_missing"
    """Headings."""
    COLUMN_TWICE = "column_twice"
    """The heading."""


class CsvUnusable(CounterError):
    """A CSV file cannot be read as a whole; nothing of it was taken.

    Attributes:
        path: the file.
        detail: see `CsvTrouble`.
    """

    def __init__(self, path: Path, trouble: CsvTrouble, detail: str = "") -> None:
        super().__init__(f"{path}: {trouble.value} {detail}".rstrip())
        self.path = path
        self.trouble = trouble
        self.detail = detail
