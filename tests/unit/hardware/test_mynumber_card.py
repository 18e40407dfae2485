"""A My Number card in the words of the counter, over the simulated card."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import fields, replace
from datetime import date

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from counter_tui.errors import (
    BirthDateUnusable,
    CardChanged,
    CardDataMismatch,
    CardError,
    CardGone,
    CardNotGenuine,
    CardUnreadable,
    CounterError,
    LastTryNotAgreed,
    NoAuthCertificate,
    NotMyNumberCard,
    PinBlocked,
    PinFormat,
    PinKind,
    PinOutcomeUnknown,
    ReaderLost,
    WrongPin,
)
from counter_tui.hardware import tlv
from counter_tui.hardware.mynumber_card import (
    CardKey,
    EnrollmentReading,
    MyNumberCard,
    SurfaceInfo,
    TokenKind,
)
from counter_tui.hardware.simulated import contents
from counter_tui.hardware.simulated.card import (
    NEVER,
    Application,
    SimulatedCard,
    TransparentFile,
)
from counter_tui.hardware.simulated.in_process import SimulatedReader
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.hardware.simulated.simulator_keys import card_keys
from counter_tui.hardware.surface_info import parse_attributes, parse_card_key
from counter_tui.secret import Pin
from tests.support.cards import TODAY, card, digest_info, pin
from tests.support.trace import Trace, assert_no_forbidden

CHALLENGE = b"touch challenge"
AUTH_CHALLENGE = b"enrolment challenge"
PINS = ("1234", "5678", "2468", "9999")
BEFORE_VERIFY = 11
"""Commands of an enrolment before its first PIN, for a certificate in one piece."""


class Counter:
    """A simulated reader whose every exchange is kept."""

    def __init__(self) -> None:
        self.trace = Trace()
        self.reader = SimulatedReader(on_exchange=self.trace.keep)

    def open(self, laid: SimulatedCard | str, *, removed_after: int | None = None) -> MyNumberCard:
        """Lay a card down and begin a conversation."""
        self.reader.lay(card(laid) if isinstance(laid, str) else laid, removed_after=removed_after)
        return MyNumberCard(self.reader.connect())

    def again(self) -> MyNumberCard:
        """A new conversation with the same card after a power-down."""
        laid = self.reader.card
        assert laid is not None
        return self.open(laid)

    def names(self) -> list[str]:
        """The commands so far, without their data."""
        return [line.partition(":")[0] for line in self.trace.lines()]


@pytest.fixture
def counter(caplog: pytest.LogCaptureFixture) -> Iterator[Counter]:
    """A counter; afterwards its trace and its log are searched for what must not be there."""
    made = Counter()
    with caplog.at_level(logging.DEBUG):
        yield made
    assert_no_forbidden(made.trace, PINS, caplog.records)


def enroll(
    one: MyNumberCard,
    auth_pin: str = "1234",
    surface_info_pin: str = "1234",
    *,
    certificate: bytes | None = None,
    last_try_agreed: Collection[PinKind] = (),
) -> EnrollmentReading:
    """An enrolment with made-up challenges."""
    return one.enroll(
        pin(auth_pin),
        pin(surface_info_pin),
        auth_digest_info=digest_info(AUTH_CHALLENGE),
        proof_digest_info=digest_info(CHALLENGE),
        expected_certificate=one.auth_certificate() if certificate is None else certificate,
        last_try_agreed=last_try_agreed,
    )


def changed(slug: str, name: str, **files: TransparentFile | None) -> SimulatedCard:
    """A persona's card with other files (`EF000A=None` takes one away) in one application."""
    made = card(slug)
    applications: list[Application] = []
    for application in made._applications:
        if application.name == name:
            held = dict(application.files)
            for file_id, file in files.items():
                if file is None:
                    del held[int(file_id.removeprefix("EF"), 16)]
                else:
                    held[int(file_id.removeprefix("EF"), 16)] = file
            application = replace(application, files=held)
        applications.append(application)
    return SimulatedCard(applications, made._tries)


def without(slug: str, name: str) -> SimulatedCard:
    """A persona's card that lacks an application."""
    made = card(slug)
    return SimulatedCard([one for one in made._applications if one.name != name], made._tries)


def verify(key: CardKey | None, signature: bytes | None, message: bytes) -> None:
    """Check a signature by the card's own key."""
    assert key is not None
    assert signature is not None
    public_key = RSAPublicNumbers(key.exponent, key.modulus).public_key()
    public_key.verify(signature, message, PKCS1v15(), SHA256())


# ------------------------------------------------------------------------------- touch


def test_a_touch_takes_five_commands(counter: Counter) -> None:
    """SELECT, SELECT, READ, SELECT, sign; and nothing that needs a PIN."""
    one = counter.open("adult")
    reading = one.read_touch(digest_info(CHALLENGE))
    assert counter.names() == [
        "SELECT D392F000260100000001",
        "SELECT 000A",
        "READ BINARY 0000 wants 256",
        "SELECT D3921000310001010408",
        "COMPUTE DIGITAL SIGNATURE 0000 (51 bytes) wants 256",
    ]
    assert reading.certificate_head == counter.again().auth_certificate()[:256]
    verify(enroll(counter.again()).card_key, reading.proof, CHALLENGE)


def test_the_first_command_is_repeated_once_after_6f00(counter: Counter) -> None:
    """As some cards answer the first command after power-up; only the first, only once."""
    made = card("adult")
    flaky = SimulatedCard(made._applications, made._tries, first_command_fails=True)
    assert counter.open(flaky).read_touch(digest_info(CHALLENGE)).proof is not None
    assert len(counter.trace.commands) == 6


def test_6f00_again_is_unreadable() -> None:
    """One repetition, not more."""
    always = Scripted("6F00", "6F00")
    with pytest.raises(CardUnreadable):
        MyNumberCard(always).read_touch(digest_info(CHALLENGE))
    assert always.sent == 2


def test_6f00_later_is_not_repeated() -> None:
    """The second conversation on the same power-up has no first command."""
    scripted = Scripted("9000", "6A82", "6F00", "9000")
    one = MyNumberCard(scripted)
    with pytest.raises(NoAuthCertificate):
        one.auth_certificate()
    with pytest.raises(CardUnreadable):
        one.auth_certificate()
    assert scripted.sent == 3


class Scripted:
    """A transport that answers from a list."""

    def __init__(self, *answers: str | CardError) -> None:
        self.answers = list(answers)
        self.sent = 0

    def transmit(self, command: bytes | bytearray) -> bytes:
        self.sent += 1
        answer = self.answers.pop(0)
        if isinstance(answer, CardError):
            raise answer
        return bytes.fromhex(answer)


@pytest.mark.parametrize("status", ["6A82", "6A81", "6D00", "6E00", "6985"])
def test_a_foreign_card(status: str) -> None:
    """Whatever it answers to the first SELECT."""
    with pytest.raises(NotMyNumberCard):
        MyNumberCard(Scripted(status)).read_touch(digest_info(CHALLENGE))


@pytest.mark.parametrize(
    "script",
    [
        ("9000", "6A82"),
        ("9000", "9000", "6982"),
        ("9000", "9000", "6B00"),
        ("9000", "9000", "9000"),
        ("9000", "9000", "FFFFFFFF9000"),
        ("9000", "9000", "00009000"),
    ],
)
def test_a_card_without_auth_certificate(script: tuple[str, ...]) -> None:
    """No file, not open, empty, filler: all the ways in which it may be missing."""
    with pytest.raises(NoAuthCertificate):
        MyNumberCard(Scripted(*script)).read_touch(digest_info(CHALLENGE))


@pytest.mark.parametrize("status", ["6D00", "6A86", "6982", "6985", "6A82", "6E00", "6986"])
def test_a_card_that_has_no_proof(status: str) -> None:
    """The card says no to signing with its own key: read, but without proof."""
    scripted = Scripted("9000", "9000", "30829000", "9000", status)
    assert MyNumberCard(scripted).read_touch(digest_info(CHALLENGE)).proof is None


def test_a_card_without_the_surface_application(counter: Counter) -> None:
    """A phone, say: read, but without proof."""
    reading = counter.open(without("adult", "surface-info")).read_touch(digest_info(CHALLENGE))
    assert reading.proof is None


@pytest.mark.parametrize("status", ["6F00", "6400", "6581"])
def test_a_trouble_is_not_taken_for_a_card_without_proof(status: str) -> None:
    """Otherwise a copied card could choose to be compared by eye."""
    scripted = Scripted("9000", "9000", "30829000", "9000", status)
    with pytest.raises(CardUnreadable):
        MyNumberCard(scripted).read_touch(digest_info(CHALLENGE))


@pytest.mark.parametrize("commands", range(5))
def test_a_card_pulled_during_a_touch(counter: Counter, commands: int) -> None:
    """At any of its commands."""
    one = counter.open("adult", removed_after=commands)
    with pytest.raises(CardGone):
        one.read_touch(digest_info(CHALLENGE))


def test_a_reader_unplugged_during_a_touch(counter: Counter) -> None:
    """Another error than a pulled card."""
    one = counter.open("adult")
    counter.reader.unplug()
    with pytest.raises(ReaderLost):
        one.read_touch(digest_info(CHALLENGE))


# ----------------------------------------------------------------------------- inspect


def test_inspection_tells_all_without_spending_a_try(counter: Counter) -> None:
    """Label, certificates and both counters."""
    found = counter.open("adult").inspect()
    assert (found.token_label, found.kind) == ("JPKIAPICCTOKEN2", TokenKind.CARD)
    assert (found.has_signature_certificate, found.has_auth_certificate) == (True, True)
    assert (found.auth_tries_left, found.surface_info_tries_left) == (3, 3)
    assert found.auth_certificate is not None
    x509.load_der_x509_certificate(found.auth_certificate)
    assert not [name for name in counter.names() if name.startswith("VERIFY")]


def test_inspection_shows_the_tries_of_each_reference(counter: Counter) -> None:
    """They are two counters."""
    found = counter.open("one-try-left").inspect()
    assert (found.auth_tries_left, found.surface_info_tries_left) == (1, 3)


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("JPKIAPICCTOKEN2", TokenKind.CARD),
        ("JPKIAPICCTOKEN", TokenKind.OLD_RESIDENT_CARD),
        ("JPKIAPGPSETOKEN", TokenKind.PHONE),
        ("JPKIAPIOSTOKEN", TokenKind.PHONE),
        ("SOMETHING ELSE", TokenKind.UNKNOWN),
    ],
)
def test_what_carries_the_application(counter: Counter, label: str, kind: TokenKind) -> None:
    """By its label alone."""
    laid = replace(PERSONAS["adult"], token_label=label).make_card(TODAY)
    found = counter.open(laid).inspect()
    assert (found.token_label, found.kind) == (label, kind)


def test_a_label_cannot_command_the_terminal(counter: Counter) -> None:
    """Bytes of the card that are no printable ASCII become question marks."""
    laid = changed("adult", "jpki", EF0006=TransparentFile(b"\x1b[2JX\xff" + b"\0" * 26))
    assert counter.open(laid).inspect().token_label == "?[2JX?"


def test_a_card_without_sign_certificate(counter: Counter) -> None:
    """EF 0008 does not show one."""
    laid = replace(PERSONAS["adult"], has_sign_certificate=False).make_card(TODAY)
    found = counter.open(laid).inspect()
    assert (found.has_signature_certificate, found.has_auth_certificate) == (False, True)


def test_inspecting_a_card_without_auth_certificate(counter: Counter) -> None:
    """Is no error: the screen says why the card cannot be used."""
    laid = replace(PERSONAS["adult"], has_auth_certificate=False).make_card(TODAY)
    found = counter.open(laid).inspect()
    assert (found.has_auth_certificate, found.auth_certificate) == (False, None)


def test_without_availability_file_reading_decides(counter: Counter) -> None:
    """EF 0008 is known from one source; a card may lack it."""
    found = counter.open(changed("adult", "jpki", EF0008=None)).inspect()
    assert (found.has_signature_certificate, found.has_auth_certificate) == (False, True)


def test_inspecting_a_card_without_surface_application(counter: Counter) -> None:
    """No second counter to show."""
    found = counter.open(without("adult", "surface-info")).inspect()
    assert found.surface_info_tries_left is None


def test_a_certificate_is_cut_by_its_own_length(counter: Counter) -> None:
    """Filler behind it is not handed on."""
    whole = counter.open("adult").auth_certificate()
    for filler in (b"\xff" * 700, b"\0"):
        laid = changed("adult", "jpki", EF000A=TransparentFile(whole + filler))
        assert counter.open(laid).auth_certificate() == whole


@pytest.mark.parametrize(
    "content", [b"\x30\x82\x10\x00" + bytes(4096), b"\x30\x80" + bytes(20), b"\x30\x82\x04\x00\x30"]
)
def test_a_certificate_that_cannot_be_one(counter: Counter, content: bytes) -> None:
    """Longer than believed, of indefinite length, cut off."""
    laid = changed("adult", "jpki", EF000A=TransparentFile(content))
    with pytest.raises(CardUnreadable):
        counter.open(laid).auth_certificate()


def test_tries_left_of_either_pin(counter: Counter) -> None:
    """Asked one by one."""
    one = counter.open("one-try-left")
    assert (one.tries_left(PinKind.AUTH), one.tries_left(PinKind.SURFACE_INFO)) == (1, 3)


# -------------------------------------------------------------------------- enrolment


def test_an_enrolment_brings_all_in_one_conversation(counter: Counter) -> None:
    """Signature, attributes, the card's key, and its proof."""
    one = counter.open("two-pins")
    certificate = x509.load_der_x509_certificate(one.auth_certificate())
    reading = enroll(one, "1234", "5678")
    key = certificate.public_key()
    assert isinstance(key, RSAPublicKey)
    key.verify(reading.signature, AUTH_CHALLENGE, PKCS1v15(), SHA256())
    assert reading.attributes == SurfaceInfo(
        "見本　太郎", "埼玉県戸田市見本町４－５－６", date(1985, 11, 23)
    )
    verify(reading.card_key, reading.proof, CHALLENGE)


def test_the_commands_of_an_enrolment(counter: Counter) -> None:
    """Both counters before any PIN, each again just before its one VERIFY; no digest of the
    My Number."""
    one = counter.open("adult")
    certificate = one.auth_certificate()
    begun = len(counter.trace.commands)
    enroll(one, certificate=certificate)
    names = [name for name in counter.names()[begun:] if name[:4] != "READ"]
    assert names == [
        "SELECT D392F000260100000001",
        "SELECT 000A",
        "SELECT 0018",
        "QUERY TRIES 0080",
        "SELECT D3921000310001010408",
        "SELECT 0011",
        "QUERY TRIES 0080",
        "SELECT D392F000260100000001",
        "SELECT 0018",
        "QUERY TRIES 0080",
        "VERIFY 0080 (4 bytes)",
        "SELECT 0017",
        "COMPUTE DIGITAL SIGNATURE 0080 (51 bytes) wants 256",
        "SELECT D3921000310001010408",
        "SELECT 0011",
        "QUERY TRIES 0080",
        "VERIFY 0080 (4 bytes)",
        "SELECT 0002",
        "SELECT 0003",
        "SELECT 0007",
        "SELECT 0004",
        "COMPUTE DIGITAL SIGNATURE 0000 (51 bytes) wants 256",
    ]
    my_number_digest = hashlib.sha256(contents.my_number_file(contents.MADE_UP_MY_NUMBER)).digest()
    answers = b"".join(answer for _, answer in counter.trace.exchanges)
    assert my_number_digest[:4] not in answers


def test_sex_goes_nowhere(counter: Counter) -> None:
    """No attribute, no repr, no field of the reading holds it."""
    reading = enroll(counter.open("adult"))
    assert {one.name for one in fields(SurfaceInfo)} == {"name", "address", "birth_date"}
    assert {one.name for one in fields(reading)} == {
        "signature",
        "attributes",
        "card_key",
        "proof",
    }
    assert "花子" not in repr(reading)


@pytest.mark.parametrize("auth_pin", ["123", "12345", "", "12a4", "１２３４", "12 4"])
def test_a_pin_of_another_form_is_not_sent(counter: Counter, auth_pin: str) -> None:
    """Nothing at all goes to the card, whichever of the two it is."""
    one = counter.open("adult")
    certificate = one.auth_certificate()
    begun = len(counter.trace.commands)
    for first, second in ((auth_pin, "1234"), ("1234", auth_pin)):
        with pytest.raises(PinFormat):
            enroll(one, first, second, certificate=certificate)
    assert len(counter.trace.commands) == begun


def test_another_card_than_the_one_it_began_with(counter: Counter) -> None:
    """No PIN is sent to it."""
    expected = counter.open("adult").auth_certificate()
    one = counter.open("two-pins")
    with pytest.raises(CardChanged):
        enroll(one, certificate=expected)
    assert not [name for name in counter.names() if name.startswith("VERIFY")]


def test_a_wrong_first_pin_stops_before_the_second_application(counter: Counter) -> None:
    """The same digits are not tried on the other counter."""
    with pytest.raises(WrongPin) as wrong:
        enroll(counter.open("adult"), "9999", "9999")
    assert (wrong.value.kind, wrong.value.tries_left) == (PinKind.AUTH, 2)
    assert counter.names()[-1] == "VERIFY 0080 (4 bytes)"
    assert counter.names().count("VERIFY 0080 (4 bytes)") == 1
    assert counter.again().tries_left(PinKind.SURFACE_INFO) == 3


def test_a_wrong_second_pin_takes_its_own_try(counter: Counter) -> None:
    """The first counter is full again, nothing is read."""
    with pytest.raises(WrongPin) as wrong:
        enroll(counter.open("two-pins"), "1234", "9999")
    assert (wrong.value.kind, wrong.value.tries_left) == (PinKind.SURFACE_INFO, 2)
    assert "SELECT 0002" not in counter.names()
    assert counter.again().tries_left(PinKind.AUTH) == 3


def test_the_last_try_needs_an_agreement(counter: Counter) -> None:
    """Without it the PIN is not sent; with it, it is."""
    one = counter.open("one-try-left")
    with pytest.raises(LastTryNotAgreed) as refused:
        enroll(one, "2468", "2468")
    assert refused.value.kind is PinKind.AUTH
    assert not [name for name in counter.names() if name.startswith("VERIFY")]
    assert (
        enroll(one, "2468", "2468", last_try_agreed=tuple(PinKind)).attributes.name == "見本　次郎"
    )


def test_the_last_try_of_the_second_pin_is_seen_before_the_first_is_sent(counter: Counter) -> None:
    """No PIN leaves when the patron was not asked; a blocked second PIN is seen in time, too."""
    surface_info = {1: LastTryNotAgreed, 0: PinBlocked}
    for left, error in surface_info.items():
        laid = replace(PERSONAS["adult"], tries={PinKind.SURFACE_INFO: left}).make_card(TODAY)
        with pytest.raises(error) as refused:
            enroll(counter.open(laid))
        assert isinstance(refused.value, LastTryNotAgreed | PinBlocked)
        assert refused.value.kind is PinKind.SURFACE_INFO
        assert not [name for name in counter.names() if name.startswith("VERIFY")]


def test_a_pin_that_is_overwritten_meanwhile_is_not_sent() -> None:
    """Who typed it may have left the terminal while the card was asked for its tries."""
    typed = pin("1234")

    class Leaving(Scripted):
        def transmit(self, command: bytes | bytearray) -> bytes:
            if self.sent == BEFORE_VERIFY - 1:
                typed.wipe()
            return super().transmit(command)

    card = Leaving(*enrolment_script("9000").answers)
    with pytest.raises(PinFormat):
        MyNumberCard(card).enroll(
            typed,
            pin("1234"),
            auth_digest_info=b"",
            proof_digest_info=b"",
            expected_certificate=b"\x30\x00",
        )
    assert card.sent == BEFORE_VERIFY


@pytest.mark.parametrize("answer", ["6103", "63C4", "63CF", "00009000", "0063C1", "6F00", "90"])
def test_an_unclear_count_is_not_taken_for_one(answer: str) -> None:
    """More tries than a fresh card has, data, "more waits": no PIN is sent after that."""
    script = Scripted("9000", "9000", "30009000", "9000", answer, "9000")
    with pytest.raises(CardUnreadable):
        MyNumberCard(script).enroll(
            pin("1234"),
            pin("1234"),
            auth_digest_info=b"",
            proof_digest_info=b"",
            expected_certificate=b"\x30\x00",
        )
    assert script.sent == 5


def test_the_try_that_blocks_and_the_one_after(counter: Counter) -> None:
    """0 left is told as a wrong PIN; from then on nothing is sent."""
    one = counter.open("one-try-left")
    with pytest.raises(WrongPin) as wrong:
        enroll(one, "9999", last_try_agreed=tuple(PinKind))
    assert wrong.value.tries_left == 0
    begun = len(counter.trace.commands)
    with pytest.raises(PinBlocked):
        enroll(one, "2468", last_try_agreed=tuple(PinKind))
    assert not [name for name in counter.names()[begun:] if name.startswith("VERIFY")]


def enrolment_script(verify_answer: str | CardError) -> Scripted:
    """A card up to its answer to the first VERIFY."""
    certificate = ("9000", "9000", "30009000")
    tries = ("9000", "63C3")
    script = (*certificate, *tries, "9000", *tries, "9000", *tries)
    assert len(script) == BEFORE_VERIFY
    return Scripted(*script, verify_answer)


def scripted_enrolment(verify_answer: str | CardError) -> EnrollmentReading:
    """Enrol with a card that answers VERIFY so."""
    return MyNumberCard(enrolment_script(verify_answer)).enroll(
        pin("1234"),
        pin("1234"),
        auth_digest_info=digest_info(AUTH_CHALLENGE),
        proof_digest_info=digest_info(CHALLENGE),
        expected_certificate=b"\x30\x00",
    )


@pytest.mark.parametrize("status", ["6983", "6984"])
def test_both_status_words_mean_blocked(status: str) -> None:
    """Sources differ; the screen must not."""
    with pytest.raises(PinBlocked):
        scripted_enrolment(status)


@pytest.mark.parametrize(
    "lost", [CardGone("VERIFY"), ReaderLost(), "6F00", "6581", "63C4", "6100", "90"]
)
def test_a_verify_without_answer_leaves_the_outcome_open(lost: str | CardError) -> None:
    """The try may be spent or not; the counter is read again, nothing is resent."""
    with pytest.raises(PinOutcomeUnknown):
        scripted_enrolment(lost)


def test_a_card_pulled_just_at_verify(counter: Counter) -> None:
    """On the simulated card: the conversation ends, the kind is named."""
    certificate = counter.open("adult").auth_certificate()
    one = counter.open("adult", removed_after=len(counter.trace.commands) + 8)
    with pytest.raises(PinOutcomeUnknown) as unknown:
        enroll(one, certificate=certificate)
    assert unknown.value.kind is PinKind.AUTH
    assert counter.names()[-1] == "QUERY TRIES 0080"


def test_a_card_pulled_at_any_command_of_an_enrolment(counter: Counter) -> None:
    """Always one of our errors, and never a PIN sent twice."""
    one = counter.open("adult")
    certificate = one.auth_certificate()
    begun = len(counter.trace.commands)
    enroll(one, certificate=certificate)
    for commands in range(len(counter.trace.commands) - begun):
        begun = len(counter.trace.commands)
        pulled = counter.open("adult", removed_after=commands)
        with pytest.raises((CardGone, PinOutcomeUnknown)):
            enroll(pulled, certificate=certificate)
        assert sum("VERIFY" in name for name in counter.names()[begun:]) <= 2


def test_the_buffer_that_held_the_pin_is_wiped() -> None:
    """Whatever the card answers; the caller's PIN is the caller's."""
    for answer in ("9000", "63C2", "6F00", CardGone("VERIFY")):
        keeper = KeepingVerify(*enrolment_script(answer).answers, "6982")
        typed = pin("1234")
        with pytest.raises(CounterError):
            MyNumberCard(keeper).enroll(
                typed,
                typed,
                auth_digest_info=b"",
                proof_digest_info=b"",
                expected_certificate=b"\x30\x00",
            )
        assert keeper.verify == bytearray(9)
        assert typed.is_well_formed


class KeepingVerify(Scripted):
    """Keeps the very buffer of VERIFY."""

    verify: bytearray | None = None

    def transmit(self, command: bytes | bytearray) -> bytes:
        if isinstance(command, bytearray):
            assert command[5:] == b"1234"
            self.verify = command
        return super().transmit(command)


def test_attributes_that_do_not_fit_the_digest(counter: Counter) -> None:
    """A file that was changed is told, not shown."""
    other = replace(PERSONAS["adult"].holder, name="見本　別人")
    laid = changed(
        "adult",
        "surface-info",
        EF0002=TransparentFile(contents.attributes_file(other), frozenset({0x0011})),
    )
    with pytest.raises(CardDataMismatch):
        enroll(counter.open(laid))


def test_long_attributes_are_read_whole(counter: Counter) -> None:
    """A file of more than 256 bytes, with a two-byte length."""
    holder = replace(
        PERSONAS["adult"].holder, name="見本　" + "長" * 40, address="埼玉県戸田市" + "町" * 190
    )
    laid = replace(PERSONAS["adult"], holder=holder).make_card(TODAY)
    attributes = enroll(counter.open(laid)).attributes
    assert (attributes.name, attributes.address) == (holder.name, holder.address)


@pytest.mark.parametrize("missing", ["EF0002", "EF0003"])
def test_a_card_that_lacks_a_file_of_the_enrolment(counter: Counter, missing: str) -> None:
    """Unreadable, with command and status for the supervisor."""
    laid = changed("adult", "surface-info", **{missing: None})
    with pytest.raises(CardUnreadable) as refused:
        enroll(counter.open(laid))
    assert refused.value.status == 0x6A82


@pytest.mark.parametrize(
    "content", [b"", b"\xff\x30", b"\xff\x30\x03\xdf\x31\x20", b"\xff\x31\x82\x01\x4b\xdf\x31\x20"]
)
def test_a_digest_file_of_another_form(counter: Counter, content: bytes) -> None:
    """Nothing is guessed."""
    laid = changed("adult", "surface-info", EF0003=TransparentFile(content, frozenset({0x0011})))
    with pytest.raises(CardUnreadable):
        enroll(counter.open(laid))


def test_a_card_that_gives_no_key_and_no_proof(counter: Counter) -> None:
    """The enrolment goes on without: such a key is known of test cards only."""
    reading = enroll(counter.open("no-card-proof"))
    assert (reading.card_key, reading.proof) == (None, None)
    assert reading.attributes.name == "見本　九十九"


def test_the_issuers_signature_over_the_key_is_looked_at(counter: Counter) -> None:
    """By the certificate that the card gives of its issuer."""
    key = enroll(counter.open("adult")).card_key
    assert key is not None
    assert key.issuer_signed


def test_a_key_that_its_issuer_did_not_sign(counter: Counter) -> None:
    """Another card's key under this card's signature: refused."""
    files = [
        contents._own_key_file(card_keys(slug).surface_info.public_key())
        for slug in ("two-pins", "adult")
    ]
    forged = files[0][:-256] + files[1][-256:]
    laid = changed("adult", "surface-info", EF0007=TransparentFile(forged, frozenset({0x0011})))
    with pytest.raises(CardDataMismatch):
        enroll(counter.open(laid))


@pytest.mark.parametrize("content", [None, TransparentFile(b"", NEVER)])
def test_without_a_certificate_of_the_issuer_nothing_is_claimed(
    counter: Counter, content: TransparentFile | None
) -> None:
    """The key is taken, and it is said that nobody vouches for it."""
    key = enroll(counter.open(changed("adult", "surface-info", EF0004=content))).card_key
    assert key is not None
    assert not key.issuer_signed


@pytest.mark.parametrize(
    "content",
    [b"\x7f\x21\x00", b"\x7f\x22\x00", tlv.encode(0x7F21, tlv.encode(0x5F4E, bytes(40)))],
)
def test_a_certificate_of_the_issuer_that_is_none(counter: Counter, content: bytes) -> None:
    """Malformed is unreadable, not missing."""
    laid = changed("adult", "surface-info", EF0004=TransparentFile(content))
    with pytest.raises(CardUnreadable):
        enroll(counter.open(laid))


# ---------------------------------------------------------------------- surface information

TO_THE_PROOF = ("9000", "9000", "30009000", "9000", "00009000")
"""Of a card that is asked for its surface information: what it answers up to its proof."""


def head_of(slug: str) -> bytes:
    """What a touch reads of a persona's certificate; not on the counter's own reader."""
    return Counter().open(slug).read_touch(digest_info(CHALLENGE)).certificate_head


def read(
    one: MyNumberCard,
    surface_info_pin: str = "5678",
    *,
    head: bytes,
    check_proof: Callable[[bytes | None], object] = lambda _: None,
    last_try_agreed: bool = False,
) -> SurfaceInfo:
    """The surface information, with a made-up challenge."""
    return one.read_surface_info(
        pin(surface_info_pin),
        expected_head=head,
        digest_info=digest_info(CHALLENGE),
        check_proof=check_proof,
        last_try_agreed=last_try_agreed,
    )


def scripted_reading(script: Scripted, typed: Pin | None = None) -> SurfaceInfo:
    """The same from a card that answers from a list."""
    return MyNumberCard(script).read_surface_info(
        typed or pin("1234"),
        expected_head=b"\x30\x00",
        digest_info=digest_info(CHALLENGE),
        check_proof=lambda _: None,
    )


def pins_sent(counter: Counter) -> int:
    """How often a PIN left for a card."""
    return counter.names().count("VERIFY 0080 (4 bytes)")


def test_asking_for_the_tries_of_the_surface_information(counter: Counter) -> None:
    """The card that was touched, and that one reference; no other file is selected."""
    one = counter.open("two-pins")
    assert one.surface_info_tries(head_of("two-pins")) == 3
    assert counter.names() == [
        "SELECT D392F000260100000001",
        "SELECT 000A",
        "READ BINARY 0000 wants 256",
        "SELECT D3921000310001010408",
        "SELECT 0011",
        "QUERY TRIES 0080",
    ]


@pytest.mark.parametrize("left", [2, 1, 0])
def test_the_tries_of_the_surface_information_are_its_own(counter: Counter, left: int) -> None:
    """0 is blocked; the other PIN's count is not told."""
    laid = replace(PERSONAS["two-pins"], tries={PinKind.SURFACE_INFO: left}).make_card(TODAY)
    assert counter.open(laid).surface_info_tries(head_of("two-pins")) == left


def test_the_commands_that_read_the_surface_information(counter: Counter) -> None:
    """The card proves itself first, then its counter is read, then one PIN leaves; of the digests
    only what stands behind the My Number's is read."""
    info = read(counter.open("two-pins"), head=head_of("two-pins"))
    assert info == SurfaceInfo("見本　太郎", "埼玉県戸田市見本町４－５－６", date(1985, 11, 23))
    assert counter.names() == [
        "SELECT D392F000260100000001",
        "SELECT 000A",
        "READ BINARY 0000 wants 256",
        "SELECT D3921000310001010408",
        "COMPUTE DIGITAL SIGNATURE 0000 (51 bytes) wants 256",
        "SELECT 0011",
        "QUERY TRIES 0080",
        "VERIFY 0080 (4 bytes)",
        "SELECT 0002",
        "READ BINARY 0000 wants 256",
        "SELECT 0003",
        "READ BINARY 0000 wants 8",
        "READ BINARY 0028 wants 35",
    ]
    my_number_digest = hashlib.sha256(contents.my_number_file(contents.MADE_UP_MY_NUMBER)).digest()
    answers = b"".join(answer for _, answer in counter.trace.exchanges)
    assert my_number_digest[:4] not in answers


def test_a_card_is_judged_by_its_own_signature(counter: Counter) -> None:
    """Over the challenge of this conversation, and before any PIN; None of one that has none."""
    key = enroll(counter.open("two-pins"), "1234", "5678").card_key
    before, given = pins_sent(counter), list[bytes | None]()

    def judge(proof: bytes | None) -> None:
        assert pins_sent(counter) == before
        given.append(proof)

    read(counter.open("two-pins"), head=head_of("two-pins"), check_proof=judge)
    verify(key, given[0], CHALLENGE)
    before += 1
    read(counter.open("no-card-proof"), "1234", head=head_of("no-card-proof"), check_proof=judge)
    assert given[1:] == [None]


@pytest.mark.parametrize("slug", ["two-pins", "no-card-proof"])
def test_a_card_that_does_not_convince_is_told_no_pin(counter: Counter, slug: str) -> None:
    """What was raised comes through, and the conversation ends with that signature."""

    def refuse(_proof: bytes | None) -> None:
        raise CardNotGenuine

    with pytest.raises(CardNotGenuine):
        read(counter.open(slug), head=head_of(slug), check_proof=refuse, last_try_agreed=True)
    assert counter.names()[-1] == "COMPUTE DIGITAL SIGNATURE 0000 (51 bytes) wants 256"


@pytest.mark.parametrize("answer", ["6F00", "6581", "6983", "90", "6110"])
def test_a_trouble_with_the_proof_is_not_taken_for_none(answer: str) -> None:
    """Otherwise a copy could choose to be told the PIN unproven."""
    script = Scripted(*TO_THE_PROOF[:-1], answer, "6F00", "9000")
    with pytest.raises(CardUnreadable):
        scripted_reading(script)
    assert script.sent <= 6, "no counter was read, no PIN sent"


def test_another_card_than_the_one_that_was_touched(counter: Counter) -> None:
    """Neither its counter is read nor a PIN sent, however convincing its own signature is."""
    with pytest.raises(CardChanged):
        counter.open("two-pins").surface_info_tries(head_of("adult"))
    with pytest.raises(CardChanged):
        read(counter.open("two-pins"), head=head_of("adult"), last_try_agreed=True)
    up_to_the_certificate = [
        "SELECT D392F000260100000001",
        "SELECT 000A",
        "READ BINARY 0000 wants 256",
    ]
    assert counter.names() == up_to_the_certificate * 2


def test_a_copy_of_the_certificate_passes_for_the_card_until_it_is_to_prove_itself(
    counter: Counter,
) -> None:
    """That is why the proof is asked for and not the certificate alone."""
    key = enroll(counter.open("adult")).card_key
    before = pins_sent(counter)

    def judge(proof: bytes | None) -> None:
        verify(key, proof, CHALLENGE)

    one = counter.open("cloned")
    assert one.surface_info_tries(head_of("adult")) == 3
    with pytest.raises(InvalidSignature):
        read(one, "1234", head=head_of("adult"), check_proof=judge)
    assert pins_sent(counter) == before


@pytest.mark.parametrize("typed", ["", "123", "12345", "12a4", "１２３４", "12 4"])
def test_a_surface_information_pin_of_another_form_is_not_sent(
    counter: Counter, typed: str
) -> None:
    """Nothing at all goes to the card."""
    one = counter.open("two-pins")
    with pytest.raises(PinFormat):
        read(one, typed, head=b"")
    assert counter.trace.commands == []


def test_a_wrong_surface_information_pin_takes_its_own_try(counter: Counter) -> None:
    """It is sent once, nothing is read behind it, and the other counter stays."""
    with pytest.raises(WrongPin) as wrong:
        read(counter.open("two-pins"), "9999", head=head_of("two-pins"))
    assert (wrong.value.kind, wrong.value.tries_left) == (PinKind.SURFACE_INFO, 2)
    assert counter.names()[-1] == "VERIFY 0080 (4 bytes)"
    assert pins_sent(counter) == 1
    assert counter.again().surface_info_tries(head_of("two-pins")) == 2
    assert counter.again().tries_left(PinKind.AUTH) == 3


def test_the_authentication_pin_is_none_of_the_surface_information(counter: Counter) -> None:
    """Digits that are right elsewhere spend a try here."""
    with pytest.raises(WrongPin):
        read(counter.open("two-pins"), "1234", head=head_of("two-pins"))
    assert counter.again().tries_left(PinKind.AUTH) == 3


def test_the_last_try_of_the_surface_information(counter: Counter) -> None:
    """Without the patron's word no PIN is sent; with it one is, and a mistake blocks."""
    head = head_of("two-pins")
    laid = replace(PERSONAS["two-pins"], tries={PinKind.SURFACE_INFO: 1}).make_card(TODAY)
    with pytest.raises(LastTryNotAgreed) as refused:
        read(counter.open(laid), head=head)
    assert refused.value.kind is PinKind.SURFACE_INFO
    assert pins_sent(counter) == 0
    with pytest.raises(WrongPin) as wrong:
        read(counter.again(), "9999", head=head, last_try_agreed=True)
    assert wrong.value.tries_left == 0
    with pytest.raises(PinBlocked) as blocked:
        read(counter.again(), head=head, last_try_agreed=True)
    assert blocked.value.kind is PinKind.SURFACE_INFO
    assert pins_sent(counter) == 1


def test_the_right_pin_at_the_last_try_makes_the_counter_full(counter: Counter) -> None:
    """As on every card."""
    head = head_of("two-pins")
    laid = replace(PERSONAS["two-pins"], tries={PinKind.SURFACE_INFO: 1}).make_card(TODAY)
    read(counter.open(laid), head=head, last_try_agreed=True)
    assert counter.again().surface_info_tries(head) == 3


def test_a_blocked_surface_information_pin_is_not_sent(counter: Counter) -> None:
    """Nor does the other PIN's full counter help."""
    slug = "surface-pin-blocked"
    with pytest.raises(PinBlocked):
        read(counter.open(slug), head=head_of(slug), last_try_agreed=True)
    assert pins_sent(counter) == 0


def test_a_card_whose_authentication_pin_is_blocked_gives_its_address(counter: Counter) -> None:
    """That PIN is none of this."""
    slug = "auth-pin-blocked"
    assert read(counter.open(slug), "1234", head=head_of(slug)).name == "見本　三郎"


def test_surface_information_that_does_not_fit_its_digest(counter: Counter) -> None:
    """Told, not shown; the PIN was right, and no try is lost."""
    slug = "wrong-digest"
    with pytest.raises(CardDataMismatch):
        read(counter.open(slug), "1234", head=head_of(slug))
    assert counter.again().surface_info_tries(head_of(slug)) == 3


def test_a_card_without_the_application_is_sent_no_pin(counter: Counter) -> None:
    """A phone, say: unreadable, with command and status for the supervisor."""
    for ask in (
        lambda one: one.surface_info_tries(head_of("adult")),
        lambda one: read(one, "1234", head=head_of("adult"), last_try_agreed=True),
    ):
        with pytest.raises(CardUnreadable) as refused:
            ask(counter.open(without("adult", "surface-info")))
        assert refused.value.status == 0x6A82
    assert pins_sent(counter) == 0


@pytest.mark.parametrize("answer", ["6103", "63C4", "63CF", "00009000", "0063C1", "6F00", "90"])
def test_no_pin_follows_an_unclear_count_of_the_surface_information(answer: str) -> None:
    """More tries than a fresh card has, data, "more waits"."""
    script = Scripted(*TO_THE_PROOF, "9000", answer, "9000")
    with pytest.raises(CardUnreadable):
        scripted_reading(script)
    assert script.sent == len(TO_THE_PROOF) + 2


@pytest.mark.parametrize(
    "lost", [CardGone("VERIFY"), ReaderLost(), "6F00", "6581", "63C4", "6100", "90"]
)
def test_a_surface_information_pin_without_answer_is_sent_once(lost: str | CardError) -> None:
    """The try may be spent or not: it is said which PIN, and nothing follows."""
    script = Scripted(*TO_THE_PROOF, "9000", "63C3", lost, "9000")
    with pytest.raises(PinOutcomeUnknown) as unknown:
        scripted_reading(script)
    assert unknown.value.kind is PinKind.SURFACE_INFO
    assert script.sent == len(TO_THE_PROOF) + 3


def test_a_surface_information_pin_that_is_overwritten_meanwhile_is_not_sent() -> None:
    """Who typed it may have left the terminal while the card was asked for its tries."""
    typed = pin("1234")

    class Leaving(Scripted):
        def transmit(self, command: bytes | bytearray) -> bytes:
            if self.sent == len(TO_THE_PROOF) + 1:
                typed.wipe()
            return super().transmit(command)

    card = Leaving(*TO_THE_PROOF, "9000", "63C3", "9000")
    with pytest.raises(PinFormat):
        scripted_reading(card, typed)
    assert card.sent == len(TO_THE_PROOF) + 2


def test_the_buffer_that_held_the_surface_information_pin_is_wiped() -> None:
    """Whatever the card answers; the caller's PIN is the caller's."""
    for answer in ("9000", "63C2", "6F00", CardGone("VERIFY")):
        keeper = KeepingVerify(*TO_THE_PROOF, "9000", "63C3", answer, "6982")
        typed = pin("1234")
        with pytest.raises(CounterError):
            scripted_reading(keeper, typed)
        assert keeper.verify == bytearray(9)
        assert typed.is_well_formed


def test_a_card_pulled_at_any_command_of_the_surface_information(counter: Counter) -> None:
    """Always one of our errors, and never a PIN sent twice."""
    head = head_of("two-pins")
    read(counter.open("two-pins"), head=head)
    for commands in range(len(counter.trace.commands)):
        before = pins_sent(counter)
        pulled = counter.open("two-pins", removed_after=commands)
        with pytest.raises((CardGone, PinOutcomeUnknown)):
            read(pulled, head=head)
        assert pins_sent(counter) - before <= 1


# ------------------------------------------------------------------------------ parsers


EXAMPLE_ATTRIBUTES = bytes.fromhex(
    "ff205cdf2108000e00200050005bdf220fe8a68be69cace38080e88ab1e5ad90"
    "df232de69db1e4baace983bde58d83e4bba3e794b0e58cbae99c9ee3818ce996a2"
    "efbc92efbc8defbc91efbc8defbc92df24083139393030343031df250132"
)


def test_the_documented_example_of_attributes() -> None:
    """docs/card.md §5: text, Gregorian date, and the digest over all but the offsets."""
    info, digest = parse_attributes(EXAMPLE_ATTRIBUTES)
    assert info == SurfaceInfo("見本　花子", "東京都千代田区霞が関２－１－２", date(1990, 4, 1))
    assert digest.hex() == "4f63dc551694a167e614df6991ab78cd7f08d32b308c5599f6dc4827f0414e37"


@pytest.mark.parametrize(
    "items",
    [
        {0xDF22: "見本".encode(), 0xDF23: "町".encode()},
        {0xDF22: b"\xff\xfe", 0xDF23: "町".encode(), 0xDF24: b"19900401"},
        {0xDF22: "見本".encode(), 0xDF23: "町".encode(), 0xDF24: b"19900231"},
        {0xDF22: "見本".encode(), 0xDF23: "町".encode(), 0xDF24: b"1990041"},
        {0xDF22: "見本".encode(), 0xDF23: "町".encode(), 0xDF24: "１９９０".encode()},
    ],
)
def test_attributes_that_make_no_sense(items: dict[int, bytes]) -> None:
    """One missing, no UTF-8, no such day: unreadable, and the error keeps nothing of them."""
    encoded = tlv.encode(0xFF20, b"".join(tlv.encode(*item) for item in items.items()))
    with pytest.raises((CardUnreadable, BirthDateUnusable)) as unreadable:
        parse_attributes(encoded)
    assert unreadable.value.__context__ is None
    # Laying the card down again helps only where a transmission may have failed.
    is_only_the_date = 0xDF24 in items and items[0xDF22] != b"\xff\xfe"
    assert isinstance(unreadable.value, BirthDateUnusable) is is_only_the_date


@pytest.mark.parametrize(
    ("modulus", "exponent"),
    [(1 << 2047 | 1, 1), (1 << 2047 | 1, 4), (1 << 2047, 65537), (1 << 1023 | 1, 65537), (0, 0)],
)
def test_a_key_too_weak_to_prove_anything(modulus: int, exponent: int) -> None:
    """Short, even, or with an exponent that leaves messages as they are."""
    key = tlv.encode(0x90, exponent.to_bytes(3, "big")) + tlv.encode(
        0x91, modulus.to_bytes(256, "big")
    )
    with pytest.raises(CardUnreadable):
        parse_card_key(tlv.encode(0xFF50, tlv.encode(0xDF51, key)))
