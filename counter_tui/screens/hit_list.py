"""Patrons in a list: name, reading, birth date, and whether they may borrow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

from counter_tui.desk.patrons import PatronState
from counter_tui.language import _, full_day, language, ngettext, pgettext
from counter_tui.screens.line import BLANK, Line, Span, seal, wrapped
from counter_tui.screens.look import Ground, Role
from counter_tui.screens.patron_lines import card_line, link_line, state_word, validity_group
from counter_tui.screens.person_panel import Group, pair
from counter_tui.text import cells, fit

if TYPE_CHECKING:
    from counter_tui.desk.patron_search import Found, PatronHit

HEAD_ROWS: Final = 2
FOOT_ROWS: Final = 3
"""A blank row, how to ask, and that it is kept."""

_MARK_CELLS: Final = 2
_SEAL_CELLS: Final = 4


def hit_rows(height: int) -> int:
    """How many hits are seen in a zone of this height."""
    return max(height - HEAD_ROWS - FOOT_ROWS, 1)


def hit_list(
    found: Found | None, at: int, top: int, width: int, height: int, *, open_below: str = ""
) -> list[Line]:
    """Head, hits and the rules of asking, in `height` rows.

    Args:
        found: None: nothing was asked yet.
        at: the chosen hit.
        top: the first hit that is seen.
        open_below: the name of whoever is open, and whose file Enter opens; empty: nobody's.
    """
    lines = [_head(found), BLANK]
    room = hit_rows(height)
    if found is not None:
        shown = found.hits[top : top + room]
        lines += [_row(hit, width, is_chosen=top + n == at) for n, hit in enumerate(shown)]
        if not shown:
            lines += _nobody(width)
    elif open_below:
        lines.append(Line([Span(_("Enter shows all of {name}").format(name=open_below))]))
    lines += [BLANK] * (HEAD_ROWS + room + 1 - len(lines))
    lines.append(Line([Span(_("Name, reading, number, birth date (S60.4.12)"), Role.SOFT)]))
    lines.append(Line([Span(_("Who looked for whom is kept on record"), Role.SOFT)]))
    return lines


def hit_panel(hit: PatronHit, today: date, soon_days: int) -> tuple[str, Role, list[Group]]:
    """The person panel for the chosen hit."""
    word, role = state_word(hit.state)
    if _is_stopped(hit):
        word, role = pgettext("state", "Stopped"), Role.STOP_FILL
    name = Group([Line([Span(hit.name, bold=True)]), Line([Span(hit.kana, Role.SOFT)])])
    in_hand = ngettext("{n} item", "{n} items", hit.loans_count).format(n=hit.loans_count)
    link = Group(
        [
            link_line(hit.linked_on),
            card_line(hit.library_card),
            pair(_("In hand"), Span(in_hand, bold=hit.at_limit)),
        ]
    )
    return word, role, [name, validity_group(hit.expires_on, today, soon_days), link]


def _is_stopped(hit: PatronHit) -> bool:
    """Whether something else than the validity stops lending."""
    if hit.state is PatronState.BLOCKED:
        return True
    return hit.at_limit and hit.state is not PatronState.EXPIRED


def _head(found: Found | None) -> Line:
    title = [Span(_("Look for a patron"), bold=True)]
    if found is None or not found.hits:
        return Line(title)
    count = len(found.hits)
    if found.more:
        counted = ngettext("more than {n}", "more than {n}", count).format(n=count)
    else:
        counted = ngettext("{n} person", "{n} people", count).format(n=count)
    order = _("near ones only") if found.loosely else _("nearest first")
    role = Role.WARN if found.loosely else Role.SOFT
    return Line(title, [Span(counted, bold=True), Span(f"  {order}", role)])


def _row(hit: PatronHit, width: int, *, is_chosen: bool) -> Line:
    born = full_day(hit.birth_date, padded=True, weekday=False)
    room = width - _MARK_CELLS - cells(born) - 1 - _SEAL_CELLS
    name = room // 2
    ground = Ground.FIELD if is_chosen else None
    soft = Role.INK if is_chosen else Role.SOFT
    return Line(
        [
            Span("> " if is_chosen else "  ", Role.ACCENT, bold=True, ground=ground),
            Span(fit(hit.name, name - 1) + " ", bold=is_chosen, ground=ground),
            Span(fit(hit.kana, room - name - 1) + " ", soft, ground=ground),
            Span(born + " ", soft, ground=ground),
        ],
        [_seal(hit)],
    )


def _seal(hit: PatronHit) -> Span:
    english = language() == "en"
    if hit.state is PatronState.EXPIRED:
        return seal("EX" if english else "切", Role.WARN_FILL)
    if _is_stopped(hit):
        return seal("NO" if english else "停", Role.STOP_FILL)
    return seal("OK" if english else "可", Role.OK)


def _nobody(width: int) -> Sequence[Line]:
    text = _("Nobody is found. The reading alone or the birth date alone may do.")
    new = _("Whoever is new: F5")
    rows = [*wrapped(text, width), *wrapped(new, width)]
    return [Line([Span(row, Role.WARN if n == 0 else Role.INK)]) for n, row in enumerate(rows)]
