"""The table of a loan's life, against the store's rows and against days of random acts."""

from __future__ import annotations

import random
from collections.abc import Awaitable
from datetime import date, timedelta
from pathlib import Path

import pytest

from counter_tui.desk.loan_life import LIFE, LoanEvent, LoanRefusal, LoanState
from counter_tui.errors import (
    CounterError,
    ExtensionRefused,
    ItemAlreadyYours,
    ItemOnLoan,
    LoanOver,
    NotUndoable,
)
from tests.support.rig import NOON, Rig, rigged


def test_every_event_has_an_answer_in_every_state() -> None:
    """No state forgets an event, and none can be reached from nowhere or never left."""
    assert set(LIFE) == set(LoanState)
    for answers in LIFE.values():
        assert set(answers) == set(LoanEvent)
    reached = {
        follows
        for answers in LIFE.values()
        for follows in answers.values()
        if isinstance(follows, LoanState)
    }
    # Overdue comes with the days alone.
    assert reached == set(LoanState) - {LoanState.OVERDUE}
    for state in (LoanState.LENT, LoanState.EXTENDED, LoanState.OVERDUE):
        assert LIFE[state][LoanEvent.CHECKIN] is LoanState.IN_HOUSE
        assert LIFE[state][LoanEvent.CHECKOUT] is LoanRefusal.ON_LOAN


class Ledger:
    """What an observer who knows the table and nothing of the code expects of one item."""

    def __init__(self) -> None:
        self.holder: int | None = None
        self.due_on = self.due_before = self.done_on = date.min
        self.is_extended = False

    def state(self, on: date) -> LoanState:
        """By the item's history alone."""
        if self.holder is None:
            return LoanState.IN_HOUSE
        if self.due_on < on:
            return LoanState.OVERDUE
        return LoanState.EXTENDED if self.is_extended else LoanState.LENT


async def act(rig: Rig, event: LoanEvent, patron_id: int, loan_id: int) -> date | None:
    """Do it, and say when the item is due afterwards."""
    lending = rig.desk.lending
    if event is LoanEvent.CHECKOUT:
        return (await lending.checkout(patron_id, "1")).loan.due_on
    if event is LoanEvent.EXTEND:
        return (await lending.extend(patron_id, loan_id)).loan.due_on
    if event is LoanEvent.UNDO:
        return (await lending.undo(patron_id, loan_id)).due_on
    back = await rig.desk.returning.checkin("1")
    if back.loan is None:
        raise LoanOver
    return None


async def tried(doing: Awaitable[date | None]) -> tuple[date | None, type[CounterError] | None]:
    """What came of it, or the kind of refusal."""
    try:
        return await doing, None
    except CounterError as error:
        return None, type(error)


EXPECTED: dict[LoanRefusal, set[type[CounterError]]] = {
    LoanRefusal.ON_LOAN: {ItemOnLoan, ItemAlreadyYours},
    LoanRefusal.NOT_ON_LOAN: {LoanOver},
    LoanRefusal.EXTENDED_BEFORE: {ExtensionRefused},
    LoanRefusal.OVERDUE: {ExtensionRefused},
    LoanRefusal.NOT_TODAYS: {NotUndoable},
}


@pytest.mark.parametrize(
    ("seed", "acts"),
    [*((seed, 60) for seed in range(3)), pytest.param(9, 3_000, marks=pytest.mark.soak)],
)
async def test_random_days_follow_the_table(tmp_path: Path, seed: int, acts: int) -> None:
    """Lent, extended, undone and returned by two people over weeks: state and due date agree."""
    chance = random.Random(seed)
    async with rigged(tmp_path, NOON, extension_from="due_date") as rig:
        people = [(await rig.register(name)).id for name in ("adult", "two-pins")]
        rig.add_item("1")
        rig.change("UPDATE patron SET expires_on = '2199-01-01'")
        ledger, seen = Ledger(), set()
        for _ in range(acts):
            if chance.random() < 0.3:
                rig.clock.instant += timedelta(days=chance.choice([1, 1, 3, 20]))
            on = rig.clock.instant.date()
            event, who = chance.choice(list(LoanEvent)), chance.choice(people)
            rows = rig.rows("SELECT id FROM loan WHERE returned_at IS NULL")
            loan_id = int(str(rows[0][0])) if rows else 1
            state = ledger.state(on)
            follows = LIFE[state][event]
            if event is LoanEvent.UNDO and ledger.done_on != on:
                follows = LoanRefusal.NOT_TODAYS
            if event in (LoanEvent.EXTEND, LoanEvent.UNDO) and who != ledger.holder:
                follows = LoanRefusal.NOT_ON_LOAN
            seen.add((state, event))
            due_on, refused = await tried(act(rig, event, who, loan_id))
            if refused is not None:
                assert isinstance(follows, LoanRefusal), (state, event, refused)
                assert refused in EXPECTED[follows]
                continue
            assert isinstance(follows, LoanState), (state, event)
            if event is LoanEvent.CHECKOUT:
                ledger.holder, ledger.done_on, ledger.is_extended = who, on, False
            elif event is LoanEvent.EXTEND:
                ledger.due_before, ledger.is_extended, ledger.done_on = ledger.due_on, True, on
            elif event is LoanEvent.UNDO and ledger.is_extended:
                ledger.is_extended = False
                assert due_on == ledger.due_before
                ((lent_at,),) = rig.rows("SELECT lent_at FROM loan WHERE id = ?", loan_id)
                ledger.done_on = date.fromisoformat(str(lent_at)[:10])
            else:
                ledger.holder = None
            ledger.due_on = due_on or date.min
            assert ledger.state(on) in (follows, LoanState.OVERDUE)
        assert len(seen) >= 10
