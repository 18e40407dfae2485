"""The language of the program: gettext catalogues and the way dates are written.

Message ids are English sentences; `ja` is the default catalogue. Only this module knows where
the catalogues lie.
"""

from __future__ import annotations

import gettext
from datetime import date
from pathlib import Path
from typing import Final, Literal

Language = Literal["ja", "en"]

LOCALE_FOLDER: Final = Path(__file__).parent / "locale"

_catalogue: gettext.NullTranslations = gettext.NullTranslations()
_language: Language = "en"


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


def _(message: str) -> str:
    """The sentence in the chosen language."""
    return _catalogue.gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The sentence that fits `count`; Japanese has one form."""
    return _catalogue.ngettext(singular, plural, count)


def pgettext(context: str, message: str) -> str:
    """The sentence for a word that means different things in different places."""
    return _catalogue.pgettext(context, message)


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
