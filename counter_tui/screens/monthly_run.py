"""The month's automatic renewal: checked first, written when a person has typed the month."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Final

from counter_tui.desk.auto_renewal import NotRenewed
from counter_tui.desk.renewal_run import Progress, Prospect, RunStopped
from counter_tui.errors import CounterError, StoreError
from counter_tui.language import _, ngettext, pgettext
from counter_tui.screens.answer_band import Answer
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.job import Expectation, Job
from counter_tui.screens.line import Line
from counter_tui.screens.look import Role
from counter_tui.screens.monthly_lines import Course, monthly_lines, monthly_panel, share

if TYPE_CHECKING:
    from counter_tui.desk.renewal_run import Report
    from counter_tui.screens.counter_screen import CounterScreen

_DRAW_EVERY_S: Final = 0.25
"""Progress moves at most four times a second."""

_STOP_WITHIN_S: Final = 2.0
"""How long whoever leaves waits for the present chunk; after that it is broken off, which does
no harm: what was not kept is asked or written again."""


class _Phase(Enum):
    READY = "ready"
    """Not all were checked in this month."""
    CHECKING = "checking"
    PREVIEW = "preview"
    WRITING = "writing"
    WRITTEN = "written"


_AT_WORK: Final = (_Phase.CHECKING, _Phase.WRITING)


class MonthlyRunJob(Job):
    """Runs beside the queue of keys, so that Esc stops it. Leaving stops it, too."""

    def __init__(self, counter: CounterScreen) -> None:
        super().__init__(counter)
        self._phase = _Phase.READY
        self._month = ""
        self._prospect: Prospect | None = None
        self._progress: Progress | None = None
        self._began: tuple[float, int] = (0.0, 0)
        self._drawn_at = 0.0
        self._stops = False
        self._work_at_hand: asyncio.Task[None] | None = None

    @property
    def is_at_work(self) -> bool:
        """Whether certificates are being checked, or validities written."""
        return self._phase in _AT_WORK

    @property
    def prospect(self) -> Prospect | None:
        """What is known of the month."""
        return self._prospect

    @property
    def can_wait(self) -> bool:
        """Always: it goes on meanwhile."""
        return True

    @property
    def loss(self) -> str:
        """What was done stays, but somebody has to begin it again."""
        if not self.is_at_work:
            return ""
        return _("What was done is kept. The run stops, and can go on later.")

    def expects(self) -> Expectation:
        """The month's number, before anything is written."""
        label = pgettext("scan", "Renewal")
        match self._phase:
            case _Phase.READY:
                return Expectation(label, _("Enter checks the certificates. Nothing is written"))
            case _Phase.CHECKING:
                return Expectation(label, _("When it is done, the month's number runs it"))
            case _Phase.PREVIEW if self._fence_holds:
                return Expectation(label, _("Enter checks once more. Nothing is written"))
            case _Phase.PREVIEW:
                hint = _("{n} and Enter: renew them. Esc: leave all as it is")
                return Expectation(label, hint.format(n=self._number))
            case _Phase.WRITING:
                return Expectation(label, _("Esc stops. What is written stays"))
            case _Phase.WRITTEN:
                return Expectation(label, _("Enter checks once more. Esc goes home"))

    def keys(self) -> Sequence[KeyHint]:
        """What can be done now."""
        help_ = KeyHint("F1^G", _("Help"))
        if self.is_at_work:
            return [KeyHint("Esc", pgettext("key", "Stop")), help_]
        lists = [KeyHint("F4^F", pgettext("key", "List")), KeyHint("F9^D", "CSV")]
        back = KeyHint("Esc", _("Back"))
        if self._phase is _Phase.PREVIEW and not self._fence_holds:
            run = KeyHint(f"{self._number} Enter", _("Renew"))
            return [run, *lists, back, help_]
        check = KeyHint("Enter", pgettext("key", "Check"))
        return [check, *(lists if self._prospect is not None else []), back, help_]

    @property
    def _fence_holds(self) -> bool:
        """Whether nothing would be written: when the cause is mended, it is checked once more."""
        found = self._prospect
        return found is not None and self.counter.desk.renewal_runs.fence_holds(found)

    @property
    def _number(self) -> str:
        return str(int(self._month[-2:])) if self._month else ""

    def show(self) -> None:
        """The month at the left, reasons at the right, what is being done in the band."""
        word, role = {
            _Phase.READY: (pgettext("state", "By itself"), Role.REST_FILL),
            _Phase.CHECKING: (pgettext("state", "Preview"), Role.NOTE_FILL),
            _Phase.PREVIEW: (pgettext("state", "Preview"), Role.NOTE_FILL),
            _Phase.WRITING: (pgettext("state", "Writing"), Role.ACCENT_FILL),
            _Phase.WRITTEN: (pgettext("state", "Written"), Role.OK_FILL),
        }[self._phase]
        groups = []
        if self.counter.holder.desk_is_open and self._month:
            runs, found = self.counter.desk.renewal_runs, self._prospect
            written = self._phase is _Phase.WRITTEN
            holds = not written and self._fence_holds
            fence = runs.fence_percent
            groups = monthly_panel(self._month, found, fence, written=written, holds=holds)
        self.counter.person.show(word, role, groups)
        self.counter.work_zone.show(self._work)
        self.counter.answer.say(self._answer())

    def _answer(self) -> Answer:
        made, found = self._progress, self._prospect
        percent = share(made.done, made.total) if made is not None else ""
        if self._stops and self.is_at_work:
            return Answer(_("Stopping"), _("after this part; what was done stays"))
        match self._phase:
            case _Phase.READY:
                return Answer(
                    _("Check first"), _("Nothing is written by that"), role=Role.REST_FILL
                )
            case _Phase.CHECKING:
                return Answer(_("Checking"), _("Nothing is written until it ends"), percent)
            case _Phase.WRITING:
                return Answer(_("Renewing"), _("Each part is kept at once"), percent)
            case _Phase.PREVIEW | _Phase.WRITTEN if found is not None:
                return self._outcome(found)
        return Answer("", role=Role.REST_FILL)

    def _outcome(self, found: Prospect) -> Answer:
        renewed = ngettext("{n} person renewed", "{n} people renewed", found.renewed)
        would = ngettext("{n} person to renew", "{n} people to renew", found.renewed)
        if self._phase is _Phase.WRITTEN:
            said = renewed.format(n=f"{found.renewed:,}")
            return Answer(_("Done"), said, _open_ones(found))
        if not found.patrons:
            return Answer(_("Nobody"), _("has a linked card"), role=Role.REST_FILL)
        if found.reasons.get(NotRenewed.UNREACHABLE, 0) and not found.renewed:
            said = _("cannot be reached. Nobody would be renewed")
            return Answer(_("The platform"), said, role=Role.WARN_FILL)
        if self._fence_holds:
            said = _("would be refused: look at the reasons first")
            return Answer(_("Too many"), said, role=Role.WARN_FILL)
        return Answer(_("Checked"), would.format(n=f"{found.renewed:,}"), _open_ones(found))

    async def begin(self) -> None:
        """Where the month stands; an earlier run, or another terminal's, counts."""
        if not self.is_at_work:
            await self._look_up(self.counter.desk.renewal_runs.month)

    async def resume(self) -> None:
        """It may have gone on meanwhile."""
        self.counter.refresh_all()

    async def leave(self) -> None:
        """The run stops; whole parts stay."""
        self._stops = True
        if self._work_at_hand is not None:
            await asyncio.wait({self._work_at_hand}, timeout=_STOP_WITHIN_S)
            self._work_at_hand.cancel()

    async def take(self, text: str) -> None:
        """The month's number runs it; anything else begins the next job."""
        if self.is_at_work:
            self._remark(_("The run is at work. Esc stops it"))
        elif self._phase is _Phase.PREVIEW and text.isdigit() and len(text) <= 2:
            if int(text) == int(self._number):
                self._start(_Phase.WRITING, self._write)
            else:
                self._remark(_("This is month {n}").format(n=self._number))
        else:
            await self.counter.opening.open_home()
            await self.counter.job.take(text)

    async def enter(self) -> None:
        """Check; before the writing, the month has to be typed."""
        if self.is_at_work:
            self._remark(_("The run is at work. Esc stops it"))
        elif self._phase is _Phase.PREVIEW and not self._fence_holds:
            self._remark(_("Type the month's number: {n}").format(n=self._number))
        else:
            self._start(_Phase.CHECKING, self._check)

    async def back(self) -> None:
        """Stop after the present part; when nothing is at work, home."""
        if self.is_at_work:
            self._stops = True
            self.show()
        else:
            await self.counter.opening.open_home()

    async def search(self) -> None:
        """F4: whom the counter has to do with."""
        from counter_tui.screens.follow_up_list import FollowUpListJob

        if self._prospect is None or self.is_at_work:
            self._remark(_("There is no list yet"))
            return
        await self.counter.visit(FollowUpListJob(self.counter, self, self._month))

    async def print_out(self) -> bool:
        """F9: the same as a file."""
        if self._prospect is None or self.is_at_work:
            self._remark(_("There is no list yet"))
            return True
        path = await self.counter.desk.renewal_runs.write_follow_ups(self._month)
        self.counter.scan.remark(
            _("Written: {path}").format(path=f"{path.parent.name}/{path.name}")
        )
        return True

    async def card_laid(self) -> None:
        """The next person, unless the run is at work."""
        if self.is_at_work:
            self._remark(_("The run is at work. Esc stops it"))
        else:
            await self.counter.opening.open_home()
            await self.counter.job.card_laid()

    async def day_changed(self) -> None:
        """Perhaps another month's, when nothing is at work."""
        await self.begin()

    # ---------------------------------------------------------------------- the work

    async def _look_up(self, month: str) -> None:
        """Where a month stands; while a run is at work its own, whichever has begun since."""
        standing = await self.counter.desk.renewal_runs.standing(month)
        self._month, self._prospect, self._progress = month, None, None
        self._phase = _Phase.READY
        if standing is not None:
            found = self._prospect = standing.prospect
            if not standing.to_look_at and not found.unwritten_stale:
                self._phase = _Phase.PREVIEW if standing.unsettled else _Phase.WRITTEN
        self._show_if_here()

    def _start(self, phase: _Phase, work: Callable[[Report], Awaitable[Prospect]]) -> None:
        self._phase, self._stops, self._progress = phase, False, None
        self._drawn_at = 0.0
        self.counter.refresh_all()
        self._work_at_hand = asyncio.create_task(self._carry_out(work))
        self._work_at_hand.add_done_callback(self._ended)

    async def _check(self, report: Report) -> Prospect:
        return await self.counter.desk.renewal_runs.look(report)

    async def _write(self, report: Report) -> Prospect:
        return await self.counter.desk.renewal_runs.write(self._month, report)

    async def _carry_out(self, work: Callable[[Report], Awaitable[Prospect]]) -> None:
        failure: CounterError | None = None
        was = self._phase
        try:
            found = await work(self._tell)
        except RunStopped:
            pass
        except CounterError as error:
            failure = error
        else:
            self._prospect, self._month = found, found.month

        async def finished() -> None:
            """In turn with the keys; nothing is shown that is not so in the store."""
            self._phase = _Phase.READY
            await self._look_up(self._month)
            if failure is not None and self.counter.job is self:
                half_way = was is _Phase.WRITING and isinstance(failure, StoreError)
                kept = _("What was written stays.") if half_way else None
                self.counter.tell(failure, kept=kept)

        self.counter.happened(finished)

    def _ended(self, work: asyncio.Task[None]) -> None:
        """A mistake of ours in the work breaks off where every other one does."""
        error = None if work.cancelled() else work.exception()
        if error is None:
            return

        async def broken() -> None:
            raise error

        self.counter.happened(broken)

    def _tell(self, made: Progress) -> None:
        """Told after each part, on the screens' own thread."""
        now = self.counter.monotonic()
        if self._progress is None or self._progress.phase is not made.phase:
            self._began = (now, made.done)
        self._progress = made
        self._prospect = made.foreseen or self._prospect
        if self._stops:
            raise RunStopped
        if now - self._drawn_at >= _DRAW_EVERY_S or not self._drawn_at:
            self._drawn_at = now
            if self.counter.job is self and not self.counter.is_locked:
                self.show()

    def _show_if_here(self) -> None:
        if self.counter.job is self and not self.counter.is_locked:
            self.counter.refresh_all()

    def _course(self) -> Course | None:
        made = self._progress
        if made is None or not self.is_at_work:
            return None
        at, done = self._began
        seconds = self.counter.monotonic() - at
        if made.done <= done or seconds <= 0:
            return Course(made, None)
        return Course(made, round((made.total - made.done) * seconds / (made.done - done)))

    def _remark(self, text: str) -> None:
        self.counter.scan.remark(text)
        self.counter.ring(1)

    def _work(self, width: int, height: int) -> list[Line]:
        tones = self.counter.work_zone.look.has_tones
        return monthly_lines(self._prospect, self._course(), width, height, has_tones=tones)


def _open_ones(found: Prospect) -> str:
    if not found.open:
        return ""
    open_ones = ngettext("{n} asked again", "{n} asked again", found.open)
    return open_ones.format(n=f"{found.open:,}")
