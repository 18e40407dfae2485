"""At a counter renewal the patron's own card gives the address, worked from the keyboard."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest

from counter_tui import language
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.screens.address_check import AddressCheckJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.validity import ValidityJob
from counter_tui.screens.validity_steps import ValidityStep
from counter_tui.text import cells
from tests.support.counter import AtCounter, at_counter
from tests.support.faults import presents_a_pin
from tests.support.rig import Rig
from tests.support.trace import Trace, assert_no_forbidden

CARD = "00000001"
PERSONA = "two-pins"
SECRETS = PERSONAS[PERSONA].secrets
RIGHT = SECRETS.surface_info_pin
HOLDER = PERSONAS[PERSONA].holder
ELSEWHERE = "埼玉県戸田市見本町9-9-9"
PAPER = "file:paper.bin"


async def _library(rig: Rig) -> None:
    await rig.enroll("adult")
    await rig.enroll(PERSONA, library_card_number=CARD)
    rig.reader.take_off()
    rig.change("UPDATE patron SET expires_on = '2026-12-10'")
    rig.add_item("90000001", "坊っちゃん")


async def _moved(rig: Rig) -> None:
    await _library(rig)
    rig.change("UPDATE patron SET address = ? WHERE library_card_number = ?", ELSEWHERE, CARD)


async def _to_the_card(at: AtCounter) -> None:
    """From home to the card that is waited for."""
    await at.press("f7")
    await at.scan(CARD)
    await at.press("2", "enter")
    at.job(AddressCheckJob)


async def _to_the_comparison(at: AtCounter) -> None:
    await _to_the_card(at)
    await at.lay(PERSONA)
    await _give(at, RIGHT)


async def _give(at: AtCounter, digits: str) -> None:
    """Type the right PIN; wait until record and card are drawn, before which Enter does nothing."""
    await at.press(*digits, "enter")
    await at.until(lambda: "カードの券面も" in at.said())


def _record(at: AtCounter) -> tuple[object, ...]:
    with closing(sqlite3.connect(at.devices.settings.database_file)) as store:
        found: tuple[object, ...] = store.execute(
            "SELECT expires_on, address FROM patron WHERE library_card_number = ?", (CARD,)
        ).fetchone()
    return found


def _traced(at: AtCounter) -> Trace:
    trace = Trace()
    at.devices.reader.on_exchange = trace.keep
    return trace


def _pins(trace: Trace) -> list[bytes]:
    return [command[5:] for command in trace.commands if presents_a_pin(command)]


AS_BEFORE = ("2026-12-10", HOLDER.address)


async def test_the_card_confirms_the_address(tmp_path: Path) -> None:
    """One more choice, one PIN, one look at both; the renewal says on what it was made."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        trace = _traced(at)
        await _to_the_card(at)
        assert "マイナンバーカードを置いてください" in at.said()
        await at.lay(PERSONA)
        assert "券面事項入力補助用" in at.text()
        assert "利用者証明用" not in at.text()
        assert "残り 3回" in at.text()
        assert _pins(trace) == []
        await at.press(*RIGHT)
        assert _pins(trace) == []
        await at.press("enter")
        await at.until(lambda: "カードの券面も、この画面と同じですか" in at.said())
        assert _pins(trace) == [RIGHT.encode()]
        assert _record(at) == AS_BEFORE
        await at.press("enter")
        assert at.job(ValidityJob).step is ValidityStep.DONE
        assert "証明マイナンバーカード" in at.said()
        assert _record(at) == ("2027-11-24", HOLDER.address)
        assert_no_forbidden(trace, [RIGHT])


async def test_staff_choose_whether_the_record_takes_the_card_s_address(tmp_path: Path) -> None:
    """It is taken unless Space says otherwise; either way the validity is renewed."""
    for takes_over in (True, False):
        async with at_counter(tmp_path / str(takes_over), _moved, printer=PAPER) as at:
            await _to_the_comparison(at)
            assert "カードの住所に直す" in at.text()
            if not takes_over:
                await at.press(" ")
            assert _record(at) == ("2026-12-10", ELSEWHERE)
            await at.press("enter")
            wanted = HOLDER.address if takes_over else ELSEWHERE
            assert _record(at) == ("2027-11-24", wanted)
            assert ("住所をカードのとおりに直しました" in at.said()) is takes_over


@pytest.mark.parametrize("step", ["card", "pin", "typed", "comparison"])
async def test_esc_goes_back_to_the_renewal_at_every_step(tmp_path: Path, step: str) -> None:
    """Nothing is written, no try spent that nobody gave; the address is asked for instead."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        trace = _traced(at)
        await _to_the_card(at)
        if step != "card":
            await at.lay(PERSONA)
        if step == "typed":
            await at.press(*RIGHT[:3])
        if step == "comparison":
            await _give(at, RIGHT)
        await at.press("escape")
        assert at.job(ValidityJob).step is ValidityStep.PROOF
        assert len(_pins(trace)) == (step == "comparison")
        assert _record(at) == AS_BEFORE
        if step in ("pin", "typed"):
            await at.press("1", "enter")  # behind a PIN, what is typed at once may be its rest
            assert _record(at) == AS_BEFORE
        await at.press("1")
        await at.press("enter")
        assert _record(at) == ("2027-11-24", HOLDER.address)
        assert "証明住所" in at.said()


async def test_a_card_that_lies_there_is_looked_at_at_once(tmp_path: Path) -> None:
    """The patron came by that card; and it is to be handed back at the end."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await at.press("f7")
        await at.lay(PERSONA)
        await at.press("2", "enter")
        assert "残り 3回" in at.text()
        await _give(at, RIGHT)
        await at.press("enter")
        assert "カードをお返しください" in at.text()
        reminds = [at.counter._bells.is_reminding]
        await at.take_off()
        reminds.append(at.counter._bells.is_reminding)
        assert reminds == [True, False]
        assert "カードをお返しください" not in at.text()


async def test_a_card_whose_pin_is_not_known_is_handed_back_all_the_same(tmp_path: Path) -> None:
    """Laid down for the check, given up, renewed on the person's word: it still lies there."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _to_the_card(at)
        await at.lay(PERSONA)
        await at.press("escape")
        await at.press("enter")  # what comes at once behind a PIN is dropped
        await at.press("1")
        await at.press("enter")
        assert "カードをお返しください" in at.text()


async def test_a_locked_card_is_handed_back_all_the_same(tmp_path: Path) -> None:
    """Its PIN takes no more tries; it is renewed on the person's word."""

    async def prepare(rig: Rig) -> None:
        await _library(rig)
        tries = {"jpki/0018": 3, "surface-info/0011": 0}
        file = rig.settings.state_folder / "tries.json"
        file.write_text(json.dumps({PERSONA: tries}), encoding="ascii")

    async with at_counter(tmp_path, prepare, printer=PAPER) as at:
        await _to_the_card(at)
        await at.lay(PERSONA)
        assert "暗証番号が止まっています" in at.said()
        await at.press("enter")
        await at.press("enter")
        assert _record(at)[0] == "2027-11-24"
        assert "カードをお返しください" in at.text()


async def test_one_patron_s_card_is_not_taken_for_another_s(tmp_path: Path) -> None:
    """It lies there from the first; staff look somebody else up, and lend to that person."""

    async def prepare(rig: Rig) -> None:
        await _library(rig)
        await rig.register("under-15", library_card_number="00000077", kana="ベツノ ヒト")
        rig.change("UPDATE patron SET expires_on = '2026-12-10'")

    async with at_counter(tmp_path, prepare, printer=PAPER) as at:
        await at.press("f7")
        await at.lay(PERSONA)
        await at.press("f4")
        await at.press(*"べつの")
        await at.press("enter")
        assert at.job(ValidityJob).patron is not None
        await at.press("enter")
        assert at.job(ValidityJob).step is ValidityStep.DONE
        assert "カードをお返しください" not in at.text()
        await at.press("enter")
        assert at.job(LendingJob)._proof is None


@pytest.mark.parametrize("undone", [False, True])
async def test_a_card_that_stays_is_told_of_at_home(tmp_path: Path, undone: bool) -> None:
    """Whoever leaves with Esc, or with Enter after an undo, hears it until it is taken."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await at.press("f7")
        await at.lay(PERSONA)
        await at.press("enter")
        if undone:
            await at.press("ctrl+a")
            await at.press("2", "enter")
            await at.press("enter")
        else:
            await at.press("escape")
        at.job(HomeJob)
        assert "カードをお返しください" in at.text()
        reminds = [at.counter._bells.is_reminding]
        await at.take_off()
        reminds.append(at.counter._bells.is_reminding)
        assert reminds == [True, False]
        assert "カードをお返しください" not in at.text()


async def test_nothing_is_renewed_before_all_of_a_long_name_was_seen(tmp_path: Path) -> None:
    """Enter turns no page and takes nothing; PageDown shows the rest."""

    async def prepare(rig: Rig) -> None:
        await rig.enroll("long-name-and-address", library_card_number=CARD)
        rig.reader.take_off()
        rig.change("UPDATE patron SET expires_on = '2026-12-10', address = ?", "別の住所" * 20)

    async with at_counter(tmp_path, prepare, printer=PAPER) as at:
        await _to_the_card(at)
        await at.lay("long-name-and-address")
        await _give(at, PERSONAS["long-name-and-address"].secrets.surface_info_pin)
        assert "PgDn" in at.rows()[-1]
        await at.press("enter")
        assert _record(at)[0] == "2026-12-10"
        for _ in range(10):
            await at.press("pagedown")
        await at.press("enter")
        assert _record(at)[0] == "2027-11-24"


async def test_a_turn_that_waits_goes_on_with_the_new_validity(tmp_path: Path) -> None:
    """F7 while lending: the check lies over the renewal, and that over the turn."""
    async with at_counter(tmp_path, _moved, printer=PAPER) as at:
        await at.scan(CARD, "90000001")
        await at.press("f7")
        await at.press("2", "enter")
        await at.lay(PERSONA)
        await _give(at, RIGHT)
        await at.press("enter")
        lending = at.job(LendingJob)
        assert len(lending.loans) == 1
        assert lending.patron.expires_on.isoformat() == "2027-11-24"
        assert _record(at) == ("2027-11-24", HOLDER.address)


async def test_somebody_else_s_card_is_not_asked_for_a_pin(tmp_path: Path) -> None:
    """It is said; the right card only has to be laid down."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        trace = _traced(at)
        await _to_the_card(at)
        await at.lay("adult")
        assert "この人のものではありません" in at.text()
        wants = [at.counter.job.wants_pins]
        await at.take_off()
        await at.lay(PERSONA)
        wants.append(at.counter.job.wants_pins)
        assert wants == [False, True]
        assert _pins(trace) == []


@pytest.mark.parametrize("persona", ["phone-token", "under-15", "licence", "expired"])
async def test_what_is_no_linked_card_is_told_and_the_right_one_goes_on(
    tmp_path: Path, persona: str
) -> None:
    """By its own sentence; Enter, and the right card is laid down."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _to_the_card(at)
        await at.lay(persona)
        assert at.counter.is_locked
        await at.press("enter")
        at.job(AddressCheckJob)
        await at.take_off()
        await at.lay(PERSONA)
        assert at.counter.job.wants_pins
        assert _record(at) == AS_BEFORE


async def test_a_wrong_pin_is_told_and_its_tries_are_read_again(tmp_path: Path) -> None:
    """Down to the question before the last try; no to it leads back to the renewal."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        trace = _traced(at)
        await _to_the_card(at)
        await at.lay(PERSONA)
        for left in ("残り 2回", "残り 1回"):
            await at.press(*"9999", "enter")
            assert f"暗証番号がちがいます。{left}" in at.text()
            await at.press("enter")
        assert "残り1回です。まちがえると止まります。本人は承知ですか" in at.said()
        await at.press("escape")
        assert at.job(ValidityJob).step is ValidityStep.PROOF
        assert _pins(trace) == [b"9999", b"9999"]
        assert _record(at) == AS_BEFORE


async def test_the_last_try_is_used_when_the_person_agrees(tmp_path: Path) -> None:
    """Right: the card has three again. Wrong: it is locked, and the address is asked for."""
    for digits in (RIGHT, "9999"):
        async with at_counter(tmp_path / digits, _library, printer=PAPER) as at:
            await _to_the_card(at)
            await at.lay(PERSONA)
            for _ in range(2):
                await at.press(*"9999", "enter")
                await at.press("enter")
            await at.press("enter")  # agreed
            assert "残り 1回" in at.text()
            if digits == RIGHT:
                await _give(at, digits)
                continue
            await at.press(*digits, "enter")
            assert "暗証番号が止まっています" in at.said()
            await at.press("enter")
            assert at.job(ValidityJob).step is ValidityStep.PROOF
            assert "カードを読む" not in at.rows()[-1], "Enter asks no locked card again"
            await at.press("enter")
            assert _record(at) == ("2027-11-24", HOLDER.address)


async def test_a_copy_is_loud_and_renews_nobody(tmp_path: Path) -> None:
    """It stops before a PIN is asked for."""

    async def prepare(rig: Rig) -> None:
        await rig.enroll("adult", library_card_number=CARD)
        rig.reader.take_off()
        rig.change("UPDATE patron SET expires_on = '2026-12-10'")

    async with at_counter(tmp_path, prepare, printer=PAPER) as at:
        trace = _traced(at)
        await _to_the_card(at)
        await at.lay("cloned")
        assert "本物のカードか確かめられません" in at.said()
        await at.press("enter")
        at.job(ValidityJob)
        assert _pins(trace) == []
        assert _record(at)[0] == "2026-12-10"


async def test_a_card_that_cannot_prove_itself_is_as_the_settings_say(tmp_path: Path) -> None:
    """Where proof is wanted the address is asked for; else staff look at the card."""
    for setting in ("attended", "auth-pin"):

        async def prepare(rig: Rig) -> None:
            await rig.enroll("no-card-proof", library_card_number=CARD)
            rig.reader.take_off()
            rig.change("UPDATE patron SET expires_on = '2026-12-10'")

        async with at_counter(
            tmp_path / setting, prepare, printer=PAPER, without_card_proof=setting
        ) as at:
            await _to_the_card(at)
            await at.lay("no-card-proof")
            if setting == "attended":
                assert at.counter.job.wants_pins
                assert "カードと本人を見くらべて" in at.said()
            else:
                assert at.job(ValidityJob).step is ValidityStep.PROOF
                assert "本物か確かめられないカードです" in at.text()
                await at.press("enter")
                assert _record(at)[0] == "2027-11-24", "on the person's word"


async def test_a_record_with_another_birth_date_goes_to_the_supervisor(tmp_path: Path) -> None:
    """Nothing of the card is shown, nothing renewed."""

    async def prepare(rig: Rig) -> None:
        await _library(rig)
        rig.change("UPDATE patron SET birth_date = '1970-01-01'")

    async with at_counter(tmp_path, prepare, printer=PAPER) as at:
        await _to_the_card(at)
        await at.lay(PERSONA)
        await at.press(*RIGHT, "enter")
        assert "カードと登録の生年月日がちがいます" in at.said()
        assert HOLDER.address not in at.said()
        await at.press("enter")
        assert at.job(ValidityJob).step is ValidityStep.PROOF
        assert _record(at)[0] == "2026-12-10"


async def test_a_store_that_refuses_asks_for_no_second_pin(tmp_path: Path) -> None:
    """What the card said is kept until Enter has written it."""
    async with at_counter(tmp_path, _moved, printer=PAPER) as at:
        trace = _traced(at)
        await _to_the_comparison(at)
        at.devices.change("ALTER TABLE validity_change RENAME TO elsewhere")
        await at.press("enter")
        assert "台帳" in at.text()
        assert _record(at) == ("2026-12-10", ELSEWHERE), "neither the one nor the other"
        await at.press("enter")
        at.devices.change("ALTER TABLE elsewhere RENAME TO validity_change")
        await at.press("enter")
        assert _record(at) == ("2027-11-24", HOLDER.address)
        assert len(_pins(trace)) == 1


async def test_a_record_that_changed_meanwhile_is_shown_anew(tmp_path: Path) -> None:
    """Another counter wrote to it: nothing is renewed on what was seen before."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _to_the_comparison(at)
        at.devices.change("UPDATE patron SET address = '埼玉県戸田市見本町9-9-9'")
        await at.press("enter")
        assert at.counter.is_locked
        await at.press("enter")
        assert at.job(ValidityJob).step is ValidityStep.PROOF
        assert ELSEWHERE in at.said()
        assert _record(at)[0] == "2026-12-10"


async def test_keys_of_other_jobs_ask_before_they_leave(tmp_path: Path) -> None:
    """The patron is typing: F2 to F9 lose nothing by one press, and F5 does nothing."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        trace = _traced(at)
        for key in ("f2", "f3", "f4", "f6", "f7", "f8"):
            await _to_the_card(at)
            await at.lay(PERSONA)
            await at.press(key)
            assert "とちゅうでやめますか" in at.said(), key
            await at.press("escape")
            at.job(AddressCheckJob)
            await at.press("f5")
            at.job(AddressCheckJob)
            await at.press("escape")
            await at.press("escape")
            at.job(HomeJob)
            await at.take_off()
        assert _pins(trace) == []


async def test_who_has_no_linked_card_is_asked_by_word_alone(tmp_path: Path) -> None:
    """There is nothing to choose, and 2 does nothing."""

    async def prepare(rig: Rig) -> None:
        await rig.register(PERSONA, library_card_number=CARD)
        rig.change("UPDATE patron SET expires_on = '2026-12-10'")

    async with at_counter(tmp_path, prepare, printer=PAPER) as at:
        await at.press("f7")
        await at.scan(CARD)
        assert "カードと照合" not in at.text()
        await at.press("2", "enter")
        assert _record(at) == AS_BEFORE
        await at.press("enter")


@pytest.mark.parametrize("spoken", ["ja", "en"])
@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_every_step_fits(
    tmp_path: Path, size: tuple[int, int], spoken: Literal["ja", "en"]
) -> None:
    """Rows are whole, and no key is left out of the footer."""
    language.speak(spoken)
    async with at_counter(tmp_path, _moved, size=size, language=spoken, printer=PAPER) as at:

        def whole() -> None:
            assert {cells(row) for row in at.rows()} == {size[0]}
            assert ".." not in at.text().replace("...", "")
            hints = at.counter.job.keys()
            assert all(f"{hint.key} {hint.does}" in at.rows()[-1] for hint in hints), at.rows()[-1]

        await at.press("f7")
        await at.scan(CARD)
        whole()
        await at.press("2")
        whole()
        await at.press("enter")
        whole()
        await at.lay(PERSONA)
        whole()
        await at.press(*RIGHT, "enter")
        await at.until(lambda: at.counter.job.keys()[0].key == "Enter")
        whole()
        await at.press("enter")
        whole()
