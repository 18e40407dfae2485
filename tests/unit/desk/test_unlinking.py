"""The loss desk: who is found, what ends, what stays, what a touch says, and what can be undone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import peewee
import pytest

from counter_tui.desk.patrons import PatronView
from counter_tui.desk.unlinking import EndedLink
from counter_tui.errors import (
    CardLinkedToAnother,
    CardNotLinked,
    CardUnlinked,
    NameDiffers,
    NothingToUndo,
    NotSupervisor,
    PatronAlreadyLinked,
    PatronNotLinked,
    PlatformUnreachable,
    UndoReason,
    UnlinkReason,
)
from tests.support.rig import Rig, pin, rigged


async def enrolled(rig: Rig) -> int:
    """A linked patron's number; the card lies on the reader."""
    return (await rig.enroll("adult")).id


def name_of(rig: Rig) -> str:
    """The patron's name as it is recorded."""
    ((name,),) = rig.rows("SELECT name FROM patron")
    return str(name)


async def unlink(rig: Rig, patron_id: int, reason: UnlinkReason = UnlinkReason.LOST) -> None:
    """End the link of the only patron."""
    await rig.desk.unlinking.unlink(patron_id, reason, card_suspended=True, typed_name=name_of(rig))


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[Rig]:
    """A terminal at which no supervisor works."""
    async with rigged(tmp_path, supervisors=("鈴木",)) as rig:
        yield rig


async def test_a_case_tells_whether_there_is_a_link_to_end(rig: Rig) -> None:
    """Live, ended with day, reason, place and operator, or never there."""
    patron_id = await enrolled(rig)
    assert (await rig.desk.unlinking.open(patron_id)).ended is None
    await unlink(rig, patron_id, UnlinkReason.STOLEN)
    case = await rig.desk.unlinking.open(patron_id)
    assert case.patron.id == patron_id
    assert case.ended == EndedLink(
        date(2026, 11, 24), UnlinkReason.STOLEN, "中央図書館 1階", "佐藤"
    )
    other = await rig.register("two-pins")
    for number in (other.id, 999):
        with pytest.raises(PatronNotLinked):
            await rig.desk.unlinking.open(number)


async def test_an_unlinked_card_says_when_and_why_and_alerts(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """The one that was reported lost turns up."""
    patron_id = await enrolled(rig)
    done = await rig.desk.unlinking.unlink(
        patron_id, UnlinkReason.LOST, card_suspended=True, typed_name=name_of(rig)
    )
    assert done.platform_told
    assert done.patron.linked_on is None
    with pytest.raises(CardUnlinked) as caught:
        await rig.desk.identification.touch()
    assert caught.value.on == date(2026, 11, 24)
    assert caught.value.reason is UnlinkReason.LOST
    assert caught.value.alerts
    assert "reported lost" in caplog.text


@pytest.mark.parametrize("reason", [UnlinkReason.WISH, UnlinkReason.ERROR, UnlinkReason.REISSUED])
async def test_other_reasons_do_not_alert(rig: Rig, reason: UnlinkReason) -> None:
    """They are said all the same."""
    await unlink(rig, await enrolled(rig), reason)
    with pytest.raises(CardUnlinked) as caught:
        await rig.desk.identification.touch()
    assert caught.value.reason is reason
    assert not caught.value.alerts


async def test_loans_and_library_card_stay(rig: Rig) -> None:
    """Only the link ends."""
    patron = await rig.enroll("adult")
    rig.add_item("4567", "坊っちゃん")
    await rig.desk.lending.checkout(patron.id, "4567")
    loans = rig.rows("SELECT * FROM loan")
    await unlink(rig, patron.id)
    assert rig.rows("SELECT * FROM loan") == loans
    found = await rig.desk.identification.scan(patron.library_card_number)
    assert isinstance(found, PatronView)
    assert found.loans_count == 1


@pytest.mark.parametrize("typed", ["", "見本", "山田 太郎"])
async def test_another_name_ends_nothing(rig: Rig, typed: str) -> None:
    """The card goes on working."""
    patron_id = await enrolled(rig)
    with pytest.raises(NameDiffers):
        await rig.desk.unlinking.unlink(
            patron_id, UnlinkReason.LOST, card_suspended=False, typed_name=typed
        )
    assert (await rig.desk.identification.touch()).patron.id == patron_id


async def test_the_name_may_be_typed_without_blanks(rig: Rig) -> None:
    """Near is near enough for a confirmation."""
    patron_id = await enrolled(rig)
    await rig.desk.unlinking.unlink(
        patron_id,
        UnlinkReason.WISH,
        card_suspended=False,
        typed_name=name_of(rig).replace(" ", ""),
    )
    assert rig.rows("SELECT unlink_reason, suspension_confirmed FROM card_link") == [("wish", 0)]


async def test_a_link_ends_once(rig: Rig) -> None:
    """The second time there is none."""
    patron_id = await enrolled(rig)
    await unlink(rig, patron_id)
    with pytest.raises(PatronNotLinked):
        await unlink(rig, patron_id)


async def test_who_ended_it_where_and_when_is_kept(rig: Rig) -> None:
    """With the word that the card was stopped by telephone."""
    await unlink(rig, await enrolled(rig), UnlinkReason.STOLEN)
    assert rig.rows(
        "SELECT unlink_reason, suspension_confirmed, o.name, c.name FROM card_link"
        " JOIN operator o ON o.id = unlinked_by_id JOIN counter c ON c.id = unlinked_at_counter_id"
    ) == [("stolen", 1, "佐藤", "1階")]


async def test_a_slip_confirms_it(rig: Rig) -> None:
    """It names nobody."""
    patron_id = await enrolled(rig)
    done = await rig.desk.unlinking.unlink(
        patron_id, UnlinkReason.LOST, card_suspended=True, typed_name=name_of(rig)
    )
    assert done.job_number is not None
    slip = await rig.desk.receipts.last_slip()
    text = "".join(piece for line in slip.lines for piece, _ in line.pieces)
    assert "0120-95-0178" in text
    assert name_of(rig) not in text


async def test_the_platform_is_told_later_when_it_is_away(rig: Rig) -> None:
    """Meanwhile the card opens nothing, and afterwards neither knows it."""
    patron_id = await enrolled(rig)
    rig.platform.line_cut = True
    done = await rig.desk.unlinking.unlink(
        patron_id, UnlinkReason.LOST, card_suspended=True, typed_name=name_of(rig)
    )
    assert not done.platform_told
    rig.platform.line_cut = False
    with pytest.raises(CardUnlinked):
        await rig.desk.identification.touch()
    ((identifier,),) = rig.rows("SELECT user_identifier FROM card_link")
    assert rig.platform.auth_status(str(identifier)).word.value == "good", "not told yet"
    await rig.desk.reconciliation.reconcile()
    assert rig.platform.auth_status(str(identifier)).word.value == "good", "its terminal may yet"
    rig.clock.instant += timedelta(minutes=11)
    await rig.desk.reconciliation.reconcile()
    assert rig.platform.auth_status(str(identifier)).word.value == "absent"
    assert rig.rows("SELECT unlink_owed_since FROM card_link") == [(None,)]


async def test_what_an_undo_needs_is_deleted_when_the_day_is_over(rig: Rig) -> None:
    """Not before; the rest of the row tells what happened."""
    await unlink(rig, await enrolled(rig))
    await rig.desk.reconciliation.reconcile()
    assert rig.rows("SELECT card_key IS NULL FROM card_link") == [(0,)]
    rig.clock.instant += timedelta(hours=12)
    await rig.desk.reconciliation.reconcile()
    assert rig.rows("SELECT card_key, certificate_ends_on FROM card_link") == [(None, None)]
    with pytest.raises(CardUnlinked):
        await rig.desk.identification.touch()


# -------------------------------------------------------------------------------- undo


async def test_a_supervisor_undoes_it_on_the_same_day(rig: Rig) -> None:
    """Without the card: its holder is not here. It proves itself as before."""
    patron_id = await enrolled(rig)
    await unlink(rig, patron_id, UnlinkReason.ERROR)
    patron = await rig.desk.unlinking.undo(patron_id, UndoReason.WRONG_PATRON)
    assert patron.linked_on == date(2026, 11, 24)
    touched = await rig.desk.identification.touch()
    assert (touched.patron.id, touched.proof.value) == (patron_id, "proven")
    assert rig.rows("SELECT unlinked_at, unlink_reason, unlink_owed_since FROM card_link") == [
        (None, None, None)
    ]
    rig.clock.instant += timedelta(minutes=11)
    await rig.desk.reconciliation.reconcile()
    await rig.desk.identification.touch()


async def test_no_slip_tells_of_an_end_that_was_taken_back(rig: Rig) -> None:
    """It is not printed once more: the patron's last slip is the one before."""
    patron_id = await enrolled(rig)
    await unlink(rig, patron_id, UnlinkReason.ERROR)
    waiting = "SELECT 1 FROM print_job WHERE state IN ('queued', 'sending')"
    await rig.told.until(lambda: not rig.rows(waiting))
    await rig.desk.unlinking.undo(patron_id, UndoReason.WRONG_PATRON)
    again = await rig.desk.receipts.reprint_last(patron_id)
    assert rig.rows("SELECT kind FROM print_job WHERE id = ?", again.number) == [("enrollment",)]


async def test_a_slip_that_waits_with_an_end_taken_back_is_given_up(rig: Rig) -> None:
    """At whatever counter it waits."""
    patron_id = await enrolled(rig)
    await unlink(rig, patron_id, UnlinkReason.ERROR)
    waiting = "SELECT 1 FROM print_job WHERE state IN ('queued', 'sending')"
    await rig.told.until(lambda: not rig.rows(waiting))
    rig.change("INSERT INTO counter (branch_id, name) SELECT branch_id, '2階' FROM counter LIMIT 1")
    rig.change(
        "UPDATE print_job SET state = 'failed', counter_id = (SELECT max(id) FROM counter)"
        " WHERE kind = 'unlinking'"
    )
    await rig.desk.unlinking.undo(patron_id, UndoReason.WRONG_PATRON)
    assert rig.rows("SELECT state, patron_id FROM print_job WHERE kind = 'unlinking'") == [
        ("expired", None)
    ]


async def test_others_do_not(plain: Rig) -> None:
    """It takes a name from the settings."""
    patron_id = await enrolled(plain)
    await unlink(plain, patron_id)
    assert not plain.desk.unlinking.may_undo
    with pytest.raises(NotSupervisor):
        await plain.desk.unlinking.undo(patron_id, UndoReason.WRONG_PATRON)


async def test_nothing_is_undone_on_the_next_day(rig: Rig) -> None:
    """Midnight in Tokyo decides; nor where nothing was ended."""
    patron_id = await enrolled(rig)
    with pytest.raises(PatronAlreadyLinked):
        await rig.desk.unlinking.undo(patron_id, UndoReason.WRONG_PATRON)
    await unlink(rig, patron_id)
    rig.clock.instant += timedelta(hours=12)
    with pytest.raises(NothingToUndo):
        await rig.desk.unlinking.undo(patron_id, UndoReason.WRONG_PATRON)
    other = await rig.register("two-pins")
    with pytest.raises(NothingToUndo):
        await rig.desk.unlinking.undo(other.id, UndoReason.WRONG_PATRON)


async def test_a_card_that_was_enrolled_again_is_not_given_back(rig: Rig) -> None:
    """Neither to the same patron nor beside another one."""
    patron_id = await enrolled(rig)
    await unlink(rig, patron_id)
    again = rig.desk.enrollment
    ((number,),) = rig.rows("SELECT library_card_number FROM patron")
    await again.begin(str(number))
    again.consent()
    await again.inspect_card()
    await again.verify(pin("1234"), None, last_try_agreed=())
    await again.confirm(())
    with pytest.raises(PatronAlreadyLinked):
        await rig.desk.unlinking.undo(patron_id, UndoReason.WRONG_PATRON)
    rig.change(
        "UPDATE card_link SET patron_id = ? WHERE unlinked_at IS NULL",
        (await rig.register("two-pins")).id,
    )
    with pytest.raises(CardLinkedToAnother):
        await rig.desk.unlinking.undo(patron_id, UndoReason.WRONG_PATRON)


async def test_an_undo_without_the_platform_leaves_the_link_ended(rig: Rig) -> None:
    """And both agree afterwards."""
    patron_id = await enrolled(rig)
    await unlink(rig, patron_id)
    rig.platform.line_cut = True
    with pytest.raises(PlatformUnreachable):
        await rig.desk.unlinking.undo(patron_id, UndoReason.WRONG_PATRON)
    rig.platform.line_cut = False
    rig.clock.instant += timedelta(minutes=11)
    await rig.desk.reconciliation.reconcile()
    with pytest.raises(CardUnlinked):
        await rig.desk.identification.touch()


async def test_a_found_card_may_be_enrolled_again(rig: Rig) -> None:
    """Also while the platform has not heard of the end yet: it gets another identifier."""
    patron_id = await enrolled(rig)
    rig.platform.line_cut = True
    await unlink(rig, patron_id)
    rig.platform.line_cut = False
    ((number,),) = rig.rows("SELECT library_card_number FROM patron")
    enrollment = rig.desk.enrollment
    await enrollment.begin(str(number))
    enrollment.consent()
    await enrollment.inspect_card()
    await enrollment.verify(pin("1234"), None, last_try_agreed=())
    await enrollment.confirm(())
    identifiers = rig.rows("SELECT user_identifier FROM card_link")
    assert len(set(identifiers)) == 2
    rig.clock.instant += timedelta(minutes=11)
    await rig.desk.reconciliation.reconcile()
    assert (await rig.desk.identification.touch()).patron.id == patron_id
    assert rig.platform.pending_links() == []


async def test_a_card_that_never_was_linked_is_not_said_to_have_been(rig: Rig) -> None:
    """The platform remembers ended links alone."""
    rig.lay("adult")
    with pytest.raises(CardNotLinked):
        await rig.desk.identification.touch()


async def test_an_end_that_cannot_be_accounted_for_does_not_happen(rig: Rig) -> None:
    """Neither here nor at the platform."""
    patron_id = await enrolled(rig)
    name = name_of(rig)
    rig.change(
        "CREATE TRIGGER no BEFORE INSERT ON audit_event BEGIN SELECT RAISE(FAIL, 'disk'); END"
    )
    with pytest.raises(peewee.IntegrityError):
        await rig.desk.unlinking.unlink(
            patron_id, UnlinkReason.LOST, card_suspended=True, typed_name=name
        )
    assert (await rig.desk.identification.touch()).patron.id == patron_id
