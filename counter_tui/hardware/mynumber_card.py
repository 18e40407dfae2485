"""A My Number card in the words of the counter; the use cases call this and nothing below it.

An instance is one conversation with a powered card and belongs to the card's lane.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from counter_tui.errors import CardChanged, NoAuthCertificate, PinKind
from counter_tui.hardware.apdu import CardChannel
from counter_tui.hardware.card_pin import check_format
from counter_tui.hardware.jpki import JpkiApplication, TokenKind, token_kind
from counter_tui.hardware.surface_info import CardKey, SurfaceInfo, SurfaceInfoApplication
from counter_tui.hardware.transport import Transport
from counter_tui.secret import Pin

__all__ = [
    "CardInspection",
    "CardKey",
    "EnrollmentReading",
    "MyNumberCard",
    "SurfaceInfo",
    "TokenKind",
    "TouchReading",
]


@dataclass(frozen=True)
class TouchReading:
    """What a touch brings; in memory only.

    Attributes:
        certificate_head: first bytes (at most 256) of the authentication certificate, with its
            serial and issuer. Anyone in reach of the card can copy it: it proves nothing.
        proof: the card's own signature over the challenge, or None when this card has none.
    """

    certificate_head: bytes = field(repr=False)
    proof: bytes | None = field(repr=False)


@dataclass(frozen=True)
class CardInspection:
    """What a card tells of itself without a PIN.

    Attributes:
        token_label: of EF 0006, padding removed.
        kind: what that label stands for.
        has_signature_certificate: EF 0008 shows one.
        has_auth_certificate: EF 0008 shows one; without that file: one can be read.
        auth_certificate: DER, or None when there is none to read.
        auth_tries_left: of the authentication PIN; 0 means blocked.
        surface_info_tries_left: of the other PIN; None when the card lacks the application.
    """

    token_label: str
    kind: TokenKind
    has_signature_certificate: bool
    has_auth_certificate: bool
    auth_certificate: bytes | None = field(repr=False)
    auth_tries_left: int
    surface_info_tries_left: int | None


@dataclass(frozen=True)
class EnrollmentReading:
    """What an enrolment takes from the card.

    Attributes:
        signature: by the authentication key over `auth_digest_info`.
        attributes: name, address and birth date.
        card_key: the public key that later touches are checked against, or None when the card
            does not give it.
        proof: by that key over `proof_digest_info`, or None when there is none or the card
            refuses to sign so.
    """

    signature: bytes = field(repr=False)
    attributes: SurfaceInfo
    card_key: CardKey | None
    proof: bytes | None = field(repr=False)


class MyNumberCard:
    """A conversation with the card on the reader, from its first command on.

    Every method raises `CardGone` and `ReaderLost` from the transport, `NotMyNumberCard` when
    the card lacks the JPKI application and `CardUnreadable` for answers that make no sense.
    """

    def __init__(self, transport: Transport) -> None:
        """Nothing is sent.

        Args:
            transport: a card that has just been powered.
        """
        channel = CardChannel(transport)
        self._jpki = JpkiApplication(channel)
        self._surface_info = SurfaceInfoApplication(channel)
        self._fresh = True

    def read_touch(self, digest_info: bytes) -> TouchReading:
        """Identify the card without a PIN, in five commands.

        Args:
            digest_info: DigestInfo (DER, 51 bytes for SHA-256) of a fresh challenge.

        Raises:
            NotMyNumberCard: some other card.
            NoAuthCertificate: the card carries none.
            CardUnreadable, CardGone, ReaderLost
        """
        self._select_jpki()
        head = self._jpki.auth_certificate_head()
        proof = self._surface_info.prove(digest_info) if self._surface_info.try_select() else None
        return TouchReading(head, proof)

    def inspect(self) -> CardInspection:
        """Ask the card what it is. No PIN, and no try is spent.

        Raises:
            NotMyNumberCard, CardUnreadable, CardGone, ReaderLost
        """
        self._select_jpki()
        label = self._jpki.token_label()
        availability = self._jpki.availability()
        try:
            certificate = self._jpki.auth_certificate()
        except NoAuthCertificate:
            certificate = None
        auth_tries_left = self._jpki.auth_pin.tries_left()
        surface_info_tries_left = (
            self._surface_info.pin.tries_left() if self._surface_info.try_select() else None
        )
        return CardInspection(
            token_label=label,
            kind=token_kind(label),
            has_signature_certificate=availability is not None and availability.signature,
            has_auth_certificate=(
                availability.auth if availability is not None else certificate is not None
            ),
            auth_certificate=certificate,
            auth_tries_left=auth_tries_left,
            surface_info_tries_left=surface_info_tries_left,
        )

    def auth_certificate(self) -> bytes:
        """The authentication certificate, DER.

        Raises:
            NoAuthCertificate, NotMyNumberCard, CardUnreadable, CardGone, ReaderLost
        """
        self._select_jpki()
        return self._jpki.auth_certificate()

    def tries_left(self, kind: PinKind) -> int:
        """How many wrong PINs this reference still forgives; asking costs none. 0: blocked.

        Raises:
            NotMyNumberCard, CardUnreadable, CardGone, ReaderLost
        """
        self._select_jpki()
        if kind is PinKind.AUTH:
            return self._jpki.auth_pin.tries_left()
        self._surface_info.select()
        return self._surface_info.pin.tries_left()

    @property
    def presenting(self) -> PinKind | None:
        """The reference to which a PIN is on its way, and whose answer has not come; any thread
        may ask."""
        if self._jpki.auth_pin.is_presenting:
            return PinKind.AUTH
        return PinKind.SURFACE_INFO if self._surface_info.pin.is_presenting else None

    def enroll(
        self,
        auth_pin: Pin,
        surface_info_pin: Pin,
        *,
        auth_digest_info: bytes,
        proof_digest_info: bytes,
        expected_certificate: bytes,
        last_try_agreed: Collection[PinKind] = (),
    ) -> EnrollmentReading:
        """Everything an enrolment needs from the card, in one powered conversation.

        Compares the certificate and asks for the tries of both PINs; only then presents the
        authentication PIN and signs, presents the other PIN, reads attributes and the card's own
        key, and lets that key sign too. The first failure stops: the second PIN is not tried
        after a wrong first one. The caller takes the card's power away afterwards, so that the
        verified PINs are forgotten.

        Args:
            auth_pin: of the authentication key; stays the caller's to wipe.
            surface_info_pin: of the surface information; may be the same object.
            auth_digest_info: DigestInfo (DER) for the authentication key to sign.
            proof_digest_info: DigestInfo (DER) for the card's own key to sign.
            expected_certificate: DER of the certificate that this enrolment began with.
            last_try_agreed: the references whose last try the patron agrees to use; a word about
                one says nothing of the other.

        Raises:
            PinFormat: one PIN is not four digits; nothing was sent.
            CardChanged: another card lies there; no PIN was sent.
            LastTryNotAgreed: one try of a PIN is left and nobody agreed; no PIN was sent.
            PinBlocked: a PIN has no try left; no PIN was sent.
            WrongPin: `kind` says which of the two.
            PinOutcomeUnknown: the card left during VERIFY; read the tries again, send nothing.
            CardDataMismatch: the attributes do not fit the card's own digest of them, or its
                key the signature over it.
            NoAuthCertificate, NotMyNumberCard, CardUnreadable, CardGone, ReaderLost
        """
        check_format(auth_pin, surface_info_pin)
        self._select_same_card(expected_certificate)
        # Both, before any PIN leaves: otherwise the first one would be presented for nothing
        # when the second may not be.
        auth_agreed = PinKind.AUTH in last_try_agreed
        surface_info_agreed = PinKind.SURFACE_INFO in last_try_agreed
        self._jpki.auth_pin.require_try(last_try_agreed=auth_agreed)
        self._surface_info.select()
        self._surface_info.pin.require_try(last_try_agreed=surface_info_agreed)
        self._select_jpki()
        self._jpki.auth_pin.verify(auth_pin, last_try_agreed=auth_agreed)
        signature = self._jpki.sign(auth_digest_info)
        self._surface_info.select()
        self._surface_info.pin.verify(surface_info_pin, last_try_agreed=surface_info_agreed)
        attributes = self._surface_info.attributes()
        card_key = self._surface_info.card_key()
        proof = None if card_key is None else self._surface_info.prove(proof_digest_info)
        return EnrollmentReading(signature, attributes, card_key, proof)

    def authenticate(
        self,
        auth_pin: Pin,
        *,
        digest_info: bytes,
        expected_certificate: bytes,
        last_try_agreed: bool = False,
    ) -> bytes:
        """Present the authentication PIN and sign with the key behind it, in one conversation.

        Compares the certificate first. The caller takes the card's power away afterwards.

        Args:
            auth_pin: stays the caller's to wipe.
            digest_info: DigestInfo (DER) for the authentication key to sign.
            expected_certificate: DER of the certificate that this procedure began with.
            last_try_agreed: the patron agrees to use the last try.

        Raises:
            PinFormat: not four digits; nothing was sent.
            CardChanged: another card lies there; no PIN was sent.
            LastTryNotAgreed: one try is left and nobody agreed; no PIN was sent.
            WrongPin, PinBlocked
            PinOutcomeUnknown: the card left during VERIFY; read the tries again, send nothing.
            NoAuthCertificate, NotMyNumberCard, CardUnreadable, CardGone, ReaderLost
        """
        check_format(auth_pin)
        self._select_same_card(expected_certificate)
        self._jpki.auth_pin.verify(auth_pin, last_try_agreed=last_try_agreed)
        return self._jpki.sign(digest_info)

    def surface_info_tries(self, expected_head: bytes) -> int:
        """How many wrong PINs the surface information still forgives; asking costs none.

        0 means blocked.

        Args:
            expected_head: first bytes of the certificate, as `read_touch` gave them.

        Raises:
            CardChanged: another card lies there.
            NoAuthCertificate, NotMyNumberCard, CardUnreadable, CardGone, ReaderLost
        """
        self._select_touched_card(expected_head)
        self._surface_info.select()
        return self._surface_info.pin.tries_left()

    def read_surface_info(
        self,
        surface_info_pin: Pin,
        *,
        expected_head: bytes,
        digest_info: bytes,
        check_proof: Callable[[bytes | None], object],
        last_try_agreed: bool = False,
    ) -> SurfaceInfo:
        """Present the PIN of the surface information and read the attributes, in one conversation.

        A card with a key of its own proves itself before the PIN leaves, so that a copy is told
        nothing. The caller takes the card's power away afterwards.

        Args:
            surface_info_pin: stays the caller's to wipe.
            expected_head: first bytes of the certificate, as `read_touch` gave them.
            digest_info: DigestInfo (DER, 51 bytes for SHA-256) of a fresh challenge.
            check_proof: is given the card's own signature over it, or None when it has none; what
                it raises ends the conversation with no PIN sent.
            last_try_agreed: the patron agrees to use the last try.

        Raises:
            PinFormat: not four digits; nothing was sent.
            CardChanged: another card lies there; no PIN was sent.
            PinBlocked, LastTryNotAgreed: no PIN was sent.
            WrongPin: a try is gone.
            PinOutcomeUnknown: the card left during VERIFY; read the tries again, send nothing.
            CardDataMismatch: the attributes do not fit the card's own digest of them.
            NoAuthCertificate, NotMyNumberCard, CardUnreadable, CardGone, ReaderLost, and what
            `check_proof` raises.
        """
        check_format(surface_info_pin)
        self._select_touched_card(expected_head)
        self._surface_info.select()
        check_proof(self._surface_info.prove(digest_info))
        self._surface_info.pin.verify(surface_info_pin, last_try_agreed=last_try_agreed)
        return self._surface_info.attributes()

    def _select_touched_card(self, expected_head: bytes) -> None:
        self._select_jpki()
        if not hmac.compare_digest(self._jpki.auth_certificate_head(), expected_head):
            raise CardChanged

    def _select_same_card(self, expected_certificate: bytes) -> None:
        self._select_jpki()
        if not hmac.compare_digest(self._jpki.auth_certificate(), expected_certificate):
            raise CardChanged

    def _select_jpki(self) -> None:
        first_command, self._fresh = self._fresh, False
        self._jpki.select(first_command=first_command)
