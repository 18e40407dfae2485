"""Trust anchors: the CA certificates that an installation takes, as files.

A CA certificate that lies on a card is never one: a forged card brings its own.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from counter_tui.errors import SpecimenAnchorRefused, TrustAnchorUnusable

SIMULATOR_ORGANISATION: Final = "JPKI-SIMULATOR"
TEST_ORGANISATIONS: Final = frozenset({SIMULATOR_ORGANISATION, "JPKI-TEST"})
"""`O=` of issuers whose cards are no persons' cards (docs/card.md); compare them with
`specimen_organisation`."""

SIMULATOR_ROOT: Final = Path(__file__).parent / "trust" / "jpki-simulator.pem"

TRUST_FOLDER: Final = "trust"
"""In the state folder: where `counter-tui trust add` puts its copies."""

_MAX_FILE_LENGTH: Final = 64 * 1024
"""Bytes; a CA certificate has about 1,500."""

DER_TROUBLES: Final = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.AttributeNotFound,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What cryptography raises when bytes from outside are not what they should be; those of
`x509` are no ValueErrors."""

MIN_RSA_BITS: Final = 2048
"""Of every key whose signature is believed (NIST SP 800-131A)."""

YEARS: Final = range(1950, 9999)
"""Of a certificate's dates. Earlier ones cannot be written in UTCTime (RFC 5280 §4.1.2.5.1), and
later ones have no day in Tokyo that Python could name."""


@dataclass(frozen=True)
class Anchor:
    """A CA certificate that this installation trusts."""

    certificate: x509.Certificate

    @classmethod
    def load(cls, path: Path) -> Anchor:
        """Read a file with one CA certificate, PEM or DER.

        Raises:
            TrustAnchorUnusable: it cannot be read, or holds no self-signed CA certificate.
        """
        try:
            with path.open("rb") as file:
                content = file.read(_MAX_FILE_LENGTH)
        except OSError as error:
            raise TrustAnchorUnusable(path, error.strerror or str(error)) from error
        try:
            if b"-----BEGIN" in content:
                found = x509.load_pem_x509_certificates(content)
                if len(found) != 1:
                    raise TrustAnchorUnusable(path, f"{len(found)} certificates instead of one")
                anchor = cls(found[0])
            else:
                anchor = cls(x509.load_der_x509_certificate(content))
            if not anchor.is_ca:
                raise TrustAnchorUnusable(path, "not a CA certificate")
            if not anchor.has_signed(anchor.certificate):
                raise TrustAnchorUnusable(path, "not self-signed")
            key = anchor.certificate.public_key()
            if isinstance(key, rsa.RSAPublicKey) and key.key_size < MIN_RSA_BITS:
                raise TrustAnchorUnusable(path, f"{describe_key(key)}: too short a key")
            dates = anchor.certificate.not_valid_before_utc, anchor.certificate.not_valid_after_utc
            if any(instant.year not in YEARS for instant in dates):
                raise TrustAnchorUnusable(path, "dates that no CA has")
        except DER_TROUBLES as error:
            raise TrustAnchorUnusable(path, "not a certificate") from error
        return anchor

    @cached_property
    def is_ca(self) -> bool:
        """Whether the certificate says that its key may sign certificates (RFC 5280 §4.2.1)."""
        try:
            extensions = self.certificate.extensions
            constraints = extensions.get_extension_for_class(x509.BasicConstraints)
            usage = extensions.get_extension_for_class(x509.KeyUsage)
        except DER_TROUBLES:
            return False
        return constraints.value.ca and usage.value.key_cert_sign

    @cached_property
    def signs_crls(self) -> bool:
        """Whether its key may sign revocation lists."""
        try:
            usage = self.certificate.extensions.get_extension_for_class(x509.KeyUsage)
        except DER_TROUBLES:
            return False
        return usage.value.crl_sign

    @cached_property
    def name_der(self) -> bytes:
        """Its name, as certificates that it issues give it; DER."""
        return self.certificate.subject.public_bytes()

    @cached_property
    def key_hash(self) -> bytes:
        """SHA-256 of its SubjectPublicKeyInfo: tells generations of one name apart."""
        key = self.certificate.public_key()
        return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as pairs of hexadecimal digits with colons."""
        return sha256(self.certificate.public_bytes(Encoding.DER)).digest().hex(":")

    @property
    def organisation(self) -> str:
        """The `O=` of its name; that of a test CA before any other, and empty without one."""
        names = organisations_of(self.certificate.subject)
        return specimen_organisation(names) or next(iter(names), "")

    @property
    def is_specimen(self) -> bool:
        """Whether its cards are no persons' cards; production refuses it."""
        # The simulator's key is public: no name makes it trustworthy.
        return specimen_organisation(organisations_of(self.certificate.subject)) is not None or (
            self.key_hash == _simulator_root().key_hash
        )

    def holds_at(self, moment: datetime) -> bool:
        """Whether this is a CA certificate within its own dates at `moment`."""
        certificate = self.certificate
        return self.is_ca and (
            certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc
        )

    def has_signed(self, certificate: x509.Certificate) -> bool:
        """Whether this CA's key has signed `certificate` (names and signature)."""
        try:
            certificate.verify_directly_issued_by(self.certificate)
        except (InvalidSignature, *DER_TROUBLES):
            return False
        return True


def _simulator_root() -> Anchor:
    global _root
    if _root is None:
        _root = Anchor.load(SIMULATOR_ROOT)
    return _root


_root: Anchor | None = None


def organisations_of(name: x509.Name) -> tuple[str, ...]:
    """Every `O=` of a name."""
    found = name.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)
    return tuple(str(each.value) for each in found)


def specimen_organisation(names: Iterable[str]) -> str | None:
    """The first of these `O=` that is a test CA's, as it is written there."""
    tests = {_folded(each) for each in TEST_ORGANISATIONS}
    return next((name for name in names if _folded(name) in tests), None)


def _folded(name: str) -> str:
    # Names are compared without regard to case and blanks (RFC 5280 §7.1, RFC 4518); a reader
    # does not see which of the hyphens it is, nor full-width letters.
    compatible = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in compatible if character.isalnum())


def describe_key(key: object) -> str:
    """Type and size of a public key, for people who compare."""
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"ECDSA {key.curve.name}"
    return type(key).__name__.strip("_")


@dataclass(frozen=True)
class AnchorFile:
    """A file that is to hold an anchor, and what was found in it.

    Attributes:
        anchor: None when it cannot be used.
        trouble: why not.
    """

    path: Path
    anchor: Anchor | None
    trouble: TrustAnchorUnusable | None


def anchor_files(named: Sequence[Path], state_folder: Path) -> list[Path]:
    """The files named in the settings, then those that `trust add` has copied."""
    folder = state_folder / TRUST_FOLDER
    return [*named, *sorted(folder.glob("*.pem"))]


def look_at(path: Path, *, test_installation: bool) -> AnchorFile:
    """Read one file as an anchor of this installation; never raises for what is in it."""
    try:
        _refuse_what_anybody_may_change(path)
        anchor = Anchor.load(path)
        refuse_specimen(anchor, path, test_installation=test_installation)
    except TrustAnchorUnusable as trouble:
        return AnchorFile(path, None, trouble)
    return AnchorFile(path, anchor, None)


def _refuse_what_anybody_may_change(path: Path) -> None:
    # Whoever can put a file here decides whose cards are taken.
    for place in (path, path.parent):
        try:
            mode = place.stat().st_mode
        except OSError as error:
            raise TrustAnchorUnusable(path, error.strerror or str(error)) from error
        if mode & stat.S_IWOTH and not (stat.S_ISDIR(mode) and mode & stat.S_ISVTX):
            raise TrustAnchorUnusable(path, f"anybody may change {place.name}")


def refuse_specimen(anchor: Anchor, path: Path, *, test_installation: bool) -> None:
    """Refuse a CA of test cards, unless this is a test installation.

    Raises:
        SpecimenAnchorRefused
    """
    if anchor.is_specimen and not test_installation:
        raise SpecimenAnchorRefused(path, anchor.organisation)


def keep_copy(anchor: Anchor, state_folder: Path) -> Path:
    """Copy an anchor into the state folder, mode 0600; gives the file. Idempotent.

    Raises:
        OSError: it cannot be written.
    """
    folder = state_folder / TRUST_FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{anchor.fingerprint.replace(':', '')}.pem"
    unfinished = path.with_suffix(".new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(anchor.certificate.public_bytes(Encoding.PEM))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return path
