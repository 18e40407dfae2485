"""Scans that went through a Japanese input method.

A reader that types like a keyboard is converted like a keyboard: 1 becomes full-width １, or, when
kana are typed directly, ぬ. What can be known again is made digits again.
"""

from __future__ import annotations

from typing import Final

from counter_tui.text import fold_scan

_KANA_KEYS: Final = {
    **dict(zip("ぬふあうえおやゆよわほへ", "1234567890-^", strict=True)),
    **dict(zip("たていすかんなにらせ", "qwertyuiop", strict=True)),
    **dict(zip("ちとしはきくまのりけむ", "asdfghjkl:]", strict=True)),
    **dict(zip("つさそひこみもねるめろ", "zxcvbnm,./_", strict=True)),
    # With Shift; れ is ; without it, but no barcode of a library has that.
    "ぅ": "$",
    "れ": "+",
}
"""The key of each kana on a Japanese keyboard (JIS X 6002)."""

_ROMAN: Final = str.maketrans("ー・。、", "-/.,")
"""What the keys - / . , give while Latin letters are made kana."""

_HIRAGANA: Final = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
"""Katakana to hiragana: the blocks of Unicode lie 0x60 apart."""

_COMMANDS: Final = {"/おk": "/ok", "/の": "/no"}
"""The command barcodes for yes and no, with their vowels made kana."""


def as_keys(typed: str) -> str:
    """The keys behind what was typed for a code: `fold_scan`, and kana made what they stand for.

    What it has made ASCII it leaves so. What is not known again stays: a date such as 昭和60.4.12
    is no scan. For codes and numbers only.
    """
    folded = fold_scan(typed)
    if folded.isascii():
        return folded
    hiragana = folded.translate(_HIRAGANA)
    if all(character in _KANA_KEYS for character in hiragana):
        return "".join(_KANA_KEYS[character] for character in hiragana)
    roman = hiragana.translate(_ROMAN)
    roman = _COMMANDS.get(roman, roman)
    # a is the only start letter of NW-7 that is a vowel: b, c and d stay letters.
    inner = roman.strip("あ")
    if inner.isascii() and any(character.isdigit() for character in inner):
        roman = roman.replace("あ", "a")
    return roman if roman.isascii() else folded


def went_through_input_method(typed: str) -> bool:
    """Whether a code was not typed as ASCII; blanks around and in it do not count."""
    return as_keys(typed) != "".join(typed.split())
