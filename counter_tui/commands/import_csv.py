"""`counter-tui import patrons FILE.csv`, `import items FILE.csv`, `import holds FILE.csv`.

The screen tells lines and reasons, never what stands in a row; that goes into the file of
`--rejects` alone, which only this account can read.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from counter_tui.commands.progress import progress
from counter_tui.errors import CounterError, CsvUnusable
from counter_tui.language import _, ngettext
from counter_tui.settings import Settings

if TYPE_CHECKING:
    from counter_tui.desk.csv_files import CsvFile
    from counter_tui.desk.import_rows import Refusal
    from counter_tui.desk.imports import Imported, Phase

SHOWN_REFUSALS: Final = 20
"""Refused rows that are told one by one; the file of `--rejects` has all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True)
    for name, text in (
        ("patrons", _("take patrons over from a CSV file")),
        ("items", _("take items over from a CSV file")),
        ("holds", _("take holds over from a CSV file, after patrons and items")),
    ):
        kind = kinds.add_parser(name, help=text, description=text)
        kind.add_argument(
            "file",
            type=Path,
            metavar="FILE.csv",
            help=_("UTF-8 or cp932; docs/import.md lists the headings"),
        )
        kind.add_argument(
            "--update",
            action="store_true",
            help=_("rows whose number is known change what is kept"),
        )
        kind.add_argument(
            "--all-or-nothing",
            action="store_true",
            help=_("when a row is refused, take none"),
        )
        kind.add_argument("--dry-run", action="store_true", help=_("only look; nothing is written"))
        kind.add_argument(
            "--rejects",
            type=Path,
            metavar="FILE",
            help=_("write refused rows, with line and reason, to this CSV file"),
        )
        if name != "patrons":
            kind.add_argument(
                "--new-branches",
                action="store_true",
                help=_("make branches that the file names and that are not there"),
            )


def run(arguments: argparse.Namespace, settings: Settings | None) -> int:
    """Import; 0 all rows are in, 1 some were refused or the store was, 2 wrong use."""
    assert settings is not None  # noqa: S101  the command line has seen to it
    os.umask(0o077)  # rejects hold personal data
    if not _can_write(arguments.rejects, arguments.file):
        return 2
    try:
        file, done = _import(arguments, settings)
    except CsvUnusable as error:
        _say(error)
        return 2
    except CounterError as error:
        _say(error)
        return 1
    except KeyboardInterrupt:
        print(_("Stopped. Nothing was imported."), file=sys.stderr)
        return 1
    _print_done(done, arguments)
    if arguments.rejects is not None:
        try:
            _write_rejects(arguments.rejects, file, done.refused)
        except OSError as error:
            print(
                _("The file {path} cannot be written: {reason}").format(
                    path=arguments.rejects, reason=error.strerror
                ),
                file=sys.stderr,
            )
            return 1
    return 1 if done.refused else 0


def _can_write(rejects: Path | None, source: Path) -> bool:
    if rejects is None:
        return True
    if rejects.resolve() == source.resolve():
        print(_("--rejects names the file that is imported."), file=sys.stderr)
        return False
    if rejects.is_dir() or not os.access(rejects.parent, os.W_OK):
        print(_("--rejects names no file that can be written."), file=sys.stderr)
        return False
    return True


def _import(arguments: argparse.Namespace, settings: Settings) -> tuple[CsvFile, Imported]:
    from counter_tui import wiring  # 0.2 s: cryptography, asn1crypto, peewee
    from counter_tui.clock import SystemClock
    from counter_tui.desk import hold_imports, import_rows, imports
    from counter_tui.desk.csv_files import read_csv

    rules = imports.ImportRules(
        validity_years=settings.validity_years,
        update=arguments.update,
        all_or_nothing=arguments.all_or_nothing,
        dry_run=arguments.dry_run,
        new_branches=getattr(arguments, "new_branches", False),
    )
    place = wiring.place_of(settings)
    clock = SystemClock()
    store = wiring.store_of(settings)
    headings, required, take = {
        "patrons": (
            import_rows.PATRON_HEADINGS,
            import_rows.PATRON_REQUIRED,
            imports.import_patrons,
        ),
        "items": (import_rows.ITEM_HEADINGS, import_rows.ITEM_REQUIRED, imports.import_items),
        "holds": (
            hold_imports.HOLD_HEADINGS,
            hold_imports.HOLD_REQUIRED,
            hold_imports.import_holds,
        ),
    }[arguments.kind]
    file = read_csv(arguments.file, headings, required)
    print(_("{path}: {encoding}").format(path=file.path.name, encoding=file.encoding))
    if file.unused:
        print(_("Columns that are not used: {names}").format(names=_plain(", ".join(file.unused))))
    try:
        with progress() as show:

            def tell(phase: Phase, done: int, total: int) -> None:
                show(_phase(phase), done, total)

            done = take(file, store, place, clock, rules, tell)
    finally:
        store.close()
    return file, done


def _phase(phase: Phase) -> str:
    from counter_tui.desk.imports import Phase

    return {Phase.READ: _("Reading the file"), Phase.WRITE: _("Writing into the store")}[phase]


def _print_done(done: Imported, arguments: argparse.Namespace) -> None:
    for refusal in done.refused[:SHOWN_REFUSALS]:
        print(
            _("line {line}: {reason}").format(line=refusal.line, reason=_reason(refusal)),
            file=sys.stderr,
        )
    more = len(done.refused) - SHOWN_REFUSALS
    if more > 0:
        text = ngettext(
            "{n} more row was refused; --rejects FILE has all.",
            "{n} more rows were refused; --rejects FILE has all.",
            more,
        )
        print(text.format(n=f"{more:,}"), file=sys.stderr)
    print(
        _("{added} new, {updated} changed, {same} as they were, {refused} refused").format(
            added=f"{done.added:,}",
            updated=f"{done.updated:,}",
            same=f"{done.same:,}",
            refused=f"{len(done.refused):,}",
        )
    )
    if done.differing:
        text = ngettext(
            "{n} row says something else of a known number; --update takes it over.",
            "{n} rows say something else of known numbers; --update takes them over.",
            done.differing,
        )
        print(text.format(n=f"{done.differing:,}"))
    if not done.written:
        dry = _("Nothing was written: this was a look only.")
        none = _("Nothing was written: rows were refused, and --all-or-nothing was given.")
        print(dry if arguments.dry_run else none)


def _write_rejects(path: Path, file: CsvFile, refused: tuple[Refusal, ...]) -> None:
    from counter_tui.desk.csv_text import write_csv

    reasons = {refusal.line: _reason(refusal) for refusal in refused}
    write_csv(
        path,
        (_("Line"), _("Reason"), *file.headings),
        (
            (str(row.line), reasons[row.line], *row.cells)
            for row in file.rows()
            if row.line in reasons
        ),
    )
    print(_("Refused rows: {path}").format(path=path))


def _reason(refusal: Refusal) -> str:
    from counter_tui.desk.import_rows import RowTrouble

    reasons = {
        RowTrouble.EMPTY: _("{column} is empty"),
        RowTrouble.WRONG: _("{column} cannot be taken, or is too long"),
        RowTrouble.CONTROL: _("{column} has control characters"),
        RowTrouble.TOO_LONG: _("more cells than headings"),
        RowTrouble.TWICE: _("the same number as in line {line}"),
        RowTrouble.IS_ITEM: _("the number is an item's barcode"),
        RowTrouble.IS_PATRON: _("the barcode is a library card number"),
        RowTrouble.OTHER_PERSON: _("the number belongs to somebody with another birth date"),
        RowTrouble.NO_PATRON: _("nobody has this library card number"),
        RowTrouble.NO_ITEM: _("no item has this barcode"),
        RowTrouble.NOT_LENDABLE: _("the item is withdrawn or not for loan"),
        RowTrouble.LENT_ALREADY: _("the patron has this item at home"),
        RowTrouble.NO_BRANCH: _("no branch has this name; --new-branches makes it"),
    }
    return reasons[refusal.trouble].format(
        column=_column(refusal.column), line=refusal.earlier_line
    )


def _column(name: str | None) -> str:
    return {
        "library_card_number": _("library card number"),
        "name": _("name"),
        "kana": _("kana"),
        "birth_date": _("birth date"),
        "address": _("address"),
        "telephone": _("telephone"),
        "residency": _("residency"),
        "expires_on": _("expiry date"),
        "barcode": _("barcode"),
        "title": _("title"),
        "branch": _("branch"),
        "not_for_loan": _("not for loan"),
        "kind": _("kind of item"),
        "withdrawn": _("withdrawn"),
        "placed_on": _("day of the hold"),
        "pickup_branch": _("pickup branch"),
    }.get(name or "", "")


def _say(error: CounterError) -> None:
    from counter_tui.wording import sentence

    said = sentence(error)
    lines = [said.about, said.head, said.kept, *said.to_do]
    print("\n".join(_plain(line) for line in lines if line), file=sys.stderr)


def _plain(text: str) -> str:
    from counter_tui.text import plain

    return plain(text)
