"""The monthly run over a city: with revocation lists, and over OCSP.

    python -m benchmarks.renewal

With lists: 60,000 linked patrons and a list of 100,000 entries, both phases, store and verifier on
disk. Beside it one call of a certificate validator for each patron (pyhanko-certvalidator: path,
signatures, list), which has anchor and list loaded and the list read through before, and
cryptography's look-up of a serial. Over OCSP: a sample, eight at a time, beside `openssl ocsp`
called for one after the other; the responder runs on the same cores.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from asn1crypto import crl as asn1_crl
from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import RevokedError

from benchmarks.report import Row, show
from counter_tui import wiring
from counter_tui.clock import FixedClock, today
from counter_tui.settings import Settings
from tests.support.city import (
    citizens,
    enter_in_books,
    now_in_utc,
    settings_of,
    settle_in,
)
from tests.support.openssl_ca import SIGN_SUBJECT, OpensslCa, facts_of, run

PATRONS = 60_000
LISTED = 100_000
VALIDATIONS = 10
"""Calls of the validator; each takes tenths of a second."""
LOOKUPS = 50
"""Questions to the library; each takes milliseconds."""
SAMPLE = 1_500
IN_TURN = 60

PER_SECOND = 2_000
"""Budget of a run with lists."""
TIMES = 5
"""Budget over OCSP: times as fast as one call after the other."""

SERVED_S = 300.0


def carried_out(settings: Settings, clock: FixedClock) -> float:
    """Seconds of both phases."""

    async def both() -> float:
        runs, close = wiring.renewal_runs_alone(settings, clock)
        began = time.perf_counter()
        foreseen = await runs.look(lambda _: None)
        await runs.write(foreseen.month, lambda _: None, 100)
        taken = time.perf_counter() - began
        await close()
        return taken

    return asyncio.run(both())


def loaded_certificate(file: Path) -> asn1_x509.Certificate:
    """A certificate as the validator takes it, from PEM."""
    _, _, der = pem.unarmor(file.read_bytes())
    return asn1_x509.Certificate.load(der)


def validated(anchor: Path, content: bytes, leaves: list[Path], revoked: Path) -> float:
    """Seconds that the validator takes for one certificate after the other, for each.

    The first of `leaves` is not counted: with it the list is read through.
    """
    context = ValidationContext(
        trust_roots=[loaded_certificate(anchor)],
        crls=[asn1_crl.CertificateList.load(content)],
        revocation_mode="require",
    )

    async def validate(certificate: asn1_x509.Certificate) -> None:
        await CertificateValidator(certificate, validation_context=context).async_validate_path()

    async def consults_the_list() -> bool:
        try:
            await validate(loaded_certificate(revoked))
        except RevokedError:
            return True
        return False

    async def one_after_the_other() -> float:
        assert await consults_the_list()
        first, *others = [loaded_certificate(leaf) for leaf in leaves]
        await validate(first)
        began = time.perf_counter()
        # Each its own certificate: the validator remembers what it has validated.
        for certificate in others:
            await validate(certificate)
        return (time.perf_counter() - began) / len(others)

    return asyncio.run(one_after_the_other())


def with_lists(folder: Path, ca: OpensslCa) -> list[Row]:
    """A whole city, and what else could be done for each of its people."""
    now = now_in_utc()
    clock = FixedClock(now)
    people = citizens(PATRONS, today(clock))
    revoked, *leaves = [ca.issue() for _ in range(1 + 1 + VALIDATIONS)]
    enter_in_books(ca, people, now)
    ca.enter(facts_of(revoked, ca).reference.serial, "R", "keyCompromise")
    with (ca.folder / "index.txt").open("a") as books:
        at = f"{now - timedelta(days=30):%y%m%d%H%M%SZ},keyCompromise"
        for serial in range(0x07000000, 0x07000000 + LISTED):
            books.write(f"R\t491231235959Z\t{at}\t{serial:08X}\tunknown\t/CN=x\n")
    content = ca.crl(age=timedelta(minutes=5))
    crl = folder / "list.crl"
    crl.write_bytes(content)
    anchors = (ca.certificate_file,)
    settings = settings_of(folder, crl_sources=(str(crl),), trust_anchors=anchors)
    settle_in(settings, ca, people, now)
    ours = carried_out(settings, clock) / PATRONS

    theirs = validated(ca.certificate_file, content, leaves, revoked)
    loaded = x509.load_der_x509_crl(content)
    began = time.perf_counter()
    for serial in range(LOOKUPS):
        loaded.get_revoked_certificate_by_serial_number(serial + 1)
    looked_up = (time.perf_counter() - began) / LOOKUPS
    return [
        Row(
            "patrons a second; one validator's call each",
            f"{1 / ours:,.0f}",
            f"{1 / theirs:,.1f}",
            f"{theirs / ours:,.0f}",
            f">= {PER_SECOND:,} a second",
        ),
        Row(
            "the same; one look-up of the library each",
            f"{1 / ours:,.0f}",
            f"{1 / looked_up:,.0f}",
            f"{looked_up / ours:,.0f}",
            "",
        ),
    ]


def over_ocsp(folder: Path, ca: OpensslCa) -> list[Row]:
    """A sample, and `openssl ocsp` for one after the other."""
    now = now_in_utc()
    clock = FixedClock(now)
    people = [each for each in citizens(SAMPLE, today(clock)) if each.certificate == "V"]
    key = ca.folder / "ca.key"
    with subprocess.Popen(
        [
            sys.executable, "-m", "benchmarks.ocsp_responder",
            str(ca.certificate_file), str(key), str(SERVED_S),
        ],
        stdout=subprocess.PIPE,
        text=True,
    ) as responder:  # fmt: skip
        try:
            assert responder.stdout is not None
            url = responder.stdout.readline().strip()
            anchors = (ca.certificate_file,)
            settings = settings_of(folder, ocsp_url=url, trust_anchors=anchors)
            settle_in(settings, ca, people, now)
            ours = carried_out(settings, clock) / len(people)
            began = time.perf_counter()
            for each in people[:IN_TURN]:
                run(
                    *("ocsp", "-issuer", ca.certificate_file, "-serial", hex(each.serial)),
                    *("-url", url, "-CAfile", ca.certificate_file),
                )
            in_turn = (time.perf_counter() - began) / IN_TURN
        finally:
            responder.kill()
    return [
        Row(
            "patrons a second over OCSP; openssl ocsp in turn",
            f"{1 / ours:,.0f}",
            f"{1 / in_turn:,.0f}",
            f"{in_turn / ours:.1f}",
            f">= {TIMES}",
        )
    ]


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="counter-tui-renewal-") as folder:
        ca = OpensslCa(Path(folder) / "ca", SIGN_SUBJECT)
        for part in ("lists", "ocsp"):
            (Path(folder) / part).mkdir()
        rows = with_lists(Path(folder) / "lists", ca) + over_ocsp(Path(folder) / "ocsp", ca)
    show(
        f"The monthly run over {PATRONS:,} patrons, a list of {LISTED:,} entries",
        rows,
        beside="beside it",
    )


if __name__ == "__main__":
    main()
