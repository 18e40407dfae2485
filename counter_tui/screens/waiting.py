"""What staff see while a device is asked."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Final, TypeVar

from counter_tui.language import _
from counter_tui.screens.answer_band import Answer

if TYPE_CHECKING:
    from counter_tui.screens.counter_screen import CounterScreen

SAY_READING_AFTER_S: Final = 0.3
SAY_WAITING_AFTER_S: Final = 3.0

Answered = TypeVar("Answered")


async def waiting(counter: CounterScreen, answer: Awaitable[Answered]) -> Answered:
    """Wait for a device. After 300 ms the counter says so, after 3 s also what to do."""
    before = counter.answer.answer
    said: list[Answer] = []

    def say(thing: str) -> None:
        said.append(Answer(_("Reading"), thing))
        counter.say(said[-1])

    timers = [
        counter.set_timer(SAY_READING_AFTER_S, lambda: say("")),
        counter.set_timer(
            SAY_WAITING_AFTER_S, lambda: say(_("Leave the card where it is, please."))
        ),
    ]
    try:
        return await answer
    finally:
        for timer in timers:
            timer.stop()
        if said and counter.answer.answer == said[-1]:
            counter.say(before)
            counter.scan.remark("")
