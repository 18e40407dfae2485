"""Whose card lies on the reader, without a PIN: the link behind it, and that it is this card."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Final, NoReturn

from counter_tui.clock import Clock, today
from counter_tui.desk.card_fitness import certificate_of, locked_pins
from counter_tui.desk.card_lane import CardLane
from counter_tui.desk.link_records import day_of, ended_link
from counter_tui.desk.patrons import PatronView, load_patron
from counter_tui.desk.platform_lane import PlatformLane
from counter_tui.desk.store_lane import StoreLane
from counter_tui.desk.trust import Trust
from counter_tui.errors import (
    CardNotGenuine,
    CardNotLinked,
    CardUnlinked,
    CardUnreadable,
    NoAuthCertificate,
    UnlinkReason,
)
from counter_tui.hardware.mynumber_card import MyNumberCard
from counter_tui.identity.card_proof import Challenge, proves_card, touch_challenge
from counter_tui.identity.platform import CertificateReference, StatusWord
from counter_tui.models.tables import CardLink

log = logging.getLogger(__name__)

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


@dataclass(frozen=True)
class LiveLink:
    """A link that was not ended, as far as a card is checked against it.

    Attributes:
        card_key: the card's own public key, DER; None: it had none at enrolment.
    """

    user_identifier: str
    patron_id: int
    card_key: bytes | None = field(repr=False)

    def check(self, challenge: Challenge, proof: bytes | None) -> CardBoundProof:
        """What a card's answer to a fresh challenge says of the card.

        Args:
            proof: its signature; None: it gave none.

        Raises:
            CardNotGenuine: a card that could sign at enrolment did not, or did so wrongly.
        """
        if self.card_key is None:
            log.warning("no card-bound proof: the card had no key at enrolment")
            return CardBoundProof.UNAVAILABLE
        # A card that could sign at enrolment and cannot now is not that card: otherwise a copy
        # would only have to say that it does not know the command.
        if proof is None or not proves_card(self.card_key, challenge, proof):
            log.error("card-bound proof failed: the card is not the one that was enrolled")
            raise CardNotGenuine
        return CardBoundProof.PROVEN


@dataclass(frozen=True)
class Recognised:
    """A linked patron's card.

    Attributes:
        certificate_head: first bytes of its certificate, in memory only: tells that the same
            card is spoken to later.
    """

    patron: PatronView
    proof: CardBoundProof
    link: LiveLink
    certificate_head: bytes = field(repr=False)


class Recognition:
    """Turns the card on the reader into its link and patron."""

    def __init__(
        self,
        cards: CardLane,
        platform: PlatformLane,
        store: StoreLane,
        clock: Clock,
        trust: Trust,
    ) -> None:
        self._cards = cards
        self._platform = platform
        self._store = store
        self._clock = clock
        self._trust = trust

    async def recognise(self) -> Recognised:
        """Whose card lies there. No PIN; spends nothing.

        A patron whose library card has lapsed is given back, not refused.

        Raises:
            CardError: no card, another card, a phone, one without a certificate, or one that
                cannot be read.
            CertificateExpired, CertificateNotYetValid, CertificateUnreadable, SpecimenCardRefused
            CardNotLinked: nobody has enrolled this card, and nothing else is wrong with it.
            CardUnlinked: its link was ended; `alerts` when it was reported missing.
            CardNotGenuine: the card did not prove to be the one that was enrolled.
            CertificateRevoked, CertificateOnHold, StatusUnknown, PlatformUnreachable
            StoreUnavailable
        """
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
        proof = link.check(challenge, reading.proof)
        patron = await self.still_good(link)
        return Recognised(patron, proof, link, reading.certificate_head)

    async def still_good(self, link: LiveLink) -> PatronView:
        """The patron of a link, if its certificate is good and the link lives at this moment.

        Raises:
            CertificateRevoked, CertificateOnHold, CertificateExpired, StatusUnknown,
            PlatformUnreachable, CardUnlinked, CardNotLinked, StoreUnavailable
        """
        status = await self._platform.auth_status(link.user_identifier)
        self._trust.require_good(status, self._clock.now())
        return await self._store.transact(_load_linked, link, today(self._clock))

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


def _find_link(user_identifier: str) -> LiveLink | None:
    link = CardLink.get_or_none(
        CardLink.user_identifier == user_identifier, CardLink.unlinked_at.is_null()
    )
    if link is None:
        return None
    key = link.card_key
    return LiveLink(user_identifier, link.patron_id, None if key is None else bytes(key))


def _load_linked(link: LiveLink, on: date) -> PatronView:
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
