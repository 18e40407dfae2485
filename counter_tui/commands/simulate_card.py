"""`counter-tui simulate-card`: lays a made-up card on the virtual PC/SC reader until Ctrl+C.

Any program on this machine then sees it. Prints the PINs: made-up cards have no secrets. The
tries left are kept in the demo's folder, so that a card that was locked there is locked here.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from counter_tui.errors import PinKind
from counter_tui.language import _
from counter_tui.settings import demo_folder

if TYPE_CHECKING:
    from counter_tui.hardware.simulated.personas import Persona
    from counter_tui.settings import Settings

_LABEL_CELLS: Final = 28
_SLUG_CELLS: Final = 22
_NAME_CELLS: Final = 14


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("persona", nargs="?", metavar="PERSONA", help=_("whose card; see --list"))
    parser.add_argument(
        "--reader",
        type=_address,
        metavar="HOST:PORT",
        help=_("where the virtual reader waits for a card (127.0.0.1:35963)"),
    )
    parser.add_argument("--list", action="store_true", help=_("name the personas and end"))
    parser.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help=_("where the tries left are kept (the demo's folder)"),
    )
    parser.add_argument(
        "--reset",
        action="store_true",
        help=_("give all tries back to PERSONA, or to every card, and end"),
    )


def run(arguments: argparse.Namespace, settings: Settings | None) -> int:
    """Lay the card down and wait.

    Returns:
        0 after Ctrl+C, 1 when the virtual reader is absent or goes away, or the tries cannot be
        written, 2 for wrong use.
    """
    # 80 ms (cryptography); the help text needs none of it.
    from counter_tui.hardware.simulated.personas import PERSONAS, TRIES_FILE

    state: Path = arguments.state or demo_folder() / TRIES_FILE
    if arguments.reset and not arguments.persona:
        return _reset(state, None)
    if arguments.list:
        for each in PERSONAS.values():
            print(_listed(each))
        return 0
    persona = PERSONAS.get(arguments.persona or "")
    if persona is None:
        _complain(_("Name one of these personas:"), *PERSONAS)
        return 2
    if arguments.reset:
        return _reset(state, persona)
    return _simulate(persona, arguments.reader, state)


def _reset(state: Path, persona: Persona | None) -> int:
    from counter_tui.hardware.simulated.personas import reset_cards

    try:
        reset_cards(state, None if persona is None else persona.slug)
    except OSError as error:
        _complain(_("{path} cannot be written: {reason}").format(path=state, reason=error.strerror))
        return 1
    print(_("All tries are back.") if persona is None else _listed(persona))
    return 0


def _simulate(persona: Persona, address: tuple[str, int] | None, state: Path) -> int:
    from counter_tui.clock import SystemClock, today
    from counter_tui.hardware.simulated.tries import StateFileUnusable
    from counter_tui.hardware.simulated.virtual_reader import (
        DEFAULT_HOST,
        DEFAULT_PORT,
        VirtualReader,
        VirtualReaderAbsent,
    )

    host, port = address or (DEFAULT_HOST, DEFAULT_PORT)
    card = persona.make_card(today(SystemClock()), state)
    try:
        card.power_on()
        card.power_off()
    except StateFileUnusable as unusable:
        _complain(_("{path} does not hold tries left.").format(path=unusable.path))
        return 2
    try:
        with VirtualReader(card, host, port) as reader:
            _print_persona(persona)
            print(_("On the virtual reader {host}:{port}.").format(host=host, port=port))
            print(_("Ctrl+C takes the card off."), flush=True)
            reader.wait()
    except VirtualReaderAbsent:
        _complain(
            _("No virtual reader answers at {host}:{port}.").format(host=host, port=port),
            _("Install vsmartcard-vpcd and start the service pcscd."),
        )
        return 1
    except KeyboardInterrupt:
        print()
        return 0
    _complain(_("The virtual reader went away."))
    return 1


def _print_persona(persona: Persona) -> None:
    from counter_tui.text import fit
    from counter_tui.wording import pin_name

    print(_listed(persona))
    for label, secret in (
        (pin_name(PinKind.AUTH), persona.secrets.auth_pin),
        (pin_name(PinKind.SURFACE_INFO), persona.secrets.surface_info_pin),
        (_("signature password"), persona.secrets.sign_password),
    ):
        print(f"{fit(label, _LABEL_CELLS)}{secret}")


def _listed(persona: Persona) -> str:
    from counter_tui.text import fit

    slug, name = fit(persona.slug, _SLUG_CELLS), fit(persona.name, _NAME_CELLS)
    return f"{slug}{name} {_(persona.description)}"


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit():
        raise argparse.ArgumentTypeError(_("not of the form HOST:PORT"))
    if not 1 <= int(port) <= 65535:
        raise argparse.ArgumentTypeError(_("a port is 1 to 65535"))
    return host.strip("[]"), int(port)


def _complain(*lines: str) -> None:
    for text in lines:
        print(text, file=sys.stderr)
