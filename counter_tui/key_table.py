"""The keys of the counter: which there are, what a settings file may put in their place, and how
they are called on the screen.

A key has to arrive everywhere: over SSH, in tmux, and beside a scanner that types like a keyboard.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from counter_tui.language import _
from counter_tui.library_rules import WrongValue

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "help": ("f1", "ctrl+g"),
    "lend": ("f2", "ctrl+l"),
    "take_back": ("f3", "ctrl+r"),
    "search": ("f4", "ctrl+f"),
    "link_card": ("f5", "ctrl+e"),
    "unlink_card": ("f6", "ctrl+u"),
    "validity": ("f7", "ctrl+y"),
    "last_patron": ("f8", "ctrl+p"),
    "reprint": ("f9", "ctrl+d"),
    "quit": ("ctrl+x",),
    "details": ("ctrl+t",),
    "supervisor": ("ctrl+a",),
    "note": ("ctrl+n",),
    "back": ("escape",),
    "next_field": ("tab",),
    "next_page": ("pagedown",),
    "page_before": ("pageup",),
}
"""Each binding that can be changed, by its id. Function keys have a twin: terminals' menus take
some of them. The arrows are not among them: what they do is what they show."""

_NAMES: Final = {
    "escape": "Esc",
    "tab": "Tab",
    "shift+tab": "S-Tab",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "insert": "Ins",
}
"""Keys that are neither function keys nor Ctrl and a letter, as they are printed."""

FUNCTION_KEYS: Final = tuple(f"f{number}" for number in range(1, 10))

_TAKEN: Final = {
    "ctrl+b": "tmux",
    "ctrl+z": "^Z",
    "ctrl+c": "^C",
    "ctrl+s": "XOFF",
    "ctrl+q": "XON",
    "ctrl+h": "Backspace",
    "ctrl+i": "Tab",
    "ctrl+j": "Enter",
    "ctrl+m": "Enter",
    "ctrl+k": "^K",
    "ctrl+o": "^O",
    "ctrl+v": "^V",
    "ctrl+w": "^W",
}
"""Ctrl and these letters are something else to a terminal, a shell or tmux, or never arrive."""

Keymap = tuple[tuple[str, tuple[str, ...]], ...]
"""Ids and their keys, for those that a settings file changes."""


def read_keys(value: Any) -> Keymap:
    """The table `[keys]`: ids and a key, or a list of keys, in place of the usual ones.

    Raises:
        WrongValue: an unknown id, a key that would not arrive, or one that two ids would have.
    """
    if not isinstance(value, dict):
        raise WrongValue("keys", repr(value), _("a table"))
    changed: dict[str, tuple[str, ...]] = {}
    for name, given in value.items():
        if name not in KEYS:
            known = _("one of these keys: {keys}").format(keys=", ".join(KEYS))
            raise WrongValue(f"keys.{name}", repr(given), known)
        listed = [given] if isinstance(given, str) else given
        if not isinstance(listed, list) or not listed:
            raise WrongValue(f"keys.{name}", repr(given), _allowed())
        changed[name] = tuple(_key(f"keys.{name}", each) for each in listed)
    _refuse_clashes(changed)
    return tuple(changed.items())


def keys_of(keymap: Keymap) -> dict[str, tuple[str, ...]]:
    """All ids with the keys that they have now."""
    return {**KEYS, **dict(keymap)}


def label(keys: tuple[str, ...]) -> str:
    """As a footer prints them: `F5^E`."""
    return "".join(_printed(key) for key in keys)


def exchanged_labels(keymap: Keymap) -> dict[str, str]:
    """What stands on the screen by itself, and what it is now; empty: nothing is changed.

    A whole label ("F5^E") becomes the new one, its first key ("F5") the first new key, and its
    twin ("^E") the last.
    """
    exchanged: dict[str, str] = {}
    for name, keys in keymap:
        usual = KEYS[name]
        exchanged[_printed(usual[-1])] = _printed(keys[-1])
        exchanged[_printed(usual[0])] = _printed(keys[0])
        exchanged[label(usual)] = label(keys)
    return exchanged


def _key(place: str, given: Any) -> str:
    key = given.strip().lower() if isinstance(given, str) else ""
    if key in _TAKEN:
        taken = _("another key: a terminal takes {key} for {other}").format(
            key=_printed(key), other=_TAKEN[key]
        )
        raise WrongValue(place, repr(given), taken)
    letter = key.removeprefix("ctrl+")
    is_ctrl = letter != key and len(letter) == 1 and "a" <= letter <= "z"
    if not (is_ctrl or key in FUNCTION_KEYS or key in _NAMES):
        raise WrongValue(place, repr(given), _allowed())
    return key


def _refuse_clashes(changed: Mapping[str, tuple[str, ...]]) -> None:
    owners: dict[str, str] = {}
    for name, keys in {**KEYS, **changed}.items():
        for key in keys:
            other = owners.setdefault(key, name)
            if other == name and keys.count(key) == 1:
                continue
            # Blame the one that was changed; of two changed ones the later.
            blamed, has_it = (name, other) if name in changed else (other, name)
            taken = _("a key that is free: {other} has it").format(other=f"keys.{has_it}")
            raise WrongValue(f"keys.{blamed}", repr(key), taken)


def _allowed() -> str:
    return _('"f1" to "f9", "ctrl+" and a letter, or one of {names}').format(
        names=", ".join(_NAMES)
    )


def _printed(key: str) -> str:
    if key in _NAMES:
        return _NAMES[key]
    return f"^{key[-1].upper()}" if key.startswith("ctrl+") else key.upper()
