"""The seam to card readers: bytes in, bytes out, and what happens on the reader unasked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Transport(Protocol):
    """A powered card that takes commands."""

    def transmit(self, command: bytes | bytearray) -> bytes:
        """Send one command APDU; the answer is data followed by SW1 SW2.

        Blocks until the card answers. Never repeats a command by itself.

        Raises:
            CardGone: the card left the reader or was reset.
            ReaderLost: the reader or the card service went away.
        """
        ...


class Connection(Transport, Protocol):
    """A conversation with one card, from power-up to power-down."""

    @property
    def atr(self) -> bytes:
        """The answer to reset as the reader shows it. Never used to identify a card."""
        ...

    def disconnect(self) -> None:
        """End the conversation and take the card's power away, which forgets verified PINs.

        Never raises; a second call does nothing.
        """
        ...


@dataclass(frozen=True)
class CardPresented:
    """A card was laid on the reader."""


@dataclass(frozen=True)
class CardRemoved:
    """The card was taken off the reader."""


@dataclass(frozen=True)
class ReaderReady:
    """A reader is there and watched.

    Attributes:
        name: as the card service calls it.
    """

    name: str


@dataclass(frozen=True)
class ReaderMissing:
    """No reader can be watched now; the watcher goes on looking.

    Attributes:
        service_runs: False when the card service itself does not answer.
    """

    service_runs: bool


ReaderEvent = CardPresented | CardRemoved | ReaderReady | ReaderMissing


class Watch(Protocol):
    """A running observation of a reader."""

    def stop(self) -> None:
        """End it; returns when its thread has ended. Idempotent."""
        ...


class CardReader(Protocol):
    """A place where a patron lays a card."""

    def reader_name(self) -> str:
        """The reader as the card service calls it.

        Raises:
            ServiceUnavailable, NoReader
        """
        ...

    def connect(self) -> Connection:
        """Power the card that lies there, for us alone.

        Blocks up to some hundred milliseconds.

        Raises:
            ServiceUnavailable, NoReader, NoCard, CardBusy, CardGone, ReaderLost
        """
        ...

    def watch(self, report: Callable[[ReaderEvent], None]) -> Watch:
        """Tell `report`, from another thread, what happens on the reader from now on.

        The first report says whether there is a reader; a card that lies there already is
        then reported as presented. Survives a restart of the card service and a reader that
        is unplugged and plugged in again.
        """
        ...
