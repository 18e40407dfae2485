"""CSV of ours, to a terminal or to a file: the same cells, and none that does harm."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from counter_tui.desk.csv_text import csv_bytes, write_csv

ROWS = (
    ("=1+1", "戸田 花子", 7, None),
    ("＠x", "\x1b[2J赤", 0, "a\nb"),
    ("'=1", "𠮷, 髙", -1, "\ud800"),
)


def test_both_ways_of_writing_give_the_same_bytes(tmp_path: Path) -> None:
    """Formulas behind an apostrophe, no escape sequence, nothing for None; with Excel's mark."""
    written = csv_bytes(("番号", "+"), ROWS)
    path = tmp_path / "out.csv"
    path.write_bytes(b"an older one")
    write_csv(path, ("番号", "+"), ROWS)
    assert path.read_bytes() == written
    assert written.startswith(b"\xef\xbb\xbf")
    assert path.stat().st_mode & 0o777 == 0o600
    read = list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline="")))
    assert read == [
        ["番号", "'+"],
        ["'=1+1", "戸田 花子", "7", ""],
        ["'＠x", "[2J赤", "0", "a b"],
        ["'=1", "𠮷, 髙", "-1", ""],
    ]


def test_a_file_that_cannot_be_made_leaves_no_draft(tmp_path: Path) -> None:
    """The name was taken by a folder: nothing of ours stays behind."""
    path = tmp_path / "out.csv"
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_csv(path, ("a",), [("b",)])
    assert [each.name for each in tmp_path.iterdir()] == ["out.csv"]
