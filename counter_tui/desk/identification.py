"""Who is this? By a touch without a PIN, or by a scanned number."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Final, NoReturn

from counter_tui.clock import Clock, today
from counter_tui.desk.card_lane import CardLane
from counter_tui.desk.items import ItemView, view_item
from counter_tui.desk.patrons import PatronView, load_patron, view_patron
from counter_tui.desk.recognition import CardBoundProof, LiveLink, Recognised, Recognition
from counter_tui.desk.scans import Meant, Scans
from counter_tui.desk.store_lane import StoreLane
from counter_tui.desk.trust import Trust
from counter_tui.errors import (
    AuthPinWanted,
    CardChanged,
    CardNotGenuine,
    CardProofMissing,
    LastTryNotAgreed,
    PinBlocked,
    PinFormat,
    PinKind,
    ProcedureOutOfStep,
    UnknownCode,
)
from counter_tui.identity.card_proof import NONCE_LENGTH, Challenge, signature_holds
from counter_tui.identity.certificates import AuthCertificate
from counter_tui.secret import Pin

log = logging.getLogger(__name__)

_PIN_LABEL: Final = b"counter_tui touch with PIN 1\x00"
"""A signature made here must not pass for one that was made at enrolment."""


class WithoutCardProof(Enum):
    """What is asked for when a card was enrolled without a key of its own."""

    ATTENDED = "attended"
    """Staff compare the card with the person."""
    AUTH_PIN = "auth-pin"
    """The patron gives the authentication PIN."""


@dataclass(frozen=True)
class Touched:
    """A linked patron's card was laid on the reader."""

    patron: PatronView
    proof: CardBoundProof


@dataclass
class _AwaitedPin:
    """A touch that waits for the authentication PIN; in memory only."""

    link: LiveLink
    certificate_der: bytes = field(repr=False)
    certificate: AuthCertificate = field(repr=False)
    may_present: bool = True


class Identification:
    """Turns a touch or a scan into a patron."""

    def __init__(
        self,
        cards: CardLane,
        recognition: Recognition,
        store: StoreLane,
        clock: Clock,
        trust: Trust,
        without_card_proof: WithoutCardProof = WithoutCardProof.ATTENDED,
        scans: Scans | None = None,
    ) -> None:
        self._cards = cards
        self._recognition = recognition
        self._store = store
        self._clock = clock
        self._trust = trust
        self._without_card_proof = without_card_proof
        self._scans = scans or Scans()
        self._awaited: _AwaitedPin | None = None

    async def touch(self, *, attended: bool = True) -> Touched:
        """Identify the patron whose card lies on the reader. No PIN; spends nothing.

        An expired patron is given back, not refused: `PatronView.state` says it.

        Args:
            attended: staff see card and person. Without, a card that was enrolled without a key
                of its own is sent to the counter.

        Raises:
            CardError: no card, another card, a phone, one without a certificate, or one that
                cannot be read.
            CertificateExpired, CertificateNotYetValid, CertificateUnreadable, SpecimenCardRefused
            CardNotLinked: nobody has enrolled this card, and nothing else is wrong with it.
            CardUnlinked: its link was ended; `alerts` when it was reported missing.
            CardNotGenuine: the card did not prove to be the one that was enrolled.
            CertificateRevoked, CertificateOnHold, StatusUnknown, PlatformUnreachable
            CardProofMissing: not attended, and the card has no proof of its own.
            AuthPinWanted: it has none, and the settings ask for the PIN: see `touch_with_pin`.
            PinBlocked: the same, and that PIN takes no more tries.
            StoreUnavailable
        """
        self._awaited = None
        found = await self._recognition.recognise()
        if found.proof is CardBoundProof.UNAVAILABLE:
            if not attended:
                raise CardProofMissing
            if self._without_card_proof is WithoutCardProof.AUTH_PIN:
                await self._await_pin(found)
        return Touched(found.patron, found.proof)

    async def touch_with_pin(self, auth_pin: Pin, *, last_try_agreed: bool) -> Touched:
        """Go on with a touch that ended with `AuthPinWanted`.

        The PIN is wiped whatever happens, and presented once at most: a wrong one spends a try.
        After anything but `PinFormat` and `LastTryNotAgreed` the card has to be touched again.

        Args:
            last_try_agreed: the patron agrees that the last try is used.

        Raises:
            PinFormat, LastTryNotAgreed, PinBlocked: no PIN was sent.
            WrongPin, PinOutcomeUnknown
            CardNotGenuine: the signature is not by the key of the card's certificate.
            CardChanged, CardError, and what `touch` raises for a certificate's status
            ProcedureOutOfStep: no PIN was sent; no touch waits for one.
        """
        try:
            awaited = self._awaited
            if awaited is None or not awaited.may_present:
                raise ProcedureOutOfStep
            if not auth_pin.is_well_formed:
                raise PinFormat
            awaited.may_present = False
            challenge = Challenge(_PIN_LABEL + secrets.token_bytes(NONCE_LENGTH))
            public_key = awaited.certificate.public_key
            try:
                signature = await self._cards.converse(
                    lambda card: card.authenticate(
                        auth_pin,
                        digest_info=challenge.input_for(public_key),
                        expected_certificate=awaited.certificate_der,
                        last_try_agreed=last_try_agreed,
                    )
                )
            except LastTryNotAgreed:
                awaited.may_present = True
                raise
        finally:
            auth_pin.wipe()
        if not signature_holds(public_key, challenge, signature):
            log.error("touch with PIN: the auth signature does not fit the certificate")
            raise CardNotGenuine
        # The person took their time over the PIN: ask once more.
        patron = await self._recognition.still_good(awaited.link)
        return Touched(patron, CardBoundProof.AUTH_PIN)

    def leave(self) -> None:
        """Forget a touch that waits for a PIN. Idempotent."""
        self._awaited = None

    async def _await_pin(self, found: Recognised) -> NoReturn:
        """Ask for the authentication PIN of the card that was just touched.

        Raises:
            AuthPinWanted, PinBlocked, CardChanged, and what a certificate is refused for.
        """
        der, tries_left = await self._cards.converse(
            lambda card: (card.auth_certificate(), card.tries_left(PinKind.AUTH))
        )
        if not der.startswith(found.certificate_head[: len(der)]):
            raise CardChanged
        certificate = self._trust.certificate(der, self._clock.now())
        if tries_left == 0:
            raise PinBlocked(PinKind.AUTH)
        self._awaited = _AwaitedPin(found.link, der, certificate)
        raise AuthPinWanted(tries_left, found.link.patron_id)

    async def scan(self, code: str, meant: Meant | None = None) -> PatronView | ItemView:
        """Find whose library card, or which item, a scanned code is.

        Args:
            meant: what a person has said, in case it is both.

        Raises:
            NumberIsBoth: and `meant` does not say which.
            UnknownCode, ScanError, StoreUnavailable
        """
        return await self._store.transact(self._find_code, code, meant, today(self._clock))

    def _find_code(self, code: str, meant: Meant | None, on: date) -> PatronView | ItemView:
        found = self._scans.find(code).decided(meant)
        if found.patron is not None:
            return view_patron(found.patron, on)
        if found.item is None:
            raise UnknownCode(found.number)
        return view_item(found.item)

    async def patron(self, patron_id: int) -> PatronView:
        """A patron as of now.

        Raises:
            StoreUnavailable
        """
        return await self._store.transact(load_patron, patron_id, today(self._clock))
