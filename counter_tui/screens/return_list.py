"""What came back, one row an item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from counter_tui.language import _, day, ngettext
from counter_tui.screens.line import BLANK, Line, Span
from counter_tui.screens.look import Role

if TYPE_CHECKING:
    from counter_tui.desk.returning import CheckedIn


def return_list(returned: Sequence[CheckedIn], height: int) -> list[Line]:
    """Head and rows; when it is longer than its place, the newest are seen."""
    count = len(returned)
    lines = [
        Line(
            [
                Span(_("Came back") + " ", Role.SOFT),
                Span(ngettext("{n} item", "{n} items", count).format(n=count), bold=True),
            ],
            [Span(_("was due"), Role.SOFT)] if count else [],
        ),
        BLANK,
    ]
    first = max(count - (height - len(lines)), 0)
    for number, checked in enumerate(returned[first:], first + 1):
        lines.append(_row(number, checked, is_last=number == count))
    return lines


def _row(number: int, checked: CheckedIn, *, is_last: bool) -> Line:
    """Number, title, what is special about it, and when it was due."""
    role = Role.INK if is_last else Role.SOFT
    loan = checked.loan
    right = [Span(" ")]
    word = _word(checked)
    if word:
        right.append(Span(f"{word} ", Role.WARN, bold=is_last))
    if loan is not None:
        right.append(Span(day(loan.due_on, padded=True), role, bold=is_last))
    return Line(
        [
            Span(f"{number:>2}  ", Role.ACCENT if is_last else Role.SOFT, bold=is_last),
            Span(checked.title, bold=is_last),
        ],
        right,
    )


def _word(checked: CheckedIn) -> str:
    """The gravest thing about it, in a word."""
    if checked.pickup_branch is not None:
        return _("reserved")
    if checked.withdrawn:
        return _("withdrawn")
    if checked.other_branch is not None:
        return _("other branch")
    if checked.loan is None:
        return _("not on loan")
    late = checked.loan.days_overdue
    return ngettext("{n} day late", "{n} days late", late).format(n=late) if late else ""
