"""A slip drawn as on paper, cell by cell, and what is known of it beside."""

from __future__ import annotations

from counter_tui.clock import TOKYO
from counter_tui.desk.receipts import PaperLine, SlipOnPaper
from counter_tui.desk.slip_states import SlipState
from counter_tui.language import _, pgettext
from counter_tui.screens.line import Line, Span
from counter_tui.screens.look import Role
from counter_tui.screens.person_panel import Group, pair
from counter_tui.text import cells, fit
from counter_tui.wording import slip_state_word


def slip_panel(slip: SlipOnPaper) -> tuple[str, Role, list[Group]]:
    """The person panel for a slip: whether it is on paper, its number, paper and time."""
    made_at = slip.made_at.astimezone(TOKYO)
    lines = [
        pair(_("Number"), Span(str(slip.number))),
        pair(_("Paper"), Span(_("{n} columns").format(n=slip.columns))),
        pair(_("Time"), Span(f"{made_at:%H:%M}")),
        pair(
            pgettext("slip", "Reprint"),
            Span(pgettext("slip", "no. {n}").format(n=slip.reprint_no)),
        ),
    ]
    if slip.replaced:
        lines.append(pair(_("Signs"), Span(_("{n} not shown").format(n=slip.replaced))))
    word, role = slip_state(slip.state)
    return word, role, [Group(lines)]


def slip_state(state: SlipState) -> tuple[str, Role]:
    """One word for where a slip is, and the colour of it."""
    role = Role.NOTE_FILL
    if state in (SlipState.PRINTED, SlipState.SENT):
        role = Role.OK_FILL
    elif state in (SlipState.UNKNOWN, SlipState.EXPIRED):
        role = Role.WARN_FILL
    return slip_state_word(state), role


def slip_paper(slip: SlipOnPaper, top: int, width: int, height: int) -> list[Line]:
    """The paper from its line `top` on, as many lines as there is room for."""
    margin = max((width - slip.columns) // 4 * 2, 0)
    fill = Role.PAPER_FILL
    shown = slip.lines[top : top + height]
    rest = len(slip.lines) - top - len(shown)
    if rest:
        shown = shown[:-1]
    rows = [_row(line, slip.columns, margin) for line in shown]
    if rest:
        more = _("{n} more lines  PageDown").format(n=rest + 1)
        rows.append(Line([Span(" " * margin), Span(fit(" " + more, slip.columns), fill)]))
    return rows


def next_top(slip: SlipOnPaper, top: int, height: int) -> int:
    """Where the next page begins; after the last one comes the first."""
    after = top + max(height - 1, 1)
    return 0 if after >= len(slip.lines) else after


def _row(line: PaperLine, columns: int, margin: int) -> Line:
    """A line of paper; each piece takes its columns of the paper, whatever it takes here."""
    text = "".join(_in_columns(piece, width) for piece, width in line.pieces)
    text += " " * max(columns - cells(text), 0)
    role = Role.STOP_FILL if line.reversed else Role.PAPER_FILL
    return Line([Span(" " * margin), Span(text, role, bold=line.bold or line.large)])


def _in_columns(text: str, columns: int) -> str:
    return text + " " * max(columns - cells(text), 0)
