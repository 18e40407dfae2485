"""The desk on a real verifier: its store and key on disk, its answers made by openssl."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from counter_tui import wiring
from counter_tui.clock import Clock, today
from counter_tui.desk.devices import Device, LampChanged, Trouble
from counter_tui.desk.recognition import CardBoundProof
from counter_tui.errors import (
    CardNotLinked,
    CardUnlinked,
    CertificateOnHold,
    CertificateRevoked,
    NothingToUndo,
    PlatformUnreachable,
    SiteKeyExposed,
    StatusUnknown,
    UndoReason,
    UnlinkReason,
)
from counter_tui.hardware.mynumber_card import MyNumberCard
from counter_tui.hardware.simulated.in_process import SimulatedReader
from counter_tui.hardware.simulated.issuing import auth_serial
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.identity.platform import (
    CertificateFacts,
    CertificateReference,
    IdentityPlatform,
    StatusWord,
)
from counter_tui.identity.site_key import SiteKeyFile
from counter_tui.identity.verifier import Verifier
from counter_tui.settings import Settings
from tests.support.openssl_ca import OpensslCa, Responder, ca_of_simulated_cards, responding
from tests.support.rig import Rig, rigged

ADULT = auth_serial(PERSONAS["adult"].number)
TWO_PINS = auth_serial(PERSONAS["two-pins"].number)


@dataclass
class Counter:
    """A desk, and the peers behind its verifier."""

    rig: Rig
    ca: OpensslCa
    responder: Responder
    verifier: Verifier
    settings: Settings

    def state(self, serial: int, state: str = "V", reason: str = "") -> None:
        """What the CA's books say of a card from now on."""
        (self.ca.folder / "index.txt").write_text("")
        self.ca.enter(serial, state, reason)


@pytest.fixture
def ca(tmp_path: Path) -> OpensslCa:
    """With the books of two cards."""
    made = ca_of_simulated_cards(tmp_path / "ca")
    made.enter(ADULT)
    made.enter(TWO_PINS)
    return made


@pytest.fixture
def responder(ca: OpensslCa) -> Iterator[Responder]:
    """Its OCSP responder."""
    with responding(Responder([ca])) as serving:
        yield serving


@pytest.fixture(params=["ocsp", "crl"])
async def counter(
    request: pytest.FixtureRequest, tmp_path: Path, ca: OpensslCa, responder: Responder
) -> AsyncIterator[Counter]:
    """A desk whose verifier asks a responder, or looks into lists."""
    made: list[Verifier] = []
    changed: list[Settings] = []

    def ask(settings: Settings, clock: Clock) -> IdentityPlatform:
        settings = replace(
            settings,
            platform="verifier",
            ocsp_url=responder.url if request.param == "ocsp" else "",
            crl_sources=(str(tmp_path / "auth.crl"),) if request.param == "crl" else (),
        )
        SiteKeyFile(settings.site_key_path).make()
        changed.append(settings)
        made.append(wiring.verifier_of(settings, clock))
        return made[0]

    (tmp_path / "auth.crl").write_bytes(ca.crl())
    async with rigged(tmp_path / "desk", datetime.now(UTC), ask=ask) as rig:
        yield Counter(rig, ca, responder, made[0], changed[0])


def publish(counter: Counter, tmp_path: Path) -> None:
    """Put a new list where the verifier looks; its lists are looked at afresh."""
    (tmp_path / "auth.crl").write_bytes(counter.ca.crl())
    counter.verifier._sources._lists._looked_at = float("-inf")


async def test_a_card_is_enrolled_and_touched(counter: Counter) -> None:
    """Link in two steps, status from the peers, card proven."""
    patron = await counter.rig.enroll("adult")
    assert counter.verifier.pending_links() == []
    touched = await counter.rig.desk.identification.touch()
    assert touched.patron.id == patron.id
    assert touched.proof is CardBoundProof.PROVEN


async def test_a_card_that_nobody_enrolled_is_not_linked(counter: Counter) -> None:
    """The verifier does not know it, whatever its status."""
    counter.rig.lay("adult")
    with pytest.raises(CardNotLinked):
        await counter.rig.desk.identification.touch()


@pytest.mark.parametrize(
    ("reason", "refusal"),
    [("keyCompromise", CertificateRevoked), ("certificateHold", CertificateOnHold)],
)
async def test_a_card_that_was_revoked_since_is_refused(
    counter: Counter, tmp_path: Path, reason: str, refusal: type[Exception]
) -> None:
    """At the next touch, and at an enrolment."""
    await counter.rig.enroll("adult")
    counter.state(ADULT, "R", reason)
    publish(counter, tmp_path)
    with pytest.raises(refusal):
        await counter.rig.desk.identification.touch()
    counter.state(TWO_PINS, "R", reason)
    publish(counter, tmp_path)
    with pytest.raises(refusal):
        await counter.rig.enroll("two-pins")


async def test_a_hold_that_is_lifted_lets_the_card_in_again(
    counter: Counter, tmp_path: Path
) -> None:
    """No second enrolment is needed."""
    await counter.rig.enroll("adult")
    counter.state(ADULT, "R", "certificateHold")
    publish(counter, tmp_path)
    with pytest.raises(CertificateOnHold):
        await counter.rig.desk.identification.touch()
    counter.state(ADULT)
    publish(counter, tmp_path)
    await counter.rig.desk.identification.touch()


async def test_a_line_that_is_down_lends_nothing(counter: Counter, tmp_path: Path) -> None:
    """Nobody answers, and there is no list: the library card is offered."""
    await counter.rig.enroll("adult")
    counter.responder.fault = "500"
    (tmp_path / "auth.crl").unlink()
    cut = wiring.verifier_of(counter.settings, counter.rig.clock)
    assert cut.auth_status(_identifier(counter)).word is StatusWord.UNREACHABLE
    counter.rig.clock.instant += timedelta(days=3)
    with pytest.raises((PlatformUnreachable, StatusUnknown)):
        await counter.rig.desk.identification.touch()


async def test_an_unlinked_card_is_a_hash_alone_from_the_next_day_on(counter: Counter) -> None:
    """Until then an undo brings it back; afterwards it is recognised, and its serial is gone."""
    patron = await counter.rig.enroll("adult")
    unlinking, reconciliation = counter.rig.desk.unlinking, counter.rig.desk.reconciliation
    name = patron.name
    for _ in range(2):
        await unlinking.unlink(patron.id, UnlinkReason.LOST, card_suspended=True, typed_name=name)
        await reconciliation.reconcile()
        assert _sealed(counter) == [(1,)]
        await unlinking.undo(patron.id, UndoReason.WRONG_PATRON)
        assert _sealed(counter) == []
    await unlinking.unlink(patron.id, UnlinkReason.LOST, card_suspended=True, typed_name=name)
    ended_on = today(counter.rig.clock)
    counter.rig.clock.instant += timedelta(days=1)
    await reconciliation.reconcile()
    assert _sealed(counter) == [(0,)]
    with pytest.raises(CardUnlinked) as caught:
        await counter.rig.desk.identification.touch()
    assert (caught.value.on, caught.value.reason) == (ended_on, UnlinkReason.LOST)
    with pytest.raises(NothingToUndo):
        await unlinking.undo(patron.id, UndoReason.WRONG_PATRON)


def _sealed(counter: Counter) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(counter.settings.verifier_file)) as store:
        return store.execute("SELECT sealed_reference IS NOT NULL FROM former").fetchall()


def _lamp(counter: Counter) -> LampChanged:
    lamps = [event for event in counter.rig.told.events if isinstance(event, LampChanged)]
    return [lamp for lamp in lamps if lamp.device is Device.PLATFORM][-1]


def _take_lists_away(counter: Counter) -> None:
    for name in counter.settings.crl_sources:
        Path(name).rename(f"{name}.away")
    # As after a restart: a list in hand would be good until its own end.
    counter.verifier._sources._lists._sources.clear()
    counter.verifier._sources._lists._looked_at = float("-inf")


def _bring_lists_back(counter: Counter) -> None:
    for name in counter.settings.crl_sources:
        Path(f"{name}.away").rename(name)
    counter.verifier._sources._lists._looked_at = float("-inf")


async def test_what_the_verifier_knows_by_itself_lights_no_lamp(counter: Counter) -> None:
    """Links lie in its own store; that the line is back is told by a status alone."""
    await counter.rig.enroll("adult")
    _take_lists_away(counter)
    counter.responder.fault = "500"
    with pytest.raises(PlatformUnreachable):
        await counter.rig.desk.identification.touch()
    assert _lamp(counter) == LampChanged(Device.PLATFORM, Trouble.UNREACHABLE)
    await counter.rig.desk.reconciliation.reconcile()
    assert _lamp(counter) == LampChanged(Device.PLATFORM, Trouble.UNREACHABLE)
    counter.responder.fault = ""
    _bring_lists_back(counter)
    await counter.rig.desk.identification.touch()
    assert _lamp(counter) == LampChanged(Device.PLATFORM, None)


async def test_a_key_that_became_readable_stops_the_desk(counter: Counter) -> None:
    """With a sentence of its own, at the next start."""
    await counter.rig.enroll("adult")
    counter.settings.site_key_path.chmod(0o644)
    restarted = wiring.verifier_of(counter.settings, counter.rig.clock)
    with pytest.raises(SiteKeyExposed):
        restarted.resolve(_reference(counter))


async def test_the_key_may_be_rotated_between_two_touches(counter: Counter) -> None:
    """By the administrator's command, while the terminal runs."""
    await counter.rig.enroll("adult")
    wiring.verifier_of(counter.settings, counter.rig.clock).rotate_key()
    assert (await counter.rig.desk.identification.touch()).proof is CardBoundProof.PROVEN


async def test_a_crash_before_the_confirmation_is_mended(counter: Counter) -> None:
    """The store leads: what it knows is confirmed, what it does not know is dropped."""
    patron = await counter.rig.enroll("adult")
    reference = _reference(counter)
    identifier = counter.verifier.resolve(reference)
    ((enrollment_id,),) = counter.rig.rows("SELECT enrollment_id FROM card_link")
    assert identifier is not None
    counter.verifier.unlink(identifier)
    # As after a kill between the two commits: pending at the verifier, live in the store.
    facts = _facts(counter)
    renewed = counter.verifier.link(facts, str(enrollment_id))
    counter.rig.change("UPDATE card_link SET user_identifier = ?", renewed)
    counter.verifier.link(facts, "nobody knows this one")
    counter.rig.clock.instant += timedelta(minutes=11)
    await counter.rig.desk.reconciliation.reconcile()
    assert counter.verifier.pending_links() == []
    assert counter.verifier.resolve(reference) == renewed
    assert (await counter.rig.desk.identification.touch()).patron.id == patron.id


def _identifier(counter: Counter) -> str:
    ((identifier,),) = counter.rig.rows("SELECT user_identifier FROM card_link")
    return str(identifier)


def _facts(counter: Counter) -> CertificateFacts:
    """Of the card that was enrolled, read from a card like it."""
    reader = SimulatedReader()
    reader.lay(counter.rig.card("adult"))
    der = MyNumberCard(reader.connect()).auth_certificate()
    return wiring.trust_of(counter.settings).certificate(der, counter.rig.clock.now()).facts


def _reference(counter: Counter) -> CertificateReference:
    return _facts(counter).reference
