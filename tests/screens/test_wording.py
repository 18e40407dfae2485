"""Every error has its sentence, and every sentence stands in the catalogue."""

from __future__ import annotations

import inspect
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import counter_tui
from counter_tui import errors, language
from counter_tui.desk.devices import Device, Trouble
from counter_tui.errors import CounterError, PinKind, UnlinkReason
from counter_tui.wording import Wording, field_name, lamp_name, sentence, trouble_word

PACKAGE = Path(counter_tui.__file__).parent
KEYWORDS: Any = {"_": None, "N_": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}

BASES = {
    errors.CounterError,
    errors.CardError,
    errors.IdentityError,
    errors.ItemError,
    errors.StoreError,
    errors.PrinterError,
}


def _all(kind: type[CounterError]) -> Iterator[type[CounterError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _all(narrower)


ALL_ERRORS = sorted(
    {kind for kind in _all(CounterError) if kind.__module__.startswith(errors.__name__)},
    key=lambda kind: kind.__name__,
)


def _example(kind: type[CounterError]) -> CounterError:
    """An error of this class with plausible facts, by the types of its parameters."""
    values: dict[object, object] = {
        str: "戸田市史",
        int: 2,
        date: date(2026, 11, 20),
        datetime: datetime(2026, 11, 20, tzinfo=UTC),
        PinKind: PinKind.AUTH,
        errors.CsvTrouble: errors.CsvTrouble.EMPTY,
        UnlinkReason: UnlinkReason.LOST,
        errors.ExtensionRefusal: errors.ExtensionRefusal.OVERDUE,
        Path: Path("settings.toml"),
    }
    if kind.__init__ is Exception.__init__:
        return kind()
    hints = get_type_hints(kind.__init__)
    arguments = [
        values.get(hints[name], "x")
        for name, parameter in inspect.signature(kind).parameters.items()
        if parameter.default is inspect.Parameter.empty and name in hints
    ]
    return kind(*arguments)


@pytest.mark.parametrize("spoken", ["ja", "en"])
@pytest.mark.parametrize("kind", ALL_ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_has_a_sentence(kind: type[CounterError], spoken: language.Language) -> None:
    """No class falls back to the general sentence, except the base itself."""
    language.speak(spoken)
    wording = sentence(_example(kind))
    assert wording.head
    if kind is not CounterError:
        assert wording.head != sentence(CounterError()).head
    assert len(wording.to_do) <= 3
    assert "{" not in "".join([wording.head, wording.kept, *wording.to_do])


def test_concrete_errors_do_not_share_a_sentence_by_accident() -> None:
    """Errors that staff act on differently read differently."""
    heads: dict[str, list[str]] = {}
    for kind in ALL_ERRORS:
        # A narrower error may be told as the concrete one above it.
        if kind not in BASES and kind.__base__ in BASES:
            heads.setdefault(sentence(_example(kind)).head, []).append(kind.__name__)
    shared = sorted(sorted(names) for names in heads.values() if len(names) > 1)
    assert shared == [
        ["PlatformUnreachable", "StatusUnknown"],
        ["PrinterSilent", "PrinterUnreachable"],
        ["UnknownCode", "UnknownItem"],
    ]


def test_an_error_of_a_new_class_is_told_as_its_base() -> None:
    """A class that has no sentence of its own takes that of the nearest one that has."""

    class NewCardError(errors.CardUnreadable):
        pass

    assert sentence(NewCardError("READ")) == sentence(errors.CardUnreadable("READ"))


def test_every_lamp_and_every_trouble_has_a_word() -> None:
    """No key is missing in the tables of the status line."""
    assert all(lamp_name(device) for device in Device)
    assert all(trouble_word(trouble) for trouble in Trouble)
    assert field_name("birth_date") == "生年月日"


def test_wording_is_a_value() -> None:
    """Two errors of one kind with the same facts are told alike."""
    assert sentence(errors.NoCard()) == sentence(errors.NoCard())
    assert isinstance(sentence(errors.NoCard()), Wording)


def _catalogues() -> Iterator[tuple[str, str]]:
    for source in sorted((PACKAGE / "locale").glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as file:
            for message in read_po(file):
                if not message.id:
                    continue
                for texts in (message.id, message.string):
                    several = (texts,) if isinstance(texts, str) else texts or ()
                    yield from ((source.name, text) for text in several)


def test_no_sentence_holds_a_character_of_ambiguous_width() -> None:
    """What is one cell here and two there moves the layout: none stands in a catalogue."""
    ambiguous = [
        (name, text)
        for name, text in _catalogues()
        if any(unicodedata.east_asian_width(character) == "A" for character in text)
    ]
    assert ambiguous == []


def _said(folder: Path) -> Iterator[tuple[str | None, str]]:
    for file, _line, message, _comments, context in extract_from_dir(folder, keywords=KEYWORDS):
        if not file.startswith(("screens", "app.py", "desk_app.py", "wording")):
            continue
        singular = message if isinstance(message, str) else message[0]
        yield context, singular


def test_every_sentence_of_screens_and_errors_is_in_japanese() -> None:
    """No English sentence is left where staff work in Japanese."""
    known: set[tuple[str | None, str]] = set()
    for source in (PACKAGE / "locale" / "ja" / "LC_MESSAGES").glob("*.po"):
        with source.open("rb") as file:
            for message in read_po(file):
                singular = message.id if isinstance(message.id, str) else message.id[0]
                if message.string and singular:
                    known.add((message.context, singular))
    missing = sorted({key for key in _said(PACKAGE) if key not in known}, key=str)
    assert missing == []
