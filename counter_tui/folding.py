"""Forms of writing that mean the same, folded into one, so that people are found and compared.

What is folded is for looking up and comparing only. It is never kept as somebody's name, and
never shown. Folded keys stand in the store: who changes a rule here adds a migration that fills
them anew.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_VARIANTS: Final = str.maketrans(
    "髙﨑濵濱邊邉齋齊斎德瀨栁槗桒國廣澤嶋嶌龍惠眞圓壽榮彌條櫻穗鷗俠舘𠮷",
    "高崎浜浜辺辺斉斉斉徳瀬柳橋桑国広沢島島竜恵真円寿栄弥条桜穂鴎侠館吉",
)
"""Old and other forms of characters that are frequent in names, to the form in daily use."""

_SELECTORS: Final = dict.fromkeys((*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
"""Variation selectors (Unicode 16, chapter 23.4): they choose among forms of one character."""

_KATAKANA: Final = {code: code + 0x60 for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}
"""Hiragana to katakana: the blocks of Unicode lie 0x60 apart."""

_SOUNDS: Final = str.maketrans(
    "ァィゥェォッャュョヮヵヶヂヅヰヱヲヴ",
    "アイウエオツヤユヨワカケジズイエオブ",
)
"""Small kana to large ones, and kana that sound alike to one of them."""

_LENGTH_MARK: Final = "ー"

_DROPPED: Final = frozenset(
    {"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Pd", "Ps", "Pe", "Po", "Pc", "Mn"}
)
"""Blanks, controls, hyphens, brackets, points, and marks such as variation selectors."""

_LATIN_END: Final = "\u0250"

_VOWEL_ROWS: Final = {
    "ア": "アカガサザタダナハバパマヤラワ",
    "イ": "イキギシジチニヒビピミリ",
    "ウ": "ウクグスズツヌフブプムユル",
    "エ": "エケゲセゼテデネヘベペメレ",
    "オ": "オコゴソゾトドノホボポモヨロ",
}
_VOWEL_OF: Final = {kana: vowel for vowel, row in _VOWEL_ROWS.items() for kana in row}
_LENGTHENED_BY: Final = {"ア": "ア", "イ": "イ", "ウ": "ウ", "エ": "エイ", "オ": "オウ"}
"""The kana that only lengthen a syllable which ends in this vowel: オオ, オウ, エイ."""


def in_daily_form(text: str) -> str:
    """`text` in full-width kana and ASCII, old forms of characters in the form in daily use."""
    composed = unicodedata.normalize("NFKC", text.translate(_VARIANTS))
    return composed.translate(_VARIANTS).translate(_SELECTORS)


def fold_name(text: str) -> str:
    """A name or reading as it is looked up: katakana, large kana, small letters, no blanks.

    Long vowel marks, hyphens, points and accents are dropped.
    """
    kana = in_daily_form(text).translate(_KATAKANA).translate(_SOUNDS)
    # A change of case can bring marks of its own (Turkish I), so it comes before the dropping.
    return "".join(
        _base(character)
        for character in kana.casefold()
        if character != _LENGTH_MARK and unicodedata.category(character) not in _DROPPED
    )


def given_part(name: str) -> str:
    """What follows the first blank of a name; empty when there is none."""
    return "".join(unicodedata.normalize("NFKC", name).split()[1:])


def fold_reading_loosely(text: str) -> str:
    """A reading whose long vowels are short: トオダ as トダ, サトー and サトウ as サト."""
    kept: list[str] = []
    for kana in fold_name(text):
        vowel = _VOWEL_OF.get(kept[-1]) if kept else None
        if vowel is None or kana not in _LENGTHENED_BY[vowel]:
            kept.append(kana)
    return "".join(kept)


def is_kana(folded: str) -> bool:
    """Whether what `fold_name` gave is a reading, with no other characters."""
    return bool(folded) and all("ァ" <= character <= "ヾ" for character in folded)


def fold_number(text: str) -> str:
    """A library card number as it is looked up: small letters and digits only."""
    composed = unicodedata.normalize("NFKC", text).casefold()
    return "".join(
        character for character in composed if character.isascii() and character.isalnum()
    )


def fold_telephone(text: str) -> str:
    """A telephone number as it is looked up: digits only, and 0 for Japan's +81."""
    composed = unicodedata.normalize("NFKC", text).strip()
    digits = "".join(character for character in composed if character in "0123456789")
    if composed.startswith("+81"):
        return "0" + digits.removeprefix("81").removeprefix("0")
    return digits


def _base(character: str) -> str:
    # Latin letters only: taking a kana apart would turn ガ into カ.
    return unicodedata.normalize("NFD", character)[0] if character < _LATIN_END else character
