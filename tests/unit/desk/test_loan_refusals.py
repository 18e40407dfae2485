"""What lending and extending refuse, what staff may set aside, and what is undone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from counter_tui import language
from counter_tui.desk.blocks import BlockRule
from counter_tui.desk.loan_life import LoanEvent
from counter_tui.desk.overrides import Override, OverrideReason, rule_of
from counter_tui.desk.patrons import ResidencyClass
from counter_tui.errors import (
    CounterError,
    ExtensionRefusal,
    ExtensionRefused,
    InvalidField,
    ItemAlreadyYours,
    ItemNotForLoan,
    ItemReserved,
    ItemsOverdue,
    ItemWithdrawn,
    LibraryCardLost,
    LoanLimitReached,
    LoanOver,
    NotUndoable,
    OverrideRefused,
    PatronBlocked,
    PatronLapsed,
)
from counter_tui.explanations import override_reason_word, override_rule_word
from counter_tui.library_rules import Calendar, LoanTerms, OverrideRule, Permissions, Who
from tests.support.rig import NOON, Rig, rigged

TODAY = date(2026, 11, 24)


def permitting(who: Who) -> Permissions:
    """Everything is whose."""
    return replace(Permissions(), **{f"override_{rule.value}": who for rule in OverrideRule})


EVERYBODY = permitting("everybody")
WHY = OverrideReason.NEEDED


async def test_days_and_limits_go_by_kind_and_class(tmp_path: Path) -> None:
    """A limit of a kind counts that kind; the due date moves off a closed day."""
    terms = (LoanTerms(kind="CD", days=7, limit=1), LoanTerms(patrons="worker", limit=2))
    calendar = Calendar(frozenset({0, 1}))
    async with rigged(tmp_path, loan_rules=terms, calendar=calendar) as rig:
        patron = await rig.register("adult", residency=ResidencyClass.WORKER)
        for barcode, kind in (("1", "CD"), ("2", "CD"), ("3", ""), ("4", "")):
            rig.add_item(barcode, kind=kind)
        # 1 and 8 December are Tuesdays.
        lent = await rig.desk.lending.checkout(patron.id, "1")
        assert lent.loan.due_on == date(2026, 12, 2)
        with pytest.raises(LoanLimitReached) as of_kind:
            await rig.desk.lending.checkout(patron.id, "2")
        assert (of_kind.value.limit, of_kind.value.kind) == (1, "CD")
        lent = await rig.desk.lending.checkout(patron.id, "3")
        assert lent.loan.due_on == date(2026, 12, 9)
        with pytest.raises(LoanLimitReached) as of_all:
            await rig.desk.lending.checkout(patron.id, "4")
        assert (of_all.value.limit, of_all.value.kind) == (2, "")


Prepare = Callable[[Rig, int], Awaitable[None]]


async def _lapsed(rig: Rig, patron_id: int) -> None:
    rig.change("UPDATE patron SET expires_on = '2026-11-23' WHERE id = ?", patron_id)


async def _card_lost(rig: Rig, patron_id: int) -> None:
    await rig.desk.patron_blocks.block(patron_id, BlockRule.CARD_LOST)


async def _blocked(rig: Rig, patron_id: int) -> None:
    await rig.desk.patron_blocks.block(patron_id, BlockRule.MANUAL, "弁償")


async def _overdue(rig: Rig, patron_id: int) -> None:
    rig.add_item("late")
    await rig.desk.lending.checkout(patron_id, "late")
    rig.change("UPDATE loan SET due_on = '2026-11-21'")


async def _full(rig: Rig, patron_id: int) -> None:
    for number in range(rig.settings.loan_limit):
        rig.add_item(f"f{number}")
        await rig.desk.lending.checkout(patron_id, f"f{number}")


async def _not_for_loan(rig: Rig, patron_id: int) -> None:
    rig.change("UPDATE item SET not_for_loan = 1 WHERE barcode = '1'")


async def _reserved(rig: Rig, patron_id: int) -> None:
    other = await rig.register("two-pins")
    rig.place_hold("1", other.id)
    rig.place_hold("1", patron_id)  # waits, too, and comes second


REFUSED: dict[OverrideRule, tuple[Prepare, type[CounterError]]] = {
    OverrideRule.LAPSED: (_lapsed, PatronLapsed),
    OverrideRule.CARD_LOST: (_card_lost, LibraryCardLost),
    OverrideRule.MANUAL: (_blocked, PatronBlocked),
    OverrideRule.OVERDUE: (_overdue, ItemsOverdue),
    OverrideRule.LOAN_LIMIT: (_full, LoanLimitReached),
    OverrideRule.NOT_FOR_LOAN: (_not_for_loan, ItemNotForLoan),
    OverrideRule.RESERVED: (_reserved, ItemReserved),
}


@pytest.mark.parametrize("rule", REFUSED, ids=lambda rule: rule.value)
async def test_what_is_refused_can_be_set_aside_by_who_may(
    tmp_path: Path, rule: OverrideRule
) -> None:
    """For this patron, with a reason, accounted for with the loan; not by who may not."""
    prepare, refusal = REFUSED[rule]
    async with rigged(tmp_path, overdue_blocks_after_days=3, permissions=EVERYBODY) as rig:
        patron = await rig.register("adult")
        rig.add_item("1")
        rig.add_item("2")
        await prepare(rig, patron.id)
        before = rig.rows("SELECT count(*) FROM loan")
        with pytest.raises(refusal) as caught:
            await rig.desk.lending.checkout(patron.id, "1")
        assert rule_of(caught.value) is rule
        assert rig.rows("SELECT count(*) FROM loan") == before
        for useless in (
            Override(patron.id),
            Override(patron.id + 1).setting_aside(rule, WHY),
            Override(patron.id).setting_aside(OverrideRule.EXTENSION, WHY),
        ):
            with pytest.raises(refusal):
                await rig.desk.lending.checkout(patron.id, "1", useless)
        assert rig.desk.lending.may_set_aside(rule)
        lent = await rig.desk.lending.checkout(
            patron.id, "1", Override(patron.id).setting_aside(rule, WHY)
        )
        assert lent.set_aside == (rule,)
        assert rig.rows(
            "SELECT patron_number, reason FROM audit_event WHERE action = 'override'"
        ) == [(patron.id, f"{rule.value}:needed")]
    async with rigged(
        tmp_path, overdue_blocks_after_days=3, permissions=permitting("nobody")
    ) as rig:
        await rig.desk.returning.checkin("1")
        rig.change("UPDATE hold SET filled_by_id = NULL")
        assert not rig.desk.lending.may_set_aside(rule)
        with pytest.raises(OverrideRefused):
            await rig.desk.lending.checkout(
                patron.id, "1", Override(patron.id).setting_aside(rule, WHY)
            )
        assert len(rig.rows("SELECT * FROM audit_event WHERE action = 'override'")) == 1


async def test_an_override_that_was_not_needed_leaves_no_trace(tmp_path: Path) -> None:
    """Only what had to be set aside is accounted for."""
    async with rigged(tmp_path, permissions=EVERYBODY) as rig:
        patron = await rig.register("adult")
        rig.add_item("1")
        override = Override(patron.id).setting_aside(OverrideRule.LOAN_LIMIT, WHY)
        assert (await rig.desk.lending.checkout(patron.id, "1", override)).set_aside == ()
        assert rig.rows("SELECT * FROM audit_event") == []


async def test_a_withdrawn_item_is_lent_to_nobody(tmp_path: Path) -> None:
    """Whoever says so."""
    async with rigged(tmp_path, permissions=EVERYBODY) as rig:
        patron = await rig.register("adult")
        rig.add_item("1", withdrawn=True)
        override = Override(patron.id)
        for rule in OverrideRule:
            override = override.setting_aside(rule, WHY)
        with pytest.raises(ItemWithdrawn) as caught:
            await rig.desk.lending.checkout(patron.id, "1", override)
        assert rule_of(caught.value) is None


async def test_overdue_items_block_from_the_day_that_the_settings_say(tmp_path: Path) -> None:
    """Not before, and not at all when they say nothing; the blocks tell the same."""
    async with rigged(tmp_path, overdue_blocks_after_days=3) as rig:
        patron = await rig.register("adult")
        for barcode in ("1", "2", "3"):
            rig.add_item(barcode)
        await rig.desk.lending.checkout(patron.id, "1")
        rig.clock.instant = NOON + timedelta(days=16)  # due two days ago
        assert await rig.desk.lending.blocks(patron.id) == ()
        await rig.desk.lending.checkout(patron.id, "2")
        rig.clock.instant = NOON + timedelta(days=17)
        (block,) = await rig.desk.lending.blocks(patron.id)
        assert (block.rule, block.amount, block.since) == (
            BlockRule.OVERDUE,
            1,
            date(2026, 12, 9),
        )
        with pytest.raises(ItemsOverdue) as caught:
            await rig.desk.lending.checkout(patron.id, "3")
        assert (caught.value.count, caught.value.due_on) == (1, date(2026, 12, 8))


async def test_who_came_first_is_lent_what_was_waited_for(rig: Rig) -> None:
    """Undone the same day, the line is as it was."""
    patron, other = await rig.register("adult"), await rig.register("two-pins")
    rig.add_item("1")
    rig.place_hold("1", patron.id, "中央図書館")
    rig.place_hold("1", other.id)
    with pytest.raises(ItemReserved) as caught:
        await rig.desk.lending.checkout(other.id, "1")
    assert caught.value.pickup_branch == "中央図書館"
    lent = await rig.desk.lending.checkout(patron.id, "1")
    assert (await rig.desk.returning.checkin("1")).waiting == 1
    with pytest.raises(LoanOver):
        await rig.desk.lending.undo(patron.id, lent.loan.id)
    lent = await rig.desk.lending.checkout(other.id, "1")
    undone = await rig.desk.lending.undo(other.id, lent.loan.id)
    assert (undone.event, undone.due_on, undone.patron.loans_count) == (
        LoanEvent.CHECKOUT,
        None,
        0,
    )
    with pytest.raises(ItemReserved):
        await rig.desk.lending.checkout(patron.id, "1")
    assert rig.rows("SELECT action, patron_number FROM audit_event") == [
        ("undo_checkout", other.id)
    ]


async def test_the_own_item_offers_its_extension(tmp_path: Path) -> None:
    """With the loan and the date, when it would help; without a date when not."""
    async with rigged(tmp_path, loan_days=7, extension_days=7) as rig:
        patron = await rig.register("adult")
        rig.add_item("1")
        lent = await rig.desk.lending.checkout(patron.id, "1")
        with pytest.raises(ItemAlreadyYours) as caught:
            await rig.desk.lending.checkout(patron.id, "1")
        assert (caught.value.loan_id, caught.value.extends_to) == (lent.loan.id, None)
        rig.clock.instant += timedelta(days=4)
        with pytest.raises(ItemAlreadyYours) as caught:
            await rig.desk.lending.checkout(patron.id, "1")
        assert caught.value.extends_to == date(2026, 12, 5)
        extended = await rig.desk.lending.extend(patron.id, caught.value.loan_id)
        assert (extended.due_before, extended.loan.due_on) == (
            date(2026, 12, 1),
            date(2026, 12, 5),
        )
        with pytest.raises(ItemAlreadyYours) as caught:
            await rig.desk.lending.checkout(patron.id, "1")
        assert caught.value.extends_to is None


@pytest.mark.parametrize("why", ExtensionRefusal, ids=lambda why: why.value)
async def test_an_extension_is_refused_with_why(tmp_path: Path, why: ExtensionRefusal) -> None:
    """Once, in time, unless somebody waits; the due date stays, and undoing goes back to it."""
    terms = (LoanTerms(kind="CD", extension_days=0),)
    async with rigged(tmp_path, loan_rules=terms, permissions=EVERYBODY) as rig:
        patron, other = await rig.register("adult"), await rig.register("two-pins")
        rig.add_item("1", kind="CD" if why is ExtensionRefusal.NOT_EXTENDED else "")
        loan = (await rig.desk.lending.checkout(patron.id, "1")).loan
        if why is not ExtensionRefusal.NO_LATER:
            rig.clock.instant += timedelta(days=5)
        if why is ExtensionRefusal.ALREADY_EXTENDED:
            await rig.desk.lending.extend(patron.id, loan.id)
            rig.clock.instant += timedelta(days=5)
        if why is ExtensionRefusal.OVERDUE:
            rig.clock.instant += timedelta(days=10)
        if why is ExtensionRefusal.RESERVED:
            rig.place_hold("1", other.id)
        ((due_before,),) = rig.rows("SELECT due_on FROM loan")
        with pytest.raises(ExtensionRefused) as caught:
            await rig.desk.lending.extend(patron.id, loan.id)
        assert (caught.value.why, caught.value.due_on.isoformat()) == (why, due_before)
        assert rig.rows("SELECT due_on FROM loan") == [(due_before,)]
        override = Override(patron.id).setting_aside(OverrideRule.EXTENSION, WHY)
        if rule_of(caught.value) is None:
            with pytest.raises(ExtensionRefused):
                await rig.desk.lending.extend(patron.id, loan.id, override)
            return
        extended = await rig.desk.lending.extend(patron.id, loan.id, override)
        assert extended.set_aside == (OverrideRule.EXTENSION,)
        assert extended.loan.due_on > extended.due_before
        undone = await rig.desk.lending.undo(patron.id, loan.id)
        assert (undone.event, undone.due_on) == (LoanEvent.EXTEND, extended.due_before)


async def test_a_blocked_patron_extends_nothing_and_a_full_one_does(rig: Rig) -> None:
    """The limit is about more items, and this is none more."""
    patron = await rig.register("adult")
    await _full(rig, patron.id)
    ((loan_id,),) = rig.rows("SELECT max(id) FROM loan")
    rig.clock.instant += timedelta(days=2)
    extended = await rig.desk.lending.extend(patron.id, int(str(loan_id)))
    assert extended.patron.loans_count == rig.settings.loan_limit
    await _blocked(rig, patron.id)
    with pytest.raises(PatronBlocked) as caught:
        await rig.desk.lending.extend(patron.id, int(str(loan_id)) - 1)
    assert caught.value.note == "弁償"


async def test_another_patrons_loan_is_neither_extended_nor_undone(rig: Rig) -> None:
    """Nor one that was never made."""
    patron, other = await rig.register("adult"), await rig.register("two-pins")
    rig.add_item("1")
    loan = (await rig.desk.lending.checkout(patron.id, "1")).loan
    for patron_id, loan_id in ((other.id, loan.id), (patron.id, 999)):
        with pytest.raises(LoanOver):
            await rig.desk.lending.extend(patron_id, loan_id)
        with pytest.raises(LoanOver):
            await rig.desk.lending.undo(patron_id, loan_id)
    rig.clock.instant += timedelta(hours=12)  # midnight in Tokyo
    with pytest.raises(NotUndoable):
        await rig.desk.lending.undo(patron.id, loan.id)


async def test_a_block_by_staff_is_seen_kept_once_and_lifted(rig: Rig) -> None:
    """The patron's state says so; the audit trail knows it without the words."""
    patron = await rig.register("adult")
    blocks = rig.desk.patron_blocks
    await blocks.block(patron.id, BlockRule.MANUAL, "a" * 100)
    await blocks.block(patron.id, BlockRule.MANUAL, "弁償\x1b[2J")
    with pytest.raises(InvalidField):
        await blocks.block(patron.id, BlockRule.MANUAL, "a" * 101)
    with pytest.raises(ValueError, match="OVERDUE"):
        await blocks.block(patron.id, BlockRule.OVERDUE)
    seen = await rig.desk.identification.patron(patron.id)
    assert seen.is_blocked
    (block,) = await rig.desk.lending.blocks(patron.id)
    assert "弁償" in block.note
    assert "\x1b" not in block.note
    await blocks.unblock(patron.id, BlockRule.MANUAL)
    await blocks.unblock(patron.id, BlockRule.MANUAL)
    assert await rig.desk.lending.blocks(patron.id) == ()
    assert rig.rows("SELECT action, reason FROM audit_event") == [
        ("block", "manual"),
        ("unblock", "manual"),
    ]


async def test_a_due_date_stays_within_the_validity_when_the_settings_say_so(
    tmp_path: Path,
) -> None:
    """Through lending and through extending."""
    async with rigged(tmp_path, due_within_validity=True, loan_days=7) as rig:
        patron = await rig.register("adult")
        rig.change("UPDATE patron SET expires_on = '2026-12-02'")
        rig.add_item("1")
        loan = (await rig.desk.lending.checkout(patron.id, "1")).loan
        assert loan.due_on == date(2026, 12, 1)
        rig.clock.instant += timedelta(days=1)
        assert (await rig.desk.lending.extend(patron.id, loan.id)).loan.due_on == date(2026, 12, 2)


@pytest.mark.parametrize("spoken", ["ja", "en"])
def test_every_rule_and_reason_has_its_words(spoken: language.Language) -> None:
    """Each its own."""
    language.speak(spoken)
    assert len({override_rule_word(rule) for rule in OverrideRule}) == len(OverrideRule)
    assert len({override_reason_word(why) for why in OverrideReason}) == len(OverrideReason)


def test_what_no_rule_forbids_nobody_sets_aside() -> None:
    """An unknown item stays unknown."""
    assert rule_of(CounterError()) is None
