"""What went between the program and a card, and what must never be in it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from counter_tui.hardware.apdu import (
    INS_READ_BINARY,
    INS_SELECT,
    SELECT_APPLICATION,
    SELECT_FILE,
    Command,
    MalformedCommand,
    describe,
    describe_answer,
)
from counter_tui.hardware.surface_info import AID_SURFACE_INFO

EF_MY_NUMBER: Final = 0x0001
"""In the surface-information application; the same id is a certificate in the JPKI one."""

SW_OK: Final = b"\x90\x00"


@dataclass
class Trace:
    """Every exchange of a test, in order; give `keep` to a simulated reader."""

    exchanges: list[tuple[bytes, bytes]] = field(default_factory=list)

    def keep(self, command: bytes, answer: bytes) -> None:
        """Keep one exchange."""
        self.exchanges.append((bytes(command), bytes(answer)))

    @property
    def commands(self) -> list[bytes]:
        """The commands alone."""
        return [command for command, _ in self.exchanges]

    def lines(self) -> list[str]:
        """The exchanges as the program would log them: masked."""
        return [f"{describe(one)}: {describe_answer(two)}" for one, two in self.exchanges]


def assert_no_forbidden(
    trace: Trace, pins: Iterable[str], records: Iterable[logging.LogRecord] = ()
) -> None:
    """No selection of the My Number, and no PIN in anything that is written down.

    Args:
        trace: of one reader, from its first command on.
        pins: of the cards that lay there.
        records: what the program logged meanwhile.
    """
    chosen = b""
    for command, answer in trace.exchanges:
        try:
            parsed = Command.decode(command)
        except MalformedCommand:
            continue
        if parsed.ins == INS_SELECT and parsed.p1 == SELECT_APPLICATION and answer == SW_OK:
            chosen = parsed.data
        in_surface_info = bool(chosen) and AID_SURFACE_INFO.startswith(chosen)
        by_id = parsed.ins == INS_SELECT and parsed.p1 == SELECT_FILE and parsed.data == b"\0\1"
        by_short_id = parsed.ins == INS_READ_BINARY and parsed.p1 == 0x80 | EF_MY_NUMBER
        assert not (in_surface_info and (by_id or by_short_id)), "EF 0001 was selected"
    written = "\n".join([*trace.lines(), *(_whole(record) for record in records)])
    for pin in pins:
        for form in (pin, pin.encode().hex(), repr(bytearray(pin.encode()))):
            assert form.lower() not in written.lower(), "a PIN was written down"


def _whole(record: logging.LogRecord) -> str:
    return f"{record.getMessage()} {record.args!r} {record.exc_info!r}"
