"""The loss desk: ending the link of a card that is not here, and undoing that on the same day."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from counter_tui.clock import Clock, today
from counter_tui.desk.audit import Action, record
from counter_tui.desk.link_records import (
    day_of,
    end_link,
    give_back,
    is_live,
    live_link,
    start_of_day,
    tell_ended,
)
from counter_tui.desk.patrons import PatronView, load_patron
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.platform_lane import PlatformLane
from counter_tui.desk.receipts import Receipts
from counter_tui.desk.slip_records import forget_slips
from counter_tui.desk.store_lane import StoreLane
from counter_tui.errors import (
    CardLinkedToAnother,
    NameDiffers,
    NothingToUndo,
    NotSupervisor,
    PatronAlreadyLinked,
    PatronNotLinked,
    PlatformUnreachable,
    StoreUnavailable,
    UndoReason,
    UnlinkReason,
)
from counter_tui.folding import fold_name
from counter_tui.models.tables import CardLink, Patron

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LossContact:
    """Where a lost My Number card is stopped, as staff read it out.

    Attributes:
        telephone: of the state.
        hours: when it answers questions.
        suspension_hours: when a card can be stopped there.
    """

    telephone: str
    hours: str
    suspension_hours: str


@dataclass(frozen=True)
class EndedLink:
    """The end of a patron's last link.

    Attributes:
        on: the day in Asia/Tokyo.
        at: branch and counter. by: the operator.
    """

    on: date
    reason: UnlinkReason
    at: str
    by: str


@dataclass(frozen=True)
class LossCase:
    """Whose card it is about.

    Attributes:
        ended: None while the link is live, so that it can be ended.
    """

    patron: PatronView
    ended: EndedLink | None


@dataclass(frozen=True)
class Unlinked:
    """The link is ended, on disk: the card opens nothing from now on.

    Attributes:
        on: the day in Asia/Tokyo.
        job_number: of the slip, or None without a printer.
        platform_told: False when the platform could not be told yet; the terminal goes on trying
            by itself, and a touch is refused meanwhile all the same.
    """

    patron: PatronView
    on: date
    reason: UnlinkReason
    job_number: int | None
    platform_told: bool


class Unlinking:
    """Ends links. Loans and library card stay as they are.

    A link that was ended by mistake can be given back on the same day: the wrong patron's, who is
    not here, and whose card cannot be touched. Therefore the card's key, which is a public one,
    and the certificate's end stay in the ended row until the day is over. No touch is let in by
    them: an ended link is found by none.
    """

    def __init__(
        self,
        platform: PlatformLane,
        store: StoreLane,
        clock: Clock,
        place: PlaceRecord,
        receipts: Receipts,
        contact: LossContact,
        supervisors: Collection[str],
    ) -> None:
        self._platform = platform
        self._store = store
        self._clock = clock
        self._place = place
        self._receipts = receipts
        self.contact = contact
        self._supervisors = frozenset(supervisors)

    @property
    def may_undo(self) -> bool:
        """Whether whoever works at this terminal is a supervisor."""
        return self._place.place.operator in self._supervisors

    async def open(self, patron_id: int) -> LossCase:
        """Begin a case: the patron, and the link's end if there was one already.

        Raises:
            PatronNotLinked: this patron never had a link, or the record is gone.
            StoreUnavailable
        """
        return await self._store.transact(_open, patron_id, today(self._clock))

    async def unlink(
        self, patron_id: int, reason: UnlinkReason, *, card_suspended: bool, typed_name: str
    ) -> Unlinked:
        """End a patron's link. When this returns it is ended on disk; the slip is queued.

        Args:
            card_suspended: the person had the card stopped by telephone.
            typed_name: the patron's whole name or its reading, typed for confirmation; blanks,
                widths, kinds of kana and old forms of characters do not matter.

        Raises:
            NameDiffers, PatronNotLinked, StoreUnavailable: nothing was written.
        """
        user_identifier, patron = await self._store.transact(
            self._end, patron_id, reason, card_suspended, typed_name
        )
        platform_told = True
        try:
            await tell_ended(self._platform, self._store, user_identifier)
        except (PlatformUnreachable, StoreUnavailable):
            # The store leads; reconciliation tells the platform later.
            log.warning("link ended, but the platform has not heard of it yet")
            platform_told = False
        try:
            job_number = await self._receipts.queue_unlinking(patron_id)
        except StoreUnavailable:
            log.warning("link ended, but its slip could not be queued")
            job_number = None
        return Unlinked(patron, today(self._clock), reason, job_number, platform_told)

    async def undo(self, patron_id: int, reason: UndoReason) -> PatronView:
        """Give back the link that was ended last, if that was today.

        Args:
            reason: goes into the audit trail.

        Raises:
            NotSupervisor
            NothingToUndo: none was ended today, or a terminal is just ending it for good.
            PatronAlreadyLinked: the patron has another link since.
            CardLinkedToAnother: the card has another link since.
            PlatformUnreachable, StoreUnavailable: the link stays ended.
        """
        if not self.may_undo:
            raise NotSupervisor(self._place.place.operator)
        link_id, user_identifier = await self._store.transact(self._begin_undo, patron_id)
        if not await self._platform.restore(user_identifier):
            raise CardLinkedToAnother
        return await self._store.transact(self._give_back, link_id, reason)

    def _end(
        self, patron_id: int, reason: UnlinkReason, card_suspended: bool, typed_name: str
    ) -> tuple[str, PatronView]:
        link = live_link(patron_id)
        if link is None:
            raise PatronNotLinked
        patron = Patron.get_by_id(patron_id)
        typed = fold_name(typed_name)
        if not typed or typed not in (fold_name(patron.name), fold_name(patron.kana)):
            raise NameDiffers
        now = self._clock.now()
        end_link(link, reason, self._place, now, suspended=card_suspended, keeps_key=True)
        view = load_patron(patron_id, today(self._clock))
        record(self._place, now, Action.UNLINK, patron_id, reason.value)
        return link.user_identifier, view

    def _begin_undo(self, patron_id: int) -> tuple[int, str]:
        """Mark the link as owed: from here on the platform may have it while the store has not."""
        now = self._clock.now()
        present = live_link(patron_id)
        if present is not None:
            raise PatronAlreadyLinked(day_of(present.linked_at))
        link = _last_link(patron_id)
        # A link that was ended by a relink has no end of its certificate any more.
        if link is None or link.unlinked_at < start_of_day(now) or link.certificate_ends_on is None:
            raise NothingToUndo
        link.unlink_owed_since = now
        link.save()
        return link.id, link.user_identifier

    def _give_back(self, link_id: int, why: UndoReason) -> PatronView:
        link = CardLink.get_by_id(link_id)
        if link.unlinked_at is None or link.unlink_owed_since is None:
            # Another terminal was faster, or has just told the platform that it is ended.
            raise NothingToUndo
        present = live_link(link.patron_id)
        if present is not None:
            raise PatronAlreadyLinked(day_of(present.linked_at))
        if is_live(link.user_identifier):
            raise CardLinkedToAnother
        forget_slips("unlinking", link.patron_id, link.unlinked_at, self._clock.now())
        give_back(link)
        link.save()
        view = load_patron(link.patron_id, today(self._clock))
        record(self._place, self._clock.now(), Action.UNDO_UNLINK, link.patron_id, why.value)
        return view


def _open(patron_id: int, on: date) -> LossCase:
    if live_link(patron_id) is not None:
        return LossCase(load_patron(patron_id, on), None)
    link = _last_link(patron_id)
    if link is None or link.unlinked_at is None or link.unlink_reason is None:
        raise PatronNotLinked
    counter = link.unlinked_at_counter
    return LossCase(
        load_patron(patron_id, on),
        EndedLink(
            on=day_of(link.unlinked_at),
            reason=UnlinkReason(link.unlink_reason),
            at="" if counter is None else f"{counter.branch.name} {counter.name}",
            by="" if link.unlinked_by is None else link.unlinked_by.name,
        ),
    )


def _last_link(patron_id: int) -> CardLink | None:
    """The link that ended last, where none is live. Inside a transaction only."""
    found: CardLink | None = (
        CardLink.select()
        .where(CardLink.patron == patron_id)
        .order_by(CardLink.unlinked_at.desc(), CardLink.id.desc())
        .first()
    )
    return found
