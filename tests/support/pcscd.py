"""The machine's card service with the virtual reader, for tests that go through real PC/SC.

There is one card service and one virtual reader a machine, so whoever uses them holds a lock for
as long. A service that runs already is used; else `pcscd` is started and ended with the tests.
A missing installation fails the tests: a skip would hide that nothing was tested.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import pytest

from counter_tui.errors import CardError, ServiceUnavailable
from counter_tui.hardware.pcsc import PcscReader, ServiceLine
from counter_tui.hardware.simulated.card import SimulatedCard
from counter_tui.hardware.simulated.virtual_reader import VirtualReader
from tests.support.trace import Trace

READER: Final = "Virtual PCD 00 00"
"""Name of the reader whose card connects to port 35963."""

LOCK_FILE: Final = Path(tempfile.gettempdir()) / "counter-tui-virtual-reader.lock"
LOCK_TIMEOUT_S: Final = 300.0
"""As long as another run of the tests may take."""
START_TIMEOUT_S: Final = 15.0
EVENT_TIMEOUT_S: Final = 10.0
"""A card is noticed within half a second; a loaded machine is given more."""
POLL_S: Final = 0.05

_PAUSE: Final = threading.Event()


def require(program: str) -> str:
    """Path of a program that the tests need.

    Fails the test when it is missing: `make test` installs it.
    """
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if path is None:
        pytest.fail(f"{program} is not installed; `make test` installs what the tests need")
    return path


def wait_until(holds: Callable[[], bool], what: str, timeout_s: float = EVENT_TIMEOUT_S) -> None:
    """Ask again and again until something holds; fails the test when it never does."""
    end = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > end:
            pytest.fail(f"waited {timeout_s:.0f} s in vain: {what}")
        _PAUSE.wait(POLL_S)


class _MachineLock:
    """A lock among processes; the one that holds it may take it again."""

    def __init__(self) -> None:
        self._held = 0
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        if self._held == 0:
            self._file = LOCK_FILE.open("a", encoding="ascii")
            wait_until(self._try, "the virtual reader is in use", LOCK_TIMEOUT_S)
        self._held += 1

    def release(self) -> None:
        self._held -= 1
        if self._held == 0 and self._file is not None:
            self._file.close()

    def _try(self) -> bool:
        assert self._file is not None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


_LOCK: Final = _MachineLock()


class CardService:
    """The running card service, and cards to lay on its virtual reader."""

    def __init__(self) -> None:
        """Take the virtual reader for us, and start the service when none runs."""
        self._process: subprocess.Popen[bytes] | None = None
        _LOCK.acquire()
        try:
            if not _answers():
                self.start()
            if READER not in _readers():
                pytest.fail(
                    f"the card service has no reader {READER!r}; install vsmartcard-vpcd"
                    " and restart the service"
                )
        except BaseException:
            self.close()
            raise

    @property
    def is_ours(self) -> bool:
        """Whether the service was started by us, so that we may stop it."""
        return self._process is not None

    def start(self) -> None:
        """Start the service; returns when it shows the virtual reader."""
        pcscd = require("pcscd")
        if os.geteuid() != 0:
            pytest.fail("no card service runs, and only root can start one: start pcscd first")
        self._process = subprocess.Popen(
            [pcscd, "--foreground"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda: READER in _readers(), "pcscd shows no virtual reader", START_TIMEOUT_S)

    def stop(self) -> None:
        """End the service that we started; another's is left alone. Idempotent."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(START_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def close(self) -> None:
        """End what we started and let others have the reader."""
        self.stop()
        _LOCK.release()

    @contextmanager
    def lay(self, card: SimulatedCard, trace: Trace | None = None) -> Iterator[PcscReader]:
        """Lay a card on the virtual reader for a while.

        Yields:
            The reader, on which the card lies and has been noticed.
        """
        self.wait_for_card(present=False)
        with VirtualReader(card, on_exchange=None if trace is None else trace.keep):
            self.wait_for_card(present=True)
            yield PcscReader(READER)
        # The next test finds an empty reader.
        self.wait_for_card(present=False)

    def wait_for_card(self, *, present: bool) -> None:
        """Wait until the service has noticed that a card lies there, or that none does."""
        word = "noticed" if present else "taken off"
        wait_until(lambda: _card_is_present() is present, f"no card was {word}")


@contextmanager
def card_service() -> Iterator[CardService]:
    """The card service for a session of tests; may be entered more than once a process."""
    service = CardService()
    try:
        yield service
    finally:
        service.close()


def _answers() -> bool:
    try:
        ServiceLine().close()
    except ServiceUnavailable:
        return False
    return True


def _readers() -> list[str]:
    try:
        line = ServiceLine()
    except ServiceUnavailable:
        return []
    try:
        return line.readers()
    except CardError:
        return []
    finally:
        line.close()


def _card_is_present() -> bool | None:
    """None while the service does not answer."""
    try:
        line = ServiceLine()
    except ServiceUnavailable:
        return None
    try:
        return line.state(READER).card_present
    except CardError:
        return None
    finally:
        line.close()
