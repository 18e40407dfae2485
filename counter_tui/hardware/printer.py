"""The seam to receipt printers: bytes out, and what the printer says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Delivery(Enum):
    """What is known of a job whose bytes have all left without trouble."""

    PRINTED = "printed"
    """The printer confirmed that the paper came out."""
    SENT = "sent"
    """All bytes were taken; this printer cannot confirm more."""


@dataclass(frozen=True)
class PrinterState:
    """What a printer says of itself.

    Attributes:
        ready: it would print now.
        reason: None when ready, else "paper_out", "cover_open", "offline", "error",
            "no_answer" or "unreachable".
        paper_near_end: the roll should be changed soon.
    """

    ready: bool
    reason: str | None = None
    paper_near_end: bool = False


class Printer(Protocol):
    """A receipt printer, or what stands for one."""

    @property
    def columns(self) -> int:
        """Width of a line in half-width characters: 32, 42 or 48."""
        ...

    @property
    def extension_rows(self) -> frozenset[int]:
        """JIS rows that its font holds beyond JIS X 0208, e.g. 13 for ①."""
        ...

    @property
    def model(self) -> str:
        """Its family as settings write it; "auto" before it was asked."""
        ...

    def status(self) -> PrinterState:
        """Ask the printer how it is. Blocks up to some seconds; never raises."""
        ...

    def write(self, job: bytes, confirm_id: str) -> Delivery:
        """Print one whole job. Blocks up to 40 s. Never repeats anything.

        Args:
            job: ESC/POS bytes from reset to cut.
            confirm_id: four ASCII digits with which the printer is asked to confirm.

        Raises:
            PrinterError: see `bytes_sent` for whether a retry is safe.
        """
        ...
