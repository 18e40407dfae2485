"""From lines of text to the bytes of a Japanese ESC/POS printer, and to the preview.

One layout serves both: `lay_out` decides which character stands in which columns and by which
bytes it is printed; `encode` only joins these bytes with commands, and the preview draws the
same pieces. So what the screen shows is what the paper shows.

Every character goes the same way, and the first step that knows it wins (docs/printing.md §3):
one byte (ASCII, half-width kana, yen), JIS X 0208 by Shift_JIS, extension rows that the model is
known to hold, a 24-dot picture in the text line, and at last the geta mark, which is reported.
Nothing is left out silently, and a name is never normalised as a whole.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from counter_tui.hardware.glyphs import GLYPH_COLUMNS, INSTALLED_FONT, GlyphSource
from counter_tui.hardware.slip import Align, Code, Size, Slip, SlipLine

PAPER_COLUMNS: Final = (32, 42, 48)
"""Half-width characters in a line: 58 mm, 80 mm at 180 dpi, 80 mm at 203 dpi."""

# --------------------------------------------------------------------------- commands
# Each is one row of docs/printing.md §2.

RESET: Final = b"\x1b\x40"
PREAMBLE: Final = (
    RESET
    + b"\x1b\x20\x00"  # no extra dots after one-byte characters
    + b"\x1c\x53\x00\x00"  # nor around kanji: some makers start with 8, and columns drift
    + b"\x1b\x74\x01"  # one-byte page 1: half-width kana in A1-DF
    + b"\x1c\x43\x01"  # two-byte characters arrive as Shift_JIS
    + b"\x1b\x52\x08"  # country Japan: 5C prints the yen sign
)
LINE_FEED: Final = b"\x0a"
CUT: Final = b"\x1d\x56\x42\x00"
"""Feed the last line past the blade, then cut: no wasted paper before it."""

_SIZE_NORMAL: Final = b"\x1d\x21\x00"
_EMPHASIS: Final = (b"\x1b\x45\x00", b"\x1b\x45\x01")
_REVERSED: Final = (b"\x1d\x42\x00", b"\x1d\x42\x01")
_INLINE_GLYPH: Final = b"\x1b\x2a\x21\x18\x00"
"""Bit image, 24 dots high, 24 wide, inside the text line; 72 bytes follow."""

# -------------------------------------------------------------------- single characters

GETA: Final = "〓"
"""The printers' mark for a character that could not be set; JIS X 0208 02-14."""

CUT_MARK: Final = ".."

_BLANKS: Final = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")
"""Control characters that part words: each becomes a blank, none reaches the printer."""

_LOOK_ALIKES: Final = {
    "\uff5e": "\u301c",  # fullwidth tilde: wave dash
    "\u2225": "\u2016",  # parallel: double vertical line
    "\uff0d": "\u2212",  # fullwidth hyphen-minus: minus
    "\uffe0": "\u00a2",
    "\uffe1": "\u00a3",
    "\uffe2": "\u00ac",
    "\u2014": "\u2015",  # em dash: horizontal bar
    "\u2022": "\u30fb",  # bullet: middle dot
    "\u203e": "\uffe3",  # overline: fullwidth macron
    "\\": "\uff3c",  # 5C prints a yen sign under country Japan
}
"""Other code points of a sign that JIS X 0208 has once (docs/printing.md §3)."""

_COMBINING_KANA_MARKS: Final = {"\u3099": "\u309b", "\u309a": "\u309c"}
"""Voiced and semi-voiced mark, and how each is written when it stands alone."""


def _is_variation_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


class Means(Enum):
    """How a character gets onto the paper."""

    FONT = "font"
    """By the printer's own font."""
    GLYPH = "glyph"
    """Drawn by us, dot by dot."""
    GETA = "geta"
    """Not at all; the geta mark stands in its place."""


@dataclass(frozen=True)
class Piece:
    """What stands in one, two or four neighbouring columns of a printed line.

    Attributes:
        text: what the paper shows there; free of control characters.
        columns: how many columns of the paper it takes, enlargement included.
        data: the bytes that print it.
        means: who draws it.
        source: the character of the slip that it stands for, a variation selector included.
    """

    text: str
    columns: int
    data: bytes
    means: Means
    source: str


@dataclass(frozen=True)
class LaidOutLine:
    """One line of paper.

    Attributes:
        pieces: left to right, blanks included; their columns add up to at most the paper's.
        command: printed instead of the pieces, which only say on the screen what it is: a code
            that the printer draws, and feeds past, by itself.
    """

    pieces: tuple[Piece, ...]
    size: Size = Size.NORMAL
    emphasis: bool = False
    reversed: bool = False
    command: bytes = b""

    def __str__(self) -> str:
        """The line as text, without the blanks at its end."""
        return "".join(piece.text for piece in self.pieces).rstrip(" ")

    @property
    def columns(self) -> int:
        """How many columns of the paper are used."""
        return _columns(self.pieces)


@dataclass(frozen=True)
class EncodedSlip:
    """A slip ready for the printer.

    Attributes:
        data: ESC/POS bytes from reset to cut.
        replaced: the characters that became the geta mark, in order, once for each time. To be
            logged by their code points: a whole name has no place in a log.
    """

    data: bytes
    replaced: tuple[str, ...]


# ---------------------------------------------------------------------------- encoding


@functools.cache
def _extension_codes(rows: frozenset[int]) -> dict[str, bytes]:
    """The characters of these JIS rows (89-92, 115-119, 13 ...), each with its two bytes."""
    codes: dict[str, bytes] = {}
    for row in sorted(rows):
        half, odd = divmod(row - 1, 2)
        lead = half + (0x81 if row <= 62 else 0xC1)
        trails = range(0x9F, 0xFD) if odd else (*range(0x40, 0x7F), *range(0x80, 0x9F))
        for trail in trails:
            code = bytes((lead, trail))
            try:
                character = code.decode("cp932")
            except UnicodeDecodeError:
                continue  # an empty place of the row
            codes.setdefault(character, code)
    return codes


@dataclass(frozen=True)
class _Typesetter:
    """Finds a piece for each character."""

    glyphs: GlyphSource
    extension_rows: frozenset[int]

    def pieces(self, text: str, size: Size) -> list[Piece]:
        return [self._piece(cluster, size) for cluster in _clusters(text)]

    def _piece(self, cluster: str, size: Size) -> Piece:
        character, selector = cluster[0], cluster[1:]
        if selector:
            # A form that differs from the plain one is worth drawing: it is how the bearer
            # writes the name. The plain form prints sharper from the printer's own font.
            dots = self.glyphs.glyph(cluster)
            if dots is not None and dots != self.glyphs.glyph(character):
                return _drawn(cluster, dots)
        code = _font_code(character, self.extension_rows)
        if code is not None:
            return Piece(character, len(code) * size.width, code, Means.FONT, cluster)
        dots = self.glyphs.glyph(character)
        if dots is not None:
            return _drawn(character, dots)
        return Piece(GETA, 2 * size.width, GETA.encode("shift_jis"), Means.GETA, cluster)


def _drawn(cluster: str, dots: bytes) -> Piece:
    # A picture is not enlarged by the size command, so it keeps its two columns in every size.
    return Piece(cluster, GLYPH_COLUMNS, _INLINE_GLYPH + dots, Means.GLYPH, cluster)


def _font_code(character: str, extension_rows: frozenset[int]) -> bytes | None:
    """The bytes by which the printer's font knows this character, one or two, or None."""
    if " " <= character <= "~":
        return character.encode("ascii")
    if character == "¥":
        return b"\x5c"
    try:
        # Python's shift_jis is JIS X 0201 and the 6,879 characters of JIS X 0208, no vendor
        # rows; cp932 would add rows that one printer has and the next has not.
        return character.encode("shift_jis")
    except UnicodeEncodeError:
        return _extension_codes(extension_rows).get(character)


def _joins(character: str) -> bool:
    """Whether it may be a part of the character before it."""
    # Vowels and final consonants of Hangul are letters by themselves for Unicode.
    return unicodedata.combining(character) > 0 or "\u1161" <= character <= "\u11c2"


def _clusters(text: str) -> Iterator[str]:
    """`text` in pieces of one character, each perhaps with its variation selector.

    Kana, Hangul and Latin letters that arrive in parts are put together; blanks of every kind
    become the plain one; look-alikes become the sign that the font has. Control and format
    characters are gone after this: from here on nothing can be taken for a command. Characters
    that have no meaning by themselves (lone surrogates, private use) stay, to be reported.
    """
    index = 0
    while index < len(text):
        character = text[index]
        index += 1
        if character in _BLANKS:
            yield " "
            continue
        category = unicodedata.category(character)
        if category in {"Cc", "Cf"} or _is_variation_selector(character):
            continue
        if category == "Zs" and character != "\u3000":
            yield " "
            continue
        while index < len(text) and _joins(text[index]):
            joined = unicodedata.normalize("NFC", character + text[index])
            # Composing must not reach into the compatibility ideographs: NFC turns some of
            # them into another form, and a reader's name with it. They combine with nothing.
            if len(joined) != 1:
                break
            character = joined
            index += 1
        character = _LOOK_ALIKES.get(character, character)
        character = _COMBINING_KANA_MARKS.get(character, character)
        if index < len(text) and _is_variation_selector(text[index]):
            character += text[index]
            index += 1
        yield character


# ------------------------------------------------------------------------ line breaking

_NOT_AT_START: Final = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々ー〜）」』】〕］｝〉》’”"
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"
    "｡､･ｰﾞﾟ｣ｧｨｩｪｫｬｭｮｯ"
    ",.!?:;)]}"
)
_NOT_AT_END: Final = frozenset("（「『【〔［｛〈《‘“｢([{")


def _may_part(before: Piece, after: Piece) -> bool:
    """Whether a line may end between these two."""
    if after.text in _NOT_AT_START or before.text in _NOT_AT_END:
        return False
    # Numbers and Latin words stay whole.
    return not (_is_word_part(before.text) and _is_word_part(after.text))


def _is_word_part(text: str) -> bool:
    return text.isascii() and (text.isalnum() or text in "-'/._~@&+*")


def _columns(pieces: Sequence[Piece]) -> int:
    return sum(piece.columns for piece in pieces)


def _break_lines(pieces: Sequence[Piece], width: int) -> list[list[Piece]]:
    """Part `pieces` into lines of at most `width` columns; always at least one line.

    A pair of columns is never split: what does not fit whole goes to the next line. A line
    that has no good place to end (a long word, a row of full stops) ends where it is full.
    """
    lines: list[list[Piece]] = []
    rest = _trimmed(pieces)
    while rest:
        end = used = 0
        while end < len(rest) and used + rest[end].columns <= width:
            used += rest[end].columns
            end += 1
        if end < len(rest):
            end = _good_end(rest, max(end, 1), width)
        lines.append(_trimmed(rest[:end]))
        rest = _trimmed(rest[end:])
    return lines or [[]]


def _good_end(rest: Sequence[Piece], full: int, width: int) -> int:
    """Where a line that is full after `full` pieces ends best."""
    end, used = full, _columns(rest[:full])
    while end > 0 and used * _BLANK_WORTH[1] >= width * _BLANK_WORTH[0]:
        if rest[end].text.isspace():
            return end
        end -= 1
        used -= rest[end].columns
    end = full
    while end > 1 and not _may_part(rest[end - 1], rest[end]):
        end -= 1
    return end if end > 1 or _may_part(rest[0], rest[1]) else full


_BLANK_WORTH: Final = (3, 4)
"""A line ends at a blank when that leaves at least this part of it in use.

Sentences for patrons have blanks between phrases, and a word that is cut is hard to read.
"""


def _trimmed(pieces: Sequence[Piece]) -> list[Piece]:
    """Without the blanks at both ends (U+3000 included)."""
    start, end = 0, len(pieces)
    while start < end and pieces[start].text.isspace():
        start += 1
    while end > start and pieces[end - 1].text.isspace():
        end -= 1
    return list(pieces[start:end])


# ------------------------------------------------------------------------------- layout


def lay_out(
    slip: Slip,
    columns: int,
    *,
    glyphs: GlyphSource = INSTALLED_FONT,
    extension_rows: frozenset[int] = frozenset(),
) -> list[LaidOutLine]:
    """Place every character of `slip` on paper of `columns` columns.

    The last column stays free: a full line followed by a line feed leaves an empty line on
    some printers (docs/printing.md §4).

    Args:
        slip: what shall stand there.
        columns: half-width characters in a line of this paper, 16 or more.
        glyphs: draws what the printer's font lacks.
        extension_rows: JIS rows beyond JIS X 0208 that this model is known to hold, e.g. 13.
    """
    if columns < 16:
        raise ValueError(f"no slip fits on {columns} columns")
    setter = _Typesetter(glyphs, extension_rows)
    return [laid for line in slip.lines for laid in _lay_out_line(line, columns - 1, setter)]


def _lay_out_line(line: SlipLine, width: int, setter: _Typesetter) -> list[LaidOutLine]:
    if line.rule:
        return [LaidOutLine(tuple(setter.pieces(("- " * width)[:width], Size.NORMAL)))]
    if line.code is not None:
        command = _code_bytes(line.code)
        label = setter.pieces(_CODE_LABELS[line.code.kind], Size.NORMAL)
        return [LaidOutLine(tuple(label), command=command)] if command else []
    size = line.size
    left = _cut(_break_lines(setter.pieces(line.text, size), width), line.max_lines, width, size)
    right = _break_lines(setter.pieces(line.right, size), width) if line.right else []
    rows = [[*_indent(row, line, width), *row] for row in left]
    for index, row in enumerate(right):
        gap = width - _columns(row)
        if index == 0 and (not rows[-1] or _columns(rows[-1]) + size.width <= gap):
            rows[-1] = [*rows[-1], *_blanks(gap - _columns(rows[-1]), size), *row]
        else:
            rows.append([*_blanks(gap, size), *row])
    if line.reversed:
        rows = [[*row, *_blanks(width - _columns(row), size)] for row in rows]
    return [LaidOutLine(tuple(row), size, line.emphasis, line.reversed) for row in rows]


_CODE_LABELS: Final = {"nw7": "[NW-7]", "qr": "[QR]"}

_NW7: Final = re.compile(r"[0-9$:/.+-]{1,15}")
"""What NW-7 (Codabar) can hold between its start and stop letters; more would not fit on 58 mm."""

_QR_MOST: Final = 64
"""Characters; a longer command, torn, would swallow more than the NULs before the next job."""


def _code_bytes(code: Code) -> bytes:
    """The commands that print a code (docs/printing.md §2); empty when it cannot be one."""
    if code.kind == "nw7":
        if not _NW7.fullmatch(code.text):
            return b""
        # "A" as start and stop letter: what most libraries' cards have.
        data = b"A" + code.text.encode("ascii") + b"A"
        # No letters beside it, 80 dots high, narrow bars of 2 dots.
        return b"\x1d\x48\x00\x1d\x68\x50\x1d\x77\x02\x1d\x6b\x47" + bytes((len(data),)) + data
    if not (code.text.isascii() and code.text.isprintable() and 0 < len(code.text) <= _QR_MOST):
        return b""
    return b"".join(
        b"\x1d\x28\x6b" + len(function).to_bytes(2, "little") + function
        for function in (
            b"\x31\x41\x32\x00",  # model 2
            b"\x31\x43\x05",  # five dots a module
            b"\x31\x45\x31",  # error correction M
            b"\x31\x50\x30" + code.text.encode("ascii"),
            b"\x31\x51\x30",  # print
        )
    )


def _indent(row: Sequence[Piece], line: SlipLine, width: int) -> list[Piece]:
    if line.align is Align.LEFT or line.right or not row:
        return []
    return _blanks((width - _columns(row)) // 2, line.size)


def _blanks(columns: int, size: Size) -> list[Piece]:
    blank = Piece(" ", size.width, b" ", Means.FONT, " ")
    return [blank] * (columns // size.width)


def _cut(
    rows: list[list[Piece]], max_lines: int | None, width: int, size: Size
) -> list[list[Piece]]:
    """The first `max_lines` rows, the last of them ended by the mark of a cut."""
    if max_lines is None or len(rows) <= max_lines:
        return rows
    mark = [Piece(".", size.width, b".", Means.FONT, ".")] * len(CUT_MARK)
    last = list(rows[max_lines - 1])
    while last and _columns(last) + _columns(mark) > width:
        last.pop()
    return [*rows[: max_lines - 1], [*_trimmed(last), *mark]]


# ---------------------------------------------------------------------------------- job


def encode(
    slip: Slip,
    columns: int,
    *,
    glyphs: GlyphSource = INSTALLED_FONT,
    extension_rows: frozenset[int] = frozenset(),
) -> EncodedSlip:
    """The bytes that print `slip`, from reset to cut; arguments as for `lay_out`."""
    lines = lay_out(slip, columns, glyphs=glyphs, extension_rows=extension_rows)
    return EncodedSlip(data=encode_lines(lines), replaced=replaced_characters(lines))


def encode_lines(lines: Sequence[LaidOutLine]) -> bytes:
    """The bytes that print lines as they were laid out, from reset to cut."""
    return PREAMBLE + b"".join(_line_bytes(line) for line in lines) + CUT


def replaced_characters(lines: Sequence[LaidOutLine]) -> tuple[str, ...]:
    """The characters that became the geta mark, in order."""
    return tuple(
        piece.source[0] for line in lines for piece in line.pieces if piece.means is Means.GETA
    )


def _line_bytes(line: LaidOutLine) -> bytes:
    """One line; what it switches on it switches off, so that no line depends on another."""
    if line.command:
        return line.command
    start = end = b""
    if line.size is not Size.NORMAL:
        start += bytes((0x1D, 0x21, (line.size.width - 1) << 4 | (line.size.height - 1)))
        end += _SIZE_NORMAL
    if line.emphasis:
        start += _EMPHASIS[True]
        end += _EMPHASIS[False]
    if line.reversed:
        start += _REVERSED[True]
        end += _REVERSED[False]
    body = b"".join(piece.data for piece in line.pieces)
    # The line is printed at its end, with the modes that its characters came with.
    return start + body + LINE_FEED + end
