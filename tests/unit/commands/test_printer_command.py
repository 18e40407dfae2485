"""`counter-tui printer test`: a ruler page, questions, and the settings file."""

from __future__ import annotations

import os
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest

from counter_tui.commands import settings_file
from counter_tui.desk.ruler_page import RULERS
from counter_tui.errors import SettingsError
from counter_tui.settings import load
from tests.support import program
from tests.support.escpos_decoder import DRAWN, slips
from tests.support.tcp_printer import Behaviour, TcpPrinter, closed_port

WRITTEN = """\
# 1階の端末。変更は係まで
library = "戸田市立図書館"   # 控えに出る名
branch = "中央図書館"
counter = "1階"
operator = "佐藤"
printer = "{printer}" # 事務室のプリンタ
  printer_columns=48 # 2026年春
printer_extension_rows = [
    13,  # ①
]
# 終わり
"""


def settings(folder: Path, printer: str = "none:") -> Path:
    """A settings file as a person wrote it."""
    path = folder / "settings.toml"
    path.write_text(WRITTEN.format(printer=printer), encoding="utf-8")
    path.chmod(0o640)
    return path


def run_test(home: Path, path: Path, answers: str) -> subprocess.CompletedProcess[str]:
    """The command with these answers typed."""
    return subprocess.run(
        program.command("--config", path, "printer", "test"),
        env=program.environment(home),
        input=answers,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_what_is_seen_goes_into_the_settings(tmp_path: Path) -> None:
    """Columns, model and rows of the font; every comment and all else stays."""
    with TcpPrinter(Behaviour(model="TM-T88VI")) as peer:
        path = settings(tmp_path, peer.address)
        done = run_test(tmp_path, path, "x\nAB\nb\nf e\n")
        assert (done.returncode, done.stderr) == (0, "")
        address = peer.address
        (page,) = slips(peer.printed_bytes, extension_rows=True)
    text = path.read_text(encoding="utf-8")
    assert text == (
        WRITTEN.format(printer=address)
        .replace("  printer_columns=48 # 2026年春", "printer_columns = 42 # 2026年春")
        .replace("# 事務室のプリンタ\n", '# 事務室のプリンタ\nprinter_model = "tm-t88"\n')
        .replace("[\n    13,  # ①\n]", "[89, 90, 91, 92, 115, 116, 117, 118, 119]")
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [each.name for each in tmp_path.iterdir() if "settings" in each.name] == [path.name]
    found = load(path)
    assert (found.printer_columns, found.printer_model) == (42, "tm-t88")
    lines = [line.text for line in page]
    for letter, columns in RULERS.items():
        (ruler,) = [line for line in page if line.text.startswith(f"{letter}23")]
        assert ruler.columns == columns - 1
    assert f"D {DRAWN} ①" in lines
    assert f"E {DRAWN} 髙" in lines
    assert f"F {DRAWN} 髙" in lines
    assert b"\xee\xe0" in peer.printed_bytes
    assert b"\xfb\xfc" in peer.printed_bytes


def test_page_that_did_not_come_changes_nothing(tmp_path: Path) -> None:
    """Nobody to ask, or nothing to see: the settings stay."""
    with TcpPrinter() as peer:
        path = settings(tmp_path, peer.address)
        before = path.read_bytes()
        for answers in ("", "\n"):
            done = run_test(tmp_path, path, answers)
            assert done.returncode == 1
            assert path.read_bytes() == before


def test_printer_that_does_not_answer_is_told(tmp_path: Path) -> None:
    """A sentence and what to do; no question. Without a printer: where to set one up."""
    path = settings(tmp_path, f"tcp://127.0.0.1:{closed_port()}")
    done = run_test(tmp_path, path, "A\n\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert "printer" in done.stderr
    done = run_test(tmp_path, settings(tmp_path, "none:"), "")
    assert done.returncode == 2
    assert "printer" in done.stderr


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a = 1\n", "printer_columns = 32\na = 1\n"),
        ('printer = "none:"', 'printer = "none:"\nprinter_columns = 32\n'),
        (
            'printer = "none:"\r\nb = 2\r\n',
            'printer = "none:"\r\nprinter_columns = 32\r\nb = 2\r\n',
        ),
        ("printer_columns = 42# x\n", "printer_columns = 32# x\n"),
        ("[t]\nx = 1\n", "printer_columns = 32\n[t]\nx = 1\n"),
        ('s = "printer_columns = 1"\n', 'printer_columns = 32\ns = "printer_columns = 1"\n'),
    ],
)
def test_a_key_is_set_where_it_belongs(
    tmp_path: Path, before: str, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its line, beside the printer, or at the top: never inside a table."""
    monkeypatch.setattr(settings_file, "from_table", lambda table, path: None)
    path = tmp_path / "settings.toml"
    path.write_bytes(before.encode())
    settings_file.change(path, {"printer_columns": 32})
    assert path.read_bytes().decode() == after
    assert tomllib.loads(after)["printer_columns"] == 32


def test_file_that_cannot_be_changed_stays_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys inside a table of the same name, no TOML, or a disk that fails at the end."""
    path = tmp_path / "settings.toml"
    for odd in ("[t]\nprinter_columns = 42\n", "printer_columns = \n", "\xff"):
        path.write_bytes(odd.encode("latin-1"))
        with pytest.raises(SettingsError):
            settings_file.change(path, {"printer_columns": 32})
        assert path.read_bytes() == odd.encode("latin-1")
    path = settings(tmp_path)
    before = path.read_bytes()

    def fails(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(SettingsError):
        settings_file.change(path, {"printer_columns": 32})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_link_to_a_settings_file_stays_a_link(tmp_path: Path) -> None:
    """The file behind it is changed."""
    path = settings(tmp_path)
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    settings_file.change(link, {"printer_columns": 32})
    assert link.is_symlink()
    assert load(path).printer_columns == 32
