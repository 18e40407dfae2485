"""Does the card say of a person what the library's record says, and what is taken over from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal

from counter_tui.folding import in_daily_form
from counter_tui.language import full_day
from counter_tui.text import without_controls

if TYPE_CHECKING:
    from counter_tui.desk.patrons import PatronView
    from counter_tui.hardware.mynumber_card import SurfaceInfo
    from counter_tui.models.tables import Patron

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


def compared(patron: PatronView, attributes: SurfaceInfo) -> Comparison:
    """A record beside a card."""
    birth_dates = compare_dates(patron.birth_date, attributes.birth_date)
    name, address = recorded_name(attributes), recorded_address(attributes)
    return Comparison(
        (
            ComparedField(
                "birth_date",
                full_day(patron.birth_date, weekday=False),
                full_day(attributes.birth_date, weekday=False),
                birth_dates,
            ),
            ComparedField("name", patron.name, name, compare_text(patron.name, name)),
            ComparedField(
                "address", patron.address, address, compare_text(patron.address, address)
            ),
        )
    )


def recorded_name(attributes: SurfaceInfo) -> str:
    """A card's name as it is written into a record."""
    # Cards part family and given name by an ideographic blank, records by an ordinary one.
    return without_controls(attributes.name).replace("\u3000", " ").strip()


def recorded_address(attributes: SurfaceInfo) -> str:
    """A card's address as it is written into a record."""
    return without_controls(attributes.address)


def take_over(patron: Patron, attributes: SurfaceInfo, fields: Collection[str]) -> None:
    """Write what the card says into the record, and what the patron is found by with it.

    Inside a transaction only.

    Args:
        fields: of these only "name" and "address" are written.
    """
    if "name" in fields:
        patron.name = recorded_name(attributes)
    if "address" in fields:
        patron.address = recorded_address(attributes)
    patron.save()


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
