"""What looks for PINs in traces and logs finds them: else its silence would mean nothing."""

from __future__ import annotations

import pytest

from tests.support.trace import assert_not_written


@pytest.mark.parametrize(
    "text",
    [
        "pin=5678",
        "0020008004 35363738",
        "VERIFY 35 36 37 38",
        r"b'\x35\x36\x37\x38'",
        "bytearray(b'5678')",
        "[53, 54, 55, 56]",
        "(0x35, 0x36, 0x37, 0x38)",
        "５６７８",
        "NTY3OA==",
        "['5', '6', '7', '8']",
        "性別: 男",
        "sex=1",
        "ff2005df250131",
    ],
)
def test_every_form_is_found(text: str) -> None:
    """Of a PIN, and of the sex attribute."""
    with pytest.raises(AssertionError):
        assert_not_written(f"2026-11-24 12:00:00,001 DEBUG {text} was sent", ["1234", "5678"])


@pytest.mark.parametrize(
    "text", ["VERIFY 0080 (4 bytes): 9000", "15678 loans", "card 2000005678901", "SELECT 0018"]
)
def test_what_only_looks_like_one_is_not(text: str) -> None:
    """Numbers in which its digits stand, and masked commands."""
    assert_not_written(text, ["1234", "5678"])
