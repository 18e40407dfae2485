"""The zone at the right where a job shows its work."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from counter_tui.screens.line import Line
from counter_tui.screens.zone import Zone

Builder = Callable[[int, int], Sequence[Line]]
"""Gives the lines for a width and a height."""


class WorkZone(Zone):
    """Shows what the present job draws."""

    def __init__(self) -> None:
        super().__init__(id="work")
        self._builder: Builder = lambda width, height: ()

    def show(self, builder: Builder) -> None:
        """Let this function draw the zone, now and whenever its place changes."""
        self._builder = builder
        self.redraw()

    def build(self, width: int, height: int) -> Sequence[Line]:
        """What the present job draws."""
        return self._builder(width, height)
