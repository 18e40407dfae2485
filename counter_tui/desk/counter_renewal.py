"""Renewing the validity of a library card at the counter, and taking that back the same day."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

from counter_tui.clock import Clock, today, years_later
from counter_tui.desk.audit import Action, record
from counter_tui.desk.comparison import compared, take_over
from counter_tui.desk.link_records import day_of, live_link
from counter_tui.desk.patrons import PatronView, load_patron
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.receipts import Receipts
from counter_tui.desk.renewal_outcomes import LastOutcome, standing_outcome
from counter_tui.desk.renewal_proofs import PROOFS, Proof, require_current
from counter_tui.desk.renewal_records import look_again, month_of
from counter_tui.desk.slip_records import forget_slips
from counter_tui.desk.store_lane import StoreLane
from counter_tui.desk.validity_changes import ValidityKind, record_validity
from counter_tui.errors import (
    NotConfirmed,
    NotSupervisor,
    RenewalElsewhere,
    RenewalTooEarly,
    RenewalTooLate,
    RenewalUndoTooLate,
    StoreUnavailable,
    UndoReason,
    ValidLonger,
)
from counter_tui.models.tables import Patron, ValidityChange

if TYPE_CHECKING:
    from counter_tui.desk.address_check import CheckedAddress

log = logging.getLogger(__name__)

Refusal = RenewalElsewhere | RenewalTooEarly | RenewalTooLate | ValidLonger
"""Why a library card cannot be renewed here and now."""


class Anchor(Enum):
    """From what the new period counts; towns differ."""

    TODAY = "today"
    EXPIRY = "expiry"
    """The old last day; of a lapsed card that may be in the past."""
    LATER = "later"
    """Today or the old last day, whichever is later: nobody loses by coming early."""
    BIRTHDAY = "birthday"
    """Through the birthday in the year in which the period from today ends."""


@dataclass(frozen=True)
class RenewalTerms:
    """What a library may set.

    Attributes:
        years: length of the period.
        window_days: from how many days before the last day on; 0: at any time.
        late_days: until how many days after it; 0: however late.
        elsewhere: where this branch sends people, because it may not renew; empty: it may.
        proof_days: how long ago a letter as a proof may have been issued; 0: however long.
    """

    years: int = 1
    anchor: Anchor = Anchor.TODAY
    window_days: int = 0
    late_days: int = 0
    elsewhere: str = ""
    proof_days: int = 0


def renewed_until(terms: RenewalTerms, on: date, expires_on: date, birth_date: date) -> date:
    """The last usable day after a renewal on this day."""
    if terms.anchor is Anchor.BIRTHDAY:
        return years_later(birth_date, on.year + terms.years - birth_date.year)
    begins = {
        Anchor.TODAY: on,
        Anchor.EXPIRY: expires_on,
        Anchor.LATER: max(on, expires_on),
    }[terms.anchor]
    return years_later(begins, terms.years)


def require_in_time(terms: RenewalTerms, on: date, expires_on: date) -> None:
    """Refuse what is too early or too late.

    Raises:
        RenewalTooEarly, RenewalTooLate
    """
    opens = expires_on - timedelta(days=terms.window_days)
    if terms.window_days and on < opens:
        raise RenewalTooEarly(opens)
    closes = expires_on + timedelta(days=terms.late_days)
    if terms.late_days and on > closes:
        raise RenewalTooLate(closes)


@dataclass(frozen=True)
class Offer:
    """What a renewal would do.

    Attributes:
        patron: as it stands.
        expires_on: the new last day.
        proofs: what has to be seen, one of them.
    """

    patron: PatronView
    expires_on: date
    proofs: tuple[Proof, ...] = field(default=())


@dataclass(frozen=True)
class RenewalCase:
    """A patron whose library card somebody wants to renew.

    Attributes:
        offer: what a renewal would do; None: see `refusal`.
        undoable: the last renewal was made at a counter today: a supervisor may take it back.
        automatic: what the monthly run said last, where that still stands.
    """

    patron: PatronView
    offer: Offer | None
    refusal: Refusal | None
    undoable: bool
    automatic: LastOutcome | None


@dataclass(frozen=True)
class _Seen:
    """On what a renewal is made."""

    proof: Proof
    dated: date | None
    checked: CheckedAddress | None
    take_over: frozenset[str]


@dataclass(frozen=True)
class CounterRenewed:
    """A library card was renewed.

    Attributes:
        job_number: of the slip; None: there is no printer, or it could not be queued.
    """

    patron: PatronView
    job_number: int | None


class CounterRenewal:
    """Renews validity for a person who is here."""

    def __init__(
        self,
        store: StoreLane,
        clock: Clock,
        place: PlaceRecord,
        receipts: Receipts,
        terms: RenewalTerms,
        supervisors: Collection[str],
    ) -> None:
        self._store = store
        self._clock = clock
        self._place = place
        self._receipts = receipts
        self.terms = terms
        self._supervisors = frozenset(supervisors)

    @property
    def may_undo(self) -> bool:
        """Whether whoever works at this terminal is a supervisor."""
        return self._place.place.operator in self._supervisors

    async def open(self, patron_id: int) -> RenewalCase:
        """How things stand for a patron, refused or not; writes nothing.

        Raises:
            StoreUnavailable
        """
        return await self._store.transact(self._open, patron_id)

    async def offer(self, patron_id: int) -> Offer:
        """What a renewal would do now; writes nothing.

        Raises:
            RenewalElsewhere, RenewalTooEarly, RenewalTooLate, ValidLonger, StoreUnavailable
        """
        return await self._store.transact(self._offer, patron_id)

    async def renew(
        self,
        patron_id: int,
        proof: Proof,
        offered: date,
        *,
        proof_date: date | None = None,
        checked: CheckedAddress | None = None,
        take_over: Collection[str] = (),
    ) -> CounterRenewed:
        """Renew; when this returns, it is on disk, and the slip is queued.

        Args:
            proof: what was seen, or that the address was confirmed.
            offered: the new last day that was shown; another one by now is refused.
            proof_date: that stands on the proof; None: none does.
            checked: what the patron's card says, of the proof of that name.
            take_over: which of "name" and "address" to copy from the card to the record.

        Raises:
            NotConfirmed: this proof does not do for the patron's class, something else was
                offered, or the record is another than the card was compared with; nothing was
                written.
            ProofNotDated, ProofFromFuture, ProofTooOld, ProofExpired
            RenewalElsewhere, RenewalTooEarly, RenewalTooLate, ValidLonger, StoreUnavailable
        """
        seen = _Seen(proof, proof_date, checked, frozenset(take_over))
        patron = await self._store.transact(self._renew, patron_id, seen, offered)
        try:
            job_number = await self._receipts.queue_validity(patron_id)
        except StoreUnavailable:
            log.warning("renewed, but the slip could not be queued")
            job_number = None
        return CounterRenewed(patron, job_number)

    async def undo(self, patron_id: int, reason: UndoReason) -> PatronView:
        """Take back the patron's last renewal, if that was today and at a counter.

        Its slip is printed no more, and the month's run looks at the patron anew.

        Raises:
            NotSupervisor, RenewalUndoTooLate, StoreUnavailable
        """
        if not self.may_undo:
            raise NotSupervisor(self._place.place.operator)
        return await self._store.transact(self._undo, patron_id, reason)

    def _open(self, patron_id: int) -> RenewalCase:
        offer: Offer | None = None
        refusal: Refusal | None = None
        try:
            offer = self._offer(patron_id)
        except (RenewalElsewhere, RenewalTooEarly, RenewalTooLate, ValidLonger) as error:
            refusal = error
        return RenewalCase(
            load_patron(patron_id, today(self._clock)) if offer is None else offer.patron,
            offer,
            refusal,
            self._renewal_of_today(patron_id) is not None,
            standing_outcome(patron_id, self._clock.now()),
        )

    def _offer(self, patron_id: int) -> Offer:
        if self.terms.elsewhere:
            raise RenewalElsewhere(self.terms.elsewhere)
        on = today(self._clock)
        patron = load_patron(patron_id, on)
        require_in_time(self.terms, on, patron.expires_on)
        until = renewed_until(self.terms, on, patron.expires_on, patron.birth_date)
        if until < on:  # counted from an end that is long past
            raise RenewalTooLate(until)
        # Counted from the later of both ends, a second Enter would add another period.
        if until <= patron.expires_on or self._renewal_of_today(patron_id) is not None:
            raise ValidLonger(patron.expires_on)
        proofs = PROOFS[patron.residency]
        if patron.linked_on is None:
            proofs = tuple(proof for proof in proofs if proof is not Proof.MYNUMBER_CARD)
        return Offer(patron, until, proofs)

    def _renew(self, patron_id: int, seen: _Seen, offered: date) -> PatronView:
        offer = self._offer(patron_id)
        if seen.proof not in offer.proofs or offer.expires_on != offered:
            raise NotConfirmed
        require_current(seen.proof, seen.dated, today(self._clock), self.terms.proof_days)
        now = self._clock.now()
        self._take_over(offer.patron, seen, now)
        Patron.update(expires_on=offered).where(Patron.id == patron_id).execute()
        before = offer.patron.expires_on
        kind, reason = ValidityKind.COUNTER, seen.proof.value
        record_validity(self._place, now, patron_id, before, offered, kind, reason, seen.dated)
        record(self._place, now, Action.RENEW_VALIDITY, patron_id, reason)
        return load_patron(patron_id, today(self._clock))

    def _take_over(self, patron: PatronView, seen: _Seen, now: datetime) -> None:
        """Write what the card says, if staff wish so; the card must have been compared with what
        stands in the record now."""
        if (seen.proof is Proof.MYNUMBER_CARD) is (seen.checked is None):
            raise NotConfirmed
        if seen.checked is None:
            return
        checked, link = seen.checked, live_link(patron.id)
        if link is None or link.user_identifier != checked.user_identifier:
            raise NotConfirmed  # that card was unlinked meanwhile
        if (patron.id, compared(patron, checked.attributes)) != (
            checked.patron_id,
            checked.comparison,
        ):
            raise NotConfirmed
        if seen.take_over:
            take_over(Patron.get_by_id(patron.id), seen.checked.attributes, seen.take_over)
            fields = ":".join(f"{field}_from_card" for field in sorted(seen.take_over))
            record(self._place, now, Action.CORRECT_RECORD, patron.id, fields)

    def _renewal_of_today(self, patron_id: int) -> ValidityChange | None:
        last: ValidityChange | None = (
            ValidityChange.select()
            .where(ValidityChange.patron == patron_id)
            .order_by(ValidityChange.id.desc())
            .first()
        )
        if (
            last is None
            or last.kind != ValidityKind.COUNTER.value
            or day_of(last.changed_at) != today(self._clock)
        ):
            return None
        return last

    def _undo(self, patron_id: int, reason: UndoReason) -> PatronView:
        last = self._renewal_of_today(patron_id)
        patron = Patron.get_by_id(patron_id)
        if last is None or last.expired_on is None or patron.expires_on != last.expires_on:
            raise RenewalUndoTooLate
        now = self._clock.now()
        Patron.update(expires_on=last.expired_on).where(Patron.id == patron_id).execute()
        undone = (last.expires_on, last.expired_on, ValidityKind.UNDO, reason.value)
        record_validity(self._place, now, patron_id, *undone)
        look_again(patron_id, month_of(now))
        forget_slips("validity", patron_id, last.changed_at, now)
        record(self._place, now, Action.UNDO_RENEWAL, patron_id, reason.value)
        return load_patron(patron_id, today(self._clock))
