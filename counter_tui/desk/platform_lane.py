"""The way of all use cases to the identity platform: one thread, and its lamp."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ParamSpec, TypeVar

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


class PlatformLane:
    """Asks the platform on its own thread; each answer, or none, sets the lamp."""

    def __init__(self, platform: IdentityPlatform, report: Callable[[DeskEvent], None]) -> None:
        self._platform = platform
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
        unreachable = (
            isinstance(answer, CertificateStatus) and answer.word is StatusWord.UNREACHABLE
        )
        self._show(Trouble.UNREACHABLE if unreachable else None)
        return answer

    def _show(self, trouble: Trouble | None) -> None:
        # Where there is no platform, nothing is out of order, and nothing is well either.
        self._lamp.show(trouble if self._is_set_up else Trouble.NONE_SET_UP)

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
        answers = await self._lane.run(self._platform.reachable)
        self._show(None if answers else Trouble.UNREACHABLE)

    def close(self) -> None:
        """Take no more questions."""
        self._run_lane.close()
        self._lane.close()
