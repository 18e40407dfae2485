"""A certification authority in memory, for certificates of every right and wrong shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from counter_tui.identity.anchors import Anchor

NOW: Final = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
"""12:00 in Tokyo."""

LeafKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@cache
def rsa_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    """The same key for the same number, made once a run."""
    return rsa.generate_private_key(65537, bits)


@cache
def ec_key(curve: str = "secp384r1", number: int = 0) -> ec.EllipticCurvePrivateKey:
    """The same for an elliptic curve."""
    curves: dict[str, ec.EllipticCurve] = {
        "secp256r1": ec.SECP256R1(),
        "secp384r1": ec.SECP384R1(),
        "secp521r1": ec.SECP521R1(),
    }
    return ec.generate_private_key(curves[curve])


def usage(**uses: bool) -> x509.KeyUsage:
    """Key usage with these and no others."""
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: uses.get(name, False) for name in names})


@dataclass
class Authority:
    """One generation of a CA.

    Attributes:
        number: generations differ in their key and share the name.
        more_names: attributes behind the others of its name.
    """

    number: int = 0
    organisation: str = "JPKI"
    elliptic: bool = False
    begins: datetime = datetime(2020, 1, 1, tzinfo=UTC)
    ends: datetime = datetime(2040, 1, 1, tzinfo=UTC)
    more_names: tuple[x509.NameAttribute[str], ...] = ()
    is_ca: bool = True
    signs_certificates: bool = True
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.key = ec_key(number=self.number) if self.elliptic else rsa_key(self.number)

    @property
    def name(self) -> x509.Name:
        """Name of all generations."""
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.organisation),
                x509.NameAttribute(
                    NameOID.ORGANIZATIONAL_UNIT_NAME, "JPKI for user authentication"
                ),
                *self.more_names,
            ]
        )

    @property
    def certificate(self) -> x509.Certificate:
        """The CA's own."""
        return (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(self.name)
            .public_key(self.key.public_key())
            .serial_number(1 + self.number)
            .not_valid_before(self.begins)
            .not_valid_after(self.ends)
            .add_extension(x509.BasicConstraints(self.is_ca, None), critical=True)
            .add_extension(
                usage(key_cert_sign=self.signs_certificates, crl_sign=True), critical=True
            )
            .sign(self.key, SHA256())
        )

    @property
    def anchor(self) -> Anchor:
        """As a trust anchor."""
        return Anchor(self.certificate)

    def write(self, path: Path) -> Path:
        """As a PEM file."""
        path.write_bytes(self.certificate.public_bytes(Encoding.PEM))
        return path

    def issue(
        self,
        key: LeafKey | None = None,
        *,
        serial: int = 0x06A12345,
        begins: datetime = NOW - timedelta(days=300),
        ends: datetime = NOW + timedelta(days=300),
        uses: x509.KeyUsage | None = None,
        without_usage: bool = False,
    ) -> bytes:
        """An authentication certificate, DER."""
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "opaque")]))
            .issuer_name(self.name)
            .public_key((key or rsa_key(9)).public_key())
            .serial_number(serial)
            .not_valid_before(begins)
            .not_valid_after(ends)
        )
        if not without_usage:
            builder = builder.add_extension(uses or usage(digital_signature=True), critical=True)
        return builder.sign(self.key, SHA256()).public_bytes(Encoding.DER)
