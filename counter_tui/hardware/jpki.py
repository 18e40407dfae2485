"""The card's JPKI application: the user-authentication certificate, its key and its PIN.

The conservative command forms only: SELECT a file, then use it (docs/card.md §2). The signature
certificate and its password are never touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from counter_tui.errors import CardUnreadable, NoAuthCertificate, PinKind
from counter_tui.hardware import apdu
from counter_tui.hardware.card_pin import PinReference
from counter_tui.hardware.files import read_object, read_piece

AID_JPKI: Final = bytes.fromhex("D392F000260100000001")

# Files and references of the application (docs/card.md §3).
EF_TOKEN_INFO: Final = 0x0006
EF_AVAILABILITY: Final = 0x0008
EF_AUTH_CERTIFICATE: Final = 0x000A
EF_AUTH_KEY: Final = 0x0017
EF_AUTH_PIN: Final = 0x0018

TOKEN_LABEL_BYTES: Final = 32
AVAILABLE: Final = 0x8F
"""What a byte of EF 0008 shows for a certificate that is there."""
MAX_CERTIFICATE_BYTES: Final = 4096
"""A longer certificate is not believed; real ones have about 1,600 (docs/card.md §3)."""
_DER_SEQUENCE: Final = 0x30


class TokenKind(Enum):
    """What carries the JPKI application, by the label in EF 0006."""

    CARD = "JPKIAPICCTOKEN2"
    OLD_RESIDENT_CARD = "JPKIAPICCTOKEN"
    PHONE = "phone"
    UNKNOWN = "unknown"


_KIND_OF_LABEL: Final = {
    "JPKIAPICCTOKEN2": TokenKind.CARD,
    "JPKIAPICCTOKEN": TokenKind.OLD_RESIDENT_CARD,
    "JPKIAPGPSETOKEN": TokenKind.PHONE,
    "JPKIAPIOSTOKEN": TokenKind.PHONE,
}


def token_kind(label: str) -> TokenKind:
    """What a token label stands for."""
    return _KIND_OF_LABEL.get(label, TokenKind.UNKNOWN)


@dataclass(frozen=True)
class Availability:
    """Which certificates the card says it carries (EF 0008)."""

    signature: bool
    auth: bool


class JpkiApplication:
    """Speaks to the JPKI application; every method expects that it is selected."""

    def __init__(self, channel: apdu.CardChannel) -> None:
        """Nothing is sent."""
        self._channel = channel
        self.auth_pin = PinReference(channel, PinKind.AUTH, EF_AUTH_PIN)

    def select(self, *, first_command: bool) -> None:
        """Select the application, which takes the rights in any other away.

        Args:
            first_command: this is the first command since power-up: a card may answer it with
                6F00 once, and it is repeated once (docs/card.md §1).

        Raises:
            NotMyNumberCard: there is no such application.
            CardUnreadable, CardGone, ReaderLost
        """
        command = apdu.select_application(AID_JPKI)
        status = self._channel.send(command).status
        if first_command and status == apdu.SW_INTERNAL_ERROR:
            status = self._channel.send(command).status
        error = apdu.application_error(status)
        if error is not None:
            raise error

    def token_label(self) -> str:
        """The label of EF 0006 without its padding; other bytes than printable ASCII become ?.

        Raises:
            CardUnreadable, CardGone, ReaderLost
        """
        self._channel.expect(apdu.select_file(EF_TOKEN_INFO))
        label = read_piece(self._channel, 0, TOKEN_LABEL_BYTES).strip(b" \0")
        return "".join(chr(byte) if 0x20 <= byte < 0x7F else "?" for byte in label)

    def availability(self) -> Availability | None:
        """What EF 0008 says, or None when this card has no such file.

        Raises:
            CardUnreadable, CardGone, ReaderLost
        """
        command = apdu.select_file(EF_AVAILABILITY)
        response = self._channel.send(command)
        if response.status == apdu.SW_NOT_FOUND:
            return None
        if not response.is_ok:
            raise CardUnreadable(apdu.describe(command.encode()), response.status)
        flags = read_piece(self._channel, 0, 3)
        if len(flags) < 2:
            raise CardUnreadable("READ BINARY 0008")
        # Any other value than 8F only means "not shown to be there".
        return Availability(signature=flags[0] == AVAILABLE, auth=flags[1] == AVAILABLE)

    def auth_certificate_head(self) -> bytes:
        """The first 256 bytes (or fewer) of the certificate: serial and issuer stand there.

        Raises:
            NoAuthCertificate: none there.
            CardUnreadable, CardGone, ReaderLost
        """
        self._send_for_certificate(apdu.select_file(EF_AUTH_CERTIFICATE))
        head = self._send_for_certificate(apdu.read_binary(0, apdu.MAX_ANSWER))
        if not head or head[0] != _DER_SEQUENCE:
            raise NoAuthCertificate("empty")
        return head

    def auth_certificate(self) -> bytes:
        """The whole certificate, DER, cut by its own length: the file may have filler.

        Raises:
            NoAuthCertificate: none there.
            CardUnreadable: malformed, longer than `MAX_CERTIFICATE_BYTES`, or cut off.
            CardGone, ReaderLost
        """
        return read_object(self._channel, self.auth_certificate_head(), MAX_CERTIFICATE_BYTES)

    def sign(self, digest_info: bytes) -> bytes:
        """Sign with the authentication key; its PIN must have been verified since `select`.

        Raises:
            CardUnreadable: the card refuses, e.g. 6982 without the PIN.
            CardGone, ReaderLost
        """
        self._channel.expect(apdu.select_file(EF_AUTH_KEY))
        return self._channel.expect(apdu.sign(digest_info))

    def _send_for_certificate(self, command: apdu.Command) -> bytes:
        response = self._channel.send(command)
        error = apdu.certificate_error(apdu.describe(command.encode()), response.status)
        if error is not None:
            raise error
        return response.data
