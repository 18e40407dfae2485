"""The terms that a patron accepts when a card is linked."""

from __future__ import annotations

from dataclasses import dataclass

from counter_tui.settings import Settings, read_terms


@dataclass(frozen=True)
class Terms:
    """One version of the terms.

    Attributes:
        version: kept with each link that was made under it.
        text: as the library wrote it; empty: the screen says the notice's sentences.
    """

    version: str
    text: str = ""


def terms_of(settings: Settings) -> Terms:
    """The terms of the settings.

    Raises:
        SettingsError: their file cannot be read any more.
    """
    file = settings.terms_file
    return Terms(settings.terms_version, "" if file is None else read_terms(file))
