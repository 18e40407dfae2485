"""What is kept of a month's automatic renewal. All functions: inside a transaction only.

One row a patron and month (a constraint), so that a run can be ended anywhere, carried on later,
or carried out by two machines at once, without anything being done twice:

    listed      checked_at is null                    the patron is to be looked at
    looked at   checked_at is set, outcome is null    phase one: no patron was written to
    settled     outcome is set                        phase two: written with the patron
    open        outcome is set, and of the kind that is asked again (`NotRenewed.is_open`)

A look keeps what it finds only where nobody was faster; the writing decides on rows that it reads
in its own transaction. So whoever comes second changes nothing.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple, TypeAlias

from peewee import Case, fn

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
from counter_tui.errors import MonthToCome, NoRenewalRun
from counter_tui.identity.platform import StatusWord
from counter_tui.models.tables import (
    CardLink,
    Patron,
    RenewalOutcome,
    RenewalRun,
    update_row,
)

RENEWED: Final = "renewed"
"""The outcome of somebody whose library card was renewed; the others are `NotRenewed`'s."""

_OPEN: Final = [reason.value for reason in NotRenewed if reason.is_open]

_NOT_LOOKED_AT: Final = {"word": None, "checked_at": None, "outcome": None, "look_began_at": None}
"""A patron who was listed, and nothing more."""

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

    Asked again are: what stayed open; what is not written yet and is too old, or from the future;
    a patron with another card since; and all of an earlier look that came to its end and of which
    nothing is written: the fence held it, and the cause may have been mended.

    Returns:
        Its row. The month stays that of the beginning, however long the run takes.

    Raises:
        MonthToCome: there is a run of a month that is still to come, by this clock.
    """
    require_no_month_to_come(now)
    keys = place.keys()
    run, _ = RenewalRun.get_or_create(
        month=month_of(now),
        defaults={
            "started_at": now,
            "started_by": keys.operator_id,
            "started_at_counter": keys.counter_id,
        },
    )
    outcome = RenewalOutcome
    too_old = outcome.checked_at < now - policy.max_check_age
    too_new = outcome.checked_at > now + policy.max_clock_skew
    again = outcome.outcome.in_(_OPEN) | (outcome.outcome.is_null() & (too_old | too_new))
    if not count_to_look_at(run.id, again=False):
        for looked_in_vain in _looked_in_vain(run.id):
            again |= looked_in_vain
    again |= outcome.id.in_(_of_other_cards(run.id))
    outcome.update(_NOT_LOOKED_AT).where(outcome.run == run, again).execute()
    return int(run.id)


def require_no_month_to_come(now: datetime) -> None:
    """Go on only when no month that is still to come was run.

    One of two clocks is wrong, and which cannot be told here: a wrong one in advance would stand
    in the way when that month comes, and one that is behind would write dates that are past.

    Raises:
        MonthToCome
    """
    # A day, because two machines may disagree on which month it is.
    ahead: RenewalRun | None = (
        RenewalRun.select()
        .where(RenewalRun.month > month_of(now), RenewalRun.started_at > now + timedelta(days=1))
        .order_by(RenewalRun.month.desc())
        .first()
    )
    if ahead is not None:
        raise MonthToCome(ahead.month, day_of(now))


def _looked_in_vain(run_id: int) -> Iterator[Any]:
    """A condition for each look of a run of which nothing is written: that was held, or given up.

    Whoever was found good is among them: what is refused is compared with all of one look, and a
    look for the refused alone would hold by itself.
    """
    outcome = RenewalOutcome
    looks: Any = (
        outcome.select(
            outcome.look_began_at, fn.SUM(Case(None, [(outcome.outcome.is_null(False), 1)], 0))
        )
        .where(outcome.run == run_id, outcome.look_began_at.is_null(False))
        .group_by(outcome.look_began_at)
        .tuples()
    )
    for look, written in looks:
        if not written:
            yield outcome.outcome.is_null() & (outcome.look_began_at == look)


def forget(place: PlaceRecord, now: datetime, month: str) -> None:
    """Forget a month's run with all its outcomes; that is accounted for. Dates stay as they are.

    Raises:
        NoRenewalRun: there is none.
    """
    run = run_of(month)
    if run is None:
        raise NoRenewalRun(month)
    amount = count_listed(run.id)
    run.delete_instance()
    record(place, now, Action.FORGET_RUN, reason=month, amount=amount)


def _of_other_cards(run_id: int) -> Any:
    """The rows of patrons who were not renewed and have linked another card since the check."""
    outcome = RenewalOutcome
    return (
        outcome.select(outcome.id)
        .join(CardLink, on=(CardLink.patron == outcome.patron) & LIVE)
        .where(
            outcome.run == run_id,
            outcome.outcome.is_null() | (outcome.outcome != RENEWED),
            CardLink.linked_at > outcome.checked_at,
        )
    )


def look_again(patron_id: int, month: str) -> None:
    """Let the month's next run look at a patron anew, whose validity was set back."""
    run = run_of(month)
    if run is not None:
        RenewalOutcome.update(_NOT_LOOKED_AT).where(
            RenewalOutcome.run == run,
            RenewalOutcome.patron == patron_id,
            RenewalOutcome.outcome == NotRenewed.VALID_LONGER.value,
        ).execute()


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
    run_id: int,
    checked: Sequence[tuple[int, Check | None]],
    at: datetime,
    look_began_at: datetime,
    *,
    again: bool,
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
        f"UPDATE renewal_outcome SET word = {value}, checked_at = {value},"  # noqa: S608  ours
        f" look_began_at = {value} WHERE run_id = {value} AND patron_id = {value}"
        f" AND outcome IS NULL AND {state}"
    )
    look = RenewalOutcome.look_began_at.db_value(look_began_at)
    for patron_id, check in checked:
        word = None if check is None else check.word.value
        instant = RenewalOutcome.checked_at.db_value(at if check is None else check.checked_at)
        connected.execute_sql(statement, (word, instant, look, run_id, patron_id))


# ------------------------------------------------------------------ phase two: writing


Kind: TypeAlias = NotRenewed | None
"""What became of somebody; all renewals are one kind, None."""


def kind_of(decision: Decision) -> Kind:
    """Under what a decision is counted."""
    return None if isinstance(decision, Renewed) else decision


class Counted(NamedTuple):
    """As what a patron is counted.

    Attributes:
        is_written: the outcome stands; else it would be written.
        look: the instant at which that look began in which the patron was looked at; None: the
            present one of a rehearsal.
    """

    kind: Kind
    is_written: bool
    look: datetime | None


def prospects(
    run_id: int, after: int, at_a_time: int, now: datetime, policy: RenewalPolicy
) -> tuple[Tally[Counted], int | None]:
    """What would become, or has become, of the next patrons; nothing is written.

    Returns:
        How many of each; and where to go on, or None.
    """
    rows = rows_of(run_id, after, at_a_time)
    tally: Tally[Counted] = Tally()
    for row in rows:
        decision = row.settled if row.settled is not None else row.decide(now, policy)
        is_written = row.settled is not None
        tally[Counted(kind_of(decision), is_written, row.look)] += 1
    return tally, (rows[-1].patron_id if len(rows) == at_a_time else None)


def settled_for_good(month: str, after: int, at_a_time: int) -> list[tuple[int, Counted]]:
    """What no further run of a month changes, for a rehearsal of it.

    Returns:
        The next patrons of whom that is known, by their internal number. Who is listed and has no
        card any more is among them, though that is not written yet.
    """
    run = run_of(month)
    if run is None:
        return []
    outcome = RenewalOutcome
    for_good = outcome.outcome.is_null(False) & outcome.outcome.not_in(_OPEN)
    unlinked = outcome.outcome.is_null() & CardLink.id.is_null()
    found: Any = (
        outcome.select(outcome.patron, outcome.outcome, outcome.look_began_at)
        .join(CardLink, "LEFT JOIN", on=(CardLink.patron == outcome.patron) & LIVE)
        .where(
            outcome.run == run,
            outcome.patron > after,
            for_good | unlinked,
            outcome.id.not_in(_of_other_cards(run.id)),
        )
        .order_by(outcome.patron)
        .limit(at_a_time)
        .tuples()
    )
    return [
        (
            patron_id,
            Counted(
                _kind_as_kept(said),
                is_written=said is not None,
                look=look,
            ),
        )
        for patron_id, said, look in found
    ]


def _kind_as_kept(said: str | None) -> Kind:
    """Of a settled outcome, or of a patron who has no card any more."""
    if said is None:
        return NotRenewed.NOT_LINKED
    return None if said == RENEWED else NotRenewed(said)


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
    rows = rows_of(run_id, after, at_a_time)
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
class Row:
    """One patron of a run who was looked at.

    Attributes:
        settled: what was written before; None: nothing yet.
        linked_at: since when the present card is linked; None: none is.
        look: see `Counted`.
    """

    outcome_id: int
    patron_id: int
    word: StatusWord | None
    checked_at: datetime
    settled: Decision | None
    linked_at: datetime | None
    look: datetime | None
    candidate: Candidate

    @property
    def is_of_another_card(self) -> bool:
        """Whether a card was looked at that the present one has taken the place of."""
        return self.linked_at is not None and self.linked_at > self.checked_at

    def decide(self, now: datetime, policy: RenewalPolicy) -> Decision:
        """The promise's word on what the store says now."""
        if self.is_of_another_card:
            return NotRenewed.STALE
        if self.word is not None:
            return decide(self.candidate, Check(self.word, self.checked_at), now, policy)
        # Nothing was asked; when something has to be by now, the next run does.
        return needs_no_status(self.candidate, day_of(self.checked_at)) or NotRenewed.STALE


def rows_of(run_id: int, after: int, at_a_time: int) -> list[Row]:
    """The next patrons of a run who were looked at, by their internal number."""
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
            CardLink.linked_at,
            outcome.look_began_at,
        )
        .join(Patron)
        .join(CardLink, "LEFT JOIN", on=(CardLink.patron == Patron.id) & LIVE)
        .where(outcome.run == run_id, outcome.patron > after, outcome.checked_at.is_null(False))
        .order_by(outcome.patron)
        .limit(at_a_time)
        .tuples()
    )
    return [
        Row(
            outcome_id,
            patron_id,
            None if word is None else StatusWord(word),
            checked_at,
            _settled(said, expires_on, checked_at),
            linked_at,
            look,
            Candidate(ResidencyClass(residency), expires_on, linked_at is not None),
        )
        for (
            outcome_id, patron_id, word, checked_at, said, residency, expires_on, linked_at,
            look,
        ) in found
    ]  # fmt: skip


def _settled(said: str | None, expires_on: date, checked_at: datetime) -> Decision | None:
    if said is None:
        return None
    if said == RENEWED:
        return Renewed(expires_on, day_of(checked_at))
    return NotRenewed(said)
