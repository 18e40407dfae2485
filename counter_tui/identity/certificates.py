"""Authentication certificates: what they say, and whether somebody we trust has said it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from asn1crypto import parser
from asn1crypto import x509 as asn1_x509
from asn1crypto.core import Asn1Value
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from counter_tui.clock import TOKYO
from counter_tui.errors import (
    CertificateExpired,
    CertificateKeyUnsupported,
    CertificateNotTrusted,
    CertificateNotYetValid,
    CertificateUnreadable,
    CertificateWrongUse,
    IssuerOutsideDates,
    SpecimenCardRefused,
)
from counter_tui.identity.anchors import (
    DER_TROUBLES,
    MIN_RSA_BITS,
    YEARS,
    Anchor,
    describe_key,
    organisations_of,
    specimen_organisation,
)
from counter_tui.identity.platform import CertificateFacts, CertificateReference

MAX_CERTIFICATE_LENGTH: Final = 4096
"""Bytes. A real authentication certificate has about 1,600; more is no certificate of ours."""

EC_CURVES: Final = ("secp256r1", "secp384r1")
"""Curves that are taken; the next generation of cards is announced with P-384 (docs/card.md)."""


@dataclass(frozen=True)
class CertificateHead:
    """What the first 256 bytes of an authentication certificate tell; nothing of it is proven.

    Attributes:
        reference: issuer and serial, in memory only.
        organisations: every `O=` of the issuer.
        not_before, not_after: validity, in UTC.
    """

    reference: CertificateReference = field(repr=False)
    organisations: tuple[str, ...]
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True)
class AuthCertificate:
    """An authentication certificate whose issuer, dates and use have been checked.

    Attributes:
        facts: what the identity platform needs of it.
        public_key: verifies what the card signs after the auth PIN.
        ends_on: last day in Asia/Tokyo.
    """

    facts: CertificateFacts = field(repr=False)
    public_key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey = field(repr=False)
    ends_on: date

    @property
    def reference(self) -> CertificateReference:
        """Issuer and serial, in memory only."""
        return self.facts.reference


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
        return CertificateHead(
            CertificateReference(issuer, _serial(serial)),
            _organisations(name.native.get("organization_name")),
            _instant(dates["not_before"].native),
            _instant(dates["not_after"].native),
        )
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise CertificateUnreadable from error


def _content_offset(data: bytes, offset: int) -> int:
    """Where the content of the SEQUENCE at `offset` begins; its end may lie beyond `data`."""
    if data[offset] != 0x30:
        raise CertificateUnreadable
    first = data[offset + 1]
    return offset + 2 + (first & 0x7F if first & 0x80 else 0)


def _serial(der: bytes) -> int:
    value = Asn1Value.load(der).native
    if not isinstance(value, int) or value <= 0:  # RFC 5280 §4.1.2.2
        raise CertificateUnreadable
    return value


def _instant(value: object) -> datetime:
    """In UTC, so that whoever compares it or asks for its day in Tokyo can."""
    # A card's bytes reach this before any signature: no zone, year 0 and year 9999 all come.
    if not isinstance(value, datetime) or value.tzinfo is None or value.year not in YEARS:
        raise CertificateUnreadable
    return value.astimezone(UTC)


def _organisations(value: object) -> tuple[str, ...]:
    # One, or a list when a name has several.
    found = value if isinstance(value, list) else [value]
    return tuple(each for each in found if isinstance(each, str))


def refuse_test_organisation(organisations: Sequence[str], *, test_installation: bool) -> None:
    """Refuse a card of a test or simulator CA, unless this is a test installation.

    Raises:
        SpecimenCardRefused
    """
    specimen = specimen_organisation(organisations)
    if specimen is not None and not test_installation:
        raise SpecimenCardRefused(specimen)


def refuse_outside_dates(not_before: datetime, not_after: datetime, moment: datetime) -> None:
    """Refuse a certificate that does not hold at `moment` (with time zone).

    Raises:
        CertificateExpired, CertificateNotYetValid
    """
    if moment > not_after:
        raise CertificateExpired(not_after.astimezone(TOKYO).date())
    if moment < not_before:
        raise CertificateNotYetValid(not_before.astimezone(TOKYO).date())


def cut_certificate(file: bytes) -> bytes:
    """The certificate at the beginning of a card's file; filler behind it is dropped.

    Raises:
        CertificateUnreadable: there is no SEQUENCE, it is longer than the file, or too long.
    """
    try:
        if file[:1] != b"\x30":
            raise CertificateUnreadable
        length = parser.peek(file)
    except ValueError as error:
        raise CertificateUnreadable from error
    if length > MAX_CERTIFICATE_LENGTH:
        raise CertificateUnreadable
    return file[:length]


def check_auth_certificate(
    file: bytes, anchors: Sequence[Anchor], moment: datetime, *, test_installation: bool
) -> AuthCertificate:
    """Decide whether this is an authentication certificate of a CA we trust, holding at `moment`.

    The issuer is found by its signature: all generations of the real CA bear one name.

    Not checked: revocation (ask the platform); extended key usage and policies, whose values on
    real cards are not public (docs/card.md).

    Args:
        file: DER; whatever stands behind it is cut off.
        moment: with time zone.

    Raises:
        CertificateUnreadable: no certificate, or too long.
        CertificateKeyUnsupported: a key of a type or size that we do not take.
        SpecimenCardRefused: of a test CA, outside a test installation.
        CertificateNotTrusted: no anchor has signed it.
        IssuerOutsideDates: the anchor that has signed it does not hold now.
        CertificateWrongUse: it is not for authentication.
        CertificateExpired, CertificateNotYetValid
    """
    der = cut_certificate(file)
    head = read_head(der)
    try:
        certificate = x509.load_der_x509_certificate(der)
        # Names, dates and extensions are taken apart when they are asked for.
        organisations = organisations_of(certificate.issuer)
        extensions = certificate.extensions
    except DER_TROUBLES as error:
        raise CertificateUnreadable from error
    refuse_test_organisation(organisations, test_installation=test_installation)
    organisation = next(iter(organisations), "")
    issuer = _issuer_of(certificate, anchors, moment, organisation)
    # A specimen CA under another name is found by its key.
    if issuer.is_specimen and not test_installation:
        raise SpecimenCardRefused(organisation)
    _require_authentication_use(extensions)
    refuse_outside_dates(head.not_before, head.not_after, moment)
    facts = CertificateFacts(
        head.reference,  # as at a touch, byte for byte
        head.not_after,
        issuer.key_hash,
        _crl_points(extensions),
    )
    return AuthCertificate(facts, _usable_key(certificate), head.not_after.astimezone(TOKYO).date())


def _issuer_of(
    certificate: x509.Certificate,
    anchors: Sequence[Anchor],
    moment: datetime,
    organisation: str,
) -> Anchor:
    signers = [anchor for anchor in anchors if anchor.is_ca and anchor.has_signed(certificate)]
    if not signers:
        raise CertificateNotTrusted(organisation)
    for anchor in signers:
        if anchor.holds_at(moment):
            return anchor
    ended = signers[0].certificate
    raise IssuerOutsideDates(
        organisation,
        ended.not_valid_before_utc.astimezone(TOKYO).date(),
        ended.not_valid_after_utc.astimezone(TOKYO).date(),
    )


_USES: Final = {
    "digital_signature": "digitalSignature",
    "content_commitment": "nonRepudiation",
    "key_encipherment": "keyEncipherment",
    "data_encipherment": "dataEncipherment",
    "key_agreement": "keyAgreement",
    "key_cert_sign": "keyCertSign",
    "crl_sign": "cRLSign",
}

_FORBIDDEN_USES: Final = {"nonRepudiation", "keyCertSign", "cRLSign"}


def _require_authentication_use(extensions: x509.Extensions) -> None:
    # The signature certificate says nonRepudiation too, and must never stand in the place of the
    # authentication certificate (docs/card.md); nor may a CA's. What else a real one may say is
    # known from one source only, so the rest is not looked at.
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound as error:
        raise CertificateWrongUse(()) from error
    uses = tuple(word for name, word in _USES.items() if getattr(usage, name))
    if "digitalSignature" not in uses or _FORBIDDEN_USES & set(uses):
        raise CertificateWrongUse(uses)


def _usable_key(
    certificate: x509.Certificate,
) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    try:
        key = certificate.public_key()
    except UnsupportedAlgorithm as error:
        kind = certificate.public_key_algorithm_oid.dotted_string
        raise CertificateKeyUnsupported(kind) from error
    except DER_TROUBLES as error:
        raise CertificateUnreadable from error
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= MIN_RSA_BITS:
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in EC_CURVES:
        return key
    raise CertificateKeyUnsupported(describe_key(key))


def _crl_points(extensions: x509.Extensions) -> tuple[bytes, ...]:
    """Directory names of its revocation lists, DER; other kinds of names are of no use here."""
    try:
        points = extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(directory_names(name for point in points for name in point.full_name or ()))


def directory_names(names: Iterable[x509.GeneralName]) -> Iterator[bytes]:
    """The directory names among `names`, DER."""
    for name in names:
        if isinstance(name, x509.DirectoryName):
            yield name.value.public_bytes()
