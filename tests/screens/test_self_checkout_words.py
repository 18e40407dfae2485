"""What the self-checkout says: easy words for every trouble, in both languages, and drawn ones."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from counter_tui import errors, language
from counter_tui.desk.blocks import Block, BlockRule, Lifter, Stops
from counter_tui.errors import CounterError
from counter_tui.language import pgettext
from counter_tui.screens import self_checkout_words as words
from counter_tui.screens.drawn_words import DRAWN_WORDS
from counter_tui.screens.self_checkout_face import margin
from counter_tui.text import cells
from tests.screens.test_wording import ALL_ERRORS, _example

NEVER: tuple[str, ...] = ("失効", "照会", "無効", "利用者", "停止", "紛失", "登録", "暗証番号を")
"""Hard words, and what is not for the room."""

ROOM = 80 - 2 * margin(80)


@pytest.mark.parametrize("spoken", ["ja", "en"])
@pytest.mark.parametrize("kind", ALL_ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_is_told_in_few_easy_words(
    kind: type[CounterError], spoken: language.Language
) -> None:
    """At the card and at a book: a drawn word, and rows that fit at 80 columns."""
    language.speak(spoken)
    error = _example(kind)
    for said in (words.card_refused(error), words.item_refused(error, "12345678")):
        assert said.word in DRAWN_WORDS
        assert 1 <= len([said.head, *said.ways]) <= 3
        for sentence in (said.head, *said.ways):
            assert 0 < cells(sentence) <= ROOM
            assert not any(hard in sentence for hard in NEVER)
            assert "{" not in sentence


@pytest.mark.parametrize("rule", list(BlockRule))
def test_every_block_is_told_without_its_note(rule: BlockRule) -> None:
    """What staff wrote is for staff."""
    language.speak("ja")
    block = Block(
        rule, date(2026, 11, 1), Stops.LENDING, Lifter.STAFF_UNBLOCK, 3, "弁償の手続きが途中"
    )
    said = words.blocked(block)
    assert "弁償" not in "".join([said.head, *said.ways])


def test_a_stolen_card_reads_like_any_other_that_does_not_work() -> None:
    """Whoever holds it learns nothing; staff are alerted at the counter."""
    language.speak("ja")
    unlinked = errors.CardUnlinked(date(2026, 11, 1), errors.UnlinkReason.STOLEN, 1)
    assert words.card_refused(unlinked) == words.card_refused(errors.CardNotGenuine())


@pytest.mark.parametrize("spoken", ["ja", "en"])
def test_every_drawn_word_has_been_drawn(spoken: language.Language) -> None:
    """Beside the picture there is room for 48 dots; alone for 72."""
    language.speak(spoken)
    beside = ("LAY", "CARD", "PRESS", "ENTER", "TAKE", "DONE")
    for word in (*beside, "WELCOME", "WAIT", "AGAIN", "COUNTER"):
        dots = DRAWN_WORDS[pgettext("drawn", word)]
        assert len(dots[0]) <= (48 if word in beside else ROOM)
    assert pgettext("drawn, to be taken", "CARD") in DRAWN_WORDS
    assert all(digit in DRAWN_WORDS for digit in "0123456789")
    if spoken == "ja":
        assert pgettext("drawn", "books") in DRAWN_WORDS


def test_the_words_are_written_by_the_script() -> None:
    """Nobody has drawn one by hand: the module holds what tools/drawn_words.py lists."""
    script = (Path(__file__).parents[2] / "tools" / "drawn_words.py").read_text(encoding="utf-8")
    for word in DRAWN_WORDS:
        assert word in script or word.isdecimal()
