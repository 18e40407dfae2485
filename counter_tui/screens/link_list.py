"""Links to renew as a list: name, telephone, when the certificate ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from counter_tui.language import _, full_day, language, ngettext
from counter_tui.screens.line import BLANK, Line, Span, seal, wrapped
from counter_tui.screens.look import Ground, Role
from counter_tui.screens.person_panel import Group, pair
from counter_tui.text import cells, fit

if TYPE_CHECKING:
    from counter_tui.desk.links_to_renew import LinkToRenew

_HEAD_ROWS: Final = 2
_FOOT_ROWS: Final = 2
_MARK_CELLS: Final = 2
_SEAL_CELLS: Final = 5
"""Of the seal and the blank before it."""

_WIDE_FROM: Final = 60
"""Cells from which a date stands in full beside name and telephone."""

_TELEPHONE_CELLS: Final = 14
"""The longest of this country, with hyphens: 090-1234-5678, and a blank."""


def link_rows(height: int) -> int:
    """How many links are seen in a zone of this height."""
    return max(height - _HEAD_ROWS - _FOOT_ROWS, 1)


def link_panel(link: LinkToRenew | None) -> list[Group]:
    """The person panel for the chosen link."""
    if link is None:
        return []
    scheme = _("old scheme") if link.old_scheme else _("as today's")
    return [
        Group([Line([Span(link.name, bold=True)]), Line([Span(link.kana, Role.SOFT)])]),
        Group([Line([Span(_("Telephone"), Role.SOFT)]), Line([Span(link.telephone or "-")])]),
        Group(
            [
                Line([Span(_("Certificate ends"), Role.SOFT)]),
                Line([Span(full_day(link.certificate_ends_on), bold=True)]),
                Line([Span(_left(link), Role.WARN, bold=True)]),
            ],
            first_survives=True,
        ),
        Group(
            [
                pair(_("Lib. card"), Span(link.library_card_number)),
                pair(_("Scheme"), Span(scheme)),
            ]
        ),
    ]


def link_list(
    links: Sequence[LinkToRenew],
    days: int,
    at: int,
    top: int,
    width: int,
    height: int,
    *,
    warning_days: int,
) -> list[Line]:
    """Head, links and what to do with them, in `height` rows.

    Args:
        days: how far the list looks ahead.
        at: the chosen link.
        top: the first link that is seen.
        warning_days: from how many days on a certificate's end is marked.
    """
    within = ngettext("within {n} day", "within {n} days", days).format(n=days)
    lines = [
        Line([Span(_("Links to make anew"), bold=True)], [Span(within, Role.SOFT)]),
        BLANK,
    ]
    room = link_rows(height)
    shown = links[top : top + room]
    lines += [
        _row(link, width, _seal(link, warning_days), is_chosen=top + n == at)
        for n, link in enumerate(shown)
    ]
    if not links:
        text = _("No certificate ends within this time, and no link is of an older scheme.")
        lines += [Line([Span(row)]) for row in wrapped(text, width)]
    lines += [BLANK] * (_HEAD_ROWS + room + 1 - len(lines))
    rest = len(links) - top - len(shown)
    more = ngettext("{n} more: PageDown", "{n} more: PageDown", rest).format(n=rest)
    told = Span(_("Who prints or writes it is kept on record"), Role.SOFT)
    lines.append(Line([told], [Span(more, Role.ACCENT)] if rest else []))
    return lines


def _row(link: LinkToRenew, width: int, mark: Span, *, is_chosen: bool) -> Line:
    ends = full_day(link.certificate_ends_on, padded=True, weekday=False)
    if width < _WIDE_FROM:
        # Names need the room; the chosen one's day stands in full at the left.
        ends = link.certificate_ends_on.isoformat()
    room = width - _MARK_CELLS - _TELEPHONE_CELLS - cells(ends) - _SEAL_CELLS
    ground = Ground.FIELD if is_chosen else None
    soft = Role.INK if is_chosen else Role.SOFT
    return Line(
        [
            Span("> " if is_chosen else "  ", Role.ACCENT, bold=True, ground=ground),
            Span(fit(link.name, room - 1) + " ", bold=is_chosen, ground=ground),
            Span(fit(link.telephone, _TELEPHONE_CELLS - 1) + " ", soft, ground=ground),
            Span(ends, soft, ground=ground),
            Span(" "),
        ],
        [mark],
    )


def _seal(link: LinkToRenew, warning_days: int) -> Span:
    english = language() == "en"
    if link.days_left < 0:
        return seal("EX" if english else "切", Role.STOP_FILL)
    if link.old_scheme:
        return seal("OL" if english else "旧", Role.NOTE_FILL)
    if link.days_left <= warning_days:
        return seal("~~" if english else "近", Role.WARN_FILL)
    return Span("    ")


def _left(link: LinkToRenew) -> str:
    if link.days_left < 0:
        return ngettext("{n} day ago", "{n} days ago", -link.days_left).format(n=-link.days_left)
    return ngettext("{n} day left", "{n} days left", link.days_left).format(n=link.days_left)
