"""What a revocation list of 100,000 entries costs: once, and for each certificate.

    python -m benchmarks.revocation_lists

A list is verified and made a set once, then asked for each certificate of a month's run. Beside it:
asking the library for each serial, which walks through the list. Revoked serials are few, so nearly
every question is about one that does not stand there; both are asked for these.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from benchmarks.report import Row, show
from counter_tui.identity.anchors import Anchor
from counter_tui.identity.revocation_lists import read_list

ENTRIES = 100_000
WALKS = 50
"""Questions to the library; each takes milliseconds."""

LOOKUPS = 100_000
"""Questions to the set, as many as a month's run asks."""

ROUNDS = 5
BUDGET = 1000
"""Times that the set must be faster; it is to be of another order, not a little better."""


def authority() -> tuple[rsa.RSAPrivateKey, Anchor]:
    """A CA with a key of the usual size."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Benchmark")])
    now = datetime.now(UTC)
    uses = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .add_extension(x509.KeyUsage(**uses, key_cert_sign=True, crl_sign=True), critical=True)
        .sign(key, SHA256())
    )
    return key, Anchor(certificate)


def revocation_list(key: rsa.RSAPrivateKey, anchor: Anchor, serials: list[int]) -> bytes:
    """A list on which these stand, DER."""
    now = datetime.now(UTC)
    entries = [
        x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now).build()
        for serial in serials
    ]
    # All at once: add_revoked_certificate copies the list for each entry.
    builder = x509.CertificateRevocationListBuilder(
        anchor.certificate.subject, now, now + timedelta(days=1), [], entries
    )
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


def seconds(work: Callable[[], object]) -> float:
    """The median of a few rounds."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return median(taken)


def main() -> None:
    """Measure and print."""
    key, anchor = authority()
    chosen = random.Random(1)
    serials = chosen.sample(range(1, 2**31), ENTRIES + LOOKUPS)
    content = revocation_list(key, anchor, serials[:ENTRIES])
    others = serials[ENTRIES:]
    now = datetime.now(UTC)
    found = read_list(content, [anchor])
    once = seconds(lambda: read_list(content, [anchor]))
    in_set = seconds(lambda: [found.entry(serial, now) for serial in others]) / LOOKUPS
    ask = found.crl.get_revoked_certificate_by_serial_number
    walk = seconds(lambda: [ask(serial) for serial in others[:WALKS]]) / WALKS
    show(
        f"A revocation list of {ENTRIES:,} entries ({len(content) / 1e6:.1f} MB)",
        [
            Row("verified and made a set, once", f"{once * 1000:.0f} ms", "", "", ""),
            Row(
                "one certificate: in the set, in the library",
                f"{in_set * 1e6:.2f} \N{MICRO SIGN}s",
                f"{walk * 1000:.1f} ms",
                f"1 : {walk / in_set:,.0f}",
                f"1 : {BUDGET:,}",
            ),
        ],
        beside="the library",
    )


if __name__ == "__main__":
    main()
