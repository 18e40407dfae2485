"""The keys that work now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from counter_tui.language import with_keys
from counter_tui.screens.line import Line, Span
from counter_tui.screens.look import Role
from counter_tui.screens.zone import Zone
from counter_tui.text import cells


class KeyHint(NamedTuple):
    """A key with its twin, as printed ("F5^E"), and what it does."""

    key: str
    does: str

    @property
    def width(self) -> int:
        """Cells it takes, without the gap to the next."""
        return cells(self.key) + 1 + cells(self.does)


class FooterKeys(Zone):
    """Most used first; what does not fit is left out from the right, never cut."""

    GAP = 2

    def __init__(self) -> None:
        super().__init__(id="footer")
        self._keys: Sequence[KeyHint] = ()

    def show(self, keys: Sequence[KeyHint]) -> None:
        """Show these keys."""
        self._keys = keys
        self.redraw()

    def build(self, width: int, height: int) -> Sequence[Line]:
        """One row."""
        margin = 4 if width >= 110 else 2
        room = width - 2 * margin
        spans: list[Span] = []
        used = 0
        for usual in self._keys:
            hint = usual._replace(key=with_keys(usual.key))
            if used + hint.width > room:
                break
            spans += [
                Span(hint.key, Role.ACCENT, bold=True),
                Span(f" {hint.does}" + " " * self.GAP, Role.SOFT),
            ]
            used += hint.width + self.GAP
        return [Line(spans, indent=margin)]
