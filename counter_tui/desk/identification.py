"""Who is this? By a touch without a PIN, or by a scanned number."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Final, NoReturn

from counter_tui.clock import Clock, today
from counter_tui.desk.card_fitness import certificate_of, locked_pins
from counter_tui.desk.card_lane import CardLane
from counter_tui.desk.items import ItemView, view_item
from counter_tui.desk.link_records import day_of, ended_link
from counter_tui.desk.patrons import PatronView, load_patron, view_patron
from counter_tui.desk.platform_lane import PlatformLane
from counter_tui.desk.scans import Meant, Scans
from counter_tui.desk.store_lane import StoreLane
from counter_tui.desk.trust import Trust
from counter_tui.errors import (
    AuthPinWanted,
    CardChanged,
    CardNotGenuine,
    CardNotLinked,
    CardProofMissing,
    CardUnlinked,
    CardUnreadable,
    LastTryNotAgreed,
    NoAuthCertificate,
    PinBlocked,
    PinFormat,
    PinKind,
    ProcedureOutOfStep,
    UnknownCode,
    UnlinkReason,
)
from counter_tui.hardware.mynumber_card import MyNumberCard, TouchReading
from counter_tui.identity.card_proof import (
    NONCE_LENGTH,
    Challenge,
    proves_card,
    signature_holds,
    touch_challenge,
)
from counter_tui.identity.certificates import AuthCertificate
from counter_tui.identity.platform import CertificateReference, StatusWord
from counter_tui.models.tables import CardLink
from counter_tui.secret import Pin

log = logging.getLogger(__name__)

_PIN_LABEL: Final = b"counter_tui touch with PIN 1\x00"
"""A signature made here must not pass for one that was made at enrolment."""

_BAD_NEWS: Final = frozenset({StatusWord.REVOKED, StatusWord.ON_HOLD, StatusWord.EXPIRED})
"""What a platform may know of a card that is not linked, and staff had better know, too."""


class CardBoundProof(Enum):
    """What is known of the card itself, beyond its certificate, which anybody can copy."""

    PROVEN = "proven"
    """It signed a fresh challenge with the key that was kept at enrolment."""
    UNAVAILABLE = "unavailable"
    """This card had no such key at enrolment: staff compare the card with the person."""
    AUTH_PIN = "auth_pin"
    """It had no such key; instead it signed a fresh challenge after its holder gave the PIN."""


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


@dataclass(frozen=True)
class _LiveLink:
    user_identifier: str
    patron_id: int
    card_key: bytes | None


@dataclass
class _AwaitedPin:
    """A touch that waits for the authentication PIN; in memory only."""

    link: _LiveLink
    certificate_der: bytes = field(repr=False)
    certificate: AuthCertificate = field(repr=False)
    may_present: bool = True


class Identification:
    """Turns a touch or a scan into a patron."""

    def __init__(
        self,
        cards: CardLane,
        platform: PlatformLane,
        store: StoreLane,
        clock: Clock,
        trust: Trust,
        without_card_proof: WithoutCardProof = WithoutCardProof.ATTENDED,
        scans: Scans | None = None,
    ) -> None:
        self._cards = cards
        self._platform = platform
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
        challenge = touch_challenge()
        try:
            reading = await self._cards.converse(
                lambda card: card.read_touch(challenge.digest_info)
            )
        except NoAuthCertificate as error:
            certificate_of(await self._cards.converse(MyNumberCard.inspect))
            # At the second look it was there: nothing that is known of it can be relied on.
            raise CardUnreadable("READ BINARY 000A") from error
        moment = self._clock.now()
        head = self._trust.head(reading.certificate_head, moment)
        user_identifier = await self._platform.resolve(head.reference)
        link = None
        if user_identifier is not None:
            link = await self._store.transact(_find_link, user_identifier)
        if link is None:
            await self._refuse_unlinked(user_identifier, head.reference)
            await self._explain_unlinked(moment)
        proof = _check_proof(link, challenge, reading)
        touched = await self._open(link, proof)
        if proof is CardBoundProof.UNAVAILABLE:
            if not attended:
                raise CardProofMissing
            if self._without_card_proof is WithoutCardProof.AUTH_PIN:
                await self._await_pin(link, reading.certificate_head)
        return touched

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
        return await self._open(awaited.link, CardBoundProof.AUTH_PIN)

    def leave(self) -> None:
        """Forget a touch that waits for a PIN. Idempotent."""
        self._awaited = None

    async def _open(self, link: _LiveLink, proof: CardBoundProof) -> Touched:
        status = await self._platform.auth_status(link.user_identifier)
        self._trust.require_good(status, self._clock.now())
        patron = await self._store.transact(_load_linked, link, today(self._clock))
        return Touched(patron, proof)

    async def _await_pin(self, link: _LiveLink, certificate_head: bytes) -> NoReturn:
        """Ask for the authentication PIN of the card that was just touched.

        Raises:
            AuthPinWanted, PinBlocked, CardChanged, and what a certificate is refused for.
        """
        der, tries_left = await self._cards.converse(
            lambda card: (card.auth_certificate(), card.tries_left(PinKind.AUTH))
        )
        if not der.startswith(certificate_head[: len(der)]):
            raise CardChanged
        certificate = self._trust.certificate(der, self._clock.now())
        if tries_left == 0:
            raise PinBlocked(PinKind.AUTH)
        self._awaited = _AwaitedPin(link, der, certificate)
        raise AuthPinWanted(tries_left, link.patron_id)

    async def _refuse_unlinked(
        self, user_identifier: str | None, reference: CertificateReference
    ) -> None:
        """Say so when the card was linked here once.

        Args:
            user_identifier: given when the platform has not heard yet that the link was ended.

        Raises:
            CardUnlinked, PlatformUnreachable, StoreUnavailable
        """
        if user_identifier is None:
            user_identifier = await self._platform.former(reference)
        if user_identifier is None:
            return
        ended = await self._store.transact(_find_ended, user_identifier)
        if ended is not None:
            if ended.alerts:
                log.error("a card that was reported %s is on the reader", ended.reason.value)
            raise ended

    async def _explain_unlinked(self, moment: datetime) -> NoReturn:
        """Look closer at a card that has no link, to say why.

        Reads label, availability, the whole certificate and the tries; spends none.

        Raises:
            PhoneToken, OldResidentCard, NoAuthCertificate, NoUsablePin, CardError
            CertificateNotTrusted and all else that a certificate is refused for.
            CertificateRevoked, CertificateOnHold: when the platform knows it.
            CardNotLinked: nothing else is wrong, but perhaps a PIN that is locked.
        """
        inspection = await self._cards.converse(MyNumberCard.inspect)
        certificate = self._trust.certificate(certificate_of(inspection), moment)
        status = await self._platform.certificate_status(certificate.facts)
        if status.word in _BAD_NEWS:
            self._trust.require_good(status, moment)
        raise CardNotLinked(locked_pins(inspection))

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


def _check_proof(link: _LiveLink, challenge: Challenge, reading: TouchReading) -> CardBoundProof:
    if link.card_key is None:
        log.warning("touch without card-bound proof: the card had no key at enrolment")
        return CardBoundProof.UNAVAILABLE
    # A card that could sign at enrolment and cannot now is not that card: otherwise a copy
    # would only have to say that it does not know the command.
    if reading.proof is None or not proves_card(link.card_key, challenge, reading.proof):
        log.error("card-bound proof failed: the card is not the one that was enrolled")
        raise CardNotGenuine
    return CardBoundProof.PROVEN


def _find_link(user_identifier: str) -> _LiveLink | None:
    link = CardLink.get_or_none(
        CardLink.user_identifier == user_identifier, CardLink.unlinked_at.is_null()
    )
    if link is None:
        return None
    key = link.card_key
    return _LiveLink(user_identifier, link.patron_id, None if key is None else bytes(key))


def _load_linked(link: _LiveLink, on: date) -> PatronView:
    """The patron, if the link still lives: it may have been ended while card or person took
    their time, and the store leads.

    Raises:
        CardUnlinked, CardNotLinked
    """
    if _find_link(link.user_identifier) != link:
        raise _find_ended(link.user_identifier) or CardNotLinked
    return load_patron(link.patron_id, on)


def _find_ended(user_identifier: str) -> CardUnlinked | None:
    link = ended_link(user_identifier)
    if link is None or link.unlinked_at is None or link.unlink_reason is None:
        return None
    return CardUnlinked(day_of(link.unlinked_at), UnlinkReason(link.unlink_reason), link.patron_id)
