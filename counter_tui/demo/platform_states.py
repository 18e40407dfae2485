"""What the simulated platform says of simulated cards, unless a trainer says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from counter_tui.demo.renewal_patrons import signature_words
from counter_tui.hardware.simulated.issuing import auth_serial
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.identity.platform import StatusWord
from counter_tui.identity.simulated_platform import SimulatedState

_SINCE: Final = datetime(2026, 4, 1, tzinfo=UTC)

_BY_PERSONA: Final = {
    "revoked": SimulatedState(StatusWord.REVOKED, StatusWord.REVOKED, _SINCE),
    "on-hold": SimulatedState(StatusWord.ON_HOLD, StatusWord.ON_HOLD, _SINCE),
}
"""By slug; every other persona's certificates are good."""


def simulated_states() -> dict[int, SimulatedState]:
    """By the serial of the authentication certificate: the personas', and those without a card."""
    states = {}
    for persona in PERSONAS.values():
        state = _BY_PERSONA.get(persona.slug, SimulatedState())
        if not persona.has_sign_certificate:
            state = SimulatedState(state.auth, StatusWord.ABSENT, state.since)
        if state != SimulatedState():
            states[auth_serial(persona.number)] = state
    for serial, word in signature_words().items():
        if word is not StatusWord.GOOD:
            since = _SINCE if word in (StatusWord.REVOKED, StatusWord.ON_HOLD) else None
            states[serial] = SimulatedState(signature=word, since=since)
    return states
