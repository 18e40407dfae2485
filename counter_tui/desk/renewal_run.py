"""The monthly run: validity of library cards, renewed by itself.

Two phases. First every linked patron is looked at and the platform asked for the signature
certificate; that is kept, and nothing is written to any patron. Then, if the fence holds, the
outcomes are written in chunks. See `desk.renewal_records` for what makes it safe to be broken off.
"""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Final

from counter_tui.clock import TOKYO, Clock
from counter_tui.desk import renewal_outcomes as outcomes
from counter_tui.desk import renewal_records as records
from counter_tui.desk.audit import Action, record
from counter_tui.desk.auto_renewal import (
    Check,
    NotRenewed,
    RenewalPolicy,
    decide,
    needs_no_status,
)
from counter_tui.desk.link_records import day_of
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.platform_lane import PlatformLane
from counter_tui.desk.renewal_list import follow_up_list
from counter_tui.desk.renewal_outcomes import FollowUp
from counter_tui.desk.renewal_records import Counted, Kind, Listed
from counter_tui.desk.store_lane import StoreLane
from counter_tui.errors import FenceHolds, ListNotWritten, LookUnfinished, NoRenewalRun

_LOOKED_AT: Final = 500
"""Patrons whose certificates are asked for at a time; a run that is broken off loses so many."""

_WRITTEN: Final = 200
"""Patrons in one transaction of phase two: other counters wait for it, some 20 ms."""

_READ: Final = 5_000
"""Rows in one transaction that only reads, or lists: some 50 ms."""

FENCE_FROM: Final = 10
"""So few refusals are no sign of anything: a small library is not stopped by three of ten."""


class Phase(Enum):
    """What a run is doing."""

    LISTING = "listing"
    LOOKING = "looking"
    ASKING_AGAIN = "asking_again"
    WRITING = "writing"


@dataclass(frozen=True)
class Prospect:
    """What a run would write, or has written.

    Attributes:
        month: "2026-11"; that of the run's beginning.
        renewed: how many patrons' library cards.
        reasons: how many keep their validity, by reason.
        counted: the same by what is written, and by look; for the fence.
    """

    month: str
    renewed: int
    reasons: dict[NotRenewed, int] = field(default_factory=dict)
    counted: Tally[Counted] = field(default_factory=Tally, compare=False, repr=False)

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
    def unwritten_stale(self) -> int:
        """Whom the next look asks about, before anything can be written of them."""
        return sum(
            n
            for one, n in self.counted.items()
            if one.kind is NotRenewed.STALE and not one.is_written
        )

    @property
    def fence_share(self) -> tuple[int, int]:
        """What the fence looks at: so many refused, of so many.

        Of several shares the largest one that is of enough people. Who is to be written, and was
        refused or not answered: of all for whom the platform was asked in this month. And of each
        look, who is to be written with a certificate that went bad: of all for whom it was asked
        in that look. These are for the later runs of a month, which ask few: among all that
        were written before, a list that is wrong would not be seen. Nobody counts there who stays
        open, which does no harm, nor who has no certificate, as everybody before the links are
        imported.
        """
        asked: Tally[datetime | None] = Tally()
        went_bad: Tally[datetime | None] = Tally()
        refused = 0
        for one, count in self.counted.items():
            if one.kind in _NOT_ASKED:
                continue
            asked[one.look] += count
            if one.is_written or one.kind in (None, NotRenewed.VALID_LONGER):
                continue
            refused += count
            if one.kind in _WENT_BAD:
                went_bad[one.look] += count
        shares = [(refused, asked.total()), *((went_bad[look], asked[look]) for look in asked)]
        return max(shares, key=lambda share: (share[0] >= FENCE_FROM, _percent(*share)))

    @property
    def refused_percent(self) -> float:
        """That share, from 0 to 100."""
        return _percent(*self.fence_share)


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


@dataclass(frozen=True)
class Progress:
    """How far a phase has come, in patrons.

    Attributes:
        foreseen: what has been found out so far; None: nothing else than before.
    """

    phase: Phase
    done: int
    total: int
    foreseen: Prospect | None = None


class RunStopped(Exception):
    """Raised by a report: the run ends here, with whole chunks kept."""


Report = Callable[[Progress], None]
"""Is told after each chunk; may raise `RunStopped`."""


@dataclass(frozen=True)
class Standing:
    """How far the run of this month has come.

    Attributes:
        prospect: of those who were looked at.
        to_look_at: patrons who were listed and not looked at yet.
        unsettled: patrons for whom nothing was written yet.
    """

    prospect: Prospect
    to_look_at: int
    unsettled: int


LIST: Final = "renewal"
"""The list's name in the audit trail, and where its files begin."""

_NOT_ASKED: Final = (NotRenewed.NOT_LINKED, NotRenewed.NEEDS_PROOF, NotRenewed.LAPSED)
_WENT_BAD: Final = (NotRenewed.REVOKED, NotRenewed.ON_HOLD, NotRenewed.CERTIFICATE_EXPIRED)


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
        folder: Path,
    ) -> None:
        """Args:
        fence_percent: a run that would refuse a larger share of those asked for stops.
        folder: for files with lists; made when the first one is written.
        """
        self._store = store
        self._platform = platform
        self._clock = clock
        self._place = place
        self._policy = policy
        self.fence_percent = fence_percent
        self._folder = folder

    def fence_holds(self, foreseen: Prospect, fence_percent: int | None = None) -> bool:
        """Whether so many would be refused that nothing is written.

        Args:
            fence_percent: in place of the setting.
        """
        fence = self.fence_percent if fence_percent is None else fence_percent
        return foreseen.fence_share[0] >= FENCE_FROM and foreseen.refused_percent > fence

    @property
    def month(self) -> str:
        """The present month in Asia/Tokyo: "2026-11"."""
        return records.month_of(self._clock.now())

    async def standing(self, month: str) -> Standing | None:
        """How far the run of a month has come; None: nobody has begun it.

        Raises:
            StoreUnavailable
        """
        run = await self._store.transact(records.run_of, month)
        if run is None:
            return None
        prospect = await self._prospect(run.id, month)
        to_look_at = await self._store.transact(records.count_to_look_at, run.id, again=False)
        unsettled = await self._store.transact(records.count_unsettled, run.id)
        return Standing(prospect, to_look_at, unsettled)

    # ---------------------------------------------------------------------- without writing

    async def rehearse(self, report: Report) -> Prospect:
        """Look at everybody and decide as a run would now; nothing is kept, nothing is written.

        What an earlier run of the month has settled stands.

        Raises:
            MonthToCome: as a run would.
            StoreUnavailable, StoreTooNew
        """
        began_at = self._clock.now()
        await self._store.transact(records.require_no_month_to_come, began_at)
        month = records.month_of(began_at)
        settled = await self._settled_for_good(month)
        tally = Tally(settled.values())
        done, total = 0, await self._store.transact(records.count_linked)
        async for listed in self._chunks(records.linked_patrons):
            new = [one for one in listed if one.patron_id not in settled]
            checks = await self._checks(new)
            again = [one for one in new if _in_vain(checks[one.patron_id])]
            checks |= await self._checks(again)
            tally.update(self._foreseen(one, checks[one.patron_id], None) for one in new)
            done += len(listed)
            report(Progress(Phase.LOOKING, done, total))
        return _prospect(month, tally)

    async def _settled_for_good(self, month: str) -> dict[int, Counted]:
        found: dict[int, Counted] = {}
        after = 0
        while chunk := await self._store.transact(records.settled_for_good, month, after, _READ):
            found |= dict(chunk)
            after = chunk[-1][0]
        return found

    # -------------------------------------------------------------------------- phase one

    async def look(self, report: Report) -> Prospect:
        """List who is linked, ask for their certificates, keep the answers: phase one.

        Goes on where an earlier run of the month ended; asks again about whom nobody could say
        anything, once more in this run and once in each later one.

        Raises:
            MonthToCome: there is a run of a later month; nothing was asked.
            StoreUnavailable, StoreTooNew: what was kept stays; begin again.
            RunStopped: as wished; begin again.
        """
        now = self._clock.now()
        run_id = await self._store.transact(records.begin, self._place, now, self._policy)
        after: int | None = 0
        while after is not None:
            after = await self._store.transact(records.enlist, run_id, after, _READ)
        total = await self._store.transact(records.count_listed, run_id)
        report(Progress(Phase.LISTING, total, total))
        month = records.month_of(now)
        found = await self._prospect(run_id, month)
        await self._ask(run_id, now, total, Phase.LOOKING, report, found)
        in_vain = await self._store.transact(records.count_to_look_at, run_id, again=True)
        await self._ask(run_id, now, in_vain, Phase.ASKING_AGAIN, report)
        return await self._prospect(run_id, month)

    async def _ask(
        self,
        run_id: int,
        began_at: datetime,
        total: int,
        phase: Phase,
        report: Report,
        found: Prospect | None = None,
    ) -> None:
        """Args:
        began_at: names this look.
        found: what is known of those who were looked at before.
        """
        again = phase is Phase.ASKING_AGAIN
        rest = await self._store.transact(records.count_to_look_at, run_id, again=again)
        done = max(total - rest, 0)
        tally = Tally[Counted]() if found is None else Tally(found.counted)

        def next_chunk(after: int, at_a_time: int) -> list[Listed]:
            return records.to_look_at(run_id, after, at_a_time, again=again)

        async for listed in self._chunks(next_chunk):
            checks = await self._checks(listed)
            at = self._clock.now()
            kept = list(checks.items())
            await self._store.transact(records.keep_checks, run_id, kept, at, began_at, again=again)
            done = min(done + len(listed), total)
            if found is None:
                report(Progress(phase, done, total))
                continue
            tally.update(self._foreseen(one, checks[one.patron_id], began_at) for one in listed)
            report(Progress(phase, done, total, _prospect(found.month, tally)))

    # -------------------------------------------------------------------------- phase two

    async def write(self, month: str, report: Report, fence_percent: int | None = None) -> Prospect:
        """Write what phase one has found: phase two. That the fence was lifted is accounted for.

        Args:
            month: of phase one, which may have begun before midnight: "2026-11".
            fence_percent: in place of the setting, for this once.

        Returns:
            What stands now.

        Raises:
            NoRenewalRun: there was no phase one in this month.
            LookUnfinished: it has not come to its end, or another machine has begun it anew;
                nothing was written.
            FenceHolds: too many would be refused; nothing was written.
            StoreUnavailable, StoreTooNew: whole chunks stay; begin again.
            RunStopped: as wished; begin again.
        """
        run_id = await self._run(month)
        fence = self.fence_percent if fence_percent is None else fence_percent
        if await self._store.transact(records.count_to_look_at, run_id, again=False):
            raise LookUnfinished(month)
        foreseen = await self._prospect(run_id, month)
        if self.fence_holds(foreseen, fence):
            raise FenceHolds(*foreseen.fence_share, fence)
        if fence > self.fence_percent and self.fence_holds(foreseen):
            await self._store.transact(self._account, Action.FENCE_LIFTED, str(fence))
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

    async def carry_out(self, report: Report, fence_percent: int | None = None) -> Prospect:
        """Both phases, one after the other.

        When another machine begins anew in between, what it has put back is looked at here, too.

        Raises:
            MonthToCome, FenceHolds, LookUnfinished, StoreUnavailable, StoreTooNew, RunStopped
        """
        month = (await self.look(report)).month
        try:
            return await self.write(month, report, fence_percent)
        except LookUnfinished:
            month = (await self.look(report)).month
            return await self.write(month, report, fence_percent)

    async def forget(self, month: str) -> None:
        """Forget the run of a month that a wrong clock has made; that is accounted for.

        Raises:
            NoRenewalRun: there is none.
            StoreUnavailable
        """
        await self._store.transact(records.forget, self._place, self._clock.now(), month)

    # ---------------------------------------------------------------------------- after it

    async def follow_ups(self, month: str) -> list[FollowUp]:
        """For whom of a month somebody has something to do, by their internal number.

        Before the writing: for whom somebody would have.

        Raises:
            NoRenewalRun: there was no run in this month.
            StoreUnavailable
        """
        run_id = await self._run(month)
        found: list[FollowUp] = []
        after: int | None = 0
        while after is not None:
            now = self._clock.now()
            chunk, after = await self._store.transact(
                outcomes.follow_ups, run_id, after, _READ, now, self._policy
            )
            found += chunk
        return found

    async def take_follow_ups(self, month: str) -> list[FollowUp]:
        """The same for whoever takes it along: it is accounted for.

        Raises:
            NoRenewalRun: there was no run in this month.
            StoreUnavailable: nothing is told.
        """
        listed = await self.follow_ups(month)
        await self._store.transact(self._account, Action.LIST, LIST, len(listed))
        return listed

    def _account(self, action: Action, reason: str, amount: int | None = None) -> None:
        record(self._place, self._clock.now(), action, reason=reason, amount=amount)

    async def write_follow_ups(self, month: str) -> Path:
        """Write that list to a new file that only this account reads; it is accounted for.

        Raises:
            NoRenewalRun: there was no run in this month.
            StoreUnavailable, ListNotWritten
        """
        listed = await self.take_follow_ups(month)
        moment = self._clock.now().astimezone(TOKYO)
        path = self._folder / f"{LIST}-{month}-{moment:%Y%m%d-%H%M%S}.csv"
        await asyncio.to_thread(_write, path, listed)
        return path

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

    def _foreseen(self, one: Listed, check: Check | None, look: datetime | None) -> Counted:
        """Of somebody who was looked at a moment ago."""
        now = self._clock.now()
        kind: Kind
        if check is None:
            kind = needs_no_status(one.candidate, day_of(now)) or NotRenewed.STALE
        else:
            kind = records.kind_of(decide(one.candidate, check, now, self._policy))
        return Counted(kind, is_written=False, look=look)

    async def _prospect(self, run_id: int, month: str) -> Prospect:
        tally: Tally[Counted] = Tally()
        after: int | None = 0
        while after is not None:
            now = self._clock.now()
            chunk, after = await self._store.transact(
                records.prospects, run_id, after, _READ, now, self._policy
            )
            tally += chunk
        return _prospect(month, tally)


def _write(path: Path, listed: Sequence[FollowUp]) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        follow_up_list(path, listed)
    except OSError as error:
        raise ListNotWritten(path, error.strerror or str(error)) from error


def _in_vain(check: Check | None) -> bool:
    return check is not None and check.word.value in records.ASKED_IN_VAIN


def _prospect(month: str, counted: Tally[Counted]) -> Prospect:
    kinds: Tally[Kind] = Tally()
    for one, count in counted.items():
        kinds[one.kind] += count
    reasons = {kind: count for kind, count in kinds.items() if kind is not None}
    return Prospect(month, kinds[None], reasons, counted)
