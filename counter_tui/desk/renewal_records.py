"""What is kept of a month's automatic renewal. All functions: inside a transaction only.

One row a patron and month (a constraint), so that a run can be ended anywhere, carried on later,
or carried out by two machines at once, without anything being done twice:

    listed      checked_at is null                    the patron is to be looked at
    looked at   checked_at is set, outcome is null    phase one: no patron was written to
    settled     outcome is set                        phase two: written with the patron
    open        outcome is set, and of the kind that is asked again (`NotRenewed.is_open`)

Each change asks for the state that it comes from; who comes second changes nothing.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from counter_tui.desk.audit import Action, record
from counter_tui.desk.auto_renewal import (
    Candidate,
    Check,
    Decision,
    NotRenewed,
    RenewalPolicy,
    Renewed,
    decide,
    needs_no_status,
)
from counter_tui.desk.link_records import LIVE, day_of
from counter_tui.desk.patrons import ResidencyClass
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.validity_changes import ValidityKind, record_validities
from counter_tui.identity.platform import StatusWord
from counter_tui.models.tables import (
    CardLink,
    Patron,
    RenewalOutcome,
    RenewalRun,
    ValidityChange,
    update_row,
)

RENEWED: Final = "renewed"
"""The outcome of somebody whose library card was renewed; the others are `NotRenewed`'s."""

_OPEN: Final = [reason.value for reason in NotRenewed if reason.is_open]

ASKED_IN_VAIN: Final = [StatusWord.UNKNOWN.value, StatusWord.UNREACHABLE.value]


@dataclass(frozen=True)
class Listed:
    """A patron to be looked at.

    Attributes:
        user_identifier: None when no card is linked any more.
    """

    patron_id: int
    candidate: Candidate
    user_identifier: str | None = field(repr=False)


@dataclass(frozen=True)
class FollowUp:
    """Somebody for whom the counter, or the next run, has something to do."""

    patron_id: int
    library_card_number: str = field(repr=False)
    name: str = field(repr=False)
    kana: str = field(repr=False)
    telephone: str = field(repr=False)
    expires_on: date
    reason: NotRenewed


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


# --------------------------------------------------------------------------------- the month


def month_of(now: datetime) -> str:
    """The month in Asia/Tokyo, as "2026-11"."""
    return f"{day_of(now):%Y-%m}"


def run_of(month: str) -> RenewalRun | None:
    """The run of a month, if somebody has begun it."""
    found: RenewalRun | None = RenewalRun.get_or_none(RenewalRun.month == month)
    return found


def begin(place: PlaceRecord, now: datetime, policy: RenewalPolicy) -> int:
    """The run of this month, made when it is not there, and what is asked again put back.

    Returns:
        Its row. The month stays that of the beginning, however long the run takes.
    """
    keys = place.keys()
    run, _ = RenewalRun.get_or_create(
        month=month_of(now),
        defaults={
            "started_at": now,
            "started_by": keys.operator_id,
            "started_at_counter": keys.counter_id,
        },
    )
    too_old = now - policy.max_check_age
    RenewalOutcome.update(word=None, checked_at=None, outcome=None).where(
        RenewalOutcome.run == run,
        RenewalOutcome.outcome.in_(_OPEN)
        | (RenewalOutcome.outcome.is_null() & (RenewalOutcome.checked_at < too_old)),
    ).execute()
    return int(run.id)


def enlist(run_id: int, after: int, at_a_time: int) -> int | None:
    """List the next patrons with a live link who are not listed yet.

    Returns:
        Where to go on, or None: all are listed.
    """
    found: Any = (
        CardLink.select(CardLink.patron)
        .where(LIVE, CardLink.patron > after)
        .order_by(CardLink.patron)
        .limit(at_a_time)
        .tuples()
    )
    linked = [patron_id for (patron_id,) in found]
    if not linked:
        return None
    rows = [(run_id, patron_id) for patron_id in linked]
    columns = [RenewalOutcome.run, RenewalOutcome.patron]
    RenewalOutcome.insert_many(rows, fields=columns).on_conflict_ignore().execute()
    return int(linked[-1])


def count_listed(run_id: int) -> int:
    """How many patrons stand in a run."""
    return int(RenewalOutcome.select().where(RenewalOutcome.run == run_id).count())


def count_open(month: str) -> int:
    """How many patrons of a month's run, if it was begun, have still to be asked about."""
    outcome = RenewalOutcome
    return int(
        outcome.select()
        .join(RenewalRun)
        .where(RenewalRun.month == month, outcome.outcome.is_null() | outcome.outcome.in_(_OPEN))
        .count()
    )


# ------------------------------------------------------------------- phase one: looking


def to_look_at(run_id: int, after: int, at_a_time: int, *, again: bool) -> list[Listed]:
    """The next patrons of a run who were not looked at, by their internal number.

    Args:
        again: instead those about whom nobody could say anything a moment ago.
    """
    outcome = RenewalOutcome
    asked_in_vain = outcome.word.in_(ASKED_IN_VAIN) & outcome.outcome.is_null()
    state = asked_in_vain if again else outcome.checked_at.is_null()
    return _listed(
        RenewalOutcome.select(
            outcome.patron, Patron.residency, Patron.expires_on, CardLink.user_identifier
        )
        .join(Patron)
        .join(CardLink, "LEFT JOIN", on=(CardLink.patron == Patron.id) & LIVE)
        .where(outcome.run == run_id, outcome.patron > after, state)
        .order_by(outcome.patron)
        .limit(at_a_time)
        .tuples()
    )


def linked_patrons(after: int, at_a_time: int) -> list[Listed]:
    """The next patrons with a live link, without a run: for a rehearsal."""
    return _listed(
        CardLink.select(
            CardLink.patron, Patron.residency, Patron.expires_on, CardLink.user_identifier
        )
        .join(Patron)
        .where(LIVE, CardLink.patron > after)
        .order_by(CardLink.patron)
        .limit(at_a_time)
        .tuples()
    )


def count_linked() -> int:
    """How many patrons have a live link."""
    return int(CardLink.select().where(LIVE).count())


def _listed(rows: Any) -> list[Listed]:
    return [
        Listed(
            patron_id,
            Candidate(ResidencyClass(residency), expires_on, identifier is not None),
            identifier,
        )
        for patron_id, residency, expires_on, identifier in rows
    ]


def count_to_look_at(run_id: int, *, again: bool) -> int:
    """How many patrons of a run `to_look_at` would give, one chunk after the other."""
    outcome = RenewalOutcome
    asked_in_vain = outcome.word.in_(ASKED_IN_VAIN) & outcome.outcome.is_null()
    state = asked_in_vain if again else outcome.checked_at.is_null()
    return int(RenewalOutcome.select().where(outcome.run == run_id, state).count())


def count_unsettled(run_id: int) -> int:
    """How many patrons of a run have no outcome yet."""
    return int(
        RenewalOutcome.select()
        .where(RenewalOutcome.run == run_id, RenewalOutcome.outcome.is_null())
        .count()
    )


def keep_checks(
    run_id: int, checked: Sequence[tuple[int, Check | None]], at: datetime, *, again: bool
) -> None:
    """Keep what was found out, unless another machine has been faster.

    Args:
        checked: internal numbers; None: nothing had to be asked of this patron.
        again: as in `to_look_at`.
    """
    state = "word IN ('unknown', 'unreachable')" if again else "checked_at IS NULL"
    connected = RenewalOutcome._meta.database
    value = connected.param
    # Once a patron: peewee would build the statement anew each time, which takes longer.
    statement = (
        f"UPDATE renewal_outcome SET word = {value}, checked_at = {value}"  # noqa: S608  ours
        f" WHERE run_id = {value} AND patron_id = {value} AND outcome IS NULL AND {state}"
    )
    for patron_id, check in checked:
        word = None if check is None else check.word.value
        instant = RenewalOutcome.checked_at.db_value(at if check is None else check.checked_at)
        connected.execute_sql(statement, (word, instant, run_id, patron_id))


# ------------------------------------------------------------------ phase two: writing


def prospects(
    run_id: int, after: int, at_a_time: int, now: datetime, policy: RenewalPolicy
) -> tuple[Tally[Decision | None], int | None]:
    """What would become, or has become, of the next patrons; nothing is written.

    Returns:
        How many of each; renewals count as one kind, None. And where to go on, or None.
    """
    rows = _rows(run_id, after, at_a_time)
    tally: Tally[Decision | None] = Tally()
    for row in rows:
        decision = row.settled if row.settled is not None else row.decide(now, policy)
        tally[None if isinstance(decision, Renewed) else decision] += 1
    return tally, (rows[-1].patron_id if len(rows) == at_a_time else None)


def settle(
    place: PlaceRecord,
    run_id: int,
    after: int,
    at_a_time: int,
    now: datetime,
    policy: RenewalPolicy,
) -> int | None:
    """Write the outcomes of the next patrons: library card, history, outcome and audit at once.

    Each is decided anew on what the store says at this moment: a link that has ended since, or
    a class that was changed, counts.

    Returns:
        Where to go on, or None: all are settled.
    """
    rows = _rows(run_id, after, at_a_time)
    renewed: list[tuple[int, date, date]] = []
    for row in rows:
        if row.settled is not None:
            continue
        decision = row.decide(now, policy)
        if isinstance(decision, Renewed):
            before, after_it = row.candidate.expires_on, decision.expires_on
            update_row(Patron, row.patron_id, {"expires_on": after_it})
            renewed.append((row.patron_id, before, after_it))
            word = RENEWED
        else:
            word = decision.value
        update_row(RenewalOutcome, row.outcome_id, {"outcome": word})
    if renewed:
        record_validities(place, now, renewed, ValidityKind.AUTOMATIC)
        record(place, now, Action.AUTO_RENEWAL, amount=len(renewed))
    return rows[-1].patron_id if len(rows) == at_a_time else None


@dataclass(frozen=True)
class _Row:
    """One patron of a run who was looked at.

    Attributes:
        settled: what was written before; None: nothing yet.
    """

    outcome_id: int
    patron_id: int
    word: StatusWord | None
    checked_at: datetime
    settled: Decision | None
    candidate: Candidate

    def decide(self, now: datetime, policy: RenewalPolicy) -> Decision:
        """The promise's word on what the store says now."""
        if self.word is not None:
            return decide(self.candidate, Check(self.word, self.checked_at), now, policy)
        # Nothing was asked; when something has to be by now, the next run does.
        return needs_no_status(self.candidate, day_of(self.checked_at)) or NotRenewed.STALE


def _rows(run_id: int, after: int, at_a_time: int) -> list[_Row]:
    outcome = RenewalOutcome
    found: Any = (
        RenewalOutcome.select(
            outcome.id,
            outcome.patron,
            outcome.word,
            outcome.checked_at,
            outcome.outcome,
            Patron.residency,
            Patron.expires_on,
            CardLink.id,
        )
        .join(Patron)
        .join(CardLink, "LEFT JOIN", on=(CardLink.patron == Patron.id) & LIVE)
        .where(outcome.run == run_id, outcome.patron > after, outcome.checked_at.is_null(False))
        .order_by(outcome.patron)
        .limit(at_a_time)
        .tuples()
    )
    return [
        _Row(
            outcome_id,
            patron_id,
            None if word is None else StatusWord(word),
            checked_at,
            _settled(said, expires_on, checked_at),
            Candidate(ResidencyClass(residency), expires_on, link_id is not None),
        )
        for (
            outcome_id, patron_id, word, checked_at, said, residency, expires_on, link_id,
        ) in found
    ]  # fmt: skip


def _settled(said: str | None, expires_on: date, checked_at: datetime) -> Decision | None:
    if said is None:
        return None
    if said == RENEWED:
        return Renewed(expires_on, day_of(checked_at))
    return NotRenewed(said)


# ------------------------------------------------------------------------------- after it


def follow_ups(
    run_id: int, after: int, at_a_time: int, now: datetime, policy: RenewalPolicy
) -> tuple[list[FollowUp], int | None]:
    """Who of the next patrons was not, or would not be, renewed and is not usable as long anyway.

    Returns:
        These, and where to go on, or None.
    """
    rows = _rows(run_id, after, at_a_time)
    reasons: dict[int, NotRenewed] = {}
    for row in rows:
        decision = row.settled if row.settled is not None else row.decide(now, policy)
        if isinstance(decision, NotRenewed) and decision is not NotRenewed.VALID_LONGER:
            reasons[row.patron_id] = decision
    found = [
        FollowUp(
            patron.id,
            patron.library_card_number,
            patron.name,
            patron.kana,
            patron.telephone,
            patron.expires_on,
            reasons[patron.id],
        )
        for patron in Patron.select().where(Patron.id.in_(list(reasons))).order_by(Patron.id)
    ]
    return found, (rows[-1].patron_id if len(rows) == at_a_time else None)


def last_outcome(patron_id: int) -> LastOutcome | None:
    """What the newest run that has settled this patron says; None: no run has."""
    row = _newest_outcome(patron_id)
    return None if row is None else _as_outcome(row)


def standing_outcome(patron_id: int) -> LastOutcome | None:
    """The same, unless the validity was set at a counter or by an import since: None."""
    row = _newest_outcome(patron_id)
    if row is None:
        return None
    set_otherwise = [ValidityKind.COUNTER.value, ValidityKind.IMPORT.value]
    newest = (
        ValidityChange.select(ValidityChange.kind, ValidityChange.changed_at)
        .where(ValidityChange.patron == patron_id)
        .order_by(ValidityChange.id.desc())
        .first()
    )
    if newest is not None and newest.kind in set_otherwise and newest.changed_at >= row.checked_at:
        return None
    return _as_outcome(row)


def _newest_outcome(patron_id: int) -> RenewalOutcome | None:
    found: RenewalOutcome | None = (
        RenewalOutcome.select(RenewalOutcome, RenewalRun)
        .join(RenewalRun)
        .where(RenewalOutcome.patron == patron_id, RenewalOutcome.outcome.is_null(False))
        .order_by(RenewalRun.month.desc())
        .first()
    )
    return found


def _as_outcome(row: RenewalOutcome) -> LastOutcome:
    reason = None if row.outcome == RENEWED else NotRenewed(row.outcome)
    return LastOutcome(row.run.month, day_of(row.checked_at), reason)
