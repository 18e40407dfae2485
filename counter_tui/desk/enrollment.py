"""Enrolment: from a library card and a My Number card to a link between them."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

import peewee

from counter_tui.clock import Clock, today
from counter_tui.desk.card_fitness import certificate_of, require_open_pins
from counter_tui.desk.card_lane import CardLane
from counter_tui.desk.comparison import (
    Agreement,
    ComparedField,
    Comparison,
    compare_dates,
    compare_text,
)
from counter_tui.desk.patrons import PatronView, load_patron, view_patron
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.platform_lane import PlatformLane
from counter_tui.desk.receipts import Receipts
from counter_tui.desk.store_lane import StoreLane
from counter_tui.desk.trust import Trust
from counter_tui.errors import (
    BirthDateDiffers,
    CardLinkedToAnother,
    CardNotGenuine,
    LastTryNotAgreed,
    PatronAlreadyLinked,
    PatronLapsed,
    PinFormat,
    PlatformUnreachable,
    ProcedureOutOfStep,
    StoreUnavailable,
    UnknownLibraryCard,
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
from counter_tui.language import full_day
from counter_tui.models.tables import CardLink, Patron
from counter_tui.secret import Pin
from counter_tui.text import fold_scan, without_controls

log = logging.getLogger(__name__)

TAKEN_OVER: frozenset[str] = frozenset({"name", "address"})
"""Fields that staff may copy from the card into the record."""


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
    """

    patron: PatronView
    job_number: int | None
    usable_now: bool


@dataclass
class _Course:
    """One enrolment on its way; in memory only, forgotten when it ends or is left.

    Attributes:
        may_present: the card was looked at, and no PIN has been presented since.
    """

    patron: PatronView
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
        terms_version: str,
    ) -> None:
        self._cards = cards
        self._platform = platform
        self._store = store
        self._clock = clock
        self._place = place
        self._trust = trust
        self._receipts = receipts
        self.terms_version = terms_version
        self._course: _Course | None = None

    async def begin(self, library_card_number: str) -> PatronView:
        """Start with the patron's library card; an enrolment under way is left.

        Raises:
            UnknownLibraryCard, PatronLapsed, PatronAlreadyLinked, StoreUnavailable
        """
        self.cancel()
        on = today(self._clock)
        patron = await self._store.transact(_find_patron, fold_scan(library_card_number), on)
        if patron.days_left(on) < 0:
            raise PatronLapsed(patron.expires_on)
        if patron.linked_on is not None:
            raise PatronAlreadyLinked(patron.linked_on)
        self._course = _Course(patron)
        return patron

    def consent(self) -> None:
        """The person is here, and accepts the terms of `terms_version`.

        Raises:
            ProcedureOutOfStep
        """
        self._under_way().consented_at = self._clock.now()

    async def inspect_card(self) -> CardReady:
        """Look whether the card on the reader can be enrolled. Spends no try.

        What was taken from a card before is forgotten.

        Raises:
            CardError: no card, not this kind of card, a phone, no certificate, a blocked PIN.
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
        if linked_as is not None and await self._store.transact(_is_linked, linked_as):
            raise CardLinkedToAnother
        require_open_pins(inspection)
        course.certificate = certificate
        course.certificate_der = der
        course.may_present = True
        return CardReady(
            inspection.auth_tries_left,
            inspection.surface_info_tries_left or 0,
            certificate.ends_on,
        )

    async def verify(
        self, auth_pin: Pin, surface_info_pin: Pin | None, *, last_try_agreed: bool
    ) -> Comparison:
        """Present both PINs, take the attributes, and compare them with the record.

        Both PINs are wiped whatever happens. Each PIN is presented once at most; this spends a
        try when it is wrong. A second PIN is never tried after a wrong first one. After
        anything but `PinFormat` and `LastTryNotAgreed` the card has to be looked at again.

        Args:
            surface_info_pin: None when it has the same digits as the other one.
            last_try_agreed: the patron agrees that the last try of a PIN is used.

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
        last_try_agreed: bool,
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
        return Comparison(
            (
                ComparedField(
                    "birth_date",
                    full_day(patron.birth_date, weekday=False),
                    full_day(attributes.birth_date, weekday=False),
                    Agreement.SAME,
                ),
                ComparedField(
                    "name",
                    patron.name,
                    _recorded_name(attributes),
                    compare_text(patron.name, _recorded_name(attributes)),
                ),
                ComparedField(
                    "address",
                    patron.address,
                    without_controls(attributes.address),
                    compare_text(patron.address, without_controls(attributes.address)),
                ),
            )
        )

    async def confirm(self, take_over: Collection[str]) -> Enrolled:
        """Make the link. When this returns it is on disk; the slip is queued.

        Args:
            take_over: which of "name" and "address" to copy from the card to the record.

        Raises:
            PatronAlreadyLinked, CardLinkedToAnother: another counter was first.
            PlatformUnreachable, StoreUnavailable, ProcedureOutOfStep: nothing was linked.
        """
        course = self._under_way()
        if course.certificate is None or course.attributes is None or course.consented_at is None:
            raise ProcedureOutOfStep
        enrollment_id = secrets.token_hex(16)
        user_identifier = await self._platform.link(course.certificate.facts, enrollment_id)
        try:
            patron = await self._store.transact(
                self._link, course, user_identifier, enrollment_id, frozenset(take_over)
            )
        except (PatronAlreadyLinked, CardLinkedToAnother, StoreUnavailable):
            await self._discard(enrollment_id)
            raise
        self._course = None
        usable_now = True
        try:
            await self._platform.confirm(enrollment_id)
        except PlatformUnreachable:
            # The link stands in the store, which leads; reconciliation confirms it later.
            log.warning("enrolment kept, but not confirmed by the platform yet")
            usable_now = False
        try:
            job_number = await self._receipts.queue_enrollment(patron.id)
        except StoreUnavailable:
            log.warning("enrolment kept, but its slip could not be queued")
            job_number = None
        return Enrolled(patron, job_number, usable_now)

    async def _discard(self, enrollment_id: str) -> None:
        try:
            await self._platform.discard(enrollment_id)
        except PlatformUnreachable:
            log.warning("a pending link is left at the platform; it is removed later")

    def _link(
        self,
        course: _Course,
        user_identifier: str,
        enrollment_id: str,
        take_over: frozenset[str],
    ) -> PatronView:
        now = self._clock.now()
        certificate, attributes = course.certificate, course.attributes
        if certificate is None or attributes is None:
            raise ProcedureOutOfStep
        patron = Patron.get_by_id(course.patron.id)
        live = CardLink.unlinked_at.is_null()
        present = CardLink.get_or_none(CardLink.patron == patron, live)
        if present is not None:
            raise PatronAlreadyLinked(present.linked_at.date())
        if _is_linked(user_identifier):
            raise CardLinkedToAnother
        keys = self._place.keys()
        try:
            CardLink.create(
                patron=patron,
                user_identifier=user_identifier,
                enrollment_id=enrollment_id,
                card_key=course.card_key,
                certificate_ends_on=certificate.ends_on,
                terms_version=self.terms_version,
                consented_at=course.consented_at,
                linked_at=now,
                linked_by=keys.operator_id,
                linked_at_counter=keys.counter_id,
            )
        except peewee.IntegrityError as error:
            # The tables' own guard, should two writers ever get here at once; both were looked
            # for above, so which of the two indexes it was is not worth another question.
            raise CardLinkedToAnother from error
        if "name" in take_over:
            patron.name = _recorded_name(attributes)
        if "address" in take_over:
            patron.address = without_controls(attributes.address)
        patron.save()
        return view_patron(patron, today(self._clock))

    def cancel(self) -> None:
        """Leave the enrolment; nothing was written. Idempotent."""
        self._course = None

    def _under_way(self) -> _Course:
        if self._course is None:
            raise ProcedureOutOfStep
        return self._course


def _recorded_name(attributes: SurfaceInfo) -> str:
    # Cards part family and given name by an ideographic blank, records by an ordinary one.
    return without_controls(attributes.name).replace("\u3000", " ").strip()


def _key_that_signed(modulus: int, exponent: int) -> bytes | None:
    try:
        return encode_card_key(modulus, exponent)
    except ValueError:
        return None


def _find_patron(number: str, on: date) -> PatronView:
    patron = Patron.get_or_none(Patron.library_card_number == number)
    if patron is None:
        raise UnknownLibraryCard(number)
    return load_patron(patron.id, on)


def _is_linked(user_identifier: str) -> bool:
    return bool(
        CardLink.select()
        .where(CardLink.user_identifier == user_identifier, CardLink.unlinked_at.is_null())
        .exists()
    )
