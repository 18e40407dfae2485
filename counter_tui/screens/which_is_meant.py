"""A number that is both a library card and an item: a person says which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counter_tui.language import _
from counter_tui.wording import sentence

if TYPE_CHECKING:
    from counter_tui.errors import NumberIsBoth
    from counter_tui.screens.counter_screen import CounterScreen
    from counter_tui.screens.happenings import Reaction


def ask_which_is_meant(
    counter: CounterScreen,
    both: NumberIsBoth,
    *,
    card: Reaction,
    item: Reaction,
    card_first: bool,
) -> None:
    """Ask with a sheet: Enter takes what is expected here, Esc the other.

    Args:
        card_first: a library card is expected, and not an item.
    """
    card_way = (_("Library card"), both.name)
    item_way = (_("Item"), both.title)
    first, second = (card_way, item_way) if card_first else (item_way, card_way)
    rows = [
        (_("Number"), both.number),
        ("", ""),
        (f"Enter  {first[0]}", first[1]),
        (f"Esc    {second[0]}", second[1]),
    ]
    yes, no = (card, item) if card_first else (item, card)
    counter.ask(sentence(both).head, rows, yes=yes, no=no, answers=(first[0], second[0]))
