"""Draw the large letters of stop banners and self-checkout, and write them down as data.

    python tools/drawn_words.py /usr/share/fonts/opentype/noto

Each word becomes 12 rows of dots with four shades (0 ground … 3 ink), two rows to a terminal row
as half blocks. The font (Noto Sans CJK, SIL Open Font License 1.1) is needed only here; what is
kept are a few small bitmaps.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

WORDS: Final = {
    "停止": ("Bold", 8),
    "注意": ("Regular", 1),
    "STOP": ("Bold", 8),
    "NOTE": ("Bold", 8),
    **dict.fromkeys(
        (
            *("ようこそ", "カードを", "おく", "ボタンを", "おす", "まって", "取って"),
            *("おわり", "もういちど", "カウンターへ", "冊", *"0123456789"),
            *("WELCOME", "LAY", "CARD", "PRESS", "ENTER", "WAIT", "TAKE"),
            *("DONE", "AGAIN", "COUNTER"),
        ),
        ("Bold", 8),
    ),
}
"""Weight of the font, and how many times larger it is drawn than kept. 意 has too many strokes for
the bold face: it is drawn in its own size, where the font's hints put them on whole dots."""
DOTS: Final = 12
"""Height in dots: the 6 rows that a banner of 8 leaves."""
NARROW: Final = frozenset({"STOP", "NOTE", *"0123456789"})
"""Latin words whose letters are 6 dots wide, as much as a terminal's; those of the others are 8."""
KANA_BASELINE: Final = 0.88
"""Of the square of a CJK glyph: how far below its upper edge the baseline is."""
TARGET: Final = Path(__file__).parent.parent / "counter_tui" / "screens" / "drawn_words.py"

HEAD: Final = '''"""Large letters, drawn beforehand.

Written by tools/drawn_words.py; do not edit. The shapes are taken from Noto Sans CJK JP,
© 2014-2021 Adobe (http://www.adobe.com/), licensed under the SIL Open Font License, Version 1.1
(https://openfontlicense.org). Each string is a row of dots: 0 is ground, 3 is ink.
"""

from __future__ import annotations

from typing import Final

DRAWN_WORDS: Final[dict[str, tuple[str, ...]]] = {
'''


def draw(word: str, font_file: Path, oversampling: int) -> list[str]:
    """The rows of dots of one word, all of one length."""
    is_wide = ord(word[0]) > 0x2E80
    glyph_dots = DOTS if is_wide else DOTS // 2 if word in NARROW else 8
    width = (glyph_dots * len(word)) // 2 * 2
    size = round(DOTS * oversampling * (1.0 if is_wide else 1.05))
    font = ImageFont.truetype(font_file, size)
    canvas = Image.new("L", (width * oversampling, DOTS * oversampling))
    pen = ImageDraw.Draw(canvas)
    for place, character in enumerate(word):
        x: float = place * glyph_dots * oversampling
        if "\u3040" <= character <= "\u30ff":
            # Where a kana stands in its square tells small ones from large ones.
            pen.text((x, KANA_BASELINE * size), character, font=font, fill=255, anchor="ls")
            continue
        left, top, right, bottom = font.getbbox(character)
        x += (glyph_dots * oversampling - (right - left)) / 2
        y = (DOTS * oversampling - (bottom - top)) / 2
        pen.text((x - left, y - top), character, font=font, fill=255)
    small = canvas.resize((width, DOTS), Image.Resampling.BOX)
    pixels = small.tobytes()
    return [
        "".join(str(min(3, (pixels[y * width + x] + 32) // 72)) for x in range(width))
        for y in range(DOTS)
    ]


def main() -> None:
    """Write the module with all words."""
    folder = Path(sys.argv[1])
    body = ""
    for word, (weight, oversampling) in WORDS.items():
        dots = draw(word, folder / f"NotoSansCJK-{weight}.ttc", oversampling)
        rows = "".join(f'        "{row}",\n' for row in dots)
        body += f'    "{word}": (\n{rows}    ),\n'
    TARGET.write_text(f"{HEAD}{body}}}\n", encoding="utf-8")
    print(f"wrote {TARGET}")


if __name__ == "__main__":
    main()
