"""Certificates, statuses, links, and the verifier's own store and key."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from pathlib import Path

from counter_tui.errors.base import CounterError
from counter_tui.errors.card import PinKind


class IdentityError(CounterError):
    """Base of what certificates and the identity platform can say no to."""


class CertificateUnreadable(IdentityError):
    """The bytes are no certificate, or one of a form that we do not take."""


class CertificateKeyUnsupported(CertificateUnreadable):
    """The certificate's key is of a type or size that cannot prove anything here.

    Attributes:
        key: type and size, e.g. "RSA 1024".
    """

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class CertificateNotTrusted(IdentityError):
    """No installed trust anchor has signed this certificate.

    Attributes:
        organisation: `O=` of the issuer that the certificate names; proves nothing.
    """

    def __init__(self, organisation: str = "") -> None:
        super().__init__(organisation)
        self.organisation = organisation


class IssuerOutsideDates(CertificateNotTrusted):
    """The trust anchor that has signed this certificate does not hold at this moment.

    Attributes:
        begins_on, ends_on: first and last day of the anchor in Asia/Tokyo.
    """

    def __init__(self, organisation: str, begins_on: date, ends_on: date) -> None:
        super().__init__(organisation)
        self.begins_on = begins_on
        self.ends_on = ends_on


class CertificateWrongUse(IdentityError):
    """A trusted certificate that is not for authentication, e.g. the signature certificate.

    Attributes:
        uses: the key usages that it names, as RFC 5280 §4.2.1.3 calls them.
    """

    def __init__(self, uses: tuple[str, ...]) -> None:
        super().__init__(", ".join(uses))
        self.uses = uses


class SpecimenCardRefused(IdentityError):
    """A simulated or test card at an installation that is not a test installation.

    Attributes:
        organisation: `O=` of its issuer.
    """

    def __init__(self, organisation: str = "") -> None:
        super().__init__(organisation)
        self.organisation = organisation


class CertificateExpired(IdentityError):
    """The certificate ended.

    Attributes:
        on: its last day in Asia/Tokyo.
    """

    def __init__(self, on: date) -> None:
        super().__init__(on.isoformat())
        self.on = on


class CertificateNotYetValid(IdentityError):
    """The certificate begins later: most likely this machine's clock is wrong."""

    def __init__(self, begins_on: date) -> None:
        super().__init__(begins_on.isoformat())
        self.begins_on = begins_on


class CertificateRevoked(IdentityError):
    """The platform says that the certificate is revoked."""

    def __init__(self, at: datetime | None = None) -> None:
        super().__init__(at.isoformat() if at else "")
        self.at = at


class CertificateOnHold(IdentityError):
    """The platform says that the certificate is suspended for the time being."""


class StatusUnknown(IdentityError):
    """The platform answered, but not with a status that can be relied on."""


class PlatformUnreachable(IdentityError):
    """The identity platform gives no answer; this is never taken for good."""


class SiteKeyError(PlatformUnreachable):
    """The verifier cannot be asked, for want of a site key that may be used.

    Attributes:
        path: the file.
    """

    def __init__(self, path: Path, detail: str = "") -> None:
        super().__init__(f"{path}: {detail}" if detail else str(path))
        self.path = path


class SiteKeyMissing(SiteKeyError):
    """There is no site key file."""


class SiteKeyExposed(SiteKeyError):
    """Others than its owner may read or change the site key file, or somebody else owns it."""


class SiteKeyUnusable(SiteKeyError):
    """The file holds no site key, or not the one that the verifier's store was written with."""


class SiteKeyExists(CounterError):
    """A site key file is there already; it is never overwritten."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


class UnreadableRows(PlatformUnreachable):
    """Rows of the verifier's store do not open with the site key that wrote the others.

    Attributes:
        count: how many.
    """

    def __init__(self, count: int) -> None:
        super().__init__(str(count))
        self.count = count


class VerifierStoreTooNew(PlatformUnreachable):
    """The verifier's store was written by a newer version of this program."""


class TrustAnchorUnusable(CounterError):
    """A file cannot be a trust anchor.

    Attributes:
        path: the file.
        reason: why not, as a short technical phrase.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class SpecimenAnchorRefused(TrustAnchorUnusable):
    """The CA of test cards or of the simulator, at a production installation.

    Attributes:
        organisation: its `O=`.
    """

    def __init__(self, path: Path, organisation: str) -> None:
        super().__init__(path, organisation)
        self.organisation = organisation


class SignatureLinksUnusable(CounterError):
    """The file of signature certificates cannot be read as a whole.

    Attributes:
        path: the file.
        reason: why not, as a short technical phrase.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class CardNotGenuine(IdentityError):
    """The signature is not from the card that was enrolled: perhaps a copy. No loan."""


class CardProofMissing(IdentityError):
    """A linked card that cannot prove itself, where nobody can compare card and person."""


class AuthPinWanted(IdentityError):
    """A linked card that cannot prove itself: its holder is asked for the authentication PIN.

    Attributes:
        tries_left: of that PIN, at least 1.
        patron_id: to whom the card is linked, and who has not proven to be here.
    """

    def __init__(self, tries_left: int, patron_id: int) -> None:
        super().__init__(str(tries_left))
        self.tries_left = tries_left
        self.patron_id = patron_id


class CardNotLinked(IdentityError):
    """A sound card that no patron of this library has enrolled.

    Attributes:
        locked: its PINs that take no more tries; with one of them it cannot be enrolled now.
    """

    def __init__(self, locked: tuple[PinKind, ...] = ()) -> None:
        super().__init__(", ".join(kind.value for kind in locked))
        self.locked = locked


class UnlinkReason(Enum):
    """Why the link of a card was ended."""

    LOST = "lost"
    STOLEN = "stolen"
    REISSUED = "reissued"
    """The person has a new card, or a new certificate on it."""
    WISH = "wish"
    ERROR = "error"
    """Of ours, e.g. the wrong patron was open."""
    LAPSED = "lapsed"
    """The patron's record was deleted long after its validity had ended."""


class UndoReason(Enum):
    """Why the end of a link, or a renewal of validity, was taken back."""

    WRONG_PATRON = "wrong_patron"
    FOUND = "found"
    """The card turned up again."""
    WISH = "wish"
    MISTAKE = "mistake"
    """Staff took the wrong key, or the proof turned out to be none."""


class CardUnlinked(IdentityError):
    """The card was linked here, and is no more.

    Attributes:
        on: the day in Asia/Tokyo on which the link was ended.
        reason: why.
        patron_id: whose card it was.
    """

    def __init__(self, on: date, reason: UnlinkReason, patron_id: int) -> None:
        super().__init__(f"{on.isoformat()} {reason.value}")
        self.on = on
        self.reason = reason
        self.patron_id = patron_id

    @property
    def alerts(self) -> bool:
        """Whether the card was reported missing, so that whoever has it is to be asked."""
        return self.reason in (UnlinkReason.LOST, UnlinkReason.STOLEN)
