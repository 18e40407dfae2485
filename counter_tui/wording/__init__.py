"""What staff read when something stops: one sentence, what was kept, what to do next.

Errors carry facts; only here they become sentences. Screens and commands share them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from counter_tui import errors
from counter_tui.errors import CounterError
from counter_tui.language import _
from counter_tui.wording import card, identity, lending, patron, printer, store, validity
from counter_tui.wording.form import MunicipalOffice, Tellers, Wording
from counter_tui.wording.words import (
    cover_sentence,
    field_name,
    lamp_age,
    lamp_name,
    pin_name,
    slip_state_word,
    tries_left,
    trouble_word,
    undo_reason_name,
    unlink_reason_name,
)

__all__ = [
    "MunicipalOffice",
    "Wording",
    "cover_sentence",
    "field_name",
    "lamp_age",
    "lamp_name",
    "pin_name",
    "sentence",
    "sentence_with_office",
    "slip_state_word",
    "tries_left",
    "trouble_word",
    "undo_reason_name",
    "unlink_reason_name",
]

_MENDED_BY_THE_OFFICE: Final = (
    errors.BirthDateUnusable,
    errors.BirthDateDiffers,  # unless it was the wrong library card
    errors.CardDataMismatch,
    errors.CertificateExpired,
    errors.CertificateOnHold,
    errors.CertificateRevoked,
    errors.CertificateUnreadable,
    errors.CertificateWrongUse,
    errors.NoAuthCertificate,
    errors.NoSurfaceInfo,
    errors.NoUsablePin,
    errors.OldResidentCard,
    errors.PhoneToken,
    errors.PinBlocked,
)
"""Refusals that only the office can mend where the person is registered."""


def sentence_with_office(error: CounterError, office: MunicipalOffice) -> Wording:
    """`sentence`, and where to go with what the library cannot mend."""
    wording = sentence(error)
    no_try_left = isinstance(error, errors.WrongPin) and not error.tries_left
    locked = isinstance(error, errors.CardNotLinked) and bool(error.locked)
    if isinstance(error, _MENDED_BY_THE_OFFICE) or no_try_left or locked:
        return replace(wording, office=office.lines())
    return wording


def sentence(error: CounterError) -> Wording:
    """How this error is told; the wording of its nearest known class."""
    for kind in type(error).__mro__:
        teller = _TELLERS.get(kind)
        if teller is not None:
            return teller(error)
    return Wording(_("Something went wrong."), to_do=(_("Call the supervisor."),))


_TELLERS: Final[Tellers] = {
    **card.TELLERS,
    **identity.TELLERS,
    **lending.TELLERS,
    **patron.TELLERS,
    **printer.TELLERS,
    **store.TELLERS,
    **validity.TELLERS,
}
