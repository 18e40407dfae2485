"""Enrolment: from a library card and a My Number card to a link between them."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Final

from counter_tui.clock import Clock, today
from counter_tui.desk.card_fitness import certificate_of, require_open_pins
from counter_tui.desk.card_lane import CardLane
from counter_tui.desk.comparison import Agreement, Comparison, compare_dates, compared
from counter_tui.desk.link_making import (
    Former,
    IdentifierWasEnded,
    NewLink,
    is_anothers,
    make_link,
    take_back,
)
from counter_tui.desk.link_records import (
    tell_ended,
)
from counter_tui.desk.patrons import PatronView, load_patron
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.platform_lane import PlatformLane
from counter_tui.desk.receipts import Receipts
from counter_tui.desk.scans import Scans
from counter_tui.desk.store_lane import StoreLane
from counter_tui.desk.terms import Terms
from counter_tui.desk.trust import Trust
from counter_tui.errors import (
    BirthDateDiffers,
    CardLinkedToAnother,
    CardNotGenuine,
    EnrolmentElsewhere,
    ItemNotLibraryCard,
    LastTryNotAgreed,
    PatronAlreadyLinked,
    PatronLapsed,
    PinFormat,
    PinKind,
    PlatformUnreachable,
    ProcedureOutOfStep,
    StatusUnknown,
    StoreUnavailable,
    UnknownLibraryCard,
    UnlinkReason,
)
from counter_tui.hardware.mynumber_card import MyNumberCard, SurfaceInfo
from counter_tui.identity.card_proof import (
    encode_card_key,
    enrollment_challenge,
    proves_card,
    signature_holds,
    touch_challenge,
)
from counter_tui.identity.certificates import AuthCertificate
from counter_tui.identity.platform import CertificateReference
from counter_tui.secret import Pin

log = logging.getLogger(__name__)

_ATTEMPTS: Final = 3
"""Links asked for until one is new; a second is needed when the platform lags behind."""


class Step(Enum):
    """The steps of an enrolment, in order."""

    LIBRARY_CARD = "library_card"
    CONSENT = "consent"
    CARD = "card"
    PINS = "pins"
    COMPARISON = "comparison"
    DONE = "done"


@dataclass(frozen=True)
class CardReady:
    """The card can be enrolled; this is what is left of its tries. Asking spent none."""

    auth_tries_left: int
    surface_info_tries_left: int
    certificate_ends_on: date


@dataclass(frozen=True)
class Enrolled:
    """The link is on disk.

    Attributes:
        job_number: of the slip, or None without a printer.
        usable_now: False when the platform could not confirm the link yet; the terminal goes
            on trying by itself, and until then a touch finds no link.
        ended_reason: why the link before this one was ended with it; None: there was none.
    """

    patron: PatronView
    job_number: int | None
    usable_now: bool
    ended_reason: UnlinkReason | None = None


@dataclass
class _Course:
    """One enrolment on its way; in memory only, forgotten when it ends or is left.

    Attributes:
        relink: why the present link of the patron ends with this enrolment; None: it must not.
        may_present: the card was looked at, and no PIN has been presented since.
    """

    patron: PatronView
    relink: UnlinkReason | None = None
    consented_at: datetime | None = None
    may_present: bool = False
    certificate: AuthCertificate | None = field(default=None, repr=False)
    certificate_der: bytes = field(default=b"", repr=False)
    attributes: SurfaceInfo | None = field(default=None, repr=False)
    card_key: bytes | None = field(default=None, repr=False)

    def forget_card(self) -> None:
        """What an earlier look brought may be another card's."""
        self.may_present = False
        self.certificate, self.certificate_der = None, b""
        self.attributes = self.card_key = None


class Enrollment:
    """One enrolment at a time, step by step; nothing is written before `confirm`.

    One look at the card allows one presentation of PINs. After it, right or wrong or without an
    answer, the card has to be looked at again, so that its tries were always read and shown
    before somebody types.
    """

    def __init__(
        self,
        cards: CardLane,
        platform: PlatformLane,
        store: StoreLane,
        clock: Clock,
        place: PlaceRecord,
        trust: Trust,
        receipts: Receipts,
        terms: Terms,
        scans: Scans | None = None,
        elsewhere: str = "",
    ) -> None:
        """Nothing is begun yet.

        Args:
            elsewhere: where people are sent, because this counter does not link; empty: it does.
        """
        self._cards = cards
        self._platform = platform
        self._store = store
        self._clock = clock
        self._place = place
        self._trust = trust
        self._receipts = receipts
        self.terms = terms
        self._scans = scans or Scans()
        self._elsewhere = elsewhere
        self._course: _Course | None = None

    def require_here(self) -> None:
        """Refuse at a counter that does not link cards.

        Raises:
            EnrolmentElsewhere
        """
        if self._elsewhere:
            raise EnrolmentElsewhere(self._elsewhere)

    async def begin(
        self,
        library_card_number: str,
        *,
        relink: bool = False,
        reason: UnlinkReason = UnlinkReason.REISSUED,
    ) -> PatronView:
        """Start with the patron's library card; an enrolment under way is left.

        Args:
            relink: the patron's present link, if there is one, ends when the new one is made.
            reason: why it ends then.

        Raises:
            EnrolmentElsewhere
            UnknownLibraryCard, ItemNotLibraryCard, PatronLapsed, PatronAlreadyLinked
            ScanError, StoreUnavailable
        """
        self.require_here()
        self.cancel()
        on = today(self._clock)
        patron = await self._store.transact(self._find_patron, library_card_number, on)
        if patron.days_left(on) < 0:
            raise PatronLapsed(patron.expires_on)
        if patron.linked_on is not None and not relink:
            raise PatronAlreadyLinked(patron.linked_on)
        self._course = _Course(patron, relink=reason if relink else None)
        return patron

    def _find_patron(self, number: str, on: date) -> PatronView:
        found = self._scans.find(number)
        if found.patron is not None:
            return load_patron(found.patron.id, on)
        if found.item is not None:
            raise ItemNotLibraryCard(found.item.title)
        raise UnknownLibraryCard(found.number)

    def consent(self) -> None:
        """The person is here, and accepts the present `terms`.

        Raises:
            ProcedureOutOfStep
        """
        self._under_way().consented_at = self._clock.now()

    async def inspect_card(self) -> CardReady:
        """Look whether the card on the reader can be enrolled. Spends no try.

        What was taken from a card before is forgotten.

        Raises:
            CardError: no card, not this kind of card, a phone, no certificate, nothing to read a
                name from, a blocked PIN.
            IdentityError: certificate not trusted, not valid, revoked, or nobody can say.
            CardLinkedToAnother, StoreUnavailable, ProcedureOutOfStep
        """
        course = self._under_way()
        if course.consented_at is None:
            raise ProcedureOutOfStep
        course.forget_card()
        inspection = await self._cards.converse(MyNumberCard.inspect)
        der = certificate_of(inspection)
        moment = self._clock.now()
        certificate = self._trust.certificate(der, moment)
        status = await self._platform.certificate_status(certificate.facts)
        self._trust.require_good(status, moment)
        linked_as = await self._platform.resolve(certificate.reference)
        if linked_as is not None and await self._store.transact(
            is_anothers, linked_as, course.patron.id, relink=course.relink is not None
        ):
            raise CardLinkedToAnother
        tries_left = require_open_pins(inspection)
        course.certificate = certificate
        course.certificate_der = der
        course.may_present = True
        return CardReady(
            tries_left[PinKind.AUTH],
            tries_left[PinKind.SURFACE_INFO],
            certificate.ends_on,
        )

    async def verify(
        self,
        auth_pin: Pin,
        surface_info_pin: Pin | None,
        *,
        last_try_agreed: Collection[PinKind],
    ) -> Comparison:
        """Present both PINs, take the attributes, and compare them with the record.

        Both PINs are wiped whatever happens. Each PIN is presented once at most; this spends a
        try when it is wrong. A second PIN is never tried after a wrong first one. After
        anything but `PinFormat` and `LastTryNotAgreed` the card has to be looked at again.

        Args:
            surface_info_pin: None when it has the same digits as the other one.
            last_try_agreed: the PINs of which the patron agrees that the last try is used; what
                was said of one is not taken for the other.

        Raises:
            PinFormat, LastTryNotAgreed, PinBlocked: no PIN was sent.
            WrongPin, PinOutcomeUnknown
            BirthDateDiffers: the card is another person's; the enrolment is left.
            CardNotGenuine, CardChanged, CardDataMismatch, CardError
            ProcedureOutOfStep: no PIN was sent; the card was not looked at since the last one.
        """
        try:
            course = self._under_way()
            certificate = course.certificate
            if certificate is None or not course.may_present:
                raise ProcedureOutOfStep
            second = auth_pin if surface_info_pin is None else surface_info_pin
            if not (auth_pin.is_well_formed and second.is_well_formed):
                raise PinFormat
            course.may_present = False
            try:
                await self._present(course, certificate, auth_pin, second, last_try_agreed)
            except LastTryNotAgreed:
                course.may_present = True
                raise
        finally:
            auth_pin.wipe()
            if surface_info_pin is not None:
                surface_info_pin.wipe()
        return self._compare(course)

    async def _present(
        self,
        course: _Course,
        certificate: AuthCertificate,
        auth_pin: Pin,
        surface_info_pin: Pin,
        last_try_agreed: Collection[PinKind],
    ) -> None:
        auth_challenge = enrollment_challenge()
        card_challenge = touch_challenge()
        reading = await self._cards.converse(
            lambda card: card.enroll(
                auth_pin,
                surface_info_pin,
                auth_digest_info=auth_challenge.input_for(certificate.public_key),
                proof_digest_info=card_challenge.digest_info,
                expected_certificate=course.certificate_der,
                last_try_agreed=last_try_agreed,
            )
        )
        if not signature_holds(certificate.public_key, auth_challenge, reading.signature):
            log.error("enrolment: the auth signature does not fit the certificate")
            raise CardNotGenuine
        card_key = None
        if reading.card_key is None or reading.proof is None:
            log.warning("enrolment: this card has no card-bound proof")
        else:
            if not reading.card_key.issuer_signed:
                log.warning("enrolment: the card names no issuer of its own key")
            card_key = _key_that_signed(reading.card_key.modulus, reading.card_key.exponent)
            if card_key is None or not proves_card(card_key, card_challenge, reading.proof):
                log.error("enrolment: the card's own signature does not fit its own key")
                raise CardNotGenuine
        if course.certificate is not certificate:
            raise ProcedureOutOfStep  # another card was looked at meanwhile
        course.attributes = reading.attributes
        course.card_key = card_key

    def _compare(self, course: _Course) -> Comparison:
        attributes = course.attributes
        if course is not self._course or attributes is None:
            raise ProcedureOutOfStep
        patron = course.patron
        if compare_dates(patron.birth_date, attributes.birth_date) is not Agreement.SAME:
            self.cancel()
            raise BirthDateDiffers
        return compared(patron, attributes)

    async def confirm(self, take_over: Collection[str]) -> Enrolled:
        """Make the link. When this returns it is on disk; the slip is queued.

        At a relink the patron's former link ends in the same transaction.

        Args:
            take_over: which of "name" and "address" to copy from the card to the record.

        Raises:
            PatronAlreadyLinked, CardLinkedToAnother: another counter was first.
            BirthDateDiffers, PatronLapsed: the record was changed meanwhile.
            CertificateRevoked, CertificateOnHold, StatusUnknown: the certificate went bad, or
                the platform does not know the link that it was told of; nothing is linked.
            PlatformUnreachable, StoreUnavailable, ProcedureOutOfStep: nothing was linked.
        """
        course = self._under_way()
        if course.certificate is None or course.attributes is None or course.consented_at is None:
            raise ProcedureOutOfStep
        facts = course.certificate.facts
        new = NewLink(
            course.patron.id,
            course.relink,
            course.consented_at,
            self.terms.version,
            course.certificate.ends_on,
            course.attributes,
            course.card_key,
            frozenset(take_over),
        )
        # The comparison may have stood on the screen for long.
        status = await self._platform.certificate_status(facts)
        self._trust.require_good(status, self._clock.now())
        for _attempt in range(_ATTEMPTS):
            enrollment_id = secrets.token_hex(16)
            user_identifier = await self._platform.link(facts, enrollment_id)
            try:
                linked = await self._store.transact(
                    make_link, new, user_identifier, enrollment_id, self._place, self._clock.now()
                )
                break
            except IdentifierWasEnded:
                await self._discard(enrollment_id)
                if not await tell_ended(self._platform, self._store, user_identifier):
                    raise CardLinkedToAnother from None  # its unlinking was just undone
            except (
                PatronAlreadyLinked,
                CardLinkedToAnother,
                BirthDateDiffers,
                PatronLapsed,
                StoreUnavailable,
            ):
                await self._discard(enrollment_id)
                raise
        else:
            raise CardLinkedToAnother
        self._course = None
        usable_now = await self._tell_linked(
            enrollment_id, facts.reference, user_identifier, linked.former
        )
        try:
            job_number = await self._receipts.queue_enrollment(linked.patron.id)
        except StoreUnavailable:
            log.warning("enrolment kept, but its slip could not be queued")
            job_number = None
        return Enrolled(linked.patron, job_number, usable_now, linked.ended_reason)

    async def _tell_linked(
        self,
        enrollment_id: str,
        reference: CertificateReference,
        user_identifier: str,
        former: Former | None,
    ) -> bool:
        """Tell the platform what the store has kept; False when the link is not confirmed yet.

        The links stand in the store, which leads; reconciliation tells the platform later.

        Raises:
            StatusUnknown: the platform has lost what was to be confirmed, as when a terminal
                whose clock is ahead took it for old. The link is ended again, and the one
                before it given back, so that the patron has what there was.
        """
        try:
            await self._platform.confirm(enrollment_id)
            known_as = await self._platform.resolve(reference)
        except PlatformUnreachable:
            log.warning("enrolment kept, but not confirmed by the platform yet")
            return False
        if known_as != user_identifier:
            log.error("the platform does not know the link that it was to confirm")
            now = self._clock.now()
            await self._store.transact(take_back, enrollment_id, former, self._place, now)
            raise StatusUnknown
        if former is not None:
            try:
                await tell_ended(self._platform, self._store, former.user_identifier)
            except (PlatformUnreachable, StoreUnavailable):
                log.warning("former link ended, but the platform has not heard of it yet")
        return True

    async def _discard(self, enrollment_id: str) -> None:
        try:
            await self._platform.discard(enrollment_id)
        except PlatformUnreachable:
            log.warning("a pending link is left at the platform; it is removed later")

    def cancel(self) -> None:
        """Leave the enrolment; nothing was written. Idempotent."""
        self._course = None

    def _under_way(self) -> _Course:
        if self._course is None:
            raise ProcedureOutOfStep
        return self._course


def _key_that_signed(modulus: int, exponent: int) -> bytes | None:
    try:
        return encode_card_key(modulus, exponent)
    except ValueError:
        return None
