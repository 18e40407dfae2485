"""The publisher's barcodes on a book, which are scanned by mistake every day."""

from __future__ import annotations

from enum import Enum
from typing import Final

from counter_tui.barcodes.check_digits import is_ean_13

_ISBN: Final = ("978", "979")
"""The prefixes of EAN-13 that stand for books (ISBN) and, in 9790, for sheet music."""

_PRICE: Final = "192"
"""Second line on Japanese books: 192, classification (4), price (5), check digit."""


class Cover(Enum):
    """Which of them it is."""

    ISBN = "isbn"
    PRICE = "price"


def cover_of(number: str) -> Cover | None:
    """Which of the publisher's barcodes this number is; None when it is none of them.

    The check digit must hold: a library's number may begin so and have 13 digits, too.
    """
    if not is_ean_13(number):
        return None
    if number.startswith(_ISBN):
        return Cover.ISBN
    return Cover.PRICE if number.startswith(_PRICE) else None
