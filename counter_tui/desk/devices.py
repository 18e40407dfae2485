"""The four lamps, and what devices tell a screen unasked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from counter_tui.errors import SlipTemplateBroken


class Device(Enum):
    """What has a lamp in the status line."""

    READER = "reader"
    PRINTER = "printer"
    PLATFORM = "platform"
    STORE = "store"


class Trouble(Enum):
    """Why a lamp is not well."""

    STARTING = "starting"
    NONE_SET_UP = "none_set_up"
    NO_SERVICE = "no_service"
    NO_READER = "no_reader"
    UNREACHABLE = "unreachable"
    NO_ANSWER = "no_answer"
    OFFLINE = "offline"
    PAPER_OUT = "paper_out"
    PAPER_NEAR_END = "paper_near_end"
    COVER_OPEN = "cover_open"
    ERROR = "error"
    TOO_NEW = "too_new"
    REFUSED = "refused"


@dataclass(frozen=True)
class LampChanged:
    """A device is well (`trouble` is None) or in trouble.

    Attributes:
        hours_old: full hours since what the platform says was so; 0 of other devices.
    """

    device: Device
    trouble: Trouble | None
    hours_old: int = 0


@dataclass(frozen=True)
class CardLaidDown:
    """A card lies on the reader."""


@dataclass(frozen=True)
class CardTakenOff:
    """The reader is empty again."""


@dataclass(frozen=True)
class SlipsChanged:
    """The outbox of receipts changed.

    Attributes:
        unprinted: slips of the last day that have not come out: they wait, or were given up.
        uncertain: slips of which nobody knows whether they were printed.
    """

    unprinted: int
    uncertain: int


@dataclass(frozen=True)
class TemplateFailed:
    """A library's template of a slip cannot be used; told once for each place in it."""

    error: SlipTemplateBroken


DeskEvent = LampChanged | CardLaidDown | CardTakenOff | SlipsChanged | TemplateFailed
"""Reported from other threads; an app turns each into a message of its own."""


class Lamp:
    """One device's lamp; reports only when it changes, from whatever thread sets it."""

    def __init__(self, device: Device, report: Callable[[DeskEvent], None]) -> None:
        """It is not known yet how the device is: the first `show` is always reported."""
        self._device = device
        self._report = report
        self._shown: LampChanged | None = None
        self.is_well = False

    def show(self, trouble: Trouble | None, hours_old: int = 0) -> None:
        """The device is well (None) or in trouble; what it says is so many full hours old."""
        lamp = LampChanged(self._device, trouble, hours_old)
        self.is_well = trouble is None
        if lamp != self._shown:
            self._shown = lamp
            self._report(lamp)
