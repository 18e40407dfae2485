"""What came of a month's automatic renewal: whom the counter has to do with, what stands of whom.

All functions: inside a transaction only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from peewee import fn

from counter_tui.desk.auto_renewal import NotRenewed, RenewalPolicy
from counter_tui.desk.link_records import day_of, live_link
from counter_tui.desk.renewal_records import RENEWED, rows_of
from counter_tui.desk.validity_changes import ValidityKind
from counter_tui.identity.freshness import MAX_CLOCK_SKEW
from counter_tui.models.tables import Patron, RenewalOutcome, RenewalRun, ValidityChange


@dataclass(frozen=True)
class FollowUp:
    """Somebody for whom the counter, or the next run, has something to do.

    Attributes:
        is_written: the run has said so; else it would.
    """

    patron_id: int
    library_card_number: str = field(repr=False)
    name: str = field(repr=False)
    kana: str = field(repr=False)
    telephone: str = field(repr=False)
    expires_on: date
    reason: NotRenewed
    is_written: bool


@dataclass(frozen=True)
class LastOutcome:
    """What the newest run has said of a patron.

    Attributes:
        month: "2026-11".
        reason: why it was not renewed; None: it was.
    """

    month: str
    checked_on: date
    reason: NotRenewed | None


def follow_ups(
    run_id: int, after: int, at_a_time: int, now: datetime, policy: RenewalPolicy
) -> tuple[list[FollowUp], int | None]:
    """Who of the next patrons was not, or would not be, renewed and is not usable as long anyway.

    Nor whose validity was set at a counter or by an import since, nor who was refused for a card
    that another one has taken the place of.

    Returns:
        These, and where to go on, or None.
    """
    rows = rows_of(run_id, after, at_a_time)
    reasons: dict[int, tuple[NotRenewed, bool]] = {}
    set_otherwise = _set_otherwise([row.patron_id for row in rows])
    for row in rows:
        decision = row.settled if row.settled is not None else row.decide(now, policy)
        done = row.patron_id in set_otherwise and set_otherwise[row.patron_id] >= row.checked_at
        done = done or (row.settled is not None and row.is_of_another_card)
        if (
            isinstance(decision, NotRenewed)
            and decision is not NotRenewed.VALID_LONGER
            and not done
        ):
            reasons[row.patron_id] = (decision, row.settled is not None)
    found = [
        FollowUp(
            patron.id,
            patron.library_card_number,
            patron.name,
            patron.kana,
            patron.telephone,
            patron.expires_on,
            *reasons[patron.id],
        )
        for patron in Patron.select().where(Patron.id.in_(list(reasons))).order_by(Patron.id)
    ]
    return found, (rows[-1].patron_id if len(rows) == at_a_time else None)


def _set_otherwise(patron_ids: Sequence[int]) -> dict[int, datetime]:
    """Of these patrons, whose validity was last set at a counter or by an import, and when."""
    newest = (
        ValidityChange.select(fn.MAX(ValidityChange.id))
        .where(ValidityChange.patron.in_(patron_ids))
        .group_by(ValidityChange.patron)
    )
    changes: Any = (
        ValidityChange.select(ValidityChange.patron, ValidityChange.changed_at)
        .where(
            ValidityChange.id.in_(newest),
            ValidityChange.kind.in_([ValidityKind.COUNTER.value, ValidityKind.IMPORT.value]),
        )
        .tuples()
    )
    return dict(changes)


def standing_outcome(patron_id: int, now: datetime) -> LastOutcome | None:
    """What the newest run that has settled this patron says, while it still says something: None.

    Not when the validity was set at a counter or by an import since, nor a reason that speaks of a
    card which is linked no more, nor what a clock has written that was wrong.
    """
    outcome = RenewalOutcome
    row = (
        outcome.select(outcome, RenewalRun)
        .join(RenewalRun)
        .where(
            outcome.patron == patron_id,
            outcome.outcome.is_null(False),
            outcome.checked_at <= now + MAX_CLOCK_SKEW,
        )
        .order_by(RenewalRun.month.desc())
        .first()
    )
    if row is None:
        return None
    set_at = _set_otherwise([patron_id]).get(patron_id)
    if set_at is not None and set_at >= row.checked_at:
        return None
    reason = None if row.outcome == RENEWED else NotRenewed(row.outcome)
    if reason is not None:
        link = live_link(patron_id)
        if link is None or link.linked_at > row.checked_at:
            return None
    return LastOutcome(row.run.month, day_of(row.checked_at), reason)
