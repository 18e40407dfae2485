"""Extending what is on the card, undoing what was done last, and what a turn does with Enter."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from counter_tui.desk.blocks import BlockRule
from counter_tui.library_rules import Calendar, LoanTerms
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from tests.support.counter import AtCounter, at_counter
from tests.support.rig import Rig

CARD = "2000000900"
OTHER_CARD = "2000000901"
BOOKS = [f"{number:08}" for number in range(10294801, 10294807)]
SIZES = [(80, 24), (120, 36)]

EARLIER = (
    "INSERT INTO loan (item_id, patron_id, lent_at, due_on, lent_by_id, lent_at_counter_id)"
    " SELECT item.id, patron.id, '2026-11-17 03:00:00', '{due}', operator.id, counter.id"
    " FROM item, patron, operator, counter"
    " WHERE barcode = '{item}' AND library_card_number = '{card}' LIMIT 1"
)


async def _library(rig: Rig) -> None:
    await rig.register("adult", library_card_number=CARD)
    await rig.register("two-pins", library_card_number=OTHER_CARD)
    for number, barcode in enumerate(BOOKS, 1):
        rig.add_item(barcode, f"本 {number}")
    # Whoever registers is a row by then, and so is the counter.
    rig.change(EARLIER.format(item=BOOKS[0], card=CARD, due="2026-12-01"))


def _due(at: AtCounter, barcode: str) -> str:
    loans = at.devices.rows_of(
        "SELECT barcode, due_on FROM loan JOIN item ON item.id = loan.item_id"
        " WHERE returned_at IS NULL"
    )
    return next(str(due) for number, due in loans if number == barcode)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("confirm", [("enter",), ("/", "o", "k", "enter")])
async def test_enter_extends_what_is_on_the_card_already(
    tmp_path: Path, size: tuple[int, int], confirm: tuple[str, ...]
) -> None:
    """A caution offers it with the new date; Enter, or the barcode for yes, extends."""
    async with at_counter(tmp_path, _library, size=size) as at:
        await at.scan(CARD, BOOKS[0])
        assert "もう借りています。延長はEnter" in at.said()
        assert "12月8日(火)まで延長" in at.said()
        await at.press(*confirm)
        assert _due(at, BOOKS[0]) == "2026-12-08"
        assert "延長   本 1" in at.text()
        assert "12月8日(火)まで" in at.text()
        assert "きょうの貸出 0冊  延長 1冊" in at.text()


@pytest.mark.parametrize("decline", [("escape",), ("/", "n", "o", "enter")])
async def test_escape_leaves_the_loan_as_it_is(tmp_path: Path, decline: tuple[str, ...]) -> None:
    """Esc, or the barcode for no; nothing was extended."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(CARD, BOOKS[0])
        await at.press(*decline)
        assert not at.counter.is_locked
        assert _due(at, BOOKS[0]) == "2026-12-01"
        assert at.job(LendingJob).loans == []


async def test_an_extended_loan_stands_on_the_slip(tmp_path: Path) -> None:
    """With what was lent beside it, on one slip."""
    async with at_counter(tmp_path, _library, printer="file:paper.bin") as at:
        await at.scan(CARD, BOOKS[1], BOOKS[0])
        await at.press("enter")
        await at.press("enter")
        at.job(HomeJob)
        assert at.devices.rows_of("SELECT count(*), count(DISTINCT slip_id) FROM loan") == [(2, 1)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE loan SET due_on = '2026-11-20'", "延滞のため延長できません"),
        (
            "INSERT INTO hold (item_id, patron_id, placed_at, pickup_branch_id)"
            " SELECT item.id, patron.id, '2026-11-20 03:00:00', branch.id"
            " FROM item, patron, branch WHERE barcode = '10294801'"
            " AND library_card_number = '2000000901' LIMIT 1",
            "予約があるため延長できません",
        ),
        (
            "UPDATE loan SET extended_at = '2026-11-20 03:00:00',"
            " due_before_extension = '2026-11-25'",
            "すでに一度延長しています",
        ),
    ],
)
async def test_a_loan_that_cannot_be_extended_says_why(
    tmp_path: Path, change: str, said: str
) -> None:
    """Overdue, reserved, or extended before: one banner, and its Enter extends nothing."""
    async with at_counter(tmp_path, _library) as at:
        at.devices.change(change)
        before = _due(at, BOOKS[0])
        await at.scan(CARD, BOOKS[0])
        assert "もう借りています" in at.said()
        assert said in at.said()
        assert "延長はEnter" not in at.said()
        await at.press("enter")
        assert not at.counter.is_locked
        assert _due(at, BOOKS[0]) == before


async def test_escape_undoes_the_last_loan_when_staff_say_so(tmp_path: Path) -> None:
    """It asks with the title; yes takes the loan back, and the next Esc asks for the one before."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(CARD, BOOKS[1], BOOKS[2])
        await at.press("escape")
        assert "この貸出を取り消しますか" in at.text()
        assert "本 3" in at.text()
        await at.press("escape")
        assert len(at.job(LendingJob).loans) == 2
        await at.press("escape")
        await at.press("enter")
        assert [loan.item_barcode for loan in at.job(LendingJob).loans] == [BOOKS[1]]
        assert "取消   本 3" in at.text()
        assert "手もと 2 /" in at.text(), "the book of another day, and one of now"
        await at.press("escape")
        assert "本 2" in at.text()
        await at.press("/", "o", "k", "enter")
        assert at.devices.rows_of("SELECT count(*) FROM loan") == [(1,)]
        await at.press("escape")
        assert "取り消すものはありません" in at.text()


async def test_undoing_an_extension_gives_the_old_date_back(tmp_path: Path) -> None:
    """The loan of another day stays; of a loan of today the extension goes first."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(CARD, BOOKS[0])
        await at.press("enter")
        await at.press("escape")
        assert "この延長を取り消しますか" in at.text()
        await at.press("enter")
        assert _due(at, BOOKS[0]) == "2026-12-01"
        assert at.job(LendingJob).loans == []


async def test_a_loan_that_was_returned_elsewhere_leaves_the_list(tmp_path: Path) -> None:
    """Another counter took it back meanwhile: undoing says so, and nothing is undone twice."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(CARD, BOOKS[1])
        at.devices.change(
            "UPDATE loan SET returned_at = '2026-11-24 03:00:00', returned_on = '2026-11-24'"
            " WHERE item_id = (SELECT id FROM item WHERE barcode = '10294802')"
        )
        await at.press("escape")
        await at.press("enter")
        assert "この貸出は終わっています" in at.text()
        await at.press("enter")
        assert at.job(LendingJob).loans == []


async def test_the_card_that_was_taken_leaves_a_mark(tmp_path: Path) -> None:
    """The patron stays; beside the name stands that the card is not there."""

    async def prepare(rig: Rig) -> None:
        await rig.enroll("adult")
        rig.add_item(BOOKS[0])

    async with at_counter(tmp_path, prepare) as at:
        await at.lay("adult")
        assert " 離 " not in at.text()
        await at.take_off()
        assert " 離 " in at.text()
        await at.scan(BOOKS[0])
        assert len(at.job(LendingJob).loans) == 1
        await at.lay("adult")
        assert " 離 " not in at.text()


async def test_an_enter_at_the_moment_a_card_opens_somebody_ends_nobody(tmp_path: Path) -> None:
    """It was meant for what stood there before; a second later it ends the patron."""

    async def prepare(rig: Rig) -> None:
        await rig.enroll("adult")

    async with at_counter(tmp_path, prepare, printer="file:paper.bin") as at:
        await at.lay("adult")
        await at.take_off()
        await at.scan("")
        at.job(LendingJob)
        at.stopwatch.seconds += 1.1
        await at.scan("")
        at.job(HomeJob)


async def test_an_enter_right_after_a_loan_ends_the_patron(tmp_path: Path) -> None:
    """Something was lent: whoever presses Enter has seen whose turn it is."""

    async def prepare(rig: Rig) -> None:
        await rig.enroll("adult")
        rig.add_item(BOOKS[0])

    async with at_counter(tmp_path, prepare, printer="file:paper.bin") as at:
        await at.lay("adult")
        await at.take_off()
        await at.scan(BOOKS[0], "")
        at.job(HomeJob)


async def test_kinds_have_limits_of_their_own(tmp_path: Path) -> None:
    """The fourth CD stops, with its kind named; a book goes on."""

    async def prepare(rig: Rig) -> None:
        await _library(rig)
        for number in range(1, 4):
            rig.add_item(f"2029480{number}", f"CD {number}", kind="CD・DVD")

    terms = (LoanTerms(kind="CD・DVD", days=7, limit=2),)
    async with at_counter(tmp_path, prepare, loan_rules=terms) as at:
        await at.scan(CARD, "20294801", "20294802", "20294803")
        assert "CD・DVDの上限2点です" in at.said()
        assert at.counter.is_locked
        await at.press("enter")
        await at.scan(BOOKS[1])
        assert len(at.job(LendingJob).loans) == 3


async def test_a_due_date_moves_off_a_closed_day(tmp_path: Path) -> None:
    """8 December is closed here: the screen says the 9th."""
    closed = Calendar(closed_weekdays=frozenset({1}))
    async with at_counter(tmp_path, _library, calendar=closed) as at:
        await at.scan(CARD, BOOKS[1])
        assert "12月9日(水)まで" in at.rows()[18]


async def test_a_patron_who_lapses_in_the_middle_is_stopped_at_the_next_scan(
    tmp_path: Path,
) -> None:
    """Midnight passes on the last day of the validity: what was lent stands, no more is, and
    the turn ends with its slip."""

    async def prepare(rig: Rig) -> None:
        await _library(rig)
        rig.change("UPDATE patron SET expires_on = '2026-11-24'")

    late = datetime(2026, 11, 24, 14, 59, tzinfo=UTC)
    async with at_counter(tmp_path, prepare, on=late, printer="file:paper.bin") as at:
        await at.scan(CARD, BOOKS[1])
        at.devices.clock.instant = datetime(2026, 11, 24, 15, 1, tzinfo=UTC)
        await at.scan(BOOKS[2])
        assert "11月24日" in at.said()
        assert at.counter.is_locked
        assert len(at.job(LendingJob).loans) == 1
        await at.press("enter", "enter")
        at.job(HomeJob)
        slips = "SELECT count(*) FROM print_job WHERE kind = 'checkout'"
        assert at.devices.rows_of(slips) == [(1,)]


async def test_a_clock_that_was_set_back_lends_all_the_same(tmp_path: Path) -> None:
    """The loan is due from the day that the clock tells; nothing breaks."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(CARD, BOOKS[1])
        at.devices.clock.instant = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
        await at.scan(BOOKS[2])
        assert _due(at, BOOKS[2]) == "2026-12-04"
        assert "12月4日(金)まで" in at.rows()[18]


@pytest.mark.parametrize("size", SIZES)
async def test_a_title_of_three_hundred_characters_leaves_the_due_date(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    """It is cut in the answer and in the list; the date stands at the right edge of both."""

    async def prepare(rig: Rig) -> None:
        await _library(rig)
        rig.add_item("30294801", "長" * 300)

    async with at_counter(tmp_path, prepare, size=size) as at:
        await at.scan(CARD, "30294801")
        rows = [row.rstrip() for row in at.rows() if "長長" in row]
        assert len(rows) == 2
        assert all(row.endswith(("12月 8日(火)", "12月8日(火)まで")) for row in rows)


async def test_five_megabytes_pasted_while_lending_lend_nothing(tmp_path: Path) -> None:
    """The rest is told, not read; the patron stays and the next scan is lent."""
    from textual import events

    async with at_counter(tmp_path, _library) as at:
        await at.scan(CARD)
        at.app.post_message(events.Paste("9" * 5_000_000))
        await at.settle()
        assert at.job(LendingJob).loans == []
        await at.scan(BOOKS[1])
        assert len(at.job(LendingJob).loans) == 1


async def test_an_item_lent_to_another_says_to_return_it_first(tmp_path: Path) -> None:
    """停止, with the title; nobody's name."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(OTHER_CARD, BOOKS[0])
        assert "先に返却" in at.said()
        assert "本1" in at.said()
        assert "見本花子" not in at.said()


async def test_a_withdrawn_item_stops_and_nobody_sets_that_aside(tmp_path: Path) -> None:
    """停止, with the title; no ^A; what is scanned behind it is counted, and nothing is lent."""

    async def prepare(rig: Rig) -> None:
        await _library(rig)
        rig.add_item("30294801", "昔の本", withdrawn=True)

    async with at_counter(tmp_path, prepare) as at:
        await at.scan(CARD, "30294801", BOOKS[1])
        assert "除籍された資料です。貸し出せません" in at.said()
        assert "昔の本" in at.text()
        assert "読み飛ばし 1件" in at.text()
        assert "^A" not in at.rows()[23]
        assert at.job(LendingJob).loans == []


async def test_every_reason_against_lending_is_counted_before_the_first_scan(
    tmp_path: Path,
) -> None:
    """The gravest in words, the others by their number."""

    async def prepare(rig: Rig) -> None:
        patron = await rig.register("adult", library_card_number=CARD)
        await rig.desk.patron_blocks.block(patron.id, BlockRule.MANUAL, "弁償の手続きが途中")
        rig.change("UPDATE patron SET expires_on = '2026-11-10'")

    async with at_counter(tmp_path, prepare) as at:
        await at.scan(CARD)
        assert "11月10日" in at.rows()[18]
        assert at.rows()[18].rstrip().endswith("ほか1件")
