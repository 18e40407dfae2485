"""Commands, answers, their names in traces, and what status words mean."""

from __future__ import annotations

import contextlib
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_tui.errors import (
    CardUnreadable,
    NoAuthCertificate,
    NotMyNumberCard,
    PinBlocked,
    PinKind,
    PinOutcomeUnknown,
    WrongPin,
)
from counter_tui.hardware import apdu
from counter_tui.hardware.apdu import CardChannel, Command, MalformedCommand, describe

BYTE = st.integers(0, 255)
COMMANDS = st.builds(
    Command,
    BYTE,
    BYTE,
    BYTE,
    BYTE,
    st.binary(max_size=255),
    st.none() | st.integers(1, 256),
)


class ScriptedCard:
    """Answers from a list, and keeps what it was sent."""

    def __init__(self, *answers: str) -> None:
        self.answers = [bytes.fromhex(answer) for answer in answers]
        self.sent: list[str] = []

    def transmit(self, command: bytes | bytearray) -> bytes:
        self.sent.append(bytes(command).hex().upper())
        return self.answers.pop(0)


@given(COMMANDS)
def test_a_command_survives_encoding(command: Command) -> None:
    """What is decoded is what was encoded, for all four cases of a short command."""
    assert Command.decode(command.encode()) == command


@given(st.binary(max_size=300))
def test_any_bytes_decode_or_are_malformed(data: bytes) -> None:
    """Bytes from outside never raise anything but MalformedCommand, and describe never fails."""
    with contextlib.suppress(MalformedCommand):
        assert Command.decode(data).encode()[:4] == data[:4]
    assert describe(data)


@pytest.mark.parametrize(
    ("command", "encoded"),
    [
        (
            apdu.select_application(bytes.fromhex("D392F000260100000001")),
            "00A4040C0AD392F000260100000001",
        ),
        (apdu.select_file(0x000A), "00A4020C02000A"),
        (apdu.read_binary(0, 256), "00B0000000"),
        (apdu.read_binary(0x0600, 47), "00B006002F"),
        (apdu.query_tries(), "00200080"),
        (apdu.sign(b"\x30\x31"), "802A008002303100"),
        (apdu.sign(b"\x30\x31", apdu.OWN_KEY), "802A000002303100"),
    ],
)
def test_commands_have_the_forms_of_the_card(command: Command, encoded: str) -> None:
    """Each command is encoded as docs/card.md §2 writes it."""
    assert command.encode().hex().upper() == encoded


def test_verify_is_encoded_without_le_and_padding() -> None:
    """VERIFY carries the ASCII digits and nothing else."""
    assert apdu.verify(bytearray(b"1234")).hex() == "002000800431323334"


@pytest.mark.parametrize("offset", [-1, 0x8000])
def test_an_offset_of_more_than_fifteen_bits_is_refused(offset: int) -> None:
    """The highest bit of P1 would turn the command into another one."""
    with pytest.raises(ValueError):
        apdu.read_binary(offset, 1)


def test_what_does_not_fit_a_short_command_is_refused() -> None:
    """More than 255 bytes of data or 256 of answer have no short form."""
    with pytest.raises(ValueError):
        Command(0, 0, 0, 0, bytes(256)).encode()
    with pytest.raises(ValueError):
        Command(0, 0, 0, 0, le=257).encode()


@pytest.mark.parametrize(
    ("encoded", "name"),
    [
        ("00A4020C02000A", "SELECT 000A"),
        ("00200080", "QUERY TRIES 0080"),
        ("002000800431323334", "VERIFY 0080 (4 bytes)"),
        ("802A008002303100", "COMPUTE DIGITAL SIGNATURE 0080 (2 bytes) wants 256"),
        ("00B0010000", "READ BINARY 0100 wants 256"),
        ("0020008005313233", "malformed command of 8 bytes"),
    ],
)
def test_a_trace_names_a_command_without_its_data(encoded: str, name: str) -> None:
    """Only SELECT shows its data: file ids and AIDs are no secrets."""
    assert describe(bytes.fromhex(encoded)) == name


def test_reprs_show_no_data() -> None:
    """Neither a command nor an answer gives its data away when a crash prints it."""
    verify = Command.decode(apdu.verify(bytearray(b"1234")))
    assert "1234" not in repr(verify)
    assert "31323334" not in repr(verify)
    assert "secret" not in repr(apdu.Response(b"secret", apdu.SW_OK))


def test_the_log_holds_names_and_status_words_only(caplog: pytest.LogCaptureFixture) -> None:
    """A PIN and a file's content pass the log without leaving a byte there."""
    channel = CardChannel(ScriptedCard("9000", "E8A68BE69CAC9000"))
    with caplog.at_level(logging.DEBUG):
        channel.send_once(apdu.verify(bytearray(b"1234")))
        channel.send(apdu.read_binary(0, 6))
    assert [record.getMessage() for record in caplog.records] == [
        "VERIFY 0080 (4 bytes): 9000",
        "READ BINARY 0000 wants 6: 9000 (6 bytes)",
    ]


def test_more_data_is_fetched_with_get_response() -> None:
    """61xx from an odd reader is followed until the answer is whole."""
    card = ScriptedCard("01026102", "03049000")
    assert CardChannel(card).send(apdu.read_binary(0, 4)).data == b"\1\2\3\4"
    assert card.sent == ["00B0000004", "00C0000002"]


def test_get_response_without_end_is_given_up() -> None:
    """A reader that always has more cannot hold the program."""
    with pytest.raises(CardUnreadable):
        CardChannel(ScriptedCard(*["006110"] * 99)).send(apdu.read_binary(0, 4))


def test_a_read_is_repeated_with_the_length_that_the_card_names() -> None:
    """6Cxx tells the right Le; the card has not executed the command."""
    card = ScriptedCard("6C02", "01029000")
    assert CardChannel(card).send(apdu.read_binary(0, 256)).data == b"\1\2"
    assert card.sent == ["00B0000000", "00B0000002"]


def test_verify_is_never_repeated() -> None:
    """Whatever a card answers to VERIFY, it is sent once."""
    for status in ("6C04", "6104", "6F00", "9000"):
        card = ScriptedCard(status)
        CardChannel(card).send_once(apdu.verify(bytearray(b"1234")))
        assert len(card.sent) == 1


@pytest.mark.parametrize("answer", ["", "90"])
def test_an_answer_without_status_word_is_unreadable(answer: str) -> None:
    """Too short an answer is a trouble of the card or the reader, not of ours."""
    with pytest.raises(CardUnreadable):
        CardChannel(ScriptedCard(answer)).send(apdu.query_tries())


def test_expect_tells_command_and_status_of_a_refusal() -> None:
    """The error carries what a supervisor needs to look it up."""
    with pytest.raises(CardUnreadable) as refused:
        CardChannel(ScriptedCard("6982")).expect(apdu.select_file(2))
    assert (refused.value.command, refused.value.status) == ("SELECT 0002", 0x6982)


@pytest.mark.parametrize(
    ("status", "left"),
    [
        (0x63C3, 3),
        (0x63C0, 0),
        (0x6983, 0),
        (0x6984, 0),
        (0x9000, 3),
        (0x6300, 3),
        (0x6981, None),
        (0x6700, None),
        (0x6F00, None),
    ],
)
def test_tries_left_by_status_word(status: int, left: int | None) -> None:
    """Both words for "blocked" mean 0, "verified" means all of them, others are no answer."""
    assert apdu.tries_left(status, 3) == left


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (0x9000, None),
        (0x63C2, WrongPin),
        (0x63C0, WrongPin),
        (0x6300, WrongPin),
        (0x6983, PinBlocked),
        (0x6984, PinBlocked),
        (0x6982, CardUnreadable),
        (0x6986, CardUnreadable),
        (0x6700, CardUnreadable),
        (0x6F00, PinOutcomeUnknown),
        (0x6581, PinOutcomeUnknown),
    ],
)
def test_verify_by_status_word(status: int, error: type[Exception] | None) -> None:
    """Every answer to a PIN has one meaning; a trouble inside the card leaves it open."""
    found = apdu.verify_error(PinKind.AUTH, status, 3)
    assert (None if found is None else type(found)) is error


def test_a_wrong_pin_carries_which_and_how_many() -> None:
    """The tries left come from the card's own answer."""
    found = apdu.verify_error(PinKind.SURFACE_INFO, 0x63C1, 3)
    assert isinstance(found, WrongPin)
    assert (found.kind, found.tries_left) == (PinKind.SURFACE_INFO, 1)


@pytest.mark.parametrize("status", [0x6A81, 0x6A82, 0x6D00, 0x6E00, 0x6986])
def test_a_foreign_card_is_not_a_my_number_card(status: int) -> None:
    """Whatever a foreign card says to SELECT, it is one."""
    assert isinstance(apdu.application_error(status), NotMyNumberCard)


@pytest.mark.parametrize("status", [0x6A82, 0x6982, 0x6B00])
def test_a_certificate_that_cannot_be_read_is_not_there(status: int) -> None:
    """How a card without certificate answers is not published; all three count as none."""
    assert isinstance(apdu.certificate_error("READ BINARY", status), NoAuthCertificate)


def test_corrupt_data_is_not_taken_for_a_certificate() -> None:
    """6281 warns that the data may be corrupt."""
    assert isinstance(apdu.certificate_error("READ BINARY", 0x6281), CardUnreadable)
