"""Whatever card, reader or card service do at any command: nothing is written by halves, no try is
lost, nobody is taken for somebody, and the next person is served."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from counter_tui.desk.address_check import CheckedAddress
from counter_tui.desk.comparison import Agreement
from counter_tui.desk.identification import Touched
from counter_tui.errors import AuthPinWanted, CardError, CounterError, IdentityError
from counter_tui.hardware.apdu import INS_SIGN, OWN_KEY
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.hardware.simulated.tries import Tries
from tests.support.faults import HARMLESS, Fault, FaultyReader, faulty_rig, presents_a_pin
from tests.support.rig import Rig, pin

PERSONA = "two-pins"
WITHOUT_PROOF = "no-card-proof"
"""Whose card has no key of its own, so that a touch asks for the PIN."""
COUNTERS = {"jpki/0018": 3, "surface-info/0011": 3}


async def enrol_up_to_the_last_step(rig: Rig, number: str) -> None:
    """All of an enrolment that needs the card."""
    secrets = PERSONAS[PERSONA].secrets
    enrollment = rig.desk.enrollment
    await enrollment.begin(number)
    enrollment.consent()
    await enrollment.inspect_card()
    await enrollment.verify(
        pin(secrets.auth_pin), pin(secrets.surface_info_pin), last_try_agreed=()
    )


async def check_address(rig: Rig, patron_id: int) -> CheckedAddress:
    """All of an address check: the look, and the PIN."""
    await rig.desk.address_check.look(patron_id)
    typed = pin(PERSONAS[PERSONA].secrets.surface_info_pin)
    try:
        return await rig.desk.address_check.read(typed, last_try_agreed=False)
    finally:
        assert not any(typed.reveal()), "overwritten"


def stored(rig: Rig) -> list[list[tuple[object, ...]]]:
    """What an address check might have written to, and must not."""
    tables = ("patron", "card_link", "validity_change", "audit_event")
    rows = [rig.rows(f"SELECT * FROM {table}") for table in tables]  # noqa: S608  from above
    return [*rows, rig.rows("SELECT count(*) FROM print_job")]


async def with_silence(flow: asyncio.Task[None], reader: FaultyReader) -> None:
    """Wait for a flow; let a silent card speak once the event loop has shown that it lives on."""
    while not flow.done():
        await asyncio.sleep(0)
        if reader.silent.is_set():
            reader.let_speak()
            break
    await flow


def tries(rig: Rig, persona: str = PERSONA) -> dict[str, int]:
    """What the card's own counters say, outside of any conversation."""
    counters = Tries(persona, state_file=rig.settings.state_folder / "tries.json")
    counters.load()
    return {name: counters.left(name, left) for name, left in COUNTERS.items()}


def presented(rig: Rig) -> list[bytes]:
    """The PINs that reached the card."""
    return [sent[5:] for sent, _ in rig.exchanges if presents_a_pin(sent)]


def signs_itself(command: bytes) -> bool:
    """Whether the card is asked to sign with its own key, for which no PIN is needed."""
    return command[1] == INS_SIGN and command[3] == OWN_KEY


def assert_nothing_half_written(rig: Rig, where: str) -> None:
    """No link here or at the platform, no try gone, no PIN sent twice."""
    assert rig.rows("SELECT count(*) FROM card_link") == [(0,)], where
    assert rig.platform.pending_links() == [], where
    assert tries(rig) == COUNTERS, where
    sent = presented(rig)
    assert len(sent) == len(set(sent)), f"{where}: a PIN was presented twice"


@pytest.mark.parametrize("fault", list(Fault))
async def test_a_fault_at_any_command_of_an_enrolment(tmp_path: Path, fault: Fault) -> None:
    """A typed error or, where the fault is harmless, success; then the same enrolment succeeds."""
    async with faulty_rig(tmp_path) as (rig, reader):
        patron = await rig.register(PERSONA)
        number = patron.library_card_number
        rig.lay(PERSONA)
        await enrol_up_to_the_last_step(rig, number)
        commands, reader.commands = reader.commands, 0
        assert commands > 40
        for index in range(commands):
            where = f"{fault.name} at command {index} of {commands}"
            rig.exchanges.clear()
            reader.break_at(index, fault)
            flow = asyncio.create_task(enrol_up_to_the_last_step(rig, number))
            try:
                await with_silence(flow, reader)
            except (CardError, IdentityError):
                assert fault not in HARMLESS, where
            reader.heal()
            assert_nothing_half_written(rig, where)
        rig.exchanges.clear()
        await enrol_up_to_the_last_step(rig, number)
        assert_nothing_half_written(rig, "afterwards")
        await rig.desk.enrollment.confirm(())
        assert (await rig.desk.identification.touch()).patron.id == patron.id


@pytest.mark.parametrize("fault", list(Fault))
async def test_a_fault_at_any_command_of_a_touch(tmp_path: Path, fault: Fault) -> None:
    """Nobody is identified wrongly, nothing is written, and the next touch works."""
    async with faulty_rig(tmp_path) as (rig, reader):
        patron = await rig.enroll(PERSONA)
        kept = rig.rows("SELECT * FROM card_link")
        reader.commands = 0
        await rig.desk.identification.touch()
        commands = reader.commands
        assert commands == 5
        found: list[Touched] = []

        async def touch() -> None:
            found.append(await rig.desk.identification.touch())

        for index in range(commands):
            where = f"{fault.name} at command {index}"
            found.clear()
            reader.break_at(index, fault)
            try:
                await with_silence(asyncio.create_task(touch()), reader)
            except (CardError, IdentityError):
                assert fault not in HARMLESS, where
            reader.heal()
            assert [one.patron.id for one in found] in ([], [patron.id]), where
            assert rig.rows("SELECT * FROM card_link") == kept, where
            assert (await rig.desk.identification.touch()).patron.id == patron.id, where


@pytest.mark.parametrize("fault", list(Fault))
async def test_a_fault_at_any_command_of_a_touch_with_a_pin(tmp_path: Path, fault: Fault) -> None:
    """While the card is looked at, and while its PIN is presented: nobody is taken for somebody, no
    try is lost, the PIN is sent once at most; and the same touch succeeds afterwards."""
    async with faulty_rig(tmp_path, without_card_proof="auth-pin") as (rig, reader):
        patron = await rig.enroll(WITHOUT_PROOF)
        kept = rig.rows("SELECT * FROM card_link")
        identification = rig.desk.identification
        found: list[Touched] = []

        async def touch() -> None:
            with pytest.raises(AuthPinWanted):
                await identification.touch()
            typed = pin(PERSONAS[WITHOUT_PROOF].secrets.auth_pin)
            try:
                found.append(await identification.touch_with_pin(typed, last_try_agreed=False))
            finally:
                assert not any(typed.reveal()), "overwritten"

        reader.commands = 0
        await touch()
        commands = reader.commands
        assert commands > 20
        for index in range(commands):
            where = f"{fault.name} at command {index} of {commands}"
            found.clear()
            rig.exchanges.clear()
            reader.break_at(index, fault)
            try:
                await with_silence(asyncio.create_task(touch()), reader)
            except (CardError, IdentityError):
                assert fault not in HARMLESS, where
            reader.heal()
            assert len(presented(rig)) <= 1, where
            assert len(presented(rig)) or not found, where
            assert {one.patron.id for one in found} <= {patron.id}, where
            assert rig.rows("SELECT * FROM card_link") == kept, where
            assert tries(rig, WITHOUT_PROOF) == COUNTERS, where
        found.clear()
        await touch()
        assert [one.patron.id for one in found] == [patron.id]


@pytest.mark.parametrize("fault", list(Fault))
async def test_a_fault_at_any_command_of_an_address_check(tmp_path: Path, fault: Fault) -> None:
    """While the card is looked at, and while it is asked: nothing is written, no try is lost, and
    the PIN is sent once at most, to a card that has proven itself; then the same check succeeds."""
    async with faulty_rig(tmp_path) as (rig, reader):
        patron = await rig.enroll(PERSONA)
        before = stored(rig)
        found: list[CheckedAddress] = []

        async def check() -> None:
            found.append(await check_address(rig, patron.id))

        rig.exchanges.clear()
        reader.commands = 0
        await check()
        commands = reader.commands
        assert commands > 20
        proofs = [index for index, (sent, _) in enumerate(rig.exchanges) if signs_itself(sent)]
        assert len(proofs) == 2, "at the look, and before the PIN"
        for index in range(commands):
            where = f"{fault.name} at command {index} of {commands}"
            found.clear()
            rig.exchanges.clear()
            reader.break_at(index, fault)
            try:
                await with_silence(asyncio.create_task(check()), reader)
            except (CardError, IdentityError):
                assert fault not in HARMLESS, where
                assert index not in proofs or presented(rig) == [], where
            else:
                assert index not in proofs or fault in HARMLESS, where
            reader.heal()
            assert len(presented(rig)) <= 1, where
            assert len(presented(rig)) or not found, where
            for one in found:
                assert one.patron_id == patron.id, where
                assert {field.agreement for field in one.comparison.fields} == {Agreement.SAME}
            assert stored(rig) == before, where
            assert tries(rig) == COUNTERS, where
        found.clear()
        await check()
        assert [one.patron_id for one in found] == [patron.id]


@pytest.mark.parametrize("fault", [one for one in Fault if one not in HARMLESS])
async def test_a_fault_at_any_command_that_explains_an_unlinked_card(
    tmp_path: Path, fault: Fault
) -> None:
    """The whole certificate is read to say why; that, too, may fail at any command."""
    async with faulty_rig(tmp_path) as (rig, reader):
        await rig.register(PERSONA)
        rig.lay(PERSONA)
        with pytest.raises(CounterError):
            await rig.desk.identification.touch()
        commands = reader.commands
        assert commands > 10
        for index in range(commands):
            reader.break_at(index, fault)
            with pytest.raises((CardError, IdentityError)):
                await rig.desk.identification.touch()
            reader.heal()
        assert_nothing_half_written(rig, "afterwards")
