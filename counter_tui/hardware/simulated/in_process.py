"""A reader without a device: the simulated card in the same process, for tests and the demo."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from counter_tui.errors import CardBusy, CardGone, NoCard, NoReader, ReaderLost
from counter_tui.hardware.apdu import describe
from counter_tui.hardware.transport import (
    CardPresented,
    CardRemoved,
    ReaderEvent,
    ReaderMissing,
    ReaderReady,
)

if TYPE_CHECKING:
    from counter_tui.hardware.simulated.card import SimulatedCard


class SimulatedReader:
    """A `CardReader` on which a program lays a card and takes it off.

    Any thread may call any method. A card that was taken off or unplugged ends its conversation
    as on a real reader: the next command raises.
    """

    def __init__(
        self,
        name: str = "Simulated reader",
        on_exchange: Callable[[bytes, bytes], None] | None = None,
    ) -> None:
        """An empty reader that is plugged in.

        Args:
            on_exchange: is told each command and its answer, PINs and attributes included: for
                tests on made-up cards, never for a log.
        """
        self.name = name
        self.on_exchange = on_exchange
        self._lock = threading.RLock()
        self._plugged_in = True
        self._card: SimulatedCard | None = None
        self._connection: SimulatedConnection | None = None
        self._watches: list[SimulatedWatch] = []
        self._commands_to_removal: int | None = None

    @property
    def card(self) -> SimulatedCard | None:
        """What lies on the reader now."""
        return self._card

    def lay(self, card: SimulatedCard, *, removed_after: int | None = None) -> None:
        """Lay a card down; one that lies there is taken off first.

        Args:
            removed_after: the card is pulled when it has answered this many commands.
        """
        with self._lock:
            self.take_off()
            self._card = card
            self._commands_to_removal = removed_after
            if self._plugged_in:
                self._tell(CardPresented())

    def take_off(self) -> None:
        """Take the card off, in the middle of a conversation or not. Idempotent."""
        with self._lock:
            if self._card is None:
                return
            self._card.power_off()
            self._card = None
            self._commands_to_removal = None
            self._connection = None
            if self._plugged_in:
                self._tell(CardRemoved())

    def unplug(self) -> None:
        """Pull the reader's cable; a card stays lying on it, without power. Idempotent."""
        with self._lock:
            if self._plugged_in:
                self._plugged_in = False
                self._connection = None
                if self._card is not None:
                    self._card.power_off()
                self._tell(ReaderMissing(service_runs=True))

    def plug_in(self) -> None:
        """Plug the reader in again. Idempotent."""
        with self._lock:
            if not self._plugged_in:
                self._plugged_in = True
                self._tell(*self._present_state())

    def reader_name(self) -> str:
        """The name it was given.

        Raises:
            NoReader: unplugged.
        """
        if not self._plugged_in:
            raise NoReader
        return self.name

    def connect(self) -> SimulatedConnection:
        """Power the card that lies there.

        Raises:
            NoReader: unplugged.
            NoCard: nothing lies there.
            CardBusy: another conversation has not been ended.
        """
        with self._lock:
            if not self._plugged_in:
                raise NoReader
            if self._card is None:
                raise NoCard
            if self._connection is not None:
                raise CardBusy
            self._card.power_on()
            self._connection = SimulatedConnection(self, self._card)
            return self._connection

    def watch(self, report: Callable[[ReaderEvent], None]) -> SimulatedWatch:
        """Tell `report` what happens, on the thread that makes it happen, at once.

        The first report comes before this returns.
        """
        with self._lock:
            watch = SimulatedWatch(self, report)
            self._watches.append(watch)
            for event in self._present_state():
                report(event)
            return watch

    def _present_state(self) -> list[ReaderEvent]:
        if not self._plugged_in:
            return [ReaderMissing(service_runs=True)]
        ready: list[ReaderEvent] = [ReaderReady(self.name)]
        return ready if self._card is None else [*ready, CardPresented()]

    def _tell(self, *events: ReaderEvent) -> None:
        for watch in tuple(self._watches):
            for event in events:
                watch.report(event)

    def _transmit(self, connection: SimulatedConnection, command: bytes) -> bytes:
        with self._lock:
            if not self._plugged_in:
                raise ReaderLost
            if self._connection is not connection or self._card is None:
                raise CardGone(describe(command))
            if self._commands_to_removal == 0:
                self.take_off()
                raise CardGone(describe(command))
            answer = self._card.transmit(command)
            if self._commands_to_removal is not None:
                self._commands_to_removal -= 1
            if self.on_exchange is not None:
                self.on_exchange(command, answer)
            return answer

    def _disconnect(self, connection: SimulatedConnection) -> None:
        with self._lock:
            if self._connection is connection:
                self._connection = None
                if self._card is not None:
                    self._card.power_off()

    def _stop(self, watch: SimulatedWatch) -> None:
        with self._lock:
            if watch in self._watches:
                self._watches.remove(watch)


class SimulatedConnection:
    """A `Connection` with the card on a simulated reader."""

    def __init__(self, reader: SimulatedReader, card: SimulatedCard) -> None:
        """Made by `SimulatedReader.connect` alone."""
        self._reader = reader
        self._atr = card.atr

    @property
    def atr(self) -> bytes:
        """The card's answer to reset."""
        return self._atr

    def transmit(self, command: bytes | bytearray) -> bytes:
        """Send one command.

        Raises:
            CardGone: the card was taken off.
            ReaderLost: the reader was unplugged.
        """
        return self._reader._transmit(self, bytes(command))

    def disconnect(self) -> None:
        """Take the card's power away. Idempotent."""
        self._reader._disconnect(self)


class SimulatedWatch:
    """A `Watch` of a simulated reader."""

    def __init__(self, reader: SimulatedReader, report: Callable[[ReaderEvent], None]) -> None:
        """Made by `SimulatedReader.watch` alone."""
        self._reader = reader
        self.report = report

    def stop(self) -> None:
        """Report nothing any more. Idempotent."""
        self._reader._stop(self)
