"""Tables of measurements beside their budgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measured thing; all columns are text, as they are shown."""

    what: str
    ours: str
    bare: str
    ratio: str
    budget: str


def show(title: str, rows: Sequence[Row], beside: str = "bare Textual") -> None:
    """Print the table; `beside`: with what it is compared."""
    heads = Row("", "counter_tui", beside, "ratio", "budget")
    lines = [[row.what, row.ours, row.bare, row.ratio, row.budget] for row in (heads, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    print(f"\n{title}")
    for line in lines:
        first, *others = (
            text.ljust(width) if column == 0 else text.rjust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join([first, *others]))


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of all values lie."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
