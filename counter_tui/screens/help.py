"""F1: the keys and the rules of the counter, on one sheet."""

from __future__ import annotations

from counter_tui.language import _, pgettext, with_keys
from counter_tui.screens.look import Role
from counter_tui.screens.sheet import Page


def help_page(*, demo: bool) -> Page:
    """What fits on one sheet at 80 by 24."""
    rows = [
        (_("Card, library card"), _("Lay or scan it: its person opens. No PIN.")),
        (_("Item"), _("Scan it: lent, or its state when nobody is open.")),
        ("F2^L  /2", _("Ready for the next patron")),
        ("F3^R  /3", _("Take items back; there Tab: the book drop")),
        ("F4^F  /4", _("Patrons; then Enter: whoever is open")),
        ("F5^E  /5", _("Link a card; there F5 registers a patron")),
        ("F6^U  /6", _("A card is lost: end its link")),
        ("F7^Y  /7", _("Renew a validity; F7 twice: the monthly run")),
        ("F8^P  /8", _("Whoever was served last, once more")),
        ("F9^D  /9", _("The last slip once more")),
        ("/slips  /links  /handover", _("Slips    Certificates    The day in figures")),
        ("Enter  /ok    Esc  /no", _("Yes; the person is done    No, one step back")),
    ]
    if demo:
        both = _("Day's end"), _("Lay simulated cards on the reader")
        rows.append(("^X    ^T", "    ".join(both)))
    else:
        rows.append(("^X", _("The day's end, and leaving the program")))
    rows = [(with_keys(label), what) for label, what in rows]
    return Page(pgettext("banner", "HELP"), Role.NOTE_FILL, _("What works at the counter"), rows)
