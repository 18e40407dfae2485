"""How the verifier keeps issuer and serial of a certificate: found by a hash, read with a key.

Serials are restricted by law and few enough to be tried out one after another. So they are found
by a keyed hash, and lie encrypted; without the site key neither says anything.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from datetime import UTC, datetime
from enum import Enum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from counter_tui.identity.platform import CertificateFacts, CertificateReference
from counter_tui.identity.site_key import SiteKey

_NONCE_LENGTH: Final = 12
"""Bytes, random for each sealing (NIST SP 800-38D §8.2.2): safe for 2^32 sealings a key."""

_PADDED_TO: Final = 256
"""Bytes: the length of what is sealed tells nothing of the serial."""


class Kind(Enum):
    """The two certificates of a person; nothing of one passes for the other."""

    AUTH = "auth"
    SIGNATURE = "signature"


class NotSealedHere(Exception):
    """What was sealed for another row, with another key, or was changed."""


class ReferenceVault:
    """Hashes and seals references with keys derived from one site key, one a purpose."""

    def __init__(self, site_key: SiteKey) -> None:
        self.key_id = site_key.key_id
        self._find_keys = {kind: site_key.derive(f"find {kind.value} 1") for kind in Kind}
        self._seals = {kind: AESGCM(site_key.derive(f"seal {kind.value} 1")) for kind in Kind}
        self._tag_key = site_key.derive("tag former 1")

    def mac(self, kind: Kind, reference: CertificateReference) -> bytes:
        """By which a reference is found: HMAC with SHA-256 of issuer and serial, 32 bytes."""
        # The issuer is DER and tells its own length: no two pairs run together.
        serial = str(reference.serial).encode("ascii")
        return hmac.digest(self._find_keys[kind], reference.issuer + serial, "sha256")

    def tag(self, user_identifier: str, mac: bytes) -> bytes:
        """Says that this hash and this user identifier belong together, where nothing sealed
        can say it; 32 bytes."""
        return hmac.digest(self._tag_key, mac + user_identifier.encode(), "sha256")

    def seal(self, kind: Kind, user_identifier: str, facts: CertificateFacts) -> bytes:
        """Encrypt what a status check needs, for the row of this user identifier only."""
        content = json.dumps(
            {
                "issuer": _text(facts.reference.issuer),
                "serial": str(facts.reference.serial),
                "until": facts.valid_until.astimezone(UTC).isoformat(),
                "issuer_key": None if facts.issuer_key is None else _text(facts.issuer_key),
                "crl_points": [_text(point) for point in facts.crl_points],
            }
        ).encode("ascii")
        padded = content.ljust(-(-len(content) // _PADDED_TO) * _PADDED_TO)
        nonce = secrets.token_bytes(_NONCE_LENGTH)
        return nonce + self._seals[kind].encrypt(nonce, padded, _row(kind, user_identifier))

    def unseal(self, kind: Kind, user_identifier: str, sealed: bytes) -> CertificateFacts:
        """What was sealed for this row.

        Raises:
            NotSealedHere
        """
        nonce, encrypted = sealed[:_NONCE_LENGTH], sealed[_NONCE_LENGTH:]
        try:
            content = json.loads(
                self._seals[kind].decrypt(nonce, encrypted, _row(kind, user_identifier))
            )
        except (InvalidTag, ValueError) as error:
            raise NotSealedHere from error
        key = content["issuer_key"]
        return CertificateFacts(
            CertificateReference(_bytes(content["issuer"]), int(content["serial"])),
            datetime.fromisoformat(content["until"]),
            None if key is None else _bytes(key),
            tuple(_bytes(point) for point in content["crl_points"]),
        )


def _row(kind: Kind, user_identifier: str) -> bytes:
    return f"counter_tui {kind.value} reference of {user_identifier}".encode()


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _bytes(value: str) -> bytes:
    return base64.b64decode(value, validate=True)
