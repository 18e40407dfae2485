"""A printer without paper: keeps jobs, so that the screen can draw them."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from counter_tui.errors import PrinterNotReady, PrinterUnreachable
from counter_tui.hardware.printer import Delivery, PrinterState

KEPT_JOBS: Final = 50
"""Jobs kept in memory; older ones are forgotten, as slips name what a patron borrowed."""


class ScreenPrinter:
    """Takes whole jobs at once and confirms each; a trainer can take its paper away.

    May be used from several threads.

    Attributes:
        paper_out, cover_open, switched_off: set by the trainer. A job that meets one of them
            is refused before its first byte, so that nothing is ever half printed here.
        paper_near_end: a warning only.
    """

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._lock = threading.Lock()
        self._jobs: deque[bytes] = deque(maxlen=KEPT_JOBS)
        self.paper_out = False
        self.cover_open = False
        self.switched_off = False
        self.paper_near_end = False

    @property
    def columns(self) -> int:
        """Width of a line in half-width characters."""
        return self._columns

    @property
    def extension_rows(self) -> frozenset[int]:
        """None: it draws with JIS X 0208 alone."""
        return frozenset()

    @property
    def model(self) -> str:
        """Not a real one's."""
        return "generic"

    @property
    def jobs(self) -> tuple[bytes, ...]:
        """The jobs printed so far, oldest first."""
        with self._lock:
            return tuple(self._jobs)

    def status(self) -> PrinterState:
        """How the trainer has set it."""
        reason = self._reason()
        return PrinterState(reason is None, reason, self.paper_near_end and reason is None)

    def write(self, job: bytes, confirm_id: str) -> Delivery:
        """Keep the job; PRINTED, as what is kept can be seen.

        Raises:
            PrinterUnreachable: switched off; nothing was kept.
            PrinterNotReady: no paper, or the cover is open; nothing was kept.
        """
        reason = self._reason()
        if reason == "unreachable":
            raise PrinterUnreachable("switched off")
        if reason is not None:
            raise PrinterNotReady(reason)
        with self._lock:
            self._jobs.append(job)
        return Delivery.PRINTED

    def _reason(self) -> str | None:
        if self.switched_off:
            return "unreachable"
        if self.cover_open:
            return "cover_open"
        return "paper_out" if self.paper_out else None
