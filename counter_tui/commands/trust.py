"""`counter-tui trust`: the CA certificates that this installation takes, and adding one.

A CA certificate decides whose cards are taken: its fingerprint is shown, to be compared with the
one that the CA has published, and it is added only when a person has said so.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from counter_tui.errors import CounterError, TrustAnchorUnusable
from counter_tui.language import _, full_day
from counter_tui.settings import Settings

if TYPE_CHECKING:
    from counter_tui.identity.anchors import Anchor

_LONGEST_NAME: Final = 240
"""Cells, three lines: a name that scrolls the fingerprint away is cut."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    text = _("show the trusted CA certificates with their fingerprints")
    actions.add_parser("list", help=text, description=text)
    text = _("trust a CA certificate; asks first")
    add = actions.add_parser("add", help=text, description=text)
    add.add_argument("file", type=Path, metavar="FILE", help=_("CA certificate, PEM or DER"))
    add.add_argument("--yes", action="store_true", help=_("do not ask"))


def run(arguments: argparse.Namespace, settings: Settings | None) -> int:
    """Show or add; 0 done, 1 a person must look or said no, 2 a file that cannot be used."""
    assert settings is not None  # noqa: S101  the command line has seen to it
    if arguments.action == "list":
        return _list(settings)
    return _add(arguments.file, settings, yes=arguments.yes)


def _list(settings: Settings) -> int:
    from counter_tui import wiring  # 0.2 s: cryptography, asn1crypto, peewee
    from counter_tui.identity.anchors import SIMULATOR_ROOT, Anchor
    from counter_tui.text import plain

    well = True
    if settings.is_test_installation:
        _show(SIMULATOR_ROOT, Anchor.load(SIMULATOR_ROOT))
    files = wiring.anchors_of(settings)
    for file in files:
        if file.anchor is not None:
            _show(file.path, file.anchor)
        elif file.trouble is not None:
            well = False
            print(plain(str(file.path)))
            print("  !! " + _advice(file.trouble))
    if not files and not settings.is_test_installation:
        print(_("No CA certificate is trusted: no card can be enrolled."))
        return 1
    return 0 if well else 1


def _add(path: Path, settings: Settings, *, yes: bool) -> int:
    from counter_tui.identity.anchors import Anchor, keep_copy, refuse_specimen

    try:
        anchor = Anchor.load(path)
        _show(path, anchor)
        refuse_specimen(anchor, path, test_installation=settings.is_test_installation)
    except TrustAnchorUnusable as trouble:
        print(_advice(trouble), file=sys.stderr)
        return 2
    if not yes and not _agreed():
        print(_("Nothing was added."))
        return 1
    try:
        copy = keep_copy(anchor, settings.state_folder)
    except OSError as error:
        print(
            _("The folder %s cannot be written: %s") % (settings.state_folder, error.strerror),
            file=sys.stderr,
        )
        return 2
    print(_("Trusted from now on: {path}").format(path=copy))
    return 0


def _agreed() -> bool:
    print(_("Compare the fingerprint with the one that the CA has published."))
    try:
        answer = input(_("Trust it? Type yes: "))
    except EOFError:
        return False
    return answer.strip().lower() == "yes"


def _show(path: Path, anchor: Anchor) -> None:
    from counter_tui.clock import TOKYO
    from counter_tui.identity.anchors import describe_key
    from counter_tui.text import cut, plain

    certificate = anchor.certificate
    # Name and path are a stranger's words, and the fingerprint is what a person compares: it comes
    # first, and nothing behind it may tell the terminal to paint over it.
    print(f"SHA-256 {anchor.fingerprint}")
    print(f"  {plain(str(path))}")
    print("  " + cut(plain(certificate.subject.rfc4514_string()), _LONGEST_NAME))
    print(
        "  "
        + _("{first} to {last}").format(
            first=full_day(certificate.not_valid_before_utc.astimezone(TOKYO).date()),
            last=full_day(certificate.not_valid_after_utc.astimezone(TOKYO).date()),
        )
        + f"  {describe_key(certificate.public_key())}"
    )


def _advice(error: CounterError) -> str:
    from counter_tui.text import plain
    from counter_tui.wording import sentence

    said = sentence(error)
    return plain(" ".join([said.head, *said.to_do]))
