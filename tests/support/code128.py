"""Reads Code 128 from a picture, by the widths of bars and gaps (ISO/IEC 15417).

Knows nothing of what has drawn it. Only code set B: what the program's commands need.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from PIL import Image

_TABLE: Final = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 "
    "122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 "
    "321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 "
    "211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 "
    "213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 "
    "121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 "
    "241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 "
    "412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 "
    "211214 211232"
)
"""Bars and gaps of each character, in modules, by its value from 0 on."""

_VALUES: Final = {widths: value for value, widths in enumerate(_TABLE.split())}
_STOP: Final = "2331112"
_START_B: Final = 104
_QUIET: Final = 10
"""Modules of white that a reader wants on both sides."""


def codes_on(page: Image.Image) -> list[str]:
    """Every code on the page, top to bottom, left to right; each must be readable everywhere.

    Args:
        page: black on white, upright.
    """
    found: list[str] = []
    before: list[str] = []
    for y in range(page.height):
        row = list(codes_in(page.crop((0, y, page.width, y + 1))))
        found += [code for code in row if code not in before]
        before = row
    return found


def codes_in(row: Image.Image) -> Iterator[str]:
    """The codes on one row of dots."""
    dots = row.convert("L").tobytes()
    runs = [(dark, len(list(run))) for dark, run in groupby(dots, lambda grey: grey < 128)]
    for at, (dark, _length) in enumerate(runs):
        if dark and at and len(runs) - at > len(_STOP):
            code = _read(runs, at)
            if code is not None:
                yield code


def _read(runs: list[tuple[bool, int]], at: int) -> str | None:
    """What begins with the bar at this place, with white before and behind it and the sum right."""
    module = sum(length for _dark, length in runs[at : at + 6]) / 11
    quiet = _QUIET * module
    if runs[at - 1][1] < quiet or _value(runs, at, module) != _START_B:
        return None
    values = [_START_B]
    while True:
        at += 6
        if _widths(runs[at : at + 7], module) == _STOP:
            if at + 7 >= len(runs) or runs[at + 7][1] < quiet:
                return None
            break
        value = _value(runs, at, module)
        if value is None:
            return None
        values.append(value)
    *characters, check = values[1:]
    total = _START_B + sum(place * value for place, value in enumerate(characters, 1))
    if total % 103 != check or any(value > 94 for value in characters):
        return None
    return "".join(chr(value + 32) for value in characters)


def _value(runs: list[tuple[bool, int]], at: int, module: float) -> int | None:
    return _VALUES.get(_widths(runs[at : at + 6], module))


def _widths(runs: list[tuple[bool, int]], module: float) -> str:
    return "".join(str(round(length / module)) for _dark, length in runs)
