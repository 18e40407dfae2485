"""What the program is measured against: Textual with stock widgets and nothing else.

python -m benchmarks.bare_apps input    one Input
python -m benchmarks.bare_apps table    one Input, and a DataTable that takes a row an entry
"""

from __future__ import annotations

import sys

from textual.app import App, ComposeResult
from textual.widgets import DataTable, Input

PROMPT = "Scan a code"


class BareInput(App[None]):
    """One Input."""

    def compose(self) -> ComposeResult:
        """The one widget; its cursor stands still, or the screen would never be quiet."""
        entry = Input(placeholder=PROMPT)
        entry.cursor_blink = False
        yield entry


class BareTable(BareInput):
    """The stock way to a list of loans."""

    def compose(self) -> ComposeResult:
        """The entry, and the table below it."""
        yield from super().compose()
        yield DataTable()

    def on_mount(self) -> None:
        """Give the table the columns of a list of loans."""
        table = self.query_one(DataTable)
        table.cursor_type = "row"
        table.add_columns("No.", "Title", "Due")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Add a row, show it as the present one, and empty the entry."""
        table = self.query_one(DataTable)
        number = table.row_count + 1
        table.add_row(str(number), f"銀河鉄道の夜 {event.value}", "12月 8日(火)")
        table.move_cursor(row=number - 1)
        event.input.value = ""


if __name__ == "__main__":
    (BareTable if sys.argv[1:] == ["table"] else BareInput)().run()
