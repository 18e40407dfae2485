"""How a patron is told in the person panel, the same on every screen."""

from __future__ import annotations

from datetime import date

from counter_tui.desk.patrons import EXPIRING_SOON_DAYS, PatronState, PatronView, ResidencyClass
from counter_tui.language import _, full_day, language, ngettext, pgettext
from counter_tui.screens.line import Line, Span, seal
from counter_tui.screens.look import Role
from counter_tui.screens.person_panel import LABEL_CELLS, Group, pair
from counter_tui.text import cells, masked

_VALUE_CELLS = 24 - LABEL_CELLS
"""Room for a value in the narrow panel (26 wide, 2 before the label)."""


def state_word(state: PatronState) -> tuple[str, Role]:
    """The big word, and the ground it stands on."""
    return {
        PatronState.LENDABLE: (pgettext("state", "May borrow"), Role.OK_FILL),
        PatronState.EXPIRING_SOON: (pgettext("state", "Expiring soon"), Role.WARN_FILL),
        PatronState.EXPIRED: (pgettext("state", "Expired"), Role.STOP_FILL),
    }[state]


def residency_word(residency: ResidencyClass) -> str:
    """Why this person has a library card here."""
    return {
        ResidencyClass.RESIDENT: _("Resident"),
        ResidencyClass.WORKER: _("Works here"),
        ResidencyClass.STUDENT: _("Studies here"),
        ResidencyClass.NON_RESIDENT: _("Other town"),
    }[residency]


def patron_groups(patron: PatronView, today: date, *, card_is_on_reader: bool) -> list[Group]:
    """Name; validity; link and card; and, where there is room, what else is known."""
    card = seal("ON" if language() == "en" else "置", Role.ACCENT_FILL)
    name = Group(
        [
            Line([Span(patron.name, bold=True)], [card] if card_is_on_reader else []),
            Line([Span(patron.kana, Role.SOFT)]),
        ]
    )
    more = Group(
        [
            pair(_("In hand"), Span(_items(patron.loans_count), bold=True)),
            pair(
                _("Overdue"),
                Span(_items(patron.overdue_count), Role.WARN, bold=True)
                if patron.overdue_count
                else Span(_("none")),
            ),
        ]
    )
    return [name, _validity(patron, today), _link(patron), more]


def _validity(patron: PatronView, today: date) -> Group:
    left = patron.days_left(today)
    if left < 0:
        days = ngettext("{n} day ago", "{n} days ago", -left).format(n=-left)
        counted = Span(days, Role.STOP, bold=True)
    else:
        days = ngettext("{n} day left", "{n} days left", left).format(n=left)
        soon = left < EXPIRING_SOON_DAYS
        counted = Span(days, Role.WARN if soon else Role.SOFT, bold=soon)
    return Group(
        [
            Line([Span(_("Valid to"), Role.SOFT)], [counted]),
            Line([Span(full_day(patron.expires_on), bold=True)]),
        ],
        first_survives=True,
    )


def _link(patron: PatronView) -> Group:
    if patron.linked_on is None:
        link = pair(_("Link"), Span(_("not linked"), Role.SOFT))
    else:
        day = full_day(patron.linked_on, weekday=False)
        done = pgettext("link", "yes") + " "
        # A long date takes the place of the word: the date says as much.
        shown = done if cells(done + day) <= _VALUE_CELLS else ""
        link = pair(_("Link"), Span(shown), Span(day, Role.SOFT))
    card = patron.library_card_number
    return Group(
        [
            link,
            pair(_("Lib. card"), Span(masked(card)[-9:])),
            pair(_("Class"), Span(residency_word(patron.residency), Role.SOFT)),
        ]
    )


def _items(count: int) -> str:
    return ngettext("{n} item", "{n} items", count).format(n=count)
