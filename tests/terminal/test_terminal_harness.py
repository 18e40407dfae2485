"""The harness itself: what a test types and reads is what a person would."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import counter_tui
from tests.support.terminal import Terminal, TextMissing

pytestmark = pytest.mark.terminal

ECHO = ["sh", "-c", 'stty -echo; echo ready; while read line; do echo "<$line>"; done']


def test_scan_is_a_line_and_typing_is_not_yet() -> None:
    """A scanned code ends with Enter; typed text waits for it."""
    with Terminal(ECHO) as terminal:
        terminal.wait_for("ready")
        terminal.scan("1029485756")
        terminal.wait_for("<1029485756>")
        terminal.type("F2 ;貸出")
        terminal.send("Enter")
        assert "<F2 ;貸出>" in terminal.wait_for("貸出")


def test_the_program_in_it_is_the_one_that_is_tested(tmp_path: Path) -> None:
    """From wherever it is started, and whichever other one is installed."""
    ask = [sys.executable, "-c", "import counter_tui; print(counter_tui.__file__); input()"]
    with Terminal(ask, columns=200, cwd=tmp_path) as terminal:
        terminal.wait_for(str(counter_tui.__file__))


def test_wide_characters_take_two_cells() -> None:
    """A kanji moves the cursor by two cells, so 40 of them fill a line of 80."""
    with Terminal(["sh", "-c", f"echo {'本' * 41}; sleep 60"]) as terminal:
        assert terminal.wait_for("本\n本")[:2] == ["本" * 40, "本"]


def test_colours_are_captured() -> None:
    """True colour comes back as it was written."""
    with Terminal(["printf", r"\033[38;2;1;2;3mx\033[0m"]) as terminal:
        terminal.wait_for("x")
        assert "38;2;1;2;3" in terminal.styled()


def test_a_program_that_ends_shows_its_last_screen_and_status() -> None:
    """What was written last stays readable, and the exit status is told."""
    with Terminal(["sh", "-c", "echo last words; exit 3"]) as terminal:
        terminal.wait_for("last words")
        assert terminal.wait_for_end() == 3
        with pytest.raises(TextMissing, match="ended"):
            terminal.wait_for("never written")


def test_environment_is_the_tests_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The program sees the variables of the test, not those of the machine."""
    monkeypatch.setenv("STRAY", "stray")
    command = ["sh", "-c", "echo [$STRAY][$GIVEN][$LC_ALL]; pwd; sleep 60"]
    with Terminal(command, env={"GIVEN": "given"}, cwd=tmp_path) as terminal:
        lines = terminal.wait_for("][C.UTF-8]", tmp_path.name[-20:])
        assert lines[0] == "[][given][C.UTF-8]"
