"""What the monthly run has to tell a patron, on paper and read aloud."""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from datetime import date, timedelta
from typing import Final

from counter_tui.desk.auto_renewal import NotRenewed
from counter_tui.desk.renewal_outcomes import LastOutcome
from counter_tui.language import _, full_day

TOLD_FOR: Final = timedelta(days=31)
"""So long after a run its word stands on a patron's slips; the next run has a new one."""


@dataclass(frozen=True)
class RunWords:
    """What a patron is told of a run: each a sentence that is ready to read, or empty.

    Attributes:
        why: that the library card was renewed by itself; or that it was not, and the reason.
        at_counter: what can be done at the counter, or where else.
        by_itself: what has to happen until the library card renews by itself.
    """

    why: str = ""
    at_counter: str = ""
    by_itself: str = ""

    @property
    def sentences(self) -> tuple[str, ...]:
        """Those that are there, in the order in which they are read."""
        return tuple(each for each in astuple(self) if each)


def slip_words(outcome: LastOutcome | None, on: date, elsewhere: str) -> RunWords:
    """What is told on the patron's next slips; all empty: there is nothing to tell.

    Args:
        on: the day of the slip.
        elsewhere: where this counter sends people to renew; empty: it renews.
    """
    if outcome is None or on - outcome.checked_on > TOLD_FOR:
        return RunWords()
    if outcome.reason is None:
        renewed = _("Your library card was renewed by itself on {date}.")
        return RunWords(renewed.format(date=full_day(outcome.checked_on, weekday=False)))
    words = run_words(outcome.reason, elsewhere)
    # A slip says of each library card past its date that it can be renewed, and paper is short.
    if outcome.reason is NotRenewed.LAPSED or outcome.reason.is_open:
        return replace(words, at_counter="")
    return words


def run_words(reason: NotRenewed, elsewhere: str) -> RunWords:
    """Why a library card was not renewed and what can be done; all empty: nothing is to be done.

    Args:
        elsewhere: where this counter sends people to renew; empty: it renews.
    """
    if reason is NotRenewed.VALID_LONGER:
        return RunWords()
    return RunWords(_why(reason), _at_counter(reason, elsewhere), _by_itself(reason))


def _why(reason: NotRenewed) -> str:
    if reason.is_open:
        return _(
            "The signature certificate could not be checked yet,"
            " so your library card is not renewed yet."
        )
    return {
        NotRenewed.NOT_LINKED: _(
            "The My Number card is linked no more, so your library card is not renewed by itself."
        ),
        NotRenewed.NEEDS_PROOF: _(
            "We have to see a proof of work or school,"
            " so your library card is not renewed by itself."
        ),
        NotRenewed.LAPSED: _("Your library card is past its date, so it is not renewed by itself."),
        NotRenewed.NO_CERTIFICATE: _(
            "There is no signature certificate, so your library card is not renewed by itself."
        ),
        NotRenewed.REVOKED: _(
            "The signature certificate works no more,"
            " so your library card is not renewed by itself."
        ),
        NotRenewed.ON_HOLD: _(
            "The signature certificate is stopped, so your library card is not renewed by itself."
        ),
        NotRenewed.CERTIFICATE_EXPIRED: _(
            "The signature certificate is past its date,"
            " so your library card is not renewed by itself."
        ),
    }[reason]


def _at_counter(reason: NotRenewed, elsewhere: str) -> str:
    if reason is NotRenewed.NEEDS_PROOF:
        here = _("Please show your proof of work or school at the counter each time.")
        there = _("Please show your proof of work or school at {where} each time.")
    elif reason.is_open:
        here = _("If you wish, we can renew your library card here now.")
        there = _("If you wish, you can renew your library card at {where} now.")
    else:
        here = _("We can renew your library card here.")
        there = _("You can renew your library card at {where}.")
    return there.format(where=elsewhere) if elsewhere else here


def _by_itself(reason: NotRenewed) -> str:
    if reason.is_open:
        return _("We will check the certificate again.")
    if reason is NotRenewed.ON_HOLD:
        return _("Once your municipal office lets the certificate work, it renews by itself.")
    if reason in (NotRenewed.NO_CERTIFICATE, NotRenewed.REVOKED, NotRenewed.CERTIFICATE_EXPIRED):
        return _("With a new certificate from your municipal office it renews by itself.")
    return ""
