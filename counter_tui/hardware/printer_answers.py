"""What an ESC/POS printer says back: sorting a stream of bytes into answers.

Answers of several kinds come mixed and in pieces, some unasked; each byte tells its kind by
fixed bits (docs/printing.md §5). Noise fits no kind and is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# ----------------------------------------------------------------------------- queries

ASK_STATUS: Final = b"\x10\x04\x01"
"""DLE EOT 1: is it online? Answered at once, even while offline or busy."""
ASK_OFFLINE_CAUSE: Final = b"\x10\x04\x02"
ASK_PAPER: Final = b"\x10\x04\x04"

ASK_PROCESSED: Final = b"\x1d\x72\x01"
"""GS r 1: a queued command; its answer means that everything before it was processed."""

ASK_MODEL: Final = b"\x1d\x49\x43"
"""GS I 67: the printer's name, as a block; a queued command too."""


def ask_confirmation(confirm_id: str) -> bytes:
    """GS ( H function 48: answered once everything before it is physically on paper.

    Raises:
        ValueError: not four printable ASCII characters.
    """
    if len(confirm_id) != 4 or not (confirm_id.isascii() and confirm_id.isprintable()):
        raise ValueError(f"{confirm_id!r} is no confirmation id of four ASCII characters")
    return b"\x1d\x28\x48\x06\x00\x30\x30" + confirm_id.encode("ascii")


# ----------------------------------------------------------------------------- answers


@dataclass(frozen=True)
class RealTimeStatus:
    """The one byte that answers a DLE EOT; it does not say which one."""

    bits: int


@dataclass(frozen=True)
class AutomaticStatus:
    """Four bytes that a printer sends unasked when something changes."""

    bits: bytes


@dataclass(frozen=True)
class Processed:
    """The one byte that answers GS r 1."""

    bits: int


@dataclass(frozen=True)
class Block:
    """An answer of a header, a text and a closing NUL, both left out of `text`."""

    header: int
    text: bytes

    @property
    def confirmed_id(self) -> str | None:
        """The id of a job that is on paper, when this block says so."""
        if self.header == _CONFIRMATION_HEADER and self.text[:1] == b"\x22":
            return self.text[1:].decode("ascii", "replace")
        return None

    @property
    def model(self) -> str | None:
        """The printer's name, when this block is one."""
        return self.text.decode("ascii", "replace") if self.header == _NAME_HEADER else None


Answer = RealTimeStatus | AutomaticStatus | Processed | Block

_KIND_BITS: Final = 0x93
_REAL_TIME: Final = 0x12
_AUTOMATIC: Final = 0x10
_QUEUED_BITS: Final = 0x90
_CONFIRMATION_HEADER: Final = 0x37
_NAME_HEADER: Final = 0x5F
_BLOCK_HEADERS: Final = frozenset({0x35, 0x37, 0x3B, 0x3D, 0x5F})
_LONGEST_BLOCK: Final = 80
"""A block longer than this is noise that looked like a header; makers' answers are shorter."""


class AnswerStream:
    """Collects bytes as they arrive, however they were cut, and hands out whole answers."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, received: bytes) -> list[Answer]:
        """Take what arrived; return what is complete now, in order."""
        self._bytes += received
        answers: list[Answer] = []
        while self._bytes:
            first = self._bytes[0]
            length = 1
            if first in _BLOCK_HEADERS:
                end = self._bytes.find(0)
                if end < 0 and len(self._bytes) <= _LONGEST_BLOCK:
                    break
                if 0 < end <= _LONGEST_BLOCK:
                    answers.append(Block(first, bytes(self._bytes[1:end])))
                    length = end + 1
            elif first & _KIND_BITS == _REAL_TIME:
                answers.append(RealTimeStatus(first))
            elif first & _KIND_BITS == _AUTOMATIC:
                following = self._bytes[1:4]
                if all(byte & _QUEUED_BITS == 0 for byte in following):
                    if len(following) < 3:
                        break
                    answers.append(AutomaticStatus(bytes(self._bytes[:4])))
                    length = 4
            elif first & _QUEUED_BITS == 0:
                answers.append(Processed(first))
            del self._bytes[:length]
        return answers


# ----------------------------------------------------------------------------- meaning


def is_offline(status: int) -> bool:
    """From the answer to DLE EOT 1."""
    return bool(status & 0x08)


def offline_reason(cause: int) -> str | None:
    """From the answer to DLE EOT 2: "cover_open", "paper_out", "error", or None."""
    if cause & 0x04:
        return "cover_open"
    if cause & 0x20:
        return "paper_out"
    return "error" if cause & 0x40 else None


def is_paper_out(paper: int) -> bool:
    """From the answer to DLE EOT 4; either of the two bits counts, as models differ."""
    return bool(paper & 0x60)


def is_paper_near_end(paper: int) -> bool:
    """From the answer to DLE EOT 4; either of the two bits counts."""
    return bool(paper & 0x0C)


def automatic_reason(bits: bytes) -> str | None:
    """Why a printer that reports by itself does not print: as `PrinterNotReady.reason`."""
    if bits[0] & 0x20:
        return "cover_open"
    if bits[2] & 0x0C:
        return "paper_out"
    if bits[1] & 0x6C:
        return "error"
    return "offline" if bits[0] & 0x08 else None
