"""Who is this? By a touch without a PIN, or by a scanned number."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from counter_tui.clock import Clock, today
from counter_tui.desk.card_lane import CardLane
from counter_tui.desk.items import ItemView, view_item
from counter_tui.desk.patrons import PatronView, load_patron, view_patron
from counter_tui.desk.platform_lane import PlatformLane
from counter_tui.desk.store_lane import StoreLane
from counter_tui.desk.trust import Trust
from counter_tui.errors import CardNotGenuine, CardNotLinked, PhoneToken, UnknownCode
from counter_tui.hardware.mynumber_card import MyNumberCard, TokenKind, TouchReading
from counter_tui.identity.card_proof import Challenge, proves_card, touch_challenge
from counter_tui.models.tables import CardLink, Item, Patron
from counter_tui.text import fold_scan

log = logging.getLogger(__name__)


class CardBoundProof(Enum):
    """What is known of the card itself, beyond its certificate, which anybody can copy."""

    PROVEN = "proven"
    """It signed a fresh challenge with the key that was kept at enrolment."""
    UNAVAILABLE = "unavailable"
    """This card had no such key at enrolment: staff compare the card with the person."""


@dataclass(frozen=True)
class Touched:
    """A linked patron's card was laid on the reader."""

    patron: PatronView
    proof: CardBoundProof


@dataclass(frozen=True)
class _LiveLink:
    patron_id: int
    card_key: bytes | None


class Identification:
    """Turns a touch or a scan into a patron."""

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

    async def touch(self) -> Touched:
        """Identify the patron whose card lies on the reader. No PIN; spends nothing.

        An expired patron is given back, not refused: `PatronView.state` says it.

        Raises:
            CardError: no card, another card, or one that cannot be read.
            CertificateExpired, CertificateNotYetValid, CertificateUnreadable, SpecimenCardRefused
            CardNotLinked: nobody has enrolled this card.
            CardNotGenuine: the card did not prove to be the one that was enrolled.
            CertificateRevoked, CertificateOnHold, StatusUnknown, PlatformUnreachable
            StoreUnavailable
        """
        challenge = touch_challenge()
        reading = await self._cards.converse(lambda card: card.read_touch(challenge.digest_info))
        moment = self._clock.now()
        head = self._trust.head(reading.certificate_head, moment)
        user_identifier = await self._platform.resolve(head.reference)
        link = None
        if user_identifier is not None:
            link = await self._store.transact(_find_link, user_identifier)
        if user_identifier is None or link is None:
            await self._explain_unlinked(moment)
            raise CardNotLinked
        proof = _check_proof(link, challenge, reading)
        status = await self._platform.auth_status(user_identifier)
        self._trust.require_good(status, moment)
        patron = await self._store.transact(load_patron, link.patron_id, today(self._clock))
        return Touched(patron, proof)

    async def _explain_unlinked(self, moment: datetime) -> None:
        """Read the whole certificate of a card that has no link, to say why when there is more
        to say than that.

        Raises:
            PhoneToken, NoAuthCertificate, CertificateNotTrusted, CertificateExpired, CardError
        """
        inspection = await self._cards.converse(MyNumberCard.inspect)
        if inspection.kind is TokenKind.PHONE:
            raise PhoneToken
        if inspection.auth_certificate is not None:
            self._trust.certificate(inspection.auth_certificate, moment)

    async def scan(self, code: str) -> PatronView | ItemView:
        """Find whose library card, or which item, a scanned code is.

        Raises:
            UnknownCode, StoreUnavailable
        """
        folded = fold_scan(code)
        return await self._store.transact(_find_code, folded, today(self._clock))

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
    return _LiveLink(link.patron_id, None if key is None else bytes(key))


def _find_code(code: str, on: date) -> PatronView | ItemView:
    patron = Patron.get_or_none(Patron.library_card_number == code)
    if patron is not None:
        return view_patron(patron, on)
    item = Item.get_or_none(Item.barcode == code)
    if item is None:
        raise UnknownCode(code)
    return view_item(item)
