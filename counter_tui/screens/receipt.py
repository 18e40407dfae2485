"""The last slip, cell by cell as the paper shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from counter_tui.language import _, pgettext
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.grid import Frame
from counter_tui.screens.job import Expectation, Job
from counter_tui.screens.line import Line
from counter_tui.screens.look import Role
from counter_tui.screens.slip_paper import next_top, slip_panel, slip_paper

if TYPE_CHECKING:
    from counter_tui.desk.receipts import SlipOnPaper
    from counter_tui.screens.counter_screen import CounterScreen
    from counter_tui.screens.home import Previous


class ReceiptJob(Job):
    """Shows a slip until Enter, or until the next scan or card begins the next job."""

    def __init__(
        self,
        counter: CounterScreen,
        previous: Previous | None = None,
        *,
        number: int | None = None,
        below: Job | None = None,
    ) -> None:
        """Args:
        number: of the slip; None: the last one that may be printed again from here.
        below: waits, and goes on when the paper was read; None: home does.
        """
        super().__init__(counter)
        self._previous = previous
        self._number = number
        self._below = below
        self._slip: SlipOnPaper | None = None
        self._top = 0

    @property
    def frame(self) -> Frame:
        """All rows are paper."""
        return Frame.BODY

    @property
    def can_wait(self) -> bool:
        """Always."""
        return True

    def expects(self) -> Expectation:
        """Whatever begins the next job."""
        return Expectation(
            pgettext("scan", "Slip"), _("Enter closes. The next card or scan goes on")
        )

    def keys(self) -> Sequence[KeyHint]:
        """Close, print again, turn the page."""
        return [
            KeyHint("Enter", _("Close")),
            *([KeyHint("F9^D", _("One more (reprint)"))] if self._number is None else []),
            KeyHint("PgDn", _("More")),
            KeyHint("F1^G", _("Help")),
        ]

    async def begin(self) -> None:
        """Fetch the last slip."""
        await self.slips_changed()

    async def slips_changed(self) -> None:
        """It was printed meanwhile, or there is a newer one."""
        self._slip = await self.counter.desk.receipts.last_slip(self._number)
        if self.counter.job is self and not self.counter.is_locked:
            self.show()

    def show(self) -> None:
        """State at the left, paper at the right."""
        slip = self._slip
        if slip is None:
            self.counter.person.show("", Role.REST_FILL, [])
            self.counter.work_zone.show(lambda width, height: [])
            return
        self.counter.person.show(*slip_panel(slip))
        self.counter.work_zone.show(self._paper)

    async def take(self, text: str) -> None:
        """The next job begins."""
        home = await self._go_home()
        await home.take(text)

    async def enter(self) -> None:
        """Close."""
        await self._go_home()

    async def back(self) -> None:
        """Close."""
        await self._go_home()

    async def card_laid(self) -> None:
        """The next person."""
        home = await self._go_home()
        await home.card_laid()

    async def press(self, key: str) -> None:
        """Turn the page; after the last one comes the first."""
        if key == "pagedown" and self._slip is not None:
            self._top = next_top(self._slip, self._top, self.counter.work_zone.size.height)
            self.show()

    async def print_out(self) -> bool:
        """A slip that was asked for by itself is not the last one: F9 does nothing here."""
        if self._number is None:
            return False
        self.counter.ring(1)
        return True

    async def leave(self) -> None:
        """What waits below ends, too."""
        if self._below is not None:
            await self._below.leave()

    async def _go_home(self) -> Job:
        from counter_tui.screens.home import HomeJob

        if self._below is not None:
            await self.counter.resume(self._below)
            return self._below

        home = HomeJob(self.counter, self._previous)
        await self.counter.open(home)
        return home

    def _paper(self, width: int, height: int) -> list[Line]:
        return [] if self._slip is None else slip_paper(self._slip, self._top, width, height)
