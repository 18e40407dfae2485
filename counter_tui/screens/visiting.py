"""A job that lies over another one: nobody's turn ends because staff look something up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from counter_tui.screens.job import Job

if TYPE_CHECKING:
    from counter_tui.screens.counter_screen import CounterScreen

Chosen: TypeAlias = Callable[[int], Awaitable[None]]
"""Is given the internal number of the patron who was chosen."""


class VisitingJob(Job):
    """Goes back to the job below it, whose patron stays open and is the next card's business."""

    def __init__(self, counter: CounterScreen, below: Job) -> None:
        super().__init__(counter)
        self.below = below

    @property
    def can_wait(self) -> bool:
        """Over it, something else may be looked at, too."""
        return True

    @property
    def keeps_its_place(self) -> bool:
        """Whether what is looked up from here comes back to here, and not to what lies below."""
        return False

    @property
    def has_patron(self) -> bool:
        """Whether somebody is open below."""
        return self.below.has_patron

    @property
    def loss(self) -> str:
        """What stands unfinished below."""
        return self.below.loss

    @property
    def may_be_interrupted(self) -> bool:
        """As below."""
        return self.below.may_be_interrupted

    @property
    def patron_id(self) -> int | None:
        """Whose turn it is below."""
        return self.below.patron_id

    async def leave(self) -> None:
        """What waits below ends, too."""
        await self.below.leave()

    async def back(self) -> None:
        """Esc: as if nothing had been looked up."""
        await self.counter.resume(self.below)

    async def unlink_card(self) -> None:
        """F6: what waits below knows who is open."""
        job = await self._to_the_bottom()
        await job.unlink_card()

    async def renew_validity(self) -> None:
        """F7: as with F6."""
        job = await self._to_the_bottom()
        await job.renew_validity()

    async def card_laid(self) -> None:
        """What waits below knows what the card means for whoever is open."""
        job = await self._to_the_bottom()
        await job.card_laid()

    async def card_missed(self) -> None:
        """As with a card that lies."""
        job = await self._to_the_bottom()
        await job.card_missed()

    async def _to_the_bottom(self) -> Job:
        job = below(self.below)
        await self.counter.resume(job)
        return job


def bottom(job: Job) -> Job:
    """What lies below everything: home, or somebody's turn."""
    while isinstance(job, VisitingJob):
        job = job.below
    return job


def below(job: Job) -> Job:
    """The job itself, or the one at the bottom of those that are looked up over it."""
    while isinstance(job, VisitingJob) and not job.keeps_its_place:
        job = job.below
    return job
