"""What is asked at each scan is answered by an index, whatever the library's size."""

from __future__ import annotations

from pathlib import Path

from counter_tui.library_rules import LoanTerms
from counter_tui.models.tables import Item, database
from tests.support.rig import Rig, rigged

ASKED = ("checkout", "extend", "undo", "checkin", "checkout", "scan")

GROWING = ("loan", "item", "hold", "patron", "patron_block", "loan_history_wish")
"""Tables that grow with the library."""


async def act(rig: Rig, what: str, patron_id: int) -> None:
    """Do one thing of a day at the counter."""
    if what == "checkout":
        await rig.desk.lending.checkout(patron_id, "1")
    elif what == "checkin":
        await rig.desk.returning.checkin("1")
    elif what == "scan":
        await rig.desk.identification.scan("1")
    else:
        ((loan_id,),) = rig.rows("SELECT id FROM loan WHERE returned_at IS NULL")
        if what == "extend":
            await rig.desk.lending.extend(patron_id, int(str(loan_id)))
        else:
            await rig.desk.lending.undo(patron_id, int(str(loan_id)))


async def test_no_scan_walks_through_a_table(tmp_path: Path) -> None:
    """Lent, extended, undone, returned, with a hold, a wish and a limit of the kind."""
    terms = (LoanTerms(kind="CD", limit=3),)
    asked: list[str] = []
    async with rigged(tmp_path, loan_rules=terms, extension_from="due_date") as rig:
        patron = await rig.register("adult")
        rig.add_item("1", kind="CD")
        rig.place_hold("1", patron.id)
        await rig.desk.loan_history.wish(patron.id, keep=True)
        # The store's own connection tells what it is asked, values and all.
        store = rig.desk.lending._store
        await store.transact(lambda: database.connection().set_trace_callback(asked.append))
        for what in ASKED:
            await act(rig, what, patron.id)
        plans = {
            sql: [str(row[3]) for row in rig.rows(f"EXPLAIN QUERY PLAN {sql}")]
            for sql in asked
            if sql.startswith(("SELECT", "UPDATE", "DELETE"))
            and any(f'"{table}"' in sql for table in GROWING)
        }
        everything = await store.transact(lambda: Item.select().sql()[0])
        assert "SCAN t1" in str(rig.rows(f"EXPLAIN QUERY PLAN {everything}")[0][3])
    assert len(plans) > 10
    walked = {
        sql: plan
        for sql, steps in plans.items()
        for plan in steps
        if "SCAN" in plan and plan != "SCAN CONSTANT ROW"
    }
    assert walked == {}
