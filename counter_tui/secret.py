"""A PIN from the first key to the card, and not one step further."""

from __future__ import annotations

from typing import Final

PIN_LENGTH: Final = 4
"""Digits of the two PINs a library may ask for (docs/card.md §4)."""

_DIGITS: Final = frozenset(b"0123456789")


class Pin:
    """Digits that a person typed, kept in one buffer that can be overwritten.

    Never a `str`: crash reports and debuggers print locals. `repr`, `str` and formatting show
    no digit; equality is by identity, so that a comparison cannot leak one either.
    """

    __slots__ = ("_digits",)

    def __init__(self, digits: bytearray) -> None:
        """Takes ownership of `digits` (ASCII); the caller must not keep or copy it."""
        self._digits = digits

    def __repr__(self) -> str:
        return "Pin(****)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a PIN is never pickled or copied")

    @property
    def is_well_formed(self) -> bool:
        """Exactly four ASCII digits. Checked before sending: other lengths spend a try too."""
        return is_pin(self._digits)

    def reveal(self) -> bytearray:
        """The live buffer itself (not a copy), for the one place that builds VERIFY."""
        return self._digits

    def wipe(self) -> None:
        """Overwrite the digits with zeros and empty the buffer. Idempotent."""
        wipe(self._digits)
        del self._digits[:]


def is_pin(digits: bytearray | memoryview) -> bool:
    """Exactly four ASCII digits; looks at them in place and keeps none."""
    return len(digits) == PIN_LENGTH and all(digit in _DIGITS for digit in digits)


def wipe(buffer: bytearray) -> None:
    """Overwrite `buffer` with zeros in place, keeping its length."""
    buffer[:] = bytes(len(buffer))
