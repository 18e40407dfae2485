"""At a renewal a patron's own card is asked for the address: whose it is, one PIN, one look."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from counter_tui.desk.address_check import CardSeen, CheckedAddress
from counter_tui.desk.comparison import Agreement
from counter_tui.desk.recognition import CardBoundProof
from counter_tui.desk.renewal_proofs import Proof
from counter_tui.errors import (
    CardChanged,
    CardLinkedToAnother,
    CardNotGenuine,
    CardNotLinked,
    CardProofMissing,
    CardUnlinked,
    CardUnreadable,
    CertificateRevoked,
    LastTryNotAgreed,
    NotConfirmed,
    PinBlocked,
    PinFormat,
    PinKind,
    ProcedureOutOfStep,
    RecordedBirthDateDiffers,
    WrongPin,
)
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.identity.platform import CertificateStatus, StatusWord
from counter_tui.secret import Pin
from tests.support.faults import presents_a_pin
from tests.support.rig import Rig, pin, rigged
from tests.support.trace import Trace, assert_no_forbidden

PERSONA = "two-pins"
SECRETS = PERSONAS[PERSONA].secrets
RIGHT = SECRETS.surface_info_pin
ELSEWHERE = "埼玉県戸田市見本町9-9-9"


async def _linked(rig: Rig, persona: str = PERSONA) -> int:
    """Somebody with a linked card on the reader, who may renew."""
    patron = await rig.enroll(persona)
    rig.change("UPDATE patron SET expires_on = '2026-12-10' WHERE id = ?", patron.id)
    rig.exchanges.clear()
    return patron.id


async def _read(rig: Rig, patron_id: int, digits: str = RIGHT) -> CheckedAddress:
    await rig.desk.address_check.look(patron_id)
    return await rig.desk.address_check.read(pin(digits), last_try_agreed=False)


def _presented(rig: Rig) -> list[bytes]:
    return [sent[5:] for sent, _ in rig.exchanges if presents_a_pin(sent)]


async def test_the_card_says_what_stands_in_the_record(rig: Rig) -> None:
    """One PIN, that of the surface information, once; nothing is written, nothing else is asked."""
    patron_id = await _linked(rig)
    before = rig.rows("SELECT * FROM patron"), rig.rows("SELECT * FROM audit_event")
    assert await rig.desk.address_check.look(patron_id) == CardSeen(3, CardBoundProof.PROVEN)
    assert _presented(rig) == [], "a look presents nothing"
    typed = pin(RIGHT)
    checked = await rig.desk.address_check.read(typed, last_try_agreed=False)
    assert not any(typed.reveal()), "overwritten"
    assert checked.patron_id == patron_id
    assert {field.agreement for field in checked.comparison.fields} == {Agreement.SAME}
    assert [field.field for field in checked.comparison.fields] == ["birth_date", "name", "address"]
    assert _presented(rig) == [RIGHT.encode()]
    assert (rig.rows("SELECT * FROM patron"), rig.rows("SELECT * FROM audit_event")) == before
    trace = Trace()
    for sent, answer in rig.exchanges:
        trace.keep(sent, answer)
    assert_no_forbidden(trace, [RIGHT])


async def test_another_address_is_taken_over_when_staff_wish_so(rig: Rig) -> None:
    """Record, search, history and audit say so, in the renewal's own transaction."""
    patron_id = await _linked(rig)
    rig.change("UPDATE patron SET address = ?", ELSEWHERE)
    checked = await _read(rig, patron_id)
    assert checked.comparison.fields[2].agreement is Agreement.DIFFERENT
    offer = await rig.desk.counter_renewal.offer(patron_id)
    done = await rig.desk.counter_renewal.renew(
        patron_id,
        Proof.MYNUMBER_CARD,
        offer.expires_on,
        checked=checked,
        take_over={"address"},
    )
    assert done.patron.address == PERSONAS[PERSONA].holder.address
    assert rig.rows("SELECT expires_on FROM patron") == [("2027-11-24",)]
    last = "SELECT kind, reason, proof_date FROM validity_change ORDER BY id DESC LIMIT 1"
    assert rig.rows(last) == [("counter", "mynumber_card", None)]
    events = rig.rows("SELECT action, reason FROM audit_event ORDER BY number DESC LIMIT 2")
    assert events == [("renew_validity", "mynumber_card"), ("correct_record", "address_from_card")]


async def test_a_kept_record_stays_as_it_is(rig: Rig) -> None:
    """Nothing is taken over that nobody chose."""
    patron_id = await _linked(rig)
    rig.change("UPDATE patron SET address = ?", ELSEWHERE)
    checked = await _read(rig, patron_id)
    offer = await rig.desk.counter_renewal.offer(patron_id)
    await rig.desk.counter_renewal.renew(
        patron_id, Proof.MYNUMBER_CARD, offer.expires_on, checked=checked
    )
    assert rig.rows("SELECT address, expires_on FROM patron") == [(ELSEWHERE, "2027-11-24")]
    assert ("correct_record",) not in rig.rows("SELECT action FROM audit_event")


@pytest.mark.parametrize("column", ["address", "name", "birth_date"])
async def test_a_record_that_was_changed_meanwhile_is_compared_anew(rig: Rig, column: str) -> None:
    """Another counter has written to it since: what staff saw is not what would be kept."""
    patron_id = await _linked(rig)
    checked = await _read(rig, patron_id)
    changed = "2001-01-01" if column == "birth_date" else "別の 値"
    rig.change(f"UPDATE patron SET {column} = ?", changed)  # noqa: S608  from the list above
    offer = await rig.desk.counter_renewal.offer(patron_id)
    with pytest.raises(NotConfirmed):
        await rig.desk.counter_renewal.renew(
            patron_id, Proof.MYNUMBER_CARD, offer.expires_on, checked=checked
        )
    assert rig.rows("SELECT expires_on FROM patron") == [("2026-12-10",)]


async def test_what_one_card_says_renews_nobody_else(rig: Rig) -> None:
    """Nor does the word "card" without a card, nor a card beside another proof."""
    patron_id = await _linked(rig)
    checked = await _read(rig, patron_id)
    offer = await rig.desk.counter_renewal.offer(patron_id)
    until = offer.expires_on
    other = replace(checked, patron_id=patron_id + 1)
    for proof, said in (
        (Proof.MYNUMBER_CARD, None),
        (Proof.MYNUMBER_CARD, other),
        (Proof.ADDRESS, checked),
    ):
        with pytest.raises(NotConfirmed):
            await rig.desk.counter_renewal.renew(patron_id, proof, until, checked=said)
    assert rig.rows("SELECT expires_on FROM patron") == [("2026-12-10",)]


async def test_what_a_card_said_counts_no_more_when_it_is_unlinked(rig: Rig) -> None:
    """Reported stolen at another counter between PIN and Enter; and with a new card, too."""
    patron_id = await _linked(rig)
    rig.change("UPDATE patron SET address = ?", ELSEWHERE)
    checked = await _read(rig, patron_id)
    offer = await rig.desk.counter_renewal.offer(patron_id)
    for statement in (
        "UPDATE card_link SET unlinked_at = '2026-11-24 03:00:00', unlink_reason = 'stolen'",
        "UPDATE card_link SET unlinked_at = NULL, user_identifier = 'of another card'",
    ):
        rig.change(statement)
        with pytest.raises(NotConfirmed):
            await rig.desk.counter_renewal.renew(
                patron_id,
                Proof.MYNUMBER_CARD,
                offer.expires_on,
                checked=checked,
                take_over={"address"},
            )
    assert rig.rows("SELECT address, expires_on FROM patron") == [(ELSEWHERE, "2026-12-10")]


async def test_a_look_that_was_left_allows_nothing(rig: Rig) -> None:
    """Whoever begins anew looks anew."""
    patron_id = await _linked(rig)
    await rig.desk.address_check.look(patron_id)
    rig.desk.address_check.leave()
    with pytest.raises(ProcedureOutOfStep):
        await rig.desk.address_check.read(pin(RIGHT), last_try_agreed=False)
    assert _presented(rig) == []


@pytest.mark.parametrize("blank", ["", "　", " \u0007 "])
async def test_a_card_without_name_or_address_gives_nothing(rig: Rig, blank: str) -> None:
    """The record would be left without one, at one Enter."""
    patron_id = await _linked(rig)
    holder = replace(PERSONAS[PERSONA].holder, address=blank)
    persona = replace(PERSONAS[PERSONA], holder=holder)
    rig.reader.lay(persona.make_card(rig.clock.now().date()))
    with pytest.raises(CardUnreadable):
        await _read(rig, patron_id)


async def test_only_who_has_a_linked_card_is_offered_it(rig: Rig) -> None:
    """Without a link the person's word is all there is."""
    patron = await rig.register(PERSONA)
    rig.change("UPDATE patron SET expires_on = '2026-12-10'")
    offer = await rig.desk.counter_renewal.offer(patron.id)
    assert offer.proofs == (Proof.ADDRESS,)
    with pytest.raises(NotConfirmed):
        await rig.desk.counter_renewal.renew(patron.id, Proof.MYNUMBER_CARD, offer.expires_on)


# ------------------------------------------------------------------------ which card it is


async def test_somebody_else_s_card_is_not_asked(rig: Rig) -> None:
    """It is linked, genuine and good, but another person's: no PIN is taken for it."""
    patron_id = await _linked(rig)
    await rig.enroll("adult")
    rig.exchanges.clear()
    with pytest.raises(CardLinkedToAnother):
        await rig.desk.address_check.look(patron_id)
    with pytest.raises(ProcedureOutOfStep):
        await rig.desk.address_check.read(pin("1234"), last_try_agreed=True)
    assert _presented(rig) == []


async def test_a_card_that_nobody_linked_is_not_asked(rig: Rig) -> None:
    """Nobody could say whose it is."""
    patron_id = await _linked(rig)
    rig.lay("adult")
    with pytest.raises(CardNotLinked):
        await rig.desk.address_check.look(patron_id)


async def test_a_copy_is_told_no_pin(rig: Rig) -> None:
    """The copy is laid down in the original's place while the patron types."""
    patron_id = await _linked(rig, "adult")
    await rig.desk.address_check.look(patron_id)
    rig.lay("cloned")
    with pytest.raises(CardNotGenuine):
        await rig.desk.address_check.read(pin("1234"), last_try_agreed=True)
    with pytest.raises(CardNotGenuine):
        await rig.desk.address_check.look(patron_id)
    assert _presented(rig) == []


async def test_another_person_s_card_in_its_place_is_told_no_pin(rig: Rig) -> None:
    """Exchanged between the look and the Enter."""
    await rig.enroll("adult")
    patron_id = await _linked(rig)
    await rig.desk.address_check.look(patron_id)
    rig.lay("adult")
    with pytest.raises(CardChanged):
        await rig.desk.address_check.read(pin(RIGHT), last_try_agreed=True)
    assert _presented(rig) == []


async def test_a_card_without_a_proof_is_taken_as_the_settings_say(tmp_path: Path) -> None:
    """Attended staff look at it; where the settings want proof, the address is asked for."""
    for setting, is_taken in (("attended", True), ("auth-pin", False)):
        async with rigged(tmp_path / setting, without_card_proof=setting) as rig:
            patron_id = await _linked(rig, "no-card-proof")
            if is_taken:
                seen = await rig.desk.address_check.look(patron_id)
                assert seen.proof is CardBoundProof.UNAVAILABLE
                await rig.desk.address_check.read(pin("1234"), last_try_agreed=False)
                continue
            with pytest.raises(CardProofMissing):
                await rig.desk.address_check.look(patron_id)
            assert _presented(rig) == []


async def test_a_link_that_ends_while_the_pin_is_typed_counts_no_more(rig: Rig) -> None:
    """The store leads, even when the platform has not heard of it."""
    patron_id = await _linked(rig)
    await rig.desk.address_check.look(patron_id)
    rig.change(
        "UPDATE card_link SET unlinked_at = '2026-11-24 03:00:00', unlink_reason = 'stolen',"
        " card_key = NULL"
    )
    with pytest.raises(CardUnlinked):
        await rig.desk.address_check.read(pin(RIGHT), last_try_agreed=False)


async def test_a_certificate_that_is_revoked_meanwhile_counts_no_more(rig: Rig) -> None:
    """It is asked for once more behind the PIN."""
    patron_id = await _linked(rig)
    await rig.desk.address_check.look(patron_id)
    rig.platform.auth_status = lambda user_identifier: CertificateStatus(  # type: ignore[method-assign]
        StatusWord.REVOKED, rig.clock.now()
    )
    with pytest.raises(CertificateRevoked):
        await rig.desk.address_check.read(pin(RIGHT), last_try_agreed=False)


async def test_another_birth_date_than_the_record_s_is_for_the_supervisor(rig: Rig) -> None:
    """The link says whose card it is, so the record is wrong; nothing is shown of the card."""
    patron_id = await _linked(rig)
    rig.change("UPDATE patron SET birth_date = '1970-01-01'")
    with pytest.raises(RecordedBirthDateDiffers) as caught:
        await _read(rig, patron_id)
    assert str(PERSONAS[PERSONA].holder.birth_date.year) not in repr(caught.value)


# ------------------------------------------------------------------------------- the PIN


async def test_one_look_allows_one_presentation(rig: Rig) -> None:
    """After a wrong PIN, and after a right one, the card is looked at again."""
    patron_id = await _linked(rig)
    check = rig.desk.address_check
    await check.look(patron_id)
    with pytest.raises(WrongPin) as caught:
        await check.read(pin("9999"), last_try_agreed=False)
    assert (caught.value.kind, caught.value.tries_left) == (PinKind.SURFACE_INFO, 2)
    with pytest.raises(ProcedureOutOfStep):
        await check.read(pin(RIGHT), last_try_agreed=False)
    assert (await check.look(patron_id)).tries_left == 2
    await check.read(pin(RIGHT), last_try_agreed=False)
    with pytest.raises(ProcedureOutOfStep):
        await check.read(pin(RIGHT), last_try_agreed=False)
    assert _presented(rig) == [b"9999", RIGHT.encode()]


@pytest.mark.parametrize("typed", ["", "123", "12345", "12a4", "１２３４"])
async def test_the_form_is_looked_at_first(rig: Rig, typed: str) -> None:
    """Nothing is sent, and the same look serves for the next entry."""
    patron_id = await _linked(rig)
    await rig.desk.address_check.look(patron_id)
    rig.exchanges.clear()
    with pytest.raises(PinFormat):
        await rig.desk.address_check.read(Pin(bytearray(typed.encode())), last_try_agreed=False)
    assert rig.exchanges == []
    await rig.desk.address_check.read(pin(RIGHT), last_try_agreed=False)


async def test_the_last_try_needs_a_word_and_no_try_is_none(rig: Rig) -> None:
    """At one try left nothing is sent without the patron's word; a locked PIN is told at once."""
    patron_id = await _linked(rig)
    check = rig.desk.address_check
    for _ in range(2):
        await check.look(patron_id)
        with pytest.raises(WrongPin):
            await check.read(pin("9999"), last_try_agreed=False)
    assert (await check.look(patron_id)).tries_left == 1
    rig.exchanges.clear()
    with pytest.raises(LastTryNotAgreed):
        await check.read(pin("9999"), last_try_agreed=False)
    assert _presented(rig) == []
    with pytest.raises(WrongPin):
        await check.read(pin("9999"), last_try_agreed=True)
    with pytest.raises(PinBlocked):
        await check.look(patron_id)


async def test_the_next_day_another_end_is_offered(rig: Rig) -> None:
    """What the card said yesterday renews nothing today that was not shown."""
    patron_id = await _linked(rig)
    checked = await _read(rig, patron_id)
    offer = await rig.desk.counter_renewal.offer(patron_id)
    rig.clock.instant += timedelta(days=1)
    with pytest.raises(NotConfirmed):
        await rig.desk.counter_renewal.renew(
            patron_id, Proof.MYNUMBER_CARD, offer.expires_on, checked=checked
        )
