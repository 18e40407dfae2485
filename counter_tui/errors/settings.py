"""What can be wrong with the settings."""

from __future__ import annotations

from pathlib import Path

from counter_tui.errors.base import CounterError


class SettingsError(CounterError):
    """A settings file cannot be used.

    Attributes:
        path: the file.
        key: the dotted key, or None when the file as a whole is meant.
        value: the value found, as text, or None.
        allowed: what would be right, as a short technical phrase.
    """

    def __init__(self, path: Path, key: str | None, value: str | None, allowed: str) -> None:
        super().__init__(f"{path}: {key}: {value!r}: {allowed}")
        self.path = path
        self.key = key
        self.value = value
        self.allowed = allowed


class SettingsMissing(SettingsError):
    """There is no settings file at this place."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, None, None, "file")
