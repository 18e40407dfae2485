"""Values that must never be found again, and every form in which they could be written down."""

from __future__ import annotations

import base64
import hashlib
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_TEXT_ENCODINGS: Final = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "cp932", "euc-jp")
_FULL_WIDTH: Final = str.maketrans("0123456789", "０１２３４５６７８９")
_SHORTEST: Final = 4
"""Shorter forms are found by chance in any file of pages."""
_CERTAIN: Final = 8
"""Shorter forms are not looked for in random identifiers and fractions of seconds."""

# What is random, or runs with the clock, and may hold four digits by chance.
_IDENTIFIERS: Final = re.compile(rb"[0-9a-f]{24,}|[0-9A-F]{24,}")
_FRACTIONS: Final = re.compile(rb"\d\d:\d\d[.,]\d+")
_ESCAPES: Final = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])"
)


@dataclass(frozen=True)
class Canary:
    """One value that must not be found.

    Attributes:
        name: for the message of a test that fails.
        text: as a person or a card writes it.
        number: the same as a number that stands for it in binary files, e.g. a serial.
    """

    name: str
    text: str = field(repr=False)
    number: int | None = field(default=None, repr=False)

    def forms(self) -> dict[str, bytes]:
        """Each form by its name."""
        found = dict(_text_forms(self.text))
        if self.number is not None:
            found |= dict(_number_forms(self.number))
        return {name: form for name, form in found.items() if len(form) >= _SHORTEST}


def _text_forms(text: str) -> Iterator[tuple[str, bytes]]:
    for encoding in _TEXT_ENCODINGS:
        for width, written in (("", text), (", full-width", text.translate(_FULL_WIDTH))):
            yield f"{encoding}{width}", written.encode(encoding)
        yield f"{encoding}, spaced", " ".join(text).encode(encoding)
    octets = text.encode()
    yield from _octet_forms("of the text", octets)
    codes = [str(octet) for octet in octets]
    yield "list of codes", ", ".join(codes).encode()
    yield "list of codes, close", ",".join(codes).encode()
    yield "escaped codes", "".join(f"\\x{octet:02x}" for octet in octets).encode()
    yield "escaped characters", "".join(f"\\u{ord(one):04x}" for one in text).encode()


def _number_forms(number: int) -> Iterator[tuple[str, bytes]]:
    size = (number.bit_length() + 7) // 8
    big = number.to_bytes(size, "big")
    yield "decimal", str(number).encode()
    yield "decimal in groups", f"{number:,}".encode()
    yield "big-endian", big
    yield "little-endian", number.to_bytes(size, "little")
    yield "hexadecimal", f"{number:x}".encode()
    yield "HEXADECIMAL", f"{number:X}".encode()
    yield from _octet_forms("of the number", big)


def _octet_forms(what: str, octets: bytes) -> Iterator[tuple[str, bytes]]:
    for separator in ("", " ", ":"):
        pairs = separator.join(f"{octet:02x}" for octet in octets)
        yield f"hex {what} {separator!r}", pairs.encode()
        yield f"HEX {what} {separator!r}", pairs.upper().encode()
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + octets)
        # Without the characters that neighbours would change.
        first, last = -(-8 * before // 6), 8 * (before + len(octets)) // 6
        yield f"base64 {what} at {before}", encoded[first:last]
    for algorithm in ("md5", "sha1", "sha256"):
        digest = hashlib.new(algorithm, octets, usedforsecurity=False).digest()
        yield f"{algorithm} {what}", digest
        yield f"{algorithm} {what}, hex", digest.hex().encode()


def assert_absent(canaries: list[Canary], where: str, content: bytes) -> None:
    """None of the canaries stands in this content, in any form."""
    without_chance = _FRACTIONS.sub(b" ", _IDENTIFIERS.sub(b" ", content))
    for canary in canaries:
        for name, form in canary.forms().items():
            searched = content if len(form) >= _CERTAIN else without_chance
            assert form not in searched, f"{canary.name} ({name}) was found in {where}"


def assert_absent_on_screen(canaries: list[Canary], where: str, output: bytes) -> None:
    """The same for what was sent to a terminal: also when cursor and colours are set between."""
    assert_absent(canaries, where, output)
    assert_absent(canaries, f"{where}, without escapes", _ESCAPES.sub(b"", output))


def assert_absent_in_files(canaries: list[Canary], folder: Path) -> set[str]:
    """The same for all files below a folder, and each value of each SQLite store by itself.

    Returns:
        The names of the files that were searched.
    """
    searched = set()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert_absent(canaries, path.name, content)
        if content.startswith(b"SQLite format 3\0"):
            for where, value in _values(path):
                assert_absent(canaries, f"{path.name}: {where}", value)
        searched.add(path.name)
    return searched


def _values(path: Path) -> Iterator[tuple[str, bytes]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
        tables = store.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            names = [row[1] for row in store.execute(f'PRAGMA table_info("{table}")')]
            for row in store.execute(f'SELECT * FROM "{table}"'):  # noqa: S608  its own names
                for name, value in zip(names, row, strict=True):
                    whole = value if isinstance(value, bytes) else str(value).encode()
                    yield f"{table}.{name}", whole
