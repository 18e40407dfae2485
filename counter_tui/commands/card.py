"""`counter-tui card`: what lies on the reader, asked without a PIN.

Tells no name, no serial and no My Number: the output may be sent to whoever helps.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from counter_tui.errors import CertificateUnreadable, CounterError, NoReader, PinKind
from counter_tui.language import _, full_day

if TYPE_CHECKING:
    from counter_tui.hardware.mynumber_card import CardInspection
    from counter_tui.settings import Settings

_LABEL_CELLS: Final = 28


@dataclass(frozen=True)
class _Dates:
    """First and last day of the authentication certificate, in Asia/Tokyo."""

    begins_on: date
    ends_on: date


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--json", action="store_true", help=_("answer as one JSON object"))


def run(arguments: argparse.Namespace, settings: Settings | None) -> int:
    """Ask the card and print the answer.

    Returns:
        0 when a My Number card answered, 1 when a person must look.
    """
    try:
        inspection = _inspect(settings)
    except CounterError as trouble:
        if arguments.json:
            print(json.dumps({"card": None, "error": type(trouble).__name__}))
        else:
            _print_trouble(trouble)
        return 1
    dates = _dates(inspection.auth_certificate)
    if arguments.json:
        print(json.dumps({"card": _as_json(inspection, dates), "error": None}))
    else:
        _print_card(inspection, dates)
    return 0


def _inspect(settings: Settings | None) -> CardInspection:
    reader = settings.reader if settings is not None else "pcsc:"
    if reader == "none:":
        raise NoReader
    # 15 ms; the help text needs neither the card service nor the card.
    from counter_tui.hardware.mynumber_card import MyNumberCard
    from counter_tui.hardware.pcsc import PcscReader

    connection = PcscReader(reader.removeprefix("pcsc:") or None).connect()
    try:
        return MyNumberCard(connection).inspect()
    finally:
        connection.disconnect()


def _dates(certificate: bytes | None) -> _Dates | None:
    if certificate is None:
        return None
    from counter_tui.clock import TOKYO
    from counter_tui.identity.certificates import read_head

    try:
        head = read_head(certificate[:256])
    except CertificateUnreadable:
        return None
    return _Dates(head.not_before.astimezone(TOKYO).date(), head.not_after.astimezone(TOKYO).date())


def _as_json(card: CardInspection, dates: _Dates | None) -> dict[str, Any]:
    return {
        "token_label": card.token_label,
        "kind": card.kind.name.lower(),
        "has_signature_certificate": card.has_signature_certificate,
        "has_auth_certificate": card.has_auth_certificate,
        "auth_certificate": None
        if dates is None
        else {
            "begins_on": dates.begins_on.isoformat(),
            "ends_on": dates.ends_on.isoformat(),
        },
        "tries_left": {
            PinKind.AUTH.value: card.auth_tries_left,
            PinKind.SURFACE_INFO.value: card.surface_info_tries_left,
        },
    }


def _print_card(card: CardInspection, dates: _Dates | None) -> None:
    from counter_tui.text import fit
    from counter_tui.wording import pin_name, tries_left

    def line(label: str, value: str) -> None:
        print(f"{fit(label, _LABEL_CELLS)}{value}")

    def there(is_there: bool) -> str:
        return _("present") if is_there else _("none")

    def tries(left: int | None) -> str:
        if left is None:
            return _("none")
        return _("locked") if left == 0 else tries_left(left)

    line(_("Card"), f"{_kind(card)} ({card.token_label})")
    line(_("Authentication certificate"), there(card.has_auth_certificate))
    if dates is not None:
        line(
            _("Certificate valid"),
            _("{first} to {last}").format(
                first=full_day(dates.begins_on, weekday=False),
                last=full_day(dates.ends_on, weekday=False),
            ),
        )
    line(_("Signature certificate"), there(card.has_signature_certificate))
    line(pin_name(PinKind.AUTH), tries(card.auth_tries_left))
    line(pin_name(PinKind.SURFACE_INFO), tries(card.surface_info_tries_left))


def _kind(card: CardInspection) -> str:
    from counter_tui.hardware.mynumber_card import TokenKind

    return {
        TokenKind.CARD: _("My Number card"),
        TokenKind.OLD_RESIDENT_CARD: _("old resident card"),
        TokenKind.PHONE: _("phone with certificates"),
        TokenKind.UNKNOWN: _("card of an unknown kind"),
    }[card.kind]


def _print_trouble(trouble: CounterError) -> None:
    from counter_tui.wording import sentence

    wording = sentence(trouble)
    for text in (wording.head, *wording.to_do):
        print(text, file=sys.stderr)
