"""The page that shows what a printer's paper and font are: a ruler, and signs to compare."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from counter_tui.clock import TOKYO
from counter_tui.desk.place import Place
from counter_tui.hardware.glyphs import INSTALLED_FONT, GlyphSource
from counter_tui.hardware.receipt_encoding import (
    PAPER_COLUMNS,
    LaidOutLine,
    encode_lines,
    lay_out,
)
from counter_tui.hardware.slip import BLANK, RULE, Size, Slip, SlipLine
from counter_tui.language import _, full_day

RULERS: Final = dict(zip("ABC", PAPER_COLUMNS, strict=True))
"""Each ruler's letter, and the columns of the paper on which it is one line."""


@dataclass(frozen=True)
class FontProbe:
    """A sign that stands in some rows beyond JIS X 0208 (docs/printing.md §3).

    Attributes:
        rows: JIS rows that a font has together.
        sign: printed twice: as we draw it, and by its place in one of these rows.
    """

    rows: tuple[int, ...]
    sign: str


PROBES: Final = {
    "D": FontProbe((13,), "①"),
    "E": FontProbe((89, 90, 91, 92), "髙"),
    "F": FontProbe((115, 116, 117, 118, 119), "髙"),
}


def ruler_page(place: Place, model: str, now: datetime, glyphs: GlyphSource | None = None) -> bytes:
    """The job, from reset to cut.

    It is laid out for the widest paper: a ruler that is longer than the paper goes on in a
    second line there, and so the longest that does not is the paper's.

    Args:
        model: as the printer was recognised.
        now: an instant with time zone; stands on the page.
        glyphs: draws the signs to compare with.
    """
    here = now.astimezone(TOKYO)
    lines = [
        SlipLine(_("Printer test"), size=Size.TALL, emphasis=True),
        SlipLine(f"{place.library} {place.branch} {place.counter}"),
        SlipLine(f"{full_day(here.date())} {here:%H:%M}  {model}"),
        BLANK,
        SlipLine(_("The longest of these in one line:")),
        *(SlipLine(_ruler(letter, columns)) for letter, columns in RULERS.items()),
        BLANK,
        SlipLine(_("Twice the same sign, or not:")),
    ]
    drawn_by = glyphs or INSTALLED_FONT
    laid = _laid(lines, drawn_by)
    for letter, probe in PROBES.items():
        drawn = _laid([SlipLine(f"{letter} {probe.sign} ")], drawn_by)[0]
        own = _laid([SlipLine(probe.sign)], drawn_by, probe.rows)[0]
        blank = _laid([SlipLine("x x")], drawn_by)[0].pieces[1]
        laid.append(LaidOutLine((*drawn.pieces, blank, *own.pieces)))
    laid += _laid([RULE, SlipLine(_("Kanji, kana, yen:") + " 図書館 かな ｶﾅ ¥")], drawn_by)
    return encode_lines(laid)


def _ruler(letter: str, columns: int) -> str:
    """A line that fills its paper but for the column that always stays free."""
    digits = "".join(str(column % 10) for column in range(2, columns))
    return letter + digits


def _laid(
    lines: list[SlipLine], glyphs: GlyphSource, rows: tuple[int, ...] = ()
) -> list[LaidOutLine]:
    return lay_out(
        Slip(tuple(lines)), max(PAPER_COLUMNS), glyphs=glyphs, extension_rows=frozenset(rows)
    )
