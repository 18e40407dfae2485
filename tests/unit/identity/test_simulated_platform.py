"""The simulated platform says of a card what it was told to say."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from counter_tui.clock import FixedClock
from counter_tui.demo.platform_states import simulated_states
from counter_tui.hardware.simulated.issuing import auth_serial
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.identity.platform import CertificateFacts, CertificateReference, StatusWord
from counter_tui.identity.simulated_platform import SimulatedPlatform, SimulatedState
from tests.support.authority import NOW


def facts(serial: int = 7) -> CertificateFacts:
    """Of a made-up card."""
    return CertificateFacts(
        CertificateReference(b"issuer", serial), NOW + timedelta(days=9), b"key"
    )


@pytest.fixture
def platform(tmp_path: Path) -> SimulatedPlatform:
    """With one card that is on hold from the start."""
    return SimulatedPlatform(
        tmp_path / "platform.sqlite3",
        FixedClock(NOW),
        lambda: {8: SimulatedState(StatusWord.ON_HOLD, StatusWord.ABSENT, NOW)},
    )


def linked(platform: SimulatedPlatform, serial: int = 7) -> str:
    """The user identifier of a confirmed link."""
    identifier = platform.link(facts(serial), f"enrolment {serial}")
    platform.confirm(f"enrolment {serial}")
    return identifier


@pytest.mark.parametrize("word", list(StatusWord))
def test_a_trainer_sets_every_state_and_it_stays(
    platform: SimulatedPlatform, tmp_path: Path, word: StatusWord
) -> None:
    """For the link and for an enrolment, also after a restart; and it can be taken back."""
    identifier = linked(platform)
    platform.set_state(facts().reference, SimulatedState(word, StatusWord.REVOKED, NOW))
    again = SimulatedPlatform(tmp_path / "platform.sqlite3", FixedClock(NOW))
    assert again.auth_status(identifier).word is word
    assert again.certificate_status(facts()).word is word
    assert again.signature_status(identifier).word is StatusWord.REVOKED
    assert again.signature_status(identifier).revoked_at == NOW
    again.set_state(facts().reference, None)
    assert again.auth_status(identifier).word is StatusWord.GOOD


def test_a_card_made_for_a_state_has_it_from_the_start(platform: SimulatedPlatform) -> None:
    """By its serial; others are good."""
    held = linked(platform, 8)
    assert platform.certificate_status(facts(8)).word is StatusWord.ON_HOLD
    assert platform.auth_status(held).word is StatusWord.ON_HOLD
    assert platform.auth_status(held).revoked_at == NOW
    assert platform.signature_status(held).word is StatusWord.ABSENT
    assert platform.certificate_status(facts(9)).word is StatusWord.GOOD
    platform.set_state(facts(8).reference, SimulatedState())
    assert platform.auth_status(held).word is StatusWord.GOOD
    platform.set_state(facts(8).reference, None)
    assert platform.auth_status(held).word is StatusWord.ON_HOLD


def test_many_signatures_are_asked_in_order(platform: SimulatedPlatform) -> None:
    """With somebody whom nobody knows among them."""
    first, second = linked(platform, 7), linked(platform, 8)
    words = [status.word for _, status in platform.signature_statuses([second, "x", first])]
    assert words == [StatusWord.ABSENT, StatusWord.ABSENT, StatusWord.GOOD]


def test_a_cut_line_is_unreachable(platform: SimulatedPlatform) -> None:
    """Whatever was set."""
    identifier = linked(platform)
    platform.line_cut = True
    for status in (
        platform.auth_status(identifier),
        platform.signature_status(identifier),
        platform.certificate_status(facts()),
    ):
        assert status.word is StatusWord.UNREACHABLE


def test_personas_have_the_state_that_they_are_for() -> None:
    """And who is under fifteen has no signature certificate."""
    states = simulated_states()
    assert states[auth_serial(PERSONAS["revoked"].number)].auth is StatusWord.REVOKED
    assert states[auth_serial(PERSONAS["on-hold"].number)].auth is StatusWord.ON_HOLD
    assert auth_serial(PERSONAS["adult"].number) not in states
    for persona in PERSONAS.values():
        if not persona.has_sign_certificate:
            assert states[auth_serial(persona.number)].signature is StatusWord.ABSENT
