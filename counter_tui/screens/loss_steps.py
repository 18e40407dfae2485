"""The steps of a case at the loss desk: what each asks for, and the keys that work in it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from counter_tui.errors import UndoReason, UnlinkReason
from counter_tui.language import _, pgettext
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.job import Expectation
from counter_tui.screens.scan_line import Mode


class LossStep(Enum):
    """Where a case at the loss desk stands."""

    WHO = "who"
    STOPPED = "stopped"
    REASON = "reason"
    NAME = "name"
    DONE = "done"
    ENDED = "ended"
    """Its link had been ended before."""
    UNDO = "undo"
    UNDONE = "undone"


REASONS: Final = {
    "1": UnlinkReason.LOST,
    "2": UnlinkReason.STOLEN,
    "3": UnlinkReason.REISSUED,
    "4": UnlinkReason.WISH,
    "5": UnlinkReason.ERROR,
}
UNDO_REASONS: Final = {
    "1": UndoReason.WRONG_PATRON,
    "2": UndoReason.FOUND,
    "3": UndoReason.WISH,
}
ANSWERS: Final = {"1": True, "2": False}
"""Was the card stopped?"""

CHOICES: Final[Mapping[LossStep, Mapping[str, object]]] = {
    LossStep.STOPPED: ANSWERS,
    LossStep.REASON: REASONS,
    LossStep.UNDO: UNDO_REASONS,
}
"""What a digit chooses, in the steps that ask for one."""


def expectation(step: LossStep) -> Expectation:
    """What the scan line asks for in this step."""
    keys = frozenset(CHOICES.get(step, {}))
    match step:
        case LossStep.WHO:
            hint = _("Number, name, kana, telephone or birth date")
            return Expectation(pgettext("scan", "Search"), hint, Mode.TEXT)
        case LossStep.STOPPED:
            hint = _("Ask the person: 1 or 2, then Enter")
            return Expectation(pgettext("scan", "Stopped"), hint, keys=keys)
        case LossStep.REASON:
            hint = _("1 to 5, then Enter")
            return Expectation(pgettext("scan", "Reason"), hint, keys=keys)
        case LossStep.NAME:
            hint = _("The person's whole name. Enter unlinks")
            return Expectation(pgettext("scan", "Name"), hint, Mode.TEXT)
        case LossStep.UNDO:
            hint = _("1 to 3, then Enter takes it back")
            return Expectation(pgettext("scan", "Reason"), hint, keys=keys)
        case LossStep.ENDED:
            hint = _("Another library card, or Enter")
            return Expectation(pgettext("scan", "Next"), hint)
        case LossStep.DONE | LossStep.UNDONE:
            hint = _("Card, library card, item or command")
            return Expectation(pgettext("scan", "Next"), hint)


def key_hints(step: LossStep, *, may_undo: bool) -> list[KeyHint]:
    """The keys that work in this step, the one that goes on first."""
    undo = [KeyHint("^A", _("Take back"))] if may_undo else []
    leave = KeyHint("Esc", _("Leave, no change"))
    help_ = KeyHint("F1^G", _("Help"))
    again = KeyHint("Tab", _("One back"))
    match step:
        case LossStep.WHO:
            return [KeyHint("F4^F", pgettext("key", "Search")), leave, help_]
        case LossStep.STOPPED:
            return [KeyHint("1-2", _("Answer")), KeyHint("Enter", _("Next")), leave, help_]
        case LossStep.REASON:
            chosen = [KeyHint("1-5", _("Reason")), KeyHint("Enter", _("Next")), again]
            return [*chosen, leave, help_]
        case LossStep.NAME:
            return [KeyHint("Enter", _("Unlink")), again, leave, help_]
        case LossStep.UNDO:
            return [KeyHint("1-3", _("Reason")), KeyHint("Enter", _("Take back")), leave, help_]
        case LossStep.ENDED:
            return [KeyHint("Enter", _("Another patron")), *undo, leave, help_]
        case LossStep.DONE:
            reprint = KeyHint("F9^D", _("Print again"))
            return [KeyHint("Enter", _("Next patron")), reprint, *undo, help_]
        case LossStep.UNDONE:
            return [KeyHint("Enter", _("Next patron")), help_]
