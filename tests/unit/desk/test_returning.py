"""Taking back: dates, banners, the book drop, and what is forgotten."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from counter_tui.errors import EffectiveDateRefused, UnknownItem
from tests.support.rig import NOON, Rig

TODAY = date(2026, 11, 24)


async def test_a_return_tells_the_due_date_and_forgets_whose_it_was(rig: Rig) -> None:
    """Patron and slip are cut, where and as of when is kept; the item can be lent again."""
    patron, other = await rig.register("adult"), await rig.register("two-pins")
    rig.add_item("1", "銀河鉄道の夜", kind="図書")
    rig.add_item("2")
    lent = await rig.desk.lending.checkout(patron.id, "1")
    await rig.desk.lending.checkout(patron.id, "2")
    await rig.desk.lending.finish(patron.id, [lent.loan.id])
    back = await rig.desk.returning.checkin("1")
    assert (back.title, back.item_barcode, back.kind) == ("銀河鉄道の夜", "1", "図書")
    assert (back.effective_on, back.other_branch, back.pickup_branch) == (TODAY, None, None)
    assert back.loan is not None
    assert (back.loan.due_on, back.loan.days_overdue) == (date(2026, 12, 8), 0)
    assert (back.loan.in_hand, back.loan.history_kept) == (1, False)
    assert rig.rows(
        "SELECT patron_id, slip_id, returned_at, returned_on, counter.name FROM loan"
        " JOIN counter ON counter.id = returned_at_counter_id WHERE item_id = 1"
    ) == [(None, None, "2026-11-24 03:00:00", "2026-11-24", "1階")]
    assert (await rig.desk.lending.checkout(other.id, "1")).patron.loans_count == 1


async def test_an_item_that_is_not_on_loan_changes_nothing_and_still_tells_where_it_goes(
    rig: Rig,
) -> None:
    """Of another branch, reserved, withdrawn: staff hold it in their hands all the same."""
    patron = await rig.register("adult")
    rig.add_item("1", branch="美笹分室", withdrawn=True)
    rig.place_hold("1", patron.id, "美笹分室")
    back = await rig.desk.returning.checkin("1")
    assert back.loan is None
    assert (back.other_branch, back.pickup_branch, back.waiting) == ("美笹分室", "美笹分室", 1)
    assert back.withdrawn
    assert rig.rows("SELECT * FROM loan") == []
    with pytest.raises(UnknownItem):
        await rig.desk.returning.checkin("no such")


async def test_days_overdue_count_to_the_day_that_counts(rig: Rig) -> None:
    """What lay in the book drop since before the due date is in time."""
    patron = await rig.register("adult")
    for barcode in ("1", "2", "3"):
        rig.add_item(barcode)
        await rig.desk.lending.checkout(patron.id, barcode)
    rig.clock.instant += timedelta(days=17)  # 11 December, due on the 8th
    back = await rig.desk.returning.checkin("1")
    assert back.loan is not None
    assert (back.loan.days_overdue, back.loan.in_hand, back.loan.overdue) == (3, 2, 2)
    dropped = await rig.desk.returning.checkin("2", date(2026, 12, 8))
    assert dropped.loan is not None
    assert (dropped.effective_on, dropped.loan.days_overdue) == (date(2026, 12, 8), 0)
    late = await rig.desk.returning.checkin("3", date(2026, 12, 9))
    assert late.loan is not None
    assert late.loan.days_overdue == 1
    assert rig.rows("SELECT returned_on, returned_at FROM loan ORDER BY item_id") == [
        ("2026-12-11", "2026-12-11 03:00:00"),
        ("2026-12-08", "2026-12-11 03:00:00"),
        ("2026-12-09", "2026-12-11 03:00:00"),
    ]


async def test_a_return_is_never_dated_ahead_nor_too_far_back(rig: Rig) -> None:
    """The days that can be are told; nothing is taken back meanwhile."""
    patron = await rig.register("adult")
    rig.add_item("1")
    await rig.desk.lending.checkout(patron.id, "1")
    assert rig.settings.book_drop_back_days == 7
    for day in (date(2026, 11, 25), date(2026, 11, 16)):
        with pytest.raises(EffectiveDateRefused) as caught:
            await rig.desk.returning.checkin("1", day)
        assert (caught.value.earliest, caught.value.latest) == (date(2026, 11, 17), TODAY)
    assert rig.rows("SELECT returned_at FROM loan") == [(None,)]


async def test_nothing_was_returned_before_it_was_lent(rig: Rig) -> None:
    """The book drop's date is still on, and an item of today's is scanned."""
    patron = await rig.register("adult")
    rig.add_item("1")
    await rig.desk.lending.checkout(patron.id, "1")
    back = await rig.desk.returning.checkin("1", date(2026, 11, 20))
    assert back.effective_on == TODAY


async def test_a_clock_that_was_set_back_takes_back_and_lends(rig: Rig) -> None:
    """Nothing ends before it began, and no due date lies before its lending."""
    patron = await rig.register("adult")
    rig.add_item("1")
    await rig.desk.lending.checkout(patron.id, "1")
    rig.clock.instant = NOON - timedelta(days=400)
    back = await rig.desk.returning.checkin("1")
    assert (back.effective_on, back.loan and back.loan.days_overdue) == (TODAY, 0)
    assert rig.rows("SELECT returned_at >= lent_at FROM loan") == [(1,)]
    lent = await rig.desk.lending.checkout(patron.id, "1")
    assert lent.loan.due_on >= (NOON - timedelta(days=400)).date()


async def test_a_history_is_kept_for_who_wished_it_and_forgotten_with_the_wish(rig: Rig) -> None:
    """From the wish on, until it is taken back; both are accounted for."""
    patron = await rig.register("adult")
    history = rig.desk.loan_history
    for barcode in ("1", "2"):
        rig.add_item(barcode)
        await rig.desk.lending.checkout(patron.id, barcode)
    await rig.desk.returning.checkin("1")
    await history.wish(patron.id, keep=True)
    await history.wish(patron.id, keep=True)
    assert await history.is_kept(patron.id)
    back = await rig.desk.returning.checkin("2")
    assert back.loan is not None
    assert back.loan.history_kept
    assert rig.rows("SELECT patron_id FROM loan ORDER BY item_id") == [(None,), (patron.id,)]
    await history.wish(patron.id, keep=False)
    assert rig.rows("SELECT patron_id FROM loan ORDER BY item_id") == [(None,), (None,)]
    assert rig.rows("SELECT action, reason FROM audit_event") == [
        ("history_wish", "on"),
        ("history_wish", "off"),
    ]


async def test_who_waits_is_served_and_the_hold_is_forgotten_at_return(rig: Rig) -> None:
    """A hold that was filled would be a reading history."""
    patron = await rig.register("adult")
    rig.add_item("1")
    rig.place_hold("1", patron.id)
    assert (await rig.desk.returning.checkin("1")).pickup_branch == "中央図書館"
    await rig.desk.lending.checkout(patron.id, "1")
    assert len(rig.rows("SELECT * FROM hold WHERE filled_by_id IS NOT NULL")) == 1
    back = await rig.desk.returning.checkin("1")
    assert (back.pickup_branch, back.waiting) == (None, 0)
    assert rig.rows("SELECT * FROM hold") == []
