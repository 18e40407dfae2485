"""Does the card say of a person what the library's record says?"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final, Literal

from counter_tui.folding import in_daily_form

CardField = Literal["birth_date", "name", "address"]


class Agreement(Enum):
    """How near two values are."""

    SAME = "same"
    NEAR = "near"
    """Only another form of the same characters: a hint, not equality."""
    DIFFERENT = "different"


@dataclass(frozen=True)
class ComparedField:
    """One attribute of the card beside the library's record, both as staff read them."""

    field: CardField
    record: str = dataclasses.field(repr=False)
    card: str = dataclasses.field(repr=False)
    agreement: Agreement


@dataclass(frozen=True)
class Comparison:
    """All attributes side by side, the birth date first."""

    fields: tuple[ComparedField, ...]


_HYPHENS: Final = dict.fromkeys(map(ord, "‐‑‒–—―−ー－ｰ"), "-")


def compare_text(record: str, card: str) -> Agreement:
    """Compare names or addresses; blanks, widths, hyphens and old forms count as NEAR."""
    if record == card:
        return Agreement.SAME
    return Agreement.NEAR if _folded(record) == _folded(card) else Agreement.DIFFERENT


def compare_dates(record: date, card: date) -> Agreement:
    """Birth dates are the same or of different people."""
    return Agreement.SAME if record == card else Agreement.DIFFERENT


def _folded(text: str) -> str:
    return "".join(in_daily_form(text).translate(_HYPHENS).split())
