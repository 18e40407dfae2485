"""How far a long command has come, told on a terminal."""

from __future__ import annotations

import io
import sys

import pytest

from counter_tui.commands.progress import progress


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self) -> bool:
        """As a terminal does."""
        return True


def test_a_terminal_has_a_bar_with_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each as a figure; the bar is of plain characters."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress() as show:
        for done in range(6):
            show("Writing", done, 10)
    shown = terminal.getvalue()
    assert "[####" in shown
    assert "5 / 10" in shown
    assert " a second" in shown
    assert " s left" in shown
