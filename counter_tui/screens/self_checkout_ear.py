"""Where the self-checkout hears scanner and keys; below the button, with the hint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from textual import events
from textual.geometry import Offset

from counter_tui.language import _
from counter_tui.screens.line import Line, Span
from counter_tui.screens.look import Ground, Role
from counter_tui.screens.scan_line import ScanLine
from counter_tui.text import cells

LONGEST_SHOWN: Final = 2
"""Digits that are shown as they are typed: a number of books. What is longer may be a library
card's number, which nobody else in the room needs to see."""

MOST_MARKS: Final = 24
"""Marks in place of what is typed, whatever its length."""

_MARK: Final = "＊"


class Ear(ScanLine):
    """Takes keys like the counter's scan line, and shows next to nothing of them."""

    ground = Ground.GROUND

    def __init__(self, touched: Callable[[], None]) -> None:
        """Args:
        touched: is called at each key, and at each paste.
        """
        super().__init__()
        self._touched = touched
        self._is_secret = False
        self._said = ""

    def on_key(self, event: events.Key) -> None:
        """Somebody is there."""
        self._touched()

    def on_paste(self, event: events.Paste) -> None:
        """Likewise."""
        self._touched()

    def say(self, hint: str) -> None:
        """Say this while nothing is typed."""
        if hint != self._said:
            self._said = hint
            self.redraw()

    def keep_secret(self, is_secret: bool) -> None:
        """Show no character at all, or numbers of books again. What was typed is forgotten."""
        self._is_secret = is_secret
        self.empty()

    def build(self, width: int, height: int) -> Sequence[Line]:
        """The hint, or marks for what was typed."""
        typed = self.typed
        if typed:
            is_count = len(typed) <= LONGEST_SHOWN and typed.isdecimal() and not self._is_secret
            shown = typed if is_count else _MARK * min(len(typed), MOST_MARKS)
        else:
            # The scan line's own remarks are staff's: control characters came along, or too much.
            shown = _("That did not work. Please scan it again.") if self._remark else self._said
        before = max((width - cells(shown)) // 2, 0)
        end = before + cells(shown)
        if self.has_focus:
            self.app.cursor_position = Offset(
                self.region.x + (end if typed else before), self.region.y
            )
        role = Role.INK if typed else Role.WARN if self._remark else Role.SOFT
        spans = [Span(" " * before), Span(shown, role, bold=bool(typed))]
        if typed:
            spans.append(Span(" ", Role.ACCENT_FILL))
        return [Line(spans)]
