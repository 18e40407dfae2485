"""The question before the last try of a PIN: only the patron's word allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counter_tui.errors import LastTryNotAgreed, PinKind
from counter_tui.language import _
from counter_tui.wording import pin_name, sentence

if TYPE_CHECKING:
    from counter_tui.screens.counter_screen import CounterScreen
    from counter_tui.screens.happenings import Reaction


def ask_for_the_last_try(
    counter: CounterScreen, kind: PinKind, *, agreed: Reaction, refused: Reaction | None = None
) -> None:
    """Ask with a sheet; when the patron does not agree no try is used.

    Args:
        kind: the PIN that has one try left. A yes is about this one only: with two such PINs it
            is asked twice.
        refused: what follows a no; None: home.
    """
    rows = [
        (_("PIN"), pin_name(kind)),
        ("", ""),
        (_("What stands"), _("Nothing was written.")),
        ("", ""),
        (_("What to do"), _("Ask the person. Enter: agrees. Esc: stop here.")),
    ]
    head = sentence(LastTryNotAgreed(kind)).head
    counter.ask(head, rows, yes=agreed, no=refused or counter.opening.open_home)
