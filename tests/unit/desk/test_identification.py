"""A touch or a scan becomes a patron, or a reason why not."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest

from counter_tui import wiring
from counter_tui.clock import FixedClock
from counter_tui.desk.identification import CardBoundProof
from counter_tui.desk.items import ItemView
from counter_tui.desk.patrons import PatronState, PatronView
from counter_tui.errors import (
    CardGone,
    CardNotGenuine,
    CardNotLinked,
    CertificateExpired,
    NoCard,
    PlatformUnreachable,
    SpecimenCardRefused,
    StatusUnknown,
    UnknownCode,
)
from counter_tui.hardware.simulated.in_process import SimulatedReader
from counter_tui.identity.no_platform import NoPlatform
from counter_tui.identity.platform import CertificateStatus, StatusWord
from tests.support.rig import Rig


async def test_a_touch_finds_the_linked_patron_with_the_card_proven(rig: Rig) -> None:
    """Five commands, no PIN, and the patron is there."""
    patron = await rig.enroll("adult")
    rig.exchanges.clear()
    touched = await rig.desk.identification.touch()
    assert touched.patron.id == patron.id
    assert touched.proof is CardBoundProof.PROVEN
    assert len(rig.exchanges) == 5
    assert not any(sent[1] == 0x20 for sent, _ in rig.exchanges), "no VERIFY at a touch"


async def test_every_touch_signs_another_challenge(rig: Rig) -> None:
    """A recorded answer is of no use at the next touch."""
    await rig.enroll("adult")
    rig.exchanges.clear()
    await rig.desk.identification.touch()
    await rig.desk.identification.touch()
    signed = [sent for sent, _ in rig.exchanges if sent[:4] == bytes.fromhex("802A0000")]
    assert len(signed) == 2
    assert signed[0] != signed[1]


async def test_a_card_that_nobody_enrolled_is_not_linked(rig: Rig) -> None:
    """The sentence is about the link, not about the card."""
    rig.lay("adult")
    with pytest.raises(CardNotLinked):
        await rig.desk.identification.touch()


async def test_an_empty_reader_is_said(rig: Rig) -> None:
    """Nothing lies there."""
    with pytest.raises(NoCard):
        await rig.desk.identification.touch()


async def test_a_copy_with_another_key_is_refused(rig: Rig) -> None:
    """The same certificate in front of another card's key is a copy."""
    await rig.enroll("adult")
    copy, other = rig.card("adult"), rig.card("two-pins")
    answer_as_original = copy.transmit
    selections: list[bytes] = []

    def forged(command: bytes | bytearray) -> bytes:
        if command[:4] == bytes.fromhex("802A0000"):
            other.power_on()
            other.transmit(selections[-1])
            return other.transmit(command)
        if command[:3] == bytes.fromhex("00A404"):
            selections.append(bytes(command))
        return answer_as_original(command)

    copy.transmit = forged  # type: ignore[method-assign]  # the forger's card
    rig.reader.lay(copy)
    with pytest.raises(CardNotGenuine):
        await rig.desk.identification.touch()


async def test_a_card_that_forgot_how_to_prove_itself_is_refused(rig: Rig) -> None:
    """A copy cannot get around the proof by not knowing the command."""
    await rig.enroll("adult")
    card = rig.lay("adult")
    real = card.transmit

    def shrugging(command: bytes | bytearray) -> bytes:
        return b"\x6d\x00" if command[:2] == b"\x80\x2a" else real(command)

    card.transmit = shrugging  # type: ignore[method-assign]  # the forger's card
    with pytest.raises(CardNotGenuine):
        await rig.desk.identification.touch()


async def test_a_card_enrolled_without_a_key_is_shown_as_unproven(rig: Rig) -> None:
    """Staff compare such a card with the person."""
    card = rig.card("adult")
    real = card.transmit

    def unable(command: bytes | bytearray) -> bytes:
        return b"\x6d\x00" if command[:4] == bytes.fromhex("802A0000") else real(command)

    card.transmit = unable  # type: ignore[method-assign]  # a card without that key
    await rig.enroll("adult", card)
    touched = await rig.desk.identification.touch()
    assert touched.proof is CardBoundProof.UNAVAILABLE


async def test_a_platform_that_cannot_be_reached_is_never_good(rig: Rig) -> None:
    """No line, no loan by My Number card."""
    await rig.enroll("adult")
    rig.platform.line_cut = True
    with pytest.raises(PlatformUnreachable):
        await rig.desk.identification.touch()


@pytest.mark.parametrize("age", [timedelta(hours=37), timedelta(hours=-1)])
async def test_a_stale_or_future_status_is_not_good(rig: Rig, age: timedelta) -> None:
    """What was good too long ago, or will be, says nothing about now."""
    await rig.enroll("adult")
    checked_at = rig.clock.now() - age
    rig.platform.auth_status = lambda user_identifier: CertificateStatus(  # type: ignore[method-assign]
        StatusWord.GOOD, checked_at
    )
    with pytest.raises(StatusUnknown):
        await rig.desk.identification.touch()


async def test_a_card_after_its_certificate_is_refused_with_the_date(rig: Rig) -> None:
    """The card still answers; its certificate has ended."""
    await rig.enroll("adult")
    card = rig.card("adult")
    rig.clock.instant += timedelta(days=365 * 6)
    rig.reader.lay(card)
    with pytest.raises(CertificateExpired) as caught:
        await rig.desk.identification.touch()
    assert caught.value.on < rig.clock.now().date()


@pytest.mark.parametrize("commands", range(5))
async def test_a_card_pulled_at_any_command_is_one_error_and_no_more(
    rig: Rig, commands: int
) -> None:
    """The next touch works as if nothing had happened."""
    await rig.enroll("adult")
    rig.reader.lay(rig.card("adult"), removed_after=commands)
    with pytest.raises(CardGone):
        await rig.desk.identification.touch()
    rig.lay("adult")
    assert (await rig.desk.identification.touch()).proof is CardBoundProof.PROVEN


async def test_production_refuses_the_simulators_cards(rig: Rig, tmp_path: Path) -> None:
    """`installation = "test"` is the only way in which such a card is taken."""
    production = dataclasses.replace(
        rig.settings, installation="production", platform="none", state_folder=tmp_path / "live"
    )
    await rig.desk.close()
    reader = SimulatedReader()
    desk = await wiring.join(
        production, lambda event: None, rig.clock, reader, NoPlatform(rig.clock), None, demo=None
    )
    reader.lay(rig.card("adult"))
    with pytest.raises(SpecimenCardRefused):
        await desk.identification.touch()
    await desk.close()


async def test_a_library_card_number_is_found_in_full_width_digits(rig: Rig) -> None:
    """An input method that is on does not stop the counter."""
    patron = await rig.register("adult")
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in patron.library_card_number)
    found = await rig.desk.identification.scan(wide)
    assert isinstance(found, PatronView)
    assert found.id == patron.id


async def test_an_item_is_found_by_its_barcode(rig: Rig) -> None:
    """Scanning an item says what it is."""
    rig.add_item("1234567890123", "銀河鉄道の夜")
    found = await rig.desk.identification.scan("1234567890123")
    assert found == ItemView("1234567890123", "銀河鉄道の夜", "中央図書館", False, None)


async def test_an_unknown_code_is_said(rig: Rig) -> None:
    """With the code, so that staff can compare it."""
    with pytest.raises(UnknownCode) as caught:
        await rig.desk.identification.scan("999")
    assert caught.value.code == "999"


async def test_a_lapsed_patron_is_shown_not_refused(rig: Rig) -> None:
    """Staff see who it is and that the validity has ended."""
    patron = await rig.register("adult")
    assert isinstance(rig.clock, FixedClock)
    rig.clock.instant += timedelta(days=366)
    found = await rig.desk.identification.patron(patron.id)
    assert found.state(rig.clock.now().date()) is PatronState.EXPIRED
