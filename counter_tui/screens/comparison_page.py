"""Record and card one above the other, in pages; nothing is taken before all of it was seen."""

from __future__ import annotations

from collections.abc import Callable

from counter_tui.desk.comparison import Agreement, Comparison
from counter_tui.language import _, ngettext
from counter_tui.screens.comparison_lines import Rows, field_rows, head_lines
from counter_tui.screens.line import BLANK, Line, Span
from counter_tui.screens.look import Role


class ComparisonPage:
    """Which page is seen, what was seen, and what will be kept of each field that differs.

    Attributes:
        taken: by field that differs, whether the card's value goes into the record. The birth
            date is not among them: nobody's is changed by a card.
        chosen: the field whose choice Space changes; None: there is nothing to choose.
    """

    def __init__(self, comparison: Comparison, seen_changes: Callable[[], None]) -> None:
        """Args:
        seen_changes: told while drawing, later than the keys or anew for another size, that
            `is_all_seen` is another one: Enter is then another key.
        """
        self._fields = comparison.fields
        self._seen_changes = seen_changes
        self.taken: dict[str, bool] = {
            field.field: True
            for field in comparison.fields
            if field.agreement is not Agreement.SAME and field.field != "birth_date"
        }
        self.chosen: str | None = next(iter(self.taken), None)
        self._rows: list[Rows] = []
        self._shown = range(0)
        self._seen: set[int] = set()
        self._room = 0
        self._width = 0

    @property
    def is_all_seen(self) -> bool:
        """Whether each piece of the values has been on the screen at its present width."""
        return bool(self._rows) and len(self._seen) == len(self._rows)

    def press(self, key: str) -> None:
        """PageDown and PageUp turn the page, Tab chooses a field, Space changes what is kept."""
        if key == "pagedown" and self._shown.stop < len(self._rows):
            self._shown = range(self._shown.stop, len(self._rows))
        elif key == "pageup":
            self._shown = range(self._page_before(self._shown.start), len(self._rows))
        elif self.chosen is not None and key == "tab":
            names = list(self.taken)
            self.chosen = names[(names.index(self.chosen) + 1) % len(names)]
            self._bring_choice()
        elif self.chosen is not None and key == " ":
            self.taken[self.chosen] = not self.taken[self.chosen]
            self._bring_choice()

    def lines(self, width: int, height: int) -> list[Line]:
        """The present page; what stands on it counts as seen."""
        had_seen_all = self.is_all_seen
        lines = self._page(width, height)
        if self.is_all_seen is not had_seen_all:
            self._seen_changes()
        return lines

    def _page(self, width: int, height: int) -> list[Line]:
        if width != self._width:
            # Wrapped anew, the pieces are others.
            self._seen, self._shown, self._width = set(), range(0), width
        self._rows = [
            rows
            for field in self._fields
            for rows in field_rows(
                field,
                self.taken.get(field.field),
                width,
                is_chosen=field.field == self.chosen,
            )
        ]
        head = head_lines()
        self._room = max(height - len(head), 1)
        everything = range(len(self._rows))
        if self._height(everything) <= self._room:
            self._shown = everything
        else:
            self._room = max(self._room - 1, 1)  # what is left is told below
            self._shown = self._page_from(min(self._shown.start, len(self._rows) - 1))
        self._seen.update(self._shown)
        body = self._drawn(self._shown)
        if self._shown == everything:
            return [*head, *body]
        rest = sum(len(rows.lines) for rows in self._rows[self._shown.stop :])
        foot = ngettext("{n} more line  PgDn", "{n} more lines  PgDn", rest).format(n=rest)
        shown = Span(foot if rest else _("The end  PgUp"), Role.ACCENT, bold=True)
        blank = [BLANK] * (self._room - len(body))
        return [*head, *body, *blank, Line([], [shown])]

    def _drawn(self, shown: range) -> list[Line]:
        lines: list[Line] = []
        for number in shown:
            rows = self._rows[number]
            if number == shown.start:
                lines += rows.on_top
                continue
            if rows.field != self._rows[number - 1].field:
                lines.append(BLANK)
            lines += rows.lines
        return lines

    def _height(self, shown: range) -> int:
        return len(self._drawn(shown))

    def _page_from(self, start: int) -> range:
        end = start + 1
        while end < len(self._rows) and self._height(range(start, end + 1)) <= self._room:
            end += 1
        return range(start, end)

    def _page_before(self, end: int) -> int:
        start = max(end - 1, 0)
        while start > 0 and self._height(range(start - 1, end)) <= self._room:
            start -= 1
        return start

    def _bring_choice(self) -> None:
        """On to a page with the choice, when it is not in sight."""
        for number, rows in enumerate(self._rows):
            if rows.has_choice and rows.field == self.chosen and number not in self._shown:
                self._shown = range(self._page_before(number + 1), len(self._rows))
