"""Text that comes from outside, made safe and measured in terminal cells."""

from __future__ import annotations

import unicodedata
from typing import Final

from rich.cells import cell_len, chop_cells

ELLIPSIS: Final = ".."
"""Mark of a cut. The one-character ellipsis is of ambiguous width and not used."""

_BLANKS: Final = frozenset("\t\n\r\v\f\x85\u2028\u2029")
_COMMANDS: Final = frozenset({"Cc", "Cf", "Cs"})
"""Control, format (bidi overrides, zero width) and surrogate: a terminal might obey them."""
_WITHOUT_FORM: Final = frozenset({"Co", "Cn"})
"""Private use and unassigned: every terminal draws something else, in a width of its own."""

GETA: Final = "〓"
"""What stands for a character that cannot be shown: printers' mark for a missing piece of type."""

_IDEOGRAPHIC_PLANES: Final = range(0x20000, 0x3FFFE)
"""Han characters only, assigned year by year: drawable, whatever this Python has heard of."""


def without_controls(text: str) -> str:
    """One line to be kept: what a terminal might obey is dropped, each character stays itself.

    Tabs and line ends become a blank. Characters in the private use areas (外字 of municipal
    systems) and variation selectors belong to names and stay.
    """
    return "".join(
        " " if character in _BLANKS else character
        for character in text
        if character in _BLANKS or unicodedata.category(character) not in _COMMANDS
    )


def plain(text: str) -> str:
    """One line to be shown: `without_controls`, and what has no known form becomes 〓.

    The number of characters stays right: a name that is not shown whole is seen to be so.
    """
    return "".join(
        GETA if _is_without_form(character) else character for character in without_controls(text)
    )


def _is_without_form(character: str) -> bool:
    return (
        unicodedata.category(character) in _WITHOUT_FORM
        and ord(character) not in _IDEOGRAPHIC_PLANES
    )


def cells(text: str) -> int:
    """Width of `text` in terminal cells, as the screen library counts them."""
    return cell_len(text)


def cut(text: str, width: int) -> str:
    """`text` when it fits into `width` cells, else its beginning with `..` at the end."""
    if cell_len(text) <= width:
        return text
    if width <= len(ELLIPSIS):
        return ELLIPSIS[: max(width, 0)]
    pieces = chop_cells(text, width - len(ELLIPSIS))
    return (pieces[0] if pieces else "") + ELLIPSIS


def fit(text: str, width: int) -> str:
    """`text` cut or padded with blanks at the right to exactly `width` cells."""
    shown = cut(text, width)
    return shown + " " * (width - cell_len(shown))


def fold_scan(raw: str) -> str:
    """What a scanner or a hand typed, with full-width forms made ASCII and blanks removed.

    For codes and numbers only; never for names (NFKC changes a person's name).
    """
    return "".join(unicodedata.normalize("NFKC", plain(raw)).split())


def full_width(text: str) -> str:
    """ASCII signs and digits in full-width forms: the largest letters that a terminal has."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def masked(number: str) -> str:
    """A library card number with all but its last four characters hidden, and half at least."""
    shown = number[len(number) - min(4, len(number) // 2) :]
    return "*" * (len(number) - len(shown)) + shown
