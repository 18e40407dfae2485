"""The language of the program: gettext catalogues and the way dates are written.

Message ids are English sentences; `ja` is the default catalogue. Only this module knows where
the catalogues lie.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final, Literal

Language = Literal["ja", "en"]

LOCALE_FOLDER: Final = Path(__file__).parent / "locale"

_catalogue: gettext.NullTranslations = gettext.NullTranslations()
_language: Language = "en"
_exchanged: dict[str, str] = {}
_named: re.Pattern[str] = re.compile(r"(?!)")


def speak(language: Language) -> None:
    """Choose the language of everything said from now on, in the whole process.

    Raises:
        FileNotFoundError: the compiled catalogue is missing (an unfinished installation).
    """
    global _catalogue, _language
    if language == "en":
        _catalogue = gettext.NullTranslations()
    else:
        _catalogue = gettext.translation("counter_tui", LOCALE_FOLDER, [language])
    _language = language


def language() -> Language:
    """The language chosen last."""
    return _language


def call_keys(exchanged: Mapping[str, str]) -> None:
    """Let sentences name these keys in place of the usual ones, in the whole process.

    Args:
        exchanged: as `key_table.exchanged_labels` gives them.
    """
    global _exchanged, _named
    _exchanged = dict(exchanged)
    # The longest first: "F5^E" before "F5". No match inside a word: "F1" is not in "F10".
    names = "|".join(re.escape(name) for name in sorted(_exchanged, key=len, reverse=True))
    _named = re.compile(rf"(?<![\w^])(?:{names})(?![\w^])" if names else r"(?!)", re.ASCII)


def with_keys(text: str) -> str:
    """A text of the program's own with the keys as they are called now."""
    return _named.sub(lambda found: _exchanged[found[0]], text) if _exchanged else text


def _(message: str) -> str:
    """The sentence in the chosen language."""
    return with_keys(_catalogue.gettext(message))


def ngettext(singular: str, plural: str, count: int) -> str:
    """The sentence that fits `count`; Japanese has one form."""
    return with_keys(_catalogue.ngettext(singular, plural, count))


def pgettext(context: str, message: str) -> str:
    """The sentence for a word that means different things in different places."""
    return with_keys(_catalogue.pgettext(context, message))


_WEEKDAYS_JA: Final = "月火水木金土日"


def day(value: date, *, padded: bool = False, weekday: bool = True) -> str:
    """Month, day and weekday: `12月8日(火)`, or 12 cells wide `12月 8日(火)` when `padded`.

    English: `Tue 8 Dec`.
    """
    if _language == "ja":
        width = 2 if padded else 0
        text = f"{value.month:{width}}月{value.day:{width}}日"
        return f"{text}({_WEEKDAYS_JA[value.weekday()]})" if weekday else text
    text = f"{value.day} {value:%b}"
    text = f"{value:%a} {text}" if weekday else text
    return text.rjust(10) if padded else text


def full_day(value: date, *, padded: bool = False, weekday: bool = True) -> str:
    """The same with its year: `2027年11月1日(月)`; English: `Mon 1 Nov 2027`."""
    width = 2 if padded else 0
    if _language == "ja":
        text = f"{value.year}年{value.month:{width}}月{value.day:{width}}日"
        return f"{text}({_WEEKDAYS_JA[value.weekday()]})" if weekday else text
    text = f"{value.day:{width}} {value:%b} {value.year}"
    return f"{value:%a} {text}" if weekday else text
