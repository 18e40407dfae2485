"""How a patron is told in the person panel, the same on every screen."""

from __future__ import annotations

from datetime import date

from counter_tui.desk.patrons import PatronState, PatronView, ResidencyClass
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
        PatronState.BLOCKED: (pgettext("state", "Lending stopped"), Role.STOP_FILL),
    }[state]


def residency_word(residency: ResidencyClass) -> str:
    """Why this person has a library card here."""
    return {
        ResidencyClass.RESIDENT: _("Resident"),
        ResidencyClass.WORKER: _("Works here"),
        ResidencyClass.STUDENT: _("Studies here"),
        ResidencyClass.NON_RESIDENT: _("Other town"),
    }[residency]


def patron_groups(
    patron: PatronView,
    today: date,
    soon_days: int,
    *,
    card_is_on_reader: bool,
    card_was_taken: bool = False,
) -> list[Group]:
    """Name; validity; link and card; and, where there is room, what else is known.

    Args:
        card_was_taken: the card that opened this person lies there no more.
    """
    marks: list[Span] = []
    if card_is_on_reader:
        marks = [seal("ON" if language() == "en" else "置", Role.ACCENT_FILL)]
    elif card_was_taken:
        marks = [seal("--" if language() == "en" else "離", Role.WARN)]
    name = Group(
        [
            Line([Span(patron.name, bold=True)], marks),
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
    link = Group(
        [
            link_line(patron.linked_on),
            card_line(masked(patron.library_card_number)),
            pair(_("Class"), Span(residency_word(patron.residency), Role.SOFT)),
        ]
    )
    return [name, validity_group(patron.expires_on, today, soon_days), link, more]


def validity_group(expires_on: date, today: date, soon_days: int) -> Group:
    """Days left, which survive every cut, and the date below.

    Args:
        soon_days: fewer days left than these are marked.
    """
    left = (expires_on - today).days
    if left < 0:
        days = ngettext("{n} day ago", "{n} days ago", -left).format(n=-left)
        counted = Span(days, Role.STOP, bold=True)
    else:
        days = ngettext("{n} day left", "{n} days left", left).format(n=left)
        soon = left < soon_days
        counted = Span(days, Role.WARN if soon else Role.SOFT, bold=soon)
    return Group(
        [
            Line([Span(_("Valid to"), Role.SOFT)], [counted]),
            Line([Span(full_day(expires_on), bold=True)]),
        ],
        first_survives=True,
    )


def link_line(linked_on: date | None) -> Line:
    """Whether and when a My Number card was linked."""
    if linked_on is None:
        return pair(_("Link"), Span(_("not linked"), Role.SOFT))
    day = full_day(linked_on, weekday=False)
    done = pgettext("link", "yes") + " "
    # A long date takes the place of the word: the date says as much.
    shown = done if cells(done + day) <= _VALUE_CELLS else ""
    return pair(_("Link"), Span(shown), Span(day, Role.SOFT))


def card_line(masked_number: str) -> Line:
    """The last digits of the library card."""
    return pair(_("Lib. card"), Span(masked_number[-9:]))


def _items(count: int) -> str:
    return ngettext("{n} item", "{n} items", count).format(n=count)
