"""The library's store and the audit trail."""

from __future__ import annotations

from pathlib import Path

from counter_tui.errors.base import CounterError


class StoreError(CounterError):
    """Base of what the library's store can refuse."""


class StoreUnavailable(StoreError):
    """The store cannot be opened or written; what was asked did not happen."""


class StoreTooNew(StoreError):
    """The store was written by a newer version of this program.

    Attributes:
        found: the newest migration that the store knows and we do not.
    """

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = found


class ListNotWritten(CounterError):
    """A file with a list could not be written.

    Attributes:
        path: the file.
        reason: the system's.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class AuditHeadsUnusable(CounterError):
    """The file with the heads of the audit chain cannot be used.

    Attributes:
        path: the file.
        line: the first line that is no head, or None when the file cannot be read.
    """

    def __init__(self, path: Path, line: int | None) -> None:
        super().__init__(f"{path}: {line}")
        self.path = path
        self.line = line
