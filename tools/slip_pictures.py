"""Draw what a printer puts on paper, dot by dot, into `docs/pictures`.

    python -m tools.slip_pictures

The bytes of each job are read by the tests' own decoder, which knows nothing of the encoder.
Characters of the printer's font are drawn with Noto Sans CJK JP; what the job brings along as a
picture is drawn with exactly its dots.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final

from noto_cjk_sans_jp_regular import FONT_PATH
from PIL import Image, ImageDraw, ImageFont, ImageOps

from counter_tui.clock import TOKYO
from counter_tui.desk.slips import CheckoutFacts, LentItem, SlipHead, slip_of
from counter_tui.hardware.receipt_encoding import PAPER_COLUMNS, encode
from counter_tui.language import speak
from tests.support.escpos_decoder import DRAWN, PrintedLine, slips

FOLDER: Final = Path(__file__).resolve().parent.parent / "docs" / "pictures"

COLUMN_DOTS: Final = 12
ROW_DOTS: Final = 24
LINE_DOTS: Final = 30
"""A printer's ordinary line spacing: 1/6 inch at 180 dpi."""
MARGIN_DOTS: Final = 24

TITLES: Final = (
    "はじめての日本の城 写真でめぐる百の名城と城下町 東日本編・西日本編 あわせて読みたい",
    "髙橋 﨑山 𠮷田 の三人",
    "①②③ ㈱紀伊國屋 №5 Ⅲ",
    "葛\U000e0100城市と葛飾区",
    "か\u3099くせいのほ\u309aすと",
    "한글로 읽는 일본",
    "絵文字🙂の本",
    "一行目\t二行目\n三行目",
)
"""What libraries have on their shelves, and what comes out of other programs."""


def paper(lines: Sequence[PrintedLine], columns: int) -> Image.Image:
    """One slip: black dots on white, as wide as the paper's printable part and a margin."""
    height = sum(LINE_DOTS * line.height for line in lines)
    width = columns * COLUMN_DOTS
    sheet = Image.new("L", (width + 2 * MARGIN_DOTS, height + 2 * MARGIN_DOTS), 255)
    top = MARGIN_DOTS
    for line in lines:
        row = Image.new("L", (width, LINE_DOTS * line.height), 255)
        _draw(row, line)
        if line.reversed:
            row.paste(ImageOps.invert(row.crop((0, 0, line.columns * COLUMN_DOTS, row.height))))
        sheet.paste(row, (MARGIN_DOTS, top))
        top += row.height
    return sheet


def _draw(row: Image.Image, line: PrintedLine) -> None:
    pictures = iter(line.pictures)
    left = 0
    for character, columns in line.cells:
        if character == DRAWN:
            row.paste(_picture(next(pictures)), (left, row.height - LINE_DOTS))
        elif not character.isspace():
            cell = _character(character, columns // line.width, bold=line.emphasis)
            size = (columns * COLUMN_DOTS, ROW_DOTS * line.height)
            row.paste(cell.resize(size, Image.Resampling.NEAREST), (left, 0))
        left += columns * COLUMN_DOTS


def _character(character: str, columns: int, *, bold: bool) -> Image.Image:
    cell = Image.new("L", (columns * COLUMN_DOTS, ROW_DOTS), 255)
    font = ImageFont.truetype(str(FONT_PATH), 20 if columns == 1 else 24)
    box = (cell.width // 2, 21)
    ImageDraw.Draw(cell).text(
        box, character, fill=0, font=font, anchor="ms", stroke_width=0.4 if bold else 0
    )
    return cell.point(lambda grey: 0 if grey < 145 else 255)


def _picture(dots: bytes) -> Image.Image:
    """Column by column, three bytes each, the top dot in the highest bit."""
    picture = Image.new("L", (len(dots) // 3, ROW_DOTS), 255)
    for x in range(picture.width):
        column = int.from_bytes(dots[3 * x : 3 * x + 3], "big")
        for y in range(ROW_DOTS):
            if column >> (ROW_DOTS - 1 - y) & 1:
                picture.putpixel((x, y), 0)
    return picture


def odd_slip(columns: int) -> bytes:
    """The job of a checkout slip with every odd title."""
    head = SlipHead(
        library="戸田市立図書館",
        branch="中央図書館",
        counter="1階",
        operator="佐藤",
        telephone="048-442-2800",
        loss_telephone="0120-95-0178",
        printed_at=datetime(2026, 11, 24, 14, 32, tzinfo=TOKYO),
        library_card_number="0123456789",
        expires_on=date(2027, 11, 1),
        days_left=342,
        job_number=1041,
    )
    items = tuple(LentItem(title, date(2026, 12, 8)) for title in TITLES)
    return encode(slip_of(CheckoutFacts(head, items, len(items))), columns).data


def main() -> int:
    """Draw all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    speak("ja")
    for name, picture in _pictures():
        target = FOLDER / f"{name}.png"
        picture.convert("1").save(target, optimize=True)
        print(f"{target.relative_to(FOLDER.parent.parent)}")
    return 0


def _pictures() -> Iterator[tuple[str, Image.Image]]:
    for columns in PAPER_COLUMNS:
        (lines,) = slips(odd_slip(columns))
        yield f"slip-{columns}", paper(lines, columns)


if __name__ == "__main__":
    raise SystemExit(main())
