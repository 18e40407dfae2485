"""Lays a simulated card on the virtual reader of vsmartcard, behind the machine's card service.

Other programs then see a card like any other. The protocol of vsmartcard's `vpcd`: each message
is two bytes of length (big-endian) and a payload; a payload of one byte is a control code, any
other a command APDU. Commands get an answer, of the control codes only the one that asks for
the ATR. The card is there as long as the connection stands.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable
from typing import Final, Self

from counter_tui.hardware import apdu
from counter_tui.hardware.simulated.card import NotPowered, SimulatedCard
from counter_tui.hardware.simulated.tries import StateFileUnusable

log = logging.getLogger(__name__)

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 35963
"""Where vsmartcard-vpcd waits for the card in its first slot, as packaged by Debian."""

_LENGTH_BYTES: Final = 2
_POWER_OFF: Final = b"\x00"
_POWER_ON: Final = b"\x01"
_RESET: Final = b"\x02"
_ATR: Final = b"\x04"

_CONNECT_TIMEOUT_S: Final = 3.0
_TCP_QUICKACK: Final = getattr(socket, "TCP_QUICKACK", None)
"""Linux only, as is vsmartcard's reader in practice."""


class VirtualReaderAbsent(Exception):
    """Nobody answers at the virtual reader's address."""


class VirtualReader:
    """A simulated card on a virtual reader; a context manager from laying down to taking off."""

    def __init__(
        self,
        card: SimulatedCard,
        host: str = DEFAULT_HOST,
        port: int = DEFAULT_PORT,
        on_exchange: Callable[[bytes, bytes], None] | None = None,
    ) -> None:
        """Nothing is connected yet.

        Args:
            on_exchange: is told each command and its answer, PINs and attributes included: for
                tests on made-up cards, never for a log. Called on the reader's thread.
        """
        self._card = card
        self._address = (host, port)
        self._on_exchange = on_exchange
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        self.lay()
        return self

    def __exit__(self, *_: object) -> None:
        self.take_off()

    def lay(self) -> None:
        """Lay the card down; a thread of its own answers from now on.

        Raises:
            VirtualReaderAbsent: nobody answers at the address.
        """
        try:
            self._socket = socket.create_connection(self._address, _CONNECT_TIMEOUT_S)
        except OSError as error:
            raise VirtualReaderAbsent(f"{self._address[0]}:{self._address[1]}") from error
        self._socket.settimeout(None)
        # Answers are small: one must not wait for the acknowledgement of the one before.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._ended.clear()
        self._thread = threading.Thread(
            target=self._serve, args=(self._socket,), name="virtual reader", daemon=True
        )
        self._thread.start()

    def take_off(self) -> None:
        """Take the card off, at any moment; returns when its thread has ended. Idempotent."""
        if self._socket is not None:
            with contextlib.suppress(OSError):  # the other side may have been quicker
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
            self._socket = None
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
            self._thread = None
        self._card.power_off()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the reader goes away by itself.

        Returns:
            False when `timeout_s` passed before.
        """
        return self._ended.wait(timeout_s)

    def _serve(self, connection: socket.socket) -> None:
        try:
            while (message := _receive(connection)) is not None:
                answer = self._answer(message)
                if answer is not None:
                    # One write: a length that travels alone costs 40 ms (delayed ACK).
                    connection.sendall(len(answer).to_bytes(_LENGTH_BYTES, "big") + answer)
        except (OSError, StateFileUnusable) as error:
            # The reader went away, the card was taken off, or its counters cannot be kept:
            # each ends the connection, and the reader sees an empty slot.
            log.info("virtual reader ends: %s", type(error).__name__)
        finally:
            self._ended.set()
            connection.close()

    def _answer(self, message: bytes) -> bytes | None:
        if len(message) == 1:
            return self._control(message)
        try:
            answer = self._card.transmit(message)
        except (NotPowered, ValueError):
            # Two or three bytes, or a command without power: no card would answer; the reader's
            # driver waits for something, and this is what a card says to a broken command.
            answer = apdu.SW_WRONG_LENGTH.to_bytes(2, "big")
        if self._on_exchange is not None:
            self._on_exchange(message, answer)
        return answer

    def _control(self, code: bytes) -> bytes | None:
        if code == _ATR:
            return self._card.atr
        if code == _POWER_ON:
            self._card.power_on()
        elif code == _POWER_OFF:
            self._card.power_off()
        elif code == _RESET:
            self._card.reset()
        return None


def _receive(connection: socket.socket) -> bytes | None:
    """The next payload, or None when the other side has ended the connection."""
    length = _receive_exactly(connection, _LENGTH_BYTES)
    return None if length is None else _receive_exactly(connection, int.from_bytes(length, "big"))


def _receive_exactly(connection: socket.socket, count: int) -> bytes | None:
    received = b""
    while len(received) < count:
        piece = connection.recv(count - len(received))
        if _TCP_QUICKACK is not None:
            # The driver writes length and payload apart and waits for the first one's
            # acknowledgement; Linux forgets this option, so it is set after each recv.
            connection.setsockopt(socket.IPPROTO_TCP, _TCP_QUICKACK, 1)
        if not piece:
            return None
        received += piece
    return received
