"""Text that comes from outside, made safe and measured in terminal cells."""

from __future__ import annotations

import unicodedata
from typing import Final

from rich.cells import cell_len, chop_cells

ELLIPSIS: Final = ".."
"""Mark of a cut. The one-character ellipsis is of ambiguous width and not used."""

_UNSAFE_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, format (bidi overrides, zero-width), surrogate, private, unassigned, separators."""


def plain(text: str) -> str:
    """One line without control characters, escape sequences' escapes or direction overrides.

    Tabs and line ends become a blank; all else that a terminal could take as a command, or
    that has no width, is dropped. Variation selectors (category Mn) stay: they belong to names.
    """
    return "".join(
        " " if character in "\t\n\r\v\f\x85\u2028\u2029" else character
        for character in text
        if character in "\t\n\r\v\f\x85\u2028\u2029"
        or unicodedata.category(character) not in _UNSAFE_CATEGORIES
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


def masked(number: str) -> str:
    """A library card number with all but its last four characters hidden."""
    shown = number[-4:]
    return "*" * (len(number) - len(shown)) + shown
