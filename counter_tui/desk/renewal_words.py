"""What the monthly run has to tell a patron, on paper and read aloud."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from counter_tui.desk.auto_renewal import NotRenewed
from counter_tui.desk.renewal_records import LastOutcome
from counter_tui.language import _, full_day

TOLD_FOR: Final = timedelta(days=31)
"""So long after a run its word stands on a patron's slips; the next run has a new one."""


def slip_sentence(outcome: LastOutcome | None, on: date) -> str:
    """One line for the patron's next slips; empty: there is nothing to tell.

    Args:
        on: the day of the slip.
    """
    if outcome is None or on - outcome.checked_on > TOLD_FOR:
        return ""
    if outcome.reason is not None:
        return not_renewed_for_patron(outcome.reason)
    return _("Your library card was renewed by itself on {date}.").format(
        date=full_day(outcome.checked_on, weekday=False)
    )


def not_renewed_for_patron(reason: NotRenewed) -> str:
    """What the person can do about it, to be read aloud; empty: nothing is to be done."""
    if reason in (NotRenewed.NEEDS_PROOF,):
        return _("Please show your proof of work or school at the counter each time.")
    if reason in (
        NotRenewed.NO_CERTIFICATE,
        NotRenewed.REVOKED,
        NotRenewed.ON_HOLD,
        NotRenewed.CERTIFICATE_EXPIRED,
    ):
        return _(
            "We can renew your library card here."
            " With a new signature certificate from your municipal office it renews by itself."
        )
    if reason in (NotRenewed.LAPSED, NotRenewed.NOT_LINKED):
        return _("We can renew your library card here.")
    return ""
