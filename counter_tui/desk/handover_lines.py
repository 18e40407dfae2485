"""The day in figures as lines, the same on the screen and on the slip."""

from __future__ import annotations

from counter_tui.desk.day_figures import HandoverFigures, OpenMatters
from counter_tui.language import pgettext


def done_rows(figures: HandoverFigures) -> list[tuple[str, int]]:
    """What was done and how often, in the order of the day's work."""
    return [
        (pgettext("handover", "Lent"), figures.lent),
        (pgettext("handover", "Extended"), figures.extended),
        (pgettext("handover", "Returned"), figures.returned),
        (pgettext("handover", "Registered"), figures.registered),
        (pgettext("handover", "Cards linked"), figures.enrolled),
        (pgettext("handover", "Links ended"), figures.unlinked),
        (pgettext("handover", "Cards renewed"), figures.renewed),
        (pgettext("handover", "Cards left behind"), figures.cards_left),
    ]


def open_rows(open_matters: OpenMatters) -> list[tuple[str, int]]:
    """What needs a person, what is most urgent first; nothing that is not there."""
    rows = [
        (pgettext("handover", "Cards left here: hand over"), open_matters.cards_kept),
        (pgettext("handover", "Print uncertain (/slips)"), open_matters.slips_uncertain),
        (pgettext("handover", "Slips not printed (/slips)"), open_matters.slips_unprinted),
        (pgettext("handover", "Reserved items to the shelf"), open_matters.to_hold_shelf),
        (pgettext("handover", "Items to other branches"), open_matters.to_other_branches),
        (pgettext("handover", "Ended links the platform is owed"), open_matters.platform_owed),
        (pgettext("handover", "Renewals of the month still open"), open_matters.renewals_open),
    ]
    return [(label, count) for label, count in rows if count]


def scope_of(figures: HandoverFigures) -> str:
    """Whose day it is: a counter's name, or that it is the whole branch."""
    return figures.counter or pgettext("handover", "whole branch")
