"""The way of all use cases to the identity platform: one thread, and its lamp."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, ParamSpec, TypeVar

from counter_tui.clock import Clock
from counter_tui.desk.devices import DeskEvent, Device, Lamp, Trouble
from counter_tui.errors import PlatformUnreachable
from counter_tui.hardware.lane import Lane
from counter_tui.identity.no_platform import NoPlatform
from counter_tui.identity.platform import (
    CertificateFacts,
    CertificateReference,
    CertificateStatus,
    IdentityPlatform,
    StatusWord,
)

P = ParamSpec("P")
Answer = TypeVar("Answer")


HOUR: Final = timedelta(hours=1)

LOOK_EVERY_S: Final = 300.0
"""A line that is cut, or comes back, while nobody touches a card is seen within five minutes."""


class PlatformLane:
    """Asks the platform on its own thread; each status, or no answer, sets the lamp.

    An answer about links alone does not: a verifier finds them in a store of its own.
    """

    def __init__(
        self, platform: IdentityPlatform, report: Callable[[DeskEvent], None], clock: Clock
    ) -> None:
        self._platform = platform
        self._clock = clock
        self._lamp = Lamp(Device.PLATFORM, report)
        self._lane = Lane("platform")
        # A run over many must not hold up a touch at this terminal; platforms take threads.
        self._run_lane = Lane("platform run")
        self._is_set_up = not isinstance(platform, NoPlatform)

    async def _ask(self, ask: Callable[P, Answer], *args: P.args, **kwargs: P.kwargs) -> Answer:
        try:
            answer = await self._lane.run(ask, *args, **kwargs)
        except PlatformUnreachable:
            self._show(Trouble.UNREACHABLE)
            raise
        if isinstance(answer, CertificateStatus):
            if answer.word is StatusWord.UNREACHABLE:
                self._show(Trouble.UNREACHABLE)
            elif answer.word is not StatusWord.ABSENT:  # of which nobody was asked
                self._show(None, answer.checked_at)
        return answer

    def _show(self, trouble: Trouble | None, as_of: datetime | None = None) -> None:
        # Where there is no platform, nothing is out of order, and nothing is well either.
        if self._is_set_up:
            old = timedelta() if as_of is None else self._clock.now() - as_of
            self._lamp.show(trouble, max(0, old // HOUR))
        else:
            self._lamp.show(Trouble.NONE_SET_UP)

    async def resolve(self, reference: CertificateReference) -> str | None:
        """See `IdentityPlatform`."""
        return await self._ask(self._platform.resolve, reference)

    async def link(self, certificate: CertificateFacts, enrollment_id: str) -> str:
        """See `IdentityPlatform`."""
        return await self._ask(self._platform.link, certificate, enrollment_id)

    async def confirm(self, enrollment_id: str) -> None:
        """See `IdentityPlatform`."""
        await self._ask(self._platform.confirm, enrollment_id)

    async def unlink(self, user_identifier: str) -> None:
        """See `IdentityPlatform`."""
        await self._ask(self._platform.unlink, user_identifier)

    async def former(self, reference: CertificateReference) -> str | None:
        """See `IdentityPlatform`."""
        return await self._ask(self._platform.former, reference)

    async def restore(self, user_identifier: str) -> bool:
        """See `IdentityPlatform`."""
        return await self._ask(self._platform.restore, user_identifier)

    async def forget(self, user_identifier: str) -> None:
        """See `IdentityPlatform`."""
        await self._ask(self._platform.forget, user_identifier)

    async def forget_references(self, ended_before: datetime) -> None:
        """See `IdentityPlatform`."""
        await self._ask(self._platform.forget_references, ended_before)

    async def discard(self, enrollment_id: str) -> None:
        """See `IdentityPlatform`."""
        await self._ask(self._platform.discard, enrollment_id)

    async def pending_links(self) -> list[tuple[str, datetime]]:
        """See `IdentityPlatform`."""
        return await self._ask(self._platform.pending_links)

    async def auth_status(self, user_identifier: str) -> CertificateStatus:
        """See `IdentityPlatform`."""
        return await self._ask(self._platform.auth_status, user_identifier)

    async def certificate_status(self, certificate: CertificateFacts) -> CertificateStatus:
        """See `IdentityPlatform`."""
        return await self._ask(self._platform.certificate_status, certificate)

    async def signature_status(self, user_identifier: str) -> CertificateStatus:
        """See `IdentityPlatform`."""
        return await self._ask(self._platform.signature_status, user_identifier)

    async def signature_statuses(
        self, user_identifiers: Sequence[str]
    ) -> list[tuple[str, CertificateStatus]]:
        """See `IdentityPlatform`; on a thread of its own, and the lamp stays as it is."""

        def ask() -> list[tuple[str, CertificateStatus]]:
            return list(self._platform.signature_statuses(user_identifiers))

        return await self._run_lane.run(ask)

    async def look(self) -> None:
        """Ask whether the platform answers, for the lamp."""
        as_of = await self._lane.run(self._platform.as_of)
        self._show(Trouble.UNREACHABLE if as_of is None else None, as_of)

    async def run(self) -> None:
        """Look now and then every five minutes, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    def close(self) -> None:
        """Take no more questions."""
        self._run_lane.close()
        self._lane.close()
