"""Which job follows which: what opens each, over what waits or in its place.

Jobs are imported when they are opened: the first paint needs home alone, and the desk's modules
come in with the desk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from counter_tui.language import _
from counter_tui.screens.answer_band import Answer
from counter_tui.screens.job import Job
from counter_tui.screens.look import Role
from counter_tui.screens.visiting import below

if TYPE_CHECKING:
    from counter_tui.errors import UnlinkReason
    from counter_tui.screens.counter_screen import CounterScreen
    from counter_tui.screens.home import Previous
    from counter_tui.screens.visiting import Chosen


class Openings:
    """Opens the jobs of one counter."""

    def __init__(self, counter: CounterScreen) -> None:
        self._counter = counter

    async def open_home(self) -> None:
        """Wait for the next patron."""
        from counter_tui.screens.home import HomeJob

        await self._counter.open(HomeJob(self._counter))

    async def open_enrollment(
        self, library_card_number: str | None = None, relink: UnlinkReason | None = None
    ) -> None:
        """Link a card to a patron; without a number the library card is asked for.

        Args:
            relink: why the patron's present link ends when the new one is made; None: staff
                are asked, if there is one.

        Raises:
            EnrolmentElsewhere: this counter does not link cards; the present job goes on.
        """
        from counter_tui.screens.enrolment import EnrollmentJob

        self._counter.desk.enrollment.require_here()
        await self._counter.open(EnrollmentJob(self._counter, library_card_number, relink))

    async def open_loss_desk(self) -> None:
        """End the link of a card; the patron is looked for first."""
        from counter_tui.screens.loss_desk import LossDeskJob

        await self._counter.open(LossDeskJob(self._counter))

    async def visit_loss_desk(self, patron_id: int, *, card_is_here: bool = False) -> None:
        """End the link of this patron's card, over the present job, which waits.

        Args:
            card_is_here: that card lies on the reader, so that it is not lost.
        """
        from counter_tui.screens.loss_desk import LossDeskJob

        await self._counter.visit(
            LossDeskJob(self._counter, self._counter.job, patron_id, card_is_here=card_is_here)
        )

    async def open_validity(self) -> None:
        """Renew a library card; the patron is looked for first."""
        from counter_tui.screens.validity import ValidityJob

        await self._counter.open(ValidityJob(self._counter))

    async def visit_validity(self, patron_id: int) -> None:
        """Renew this patron's library card, over the present job, which waits."""
        from counter_tui.screens.validity import ValidityJob

        await self._counter.visit(ValidityJob(self._counter, self._counter.job, patron_id))

    async def open_monthly_run(self) -> None:
        """The month's automatic renewal."""
        from counter_tui.screens.monthly_run import MonthlyRunJob

        await self._counter.open(MonthlyRunJob(self._counter))

    async def open_receipt(self, previous: Previous | None = None) -> None:
        """Show the last slip as on paper."""
        from counter_tui.screens.receipt import ReceiptJob

        await self._counter.open(ReceiptJob(self._counter, previous))

    async def open_search(self, then: Chosen | None = None) -> None:
        """Look for a patron, over the present job if that can wait.

        Args:
            then: is given the internal number of the patron who was chosen, when the counter is
                back at the job that it came from; None: the patron screen opens.
        """
        from counter_tui.screens.search import SearchJob

        await self.visit_from(lambda below: SearchJob(self._counter, below, then))

    async def open_patron(self, patron_id: int) -> None:
        """Show all that is kept on a patron, over the present job if that can wait."""
        from counter_tui.screens.patron import PatronJob

        await self.visit_from(lambda below: PatronJob(self._counter, below, patron_id))

    async def open_link_overview(self) -> None:
        """List the links to make anew, over the present job if that can wait."""
        from counter_tui.screens.link_overview import LinkOverviewJob

        await self.visit_from(lambda below: LinkOverviewJob(self._counter, below))

    async def open_slip_queue(self) -> None:
        """List the slips of the last day, over the present job if that can wait."""
        from counter_tui.screens.slip_queue import SlipQueueJob

        await self.visit_from(lambda below: SlipQueueJob(self._counter, below))

    async def open_handover(self) -> None:
        """Show the day in figures, over the present job if that can wait."""
        from counter_tui.screens.handover import HandoverJob

        await self.visit_from(lambda below: HandoverJob(self._counter, below))

    async def show_day(self) -> None:
        """The same; asks when something unfinished would be lost."""
        await self._counter._commands.handover()

    async def open_returning(self) -> None:
        """Take items back, over the present job if that can wait."""
        from counter_tui.screens.returning import ReturningJob

        begun = below(self._counter.job)
        if not isinstance(begun, ReturningJob):
            await self.visit_from(lambda waiting: ReturningJob(self._counter, waiting))
        elif begun is not self._counter.job:
            await self._counter.resume(begun)

    async def open_last_patron(self) -> None:
        """Open once more whoever was served last here today."""
        from counter_tui.screens.lending import LendingJob

        last = self._counter.last_patron_id
        found = None if last is None else await self._counter.desk.patron_files.look_again(last)
        if found is None or last == self._counter.job.patron_id:
            self._counter.say(Answer(_("Nobody else was served here before"), role=Role.REST_FILL))
            self._counter.ring(1)
        else:
            await self._counter.open(LendingJob(self._counter, found.patron))

    async def visit_from(self, make: Callable[[Job], Job]) -> None:
        """Begin a job that goes back to the one below it; what cannot wait ends, and home waits."""
        from counter_tui.screens.home import HomeJob

        waiting = below(self._counter.job)
        if waiting.can_wait:
            await self._counter.visit(make(waiting))
        else:
            await self._counter.open(make(HomeJob(self._counter)))
