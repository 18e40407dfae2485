"""The seam to the identity platform: who is this for us, and is the card still good?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol


@dataclass(frozen=True)
class CertificateReference:
    """Issuer and serial of a card's authentication certificate. In memory only.

    The serial (発行番号) is restricted by law: it is never stored in the library's tables, never
    logged, never a key of ours; therefore it has no part in the `repr`.

    Attributes:
        issuer: the issuer's Name, DER.
        serial: the certificate's serial number.
    """

    issuer: bytes = field(repr=False)
    serial: int = field(repr=False)


@dataclass(frozen=True)
class CertificateFacts:
    """What a platform must keep of a certificate to ask for its status later.

    Attributes:
        reference: issuer and serial.
        valid_until: the certificate's last instant, with time zone.
        issuer_key: SHA-256 of the issuer's SubjectPublicKeyInfo, DER: several generations of a
            CA bear one name. None when the generation is not known.
        crl_points: names of the revocation lists on which it would stand (GeneralName, DER).
    """

    reference: CertificateReference = field(repr=False)
    valid_until: datetime
    issuer_key: bytes | None
    crl_points: tuple[bytes, ...] = ()


class StatusWord(Enum):
    """What a platform can say about a certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    ON_HOLD = "on_hold"
    EXPIRED = "expired"
    ABSENT = "absent"
    UNKNOWN = "unknown"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class CertificateStatus:
    """A platform's answer about one certificate.

    Attributes:
        word: the answer; only GOOD lets anyone go on.
        checked_at: the instant to which the answer belongs.
        revoked_at: when it was revoked or put on hold, if that is known.
        reason: of the revocation, as RFC 5280 §5.3.1 calls it, e.g. "keyCompromise".
        valid_until: the last instant of an EXPIRED certificate.
    """

    word: StatusWord
    checked_at: datetime
    revoked_at: datetime | None = None
    reason: str | None = None
    valid_until: datetime | None = None


class IdentityPlatform(Protocol):
    """Knows which card belongs to which user identifier, and asks whether it is still good.

    Every method may block on a network and is called on a worker thread.
    """

    def resolve(self, reference: CertificateReference) -> str | None:
        """The user identifier of a confirmed link, or None when there is none.

        Raises:
            PlatformUnreachable
        """
        ...

    def link(self, certificate: CertificateFacts, enrollment_id: str) -> str:
        """Make a pending link and give its user identifier; `resolve` does not see it yet.

        A card that has a link keeps its user identifier; two counters that enrol one card at a
        time get the same one.

        Raises:
            PlatformUnreachable
        """
        ...

    def confirm(self, enrollment_id: str) -> None:
        """Make the pending link of this enrolment a lasting one. Idempotent.

        Raises:
            PlatformUnreachable
        """
        ...

    def unlink(self, user_identifier: str) -> None:
        """End the link: `resolve` sees it no more, `former` does. Idempotent.

        Enrolments of this card that are under way end with it: they have to ask for a link anew,
        and get another user identifier.

        Raises:
            PlatformUnreachable
        """
        ...

    def former(self, reference: CertificateReference) -> str | None:
        """The user identifier whose link with this card was ended last, or None.

        Raises:
            PlatformUnreachable
        """
        ...

    def restore(self, user_identifier: str) -> bool:
        """Take an `unlink` back; False when the card has another link now, or is not known.

        Idempotent.

        Raises:
            PlatformUnreachable
        """
        ...

    def forget_references(self, ended_before: datetime) -> None:
        """Drop what `restore` needs of links that were ended before this instant. Idempotent.

        `former` recognises their cards still, by a keyed hash alone.

        Raises:
            PlatformUnreachable
        """
        ...

    def forget(self, user_identifier: str) -> None:
        """Remove all that is known of a user identifier, ended or not. Idempotent.

        Raises:
            PlatformUnreachable
        """
        ...

    def pending_links(self) -> list[tuple[str, datetime]]:
        """Enrolment ids of pending links, with the instant each was made."""
        ...

    def discard(self, enrollment_id: str) -> None:
        """Remove a pending link; a confirmed one stays. Idempotent."""
        ...

    def auth_status(self, user_identifier: str) -> CertificateStatus:
        """The state of the authentication certificate behind a link; ABSENT without a link.

        Never raises for a platform that cannot be reached: that is the answer UNREACHABLE.
        """
        ...

    def certificate_status(self, certificate: CertificateFacts) -> CertificateStatus:
        """The same for a card that has no link yet, asked at enrolment."""
        ...

    def signature_status(self, user_identifier: str) -> CertificateStatus:
        """The state of the signature certificate of a linked person; ABSENT when none is known.

        Never raises for a platform that cannot be reached, as `auth_status`.
        """
        ...

    def signature_statuses(
        self, user_identifiers: Iterable[str]
    ) -> Iterator[tuple[str, CertificateStatus]]:
        """`signature_status` of many, in the order in which they are asked for.

        Reads ahead of its answers; may ask the network for several at a time.
        """
        ...

    def as_of(self) -> datetime | None:
        """The instant to which what it says now belongs, for the lamp; None without an answer."""
        ...
