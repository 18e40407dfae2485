"""Two terminals at one item, and terminals that are killed while they lend."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.rig import NOON, rigged
from tests.support.rival import Job, Rival, rival

ITEMS = 4
"""Items that a terminal lends one after another until it is killed."""


@pytest.fixture(scope="module")
def first() -> Iterator[Rival]:
    """A process for the jobs of one terminal."""
    with rival() as made:
        yield made


@pytest.fixture(scope="module")
def second() -> Iterator[Rival]:
    """A process for the jobs of another one."""
    with rival() as made:
        yield made


@pytest.mark.parametrize(
    "rounds", [pytest.param(10, id="few"), pytest.param(500, id="many", marks=pytest.mark.soak)]
)
async def test_two_terminals_lend_one_item(
    tmp_path: Path, first: Rival, second: Rival, rounds: int
) -> None:
    """To two people at the same moment: one has it, and the other terminal is told."""
    async with rigged(tmp_path, NOON) as rig:
        patrons = [await rig.register("adult"), await rig.register("two-pins")]
        for number in range(rounds):
            rig.add_item(f"R{number}")
        for number in range(rounds):
            for terminal, patron in zip((first, second), patrons, strict=True):
                terminal.begin(
                    Job(str(tmp_path), "checkout", str(patron.id), waits=True, item=f"R{number}")
                )
            first.go()
            second.go()
            told = [terminal.outcome() for terminal in (first, second)]
            outcomes = [one and one["outcome"] for one in told]
            assert sorted(map(str, outcomes)) == ["ItemOnLoan", "done"]
            winner = patrons[outcomes.index("done")]
            assert rig.rows("SELECT patron_id FROM loan WHERE returned_at IS NULL") == [
                (winner.id,)
            ]
            assert [terminal.shown for terminal in (first, second)].count([f"R{number}"]) == 1
            await rig.desk.returning.checkin(f"R{number}")


@pytest.mark.parametrize(
    "rounds", [pytest.param(10, id="few"), pytest.param(300, id="many", marks=pytest.mark.soak)]
)
async def test_a_terminal_is_killed_while_it_lends(
    tmp_path: Path, first: Rival, rounds: int
) -> None:
    """At any call: what it has shown is kept, and of what it has not at most the one under way."""
    chance = random.Random(rounds)
    calls, kills, found = 0, 0, set()
    async with rigged(tmp_path, NOON) as rig:
        patron = await rig.register("adult")
        # Threads do not count alike each time: some kills come after the last call.
        for turn in range(3 * rounds):
            if kills == rounds:
                break
            barcodes = [f"K{turn}-{number}" for number in range(ITEMS)]
            for barcode in barcodes:
                rig.add_item(barcode)
            # The first turn is not killed: it counts.
            killed_at = chance.randint(1, calls) if turn else None
            first.begin(
                Job(
                    str(tmp_path),
                    "checkout",
                    str(patron.id),
                    killed_at=killed_at,
                    item=" ".join(barcodes),
                )
            )
            told = first.outcome()
            if told is not None and not turn:
                calls = told["calls"]
                assert calls > 100
            if told is None:
                kills += 1
                found.add(len(first.shown))
            kept = [
                str(barcode)
                for (barcode,) in rig.rows(
                    "SELECT barcode FROM loan JOIN item ON item.id = item_id"
                    " WHERE returned_at IS NULL ORDER BY loan.id"
                )
            ]
            assert kept[: len(first.shown)] == first.shown
            under_way = kept[len(first.shown) :]
            assert under_way in ([], barcodes[len(first.shown) : len(first.shown) + 1])
            seen = await rig.desk.identification.patron(patron.id)
            assert seen.loans_count == len(kept)
            # What was lent before comes back; what was not can be lent now.
            for barcode in barcodes:
                back = await rig.desk.returning.checkin(barcode)
                assert (back.loan is not None) == (barcode in kept)
        assert rig.rows("PRAGMA integrity_check") == [("ok",)]
        assert rig.rows("PRAGMA foreign_key_check") == []
    assert kills == rounds
    assert len(found) > 1, "killed at one place only"
