"""A touch or a scan becomes a patron, or a reason why not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from counter_tui import wiring
from counter_tui.clock import FixedClock
from counter_tui.desk.items import ItemView
from counter_tui.desk.patrons import PatronState, PatronView
from counter_tui.desk.recognition import CardBoundProof
from counter_tui.errors import (
    AuthPinWanted,
    CardChanged,
    CardGone,
    CardNotGenuine,
    CardNotLinked,
    CardProofMissing,
    CardUnlinked,
    CardUnreadable,
    CertificateExpired,
    CertificateOnHold,
    CertificateRevoked,
    CertificateUnreadable,
    CounterError,
    LastTryNotAgreed,
    NoAuthCertificate,
    NoCard,
    NotMyNumberCard,
    NoUsablePin,
    OldResidentCard,
    PhoneToken,
    PinBlocked,
    PinFormat,
    PinKind,
    PlatformUnreachable,
    ProcedureOutOfStep,
    SpecimenCardRefused,
    StatusUnknown,
    UnknownCode,
    UnlinkReason,
    WrongPin,
)
from counter_tui.hardware.simulated.in_process import SimulatedReader
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.identity.no_platform import NoPlatform
from counter_tui.identity.platform import CertificateStatus, StatusWord
from tests.support.rig import Rig, pin, rigged


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
    production = replace(
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
    assert found.state(rig.clock.now().date(), 30) is PatronState.EXPIRED


# ------------------------------------------------------- cards without a proof of their own


def verifies(rig: Rig) -> list[bytes]:
    """The VERIFY commands with data that reached the card."""
    return [sent for sent, _ in rig.exchanges if sent[1] == 0x20 and len(sent) > 4]


async def test_a_card_without_proof_is_taken_where_staff_see_it(rig: Rig) -> None:
    """It is marked, so that staff compare card and person."""
    await rig.enroll("no-card-proof")
    rig.exchanges.clear()
    touched = await rig.desk.identification.touch(attended=True)
    assert touched.proof is CardBoundProof.UNAVAILABLE
    assert len(rig.exchanges) <= 5


async def test_a_card_without_proof_is_sent_to_the_counter_where_nobody_is(rig: Rig) -> None:
    """At the self-checkout a copied certificate would be enough otherwise."""
    await rig.enroll("no-card-proof")
    with pytest.raises(CardProofMissing):
        await rig.desk.identification.touch(attended=False)
    await rig.enroll("adult")
    assert (await rig.desk.identification.touch(attended=False)).proof is CardBoundProof.PROVEN


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[Rig]:
    """A desk that asks for the PIN of a card without a proof of its own."""
    async with rigged(tmp_path, without_card_proof="auth-pin") as made:
        await made.enroll("no-card-proof")
        made.exchanges.clear()
        yield made


async def test_the_pin_is_asked_for_and_proves_the_card(strict: Rig) -> None:
    """One VERIFY, one signature over a fresh challenge, and the patron is there."""
    identification = strict.desk.identification
    with pytest.raises(AuthPinWanted) as wanted:
        await identification.touch()
    assert wanted.value.tries_left == 3
    assert verifies(strict) == []
    typed = pin("1234")
    touched = await identification.touch_with_pin(typed, last_try_agreed=False)
    assert touched.proof is CardBoundProof.AUTH_PIN
    assert touched.patron.name == "見本 九十九"
    assert len(verifies(strict)) == 1
    assert bytes(typed.reveal()) == b"", "wiped"


async def test_a_pin_without_a_touch_is_not_sent(strict: Rig) -> None:
    """Neither before a touch, nor a second time, nor after it was left."""
    identification = strict.desk.identification
    for _ in range(2):
        with pytest.raises(ProcedureOutOfStep):
            await identification.touch_with_pin(pin("1234"), last_try_agreed=False)
        with pytest.raises(AuthPinWanted):
            await identification.touch()
        identification.leave()
    with pytest.raises(ProcedureOutOfStep):
        await identification.touch_with_pin(pin("1234"), last_try_agreed=False)
    assert verifies(strict) == []


async def test_a_wrong_pin_takes_one_try_and_needs_another_touch(strict: Rig) -> None:
    """The tries are read again before the next one."""
    identification = strict.desk.identification
    with pytest.raises(AuthPinWanted):
        await identification.touch()
    with pytest.raises(WrongPin):
        await identification.touch_with_pin(pin("9999"), last_try_agreed=False)
    with pytest.raises(ProcedureOutOfStep):
        await identification.touch_with_pin(pin("1234"), last_try_agreed=False)
    with pytest.raises(AuthPinWanted) as wanted:
        await identification.touch()
    assert wanted.value.tries_left == 2
    assert len(verifies(strict)) == 1


@pytest.mark.parametrize("digits", ["", "123", "12a4"])
async def test_a_malformed_pin_is_not_sent_and_may_be_typed_again(strict: Rig, digits: str) -> None:
    """Its form is looked at first."""
    identification = strict.desk.identification
    with pytest.raises(AuthPinWanted):
        await identification.touch()
    with pytest.raises(PinFormat):
        await identification.touch_with_pin(pin(digits), last_try_agreed=False)
    assert verifies(strict) == []
    await identification.touch_with_pin(pin("1234"), last_try_agreed=False)


async def test_the_last_try_at_a_touch_needs_the_patrons_word(strict: Rig) -> None:
    """Without it nothing is sent; when the PIN is locked it is not asked for."""
    identification = strict.desk.identification
    for _ in range(2):
        with pytest.raises(AuthPinWanted):
            await identification.touch()
        with pytest.raises(WrongPin):
            await identification.touch_with_pin(pin("9999"), last_try_agreed=False)
    with pytest.raises(AuthPinWanted) as wanted:
        await identification.touch()
    assert wanted.value.tries_left == 1
    with pytest.raises(LastTryNotAgreed):
        await identification.touch_with_pin(pin("9999"), last_try_agreed=False)
    assert len(verifies(strict)) == 2
    with pytest.raises(WrongPin):
        await identification.touch_with_pin(pin("9999"), last_try_agreed=True)
    with pytest.raises(PinBlocked):
        await identification.touch()


async def test_another_card_after_the_touch_gets_no_pin(strict: Rig) -> None:
    """The certificate is compared before the PIN leaves."""
    identification = strict.desk.identification
    with pytest.raises(AuthPinWanted):
        await identification.touch()
    strict.lay("two-pins")
    with pytest.raises(CardChanged):
        await identification.touch_with_pin(pin("1234"), last_try_agreed=False)
    assert verifies(strict) == []


async def test_a_copy_cannot_sign_with_the_pin(strict: Rig) -> None:
    """It may take any PIN; the key behind the certificate it has not."""
    copy = replace(
        PERSONAS["cloned"], certificate_of="no-card-proof", has_card_proof=False
    ).make_card(strict.clock.now().date())
    strict.reader.lay(copy)
    with pytest.raises(AuthPinWanted):
        await strict.desk.identification.touch()
    with pytest.raises(CardNotGenuine):
        await strict.desk.identification.touch_with_pin(pin("1234"), last_try_agreed=False)


async def test_a_card_with_a_key_is_not_let_off_with_a_pin(strict: Rig) -> None:
    """Whoever could prove itself at enrolment must do so at each touch."""
    await strict.enroll("adult")
    card = strict.lay("adult")
    real = card.transmit

    def shrugging(command: bytes | bytearray) -> bytes:
        return b"\x6d\x00" if command[:2] == b"\x80\x2a" else real(command)

    card.transmit = shrugging  # type: ignore[method-assign]  # the forger's card
    with pytest.raises(CardNotGenuine):
        await strict.desk.identification.touch()


async def test_a_revoked_card_is_refused_before_its_pin_is_asked_for(strict: Rig) -> None:
    """No patron types a PIN in vain."""
    identification = strict.desk.identification
    with pytest.raises(AuthPinWanted):
        await identification.touch()
    strict.platform.auth_status = lambda user_identifier: CertificateStatus(  # type: ignore[method-assign]
        StatusWord.REVOKED, strict.clock.now()
    )
    with pytest.raises(CertificateRevoked):
        await identification.touch_with_pin(pin("1234"), last_try_agreed=False)
    with pytest.raises(CertificateRevoked):
        await identification.touch()


# ------------------------------------------------------------------ cards that are not linked


@pytest.mark.parametrize(
    ("persona", "error"),
    [
        ("two-pins", CardNotLinked),
        ("under-15", CardNotLinked),
        ("expired", CertificateExpired),
        ("revoked", CertificateRevoked),
        ("on-hold", CertificateOnHold),
        ("face-authentication", NoUsablePin),
        ("no-auth-certificate", NoAuthCertificate),
        ("phone-token", PhoneToken),
        ("phone-token-ios", PhoneToken),
        ("old-resident-card", OldResidentCard),
        ("next-generation", NotMyNumberCard),
        ("licence", NotMyNumberCard),
        ("felica", NotMyNumberCard),
        ("garbage", CertificateUnreadable),
    ],
)
async def test_a_card_without_a_link_is_told_by_what_is_wrong_with_it(
    rig: Rig, persona: str, error: type[CounterError]
) -> None:
    """And no PIN is presented to find that out."""
    rig.lay(persona)
    with pytest.raises(error) as caught:
        await rig.desk.identification.touch()
    assert type(caught.value) is error
    assert verifies(rig) == []


@pytest.mark.parametrize(
    ("persona", "locked"),
    [
        ("auth-pin-blocked", (PinKind.AUTH,)),
        ("surface-pin-blocked", (PinKind.SURFACE_INFO,)),
        ("one-try-left", ()),
    ],
)
async def test_an_unlinked_card_with_a_locked_pin_says_so(
    rig: Rig, persona: str, locked: tuple[PinKind, ...]
) -> None:
    """It could not be enrolled now."""
    rig.lay(persona)
    with pytest.raises(CardNotLinked) as caught:
        await rig.desk.identification.touch()
    assert caught.value.locked == locked


async def test_an_unlinked_card_of_unknown_status_is_not_linked(rig: Rig) -> None:
    """What the platform does not know is no reason to say more than that."""
    rig.lay("adult")
    rig.platform.certificate_status = lambda certificate: CertificateStatus(  # type: ignore[method-assign]
        StatusWord.UNREACHABLE, rig.clock.now()
    )
    with pytest.raises(CardNotLinked):
        await rig.desk.identification.touch()


async def test_a_certificate_that_comes_and_goes_is_unreadable(rig: Rig) -> None:
    """Not "no certificate", and not "not linked": neither is known."""
    await rig.enroll("adult")
    card = rig.lay("adult")
    real = card.transmit
    refusals = iter([b"\x6a\x82"])

    def moody(command: bytes | bytearray) -> bytes:
        if command == bytes.fromhex("00A4020C02000A"):
            return next(refusals, None) or real(command)
        return real(command)

    card.transmit = moody  # type: ignore[method-assign]  # a card of bad contacts
    with pytest.raises(CardUnreadable):
        await rig.desk.identification.touch()


async def test_a_link_that_ended_while_the_platform_answered_opens_nobody(rig: Rig) -> None:
    """The store leads: it is asked once more when the patron is opened."""
    await rig.enroll("adult")
    status = rig.platform.auth_status

    def meanwhile(user_identifier: str) -> CertificateStatus:
        rig.change(
            "UPDATE card_link SET unlinked_at = '2026-11-24 03:00:00', unlink_reason = 'stolen',"
            " card_key = NULL"
        )
        return status(user_identifier)

    rig.platform.auth_status = meanwhile  # type: ignore[method-assign]  # another counter
    with pytest.raises(CardUnlinked) as caught:
        await rig.desk.identification.touch()
    assert caught.value.reason is UnlinkReason.STOLEN


async def test_a_kept_key_that_was_tampered_with_proves_nothing(rig: Rig) -> None:
    """One sentence, and the terminal goes on."""
    await rig.enroll("adult")
    rig.change("UPDATE card_link SET card_key = x'3000'")
    with pytest.raises(CardNotGenuine):
        await rig.desk.identification.touch()
