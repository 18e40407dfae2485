"""OCSP answers made by openssl: which are believed, and which are not."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto.core import ParsableOctetString
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.ocsp import (
    OCSPCertStatus,
    OCSPRequest,
    OCSPRequestBuilder,
    OCSPResponderEncoding,
    OCSPResponseBuilder,
    load_der_ocsp_request,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counter_tui.clock import FixedClock, SystemClock
from counter_tui.identity.freshness import Freshness, NoStatus
from counter_tui.identity.http_exchange import DEADLINE_S, HttpExchange, NoHttpAnswer
from counter_tui.identity.ocsp import OcspResponder
from counter_tui.identity.platform import CertificateFacts, StatusWord
from counter_tui.identity.revocation_lists import RevocationLists
from counter_tui.identity.status import StatusSources
from tests.identity.conftest import Issued
from tests.support.openssl_ca import Impatient, OpensslCa, Responder, facts_of, responding

NOBODY: Final = "http://127.0.0.1:9/"
"""A port on which nobody listens."""

AT_A_TIME: Final = 8
"""Questions that are under way side by side, and how many in vain in a row are enough."""


def sources(
    responder: Responder,
    *cas: OpensslCa,
    ahead: timedelta = timedelta(),
    http: HttpExchange | None = None,
) -> StatusSources:
    """Status sources with this responder alone."""
    clock = FixedClock(datetime.now(UTC) + ahead) if ahead else SystemClock()
    freshness = Freshness(clock, timedelta(hours=36))
    http = http or HttpExchange()
    anchors = [ca.anchor for ca in cas]
    return StatusSources(
        anchors,
        OcspResponder(responder.url, http, freshness),
        RevocationLists([], anchors, http, freshness),
        freshness,
    )


def test_a_good_certificate_is_good(issued: Issued, responder: Responder) -> None:
    """With the instant to which the answer belongs."""
    status = sources(responder, issued.ca).status(issued.good)
    assert status.word is StatusWord.GOOD
    assert abs(status.checked_at - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_revoked_certificate_says_when_and_why(issued: Issued, responder: Responder) -> None:
    """Both stand in the answer."""
    status = sources(responder, issued.ca).status(issued.revoked)
    assert (status.word, status.reason) == (StatusWord.REVOKED, "keyCompromise")
    assert status.revoked_at is not None


def test_a_hold_is_no_revocation(issued: Issued, responder: Responder) -> None:
    """It may be lifted; staff say another sentence."""
    assert sources(responder, issued.ca).status(issued.held).word is StatusWord.ON_HOLD


def test_an_unknown_certificate_is_unknown(issued: Issued, responder: Responder) -> None:
    """A serial that the CA has not given."""
    reference = issued.good.reference
    stranger = CertificateFacts(
        type(reference)(reference.issuer, 999), issued.good.valid_until, issued.good.issuer_key
    )
    assert sources(responder, issued.ca).status(stranger).word is StatusWord.UNKNOWN


def test_an_expired_certificate_is_not_asked_about(issued: Issued, responder: Responder) -> None:
    """What it was kept with tells that it has ended."""
    past = datetime(2020, 1, 1, tzinfo=UTC)
    ended = CertificateFacts(issued.good.reference, past, issued.good.issuer_key)
    status = sources(responder, issued.ca).status(ended)
    assert (status.word, status.valid_until) == (StatusWord.EXPIRED, past)
    assert responder.seen == []


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ("500", StatusWord.UNREACHABLE),
        ("hang", StatusWord.UNREACHABLE),
        ("drip", StatusWord.UNREACHABLE),
        ("cut", StatusWord.UNREACHABLE),
        ("redirect", StatusWord.UNREACHABLE),
        ("huge", StatusWord.UNREACHABLE),
        ("garbage", StatusWord.UNKNOWN),
    ],
)
def test_a_line_that_fails_is_never_good(
    issued: Issued, responder: Responder, fault: str, word: StatusWord
) -> None:
    """Whatever the line does, it ends within the deadline, and not as good."""
    responder.fault = fault
    assert sources(responder, issued.ca, http=Impatient()).status(issued.good).word is word


def test_nobody_there_is_unreachable(issued: Issued) -> None:
    """A port on which nobody listens."""
    nobody = Responder(url=NOBODY)
    asked = sources(nobody, issued.ca)
    assert asked.status(issued.good).word is StatusWord.UNREACHABLE
    assert asked.as_of() is None


def test_a_replayed_answer_is_refused(issued: Issued, responder: Responder) -> None:
    """An answer to an earlier question, although it is signed, fresh and good."""
    asked = sources(responder, issued.ca)
    assert asked.status(issued.good).word is StatusWord.GOOD
    responder.fault = "replay"
    assert asked.status(issued.good).word is StatusWord.UNKNOWN


def test_an_answer_about_another_certificate_is_refused(
    issued: Issued, responder: Responder
) -> None:
    """Also when it bears no nonce that could tell."""
    asked = sources(responder, issued.ca)
    asked.status(issued.good)
    responder.fault = "replay"
    assert asked.status(issued.revoked).word is StatusWord.UNKNOWN


@pytest.mark.parametrize("ahead", [timedelta(hours=37), timedelta(hours=-1)])
def test_an_answer_that_is_stale_or_of_the_future_is_refused(
    issued: Issued, responder: Responder, ahead: timedelta
) -> None:
    """thisUpdate 37 hours ago although nextUpdate has not come, and thisUpdate in the future."""
    responder.options = ("-ndays", "5")
    assert sources(responder, issued.ca, ahead=ahead).status(issued.good).word is StatusWord.UNKNOWN


def test_an_answer_after_its_next_update_is_refused(issued: Issued, responder: Responder) -> None:
    """The responder promised a newer one within the hour."""
    late = sources(responder, issued.ca, ahead=timedelta(hours=2))
    assert late.status(issued.good).word is StatusWord.UNKNOWN


def _signer(certificate_file: object, key_file: object) -> tuple[str, ...]:
    return ("-rsigner", str(certificate_file), "-rkey", str(key_file))


def test_an_answer_by_a_stranger_is_refused(
    issued: Issued, responder: Responder, stranger: OpensslCa
) -> None:
    """The same name, another key."""
    responder.options = _signer(stranger.certificate_file, stranger.folder / "ca.key")
    assert sources(responder, issued.ca).status(issued.good).word is StatusWord.UNKNOWN


@pytest.mark.parametrize(
    ("extensions", "word"),
    [
        ("responder", StatusWord.GOOD),
        ("responder_signing", StatusWord.GOOD),
        ("responder_unchecked", StatusWord.GOOD),
        ("responder_for_keys", StatusWord.UNKNOWN),
        ("impostor", StatusWord.UNKNOWN),
        ("auth", StatusWord.UNKNOWN),
    ],
)
def test_only_a_certificate_for_signing_answers_may_stand_in_for_the_ca(
    tmp_path_factory: pytest.TempPathFactory,
    responder: Responder,
    extensions: str,
    word: StatusWord,
) -> None:
    """A holder of some certificate of the CA must not be able to answer for it."""
    ca = OpensslCa(tmp_path_factory.mktemp("ca") / "delegating")
    leaf, delegate = ca.issue(), ca.issue(extensions)
    responder.cas = [ca]
    responder.options = _signer(delegate, delegate.with_suffix(".key"))
    assert sources(responder, ca).status(facts_of(leaf, ca)).word is word


@pytest.mark.parametrize(
    ("extensions", "reason", "word"),
    [
        ("responder", "keyCompromise", StatusWord.UNKNOWN),
        ("responder", "certificateHold", StatusWord.UNKNOWN),
        ("responder", "", StatusWord.GOOD),
        ("responder_unchecked", "keyCompromise", StatusWord.GOOD),
    ],
)
def test_a_delegate_whose_own_certificate_stands_on_a_list_is_not_believed(
    tmp_path: Path, responder: Responder, extensions: str, reason: str, word: StatusWord
) -> None:
    """Unless the CA has said that nobody need look (id-pkix-ocsp-nocheck)."""
    ca = OpensslCa(tmp_path / "ca")
    leaf, delegate = ca.issue(), ca.issue(extensions)
    if reason:
        ca.revoke(delegate, reason)
    (tmp_path / "all.crl").write_bytes(ca.crl())
    responder.cas = [ca]
    responder.options = _signer(delegate, delegate.with_suffix(".key"))
    http, freshness = HttpExchange(), Freshness(SystemClock(), timedelta(hours=36))
    lists = RevocationLists([str(tmp_path / "all.crl")], [ca.anchor], http, freshness)
    asked = OcspResponder(responder.url, http, freshness, lists.names)
    none = RevocationLists([], [ca.anchor], http, freshness)
    alone = StatusSources([ca.anchor], asked, none, freshness)
    assert alone.status(facts_of(leaf, ca)).word is word


def test_a_delegate_of_another_ca_is_refused(
    issued: Issued, responder: Responder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """It may sign answers, but not for this issuer."""
    other = OpensslCa(tmp_path_factory.mktemp("ca") / "other")
    delegate = other.issue("responder")
    responder.options = _signer(delegate, delegate.with_suffix(".key"))
    assert sources(responder, issued.ca, other).status(issued.good).word is StatusWord.UNKNOWN


def test_a_signature_with_sha1_is_refused(issued: Issued, responder: Responder) -> None:
    """SHA-1 signatures can be forged."""
    responder.options = ("-rmd", "sha1")
    assert sources(responder, issued.ca).status(issued.good).word is StatusWord.UNKNOWN


def test_a_responder_may_be_named_by_its_key(issued: Issued, responder: Responder) -> None:
    """The other form of a responder's identity."""
    responder.options = ("-resp_key_id",)
    assert sources(responder, issued.ca).status(issued.good).word is StatusWord.GOOD


def test_an_elliptic_ca_is_asked_like_any_other(
    responder: Responder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """P-384, as announced for the next generation."""
    ca = OpensslCa(
        tmp_path_factory.mktemp("ca") / "elliptic",
        key_kind=("ec", "-pkeyopt", "ec_paramgen_curve:P-384"),
    )
    leaf = ca.issue()
    responder.cas = [ca]
    assert sources(responder, ca).status(facts_of(leaf, ca)).word is StatusWord.GOOD


def test_without_its_generation_a_certificate_is_asked_about_under_each(
    issued: Issued, responder: Responder, stranger: OpensslCa
) -> None:
    """Revoked under one is revoked; a generation that vouches that it does not know a serial
    takes nothing from one that does."""
    responder.options = ()
    both = sources(responder, issued.ca, stranger)
    revoked = CertificateFacts(issued.revoked.reference, issued.revoked.valid_until, None)
    assert both.status(revoked).word is StatusWord.REVOKED


def test_the_proxy_is_asked_for_the_responder(issued: Issued, responder: Responder) -> None:
    """The whole address goes to the proxy, with its credentials."""
    proxy = responder.url.removesuffix("/ocsp").replace("://", "://user:pass%20word@")
    far = Responder(url="http://ocsp.example.invalid/status")
    asked = sources(far, issued.ca, http=HttpExchange(proxy))
    assert asked.status(issued.good).word is StatusWord.GOOD
    assert responder.seen[0][1] == "http://ocsp.example.invalid/status"
    assert responder.headers[0]["Proxy-Authorization"] == "Basic dXNlcjpwYXNzIHdvcmQ="


def test_a_request_names_no_person(issued: Issued, responder: Responder) -> None:
    """POST, with hashes of the issuer and the serial alone."""
    sources(responder, issued.ca).status(issued.good)
    command, _, body = responder.seen[0]
    assert command == "POST"
    assert b"JPKI" not in body
    assert responder.headers[0]["Content-Type"] == "application/ocsp-request"


def test_many_are_answered_in_their_order(issued: Issued, responder: Responder) -> None:
    """Although several are on their way at a time."""
    asked = sources(responder, issued.ca)
    certificates = [issued.good, issued.revoked, issued.held] * 4
    words = [status.word for _, status in asked.statuses(enumerate(certificates))]
    assert words == [StatusWord.GOOD, StatusWord.REVOKED, StatusWord.ON_HOLD] * 4


class Line(HttpExchange):
    """Counts what is asked, and leads some of the questions to where nobody listens.

    Attributes:
        asked: how many questions there were.
        waits_s: how long each of them may take.
    """

    def __init__(self, lost: Collection[int] = (), waits_s: float = 60.0) -> None:
        """`lost`: which questions lead nowhere; the first is 0."""
        super().__init__()
        self.asked = 0
        self.waits_s = waits_s
        self._lost = lost
        self._counting = threading.Lock()

    def ask(
        self,
        url: str,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        deadline_s: float = 0.0,
        longest: int,
    ) -> bytes:
        """See `HttpExchange`."""
        with self._counting:
            number, self.asked = self.asked, self.asked + 1
        where = NOBODY if number in self._lost else url
        return super().ask(
            where, body=body, headers=headers, deadline_s=self.waits_s, longest=longest
        )


def test_a_run_over_many_soon_gives_up_a_responder_that_swallows_questions(
    issued: Issued, responder: Responder
) -> None:
    """Who can be answered without it has the answer; the next run asks it again."""
    responder.fault = "hang"
    line = Line(waits_s=0.2)
    asked = sources(responder, issued.ca, http=line)
    ended = replace(issued.good, valid_until=datetime(2020, 1, 1, tzinfo=UTC))
    of_nobody = replace(issued.good, issuer_key=bytes(32))
    certificates = [*[issued.good] * 300, ended, of_nobody]
    words = [status.word for _, status in asked.statuses(enumerate(certificates))]
    assert words == [StatusWord.UNREACHABLE] * 300 + [StatusWord.EXPIRED, StatusWord.UNKNOWN]
    # Of those that ask side by side each may be at its next question when the last one is in vain.
    assert AT_A_TIME <= line.asked < 2 * AT_A_TIME
    responder.fault, line.waits_s = "", 60.0
    words = [status.word for _, status in asked.statuses(enumerate([issued.good] * 2))]
    assert words == [StatusWord.GOOD] * 2


@pytest.mark.parametrize(
    "lost",
    [
        pytest.param([12], id="one"),
        pytest.param(range(AT_A_TIME - 1), id="not-enough-in-a-row"),
        pytest.param(range(0, 40, 4), id="many-but-not-in-a-row"),
    ],
)
def test_a_question_that_is_lost_harms_no_other(
    issued: Issued, responder: Responder, lost: Collection[int]
) -> None:
    """Whoever reaches the responder shows that it is there."""
    line = Line(lost)
    asked = sources(responder, issued.ca, http=line)
    words = Counter(status.word for _, status in asked.statuses(enumerate([issued.good] * 40)))
    assert words == {StatusWord.GOOD: 40 - len(lost), StatusWord.UNREACHABLE: len(lost)}
    assert line.asked == 40


def test_an_answer_of_the_wrong_length_is_no_answer(responder: Responder) -> None:
    """Fewer bytes than promised."""
    responder.content = b"x" * 100
    responder.fault = "cut"
    with pytest.raises(NoHttpAnswer):
        HttpExchange().ask(responder.url, longest=1000)


class Forger(HttpExchange):
    """Answers every question with the same bytes."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.content = content

    def ask(
        self,
        url: str,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        deadline_s: float = DEADLINE_S,
        longest: int,
    ) -> bytes:
        return self.content


@given(where=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255), cut=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_change_of_an_answer_is_a_mistake_of_ours_or_good(
    genuine: tuple[Issued, bytes], where: float, change: int, cut: bool
) -> None:
    """Any byte of a genuine answer, made into any other, or all after it cut off."""
    issued, answer = genuine
    position = int(where * len(answer))
    forged = bytearray(answer[:position] if cut else answer)
    if not cut:
        forged[position] ^= change
    nowhere = Responder(url="http://ocsp.example.invalid/")
    asked = sources(nowhere, issued.ca, http=Forger(bytes(forged)))
    word = asked.status(issued.good).word
    assert word in (StatusWord.UNKNOWN, StatusWord.UNREACHABLE)


@pytest.fixture(scope="module")
def genuine(issued: Issued) -> tuple[Issued, bytes]:
    """An answer without a nonce, so that only the signature stands against a change."""
    with responding(Responder([issued.ca])) as responder:
        sources(responder, issued.ca).status(issued.good)
        request = load_der_ocsp_request(responder.seen[0][2])
    plain = (
        OCSPRequestBuilder()
        .add_certificate_by_hash(
            request.issuer_name_hash,
            request.issuer_key_hash,
            request.serial_number,
            request.hash_algorithm,
        )
        .build()
    )
    # Certificates beside an answer are not signed with it; this one comes without.
    return issued, issued.ca.answer(plain.public_bytes(Encoding.DER), "-resp_no_certs")


def test_an_answer_without_a_nonce_is_believed_by_its_dates(genuine: tuple[Issued, bytes]) -> None:
    """A responder may sign in advance (RFC 5019)."""
    issued, answer = genuine
    nowhere = Responder(url="http://ocsp.example.invalid/")
    asked = sources(nowhere, issued.ca, http=Forger(answer))
    assert asked.status(issued.good).word is StatusWord.GOOD
    late = sources(nowhere, issued.ca, http=Forger(answer), ahead=timedelta(hours=2))
    assert late.status(issued.good).word is StatusWord.UNKNOWN


class Speaker(HttpExchange):
    """A responder that says several things of the certificate that it is asked about."""

    def __init__(self, ca: OpensslCa, *said: tuple[OCSPCertStatus, timedelta]) -> None:
        super().__init__()
        self._ca = ca
        self._said = said

    def ask(
        self,
        url: str,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        deadline_s: float = DEADLINE_S,
        longest: int,
    ) -> bytes:
        assert body is not None
        request = load_der_ocsp_request(body)
        key = load_pem_private_key((self._ca.folder / "ca.key").read_bytes(), None)
        assert isinstance(key, RSAPrivateKey)
        # The library makes answers about one certificate; theirs are put together.
        basics = [
            asn1_ocsp.OCSPResponse.load(self._one(request, key, *said))["response_bytes"][
                "response"
            ].parsed
            for said in self._said
        ]
        data = basics[0]["tbs_response_data"]
        for basic in basics[1:]:
            data["responses"].append(basic["tbs_response_data"]["responses"][0])
        whole = asn1_ocsp.BasicOCSPResponse(
            {
                "tbs_response_data": data,
                "signature_algorithm": basics[0]["signature_algorithm"],
                "signature": key.sign(data.dump(force=True), PKCS1v15(), SHA256()),
            }
        )
        answer = asn1_ocsp.OCSPResponse(
            {
                "response_status": "successful",
                "response_bytes": {
                    "response_type": "basic_ocsp_response",
                    "response": ParsableOctetString(whole.dump(force=True)),
                },
            }
        )
        return bytes(answer.dump())

    def _one(
        self,
        request: OCSPRequest,
        key: RSAPrivateKey,
        status: OCSPCertStatus,
        lasts: timedelta,
    ) -> bytes:
        now = datetime.now(UTC)
        return (
            OCSPResponseBuilder()
            .responder_id(OCSPResponderEncoding.NAME, self._ca.anchor.certificate)
            .add_response_by_hash(
                request.issuer_name_hash,
                request.issuer_key_hash,
                request.serial_number,
                request.hash_algorithm,
                status,
                now,
                now + lasts,
                now if status is OCSPCertStatus.REVOKED else None,
                None,
            )
            .sign(key, SHA256())
            .public_bytes(Encoding.DER)
        )


def said(issued: Issued, *answers: tuple[OCSPCertStatus, timedelta]) -> StatusWord:
    """What becomes of an answer that says this."""
    nowhere = Responder(url="http://ocsp.example.invalid/")
    asked = sources(nowhere, issued.ca, http=Speaker(issued.ca, *answers))
    return asked.status(issued.good).word


def test_of_several_statuses_in_one_answer_the_worst_counts(issued: Issued) -> None:
    """In whatever order they stand."""
    hour = timedelta(hours=1)
    good, ended = (OCSPCertStatus.GOOD, hour), (OCSPCertStatus.REVOKED, hour)
    assert said(issued, good) is StatusWord.GOOD
    assert said(issued, good, ended) is StatusWord.REVOKED
    assert said(issued, ended, good) is StatusWord.REVOKED
    assert said(issued, good, (OCSPCertStatus.UNKNOWN, hour)) is StatusWord.UNKNOWN


def test_an_answer_that_ends_before_it_begins_is_not_believed() -> None:
    """Within the difference that clocks may have, both lie ahead."""
    moment = datetime.now(UTC)
    begins, ends = moment + timedelta(minutes=2), moment + timedelta(minutes=1)
    with pytest.raises(NoStatus):
        Freshness(FixedClock(moment), timedelta(hours=36)).require("OCSP", begins, ends, moment)
