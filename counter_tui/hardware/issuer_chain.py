"""Whether the issuer that a card names has signed the card's own key (docs/card.md §5).

The root above that issuer is not published. So this tells that the files of a card belong
together, not who wrote them: a forger who makes the key can make its issuer, too.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from counter_tui.hardware import tlv

TAG_KEY_CERTIFICATE: Final = 0x7F21
TAG_CERTIFIED: Final = 0x5F4E
TAG_EXPONENT: Final = 0x90
TAG_MODULUS: Final = 0x91
TAG_SIGNED_KEY: Final = 0xFF50
TAG_PUBLIC_KEY: Final = 0xDF51
TAG_SIGNATURE: Final = 0xDF52

_KEY_IDS_BYTES: Final = 32
"""Before the key in EF 0004: the id of its issuer and its own, sixteen bytes each."""
_MODULUS_BITS: Final = range(2048, 4097)
"""A shorter modulus would not prove anything, a longer one does not fit an answer's 256 bytes
in any form known today but is no reason to refuse."""


def public_numbers(key_objects: bytes) -> RSAPublicNumbers:
    """The RSA key in the form in which the card's files hold it (`90` exponent, `91` modulus).

    Raises:
        MalformedTlv: no such objects, or a key too weak to prove anything.
    """
    parts = {item.tag: item.value for item in tlv.objects(key_objects)}
    exponent = int.from_bytes(parts.get(TAG_EXPONENT, b""), "big")
    modulus = int.from_bytes(parts.get(TAG_MODULUS, b""), "big")
    if (
        modulus.bit_length() not in _MODULUS_BITS
        or modulus % 2 == 0
        or exponent < 3
        or exponent % 2 == 0
    ):
        raise tlv.MalformedTlv("not an RSA key that proves anything")
    return RSAPublicNumbers(exponent, modulus)


def issuer_signed(signed_key: bytes, key_certificate: bytes) -> bool:
    """Whether the key certified in EF 0004 has signed the public key in EF 0007.

    The signature is PKCS#1 v1.5 with SHA-256 over the whole object `DF51`, header included: the
    rule of EF 0003. The certificate's own signature is by the unpublished root and not checked.

    Args:
        signed_key: EF 0007, cut by its own length.
        key_certificate: EF 0004, cut by its own length.

    Raises:
        MalformedTlv: one of them is of another form.
    """
    key = _object(_of(signed_key, TAG_SIGNED_KEY), TAG_PUBLIC_KEY)
    signature = _object(_of(signed_key, TAG_SIGNED_KEY), TAG_SIGNATURE)
    certified = _object(_of(key_certificate, TAG_KEY_CERTIFICATE), TAG_CERTIFIED)
    try:
        issuer = public_numbers(certified.value[_KEY_IDS_BYTES:]).public_key()
    except ValueError as error:
        raise tlv.MalformedTlv("not an RSA key that proves anything") from error
    try:
        issuer.verify(signature.value, key.encoded, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _of(encoded: bytes, tag: int) -> bytes:
    outer = tlv.read(encoded)
    if outer.tag != tag:
        raise tlv.MalformedTlv(f"tag {outer.tag:X} instead of {tag:X}")
    return outer.value


def _object(value: bytes, tag: int) -> tlv.Tlv:
    for item in tlv.objects(value):
        if item.tag == tag:
            return item
    raise tlv.MalformedTlv(f"no object {tag:X}")
