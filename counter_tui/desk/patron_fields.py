"""What may stand in a patron's record, however it comes there: typed, or from a file."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from counter_tui.errors import InvalidField
from counter_tui.text import fold_scan, without_controls

MAX_FIELD_LENGTH: Final = 300
"""Characters. The longest address that a signature certificate may hold has 200."""

_CARD_NUMBER: Final = re.compile(r"[A-Za-z0-9]{4,20}")


def required_text(field: str, value: str) -> str:
    """One line without what a terminal would obey; the characters of a name stay as they are.

    Raises:
        InvalidField: nothing is left, or more than `MAX_FIELD_LENGTH` characters.
    """
    kept = " ".join(without_controls(value).split())
    if not kept or len(kept) > MAX_FIELD_LENGTH:
        raise InvalidField(field)
    return kept


def recorded_kana(value: str) -> str:
    """A reading in full-width kana.

    Raises:
        InvalidField: as `required_text`.
    """
    return required_text("kana", unicodedata.normalize("NFKC", value))


def recorded_telephone(value: str) -> str:
    """A telephone number as it was written, in ASCII and without blanks; may be empty."""
    return fold_scan(value)[:MAX_FIELD_LENGTH]


def recorded_card_number(value: str) -> str:
    """A library card number in ASCII.

    Raises:
        InvalidField: not 4 to 20 letters and digits.
    """
    number = fold_scan(value)
    if not _CARD_NUMBER.fullmatch(number):
        raise InvalidField("library_card_number")
    return number
