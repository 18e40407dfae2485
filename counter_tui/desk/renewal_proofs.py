"""What somebody shows to have a library card renewed at the counter, and the date on it."""

from __future__ import annotations

from datetime import date, timedelta
from enum import Enum
from typing import Final

from counter_tui.desk.birth_dates import parse_day
from counter_tui.desk.patrons import ResidencyClass
from counter_tui.errors import (
    InvalidField,
    ProofExpired,
    ProofFromFuture,
    ProofNotDated,
    ProofTooOld,
)


class ProofDate(Enum):
    """What the date on a proof means."""

    NONE = "none"
    """Nothing with a date is shown."""
    ISSUED = "issued"
    """A letter: the day on which it was issued."""
    VALID_UNTIL = "valid_until"
    """A card of an employer or a school: its last day, where one is printed."""


class Proof(Enum):
    """What staff have seen before they renew."""

    ADDRESS = "address"
    """The patron has said that the address is right."""
    MYNUMBER_CARD = "mynumber_card"
    """The patron's own linked card gave the address, after its PIN (`desk.address_check`)."""
    EMPLOYEE_CARD = "employee_card"
    """社員証"""
    EMPLOYMENT_CERTIFICATE = "employment_certificate"
    """在勤証明書"""
    STUDENT_CARD = "student_card"
    """学生証"""
    ENROLMENT_CERTIFICATE = "enrolment_certificate"
    """在学証明書"""
    OTHER = "other"

    @property
    def dated(self) -> ProofDate:
        """What the date on it means."""
        if self in (Proof.ADDRESS, Proof.MYNUMBER_CARD):
            return ProofDate.NONE
        if self in (Proof.EMPLOYEE_CARD, Proof.STUDENT_CARD):
            return ProofDate.VALID_UNTIL
        return ProofDate.ISSUED

    @property
    def needs_date(self) -> bool:
        """Whether it says nothing without one: letters are dated, other things may not be."""
        return self in (Proof.EMPLOYMENT_CERTIFICATE, Proof.ENROLMENT_CERTIFICATE)


PROOFS = {
    ResidencyClass.RESIDENT: (Proof.ADDRESS, Proof.MYNUMBER_CARD),
    ResidencyClass.NON_RESIDENT: (Proof.ADDRESS, Proof.MYNUMBER_CARD),
    ResidencyClass.WORKER: (Proof.EMPLOYEE_CARD, Proof.EMPLOYMENT_CERTIFICATE, Proof.OTHER),
    ResidencyClass.STUDENT: (Proof.STUDENT_CARD, Proof.ENROLMENT_CERTIFICATE, Proof.OTHER),
}
"""What each class has to show; one of them is enough."""


FARTHEST_YEARS: Final = 20
"""No letter that is shown is older, and no employer's card valid for longer: a date farther away
was mistyped, as a year of an era without its letter."""


def parse_proof_date(text: str, on: date) -> date:
    """Read the date on a proof in one of the forms of `parse_day`.

    Args:
        on: the present date.

    Raises:
        InvalidField: no such day, or more than `FARTHEST_YEARS` away.
    """
    dated = parse_day(text)
    if dated is None or abs(dated.year - on.year) > FARTHEST_YEARS:
        raise InvalidField("proof_date")
    return dated


def require_current(proof: Proof, dated: date | None, on: date, max_age_days: int) -> None:
    """Refuse a proof that does not say what is so today.

    Args:
        dated: the date that stands on it; None: none does.
        on: the present date.
        max_age_days: how long ago a letter may have been issued; 0: however long.

    Raises:
        ProofNotDated: a letter without a date.
        ProofFromFuture: a letter that is not issued yet.
        ProofTooOld
        ProofExpired: a card whose last day is over.
    """
    match proof.dated:
        case ProofDate.ISSUED:
            if dated is None:
                if proof.needs_date:
                    raise ProofNotDated
            elif dated > on:
                raise ProofFromFuture
            elif max_age_days and on - dated > timedelta(days=max_age_days):
                raise ProofTooOld(max_age_days)
        case ProofDate.VALID_UNTIL:
            if dated is not None and dated < on:
                raise ProofExpired(dated)
        case ProofDate.NONE:
            pass
