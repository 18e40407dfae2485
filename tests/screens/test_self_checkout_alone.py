"""The self-checkout left alone: who goes away, what keys cannot do, and the one way out."""

from __future__ import annotations

import logging
import string
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual import events

from counter_tui.desk.desk import Desk
from counter_tui.desk_app import OpenDesk, Report
from counter_tui.errors import StoreUnavailable
from counter_tui.screens.self_checkout import IDLE_AFTER_S
from counter_tui.screens.self_checkout_face import Step
from counter_tui.screens.self_checkout_staff import MOST_MISTAKES, PAUSE_S
from tests.screens.test_self_checkout import BOOKS, LIBRARY_CARD, library
from tests.support.escpos_decoder import texts
from tests.support.rig import Rig
from tests.support.self_checkout import CODE, AtSelfCheckout, at_self_checkout

PAPER = "file:paper.bin"

Reach = Callable[[AtSelfCheckout], Awaitable[None]]


# ---------------------------------------------------------------------------- going away


async def _at_card(at: AtSelfCheckout) -> None:
    await at.press("enter")


async def _at_read(at: AtSelfCheckout) -> None:
    await at.press("enter")
    await at.lay("adult")


async def _at_items(at: AtSelfCheckout) -> None:
    await at.scan(LIBRARY_CARD)


async def _with_a_loan(at: AtSelfCheckout) -> None:
    await at.scan(LIBRARY_CARD, BOOKS[0])


async def _with_card_and_loan(at: AtSelfCheckout) -> None:
    await at.begin("adult")
    await at.scan(BOOKS[0])


async def _at_a_stop(at: AtSelfCheckout) -> None:
    await at.scan(LIBRARY_CARD, BOOKS[0], "99999999")


async def _at_a_refused_card(at: AtSelfCheckout) -> None:
    await at.begin("felica")


async def _at_the_end(at: AtSelfCheckout) -> None:
    await at.scan(LIBRARY_CARD, BOOKS[0])
    await at.press("enter")


@pytest.mark.parametrize(
    ("reach", "ends_at", "slips"),
    [
        (_at_card, Step.START, 0),
        (_at_read, Step.TAKE, 0),
        (_at_items, Step.START, 0),
        (_with_a_loan, Step.START, 1),
        (_with_card_and_loan, Step.TAKE, 1),
        (_at_a_stop, Step.START, 1),
        (_at_a_refused_card, Step.TAKE, 0),
        (_at_the_end, Step.START, 1),
    ],
)
async def test_who_goes_away_leaves_nothing_open(
    tmp_path: Path, reach: Reach, ends_at: Step, slips: int
) -> None:
    """After a minute the turn ends; loans stay and their slip comes; a card is to be taken."""
    async with at_self_checkout(tmp_path, library, printer=PAPER) as at:
        await reach(at)
        loans = at.loans()
        await at.wait_seconds(IDLE_AFTER_S - 1)
        assert not at.is_at(Step.START)
        assert "あと 1秒" in at.text()
        await at.wait_seconds(1)
        assert at.is_at(ends_at)
        assert at.loans() == loans
        assert at.slips() == slips
        assert at.reminds() is (ends_at is Step.TAKE)


async def test_the_countdown_is_shown_from_45_seconds(tmp_path: Path) -> None:
    """Not earlier: nothing moves on a screen that is being used."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.press("enter")
        await at.wait_seconds(14)
        assert "秒" not in at.text()
        await at.wait_seconds(1)
        assert "あと 45秒" in at.text()
        await at.wait_seconds(15)
        assert "あと 30秒" in at.text()


@pytest.mark.parametrize("touch", ["x", "left", "ctrl+b", "f7", "escape"])
async def test_any_key_starts_the_minute_anew(tmp_path: Path, touch: str) -> None:
    """Also one that does nothing else."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.scan(LIBRARY_CARD, BOOKS[0])
        await at.wait_seconds(50)
        assert "あと 10秒" in at.text()
        await at.press(touch)
        assert "秒" not in at.text()
        await at.wait_seconds(50)
        assert at.is_at(Step.ITEMS)


async def test_the_welcome_waits_without_end(tmp_path: Path) -> None:
    """Nothing is counted down where nobody is."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.wait_seconds(10_000)
        assert at.is_at(Step.START)
        assert "秒" not in at.text()


# ------------------------------------------------------------------------------------ keys


_KEYS = [
    *(f"ctrl+{letter}" for letter in string.ascii_lowercase if letter not in "jmx"),
    *(f"f{number}" for number in range(1, 25)),
    *("tab", "shift+tab", "insert", "delete", "home", "end", "pageup", "pagedown"),
    *("up", "down", "left", "right", "ctrl+@", "ctrl+\\", "ctrl+]", "ctrl+^", "ctrl+_"),
    *("shift+f10", "alt+f4", "ctrl+pageup", "ctrl+space", "menu"),
]


@pytest.mark.parametrize("reach", [None, _at_read, _with_a_loan, _at_a_stop, _at_the_end])
async def test_no_key_leads_to_anything_of_staffs(tmp_path: Path, reach: Reach | None) -> None:
    """Every control and function key, on every kind of screen: the screen stays as it was."""
    async with at_self_checkout(tmp_path, library) as at:
        if reach is not None:
            await reach(at)
        before = at.text()
        at.stopwatch.seconds += 1
        for key in _KEYS:
            at.app.post_message(events.Key(key, None))
        await at.settle()
        assert at.text() == before
        assert at.app.screen is at.screen
        assert not at.app._exit


@pytest.mark.parametrize("command", ["/1", "/4", "/9", "/help", "/links", "/monthly", "/"])
async def test_no_command_barcode_leads_there(tmp_path: Path, command: str) -> None:
    """Those of the counter are unknown numbers here."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.scan(command)
        assert "その番号は わかりません" in at.text()
        assert at.is_at(Step.START)


async def test_the_confirm_barcode_is_the_button(tmp_path: Path) -> None:
    """Where there is no key at all, a scanner is enough."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.scan(LIBRARY_CARD, "99999999")
        at.stopwatch.seconds += 1
        await at.scan("/ok")
        await at.scan(BOOKS[0])
        assert at.loans() == BOOKS[:1]


async def test_five_megabytes_pasted(tmp_path: Path) -> None:
    """Neither taken for a number nor shown; the machine goes on."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.scan(LIBRARY_CARD)
        at.app.post_message(events.Paste("9" * 5_000_000))
        await at.settle()
        assert "99" not in at.text()
        await at.scan(BOOKS[0])
        assert at.loans() == BOOKS[:1]


async def test_what_is_typed_is_not_read_by_the_room(tmp_path: Path) -> None:
    """A library card's number is marks from its third digit on; a number of books is seen."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.press(*LIBRARY_CARD[:5])
        assert LIBRARY_CARD[:3] not in at.text()
        assert "＊" * 5 in at.text()
        await at.press(*["backspace"] * 5)
        await at.press("7")
        assert "7" in at.rows()[22]


async def test_a_window_that_is_too_small(tmp_path: Path) -> None:
    """One sentence; in a larger one the turn stands where it stood."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.scan(LIBRARY_CARD, BOOKS[0])
        await at.pilot.resize_terminal(60, 20)
        await at.settle()
        assert "80" in at.text()
        assert "本 1" not in at.text()
        await at.scan(BOOKS[1])
        await at.pilot.resize_terminal(80, 24)
        await at.settle()
        assert "本 2" in at.text()
        assert at.loans() == BOOKS[:2]


# --------------------------------------------------------------------------------- the end


async def test_the_staff_code_ends_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Masked while it is typed, in no log; whoever is borrowing gets the slip."""
    caplog.set_level(logging.DEBUG)
    async with at_self_checkout(tmp_path, library, printer=PAPER) as at:
        await at.scan(LIBRARY_CARD, BOOKS[0])
        await at.press("ctrl+x")
        await at.press(*CODE)
        assert CODE[:1] + CODE[1:2] not in at.rows()[22]
        assert "＊" * len(CODE) in at.text()
        await at.press("enter")
        await at.until(lambda: at.app._exit)
    [job] = at.devices.printer.jobs
    assert any("本 1" in line for line in texts(job))
    assert CODE not in caplog.text
    assert CODE not in repr(at.devices.settings)


async def test_a_wrong_code_ends_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """After three nobody is asked for a minute; what was typed is in no log."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.press("ctrl+x")
        for _mistake in range(MOST_MISTAKES):
            assert "職員の番号" in at.text()
            await at.scan("9753")
        assert "職員の番号" not in at.text()
        await at.press("ctrl+x")
        await at.scan(CODE)
        assert not at.app._exit
        at.stopwatch.seconds += PAUSE_S
        await at.press("ctrl+x")
        await at.scan(CODE)
        await at.until(lambda: at.app._exit)
    assert "wrong staff code, 3 in a row" in caplog.text
    assert "9753" not in caplog.text


async def test_the_question_for_the_code_goes_away_by_itself(tmp_path: Path) -> None:
    """By Esc, or after a minute; what was typed there is forgotten, and no scan is lent there."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.scan(LIBRARY_CARD, BOOKS[0])
        await at.press("ctrl+x", *"24", "escape")
        assert "本 1" in at.text()
        assert "＊" not in at.text()
        await at.press("ctrl+x")
        await at.scan(BOOKS[1])
        await at.wait_seconds(IDLE_AFTER_S)
        assert at.is_at(Step.START)
        assert at.loans() == BOOKS[:1]
        assert at.slips() == 1


async def test_a_book_scanned_at_the_question_is_a_book(tmp_path: Path) -> None:
    """Who came there by mistake loses no scan: what is longer than a code goes on to the turn."""

    async def with_a_long_number(rig: Rig) -> None:
        await library(rig)
        rig.add_item("1029480001", "長い番号の本")

    async with at_self_checkout(tmp_path, with_a_long_number) as at:
        await at.scan(LIBRARY_CARD)
        await at.press("ctrl+x")
        await at.scan("1029480001")
        assert at.loans() == ["1029480001"]
        assert "長い番号の本" in at.text()


async def test_control_characters_pasted(tmp_path: Path) -> None:
    """Without them it might be another number: once more, in easy words."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.scan(LIBRARY_CARD)
        at.app.post_message(events.Paste(f"{BOOKS[0][:4]}\x07{BOOKS[0][4:]}\n"))
        await at.settle()
        assert "もういちど 読み取ってください" in at.text()
        assert at.loans() == []


async def test_without_a_code_no_key_ends_it(tmp_path: Path) -> None:
    """^X does nothing at all."""
    async with at_self_checkout(tmp_path, library, staff_code="") as at:
        before = at.text()
        await at.press("ctrl+x")
        await at.scan("")
        assert "職員" not in at.text()
        assert not at.app._exit
        await at.press("escape")
        assert at.text() == before


async def test_a_store_that_cannot_be_opened(tmp_path: Path) -> None:
    """It is said whom to ask; when the store is there, the button begins."""
    is_away = True

    def opens(open_desk: OpenDesk) -> OpenDesk:
        async def attempt(report: Report) -> Desk:
            if is_away:
                raise StoreUnavailable
            return await open_desk(report)

        return attempt

    async with at_self_checkout(tmp_path, library, opens=opens) as at:
        assert "いま、この機械で 本を 借りられません。" in at.text()
        await at.press("enter", "enter")
        assert "いま、この機械で 本を 借りられません。" in at.text()
        is_away = False
        await at.press("enter")
        await at.begin("adult")
        await at.scan(BOOKS[0])
        assert at.loans() == BOOKS[:1]


async def test_a_restart_keeps_what_was_lent(tmp_path: Path) -> None:
    """The next program begins at the welcome, and knows the loans of the one that was killed."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.scan(LIBRARY_CARD, BOOKS[0])
    async with at_self_checkout(tmp_path) as at:
        assert at.is_at(Step.START)
        await at.scan(LIBRARY_CARD, BOOKS[0])
        assert "この本は、もう 借りています。" in at.text()
        assert at.loans() == BOOKS[:1]


# ------------------------------------------------------------------------------------ looks


@pytest.mark.parametrize(
    ("size", "look"),
    [
        ((80, 24), "auto"),
        ((80, 24), "sixteen"),
        ((80, 24), "plain"),
        ((100, 30), "auto"),
        ((120, 36), "auto"),
    ],
)
async def test_every_row_is_exactly_as_wide_as_the_terminal(
    tmp_path: Path, size: tuple[int, int], look: str
) -> None:
    """On every kind of screen; the button's word, and what is to be done, are seen whole."""
    async with at_self_checkout(tmp_path, library, size=size, look=look) as at:

        def looks_right(*words: str) -> None:
            rows = at.rows()
            assert len(rows) == size[1]
            for row in rows:
                assert sum(2 if ord(c) > 0x2E7F else 1 for c in row) == size[0]
            assert all(word in at.text() for word in words)

        looks_right("開　始", "暗証番号は、要りません")
        await at.press("enter")
        looks_right("ここに置く", "もどる Esc")
        await at.lay("adult")
        looks_right("マイナンバーカード読取")
        await at.press("enter")
        await at.scan(*BOOKS[:5], "9")
        looks_right("おわる", "あと 5冊 借りられます", "手もとの本 9冊")
        await at.scan("99999999")
        looks_right("わかりました", "この本は、わきに おいてください。")
        await at.press("enter", "enter", "escape")
        looks_right("5冊 借りました", "カードを 取ってください")


async def test_it_is_light_unless_the_settings_say_otherwise(tmp_path: Path) -> None:
    """Paper for patrons, whatever the staff terminal takes."""
    async with at_self_checkout(tmp_path) as at:
        assert at.app.look.name == "paper"
    async with at_self_checkout(tmp_path, look="night") as at:
        assert at.app.look.name == "night"
