"""Where every zone stands, for each size of the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from textual.geometry import Region, Size

LEAST: Final = Size(80, 24)
"""Below this the counter shows one sentence that asks for a larger window."""

WIDE_FROM: Final = 110
"""Columns from which the wide grid (margins 4, person 36, gutter 4) is used."""

TALL_FROM: Final = 36
"""Rows from which state block and answer band are 5 rows tall instead of 3."""


class Frame(Enum):
    """How the rows between notice and scan line are shared."""

    ANSWER = "answer"
    """Person, work, and the answer band below."""
    BODY = "body"
    """Person and work down to the scan line."""
    CARD_PANEL = "card panel"
    """Like ANSWER, with the trainer's panel in place of work, out to the right edge."""
    STOP = "stop"
    """What fits of person and work, and the banner below."""
    SHEET = "sheet"
    """One sheet over the full width."""


_NOWHERE: Final = Region(0, 0, 0, 0)
_BODY_TOP: Final = 3


@dataclass(frozen=True)
class Grid:
    """The zones' places. Every zone begins and ends on an even column."""

    size: Size
    frame: Frame

    @property
    def too_small(self) -> bool:
        """Whether there is no room for the counter."""
        return self.size.width < LEAST.width or self.size.height < LEAST.height

    @property
    def is_wide(self) -> bool:
        """Whether the wide grid is used."""
        return self.size.width >= WIDE_FROM

    @property
    def is_tall(self) -> bool:
        """Whether blocks and bands are 5 rows tall."""
        return self.size.height >= TALL_FROM

    @property
    def margin(self) -> int:
        """Blank columns at the left and the right edge."""
        return 4 if self.is_wide else 2

    @property
    def block_rows(self) -> int:
        """Height of the state block and of the answer band."""
        return 5 if self.is_tall else 3

    @property
    def status(self) -> Region:
        """The status line."""
        return Region(0, 0, self.size.width, 1)

    @property
    def notice(self) -> Region:
        """The notice row."""
        return Region(0, 1, self.size.width, 1)

    @property
    def scan(self) -> Region:
        """The scan line."""
        return Region(self.margin, self.size.height - 3, self._inner_width, 1)

    @property
    def footer(self) -> Region:
        """The keys."""
        return Region(0, self.size.height - 1, self.size.width, 1)

    @property
    def answer(self) -> Region:
        """The answer band; nowhere in frames without it."""
        if self.frame not in (Frame.ANSWER, Frame.CARD_PANEL):
            return _NOWHERE
        top = self.scan.y - 1 - self.block_rows
        return Region(self.margin, top, self._inner_width, self.block_rows)

    @property
    def banner(self) -> Region:
        """The stop banner: both edges, 8 rows (10 when tall)."""
        if self.frame is not Frame.STOP:
            return _NOWHERE
        rows = 10 if self.is_tall else 8
        return Region(0, self.scan.y - 1 - rows, self.size.width, rows)

    @property
    def sheet(self) -> Region:
        """A sheet over all body rows and both edges."""
        if self.frame is not Frame.SHEET:
            return _NOWHERE
        return Region(0, _BODY_TOP, self.size.width, self.scan.y - 1 - _BODY_TOP)

    @property
    def person(self) -> Region:
        """The person panel; nowhere under a sheet."""
        if self.frame is Frame.SHEET:
            return _NOWHERE
        return Region(self.margin, _BODY_TOP, 36 if self.is_wide else 26, self._body_rows)

    @property
    def work(self) -> Region:
        """The work zone; the card panel's place too, which goes out to the right edge."""
        if self.frame is Frame.SHEET:
            return _NOWHERE
        left = self.person.right + (4 if self.is_wide else 2)
        right = self.size.width
        if self.frame is not Frame.CARD_PANEL:
            right -= self.margin
        return Region(left, _BODY_TOP, right - left, self._body_rows)

    @property
    def _inner_width(self) -> int:
        width = self.size.width - 2 * self.margin
        return width - width % 2

    @property
    def _body_rows(self) -> int:
        below = {
            Frame.ANSWER: self.answer,
            Frame.CARD_PANEL: self.answer,
            Frame.STOP: self.banner,
        }.get(self.frame, self.scan)
        return below.y - 1 - _BODY_TOP
