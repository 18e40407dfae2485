"""Which cards this installation takes, and what the platform must say of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from counter_tui.clock import TOKYO
from counter_tui.errors import (
    CertificateExpired,
    CertificateOnHold,
    CertificateRevoked,
    PlatformUnreachable,
    StatusUnknown,
)
from counter_tui.identity.anchors import Anchor
from counter_tui.identity.certificates import (
    AuthCertificate,
    CertificateHead,
    check_auth_certificate,
    read_head,
    refuse_outside_dates,
    refuse_test_organisation,
)
from counter_tui.identity.freshness import MAX_CLOCK_SKEW
from counter_tui.identity.platform import CertificateStatus, StatusWord

MAX_STATUS_AGE: Final = timedelta(hours=36)
"""How old an answer about a certificate may be, unless the settings say otherwise: revocation
lists come once a day."""


@dataclass(frozen=True)
class Trust:
    """The CA certificates that this installation takes, and whether it is for tests.

    Attributes:
        anchors: CA certificates; without any, no card can be enrolled.
        test_installation: takes cards of the simulator's CA; every screen says so.
        max_status_age: how old an answer about a certificate may be.
    """

    anchors: Sequence[Anchor]
    test_installation: bool
    max_status_age: timedelta = MAX_STATUS_AGE

    def head(self, certificate_head: bytes, moment: datetime) -> CertificateHead:
        """Read the first bytes of a card's certificate and refuse what need not be asked about.

        Raises:
            CertificateUnreadable, SpecimenCardRefused, CertificateExpired, CertificateNotYetValid
        """
        head = read_head(certificate_head)
        refuse_test_organisation(head.organisations, test_installation=self.test_installation)
        refuse_outside_dates(head.not_before, head.not_after, moment)
        return head

    def certificate(self, der: bytes, moment: datetime) -> AuthCertificate:
        """Check a whole authentication certificate.

        Raises:
            CertificateUnreadable, CertificateKeyUnsupported, SpecimenCardRefused,
            CertificateNotTrusted, IssuerOutsideDates, CertificateWrongUse, CertificateExpired,
            CertificateNotYetValid
        """
        return check_auth_certificate(
            der, self.anchors, moment, test_installation=self.test_installation
        )

    def require_good(self, status: CertificateStatus, moment: datetime) -> None:
        """See `require_good`, with this installation's limit of age."""
        require_good(status, moment, self.max_status_age)


def require_good(
    status: CertificateStatus, moment: datetime, max_age: timedelta = MAX_STATUS_AGE
) -> None:
    """Go on only with a certificate that the platform calls good, and lately.

    Raises:
        CertificateRevoked, CertificateOnHold, CertificateExpired
        StatusUnknown: no such certificate, no clear answer, or one that is too old.
        PlatformUnreachable: nobody answered; this is never taken for good.
    """
    match status.word:
        case StatusWord.GOOD:
            if not moment - max_age <= status.checked_at <= moment + MAX_CLOCK_SKEW:
                raise StatusUnknown
        case StatusWord.REVOKED:
            raise CertificateRevoked(status.revoked_at)
        case StatusWord.ON_HOLD:
            raise CertificateOnHold
        case StatusWord.EXPIRED:
            ended = status.valid_until or moment
            raise CertificateExpired(ended.astimezone(TOKYO).date())
        case StatusWord.ABSENT | StatusWord.UNKNOWN:
            raise StatusUnknown
        case StatusWord.UNREACHABLE:
            raise PlatformUnreachable
