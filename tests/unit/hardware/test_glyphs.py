"""Pictures of rare characters."""

from __future__ import annotations

import itertools

import pytest

from counter_tui.hardware.glyphs import (
    GLYPH_BYTES,
    FontGlyphs,
    harmless,
    holds_real_time_command,
)

EMPTY_COLUMN = b"\x00\x00\x00"


def picture(glyph: bytes) -> list[str]:
    """The dots, row by row, as a person sees them."""
    columns = [int.from_bytes(glyph[at : at + 3], "big") for at in range(0, len(glyph), 3)]
    return [
        "".join("#" if column >> (23 - row) & 1 else "." for column in columns) for row in range(24)
    ]


def test_picture_is_columns_of_three_bytes_with_the_top_dot_highest() -> None:
    """The stroke of 一 lies in the middle rows; that of ｜ in the middle columns."""
    rows = picture(FontGlyphs().glyph("一") or b"")
    inked = [index for index, row in enumerate(rows) if "#" in row]
    assert inked
    assert min(inked) >= 8
    assert max(inked) <= 14
    assert max(row.count("#") for row in rows) >= 20


def test_letters_fill_their_square_without_touching_beyond() -> None:
    """𠮷 has ink near all four edges and keeps to its 24 dots."""
    glyph = FontGlyphs().glyph("𠮷")
    assert glyph is not None
    assert len(glyph) == GLYPH_BYTES
    rows = picture(glyph)
    assert "#" in "".join(rows[:3])
    assert "#" in "".join(rows[-4:])


@pytest.mark.parametrize("character", ["🙂", "\ue000", "\ud800", "\u0e01", "\u200b"])
def test_character_that_the_font_lacks_has_no_picture(character: str) -> None:
    """No box and no blank stands for it; the caller must know."""
    assert FontGlyphs().glyph(character) is None


@pytest.mark.parametrize("second", [0x04, 0x05, 0x14])
def test_picture_that_a_printer_would_obey_is_moved(second: int) -> None:
    """DLE EOT, DLE ENQ and DLE DC4 inside the dots disappear when the picture moves by a dot."""
    dots = EMPTY_COLUMN * 11 + bytes((0x10, second, 0x01)) + EMPTY_COLUMN * 12
    moved = harmless(dots)
    assert moved is not None
    assert moved != dots
    assert not holds_real_time_command(moved)
    assert sum(byte.bit_count() for byte in moved) == sum(byte.bit_count() for byte in dots)


def test_command_across_two_columns_is_seen_too() -> None:
    """The printer does not know where our columns end."""
    assert holds_real_time_command(b"\x00\x00\x10" + b"\x04\x00\x00")
    assert holds_real_time_command(b"\x00\x00\x10")


def test_no_picture_of_thousands_holds_a_command() -> None:
    """Every 16th ideograph and syllable of the font, as they would be sent."""
    font = FontGlyphs()
    blocks = (range(0x3400, 0x9FFF, 16), range(0xAC00, 0xD7A3, 16), range(0xF900, 0xFA6D))
    drawn = 0
    for code in itertools.chain(*blocks):
        glyph = font.glyph(chr(code))
        if glyph is not None:
            drawn += 1
            assert len(glyph) == GLYPH_BYTES
            assert not holds_real_time_command(glyph)
    assert drawn > 2_000
