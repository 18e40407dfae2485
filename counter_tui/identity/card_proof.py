"""Challenges for the card, and whether the answer is from the card that was enrolled.

The card-bound proof needs no PIN: the input-support application of a My Number card signs with a
key of its own, whose public half only a holder of the PIN can read. That it does so on every
card is known from one source and from test cards (docs/card.md); so all of it is here, and can
be changed alone.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256, sha384
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

NONCE_LENGTH: Final = 32
"""Bytes of randomness in a challenge; with this many none comes twice."""

_SHA256_DIGEST_INFO: Final = bytes.fromhex("3031300d060960864801650304020105000420")
"""What PKCS #1 puts before a SHA-256 digest (RFC 8017 §9.2, note 1)."""

_MIN_RSA_BITS: Final = 2048


@dataclass(frozen=True)
class Challenge:
    """Something fresh for a card to sign.

    Attributes:
        message: context label and randomness; what the signature is over.
    """

    message: bytes

    @property
    def digest_info(self) -> bytes:
        """The 51 bytes that are sent to the card: DigestInfo of SHA-256 of the message."""
        return _SHA256_DIGEST_INFO + sha256(self.message).digest()

    def input_for(self, key: PublicKeyTypes) -> bytes:
        """What is sent to the card for a signature that `key` verifies.

        RSA: DigestInfo of SHA-256. ECDSA: the bare digest, SHA-384 for P-384 (expected of the
        next generation of cards, whose commands are not public; docs/card.md).
        """
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return self.digest_info
        digest = sha384 if _is_p384(key) else sha256
        return digest(self.message).digest()


def _is_p384(key: ec.EllipticCurvePublicKey) -> bool:
    return isinstance(key.curve, ec.SECP384R1)


# A signature made for one purpose must never pass for the other, hence the labels.
_TOUCH_LABEL: Final = b"counter_tui card-bound proof 1\x00"
_ENROLLMENT_LABEL: Final = b"counter_tui enrolment 1\x00"


def touch_challenge() -> Challenge:
    """A fresh challenge for the card's own key, at a touch or at enrolment."""
    return Challenge(_TOUCH_LABEL + secrets.token_bytes(NONCE_LENGTH))


def enrollment_challenge() -> Challenge:
    """A fresh challenge for the authentication key, which signs after the auth PIN."""
    return Challenge(_ENROLLMENT_LABEL + secrets.token_bytes(NONCE_LENGTH))


def encode_card_key(modulus: int, exponent: int) -> bytes:
    """The card's own public key as DER SubjectPublicKeyInfo, for keeping.

    Raises:
        ValueError: not an RSA key of at least 2048 bits with a sound exponent.
    """
    if modulus.bit_length() < _MIN_RSA_BITS or exponent < 3 or exponent % 2 == 0:
        raise ValueError("not a key that can prove anything")
    return (
        rsa.RSAPublicNumbers(exponent, modulus)
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def proves_card(card_key: bytes, challenge: Challenge, signature: bytes) -> bool:
    """Whether `signature` over `challenge` is by the key that was kept at enrolment.

    Args:
        card_key: DER SubjectPublicKeyInfo, as `encode_card_key` gave it. Bytes that are no key
            (a store that was tampered with) prove nothing.
    """
    try:
        key = serialization.load_der_public_key(card_key)
    except (ValueError, UnsupportedAlgorithm):
        return False
    return signature_holds(key, challenge, signature)


def signature_holds(key: PublicKeyTypes, challenge: Challenge, signature: bytes) -> bool:
    """Whether `signature` over `challenge` is by the private half of `key`.

    RSA: PKCS #1 v1.5 with SHA-256. ECDSA: with SHA-384 for P-384, else SHA-256; the signature is
    DER, or r and s side by side (96 bytes for P-384).
    """
    if isinstance(key, rsa.RSAPublicKey):
        try:
            key.verify(signature, challenge.message, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True
    if isinstance(key, ec.EllipticCurvePublicKey):
        digest = hashes.SHA384() if _is_p384(key) else hashes.SHA256()
        for form in _as_der(signature, (key.key_size + 7) // 8):
            try:
                key.verify(form, challenge.message, ec.ECDSA(digest))
            except InvalidSignature:
                continue
            return True
    return False


def _as_der(signature: bytes, half: int) -> list[bytes]:
    # A DER signature can by chance be as long as a raw one: then both readings are tried.
    forms = [signature]
    if len(signature) == 2 * half:
        r, s = signature[:half], signature[half:]
        forms.append(encode_dss_signature(int.from_bytes(r), int.from_bytes(s)))
    return forms
