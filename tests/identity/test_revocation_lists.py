"""Revocation lists made by openssl: which are believed, and what they say."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counter_tui.clock import SystemClock
from counter_tui.identity.freshness import Freshness
from counter_tui.identity.http_exchange import HttpExchange
from counter_tui.identity.ocsp import OcspResponder
from counter_tui.identity.platform import CertificateFacts, StatusWord
from counter_tui.identity.revocation_lists import ListUnusable, RevocationLists, read_list
from counter_tui.identity.status import StatusSources
from tests.identity.conftest import Issued
from tests.support.openssl_ca import OpensslCa, Responder


def sources(
    where: list[str | Path],
    *cas: OpensslCa,
    ocsp_url: str = "",
) -> StatusSources:
    """Status sources with these lists, looked at afresh for each question."""
    freshness = Freshness(SystemClock(), timedelta(hours=36))
    anchors = [ca.anchor for ca in cas]
    http = HttpExchange()
    return StatusSources(
        anchors,
        OcspResponder(ocsp_url, http, freshness) if ocsp_url else None,
        RevocationLists([str(each) for each in where], anchors, http, freshness, look_every_s=0),
        freshness,
    )


@pytest.fixture
def listed(issued: Issued, lists_folder: Path) -> Path:
    """A file with a fresh list."""
    path = lists_folder / "auth.crl"
    path.write_bytes(issued.ca.crl())
    return path


def test_a_list_tells_good_revoked_and_held(issued: Issued, listed: Path) -> None:
    """With reason and date of those that stand on it."""
    asked = sources([listed], issued.ca)
    assert asked.status(issued.good).word is StatusWord.GOOD
    revoked = asked.status(issued.revoked)
    assert (revoked.word, revoked.reason) == (StatusWord.REVOKED, "keyCompromise")
    assert revoked.revoked_at is not None
    assert asked.status(issued.held).word is StatusWord.ON_HOLD
    assert asked.reachable()


def test_pem_is_taken_as_well(issued: Issued, listed: Path) -> None:
    """Some hand them over as text."""
    crl = x509.load_der_x509_crl(listed.read_bytes())
    listed.write_bytes(crl.public_bytes(serialization.Encoding.PEM))
    assert sources([listed], issued.ca).status(issued.good).word is StatusWord.GOOD


@pytest.mark.parametrize(
    ("age", "lasts"),
    [
        (timedelta(days=2), timedelta(days=1)),  # nextUpdate has passed
        (timedelta(hours=40), timedelta(days=9)),  # older than 36 hours
        (timedelta(hours=-2), timedelta(days=9)),  # of the future
    ],
)
def test_a_list_that_is_stale_or_of_the_future_says_of_nobody_that_he_is_good(
    issued: Issued, lists_folder: Path, age: timedelta, lasts: timedelta
) -> None:
    """A revocation on it still stands; a hold may have been lifted since."""
    path = lists_folder / "auth.crl"
    path.write_bytes(issued.ca.crl(age=age, lasts=lasts))
    asked = sources([path], issued.ca)
    assert asked.status(issued.good).word is StatusWord.UNKNOWN
    assert asked.status(issued.revoked).word is StatusWord.REVOKED
    assert asked.status(issued.held).word is StatusWord.UNKNOWN
    assert not asked.reachable()


def test_a_list_by_a_stranger_is_refused(
    issued: Issued, lists_folder: Path, stranger: OpensslCa
) -> None:
    """The same name, another key: not installed, or installed as another generation."""
    path = lists_folder / "auth.crl"
    path.write_bytes(stranger.crl())
    assert sources([path], issued.ca).status(issued.good).word is not StatusWord.GOOD
    both = sources([path], issued.ca, stranger)
    assert both.status(issued.good).word is StatusWord.UNKNOWN


def test_a_forged_list_is_refused(issued: Issued, listed: Path) -> None:
    """One byte is another."""
    forged = bytearray(listed.read_bytes())
    forged[-1] ^= 1
    with pytest.raises(ListUnusable):
        read_list(bytes(forged), [issued.ca.anchor])


@given(where=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255), cut=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_change_of_a_list_is_taken(
    issued: Issued, genuine: bytes, where: float, change: int, cut: bool
) -> None:
    """Any byte made into any other, or all after it cut off."""
    position = int(where * len(genuine))
    forged = bytearray(genuine[:position] if cut else genuine)
    if not cut:
        forged[position] ^= change
    with pytest.raises(ListUnusable):
        read_list(bytes(forged), [issued.ca.anchor])


@pytest.fixture(scope="module")
def genuine(issued: Issued) -> bytes:
    """A list of a day."""
    return issued.ca.crl()


@pytest.mark.parametrize("content", [b"", b"<html>", b"-----BEGIN X509 CRL-----\nxx", b"\x30\x80"])
def test_garbage_is_refused(issued: Issued, content: bytes) -> None:
    """Whatever lies where a list should lie."""
    with pytest.raises(ListUnusable):
        read_list(content, [issued.ca.anchor])


def test_a_version_that_there_is_not_is_refused(
    issued: Issued, genuine: bytes, lists_folder: Path
) -> None:
    """Anybody on the line can change that byte; cryptography says what is no ValueError."""
    where = genuine.index(bytes.fromhex("020101")) + 2
    changed = genuine[:where] + b"\x07" + genuine[where + 1 :]
    with pytest.raises(ListUnusable):
        read_list(changed, [issued.ca.anchor])
    path = lists_folder / "auth.crl"
    path.write_bytes(changed)
    assert sources([path], issued.ca).status(issued.good).word is StatusWord.UNKNOWN


@pytest.mark.parametrize("value", [0x00, 0x07, 0x80, 0xFF])
def test_no_byte_of_a_list_is_a_mistake_of_ours(issued: Issued, genuine: bytes, value: int) -> None:
    """Each byte in turn made into this one."""
    for position in range(len(genuine)):
        changed = genuine[:position] + bytes([value]) + genuine[position + 1 :]
        if changed != genuine:
            with pytest.raises(ListUnusable):
                read_list(changed, [issued.ca.anchor])


def test_no_file_is_unreachable(issued: Issued, lists_folder: Path) -> None:
    """Nobody has said anything."""
    asked = sources([lists_folder / "none.crl"], issued.ca)
    assert asked.status(issued.good).word is StatusWord.UNREACHABLE


def test_without_its_generation_every_generation_must_have_a_list(
    issued: Issued, lists_folder: Path, stranger: OpensslCa
) -> None:
    """It might have been issued by the one whose list is missing."""
    (lists_folder / "first.crl").write_bytes(issued.ca.crl())
    unknown = CertificateFacts(issued.good.reference, issued.good.valid_until, None)
    asked = sources([lists_folder], issued.ca, stranger)
    assert asked.status(unknown).word is StatusWord.UNKNOWN
    (lists_folder / "second.crl").write_bytes(stranger.crl())
    assert asked.status(unknown).word is StatusWord.GOOD


def test_a_list_about_a_part_is_good_only_for_that_part(issued: Issued, lists_folder: Path) -> None:
    """The certificate must name the part; a revocation is believed either way."""
    path = lists_folder / "toda.crl"
    path.write_bytes(issued.ca.crl(part=True))
    asked = sources([path], issued.ca)
    assert asked.status(issued.parted).word is StatusWord.GOOD
    assert asked.status(issued.good).word is StatusWord.UNKNOWN
    assert asked.status(issued.revoked).word is StatusWord.REVOKED


def test_a_newer_file_is_taken_and_an_older_one_is_not(
    tmp_path_factory: pytest.TempPathFactory, lists_folder: Path
) -> None:
    """A revocation counts as soon as its list is there, and an old list does not undo it."""
    from tests.support.openssl_ca import facts_of

    ca = OpensslCa(tmp_path_factory.mktemp("ca") / "changing")
    leaf = ca.issue()
    path = lists_folder / "auth.crl"
    before = ca.crl(age=timedelta(hours=2))
    path.write_bytes(before)
    asked = sources([path], ca)
    assert asked.status(facts_of(leaf, ca)).word is StatusWord.GOOD
    ca.revoke(leaf)
    path.write_bytes(ca.crl(age=timedelta(hours=1)))
    assert asked.status(facts_of(leaf, ca)).word is StatusWord.REVOKED
    path.write_bytes(before)
    os.utime(path, ns=(1, 1))
    assert asked.status(facts_of(leaf, ca)).word is StatusWord.REVOKED


def test_a_file_that_becomes_garbage_leaves_the_list_in_use(issued: Issued, listed: Path) -> None:
    """Its own dates say how long."""
    asked = sources([listed], issued.ca)
    assert asked.status(issued.good).word is StatusWord.GOOD
    listed.write_bytes(b"half a file")
    assert asked.status(issued.good).word is StatusWord.GOOD


def test_a_list_is_fetched_from_its_address(issued: Issued, responder: Responder) -> None:
    """Once, and not again for each question."""
    responder.content = issued.ca.crl()
    asked = sources([responder.url], issued.ca)
    assert asked.status(issued.good).word is StatusWord.GOOD
    assert asked.status(issued.revoked).word is StatusWord.REVOKED
    assert [command for command, _, _ in responder.seen] == ["GET"]


@pytest.mark.parametrize("fault", ["500", "cut"])
def test_an_address_that_fails_is_not_asked_again_at_once(
    issued: Issued, responder: Responder, fault: str
) -> None:
    """Nobody waits at each touch for what has just failed."""
    responder.content, responder.fault = issued.ca.crl(), fault
    asked = sources([responder.url], issued.ca)
    assert asked.status(issued.good).word is StatusWord.UNREACHABLE
    assert asked.status(issued.good).word is StatusWord.UNREACHABLE
    assert len(responder.seen) == 1


def test_lists_stand_in_for_a_responder_that_is_away(issued: Issued, listed: Path) -> None:
    """OCSP first; when nobody answers, the list of the day."""
    asked = sources([listed], issued.ca, ocsp_url="http://127.0.0.1:9/")
    assert asked.status(issued.good).word is StatusWord.GOOD
    assert asked.status(issued.revoked).word is StatusWord.REVOKED


def test_a_responder_that_is_away_is_spared_for_a_moment(
    issued: Issued, listed: Path, responder: Responder
) -> None:
    """With lists at hand nobody waits for it at every touch; without any it is asked."""
    responder.fault = "500"
    asked = sources([listed], issued.ca, ocsp_url=responder.url)
    for _ in range(3):
        assert asked.status(issued.good).word is StatusWord.GOOD
    assert len(responder.seen) == 1
    alone = sources([], issued.ca, ocsp_url=responder.url)
    assert alone.status(issued.good).word is StatusWord.UNREACHABLE
    responder.fault = ""
    assert alone.status(issued.good).word is StatusWord.GOOD


def test_a_responder_that_does_not_know_a_certificate_outweighs_a_list(
    issued: Issued, listed: Path, responder: Responder
) -> None:
    """A list names what was revoked, not what was issued."""
    asked = sources([listed], issued.ca, ocsp_url=responder.url)
    reference = issued.good.reference
    never_issued = CertificateFacts(
        type(reference)(reference.issuer, 999), issued.good.valid_until, issued.good.issuer_key
    )
    assert asked.status(never_issued).word is StatusWord.UNKNOWN
    assert sources([listed], issued.ca).status(never_issued).word is StatusWord.GOOD


def test_a_critical_extension_that_is_not_known_makes_a_list_unusable(issued: Issued) -> None:
    """A delta list, for example, tells only what has changed."""
    key = serialization.load_pem_private_key((issued.ca.folder / "ca.key").read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    now = datetime.now(UTC)
    delta = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issued.ca.anchor.certificate.subject)
        .last_update(now)
        .next_update(now + timedelta(days=1))
        .add_extension(x509.DeltaCRLIndicator(1), critical=True)
        .sign(key, hashes.SHA256())
    )
    with pytest.raises(ListUnusable, match="critical"):
        read_list(delta.public_bytes(serialization.Encoding.DER), [issued.ca.anchor])
