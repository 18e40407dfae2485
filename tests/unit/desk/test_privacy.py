"""What is held on a patron is told whole, and deleted when its time is over."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from counter_tui.desk.audit import Action
from counter_tui.desk.auto_renewal import NotRenewed
from counter_tui.desk.blocks import BlockRule
from counter_tui.desk.held_words import field_label, value_words
from counter_tui.desk.overrides import OverrideReason
from counter_tui.desk.privacy import DeletionRun
from counter_tui.desk.renewal_proofs import Proof
from counter_tui.desk.renewal_records import RENEWED
from counter_tui.desk.slips import _examples
from counter_tui.errors import CardNotLinked, NoSlip, UndoReason, UnknownLibraryCard, UnlinkReason
from counter_tui.identity.platform import StatusWord
from counter_tui.library_rules import OverrideRule
from counter_tui.models.tables import TABLES, AuditEvent, Patron
from tests.support.rig import Rig, rigged

YEARS_LATER = timedelta(days=800)


@pytest.fixture
async def deleting(tmp_path: Path) -> AsyncIterator[Rig]:
    """A library that deletes patrons a year after they lapsed."""
    async with rigged(tmp_path, delete_lapsed_after_days=365) as rig:
        yield rig


async def test_everything_that_is_stored_is_told(rig: Rig) -> None:
    """Each value of each row about this patron, and nobody else's."""
    patron = await rig.enroll("adult")
    other = await rig.enroll("two-pins")
    rig.add_item("4567", "坊っちゃん")
    await rig.desk.lending.checkout(patron.id, "4567")
    held = await rig.desk.privacy.held_data(await rig.desk.privacy.find(patron.library_card_number))
    told = json.loads(held.as_json())
    assert {"patron", "card_link", "loan", "print_job", "audit_event"} <= set(told)
    assert told["patron"][0]["name"] == patron.name
    assert told["loan"][0]["item"] == "坊っちゃん"
    assert [event["action"] for event in told["audit_event"]] == ["link", "report"]
    ((user_identifier, key),) = rig.rows(
        "SELECT user_identifier, hex(card_key) FROM card_link WHERE patron_id = ?", patron.id
    )
    assert told["card_link"][0]["user_identifier"] == user_identifier
    assert told["card_link"][0]["card_key"].upper() == key
    text = "\n".join(held.lines())
    assert f"氏名: {patron.name}" in text
    assert "暗号化" in text, "what the platform keeps is said, too"
    for form in (text, held.as_json(), held.as_csv().decode("utf-8-sig")):
        assert other.name not in form
        assert other.library_card_number not in form


def test_every_column_about_patrons_has_a_name_in_japanese() -> None:
    """A new table or column is told by itself; its name has to be added."""
    about = [
        table
        for table in TABLES
        if table in (Patron, AuditEvent)
        or any(foreign.rel_model is Patron for foreign in table._meta.refs)
    ]
    names = {field.name for table in about for field in table._meta.sorted_fields} - {"patron"}
    assert sorted(name for name in names if field_label(name) == name) == []


async def test_a_patron_reads_words_and_no_codes(rig: Rig) -> None:
    """On paper, as text and as CSV; times are Tokyo's."""
    patron = await rig.enroll("adult")
    await rig.desk.unlinking.unlink(
        patron.id, UnlinkReason.LOST, card_suspended=True, typed_name=patron.name
    )
    held = await rig.desk.privacy.held_data(patron.id)
    slip = await rig.desk.receipts.last_slip(await rig.desk.privacy.print_report(patron.id))
    paper = "".join(piece for line in slip.lines for piece, _ in line.pieces)
    for told in ("\n".join(held.lines()), held.as_csv().decode("utf-8-sig"), paper):
        for word in ("在住", "カードの紛失", "はい", "連携を解除した"):
            assert word in told, word
        for code in ("resident", "lost", "True", "unlink", "enrollment", "+00:00"):
            assert code not in told, code


def _codes_of(table: str) -> set[tuple[str, str]]:
    """Columns and the codes that the table's constraints allow them."""
    [found] = [each for each in TABLES if each._meta.table_name == table]
    checks = [
        part.sql
        for field in found._meta.sorted_fields
        for part in field.constraints or ()
        if " IN (" in part.sql
    ]
    return {
        (check.removeprefix("CHECK (").split()[0], code)
        for check in checks
        for code in re.findall(r"'([a-z_]+)'", check)
    }


def test_every_code_about_patrons_has_a_word() -> None:
    """Those of the tables' constraints, and those that only the program knows."""
    codes = {
        (table, column, code)
        for table in ("patron", "validity_change", "card_link", "patron_block", "print_job")
        for column, code in _codes_of(table)
    }
    assert ("patron", "residency", "worker") in codes
    assert ("print_job", "state", "failed") in codes
    codes |= {("print_job", "kind", facts.kind) for facts in _examples()}
    codes |= {("audit_event", "action", each.value) for each in Action}
    codes |= {("audit_event", "reason", each.value) for each in (*OverrideRule, *OverrideReason)}
    codes |= {("renewal_outcome", "outcome", each.value) for each in NotRenewed}
    codes |= {("renewal_outcome", "outcome", RENEWED)}
    codes |= {("renewal_outcome", "word", each.value) for each in StatusWord}
    codes |= {("validity_change", "reason", each.value) for each in (*Proof, *UndoReason)}
    assert sorted(each for each in codes if value_words(*each) == each[2]) == []


async def test_a_question_is_accounted_for(rig: Rig) -> None:
    """Before it is answered."""
    patron = await rig.register("adult")
    await rig.desk.privacy.held_data(patron.id)
    assert rig.rows("SELECT action, patron_number FROM audit_event") == [("report", patron.id)]
    with pytest.raises(UnknownLibraryCard):
        await rig.desk.privacy.find("0")


async def test_nobody_is_deleted_unless_the_settings_say_so(rig: Rig) -> None:
    """Zero is never."""
    await rig.register("adult")
    rig.clock.instant += YEARS_LATER
    assert await rig.desk.privacy.delete_lapsed() is None
    assert len(rig.rows("SELECT * FROM patron")) == 1


async def test_a_lapsed_patron_is_deleted_everywhere(deleting: Rig) -> None:
    """Link, slips' owner and what the platform knew go as well; the chain keeps a number."""
    rig = deleting
    patron = await rig.enroll("adult")
    rig.clock.instant += YEARS_LATER
    done = await rig.desk.privacy.delete_lapsed()
    assert done is not None
    assert (done.deleted, done.kept_for_loans, done.waiting) == (1, 0, 0)
    assert rig.rows("SELECT * FROM patron") == rig.rows("SELECT * FROM card_link") == []
    assert rig.rows("SELECT patron_id FROM print_job") == [(None,)]
    assert rig.rows("SELECT action, patron_number, amount FROM audit_event") == [
        ("link", patron.id, None),
        ("unlink", patron.id, None),
        ("delete", patron.id, None),
        ("deletion_run", None, 1),
    ]
    rig.clock.instant -= YEARS_LATER
    with pytest.raises(CardNotLinked):
        await rig.desk.identification.touch()


async def test_a_dry_run_deletes_nobody(deleting: Rig) -> None:
    """It counts, and is accounted for."""
    await deleting.register("adult")
    deleting.clock.instant += YEARS_LATER
    done = await deleting.desk.privacy.delete_lapsed(dry_run=True)
    assert done is not None
    assert done.deleted == 1
    assert len(deleting.rows("SELECT * FROM patron")) == 1
    assert deleting.rows("SELECT action, reason, amount FROM audit_event") == [
        ("deletion_run", "dry_run", 1)
    ]


async def test_what_the_rules_of_lending_kept_goes_with_the_patron(deleting: Rig) -> None:
    """History, wish, hold and block; the loan stays as a figure of the day."""
    rig = deleting
    patron = await rig.register("adult")
    rig.add_item("1")
    rig.add_item("2")
    await rig.desk.loan_history.wish(patron.id, keep=True)
    await rig.desk.lending.checkout(patron.id, "1")
    await rig.desk.returning.checkin("1")
    rig.place_hold("2", patron.id)
    await rig.desk.patron_blocks.block(patron.id, BlockRule.CARD_LOST)
    sections = {each.section for each in (await rig.desk.privacy.held_data(patron.id)).records}
    assert sections >= {"loan", "loan_history_wish", "hold", "patron_block"}
    rig.clock.instant += YEARS_LATER
    done = await rig.desk.privacy.delete_lapsed()
    assert done is not None
    assert done.deleted == 1
    for table in ("loan_history_wish", "hold", "patron_block", "patron"):
        assert rig.rows(f"SELECT * FROM {table}") == []  # noqa: S608  names from above
    assert rig.rows("SELECT patron_id FROM loan") == [(None,)]


async def test_whoever_has_something_in_hand_is_kept(deleting: Rig) -> None:
    """Until it comes back."""
    rig = deleting
    patron = await rig.register("adult")
    rig.add_item("4567", "坊っちゃん")
    await rig.desk.lending.checkout(patron.id, "4567")
    rig.clock.instant += YEARS_LATER
    done = await rig.desk.privacy.delete_lapsed()
    assert done == DeletionRun(done.lapsed_before if done else None, 0, 1, 0)  # type: ignore[arg-type]  # None fails above
    rig.change("UPDATE loan SET returned_at = lent_at, patron_id = NULL, slip_id = NULL")
    done = await rig.desk.privacy.delete_lapsed()
    assert done is not None
    assert done.deleted == 1


async def test_the_day_of_the_limit_is_kept(deleting: Rig) -> None:
    """Deleted when more than so many days have gone by."""
    patron = await deleting.register("adult")
    days = (patron.expires_on - deleting.clock.instant.date()).days + 365
    deleting.clock.instant += timedelta(days=days)
    done = await deleting.desk.privacy.delete_lapsed(dry_run=True)
    assert done is not None
    assert done.deleted == 0
    deleting.clock.instant += timedelta(days=1)
    done = await deleting.desk.privacy.delete_lapsed(dry_run=True)
    assert done is not None
    assert done.deleted == 1


async def test_without_the_platform_a_linked_patron_waits(deleting: Rig) -> None:
    """Nothing must remain there that nobody knows of; the next run goes on."""
    rig = deleting
    await rig.enroll("adult")
    await rig.register("two-pins")
    rig.clock.instant += YEARS_LATER
    rig.platform.line_cut = True
    done = await rig.desk.privacy.delete_lapsed()
    assert done is not None
    assert (done.deleted, done.waiting) == (1, 1)
    assert rig.rows("SELECT unlink_reason FROM card_link") == [(UnlinkReason.LAPSED.value,)]
    rig.platform.line_cut = False
    done = await rig.desk.privacy.delete_lapsed()
    assert done is not None
    assert (done.deleted, done.waiting) == (1, 0)


async def test_the_report_on_paper_names_all_facts_and_is_accounted_for(rig: Rig) -> None:
    """Facts line by line, events in a line each; the search copies and long keys in words."""
    patron = await rig.enroll("adult")
    await rig.desk.patron_notes.add(patron.id, "筆談で")
    number = await rig.desk.privacy.print_report(patron.id)
    slip = await rig.desk.receipts.last_slip(number)
    text = "".join("".join(piece for piece, _ in line.pieces) for line in slip.lines)
    joined = "".join(text.split())
    for wanted in (patron.name, patron.address[:6], "筆談で", patron.library_card_number):
        assert "".join(wanted.split()) in joined
    assert "カードを連携した" in joined
    assert "この控えを出した" in joined
    [(action, reason)] = rig.rows("SELECT action, reason FROM audit_event WHERE action = 'report'")
    assert (action, reason) == ("report", "paper")


async def test_f9_never_prints_a_report_once_more(rig: Rig) -> None:
    """Whoever wants the last slip gets the last one that is no report on somebody."""
    patron = await rig.register("adult")
    other = await rig.register("two-pins")
    rig.add_item("1001", "本")
    lent = await rig.desk.lending.checkout(other.id, "1001")
    await rig.desk.lending.finish(other.id, [lent.loan.id])
    await rig.desk.privacy.print_report(patron.id)
    await rig.desk.receipts.reprint_last()
    assert rig.rows("SELECT kind, patron_id FROM print_job ORDER BY id") == [
        ("checkout", other.id),
        ("report", patron.id),
        ("checkout", other.id),
    ]
    with pytest.raises(NoSlip):
        await rig.desk.receipts.reprint_last(patron.id)


async def test_a_long_history_is_a_short_paper(rig: Rig) -> None:
    """The newest events, and how many there are besides; the file has them all."""
    patron = await rig.register("adult")
    for _opening in range(60):
        await rig.desk.patron_files.open(patron.id)
    number = await rig.desk.privacy.print_report(patron.id)
    slip = await rig.desk.receipts.last_slip(number)
    text = "".join("".join(piece for piece, _ in line.pieces) for line in slip.lines)
    assert text.count("詳細を見た") == 19
    assert "ほか 41件" in text
    path = await rig.desk.privacy.write_report(patron.id)
    assert path.read_bytes().decode("utf-8-sig").count("詳細を見た") == 60
    assert path.stat().st_mode & 0o777 == 0o600
    assert patron.library_card_number not in path.name
    assert rig.rows("SELECT reason FROM audit_event WHERE action = 'report'") == [
        ("paper",),
        ("file",),
    ]
