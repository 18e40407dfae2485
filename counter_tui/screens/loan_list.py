"""Today's loans of the patron who is open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from counter_tui.explanations import override_rule_word
from counter_tui.language import _, day, language, ngettext, pgettext
from counter_tui.screens.line import BLANK, Line, Span, seal
from counter_tui.screens.look import Role

if TYPE_CHECKING:
    from counter_tui.desk.overrides import Override
    from counter_tui.desk.patrons import PatronView
    from counter_tui.screens.turn import TurnLoan


def loan_list(
    rows: Sequence[TurnLoan],
    in_hand: int,
    limit: int,
    notes: Sequence[Line],
    height: int,
) -> list[Line]:
    """Head, loans and notes, in `height` rows.

    The list grows at its end; when it is longer than its place, the newest loans are seen.
    """
    count = len(rows)
    new = sum(row.is_new for row in rows)
    extended = sum(not row.is_new for row in rows)
    counted = [
        Span(_("Lent today") + " ", Role.SOFT),
        Span(ngettext("{n} item", "{n} items", new).format(n=new), bold=True),
    ]
    if extended:
        counted.append(Span("  " + _("extended {n}").format(n=extended), Role.SOFT))
    head = Line(
        counted,
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
    for number, row in enumerate(rows[first:], first + 1):
        lines.append(_row(number, row, is_last=number == count))
    if notes and height >= len(lines) + len(notes):
        # The notes stand at the foot, above one blank row, at a place that does not move.
        lines += [BLANK] * (height - len(notes) - 1 - len(lines))
        lines += notes
    return lines


def lending_notes(patron: PatronView, override: Override | None, *, to_compare: bool) -> list[Line]:
    """What staff must know while they lend to this person, one line each.

    Args:
        to_compare: the card could not prove itself: staff compare it with the person.
    """
    notes: list[Line] = []
    mark = seal("!!" if language() == "en" else "注", Role.WARN_FILL)
    if to_compare:
        text = _("Compare the card with the person")
        notes.append(Line([mark, Span("  " + text, Role.WARN, bold=True)]))
    if patron.notes_count:
        count = patron.notes_count
        noted = ngettext("{n} note", "{n} notes", count).format(n=count)
        how = pgettext("note", "F4^F, then Enter")
        notes.append(
            Line([mark, Span("  " + noted, Role.WARN, bold=True), Span(f"  {how}", Role.SOFT)])
        )
    if override is not None:
        words = [override_rule_word(rule) for rule, _reason in override.reasons]
        aside = [Span(f"  {_('Set aside')}", Role.WARN, bold=True)]
        notes.append(Line([mark, *aside, Span("  " + "  ".join(words), Role.SOFT)]))
    if patron.overdue_count:
        count = patron.overdue_count
        late = ngettext("{n} item is overdue", "{n} items are overdue", count).format(n=count)
        spans = [mark, Span("  " + late, Role.WARN, bold=True)]
        if patron.oldest_overdue_due_on is not None:
            since = _("due {date}").format(date=day(patron.oldest_overdue_due_on))
            spans.append(Span(f"  {since}", Role.SOFT))
        notes.append(Line(spans))
    return notes


def _row(number: int, row: TurnLoan, *, is_last: bool) -> Line:
    """Number, title and due date; what was extended says so before its date."""
    role = Role.INK if is_last else Role.SOFT
    due = Span(day(row.loan.due_on, padded=True), role, bold=is_last)
    extended = [Span(_("extended") + " ", Role.ACCENT)] if row.extended_from is not None else []
    return Line(
        [
            Span(f"{number:>2}  ", Role.ACCENT if is_last else Role.SOFT, bold=is_last),
            Span(row.loan.title, bold=is_last),
        ],
        [Span(" "), *extended, due],
    )
