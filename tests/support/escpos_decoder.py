"""Reads ESC/POS bytes as a Japanese printer does, and gives back what stands on the paper.

Written from the printer's side, by docs/printing.md §2, without the encoder: it knows its own
table of commands and raises on every byte that the table does not explain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

DRAWN: Final = "\ufffc"
"""Stands in a decoded line where a picture was printed."""


class NotEscPos(Exception):
    """A byte that no printer of ours would understand.

    Attributes:
        at: its offset.
    """

    def __init__(self, at: int, reason: str) -> None:
        super().__init__(f"offset {at}: {reason}")
        self.at = at


# Name and number of parameter bytes, by the first two bytes of a command.
_FIXED: Final[dict[bytes, tuple[str, int]]] = {
    b"\x1b@": ("initialise", 0),
    b"\x1b ": ("right_spacing", 1),
    b"\x1b2": ("default_line_spacing", 0),
    b"\x1b3": ("line_spacing", 1),
    b"\x1b!": ("one_byte_mode", 1),
    b"\x1b-": ("underline", 1),
    b"\x1bE": ("emphasis", 1),
    b"\x1bR": ("country", 1),
    b"\x1ba": ("align", 1),
    b"\x1bd": ("feed", 1),
    b"\x1bt": ("code_page", 1),
    b"\x1c!": ("kanji_mode_bits", 1),
    b"\x1c&": ("kanji_on", 0),
    b"\x1c.": ("kanji_off", 0),
    b"\x1cC": ("code_system", 1),
    b"\x1cS": ("kanji_spacing", 2),
    b"\x1cW": ("kanji_double", 1),
    b"\x1d!": ("size", 1),
    b"\x1dB": ("reversed", 1),
    b"\x1dH": ("code_letters", 1),
    b"\x1dh": ("code_height", 1),
    b"\x1dw": ("code_width", 1),
    b"\x1dI": ("model", 1),
    b"\x1dL": ("left_margin", 2),
    b"\x1dW": ("print_width", 2),
    b"\x1da": ("automatic_status", 1),
    b"\x1dr": ("queued_status", 1),
    b"\x10\x04": ("real_time_status", 1),
    b"\x10\x05": ("real_time_request", 1),
}


_BYTES_PER_COLUMN: Final = {0: 1, 1: 1, 32: 3, 33: 3}
"""By the mode of a bit image: 8 or 24 dots high."""


@dataclass(frozen=True)
class Token:
    """One thing that a printer does.

    Attributes:
        name: of the command, or "text", "line_feed", "nul".
        data: its parameters; for text the bytes of one character.
        at: its offset in the stream.
        length: how many bytes it took.
    """

    name: str
    data: bytes
    at: int
    length: int


class Incomplete(NotEscPos):
    """The stream ends in the middle of a command or a character."""


def tokens(stream: bytes) -> Iterator[Token]:
    """The stream as single commands and characters.

    Raises:
        NotEscPos: a byte that the table does not explain.
        Incomplete: the stream ends too early.
    """
    at = 0
    while at < len(stream):
        token = _token(stream, at)
        yield token
        at += token.length


def _token(stream: bytes, at: int) -> Token:
    first = stream[at]
    if first == 0x00:
        return Token("nul", b"", at, 1)
    if first == 0x0A:
        return Token("line_feed", b"", at, 1)
    if first in (0x10, 0x1B, 0x1C, 0x1D):
        return _command(stream, at)
    if 0x81 <= first <= 0x9F or 0xE0 <= first <= 0xEF or 0xFA <= first <= 0xFC:
        pair = _take(stream, at, 2)
        if not (0x40 <= pair[1] <= 0xFC and pair[1] != 0x7F):
            raise NotEscPos(at, f"{pair.hex()} is no Shift_JIS pair")
        return Token("text", pair, at, 2)
    if 0x20 <= first <= 0x7E or 0xA1 <= first <= 0xDF:
        return Token("text", bytes((first,)), at, 1)
    raise NotEscPos(at, f"{first:02x} begins nothing")


def _command(stream: bytes, at: int) -> Token:
    head = _take(stream, at, 2)
    if head == b"\x1b*":
        mode, low, high = _take(stream, at + 2, 3)
        if mode not in _BYTES_PER_COLUMN:
            raise NotEscPos(at, f"there is no bit image mode {mode}")
        data = _take(stream, at + 5, _BYTES_PER_COLUMN[mode] * (low + 256 * high))
        return Token("bit_image", data, at, 5 + len(data))
    if head == b"\x1dV":
        mode = _take(stream, at + 2, 1)[0]
        length = 2 if mode in (0x41, 0x42) else 1
        return Token("cut", _take(stream, at + 2, length), at, 2 + length)
    if head == b"\x1dk":
        kind, length = _take(stream, at + 2, 2)
        if kind < 65:
            raise NotEscPos(at, "a code that ends with NUL")
        return Token("code", _take(stream, at + 4, length), at, 4 + length)
    if head in (b"\x1d(", b"\x1c("):
        function, low, high = _take(stream, at + 2, 3)
        data = _take(stream, at + 5, low + 256 * high)
        return Token(f"extended_{head[0]:02x}_{chr(function)}", data, at, 5 + len(data))
    if head not in _FIXED:
        raise NotEscPos(at, f"unknown command {head.hex()}")
    name, length = _FIXED[head]
    return Token(name, _take(stream, at + 2, length), at, 2 + length)


def _take(stream: bytes, at: int, length: int) -> bytes:
    taken = stream[at : at + length]
    if len(taken) < length:
        raise Incomplete(at, "the stream ends here")
    return taken


# ------------------------------------------------------------------------------- paper


@dataclass(frozen=True)
class PrintedLine:
    """One line on the paper.

    Attributes:
        text: what can be read; a picture stands as `DRAWN`. Blanks at the end are left out.
        columns: how many half-width columns it fills, blanks at the end included.
        width, height: enlargement.
        pictures: the dots of each picture in it.
        cells: each character from the left, blanks at the end included, and the columns that it
            takes; a picture stands as `DRAWN`.
    """

    text: str
    columns: int
    width: int = 1
    height: int = 1
    emphasis: bool = False
    reversed: bool = False
    pictures: tuple[bytes, ...] = ()
    cells: tuple[tuple[str, int], ...] = ()


@dataclass
class _Modes:
    code_page: int = 0
    code_system: int = 0
    country: int = 0
    width: int = 1
    height: int = 1
    emphasis: bool = False
    reversed: bool = False


@dataclass
class _Row:
    text: str = ""
    columns: int = 0
    pictures: list[bytes] = field(default_factory=list)
    cells: list[tuple[str, int]] = field(default_factory=list)

    def put(self, character: str, columns: int) -> None:
        self.text += character
        self.columns += columns
        self.cells.append((character, columns))


def slips(stream: bytes, *, extension_rows: bool = False) -> list[list[PrintedLine]]:
    """The pieces of paper that come out, each up to its cut.

    Text after the last cut that was not fed is still in the printer, and not among them.

    Args:
        extension_rows: the font holds all rows of CP932, not JIS X 0208 alone.

    Raises:
        NotEscPos: see `tokens`; or text in a mode in which it would come out garbled.
    """
    finished: list[list[PrintedLine]] = []
    lines: list[PrintedLine] = []
    modes, row = _Modes(), _Row()
    font = "cp932" if extension_rows else "shift_jis"
    for token in tokens(stream):
        if token.name == "initialise":
            modes, row = _Modes(), _Row()
        elif token.name == "text":
            row.put(_read(token, modes, font), len(token.data) * modes.width)
        elif token.name == "bit_image":
            row.put(DRAWN, -(-len(token.data) // 3 // 12))
            row.pictures.append(token.data)
        elif token.name == "line_feed":
            lines.append(_finish(row, modes))
            row = _Row()
        elif token.name == "cut":
            if row.text:
                lines.append(_finish(row, modes))
            finished.append(lines)
            lines, row = [], _Row()
        else:
            _switch(modes, token)
    return finished


def _finish(row: _Row, modes: _Modes) -> PrintedLine:
    return PrintedLine(
        row.text.rstrip(" "),
        row.columns,
        modes.width,
        modes.height,
        modes.emphasis,
        modes.reversed,
        tuple(row.pictures),
        tuple(row.cells),
    )


def _switch(modes: _Modes, token: Token) -> None:
    value = token.data[0] if token.data else 0
    if token.name == "size":
        modes.width, modes.height = (value >> 4) + 1, (value & 0x0F) + 1
    elif token.name == "emphasis":
        modes.emphasis = bool(value & 1)
    elif token.name == "reversed":
        modes.reversed = bool(value & 1)
    elif token.name == "code_page":
        modes.code_page = value
    elif token.name == "code_system":
        modes.code_system = value
    elif token.name == "country":
        modes.country = value


def _read(token: Token, modes: _Modes, font: str) -> str:
    if len(token.data) == 2:
        if modes.code_system not in (1, 0x31):
            raise NotEscPos(token.at, "a kanji pair, but the code system is not Shift_JIS")
        try:
            return token.data.decode(font)
        except UnicodeDecodeError as error:
            raise NotEscPos(token.at, f"{token.data.hex()} is not in the font") from error
    code = token.data[0]
    if code == 0x5C and modes.country == 8:
        return "¥"
    if code >= 0xA1 and modes.code_page != 1:
        raise NotEscPos(token.at, "half-width kana, but the code page is not Katakana")
    return token.data.decode("shift_jis") if code >= 0xA1 else chr(code)


def texts(stream: bytes) -> list[str]:
    """All lines of all slips, as text: for tests that look for a sentence."""
    return [line.text for slip in slips(stream) for line in slip]


def longest(lines: Sequence[PrintedLine]) -> int:
    """Columns of the longest line."""
    return max((line.columns for line in lines), default=0)
