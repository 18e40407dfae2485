"""Enrolment: nothing written before the end, no PIN wasted, one winner."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from counter_tui.desk.comparison import Agreement
from counter_tui.errors import (
    BirthDateDiffers,
    CardChanged,
    CardGone,
    CardLinkedToAnother,
    CardNotGenuine,
    CertificateRevoked,
    LastTryNotAgreed,
    NoCard,
    NoSurfaceInfo,
    PatronAlreadyLinked,
    PatronLapsed,
    PinBlocked,
    PinFormat,
    PinKind,
    PinOutcomeUnknown,
    PlatformUnreachable,
    ProcedureOutOfStep,
    StatusUnknown,
    UnknownLibraryCard,
    WrongPin,
)
from counter_tui.hardware.apdu import CLA_JICSAP, CURRENT_FILE, INS_SIGN, OWN_KEY
from counter_tui.hardware.simulated.card import SimulatedCard
from counter_tui.identity.platform import CertificateStatus, StatusWord
from tests.support.faults import Fault, FaultyConnection, faulty_rig
from tests.support.rig import Rig, pin


async def ready(rig: Rig, persona: str) -> None:
    """Bring an enrolment to the step where PINs are typed."""
    patron = await rig.register(persona)
    rig.lay(persona)
    await rig.desk.enrollment.begin(patron.library_card_number)
    rig.desk.enrollment.consent()
    await rig.desk.enrollment.inspect_card()


def verifies(rig: Rig) -> list[bytes]:
    """The VERIFY commands with data that reached the card."""
    return [sent for sent, _ in rig.exchanges if sent[1] == 0x20 and len(sent) > 4]


async def test_enrolment_keeps_link_consent_and_key_and_no_serial(rig: Rig) -> None:
    """What is kept is what the README says, and no more."""
    patron = await rig.enroll("adult")
    assert patron.linked_on == date(2026, 11, 24)
    [(key, terms, ends)] = rig.rows(
        "SELECT card_key, terms_version, certificate_ends_on FROM card_link"
    )
    assert isinstance(key, bytes)
    assert key.startswith(b"\x30\x82")
    assert terms == "1"
    assert isinstance(ends, str)
    assert ends.endswith("-04-01"), "the certificate ends on a birthday"


async def test_an_empty_second_pin_means_the_same_digits(rig: Rig) -> None:
    """One entry is enough for most people."""
    await ready(rig, "adult")
    typed = pin("1234")
    comparison = await rig.desk.enrollment.verify(typed, None, last_try_agreed=())
    assert [field.agreement for field in comparison.fields] == [Agreement.SAME] * 3
    assert bytes(typed.reveal()) == b"", "wiped"


async def test_two_different_pins_open_the_two_applications(rig: Rig) -> None:
    """Each reference gets its own digits, once."""
    await ready(rig, "two-pins")
    await rig.desk.enrollment.verify(pin("1234"), pin("5678"), last_try_agreed=())
    assert [sent[5:9] for sent in verifies(rig)] == [b"1234", b"5678"]


async def test_a_wrong_first_pin_stops_before_the_second_application(rig: Rig) -> None:
    """The same wrong digits must not cost a try on each."""
    await ready(rig, "adult")
    wrong = pin("9999")
    with pytest.raises(WrongPin) as caught:
        await rig.desk.enrollment.verify(wrong, None, last_try_agreed=())
    assert (caught.value.kind, caught.value.tries_left) == (PinKind.AUTH, 2)
    assert len(verifies(rig)) == 1
    assert bytes(wrong.reveal()) == b"", "wiped after a failure, too"
    again = await rig.desk.enrollment.inspect_card()
    assert (again.auth_tries_left, again.surface_info_tries_left) == (2, 3)


async def test_a_wrong_second_pin_costs_one_try_there_alone(rig: Rig) -> None:
    """The right first PIN brings its counter back to three."""
    await ready(rig, "two-pins")
    with pytest.raises(WrongPin) as caught:
        await rig.desk.enrollment.verify(pin("1234"), None, last_try_agreed=())
    assert caught.value.kind is PinKind.SURFACE_INFO
    again = await rig.desk.enrollment.inspect_card()
    assert (again.auth_tries_left, again.surface_info_tries_left) == (3, 2)


@pytest.mark.parametrize("digits", ["", "123", "12345", "12a4"])
async def test_a_malformed_pin_is_never_sent(rig: Rig, digits: str) -> None:
    """Format first: other lengths would spend a try as well."""
    await ready(rig, "adult")
    with pytest.raises(PinFormat):
        await rig.desk.enrollment.verify(pin(digits), None, last_try_agreed=tuple(PinKind))
    assert verifies(rig) == []


async def test_the_last_try_needs_the_patrons_word(rig: Rig) -> None:
    """Without it nothing is sent; with it the right PIN restores the counter."""
    await ready(rig, "one-try-left")
    with pytest.raises(LastTryNotAgreed):
        await rig.desk.enrollment.verify(pin("2468"), None, last_try_agreed=())
    assert verifies(rig) == []
    await rig.desk.enrollment.verify(pin("2468"), None, last_try_agreed=tuple(PinKind))
    assert (await rig.desk.enrollment.inspect_card()).auth_tries_left == 3


async def test_a_word_about_one_pin_is_none_about_the_other(rig: Rig) -> None:
    """Both are at their last try: only a yes to each lets any PIN leave."""
    (rig.settings.state_folder / "tries.json").write_text(
        '{"two-pins": {"jpki/0018": 1, "surface-info/0011": 1}}', encoding="ascii"
    )
    await ready(rig, "two-pins")
    both = frozenset(PinKind)
    for agreed in PinKind:
        with pytest.raises(LastTryNotAgreed) as caught:
            await rig.desk.enrollment.verify(pin("1234"), pin("5678"), last_try_agreed={agreed})
        assert {caught.value.kind} == both - {agreed}
    assert verifies(rig) == []
    await rig.desk.enrollment.verify(pin("1234"), pin("5678"), last_try_agreed=both)


async def test_a_card_without_the_second_pin_is_not_called_locked(rig: Rig) -> None:
    """It lacks the application behind that PIN: nothing is locked, and nothing to unlock."""
    patron = await rig.register("adult")
    whole = rig.card("adult")
    left = [one for one in whole._applications if one.name != "surface-info"]
    rig.reader.lay(SimulatedCard(left, whole._tries, atr=whole.atr))
    await rig.desk.enrollment.begin(patron.library_card_number)
    rig.desk.enrollment.consent()
    with pytest.raises(NoSurfaceInfo):
        await rig.desk.enrollment.inspect_card()
    with pytest.raises(NoSurfaceInfo):
        await rig.desk.identification.touch()


async def test_the_last_try_when_wrong_blocks_the_pin(rig: Rig) -> None:
    """And the next look at the card says so."""
    await ready(rig, "one-try-left")
    with pytest.raises(WrongPin) as caught:
        await rig.desk.enrollment.verify(pin("0000"), None, last_try_agreed=tuple(PinKind))
    assert caught.value.tries_left == 0
    with pytest.raises(PinBlocked):
        await rig.desk.enrollment.inspect_card()


async def test_nothing_is_written_before_the_end(rig: Rig) -> None:
    """An enrolment that is left after the comparison leaves nothing, here or at the platform."""
    await ready(rig, "adult")
    await rig.desk.enrollment.verify(pin("1234"), None, last_try_agreed=())
    rig.desk.enrollment.cancel()
    assert rig.rows("SELECT * FROM card_link") == []
    assert rig.platform.pending_links() == []
    with pytest.raises(ProcedureOutOfStep):
        await rig.desk.enrollment.confirm(())


async def test_another_birth_date_ends_it(rig: Rig) -> None:
    """It is another person's card."""
    patron = await rig.register("adult", birth_date=date(1991, 4, 1))
    rig.lay("adult")
    enrollment = rig.desk.enrollment
    await enrollment.begin(patron.library_card_number)
    enrollment.consent()
    await enrollment.inspect_card()
    with pytest.raises(BirthDateDiffers):
        await enrollment.verify(pin("1234"), None, last_try_agreed=())
    with pytest.raises(ProcedureOutOfStep):
        await enrollment.confirm(())


async def test_staff_choose_what_the_record_takes_over(rig: Rig) -> None:
    """The address from the card, the name as it was."""
    patron = await rig.register("adult", name="見本　華子", address="戸田市旧町1")
    rig.lay("adult")
    enrollment = rig.desk.enrollment
    await enrollment.begin(patron.library_card_number)
    enrollment.consent()
    await enrollment.inspect_card()
    comparison = await enrollment.verify(pin("1234"), None, last_try_agreed=())
    assert [field.agreement for field in comparison.fields][1:] == [Agreement.DIFFERENT] * 2
    done = await enrollment.confirm({"address"})
    assert done.patron.name == "見本 華子"
    assert done.patron.address == "埼玉県戸田市見本町１－２－３"


async def test_consent_comes_before_the_card(rig: Rig) -> None:
    """Without the patron's word the card is not read."""
    patron = await rig.register("adult")
    rig.lay("adult")
    await rig.desk.enrollment.begin(patron.library_card_number)
    with pytest.raises(ProcedureOutOfStep):
        await rig.desk.enrollment.inspect_card()
    assert rig.exchanges == []


async def test_an_unknown_library_card_is_said(rig: Rig) -> None:
    """With its number."""
    with pytest.raises(UnknownLibraryCard) as caught:
        await rig.desk.enrollment.begin("0000000000")
    assert caught.value.number == "0000000000"


async def test_a_lapsed_library_card_is_renewed_first(rig: Rig) -> None:
    """Its day is told."""
    patron = await rig.register("adult")
    rig.clock.instant += timedelta(days=366)
    with pytest.raises(PatronLapsed):
        await rig.desk.enrollment.begin(patron.library_card_number)


async def test_a_linked_patron_is_not_linked_again(rig: Rig) -> None:
    """The day of the link is told."""
    patron = await rig.enroll("adult")
    with pytest.raises(PatronAlreadyLinked) as caught:
        await rig.desk.enrollment.begin(patron.library_card_number)
    assert caught.value.linked_on == date(2026, 11, 24)


async def test_a_card_of_another_patron_is_refused_before_any_pin(rig: Rig) -> None:
    """One card, one patron."""
    await rig.enroll("adult")
    second = await rig.register("adult")
    rig.exchanges.clear()
    await rig.desk.enrollment.begin(second.library_card_number)
    rig.desk.enrollment.consent()
    with pytest.raises(CardLinkedToAnother):
        await rig.desk.enrollment.inspect_card()
    assert verifies(rig) == []


async def test_another_card_between_two_steps_is_noticed_before_any_pin(rig: Rig) -> None:
    """The PIN typed for one card is never sent to another."""
    await ready(rig, "adult")
    rig.lay("two-pins")
    with pytest.raises(CardChanged):
        await rig.desk.enrollment.verify(pin("1234"), None, last_try_agreed=())
    assert verifies(rig) == []


@pytest.mark.parametrize("commands", range(24))
async def test_a_card_pulled_anywhere_spends_nothing_and_writes_nothing(
    rig: Rig, commands: int
) -> None:
    """Afterwards the same enrolment can be done with the right PIN."""
    await ready(rig, "adult")
    rig.reader.lay(rig.card("adult"), removed_after=commands)
    try:
        await rig.desk.enrollment.verify(pin("1234"), None, last_try_agreed=())
    except (CardGone, PinOutcomeUnknown):
        assert rig.rows("SELECT * FROM card_link") == []
    rig.lay("adult")
    again = await rig.desk.enrollment.inspect_card()
    assert (again.auth_tries_left, again.surface_info_tries_left) == (3, 3)
    await rig.desk.enrollment.verify(pin("1234"), None, last_try_agreed=())
    assert (await rig.desk.enrollment.confirm(())).usable_now


async def test_without_a_line_to_the_platform_nothing_is_linked(rig: Rig) -> None:
    """And it can be confirmed once the line is back."""
    await ready(rig, "adult")
    await rig.desk.enrollment.verify(pin("1234"), None, last_try_agreed=())
    rig.platform.line_cut = True
    with pytest.raises(PlatformUnreachable):
        await rig.desk.enrollment.confirm(())
    assert rig.rows("SELECT * FROM card_link") == []
    rig.platform.line_cut = False
    assert (await rig.desk.enrollment.confirm(())).patron.linked_on is not None


async def test_a_line_lost_after_the_store_committed_is_told_and_mended_later(rig: Rig) -> None:
    """The store leads: the link stands, and reconciliation confirms it at the platform."""
    await ready(rig, "adult")
    await rig.desk.enrollment.verify(pin("1234"), None, last_try_agreed=())
    confirm = rig.platform.confirm

    def lost(enrollment_id: str) -> None:
        raise PlatformUnreachable

    rig.platform.confirm = lost  # type: ignore[method-assign]  # the line, cut at one moment
    done = await rig.desk.enrollment.confirm(())
    assert not done.usable_now
    assert len(rig.platform.pending_links()) == 1
    rig.platform.confirm = confirm  # type: ignore[method-assign]
    await rig.desk.reconciliation.reconcile()
    assert rig.platform.pending_links() == []
    assert (await rig.desk.identification.touch()).patron.id == done.patron.id


@pytest.mark.parametrize("key", [CURRENT_FILE, OWN_KEY], ids=["of the PIN", "of the card"])
async def test_a_signature_that_does_not_fit_enrols_nobody(tmp_path: Path, key: int) -> None:
    """Neither the key of the certificate nor the card's own is taken on the card's word."""
    async with faulty_rig(tmp_path) as (rig, reader):
        await ready(rig, "two-pins")
        sign = bytes((CLA_JICSAP, INS_SIGN, 0x00, key))
        reader.break_at(0, Fault.NOISE, among=lambda command: command.startswith(sign))
        with pytest.raises(CardNotGenuine):
            await rig.desk.enrollment.verify(pin("1234"), pin("5678"), last_try_agreed=())
        reader.heal()
        with pytest.raises(ProcedureOutOfStep):
            await rig.desk.enrollment.confirm(())
        assert rig.rows("SELECT * FROM card_link") == []


async def test_both_keys_sign_in_the_conversation_that_takes_the_pins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card is powered once for it: none can take another's place between the two."""
    async with faulty_rig(tmp_path) as (rig, reader):
        await ready(rig, "two-pins")
        powered: list[int] = []
        connect = reader.connect

        def counted() -> FaultyConnection:
            powered.append(len(rig.exchanges))
            return connect()

        monkeypatch.setattr(reader, "connect", counted)
        begun = len(rig.exchanges)
        await rig.desk.enrollment.verify(pin("1234"), pin("5678"), last_try_agreed=())
        assert powered == [begun]
        signed = [sent[:4] for sent, _ in rig.exchanges[begun:] if sent[1] == INS_SIGN]
        assert signed == [bytes((CLA_JICSAP, INS_SIGN, 0, key)) for key in (CURRENT_FILE, OWN_KEY)]


async def test_one_look_allows_one_presentation(rig: Rig) -> None:
    """Right, wrong or unanswered: before the next PIN the tries are read and shown again."""
    await ready(rig, "two-pins")
    enrollment = rig.desk.enrollment
    with pytest.raises(WrongPin):
        await enrollment.verify(pin("9999"), None, last_try_agreed=())
    again = pin("1234")
    with pytest.raises(ProcedureOutOfStep):
        await enrollment.verify(again, pin("5678"), last_try_agreed=())
    assert bytes(again.reveal()) == b"", "wiped, though it was not used"
    assert len(verifies(rig)) == 1
    await enrollment.inspect_card()
    await enrollment.verify(pin("1234"), pin("5678"), last_try_agreed=())
    with pytest.raises(ProcedureOutOfStep):
        await enrollment.verify(pin("1234"), pin("5678"), last_try_agreed=())
    assert len(verifies(rig)) == 3
    assert (await enrollment.confirm(())).usable_now, "the second one changed nothing"


async def test_an_answer_lost_at_verify_leads_to_the_counter_and_never_to_a_repeat(
    rig: Rig,
) -> None:
    """Nobody knows whether the try counted: only the card's own counter can tell."""
    await ready(rig, "adult")
    begun = len(rig.exchanges)
    await rig.desk.enrollment.verify(pin("1234"), None, last_try_agreed=())
    sent = [command for command, _ in rig.exchanges[begun:]]
    at_verify = next(
        index for index, command in enumerate(sent) if command[1] == 0x20 and command[4:]
    )
    await rig.desk.enrollment.inspect_card()
    rig.reader.lay(rig.card("adult"), removed_after=at_verify)
    begun = len(rig.exchanges)
    with pytest.raises(PinOutcomeUnknown):
        await rig.desk.enrollment.verify(pin("1234"), None, last_try_agreed=())
    rig.lay("adult")
    with pytest.raises(ProcedureOutOfStep):
        await rig.desk.enrollment.verify(pin("1234"), None, last_try_agreed=())
    assert len(verifies(rig)) == 2, "those of the first, whole conversation"
    assert (await rig.desk.enrollment.inspect_card()).auth_tries_left == 3


async def test_what_one_card_gave_is_never_linked_to_another(rig: Rig) -> None:
    """A look at another card forgets name, key and signature of the one before."""
    await ready(rig, "adult")
    await rig.desk.enrollment.verify(pin("1234"), None, last_try_agreed=())
    rig.lay("two-pins")
    await rig.desk.enrollment.inspect_card()
    with pytest.raises(ProcedureOutOfStep):
        await rig.desk.enrollment.confirm(())
    assert rig.rows("SELECT * FROM card_link") == []


async def test_a_look_that_fails_forgets_the_card_before(rig: Rig) -> None:
    """No PIN is sent on the word of an older look."""
    await ready(rig, "adult")
    rig.reader.take_off()
    with pytest.raises(NoCard):
        await rig.desk.enrollment.inspect_card()
    rig.lay("adult")
    with pytest.raises(ProcedureOutOfStep):
        await rig.desk.enrollment.verify(pin("1234"), None, last_try_agreed=())
    assert verifies(rig) == []


async def test_two_names_that_differ_in_a_rare_character_are_different(rig: Rig) -> None:
    """Nothing is dropped before the comparison."""
    patron = await rig.register("adult", name="見本\ue000 花子")
    rig.lay("adult")
    enrollment = rig.desk.enrollment
    await enrollment.begin(patron.library_card_number)
    enrollment.consent()
    await enrollment.inspect_card()
    comparison = await enrollment.verify(pin("1234"), None, last_try_agreed=())
    assert comparison.fields[1].agreement is Agreement.DIFFERENT


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ("UPDATE patron SET birth_date = '1950-01-01'", BirthDateDiffers),
        ("UPDATE patron SET expires_on = '2026-11-23'", PatronLapsed),
    ],
)
async def test_a_record_changed_since_the_comparison_is_looked_at_again(
    rig: Rig, change: str, refusal: type[Exception]
) -> None:
    """Another counter may work on the same patron; nothing is linked, here or there."""
    await ready(rig, "adult")
    await rig.desk.enrollment.verify(pin("1234"), None, last_try_agreed=())
    rig.change(change)
    with pytest.raises(refusal):
        await rig.desk.enrollment.confirm(())
    assert rig.rows("SELECT * FROM card_link") == []
    assert rig.platform.pending_links() == []


async def test_a_certificate_revoked_since_the_comparison_is_not_linked(rig: Rig) -> None:
    """The comparison may have stood on the screen for hours."""
    await ready(rig, "adult")
    await rig.desk.enrollment.verify(pin("1234"), None, last_try_agreed=())
    now = rig.clock.now()
    rig.platform.certificate_status = (  # type: ignore[method-assign]  # revoked at one moment
        lambda certificate: CertificateStatus(StatusWord.REVOKED, now)
    )
    with pytest.raises(CertificateRevoked):
        await rig.desk.enrollment.confirm(())
    assert rig.rows("SELECT * FROM card_link") == []


async def test_a_platform_that_lost_the_pending_link_leaves_no_half_link(rig: Rig) -> None:
    """As when a terminal whose clock is ahead removed it as old: it can be done again."""
    await ready(rig, "adult")
    await rig.desk.enrollment.verify(pin("1234"), None, last_try_agreed=())
    confirm = rig.platform.confirm

    def lost(enrollment_id: str) -> None:
        rig.platform.discard(enrollment_id)
        confirm(enrollment_id)

    rig.platform.confirm = lost  # type: ignore[method-assign]  # another terminal, in between
    with pytest.raises(StatusUnknown):
        await rig.desk.enrollment.confirm(())
    rig.platform.confirm = confirm  # type: ignore[method-assign]
    assert rig.rows("SELECT * FROM card_link WHERE unlinked_at IS NULL") == []
    [(number,)] = rig.rows("SELECT library_card_number FROM patron")
    enrollment = rig.desk.enrollment
    await enrollment.begin(str(number))
    enrollment.consent()
    await enrollment.inspect_card()
    await enrollment.verify(pin("1234"), None, last_try_agreed=())
    assert (await enrollment.confirm(())).usable_now
