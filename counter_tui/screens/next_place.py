"""Where an item goes that has come back, when that is not the shelf behind the counter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counter_tui.language import _, ngettext
from counter_tui.screens.interruption import Interruption, caution
from counter_tui.wording import Wording

if TYPE_CHECKING:
    from counter_tui.desk.returning import CheckedIn


def next_place(checked: CheckedIn, here: str) -> Interruption | None:
    """注意, with the place; None: it goes back to its shelf.

    Args:
        here: this branch.
    """
    stands = _("It is taken back.") if checked.loan is not None else _("It was not on loan.")
    if checked.withdrawn:
        head = _("Withdrawn. Keep it at the counter.")
    elif checked.pickup_branch is not None:
        if checked.pickup_branch == here:
            head = _("Reserved. To the hold shelf.")
        else:
            head = _("Reserved. Send it to {branch}.").format(branch=checked.pickup_branch)
        waiting = ngettext("{n} person waits for it.", "{n} people wait for it.", checked.waiting)
        stands += "  " + waiting.format(n=checked.waiting)
    elif checked.other_branch is not None:
        head = _("From another branch. Send it to {branch}.").format(branch=checked.other_branch)
    else:
        return None
    # Not as what was kept: a banner leaves that out when scans were skipped behind it.
    return caution(Wording(head, to_do=(stands,), about=checked.title))
