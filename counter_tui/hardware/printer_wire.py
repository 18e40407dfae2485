"""Ways to a receipt printer, each with a limit of time and an exact count of bytes.

A wire stands where a connector of python-escpos keeps its socket, port or file, so that the
connector's `_raw` ends here: its own would block without limit and could not say how much had
left. The serial, USB and CUPS wires stand in modules of their own, as they need libraries.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import stat
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Final, Protocol

from counter_tui.errors import PrinterUnreachable

_PIECE: Final = 4096


class WireBroken(Exception):
    """The other side closed or reset the connection, or took nothing until the deadline."""


class OneWay(Protocol):
    """Takes bytes.

    Attributes:
        sent: bytes that have been taken. They may or may not have reached the printer.
        deadline: no call waits beyond it; an instant of `time.monotonic`.
    """

    sent: int
    deadline: float

    def send(self, data: bytes) -> None:
        """Send everything.

        Raises:
            WireBroken: not all of it left; see `sent`.
        """
        ...

    def finish(self, wait_s: float) -> None:
        """End it in good order, and close; waits up to `wait_s`. Never raises."""
        ...


class TwoWay(OneWay, Protocol):
    """Takes bytes, and brings back what the printer says."""

    def read(self, until: float) -> bytes:
        """What the printer has said; waits until `until` for the first byte of it.

        Returns:
            Nothing when it said nothing in time.

        Raises:
            WireBroken: it closed or reset the connection, and everything it said is read.
        """
        ...


class StreamWire(ABC):
    """A wire over something that `select` can wait for.

    What the printer says while we send is read at once and kept. With TCP an unread byte at the
    moment of closing makes the kernel reset the connection, and the printer loses what it had
    not read yet.
    """

    def __init__(self) -> None:
        self._inbox = bytearray()
        self.sent = 0
        self.deadline = time.monotonic()

    @abstractmethod
    def _fileno(self) -> int:
        """What `select` waits for."""

    @abstractmethod
    def _give(self, data: memoryview) -> int:
        """Hand some bytes to the kernel without waiting; how many it took."""

    @abstractmethod
    def _take(self) -> bytes:
        """What has come; nothing means that the other side has ended."""

    def send(self, data: bytes) -> None:
        """Send everything; see `OneWay`."""
        rest = memoryview(data)
        while rest:
            readable, writable = self._wait(writing=True, until=self.deadline)
            if readable:
                self._receive()
            if writable:
                try:
                    count = self._give(rest)
                except BlockingIOError:
                    continue
                except OSError as error:
                    raise WireBroken("send") from error
                self.sent += count
                rest = rest[count:]
            elif not readable:
                raise WireBroken("the printer takes no more bytes")

    def read(self, until: float) -> bytes:
        """What the printer has said; see `TwoWay`."""
        if not self._inbox and self._wait(writing=False, until=min(until, self.deadline))[0]:
            self._receive()
        received = bytes(self._inbox)
        self._inbox.clear()
        return received

    def _wait(self, *, writing: bool, until: float) -> tuple[bool, bool]:
        descriptor = self._fileno()
        writers = [descriptor] if writing else []
        left = max(until - time.monotonic(), 0)
        readable, writable, _ = select.select([descriptor], writers, [], left)
        return bool(readable), bool(writable)

    def _receive(self) -> None:
        try:
            received = self._take()
        except BlockingIOError:
            return
        except OSError as error:
            raise WireBroken("receive") from error
        if not received:
            raise WireBroken("the printer closed the connection")
        self._inbox += received


class TcpWire(StreamWire):
    """A TCP connection to a printer, mostly to port 9100."""

    def __init__(self, host: str, port: int, connect_s: float) -> None:
        """Connect; waits up to `connect_s` seconds for each address that `host` has.

        Raises:
            PrinterUnreachable: refused, no route, no such name, or no answer in time.
        """
        super().__init__()
        try:
            self._socket = socket.create_connection((host, port), timeout=connect_s)
        except OSError as error:
            raise PrinterUnreachable(f"{host}:{port}") from error
        self._socket.setblocking(False)
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def finish(self, wait_s: float) -> None:
        """Say that nothing more comes, wait up to `wait_s` for the printer's end, and close."""
        self.deadline = time.monotonic() + wait_s
        with contextlib.suppress(OSError, WireBroken):
            self._socket.shutdown(socket.SHUT_WR)
            while time.monotonic() < self.deadline:
                if self._wait(writing=False, until=self.deadline)[0]:
                    self._receive()
                    self._inbox.clear()
        self._socket.close()

    def _fileno(self) -> int:
        return self._socket.fileno()

    def _give(self, data: memoryview) -> int:
        return self._socket.send(data)

    def _take(self) -> bytes:
        return self._socket.recv(_PIECE)


class DeviceWire:
    """A device file such as /dev/usb/lp0, written to only.

    A FIFO and an existing ordinary file are taken as well, for trials without a printer: the
    file grows at its end. Nothing is ever created, and a disk is refused.
    """

    def __init__(self, path: Path) -> None:
        """Open it; does not wait.

        Raises:
            PrinterUnreachable: it is not there, is no such file, is busy or not ours to write;
                or a FIFO that nobody reads.
        """
        try:
            # Without O_CREAT: a file that fills up unseen where a printer was unplugged.
            # O_NONBLOCK so that neither opening nor writing can wait for ever.
            self._descriptor = os.open(
                path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_APPEND | os.O_CLOEXEC
            )
        except OSError as error:
            raise PrinterUnreachable(str(path)) from error
        if not is_printable_file(os.fstat(self._descriptor).st_mode):
            os.close(self._descriptor)
            raise PrinterUnreachable(str(path))
        self.sent = 0
        self.deadline = time.monotonic()

    def send(self, data: bytes) -> None:
        """Write everything; see `OneWay`."""
        rest = memoryview(data)
        while rest:
            left = max(self.deadline - time.monotonic(), 0)
            if not select.select([], [self._descriptor], [], left)[1]:
                raise WireBroken("the device takes no more bytes")
            try:
                count = os.write(self._descriptor, rest[:_PIECE])
            except BlockingIOError:
                continue
            except OSError as error:
                raise WireBroken("write") from error
            self.sent += count
            rest = rest[count:]

    def finish(self, wait_s: float) -> None:
        """Close it; there is nothing to wait for."""
        os.close(self._descriptor)


def is_printable_file(mode: int) -> bool:
    """Whether a file of this mode may be a printer: a character device, a FIFO or a file."""
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode) or stat.S_ISREG(mode)
