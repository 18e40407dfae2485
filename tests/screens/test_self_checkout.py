"""The self-checkout, as patrons meet it: five steps, one button, and no way to anything else."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from counter_tui.clock import TOKYO
from counter_tui.screens.self_checkout_face import Step
from tests.support.escpos_decoder import texts
from tests.support.rig import NOON, Rig
from tests.support.self_checkout import AtSelfCheckout, at_self_checkout

PAPER = "file:paper.bin"
BOOKS = [f"{number:08}" for number in range(10294801, 10294821)]
LIBRARY_CARD = "12345678"
OTHER_LIBRARY_CARD = "12345679"
NOT_FOR_LOAN = "10299999"


async def library(rig: Rig) -> None:
    """Two linked cards, one patron with a library card alone, twenty books and some others."""
    await rig.enroll("adult", library_card_number=LIBRARY_CARD)
    await rig.enroll("two-pins", library_card_number=OTHER_LIBRARY_CARD)
    for number, barcode in enumerate(BOOKS, 1):
        rig.add_item(barcode, f"本 {number}")
    rig.add_item(NOT_FOR_LOAN, "戸田市史", not_for_loan=True)


def change(at: AtSelfCheckout, statement: str) -> None:
    """Change the store from outside, as another counter would."""
    with closing(sqlite3.connect(at.devices.settings.database_file, timeout=20)) as store, store:
        store.execute(statement)


# --------------------------------------------------------------------------- the five steps


async def test_the_notices_five_steps(tmp_path: Path) -> None:
    """Start, lay the card, read without a PIN, borrow, take the card; then the next person."""
    async with at_self_checkout(tmp_path, library, printer=PAPER) as at:
        assert "開　始" in at.text()
        await at.press("enter")
        assert at.is_at(Step.LAY)
        assert "ここに置く" in at.text()
        await at.lay("adult")
        assert at.is_at(Step.READ)
        assert "マイナンバーカード読取" in at.text()
        await at.press("enter")
        assert at.is_at(Step.ITEMS)
        await at.scan(*BOOKS[:3])
        text = at.text()
        assert "本 3" in text
        assert "12月 8日(火)まで" in text
        assert "あと 7冊 借りられます" in text
        await at.press("enter")
        assert at.is_at(Step.TAKE)
        text = at.text()
        assert "3冊 借りました" in text
        assert "12月8日(火)" in text
        assert "貸出券の期限" in text
        assert "紙を 取ってください" in text
        assert at.reminds()
        await at.take_off()
        assert at.is_at(Step.START)
        assert not at.reminds()
        assert at.loans() == BOOKS[:3]
        await at.until(lambda: bool(at.devices.printer.jobs))
    [job] = at.devices.printer.jobs
    assert any("本 3" in line for line in texts(job))


async def test_nobody_reads_who_is_borrowing(tmp_path: Path) -> None:
    """On no screen of a turn stand name, address, birth date or the library card's number."""
    async with at_self_checkout(tmp_path, library) as at:
        seen = [at.text()]
        await at.press("enter")
        await at.lay("adult")
        seen.append(at.text())
        await at.press("enter")
        await at.scan(BOOKS[0], NOT_FOR_LOAN)
        seen.append(at.text())
        await at.press("enter")
        await at.scan(OTHER_LIBRARY_CARD)
        seen.append(at.text())
        await at.press("escape")
        seen.append(at.text())
        await at.press("enter")
        seen.append(at.text())
        await at.take_off()
        seen.append(at.text())
    shown = "\n".join(seen)
    assert "本 1" in shown
    for personal in ("見本", "花子", "ミホン", "新曽", LIBRARY_CARD, "5678", OTHER_LIBRARY_CARD):
        assert personal not in shown


async def test_the_library_card_is_the_other_way_in(tmp_path: Path) -> None:
    """Scanned at the welcome, it opens its person; the end waits for the button, not for a card."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.scan(LIBRARY_CARD, BOOKS[0])
        assert at.is_at(Step.ITEMS)
        await at.press("enter")
        assert at.is_at(Step.TAKE)
        assert "はじめに もどる" in at.text()
        assert not at.reminds()
        await at.press("enter")
        assert at.is_at(Step.START)
        assert at.loans() == BOOKS[:1]


async def test_a_card_laid_down_at_the_welcome_is_the_start(tmp_path: Path) -> None:
    """Who does not press Start first is not sent back; nothing is read before the button."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.lay("adult")
        assert at.is_at(Step.READ)
        await at.press("enter")
        assert at.is_at(Step.ITEMS)


@pytest.mark.parametrize("wanted", ["attended", "auth-pin"])
async def test_a_card_that_cannot_prove_itself_is_sent_to_the_counter(
    tmp_path: Path, wanted: str
) -> None:
    """Nobody compares it with its person here, whatever the counters ask for; nothing is lent."""

    async def enrolled(rig: Rig) -> None:
        await library(rig)
        await rig.enroll("no-card-proof")

    async with at_self_checkout(tmp_path, enrolled, without_card_proof=wanted) as at:
        await at.lay("no-card-proof")
        await at.press("enter")
        assert not at.is_at(Step.ITEMS)
        assert "カウンター" in at.text()
        await at.scan(BOOKS[0])
        assert at.loans() == []


async def test_the_button_without_a_card_asks_for_it(tmp_path: Path) -> None:
    """Pressed too early, it says so and stays."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.press("enter", "enter")
        assert at.is_at(Step.LAY)
        assert "さきに カードを おいてください" in at.text()


async def test_the_bell_is_repeated_until_the_card_is_taken(tmp_path: Path) -> None:
    """The button does not end it, nor does a scan; the next person cannot begin."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.begin("adult")
        await at.scan(BOOKS[0])
        await at.press("enter", "enter")
        await at.scan(OTHER_LIBRARY_CARD, BOOKS[1])
        await at.wait_seconds(600)
        assert at.is_at(Step.TAKE)
        assert at.reminds()
        rung: list[int] = []
        at.app.bell = lambda: rung.append(1)  # type: ignore[method-assign]  # counted
        at.screen._bells.remind_again()
        at.screen._bells.remind_again()
        assert len(rung) == 2
        assert "カードを 取ってください" in at.text()
        assert at.loans() == BOOKS[:1]
        await at.take_off()
        assert at.is_at(Step.START)


async def test_esc_goes_one_step_back_and_after_a_loan_nowhere(tmp_path: Path) -> None:
    """With the first book the way back is closed, on the screen too."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.press("enter")
        assert "もどる Esc" in at.text()
        await at.press("escape")
        assert at.is_at(Step.START)
        assert "Esc" not in at.text()
        await at.begin("adult")
        await at.press("escape")
        assert at.is_at(Step.READ)
        await at.press("enter")
        await at.scan(BOOKS[0])
        assert "Esc" not in at.text()
        await at.press("escape")
        assert at.is_at(Step.ITEMS)
        assert at.loans() == BOOKS[:1]


async def test_esc_with_the_card_on_the_reader_says_that_it_is_to_be_taken(
    tmp_path: Path,
) -> None:
    """Nothing was borrowed; the card is not forgotten for that."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.press("enter")
        await at.lay("adult")
        await at.press("escape")
        assert at.is_at(Step.TAKE)
        assert "本は 借りていません" in at.text()
        assert at.reminds()


# ------------------------------------------------------------------------------- counting


async def test_the_number_of_books_is_compared(tmp_path: Path) -> None:
    """Fewer than lie there: it is said at once, and asked at the end; the button goes on."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.begin("adult")
        await at.scan(*BOOKS[:2], "3")
        assert "手もとの本 3冊" in at.text()
        assert "あと 1冊 あります" in at.text()
        await at.press("enter")
        assert "本は 3冊です。読み取ったのは 2冊です。" in at.text()
        await at.press("enter")
        await at.scan(BOOKS[2])
        assert "ぜんぶ 読み取りました" in at.text()
        await at.press("enter")
        assert at.is_at(Step.TAKE)
        assert at.loans() == BOOKS[:3]


async def test_who_has_counted_wrongly_ends_all_the_same(tmp_path: Path) -> None:
    """Esc at the question ends with what was read."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.begin("adult")
        await at.scan(BOOKS[0], "9")
        await at.press("enter", "escape")
        assert at.is_at(Step.TAKE)


# -------------------------------------------------------------------- what is not lent


async def test_twenty_scans_in_a_burst(tmp_path: Path) -> None:
    """All are lent in their order, and the last ones are shown."""
    async with at_self_checkout(tmp_path, library, loan_limit=30) as at:
        await at.begin("adult")
        await at.scan(*BOOKS)
        assert at.loans() == BOOKS
        assert "読み取った本 20冊のうち、おわりの 4冊" in at.text()
        assert "本 20" in at.text()


async def _unknown(rig: Rig) -> None:
    await library(rig)


async def _reserved(rig: Rig) -> None:
    await library(rig)
    other = await rig.register("under-15")
    rig.place_hold(BOOKS[0], other.id)


async def _elsewhere(rig: Rig) -> None:
    await library(rig)
    other = await rig.register("under-15")
    await rig.desk.lending.checkout(other.id, BOOKS[0])


async def _withdrawn(rig: Rig) -> None:
    await library(rig)
    rig.change("UPDATE item SET withdrawn = 1 WHERE barcode = ?", BOOKS[0])


@pytest.mark.parametrize(
    ("prepare", "barcode", "said"),
    [
        (_unknown, "99999999", "この本は、この機械で 借りられません。"),
        (_unknown, NOT_FOR_LOAN, "図書館の中で 読んでください。"),
        (_unknown, "9784003101018", "図書館の バーコードを 読み取ってください。"),
        (_unknown, "1" * 310, "もういちど 読み取ってください。"),
        (_reserved, BOOKS[0], "この本を 待っている人が います。"),
        (_elsewhere, BOOKS[0], "この本は 借りられません。"),
        (_withdrawn, BOOKS[0], "この本は 借りられません。"),
    ],
)
async def test_a_book_that_is_not_lent_stops_the_turn(
    tmp_path: Path, prepare: object, barcode: str, said: str
) -> None:
    """It is said in easy words; what is scanned meanwhile is counted and not lent."""
    async with at_self_checkout(tmp_path, prepare) as at:  # type: ignore[arg-type]  # as listed
        before = at.loans()
        await at.begin("adult")
        await at.scan(barcode, *BOOKS[1:3])
        assert said in at.text()
        assert "そのあとの 2冊は、もういちど 読み取ってください" in at.text()
        assert at.loans() == before
        await at.press("enter")
        await at.scan(BOOKS[1])
        assert at.loans() == [*before, BOOKS[1]]


async def test_the_limit(tmp_path: Path) -> None:
    """The book above it is laid aside; at the next visit the card is told at once."""
    async with at_self_checkout(tmp_path, library, loan_limit=2) as at:
        await at.begin("adult")
        await at.scan(*BOOKS[:3])
        assert "この本は、2冊まで 借りられます。" in at.text()
        await at.press("enter", "enter")
        await at.take_off()
        assert at.loans() == BOOKS[:2]
        await at.begin("adult")
        assert "もう 2冊 借りています。" in at.text()
        assert not at.is_at(Step.ITEMS)


async def test_the_same_book_twice_is_no_mistake(tmp_path: Path) -> None:
    """A remark, no stop; a book from an earlier visit is told with its due date."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.begin("adult")
        await at.scan(BOOKS[0], BOOKS[0])
        assert "この本は、もう 読み取りました" in at.text()
        await at.press("enter")
        await at.take_off()
        await at.begin("adult")
        await at.scan(BOOKS[0])
        assert "この本は、もう 借りています。12月8日(火)までです" in at.text()
        assert at.loans() == BOOKS[:1]


async def test_a_book_before_the_card_is_nobodys(tmp_path: Path) -> None:
    """It is asked for the card; nothing is lent."""
    async with at_self_checkout(tmp_path, library) as at:
        for keys in ((), ("enter",)):
            await at.press(*keys)
            await at.scan(BOOKS[0])
            assert "さきに カードを おいてください" in at.text()
        assert at.loans() == []


async def test_a_number_that_nobody_knows_before_the_card(tmp_path: Path) -> None:
    """It may have been misread: once more."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.scan("55555555")
        assert "その番号は わかりません" in at.text()


async def test_a_number_that_is_both_goes_to_the_counter(tmp_path: Path) -> None:
    """No machine guesses whose card is meant, or whether the book is."""

    async def both(rig: Rig) -> None:
        await library(rig)
        rig.add_item(OTHER_LIBRARY_CARD, "同じ番号の本")

    async with at_self_checkout(tmp_path, both) as at:
        await at.scan(OTHER_LIBRARY_CARD)
        assert "カウンターへ どうぞ。" in at.text()
        await at.press("enter")
        await at.begin("adult")
        await at.scan(OTHER_LIBRARY_CARD)
        assert "カウンターへ どうぞ。" in at.text()
        assert at.loans() == []


async def test_a_store_that_refuses_lends_nothing(tmp_path: Path) -> None:
    """The book is said not to be lent, and is not counted."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.begin("adult")
        await at.scan(BOOKS[0])
        change(
            at,
            "CREATE TRIGGER disk BEFORE INSERT ON loan BEGIN INSERT INTO nowhere VALUES (1); END",
        )
        await at.scan(BOOKS[1])
        assert "この本は、まだ 借りていません。" in at.text()
        await at.press("enter")
        assert "本 1" in at.text()
        assert "本 2" not in at.text()
        assert at.loans() == BOOKS[:1]


async def test_a_slip_that_cannot_be_queued_holds_nobody_up(tmp_path: Path) -> None:
    """The loans stand, the card is asked to be taken, and it is said that no slip comes."""
    async with at_self_checkout(tmp_path, library, printer=PAPER) as at:
        await at.begin("adult")
        await at.scan(BOOKS[0])
        change(at, "ALTER TABLE print_job RENAME TO print_job_elsewhere")
        await at.press("enter")
        assert at.is_at(Step.TAKE)
        assert "1冊 借りました" in at.text()
        assert "紙は 出ません" in at.text()


async def test_without_a_printer_it_is_said_that_there_is_no_slip(tmp_path: Path) -> None:
    """Nobody waits in front of a slot."""
    async with at_self_checkout(tmp_path, library, printer="none:") as at:
        await at.begin("adult")
        await at.scan(BOOKS[0])
        await at.press("enter")
        assert at.is_at(Step.TAKE)
        assert "紙は 出ません" in at.text()


async def test_a_printer_without_paper_holds_nobody_up(tmp_path: Path) -> None:
    """The turn ends as ever; the slip waits for paper, and nobody waits for the slip."""
    async with at_self_checkout(tmp_path, library, printer=PAPER) as at:
        at.devices.printer.paper_out = True
        await at.begin("adult")
        await at.scan(BOOKS[0])
        await at.press("enter")
        assert at.is_at(Step.TAKE)
        await at.until(lambda: "紙は、いま 出ません" in at.text())
        await at.take_off()
        assert at.is_at(Step.START)
        assert at.slips() == 1


async def test_a_card_that_lapses_during_the_turn_ends_it(tmp_path: Path) -> None:
    """At midnight nothing more is lent; what was lent stands, and its slip comes."""
    async with at_self_checkout(tmp_path, library, printer=PAPER) as at:
        await at.begin("adult")
        await at.scan(BOOKS[0])
        yesterday = NOON.astimezone(TOKYO).date() - timedelta(days=1)
        change(at, f"UPDATE patron SET expires_on = '{yesterday}'")  # noqa: S608  a date of ours
        await at.scan(BOOKS[1])
        assert "カードの期限が すぎています。" in at.text()
        await at.press("enter")
        assert at.is_at(Step.TAKE)
        assert at.loans() == BOOKS[:1]
        assert at.slips() == 1
