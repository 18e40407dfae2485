"""A card service of the tests' own, for tests that go through real PC/SC.

`pcscd` with the virtual reader, on a socket of its own (see `card_socket`), which the service takes
as it would from systemd. The reader waits for cards on a loopback address of this process's own,
and can be lost (`tame_reader.c`). A service that the machine runs is neither used nor touched:
started as root, ours gets another account, or it would write its process id over the other one's
and take the machine's readers. A missing installation fails the tests: a skip would hide that
nothing was tested.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from counter_tui.errors import CardError, ServiceUnavailable
from counter_tui.hardware.pcsc import PcscReader, ServiceLine
from counter_tui.hardware.simulated.card import SimulatedCard
from counter_tui.hardware.simulated.virtual_reader import DEFAULT_PORT, VirtualReader
from tests.support.card_socket import FOLDER, SOCKET
from tests.support.trace import Trace

READER: Final = "Virtual PCD 00 00"
"""The name that the packaged driver has, too."""

RUN_FOLDER: Final = Path("/run/pcscd")
"""Must be there for pcscd (1.9), though nothing is written into it."""

NOBODY: Final = 65534

_WITH_SOCKET: Final = (
    "LISTEN_PID=$$ LISTEN_FDS=1; export LISTEN_PID LISTEN_FDS;"
    ' exec "$@" 3<&0 </dev/null >/dev/null 2>&1'
)
"""The protocol of sd_listen_fds(3): the socket is number 3, and the variables say so."""

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


class CardService:
    """The running card service, and cards to lay on its virtual reader."""

    def __init__(self) -> None:
        """Start it."""
        self._process: subprocess.Popen[bytes] | None = None
        self._configuration = FOLDER / "reader.conf.d"
        self._configuration.mkdir(exist_ok=True)
        self._unplugged = FOLDER / "unplugged"
        number = os.getpid()
        # Another address a process: runs side by side do not meet, and no port has to be found.
        self._host = f"127.{83 + number // 65536 % 128}.{number // 256 % 256}.{number % 256}"
        self._driver = _build_driver()
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    @property
    def card_address(self) -> str:
        """Where a card connects to, as HOST:PORT."""
        return f"{self._host}:{DEFAULT_PORT}"

    @property
    def process_id(self) -> int:
        """Of the running service."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the service; returns when it shows the virtual reader."""
        pcscd = require("pcscd")
        self._write_reader()
        options = ["--foreground", "--config", str(self._configuration)]
        if "--disable-polkit" in _help(pcscd):
            options.append("--disable-polkit")
        is_root = os.geteuid() == 0
        if is_root:
            RUN_FOLDER.mkdir(exist_ok=True)
        elif not RUN_FOLDER.is_dir():
            pytest.fail(f"pcscd needs the folder {RUN_FOLDER}; an administrator can make it")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(SOCKET))
            SOCKET.chmod(0o600)
            listening.listen(16)
            self._process = subprocess.Popen(
                ["sh", "-c", _WITH_SOCKET, "pcscd", pcscd, *options],
                stdin=listening.fileno(),
                env={
                    "PATH": os.environ["PATH"],
                    "LD_PRELOAD": str(self._driver),
                    "COUNTER_TUI_LISTEN": self._host,
                    "COUNTER_TUI_DRIVER": str(_packaged_driver()),
                    "COUNTER_TUI_UNPLUGGED": str(self._unplugged),
                },
                user=NOBODY if is_root else None,
                group=NOBODY if is_root else None,
                extra_groups=[] if is_root else None,
            )
        wait_until(lambda: READER in _readers(), "pcscd shows no virtual reader", START_TIMEOUT_S)

    @contextmanager
    def unplugged(self) -> Iterator[None]:
        """A reader whose driver has lost it; the service has noticed it and runs on."""
        self._unplugged.touch()
        try:
            wait_until(lambda: _card_is_present() is None, "the reader still answers")
            yield
        finally:
            self._unplugged.unlink()
            wait_until(lambda: _card_is_present() is not None, "the reader does not come back")

    def _write_reader(self) -> None:
        # /dev/null: the driver waits for a card on this port. It has two slots, on two ports.
        (self._configuration / "virtual").write_text(
            'FRIENDLYNAME "Virtual PCD"\n'
            f"DEVICENAME /dev/null:{DEFAULT_PORT}\n"
            f"LIBPATH {self._driver}\n"
            f"CHANNELID {DEFAULT_PORT}\n",
            encoding="ascii",
        )

    def stop(self) -> None:
        """End the service. Idempotent."""
        if self._process is None:
            return
        SOCKET.unlink(missing_ok=True)
        self._process.terminate()
        try:
            self._process.wait(START_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def reader_of(self, card: SimulatedCard, trace: Trace | None = None) -> VirtualReader:
        """The virtual reader, with a card to lay on it."""
        keep = None if trace is None else trace.keep
        return VirtualReader(card, self._host, DEFAULT_PORT, keep)

    @contextmanager
    def lay(self, card: SimulatedCard, trace: Trace | None = None) -> Iterator[PcscReader]:
        """Lay a card on the virtual reader for a while.

        Yields:
            The reader, on which the card lies and has been noticed.
        """
        self.wait_for_card(present=False)
        with self.reader_of(card, trace):
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
    """The card service for a session of tests; one at a time in a process."""
    service = CardService()
    try:
        yield service
    finally:
        service.stop()


def _packaged_driver() -> Path:
    for folder in (Path("/usr/lib"), Path("/usr/local/lib")):
        for found in sorted(folder.rglob("libifdvpcd.so*")):
            return found
    pytest.fail("vsmartcard-vpcd is not installed; `make test` installs what the tests need")


def _build_driver() -> Path:
    source = Path(__file__).with_name("tame_reader.c")
    built = FOLDER / "tame_reader.so"
    words = [require("gcc"), "-shared", "-fPIC", "-I/usr/include/PCSC", str(source), "-o"]
    subprocess.run([*words, str(built), "-ldl"], check=True, timeout=60)
    return built


def _help(program: str) -> str:
    return subprocess.run(
        [program, "--help"], capture_output=True, encoding="utf-8", timeout=10, check=False
    ).stdout


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
