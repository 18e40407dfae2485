"""The day's figures for whoever comes next."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from counter_tui.desk.day_figures import OpenMatters
from tests.support.rig import NOON, rigged


async def test_a_day_is_counted_for_branch_and_counter(tmp_path: Path) -> None:
    """What was undone does not count; other counters count for the branch, other branches not."""
    async with rigged(tmp_path) as rig:
        patron = await rig.enroll("adult")
        waiting = await rig.register("two-pins")
        for barcode, branch in (
            ("1", "中央図書館"),
            ("2", "美笹分室"),
            ("3", "美笹分室"),
            ("4", "中央図書館"),
        ):
            rig.add_item(barcode, branch=branch)
        loans = [
            (await rig.desk.lending.checkout(patron.id, barcode)).loan.id
            for barcode in ("1", "2", "3", "4")
        ]
        await rig.desk.lending.undo(patron.id, loans[3])
        rig.change("UPDATE loan SET due_on = '2026-12-01'")
        await rig.desk.lending.extend(patron.id, loans[0])
        rig.place_hold("3", waiting.id)
        await rig.desk.returning.checkin("2")
        await rig.desk.returning.checkin("3")
        rig.change("UPDATE print_job SET state = 'unknown'")
        found = await rig.desk.handover.figures()
    assert (found.day, found.branch, found.counter) == (date(2026, 11, 24), "中央図書館", None)
    assert (found.lent, found.extended, found.returned) == (3, 1, 2)
    assert (found.registered, found.enrolled, found.renewed, found.unlinked) == (2, 1, 0, 0)
    assert found.open_matters == OpenMatters(0, 1, 1, 1, 0, 0, 0)
    assert found.open_matters.are_there
    async with rigged(tmp_path, NOON + timedelta(hours=1), counter="2階") as rig:
        rig.add_item("5")
        await rig.desk.lending.checkout(patron.id, "5")
        rig.change(
            "INSERT INTO validity_change (patron_id, expires_on, changed_at, counter_id, kind,"
            " reason) SELECT ?, '2027-11-24', '2026-11-24 04:00:00', id, 'counter', ''"
            " FROM counter WHERE name = '2階'",
            patron.id,
        )
        here = await rig.desk.handover.figures(whole_branch=False)
        whole = await rig.desk.handover.figures()
        assert (here.counter, here.lent, here.returned, here.renewed) == ("2階", 1, 0, 1)
        assert here.open_matters == OpenMatters(0, 0, 0, 0, 0, 0, 0)
        assert not here.open_matters.are_there
        assert (whole.lent, whole.returned, whole.renewed) == (4, 2, 1)
    async with rigged(tmp_path, NOON, branch="美笹分室") as rig:
        assert (await rig.desk.handover.figures()).lent == 0
    async with rigged(tmp_path, NOON + timedelta(hours=12)) as rig:  # midnight in Tokyo
        assert (await rig.desk.handover.figures()).lent == 0
        assert (await rig.desk.handover.figures(date(2026, 11, 24))).lent == 4


async def test_what_was_lent_again_goes_to_no_shelf(tmp_path: Path) -> None:
    """A return is no open matter once the item has gone out."""
    async with rigged(tmp_path) as rig:
        patron = await rig.register("adult")
        rig.add_item("1", branch="美笹分室")
        await rig.desk.lending.checkout(patron.id, "1")
        await rig.desk.returning.checkin("1")
        assert (await rig.desk.handover.figures()).open_matters.to_other_branches == 1
        await rig.desk.lending.checkout(patron.id, "1")
        assert (await rig.desk.handover.figures()).open_matters.to_other_branches == 0
        await rig.desk.returning.checkin("1")
        await rig.desk.lending.checkout(patron.id, "1")
        await rig.desk.returning.checkin("1")
        assert (await rig.desk.handover.figures()).open_matters.to_other_branches == 1
