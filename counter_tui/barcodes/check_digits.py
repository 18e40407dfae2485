"""Check digits of Japanese library labels.

Sources and examples of each scheme stand in docs/barcodes.md. A number here is what stands between
the start and stop letters, check digit included and last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Final

DIGITS: Final = frozenset("0123456789")
LETTERS: Final = "ABCD"
"""Start and stop letters of NW-7 (JIS X 0506), in upper case."""

_SIXTEEN: Final = "0123456789-$:/.+" + LETTERS
"""Values of the characters of NW-7 in modulus 16: 0 to 15, the letters 16 to 19."""

_ELEVEN: Final = (2, 3, 4, 5, 6, 7)

# Weights of positions counted from the last: the source has them from the first of twelve.
_WEIGHTED: Final = (2, 6, 3, 5, 4, 8, 7, 10, 9, 5, 3, 6)
_WEIGHTED_AGAIN: Final = (9, 5, 8, 6, 7, 3, 4, 10, 2, 6, 8, 5)
LONGEST_WEIGHTED: Final = len(_WEIGHTED)
"""Digits before the check digit for which weighted modulus 11 has weights."""


def _from_the_last(data: str) -> list[int]:
    return [int(digit) for digit in reversed(data)]


def _total(data: str, weights: Sequence[int]) -> int:
    # As many weights as digits; they begin anew when the number is longer.
    return sum(d * w for d, w in zip(_from_the_last(data), cycle(weights), strict=False))


def _up_to(modulus: int, total: int) -> int:
    return (modulus - total % modulus) % modulus


def _modulus_10_weight_3(data: str, letters: str) -> str:
    return str(_up_to(10, _total(data, (3, 1))))


def _modulus_10_weight_2_split(data: str, letters: str) -> str:
    products = (d * w for d, w in zip(_from_the_last(data), cycle((2, 1)), strict=False))
    return str(_up_to(10, sum(sum(divmod(product, 10)) for product in products)))


def _modulus_10_weight_2_lump(data: str, letters: str) -> str:
    return str(_up_to(10, _total(data, (2, 1))))


def _modulus_11(data: str, letters: str) -> str:
    # 10 has no digit: remainders 0 and 1 both give 0.
    return str(_up_to(11, _total(data, _ELEVEN)) % 10)


def _weighted_modulus_11(data: str, letters: str) -> str | None:
    if len(data) > LONGEST_WEIGHTED:
        return None
    check = _up_to(11, _total(data, _WEIGHTED))
    if check == 10:
        check = _up_to(11, _total(data, _WEIGHTED_AGAIN))
    return None if check == 10 else str(check)


def _modulus_16(data: str, letters: str) -> str | None:
    if len(letters) != 2:
        return None
    # The second "mod 16" is needed: without it a remainder of 0 would give a letter.
    return _SIXTEEN[_up_to(16, sum(_SIXTEEN.index(each) for each in data + letters))]


def _seven_dr(data: str, letters: str) -> str:
    return str(int(data) % 7)


@dataclass(frozen=True)
class Scheme:
    """A way to make the check digit.

    Attributes:
        name: as in the settings.
        counts_letters: start and stop letters are part of the sum.
        finds_every_wrong_digit: whatever single character of data or check digit is misread is
            noticed. Not so where a weight shares a divisor with the modulus, or where two
            remainders give one digit.
    """

    name: str
    make: Callable[[str, str], str | None]
    counts_letters: bool = False
    finds_every_wrong_digit: bool = False

    def check_digit(self, data: str, letters: str = "") -> str | None:
        """The check digit of `data`, or None when this scheme has none for it.

        Args:
            data: the number without its check digit: digits, in modulus 16 also `-$:/.+`.
            letters: start and stop letter in upper case, or empty; only modulus 16 needs them.
        """
        allowed = frozenset(_SIXTEEN[:16]) if self.counts_letters else DIGITS
        if not data or not allowed.issuperset(data):
            return None
        return self.make(data, letters)

    def holds(self, number: str, letters: str = "") -> bool:
        """Whether the last character of `number` is the check digit of those before it."""
        check = self.check_digit(number[:-1], letters)
        return check is not None and number[-1:] == check


SCHEMES: Final = {
    scheme.name: scheme
    for scheme in (
        Scheme("modulus-10-weight-3", _modulus_10_weight_3, finds_every_wrong_digit=True),
        Scheme("modulus-10-weight-2", _modulus_10_weight_2_split, finds_every_wrong_digit=True),
        Scheme("runes", _modulus_10_weight_2_split, finds_every_wrong_digit=True),
        Scheme("modulus-10-weight-2-lump", _modulus_10_weight_2_lump),
        Scheme("modulus-11", _modulus_11),
        Scheme("weighted-modulus-11", _weighted_modulus_11),
        Scheme("modulus-16", _modulus_16, counts_letters=True, finds_every_wrong_digit=True),
        Scheme("7dr", _seven_dr),
    )
}
"""By their names in the settings. `runes` (ルーンズ) is Luhn's, which is weight 2 split."""


def is_ean_13(code: str) -> bool:
    """Whether this is a number of EAN-13 with a sound check digit."""
    return len(code) == 13 and SCHEMES["modulus-10-weight-3"].holds(code)
