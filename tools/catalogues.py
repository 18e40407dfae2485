"""Compile the language catalogues: every `locale/*/LC_MESSAGES/*.po` into one `counter_tui.mo`.

A language may be kept in several `.po` files, one a field of work; they are merged. Two of
them may hold the same sentence only with the same translation.

Run by the build (tools/build_hook.py) and by `make` when a source has changed. Compiled files
are not committed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

LOCALE_FOLDER: Final = Path(__file__).resolve().parent.parent / "counter_tui" / "locale"

DOMAIN: Final = "counter_tui"
"""Name of the compiled catalogue, as counter_tui/language.py asks for it."""


class CatalogueError(Exception):
    """A catalogue cannot be compiled; the text says which file and why."""


def merge(sources: list[Path], language: str) -> Catalog:
    """All messages of these `.po` files in one catalogue; fuzzy ones are left out.

    Raises:
        CatalogueError: a file is malformed, or two files translate a sentence differently.
    """
    merged = Catalog(locale=language, domain=DOMAIN, charset="utf-8")
    origin: dict[tuple[str | None, str], Path] = {}
    for source in sources:
        for message in _messages(source, language):
            singular = message.id if isinstance(message.id, str) else message.id[0]
            key = (message.context, singular)
            known = merged.get(message.id, message.context)
            if known is not None and known.string != message.string:
                raise CatalogueError(
                    f"{source}: {singular!r} is translated differently in {origin[key]}"
                )
            origin[key] = source
            merged.add(message.id, message.string, context=message.context)
    return merged


def _messages(source: Path, language: str) -> list[Message]:
    with source.open("rb") as file:
        try:
            catalogue = read_po(file, locale=language, domain=DOMAIN, abort_invalid=True)
        except PoFileError as error:
            raise CatalogueError(f"{source}: {error}") from error
    return [message for message in catalogue if message.id and message.string and not message.fuzzy]


def compile_all(locale_folder: Path = LOCALE_FOLDER) -> list[Path]:
    """Compile the catalogues of all languages; the compiled files.

    A program that runs meanwhile sees the old catalogue or the new one, never half of one.

    Raises:
        CatalogueError: see `merge`.
    """
    compiled: list[Path] = []
    for folder in sorted(locale_folder.glob("*/LC_MESSAGES")):
        sources = sorted(folder.glob("*.po"))
        if not sources:
            continue
        catalogue = merge(sources, folder.parent.name)
        target = folder / f"{DOMAIN}.mo"
        # Several processes may do this at once; each moves a whole file into its place.
        unfinished = target.with_suffix(f".{os.getpid()}.mo")
        with unfinished.open("wb") as file:
            write_mo(file, catalogue)
        unfinished.replace(target)
        compiled.append(target)
    return compiled


def main() -> int:
    """Compile; 0 when all is well, 1 with a sentence on standard error when not."""
    try:
        for target in compile_all():
            print(f"catalogue {target.relative_to(LOCALE_FOLDER.parent.parent)}")
    except CatalogueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
