"""The authentication PIN at a touch, worked from the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.touch_pin import TouchPinJob
from tests.support.counter import AtCounter, at_counter
from tests.support.rig import Rig
from tests.support.trace import Trace, assert_no_forbidden


async def _patron(rig: Rig) -> None:
    await rig.enroll("no-card-proof")


def _keep(at: AtCounter) -> Trace:
    trace = Trace()
    at.devices.reader.on_exchange = trace.keep
    return trace


def _verifies(trace: Trace) -> list[bytes]:
    return [command for command in trace.commands if command[1] == 0x20 and len(command) > 4]


async def test_staff_are_told_to_compare_card_and_person(tmp_path: Path) -> None:
    """`attended`, as it is unless the settings say otherwise: open, with a mark."""
    async with at_counter(tmp_path, _patron) as at:
        trace = _keep(at)
        await at.lay("no-card-proof")
        assert at.job(LendingJob).patron.name == "見本 九十九"
        assert "カードと本人を見くらべてください" in at.text()
        assert len(trace.commands) <= 5


async def test_the_pin_opens_the_patron(tmp_path: Path) -> None:
    """One entry, with its tries; nobody's name before; one Enter, one VERIFY."""
    async with at_counter(tmp_path, _patron, without_card_proof="auth-pin") as at:
        trace = _keep(at)
        await at.lay("no-card-proof")
        at.job(TouchPinJob)
        assert "残り 3回" in at.text()
        assert "券面事項" not in at.text()
        assert "九十九" not in at.text()
        await at.press(*"1234")
        assert _verifies(trace) == []
        await at.press("enter")
        assert at.job(LendingJob).patron.name == "見本 九十九"
        assert "見くらべて" not in at.text()
        assert len(_verifies(trace)) == 1
        assert_no_forbidden(trace, ["1234"])


async def test_the_same_card_again_asks_for_no_second_pin(tmp_path: Path) -> None:
    """The patron's turn goes on."""
    async with at_counter(tmp_path, _patron, without_card_proof="auth-pin") as at:
        await at.lay("no-card-proof")
        await at.press(*"1234", "enter")
        await at.take_off()
        await at.lay("no-card-proof")
        at.job(LendingJob)


async def test_a_wrong_pin_is_told_and_the_tries_are_read_again(tmp_path: Path) -> None:
    """Down to the question before the last try, and Esc there keeps it."""
    async with at_counter(tmp_path, _patron, without_card_proof="auth-pin") as at:
        trace = _keep(at)
        await at.lay("no-card-proof")
        for left in ("残り 2回", "残り 1回"):
            await at.press(*"9999", "enter")
            assert f"暗証番号がちがいます。{left}" in at.text()
            await at.press("enter")
        assert "残り1回です。まちがえると止まります。本人は承知ですか" in at.said()
        await at.press("escape")
        at.job(HomeJob)
        assert len(_verifies(trace)) == 2


async def test_the_last_try_is_used_when_the_person_agrees(tmp_path: Path) -> None:
    """And a right PIN gives all of them back."""
    async with at_counter(tmp_path, _patron, without_card_proof="auth-pin") as at:
        await at.lay("no-card-proof")
        for _ in range(2):
            await at.press(*"9999", "enter")
            await at.press("enter")
        await at.press("enter")
        await at.press(*"1234", "enter")
        at.job(LendingJob)


@pytest.mark.parametrize("keys", [("1", "2", "3"), tuple("10294857")])
async def test_entries_of_another_form_spend_no_try(tmp_path: Path, keys: tuple[str, ...]) -> None:
    """Three digits, or a barcode: refused with a hint."""
    async with at_counter(tmp_path, _patron, without_card_proof="auth-pin") as at:
        trace = _keep(at)
        await at.lay("no-card-proof")
        await at.press(*keys, "enter")
        assert "4けたの数字です。回数は減っていません" in at.text()
        assert _verifies(trace) == []
        await at.press(*"1234", "enter")
        at.job(LendingJob)


async def test_esc_leaves_the_entry_and_no_try_is_spent(tmp_path: Path) -> None:
    """Home; the card may be laid down again."""
    async with at_counter(tmp_path, _patron, without_card_proof="auth-pin") as at:
        trace = _keep(at)
        await at.lay("no-card-proof")
        await at.press("1", "2", "escape")
        at.job(HomeJob)
        assert _verifies(trace) == []


async def test_a_card_that_is_taken_away_takes_the_entry_with_it(tmp_path: Path) -> None:
    """And another person's card asks anew."""
    async with at_counter(tmp_path, _patron, without_card_proof="auth-pin") as at:
        await at.lay("no-card-proof")
        await at.press("1", "2")
        await at.take_off()
        at.job(HomeJob)
        entry = at.counter.pins
        assert all(not any(digits._buffer) for digits in entry._entries)


async def test_a_locked_pin_is_told_at_the_touch(tmp_path: Path) -> None:
    """It is not asked for; the library card works."""

    async def locked(rig: Rig) -> None:
        await _patron(rig)
        card = rig.lay("no-card-proof")
        card.power_on()
        for command in (
            "00A4040C0AD392F000260100000001",
            "00A4020C020018",
            *["002000800439393939"] * 3,
        ):
            card.transmit(bytes.fromhex(command))

    async with at_counter(tmp_path, locked, without_card_proof="auth-pin") as at:
        await at.lay("no-card-proof")
        assert "暗証番号が止まっています。市区町村の窓口で直せます" in at.said()
        at.job(HomeJob)
