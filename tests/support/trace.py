"""What went between the program and a card, and what must never be in it."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Iterable, Iterator
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
    assert_not_written("\n".join([*trace.lines(), *(_whole(one) for one in records)]), pins)


def assert_not_written(text: str, pins: Iterable[str]) -> None:
    """No PIN in any form in which a program may write one, and no sex attribute.

    Args:
        text: of a trace or a log; in a text of random letters a PIN would be found by chance.
    """
    for pin in pins:
        for form in _forms(pin):
            assert not form.search(text), f"a PIN was written down: {form.pattern}"
    assert not _SEX.search(text), "the sex attribute was written down"


_SEX: Final = re.compile(r"[男女]|\bfe?male\b|\bgender\b|\bsex\b|DF ?25", re.IGNORECASE)
"""The attribute's values, its names, and its tag (docs/card.md §5)."""


def _forms(pin: str) -> Iterator[re.Pattern[str]]:
    """The digits themselves, unless in the middle of a number; as bytes in hexadecimal or decimal,
    together or apart; full-width; base64."""
    octets = pin.encode("ascii")
    yield re.compile(rf"(?<!\d){pin}(?!\d)")
    yield re.compile(" ?".join(f"{octet:02x}" for octet in octets), re.IGNORECASE)
    yield re.compile(r"[\\, ]+".join(f"(0?x)?{octet:02x}" for octet in octets), re.IGNORECASE)
    yield re.compile(r"\D{1,2}".join(str(octet) for octet in octets))
    yield re.compile("".join(chr(ord(digit) + 0xFEE0) for digit in pin))
    yield re.compile(re.escape(base64.b64encode(octets).decode().rstrip("=")))
    yield re.compile(re.escape(repr(list(pin))))


def _whole(record: logging.LogRecord) -> str:
    return f"{record.getMessage()} {record.args!r} {record.exc_info!r}"
