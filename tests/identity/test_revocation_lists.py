"""Revocation lists made by openssl: which are believed, and what they say."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counter_tui.clock import FixedClock, SystemClock
from counter_tui.identity import revocation_lists
from counter_tui.identity.freshness import Freshness
from counter_tui.identity.http_exchange import HttpExchange, NoHttpAnswer
from counter_tui.identity.ocsp import OcspResponder
from counter_tui.identity.platform import CertificateFacts, CertificateReference, StatusWord
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
    assert asked.as_of() is not None


def test_lists_are_as_old_as_the_oldest_that_is_fresh(
    issued: Issued, stranger: OpensslCa, lists_folder: Path
) -> None:
    """One that has ended counts no more: nobody is good by it anyway."""
    for name, ca, age in (
        ("first", issued.ca, timedelta(hours=2)),
        ("second", stranger, timedelta(hours=5)),
        ("ended", issued.ca, timedelta(hours=30)),
    ):
        (lists_folder / f"{name}.crl").write_bytes(ca.crl(age=age))
    as_of = sources([lists_folder], issued.ca, stranger).as_of()
    assert as_of is not None
    assert timedelta(hours=5) <= datetime.now(UTC) - as_of < timedelta(hours=6)


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
    assert asked.as_of() is None


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


def is_refused_or_the_same(content: bytes, genuine: bytes, ca: OpensslCa) -> bool:
    """Whether a changed list is refused. A signature whose last bits happen to be 0 may say that
    so many of them are unused; nothing that it signs is another then."""
    try:
        taken = read_list(content, [ca.anchor]).crl
    except ListUnusable:
        return True
    signed = x509.load_der_x509_crl(genuine)
    return (taken.tbs_certlist_bytes, taken.signature) == (
        signed.tbs_certlist_bytes,
        signed.signature,
    )


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
    assert is_refused_or_the_same(bytes(forged), genuine, issued.ca)


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
        assert is_refused_or_the_same(changed, genuine, issued.ca)


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


def signed_list(
    issued: Issued,
    *extensions: tuple[x509.ExtensionType, bool],
    at: datetime | None = None,
    entries: Sequence[tuple[int, x509.ReasonFlags | None]] = (),
) -> bytes:
    """A list of this CA of a shape that openssl does not make, valid for a day."""
    key = serialization.load_pem_private_key((issued.ca.folder / "ca.key").read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    begins = (at or datetime.now(UTC)) - timedelta(hours=1)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issued.ca.anchor.certificate.subject)
        .last_update(begins)
        .next_update(begins + timedelta(days=1))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    for serial, reason in entries:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(begins)
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize("critical", [True, False])
def test_a_delta_list_is_unusable(issued: Issued, critical: bool) -> None:
    """It tells only what has changed, whether or not it says so as it must."""
    delta = signed_list(issued, (x509.DeltaCRLIndicator(1), critical))
    with pytest.raises(ListUnusable, match="delta"):
        read_list(delta, [issued.ca.anchor])


def test_a_critical_extension_that_is_not_known_makes_a_list_unusable(issued: Issued) -> None:
    """It may change what the list means."""
    oid = x509.ObjectIdentifier("1.2.3.4")
    strange = signed_list(issued, (x509.UnrecognizedExtension(oid, b"\x05\x00"), True))
    with pytest.raises(ListUnusable, match="critical"):
        read_list(strange, [issued.ca.anchor])


@pytest.mark.parametrize("turned", [False, True])
def test_of_several_entries_the_worst_counts(
    issued: Issued, lists_folder: Path, turned: bool
) -> None:
    """A hold that became a revocation, in any order; also when the list is stale."""
    serial = issued.good.reference.serial
    held = (serial, x509.ReasonFlags.certificate_hold)
    ended = (serial, x509.ReasonFlags.key_compromise)
    entries = [ended, held] if turned else [held, ended]
    path = lists_folder / "auth.crl"
    path.write_bytes(signed_list(issued, entries=entries))
    assert sources([path], issued.ca).status(issued.good).word is StatusWord.REVOKED
    path.write_bytes(signed_list(issued, entries=entries, at=datetime.now(UTC) - timedelta(days=9)))
    assert sources([path], issued.ca).status(issued.good).word is StatusWord.REVOKED


class Publisher(HttpExchange):
    """An address whose list is made for the day on which it is asked, or for `today`."""

    def __init__(self, issued: Issued, clock: FixedClock) -> None:
        super().__init__()
        self.asked = 0
        self.is_away = False
        self.today: datetime | None = None
        self._issued = issued
        self._clock = clock
        self.holds_on = threading.Event()
        self.holds_on.set()

    def ask(
        self,
        url: str,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        deadline_s: float = 0.0,
        longest: int,
    ) -> bytes:
        self.asked += 1
        self.holds_on.wait(20)
        if self.is_away:
            raise NoHttpAnswer("away")
        return signed_list(self._issued, at=self.today or self._clock.instant)


@pytest.fixture
def fetched(issued: Issued) -> tuple[FixedClock, Publisher, StatusSources]:
    """A clock that can be put, an address, and status sources with its list."""
    clock = FixedClock(datetime.now(UTC))
    publisher = Publisher(issued, clock)
    freshness, anchors = Freshness(clock, timedelta(hours=36)), [issued.ca.anchor]
    lists = RevocationLists(
        ["http://crl.example.invalid/"], anchors, publisher, freshness, look_every_s=0
    )
    return clock, publisher, StatusSources(anchors, None, lists, freshness)


def test_after_closed_days_the_first_patron_gets_the_fresh_list(
    issued: Issued, fetched: tuple[FixedClock, Publisher, StatusSources]
) -> None:
    """While no list in hand is fresh, the fetch is waited for."""
    clock, _, asked = fetched
    assert asked.status(issued.good).word is StatusWord.GOOD
    clock.instant += timedelta(days=3)
    assert asked.status(issued.good).word is StatusWord.GOOD


def test_a_clock_that_is_put_right_delays_no_fetch(
    issued: Issued,
    fetched: tuple[FixedClock, Publisher, StatusSources],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It stood a year ahead when a list was fetched last."""
    monkeypatch.setattr(revocation_lists, "_TRY_AGAIN_AFTER_S", 0.0)
    clock, publisher, asked = fetched
    today = clock.instant
    publisher.today = today
    clock.instant += timedelta(days=365)
    assert asked.status(issued.good).word is StatusWord.UNKNOWN
    clock.instant = publisher.today = today + timedelta(days=3)
    assert asked.status(issued.good).word is StatusWord.GOOD
    assert publisher.asked == 2


def test_a_stale_list_whose_address_is_away_is_asked_for_once_a_minute(
    issued: Issued, fetched: tuple[FixedClock, Publisher, StatusSources]
) -> None:
    """Nobody waits at each touch."""
    clock, publisher, asked = fetched
    assert asked.status(issued.good).word is StatusWord.GOOD
    clock.instant += timedelta(days=3)
    publisher.is_away = True
    for _ in range(3):
        assert asked.status(issued.good).word is StatusWord.UNKNOWN
    assert publisher.asked == 2


def test_a_fetch_that_takes_long_is_not_waited_for_to_its_end(
    issued: Issued,
    fetched: tuple[FixedClock, Publisher, StatusSources],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A patron stands there; the list counts when it has come."""
    _, publisher, asked = fetched
    monkeypatch.setattr(revocation_lists, "_PATIENCE_S", 0.05)
    publisher.holds_on.clear()
    assert asked.status(issued.good).word is StatusWord.UNREACHABLE
    publisher.holds_on.set()
    for thread in threading.enumerate():
        if thread.name == "crl":
            thread.join(20)
    assert asked.status(issued.good).word is StatusWord.GOOD
    assert publisher.asked == 1


def test_a_list_is_verified_once_and_looked_up_in_a_set(
    issued: Issued, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many serials are looked up; the library is asked about those that stand there."""
    verified: list[bytes] = []
    walked: list[int] = []
    load = x509.load_der_x509_crl

    class Counting:
        """The list, with a count of what is costly."""

        def __init__(self, crl: x509.CertificateRevocationList) -> None:
            self._crl = crl

        def __getattr__(self, name: str) -> object:
            return getattr(self._crl, name)

        def __iter__(self) -> Iterator[x509.RevokedCertificate]:
            return iter(self._crl)

        def __len__(self) -> int:
            return len(self._crl)

        def is_signature_valid(self, key: rsa.RSAPublicKey) -> bool:
            verified.append(self._crl.tbs_certlist_bytes)
            return self._crl.is_signature_valid(key)

        def get_revoked_certificate_by_serial_number(
            self, serial: int
        ) -> x509.RevokedCertificate | None:
            walked.append(serial)
            return self._crl.get_revoked_certificate_by_serial_number(serial)

    monkeypatch.setattr(x509, "load_der_x509_crl", lambda content: Counting(load(content)))
    asked = sources([listed], issued.ca)
    issuer, until = issued.good.reference.issuer, issued.good.valid_until
    for serial in range(1000, 2000):
        facts = CertificateFacts(
            CertificateReference(issuer, serial), until, issued.good.issuer_key
        )
        assert asked.status(facts).word is StatusWord.GOOD
    assert asked.status(issued.revoked).word is StatusWord.REVOKED
    assert len(verified) == 1
    assert walked == [issued.revoked.reference.serial]
