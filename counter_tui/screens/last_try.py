"""The question before the last try of a PIN: only the patron's word allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counter_tui.errors import LastTryNotAgreed, PinKind
from counter_tui.language import _
from counter_tui.wording import pin_name, sentence

if TYPE_CHECKING:
    from counter_tui.screens.counter_screen import CounterScreen
    from counter_tui.screens.happenings import Reaction


def ask_for_the_last_try(counter: CounterScreen, kind: PinKind, *, agreed: Reaction) -> None:
    """Ask with a sheet; whoever does not agree is led home, and no try is used.

    Args:
        kind: the PIN that has one try left. A yes is about this one only: with two such PINs it
            is asked twice.
    """
    rows = [
        (_("PIN"), pin_name(kind)),
        ("", ""),
        (_("What stands"), _("Nothing was written.")),
        ("", ""),
        (_("What to do"), _("Ask the person. Enter: agrees. Esc: stop here.")),
    ]
    head = sentence(LastTryNotAgreed(kind)).head
    counter.ask(head, rows, yes=agreed, no=counter.opening.open_home)
