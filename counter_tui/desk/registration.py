"""Registering a patron and giving out a library card number."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import peewee

from counter_tui.clock import Clock, today
from counter_tui.desk.patrons import PatronView, ResidencyClass, view_patron
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.store_lane import StoreLane
from counter_tui.errors import InvalidField, LibraryCardTaken
from counter_tui.models.tables import Item, Patron
from counter_tui.text import fold_scan, without_controls

FIRST_LIBRARY_CARD_NUMBER: Final = 2_100_000_001
"""Numbers that this program gives out by itself count up from here, ten digits long."""

MAX_FIELD_LENGTH: Final = 300
"""Characters. The longest address that a signature certificate may hold has 200."""

_ERAS: Final = {
    "明治": (1868, "M"),
    "大正": (1912, "T"),
    "昭和": (1926, "S"),
    "平成": (1989, "H"),
    "令和": (2019, "R"),
}
"""First year of each era, and its letter. Dates are not checked against an era's last day."""

_DATE: Final = re.compile(
    r"(?P<era>明治|大正|昭和|平成|令和|[MTSHR])?"
    r"(?P<year>[0-9]{1,4}|元)[-/.年](?P<month>[0-9]{1,2})[-/.月](?P<day>[0-9]{1,2})日?"
)
_CARD_NUMBER: Final = re.compile(r"[A-Za-z0-9]{4,20}")


@dataclass(frozen=True)
class NewPatron:
    """What is asked of somebody who wants a library card.

    Attributes:
        library_card_number: of a card from stock, or None: the next free number.
    """

    name: str = field(repr=False)
    kana: str = field(repr=False)
    birth_date: date = field(repr=False)
    address: str = field(repr=False)
    telephone: str = field(repr=False)
    residency: ResidencyClass
    library_card_number: str | None = field(default=None, repr=False)


class Registration:
    """Takes new patrons in."""

    def __init__(
        self, store: StoreLane, clock: Clock, place: PlaceRecord, validity_years: int
    ) -> None:
        self._store = store
        self._clock = clock
        self._place = place
        self._validity_years = validity_years

    def parse_birth_date(self, text: str) -> date:
        """Read `1985-04-12`, `19850412`, `1985年4月12日`, `昭和60.4.12` or `S60.4.12`.

        Full-width digits count as digits.

        Raises:
            InvalidField: no such day, in the future, or more than 130 years ago.
        """
        folded = fold_scan(text).upper()
        if re.fullmatch(r"[0-9]{8}", folded):
            folded = f"{folded[:4]}-{folded[4:6]}-{folded[6:]}"
        found = _DATE.fullmatch(folded)
        if found is None:
            raise InvalidField("birth_date")
        year = 1 if found["year"] == "元" else int(found["year"])
        if found["era"]:
            if not 1 <= year <= 64:  # the longest era, Showa, had 64 years
                raise InvalidField("birth_date")
            year += _first_year(found["era"]) - 1
        try:
            born = date(year, int(found["month"]), int(found["day"]))
        except ValueError as error:
            raise InvalidField("birth_date") from error
        now = today(self._clock)
        if not now.year - 130 <= born.year or born > now:
            raise InvalidField("birth_date")
        return born

    async def register(self, new: NewPatron) -> PatronView:
        """Take a patron in; when this returns, it is on disk.

        Raises:
            InvalidField: an empty or too long name, kana or address, or no sound number.
            LibraryCardTaken: the number is somebody's, or an item's, already.
            StoreUnavailable
        """
        return await self._store.transact(self._register, new)

    def _register(self, new: NewPatron) -> PatronView:
        on = today(self._clock)
        number = new.library_card_number
        number = _next_number() if number is None else fold_scan(number)
        if not _CARD_NUMBER.fullmatch(number):
            raise InvalidField("library_card_number")
        if Item.get_or_none(Item.barcode == number) is not None:
            raise LibraryCardTaken(number)
        try:
            patron = Patron.create(
                library_card_number=number,
                name=_required("name", new.name),
                kana=_required("kana", unicodedata.normalize("NFKC", new.kana)),
                birth_date=new.birth_date,
                address=_required("address", new.address),
                telephone=fold_scan(new.telephone)[:MAX_FIELD_LENGTH],
                residency=new.residency.value,
                expires_on=years_later(on, self._validity_years),
                registered_at=self._clock.now(),
                number_was_issued=new.library_card_number is None,
                registered_at_counter=self._place.keys().counter_id,
            )
        except peewee.IntegrityError as error:
            raise LibraryCardTaken(number) from error
        return view_patron(patron, on)


def years_later(day: date, years: int) -> date:
    """The same day some years later; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _required(name: str, value: str) -> str:
    kept = " ".join(without_controls(value).split())
    if not kept or len(kept) > MAX_FIELD_LENGTH:
        raise InvalidField(name)
    return kept


def _first_year(era: str) -> int:
    return next(first for word, (first, letter) in _ERAS.items() if era in (word, letter))


def _next_number() -> str:
    """The lowest number from `FIRST_LIBRARY_CARD_NUMBER` on that comes after all of ours.

    Cards from stock may bear numbers in between, with letters or without; what is taken is
    stepped over. Inside a transaction only.
    """
    number = FIRST_LIBRARY_CARD_NUMBER + Patron.select().where(Patron.number_was_issued).count()
    while _is_taken(str(number)):
        number += 1
    return str(number)


def _is_taken(number: str) -> bool:
    return bool(
        Patron.select().where(Patron.library_card_number == number).exists()
        or Item.select().where(Item.barcode == number).exists()
    )
