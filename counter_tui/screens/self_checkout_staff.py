"""The one way out of the self-checkout: the staff code."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from typing import Final

log = logging.getLogger(__name__)

LONGEST_CODE: Final = 8
"""Digits, as the settings allow them. What is longer was scanned."""

MOST_MISTAKES: Final = 3
"""Wrong codes after which nobody is asked for a while: of four digits a passer-by would otherwise
find the right one in an afternoon."""

PAUSE_S: Final = 60.0
"""How long that is: 10,000 codes then take more than two days of opening hours at the keyboard."""


class StaffDoor:
    """Opens for who knows the code. Neither the code nor what was typed is told to anybody."""

    def __init__(self, code: str, monotonic: Callable[[], float]) -> None:
        """Args:
        code: digits; empty: it never opens, and nobody is asked.
        monotonic: seconds since some moment.
        """
        self._code = code.encode()
        self._monotonic = monotonic
        self._mistakes = 0
        self._closed_until = monotonic()

    @property
    def can_be_asked(self) -> bool:
        """Whether there is a code, and not too many were tried."""
        return bool(self._code) and self._monotonic() >= self._closed_until

    def opens(self, typed: str) -> bool:
        """Whether this is the code; a wrong one counts."""
        if not self.can_be_asked:
            return False
        if hmac.compare_digest(self._code, typed.encode()):
            self._mistakes = 0
            return True
        self._mistakes += 1
        log.warning("self-checkout: wrong staff code, %d in a row", self._mistakes)
        if self._mistakes % MOST_MISTAKES == 0:
            self._closed_until = self._monotonic() + PAUSE_S
        return False
