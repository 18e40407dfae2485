"""Commands to a card and its answers: form, names for traces, and what status words mean.

Every command passes `CardChannel.send`; every status word becomes a typed error here. A trace
names a command and the status of its answer, never the data of either: VERIFY carries a PIN,
answers carry names and addresses.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Final

from counter_tui.errors import (
    CardError,
    CardUnreadable,
    NoAuthCertificate,
    NotMyNumberCard,
    PinBlocked,
    PinKind,
    PinOutcomeUnknown,
    WrongPin,
)
from counter_tui.hardware.transport import Transport

log = logging.getLogger(__name__)

CLA_ISO: Final = 0x00
CLA_JICSAP: Final = 0x80
"""Class of the JICSAP profile's own commands (docs/card.md §1)."""

INS_VERIFY: Final = 0x20
INS_SIGN: Final = 0x2A
INS_GET_CHALLENGE: Final = 0x84
INS_INTERNAL_AUTHENTICATE: Final = 0x88
INS_SELECT: Final = 0xA4
INS_READ_BINARY: Final = 0xB0
INS_READ_RECORD: Final = 0xB2
INS_GET_RESPONSE: Final = 0xC0
INS_GET_DATA: Final = 0xCA

SELECT_MASTER_FILE: Final = 0x00
SELECT_FILE: Final = 0x02
SELECT_APPLICATION: Final = 0x04
SELECT_NO_ANSWER: Final = 0x0C
"""P2 of SELECT: no file control information is wanted."""

CURRENT_FILE: Final = 0x80
"""P2 of VERIFY and of signing: the reference or key that was selected last."""
OWN_KEY: Final = 0x00
"""P2 of signing: the application's own key, for which nothing need be presented."""

SW_OK: Final = 0x9000
SW_DATA_MAY_BE_CORRUPT: Final = 0x6281
SW_END_OF_FILE: Final = 0x6282
SW_VERIFY_FAILED: Final = 0x6300
"""Without a count in its last digit: a reference whose tries are not limited."""
SW_VERIFY_FAILED_TRIES: Final = 0x63C0
"""The last digit is the number of tries left."""
SW_WRONG_LENGTH: Final = 0x6700
SW_CHANNEL_UNSUPPORTED: Final = 0x6881
SW_WRONG_FILE_KIND: Final = 0x6981
SW_SECURITY_NOT_SATISFIED: Final = 0x6982
SW_AUTHENTICATION_BLOCKED: Final = 0x6983
SW_REFERENCE_LOCKED: Final = 0x6984
SW_CONDITIONS_NOT_SATISFIED: Final = 0x6985
SW_NO_CURRENT_FILE: Final = 0x6986
SW_WRONG_DATA: Final = 0x6A80
SW_NOT_FOUND: Final = 0x6A82
SW_RECORD_NOT_FOUND: Final = 0x6A83
SW_WRONG_P1_P2: Final = 0x6A86
SW_REFERENCED_DATA_ABSENT: Final = 0x6A88
SW_OFFSET_OUTSIDE: Final = 0x6B00
SW_INS_UNKNOWN: Final = 0x6D00
SW_CLA_UNKNOWN: Final = 0x6E00
SW_INTERNAL_ERROR: Final = 0x6F00

MAX_ANSWER: Final = 256
"""Most bytes that one short command can bring; Le then is 00 (docs/card.md §2)."""

_MAX_CONTINUATIONS: Final = 16
"""GET RESPONSE rounds before a reader that never comes to an end is given up."""


class MalformedCommand(ValueError):
    """Bytes that are no command APDU of the short form.

    Attributes:
        extended: they look like the extended form.
    """

    def __init__(self, reason: str, *, extended: bool = False) -> None:
        super().__init__(reason)
        self.extended = extended


@dataclass(frozen=True, slots=True, repr=False)
class Command:
    """A command APDU of the short form.

    Attributes:
        data: 0 to 255 bytes.
        le: how many bytes of answer are wanted, 1 to 256, or None for none.
    """

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None

    def __repr__(self) -> str:
        return f"Command({describe(self.encode())})"

    def encode(self) -> bytes:
        """The bytes to send; `le` 256 is written as 00.

        Raises:
            ValueError: data or `le` do not fit into the short form.
        """
        if len(self.data) > 255:
            raise ValueError("more than 255 bytes of data")
        encoded = bytes((self.cla, self.ins, self.p1, self.p2))
        if self.data:
            encoded += bytes((len(self.data),)) + self.data
        if self.le is not None:
            if not 1 <= self.le <= MAX_ANSWER:
                raise ValueError("le is 1 to 256")
            encoded += bytes((self.le % MAX_ANSWER,))
        return encoded

    @classmethod
    def decode(cls, encoded: bytes | bytearray) -> Command:
        """Read the bytes of a command.

        Raises:
            MalformedCommand: shorter than four bytes, lengths that do not add up, or extended.
        """
        if len(encoded) < 4:
            raise MalformedCommand("shorter than its header")
        cla, ins, p1, p2 = encoded[:4]
        body = bytes(encoded[4:])
        if not body:
            return cls(cla, ins, p1, p2)
        if len(body) == 1:
            return cls(cla, ins, p1, p2, le=body[0] or MAX_ANSWER)
        length, rest = body[0], body[1:]
        if length == 0:
            raise MalformedCommand("length 0 before data", extended=len(body) >= 3)
        if len(rest) == length:
            return cls(cla, ins, p1, p2, rest)
        if len(rest) == length + 1:
            return cls(cla, ins, p1, p2, rest[:length], rest[length] or MAX_ANSWER)
        raise MalformedCommand("its length and its data differ")


@dataclass(frozen=True, slots=True)
class Response:
    """A card's answer.

    Attributes:
        data: what stands before the status word; hidden in the `repr`.
        status: SW1 SW2 as one number, e.g. 0x9000.
    """

    data: bytes = field(repr=False)
    status: int

    @property
    def is_ok(self) -> bool:
        """The card did what was asked."""
        return self.status == SW_OK


def select_application(aid: bytes) -> Command:
    """SELECT an application; no answer data is asked for."""
    return Command(CLA_ISO, INS_SELECT, SELECT_APPLICATION, SELECT_NO_ANSWER, aid)


def select_file(file_id: int) -> Command:
    """SELECT an elementary file, a PIN reference or a key by its two-byte id."""
    return Command(CLA_ISO, INS_SELECT, SELECT_FILE, SELECT_NO_ANSWER, file_id.to_bytes(2, "big"))


def read_binary(offset: int, length: int) -> Command:
    """READ BINARY of the selected file: 1 to 256 bytes from `offset` (0 to 32,767)."""
    if not 0 <= offset <= 0x7FFF:
        raise ValueError("offset is 15 bits")
    return Command(CLA_ISO, INS_READ_BINARY, offset >> 8, offset & 0xFF, le=length)


def query_tries() -> Command:
    """Ask for the tries left of the selected PIN reference; spends none.

    Exactly four bytes: with a fifth the card answers 6700 (docs/card.md §4).
    """
    return Command(CLA_ISO, INS_VERIFY, 0x00, CURRENT_FILE)


def verify(digits: bytearray) -> bytearray:
    """VERIFY of the selected PIN reference, in a buffer that the caller must wipe."""
    encoded = bytearray((CLA_ISO, INS_VERIFY, 0x00, CURRENT_FILE, len(digits)))
    encoded += digits
    return encoded


def sign(digest_info: bytes, key: int = CURRENT_FILE) -> Command:
    """COMPUTE DIGITAL SIGNATURE, PKCS#1 v1.5 over a DigestInfo.

    Args:
        key: `CURRENT_FILE` for the selected key, `OWN_KEY` for the application's own.
    """
    return Command(CLA_JICSAP, INS_SIGN, 0x00, key, digest_info, MAX_ANSWER)


_NAMES: Final = {
    INS_VERIFY: "VERIFY",
    INS_SIGN: "COMPUTE DIGITAL SIGNATURE",
    INS_GET_CHALLENGE: "GET CHALLENGE",
    INS_INTERNAL_AUTHENTICATE: "INTERNAL AUTHENTICATE",
    INS_SELECT: "SELECT",
    INS_READ_BINARY: "READ BINARY",
    INS_READ_RECORD: "READ RECORD",
    INS_GET_RESPONSE: "GET RESPONSE",
    INS_GET_DATA: "GET DATA",
}


def describe(command: bytes | bytearray) -> str:
    """A command's name for a trace: parameters and lengths, data only of SELECT.

    `VERIFY 0080 (4 bytes)` for a PIN, `SELECT 000A` for a file.
    """
    if len(command) > 5 and command[1] == INS_VERIFY and command[4] == len(command) - 5:
        # Not decoded: that would leave copies of a PIN behind that nobody can overwrite.
        return f"VERIFY {command[2]:02X}{command[3]:02X} ({len(command) - 5} bytes)"
    try:
        parsed = Command.decode(command)
    except MalformedCommand:
        # Perhaps a VERIFY that went wrong: not one byte of its body is shown.
        return f"malformed command of {len(command)} bytes"
    name = _NAMES.get(parsed.ins, f"INS {parsed.ins:02X}")
    if parsed.ins == INS_SELECT and parsed.cla == CLA_ISO:
        return f"SELECT {parsed.data.hex().upper() or '(none)'}"
    if parsed.ins == INS_VERIFY and not parsed.data and parsed.le is None:
        return f"QUERY TRIES {parsed.p1:02X}{parsed.p2:02X}"
    text = f"{name} {parsed.p1:02X}{parsed.p2:02X}"
    if parsed.data:
        text += f" ({len(parsed.data)} bytes)"
    if parsed.le is not None:
        text += f" wants {parsed.le}"
    return text


def describe_answer(answer: bytes) -> str:
    """An answer's status word and length for a trace, never its data."""
    if len(answer) < 2:
        return f"malformed answer of {len(answer)} bytes"
    length = len(answer) - 2
    return answer[-2:].hex().upper() + (f" ({length} bytes)" if length else "")


class CardChannel:
    """A transport that speaks `Command` and `Response`, traces both, and never sends twice."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def send(self, command: Command) -> Response:
        """Send one command and give the card's answer whatever its status word.

        `61xx` (more waits) is followed with GET RESPONSE, `6Cxx` (wrong Le) of a READ BINARY
        is asked again: some readers show them though the card does not (docs/card.md §2).

        Raises:
            CardGone, ReaderLost: from the transport.
            CardUnreadable: an answer without a status word, or one that never ends.
        """
        response = self._exchange(command.encode())
        if response.status >> 8 == 0x6C and command.ins == INS_READ_BINARY:
            right_length = (response.status & 0xFF) or MAX_ANSWER
            again = Command(command.cla, command.ins, command.p1, command.p2, le=right_length)
            return self._exchange(again.encode())
        data = response.data
        for _ in range(_MAX_CONTINUATIONS):
            if response.status >> 8 != 0x61:
                return Response(data, response.status)
            waiting = (response.status & 0xFF) or MAX_ANSWER
            response = self._exchange(
                Command(CLA_ISO, INS_GET_RESPONSE, 0x00, 0x00, le=waiting).encode()
            )
            data += response.data
        raise CardUnreadable(describe(command.encode()), response.status)

    def send_once(self, encoded: bytes | bytearray) -> Response:
        """Send bytes that are not to be copied, repeated or followed by another command (VERIFY,
        and the question for the tries left); a PIN in them is the caller's to wipe.

        Raises:
            CardGone, ReaderLost: from the transport.
            CardUnreadable: an answer without a status word.
        """
        return self._exchange(encoded)

    def expect(self, command: Command) -> bytes:
        """Send one command that must succeed and give its answer data.

        Raises:
            CardGone, ReaderLost: from the transport.
            CardUnreadable: any status word but 9000.
        """
        response = self.send(command)
        if not response.is_ok:
            raise CardUnreadable(describe(command.encode()), response.status)
        return response.data

    def _exchange(self, encoded: bytes | bytearray) -> Response:
        answer = self._transport.transmit(encoded)
        if log.isEnabledFor(logging.DEBUG):
            log.debug("%s: %s", describe(encoded), describe_answer(answer))
        if len(answer) < 2:
            raise CardUnreadable(describe(encoded))
        return Response(bytes(answer[:-2]), int.from_bytes(answer[-2:], "big"))


# ------------------------------------------------- what a status word means, in one place


def card_says_no(status: int) -> bool:
    """The card understood and declined (ISO 7816-4 checking errors, 67xx to 6Exx).

    Such a card lacks what was asked for. Other words (62xx to 66xx, 6Fxx) are troubles.
    """
    return 0x67 <= status >> 8 <= 0x6E


def tries_left(status: int, maximum: int) -> int | None:
    """Tries left by the answer to a query; 0 means blocked, None that it is no answer to one.

    9000 stands for "verified since power-up", 6300 for "not limited": both are `maximum`.
    Blocked is 63C0 by measurement; 6983 and 6984 are taken alike (docs/card.md §4). More tries
    than a fresh card has are not believed: a wrong answer must not hide the last try.
    """
    if status in (SW_OK, SW_VERIFY_FAILED):
        return maximum
    if status & 0xFFF0 == SW_VERIFY_FAILED_TRIES:
        left = status & 0x0F
        return left if left <= maximum else None
    if status in (SW_AUTHENTICATION_BLOCKED, SW_REFERENCE_LOCKED):
        return 0
    return None


def verify_error(kind: PinKind, status: int, maximum: int) -> CardError | None:
    """What the answer to a VERIFY with a PIN means; None when the PIN was right.

    `WrongPin` with 0 tries left is the try that blocked it; `PinBlocked` was blocked before.
    """
    if status == SW_OK:
        return None
    if status in (SW_AUTHENTICATION_BLOCKED, SW_REFERENCE_LOCKED):
        return PinBlocked(kind)
    left = tries_left(status, maximum)
    if left is not None:
        return WrongPin(kind, left)
    if card_says_no(status):
        return CardUnreadable("VERIFY", status)
    # The card met a trouble after it had the digits: nobody knows whether it counted them.
    return PinOutcomeUnknown(kind)


def application_error(status: int) -> CardError | None:
    """What the answer to SELECT of the JPKI application means; None when it is there."""
    if status == SW_OK:
        return None
    if status == SW_INTERNAL_ERROR:
        return CardUnreadable("SELECT", status)
    # Whatever else a foreign card, or the reader for it, answers (docs/card.md §1).
    return NotMyNumberCard(f"{status:04X}")


def certificate_error(command: str, status: int) -> CardError | None:
    """What the answer to SELECT or READ of the certificate's file means; None when it came."""
    if status in (SW_OK, SW_END_OF_FILE):
        return None
    if 0x69 <= status >> 8 <= 0x6B:
        # Not there, not open or empty: how cards without it answer is not published.
        return NoAuthCertificate(f"{status:04X}")
    return CardUnreadable(command, status)
