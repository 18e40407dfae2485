"""Made-up cards for tests, and the small things one needs with them."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Final

from counter_tui.hardware.simulated.card import SimulatedCard
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.secret import Pin

TODAY: Final = date(2026, 11, 23)
"""The day on which the tests' cards were made; they never expire with the machine's clock."""

SHA256_PREFIX: Final = bytes.fromhex("3031300D060960864801650304020105000420")
"""DigestInfo of SHA-256 up to the hash (RFC 8017 §9.2, note 1)."""


def card(slug: str, state_file: Path | None = None) -> SimulatedCard:
    """The card of a persona, made on `TODAY`."""
    return PERSONAS[slug].make_card(TODAY, state_file)


def powered(slug: str = "adult", state_file: Path | None = None) -> SimulatedCard:
    """The same with power."""
    made = card(slug, state_file)
    made.power_on()
    return made


def pin(digits: str) -> Pin:
    """A PIN as if a person had typed it."""
    return Pin(bytearray(digits.encode()))


def digest_info(message: bytes) -> bytes:
    """DigestInfo of the SHA-256 of a message."""
    return SHA256_PREFIX + hashlib.sha256(message).digest()
