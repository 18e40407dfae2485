"""The fixed keys of simulated cards: made-up material that protects nothing.

Fixed, so that a card is the same card in every process and no time goes into making keys. One
PEM file a card (`tools/make_simulator_keys.py` writes it), one for those who issue them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

KEY_FOLDER: Final = Path(__file__).parent / "keys"

ISSUER_KEYS: Final = ("auth-ca", "sign-ca", "surface-info-issuer", "surface-check-application")
"""Order of the keys in the issuers' file."""
CARD_KEYS: Final = ("auth", "sign", "surface-info")
"""Order of the keys in a card's file."""

_BEGIN: Final = b"-----BEGIN PRIVATE KEY-----"


@dataclass(frozen=True)
class IssuerKeys:
    """Keys of those who issue simulated cards and their certificates."""

    auth_ca: RSAPrivateKey = field(repr=False)
    sign_ca: RSAPrivateKey = field(repr=False)
    surface_info_issuer: RSAPrivateKey = field(repr=False)
    surface_check_application: RSAPrivateKey = field(repr=False)


@dataclass(frozen=True)
class CardKeys:
    """Keys of one simulated card."""

    auth: RSAPrivateKey = field(repr=False)
    sign: RSAPrivateKey = field(repr=False)
    surface_info: RSAPrivateKey = field(repr=False)


def key_file(name: str) -> Path:
    """Where the keys of a card (or of "issuers") lie."""
    return KEY_FOLDER / f"simulator-{name}.pem"


@cache
def issuer_keys() -> IssuerKeys:
    """The issuers' keys, read once a process."""
    return IssuerKeys(*_load("issuers"))


@cache
def card_keys(name: str) -> CardKeys:
    """The keys of one card, read once a process."""
    return CardKeys(*_load(name))


def _load(name: str) -> list[RSAPrivateKey]:
    found: list[RSAPrivateKey] = []
    for block in key_file(name).read_bytes().split(_BEGIN)[1:]:
        # Our own files: checking the primes again would take 30 ms a key.
        key = load_pem_private_key(_BEGIN + block, None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(key, RSAPrivateKey):
            raise TypeError(f"{key_file(name).name} holds a key that is not RSA")
        found.append(key)
    return found
