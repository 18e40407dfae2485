"""A queue of CUPS, given whole jobs by its program `lp`.

`lp` reads a job to its end before it hands it to the queue, so that a job of which `lp` says that
it failed is not on its way (docs/printing.md §6).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from typing import Final

from counter_tui.errors import PrinterUnreachable
from counter_tui.hardware.printer_wire import WireBroken

_PLAIN: Final = {"LC_ALL": "C"}
"""The words that `lpstat` says are read."""


class SpoolerWire:
    """One job for one queue."""

    def __init__(self, queue: str) -> None:
        """Nothing is started before `hand_over`.

        Raises:
            PrinterUnreachable: there is no `lp` here.
        """
        self._program = shutil.which("lp")
        if self._program is None:
            raise PrinterUnreachable("lp")
        self._queue = queue
        self._job = bytearray()
        self.sent = 0
        self.deadline = time.monotonic()

    def send(self, data: bytes) -> None:
        """Add to the job."""
        self._job += data

    def hand_over(self) -> None:
        """Give the job to the queue; waits until the deadline.

        Raises:
            PrinterUnreachable: the queue did not take it, so nothing will be printed.
            WireBroken: no answer in time; the queue may have it.
        """
        assert self._program is not None  # noqa: S101  or there were no wire
        words = [self._program, "-s", "-d", self._queue, "-o", "raw", "-t", "slip"]
        try:
            done = subprocess.run(  # noqa: S603  the queue's name was checked with the settings
                words,
                input=bytes(self._job),
                env={**os.environ, **_PLAIN},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=max(self.deadline - time.monotonic(), 0),
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            self.sent = len(self._job)
            raise WireBroken("lp does not end") from error
        except OSError as error:
            raise PrinterUnreachable("lp") from error
        if done.returncode != 0:
            raise PrinterUnreachable(f"lp: {done.returncode}")
        self.sent = len(self._job)

    def finish(self, wait_s: float) -> None:
        """Nothing is held open."""
        self._job.clear()


def queue_reason(queue: str, within_s: float) -> str | None:
    """Why this queue would not print now, as `PrinterState.reason`; None: it would try to.

    Says nothing of the printer behind it. Blocks up to `within_s`; never raises.
    """
    program = shutil.which("lpstat")
    if program is None:
        return "unreachable"
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(  # noqa: S603  the queue's name was checked with the settings
            [program, "-p", queue],
            env={**os.environ, **_PLAIN},
            capture_output=True,
            timeout=within_s,
            check=False,
        )
        if done.returncode != 0:
            return "unreachable"
        # "printer NAME disabled since ... - REASON"; else "is idle" or "now printing".
        return "offline" if done.stdout.split()[2:3] == [b"disabled"] else None
    return "no_answer"
