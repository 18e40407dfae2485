"""A card reader with which anything can go wrong, at the command that a test chooses.

It stands where a driver stands: outside of all code of ours. Nothing waits for a clock; a silent
card is silent until the test lets it speak.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import Enum, auto
from pathlib import Path
from typing import Final

from counter_tui.desk.card_lane import SILENCE_S
from counter_tui.errors import CardGone, ReaderLost, ServiceUnavailable
from counter_tui.hardware.apdu import (
    INS_GET_RESPONSE,
    INS_READ_BINARY,
    INS_VERIFY,
    describe,
)
from counter_tui.hardware.simulated.card import SimulatedCard
from counter_tui.hardware.simulated.in_process import SimulatedConnection, SimulatedReader
from counter_tui.hardware.transport import (
    CardPresented,
    CardRemoved,
    ReaderEvent,
    ReaderMissing,
    ReaderReady,
    Watch,
)
from tests.support.rig import Rig, rigged

LONGEST_SILENCE_S: Final = 30.0
"""A test that forgets to let the card speak fails instead of hanging."""


class Fault(Enum):
    """What happens at one command."""

    REMOVED = auto()
    """The card leaves before the command reaches it."""
    ANSWER_LOST = auto()
    """The card does what it was told and leaves before its answer arrives."""
    ERROR_BEFORE = auto()
    """6F00; the card has not seen the command."""
    ERROR_AFTER = auto()
    """6F00 in place of the answer; the card has done what it was told."""
    GARBAGE = auto()
    """Bytes that are no answer to anything, in place of the answer."""
    GARBAGE_WITH_9000 = auto()
    """The same with the status word of success."""
    NOISE = auto()
    """The answer has the right length and status, but its data are noise."""
    EMPTY = auto()
    """An answer of no bytes."""
    ONE_BYTE = auto()
    """An answer of one byte."""
    MORE_WAITS = auto()
    """61xx, and the data at GET RESPONSE: how some readers hand answers over."""
    MORE_PROMISED = auto()
    """61xx, and nothing behind it."""
    WRONG_LENGTH = auto()
    """6Cxx to a read that asked for another length, then the right answer."""
    WRONG_LENGTH_SAID = auto()
    """6C01 to whatever was asked."""
    SILENCE = auto()
    """No answer until the test says so; then the right one."""
    UNPLUGGED = auto()
    """The reader's cable is pulled."""
    SERVICE_GONE = auto()
    """The card service ends."""


HARMLESS: Final = frozenset({Fault.MORE_WAITS, Fault.WRONG_LENGTH, Fault.SILENCE})
"""What a card or a reader may do; nobody at the counter should notice."""

_GARBAGE: Final = bytes.fromhex("1B5B324AFFFE00414243E38182")


def presents_a_pin(command: bytes) -> bool:
    """Whether this command is a VERIFY with digits, not the question for the tries left."""
    return command[1] == INS_VERIFY and len(command) > 4


def _any(command: bytes) -> bool:
    return True


class Patience:
    """Seconds of silence, which pass when a test says so; takes the place of `asyncio.sleep`."""

    def __init__(self) -> None:
        self._passing = asyncio.Event()
        self._seconds = 0

    async def __call__(self, _seconds: float) -> None:
        """Wait for one second, as long as those that wait ask for."""
        await self._passing.wait()
        self._seconds -= 1
        if self._seconds == 0:
            self._passing.clear()

    def let_pass(self, seconds: int = SILENCE_S + 1) -> None:
        """Let so many seconds pass for whoever waits, or will be the next to wait.

        One more than a silence may last: in the first of them something was heard.
        """
        self._seconds = seconds
        self._passing.set()


class FaultyReader:
    """A `CardReader` around a simulated one; all works well until `break_at`."""

    def __init__(self, reader: SimulatedReader) -> None:
        self.inner = reader
        self.commands = 0
        self.silent = threading.Event()
        self._speak = threading.Event()
        self._at: int | None = None
        self._fault = Fault.REMOVED
        self._among: Callable[[bytes], bool] = _any
        self._kept = b""
        self._service_runs = True
        self._card: SimulatedCard | None = None
        self._reports: list[Callable[[ReaderEvent], None]] = []

    def break_at(
        self, index: int, fault: Fault, among: Callable[[bytes], bool] | None = None
    ) -> None:
        """Let this go wrong at the command with this index, counted from now on.

        Args:
            among: only such commands are counted; None: all.
        """
        self._among = among or _any
        self.silent.clear()
        self._speak.clear()
        self.commands, self._at, self._fault = 0, index, fault
        self._kept = b""

    def let_speak(self) -> None:
        """End a silence."""
        self._speak.set()

    def heal(self) -> None:
        """Plug the reader in, start the service, lay the card down again where it lay."""
        self._at = None
        self._among = _any
        self.commands = 0
        if not self._service_runs:
            self._service_runs = True
            self._tell(ReaderReady(self.inner.name))
            if self.inner.card is not None:
                self._tell(CardPresented())
        self.inner.plug_in()
        if self._card is not None:
            card, self._card = self._card, None
            self.inner.lay(card)

    # ------------------------------------------------------------------------ CardReader

    def reader_name(self) -> str:
        """As the inner reader is called."""
        return self.inner.reader_name()

    def connect(self) -> FaultyConnection:
        """Power the card.

        Raises:
            ServiceUnavailable: since `SERVICE_GONE`.
            NoReader, NoCard, CardBusy
        """
        if not self._service_runs:
            raise ServiceUnavailable
        return FaultyConnection(self, self.inner.connect())

    def watch(self, report: Callable[[ReaderEvent], None]) -> Watch:
        """Watch the inner reader, and the service."""
        self._reports.append(report)
        return self.inner.watch(report)

    # ---------------------------------------------------------------------------- within

    def _tell(self, event: ReaderEvent) -> None:
        for report in self._reports:
            report(event)

    def exchange(self, connection: SimulatedConnection, command: bytes) -> bytes:
        """Pass one command on, or let go wrong what is due."""
        if command[1] == INS_GET_RESPONSE and self._kept:
            kept, self._kept = self._kept, b""
            return kept
        if not self._among(command):
            return connection.transmit(command)
        index, self.commands = self.commands, self.commands + 1
        if index != self._at:
            return connection.transmit(command)
        return self._go_wrong(connection, command)

    def _go_wrong(self, connection: SimulatedConnection, command: bytes) -> bytes:
        match self._fault:
            case Fault.REMOVED:
                self._take_off()
                raise CardGone(describe(command))
            case Fault.ERROR_BEFORE:
                return b"\x6f\x00"
            case Fault.UNPLUGGED:
                self.inner.unplug()
                raise ReaderLost
            case Fault.SERVICE_GONE:
                self._service_runs = False
                if self.inner.card is not None:
                    self._tell(CardRemoved())
                self._tell(ReaderMissing(service_runs=False))
                raise ReaderLost("dead line")
            case Fault.SILENCE:
                self.silent.set()
                if not self._speak.wait(LONGEST_SILENCE_S):
                    raise AssertionError("nobody let the card speak")
                return connection.transmit(command)
            case _:
                return self._spoil(connection.transmit(command), command)

    def _spoil(self, answer: bytes, command: bytes) -> bytes:
        data, status = answer[:-2], answer[-2:]
        match self._fault:
            case Fault.ANSWER_LOST:
                self._take_off()
                raise CardGone(describe(command))
            case Fault.ERROR_AFTER:
                return b"\x6f\x00"
            case Fault.GARBAGE:
                return _GARBAGE
            case Fault.GARBAGE_WITH_9000:
                return _GARBAGE + b"\x90\x00"
            case Fault.NOISE:
                return bytes(byte ^ 0x5A for byte in data) + status
            case Fault.EMPTY:
                return b""
            case Fault.ONE_BYTE:
                return b"\x90"
            case Fault.MORE_PROMISED:
                return b"\x61\x10"
            case Fault.WRONG_LENGTH_SAID:
                return b"\x6c\x01"
            case Fault.MORE_WAITS if data:
                self._kept = answer
                return bytes((0x61, len(data) & 0xFF))
            case Fault.WRONG_LENGTH if command[1] == INS_READ_BINARY and data:
                return bytes((0x6C, len(data) & 0xFF))
            case _:
                return answer

    def _take_off(self) -> None:
        self._card = self.inner.card
        self.inner.take_off()


class FaultyConnection:
    """A `Connection` in which something may go wrong."""

    def __init__(self, reader: FaultyReader, connection: SimulatedConnection) -> None:
        self._reader = reader
        self._connection = connection

    @property
    def atr(self) -> bytes:
        """The card's answer to reset."""
        return self._connection.atr

    def transmit(self, command: bytes | bytearray) -> bytes:
        """Send one command."""
        return self._reader.exchange(self._connection, bytes(command))

    def disconnect(self) -> None:
        """Take the card's power away."""
        self._connection.disconnect()


@asynccontextmanager
async def faulty_rig(folder: Path, **changes: object) -> AsyncIterator[tuple[Rig, FaultyReader]]:
    """A desk whose reader can fail.

    Args:
        changes: as `rigged` takes them.
    """
    made: list[FaultyReader] = []

    def around(reader: SimulatedReader) -> FaultyReader:
        made.append(FaultyReader(reader))
        return made[0]

    async with rigged(folder, around=around, **changes) as rig:  # type: ignore[arg-type]  # as there
        yield rig, made[0]
