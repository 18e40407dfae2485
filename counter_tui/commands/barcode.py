"""`counter-tui barcode`: what the profiles of the settings make of scans."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, TextIO

from counter_tui.language import _, pgettext
from counter_tui.settings import Settings

if TYPE_CHECKING:
    from counter_tui.barcodes.profiles import Candidate, Kind, Reading
    from counter_tui.errors import ScanError

_SHOWN_CELLS: Final = 24
"""Width of the column with what was scanned; a NW-7 label of a library has 8 to 16 characters."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "file", metavar="FILE", help=_("scans, one a line; - for what is typed or piped in")
    )
    parser.add_argument("--json", action="store_true", help=_("one JSON object a line"))


def run(arguments: argparse.Namespace, settings: Settings | None) -> int:
    """Show each scan; 0 all are numbers, 1 some are not or fit no profile, 2 no such file."""
    all_fit = True
    is_piped = arguments.file == "-"
    try:
        # What is no UTF-8 is no scan, either: it is shown as unknown characters.
        with open(
            0 if is_piped else arguments.file,
            encoding="utf-8",
            errors="replace",
            closefd=not is_piped,
        ) as file:
            for number, line in _lines(file):
                fits, told = _look(number, line, settings, as_json=arguments.json)
                all_fit = all_fit and fits
                print(told, flush=is_piped)
    except OSError as error:
        reason = error.strerror or str(error)
        print(f"{arguments.file}: {reason}", file=sys.stderr)
        return 2
    return 0 if all_fit else 1


def _lines(file: TextIO) -> Iterator[tuple[int, str]]:
    """Lines that are not empty, with their numbers; of an endless one no more than is needed."""
    from counter_tui.barcodes.profiles import LONGEST_SCAN

    number = 0
    # One more than the longest scan and its line end: longer ones stay too long.
    while piece := file.readline(LONGEST_SCAN + 2):
        number += 1
        rest = piece
        while rest and not rest.endswith("\n"):
            rest = file.readline(65_536)
        if piece.strip():
            yield number, piece.removesuffix("\n")


def _look(number: int, line: str, settings: Settings | None, *, as_json: bool) -> tuple[bool, str]:
    from counter_tui.barcodes.profiles import read_scan
    from counter_tui.errors import ScanError

    profiles = settings.barcodes if settings else ()
    branch = settings.branch if settings else None
    try:
        reading = read_scan(line, profiles, branch)
    except ScanError as error:
        return False, _refused(number, line, error, as_json=as_json)
    fits = bool(reading.candidates) if profiles else reading.cover is None
    if as_json:
        return fits, _json(number, line, reading)
    return fits, _row(number, line, " / ".join(_meanings(reading, has_profiles=bool(profiles))))


def _refused(number: int, line: str, error: ScanError, *, as_json: bool) -> str:
    from counter_tui.wording import sentence

    if as_json:
        facts = {"line": number, "scan": line[:80], "error": type(error).__name__}
        return json.dumps(facts, ensure_ascii=False)
    return _row(number, line, sentence(error).head)


def _json(number: int, line: str, reading: Reading) -> str:
    facts: dict[str, Any] = {
        "line": number,
        "scan": line,
        "read": reading.as_read,
        "cover": reading.cover.value if reading.cover else None,
        "input_method": reading.corrected,
        "candidates": [
            {
                "number": each.number,
                "kinds": sorted(kind.value for kind in each.kinds),
                "profile": each.profile,
            }
            for each in reading.candidates
        ],
    }
    return json.dumps(facts, ensure_ascii=False)


def _meanings(reading: Reading, *, has_profiles: bool) -> Iterable[str]:
    from counter_tui.wording import cover_sentence

    yield from (_meaning(each) for each in reading.candidates)
    if not reading.candidates:
        if reading.cover is not None:
            yield cover_sentence(reading.cover)
        elif has_profiles:
            yield _("fits no profile; looked up as {number}").format(number=reading.as_read)
        else:
            yield _("no profiles; looked up as {number}").format(number=reading.as_read)
    if reading.corrected:
        yield _("The input method is on. The number was corrected.")


def _meaning(candidate: Candidate) -> str:
    kinds = ", ".join(_kind_word(kind) for kind in sorted(candidate.kinds, key=lambda k: k.value))
    return f"{kinds} {candidate.number}  [{candidate.profile}]"


def _kind_word(kind: Kind) -> str:
    return {
        "patron": pgettext("barcode", "library card"),
        "mobile": pgettext("barcode", "card on a phone"),
        "item": pgettext("barcode", "item"),
    }[kind.value]


def _row(number: int, line: str, said: str) -> str:
    from counter_tui.text import fit, plain

    return f"{number:5}  {fit(plain(line), _SHOWN_CELLS)}  {said}"
