"""The panel at the left: one big word that answers "may I go on?", and who it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from counter_tui.language import language
from counter_tui.screens.grid import TALL_FROM
from counter_tui.screens.line import BLANK, Line, Span, centred, seal, spaced
from counter_tui.screens.look import Ground, Role
from counter_tui.screens.zone import Zone
from counter_tui.text import cells

LABEL_CELLS: Final = 8
"""Width of the label of a pair."""


@dataclass(frozen=True)
class Group:
    """Lines that belong together: shown whole, or left out when they do not fit.

    Attributes:
        first_survives: its first line stays when the rest does not fit (days left).
    """

    lines: Sequence[Line]
    first_survives: bool = False


def pair(label: str, *value: Span) -> Line:
    """A soft label of fixed width and its value; takes the padding at the right as well."""
    blanks = " " * max(LABEL_CELLS - cells(label), 1)
    return Line([Span(label + blanks, Role.SOFT), *value])


def step_lines(steps: Sequence[str], done: int) -> list[Line]:
    """All steps: those done soft, the present one marked, later ones faint.

    Args:
        done: how many are done; the step after them is the present one.
    """
    english = language() == "en"
    lines: list[Line] = []
    for index, step in enumerate(steps):
        if index < done:
            mark, word = seal("OK" if english else "済", Role.OK), Span(f"  {step}", Role.SOFT)
        elif index == done:
            mark = seal(">>" if english else "今", Role.ACCENT_FILL)
            word = Span(f"  {step}", bold=True)
        else:
            mark, word = Span("    "), Span(f"  {step}", Role.FAINT)
        lines.append(Line([mark, word]))
    return lines


class PersonPanel(Zone):
    """State block first, then groups from the most to the least important."""

    ground = Ground.RAISE

    def __init__(self) -> None:
        super().__init__(id="person")
        self._word = ""
        self._role = Role.REST_FILL
        self._groups: Sequence[Group] = ()

    def show(self, word: str, role: Role, groups: Sequence[Group]) -> None:
        """Show this state and these groups."""
        self._word, self._role, self._groups = word, role, groups
        self.redraw()

    def build(self, width: int, height: int) -> Sequence[Line]:
        """The state block, then every group that fits whole."""
        padding = 3 if width > 30 else 2
        block_rows = 5 if self.app.size.height >= TALL_FROM else 3
        empty = Line(fill=self._role)
        word = Span(centred(spaced(self._word, width - 4), width - 2), self._role, bold=True)
        middle = Line([word], fill=self._role, indent=1, outdent=1, bracketed=True)
        lines = [empty] * (block_rows // 2) + [middle] + [empty] * (block_rows // 2)
        for group in self._groups:
            room = height - len(lines) - 1
            shown = list(group.lines)
            if len(shown) > room:
                shown = shown[:1] if group.first_survives and room >= 1 else []
            if shown:
                lines.append(BLANK)
                lines += [self._padded(line, padding) for line in shown]
        return lines

    @staticmethod
    def _padded(line: Line, padding: int) -> Line:
        return line._replace(indent=padding, outdent=padding if line.right else 0)
