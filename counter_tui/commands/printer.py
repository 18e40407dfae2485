"""`counter-tui printer test`: a ruler page, and what is seen on it into the settings file."""

from __future__ import annotations

import argparse
import sys

from counter_tui.errors import CounterError, PrinterError, SettingsError
from counter_tui.language import _
from counter_tui.settings import Settings

CONFIRM_ID = "test"
"""By which the printer confirms the page; slips have numbers."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    text = _("print a page with a ruler, ask what is seen, and write it into the settings")
    actions.add_parser("test", help=text, description=text)


def run(arguments: argparse.Namespace, settings: Settings | None) -> int:
    """Do it; 0 done, 1 something needs a person, 2 no printer is set up."""
    assert settings is not None  # noqa: S101  the command line has seen to it
    if settings.printer in ("none:", "screen:"):
        print(_("not set up; see %s in the settings") % "printer", file=sys.stderr)
        return 2
    try:
        return _test(settings)
    except CounterError as error:
        from counter_tui.wording import sentence

        said = sentence(error)
        print("\n".join([said.head, *said.to_do]), file=sys.stderr)
        return 1


def _test(settings: Settings) -> int:
    from counter_tui import wiring  # 0.2 s: cryptography, asn1crypto, peewee
    from counter_tui.clock import SystemClock
    from counter_tui.commands import settings_file
    from counter_tui.desk.ruler_page import PROBES, RULERS, ruler_page

    printer = wiring.printer_of(settings)
    assert printer is not None  # noqa: S101  looked at above
    printer.status()  # recognises it
    page = ruler_page(wiring.place_of(settings).place, printer.model, SystemClock().now())
    try:
        printer.write(page, CONFIRM_ID)
    except PrinterError as error:
        if not error.bytes_sent:
            raise
        # What came out can be judged all the same.
        print(_("The printer did not confirm the page."), file=sys.stderr)
    print(_("A page with rulers A, B, C and signs D, E, F comes out of the printer."))
    ruler = _asked(_("The longest ruler in one line (A, B or C; Enter: none came): "), set(RULERS))
    if not ruler:
        print(_("The settings stay as they are."))
        return 1
    same = _asked(
        _("Lines with the same sign twice (for example DE; Enter: none): "), set(PROBES), many=True
    )
    values: dict[str, settings_file.Value] = {"printer_columns": RULERS[ruler]}
    if printer.model != "auto":
        values["printer_model"] = printer.model
    values["printer_extension_rows"] = [row for letter in same for row in PROBES[letter].rows]
    if settings.source is None:
        print(settings_file.lines(values))
        return 0
    try:
        settings_file.change(settings.source, values)
    except SettingsError:
        print(_("Write this into {path}:").format(path=settings.source), file=sys.stderr)
        print(settings_file.lines(values), file=sys.stderr)
        return 1
    print(_("written  {path}").format(path=settings.source))
    print(settings_file.lines(values))
    return 0


def _asked(question: str, letters: set[str], *, many: bool = False) -> str:
    """Letters of `letters`, in their order; empty for none, and when nobody is there to ask."""
    while True:
        try:
            answer = set(input(question).upper().replace(" ", "").replace(",", ""))
        except EOFError:
            print()
            return ""
        if answer <= letters and (many or len(answer) <= 1):
            return "".join(sorted(answer))
