"""What is asked for while a card is read with PINs, and the keys that work then: of an enrolment, a
touch with a PIN, and an address that is compared at a renewal."""

from __future__ import annotations

from collections.abc import Sequence

from counter_tui.language import _, pgettext
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.job import Expectation
from counter_tui.screens.scan_line import Mode


def card_expectation() -> Expectation:
    """The card is waited for."""
    hint = _("Lay the My Number card down")
    return Expectation(pgettext("scan", "Card"), hint, Mode.COMMAND)


def card_keys(leave: KeyHint, *, card_is_here: bool) -> Sequence[KeyHint]:
    """Of that.

    Args:
        card_is_here: after a refusal it is looked at again where it is.
    """
    again = [KeyHint("Enter", _("Read it again"))] if card_is_here else []
    return [*again, leave, KeyHint("F1^G", _("Help"))]


def pins_expectation() -> Expectation:
    """The patron's digits."""
    hint = _("The person types 4 digits. Only Enter uses a try")
    return Expectation(pgettext("scan", "PIN"), hint, Mode.COMMAND)


def pins_keys() -> Sequence[KeyHint]:
    """Of that."""
    return [
        KeyHint("Enter", _("Check")),
        KeyHint("BS", _("Delete one")),
        KeyHint("Esc", _("Stop (no try is used)")),
        KeyHint("F1^G", _("Help")),
    ]


def comparison_expectation(*, has_choice: bool, has_more: bool) -> Expectation:
    """Record and card are compared.

    Args:
        has_choice: something differs, so there is something to choose.
        has_more: not all of it was on the screen yet.
    """
    keys = frozenset(" ") if has_choice else frozenset[str]()
    if has_more:
        hint = _("PgDn shows the rest. Compare all of it first")
        return Expectation(pgettext("scan", "Comparison"), hint, Mode.COMMAND, keys)
    hint = (
        _("Enter if the card says so. Space changes what is kept")
        if has_choice
        else _("Enter if the same is printed on the card")
    )
    return Expectation(pgettext("scan", "Comparison"), hint, Mode.COMMAND, keys)


def comparison_keys(go_on: str, *, has_choice: bool, has_more: bool) -> Sequence[KeyHint]:
    """Of that.

    Args:
        go_on: what Enter does when all of it was on the screen; before, it does nothing.
    """
    choice = [KeyHint("Tab", _("Field")), KeyHint("Space", _("Change"))]
    return [
        KeyHint("PgDn", _("More")) if has_more else KeyHint("Enter", go_on),
        *(choice if has_choice else []),
        KeyHint("Esc", _("Stop")),
        KeyHint("F1^G", _("Help")),
    ]
