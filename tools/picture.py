"""Draw a captured terminal screen as a picture.

    python tools/picture.py SCREEN.ansi PICTURE.png

SCREEN.ansi is what `tmux capture-pane -e -p` prints: lines of text with colours and styles as
escape sequences; `-` reads standard input. Needs the font of Debian's fonts-noto-cjk.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageDraw, ImageFont
from rich.cells import cell_len

CELL_WIDTH: Final = 9
CELL_HEIGHT: Final = 23
"""Pixels a cell: 80 by 24 cells make a picture of 720 by 552."""

FONT_SIZE: Final = 18
"""A kanji of this font is as wide as its size: two cells."""

BASELINE: Final = 18
"""Pixels from the top of a cell to the foot of a letter; centres kanji in the cell."""

FONT_FOLDER: Final = Path("/usr/share/fonts/opentype/noto")
FONT_INDEX: Final = 5
"""Place of `Noto Sans Mono CJK JP` in Debian's font collections."""

Colour = tuple[int, int, int]

INK: Final[Colour] = (0xD0, 0xD0, 0xD0)
GROUND: Final[Colour] = (0x10, 0x10, 0x10)
"""Colours of a terminal that has not been told any."""

SIXTEEN: Final[tuple[Colour, ...]] = (
    (0x00, 0x00, 0x00), (0xCD, 0x31, 0x31), (0x0D, 0xBC, 0x79), (0xE5, 0xE5, 0x10),
    (0x24, 0x72, 0xC8), (0xBC, 0x3F, 0xBC), (0x11, 0xA8, 0xCD), (0xE5, 0xE5, 0xE5),
    (0x66, 0x66, 0x66), (0xF1, 0x4C, 0x4C), (0x23, 0xD1, 0x8B), (0xF5, 0xF5, 0x43),
    (0x3B, 0x8E, 0xEA), (0xD6, 0x70, 0xD6), (0x29, 0xB8, 0xDB), (0xFF, 0xFF, 0xFF),
)  # fmt: skip
"""The sixteen colours of a common terminal, normal and bright."""

_EDGE_STEPS: Final = 3
_MOST_COLOURS: Final = 256
"""Of a PNG with a palette."""

_CUBE_STEPS: Final = (0, 95, 135, 175, 215, 255)
"""Steps of the 6x6x6 colour cube of 256-colour terminals."""

_TOKEN: Final = re.compile(
    r"\x1b\[(?P<sgr>[0-9;:]*)m"  # colours and styles
    r"|\x1b\[[0-?]*[ -/]*[@-~]"  # any other control sequence
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # operating system commands, e.g. links
    r"|\x1b[()][0-9A-Za-z]|\x0e|\x0f|\x1b."  # character sets
    r"|(?P<text>[^\x1b\x0e\x0f]+)"
)

_CLUSTER: Final = re.compile(r".[\u0300-\u036f\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef]*")
"""A character with the accents, voicing marks and variation selectors that belong to it."""

_BLOCKS: Final[dict[str, tuple[float, float, float, float]]] = {
    "\u2580": (0, 0, 1, 0.5), "\u2584": (0, 0.5, 1, 1), "\u2588": (0, 0, 1, 1),
    "\u258c": (0, 0, 0.5, 1), "\u2590": (0.5, 0, 1, 1),
}  # fmt: skip
"""Half and full blocks, drawn as parts of the cell so that they join without seams."""


@dataclass(frozen=True)
class Style:
    """How a character is drawn; a colour that is None is the terminal's own."""

    ink: Colour | None = None
    ground: Colour | None = None
    bold: bool = False
    faint: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False
    strike: bool = False

    def colours(self) -> tuple[Colour, Colour]:
        """Ink and ground as they appear, after reverse and faint."""
        ink, ground = self.ink or INK, self.ground or GROUND
        if self.reverse:
            ink, ground = ground, ink
        if self.faint:
            ink = _mix(ink, ground)
        return ink, ground


def _mix(first: Colour, second: Colour) -> Colour:
    red, green, blue = ((a + b) // 2 for a, b in zip(first, second, strict=True))
    return red, green, blue


def _palette(number: int) -> Colour:
    """A colour of the 256, by its number."""
    if number < 16:
        return SIXTEEN[number]
    if number >= 232:
        grey = 8 + 10 * (number - 232)
        return grey, grey, grey
    red, rest = divmod(number - 16, 36)
    green, blue = divmod(rest, 6)
    return _CUBE_STEPS[red], _CUBE_STEPS[green], _CUBE_STEPS[blue]


_FLAGS: Final[dict[int, dict[str, Any]]] = {
    1: {"bold": True}, 2: {"faint": True}, 3: {"italic": True}, 4: {"underline": True},
    7: {"reverse": True}, 9: {"strike": True},
    22: {"bold": False, "faint": False}, 23: {"italic": False}, 24: {"underline": False},
    27: {"reverse": False}, 29: {"strike": False},
}  # fmt: skip


def styled(style: Style, parameters: str) -> Style:
    """`style` after one "select graphic rendition" sequence; unknown parts are passed over."""
    numbers = iter([int(part or 0) for part in re.split("[;:]", parameters)])
    for number in numbers:
        if number == 0:
            style = Style()
        elif number in _FLAGS:
            style = replace(style, **_FLAGS[number])
        elif number in (38, 48):
            colour = _extended(numbers)
            style = replace(style, ink=colour) if number == 38 else replace(style, ground=colour)
        elif number == 39:
            style = replace(style, ink=None)
        elif number == 49:
            style = replace(style, ground=None)
        elif 30 <= number <= 37 or 90 <= number <= 97:
            style = replace(style, ink=SIXTEEN[number % 10 + (8 if number >= 90 else 0)])
        elif 40 <= number <= 47 or 100 <= number <= 107:
            style = replace(style, ground=SIXTEEN[number % 10 + (8 if number >= 100 else 0)])
    return style


def _extended(numbers: Iterator[int]) -> Colour | None:
    match next(numbers, 0):
        case 2:
            return next(numbers, 0), next(numbers, 0), next(numbers, 0)
        case 5:
            return _palette(next(numbers, 0))
        case _:
            return None


def cells(screen: str) -> Iterator[tuple[int, int, str, int, Style]]:
    """Row, column, character (with its combining marks), width in cells, style."""
    style = Style()
    for row, line in enumerate(screen.split("\n")):
        column = 0
        for token in _TOKEN.finditer(line.rstrip("\r")):
            if token["sgr"] is not None:
                style = styled(style, token["sgr"])
            for cluster in _CLUSTER.findall(token["text"] or ""):
                width = cell_len(cluster[0])
                yield row, column, cluster, width, style
                column += width


@cache
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    name = "NotoSansCJK-Bold.ttc" if bold else "NotoSansCJK-Regular.ttc"
    return ImageFont.truetype(FONT_FOLDER / name, FONT_SIZE, index=FONT_INDEX)


def draw(screen: str) -> Image.Image:
    """The picture of a captured screen: 80 cells wide or as its longest line, all its lines."""
    screen = screen.removesuffix("\n")
    placed = list(cells(screen))
    columns = max([80, *(column + width for _, column, _, width, _ in placed)])
    rows = screen.count("\n") + 1
    picture = Image.new("RGB", (columns * CELL_WIDTH, rows * CELL_HEIGHT), GROUND)
    brush = ImageDraw.Draw(picture)
    # All grounds first: a glyph may reach a pixel into the next cell.
    for row, column, _, width, style in placed:
        left, top = column * CELL_WIDTH, row * CELL_HEIGHT
        brush.rectangle(
            (left, top, left + width * CELL_WIDTH - 1, top + CELL_HEIGHT - 1), style.colours()[1]
        )
    for row, column, character, width, style in placed:
        _draw_character(brush, column * CELL_WIDTH, row * CELL_HEIGHT, character, width, style)
    return picture


def in_few_colours(picture: Image.Image, screen: str) -> Image.Image:
    """The drawn screen with a palette: a fifth of the bytes.

    The palette has every ink and ground exactly, and a few steps between each ink and the ground
    that it stands on, for the edges of letters; counting colours by how often they come would lose
    the rare ones, which mean the most.
    """
    pairs = {style.colours() for _, _, _, _, style in cells(screen)}
    palette = dict.fromkeys(colour for pair in sorted(pairs) for colour in pair)
    for ink, ground in sorted(pairs):
        for step in range(1, _EDGE_STEPS):
            shares = zip(ink, ground, strict=True)
            red, green, blue = (b + (a - b) * step // _EDGE_STEPS for a, b in shares)
            palette.setdefault((red, green, blue))
    few = Image.new("P", (1, 1))
    few.putpalette([part for colour in list(palette)[:_MOST_COLOURS] for part in colour])
    return picture.quantize(palette=few, dither=Image.Dither.NONE)


def _draw_character(
    brush: ImageDraw.ImageDraw, left: int, top: int, character: str, width: int, style: Style
) -> None:
    ink, _ = style.colours()
    right = left + width * CELL_WIDTH - 1
    if block := _BLOCKS.get(character):
        brush.rectangle(
            (
                left + round(block[0] * CELL_WIDTH),
                top + round(block[1] * CELL_HEIGHT),
                left + round(block[2] * CELL_WIDTH) - 1,
                top + round(block[3] * CELL_HEIGHT) - 1,
            ),
            ink,
        )
    elif not character.isspace():
        brush.text((left, top + BASELINE), character, ink, _font(style.bold), anchor="ls")
    if style.underline:
        brush.line((left, top + BASELINE + 3, right, top + BASELINE + 3), ink, 2)
    if style.strike:
        brush.line((left, top + CELL_HEIGHT // 2, right, top + CELL_HEIGHT // 2), ink, 2)


def main(arguments: list[str]) -> int:
    """Draw; 0 when done, 2 for wrong use."""
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    source, target = arguments
    screen = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    draw(screen).save(target, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
