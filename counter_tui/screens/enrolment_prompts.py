"""What each step of an enrolment asks for, and the keys that work in it."""

from __future__ import annotations

from collections.abc import Sequence

from counter_tui.desk.enrollment import Step
from counter_tui.language import _, pgettext
from counter_tui.screens.card_prompts import (
    card_expectation,
    card_keys,
    comparison_expectation,
    comparison_keys,
    pins_expectation,
    pins_keys,
)
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.job import Expectation


def expectation_of(step: Step, *, has_choice: bool, has_more: bool) -> Expectation:
    """What the scan line asks for.

    Args:
        has_choice: of the comparison: something differs, so there is something to choose.
        has_more: of the comparison: not all of it was on the screen yet.
    """
    match step:
        case Step.LIBRARY_CARD:
            return Expectation(
                pgettext("scan", "Library card"),
                _("Scan the library card. F5 registers a new patron"),
            )
        case Step.CONSENT:
            return Expectation(
                pgettext("scan", "Consent"),
                _("The person is here and agrees: Enter / no: Esc"),
            )
        case Step.CARD:
            return card_expectation()
        case Step.PINS:
            return pins_expectation()
        case Step.COMPARISON:
            return comparison_expectation(has_choice=has_choice, has_more=has_more)
        case Step.DONE:
            return Expectation(
                pgettext("scan", "Lending"), _("Lending begins when the card is taken")
            )


def keys_of(
    step: Step, *, has_choice: bool, has_more: bool, card_is_here: bool
) -> Sequence[KeyHint]:
    """The keys of a step, the one that goes on first.

    Args:
        has_more: of the comparison: not all of it was on the screen yet, so Enter does nothing.
        card_is_here: a card lies on the reader: after a refusal it is looked at again where it is.
    """
    leave = KeyHint("Esc", _("Stop (nothing is written)"))
    help_ = KeyHint("F1^G", _("Help"))
    match step:
        case Step.LIBRARY_CARD:
            return [KeyHint("F5^E", _("Register a patron")), leave, help_]
        case Step.CONSENT:
            return [
                KeyHint("Enter", _("Yes, go on")),
                KeyHint("Esc", _("No, stop")),
                KeyHint("^T", _("Read the terms")),
                help_,
            ]
        case Step.CARD:
            return card_keys(leave, card_is_here=card_is_here)
        case Step.PINS:
            return pins_keys()
        case Step.COMPARISON:
            return comparison_keys(_("Link with this"), has_choice=has_choice, has_more=has_more)
        case Step.DONE:
            return [
                KeyHint("Enter", _("To lending")),
                KeyHint("F9^D", _("Print again")),
                help_,
            ]


def offer_expectation() -> Expectation:
    """The patron has a linked card already."""
    return Expectation(
        pgettext("scan", "Reason"),
        _("Enter goes on with this reason. Space changes it"),
        keys=frozenset(" "),
    )


def offer_keys() -> Sequence[KeyHint]:
    """Of that question."""
    return [
        KeyHint("Enter", _("Link a new card")),
        KeyHint("Space 1-5", _("Reason")),
        KeyHint("Esc", _("Stop")),
        KeyHint("F1^G", _("Help")),
    ]


def terms_expectation() -> Expectation:
    """The terms are open."""
    return Expectation(
        pgettext("scan", "Terms"), _("Read them with the person. Enter goes back to the question")
    )


def terms_keys() -> Sequence[KeyHint]:
    """Of the terms."""
    return [
        KeyHint("Enter", _("Back to the question")),
        KeyHint("PgDn", _("Next page")),
        KeyHint("^T", _("Close")),
        KeyHint("F1^G", _("Help")),
    ]
