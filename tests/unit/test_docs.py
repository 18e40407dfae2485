"""The staff's pages and their pictures: what they name is there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from textual.binding import Binding

from counter_tui.hardware.receipt_encoding import PAPER_COLUMNS
from counter_tui.screens.commands import BARCODES
from counter_tui.screens.counter_screen import CounterScreen
from tools.catalogues import LOCALE_FOLDER, merge
from tools.scenes import SCENES

ROOT: Final = Path(__file__).resolve().parents[2]
PICTURES: Final = ROOT / "docs/pictures"
STAFF: Final = sorted((ROOT / "docs/staff").glob("*.md"))

MADE: Final = [name for scene in SCENES for name in scene.pictures()]
SLIPS: Final = {f"slip-{columns}" for columns in PAPER_COLUMNS}
"""Drawn by `tools/slip_pictures.py`, dot by dot."""

MOST_BYTES: Final = 40_000
"""Of one picture: all of them lie in the repository, in each version."""

_VALUE: Final = re.compile(r"\\\{\w+\\\}|%[ds]")
"""What stands in an escaped sentence for a value."""

ANSWERS: Final = {"/ok", "/no"}
"""Command barcodes for Enter and Esc."""


def _named_pictures() -> set[str]:
    """What any page shows out of `docs/pictures`."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    return {
        name
        for page in pages
        for name in re.findall(r"\]\([^)]*pictures/([\w-]+)\.png\)", page.read_text("utf-8"))
    }


def _keys() -> set[str]:
    """The keys of the counter, as the footer writes them."""
    bound = [each for each in CounterScreen.BINDINGS if isinstance(each, Binding)]
    keys = [key for each in bound for key in each.key.split(",")]
    return {key.replace("ctrl+", "^").upper() for key in keys}


@cache
def _sentences() -> re.Pattern[str]:
    """All that the screens say in Japanese, with anything in the place of a value."""
    sources = sorted((LOCALE_FOLDER / "ja/LC_MESSAGES").glob("*.po"))
    texts: list[str] = []
    for message in merge(sources, "ja"):
        translated = message.string or ""
        texts += [translated] if isinstance(translated, str) else translated
    return re.compile("|".join(_VALUE.sub(".+", re.escape(text)) for text in texts if text))


def test_every_picture_is_there_and_is_shown() -> None:
    """A page names what lies in the folder, and nothing lies there that no page names."""
    assert _named_pictures() == {path.stem for path in PICTURES.glob("*.png")}


def test_every_picture_is_made_by_a_scene() -> None:
    """One scene each: `make pictures` makes all of them anew, and no two write the same file."""
    assert sorted([*MADE, *SLIPS]) == sorted(path.stem for path in PICTURES.glob("*.png"))
    assert len({scene.name for scene in SCENES}) == len(SCENES)


def test_pictures_are_small() -> None:
    """So that a page opens at once on a slow line."""
    sizes = {path.name: path.stat().st_size for path in PICTURES.glob("*.png")}
    assert {name: size for name, size in sizes.items() if size > MOST_BYTES} == {}


@pytest.mark.parametrize("page", STAFF, ids=lambda page: page.stem)
def test_pages_name_keys_that_the_counter_has(page: Path) -> None:
    """Function keys, control keys and command barcodes, wherever they stand."""
    text = page.read_text("utf-8")
    named = set(re.findall(r"(?<![A-Za-z0-9])F\d{1,2}(?!\d)", text))
    named |= {f"^{letter}" for letter in re.findall(r"(?:\^|Ctrl\+)([A-Z])", text)}
    assert named - _keys() == set()
    assert set(re.findall(r"`(/\w+)`", text)) - {*BARCODES, *ANSWERS} == set()


@pytest.mark.parametrize("page", STAFF, ids=lambda page: page.stem)
def test_pages_quote_what_the_screens_say(page: Path) -> None:
    """What stands in 「 」 on the staff's pages can be read on a screen, word for word."""
    quoted = re.findall(r"「([^」]+)」", page.read_text("utf-8"))
    assert [text for text in quoted if _sentences().fullmatch(text) is None] == []


def test_every_page_is_in_the_index() -> None:
    """The first page leads to each of the others."""
    index = (ROOT / "docs/staff/README.md").read_text("utf-8")
    others = [page.name for page in STAFF if page.name != "README.md"]
    assert len(others) > 8
    assert [name for name in others if f"]({name})" not in index] == []
