"""Words in letters of six rows, from the dots that were drawn beforehand."""

from __future__ import annotations

from typing import Final

from counter_tui.screens.drawn_words import DRAWN_WORDS
from counter_tui.screens.line import Span, spaced
from counter_tui.screens.look import Look, Role

ROWS: Final = 6
"""Rows of a drawn word: twelve dots, two to a row."""

_INK: Final = 3
_UPPER_HALF: Final = "▀"
_LOWER_HALF: Final = "▄"
_FULL: Final = "█"


def drawn_rows(word: str, role: Role, look: Look, *, draw: bool) -> list[list[Span]]:
    """Six rows of half blocks; or the word in its own letters, in the third of six rows."""
    dots = DRAWN_WORDS.get(word)
    if dots is None or not draw:
        written = Span("  " + spaced(word, 20), role, bold=True)
        return [[], [], [written], [], [], []]
    return _rows(dots, role, look)


def drawn_count(count: int, unit: str, role: Role, look: Look) -> list[list[Span]]:
    """A number in six rows, and the unit behind it when that is drawn, too."""
    parts = [DRAWN_WORDS[digit] for digit in str(count)]
    if unit in DRAWN_WORDS:
        parts.append(DRAWN_WORDS[unit])
    return _rows(tuple("".join(row) for row in zip(*parts, strict=True)), role, look)


def _rows(dots: tuple[str, ...], role: Role, look: Look) -> list[list[Span]]:
    rows: list[list[Span]] = []
    for upper, lower in zip(dots[::2], dots[1::2], strict=True):
        pairs = [(int(high), int(low)) for high, low in zip(upper, lower, strict=True)]
        rows.append([_block(high, low, role, look) for high, low in pairs])
    return rows


def _block(high: int, low: int, role: Role, look: Look) -> Span:
    if look.has_tones:
        if high == low == 0:
            return Span(" ", role)
        return Span(_UPPER_HALF, role, exact=look.mixed(role, high / _INK, low / _INK))
    # Without shades a dot is ink or ground.
    upper, lower = high >= 2, low >= 2
    block = {(True, True): _FULL, (True, False): _UPPER_HALF, (False, True): _LOWER_HALF}
    return Span(block.get((upper, lower), " "), role)
