"""The trainer's hand at the self-checkout's demo; in a real installation it is tied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from counter_tui.language import _, pgettext
from counter_tui.screens.desk_holder import DeskHolder

if TYPE_CHECKING:
    from counter_tui.desk.demo import DemoControls

CARDS_A_PAGE: Final = 8
"""Simulated cards that F1 to F8 lay down."""

TAKE_OFF: Final = f"/{CARDS_A_PAGE + 1}"
_CARDS: Final = tuple(f"/{number}" for number in range(1, CARDS_A_PAGE + 1))


class Trainer:
    """Lays simulated cards down by keys that no patron's keypad has.

    There is no panel: it would be a screen of staff's on the patrons' side. One row says which
    keys there are, and what lies on the reader.
    """

    def __init__(self, holder: DeskHolder) -> None:
        self._holder = holder
        self._page = 0

    @property
    def _controls(self) -> DemoControls | None:
        holder = self._holder
        return holder.desk.demo if holder.is_demo and holder.desk_is_open else None

    def takes(self, word: str) -> bool:
        """Do what a word says, `/1` to `/9` for F1 to F9, or a key by its name.

        Returns:
            Whether it was one of them, and this is a demo.
        """
        controls = self._controls
        if controls is None:
            return False
        if word == TAKE_OFF:
            controls.take_off()
        elif word in _CARDS:
            cards = controls.personas()
            index = self._page * CARDS_A_PAGE + _CARDS.index(word)
            if index < len(cards):
                controls.lay(cards[index].name)
        elif word in ("pagedown", "pageup"):
            step = 1 if word == "pagedown" else -1
            self._page = (self._page + step) % self._pages(controls)
        else:
            return False
        return True

    def notice(self, staff_code: str) -> str:
        """The row at the top."""
        parts = [_("Practice mode"), _("F1-F8 lay a card  F9 take it")]
        if staff_code:
            parts.append(pgettext("demo", "^X {code} ends").format(code=staff_code))
        controls = self._controls
        if controls is not None:
            parts.append(f"PgDn {self._page + 1}/{self._pages(controls)}")
            laid = controls.card_on_reader()
            parts += [card.title for card in controls.personas() if card.name == laid]
        return "  ".join(parts)

    @staticmethod
    def _pages(controls: DemoControls) -> int:
        return -(-len(controls.personas()) // CARDS_A_PAGE)
