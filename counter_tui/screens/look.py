"""The four looks: what each meaning of the word-and-colour system looks like on a terminal.

Widgets name a `Role`, never a colour. A look is chosen once, at start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Final, Literal

from rich.style import Style
from textual.theme import BUILTIN_THEMES, Theme

LookName = Literal["night", "paper", "sixteen", "plain"]


class Role(Enum):
    """What a piece of text means; the value is the theme variable of its colour."""

    INK = "ink"
    SOFT = "soft"
    FAINT = "faint"
    ACCENT = "accent-text"
    OK = "ok-text"
    WARN = "warn-text"
    STOP = "stop-text"

    ACCENT_FILL = "accent-fill"
    OK_FILL = "ok-fill"
    NOTE_FILL = "note-fill"
    WARN_FILL = "warn-fill"
    STOP_FILL = "stop-fill"
    REST_FILL = "rest-fill"
    DEMO_FILL = "demo-fill"
    PAPER_FILL = "paper-fill"

    @property
    def is_fill(self) -> bool:
        """Whether it brings its own ground along."""
        return self.value.endswith("-fill")


class Ground(Enum):
    """What text without a fill stands on; the value is the theme variable."""

    GROUND = "ground"
    RAISE = "raise"
    FIELD = "field"


def _colours(**values: str) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in values.items()}


_NIGHT: Final = _colours(
    ground="#11151c",
    **{"raise": "#1a212c"},
    field="#242e3d",
    ink="#e9ecf2",
    soft="#9aa5b8",
    faint="#8793a6",
    accent_fill="#8cb8ea",
    accent_ink="#0d1826",
    accent_text="#9cc4f2",
    ok_fill="#1e5140",
    ok_ink="#d9f7e6",
    ok_text="#7fd1a7",
    note_fill="#233a58",
    note_ink="#e3efff",
    warn_fill="#e3b34c",
    warn_ink="#221900",
    warn_text="#efc66b",
    stop_fill="#c43a35",
    stop_ink="#ffffff",
    stop_text="#ff8d84",
    rest_fill="#242e3d",
    rest_ink="#c6cfdd",
    demo_fill="#5b4a86",
    demo_ink="#f3ecff",
    paper_fill="#f3efe4",
    paper_ink="#23211c",
)

_PAPER: Final = _colours(
    ground="#fbf9f4",
    **{"raise": "#f1ede3"},
    field="#e4dfd2",
    ink="#1d2128",
    soft="#565f6d",
    faint="#636a76",
    accent_fill="#1f5fa8",
    accent_ink="#ffffff",
    accent_text="#1f5fa8",
    ok_fill="#cbe7d6",
    ok_ink="#0c4a2e",
    ok_text="#13653f",
    note_fill="#d5e4f6",
    note_ink="#12365f",
    warn_fill="#f0bf4c",
    warn_ink="#2a1e00",
    warn_text="#855a00",
    stop_fill="#c22f2b",
    stop_ink="#ffffff",
    stop_text="#b3231f",
    rest_fill="#e4dfd2",
    rest_ink="#3e4550",
    demo_fill="#ddd2f2",
    demo_ink="#3c2a66",
    paper_fill="#ffffff",
    paper_ink="#23211c",
)

_SIXTEEN: Final = _colours(
    ground="ansi_default",
    **{"raise": "ansi_default"},
    field="ansi_default",
    ink="ansi_default",
    soft="ansi_default",
    faint="ansi_default",
    accent_fill="ansi_cyan",
    accent_ink="ansi_black",
    accent_text="ansi_bright_cyan",
    ok_fill="ansi_green",
    ok_ink="ansi_black",
    ok_text="ansi_bright_green",
    note_fill="ansi_blue",
    note_ink="ansi_bright_white",
    warn_fill="ansi_yellow",
    warn_ink="ansi_black",
    warn_text="ansi_bright_yellow",
    stop_fill="ansi_red",
    stop_ink="ansi_bright_white",
    stop_text="ansi_bright_red",
    rest_fill="ansi_blue",
    rest_ink="ansi_bright_white",
    demo_fill="ansi_magenta",
    demo_ink="ansi_bright_white",
    paper_fill="ansi_white",
    paper_ink="ansi_black",
)

_PLAIN: Final = dict.fromkeys(_SIXTEEN, "ansi_default")

NIGHT_VARIABLES: Final[Mapping[str, str]] = _NIGHT
"""What CSS is parsed with before a theme is set."""

_REVERSED_WITHOUT_COLOUR: Final = frozenset(
    {Role.ACCENT_FILL, Role.WARN_FILL, Role.STOP_FILL, Role.PAPER_FILL}
)
"""The fills that mean "look here", and paper; the quiet ones become bold words in brackets."""


@dataclass(frozen=True, eq=False)
class Look:
    """One of the four looks.

    Attributes:
        variables: theme variables, by name without `$`.
        has_tones: whether the three grounds differ. Where they do not, empty fields are drawn
            with brackets.
        has_colour: whether fills are coloured. Where they are not, the quiet fills are drawn
            with brackets and the loud ones reversed.
    """

    name: LookName
    variables: Mapping[str, str] = field(repr=False)
    has_tones: bool
    has_colour: bool

    @property
    def theme_name(self) -> str:
        """The name under which its theme is registered."""
        return f"counter-{self.name}"

    def theme(self) -> Theme:
        """The Textual theme with these variables."""
        base = BUILTIN_THEMES["textual-dark" if self.has_tones else "ansi-dark"]
        ground, ink = self.variables["ground"], self.variables["ink"]
        return Theme(
            name=self.theme_name,
            primary=self.variables["accent-fill"] if self.has_colour else base.primary,
            foreground=ink,
            background=ground,
            surface=ground,
            panel=ground,
            dark=self.name != "paper",
            ansi=not self.has_tones,
            # Starting from the built-in variables keeps CSS that we do not own resolvable.
            variables={**base.variables, **self.variables},
        )

    def brackets(self, role: Role) -> bool:
        """Whether a block in this fill needs `[ ]` to be seen."""
        return not self.has_colour and role.is_fill and role not in _REVERSED_WITHOUT_COLOUR

    @lru_cache(maxsize=256)  # noqa: B019 - there are four looks, which live as long as the program
    def style(
        self, role: Role, ground: Ground, bold: bool = False, underline: bool = False
    ) -> Style:
        """How text of this role is drawn on this ground."""
        if not self.has_colour:
            if role in _REVERSED_WITHOUT_COLOUR:
                return Style(reverse=True, bold=bold or None, underline=underline or None)
            emphatic = role.is_fill or role in (Role.ACCENT, Role.WARN, Role.STOP)
            return Style(bold=bold or emphatic or None, underline=underline or None)
        if role.is_fill:
            fill = role.value
            ink = fill.removesuffix("fill") + "ink"
        else:
            fill, ink = ground.value, role.value
        return Style(
            color=_rich_colour(self.variables[ink]),
            bgcolor=_rich_colour(self.variables[fill]),
            bold=bold or None,
            underline=underline or None,
        )

    def mixed(self, role: Role, upper: float, lower: float) -> Style:
        """A half block's style: its upper and lower dot, 0.0 ground to 1.0 ink.

        A role that brings no ground along stands on that of the whole screen.
        """
        if role.is_fill:
            ground = self.variables[role.value]
            ink = self.variables[role.value.removesuffix("fill") + "ink"]
        else:
            ground, ink = self.variables[Ground.GROUND.value], self.variables[role.value]
        return Style(color=_blend(ground, ink, upper), bgcolor=_blend(ground, ink, lower))


def _rich_colour(variable: str) -> str:
    return variable.removeprefix("ansi_")


def _blend(ground: str, ink: str, share: float) -> str:
    pairs = ((int(ground[at : at + 2], 16), int(ink[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(low + (high - low) * share):02x}" for low, high in pairs)


LOOKS: Final[Mapping[LookName, Look]] = {
    "night": Look("night", _NIGHT, has_tones=True, has_colour=True),
    "paper": Look("paper", _PAPER, has_tones=True, has_colour=True),
    "sixteen": Look("sixteen", _SIXTEEN, has_tones=False, has_colour=True),
    "plain": Look("plain", _PLAIN, has_tones=False, has_colour=False),
}

_FEW_COLOURS: Final = frozenset({"linux", "ansi", "xterm-color", "xterm-16color", "rxvt", "vt220"})
"""Terminals that `$TERM` tells to have 16 colours or fewer."""


def choose(wanted: str, environment: Mapping[str, str], usual: LookName = "night") -> Look:
    """The look for this terminal.

    `NO_COLOR` in the environment wins over everything, whatever its value (Textual decides by its
    presence alone, and the two must not disagree); "auto" takes `sixteen` on terminals known to
    have no more colours, else `night`.
    """
    if "NO_COLOR" in environment:
        return LOOKS["plain"]
    for name, look in LOOKS.items():
        if wanted == name:
            return look
    terminal = environment.get("TERM", "")
    many = environment.get("COLORTERM") in ("truecolor", "24bit")
    return LOOKS["sixteen" if terminal in _FEW_COLOURS and not many else usual]
