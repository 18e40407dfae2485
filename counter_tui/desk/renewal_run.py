"""The monthly run: validity of library cards, renewed by itself.

Two phases. First every linked patron is looked at and the platform asked for the signature
certificate; that is kept, and nothing is written to any patron. Then, if the fence holds, the
outcomes are written in chunks. See `desk.renewal_records` for what makes it safe to be broken off.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from counter_tui.clock import Clock
from counter_tui.desk import renewal_records as records
from counter_tui.desk.auto_renewal import (
    Check,
    Decision,
    NotRenewed,
    RenewalPolicy,
    Renewed,
    decide,
    needs_no_status,
)
from counter_tui.desk.link_records import day_of
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.platform_lane import PlatformLane
from counter_tui.desk.renewal_records import FollowUp, LastOutcome, Listed
from counter_tui.desk.store_lane import StoreLane
from counter_tui.errors import FenceHolds, NoRenewalRun

_LOOKED_AT: Final = 500
"""Patrons whose certificates are asked for at a time; a run that is broken off loses so many."""

_WRITTEN: Final = 200
"""Patrons in one transaction of phase two: other counters wait for it, some 20 ms."""

_READ: Final = 5_000
"""Rows in one transaction that only reads, or lists: some 50 ms."""

_FENCE_FROM: Final = 10
"""So few refusals are no sign of anything: a small library is not stopped by three of ten."""


class Phase(Enum):
    """What a run is doing."""

    LISTING = "listing"
    LOOKING = "looking"
    ASKING_AGAIN = "asking_again"
    WRITING = "writing"


@dataclass(frozen=True)
class Progress:
    """How far a phase has come, in patrons."""

    phase: Phase
    done: int
    total: int


Report = Callable[[Progress], None]


@dataclass(frozen=True)
class Prospect:
    """What a run would write, or has written.

    Attributes:
        month: "2026-11"; that of the run's beginning.
        renewed: how many patrons' library cards.
        reasons: how many keep their validity, by reason.
    """

    month: str
    renewed: int
    reasons: dict[NotRenewed, int] = field(default_factory=dict)

    @property
    def patrons(self) -> int:
        """All patrons with a linked card."""
        return self.renewed + sum(self.reasons.values())

    @property
    def at_counter(self) -> int:
        """Who has to come to the counter to renew."""
        return sum(count for reason, count in self.reasons.items() if reason.needs_counter)

    @property
    def open(self) -> int:
        """About whom nobody could say anything; asked again by the next run of the month."""
        return sum(count for reason, count in self.reasons.items() if reason.is_open)

    @property
    def asked(self) -> int:
        """For whom the platform was asked."""
        return self.patrons - sum(self.reasons.get(reason, 0) for reason in _NOT_ASKED)

    @property
    def refused(self) -> int:
        """For whom the platform gave no good answer."""
        return self.asked - self.renewed - self.reasons.get(NotRenewed.VALID_LONGER, 0)

    @property
    def refused_percent(self) -> float:
        """Their share of those who were asked for, from 0 to 100."""
        return 100 * self.refused / self.asked if self.asked else 0.0


_NOT_ASKED: Final = (NotRenewed.NOT_LINKED, NotRenewed.NEEDS_PROOF, NotRenewed.LAPSED)


class RenewalRuns:
    """Carries out the run of a month."""

    def __init__(
        self,
        store: StoreLane,
        platform: PlatformLane,
        clock: Clock,
        place: PlaceRecord,
        policy: RenewalPolicy,
        fence_percent: int,
    ) -> None:
        """Args:
        fence_percent: a run that would refuse a larger share of those asked for stops.
        """
        self._store = store
        self._platform = platform
        self._clock = clock
        self._place = place
        self._policy = policy
        self.fence_percent = fence_percent

    # ---------------------------------------------------------------------- without writing

    async def rehearse(self, report: Report) -> Prospect:
        """Look at everybody and decide as a run would; nothing is kept, nothing is written.

        Raises:
            StoreUnavailable, StoreTooNew
        """
        month = records.month_of(self._clock.now())
        tally: Tally[Decision | None] = Tally()
        total = await self._store.transact(records.count_linked)
        async for listed in self._chunks(records.linked_patrons):
            checks = await self._checks(listed)
            again = [one for one in listed if _in_vain(checks[one.patron_id])]
            checks |= await self._checks(again)
            for one in listed:
                tally[self._foreseen(one, checks[one.patron_id])] += 1
            report(Progress(Phase.LOOKING, tally.total(), total))
        return _prospect(month, tally)

    # -------------------------------------------------------------------------- phase one

    async def look(self, report: Report) -> Prospect:
        """List who is linked, ask for their certificates, keep the answers: phase one.

        Goes on where an earlier run of the month ended; asks again about whom nobody could say
        anything, once more in this run and once in each later one.

        Raises:
            StoreUnavailable, StoreTooNew: what was kept stays; begin again.
        """
        now = self._clock.now()
        run_id = await self._store.transact(records.begin, self._place, now, self._policy)
        after: int | None = 0
        while after is not None:
            after = await self._store.transact(records.enlist, run_id, after, _READ)
        total = await self._store.transact(records.count_listed, run_id)
        report(Progress(Phase.LISTING, total, total))
        await self._ask(run_id, total, Phase.LOOKING, report)
        await self._ask(run_id, total, Phase.ASKING_AGAIN, report)
        return await self._prospect(run_id, records.month_of(now))

    async def _ask(self, run_id: int, total: int, phase: Phase, report: Report) -> None:
        again = phase is Phase.ASKING_AGAIN
        done = 0

        def next_chunk(after: int, at_a_time: int) -> list[Listed]:
            return records.to_look_at(run_id, after, at_a_time, again=again)

        async for listed in self._chunks(next_chunk):
            checks = await self._checks(listed)
            at = self._clock.now()
            kept = list(checks.items())
            await self._store.transact(records.keep_checks, run_id, kept, at, again=again)
            done += len(listed)
            report(Progress(phase, done, total))

    # -------------------------------------------------------------------------- phase two

    async def write(self, month: str, report: Report, fence_percent: int | None = None) -> Prospect:
        """Write what phase one has found: phase two.

        Args:
            month: of phase one, which may have begun before midnight: "2026-11".
            fence_percent: in place of the setting, for this once.

        Returns:
            What stands now.

        Raises:
            NoRenewalRun: there was no phase one in this month.
            FenceHolds: too many would be refused; nothing was written.
            StoreUnavailable, StoreTooNew: whole chunks stay; begin again.
        """
        run_id = await self._run(month)
        fence = self.fence_percent if fence_percent is None else fence_percent
        foreseen = await self._prospect(run_id, month)
        if foreseen.refused >= _FENCE_FROM and foreseen.refused_percent > fence:
            raise FenceHolds(foreseen.refused, foreseen.asked, fence)
        after: int | None = 0
        done = 0
        while after is not None:
            now = self._clock.now()
            after = await self._store.transact(
                records.settle, self._place, run_id, after, _WRITTEN, now, self._policy
            )
            done = min(done + _WRITTEN, foreseen.patrons)
            report(Progress(Phase.WRITING, done, foreseen.patrons))
        return await self._prospect(run_id, month)

    # ---------------------------------------------------------------------------- after it

    async def follow_ups(self, month: str) -> list[FollowUp]:
        """For whom of a month somebody has something to do, by their internal number.

        Raises:
            NoRenewalRun: there was no run in this month.
            StoreUnavailable
        """
        run_id = await self._run(month)
        found: list[FollowUp] = []
        while chunk := await self._store.transact(
            records.follow_ups, run_id, found[-1].patron_id if found else 0, _READ
        ):
            found += chunk
        return found

    async def last_outcome(self, patron_id: int) -> LastOutcome | None:
        """What the newest run says of a patron.

        Raises:
            StoreUnavailable
        """
        return await self._store.transact(records.last_outcome, patron_id)

    # ------------------------------------------------------------------------------ inside

    async def _run(self, month: str) -> int:
        run = await self._store.transact(records.run_of, month)
        if run is None:
            raise NoRenewalRun(month)
        return int(run.id)

    async def _chunks(
        self, next_chunk: Callable[[int, int], list[Listed]]
    ) -> AsyncIterator[list[Listed]]:
        after = 0
        while chunk := await self._store.transact(next_chunk, after, _LOOKED_AT):
            yield chunk
            after = chunk[-1].patron_id

    async def _checks(self, listed: Sequence[Listed]) -> dict[int, Check | None]:
        """Ask the platform about those of whom it has to be asked."""
        now = self._clock.now()
        asked = {
            one.user_identifier: one.patron_id
            for one in listed
            if one.user_identifier is not None
            and needs_no_status(one.candidate, day_of(now)) is None
        }
        checks: dict[int, Check | None] = dict.fromkeys([one.patron_id for one in listed])
        if asked:
            for identifier, status in await self._platform.signature_statuses(list(asked)):
                checks[asked[identifier]] = Check(status.word, now)
        return checks

    def _foreseen(self, one: Listed, check: Check | None) -> Decision | None:
        now = self._clock.now()
        if check is None:
            return needs_no_status(one.candidate, day_of(now)) or NotRenewed.STALE
        decision = decide(one.candidate, check, now, self._policy)
        return None if isinstance(decision, Renewed) else decision

    async def _prospect(self, run_id: int, month: str) -> Prospect:
        tally: Tally[Decision | None] = Tally()
        after: int | None = 0
        while after is not None:
            now = self._clock.now()
            chunk, after = await self._store.transact(
                records.prospects, run_id, after, _READ, now, self._policy
            )
            tally += chunk
        return _prospect(month, tally)


def _in_vain(check: Check | None) -> bool:
    return check is not None and check.word.value in records.ASKED_IN_VAIN


def _prospect(month: str, tally: Tally[Decision | None]) -> Prospect:
    reasons = {reason: count for reason, count in tally.items() if isinstance(reason, NotRenewed)}
    return Prospect(month, tally[None], reasons)
