"""Registering a patron and giving out a library card number."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

import peewee

from counter_tui.clock import Clock, today, years_later
from counter_tui.desk.birth_dates import parse_birth_date
from counter_tui.desk.patron_fields import (
    recorded_card_number,
    recorded_kana,
    recorded_telephone,
    required_text,
)
from counter_tui.desk.patrons import PatronView, ResidencyClass, view_patron
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.scans import Scans
from counter_tui.desk.store_lane import StoreLane
from counter_tui.desk.validity_changes import ValidityKind, record_validity
from counter_tui.errors import LibraryCardTaken
from counter_tui.models.tables import Item, Patron

FIRST_LIBRARY_CARD_NUMBER: Final = 2_100_000_001
"""Numbers that this program gives out by itself count up from here, ten digits long."""


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
        self,
        store: StoreLane,
        clock: Clock,
        place: PlaceRecord,
        validity_years: int,
        scans: Scans | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._place = place
        self._validity_years = validity_years
        self._scans = scans or Scans()

    def parse_birth_date(self, text: str) -> date:
        """Read `1985-04-12`, `19850412`, `1985年4月12日`, `昭和60.4.12` or `S60.4.12`.

        Full-width digits count as digits.

        Raises:
            InvalidField: no such day, in the future, or more than 130 years ago.
        """
        return parse_birth_date(text, today(self._clock))

    async def register(self, new: NewPatron) -> PatronView:
        """Take a patron in; when this returns, it is on disk.

        Raises:
            InvalidField: an empty or too long name, kana or address, or no sound number.
            ScanError: the card from stock was misread.
            LibraryCardTaken: the number is somebody's, or an item's, already.
            StoreUnavailable
        """
        return await self._store.transact(self._register, new)

    def _register(self, new: NewPatron) -> PatronView:
        on, now = today(self._clock), self._clock.now()
        expires_on = years_later(on, self._validity_years)
        number = new.library_card_number
        if number is None:
            number = _next_number()
        else:
            number = recorded_card_number(self._scans.card_to_keep(number))
        if Item.get_or_none(Item.barcode == number) is not None:
            raise LibraryCardTaken(number)
        try:
            patron = Patron.create(
                library_card_number=number,
                name=required_text("name", new.name),
                kana=recorded_kana(new.kana),
                birth_date=new.birth_date,
                address=required_text("address", new.address),
                telephone=recorded_telephone(new.telephone),
                residency=new.residency.value,
                expires_on=expires_on,
                registered_at=now,
                number_was_issued=new.library_card_number is None,
                registered_at_counter=self._place.keys().counter_id,
            )
        except peewee.IntegrityError as error:
            raise LibraryCardTaken(number) from error
        kind = ValidityKind.REGISTRATION
        record_validity(self._place, now, patron.id, None, expires_on, kind)
        return view_patron(patron, on)


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
