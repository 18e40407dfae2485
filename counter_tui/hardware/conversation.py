"""A conversation with a card that can be given up from another thread while it waits.

A driver that waits for a card cannot be interrupted. What can be done is to let nothing come after
the command that hangs: when its answer does come, it is dropped and the power is taken away.
"""

from __future__ import annotations

import threading

from counter_tui.errors import PinKind, ReaderLost
from counter_tui.hardware.mynumber_card import MyNumberCard
from counter_tui.hardware.transport import CardReader, Connection


class Progress:
    """Counts what was heard from a reader, for whoever waits on another thread.

    Its lock makes one moment of "nothing was heard" and "nothing more is sent".
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.heard = 0

    def note(self) -> None:
        """Something was heard."""
        with self.lock:
            self.heard += 1


class Conversation:
    """One powered card, from power-up to power-down, for one thread but for `give_up`."""

    def __init__(self, progress: Progress) -> None:
        """Nothing is powered yet."""
        self._progress = progress
        self._connection: Connection | None = None
        self._given_up = False
        self.card = MyNumberCard(self)
        self.pin_on_its_way: PinKind | None = None
        """The reference to which a PIN had been sent when the conversation was given up."""

    def power_up(self, reader: CardReader) -> None:
        """Power the card on a reader.

        Raises:
            NoReader, ServiceUnavailable, NoCard, CardBusy, CardGone, ReaderLost
        """
        self._connection = reader.connect()
        self._progress.note()

    def power_down(self) -> None:
        """Take the power away. Never raises; does nothing when there is none."""
        if self._connection is not None:
            self._connection.disconnect()
            self._connection = None

    def transmit(self, command: bytes | bytearray) -> bytes:
        """Send one command APDU, as `Transport` says.

        Raises:
            ReaderLost: also when the conversation was given up: nothing was sent, or the answer
                came too late for anybody.
            CardGone
        """
        connection = self._while_wanted()
        answer = connection.transmit(command)
        with self._progress.lock:
            self._while_wanted()
            self._progress.note()
        return answer

    def give_up(self) -> None:
        """From now on nothing is sent, and no answer is taken; from any thread. Idempotent.

        The command that is on its way stays so; whether it was a PIN is noted.
        """
        with self._progress.lock:
            if not self._given_up:
                self._given_up = True
                self.pin_on_its_way = self.card.presenting

    def _while_wanted(self) -> Connection:
        with self._progress.lock:
            if self._given_up or self._connection is None:
                raise ReaderLost("given up")
            return self._connection
