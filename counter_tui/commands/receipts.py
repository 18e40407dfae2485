"""`counter-tui receipts`: the slips of this counter's last day, and any of them once more."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING, Final

from counter_tui.clock import TOKYO, SystemClock
from counter_tui.errors import CounterError, NoSlip
from counter_tui.language import _, ngettext, pgettext
from counter_tui.settings import Settings

if TYPE_CHECKING:
    from counter_tui.desk.receipts import Receipts, SlipRow

PRINT_WITHIN_S: Final = 45.0
"""A job takes 40 s at most."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    text = _("list the slips of the last day with their state")
    actions.add_parser("list", help=text, description=text)
    text = _("print a slip once more, marked as a reprint")
    reprint = actions.add_parser("reprint", help=text, description=text)
    reprint.add_argument("number", type=int, metavar="N", help=_("the slip's number"))
    text = _("print what waits, and what was given up and is not on paper")
    actions.add_parser("retry", help=text, description=text)


def run(arguments: argparse.Namespace, settings: Settings | None) -> int:
    """Do it; 0 done, 1 something needs a person."""
    assert settings is not None  # noqa: S101  the command line has seen to it
    try:
        return asyncio.run(_run(arguments, settings))
    except CounterError as error:
        from counter_tui.wording import sentence

        said = sentence(error)
        print("\n".join([said.head, *said.to_do]), file=sys.stderr)
        return 1


async def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    from counter_tui import wiring  # 0.2 s: cryptography, asn1crypto, peewee

    async with wiring.receipts_alone(settings, SystemClock()) as (receipts, print_all):
        if arguments.action == "list":
            for row in await receipts.rows():
                print(_line(row))
            return 0
        if settings.printer == "none:":
            raise NoSlip
        if arguments.action == "reprint":
            number = (await receipts.reprint(arguments.number)).number
            await print_all(PRINT_WITHIN_S)
            return await _told(receipts, number)
        count = await receipts.retry()
        print(ngettext("{n} slip anew.", "{n} slips anew.", count).format(n=count))
        await print_all(PRINT_WITHIN_S)
        still = [row for row in await receipts.rows() if row.is_open]
        for row in still:
            print(_line(row), file=sys.stderr)
        return 1 if still else 0


async def _told(receipts: Receipts, number: int) -> int:
    (row,) = [row for row in await receipts.rows() if row.number == number]
    print(_line(row), file=sys.stderr if row.is_open else sys.stdout)
    return 1 if row.is_open else 0


def _line(row: SlipRow) -> str:
    from counter_tui.desk.slips import slip_title
    from counter_tui.wording import slip_state_word

    parts = [
        str(row.number),
        f"{row.made_at.astimezone(TOKYO):%H:%M}",
        slip_title(row.kind),
        row.library_card,
        slip_state_word(row.state),
    ]
    if row.reprint_no:
        number = pgettext("slip", "no. {n}").format(n=row.reprint_no)
        parts.append(f"{pgettext('slip', 'Reprint')} {number}")
    return "  ".join(part for part in parts if part)
