"""Taking items back at the counter: F3, the next place, the book drop, and the way back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.look import Ground, Role
from counter_tui.screens.returning import ReturningJob
from counter_tui.screens.search import SearchJob
from tests.support.counter import AtCounter, at_counter
from tests.support.escpos_decoder import texts
from tests.support.rig import Rig

CARD = "2000000900"
OTHER_CARD = "2000000901"
BOOKS = [f"{number:08}" for number in range(10294801, 10294805)]
LATE, ELSEWHERE, RESERVED, RESERVED_ELSEWHERE = "10294811", "10294812", "10294813", "10294814"
WITHDRAWN = "10294815"
SIZES = [(80, 24), (120, 36)]

LENT = (
    "INSERT INTO loan (item_id, patron_id, lent_at, due_on, lent_by_id, lent_at_counter_id)"
    " SELECT item.id, patron.id, '2026-11-03 03:00:00', ?, operator.id, counter.id"
    " FROM item, patron, operator, counter"
    " WHERE barcode = ? AND library_card_number = ? LIMIT 1"
)


async def _library(rig: Rig) -> None:
    patron = await rig.register("adult", library_card_number=CARD)
    other = await rig.register("two-pins", library_card_number=OTHER_CARD)
    for number, barcode in enumerate(BOOKS, 1):
        rig.add_item(barcode, f"本 {number}")
    rig.add_item(LATE, "遅れた本")
    rig.add_item(ELSEWHERE, "よその本", branch="上戸田分館")
    rig.add_item(RESERVED, "待たれた本")
    rig.add_item(RESERVED_ELSEWHERE, "分館で待たれた本")
    rig.add_item(WITHDRAWN, "除籍の本", withdrawn=True)
    for barcode in (BOOKS[0], BOOKS[1], ELSEWHERE, RESERVED, RESERVED_ELSEWHERE, WITHDRAWN):
        rig.change(LENT, "2026-12-08", barcode, CARD)
    rig.change(LENT, "2026-11-21", LATE, CARD)
    rig.place_hold(RESERVED, other.id)
    rig.place_hold(RESERVED_ELSEWHERE, other.id, "上戸田分館")
    assert patron.id != other.id


def _open_loans(at: AtCounter) -> int:
    ((count,),) = at.devices.rows_of("SELECT count(*) FROM loan WHERE returned_at IS NULL")
    return int(str(count))


@pytest.mark.parametrize("way", [("f3",), ("ctrl+r",), ("/", "3", "enter")])
async def test_items_come_back_scan_after_scan(tmp_path: Path, way: tuple[str, ...]) -> None:
    """F3, its twin or its barcode; the answer tells when it was due; Enter goes home."""
    async with at_counter(tmp_path, _library) as at:
        await at.press(*way)
        assert "返　却" in at.text()
        await at.scan(BOOKS[0], BOOKS[1])
        assert at.rows()[18].startswith("    返却   本 2")
        assert at.rows()[18].rstrip().endswith("12月8日(火)まで でした")
        assert "戻った資料 2冊" in at.text()
        assert [checked.item_barcode for checked in at.job(ReturningJob).returned] == BOOKS[:2]
        assert _open_loans(at) == 5
        await at.press("enter")
        at.job(HomeJob)
        assert "返却               2冊" in at.text()


async def test_nobody_is_named(tmp_path: Path) -> None:
    """Others stand at the counter: how many items that person still has, and no name."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f3")
        await at.scan(BOOKS[0])
        assert "見本" not in at.text()
        assert "手もと  6冊" in at.text()
        assert "延滞    1冊" in at.text()


async def test_what_is_late_says_so_and_goes_on(tmp_path: Path) -> None:
    """Days past the due date, in the answer and in the list; nothing is locked."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f3")
        await at.scan(LATE, BOOKS[0])
        assert "遅れた本" in at.rows()[5]
        assert "延滞3日 11月21日(土)" in at.rows()[5]
        assert _open_loans(at) == 5


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("barcode", "said"),
    [
        (RESERVED, "予約の本です。取置の棚へ"),
        (RESERVED_ELSEWHERE, "予約の本です。上戸田分館へ送ってください"),
        (ELSEWHERE, "上戸田分館へ送ってください"),
        (WITHDRAWN, "カウンターで預かってください"),
    ],
)
async def test_what_does_not_go_to_its_shelf_names_the_next_place(
    tmp_path: Path, size: tuple[int, int], barcode: str, said: str
) -> None:
    """注意, and it is taken back already; what is scanned behind it is counted, not returned."""
    async with at_counter(tmp_path, _library, size=size) as at:
        await at.press("f3")
        await at.scan(barcode, BOOKS[0])
        assert said in at.said()
        assert "返却は済みました" in at.said()
        assert "読み飛ばし 1件" in at.text()
        assert _open_loans(at) == 6
        await at.press("enter")
        await at.scan(BOOKS[0])
        assert _open_loans(at) == 5


async def test_an_item_that_was_not_on_loan_is_a_sentence(tmp_path: Path) -> None:
    """Nothing is changed, and nothing locked."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f3")
        await at.scan(BOOKS[3])
        assert "貸出中ではありません" in at.rows()[18]
        assert not at.counter.is_locked
        assert _open_loans(at) == 7


async def test_an_item_of_another_branch_that_was_not_on_loan_goes_there_all_the_same(
    tmp_path: Path,
) -> None:
    """The banner says both."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f3")
        await at.scan(ELSEWHERE)
        await at.press("enter")
        await at.scan(ELSEWHERE)
        assert "上戸田分館へ送ってください" in at.said()
        assert "貸出中ではありませんでした" in at.said()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("99999999", "登録のない資料です"),
        ("9784101010014", "裏表紙のISBNです"),
        ("1" * 400, "長すぎます"),
    ],
)
async def test_what_is_no_item_stops(tmp_path: Path, code: str, said: str) -> None:
    """停止, with a sentence; nothing is returned."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f3")
        await at.scan(code)
        assert said in at.said()
        assert at.counter.is_locked
        assert at.job(ReturningJob).returned == []


async def test_a_library_card_begins_lending(tmp_path: Path) -> None:
    """Whoever brings books back may borrow others."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f3")
        await at.scan(BOOKS[0], OTHER_CARD)
        assert at.job(LendingJob).patron.library_card_number == OTHER_CARD
        await at.scan(BOOKS[0])
        assert len(at.job(LendingJob).loans) == 1


async def test_a_my_number_card_begins_lending(tmp_path: Path) -> None:
    """Laid down while items come back."""

    async def prepare(rig: Rig) -> None:
        await rig.enroll("adult")
        rig.add_item(BOOKS[0])

    async with at_counter(tmp_path, prepare) as at:
        await at.press("f3")
        await at.lay("adult")
        assert at.job(LendingJob).patron.name == "見本 花子"


@pytest.mark.parametrize("key", ["enter", "escape", "f2"])
async def test_from_lending_to_return_and_back(tmp_path: Path, key: str) -> None:
    """The patron stays open; what came back of this turn is on the list no more."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(CARD, BOOKS[2], BOOKS[3])
        lending = at.job(LendingJob)
        await at.press("f3")
        at.job(ReturningJob)
        assert "返却のあとで続く人" in at.text()
        await at.scan(BOOKS[2])
        await at.press(key)
        assert at.job(LendingJob) is lending
        assert [loan.item_barcode for loan in lending.loans] == [BOOKS[3]]
        assert "手もと 8 /" in at.text()
        await at.scan(BOOKS[2])
        assert len(lending.loans) == 2


async def test_the_open_patrons_own_card_goes_back_to_the_same_turn(tmp_path: Path) -> None:
    """Scanned while items come back; another one's card ends the turn with its slip."""
    async with at_counter(tmp_path, _library, printer="file:paper.bin") as at:
        await at.scan(CARD, BOOKS[2])
        lending = at.job(LendingJob)
        await at.press("f3")
        await at.scan(CARD)
        assert at.job(LendingJob) is lending
        await at.press("f3")
        await at.scan(OTHER_CARD)
        assert at.job(LendingJob) is not lending
        assert at.devices.rows_of("SELECT kind FROM print_job") == [("checkout",)]


async def test_a_search_from_here_comes_back_here(tmp_path: Path) -> None:
    """The list stays; F3 pressed over the search comes back, too."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f3")
        await at.scan(BOOKS[0])
        returning = at.job(ReturningJob)
        await at.press("f4")
        at.job(SearchJob)
        await at.press("escape")
        assert at.job(ReturningJob) is returning
        await at.press("f4")
        await at.press("f3")
        assert at.job(ReturningJob) is returning
        assert "本 1" in at.text()


async def test_the_open_patrons_file_leads_back_to_the_same_turn(tmp_path: Path) -> None:
    """Looked up from the return: Enter there goes on with the turn that is open."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(CARD, BOOKS[2])
        lending = at.job(LendingJob)
        await at.press("f3")
        await at.press("f4")
        await at.press("enter")
        await at.press("enter")
        assert at.job(LendingJob) is lending


async def test_a_turn_below_keeps_what_was_set_aside(tmp_path: Path) -> None:
    """A rule set aside for the open patron is so after a return, too."""
    async with at_counter(tmp_path, _library, loan_limit=8) as at:
        await at.scan(CARD, BOOKS[2], BOOKS[3])
        await at.press("ctrl+a")
        await at.press("1", "enter")
        await at.press("f3")
        await at.scan(BOOKS[2])
        await at.press("enter")
        await at.scan(BOOKS[2])
        assert not at.counter.is_locked
        assert len(at.job(LendingJob).loans) == 2


@pytest.mark.parametrize("size", SIZES)
async def test_the_book_drop_counts_from_its_day_until_it_is_switched_off(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    """Tab, Enter: yesterday. The red row stays at home and in lending; Tab ends it."""
    async with at_counter(tmp_path, _library, size=size) as at:
        await at.press("f3", "tab")
        assert "空の Enter なら 11月23日(月)" in at.text()
        await at.press("enter")
        assert "返却ポスト 11月23日(月)付" in at.rows()[1]
        assert "体験モード" in at.rows()[1]
        await at.scan(LATE)
        assert "延滞2日" in at.said()
        await at.press("enter")
        at.job(HomeJob)
        assert "返却ポスト" in at.rows()[1]
        await at.scan(CARD)
        assert "返却ポスト" in at.rows()[1]
        await at.press("f3")
        await at.scan(BOOKS[0])
        assert at.devices.rows_of(
            "SELECT DISTINCT returned_on FROM loan WHERE returned_at IS NOT NULL"
        ) == [("2026-11-23",)]
        await at.press("tab")
        assert "返却ポスト" not in at.rows()[1]
        assert "体験モード" in at.rows()[1]
        await at.scan(BOOKS[1])
        assert at.devices.rows_of(
            "SELECT returned_on FROM loan ORDER BY returned_at DESC, returned_on DESC LIMIT 1"
        ) == [("2026-11-24",)]


def _red_text(at: AtCounter, row: int) -> str:
    """What stands on the red ground of a stop in this row."""
    red = at.app.look.style(Role.STOP_FILL, Ground.GROUND).bgcolor
    strip = at.app.screen._compositor.render_strips()[row]
    return "".join(part.text for part in strip if part.style and part.style.bgcolor == red)


async def test_the_book_drop_is_red_wherever_staff_are(tmp_path: Path) -> None:
    """While items come back, at home, in a turn and in a search; not before, and not after."""
    async with at_counter(tmp_path, _library, look="night") as at:
        await at.press("f3")
        assert _red_text(at, 1) == ""
        await at.press("tab", "enter")
        for key in (None, "enter", CARD, "f4", "escape", "f3"):
            if key == CARD:
                await at.scan(CARD)
            elif key is not None:
                await at.press(key)
            assert "返却ポスト 11月23日(月)付" in _red_text(at, 1)
        await at.press("tab")
        assert _red_text(at, 1) == ""


@pytest.mark.parametrize("typed", ["11/20", "1120", "20", "2026-11-20", "11月20日", "20261120"])
async def test_a_day_is_typed_in_many_forms(tmp_path: Path, typed: str) -> None:
    """Each means 20 November."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f3", "tab")
        await at.scan(typed)
        assert "返却ポスト 11月20日(金)付" in at.rows()[1]


@pytest.mark.parametrize("typed", ["2026-11-25", "2027-01-01", "11/10"])
async def test_a_day_to_come_or_long_ago_is_refused(tmp_path: Path, typed: str) -> None:
    """Nothing is dated; the sentence names the days that can be."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f3", "tab")
        await at.scan(typed)
        assert "11月17日(火)" in at.said()
        assert "返却ポスト" not in at.rows()[1]
        assert at.counter.book_drop is None


@pytest.mark.parametrize("typed", [BOOKS[0], "13/40", "きのう", "0"])
async def test_what_is_no_day_is_asked_again(tmp_path: Path, typed: str) -> None:
    """An item scanned too early is not returned; Esc leaves the day as it was."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f3", "tab")
        await at.scan(typed)
        assert "日付として読めません" in at.said()
        assert _open_loans(at) == 7
        await at.press("escape")
        assert at.counter.book_drop is None
        at.job(ReturningJob)


async def test_a_book_drop_that_has_become_too_old_returns_nothing(tmp_path: Path) -> None:
    """A week later the red row still stands there: each scan says that it cannot be dated so."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f3", "tab", "enter")
        at.devices.clock.instant = datetime(2026, 12, 2, 3, 0, tzinfo=UTC)
        await at.scan(BOOKS[0])
        assert at.counter.is_locked
        assert _open_loans(at) == 7


async def test_twenty_items_in_one_burst_all_come_back(tmp_path: Path) -> None:
    """In the order of the scans; the list shows the newest."""
    many = [f"{number:08}" for number in range(20294801, 20294821)]

    async def prepare(rig: Rig) -> None:
        await _library(rig)
        for barcode in many:
            rig.add_item(barcode, f"題 {barcode[-2:]}")
            rig.change(LENT, "2026-12-08", barcode, CARD)

    async with at_counter(tmp_path, prepare) as at:
        await at.press("f3")
        await at.scan(*many)
        assert [checked.item_barcode for checked in at.job(ReturningJob).returned] == many
        assert "題 20" in at.rows()[18]
        assert _open_loans(at) == 7


async def test_english_fits(tmp_path: Path) -> None:
    """Answer, list and footer at 80 columns."""
    from counter_tui.language import speak

    speak("en")
    try:
        async with at_counter(tmp_path, _library, language="en") as at:
            await at.press("f3", "tab", "enter")
            assert "Book drop, dated Mon 23 Nov" in at.rows()[1]
            await at.scan(LATE)
            assert at.rows()[18].rstrip().endswith("was due Sat 21 Nov  2 days late")
            assert "Tab Book drop off" in at.rows()[23]
    finally:
        speak("ja")


async def test_whoever_is_open_gets_a_slip_of_what_is_still_at_home(tmp_path: Path) -> None:
    """F9 after something came back; with nobody open it prints the last slip again, as ever."""
    async with at_counter(tmp_path, _library, printer="file:/dev/null") as at:
        await at.scan(CARD)
        await at.press("f3")
        await at.scan(BOOKS[0])
        await at.press("f9")
        await at.until(lambda: len(at.devices.printer.jobs) == 1)
        paper = texts(at.devices.printer.jobs[0])
        assert "返却の控え" in paper
        assert any("本 2" in line for line in paper)
        assert not any("本 1" in line for line in paper)
        assert len(at.job(ReturningJob).returned) == 1
