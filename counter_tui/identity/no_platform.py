"""What stands for the identity platform where none is set up: nothing can be asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from counter_tui.clock import Clock
from counter_tui.errors import PlatformUnreachable
from counter_tui.identity.platform import (
    CertificateFacts,
    CertificateReference,
    CertificateStatus,
    StatusWord,
)


class NoPlatform:
    """Is never reached. Library cards go on working; My Number cards do not."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def resolve(self, reference: CertificateReference) -> str | None:
        """See `IdentityPlatform`."""
        raise PlatformUnreachable

    def link(self, certificate: CertificateFacts, enrollment_id: str) -> str:
        """See `IdentityPlatform`."""
        raise PlatformUnreachable

    def confirm(self, enrollment_id: str) -> None:
        """See `IdentityPlatform`."""
        raise PlatformUnreachable

    def unlink(self, user_identifier: str) -> None:
        """See `IdentityPlatform`."""
        raise PlatformUnreachable

    def former(self, reference: CertificateReference) -> str | None:
        """See `IdentityPlatform`."""
        raise PlatformUnreachable

    def restore(self, user_identifier: str) -> bool:
        """See `IdentityPlatform`."""
        raise PlatformUnreachable

    def forget(self, user_identifier: str) -> None:
        """See `IdentityPlatform`."""
        raise PlatformUnreachable

    def forget_references(self, ended_before: datetime) -> None:
        """See `IdentityPlatform`; there is none."""

    def pending_links(self) -> list[tuple[str, datetime]]:
        """See `IdentityPlatform`."""
        return []

    def discard(self, enrollment_id: str) -> None:
        """See `IdentityPlatform`."""

    def auth_status(self, user_identifier: str) -> CertificateStatus:
        """See `IdentityPlatform`."""
        return self._unreachable()

    def certificate_status(self, certificate: CertificateFacts) -> CertificateStatus:
        """See `IdentityPlatform`."""
        return self._unreachable()

    def signature_status(self, user_identifier: str) -> CertificateStatus:
        """See `IdentityPlatform`."""
        return self._unreachable()

    def signature_statuses(
        self, user_identifiers: Iterable[str]
    ) -> Iterator[tuple[str, CertificateStatus]]:
        """See `IdentityPlatform`."""
        for user_identifier in user_identifiers:
            yield user_identifier, self._unreachable()

    def as_of(self) -> datetime | None:
        """See `IdentityPlatform`."""
        return None

    def _unreachable(self) -> CertificateStatus:
        return CertificateStatus(StatusWord.UNREACHABLE, self._clock.now())
