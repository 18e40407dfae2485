"""What a look at a card, without a PIN, says about whether it can be used here at all."""

from __future__ import annotations

from counter_tui.errors import (
    NoAuthCertificate,
    NoUsablePin,
    OldResidentCard,
    PhoneToken,
    PinBlocked,
    PinKind,
)
from counter_tui.hardware.mynumber_card import CardInspection, TokenKind


def certificate_of(inspection: CardInspection) -> bytes:
    """The authentication certificate, DER, of a token that is a My Number card.

    Raises:
        PhoneToken, OldResidentCard: by the label of the token.
        NoAuthCertificate: it carries none.
    """
    if inspection.kind is TokenKind.PHONE:
        raise PhoneToken
    if inspection.kind is TokenKind.OLD_RESIDENT_CARD:
        raise OldResidentCard
    if inspection.auth_certificate is None:
        raise NoAuthCertificate
    return inspection.auth_certificate


def locked_pins(inspection: CardInspection) -> tuple[PinKind, ...]:
    """The PINs that take no more tries.

    Raises:
        NoUsablePin: perhaps a face-authentication card. It has neither a usable PIN nor a
            signature certificate, and so looks like a card whose PIN is locked and whose
            holder has no signature certificate (docs/card.md §10).
    """
    tries = {
        PinKind.AUTH: inspection.auth_tries_left,
        PinKind.SURFACE_INFO: inspection.surface_info_tries_left,
    }
    if not tries[PinKind.AUTH] and not inspection.has_signature_certificate:
        raise NoUsablePin
    return tuple(kind for kind, left in tries.items() if not left)


def require_open_pins(inspection: CardInspection) -> None:
    """Go on only when both PINs take tries.

    Raises:
        NoUsablePin, PinBlocked
    """
    for kind in locked_pins(inspection):
        raise PinBlocked(kind)
