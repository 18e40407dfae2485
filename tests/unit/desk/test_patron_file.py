"""The patron screen's data: validity, link, loans, blocks with their rules, and history."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from counter_tui import language
from counter_tui.desk.blocks import BlockRule, Lifter, Stops
from counter_tui.desk.patron_blocks import BY_STAFF
from counter_tui.desk.patron_file import LinkState, PatronFile
from counter_tui.desk.validity_changes import ValidityKind
from counter_tui.errors import LoanLimitReached, PatronLapsed, UnlinkReason
from counter_tui.explanations import explain, link_state_word, unlink_reason_word
from tests.support.rig import NOON, Rig

TODAY = date(2026, 11, 24)


async def opened(rig: Rig, patron_id: int) -> PatronFile:
    """The file of a patron who is there."""
    found = await rig.desk.patron_files.open(patron_id)
    assert found is not None
    return found


async def test_a_new_patron_has_nothing_against_and_a_beginning(rig: Rig) -> None:
    """Where and when the validity began; no link, no loan, no block."""
    patron = await rig.register("adult", telephone="048-442-2800")
    found = await opened(rig, patron.id)
    assert (found.patron, found.telephone, found.days_left) == (patron, "048-442-2800", 365)
    assert (found.links, found.loans, found.blocks) == ((), (), ())
    assert found.link_state is LinkState.NEVER
    (began,) = found.validity
    assert (began.on, began.at, began.by) == (TODAY, "中央図書館 1階", "佐藤")
    assert (began.before, began.after) == (None, patron.expires_on)
    assert began.kind is ValidityKind.REGISTRATION
    assert "見本" not in repr(found)


async def test_a_record_that_is_gone_is_none(rig: Rig) -> None:
    """Another counter may have deleted it since it stood in a list."""
    assert await rig.desk.patron_files.open(999_999) is None


async def test_loans_stand_by_due_date_with_where_and_how_late(rig: Rig) -> None:
    """Overdue items are said and stop nothing: that is what lending does, too."""
    patron = await rig.register("adult")
    for barcode in ("1001", "1002", "1003"):
        rig.add_item(barcode, f"本 {barcode}")
        await rig.desk.lending.checkout(patron.id, barcode)
        rig.clock.instant += timedelta(days=1)
    rig.clock.instant = NOON + timedelta(days=15)
    found = await opened(rig, patron.id)
    assert [(loan.item_barcode, loan.days_overdue) for loan in found.loans] == [
        ("1001", 1),
        ("1002", 0),
        ("1003", 0),
    ]
    assert found.loans[0].lent_on == TODAY
    assert found.loans[0].lent_at_branch == "中央図書館"
    (block,) = found.blocks
    assert (block.rule, block.stops, block.amount) == (BlockRule.OVERDUE, Stops.NOTHING, 1)
    assert block.since == TODAY + timedelta(days=15)
    rig.add_item("1004", "本")
    await rig.desk.lending.checkout(patron.id, "1004")


async def test_a_block_that_stops_lending_is_the_one_lending_stops_at(rig: Rig) -> None:
    """Validity and limit, each from its own day on."""
    patron = await rig.register("adult")
    for number in range(rig.settings.loan_limit + 1):
        rig.add_item(str(1000 + number), "本")
    for number in range(rig.settings.loan_limit):
        assert (await opened(rig, patron.id)).blocks == ()
        await rig.desk.lending.checkout(patron.id, str(1000 + number))
    (limit,) = (await opened(rig, patron.id)).blocks
    assert (limit.rule, limit.stops, limit.since) == (BlockRule.LOAN_LIMIT, Stops.LENDING, TODAY)
    assert limit.amount == rig.settings.loan_limit
    with pytest.raises(LoanLimitReached):
        await rig.desk.lending.checkout(patron.id, str(1000 + rig.settings.loan_limit))
    rig.change("UPDATE patron SET expires_on = '2026-11-23'")
    lapsed, _ = (await opened(rig, patron.id)).blocks
    assert (lapsed.rule, lapsed.stops) == (BlockRule.LAPSED, Stops.LENDING)
    assert (lapsed.since, lapsed.lifter) == (TODAY, Lifter.STAFF_RENEW_VALIDITY)
    with pytest.raises(PatronLapsed):
        await rig.desk.lending.checkout(patron.id, str(1000 + rig.settings.loan_limit))


async def test_the_last_day_is_no_block(rig: Rig) -> None:
    """A library card is usable through its last day."""
    patron = await rig.register("adult")
    rig.change("UPDATE patron SET expires_on = '2026-11-24'")
    found = await opened(rig, patron.id)
    assert (found.days_left, found.blocks) == (0, ())


@pytest.mark.parametrize(
    ("ends_on", "state"),
    [
        ("2031-01-01", LinkState.LINKED),
        ("2027-02-23", LinkState.LINKED),
        ("2027-02-22", LinkState.CERTIFICATE_ENDING),
        ("2026-11-24", LinkState.CERTIFICATE_ENDING),
        ("2026-11-23", LinkState.CERTIFICATE_ENDED),
    ],
)
async def test_a_link_tells_how_its_certificate_stands(
    rig: Rig, ends_on: str, state: LinkState
) -> None:
    """Soon is what the settings say; after the end, the library card is left."""
    patron = await rig.enroll("adult")
    assert rig.settings.certificate_warning_days == 90
    rig.change("UPDATE card_link SET certificate_ends_on = ?", ends_on)
    found = await opened(rig, patron.id)
    assert found.link_state is state
    stopped = [block.stops for block in found.blocks]
    ended = state is LinkState.CERTIFICATE_ENDED
    assert stopped == ([Stops.MY_NUMBER_CARD] if ended else [])


async def test_links_stand_with_their_end_and_reason_the_newest_first(rig: Rig) -> None:
    """Who, where and why, at both ends."""
    patron = await rig.enroll("adult")
    rig.change(
        "UPDATE card_link SET unlinked_at = '2026-11-24 04:00:00', unlink_reason = 'lost',"
        " unlinked_by_id = linked_by_id, unlinked_at_counter_id = linked_at_counter_id,"
        " card_key = NULL, certificate_ends_on = NULL"
    )
    found = await opened(rig, patron.id)
    assert found.link_state is LinkState.ENDED
    (link,) = found.links
    assert (link.linked_on, link.linked_at, link.linked_by) == (TODAY, "中央図書館 1階", "佐藤")
    assert (link.ended_on, link.ended_at, link.ended_by) == (TODAY, "中央図書館 1階", "佐藤")
    assert link.reason is UnlinkReason.LOST
    rig.change(
        "INSERT INTO card_link (patron_id, user_identifier, enrollment_id, certificate_ends_on,"
        " scheme, terms_version, consented_at, linked_at, linked_by_id, linked_at_counter_id)"
        " SELECT patron_id, 'new', 'new', '2031-01-01', 1, '2', consented_at, linked_at,"
        " linked_by_id, linked_at_counter_id FROM card_link"
    )
    found = await opened(rig, patron.id)
    assert [entry.terms_version for entry in found.links] == ["2", "1"]
    assert found.link_state is LinkState.LINKED
    assert not found.links[0].proves_itself


@pytest.mark.parametrize("spoken", ["ja", "en"])
async def test_every_block_is_explained(rig: Rig, spoken: language.Language) -> None:
    """Rule, day, who may lift it, and a sentence for the patron; each its own."""
    patron = await rig.enroll("adult")
    for number in range(rig.settings.loan_limit):
        rig.add_item(str(1000 + number), "本")
        await rig.desk.lending.checkout(patron.id, str(1000 + number))
    rig.change("UPDATE patron SET expires_on = '2026-11-23'")
    rig.change("UPDATE card_link SET certificate_ends_on = '2026-11-20'")
    rig.change("UPDATE loan SET due_on = '2026-11-22'")
    for rule in BY_STAFF:
        await rig.desk.patron_blocks.block(patron.id, rule, "弁償")
    blocks = (await opened(rig, patron.id)).blocks
    assert [block.note for block in blocks if block.note] == ["弁償", "弁償"]
    language.speak(spoken)
    said = [explain(block) for block in blocks]
    assert {block.rule for block in blocks} == set(BlockRule)
    assert len({words.for_patron for words in said}) == len(BlockRule)
    assert len({words.rule for words in said}) == len(BlockRule)
    for words in said:
        assert "2026" in words.since
        assert words.lifted_by
        assert "{" not in "".join([words.rule, words.since, words.lifted_by, words.for_patron])
    [lapsed] = [block for block in blocks if block.rule is BlockRule.LAPSED]
    assert "本館" in explain(lapsed, "本館").for_patron, "where this branch sends people"
    assert len({link_state_word(state) for state in LinkState}) == len(LinkState)
    assert len({unlink_reason_word(reason) for reason in UnlinkReason}) == len(UnlinkReason)
