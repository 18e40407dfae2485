"""The one place where scans are read by the profiles and looked up."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from counter_tui.barcodes.profiles import (
    Candidate,
    Profile,
    Reading,
    read_scan,
    recorded_number,
)
from counter_tui.errors import NumberIsBoth, NumberUnclear, ScanError
from counter_tui.models.tables import Item, Patron

log = logging.getLogger(__name__)

Row = TypeVar("Row", Patron, Item)


class Meant(Enum):
    """What a person says a number is that is both."""

    LIBRARY_CARD = "library card"
    ITEM = "item"


@dataclass(frozen=True)
class Found:
    """What a scan is in the records: a library card, an item, both or neither."""

    number: str
    patron: Patron | None
    item: Item | None

    def decided(self, meant: Meant | None) -> Found:
        """The same, of one kind at most.

        Raises:
            NumberIsBoth: and nobody has said which is meant.
        """
        if self.patron is None or self.item is None:
            return self
        if meant is None:
            raise NumberIsBoth(self.number, self.patron.name, self.item.title)
        if meant is Meant.ITEM:
            return Found(self.number, None, self.item)
        return Found(self.number, self.patron, None)


class Scans:
    """Reads scans by the profiles of the settings; without any, a number is looked up as read."""

    def __init__(self, profiles: Sequence[Profile] = (), branch: str | None = None) -> None:
        self._profiles = tuple(profiles)
        self._branch = branch

    def find(self, typed: str) -> Found:
        """Whose library card, or which item, a scan is. Inside a transaction only.

        Raises:
            ScanTooLong, ScanGarbled, CheckDigitWrong
            NumberUnclear: two profiles lead to two patrons, or to two items.
        """
        reading = self._read(typed)
        patron = _only(reading.candidates, reading, _is_card, _patron_of)
        item = _only(reading.candidates, reading, _is_item, _item_of)
        if patron is None and item is None:
            # A number that no profile describes, or that was kept before there were profiles.
            # What a profile calls an item is not looked for among people for that.
            number = reading.by_itself.number
            alone = not reading.candidates
            if alone or any(map(_is_card, reading.candidates)):
                patron = _patron_of(number)
            if alone or any(map(_is_item, reading.candidates)):
                item = _item_of(number)
        return Found(reading.as_read, patron, item)

    def card_in(self, text: str) -> str | None:
        """The library card number in the records behind a text that has the form of a label.

        None: it has not, or nobody has that card. Inside a transaction only.
        """
        try:
            reading = read_scan(text, self._profiles, self._branch) if self._profiles else None
            card = reading and _only(reading.candidates, reading, _is_card, _patron_of)
        except ScanError:
            return None
        return card.library_card_number if card else None

    def card_to_keep(self, typed: str) -> str:
        """The number to keep of a library card that is given out: what later scans will find.

        Raises:
            ScanTooLong, ScanGarbled, CheckDigitWrong
        """
        return recorded_number(typed, self._profiles, patrons=True)

    def _read(self, typed: str) -> Reading:
        reading = read_scan(typed, self._profiles, self._branch)
        profiles = [candidate.profile for candidate in reading.candidates]
        log.debug("scan of the form %s, by the profiles %s", reading.shape, profiles)
        return reading


def _only(
    candidates: Iterable[Candidate],
    reading: Reading,
    fits: Callable[[Candidate], bool],
    row_of: Callable[[str], Row | None],
) -> Row | None:
    rows: dict[int, tuple[Row, str]] = {}
    for candidate in candidates:
        row = row_of(candidate.number) if fits(candidate) else None
        if row is not None:
            rows.setdefault(row.id, (row, candidate.profile or ""))
    if len(rows) > 1:
        # The first would often be right; when it is not, somebody else has the book.
        names = tuple(name for _row, name in rows.values())
        raise NumberUnclear(reading.as_read, names)
    return next((row for row, _name in rows.values()), None)


def _is_card(candidate: Candidate) -> bool:
    return any(kind.is_patrons for kind in candidate.kinds)


def _is_item(candidate: Candidate) -> bool:
    return not all(kind.is_patrons for kind in candidate.kinds)


def _patron_of(number: str) -> Patron | None:
    found: Patron | None = Patron.get_or_none(Patron.library_card_number == number)
    return found


def _item_of(number: str) -> Item | None:
    found: Item | None = Item.get_or_none(Item.barcode == number)
    return found
