"""`counter-tui barcode`, as an administrator tries a profile."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from counter_tui import cli

PROFILES = """
[[barcodes]]
kind = "patron"
name = "card"
length = 10
prefix = "2"
check = "modulus-10-weight-3"

[[barcodes]]
kind = "item"
name = "book"
length = 8
"""


def settings(folder: Path, profiles: str = PROFILES) -> str:
    """A settings file with these profiles."""
    path = folder / "settings.toml"
    base = 'library = "L"\nbranch = "B"\ncounter = "C"\noperator = "O"\nlanguage = "en"\n'
    path.write_text(base + profiles, encoding="utf-8")
    return str(path)


def scans(folder: Path, text: str) -> str:
    """A file of scans."""
    path = folder / "scans.txt"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_each_scan_is_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With its line, what was scanned and what it is; one that is none makes the exit 1."""
    file = scans(
        tmp_path,
        "a2100000010a\n\n10294801\n９７８４１０１０１００１４\n2100000013\n777\n\x01zz\n"
        + "9" * 400,
    )
    assert cli.main(["--config", settings(tmp_path), "barcode", file]) == 1
    lines = [line.split(maxsplit=2) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["1", "a2100000010a", "library card 2100000010  [card]"],
        ["3", "10294801", "item 10294801  [book]"],
        [
            "4",
            "９７８４１０１０１００..",
            "That is the ISBN. Scan the library's barcode."
            " / The input method is on. The number was corrected.",
        ],
        ["5", "2100000013", "The check digit does not fit. Scan it again."],
        ["6", "777", "fits no profile; looked up as 777"],
        ["7", "zz", "The scan was garbled. Scan it again."],
        ["8", "9999999999999999999999..", "That is longer than any barcode. Scan it again."],
    ]


def test_all_is_well_when_every_scan_fits(tmp_path: Path) -> None:
    """Exit status 0."""
    file = scans(tmp_path, "2100000010\nA10294801A\n")
    assert cli.main(["--config", settings(tmp_path), "barcode", file]) == 0


def test_a_missing_file_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2, and the file's name."""
    assert cli.main(["--config", settings(tmp_path), "barcode", str(tmp_path / "none")]) == 2
    assert "none" in capsys.readouterr().err


def test_json_has_one_object_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what was read, letters included, and what it can be."""
    file = scans(tmp_path, "a2100000010a\nぬふあ\n2100000013\n")
    assert cli.main(["--config", settings(tmp_path), "barcode", "--json", file]) == 1
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert found == [
        {
            "line": 1,
            "scan": "a2100000010a",
            "read": "a2100000010a",
            "cover": None,
            "input_method": False,
            "candidates": [{"number": "2100000010", "kinds": ["patron"], "profile": "card"}],
        },
        {
            "line": 2,
            "scan": "ぬふあ",
            "read": "123",
            "cover": None,
            "input_method": True,
            "candidates": [],
        },
        {"line": 3, "scan": "2100000013", "error": "CheckDigitWrong"},
    ]


def test_a_wrong_profile_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Settings that cannot be used end with exit status 2 and say where."""
    wrong = settings(tmp_path, '[[barcodes]]\nkind = "item"\ncheck = "luhn"\n')
    assert cli.main(["--config", wrong, "barcode", scans(tmp_path, "1\n")]) == 2
    said = capsys.readouterr().err
    assert "barcodes 1 check = 'luhn'" in said
    assert "runes" in said


def test_megabytes_without_a_line_end_and_bytes_of_no_text_end_in_a_sentence(
    tmp_path: Path,
) -> None:
    """Piped in: 5 MB on one line, then bytes that are no UTF-8, then a scan."""
    done = subprocess.run(
        [sys.executable, "-m", "counter_tui", "--config", settings(tmp_path), "barcode", "-"],
        input=b"9" * 5_000_000 + b"\n\xff\xfe\x80\n10294801\n",
        capture_output=True,
        timeout=60,
        check=False,
    )
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 1
    assert done.stderr == b""
    assert [line.split()[0] for line in lines] == ["1", "2", "3"]
    assert lines[0].endswith("That is longer than any barcode. Scan it again.")
    assert lines[2].endswith("item 10294801  [book]")
