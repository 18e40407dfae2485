"""`counter-tui check`: service, reader, card, platform, printer, store, one line each."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from counter_tui.desk.devices import Device, Trouble
from counter_tui.errors import (
    CardError,
    CounterError,
    NoCard,
    NoReader,
    PlatformUnreachable,
    PrinterNotReady,
    PrinterSilent,
    PrinterUnreachable,
    ServiceUnavailable,
    StoreError,
)
from counter_tui.language import _, pgettext
from counter_tui.settings import Settings
from counter_tui.wording import lamp_age, lamp_name, sentence, trouble_word

if TYPE_CHECKING:
    from counter_tui.identity.platform import IdentityPlatform

VIRTUAL_READER: Final = "Virtual PCD"
"""Name of the virtual reader of the vsmartcard project; as packaged it listens on all interfaces
of the machine, so that anybody in the network could lay a card on it."""


@dataclass(frozen=True)
class Finding:
    """One line of the check.

    Attributes:
        part: its word in the JSON output.
        name: its name for people.
        well: nothing needs to be done.
        said: what was found, or what to do.
    """

    part: str
    name: str
    well: bool
    said: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what may stand behind `check`."""
    parser.add_argument("--json", action="store_true", help=_("print one JSON object"))


def run(arguments: argparse.Namespace, settings: Settings | None) -> int:
    """Look at every device once. 0: all is well, 1: something needs a person.

    Blocks some seconds when a device does not answer. Opens the store, made when it is missing.
    """
    assert settings is not None  # noqa: S101  the command line has seen to it
    findings: list[Finding] = []
    for finding in look(settings):
        findings.append(finding)
        if not arguments.json:
            mark = "OK" if finding.well else "!!"
            print(f"{mark}  {finding.name}  {finding.said}", flush=True)
    if arguments.json:
        found = {
            finding.part: {"ok": finding.well, "message": finding.said} for finding in findings
        }
        print(json.dumps(found, ensure_ascii=False, indent=2))
    return 0 if all(finding.well for finding in findings) else 1


def look(settings: Settings) -> Iterator[Finding]:
    """Look at service, reader, card, platform, printer and store, in this order."""
    from counter_tui import wiring  # 0.2 s: cryptography, asn1crypto, peewee
    from counter_tui.clock import SystemClock

    yield from _look_at_card(settings)
    platform = wiring.platform_of(settings, SystemClock())
    name = lamp_name(Device.PLATFORM)
    if settings.platform == "none":
        yield Finding("platform", name, False, _not_set_up("platform"))
    elif (as_of := platform.as_of()) is not None:
        hours = (SystemClock().now() - as_of) // timedelta(hours=1)
        age = f"  {lamp_age(hours)}" if hours > 0 else ""
        yield Finding("platform", name, True, settings.platform + age)
    else:
        yield Finding("platform", name, False, _advice(_why_unreachable(platform)))
    yield from _look_at_anchors(settings)
    yield _look_at_printer(settings)
    yield from _look_at_templates(settings)
    yield _look_at_store(settings)


def _look_at_card(settings: Settings) -> Iterator[Finding]:
    from counter_tui import wiring
    from counter_tui.hardware.mynumber_card import MyNumberCard

    service = pgettext("check", "Card service")
    reader_name = lamp_name(Device.READER)
    card = pgettext("check", "Card")
    reader = wiring.reader_of(settings)
    if reader is None:
        yield Finding("reader", reader_name, False, _not_set_up("reader"))
        return
    try:
        connection = reader.connect()
    except ServiceUnavailable as error:
        yield Finding("service", service, False, _advice(error))
        return
    except NoReader as error:
        yield Finding("service", service, True, "")
        yield Finding("reader", reader_name, False, _advice(error))
        return
    except NoCard:
        yield Finding("service", service, True, "")
        yield _reader_finding(reader_name, reader.reader_name())
        yield Finding("card", card, True, _("no card lies on the reader"))
        return
    except CardError as error:
        yield Finding("service", service, True, "")
        yield _reader_finding(reader_name, reader.reader_name())
        yield Finding("card", card, False, _advice(error))
        return
    try:
        yield Finding("service", service, True, "")
        yield _reader_finding(reader_name, reader.reader_name())
        label = MyNumberCard(connection).inspect().token_label
    except CardError as error:
        yield Finding("card", card, False, _advice(error))
    else:
        yield Finding("card", card, True, label)
    finally:
        connection.disconnect()


def _why_unreachable(platform: IdentityPlatform) -> CounterError:
    try:
        platform.pending_links()
    except PlatformUnreachable as error:
        return error  # a verifier's key or store
    return PlatformUnreachable()


def _look_at_anchors(settings: Settings) -> Iterator[Finding]:
    """Files with CA certificates that cannot be used; nothing when all of them can."""
    from counter_tui import wiring

    for file in wiring.anchors_of(settings):
        if file.trouble is not None:
            yield Finding("trust", pgettext("check", "Trust"), False, _advice(file.trouble))


def _reader_finding(name: str, reader: str) -> Finding:
    if reader.startswith(VIRTUAL_READER):
        warning = _(
            "%s is for tests: it may take cards from the network. Remove it from this machine."
        )
        return Finding("reader", name, False, warning % reader)
    return Finding("reader", name, True, reader)


def _look_at_printer(settings: Settings) -> Finding:
    from counter_tui import wiring

    name = lamp_name(Device.PRINTER)
    printer = wiring.printer_of(settings)
    if printer is None:
        return Finding("printer", name, False, _not_set_up("printer"))
    state = printer.status()
    if state.ready:
        said = trouble_word(Trouble.PAPER_NEAR_END) if state.paper_near_end else settings.printer
        return Finding("printer", name, True, said)
    match state.reason:
        case "unreachable":
            trouble: CounterError = PrinterUnreachable()
        case "no_answer":
            trouble = PrinterSilent()
        case reason:
            trouble = PrinterNotReady(reason or "error")
    return Finding("printer", name, False, _advice(trouble))


def _look_at_templates(settings: Settings) -> Iterator[Finding]:
    """The library's templates of slips, each tried on made-up facts; nothing without any."""
    if settings.slip_templates is None:
        return
    from counter_tui import wiring
    from counter_tui.desk.slips import broken_templates

    name = pgettext("check", "Templates")
    broken = list(broken_templates(wiring.slip_templates_of(settings, lambda event: None)))
    for error in broken:
        said = f"{error.path}, {error.line}: {error.reason}"
        yield Finding("templates", name, False, said)
    if not broken:
        yield Finding("templates", name, True, str(settings.slip_templates))


def _look_at_store(settings: Settings) -> Finding:
    from counter_tui import wiring

    name = lamp_name(Device.STORE)
    store = wiring.store_of(settings)
    try:
        store.open()
    except StoreError as error:
        return Finding("store", name, False, _advice(error))
    finally:
        store.close()
    return Finding("store", name, True, str(settings.database_file))


def _not_set_up(key: str) -> str:
    return _("not set up; see %s in the settings") % key


def _advice(error: CounterError) -> str:
    said = sentence(error)
    return "  ".join([said.head, *said.to_do])
