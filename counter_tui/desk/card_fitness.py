"""What a look at a card, without a PIN, says about whether it can be used here at all."""

from __future__ import annotations

from collections.abc import Mapping

from counter_tui.errors import (
    NoAuthCertificate,
    NoSurfaceInfo,
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
        NoSurfaceInfo, NoUsablePin: see `_tries_left`.
    """
    return tuple(kind for kind, left in _tries_left(inspection).items() if not left)


def require_open_pins(inspection: CardInspection) -> Mapping[PinKind, int]:
    """Go on only when both PINs take tries.

    Returns:
        How many tries each has left, at least 1.

    Raises:
        NoSurfaceInfo, NoUsablePin, PinBlocked
    """
    tries_left = _tries_left(inspection)
    for kind, left in tries_left.items():
        if not left:
            raise PinBlocked(kind)
    return tries_left


def _tries_left(inspection: CardInspection) -> Mapping[PinKind, int]:
    """What is left of the tries of both PINs.

    Raises:
        NoSurfaceInfo: there is no second PIN, because there is nothing behind it. Of that card
            nothing is locked.
        NoUsablePin: perhaps a face-authentication card. It has neither a usable PIN nor a
            signature certificate, and so looks like a card whose PIN is locked and whose
            holder has no signature certificate (docs/card.md §10).
    """
    if inspection.surface_info_tries_left is None:
        raise NoSurfaceInfo
    if not inspection.auth_tries_left and not inspection.has_signature_certificate:
        raise NoUsablePin
    return {
        PinKind.AUTH: inspection.auth_tries_left,
        PinKind.SURFACE_INFO: inspection.surface_info_tries_left,
    }
