"""The trainer's hand in the demo: cards, paper, line and calendar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from counter_tui.desk.demo import DemoControls, PersonaCard
from counter_tui.language import _, language, pgettext
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.line import BLANK, Line, Span, seal
from counter_tui.screens.look import Ground, Role
from counter_tui.screens.zone import Zone
from counter_tui.text import fit

CARDS_A_PAGE: Final = 8
_KEY_ROWS: Final = 3
_HOLDER_CELLS: Final = 12
"""見本, a blank, three characters of a given name, a blank."""


class CardPanel(Zone):
    """Lies on the work zone; person and answer stay in sight, for they show the effect."""

    ground = Ground.FIELD

    def __init__(self) -> None:
        super().__init__(id="card-panel")
        self.controls: DemoControls | None = None
        self._page = 0

    @property
    def keys(self) -> frozenset[str]:
        """Characters that do something here."""
        return frozenset("012345678pnrd!")

    def hints(self) -> Sequence[KeyHint]:
        """For the footer."""
        more = [KeyHint("PgDn", _("More cards"))] if self._pages > 1 else []
        return [
            KeyHint("1-8", _("Lay a card")),
            KeyHint("0", _("Take it")),
            *more,
            KeyHint("^T Esc", _("Close")),
        ]

    def press(self, key: str) -> None:
        """Do what the key says; nothing without a demo."""
        controls = self.controls
        if controls is None:
            return
        if key in ("0", "!"):
            controls.take_off()
        elif key == "p":
            controls.set_paper_out(not controls.paper_out)
        elif key == "n":
            controls.set_line_cut(not controls.line_cut)
        elif key == "r":
            controls.reset_cards()
        elif key == "d":
            controls.advance_day()
        elif key == "pagedown":
            self._page = (self._page + 1) % max(self._pages, 1)
        elif key.isdecimal():
            cards = self._cards()
            index = int(key) - 1
            if index < len(cards):
                controls.lay(cards[index].name)
        self.redraw()

    @property
    def _pages(self) -> int:
        if self.controls is None:
            return 0
        return -(-len(self.controls.personas()) // CARDS_A_PAGE)

    def _cards(self) -> Sequence[PersonaCard]:
        if self.controls is None:
            return ()
        first = self._page * CARDS_A_PAGE
        return self.controls.personas()[first : first + CARDS_A_PAGE]

    def build(self, width: int, height: int) -> Sequence[Line]:
        """The cards of this page, then what else can be done."""
        controls = self.controls
        if controls is None:
            return ()
        head = Line(
            [
                Span(_("Card panel"), bold=True),
                Span("   " + _("lay a simulated card down"), Role.SOFT),
            ],
            indent=2,
        )
        cards = self._cards()
        lines = [head]
        if height > len(cards) + _KEY_ROWS + 2:
            lines.append(BLANK)
        mark = seal("ON" if language() == "en" else "置", Role.ACCENT_FILL)
        for number, card in enumerate(cards, 1):
            here = card.name == controls.card_on_reader()
            key = Span(f" {number} ", Role.ACCENT_FILL if here else Role.ACCENT, bold=True)
            pins = card.auth_pin
            if card.surface_info_pin != card.auth_pin:
                pins += f" {card.surface_info_pin}"
            lines.append(
                Line(
                    [
                        key,
                        Span(" " + fit(card.holder, _HOLDER_CELLS), bold=here),
                        Span(card.title, Role.SOFT),
                    ],
                    [Span(f" {pins} ", Role.SOFT), mark if here else Span("    ")],
                    indent=2,
                    outdent=2,
                )
            )
        paper = _("put paper in") if controls.paper_out else _("take the paper out")
        net = _("mend the line") if controls.line_cut else _("cut the line")
        lines += [BLANK] * max(height - _KEY_ROWS - len(lines), 1)
        lines += [
            _keys(("0", _("take the card")), ("!", _("pull it midway"))),
            _keys(("p", paper), ("n", net)),
            _keys(("d", pgettext("panel", "one day on")), ("r", _("all tries back"))),
        ]
        return lines


def _keys(*keys: tuple[str, str]) -> Line:
    spans: list[Span] = []
    for key, does in keys:
        spans += [Span(f" {key} ", Role.ACCENT, bold=True), Span(" " + fit(does, 18), Role.SOFT)]
    return Line(spans, indent=2)
