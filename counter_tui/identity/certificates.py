"""Authentication certificates: what they say, and whether somebody we trust has said it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from asn1crypto import parser
from asn1crypto import x509 as asn1_x509
from asn1crypto.core import Asn1Value
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from counter_tui.clock import TOKYO
from counter_tui.errors import (
    CertificateExpired,
    CertificateNotTrusted,
    CertificateNotYetValid,
    CertificateUnreadable,
    SpecimenCardRefused,
)
from counter_tui.identity.platform import CertificateReference

SIMULATOR_ORGANISATION: Final = "JPKI-SIMULATOR"
TEST_ORGANISATIONS: Final = frozenset({SIMULATOR_ORGANISATION, "JPKI-TEST"})
"""`O=` of issuers whose cards are no persons' cards (docs/card.md)."""

SIMULATOR_ROOT: Final = Path(__file__).parent / "trust" / "jpki-simulator.pem"

MAX_CERTIFICATE_LENGTH: Final = 4096
"""Bytes. A real authentication certificate has about 1,600; more is no certificate of ours."""


@dataclass(frozen=True)
class CertificateHead:
    """What the first 256 bytes of an authentication certificate tell; nothing of it is proven.

    Attributes:
        reference: issuer and serial, in memory only.
        organisation: `O=` of the issuer.
        not_before, not_after: validity, with time zone.
    """

    reference: CertificateReference = field(repr=False)
    organisation: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True)
class AuthCertificate:
    """An authentication certificate whose issuer, dates and use have been checked.

    Attributes:
        public_key: verifies what the card signs after the auth PIN.
        ends_on: last day in Asia/Tokyo.
    """

    reference: CertificateReference = field(repr=False)
    public_key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey = field(repr=False)
    ends_on: date


def read_head(head: bytes) -> CertificateHead:
    """Read issuer, serial and validity from the beginning of a certificate (DER, 256 bytes).

    The elements after the validity may be cut off.

    Raises:
        CertificateUnreadable: the bytes do not begin as a certificate does.
    """
    try:
        # Certificate and TBSCertificate are longer than `head`: step into them by their headers.
        offset = _content_offset(head, 0)
        offset = _content_offset(head, offset)
        elements: list[bytes] = []
        for _ in range(5):  # version, serial, signature algorithm, issuer, validity
            _, _, _, header, content, trailer = parser.parse(head[offset:])
            elements.append(header + content + trailer)
            offset += len(elements[-1])
        version, serial, _, issuer, validity = elements
        if version[0] != 0xA0:
            raise CertificateUnreadable
        name = asn1_x509.Name.load(issuer)
        dates = asn1_x509.Validity.load(validity)
        organisation = name.native.get("organization_name", "")
        return CertificateHead(
            CertificateReference(issuer, _native_int(serial)),
            organisation if isinstance(organisation, str) else "",
            dates["not_before"].native,
            dates["not_after"].native,
        )
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise CertificateUnreadable from error


def _content_offset(data: bytes, offset: int) -> int:
    """Where the content of the SEQUENCE at `offset` begins; its end may lie beyond `data`."""
    if data[offset] != 0x30:
        raise CertificateUnreadable
    first = data[offset + 1]
    return offset + 2 + (first & 0x7F if first & 0x80 else 0)


def _native_int(der: bytes) -> int:
    value = Asn1Value.load(der).native
    if not isinstance(value, int):
        raise CertificateUnreadable
    return value


class Anchor:
    """A CA certificate that this installation trusts, from a file in the settings."""

    def __init__(self, certificate: x509.Certificate) -> None:
        self.certificate = certificate

    @classmethod
    def load(cls, path: Path) -> Anchor:
        """Read a PEM file with one certificate.

        Raises:
            OSError: the file cannot be read.
            ValueError: it holds no certificate.
        """
        return cls(x509.load_pem_x509_certificate(path.read_bytes()))

    def holds_at(self, moment: datetime) -> bool:
        """Whether this is a CA certificate within its own dates at `moment`."""
        certificate = self.certificate
        try:
            constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
            usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
        except x509.ExtensionNotFound:
            return False
        return (
            constraints.value.ca
            and usage.value.key_cert_sign
            and certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc
        )

    def has_signed(self, certificate: x509.Certificate) -> bool:
        """Whether this CA's key has signed `certificate` (names and signature)."""
        try:
            certificate.verify_directly_issued_by(self.certificate)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True


def organisation_of(name: x509.Name) -> str:
    """The first `O=` of a name, or an empty text."""
    found = name.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)
    return str(found[0].value) if found else ""


def refuse_test_organisation(organisation: str, *, test_installation: bool) -> None:
    """Refuse a card of a test or simulator CA, unless this is a test installation.

    Raises:
        SpecimenCardRefused
    """
    if organisation in TEST_ORGANISATIONS and not test_installation:
        raise SpecimenCardRefused(organisation)


def refuse_outside_dates(not_before: datetime, not_after: datetime, moment: datetime) -> None:
    """Refuse a certificate that does not hold at `moment` (with time zone).

    Raises:
        CertificateExpired, CertificateNotYetValid
    """
    if moment > not_after:
        raise CertificateExpired(not_after.astimezone(TOKYO).date())
    if moment < not_before:
        raise CertificateNotYetValid(not_before.astimezone(TOKYO).date())


def check_auth_certificate(
    der: bytes, anchors: Sequence[Anchor], moment: datetime, *, test_installation: bool
) -> AuthCertificate:
    """Decide whether this is an authentication certificate of a CA we trust, holding at `moment`.

    The issuer is found by its signature: all generations of the real CA bear one name.

    Not checked: revocation (ask the platform), extended key usage and policies (not public).

    Raises:
        CertificateUnreadable: no certificate, too long, or of a key type that we do not know.
        SpecimenCardRefused: of a test CA, outside a test installation.
        CertificateNotTrusted: no anchor has signed it, or it may not sign challenges.
        CertificateExpired, CertificateNotYetValid
    """
    if len(der) > MAX_CERTIFICATE_LENGTH:
        raise CertificateUnreadable
    try:
        certificate = x509.load_der_x509_certificate(der)
        public_key = certificate.public_key()
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound as error:
        raise CertificateNotTrusted from error
    except (ValueError, TypeError) as error:
        raise CertificateUnreadable from error
    refuse_test_organisation(
        organisation_of(certificate.issuer), test_installation=test_installation
    )
    if not any(anchor.holds_at(moment) and anchor.has_signed(certificate) for anchor in anchors):
        raise CertificateNotTrusted
    if not usage.digital_signature or usage.content_commitment:
        # The signature certificate (digitalSignature + nonRepudiation) is another CA's anyway.
        raise CertificateNotTrusted
    refuse_outside_dates(certificate.not_valid_before_utc, certificate.not_valid_after_utc, moment)
    if not isinstance(public_key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise CertificateUnreadable
    return AuthCertificate(
        CertificateReference(certificate.issuer.public_bytes(), certificate.serial_number),
        public_key,
        certificate.not_valid_after_utc.astimezone(UTC).astimezone(TOKYO).date(),
    )
