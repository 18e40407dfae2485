"""The row that says that returns count from another day."""

from __future__ import annotations

from datetime import date

from counter_tui.language import _, day
from counter_tui.screens.look import Role
from counter_tui.screens.status_line import Notice


def book_drop_notice(dated: date) -> Notice:
    """Red, on every screen of the counter, until it is switched off."""
    return Notice(
        _("Book drop, dated {day}").format(day=day(dated)),
        _("Returns count from that day"),
        _("F3, then Tab ends it"),
        Role.STOP_FILL,
    )
