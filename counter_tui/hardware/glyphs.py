"""Pictures of characters that the printer's font lacks, 24 by 24 dots each."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_log = logging.getLogger(__name__)

GLYPH_DOTS: Final = 24
"""Height and width of a printer's kanji in dots (docs/printing.md §2)."""

GLYPH_BYTES: Final = GLYPH_DOTS * GLYPH_DOTS // 8
"""72: column by column from the left, three bytes each, the top dot in the highest bit."""

GLYPH_COLUMNS: Final = 2

_BASELINE: Final = 21
"""Dots from the top to the baseline: 0.88 of the height, as CJK fonts are drawn."""

_BLACK: Final = 110
"""Grey from which a dot is black, of 255. Slightly dark: thermal dots of thin strokes fade."""


class GlyphSource(Protocol):
    """Draws single characters."""

    def glyph(self, character: str) -> bytes | None:
        """The picture of one character (perhaps with its variation selector).

        Returns:
            72 bytes for `ESC * 33`, free of sequences that a printer would obey in the middle
            of a picture; None when there is no picture.
        """
        ...


class NoGlyphs:
    """Draws nothing: for printers and tests that shall use the printer's font alone."""

    def glyph(self, character: str) -> bytes | None:
        """Always None."""
        return None


class FontGlyphs:
    """Draws with the Noto Sans CJK JP font that is installed with this program.

    The font is opened at the first glyph that is asked for (about 30 ms with Pillow, 5 MB); most
    slips need none. May be used from several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._font: FreeTypeFont | None = None
        self._font_missing = False
        self._glyphs: dict[str, bytes | None] = {}
        self._not_in_font = b""

    def glyph(self, character: str) -> bytes | None:
        """The picture of `character`, or None when the font has none."""
        with self._lock:
            if character not in self._glyphs:
                if len(self._glyphs) >= _KEPT_GLYPHS:
                    self._glyphs.clear()
                self._glyphs[character] = self._draw(character)
            return self._glyphs[character]

    def _draw(self, character: str) -> bytes | None:
        if not self._open_font():
            return None
        try:
            dots = self._dots(character)
        except UnicodeEncodeError:
            return None  # a lone surrogate has no picture
        if dots == self._not_in_font or not any(dots):
            return None
        return harmless(dots)

    def _open_font(self) -> bool:
        """Whether there is a font to draw with; its absence is logged once."""
        if self._font is None and not self._font_missing:
            try:
                # 25 ms for Pillow; only rare characters need it.
                from noto_cjk_sans_jp_regular import FONT_PATH
                from PIL import ImageFont

                self._font = ImageFont.truetype(str(FONT_PATH), GLYPH_DOTS)
            except (ImportError, OSError):
                self._font_missing = True
                _log.exception("the font for rare characters cannot be opened")
                return False
            # A private-use character, which this font does not have: the picture of "missing".
            self._not_in_font = self._dots("\U000f1234")
        return self._font is not None

    def _dots(self, character: str) -> bytes:
        from PIL import Image, ImageDraw

        picture = Image.new("L", (GLYPH_DOTS, GLYPH_DOTS))
        ImageDraw.Draw(picture).text(
            (GLYPH_DOTS // 2, _BASELINE), character, fill=255, font=self._font, anchor="ms"
        )
        grey = picture.tobytes()
        columns = []
        for x in range(GLYPH_DOTS):
            column = 0
            for y in range(GLYPH_DOTS):
                column = column << 1 | (grey[y * GLYPH_DOTS + x] >= _BLACK)
            columns.append(column.to_bytes(3, "big"))
        return b"".join(columns)


INSTALLED_FONT: Final = FontGlyphs()
"""For everybody: one font in memory, opened when a rare character comes."""

_KEPT_GLYPHS: Final = 512
"""Pictures kept in memory; 40 KB. A slip of a foreign-language title needs some dozens."""


def harmless(dots: bytes) -> bytes | None:
    """The picture, moved by a dot or two when its bytes would be obeyed as a command.

    Printers look for real-time commands everywhere, also inside pictures: DLE (10) followed by
    EOT (04), ENQ (05) or DC4 (14) would be answered, or would open a cash drawer
    (docs/printing.md §2). Moving the dots down or up changes the bytes; the move that loses
    fewest of them at the edge is taken. None when no move helps.
    """
    if not holds_real_time_command(dots):
        return dots
    moves = [_moved(dots, down) for down in (1, -1, 2, -2)]
    free = [moved for moved in moves if not holds_real_time_command(moved)]
    return max(free, key=_ink, default=None)


def _ink(dots: bytes) -> int:
    return int.from_bytes(dots, "big").bit_count()


def holds_real_time_command(data: bytes) -> bool:
    """Whether `data` could begin or hold a real-time command; stricter than printers are."""
    return data.endswith(b"\x10") or any(
        bytes((0x10, second)) in data for second in (0x04, 0x05, 0x14)
    )


def _moved(dots: bytes, down: int) -> bytes:
    columns = []
    for start in range(0, len(dots), 3):
        column = int.from_bytes(dots[start : start + 3], "big")
        column = column >> down if down >= 0 else (column << -down) & 0xFFFFFF
        columns.append(column.to_bytes(3, "big"))
    return b"".join(columns)
