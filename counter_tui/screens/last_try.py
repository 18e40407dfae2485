"""The question before the last try of a PIN: only the patron's word allows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from counter_tui.errors import LastTryNotAgreed, PinKind
from counter_tui.language import _
from counter_tui.wording import pin_name, sentence

if TYPE_CHECKING:
    from counter_tui.screens.counter_screen import CounterScreen
    from counter_tui.screens.happenings import Reaction


def ask_for_the_last_try(
    counter: CounterScreen, kinds: Sequence[PinKind], *, agreed: Reaction
) -> None:
    """Ask with a sheet; whoever does not agree is led home, and no try is used.

    Args:
        kinds: the PINs that have one try left.
    """
    rows = [(_("PIN"), pin_name(kind)) for kind in kinds]
    rows += [
        ("", ""),
        (_("What stands"), _("Nothing was written, no try was used.")),
        ("", ""),
        (_("What to do"), _("Ask the person. Enter: agrees. Esc: stop here.")),
    ]
    head = sentence(LastTryNotAgreed(kinds[0])).head
    counter.ask(head, rows, yes=agreed, no=counter.open_home)
