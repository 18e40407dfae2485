"""The command line: parses arguments, then imports what the command needs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Final, Protocol, cast

from counter_tui import __version__, language, settings
from counter_tui.errors import SettingsError, SettingsMissing
from counter_tui.language import _

DONE: Final = 0
NEEDS_A_PERSON: Final = 1
WRONG_USE: Final = 2


class Command(Protocol):
    """A module in `commands`."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare what may stand behind the command's name."""
        ...

    def run(self, arguments: argparse.Namespace, settings: settings.Settings | None) -> int:
        """Do it; the answer is the exit status."""
        ...


_COMMANDS: Final = {
    "self-checkout": "commands.self_checkout",
    "check": "commands.check",
    "card": "commands.card",
    "simulate-card": "commands.simulate_card",
    "init": "commands.init",
    "trust": "commands.trust",
    "platform": "commands.platform",
    "audit": "commands.audit",
    "patrons": "commands.patrons",
    "receipts": "commands.receipts",
    "printer": "commands.printer",
    "import": "commands.import_csv",
    "barcode": "commands.barcode",
    "renew-validity": "commands.renew_validity",
}
_WITHOUT_SETTINGS: Final = frozenset({"card", "simulate-card", "barcode"})
"""Commands that use settings when there are any, and do without."""
_WITH_DEMO: Final = frozenset({"self-checkout"})
"""Commands that are terminals, like the one without a command, and have a demo like it."""
_MAKES_SETTINGS: Final = "init"
"""The command for which there are no settings yet."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives 0 done, 1 something needs a person, 2 wrong use or settings."""
    words = sys.argv[1:] if argv is None else list(argv)
    language.speak(_language_in(words))
    parser = _parser()
    arguments = parser.parse_args(words)
    if arguments.demo and arguments.command not in {None, *_WITH_DEMO}:
        parser.error(_("--demo goes with a terminal, not with this command"))
    try:
        found = _settings(arguments)
    except SettingsError as error:
        from counter_tui.wording import sentence

        said = sentence(error)
        print("\n".join([said.head, *said.to_do]), file=sys.stderr)
        return WRONG_USE
    if found is not None and arguments.lang is None:
        language.speak(found.language)
    if arguments.command is None:
        from counter_tui.commands import staff

        return staff.run(arguments, found)
    return _command(arguments.command).run(arguments, found)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="counter-tui",
        description=_("Lend library books on My Number cards."),
        epilog=_(
            "Without a command: the staff terminal."
            " Exit status: 0 done, 1 something needs a person, 2 wrong use or settings."
        ),
    )
    parser.add_argument("--version", action="version", version=f"counter-tui {__version__}")
    _add_common(parser, default=None)
    _add_demo(parser, default=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    summaries = {
        "self-checkout": _("the screen at which patrons borrow by themselves"),
        "check": _("see whether reader, card, platform, printer and store are well"),
        "card": _("tell what lies on the reader, without a PIN"),
        "simulate-card": _("lay a simulated card on the virtual PC/SC reader"),
        "init": _("make settings file, folders, site key, first branch and operator"),
        "trust": _("show and add the CA certificates that are trusted"),
        "platform": _("import signature certificates, change the site key"),
        "audit": _("look at the chain of audit events, export it"),
        "printer": _("print a test page and set columns and model by it"),
        "receipts": _("list this counter's slips, print them again"),
        "patrons": _("tell what is held on a patron, delete lapsed patrons"),
        "import": _("take patrons and items over from CSV files"),
        "renew-validity": _("renew validity for a month, by signature certificates"),
        "barcode": _("show what the barcode profiles make of scans"),
    }
    for name in _COMMANDS:
        summary = summaries[name]
        command = commands.add_parser(name, help=summary, description=summary)
        # They may stand behind the command, too; there they have no default, or it would undo
        # what stood before the command.
        _add_common(command, default=argparse.SUPPRESS)
        if name in _WITH_DEMO:
            _add_demo(command, default=argparse.SUPPRESS)
        _command(name).add_arguments(command)
    return parser


def _add_common(parser: argparse.ArgumentParser, default: str | None) -> None:
    parser.add_argument(
        "--config", type=Path, metavar="FILE", default=default, help=_("settings file")
    )
    parser.add_argument(
        "--lang", choices=("ja", "en"), default=default, help=_("language of the screens")
    )


def _add_demo(parser: argparse.ArgumentParser, default: bool | str) -> None:
    parser.add_argument(
        "--demo",
        action="store_true",
        default=default,
        help=_("everything simulated, in a folder of its own; nothing real is opened"),
    )


def _command(name: str) -> Command:
    return cast(Command, import_module(f"counter_tui.{_COMMANDS[name]}"))


def _language_in(words: Sequence[str]) -> language.Language:
    """The language for messages before any settings are read, usage included."""
    for word, following in pairwise([*words, ""]):
        if (word == "--lang" and following == "en") or word == "--lang=en":
            return "en"
    return "ja"


def _settings(arguments: argparse.Namespace) -> settings.Settings | None:
    if arguments.command == _MAKES_SETTINGS:
        return None
    if arguments.demo:
        return settings.for_demo(settings.demo_folder(), arguments.lang or "ja")
    try:
        return settings.load(arguments.config or settings.default_path())
    except SettingsMissing:
        if arguments.command in _WITHOUT_SETTINGS and arguments.config is None:
            return None
        raise
