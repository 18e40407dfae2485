"""The authentication PIN at a touch, for a card that cannot prove itself (`without_card_proof`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from counter_tui.errors import (
    AuthPinWanted,
    CounterError,
    LastTryNotAgreed,
    NoCard,
    PinFormat,
    PinKind,
    ReaderSilent,
)
from counter_tui.language import _, pgettext
from counter_tui.screens.card_prompts import pins_expectation, pins_keys
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.grid import Frame
from counter_tui.screens.job import Expectation, Job
from counter_tui.screens.last_try import ask_for_the_last_try
from counter_tui.screens.line import Line, Span
from counter_tui.screens.look import Role
from counter_tui.screens.person_panel import Group
from counter_tui.wording import sentence

if TYPE_CHECKING:
    from counter_tui.desk.identification import Touched
    from counter_tui.screens.counter_screen import CounterScreen
    from counter_tui.secret import Pin


async def touch(counter: CounterScreen) -> Touched:
    """Identify the card on the reader, with the counter saying that it reads.

    Raises:
        AuthPinWanted: `TouchPinJob` goes on from there.
        CounterError: what `Identification.touch` raises.
    """
    counter.look_at_card()
    return await counter.waiting(counter.desk.identification.touch())


class TouchPinJob(Job):
    """One entry of four digits, then the patron is open. Who it is is not shown before."""

    def __init__(self, counter: CounterScreen, wanted: AuthPinWanted) -> None:
        super().__init__(counter)
        self._tries_left = wanted.tries_left
        self._last_try_agreed = False

    @property
    def frame(self) -> Frame:
        """The entry takes the rows of the answer band, too."""
        return Frame.BODY

    @property
    def wants_pins(self) -> bool:
        """Always."""
        return True

    def expects(self) -> Expectation:
        """The patron's digits."""
        return pins_expectation()

    def keys(self) -> Sequence[KeyHint]:
        """Enter first."""
        return pins_keys()

    def show(self) -> None:
        """Why the PIN is asked for."""
        why = (
            _("This card cannot"),
            _("prove itself."),
            _("The PIN does it."),
        )
        lines = [Line([Span(text)]) for text in why]
        self.counter.person.show(pgettext("state", "PIN"), Role.REST_FILL, [Group(lines)])

    async def begin(self) -> None:
        """At one try left the patron is asked first."""
        if self._tries_left == 1 and not self._last_try_agreed:
            ask_for_the_last_try(self.counter, PinKind.AUTH, agreed=self._agree)
        else:
            self._begin_entry()

    async def leave(self) -> None:
        """Another job: the touch is forgotten."""
        if self.counter.holder.desk_is_open:
            self.counter.desk.identification.leave()

    async def back(self) -> None:
        """Esc: no try is spent."""
        await self.counter.opening.open_home()

    async def present(self, first: Pin, second: Pin | None) -> None:
        """The PIN, once. The desk overwrites it in all cases."""
        from counter_tui.screens.lending import LendingJob

        agreed, self._last_try_agreed = self._last_try_agreed, False
        identification = self.counter.desk.identification
        try:
            touched = await self.counter.waiting(
                identification.touch_with_pin(first, last_try_agreed=agreed)
            )
        except PinFormat as error:
            self._begin_entry(sentence(error).head)
        except LastTryNotAgreed:
            ask_for_the_last_try(self.counter, PinKind.AUTH, agreed=self._agree)
        except ReaderSilent as error:
            await self._without_reader(error)
        except CounterError as error:
            # The tries are read again before anything else is typed.
            self.counter.tell(error, then=self.card_laid)
        else:
            await self.counter.open(LendingJob(self.counter, touched.patron, touched.proof))

    async def card_laid(self) -> None:
        """The same card or another one: begin with it from the start."""
        from counter_tui.screens.lending import LendingJob

        try:
            touched = await touch(self.counter)
        except AuthPinWanted as wanted:
            # Not another job: leaving this one would forget the touch that has just been made.
            self._tries_left = wanted.tries_left
            await self.begin()
        except NoCard:
            await self.counter.opening.open_home()
        except ReaderSilent as error:
            await self._without_reader(error)
        except CounterError as error:
            self.counter.tell(error, then=self.counter.opening.open_home)
        else:
            await self.counter.open(LendingJob(self.counter, touched.patron, touched.proof))

    async def card_taken(self) -> None:
        """Without the card there is nobody to ask."""
        await self.counter.opening.open_home()

    async def _without_reader(self, error: ReaderSilent) -> None:
        """Home, without a banner: the next thing that is scanned is a library card."""
        await self.counter.opening.open_home()
        self.counter.tell(error)

    async def _agree(self) -> None:
        self._last_try_agreed = True
        self._begin_entry()

    def _begin_entry(self, hint: str = "") -> None:
        self.counter.pins.begin((PinKind.AUTH, self._tries_left), hint=hint)
