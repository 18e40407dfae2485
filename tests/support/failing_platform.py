"""An identity platform whose line breaks at the question that a test chooses."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import TypeVar

from counter_tui import wiring
from counter_tui.clock import Clock
from counter_tui.errors import PlatformUnreachable
from counter_tui.identity.platform import (
    CertificateFacts,
    CertificateReference,
    CertificateStatus,
    StatusWord,
)
from counter_tui.identity.simulated_platform import SimulatedPlatform
from counter_tui.settings import Settings

Answer = TypeVar("Answer")


class Outage(Enum):
    """How a line breaks."""

    QUESTION_LOST = auto()
    """The platform does not hear this one question."""
    ANSWER_LOST = auto()
    """The platform does what it is asked, and its answer does not arrive."""
    FROM_NOW_ON = auto()
    """It hears neither this question nor any later one."""
    FORGETS = auto()
    """The line stands, but whatever was pending is gone just before this question."""


class FailingPlatform(SimulatedPlatform):
    """The simulated platform; all works well until `break_at`."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """See `wiring.simulated_platform_of`."""
        path = settings.state_folder / wiring.PLATFORM_FILE
        super().__init__(path, clock, wiring._persona_states)
        self.asked: list[str] = []
        self._at: int | None = None
        self._outage = Outage.QUESTION_LOST

    def break_at(self, index: int, outage: Outage) -> None:
        """Let the line break at the question with this index, counted from now on."""
        self.asked.clear()
        self._at, self._outage = index, outage

    def heal(self) -> None:
        """All works well again."""
        self.asked.clear()
        self._at = None

    def _ask(self, name: str, ask: Callable[[], Answer]) -> Answer:
        index = len(self.asked)
        self.asked.append(name)
        if self._at is None or index < self._at:
            return ask()
        if self._outage is Outage.FROM_NOW_ON:
            raise PlatformUnreachable
        if index > self._at:
            return ask()
        if self._outage is Outage.QUESTION_LOST:
            raise PlatformUnreachable
        if self._outage is Outage.FORGETS:
            for enrollment_id, _made_at in super().pending_links():
                super().discard(enrollment_id)
            return ask()
        ask()
        raise PlatformUnreachable

    def resolve(self, reference: CertificateReference) -> str | None:
        """See `IdentityPlatform`."""
        return self._ask("resolve", lambda: super(FailingPlatform, self).resolve(reference))

    def link(self, certificate: CertificateFacts, enrollment_id: str) -> str:
        """See `IdentityPlatform`."""
        ask = super().link
        return self._ask("link", lambda: ask(certificate, enrollment_id))

    def confirm(self, enrollment_id: str) -> None:
        """See `IdentityPlatform`."""
        ask = super().confirm
        self._ask("confirm", lambda: ask(enrollment_id))

    def unlink(self, user_identifier: str) -> None:
        """See `IdentityPlatform`."""
        ask = super().unlink
        self._ask("unlink", lambda: ask(user_identifier))

    def discard(self, enrollment_id: str) -> None:
        """See `IdentityPlatform`."""
        ask = super().discard
        self._ask("discard", lambda: ask(enrollment_id))

    def certificate_status(self, certificate: CertificateFacts) -> CertificateStatus:
        """See `IdentityPlatform`: a line that breaks is a word here, and no error."""
        ask = super().certificate_status
        try:
            return self._ask("certificate_status", lambda: ask(certificate))
        except PlatformUnreachable:
            return self._status(StatusWord.UNREACHABLE)
