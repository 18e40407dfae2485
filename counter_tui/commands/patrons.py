"""`counter-tui patrons`: what is held on one, whose link to make anew, delete lapsed ones."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from counter_tui.errors import CounterError
from counter_tui.language import _, ngettext
from counter_tui.settings import Settings

if TYPE_CHECKING:
    from counter_tui.desk.privacy import Privacy


MOST_DAYS: Final = 3650
"""As of `certificate_warning_days` in the settings."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    text = _("tell everything that is stored about a patron")
    report = actions.add_parser("report", help=text, description=text)
    report.add_argument("number", metavar="NUMBER", help=_("library card number"))
    report.add_argument("--format", choices=("text", "csv", "json"), default="text")
    report.add_argument(
        "--output", type=Path, metavar="FILE", help=_("without it: to the terminal")
    )
    text = _("list patrons whose card should be linked anew, as CSV")
    links = actions.add_parser("links", help=text, description=text)
    links.add_argument(
        "--within", type=_days, metavar="DAYS", help=_("without it: as the settings say")
    )
    links.add_argument("--output", type=Path, metavar="FILE", help=_("without it: to the terminal"))
    text = _("delete patrons whose library card ended long ago, as the settings say")
    delete = actions.add_parser("delete-lapsed", help=text, description=text)
    delete.add_argument("--dry-run", action="store_true", help=_("only count them"))


def run(arguments: argparse.Namespace, settings: Settings | None) -> int:
    """Do it; 0 done, 1 a person must look, 2 wrong use."""
    assert settings is not None  # noqa: S101  the command line has seen to it
    try:
        if arguments.action == "report":
            return asyncio.run(_report(settings, arguments))
        if arguments.action == "links":
            return asyncio.run(_links(settings, arguments))
        return asyncio.run(_delete(settings, dry_run=arguments.dry_run))
    except CounterError as error:
        from counter_tui.wording import sentence

        said = sentence(error)
        print("\n".join([said.head, *said.to_do]), file=sys.stderr)
        return 1


@asynccontextmanager
async def _privacy(settings: Settings) -> AsyncIterator[Privacy]:
    from counter_tui import wiring  # 0.2 s: cryptography, asn1crypto, peewee
    from counter_tui.clock import SystemClock

    privacy, close = wiring.privacy_alone(settings, SystemClock())
    try:
        yield privacy
    finally:
        await close()


async def _report(settings: Settings, arguments: argparse.Namespace) -> int:
    from counter_tui.commands.private_files import write_private

    async with _privacy(settings) as privacy:
        held = await privacy.held_data(await privacy.find(arguments.number))
    if arguments.format == "csv":
        content = held.as_csv()
    elif arguments.format == "json":
        content = held.as_json().encode() + b"\n"
    else:
        content = "".join(f"{line}\n" for line in held.lines()).encode()
    return write_private(arguments.output, content)


def _days(text: str) -> int:
    days = int(text)
    if not 0 <= days <= MOST_DAYS:
        raise ValueError(text)
    return days


async def _links(settings: Settings, arguments: argparse.Namespace) -> int:
    from counter_tui import wiring
    from counter_tui.clock import SystemClock
    from counter_tui.commands.private_files import write_private

    relinking, close = wiring.relinking_alone(settings, SystemClock())
    try:
        content = await relinking.as_csv(arguments.within)
    finally:
        await close()
    return write_private(arguments.output, content)


async def _delete(settings: Settings, *, dry_run: bool) -> int:
    async with _privacy(settings) as privacy:
        done = await privacy.delete_lapsed(dry_run=dry_run)
    if done is None:
        print(_("The settings say that nobody is deleted (delete_lapsed_after_days = 0)."))
        return 0
    if dry_run:
        said = ngettext(
            "{n} patron would be deleted.", "{n} patrons would be deleted.", done.deleted
        )
    else:
        said = ngettext("{n} patron deleted.", "{n} patrons deleted.", done.deleted)
    print(said.format(n=done.deleted))
    if done.kept_for_loans:
        said = ngettext(
            "{n} lapsed patron has items in hand and is kept.",
            "{n} lapsed patrons have items in hand and are kept.",
            done.kept_for_loans,
        )
        print(said.format(n=done.kept_for_loans))
    if not done.waiting:
        return 0
    said = ngettext(
        "{n} patron stays until the identity platform can be reached.",
        "{n} patrons stay until the identity platform can be reached.",
        done.waiting,
    )
    print(said.format(n=done.waiting), file=sys.stderr)
    return 1
