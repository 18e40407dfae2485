"""A scene: keys, scans and cards at the demo, with the pictures that are taken on the way.

A scene is data, so that what pictures there are can be told without playing it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.screens.card_panel import CARDS_A_PAGE
from tests.support.terminal import Terminal

LOOK_S: Final = 0.3
"""Between seeing and pressing: a key that comes with the screen it would answer is dropped."""

SELF_CHECKOUT: Final = "self-checkout"

OPEN: Final = {
    "": ("待　受　中", "読取〇", "印刷〇", "照会〇", "台帳〇"),
    SELF_CHECKOUT: ("1 開始", "PgDn 1/"),
}
"""What stands on a terminal's first screen when its desk is open, by its command."""

PANEL: Final = "模擬カードを置く"
"""Stands on the card panel, and nowhere else."""


@dataclass(frozen=True)
class Press:
    """Keys by their tmux names, one after the other."""

    keys: tuple[str, ...]


@dataclass(frozen=True)
class Type:
    """What a person types, without Enter."""

    text: str


@dataclass(frozen=True)
class Scan:
    """What a barcode scanner sends, with Enter."""

    code: str


@dataclass(frozen=True)
class See:
    """Texts that have to stand on the screen before it goes on."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Gone:
    """A text that has to be away before it goes on."""

    text: str


@dataclass(frozen=True)
class Picture:
    """The screen as it is now, in a file of this name."""

    name: str


@dataclass(frozen=True)
class Rest:
    """A moment in which nothing is pressed, as between two keys of a person."""

    seconds: float


Step = Rest | Press | Type | Scan | See | Gone | Picture


@dataclass(frozen=True)
class Scene:
    """One procedure, at a demo of its own that nobody has touched yet.

    Attributes:
        command: of the terminal; empty: the staff terminal.
    """

    name: str
    steps: tuple[Step, ...]
    command: str = ""

    def words(self) -> list[str]:
        """What starts its demo."""
        return [sys.executable, "-m", "tools.demo_on_a_day", *self.command.split()]

    def wait_until_open(self, terminal: Terminal) -> None:
        """The first screen stands before the desk is open; wait for both."""
        terminal.wait_for(*OPEN[self.command])

    def pictures(self) -> Iterator[str]:
        """Names of the pictures that it takes, in this order."""
        return (step.name for step in self.steps if isinstance(step, Picture))


def press(*keys: str) -> Press:
    """Keys, by their tmux names."""
    return Press(keys)


def see(*texts: str) -> See:
    """Wait for texts."""
    return See(texts)


def enter(text: str) -> tuple[Step, ...]:
    """A line typed by a person, with Enter."""
    return (Type(text), press("Enter"))


def lay(slug: str, *until: str, stays_open: bool = False) -> tuple[Step, ...]:
    """Lay a persona's card on the reader, by the card panel.

    Args:
        until: what stands on the screen when the card has been looked at.
        stays_open: the card opens a banner, behind which the panel waits; `close_panel` closes it.
    """
    page, place = divmod(list(PERSONAS).index(slug), CARDS_A_PAGE)
    close: tuple[Step, ...] = () if stays_open else close_panel()
    laid: tuple[Step, ...] = () if stays_open else (see(" 置"),)
    turn: tuple[Step, ...] = (press(*["PageDown"] * page),) if page else ()
    return (
        press("C-t"),
        see(PANEL),
        *turn,
        Type(str(place + 1)),
        *laid,
        *close,
        *((see(*until),) if until else ()),
    )


def close_panel() -> tuple[Step, ...]:
    """Close the card panel, which is in sight."""
    return (see(PANEL), press("C-t"), Gone(PANEL))


def take_off() -> tuple[Step, ...]:
    """Take the card from the reader, by the card panel."""
    return (press("C-t"), see(PANEL), Type("0"), Gone(" 置"), *close_panel())


def play(scene: Scene, terminal: Terminal, take: Callable[[str], None]) -> None:
    """Play a scene at a demo that stands at home.

    Args:
        take: is given each picture's name when the screen is ready for it.

    Raises:
        TextMissing: the program did not show what the scene waits for.
    """
    for step in scene.steps:
        match step:
            case Rest(seconds):
                time.sleep(seconds)
            case Press(keys):
                for key in keys:
                    terminal.send(key)
            case Type(text):
                terminal.type(text)
            case Scan(code):
                terminal.scan(code)
            case See(texts):
                terminal.wait_for(*texts)
                time.sleep(LOOK_S)
            case Gone(text):
                terminal.wait_gone(text)
            case Picture(name):
                take(name)
