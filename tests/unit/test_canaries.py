"""The search for canaries finds them in every form, and nothing else."""

from __future__ import annotations

import base64
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.canaries import (
    Canary,
    assert_absent,
    assert_absent_in_files,
    assert_absent_on_screen,
)

PIN = Canary("PIN", "7391")
SERIAL = Canary("serial", "86428196804444", 86428196804444)
SEX = Canary("sex", "性別ZQX")
EVERY = [PIN, SERIAL, SEX]


@pytest.mark.parametrize(
    "found",
    [
        b"pin 7391.",
        b"a7391b",
        "７３９１".encode("cp932"),
        "7391".encode("utf-16-be"),
        b"7 3 9 1",
        b"37333931",
        b"37:33:39:31",
        b"bytearray(b'7391')",
        b"[55, 51, 57, 49]",
        repr(bytearray(b"\x007391")).encode(),
        base64.b64encode(b"7391"),
        base64.b64encode(b"x7391yz"),
        base64.b64encode(b"xy7391z"),
        (86428196804444).to_bytes(6, "big"),
        (86428196804444).to_bytes(6, "little"),
        f"{86428196804444:X}".encode(),
        b"86,428,196,804,444",
        "性別ZQX".encode("cp932"),
        base64.b64encode("x性別ZQX".encode()),
    ],
)
def test_each_form_is_found(found: bytes) -> None:
    """With something else before and after it."""
    with pytest.raises(AssertionError):
        assert_absent(EVERY, "here", b"before\x00" + found + b"\x00after")


@pytest.mark.parametrize(
    "innocent",
    [
        b"0123456789abcdef0123739101234567",
        b"2026-11-24 12:00:00,739 and 12:00:00.739123",
        b"739 1",
        bytes(range(256)),
    ],
)
def test_chance_is_not_found(innocent: bytes) -> None:
    """Identifiers made of random digits, and fractions of seconds."""
    assert_absent(EVERY, "here", innocent)


def test_a_value_beside_another_in_a_store(tmp_path: Path) -> None:
    """SQLite writes values without anything between them; each is looked at alone."""
    with closing(sqlite3.connect(tmp_path / "store")) as store, store:
        store.execute("CREATE TABLE t (a TEXT, b TEXT)")
        store.execute("INSERT INTO t VALUES ('0123456789abcdef0123456789abcdef', '7391')")
    with pytest.raises(AssertionError, match=r"t\.b"):
        assert_absent_in_files([PIN], tmp_path)


def test_digits_with_colours_between_them() -> None:
    """A screen sets cursor and colour between two keys."""
    with pytest.raises(AssertionError):
        assert_absent_on_screen([PIN], "here", b"\x1b[3;4H7\x1b[1m3\x1b[0m9\x1b[38;2;1;2;3m1")
