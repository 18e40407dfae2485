"""`counter-tui audit`: look at the chain of audit events, and export it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from counter_tui.errors import CounterError
from counter_tui.language import _, ngettext
from counter_tui.settings import Settings

HEADINGS = (
    "番号",
    "日時",
    "操作",
    "利用者の内部番号",
    "担当者",
    "館",
    "カウンター",
    "理由",
    "件数",
    "連鎖値",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    text = _("see whether any event was changed, removed, moved or put in")
    actions.add_parser("verify", help=text, description=text)
    text = _("write all events as CSV with Japanese headings")
    export = actions.add_parser("export", help=text, description=text)
    export.add_argument(
        "file", type=Path, nargs="?", metavar="FILE.csv", help=_("without it: to the terminal")
    )


def run(arguments: argparse.Namespace, settings: Settings | None) -> int:
    """Do it; 0 done, 1 a person must look, 2 wrong use."""
    assert settings is not None  # noqa: S101  the command line has seen to it
    try:
        if arguments.action == "verify":
            return _verify(settings)
        return _export(settings, arguments.file)
    except CounterError as error:
        from counter_tui.wording import sentence

        said = sentence(error)
        print("\n".join([said.head, *said.to_do]), file=sys.stderr)
        return 1


def _verify(settings: Settings) -> int:
    from counter_tui import wiring  # 0.2 s: cryptography, asn1crypto, peewee
    from counter_tui.desk.audit import Fault, verify

    file = wiring.audit_heads_of(settings)
    heads = file.read()
    found = verify(wiring.store_of(settings), heads)
    if found.fault is None:
        whole = ngettext("{n} event, whole.", "{n} events, whole.", found.rows)
        print(whole.format(n=found.rows))
        kept = ngettext("{n} head fits.", "{n} heads fit.", len(heads))
        print(kept.format(n=len(heads)))
        return 0
    told = {
        Fault.MISSING: _("Event {number} is missing."),
        Fault.CHANGED: _("Event {number} is not as it was written."),
        Fault.HEAD: _("Event {number} does not fit the head that was kept in {file}."),
    }[found.fault]
    print(told.format(number=found.number, file=file.path), file=sys.stderr)
    print(_("Keep store and heads as they are, and call the administrator."), file=sys.stderr)
    return 1


def _export(settings: Settings, path: Path | None) -> int:
    from counter_tui import wiring
    from counter_tui.clock import TOKYO
    from counter_tui.commands.private_files import write_private
    from counter_tui.desk.audit import rows
    from counter_tui.desk.csv_text import csv_bytes

    content = csv_bytes(
        HEADINGS,
        (
            (
                row.number,
                row.at.astimezone(TOKYO).isoformat(timespec="seconds"),
                row.action,
                row.patron_number,
                row.operator,
                row.branch,
                row.counter,
                row.reason,
                row.amount,
                row.digest,
            )
            for row in rows(wiring.store_of(settings))
        ),
    )
    return write_private(path, content)
