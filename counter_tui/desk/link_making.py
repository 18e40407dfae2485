"""The store's side of an enrolment: a link is kept, and at a relink the one before it ends.

All of it happens inside one transaction, whatever another counter does at the same moment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

import peewee

from counter_tui.desk.audit import Action, record
from counter_tui.desk.comparison import Agreement, compare_dates, take_over
from counter_tui.desk.link_records import (
    SCHEME,
    day_of,
    end_link,
    ended_link,
    give_back,
    is_live,
    live_link,
)
from counter_tui.desk.patrons import PatronView, view_patron
from counter_tui.desk.place import PlaceRecord
from counter_tui.errors import (
    BirthDateDiffers,
    CardLinkedToAnother,
    PatronAlreadyLinked,
    PatronLapsed,
    UnlinkReason,
)
from counter_tui.hardware.mynumber_card import SurfaceInfo
from counter_tui.models.tables import CardLink, Patron


@dataclass(frozen=True)
class NewLink:
    """What an enrolment brings to the store.

    Attributes:
        relink: why the patron's present link ends with this one; None: it must not.
        card_key: None for a card that has none.
        take_over: which of "name" and "address" to copy from the card to the record.
    """

    patron_id: int
    relink: UnlinkReason | None
    consented_at: datetime
    terms_version: str
    certificate_ends_on: date
    attributes: SurfaceInfo = field(repr=False)
    card_key: bytes | None = field(repr=False)
    take_over: frozenset[str]


@dataclass(frozen=True)
class Former:
    """The link that a relink has ended, with what giving it back needs; in memory only.

    Attributes:
        reason: why it was ended.
    """

    link_id: int
    user_identifier: str
    reason: UnlinkReason
    card_key: bytes | None = field(repr=False)
    certificate_ends_on: date | None


@dataclass(frozen=True)
class Linked:
    """What the store's transaction did.

    Attributes:
        former: the link that was ended with it, if it has another user identifier.
    """

    patron: PatronView
    ended_reason: UnlinkReason | None
    former: Former | None


class IdentifierWasEnded(Exception):
    """The platform gave the identifier of a link that the store has ended: it lags behind."""


def make_link(
    new: NewLink,
    user_identifier: str,
    enrollment_id: str,
    place: PlaceRecord,
    now: datetime,
) -> Linked:
    """Keep a link; the patron's present one ends with it at a relink. In a transaction only.

    Raises:
        PatronAlreadyLinked, CardLinkedToAnother: another counter was first.
        BirthDateDiffers, PatronLapsed: the record was changed meanwhile.
        IdentifierWasEnded
    """
    attributes = new.attributes
    patron = Patron.get_by_id(new.patron_id)
    # Another counter may have changed the record since the comparison.
    if compare_dates(patron.birth_date, attributes.birth_date) is not Agreement.SAME:
        raise BirthDateDiffers
    if patron.expires_on < day_of(now):
        raise PatronLapsed(patron.expires_on)
    present = live_link(patron.id)
    if present is not None and new.relink is None:
        raise PatronAlreadyLinked(day_of(present.linked_at))
    # The same card may be linked anew, e.g. after a change of what an enrolment keeps.
    same_card = present is not None and present.user_identifier == user_identifier
    if not same_card:
        if is_live(user_identifier):
            raise CardLinkedToAnother
        if ended_link(user_identifier) is not None:
            raise IdentifierWasEnded
    ended_reason = former = None
    if present is not None and new.relink is not None:
        ended_reason = new.relink
        if not same_card:
            former = Former(
                present.id,
                present.user_identifier,
                ended_reason,
                present.card_key,
                present.certificate_ends_on,
            )
        end_link(present, ended_reason, place, now, suspended=False)
        if same_card:
            CardLink.update(unlink_owed_since=None).where(CardLink.id == present.id).execute()
    keys = place.keys()
    try:
        CardLink.create(
            patron=patron,
            user_identifier=user_identifier,
            enrollment_id=enrollment_id,
            card_key=new.card_key,
            certificate_ends_on=new.certificate_ends_on,
            scheme=SCHEME,
            terms_version=new.terms_version,
            consented_at=new.consented_at,
            linked_at=now,
            linked_by=keys.operator_id,
            linked_at_counter=keys.counter_id,
        )
    except peewee.IntegrityError as error:
        # The tables' own guard, should two writers ever get here at once; both were looked
        # for above, so which of the two indexes it was is not worth another question.
        raise CardLinkedToAnother from error
    take_over(patron, attributes, new.take_over)
    view = view_patron(patron, day_of(now))
    if ended_reason is None:
        record(place, now, Action.LINK, patron.id)
    else:
        record(place, now, Action.RELINK, patron.id, ended_reason.value)
    return Linked(view, ended_reason, former)


def take_back(enrollment_id: str, former: Former | None, place: PlaceRecord, now: datetime) -> None:
    """End a link that was just made, and give back the one before it. In a transaction only."""
    link = CardLink.get(CardLink.enrollment_id == enrollment_id)
    end_link(link, UnlinkReason.ERROR, place, now, suspended=False)
    record(place, now, Action.UNLINK, link.patron_id, UnlinkReason.ERROR.value)
    # The card of a link that ended as lost or stolen must not open anything again.
    if former is None or former.reason in (UnlinkReason.LOST, UnlinkReason.STOLEN):
        return
    before = CardLink.get_by_id(former.link_id)
    # Owed: the platform has not heard of its end, so it finds that card as before.
    if before.unlink_owed_since is None or is_live(before.user_identifier):
        return
    give_back(before)
    before.card_key = former.card_key
    before.certificate_ends_on = former.certificate_ends_on
    before.save()
    record(place, now, Action.UNDO_UNLINK, link.patron_id, former.reason.value)


def is_anothers(user_identifier: str, patron_id: int, *, relink: bool) -> bool:
    """Whether a card that is known already stands in the way. In a transaction only.

    Args:
        relink: the patron's own card may be linked anew.
    """
    if not is_live(user_identifier):
        return False
    own = live_link(patron_id)
    return not (relink and own is not None and own.user_identifier == user_identifier)
