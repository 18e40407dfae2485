"""Setting a rule aside at the counter: who may, why, for whom, and until when."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from counter_tui.library_rules import Permissions, Who
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from tests.support.counter import AtCounter, at_counter
from tests.support.rig import Rig

CARD = "2000000900"
OTHER_CARD = "2000000901"
BOOKS = [f"{number:08}" for number in range(10294801, 10294810)]
STAYS = "10299999"
SIZES = [(80, 24), (120, 36)]


async def _library(rig: Rig) -> None:
    await rig.register("adult", library_card_number=CARD)
    await rig.register("two-pins", library_card_number=OTHER_CARD)
    for number, barcode in enumerate(BOOKS, 1):
        rig.add_item(barcode, f"本 {number}")
    rig.add_item(STAYS, "戸田市史 通史編 上", not_for_loan=True)


def _accounted(at: AtCounter) -> list[tuple[object, ...]]:
    return at.devices.rows_of("SELECT reason FROM audit_event WHERE action = 'override'")


@pytest.mark.parametrize("size", SIZES)
async def test_a_rule_is_set_aside_for_a_reason(tmp_path: Path, size: tuple[int, int]) -> None:
    """^A at the stop, a number, Enter: the item is lent, marked, and accounted for."""
    async with at_counter(tmp_path, _library, size=size) as at:
        await at.scan(CARD, STAYS)
        assert "^A 特例(権限)" in at.text()
        await at.press("ctrl+a")
        assert "禁帯出の資料" in at.text()
        assert "2  急ぎで必要" in at.text()
        assert "理由" in at.rows()[at.app.size.height - 3]
        await at.press("2", "enter")
        assert [loan.item_barcode for loan in at.job(LendingJob).loans] == [STAYS]
        assert "貸出   戸田市史 通史編 上" in at.text()
        assert "特例  禁帯出の資料" in at.text()
        assert _accounted(at) == [("not_for_loan:needed",)]


async def test_it_is_asked_once_for_a_patron_and_a_rule(tmp_path: Path) -> None:
    """The second item over the limit is lent without a stop; another rule stops again."""
    async with at_counter(tmp_path, _library, loan_limit=1) as at:
        await at.scan(CARD, BOOKS[0], BOOKS[1])
        await at.press("ctrl+a")
        await at.press("1", "enter")
        await at.scan(BOOKS[2], BOOKS[3])
        assert len(at.job(LendingJob).loans) == 4
        await at.scan(STAYS)
        assert at.counter.is_locked
        assert _accounted(at) == [("loan_limit:returns_today",)] * 3


async def test_it_is_forgotten_when_the_patron_is_closed(tmp_path: Path) -> None:
    """The next patron, and the same one opened again, are stopped as before."""
    async with at_counter(tmp_path, _library, loan_limit=1, printer="file:paper.bin") as at:
        await at.scan(CARD, BOOKS[0], BOOKS[1])
        await at.press("ctrl+a")
        await at.press("4", "enter")
        await at.scan(OTHER_CARD, BOOKS[2], BOOKS[3])
        assert at.counter.is_locked
        await at.press("enter")
        await at.press("enter")
        at.job(HomeJob)
        await at.scan(CARD, BOOKS[4])
        assert at.counter.is_locked
        assert at.job(LendingJob).loans == []


@pytest.mark.parametrize("who", ["nobody", ("田中",)])
async def test_without_permission_it_is_a_sentence(tmp_path: Path, who: Who) -> None:
    """^A tells who may not; nothing is asked, lent or accounted for."""
    may = Permissions(override_not_for_loan=who)
    async with at_counter(tmp_path, _library, permissions=may) as at:
        await at.scan(CARD, STAYS, BOOKS[0])
        await at.press("ctrl+a")
        assert "佐藤さんの権限では、この制限を外せません" in at.said()
        assert "読み飛ばし 1件" in at.text()
        assert "^A" not in at.rows()[23]
        await at.press("enter")
        assert not at.counter.is_locked
        assert at.job(LendingJob).loans == []
        assert _accounted(at) == []


async def test_scans_behind_stop_and_question_are_counted_and_never_lent(tmp_path: Path) -> None:
    """What was skipped at the stop stands on the question, too; a scan is no reason."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(CARD, STAYS, BOOKS[0], BOOKS[1])
        assert "読み飛ばし 2件" in at.text()
        await at.press("ctrl+a")
        await at.scan(BOOKS[2])
        assert "読み飛ばし 3件" in at.text()
        assert BOOKS[2] in at.text()
        await at.press("1", "enter")
        assert [loan.item_barcode for loan in at.job(LendingJob).loans] == [STAYS]


async def test_enter_alone_is_no_reason(tmp_path: Path) -> None:
    """Neither is the confirm barcode, nor a number that is not offered; Esc lends nothing."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(CARD, STAYS)
        await at.press("ctrl+a")
        await at.press("enter")
        await at.scan("/ok", "7")
        assert "特　例" in at.text()
        await at.scan("/no")
        assert not at.counter.is_locked
        assert at.job(LendingJob).loans == []
        assert _accounted(at) == []


async def test_no_way_round_what_nobody_sets_aside(tmp_path: Path) -> None:
    """An item on loan to somebody else has no ^A, and the key does nothing."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(OTHER_CARD, BOOKS[0], CARD, BOOKS[0])
        assert "先に返却" in at.said()
        assert "^A" not in at.rows()[23]
        await at.press("ctrl+a")
        assert "先に返却" in at.said()
        await at.press("enter")
        assert at.job(LendingJob).loans == []


async def test_a_second_extension_is_set_aside_like_any_rule(tmp_path: Path) -> None:
    """Extended today already: ^A and a reason extend it once more, when that is later."""
    async with at_counter(tmp_path, _library, extension_from="due_date") as at:
        await at.scan(CARD, BOOKS[0], BOOKS[0])
        await at.press("enter")
        await at.scan(BOOKS[0])
        assert "すでに一度延長しています" in at.said()
        await at.press("ctrl+a")
        await at.press("3", "enter")
        assert "延長   本 1" in at.text()
        assert _accounted(at) == [("extension:library_mistake",)]
        ((due,),) = at.devices.rows_of("SELECT due_on FROM loan")
        assert due == "2027-01-05"


async def test_more_than_one_rule_is_asked_one_after_the_other(tmp_path: Path) -> None:
    """Overdue and not for loan: two stops, two reasons, one loan."""

    async def prepare(rig: Rig) -> None:
        await _library(rig)
        rig.change(
            "INSERT INTO loan (item_id, patron_id, lent_at, due_on, lent_by_id, lent_at_counter_id)"
            " SELECT item.id, patron.id, ?, '2026-11-10', operator.id, counter.id"
            " FROM item, patron, operator, counter"
            " WHERE barcode = ? AND library_card_number = ? LIMIT 1",
            datetime(2026, 10, 27, tzinfo=UTC).strftime("%Y-%m-%d %H:%M:%S"),
            BOOKS[8],
            CARD,
        )

    async with at_counter(tmp_path, prepare, overdue_blocks_after_days=1) as at:
        await at.scan(CARD, STAYS)
        assert "延滞が1点あります。貸し出せません" in at.said()
        await at.press("ctrl+a")
        await at.press("1", "enter")
        assert "禁帯出です" in at.said()
        await at.press("ctrl+a")
        await at.press("4", "enter")
        assert len(at.job(LendingJob).loans) == 1
        assert _accounted(at) == [("overdue:returns_today",), ("not_for_loan:decided",)]
