"""Barcode profiles from the settings; their keys stand in docs/settings.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from counter_tui.barcodes.check_digits import LETTERS, SCHEMES
from counter_tui.barcodes.profiles import LONGEST_SCAN, Kind, Letters, Profile
from counter_tui.errors import SettingsError
from counter_tui.language import _

SECTION: Final = "barcodes"

_KEYS: Final = (
    "kind",
    "name",
    "branch",
    "letters",
    "letters_on_label",
    "check",
    "keep_check",
    "length",
    "prefix",
    "keep_prefix",
)


def profiles_from(value: Any, path: Path) -> tuple[Profile, ...]:
    """The profiles of the section `[[barcodes]]`, in their order.

    Args:
        value: as the TOML parser gave it.
        path: of the settings file, named in errors.

    Raises:
        SettingsError: an unknown key, a value that is not allowed, two profiles of one name, or
            modulus 16 whose letters nobody tells.
    """
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise SettingsError(path, SECTION, repr(value), "[[barcodes]]")
    profiles = tuple(
        _Table(each, f"{SECTION} {number}", path).profile() for number, each in enumerate(value, 1)
    )
    for number, profile in enumerate(profiles, 1):
        if profile.name in [each.name for each in profiles[: number - 1]]:
            key = f"{SECTION} {number} name"
            raise SettingsError(path, key, repr(profile.name), _("a name of its own"))
    return profiles


class _Table:
    def __init__(self, table: dict[str, Any], place: str, path: Path) -> None:
        self._table = table
        self._place = place
        self._path = path

    def profile(self) -> Profile:
        for key in self._table:
            if key not in _KEYS:
                raise self._wrong(key, _("one of these keys: {keys}").format(keys=", ".join(_KEYS)))
        kind = self._choice("kind", [each.value for each in Kind], "")
        shortest, longest = self._length()
        profile = Profile(
            name=self._text("name", f"{self._place.removeprefix(SECTION).strip()} {kind}"),
            kind=Kind(kind),
            branch=self._text("branch", "") or None,
            letters=Letters(self._choice("letters", [each.value for each in Letters], "perhaps")),
            pair=self._pair(),
            check=self._choice("check", ["", *SCHEMES], ""),
            keeps_check=self._flag("keep_check"),
            shortest=shortest,
            longest=longest,
            prefixes=self._prefixes(),
            keeps_prefix=self._flag("keep_prefix"),
        )
        self._fit_together(profile)
        return profile

    def _fit_together(self, profile: Profile) -> None:
        counts_letters = bool(profile.check) and SCHEMES[profile.check].counts_letters
        if counts_letters and profile.letters is not Letters.SENT and not profile.pair:
            raise self._wrong(
                "check", _('letters = "sent" or letters_on_label beside it: they are counted')
            )
        if not profile.keeps_check and not profile.check:
            raise self._wrong("keep_check", _("check beside it"))
        if not profile.keeps_prefix and not profile.prefixes:
            raise self._wrong("keep_prefix", _("prefix beside it"))

    def _wrong(self, key: str, allowed: str) -> SettingsError:
        value = self._table.get(key)
        told = None if value is None else repr(value)
        return SettingsError(self._path, f"{self._place} {key}", told, allowed)

    def _text(self, key: str, default: str) -> str:
        value = self._table.get(key, default)
        if not isinstance(value, str) or (key in self._table and not value.strip()):
            raise self._wrong(key, _("a text that is not empty"))
        return value

    def _choice(self, key: str, allowed: list[str], default: str) -> str:
        value = self._table.get(key, default)
        if value not in allowed:
            choices = ", ".join(repr(each) for each in allowed)
            raise self._wrong(key, _("one of {choices}").format(choices=choices))
        return str(value)

    def _flag(self, key: str) -> bool:
        value = self._table.get(key, True)
        if not isinstance(value, bool):
            raise self._wrong(key, _("true or false"))
        return value

    def _pair(self) -> str:
        pair = self._text("letters_on_label", "").upper()
        if pair and (len(pair) != 2 or not set(pair) <= set(LETTERS)):
            raise self._wrong("letters_on_label", _('start and stop letter, like "AA"'))
        return pair

    def _length(self) -> tuple[int, int]:
        value = self._table.get("length", [1, LONGEST_SCAN])
        pair = [value, value] if _is_length(value) else value
        if (
            not isinstance(pair, list)
            or len(pair) != 2
            or not all(_is_length(each) for each in pair)
            or pair[0] > pair[1]
        ):
            allowed = _("a whole number from 1 to {most}, or two of them: [8, 10]")
            raise self._wrong("length", allowed.format(most=LONGEST_SCAN))
        return pair[0], pair[1]

    def _prefixes(self) -> tuple[str, ...]:
        value = self._table.get("prefix", [])
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(
            isinstance(each, str) and each and each.isascii() and each.isprintable()
            for each in found
        ):
            raise self._wrong("prefix", _('a text of ASCII characters, or a list: ["2", "3"]'))
        return tuple(found)


def _is_length(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LONGEST_SCAN
