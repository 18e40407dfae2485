"""`counter-tui platform`: what an administrator does with the verifier."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from counter_tui.errors import CounterError
from counter_tui.language import _, ngettext
from counter_tui.settings import Settings

if TYPE_CHECKING:
    from counter_tui.identity.signature_links import RowRefused
    from counter_tui.identity.verifier import Verifier


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    text = _("take over which signature certificate belongs to which user identifier")
    take = actions.add_parser("import-signatures", help=text, description=text)
    take.add_argument(
        "file",
        type=Path,
        metavar="FILE.csv",
        help=_("columns user_identifier, issuer, serial, valid_until"),
    )
    text = _("encrypt the verifier's store with a new site key")
    rotate = actions.add_parser("rotate-key", help=text, description=text)
    rotate.add_argument(
        "--drop-unreadable",
        action="store_true",
        help=_("forget rows that cannot be read; their cards have to be linked anew"),
    )


def run(arguments: argparse.Namespace, settings: Settings | None) -> int:
    """Do it; 0 done, 1 a person must look, 2 wrong use."""
    assert settings is not None  # noqa: S101  the command line has seen to it
    if settings.platform != "verifier":
        print(_('This needs platform = "verifier" in the settings.'), file=sys.stderr)
        return 2
    from counter_tui import wiring  # 0.2 s: cryptography, asn1crypto, peewee
    from counter_tui.clock import SystemClock

    verifier = wiring.verifier_of(settings, SystemClock())
    try:
        if arguments.action == "rotate-key":
            return _rotate(verifier, settings, drop_unreadable=arguments.drop_unreadable)
        return _import(verifier, settings, arguments.file)
    except CounterError as error:
        from counter_tui.wording import sentence

        said = sentence(error)
        print("\n".join([said.head, *said.to_do]), file=sys.stderr)
        return 1


def _rotate(verifier: Verifier, settings: Settings, *, drop_unreadable: bool) -> int:
    try:
        rotated = verifier.rotate_key(drop_unreadable=drop_unreadable)
    except OSError as error:
        print(
            _("The folder %s cannot be written: %s")
            % (settings.site_key_path.parent, error.strerror),
            file=sys.stderr,
        )
        return 1
    said = ngettext(
        "A new site key is in force; {n} link was encrypted anew.",
        "A new site key is in force; {n} links were encrypted anew.",
        rotated.links,
    )
    print(said.format(n=rotated.links))
    if rotated.forgotten:
        said = ngettext(
            "{n} unlinked card is recognised no more.",
            "{n} unlinked cards are recognised no more.",
            rotated.forgotten,
        )
        print(said.format(n=rotated.forgotten))
    if rotated.dropped:
        said = ngettext(
            "{n} row that could not be read was deleted.",
            "{n} rows that could not be read were deleted.",
            rotated.dropped,
        )
        print(said.format(n=rotated.dropped))
    print(_("Back up the site key and the verifier's store together, in different places."))
    return 0


def _import(verifier: Verifier, settings: Settings, path: Path) -> int:
    from counter_tui import wiring
    from counter_tui.identity.signature_links import import_signature_links

    anchors = wiring.trust_of(settings).anchors
    done = import_signature_links(path, anchors, verifier.set_signatures)
    # The line alone: what stands in it is a restricted number.
    for refusal in done.refused:
        print(
            _("line {line}: {reason}").format(line=refusal.line, reason=_reason(refusal.why)),
            file=sys.stderr,
        )
    print(_("{kept} taken, {refused} refused").format(kept=done.kept, refused=len(done.refused)))
    return 1 if done.refused else 0


def _reason(why: RowRefused) -> str:
    from counter_tui.identity.signature_links import RowRefused

    return {
        RowRefused.INCOMPLETE: _("a column is empty or too long"),
        RowRefused.ISSUER: _("no trusted CA has this name or fingerprint"),
        RowRefused.SERIAL: _("the serial is not a number"),
        RowRefused.VALID_UNTIL: _("valid_until is neither a date nor an instant with time zone"),
        RowRefused.NOT_LINKED: _("no linked card has this user identifier"),
        RowRefused.BELONGS_TO_ANOTHER: _("the certificate belongs to another user identifier"),
    }[why]
