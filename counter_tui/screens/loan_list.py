"""Today's loans of the patron who is open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from counter_tui.language import _, day, ngettext
from counter_tui.screens.line import BLANK, Line, Span
from counter_tui.screens.look import Role

if TYPE_CHECKING:
    from counter_tui.desk.lending import LoanView


def loan_list(
    loans: Sequence[LoanView],
    in_hand: int,
    limit: int,
    notes: Sequence[Line],
    height: int,
) -> list[Line]:
    """Head, loans and notes, in `height` rows.

    The list grows at its end; when it is longer than its place, the newest loans are seen.
    """
    count = len(loans)
    head = Line(
        [
            Span(_("Lent today") + " ", Role.SOFT),
            Span(ngettext("{n} item", "{n} items", count).format(n=count), bold=True),
        ],
        [
            Span(_("In hand") + " ", Role.SOFT),
            Span(str(in_hand), bold=True),
            Span(ngettext(" / {n} item", " / {n} items", limit).format(n=limit), Role.SOFT),
        ],
    )
    lines = [head, BLANK]
    note_rows = len(notes) + 2 if notes else 0
    room = max(height - len(lines) - note_rows, 1)
    first = max(count - room, 0)
    for number, loan in enumerate(loans[first:], first + 1):
        lines.append(_row(number, loan, is_last=number == count))
    if notes and height >= len(lines) + len(notes):
        # The notes stand at the foot, above one blank row, at a place that does not move.
        lines += [BLANK] * (height - len(notes) - 1 - len(lines))
        lines += notes
    return lines


def _row(number: int, loan: LoanView, *, is_last: bool) -> Line:
    return Line(
        [
            Span(f"{number:>2}  ", Role.ACCENT if is_last else Role.SOFT, bold=is_last),
            Span(loan.title, bold=is_last),
        ],
        [
            Span(" "),
            Span(
                day(loan.due_on, padded=True),
                Role.INK if is_last else Role.SOFT,
                bold=is_last,
            ),
        ],
    )
