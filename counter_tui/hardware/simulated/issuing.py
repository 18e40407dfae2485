"""Certificates of simulated cards, of the shape of the real ones under a root of their own.

The same persona gets the same certificate, byte for byte, all year: keys, serial and dates are
fixed, and RSA signatures by PKCS#1 v1.5 have no randomness.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from counter_tui.clock import TOKYO
from counter_tui.hardware import tlv
from counter_tui.hardware.simulated.simulator_keys import issuer_keys

SIMULATOR_ORGANIZATION: Final = "JPKI-SIMULATOR"
"""O of every simulated certificate's issuer, by which a real installation refuses it."""

# The real certificates' object identifiers (docs/card.md §8).
_POLICY_AUTH: Final = ObjectIdentifier("1.2.392.200149.8.5.1.3.30")
_POLICY_SIGN: Final = ObjectIdentifier("1.2.392.200149.8.5.1.1.20")
_ATTRIBUTE_BASE: Final = "1.2.392.200149.8.5.5"
_UTF8_STRING: Final = 0x0C

_CA_BEGINS: Final = datetime(2020, 1, 1, tzinfo=UTC)
_CA_ENDS: Final = datetime(2069, 12, 31, 23, 59, 59, tzinfo=UTC)
_ERA_OF_YEAR: Final = ((2019, "5"), (1989, "4"), (1926, "3"), (1912, "2"), (0, "1"))
"""First year and digit of 令和, 平成, 昭和, 大正, 明治; to the year is enough here."""


@dataclass(frozen=True)
class Holder:
    """The made-up person of a simulated card.

    Attributes:
        name: family and given name with an ideographic blank between them.
        address: with full-width digits.
        sex: 1, 2 or 9, as cards write it. Nothing outside a card's files ever reads it.
    """

    name: str
    address: str
    birth_date: date
    sex: str


@dataclass(frozen=True)
class Validity:
    """When a certificate begins and ends."""

    begins: datetime
    ends: datetime


def validity(birth_date: date, issued_on: date) -> Validity:
    """Of a certificate issued on this day: it ends on the fifth birthday after it, 23:59:59.

    Both in Asia/Tokyo; someone born on 29 February has the 28th in other years.
    """
    first_year = issued_on.year + (birthday(birth_date, issued_on.year) <= issued_on)
    last_day = birthday(birth_date, first_year + 4)
    return Validity(
        datetime.combine(issued_on, time(9), TOKYO).astimezone(UTC),
        datetime.combine(last_day, time(23, 59, 59), TOKYO).astimezone(UTC),
    )


def birthday(birth_date: date, year: int) -> date:
    """The birthday in a year."""
    next_day = birth_date + timedelta(days=1)
    try:
        return birth_date.replace(year=year)
    except ValueError:
        return next_day.replace(year=year) - timedelta(days=1)


def auth_ca() -> x509.Certificate:
    """The root of simulated authentication certificates; stands in identity/trust too."""
    return _ca(issuer_keys().auth_ca, "user authentication")


def sign_ca() -> x509.Certificate:
    """The root of simulated signature certificates."""
    return _ca(issuer_keys().sign_ca, "digital signature")


def auth_serial(number: int) -> int:
    """Serial of the authentication certificate of the persona with this number."""
    return 0x06A00000 + number


def auth_certificate(key: RSAPublicKey, number: int, valid: Validity) -> bytes:
    """A user-authentication certificate, DER; it names nobody.

    Args:
        number: of the persona; makes serial and subject.
    """
    subject = _name(
        (NameOID.COUNTRY_NAME, "JP"),
        # 23 characters, the municipality's code from the 15th on, as on real cards.
        (NameOID.COMMON_NAME, f"SIMULATOR{number:05d}11224003A"),
    )
    builder = _leaf(
        auth_ca(), subject, key, auth_serial(number), valid, non_repudiation=False
    ).add_extension(_policy(_POLICY_AUTH), critical=False)
    return builder.sign(issuer_keys().auth_ca, SHA256()).public_bytes(Encoding.DER)


def sign_certificate(key: RSAPublicKey, number: int, valid: Validity, holder: Holder) -> bytes:
    """A signature certificate, DER, with the holder's attributes as real ones have them."""
    subject = _name(
        (NameOID.COUNTRY_NAME, "JP"),
        (NameOID.LOCALITY_NAME, "Saitama-ken"),
        (NameOID.LOCALITY_NAME, "Toda-shi"),
        (NameOID.COMMON_NAME, f"SIMULATOR{number:05d}"),
    )
    era = next(digit for year, digit in _ERA_OF_YEAR if holder.birth_date.year >= year)
    attributes = (
        holder.name,
        "0" * len(holder.name),
        holder.sex,
        era + f"{holder.birth_date:%Y%m%d}",
        holder.address,
        "0" * len(holder.address),
    )
    names = x509.SubjectAlternativeName(
        x509.OtherName(
            ObjectIdentifier(f"{_ATTRIBUTE_BASE}.{index}"),
            tlv.encode(_UTF8_STRING, attribute.encode()),
        )
        for index, attribute in enumerate(attributes, start=1)
    )
    builder = (
        _leaf(sign_ca(), subject, key, 0x06500000 + number, valid, non_repudiation=True)
        .add_extension(_policy(_POLICY_SIGN), critical=True)
        .add_extension(names, critical=False)
    )
    return builder.sign(issuer_keys().sign_ca, SHA256()).public_bytes(Encoding.DER)


def _ca(key: RSAPrivateKey, purpose: str) -> x509.Certificate:
    subject = _name(
        (NameOID.COUNTRY_NAME, "JP"),
        (NameOID.ORGANIZATION_NAME, SIMULATOR_ORGANIZATION),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, f"JPKI for {purpose}"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "Simulator of counter_tui"),
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(_CA_BEGINS)
        .not_valid_after(_CA_ENDS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectAlternativeName([_issuer_in_words()]), critical=False)
        .add_extension(_crl_place(subject), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )


def _leaf(
    ca: x509.Certificate,
    subject: x509.Name,
    key: RSAPublicKey,
    serial: int,
    valid: Validity,
    *,
    non_repudiation: bool,
) -> x509.CertificateBuilder:
    ca_key_id = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(ca.subject)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(valid.begins)
        .not_valid_after(valid.ends)
        .add_extension(
            _key_usage(digital_signature=True, content_commitment=non_repudiation), critical=True
        )
        .add_extension(x509.IssuerAlternativeName([_issuer_in_words()]), critical=False)
        .add_extension(_crl_place(ca.subject), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_key_id),
            critical=False,
        )
    )


def _name(*parts: tuple[ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def _issuer_in_words() -> x509.DirectoryName:
    return x509.DirectoryName(
        _name(
            (NameOID.COUNTRY_NAME, "JP"),
            (NameOID.ORGANIZATION_NAME, "公的個人認証サービスの見本(模擬カード)"),
        )
    )


def _crl_place(issuer: x509.Name) -> x509.CRLDistributionPoints:
    """A directory name, as real ones have it: there is nothing to fetch there."""
    point = x509.DirectoryName(
        x509.Name([*issuer, x509.NameAttribute(NameOID.COMMON_NAME, "Simulator CRLDP")])
    )
    return x509.CRLDistributionPoints([x509.DistributionPoint([point], None, None, None)])


def _policy(oid: ObjectIdentifier) -> x509.CertificatePolicies:
    return x509.CertificatePolicies([x509.PolicyInformation(oid, None)])


def _key_usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
