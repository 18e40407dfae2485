"""The promise of the automatic renewal, as one pure function.

Who lends on a My Number card that carries a signature certificate need not come to the counter:
once a month the certificate is asked for, and while it is not revoked the library card is usable
until one year after the day of that check. Not for cards without such a certificate, nor for
people who live elsewhere and are registered as working or studying here; they renew at the
counter (the library's notice of 1 March 2024).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Final

from counter_tui.clock import TOKYO, years_later
from counter_tui.desk.patrons import ResidencyClass
from counter_tui.identity.freshness import MAX_CLOCK_SKEW
from counter_tui.identity.platform import StatusWord

NEEDS_PROOF: Final = frozenset({ResidencyClass.WORKER, ResidencyClass.STUDENT})
"""Their proof of work or school must be seen, so no certificate renews them."""


class NotRenewed(Enum):
    """Why a library card keeps its validity."""

    NOT_LINKED = "not_linked"
    """The link has ended since the patron was listed."""
    NEEDS_PROOF = "needs_proof"
    LAPSED = "lapsed"
    """The library card was no longer usable on the day of the check."""
    NO_CERTIFICATE = "no_certificate"
    """No signature certificate is known of this card."""
    REVOKED = "revoked"
    ON_HOLD = "on_hold"
    CERTIFICATE_EXPIRED = "certificate_expired"
    VALID_LONGER = "valid_longer"
    """The library card is usable as long already, or longer."""
    UNKNOWN = "unknown"
    UNREACHABLE = "unreachable"
    STALE = "stale"
    """The check is too old, from the future, or of a card that is linked no more."""

    @property
    def is_open(self) -> bool:
        """Whether the platform is asked again this month; else the month is settled."""
        return self in _OPEN

    @property
    def needs_counter(self) -> bool:
        """Whether the person has to come to the counter to renew."""
        return self not in _OPEN and self is not NotRenewed.VALID_LONGER


_OPEN: Final = frozenset({NotRenewed.UNKNOWN, NotRenewed.UNREACHABLE, NotRenewed.STALE})

_WORDS: Final = {
    StatusWord.REVOKED: NotRenewed.REVOKED,
    StatusWord.ON_HOLD: NotRenewed.ON_HOLD,
    StatusWord.EXPIRED: NotRenewed.CERTIFICATE_EXPIRED,
    StatusWord.ABSENT: NotRenewed.NO_CERTIFICATE,
    StatusWord.UNKNOWN: NotRenewed.UNKNOWN,
    StatusWord.UNREACHABLE: NotRenewed.UNREACHABLE,
}


@dataclass(frozen=True)
class Renewed:
    """The library card is usable until this date, which is later than before."""

    expires_on: date
    checked_on: date


Decision = Renewed | NotRenewed


@dataclass(frozen=True)
class Check:
    """What the platform said of a patron's signature certificate.

    Attributes:
        checked_at: when it was asked. That is the day of the check, not the instant to which
            its answer belongs: a revocation list of last night is asked today.
    """

    word: StatusWord
    checked_at: datetime


@dataclass(frozen=True)
class Candidate:
    """What the rule needs of a patron; nothing here says who it is."""

    residency: ResidencyClass
    expires_on: date
    is_linked: bool


@dataclass(frozen=True)
class RenewalPolicy:
    """What a library may set.

    Attributes:
        years: from the day of the check to the new expiry; the notice says 1.
        max_check_age: a check that is older when it is written says nothing any more.
        max_clock_skew: so far a check may lie in the future: another machine has made it.
    """

    years: int = 1
    max_check_age: timedelta = timedelta(hours=36)
    max_clock_skew: timedelta = MAX_CLOCK_SKEW


def needs_no_status(candidate: Candidate, today: date) -> NotRenewed | None:
    """Why nothing needs to be asked about this patron's certificate; None: it has to be."""
    if not candidate.is_linked:
        return NotRenewed.NOT_LINKED
    if candidate.residency in NEEDS_PROOF:
        return NotRenewed.NEEDS_PROOF
    if candidate.expires_on < today:
        return NotRenewed.LAPSED
    return None


def decide(candidate: Candidate, check: Check, now: datetime, policy: RenewalPolicy) -> Decision:
    """What the promise says of one patron.

    The day that counts is the day of the check in Asia/Tokyo, not that of the writing: a check
    at 23:59 on the last usable day renews, though it is written after midnight.

    Args:
        now: the instant of the writing, for the age of the check.
    """
    checked_on = check.checked_at.astimezone(TOKYO).date()
    reason = needs_no_status(candidate, checked_on)
    if reason is not None:
        return reason
    if check.word is not StatusWord.GOOD:
        return _WORDS[check.word]
    if not -policy.max_clock_skew <= now - check.checked_at <= policy.max_check_age:
        return NotRenewed.STALE
    expires_on = years_later(checked_on, policy.years)
    if expires_on <= candidate.expires_on:
        return NotRenewed.VALID_LONGER
    return Renewed(expires_on, checked_on)
