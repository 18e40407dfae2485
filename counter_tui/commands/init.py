"""`counter-tui init`: settings file, folders, site key, first branch and operator.

Never overwrites: what is there stays, and is said to be there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Final

from counter_tui.errors import CounterError, SiteKeyExists
from counter_tui.language import _
from counter_tui.settings import Settings, default_path, load

_QUESTIONS: Final = ("library", "branch", "counter", "operator")

STATE_FOLDER: Final = "state"
"""Beside the settings file, unless that says otherwise."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--library", metavar="NAME", help=_("name of the library, for slips"))
    parser.add_argument("--branch", metavar="NAME", help=_("the first branch"))
    parser.add_argument("--counter", metavar="NAME", help=_("this counter"))
    parser.add_argument("--operator", metavar="NAME", help=_("the first operator"))
    parser.add_argument("--yes", action="store_true", help=_("do not ask"))


def run(arguments: argparse.Namespace, settings: Settings | None) -> int:
    """Make what is missing; 0 done, 1 something needs a person, 2 wrong use or settings."""
    path: Path = arguments.config or default_path()
    mask = os.umask(0o077)  # whatever is made is for this account alone
    try:
        if not path.exists():
            names = _names(arguments)
            if names is None:
                return 2
            _write_settings(path, names)
            _made(path)
        else:
            _there(path)
        return _make_rest(load(path))
    except OSError as error:
        print(
            _("The folder %s cannot be written: %s") % (path.parent, error.strerror),
            file=sys.stderr,
        )
        return 1
    except CounterError as error:
        from counter_tui.wording import sentence

        said = sentence(error)
        print("\n".join([said.head, *said.to_do]), file=sys.stderr)
        return 2
    finally:
        os.umask(mask)


def _names(arguments: argparse.Namespace) -> dict[str, str] | None:
    """The four names, from options or asked for; None when they are not given."""
    asked = {
        "library": _("Name of the library: "),
        "branch": _("First branch: "),
        "counter": _("This counter: "),
        "operator": _("First operator: "),
    }
    names = {}
    for key in _QUESTIONS:
        name = (getattr(arguments, key) or "").strip()
        if not name and not arguments.yes:
            try:
                name = input(asked[key]).strip()
            except EOFError:
                name = ""
        if not name:
            print(_("Give --{key} NAME.").format(key=key), file=sys.stderr)
            return None
        names[key] = name
    return names


def _write_settings(path: Path, names: dict[str, str]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = [f"{key} = {_toml_string(name)}" for key, name in names.items()]
    text = "\n".join(
        [
            "# " + _("Settings of this terminal; all keys stand in docs/settings.md."),
            *lines,
            f'state_folder = "{STATE_FOLDER}"',
            "",
        ]
    )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _make_rest(settings: Settings) -> int:
    from counter_tui.identity.site_key import SiteKeyFile

    if settings.state_folder.is_dir():
        _there(settings.state_folder)
    else:
        settings.state_folder.mkdir(mode=0o700, parents=True)
        _made(settings.state_folder)
    key_file = SiteKeyFile(settings.site_key_path)
    try:
        key_file.make()
        _made(key_file.path)
        print(_("Keep a copy of the site key in another place: without it no link can be read."))
    except SiteKeyExists:
        key_file.read()  # refuses one that others can read
        _there(key_file.path)
    _fill_store(settings)
    return 0


def _fill_store(settings: Settings) -> None:
    from counter_tui import wiring  # 0.2 s: cryptography, asn1crypto, peewee

    is_new = not settings.database_file.exists()
    store = wiring.store_of(settings)
    try:
        store.transact(wiring.place_of(settings).keys)
    finally:
        store.close()
    (_made if is_new else _there)(settings.database_file)


def _made(path: Path) -> None:
    print(_("made   {path}").format(path=path))


def _there(path: Path) -> None:
    print(_("there  {path}").format(path=path))


def _toml_string(text: str) -> str:
    # A TOML basic string has the escapes of a JSON string, and wants DEL escaped as well
    # (TOML 1.0, "String").
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
