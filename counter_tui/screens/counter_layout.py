"""The layout of a counter screen: every zone where the grid says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

from counter_tui.language import _
from counter_tui.screens.line import Line, Span
from counter_tui.screens.zone import Zone


@runtime_checkable
class PlacesZones(Protocol):
    """A screen that knows which of its zones are seen."""

    def placed_zones(self, size: Size) -> Mapping[Zone, Region]:
        """Every zone that is seen now, and where."""
        ...


class CounterLayout(Layout):
    """Puts every zone where the grid says, and leaves the others out."""

    name = "counter"

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        """The places of the zones that are seen."""
        if not isinstance(parent, PlacesZones):
            return []
        return [
            WidgetPlacement(region, NULL_OFFSET, NULL_SPACING, zone, order)
            for order, (zone, region) in enumerate(parent.placed_zones(size).items())
            if zone in children and region.area
        ]


class TooSmall(Zone):
    """Asks for a larger window."""

    def build(self, width: int, height: int) -> Sequence[Line]:
        """One sentence."""
        text = _("Please make the window at least 80 by 24.")
        return [Line([Span(text, bold=True)])]
