"""A reissued card: the old link ends and the new one begins in one step."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from counter_tui import language
from counter_tui.desk.links_to_renew import overview_csv
from counter_tui.desk.recognition import CardBoundProof
from counter_tui.desk.slips import LINKS_ON_A_SLIP, LinkLine, LinksFacts, slip_of
from counter_tui.errors import (
    CardLinkedToAnother,
    CardNotLinked,
    CardUnlinked,
    ListNotWritten,
    NothingToUndo,
    PatronAlreadyLinked,
    PlatformUnreachable,
    StatusUnknown,
    UndoReason,
    UnlinkReason,
)
from counter_tui.hardware.simulated.personas import PERSONAS
from tests.support.rig import NOON, Rig, pin

NEW_CARD = "two-pins"


async def relink_up_to_the_last_step(
    rig: Rig,
    number: str,
    persona: str = NEW_CARD,
    reason: UnlinkReason = UnlinkReason.REISSUED,
) -> None:
    """All of a relink that needs the card."""
    enrollment = rig.desk.enrollment
    await enrollment.begin(number, relink=True, reason=reason)
    enrollment.consent()
    rig.lay(persona)
    await enrollment.inspect_card()
    secrets = PERSONAS[persona].secrets
    await enrollment.verify(
        pin(secrets.auth_pin), pin(secrets.surface_info_pin), last_try_agreed=()
    )


async def with_old_card(rig: Rig) -> tuple[int, str]:
    """A patron whose present link is with another card than the new one."""
    patron = await rig.enroll("adult")
    # The persona stands for the same person's new card.
    holder = PERSONAS[NEW_CARD].holder
    rig.change("UPDATE patron SET birth_date = ?", holder.birth_date.isoformat())
    return patron.id, patron.library_card_number


async def test_the_old_link_ends_and_the_new_one_begins(rig: Rig) -> None:
    """The new card opens, the old one says why it does not, and the platform agrees."""
    patron_id, number = await with_old_card(rig)
    await relink_up_to_the_last_step(rig, number)
    done = await rig.desk.enrollment.confirm(())
    assert (done.ended_reason, done.usable_now) == (UnlinkReason.REISSUED, True)
    assert rig.rows("SELECT unlink_reason, unlink_owed_since FROM card_link ORDER BY id") == [
        ("reissued", None),
        (None, None),
    ]
    assert (await rig.desk.identification.touch()).patron.id == patron_id
    rig.lay("adult")
    with pytest.raises(CardUnlinked) as caught:
        await rig.desk.identification.touch()
    assert caught.value.reason is UnlinkReason.REISSUED
    assert rig.rows("SELECT action, reason FROM audit_event ORDER BY number") == [
        ("link", ""),
        ("relink", "reissued"),
    ]


async def test_the_old_cards_key_is_deleted_at_once(rig: Rig) -> None:
    """A relink is not undone: the new card was there."""
    patron_id, number = await with_old_card(rig)
    await relink_up_to_the_last_step(rig, number)
    await rig.desk.enrollment.confirm(())
    assert rig.rows(
        "SELECT card_key, certificate_ends_on FROM card_link WHERE unlinked_at IS NOT NULL"
    ) == [(None, None)]
    rig.change(
        "UPDATE card_link SET unlinked_at = linked_at, unlink_reason = 'error',"
        " card_key = NULL, certificate_ends_on = NULL"
    )
    with pytest.raises(NothingToUndo):
        await rig.desk.unlinking.undo(patron_id, UndoReason.WRONG_PATRON)


async def test_without_the_word_relink_the_present_link_stays(rig: Rig) -> None:
    """Staff are told of it first."""
    _, number = await with_old_card(rig)
    with pytest.raises(PatronAlreadyLinked):
        await rig.desk.enrollment.begin(number)


async def test_a_relink_that_is_left_changes_nothing(rig: Rig) -> None:
    """The old card goes on working until the new one is linked."""
    patron_id, number = await with_old_card(rig)
    await relink_up_to_the_last_step(rig, number)
    rig.desk.enrollment.cancel()
    rig.lay("adult")
    assert (await rig.desk.identification.touch()).patron.id == patron_id


async def test_a_relink_that_fails_ends_nothing(rig: Rig) -> None:
    """Old link and new one are one transaction."""
    patron_id, number = await with_old_card(rig)
    await relink_up_to_the_last_step(rig, number)
    rig.platform.line_cut = True
    with pytest.raises(PlatformUnreachable):
        await rig.desk.enrollment.confirm(())
    rig.platform.line_cut = False
    rig.lay("adult")
    assert (await rig.desk.identification.touch()).patron.id == patron_id
    rig.lay(NEW_CARD)
    with pytest.raises(CardNotLinked):
        await rig.desk.identification.touch()


def lose_what_is_pending(rig: Rig) -> None:
    """As when a terminal whose clock is ahead removes it before it is confirmed."""
    confirm = rig.platform.confirm

    def lost(enrollment_id: str) -> None:
        rig.platform.confirm = confirm  # type: ignore[method-assign]  # once
        rig.platform.discard(enrollment_id)
        confirm(enrollment_id)

    rig.platform.confirm = lost  # type: ignore[method-assign]  # another terminal, in between


async def test_a_new_link_that_the_platform_lost_leaves_the_old_one(rig: Rig) -> None:
    """The patron is not left with neither; the old card opens with its proof, the new one not."""
    patron_id, number = await with_old_card(rig)
    [before] = rig.rows("SELECT card_key, certificate_ends_on FROM card_link")
    await relink_up_to_the_last_step(rig, number)
    lose_what_is_pending(rig)
    with pytest.raises(StatusUnknown):
        await rig.desk.enrollment.confirm(())
    assert rig.rows(
        "SELECT card_key, certificate_ends_on FROM card_link WHERE unlinked_at IS NULL"
    ) == [before]
    assert rig.rows("SELECT action, reason FROM audit_event ORDER BY number") == [
        ("link", ""),
        ("relink", "reissued"),
        ("unlink", "error"),
        ("undo_unlink", "reissued"),
    ]
    rig.clock.instant += timedelta(minutes=11)
    await rig.desk.reconciliation.reconcile()
    rig.lay("adult")
    touched = await rig.desk.identification.touch()
    assert (touched.patron.id, touched.proof) == (patron_id, CardBoundProof.PROVEN)
    rig.lay(NEW_CARD)
    with pytest.raises(CardNotLinked):
        await rig.desk.identification.touch()
    await relink_up_to_the_last_step(rig, number)
    assert (await rig.desk.enrollment.confirm(())).usable_now


@pytest.mark.parametrize("reason", [UnlinkReason.LOST, UnlinkReason.STOLEN])
async def test_a_lost_card_does_not_come_back_when_the_new_link_fails(
    rig: Rig, reason: UnlinkReason
) -> None:
    """Whoever has it would open the patron; the library card is left, and a new enrolment."""
    _, number = await with_old_card(rig)
    await relink_up_to_the_last_step(rig, number, reason=reason)
    lose_what_is_pending(rig)
    with pytest.raises(StatusUnknown):
        await rig.desk.enrollment.confirm(())
    rig.lay("adult")
    with pytest.raises(CardUnlinked) as caught:
        await rig.desk.identification.touch()
    assert caught.value.reason is reason
    await relink_up_to_the_last_step(rig, number)
    assert (await rig.desk.enrollment.confirm(())).usable_now


async def test_the_same_card_can_be_linked_anew(rig: Rig) -> None:
    """After a change of what an enrolment keeps, nothing of the card itself has changed."""
    patron = await rig.enroll("adult")
    await relink_up_to_the_last_step(rig, patron.library_card_number, "adult")
    await rig.desk.enrollment.confirm(())
    rig.clock.instant += timedelta(minutes=11)
    await rig.desk.reconciliation.reconcile()
    assert (await rig.desk.identification.touch()).patron.id == patron.id
    assert len(rig.rows("SELECT * FROM card_link WHERE unlinked_at IS NULL")) == 1


async def test_a_card_of_somebody_else_is_refused_at_a_relink_too(rig: Rig) -> None:
    """It is linked to another patron."""
    await rig.enroll("adult")
    other = await rig.enroll(NEW_CARD)
    enrollment = rig.desk.enrollment
    await enrollment.begin(other.library_card_number, relink=True)
    enrollment.consent()
    rig.lay("adult")
    with pytest.raises(CardLinkedToAnother):
        await enrollment.inspect_card()


async def test_a_patron_without_a_link_may_come_by_the_same_way(rig: Rig) -> None:
    """After a loss the old link was ended on another day."""
    patron = await rig.register("adult")
    await relink_up_to_the_last_step(rig, patron.library_card_number, "adult")
    assert (await rig.desk.enrollment.confirm(())).ended_reason is None
    assert rig.rows("SELECT action FROM audit_event") == [("link",)]


async def test_the_overview_lists_what_ends_soon_or_is_of_an_older_scheme(rig: Rig) -> None:
    """The one that ends first stands first; ended links do not stand there."""
    first, second = await rig.enroll("adult"), await rig.enroll("two-pins")
    rig.change(
        "UPDATE card_link SET certificate_ends_on = '2026-12-31' WHERE patron_id = ?", first.id
    )
    rig.change(
        "UPDATE card_link SET certificate_ends_on = '2030-01-01' WHERE patron_id = ?", second.id
    )
    found = await rig.desk.relinking.overview()
    assert [(link.patron_id, link.days_left, link.old_scheme) for link in found] == [
        (first.id, 37, False)
    ]
    assert await rig.desk.relinking.overview(36) == ()
    rig.change("UPDATE card_link SET scheme = 0 WHERE patron_id = ?", second.id)
    found = await rig.desk.relinking.overview(37)
    assert [link.patron_id for link in found] == [first.id, second.id]
    assert found[0].certificate_ends_on == date(2026, 12, 31)
    text = overview_csv(found).decode("utf-8-sig")
    assert text.startswith("貸出券番号,氏名,")
    assert text.splitlines()[2].endswith("はい")
    assert overview_csv(found).startswith(b"\xef\xbb\xbf")


async def test_a_name_is_no_formula(rig: Rig) -> None:
    """What a spreadsheet would compute is marked as text."""
    await rig.enroll("adult")
    rig.change("UPDATE patron SET name = '=1+1'")
    rig.change("UPDATE card_link SET certificate_ends_on = '2026-12-31'")
    assert "'=1+1" in overview_csv(await rig.desk.relinking.overview()).decode("utf-8-sig")


async def test_the_overview_is_printed_without_names(rig: Rig) -> None:
    """Numbers of library cards and days; it waits for paper as any slip, and F9 repeats it not."""
    language.speak("ja")
    patron = await rig.enroll("adult")
    rig.change("UPDATE card_link SET certificate_ends_on = '2026-12-31', scheme = 0")
    number = await rig.desk.relinking.print_list(60)
    assert number is not None
    slip = await rig.desk.receipts.last_slip()
    text = "\n".join("".join(piece for piece, _ in line.pieces) for line in slip.lines)
    assert slip.number == number
    assert patron.library_card_number in text
    assert "2026年12月31日" in text
    assert "60日以内" in text
    assert "古い方式" in text
    assert patron.name not in text
    assert (await rig.desk.receipts.reprint_last()).number > number
    assert rig.rows("SELECT kind FROM print_job WHERE reprint_of_id IS NOT NULL") == [
        ("enrollment",)
    ]


def test_a_printed_list_says_how_many_it_leaves_out() -> None:
    """A roll of paper is no list; the file has them all."""
    language.speak("ja")
    facts = LinksFacts(
        library="l",
        branch="b",
        counter="c",
        operator="o",
        printed_at=NOON,
        job_number=1,
        within_days=30,
        links=(LinkLine("1", date(2026, 12, 1), False),) * (LINKS_ON_A_SLIP + 3),
    )
    text = [line.text for line in slip_of(facts).lines]
    assert text.count("1") == LINKS_ON_A_SLIP
    assert "ほか 3件は CSV で" in text


async def test_what_leaves_the_screen_is_accounted_for(rig: Rig) -> None:
    """The file is new, for this account only; the trail has the list's name and length."""
    await rig.enroll("adult")
    rig.change("UPDATE card_link SET certificate_ends_on = '2026-12-31'")
    path = await rig.desk.relinking.write_csv(60)
    assert path == rig.settings.state_folder / "lists" / "links-20261124-120000.csv"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert "見本 花子" in path.read_text(encoding="utf-8-sig")
    assert rig.rows("SELECT action, reason, amount FROM audit_event ORDER BY number") == [
        ("link", "", None),
        ("list", "links", 1),
    ]
    with pytest.raises(ListNotWritten):
        await rig.desk.relinking.write_csv(60)
