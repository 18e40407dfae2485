"""Compiling the language catalogues."""

from __future__ import annotations

import gettext
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from counter_tui import language
from tools.catalogues import CatalogueError, compile_all

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def _write(folder: Path, name: str, *messages: str) -> None:
    target = folder / "ja" / "LC_MESSAGES" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(HEADER + "\n\n".join(messages) + "\n", encoding="utf-8")


def _compiled(folder: Path) -> gettext.NullTranslations:
    compile_all(folder)
    return gettext.translation("counter_tui", folder, ["ja"])


def test_files_of_a_language_become_one_catalogue(tmp_path: Path) -> None:
    """Sentences, plurals and contexts from several files are all found."""
    _write(
        tmp_path,
        "desk.po",
        'msgid "Lent"\nmsgstr "貸出"',
        'msgctxt "lamp"\nmsgid "Reader"\nmsgstr "読取"',
    )
    _write(tmp_path, "card.po", 'msgid "%d try"\nmsgid_plural "%d tries"\nmsgstr[0] "残り%d回"')
    catalogue = _compiled(tmp_path)
    assert catalogue.gettext("Lent") == "貸出"
    assert catalogue.pgettext("lamp", "Reader") == "読取"
    assert catalogue.ngettext("%d try", "%d tries", 2) == "残り%d回"


def test_the_same_sentence_twice_agrees_or_is_refused(tmp_path: Path) -> None:
    """Two files may say the same; when they differ, both are named."""
    _write(tmp_path, "one.po", 'msgid "Lent"\nmsgstr "貸出"')
    _write(tmp_path, "two.po", 'msgid "Lent"\nmsgstr "貸出"')
    assert _compiled(tmp_path).gettext("Lent") == "貸出"
    _write(tmp_path, "two.po", 'msgid "Lent"\nmsgstr "貸し出し"')
    with pytest.raises(CatalogueError, match=r"two\.po: 'Lent' .*one\.po"):
        compile_all(tmp_path)


def test_several_processes_may_compile_at_once(tmp_path: Path) -> None:
    """As test workers do: each moves a whole file into its place, and nothing is left over."""
    _write(tmp_path, "one.po", 'msgid "Lent"\nmsgstr "貸出"')
    with ProcessPoolExecutor(4, get_context("spawn")) as workers:
        assert len(list(workers.map(compile_all, [tmp_path] * 200))) == 200
    assert _compiled(tmp_path).gettext("Lent") == "貸出"
    assert [path.name for path in tmp_path.rglob("*.mo*")] == ["counter_tui.mo"]


def test_sentences_in_doubt_are_left_out(tmp_path: Path) -> None:
    """An empty or fuzzy translation leaves the English sentence."""
    _write(tmp_path, "one.po", 'msgid "Lent"\nmsgstr ""', '#, fuzzy\nmsgid "Back"\nmsgstr "裏"')
    catalogue = _compiled(tmp_path)
    assert (catalogue.gettext("Lent"), catalogue.gettext("Back")) == ("Lent", "Back")


def test_a_malformed_file_is_named(tmp_path: Path) -> None:
    """A file that is no catalogue ends the build with its name."""
    _write(tmp_path, "one.po", "msgid Lent")
    with pytest.raises(CatalogueError, match=r"one\.po"):
        compile_all(tmp_path)


def test_every_sentence_of_the_program_is_in_the_japanese_catalogue() -> None:
    """In every room: screens, commands, templates of slips, settings, personas."""
    package = Path(language.__file__).parent
    keywords = {"_": None, "N_": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
    translated: set[tuple[str | None, str]] = set()
    for file in (package / "locale" / "ja").rglob("*.po"):
        with file.open("rb") as opened:
            for message in read_po(opened):
                if message.string:
                    translated.add((message.context, _first(message.id)))
    said = {
        (context, _first(message))
        for method, files in (
            ("python", package.rglob("*.py")),
            ("jinja2", (package / "desk" / "slip_templates").glob("*.xml")),
        )
        for file in files
        for _line, message, _comments, context in extract_from_file(method, file, keywords=keywords)
    }
    assert (None, "You need no PIN.") in said, "the sentences of templates were not found"
    assert len(said) > 300, "the sentences were not found"
    assert sorted(str(sentence) for sentence in said - translated) == []


def _first(message: str | list[str] | tuple[str, ...]) -> str:
    return message if isinstance(message, str) else message[0]
