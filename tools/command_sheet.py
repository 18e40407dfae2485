"""Draw the sheet of command barcodes, `docs/command-barcodes.png`: one page A4 at 300 dpi.

    python -m tools.command_sheet

The bars are Code 128: NW-7 (Codabar), which library cards bear, has no letters but A to D, and in
Code 39 readers may take `/` for the beginning of another character (docs/command-barcodes.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from barcode.codex import Code128
from noto_cjk_sans_jp_regular import FONT_PATH
from PIL import Image, ImageDraw, ImageFont

from counter_tui.screens.commands import BARCODES

SHEET: Final = Path(__file__).resolve().parent.parent / "docs" / "command-barcodes.png"

DPI: Final = 300
PAGE: Final = (2480, 3508)
"""A4, 210 by 297 mm, in dots."""

MODULE_DOTS: Final = 5
"""The narrowest bar: 0.42 mm, which hand-held readers and ordinary printers manage."""

QUIET_MODULES: Final = 10
"""White beside the bars that Code 128 asks for (ISO/IEC 15417)."""

BAR_DOTS: Final = 130
ROW_DOTS: Final = 320
HEAD_DOTS: Final = 430
MARGIN_DOTS: Final = 180
COLUMNS: Final = 2
"""Far enough apart that a reader sees one at a time."""

ANSWERS: Final = {"/ok": "確認・はい (Enter)", "/no": "戻る・いいえ (Esc)"}

WORDS: Final = {
    "help": "案内",
    "lend": "貸出",
    "take_back": "返却",
    "search": "利用者をさがす",
    "link_card": "連携登録",
    "unlink_card": "連携解除",
    "renew_validity": "期限の更新",
    "last_patron": "前の人",
    "reprint": "もう一度印刷",
    "link_overview": "証明書の期限が近い人",
    "monthly_run": "月の自動更新",
    "slip_queue": "控えの一覧",
    "handover": "業務終了の件数",
}
"""What each command is called on the sheet."""


def labels() -> dict[str, str]:
    """Every code that the program takes, in the order of the sheet, and what it does.

    Raises:
        KeyError: a command has no word here yet.
    """
    named = dict(ANSWERS)
    for code, command in BARCODES.items():
        key = f" (F{code[1:]})" if code[1:].isdigit() else ""
        named[code] = WORDS[command] + key
    return named


def sheet(named: Mapping[str, str]) -> Image.Image:
    """The page: black dots on white.

    Raises:
        ValueError: there are more codes than one page takes.
    """
    rows = -(-len(named) // COLUMNS)
    if HEAD_DOTS + rows * ROW_DOTS > PAGE[1] - MARGIN_DOTS:
        raise ValueError("the codes do not fit on one page")
    page = Image.new("L", PAGE, 255)
    pen = ImageDraw.Draw(page)
    pen.text((MARGIN_DOTS, 170), "命令バーコード", fill=0, font=_font(84))
    told = "読み取ると、そのキーを押したのと同じ動きをします。拡大・縮小をせずに印刷してください。"
    pen.text((MARGIN_DOTS, 300), told, fill=0, font=_font(44))
    width = (PAGE[0] - 2 * MARGIN_DOTS) // COLUMNS
    for place, (code, word) in enumerate(named.items()):
        row, column = divmod(place, COLUMNS)
        left = MARGIN_DOTS + column * width
        top = HEAD_DOTS + row * ROW_DOTS
        pen.text((left, top), word, fill=0, font=_font(54))
        bars = _bars(code)
        page.paste(bars, (left, top + 85))
        pen.text((left, top + 85 + BAR_DOTS + 6), code, fill=0, font=_font(44))
    return page.point(lambda grey: 0 if grey < 128 else 255).convert("1")


def _bars(code: str) -> Image.Image:
    modules = "0" * QUIET_MODULES + Code128(code).build()[0] + "0" * QUIET_MODULES
    row = Image.new("L", (len(modules), 1))
    row.putdata([0 if module == "1" else 255 for module in modules])
    return row.resize((len(modules) * MODULE_DOTS, BAR_DOTS), Image.Resampling.NEAREST)


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT_PATH), size)


def main() -> int:
    """Draw it."""
    sheet(labels()).save(SHEET, dpi=(DPI, DPI), optimize=True)
    print(SHEET.relative_to(SHEET.parent.parent))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
