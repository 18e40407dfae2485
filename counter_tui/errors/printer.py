"""Receipt printers and slips."""

from __future__ import annotations

from pathlib import Path

from counter_tui.errors.base import CounterError


class PrinterError(CounterError):
    """Base of what a receipt printer can do to us.

    Attributes:
        bytes_sent: how much had left before the trouble. 0: nothing can be on paper, a
            retry is safe. More: the outcome is unknown and only a person may repeat it.
    """

    def __init__(self, detail: str = "", bytes_sent: int = 0) -> None:
        super().__init__(detail)
        self.bytes_sent = bytes_sent


class PrinterUnreachable(PrinterError):
    """Nobody answers at the printer's address, or the device is not there."""


class PrinterSilent(PrinterError):
    """Connected, but the printer does not answer its status query."""


class PrinterNotReady(PrinterError):
    """The printer answers that it cannot print now.

    Attributes:
        reason: "paper_out", "cover_open", "offline" or "error".
    """

    def __init__(self, reason: str, bytes_sent: int = 0) -> None:
        super().__init__(reason, bytes_sent)
        self.reason = reason


class PrinterCutOff(PrinterError):
    """The connection broke or stalled after the first byte of a job."""


class InvalidPrinterAddress(CounterError):
    """The address of a printer cannot be used.

    Attributes:
        address: as it was given.
        allowed: what would be right, as a short technical phrase.
    """

    def __init__(self, address: str, allowed: str) -> None:
        super().__init__(f"{address!r}: {allowed}")
        self.address = address
        self.allowed = allowed


class SlipTemplateBroken(CounterError):
    """A library's template of a slip cannot be used; the program's own prints.

    Attributes:
        path: the file.
        line: where in it, counted from 1.
        reason: a short technical phrase.
    """

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}:{line}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


class NoSlip(CounterError):
    """There is no slip that could be printed again."""
