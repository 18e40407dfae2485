"""The audit chain: whatever is done to its rows is found, and the first bad row is named."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import peewee
import pytest

from counter_tui.desk.audit import Action, Fault, Head, Verdict, rows, verify
from counter_tui.desk.audit_heads import AuditHeads, HeadFile
from counter_tui.errors import AuditHeadsUnusable, UnlinkReason
from tests.support.rig import NOON, Rig, rigged

EVENTS = 6


async def filled(rig: Rig) -> None:
    """A chain with some events."""
    for number in range(EVENTS):
        await rig.desk.audit.note(Action.SEARCH, reason="name", amount=50 + number)


def look(rig: Rig) -> Verdict:
    """What a look at the whole chain finds, heads included."""
    return verify(rig.desk.audit._store._store, HeadFile(head_file(rig)).read())


def head_file(rig: Rig) -> Path:
    """Where the heads are kept."""
    return rig.settings.state_folder / "audit-heads.txt"


async def kept_head(rig: Rig) -> None:
    """What the terminal does once a day."""
    heads = AuditHeads(rig.desk.audit._store, rig.clock, HeadFile(head_file(rig)))
    await heads.keep()


async def test_a_whole_chain_is_whole(rig: Rig) -> None:
    """An empty one, too."""
    assert look(rig) == Verdict(0)
    await filled(rig)
    assert look(rig) == Verdict(EVENTS)


@pytest.mark.parametrize(
    "column",
    ["at", "action", "patron_number", "operator_id", "counter_id", "reason", "amount", "digest"],
)
async def test_a_changed_value_is_found(rig: Rig, column: str) -> None:
    """In whatever column."""
    await filled(rig)
    rig.change("INSERT INTO operator VALUES (2, '鈴木')")
    rig.change("INSERT INTO counter SELECT 2, branch_id, '2階' FROM counter")
    rig.change(f"UPDATE audit_event SET {column} = 2 WHERE number = 3")  # noqa: S608  from above
    assert look(rig) == Verdict(3, Fault.CHANGED, 3)


@pytest.mark.parametrize("value", [b"\xff", "x", 1.5, None])
async def test_values_of_the_wrong_kind_are_found_and_break_nothing(
    rig: Rig, value: object
) -> None:
    """SQLite would keep anything anywhere."""
    await filled(rig)
    rig.change("UPDATE audit_event SET patron_number = ?, amount = ? WHERE number = 4", value, 99)
    assert look(rig) == Verdict(4, Fault.CHANGED, 4)


async def test_a_missing_row_is_named(rig: Rig) -> None:
    """At the beginning and in between."""
    await filled(rig)
    rig.change("DELETE FROM audit_event WHERE number = 4")
    assert look(rig) == Verdict(4, Fault.MISSING, 4)
    rig.change("DELETE FROM audit_event WHERE number = 1")
    assert look(rig) == Verdict(1, Fault.MISSING, 1)


async def test_renumbering_does_not_hide_a_missing_row(rig: Rig) -> None:
    """The digest is over the number, too."""
    await filled(rig)
    rig.change("DELETE FROM audit_event WHERE number = 4")
    for number in range(5, EVENTS + 1):
        rig.change("UPDATE audit_event SET number = ? WHERE number = ?", number - 1, number)
    assert look(rig) == Verdict(4, Fault.CHANGED, 4)


async def test_two_rows_that_changed_places_are_found(rig: Rig) -> None:
    """With their digests and all."""
    await filled(rig)
    for old, new in ((2, 99), (5, 2), (99, 5)):
        rig.change("UPDATE audit_event SET number = ? WHERE number = ?", new, old)
    assert look(rig) == Verdict(2, Fault.CHANGED, 2)


async def test_a_row_that_was_added_by_hand_is_found(rig: Rig) -> None:
    """It has no digest that fits, not even a copied one."""
    await filled(rig)
    rig.change(
        "INSERT INTO audit_event SELECT number + 1, at, action, patron_number, operator_id,"
        " counter_id, reason, amount, digest FROM audit_event WHERE number = ?",
        EVENTS,
    )
    assert look(rig) == Verdict(EVENTS + 1, Fault.CHANGED, EVENTS + 1)


async def test_a_tail_that_was_cut_off_does_not_fit_the_head(rig: Rig) -> None:
    """Nor does a store from which all was deleted."""
    await filled(rig)
    await kept_head(rig)
    assert look(rig) == Verdict(EVENTS)
    rig.change("DELETE FROM audit_event WHERE number > 4")
    assert look(rig) == Verdict(4, Fault.HEAD, EVENTS)
    rig.change("DELETE FROM audit_event")
    assert look(rig) == Verdict(0, Fault.HEAD, EVENTS)


async def test_a_chain_that_was_made_anew_does_not_fit_the_head(rig: Rig) -> None:
    """Whoever can write the store can make a chain; not yesterday's."""
    await filled(rig)
    await kept_head(rig)
    rig.change("DELETE FROM audit_event")
    for number in range(EVENTS + 2):
        await rig.desk.audit.note(Action.SEARCH, reason="kana", amount=number)
    assert look(rig) == Verdict(EVENTS, Fault.HEAD, EVENTS)


async def test_one_head_a_day_in_a_private_file(rig: Rig) -> None:
    """More events of the same day add none; the next day does."""
    await kept_head(rig)
    assert not head_file(rig).exists(), "nothing to keep yet"
    await filled(rig)
    await kept_head(rig)
    await filled(rig)
    await kept_head(rig)
    assert [head.number for head in HeadFile(head_file(rig)).read()] == [EVENTS]
    rig.clock.instant += timedelta(days=1)
    await kept_head(rig)
    assert [head.number for head in HeadFile(head_file(rig)).read()] == [EVENTS, 2 * EVENTS]
    assert stat.S_IMODE(head_file(rig).stat().st_mode) == 0o600
    assert look(rig) == Verdict(2 * EVENTS)


async def test_a_terminal_keeps_the_head_by_itself(tmp_path: Path) -> None:
    """When it starts; nobody has to think of it."""
    async with rigged(tmp_path) as rig:
        await filled(rig)
    async with rigged(tmp_path, NOON + timedelta(days=1)) as rig, asyncio.timeout(20):
        heads: list[Head] = []
        while not heads:
            await asyncio.sleep(0)
            heads = HeadFile(head_file(rig)).read()
    assert [head.number for head in heads] == [EVENTS]


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (lambda path: path.write_text("2026-11-24 1 " + "0" * 64 + "\nhello\n"), 2),
        (lambda path: path.write_bytes(b"\xff\n"), None),
        (lambda path: path.mkdir(), None),
    ],
)
def test_a_spoiled_head_file_is_named(
    tmp_path: Path, spoil: Callable[[Path], object], line: int | None
) -> None:
    """With the line, where there is one."""
    spoil(tmp_path / "heads")
    with pytest.raises(AuditHeadsUnusable) as caught:
        HeadFile(tmp_path / "heads").read()
    assert caught.value.line == line


async def test_heads_that_contradict_each_other_are_found(rig: Rig) -> None:
    """One number, two digests."""
    await filled(rig)
    found = verify(rig.desk.audit._store._store, [Head(3, "a" * 64), Head(3, "b" * 64)])
    assert (found.fault, found.number) == (Fault.HEAD, 3)


async def test_the_chain_holds_no_personal_data(rig: Rig) -> None:
    """Of a whole enrolment and unlinking there are numbers and codes alone."""
    patron = await rig.enroll("adult")
    await rig.desk.audit.note(Action.SEARCH, reason="telephone", amount=3)
    kept = json.dumps(rig.rows("SELECT * FROM audit_event"), ensure_ascii=False)
    ((user_identifier,),) = rig.rows("SELECT user_identifier FROM card_link")
    for secret in (patron.name, patron.library_card_number, patron.address, user_identifier):
        assert str(secret) not in kept


async def test_events_are_read_with_names_of_place_and_operator(rig: Rig) -> None:
    """The oldest first."""
    await filled(rig)
    found = list(rows(rig.desk.audit._store._store))
    assert [row.number for row in found] == list(range(1, EVENTS + 1))
    assert (found[0].operator, found[0].branch, found[0].counter) == ("佐藤", "中央図書館", "1階")
    assert found[0].at == rig.clock.now()


async def test_what_is_undone_leaves_no_event(rig: Rig) -> None:
    """Event and deed are one transaction."""
    patron = await rig.enroll("adult")
    before = rig.rows("SELECT * FROM audit_event")
    rig.change("CREATE TRIGGER no BEFORE UPDATE ON card_link BEGIN SELECT RAISE(FAIL, 'x'); END")
    with pytest.raises(peewee.IntegrityError):
        await rig.desk.unlinking.unlink(
            patron.id, UnlinkReason.WISH, card_suspended=False, typed_name=patron.name
        )
    assert rig.rows("SELECT * FROM audit_event") == before
