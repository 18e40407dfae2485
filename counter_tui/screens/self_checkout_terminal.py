"""What a turn at the self-checkout has around it, and what it comes to."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from counter_tui.screens.happenings import Reaction
from counter_tui.screens.self_checkout_words import Said

if TYPE_CHECKING:
    from datetime import date

    from counter_tui.desk.desk import Desk
    from counter_tui.screens.desk_holder import DeskHolder

Answered = TypeVar("Answered")


class Terminal(Protocol):
    """The screen, as a turn uses it."""

    @property
    def holder(self) -> DeskHolder:
        """Who opens the desk."""
        ...

    @property
    def desk(self) -> Desk:
        """The use cases."""
        ...

    @property
    def card_is_on_reader(self) -> bool:
        """Whether a card lies there, of whatever kind."""
        ...

    async def waiting(self, answer: Awaitable[Answered]) -> Answered:
        """Wait for the card; after a moment the screen says so."""
        ...

    def show(self) -> None:
        """Show the turn as it is now."""
        ...

    def ring(self, times: int) -> None:
        """Ring the bell."""
        ...

    def remind_of_card(self, active: bool) -> None:
        """Ring every four seconds, from now on or no longer."""
        ...


@dataclass
class Stopped:
    """Nothing goes on until somebody has pressed the button.

    Attributes:
        then: what the button does after that.
        button: what stands on it.
        escape: what Esc does; None: the same.
        way_back: what Esc is called, where it does something else.
        skipped: scans made meanwhile; none was applied.
    """

    said: Said
    then: Reaction
    button: str
    escape: Reaction | None = None
    way_back: str = ""
    skipped: int = 0


@dataclass(frozen=True)
class Done:
    """What a turn came to. It names nobody.

    Attributes:
        due_on: of each loan, the earliest first.
        expires_on: the last day of the library card; None: nobody's turn.
        slip: whether a slip was queued.
        forgotten: nobody's turn: a card lay there when the reader came up.
    """

    due_on: tuple[date, ...] = ()
    expires_on: date | None = None
    slip: bool = False
    forgotten: bool = False
