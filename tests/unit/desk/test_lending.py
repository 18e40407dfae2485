"""Lending: what is refused is refused whole, what is shown as done is on disk."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, timedelta

import pytest

from counter_tui.desk.items import ItemView
from counter_tui.errors import (
    ItemAlreadyYours,
    ItemNotForLoan,
    ItemOnLoan,
    LoanLimitReached,
    PatronLapsed,
    StoreUnavailable,
    UnknownItem,
)
from tests.support.rig import Rig

BARCODE = "1234567890123"


async def test_a_loan_is_on_disk_when_it_is_shown(rig: Rig) -> None:
    """Asked from outside, the row is there, with its due date and its place."""
    patron = await rig.register("adult")
    rig.add_item(BARCODE, "銀河鉄道の夜")
    lent = await rig.desk.lending.checkout(patron.id, BARCODE)
    assert lent.loan.due_on == date(2026, 12, 8)
    assert lent.patron.loans_count == 1
    [(due_on, returned_at, operator, counter)] = rig.rows(
        "SELECT due_on, returned_at, operator.name, counter.name FROM loan"
        " JOIN operator ON operator.id = lent_by_id JOIN counter ON counter.id = lent_at_counter_id"
    )
    assert (due_on, returned_at, operator, counter) == ("2026-12-08", None, "佐藤", "1階")


async def test_an_unknown_item_is_not_lent(rig: Rig) -> None:
    """Its number is told."""
    patron = await rig.register("adult")
    with pytest.raises(UnknownItem) as caught:
        await rig.desk.lending.checkout(patron.id, "000")
    assert caught.value.barcode == "000"


async def test_an_item_that_stays_in_the_house_is_not_lent(rig: Rig) -> None:
    """Its title is told."""
    patron = await rig.register("adult")
    rig.add_item(BARCODE, "戸田市史", not_for_loan=True)
    with pytest.raises(ItemNotForLoan) as caught:
        await rig.desk.lending.checkout(patron.id, BARCODE)
    assert caught.value.title == "戸田市史"
    assert rig.rows("SELECT * FROM loan") == []


async def test_the_same_item_twice_is_told_from_an_item_of_another(rig: Rig) -> None:
    """The holder hears of the own loan; somebody else hears no more than that it is lent."""
    first = await rig.register("adult")
    second = await rig.register("two-pins")
    rig.add_item(BARCODE, "坊っちゃん")
    await rig.desk.lending.checkout(first.id, BARCODE)
    with pytest.raises(ItemAlreadyYours) as caught:
        await rig.desk.lending.checkout(first.id, BARCODE)
    assert caught.value.due_on == date(2026, 12, 8)
    with pytest.raises(ItemOnLoan):
        await rig.desk.lending.checkout(second.id, BARCODE)
    assert len(rig.rows("SELECT * FROM loan")) == 1


async def test_the_limit_counts_what_is_in_hand(rig: Rig) -> None:
    """The eleventh is refused, with the limit."""
    patron = await rig.register("adult")
    for number in range(11):
        rig.add_item(f"55{number:03d}", f"本{number}")
    for number in range(10):
        await rig.desk.lending.checkout(patron.id, f"55{number:03d}")
    with pytest.raises(LoanLimitReached) as caught:
        await rig.desk.lending.checkout(patron.id, "55010")
    assert caught.value.limit == 10


async def test_a_patron_who_lapsed_meanwhile_is_refused(rig: Rig) -> None:
    """Midnight passed between touch and scan."""
    patron = await rig.register("adult")
    rig.add_item(BARCODE, "坊っちゃん")
    rig.clock.instant += timedelta(days=366)
    with pytest.raises(PatronLapsed) as caught:
        await rig.desk.lending.checkout(patron.id, BARCODE)
    assert caught.value.on == date(2027, 11, 24)


async def test_the_last_day_of_validity_still_lends(rig: Rig) -> None:
    """Usable through that day, in Tokyo's calendar."""
    patron = await rig.register("adult")
    rig.add_item(BARCODE, "坊っちゃん")
    rig.clock.instant += timedelta(days=365, hours=11, minutes=59)  # 23:59 in Tokyo
    assert (await rig.desk.lending.checkout(patron.id, BARCODE)).patron.loans_count == 1


async def test_a_store_that_refuses_lends_nothing_and_recovers(rig: Rig) -> None:
    """A locked store is one sentence; afterwards the same scan works."""
    patron = await rig.register("adult")
    rig.add_item(BARCODE, "坊っちゃん")
    await rig.desk.lending.today()
    with closing(sqlite3.connect(rig.store_file, isolation_level=None)) as other:
        other.execute("ALTER TABLE loan RENAME TO loan_away")
        with pytest.raises(StoreUnavailable):
            await rig.desk.lending.checkout(patron.id, BARCODE)
        other.execute("ALTER TABLE loan_away RENAME TO loan")
    assert (await rig.desk.lending.checkout(patron.id, BARCODE)).loan.title == "坊っちゃん"


async def test_overdue_items_show_on_the_patron(rig: Rig) -> None:
    """With the earliest date that has passed."""
    patron = await rig.register("adult")
    rig.add_item(BARCODE, "坊っちゃん")
    await rig.desk.lending.checkout(patron.id, BARCODE)
    rig.clock.instant += timedelta(days=15)
    seen = await rig.desk.identification.patron(patron.id)
    assert (seen.overdue_count, seen.oldest_overdue_due_on) == (1, date(2026, 12, 8))
    item = await rig.desk.identification.scan(BARCODE)
    assert isinstance(item, ItemView)
    assert item.due_on == date(2026, 12, 8)


async def test_the_home_screens_figures_are_todays(rig: Rig) -> None:
    """Yesterday's do not count, and the day ends at midnight in Tokyo."""
    patron = await rig.enroll("adult")
    rig.add_item(BARCODE, "坊っちゃん")
    await rig.desk.lending.checkout(patron.id, BARCODE)
    figures = await rig.desk.lending.today()
    assert (figures.loans, figures.enrollments, figures.registrations) == (1, 1, 1)
    rig.clock.instant += timedelta(hours=12)  # 00:00 in Tokyo
    figures = await rig.desk.lending.today()
    assert (figures.loans, figures.enrollments, figures.registrations) == (0, 0, 0)


@pytest.mark.parametrize(
    "title", ["[red]x[/red]", "\x1b[2J\x07題\x9b31m", "題" * 300, "か\u3099", "葛\U000e0100"]
)
async def test_titles_from_outside_are_kept_as_they_are(rig: Rig, title: str) -> None:
    """What makes a title harmless is the place that shows it, not the store."""
    patron = await rig.register("adult")
    rig.add_item(BARCODE, title)
    lent = await rig.desk.lending.checkout(patron.id, BARCODE)
    assert lent.loan.title == title


async def test_a_lapsed_patron_does_not_stand_in_the_next_ones_way(rig: Rig) -> None:
    """A code that is no item is said to be none, so that it can be a library card."""
    patron = await rig.register("adult")
    rig.clock.instant += timedelta(days=366)
    with pytest.raises(UnknownItem):
        await rig.desk.lending.checkout(patron.id, "2000000101")


async def test_the_home_screens_figures_are_this_branchs(rig: Rig) -> None:
    """Six branches share a store; each counts its own."""
    patron = await rig.enroll("adult")
    rig.add_item(BARCODE, "坊っちゃん")
    await rig.desk.lending.checkout(patron.id, BARCODE)
    rig.change("INSERT INTO branch (name) VALUES ('上戸田分館')")
    rig.change("UPDATE counter SET branch_id = (SELECT id FROM branch WHERE name = '上戸田分館')")
    figures = await rig.desk.lending.today()
    assert (figures.loans, figures.enrollments, figures.registrations) == (0, 0, 0)
