"""A card that obeys the real card's rules byte for byte, from power-up to the last try.

What it holds is given to it (`contents`); here are the rules: which command is answered how in
which state (docs/card.md §7). Not for several threads at once.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    NoDigestInfo,
    Prehashed,
    decode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256, SHA384

from counter_tui.hardware import apdu
from counter_tui.hardware.apdu import Command, MalformedCommand
from counter_tui.hardware.simulated.tries import Tries

CONTACT_ATR: Final = bytes.fromhex("3BE000FF8131FE4514")
"""Contact interface, T=1, no historical bytes: the one that OpenSC's table knows."""

FREE: Final = None
"""Of a file: nothing need be presented to read it."""
NEVER: Final[frozenset[int]] = frozenset()
"""Of a file: no reference opens it."""

_MIN_AID_PREFIX: Final = 5
"""Shortest leading part of an AID that selects; the real card's limit is not known."""
_MAX_SECRET: Final = 16
_MAX_DIGEST_INFO: Final = 245
"""PKCS#1 v1.5 padding takes 11 of the 256 bytes of an RSA-2048 block."""
_SHORT_ID_FLAG: Final = 0x80
_SHORT_ID_MASK: Final = 0x1F


@dataclass(frozen=True)
class TransparentFile:
    """Bytes to be read with READ BINARY.

    Attributes:
        content: the whole file, filler included.
        opened_by: references any of which gives the right to read; `FREE` for none.
    """

    content: bytes = field(repr=False)
    opened_by: frozenset[int] | None = FREE


@dataclass(frozen=True)
class RecordFile:
    """Records to be read with READ RECORD, numbered from 1."""

    records: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True)
class SecretFile:
    """A PIN, password or 照合番号 to be presented with VERIFY.

    Attributes:
        secret: ASCII.
        maximum: wrong ones in a row that it forgives; 0 for one that is blocked from issue.
    """

    secret: bytes = field(repr=False)
    maximum: int


@dataclass(frozen=True)
class KeyFile:
    """A key to sign with.

    Attributes:
        key: None for a reference whose use is not known: it never signs. Today's cards have RSA
            keys; how a card with an elliptic one will be asked is assumed (docs/card.md §8).
        opened_by: references any of which gives the right to sign.
    """

    key: RSAPrivateKey | EllipticCurvePrivateKey | None = field(repr=False)
    opened_by: frozenset[int]


File = TransparentFile | RecordFile | SecretFile | KeyFile


@dataclass(frozen=True)
class Application:
    """An application of a card.

    Attributes:
        name: for the counters, e.g. "jpki".
        files: by their two-byte ids.
        own_key: signs without anything presented (`80 2A 00 00`); None where that is unknown.
    """

    name: str
    aid: bytes
    files: Mapping[int, File] = field(default_factory=dict)
    own_key: RSAPrivateKey | None = field(default=None, repr=False)


class NotPowered(RuntimeError):
    """A command for a card without power: a mistake of the reader's."""


class _Refused(Exception):
    """The command ends with this status word and no data."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status:04X}")
        self.status = status


class SimulatedCard:
    """A powered or unpowered card; a reader powers it and sends it commands."""

    def __init__(
        self,
        applications: Sequence[Application],
        tries: Tries,
        *,
        atr: bytes = CONTACT_ATR,
        first_command_fails: bool = False,
        every_answer: int | None = None,
    ) -> None:
        """The card lies in a drawer, unpowered.

        Args:
            applications: none of them is selected by power-up.
            tries: its counters, which outlive power.
            every_answer: status word to whatever is sent, of a card that knows no such commands.
            first_command_fails: the first command after power-up is answered 6F00, as was
                seen of a real card.
        """
        self.atr = atr
        self._applications = tuple(applications)
        self._tries = tries
        self._first_command_fails = first_command_fails
        self._every_answer = every_answer
        self._powered = False
        self._first_command = True
        self._forget()

    @property
    def is_powered(self) -> bool:
        """Whether it takes commands now."""
        return self._powered

    def power_on(self) -> bytes:
        """Give the card power; everything but its counters is as new.

        Returns:
            The answer to reset.

        Raises:
            StateFileUnusable: its counters cannot be read.
        """
        self._tries.load()
        self._forget()
        self._powered = True
        self._first_command = True
        return self.atr

    def power_off(self) -> None:
        """Take the card's power away, which forgets what was verified."""
        self._powered = False
        self._forget()

    def reset(self) -> bytes:
        """Warm reset: nothing is selected any more, but what was verified may live on.

        A real card does not reliably forget (docs/card.md §1); this one never does, so that a
        program that relies on it is found out.

        Returns:
            The answer to reset.
        """
        if not self._powered:
            return self.power_on()
        self._application: Application | None = None
        self._current_file: int | None = None
        return self.atr

    def transmit(self, command: bytes | bytearray) -> bytes:
        """Answer one command: data followed by SW1 SW2.

        Raises:
            NotPowered: it has no power.
            ValueError: shorter than four bytes; a real reader does not send that.
            StateFileUnusable, OSError: its counters cannot be kept.
        """
        if not self._powered:
            raise NotPowered
        if len(command) < 4:
            raise ValueError("a command has at least four bytes")
        first_command, self._first_command = self._first_command, False
        if first_command and self._first_command_fails:
            return apdu.SW_INTERNAL_ERROR.to_bytes(2, "big")
        try:
            data = self._answer(bytes(command))
        except _Refused as refused:
            return refused.status.to_bytes(2, "big")
        return data + apdu.SW_OK.to_bytes(2, "big")

    def _forget(self) -> None:
        self._application = None
        self._current_file = None
        self._rights_in: Application | None = None
        self._rights: set[int] = set()

    def _answer(self, encoded: bytes) -> bytes:
        if self._every_answer is not None:
            raise _Refused(self._every_answer)
        cla, ins = encoded[0], encoded[1]
        if cla & 0xF0 in (0x00, 0x80) and cla & 0x0C == 0 and cla & 0x03:
            raise _Refused(apdu.SW_CHANNEL_UNSUPPORTED)
        if cla not in (apdu.CLA_ISO, apdu.CLA_JICSAP):
            raise _Refused(apdu.SW_CLA_UNKNOWN)
        action = {
            (apdu.CLA_ISO, apdu.INS_SELECT): self._select,
            (apdu.CLA_ISO, apdu.INS_READ_BINARY): self._read_binary,
            (apdu.CLA_ISO, apdu.INS_READ_RECORD): self._read_record,
            (apdu.CLA_ISO, apdu.INS_VERIFY): self._verify,
            (apdu.CLA_ISO, apdu.INS_GET_CHALLENGE): self._get_challenge,
            (apdu.CLA_ISO, apdu.INS_INTERNAL_AUTHENTICATE): self._internal_authenticate,
            (apdu.CLA_ISO, apdu.INS_GET_DATA): self._get_data,
            (apdu.CLA_JICSAP, apdu.INS_SIGN): self._sign,
        }.get((cla, ins))
        if action is None:
            raise _Refused(apdu.SW_INS_UNKNOWN)
        try:
            command = Command.decode(encoded)
        except MalformedCommand as malformed:
            if malformed.extended and ins == apdu.INS_GET_CHALLENGE:
                raise _Refused(apdu.SW_CONDITIONS_NOT_SATISFIED) from None
            raise _Refused(apdu.SW_WRONG_LENGTH) from None
        return action(command)

    # ------------------------------------------------------------------------- selecting

    def _select(self, command: Command) -> bytes:
        how = (command.p1, command.p2)
        if how == (apdu.SELECT_APPLICATION, apdu.SELECT_NO_ANSWER):
            self._select_application(command)
        elif how == (apdu.SELECT_FILE, apdu.SELECT_NO_ANSWER):
            self._select_file(command)
        elif how == (apdu.SELECT_MASTER_FILE, 0x00):
            self._select_master_file(command)
        else:
            raise _Refused(apdu.SW_WRONG_P1_P2)
        return b""

    def _select_application(self, command: Command) -> None:
        aid = command.data
        if len(aid) < _MIN_AID_PREFIX:
            raise _Refused(apdu.SW_NOT_FOUND)
        for application in self._applications:
            if application.aid.startswith(aid):
                break
        else:
            raise _Refused(apdu.SW_NOT_FOUND)
        self._application = application
        self._current_file = None
        if self._rights_in is not application:
            self._rights_in = application
            self._rights.clear()

    def _select_file(self, command: Command) -> None:
        if len(command.data) != 2:
            raise _Refused(apdu.SW_WRONG_LENGTH)
        file_id = int.from_bytes(command.data, "big")
        if self._application is None or file_id not in self._application.files:
            raise _Refused(apdu.SW_NOT_FOUND)
        self._current_file = file_id

    def _select_master_file(self, command: Command) -> None:
        if command.data:
            raise _Refused(apdu.SW_NOT_FOUND)
        if self._application is None:
            raise _Refused(apdu.SW_WRONG_P1_P2)

    # --------------------------------------------------------------------------- reading

    def _read_binary(self, command: Command) -> bytes:
        if command.data or command.le is None:
            raise _Refused(apdu.SW_WRONG_LENGTH)
        if command.p1 & _SHORT_ID_FLAG:
            if command.p1 & 0x60:
                raise _Refused(apdu.SW_WRONG_P1_P2)
            self._select_short_id(command.p1 & _SHORT_ID_MASK)
            offset = command.p2
        else:
            offset = command.p1 << 8 | command.p2
        file = self._file()
        if not isinstance(file, TransparentFile):
            raise _Refused(apdu.SW_WRONG_FILE_KIND)
        if file.opened_by is not FREE and not file.opened_by & self._rights:
            raise _Refused(apdu.SW_SECURITY_NOT_SATISFIED)
        if offset >= len(file.content):
            raise _Refused(apdu.SW_OFFSET_OUTSIDE)
        return file.content[offset : offset + command.le]

    def _read_record(self, command: Command) -> bytes:
        if command.data or command.le is None:
            raise _Refused(apdu.SW_WRONG_LENGTH)
        if command.p2 & 0x07 != 0x04:
            raise _Refused(apdu.SW_WRONG_P1_P2)
        short_id = command.p2 >> 3
        if short_id:
            self._select_short_id(short_id)
        file = self._file()
        if not isinstance(file, RecordFile):
            raise _Refused(apdu.SW_WRONG_FILE_KIND)
        if not 1 <= command.p1 <= len(file.records):
            raise _Refused(apdu.SW_RECORD_NOT_FOUND)
        return file.records[command.p1 - 1][: command.le]

    def _selected(self) -> tuple[Application, int]:
        if self._application is None or self._current_file is None:
            raise _Refused(apdu.SW_NO_CURRENT_FILE)
        return self._application, self._current_file

    def _file(self) -> File:
        application, file_id = self._selected()
        return application.files[file_id]

    def _select_short_id(self, short_id: int) -> None:
        if self._application is None or short_id not in self._application.files:
            raise _Refused(apdu.SW_NOT_FOUND)
        self._current_file = short_id

    def _select_reference(self, p2: int) -> None:
        """Follow P2 of VERIFY or of signing: the current file or a short id."""
        if not p2 & _SHORT_ID_FLAG or p2 & 0x60:
            raise _Refused(apdu.SW_WRONG_P1_P2)
        if p2 & _SHORT_ID_MASK:
            self._select_short_id(p2 & _SHORT_ID_MASK)

    # ------------------------------------------------------------------ secrets and keys

    def _verify(self, command: Command) -> bytes:
        if command.p1 != 0x00:
            raise _Refused(apdu.SW_WRONG_P1_P2)
        self._select_reference(command.p2)
        file = self._file()
        if not isinstance(file, SecretFile):
            raise _Refused(apdu.SW_WRONG_FILE_KIND)
        if command.le is not None or len(command.data) > _MAX_SECRET:
            raise _Refused(apdu.SW_WRONG_LENGTH)
        application, reference = self._selected()
        counter = f"{application.name}/{reference:04X}"
        left = self._tries.left(counter, file.maximum)
        if not command.data:
            raise _Refused(apdu.SW_VERIFY_FAILED_TRIES | left)
        if left == 0:
            raise _Refused(apdu.SW_REFERENCE_LOCKED)
        if command.data == file.secret:
            self._tries.set(counter, file.maximum)
            self._rights.add(reference)
            return b""
        # The count is kept before the answer leaves: pulling the card saves no try.
        self._tries.set(counter, left - 1)
        self._rights.discard(reference)
        raise _Refused(apdu.SW_VERIFY_FAILED_TRIES | left - 1)

    def _sign(self, command: Command) -> bytes:
        if command.p1 != 0x00:
            raise _Refused(apdu.SW_WRONG_P1_P2)
        key = self._own_key() if command.p2 == apdu.OWN_KEY else self._key_by_right(command.p2)
        if not 1 <= len(command.data) <= _MAX_DIGEST_INFO or command.le != apdu.MAX_ANSWER:
            raise _Refused(apdu.SW_WRONG_LENGTH)
        if isinstance(key, EllipticCurvePrivateKey):
            return _side_by_side(key, command.data)
        return key.sign(command.data, PKCS1v15(), NoDigestInfo())

    def _own_key(self) -> RSAPrivateKey:
        if self._application is None or self._application.own_key is None:
            raise _Refused(apdu.SW_WRONG_P1_P2)
        return self._application.own_key

    def _key_by_right(self, p2: int) -> RSAPrivateKey | EllipticCurvePrivateKey:
        self._select_reference(p2)
        file = self._file()
        if not isinstance(file, KeyFile):
            raise _Refused(apdu.SW_WRONG_FILE_KIND)
        if file.key is None or not file.opened_by & self._rights:
            raise _Refused(apdu.SW_SECURITY_NOT_SATISFIED)
        return file.key

    # ---------------------------------------------------------------------------- others

    def _get_challenge(self, command: Command) -> bytes:
        if command.p1 or command.p2:
            raise _Refused(apdu.SW_WRONG_P1_P2)
        if command.data or command.le is None:
            raise _Refused(apdu.SW_WRONG_LENGTH)
        return os.urandom(command.le)

    def _internal_authenticate(self, command: Command) -> bytes:
        # The one key that answers it, in the common application, is of no use to a library.
        raise _Refused(apdu.SW_CONDITIONS_NOT_SATISFIED)

    def _get_data(self, command: Command) -> bytes:
        raise _Refused(apdu.SW_REFERENCED_DATA_ABSENT)


def _side_by_side(key: EllipticCurvePrivateKey, digest: bytes) -> bytes:
    """An ECDSA signature over a bare digest, as long as the curve asks for: r and s, 96 bytes
    for P-384."""
    half = (key.key_size + 7) // 8
    algorithm = SHA384() if half == SHA384.digest_size else SHA256()
    if len(digest) != algorithm.digest_size:
        raise _Refused(apdu.SW_WRONG_LENGTH)
    r, s = decode_dss_signature(key.sign(digest, ECDSA(Prehashed(algorithm))))
    return r.to_bytes(half, "big") + s.to_bytes(half, "big")
