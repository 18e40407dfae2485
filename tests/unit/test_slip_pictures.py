"""The pictures of slips in docs: every odd title comes out legibly on every paper."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from counter_tui.hardware.glyphs import INSTALLED_FONT
from counter_tui.hardware.receipt_encoding import GETA, PAPER_COLUMNS
from counter_tui.language import speak
from tests.support.escpos_decoder import DRAWN, longest, slips
from tools.catalogues import compile_all
from tools.slip_pictures import COLUMN_DOTS, MARGIN_DOTS, odd_slip, paper


@pytest.fixture(autouse=True)
def japanese() -> Iterator[None]:
    """As the pictures."""
    compile_all()
    speak("ja")
    yield
    speak("en")


@pytest.mark.parametrize("columns", PAPER_COLUMNS)
def test_odd_titles_come_out_legibly(columns: int) -> None:
    """Each in the printer's font or drawn; only the emoji is a mark, and nothing is cut off."""
    (lines,) = slips(odd_slip(columns))
    text = "\n".join(line.text for line in lines)
    assert text.count(GETA) == 1
    assert f"絵文字{GETA}の本" in text
    for title in (
        "はじめての日本の城 写真でめぐる",
        f"{DRAWN}橋 {DRAWN}山 {DRAWN}田 の三人",
        f"{DRAWN}{DRAWN}{DRAWN} {DRAWN}紀伊國屋 {DRAWN}5 {DRAWN}",
        f"{DRAWN}城市と葛飾区",
        "がくせいのぽすと",
        f"{DRAWN}{DRAWN}{DRAWN} {DRAWN}{DRAWN} {DRAWN}{DRAWN}",
        "一行目 二行目 三行目",
    ):
        assert title in text
    assert longest(lines) < columns
    drawn = {picture for line in lines for picture in line.pictures}
    for character in ("髙", "﨑", "𠮷", "①", "㈱", "№", "Ⅲ", "葛\U000e0100", "한", "글"):
        assert INSTALLED_FONT.glyph(character) in drawn


@pytest.mark.parametrize("columns", PAPER_COLUMNS)
def test_picture_shows_the_paper_dot_by_dot(columns: int) -> None:
    """As wide as the paper; the margin stays white, and each line with text has ink."""
    (lines,) = slips(odd_slip(columns))
    picture = paper(lines, columns)
    assert picture.width == columns * COLUMN_DOTS + 2 * MARGIN_DOTS
    top = MARGIN_DOTS
    for line in lines:
        height = 30 * line.height
        band = picture.crop((MARGIN_DOTS, top, picture.width - MARGIN_DOTS, top + height))
        assert (band.getextrema()[0] == 0) is bool(line.text)
        top += height
    right = picture.crop((picture.width - MARGIN_DOTS - COLUMN_DOTS, 0, *picture.size))
    assert right.getextrema() == (255, 255)
