"""What a job at the counter is: it fills the zones and takes scans, cards and keys, one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.grid import Frame
from counter_tui.screens.look import Role
from counter_tui.screens.scan_line import Mode

if TYPE_CHECKING:
    from counter_tui.desk.patrons import PatronView
    from counter_tui.screens.counter_screen import CounterScreen
    from counter_tui.secret import Pin


@dataclass(frozen=True)
class Expectation:
    """What the scan line asks for.

    Attributes:
        keys: characters that a job takes as keys while nothing is typed.
    """

    label: str
    hint: str
    mode: Mode = Mode.CODE
    keys: frozenset[str] = frozenset()
    role: Role = Role.ACCENT_FILL


class Job:
    """One piece of work. The counter gives it everything in the order in which it happened.

    A method that awaits the desk may raise `CounterError`; the counter then shows it and the
    job goes on where it was.
    """

    def __init__(self, counter: CounterScreen) -> None:
        self.counter = counter

    @property
    def frame(self) -> Frame:
        """How the rows are shared."""
        return Frame.ANSWER

    @property
    def wants_pins(self) -> bool:
        """Whether the PIN entry stands in the work zone and has the keys."""
        return False

    @property
    def has_patron(self) -> bool:
        """Whether a patron is open, so that leaving the program is asked for."""
        return False

    @property
    def ends_work(self) -> bool:
        """Whether it is what staff see before they leave the program, so that ^X leaves."""
        return False

    @property
    def loss(self) -> str:
        """What leaving this job unfinished would lose, as a sentence; empty: nothing."""
        return ""

    @property
    def may_be_interrupted(self) -> bool:
        """Whether trouble that is not about this job may be told now."""
        return not (self.has_patron or self.wants_pins)

    @property
    def can_wait(self) -> bool:
        """Whether it stays as it is while the counter looks at something else, and goes on then."""
        return False

    @property
    def patron_id(self) -> int | None:
        """Whose turn it is, or None: nobody's."""
        return None

    @property
    def open_patron(self) -> PatronView | None:
        """Who is open, where all of that person may be shown."""
        return None

    def expects(self) -> Expectation:
        """What the scan line asks for now."""
        raise NotImplementedError

    def keys(self) -> Sequence[KeyHint]:
        """The keys that work now, most used first."""
        raise NotImplementedError

    def more_keys(self) -> Sequence[KeyHint]:
        """Further keys that work now, for whatever room a wide terminal leaves."""
        return ()

    def show(self) -> None:
        """Fill the zones."""
        raise NotImplementedError

    async def begin(self) -> None:
        """The counter is this job's now, or the desk has just been opened."""

    async def resume(self) -> None:
        """The counter was at something else, and is back; the screen shows this job already."""

    async def leave(self) -> None:
        """Another job takes the counter: keep what is to be kept."""

    async def typed(self, text: str) -> None:
        """What stands in the scan line now, in the mode that tells each change."""

    async def take(self, text: str) -> None:
        """An entry of the scan line that is not empty, in the form of the mode."""

    async def enter(self) -> None:
        """Enter with nothing typed."""

    async def back(self) -> None:
        """Esc."""

    async def press(self, key: str) -> None:
        """One of the keys that were asked for."""

    async def present(self, first: Pin, second: Pin | None) -> None:
        """PINs of the entry that this job wanted; the counter overwrites them afterwards.

        Args:
            second: None: the same as the first, or not asked for.
        """

    async def details(self) -> bool:
        """^T: more about what stands on the screen. Gives whether this job has any."""
        return False

    async def card_laid(self) -> None:
        """A card lies on the reader."""

    async def card_missed(self) -> None:
        """A card was laid down, and was gone before anybody could look at it."""

    async def card_taken(self) -> None:
        """The reader is empty again."""

    async def slips_changed(self) -> None:
        """A slip was queued, printed, or left to a person."""
        self.show()

    async def day_changed(self) -> None:
        """It is another day: days left and due dates are others."""
        self.show()

    async def print_out(self) -> bool:
        """F9, where it is not the last slip once more. Gives whether this job has done it."""
        return False

    async def lend(self) -> None:
        """F2: ready for the next patron."""
        await self.counter.opening.open_home()

    async def link_card(self) -> None:
        """F5."""
        await self.counter.opening.open_enrollment()

    async def search(self) -> None:
        """F4, where this job can wait."""
        await self.counter.opening.open_search()

    async def unlink_card(self) -> None:
        """F6."""
        await self.counter.opening.open_loss_desk()

    async def renew_validity(self) -> None:
        """F7."""
        await self.counter.opening.open_validity()
