"""From a card or a library card to loans and a slip."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter_tui.desk.blocks import BlockRule
from counter_tui.screens.home import HomeJob
from counter_tui.screens.job import Job
from counter_tui.screens.large_letters import drawn_rows
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.look import Role
from counter_tui.screens.receipt import ReceiptJob
from counter_tui.screens.stop_banner import StopBanner
from tests.support.counter import at_counter
from tests.support.rig import Rig

BOOKS = [f"{number:08}" for number in range(10294801, 10294821)]

AFTERWARDS = [("screen:", ReceiptJob), ("file:paper.bin", HomeJob)]
"""What follows a patron whose slip is drawn on the screen, or printed."""


async def _library(rig: Rig) -> None:
    await rig.enroll("adult")
    await rig.enroll("two-pins")
    for number, barcode in enumerate(BOOKS, 1):
        rig.add_item(barcode, f"本 {number}")
    rig.add_item("10299999", "戸田市史 通史編 上", not_for_loan=True)


async def test_a_card_opens_its_person_without_a_key(tmp_path: Path) -> None:
    """Laying the card down is all that is done; state, name and days left are seen."""
    async with at_counter(tmp_path, _library) as at:
        await at.lay("adult")
        assert at.job(LendingJob).patron.name == "見本 花子"
        text = at.text()
        assert "貸　出　可" in text
        assert "見本 花子" in text
        assert "有効期限    あと" in text


async def test_a_burst_of_scans_is_neither_lost_nor_reordered(tmp_path: Path) -> None:
    """Twenty items scanned faster than the store writes are lent in the order of the scans."""
    async with at_counter(tmp_path, _library, loan_limit=30) as at:
        await at.lay("adult")
        await at.scan(*BOOKS)
        assert [loan.item_barcode for loan in at.job(LendingJob).loans] == BOOKS
        assert "きょうの貸出 20冊" in at.text()
        assert "本 20" in at.text()


async def test_the_due_date_stands_at_the_right_edge_of_the_answer(tmp_path: Path) -> None:
    """The answer names verb, title and due date; the newest row of the list is the last."""
    async with at_counter(tmp_path, _library) as at:
        await at.lay("adult")
        await at.scan(BOOKS[0])
        answer = at.rows()[18]
        assert answer.startswith("    貸出   本 1")
        assert answer.rstrip().endswith("12月8日(火)まで")


async def test_a_stop_locks_the_input_until_a_person_confirms(tmp_path: Path) -> None:
    """What is scanned behind a stop is counted and named, and never applied."""
    async with at_counter(tmp_path, _library) as at:
        await at.lay("adult")
        await at.scan(BOOKS[0], "10299999", *BOOKS[1:6])
        text = at.text()
        assert "禁帯出です。貸し出せません" in text
        assert "戸田市史 通史編 上" in text
        assert "読み飛ばし 5件" in text
        assert f"{BOOKS[3]}  {BOOKS[4]}  {BOOKS[5]}  ほか2件" in text
        assert "確認" in at.rows()[21]
        assert len(at.job(LendingJob).loans) == 1
        await at.press("enter")
        assert not at.counter.is_locked
        await at.scan(BOOKS[1])
        assert len(at.job(LendingJob).loans) == 2


async def test_a_stop_is_heard_and_stands_over_the_full_width(tmp_path: Path) -> None:
    """Three bells after a loan's none, the word drawn large, and the screen's own width."""
    async with at_counter(tmp_path, _library) as at:
        rung: list[int] = []
        at.app.bell = lambda: rung.append(1)  # type: ignore[method-assign]  # counted
        await at.lay("adult")
        await at.scan(BOOKS[0])
        assert not rung
        await at.scan("10299999")
        await at.until(lambda: len(rung) == 3)
        word = drawn_rows("停止", Role.STOP_FILL, at.app.look, draw=True)
        for drawn in ("".join(span.text for span in row).strip() for row in word):
            assert len(drawn) > 10
            assert drawn in at.text()
        banner = at.counter.query_one(StopBanner).region
        assert (banner.x, banner.width) == (0, 80)


async def test_the_field_is_empty_after_each_scan(tmp_path: Path) -> None:
    """What is typed stands in it; after its Enter nothing does, and the next key is in it."""
    async with at_counter(tmp_path, _library) as at:
        await at.lay("adult")
        for barcode in BOOKS[:3]:
            await at.press(*barcode)
            assert barcode in at.rows()[21]
            await at.press("enter")
            assert barcode not in at.rows()[21]
        assert [loan.item_barcode for loan in at.job(LendingJob).loans] == BOOKS[:3]


@pytest.mark.parametrize("confirm", [("enter",), ("escape",), ("/", "o", "k", "enter")])
async def test_a_stop_is_confirmed_by_enter_escape_or_barcode(
    tmp_path: Path, confirm: tuple[str, ...]
) -> None:
    """Each of the three ways ends the stop and changes nothing else."""
    async with at_counter(tmp_path, _library) as at:
        await at.lay("adult")
        await at.scan("10299999")
        await at.press(*confirm)
        assert not at.counter.is_locked
        assert at.job(LendingJob).loans == []


@pytest.mark.parametrize(("printer", "follows"), AFTERWARDS)
async def test_enter_ends_the_patron_and_queues_one_slip(
    tmp_path: Path, printer: str, follows: type[Job]
) -> None:
    """Opened by library card: Enter with an empty line queues the slip; a drawn one is shown."""
    async with at_counter(tmp_path, _library, printer=printer) as at:
        ((number,),) = at.devices.rows_of(
            "SELECT library_card_number FROM patron WHERE name = '見本 花子'"
        )
        await at.scan(str(number), BOOKS[0], BOOKS[1])
        assert len(at.job(LendingJob).loans) == 2
        await at.press("enter")
        at.job(follows)
        if follows is ReceiptJob:
            await at.press("enter")
        at.job(HomeJob)
        assert "前の人 12:00  貸出 2冊" in at.text()
        jobs = at.devices.rows_of("SELECT kind FROM print_job WHERE kind = 'checkout'")
        assert len(jobs) == 1


@pytest.mark.parametrize(("printer", "follows"), AFTERWARDS)
async def test_a_card_that_is_left_on_the_reader_keeps_the_patron_open(
    tmp_path: Path, printer: str, follows: type[Job]
) -> None:
    """After Enter the counter asks for the card to be handed back, and goes on when it is."""
    async with at_counter(tmp_path, _library, printer=printer) as at:
        await at.lay("adult")
        await at.scan(BOOKS[0])
        await at.press("enter")
        assert "カードをお返しください" in at.text()
        at.job(LendingJob)
        assert "Enter" not in at.rows()[23], "no key goes on while the card lies there"
        await at.take_off()
        at.job(follows)


async def test_taking_the_card_off_does_not_close_the_patron(tmp_path: Path) -> None:
    """The mark beside the name goes away; the patron stays and items are lent."""
    async with at_counter(tmp_path, _library) as at:
        await at.lay("adult")
        assert " 置 " in at.text()
        await at.take_off()
        assert " 置 " not in at.text()
        await at.scan(BOOKS[0])
        assert len(at.job(LendingJob).loans) == 1


async def test_another_person_s_card_is_not_marked_as_theirs(tmp_path: Path) -> None:
    """Opened by library card while a card that is not linked lies on the reader: no mark."""
    async with at_counter(tmp_path, _library) as at:
        await at.lay("one-try-left")
        await at.press("enter")
        ((number,),) = at.devices.rows_of(
            "SELECT library_card_number FROM patron WHERE name = '見本 花子'"
        )
        await at.scan(str(number))
        assert at.job(LendingJob).patron.name == "見本 花子"
        assert " 置 " not in at.text()


async def test_the_next_card_ends_the_patron_and_opens_the_next(tmp_path: Path) -> None:
    """A touch while a patron is open queues that patron's slip and switches over."""
    async with at_counter(tmp_path, _library) as at:
        await at.lay("adult")
        await at.scan(BOOKS[0])
        await at.lay("two-pins")
        await at.until(lambda: at.job(LendingJob).patron.name == "見本 太郎")
        jobs = at.devices.rows_of("SELECT kind FROM print_job WHERE kind = 'checkout'")
        assert len(jobs) == 1


async def test_the_same_card_again_changes_nothing(tmp_path: Path) -> None:
    """A patron who lays the same card down once more goes on with the same loans."""
    async with at_counter(tmp_path, _library) as at:
        await at.lay("adult")
        await at.scan(BOOKS[0])
        await at.take_off()
        await at.lay("adult")
        assert len(at.job(LendingJob).loans) == 1


async def test_an_item_that_is_lent_already_is_a_caution(tmp_path: Path) -> None:
    """注意, not 停止: the loan stands as the patron wants it."""
    async with at_counter(tmp_path, _library) as at:
        await at.lay("adult")
        await at.scan(BOOKS[0], BOOKS[0])
        assert "もう借りています" in at.text()
        assert "返却は12月8日(火)までです" in at.text()


async def test_an_isbn_is_named_as_such(tmp_path: Path) -> None:
    """The publisher's barcode on the cover gets its own sentence."""
    async with at_counter(tmp_path, _library) as at:
        await at.lay("adult")
        await at.scan("9784101010014")
        assert "裏表紙のISBNです。" in at.text()


async def test_an_item_at_home_tells_its_state(tmp_path: Path) -> None:
    """Nobody is open: the answer says where the item is, and nothing is lent."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(BOOKS[0])
        assert "館内にあります" in at.text()
        at.job(HomeJob)


async def test_full_width_digits_are_taken_as_digits(tmp_path: Path) -> None:
    """With the input method on, the number is corrected and the counter says so."""
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in BOOKS[0])
    async with at_counter(tmp_path, _library) as at:
        await at.lay("adult")
        await at.scan(wide)
        assert len(at.job(LendingJob).loans) == 1
        assert "日本語入力が入っています" in at.text()


async def test_a_card_that_is_not_linked_stops(tmp_path: Path) -> None:
    """A sound card that nobody enrolled: 停止, and the library card is asked for."""
    async with at_counter(tmp_path) as at:
        await at.lay("adult")
        assert "連携していないカードです。" in at.text()
        assert at.counter.is_locked


async def test_a_card_pulled_in_the_middle_is_one_sentence_and_no_lock(tmp_path: Path) -> None:
    """Nothing happened, so nothing has to be confirmed: lay it down again."""
    async with at_counter(tmp_path, _library) as at:
        made = at.devices.card("adult")
        at.devices.reader.lay(made, removed_after=1)
        await at.until(lambda: "途中でカードが離れました" in at.text())
        assert not at.counter.is_locked
        await at.lay("adult")
        at.job(LendingJob)


async def test_quitting_asks_while_a_patron_is_open(tmp_path: Path) -> None:
    """^X asks; Esc stays, Enter ends the patron's turn and shows the day."""
    async with at_counter(tmp_path, _library) as at:
        await at.lay("adult")
        await at.press("ctrl+x")
        assert "業務を終わりますか" in at.text()
        await at.press("escape")
        at.job(LendingJob)
        await at.press("ctrl+x")
        await at.press("enter")
        assert "きょうの件数" in at.text()
        await at.pilot.press("enter")
        await at.until(lambda: at.app._exit)


async def test_what_stands_in_the_way_is_said_before_the_first_scan(tmp_path: Path) -> None:
    """Staff stopped lending: state, why, and the banner at a scan; in place of the next step."""

    async def prepare(rig: Rig) -> None:
        await _library(rig)
        patron = await rig.register("two-pins", library_card_number="2000000900")
        await rig.desk.patron_blocks.block(patron.id, BlockRule.MANUAL, "弁償の手続きが途中")

    async with at_counter(tmp_path, prepare) as at:
        await at.scan("2000000900")
        assert "貸出停止" in at.text().replace("　", "")
        assert "職員が貸出を停止" in at.rows()[18]
        assert "弁償の手続きが途中" in at.rows()[18]
        await at.scan(BOOKS[0])
        assert "職員が貸出を停止しています" in at.text()
        assert at.job(LendingJob).loans == []
