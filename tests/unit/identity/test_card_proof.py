"""Signatures by keys of cards of today and of the announced next generation."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature

from counter_tui.identity.card_proof import (
    enrollment_challenge,
    signature_holds,
    touch_challenge,
)
from tests.support.authority import ec_key, rsa_key


def test_an_rsa_card_signs_the_digest_info() -> None:
    """51 bytes go to the card; the signature is over the message."""
    challenge = enrollment_challenge()
    key = rsa_key()
    assert challenge.input_for(key.public_key()) == challenge.digest_info
    assert len(challenge.digest_info) == 51
    signature = key.sign(challenge.message, padding.PKCS1v15(), hashes.SHA256())
    assert signature_holds(key.public_key(), challenge, signature)
    assert not signature_holds(key.public_key(), touch_challenge(), signature)


@pytest.mark.parametrize(
    ("curve", "digest", "half"),
    [("secp384r1", hashes.SHA384(), 48), ("secp256r1", hashes.SHA256(), 32)],
)
def test_an_elliptic_card_may_answer_raw_or_in_der(
    curve: str, digest: hashes.HashAlgorithm, half: int
) -> None:
    """96 bytes side by side for P-384, or a SEQUENCE of two numbers."""
    challenge = enrollment_challenge()
    key = ec_key(curve)
    sent = challenge.input_for(key.public_key())
    assert len(sent) == digest.digest_size
    der = key.sign(sent, ec.ECDSA(Prehashed(digest)))
    r, s = decode_dss_signature(der)
    raw = r.to_bytes(half) + s.to_bytes(half)
    assert signature_holds(key.public_key(), challenge, der)
    assert signature_holds(key.public_key(), challenge, raw)
    assert not signature_holds(key.public_key(), enrollment_challenge(), raw)
    for wrong in (b"", raw[:-1], raw + b"\0", bytes(2 * half), der[:-1]):
        assert not signature_holds(key.public_key(), challenge, wrong)
