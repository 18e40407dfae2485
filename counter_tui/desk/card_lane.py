"""The way of all use cases to the card: one thread, one powered conversation at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from counter_tui.desk.devices import DeskEvent, Device, Lamp, Trouble
from counter_tui.errors import NoReader, PinOutcomeUnknown, ReaderSilent
from counter_tui.hardware.conversation import Conversation, Progress
from counter_tui.hardware.lane import Lane, LaneClosed
from counter_tui.hardware.mynumber_card import MyNumberCard
from counter_tui.hardware.transport import CardReader

Answer = TypeVar("Answer")
Pause = Callable[[float], Awaitable[None]]

SILENCE_S: Final = 8
"""How long nothing is heard before a conversation is given up. ISO/IEC 14443-4 §7.2 lets a card be
silent for 4.9 s (the longest frame waiting time) before it must answer or ask for more; this leaves
the reader's driver three seconds more to say that none came. One command is meant: a card that
answers slowly, but answers, is never given up."""

_LOOK_EVERY_S: Final = 1.0


class CardLane:
    """Powers the card, holds one conversation, and takes the power away again.

    A conversation in which nothing is heard for `SILENCE_S` is given up: whoever waits is told,
    and the lamp. The thread that hangs in the driver cannot be ended, so nothing else is asked of
    the reader until it comes back, with whatever late answer, which is dropped; or until the
    reader was away and is there again, when another thread takes its place.
    """

    def __init__(
        self,
        reader: CardReader | None,
        report: Callable[[DeskEvent], None] = lambda _: None,
        pause: Pause = asyncio.sleep,
    ) -> None:
        """Args:
        reader: None: this terminal has none.
        report: is told of the reader's lamp, from any thread.
        pause: waits for so many seconds.
        """
        self._reader = reader
        self._pause = pause
        self._lane = Lane("card")
        self._lamp = Lamp(Device.READER, report)
        self._trouble: Trouble | None = Trouble.NONE_SET_UP if reader is None else Trouble.STARTING
        self._progress = Progress()
        self._held: Conversation | None = None
        self._held_when_lost: Conversation | None = None
        self._silent: Conversation | None = None

    async def converse(self, conversation: Callable[[MyNumberCard], Answer]) -> Answer:
        """Hold `conversation` with the card on the reader, from power-up to power-down.

        Nothing in it waits for a person. It runs to its end even when the awaiting task is
        cancelled, but not when it is given up. A PIN that the card has accepted is forgotten with
        the power.

        Raises:
            ReaderSilent: nothing was heard for `SILENCE_S`, or the reader has not come back from
                an earlier silence.
            PinOutcomeUnknown: the same, and a PIN was on its way.
            NoReader, ServiceUnavailable, NoCard, CardBusy, CardGone, ReaderLost, and whatever
            `conversation` raises.
        """
        if self._reader is None:
            raise NoReader
        with self._progress.lock:
            if self._silent is not None:
                raise ReaderSilent(still=True)
            lane = self._lane
        own = Conversation(self._progress)
        answer = asyncio.ensure_future(lane.run(self._hold, self._reader, own, conversation))
        try:
            while not answer.done():
                await self._wait_for(answer, own, lane)
            if lane is not self._lane and _never_began(answer):
                raise ReaderSilent
            return answer.result()
        finally:
            if not answer.cancel() and not answer.cancelled():
                answer.exception()  # heard, even when nobody waits any more
            # An error knows this frame; a frame that knew it would keep all alive for a while.
            del answer

    async def _wait_for(
        self, answer: asyncio.Future[Answer], own: Conversation, lane: Lane
    ) -> None:
        """Wait for an answer, or until a silence has lasted for too long.

        Raises:
            ReaderSilent, PinOutcomeUnknown
        """
        silence = asyncio.ensure_future(self._silence())
        try:
            awaited: set[asyncio.Future[Any]] = {answer, silence}
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
            if silence.done() and not answer.done():
                self._give_up(silence.result(), own, lane)
        finally:
            silence.cancel()

    async def _silence(self) -> int:
        """Wait until nothing was heard for `SILENCE_S`; how much was heard until then."""
        quiet_s, heard = 0.0, self._progress.heard
        while quiet_s < SILENCE_S:
            await self._pause(_LOOK_EVERY_S)
            now = self._progress.heard
            quiet_s = quiet_s + _LOOK_EVERY_S if now == heard else 0.0
            heard = now
        return heard

    def _give_up(self, heard: int, own: Conversation, lane: Lane) -> None:
        with self._progress.lock:
            if self._silent is None and lane is self._lane:
                if self._progress.heard != heard or self._held is None:
                    return  # it came back at the last moment
                # Perhaps an earlier conversation than ours, for which nobody waits any more.
                self._silent = self._held
                self._silent.give_up()
            own.give_up()  # it may be waiting behind that one, and must not begin any more
        self._show()
        if own.pin_on_its_way is not None:
            raise PinOutcomeUnknown(own.pin_on_its_way, silent=True)
        raise ReaderSilent

    def _hold(
        self,
        reader: CardReader,
        own: Conversation,
        conversation: Callable[[MyNumberCard], Answer],
    ) -> Answer:
        with self._progress.lock:
            self._held = own
            self._progress.note()
        try:
            own.power_up(reader)
            return conversation(own.card)
        finally:
            own.power_down()
            with self._progress.lock:
                self._progress.note()
                if self._held is own:
                    self._held = None
                if self._silent is own:
                    self._silent = None
            self._show()

    def reader_changed(self, trouble: Trouble | None) -> None:
        """The watcher of the reader says how it is; from any thread.

        A reader that was away and is there again is asked anew, on another thread if the driver
        keeps the one that asked it before: that one's handle is of the reader that was.
        """
        with self._progress.lock:
            self._trouble = trouble
            if trouble is not None:
                self._held_when_lost = self._held
            elif self._held_when_lost is not None:
                if self._held_when_lost is self._held:
                    self._held.give_up()
                    self._lane.close(timeout_s=0)
                    self._lane = Lane("card")
                    self._held = self._silent = None
                self._held_when_lost = None
        self._show()

    def _show(self) -> None:
        with self._progress.lock:
            is_silent = self._trouble is None and self._silent is not None
            self._lamp.show(Trouble.NO_ANSWER if is_silent else self._trouble)

    def close(self) -> None:
        """Take no more conversations; the one that is held ends by itself."""
        with self._progress.lock:
            lane, hangs = self._lane, self._silent is not None
        if hangs:
            lane.close(timeout_s=0)
        else:
            lane.close()


def _never_began(answer: asyncio.Future[Any]) -> bool:
    """Whether its lane was closed before it came to its turn there."""
    return answer.cancelled() or isinstance(answer.exception(), LaneClosed)
