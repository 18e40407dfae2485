"""Lines of a zone: text with a meaning, fitted to an exact number of cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import chop_cells
from rich.segment import Segment
from rich.style import Style

from counter_tui.screens.look import Ground, Look, Role
from counter_tui.text import cells, cut, plain


class Span(NamedTuple):
    """A piece of a line.

    Text may come from outside: it is made safe here and is never read as markup.

    Attributes:
        ground: what it stands on, when that is not the zone's own ground.
        exact: a style that stands as it is, for drawn letters only.
    """

    text: str
    role: Role = Role.INK
    bold: bool = False
    underline: bool = False
    ground: Ground | None = None
    exact: Style | None = None


Spans = Sequence[Span]


class Line(NamedTuple):
    """One row of a zone.

    Attributes:
        left: spans from the left edge; cut when they do not fit beside `right`.
        right: spans that end at the right edge and are never cut for `left`.
        fill: ground of the whole row; None: the zone's own.
        indent, outdent: blank cells before and after.
        bracketed: drawn as `[ ... ]` where this fill has no colour.
    """

    left: Spans = ()
    right: Spans = ()
    fill: Role | None = None
    indent: int = 0
    outdent: int = 0
    bracketed: bool = False


BLANK = Line()


def width_of(spans: Spans) -> int:
    """Cells that these spans take."""
    return sum(cells(plain(span.text)) for span in spans)


def seal(word: str, role: Role) -> Span:
    """One kanji (two letters) between two blanks: 4 cells. Fills are drawn bold."""
    return Span(f" {word} ", role, bold=True)


def centred(text: str, width: int) -> str:
    """`text` with blanks before it so that it stands in the middle, on an even column."""
    return " " * ((width - cells(text)) // 2) + text


def spaced(word: str, width: int) -> str:
    """A word of kanji with U+3000 between its characters when that fits; others as they are."""
    drawn = "\u3000".join(word)
    is_wide = all(cells(character) == 2 for character in word)
    return drawn if is_wide and cells(drawn) <= width else word


def wrapped(text: str, width: int) -> list[str]:
    """A sentence on as many rows as it needs; broken after 。 and at blanks where possible."""
    rows = [""]
    for piece in re.findall(r"[^。 ]*[。 ]*", plain(text)):
        if cells((rows[-1] + piece).rstrip()) <= width:
            rows[-1] += piece
            continue
        if rows[-1]:
            rows.append("")
        *full, rows[-1] = _chopped(piece, width)
        rows[-1:-1] = full
    return [row.rstrip() for row in rows]


def _chopped(text: str, width: int) -> list[str]:
    """In rows of at most this width; a full stop at the end does not stand there alone."""
    rows = chop_cells(text, width)
    if len(rows) > 1 and rows[-1].startswith("。") and len(rows[-2]) > 1:
        above = rows[-2]
        if cells(above[-1] + rows[-1]) <= width:
            rows[-2:] = [above[:-1], above[-1] + rows[-1]]
    return rows


def segments(line: Line, width: int, look: Look, ground: Ground) -> list[Segment]:
    """The row as segments that together take exactly `width` cells."""
    blank_role = line.fill or Role.INK
    blank = look.style(blank_role, ground)
    if line.fill is not None and look.brackets(line.fill) and not line.bracketed:
        blank = Style.null()
    drawn: list[Segment] = []
    inner = max(width - line.indent - line.outdent, 0)
    right_width = min(width_of(line.right), inner)
    left_width = inner - right_width

    def put(spans: Spans, room: int) -> int:
        used = 0
        for span in spans:
            text = cut(plain(span.text), room - used)
            if not text:
                continue
            used += cells(text)
            style = span.exact or look.style(
                span.role, span.ground or ground, span.bold, span.underline
            )
            drawn.append(Segment(text, style))
            if used >= room:
                break
        return used

    bracketed = line.bracketed and line.fill is not None and look.brackets(line.fill)
    if line.indent:
        edge = "[" if bracketed else " "
        drawn.append(Segment(edge + " " * (line.indent - 1), blank))
    used = put(line.left, left_width)
    if used < left_width:
        drawn.append(Segment(" " * (left_width - used), blank))
    used = put(line.right, right_width)
    if used < right_width:
        drawn.append(Segment(" " * (right_width - used), blank))
    if line.outdent:
        edge = "]" if bracketed else " "
        drawn.append(Segment(" " * (line.outdent - 1) + edge, blank))
    return _joined(drawn)


def _joined(drawn: list[Segment]) -> list[Segment]:
    """Neighbours that look alike made one: each change of style costs some 40 bytes.

    Blanks take the style of what stands before them when only their ink would differ.
    """
    joined: list[Segment] = []
    for segment in drawn:
        if joined and _looks_alike(joined[-1], segment):
            joined[-1] = Segment(joined[-1].text + segment.text, joined[-1].style)
        else:
            joined.append(segment)
    return joined


def _looks_alike(before: Segment, segment: Segment) -> bool:
    one, other = before.style, segment.style
    if one == other:
        return True
    if one is None or other is None or segment.text.strip(" "):
        return False
    lines = one.underline or other.underline or one.reverse or other.reverse
    return one.bgcolor == other.bgcolor and not lines


def changed_columns(old: Sequence[Segment], new: Sequence[Segment]) -> tuple[int, int] | None:
    """First and one-past-last column in which two rows of one width differ; None: equal.

    Never inside a full-width character of either row.
    """
    if old == new:
        return None
    before, after = _characters(old), _characters(new)
    start = 0
    for one, other in zip(before, after, strict=False):
        if one != other:
            break
        start += 1
    tail = 0
    most = min(len(before), len(after)) - start
    while tail < most and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    first = sum(cells(character) for character, _ in after[:start])
    end = sum(cells(character) for character, _ in after[: len(after) - tail])
    return (first, end) if end > first else None


def _characters(row: Sequence[Segment]) -> list[tuple[str, Style | None]]:
    return [(character, segment.style) for segment in row for character in segment.text]
