"""Keeps the books of PINs: what was presented to which card, and what its counters must say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from counter_tui.errors import PinKind
from counter_tui.hardware.apdu import (
    INS_SELECT,
    INS_VERIFY,
    SELECT_APPLICATION,
    SELECT_FILE,
    Command,
)
from counter_tui.hardware.jpki import AID_JPKI, EF_AUTH_PIN
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.hardware.simulated.tries import Tries
from counter_tui.hardware.surface_info import AID_SURFACE_INFO, EF_SURFACE_INFO_PIN

FULL: Final = 3
COUNTERS: Final = {PinKind.AUTH: "jpki/0018", PinKind.SURFACE_INFO: "surface-info/0011"}
_REFERENCES: Final = {
    (AID_JPKI, EF_AUTH_PIN): PinKind.AUTH,
    (AID_SURFACE_INFO, EF_SURFACE_INFO_PIN): PinKind.SURFACE_INFO,
}
_OK: Final = b"\x90\x00"


@dataclass(frozen=True)
class Presented:
    """Digits that reached a reference of a card."""

    kind: PinKind
    digits: bytes
    was_right: bool


class PinLedger:
    """The counters of all personas' cards, by the rules alone: a right PIN makes one full, a wrong
    one takes one from it, nothing else changes it, and what is blocked stays so."""

    def __init__(self, state_file: Path) -> None:
        """Open the books with what the cards say now.

        Args:
            state_file: in which the simulated cards keep their own counters.
        """
        self._state_file = state_file
        self._left = {
            (slug, kind): self._found(slug, kind) for slug in PERSONAS for kind in PinKind
        }

    def _found(self, slug: str, kind: PinKind) -> int:
        initial = {COUNTERS[one]: left for one, left in PERSONAS[slug].tries.items()}
        counters = Tries(slug, initial, self._state_file)
        counters.load()
        return counters.left(COUNTERS[kind], FULL)

    def left(self, slug: str, kind: PinKind) -> int:
        """What the card's counter must say."""
        return self._left[slug, kind]

    def enter(self, slug: str, exchanges: Iterable[tuple[bytes, bytes]]) -> list[Presented]:
        """Book what went to a persona's card, from a power-up on."""
        presented = []
        application, file_id = b"", 0
        for sent, answer in exchanges:
            command = Command.decode(sent)
            if command.ins == INS_SELECT and answer == _OK and command.p1 == SELECT_APPLICATION:
                application, file_id = command.data, 0
            elif command.ins == INS_SELECT and answer == _OK and command.p1 == SELECT_FILE:
                file_id = int.from_bytes(command.data, "big")
            elif command.ins == INS_VERIFY and command.data:
                presented.append(self._book(slug, application, file_id, command.data))
        return presented

    def _book(self, slug: str, application: bytes, file_id: int, digits: bytes) -> Presented:
        # A key error here: a PIN went to a reference that is none of the two.
        kind = _REFERENCES[application, file_id]
        secrets = PERSONAS[slug].secrets
        right = secrets.auth_pin if kind is PinKind.AUTH else secrets.surface_info_pin
        was_right = digits == right.encode()
        left = self._left[slug, kind]
        assert left, f"a PIN was presented to the blocked {kind.value} of {slug}"
        self._left[slug, kind] = FULL if was_right else left - 1
        return Presented(kind, digits, was_right)

    def check(self) -> None:
        """The cards' own counters say the same."""
        for (slug, kind), left in self._left.items():
            assert self._found(slug, kind) == left, f"{kind.value} of {slug}"
