"""The terms of a card's linking, to be read by the person before the question is answered."""

from __future__ import annotations

from counter_tui.desk.terms import Terms
from counter_tui.language import _
from counter_tui.screens.line import BLANK, Line, Span, wrapped
from counter_tui.screens.look import Role

_HEAD_ROWS = 2


class TermsPage:
    """All pages of one version of the terms, and which of them is read."""

    def __init__(self, terms: Terms) -> None:
        self._version = terms.version
        self._text = terms.text or _built_in()
        self._top = 0
        self._rows_shown = 1
        self._row_count = 0

    def turn(self) -> None:
        """The next page; after the last comes the first."""
        self._top += self._rows_shown
        if self._top >= self._row_count:
            self._top = 0

    def lines(self, width: int, height: int) -> list[Line]:
        """The version, the page, and how much is left."""
        rows = [row for part in self._text.splitlines() for row in wrapped(part.rstrip(), width)]
        self._row_count = len(rows)
        self._rows_shown = max(height - _HEAD_ROWS, 1)
        shown = rows[self._top : self._top + self._rows_shown]
        last = self._top + len(shown)
        where = [Span(f"{self._top + 1}-{last} / {len(rows)}", Role.SOFT)]
        if len(rows) > self._rows_shown:
            where.append(Span("  PgDn", Role.ACCENT, bold=True))
        title = _("Terms, version {version}").format(version=self._version)
        return [
            Line([Span(title, bold=True)], where),
            BLANK,
            *[Line([Span(row)]) for row in shown],
        ]


def _built_in() -> str:
    """What the library's notice of 1 March 2024 says, for a library without a file of its own."""
    return "\n".join(
        [
            _("For the use of a My Number card here these apply:"),
            _("- MyKey Platform terms of use"),
            _("- MyKey Platform privacy policy"),
            "",
            _("The library never collects the 12-digit My Number."),
            "",
            _("Taken from the card:"),
            _("- a user identifier for this library system"),
            _("- name, address, birth date"),
            _("The sex is not registered."),
            "",
            _("Kept with the link:"),
            _("- version of these terms, time of consent"),
            _("Deleted on the day of unlinking:"),
            _("- the card's public key, the certificate's end"),
            _("PINs are not kept."),
            "",
            _("Only the person links the card. There is no proxy."),
            _("The link can be ended at any counter."),
            _("The library card goes on working."),
        ]
    )
