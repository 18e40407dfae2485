"""A receipt printer on a loopback port, which behaves like a network model and can fail.

It answers real-time status queries the moment they arrive, processes everything else in order,
holds data back while it has no paper, and keeps what a torn job has left behind when the next
connection comes: as docs/printing.md §5 and §6 describe. Run by hand, it prints its port:

    python -m tests.support.tcp_printer --port 0 --out FILE
"""

from __future__ import annotations

import argparse
import contextlib
import os
import select
import signal
import socket
import struct
import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType, TracebackType
from typing import Final

from tests.support.escpos_decoder import Incomplete, NotEscPos, PrintedLine, Token, slips, tokens

_REAL_TIME_QUERY: Final = b"\x10\x04"


@dataclass(frozen=True)
class Behaviour:
    """How a printer behaves; a sound recent model by default.

    Attributes:
        confirms: knows GS ( H.
        answers_queued: knows GS r.
        model: what it says to GS I 67; empty: it does not know the question.
        mute: reads everything and says nothing.
        hang: accepts connections and never reads.
        paper_out, cover_open, offline, near_end: its state from the start.
        paper_out_after, cover_open_after: becomes so when this many bytes of jobs came.
        mute_after, hang_after: says nothing any more, or reads nothing any more on the same
            connection either, when this many bytes of jobs came.
        reset_after, close_after: cuts the connection when this many bytes of jobs came on it.
        hang_up_on_query: closes at the first status query.
        byte_by_byte: says every byte in a packet of its own.
        unasked: pushed at each connection, and again at the first bytes of a job.
        slow: takes 16 bytes at a time, through a small window.
    """

    confirms: bool = True
    answers_queued: bool = True
    model: str = ""
    mute: bool = False
    hang: bool = False
    paper_out: bool = False
    cover_open: bool = False
    offline: bool = False
    near_end: bool = False
    paper_out_after: int | None = None
    cover_open_after: int | None = None
    mute_after: int | None = None
    hang_after: int | None = None
    reset_after: int | None = None
    close_after: int | None = None
    hang_up_on_query: bool = False
    byte_by_byte: bool = False
    unasked: bytes = b""
    slow: bool = False


class _HangUp(Exception):
    """The printer ends this connection."""


class TcpPrinter:
    """Serves one connection at a time, in a thread, from `with` to the end of the block."""

    def __init__(
        self, behaviour: Behaviour | None = None, *, port: int = 0, out: Path | None = None
    ) -> None:
        self._behaviour = behaviour or Behaviour()
        self._lock = threading.Lock()
        self._bytes_came = threading.Condition(self._lock)
        self._out = out
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self._behaviour.slow:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self._listener.bind(("127.0.0.1", port))
        self._listener.listen(3)
        self._wake_reader, self._wake_writer = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="tcp printer", daemon=True)
        self._connection: socket.socket | None = None
        self._unserved: list[socket.socket] = []
        # The printer's memory: it survives a connection.
        self._buffer = bytearray()
        self._processed = bytearray()
        self._automatic_status = False
        self._job_bytes = 0
        self._padding_bytes = 0
        self._job_bytes_here = 0
        self._tail = b""
        self.connections = 0
        self.queries: list[int] = []

    # ---------------------------------------------------------------------- for tests

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._listener.getsockname()[1])

    @property
    def address(self) -> str:
        """Its address as settings write it."""
        return f"tcp://127.0.0.1:{self.port}"

    @property
    def slips(self) -> list[list[PrintedLine]]:
        """The pieces of paper that have come out."""
        with self._lock:
            return slips(bytes(self._processed))

    @property
    def printed_bytes(self) -> bytes:
        """All bytes that were worked off, of all jobs."""
        with self._lock:
            return bytes(self._processed)

    @property
    def job_bytes(self) -> int:
        """How many bytes have come that were neither status query nor NUL."""
        with self._lock:
            return self._job_bytes - self._padding_bytes

    def wait_for_job_bytes(self, count: int) -> None:
        """Wait until so many bytes of jobs have come, padding included; a bound ends a failure."""
        with self._bytes_came:
            assert self._bytes_came.wait_for(lambda: self._job_bytes >= count, 20)

    def mend(self) -> None:
        """New paper, cover closed, no more faults: what it holds is printed by itself."""
        with self._lock:
            self._behaviour = Behaviour()
        os.write(self._wake_writer, b"m")

    def __enter__(self) -> TcpPrinter:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.write(self._wake_writer, b"q")
        self._thread.join(10)
        for unserved in self._unserved:
            unserved.close()
        self._listener.close()
        os.close(self._wake_reader)
        os.close(self._wake_writer)

    # ------------------------------------------------------------------------ serving

    def _serve(self) -> None:
        while True:
            ready = self._wait_for(self._listener)
            if self._wake_reader in ready and not self._woken():
                return
            if self._listener.fileno() not in ready:
                continue
            connection = self._listener.accept()[0]
            self.connections += 1
            if self._behaviour.hang:
                self._unserved.append(connection)
                continue
            with connection:
                if not self._serve_one(connection):
                    return

    def _wait_for(self, what: socket.socket) -> list[int]:
        return select.select([what.fileno(), self._wake_reader], [], [])[0]

    def _woken(self) -> bool:
        """Whether to go on after a wake-up; after `mend` what was held back is printed."""
        word = os.read(self._wake_reader, 1)
        if word == b"m":
            with contextlib.suppress(OSError), self._lock:
                self._process()
        return word != b"q"

    def _serve_one(self, connection: socket.socket) -> bool:
        """Serve until the connection ends; False when the printer is to be taken away."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = connection
        self._job_bytes_here = 0
        self._automatic_status = False
        try:
            self._say(self._behaviour.unasked)
            while True:
                # A stuck printer takes no job bytes, but still looks for queries.
                ready = self._wait_for(connection)
                if self._wake_reader in ready and not self._woken():
                    return False
                if connection.fileno() in ready:
                    received = connection.recv(self._appetite())
                    if not received:
                        return True
                    self._take(received)
        except (OSError, _HangUp):
            return True
        finally:
            self._connection = None

    def _appetite(self) -> int:
        limits = [
            limit - self._job_bytes_here
            for limit in (self._behaviour.reset_after, self._behaviour.close_after)
            if limit is not None
        ]
        return max(1, min([16 if self._behaviour.slow else 4096, *limits]))

    def _take(self, received: bytes) -> None:
        with self._lock:
            if self._out is not None:
                with self._out.open("ab") as out:
                    out.write(received)
            # Bytes that may yet become a query are counted when that is known.
            count = len(self._tail) + len(received)
            count -= 3 * self._real_time(received) + len(self._tail)
            if count > 0 and self._job_bytes_here == 0:
                self._say(self._behaviour.unasked)
            self._job_bytes += count
            self._padding_bytes += received.count(0)
            self._job_bytes_here += count
            self._buffer += received
            self._bytes_came.notify_all()
            self._fail_as_told()
            self._process()

    def _real_time(self, received: bytes) -> int:
        """Answer the queries in what just came, also across the edge of two packets."""
        scanned = self._tail + received
        asked = 0
        at = scanned.find(_REAL_TIME_QUERY)
        end = 0
        while at >= 0 and at + 2 < len(scanned):
            asked += 1
            if self._behaviour.hang_up_on_query:
                raise _HangUp
            self.queries.append(scanned[at + 2])
            self._say(bytes((self._status(scanned[at + 2]),)))
            end = at + 3
            at = scanned.find(_REAL_TIME_QUERY, end)
        rest = scanned[end:]
        begun = 2 if rest.endswith(_REAL_TIME_QUERY) else 1 if rest.endswith(b"\x10") else 0
        self._tail = rest[len(rest) - begun :]
        return asked

    def _fail_as_told(self) -> None:
        told = self._behaviour
        if told.paper_out_after is not None and self._job_bytes >= told.paper_out_after:
            self._behaviour = replace(told, paper_out=True, paper_out_after=None)
            self._report_change()
        if told.cover_open_after is not None and self._job_bytes >= told.cover_open_after:
            self._behaviour = replace(told, cover_open=True, cover_open_after=None)
            self._report_change()
        if told.mute_after is not None and self._job_bytes >= told.mute_after:
            self._behaviour = replace(told, mute=True, mute_after=None)
        if told.hang_after is not None and self._job_bytes >= told.hang_after:
            self._behaviour = replace(told, hang=True, hang_after=None)
            if self._connection is not None:
                self._unserved.append(self._connection.dup())  # open, and read by nobody
            raise _HangUp
        if told.reset_after is not None and self._job_bytes_here >= told.reset_after:
            self._process()
            if self._connection is not None:
                self._connection.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
            raise _HangUp
        if told.close_after is not None and self._job_bytes_here >= told.close_after:
            self._process()
            raise _HangUp

    # --------------------------------------------------------------------- processing

    @property
    def _stuck(self) -> bool:
        told = self._behaviour
        return told.paper_out or told.cover_open or told.offline

    def _process(self) -> None:
        """Do what the buffer says, as far as it is complete; nothing while stuck."""
        while self._buffer and not self._stuck:
            try:
                token = next(tokens(bytes(self._buffer[:4096])))
            except Incomplete:
                return
            except NotEscPos:
                del self._buffer[0]  # a real one prints a stray character; a reset clears it
                continue
            self._processed += self._buffer[: token.length]
            del self._buffer[: token.length]
            self._obey(token)

    def _obey(self, token: Token) -> None:
        if token.name == "initialise":
            self._automatic_status = False
        elif token.name == "automatic_status":
            self._automatic_status = token.data != b"\x00"
            self._report_change()
        elif token.name == "queued_status" and self._behaviour.answers_queued:
            self._say(b"\x00")
        elif token.name == "model" and self._behaviour.model and token.data == b"\x43":
            self._say(b"\x5f" + self._behaviour.model.encode("ascii") + b"\x00")
        elif token.name == "extended_1d_H" and self._behaviour.confirms:
            self._say(b"\x37\x22" + token.data[2:6] + b"\x00")

    def _status(self, query: int) -> int:
        told = self._behaviour
        if query == 1:
            return 0x12 | (0x08 if self._stuck else 0)
        if query == 2:
            return 0x12 | (0x04 if told.cover_open else 0) | (0x20 if told.paper_out else 0)
        if query == 4:
            return 0x12 | (0x60 if told.paper_out else 0) | (0x0C if told.near_end else 0)
        return 0x12

    def _report_change(self) -> None:
        if self._automatic_status:
            told = self._behaviour
            first = 0x10 | (0x08 if self._stuck else 0) | (0x20 if told.cover_open else 0)
            self._say(bytes((first, 0, 0x0C if told.paper_out else 0, 0x0F)))

    def _say(self, answer: bytes) -> None:
        if self._behaviour.mute or self._connection is None or not answer:
            return
        size = 1 if self._behaviour.byte_by_byte else len(answer)
        for start in range(0, len(answer), size):
            self._connection.sendall(answer[start : start + size])


def closed_port() -> int:
    """A loopback port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(arguments: list[str]) -> int:
    """Serve until a signal comes; the first line on standard output is the port."""
    parser = argparse.ArgumentParser(prog="tcp_printer", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, help="every byte received goes here")
    parser.add_argument("--mute", action="store_true")
    parser.add_argument("--paper-out", action="store_true")
    parser.add_argument("--no-confirmation", action="store_true")
    chosen = parser.parse_args(arguments)
    behaviour = Behaviour(
        mute=chosen.mute, paper_out=chosen.paper_out, confirms=not chosen.no_confirmation
    )
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with TcpPrinter(behaviour, port=chosen.port, out=chosen.out) as printer:
        sys.stdout.write(f"{printer.port}\n")
        sys.stdout.flush()
        ended.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
