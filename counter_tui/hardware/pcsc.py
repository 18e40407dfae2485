"""Card readers behind the machine's card service (PC/SC); nothing else imports pyscard.

Only the flat functions of `smartcard.scard` are used. pyscard's objects keep one context for
the whole process, which is dead after the service was restarted; here every conversation and
every watch opens its own.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any, Final

from smartcard import scard

from counter_tui.errors import (
    CardBusy,
    CardError,
    CardGone,
    CardUnreadable,
    NoCard,
    NoReader,
    ReaderLost,
    ServiceUnavailable,
)
from counter_tui.hardware.apdu import describe
from counter_tui.hardware.card_watch import CardWatch, SlotState
from counter_tui.hardware.transport import ReaderEvent

_PLUG_AND_PLAY: Final = "\\\\?PnP?\\Notification"
"""Name of a reader that does not exist: its state changes when readers come and go."""

_BUSY_RETRIES: Final = 5
_BUSY_WAIT_S: Final = 0.1
"""Desktop programs look at each new card for a moment; that is waited for, up to half a second."""

_NOTICE_S: Final = 0.6
"""The service looks at a reader every 0.4 s (pcsc-lite 1.9); longer than that it does not take
to notice that a card has left."""

_EVENT_COUNT_SHIFT: Final = 16
"""The upper half of an event state counts how often a card came or went."""

_STATUS_BYTES: Final = 2
"""With which every answer of a card ends."""

_DEAD_LINE: Final = -1
"""Stands for the status of a call that the binding gave up with a bare SystemError, as it does
on a context whose service has ended (pyscard 2.3)."""


def _codes(*names: str) -> frozenset[int]:
    """Status codes by name, as numbers of the form that this platform's binding has."""
    return frozenset(getattr(scard, f"SCARD_{name}") for name in names)


_READER_GONE: Final = _codes("E_READER_UNAVAILABLE", "E_UNKNOWN_READER", "E_NO_READERS_AVAILABLE")
_NO_CARD: Final = _codes("E_NO_SMARTCARD", "W_REMOVED_CARD")
_CARD_MUTE: Final = _codes("W_UNRESPONSIVE_CARD", "W_UNPOWERED_CARD", "E_PROTO_MISMATCH")
_CARD_ENDED: Final = _NO_CARD | _codes(
    "W_RESET_CARD",
    "W_UNPOWERED_CARD",
    "W_UNRESPONSIVE_CARD",
    # What drivers say when the card leaves while it is answering.
    "E_NOT_TRANSACTED",
    "E_COMM_DATA_LOST",
)


class PcscReader:
    """A `CardReader` on the machine's card service."""

    def __init__(self, wanted: str | None = None) -> None:
        """Nothing is asked of the service yet.

        Args:
            wanted: beginning of the reader's name; None for the first reader there is.
        """
        self._wanted = wanted

    def reader_name(self) -> str:
        """The reader as the card service calls it.

        Raises:
            ServiceUnavailable, NoReader
        """
        line = ServiceLine()
        try:
            reader = line.reader(self._wanted)
        finally:
            line.close()
        if reader is None:
            raise NoReader(self._wanted)
        return reader

    def connect(self) -> PcscConnection:
        """Power the card that lies there, exclusively for this conversation.

        Waits up to half a second for another program that holds it.

        Raises:
            ServiceUnavailable, NoReader, NoCard, CardBusy
            CardUnreadable: something lies there that does not answer to power.
        """
        line = ServiceLine()
        try:
            reader = line.reader(self._wanted)
            if reader is None:
                raise NoReader(self._wanted)
            return PcscConnection(line, reader)
        except BaseException:
            line.close()
            raise

    def watch(self, report: Callable[[ReaderEvent], None]) -> CardWatch:
        """Tell `report`, on a thread of its own, what happens on the reader from now on."""
        return CardWatch(ServiceLine, self._wanted, report)


class PcscConnection:
    """A `Connection` with a card; it owns its line to the service."""

    def __init__(self, line: ServiceLine, reader: str) -> None:
        """Power the card.

        Raises:
            ServiceUnavailable, NoReader, NoCard, CardBusy, CardUnreadable
        """
        self._line: ServiceLine | None = line
        self._reader = reader
        self._card_may_have_left = False
        self._card, protocol, self._atr = line.power_up(reader)
        self._protocol = (
            scard.SCARD_PCI_T1 if protocol == scard.SCARD_PROTOCOL_T1 else scard.SCARD_PCI_T0
        )

    @property
    def atr(self) -> bytes:
        """The answer to reset as the reader shows it."""
        return self._atr

    def transmit(self, command: bytes | bytearray) -> bytes:
        """Send one command APDU, once.

        Raises:
            CardGone: the card left the reader or was reset.
            ReaderLost: the reader or the card service went away, or `disconnect` was called.
        """
        if self._line is None:
            raise ReaderLost("disconnected")
        octets = list(command)
        try:
            status, answer = _call(scard.SCardTransmit, self._card, self._protocol, octets)
        finally:
            # The binding wants a list; a PIN must not stay behind in it.
            octets[:] = [0] * len(octets)
        if status == scard.SCARD_S_SUCCESS and len(answer[0]) >= _STATUS_BYTES:
            return bytes(answer[0])
        # A driver may hand over an empty answer, as a success, when the card leaves just then.
        self._card_may_have_left = True
        if status == scard.SCARD_S_SUCCESS:
            return bytes(answer[0])
        if status in _CARD_ENDED:
            raise CardGone(describe(command))
        raise ReaderLost(_text(status))

    def disconnect(self) -> None:
        """Take the card's power away and close the line. Never raises; idempotent.

        After a command without a whole answer this waits up to 0.6 s.
        """
        if self._line is not None:
            if self._card_may_have_left:
                self._line.let_removal_be_noticed(self._reader)
            # Unpowered, not left or reset: only that makes a card forget its verified PINs.
            _call(scard.SCardDisconnect, self._card, scard.SCARD_UNPOWER_CARD)
            self._line.close()
            self._line = None


class ServiceLine:
    """A line to the card service (a PC/SC context), for one thread but for `cancel`."""

    def __init__(self) -> None:
        """Open it.

        Raises:
            ServiceUnavailable
        """
        status, context = _call(scard.SCardEstablishContext, scard.SCARD_SCOPE_USER)
        if status != scard.SCARD_S_SUCCESS:
            raise ServiceUnavailable(_text(status))
        self._context = context[0]
        self._readers_known = scard.SCARD_STATE_UNAWARE

    def close(self) -> None:
        """Close the line. Never raises."""
        _call(scard.SCardReleaseContext, self._context)

    def cancel(self) -> None:
        """End a wait of this line, from another thread. Never raises."""
        _call(scard.SCardCancel, self._context)

    def readers(self) -> list[str]:
        """Names of the readers that are plugged in; none is no error.

        Raises:
            ServiceUnavailable
        """
        status, found = _call(scard.SCardListReaders, self._context, [])
        if status == scard.SCARD_E_NO_READERS_AVAILABLE:
            return []
        if status != scard.SCARD_S_SUCCESS:
            raise ServiceUnavailable(_text(status))
        return list(found[0])

    def reader(self, wanted: str | None) -> str | None:
        """The first reader whose name begins with `wanted`, or the first of all; None without one.

        Raises:
            ServiceUnavailable
        """
        return next(
            (name for name in self.readers() if wanted is None or name.startswith(wanted)), None
        )

    def power_up(self, reader: str) -> tuple[int, int, bytes]:
        """Power the card on a reader for us alone.

        Returns:
            The card's handle, its protocol, its answer to reset.

        Raises:
            ServiceUnavailable, NoReader, NoCard, CardBusy, CardUnreadable
        """
        status, connected = self._connect(reader)
        pause = threading.Event()
        for _ in range(_BUSY_RETRIES):
            if status != scard.SCARD_E_SHARING_VIOLATION:
                break
            pause.wait(_BUSY_WAIT_S)
            status, connected = self._connect(reader)
        if status != scard.SCARD_S_SUCCESS:
            raise _power_up_error(status, reader)
        card, protocol = connected
        status, described = _call(scard.SCardStatus, card)
        # Without an ATR all goes on: nothing is decided by it.
        atr = bytes(described[3]) if status == scard.SCARD_S_SUCCESS else b""
        return card, protocol, atr

    def state(self, reader: str) -> SlotState:
        """How a reader is now.

        Raises:
            ReaderLost: it is not there, or the service ended.
        """
        found = self._wait([(reader, scard.SCARD_STATE_UNAWARE)], 0.0)
        if not found:
            raise ReaderLost(reader)
        return _slot_state(found[0], reader)

    def wait_for_card(self, reader: str, known: int, timeout_s: float) -> SlotState | None:
        """Wait until the card on a reader comes or goes; None when nothing happened in time.

        Raises:
            ReaderLost: the reader was unplugged, or the service ended.
        """
        found = self._wait([(reader, known)], timeout_s)
        return _slot_state(found[0], reader) if found else None

    def let_removal_be_noticed(self, reader: str) -> None:
        """Wait until the service knows that a card has left, or that it has not. Never raises.

        Taking the power of a card that has left, before the service has noticed it, makes the
        service (pcsc-lite 1.9) call the reader empty without noticing the removal. A card that
        only slipped and lies there again would then not be seen until it is lifted once more.
        """
        with contextlib.suppress(ReaderLost):
            state = self.state(reader)
            if state.card_present:
                self.wait_for_card(reader, state.known, _NOTICE_S)

    def wait_for_reader(self, timeout_s: float) -> None:
        """Wait until readers come or go, or until the time is over.

        Raises:
            ReaderLost: the service ended.
        """
        found = self._wait([(_PLUG_AND_PLAY, self._readers_known)], timeout_s)
        if found:
            self._readers_known = found[0]

    def _connect(self, reader: str) -> tuple[int, list[Any]]:
        return _call(
            scard.SCardConnect,
            self._context,
            reader,
            scard.SCARD_SHARE_EXCLUSIVE,
            scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
        )

    def _wait(self, watched: list[tuple[str, int]], timeout_s: float) -> list[int]:
        """Event states once one of them differs from what is known; empty when time is over."""
        status, found = _call(
            scard.SCardGetStatusChange, self._context, round(timeout_s * 1000), watched
        )
        if status in (scard.SCARD_E_TIMEOUT, scard.SCARD_E_CANCELLED):
            return []
        if status != scard.SCARD_S_SUCCESS:
            raise ReaderLost(_text(status))
        return [event for _name, event, _atr in found[0]]


def _call(function: Callable[..., Any], *arguments: object) -> tuple[int, list[Any]]:
    """Call a function of the binding: its status, and what else it gives."""
    try:
        found = function(*arguments)
    except (SystemError, scard.error):
        return _DEAD_LINE, []
    if isinstance(found, int):
        return found, []
    return found[0], list(found[1:])


def _slot_state(event: int, reader: str) -> SlotState:
    if event & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE):
        raise ReaderLost(reader)
    return SlotState(
        known=event & ~scard.SCARD_STATE_CHANGED,
        card_present=bool(event & scard.SCARD_STATE_PRESENT),
        changes=event >> _EVENT_COUNT_SHIFT,
    )


def _power_up_error(status: int, reader: str) -> CardError:
    if status == scard.SCARD_E_SHARING_VIOLATION:
        return CardBusy(reader)
    if status in _NO_CARD:
        return NoCard(reader)
    if status in _CARD_MUTE:
        return CardUnreadable("power-up")
    if status in _READER_GONE:
        return NoReader(reader)
    return ServiceUnavailable(_text(status))


def _text(status: int) -> str:
    return "dead line" if status == _DEAD_LINE else f"PC/SC {status & 0xFFFFFFFF:08X}"
