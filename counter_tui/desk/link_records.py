"""Links in the store: which one is live, how one ends, and telling the platform that it has.

The store leads. A link is ended there first; what the platform has perhaps not heard yet is
marked (`unlink_owed_since`) until it has. Apart from an undo on the same day, a user identifier
whose link was ended is never live again: an enrolment that is given one asks for another. So
ending it at the platform once more, from wherever and however late, harms nobody.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Final

from counter_tui.clock import TOKYO
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.platform_lane import PlatformLane
from counter_tui.desk.store_lane import StoreLane
from counter_tui.errors import UnlinkReason
from counter_tui.models.tables import CardLink

SCHEME: Final = 1
"""What an enrolment keeps and proves. It is raised when older links should be made anew:
1: the key of the input-support application, where the card gives one."""

LIVE: Final = CardLink.unlinked_at.is_null()


def live_link(patron_id: int) -> CardLink | None:
    """A patron's live link. Inside a transaction only."""
    found: CardLink | None = CardLink.get_or_none(CardLink.patron == patron_id, LIVE)
    return found


def is_live(user_identifier: str) -> bool:
    """Whether a user identifier has a live link. Inside a transaction only."""
    return bool(CardLink.select().where(CardLink.user_identifier == user_identifier, LIVE).exists())


def ended_link(user_identifier: str) -> CardLink | None:
    """The link of a user identifier that ended last, unless one is live. In a transaction only."""
    if is_live(user_identifier):
        return None
    found: CardLink | None = (
        CardLink.select()
        .where(CardLink.user_identifier == user_identifier)
        .order_by(CardLink.unlinked_at.desc(), CardLink.id.desc())
        .first()
    )
    return found


def end_link(
    link: CardLink,
    reason: UnlinkReason,
    place: PlaceRecord,
    now: datetime,
    *,
    suspended: bool,
    keeps_key: bool = False,
) -> None:
    """End a live link. Inside a transaction only.

    Args:
        suspended: the person had the card stopped by telephone.
        keeps_key: an undo may need the card's key and the certificate's end until the day is over.
    """
    keys = place.keys()
    link.unlinked_at = now
    link.unlinked_by_id = keys.operator_id
    link.unlinked_at_counter_id = keys.counter_id
    link.unlink_reason = reason.value
    link.suspension_confirmed = suspended
    link.unlink_owed_since = now
    if not keeps_key:
        link.card_key = link.certificate_ends_on = None
    link.save()


def give_back(link: CardLink) -> None:
    """Make an ended link live again. Inside a transaction only; the caller looks whether the
    patron or the user identifier has another live link, and saves it."""
    link.unlinked_at = link.unlinked_by_id = link.unlinked_at_counter_id = None
    link.unlink_reason = link.suspension_confirmed = link.unlink_owed_since = None


def day_of(instant: datetime) -> date:
    """The date in Asia/Tokyo of an instant."""
    return instant.astimezone(TOKYO).date()


def start_of_day(now: datetime) -> datetime:
    """Midnight in Asia/Tokyo before an instant."""
    return datetime.combine(day_of(now), time.min, TOKYO)


def forget_old_keys(now: datetime) -> None:
    """Delete what links that ended before today kept for an undo. Inside a transaction only."""
    CardLink.update(card_key=None, certificate_ends_on=None).where(
        CardLink.unlinked_at < start_of_day(now),
        CardLink.card_key.is_null(False) | CardLink.certificate_ends_on.is_null(False),
    ).execute()


async def tell_ended(platform: PlatformLane, store: StoreLane, user_identifier: str) -> bool:
    """Let the platform end a link that the store has ended; it is owed no longer then.

    Returns:
        False when the link was given back meanwhile: then the platform has it again, too.

    Raises:
        PlatformUnreachable, StoreUnavailable, StoreTooNew: it stays owed.
    """
    await platform.unlink(user_identifier)
    if await store.transact(_note_told, user_identifier):
        return True
    await platform.restore(user_identifier)
    return False


def _note_told(user_identifier: str) -> bool:
    if is_live(user_identifier):
        return False
    CardLink.update(unlink_owed_since=None).where(
        CardLink.user_identifier == user_identifier, CardLink.unlink_owed_since.is_null(False)
    ).execute()
    return True
