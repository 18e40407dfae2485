"""What shall stand on a slip, before anyone knows how wide the paper is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal


class Size(Enum):
    """How much larger than the printer's ordinary character, as (width, height) factors."""

    NORMAL = (1, 1)
    TALL = (1, 2)
    WIDE = (2, 1)
    LARGE = (2, 2)

    @property
    def width(self) -> int:
        """Factor by which a character takes more columns."""
        return self.value[0]

    @property
    def height(self) -> int:
        """Factor by which a line takes more paper."""
        return self.value[1]


class Align(Enum):
    """Where the text of a line without a right part stands."""

    LEFT = "left"
    CENTRE = "centre"


@dataclass(frozen=True)
class Code:
    """What a scanner reads: "nw7" (Codabar) or "qr", and the characters in it."""

    kind: Literal["nw7", "qr"]
    text: str = field(repr=False)


@dataclass(frozen=True)
class SlipLine:
    """One line as meant; it becomes several on paper when the text is long.

    Text may hold anything that a catalogue or a person's record holds: markup, escape
    sequences and line ends included. None of it reaches the printer as a command.

    Attributes:
        text: the left part, broken over as many lines as it needs.
        right: stands at the right edge of the last of these lines, or of a line of its own
            when it does not fit there. Never broken unless it is wider than the paper.
        size: of both parts.
        align: of `text` when there is no `right`.
        emphasis: bold.
        reversed: white on a black band over the whole width.
        rule: a dividing line; everything else is ignored.
        code: a code in place of text; everything else is ignored.
        max_lines: `text` longer than this is cut with "..". None: never cut.
    """

    text: str = ""
    right: str = ""
    size: Size = Size.NORMAL
    align: Align = Align.LEFT
    emphasis: bool = False
    reversed: bool = False
    rule: bool = False
    code: Code | None = None
    max_lines: int | None = None


RULE = SlipLine(rule=True)
BLANK = SlipLine()


@dataclass(frozen=True)
class Slip:
    """A whole slip, top to bottom; the cut at its end goes without saying."""

    lines: tuple[SlipLine, ...]
