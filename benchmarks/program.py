"""A program on a pseudo-terminal, with every byte that it writes, and when it came."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import pyte

QUIET_SECONDS: Final = 0.4
"""A program that has written nothing for so long is done; above Textual's own delays."""

_CURSOR_QUERY: Final = b"\x1b[6n"
_CURSOR_ANSWER: Final = b"\x1b[1;2R"
"""A terminal answers where the cursor stands; programs ask after writing one cell at the left edge,
to learn how wide it was. Other questions stay unanswered, as on simple terminals."""


@dataclass(frozen=True)
class Written:
    """What the program wrote at one moment.

    Attributes:
        at: seconds of the monotonic clock.
        data: as many bytes as were there.
    """

    at: float
    data: bytes


class Program:
    """A running program whose terminal we are."""

    def __init__(
        self, command: Sequence[str], columns: int, rows: int, env: Mapping[str, str]
    ) -> None:
        """Start it; `env` comes on top of PATH and a UTF-8 terminal with true colour."""
        self.columns, self.rows = columns, rows
        self._written: list[Written] = []
        self._tail = b""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            **env,
        }
        self.started_at = time.perf_counter()
        self._process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=variables,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self._master = master
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # the program has closed its terminal
                return
            if not data:
                return
            self._written.append(Written(time.perf_counter(), data))
            # A query may be cut in two by the reads.
            window = self._tail + data
            if _CURSOR_QUERY in window:
                os.write(self._master, _CURSOR_ANSWER)
                window = b""
            self._tail = window[-(len(_CURSOR_QUERY) - 1) :]

    def feed(self, keys: bytes) -> float:
        """Type `keys` at once; the moment when they went."""
        at = time.perf_counter()
        os.write(self._master, keys)
        return at

    def mark(self) -> int:
        """A place in what was written, for `since`."""
        return len(self._written)

    def since(self, mark: int) -> list[Written]:
        """What was written after `mark`."""
        return self._written[mark:]

    def wait_quiet(self, seconds: float = QUIET_SECONDS, limit: float = 30) -> None:
        """Wait until nothing has come for `seconds`, at least so long.

        Nothing is looked at meanwhile, so that the program has the machine to itself.

        Raises:
            TimeoutError: it went on writing for `limit` seconds.
        """
        began = time.perf_counter()
        while True:
            last = self._written[-1].at if self._written else began
            remaining = max(last, began) + seconds - time.perf_counter()
            if self._written and remaining <= 0:
                return
            if time.perf_counter() > began + limit:
                raise TimeoutError(f"{self._process.args!r} does not become quiet")
            time.sleep(max(remaining, 0.02))

    def screen(self, until: int | None = None) -> list[str]:
        """The lines of the screen, after all or the first `until` portions."""
        return Replay(self).lines(until)

    def resident_kilobytes(self) -> int:
        """Memory that the program holds now."""
        with open(f"/proc/{self._process.pid}/status", encoding="ascii") as file:  # noqa: PTH123
            line = next(line for line in file if line.startswith("VmRSS"))
        return int(line.split()[1])

    def close(self) -> None:
        """End the program, by force when it does not go by itself. Idempotent."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(3)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._reader.join(1)
        if self._master >= 0:
            os.close(self._master)
            self._master = -1


class Replay:
    """Shows afterwards what stood on the screen, portion by portion."""

    def __init__(self, program: Program) -> None:
        self._written = program.since(0)
        self._screen = pyte.Screen(program.columns, program.rows)
        self._stream = pyte.ByteStream(self._screen)
        self._done = 0

    def lines(self, until: int | None = None) -> list[str]:
        """The screen after the first `until` portions, or all; only forwards."""
        for portion in self._written[self._done : until]:
            self._stream.feed(portion.data)
        self._done = max(self._done, len(self._written) if until is None else until)
        return list(self._screen.display)

    def first(self, shows: Callable[[str], bool], mark: int = 0) -> float | None:
        """When the screen, as one text, first fulfilled `shows`, looking from `mark` on."""
        for until in range(max(mark, self._done), len(self._written) + 1):
            if shows("\n".join(self.lines(until))):
                return self._written[max(until - 1, 0)].at
        return None

    def last_change(self, mark: int) -> float | None:
        """When the text of the screen changed for the last time after `mark`."""
        before = self.lines(mark)
        changed = None
        for until in range(mark + 1, len(self._written) + 1):
            after = self.lines(until)
            if after != before:
                before, changed = after, self._written[until - 1].at
        return changed
