"""The base of everything on a counter screen: a rectangle of lines that repaints only changes."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from counter_tui.screens.line import BLANK, Line, changed_columns, segments
from counter_tui.screens.look import LOOKS, Ground, Look


class Zone(Widget):
    """Shows lines. When they change, only the spans that differ are sent to the terminal.

    `Static.update` would repaint the whole widget and ask for a new layout; at the end of a
    modem or SSH line that is what staff feel.
    """

    ground = Ground.GROUND
    """What this zone stands on."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: list[list[Segment]] = []
        self._fitted_to = Size(0, 0)

    @property
    def look(self) -> Look:
        """The look chosen at start."""
        look = getattr(self.app, "look", None)
        return look if isinstance(look, Look) else LOOKS["night"]

    def build(self, width: int, height: int) -> Sequence[Line]:
        """What is to be seen now, from the top; rows that are not given are blank."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Show what `build` gives now."""
        size = self.size
        if not size.area:
            return  # Not laid out yet, or covered: drawn when it gets its place.
        drawn = self._draw(size)
        if size != self._fitted_to:
            self._rows, self._fitted_to = drawn, size
            self.refresh()
            return
        changes: list[Region] = []
        for y, (old, new) in enumerate(zip(self._rows, drawn, strict=True)):
            columns = changed_columns(old, new)
            if columns is not None:
                first, end = columns
                changes.append(Region(first, y, end - first, 1))
        self._rows = drawn
        if changes:
            self.refresh(*changes)

    def _draw(self, size: Size) -> list[list[Segment]]:
        lines = self.build(size.width, size.height)[: size.height]
        shown = [*lines, *[BLANK] * (size.height - len(lines))]
        return [segments(line, size.width, self.look, self.ground) for line in shown]

    def on_resize(self, event: events.Resize) -> None:
        """Fit the lines to the new place."""
        self.redraw()

    def render_line(self, y: int) -> Strip:
        """One row, exactly as wide as the zone."""
        size = self.size
        if size != self._fitted_to:
            self._rows, self._fitted_to = self._draw(size), size
        return Strip(self._rows[y], size.width) if y < len(self._rows) else Strip.blank(size.width)

    def text(self) -> str:
        """What stands in the zone, row by row, without styles."""
        return "\n".join("".join(segment.text for segment in row) for row in self._draw(self.size))
