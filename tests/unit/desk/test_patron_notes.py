"""Notes on patrons: kept, removed, shown, and accounted for without their words."""

from __future__ import annotations

import pytest

from counter_tui.desk.patron_notes import LONGEST_NOTE
from counter_tui.errors import InvalidField
from tests.support.rig import Rig

SECRET = "耳がきこえにくい。筆談で"


async def test_a_note_stands_in_the_file_and_is_counted(rig: Rig) -> None:
    """Who wrote it, where and when; the newest first; each patron's own."""
    patron, other = await rig.register("adult"), await rig.register("two-pins")
    await rig.desk.patron_notes.add(patron.id, SECRET)
    await rig.desk.patron_notes.add(patron.id, " 次の貸出で本をさがす\n")
    found = await rig.desk.patron_files.look_again(patron.id)
    assert found is not None
    assert [note.text for note in found.notes] == ["次の貸出で本をさがす", SECRET]
    assert (found.notes[0].at, found.notes[0].by) == ("中央図書館 1階", "佐藤")
    assert found.patron.notes_count == 2
    assert SECRET not in repr(found)
    nobody = await rig.desk.patron_files.look_again(other.id)
    assert nobody is not None
    assert (nobody.notes, nobody.patron.notes_count) == ((), 0)


async def test_a_note_is_removed_once_and_only_from_its_patron(rig: Rig) -> None:
    """Another counter may have removed it; nobody removes another patron's note."""
    patron, other = await rig.register("adult"), await rig.register("two-pins")
    await rig.desk.patron_notes.add(patron.id, SECRET)
    await rig.desk.patron_notes.remove(other.id, 1)
    assert rig.rows("SELECT count(*) FROM patron_note") == [(1,)]
    await rig.desk.patron_notes.remove(patron.id, 1)
    await rig.desk.patron_notes.remove(patron.id, 1)
    assert rig.rows("SELECT count(*) FROM patron_note") == [(0,)]
    told = rig.rows("SELECT action, patron_number, reason FROM audit_event ORDER BY number")
    assert told == [("note_added", patron.id, ""), ("note_removed", patron.id, "")]


@pytest.mark.parametrize("text", ["", " \n\u200b", "あ" * (LONGEST_NOTE + 1)])
async def test_an_empty_or_long_note_is_refused(rig: Rig, text: str) -> None:
    """Nothing is cut: what is too long is written anew by a person."""
    patron = await rig.register("adult")
    with pytest.raises(InvalidField):
        await rig.desk.patron_notes.add(patron.id, text)
    assert rig.rows("SELECT count(*) FROM patron_note") == [(0,)]


async def test_a_note_for_a_record_that_is_gone_is_nothing(rig: Rig) -> None:
    """Deleted at another counter meanwhile."""
    await rig.desk.patron_notes.add(999, SECRET)
    assert rig.rows("SELECT count(*) FROM audit_event") == [(0,)]


async def test_notes_are_told_to_the_patron_and_go_with_the_record(rig: Rig) -> None:
    """They are personal data like all else."""
    patron = await rig.register("adult")
    await rig.desk.patron_notes.add(patron.id, SECRET)
    held = await rig.desk.privacy.held_data(patron.id)
    assert f"本文: {SECRET}" in list(held.lines())
    rig.change("DELETE FROM print_job")
    rig.change("UPDATE patron SET expires_on = '2001-01-01'")
    rig.desk.privacy.delete_lapsed_after_days = 30
    done = await rig.desk.privacy.delete_lapsed()
    assert done is not None
    assert done.deleted == 1
    assert rig.rows("SELECT count(*) FROM patron_note") == [(0,)]
    assert rig.rows("SELECT count(*) FROM validity_change") == [(0,)]


async def test_opening_a_file_is_accounted_for_and_looking_again_is_not(rig: Rig) -> None:
    """Who, where, when, whom; nothing personal. A file that is not there is not opened."""
    patron = await rig.register("adult")
    await rig.desk.patron_files.open(patron.id)
    await rig.desk.patron_files.look_again(patron.id)
    await rig.desk.patron_files.open(999)
    told = rig.rows("SELECT action, patron_number, reason, amount FROM audit_event")
    assert told == [("open_file", patron.id, "", None)]
