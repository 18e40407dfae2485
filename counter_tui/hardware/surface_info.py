"""The card's surface-information application (券面事項入力補助): attributes, the card's own key.

EF 0001 of this application is the My Number. It has no name here and is never selected.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from counter_tui.errors import BirthDateUnusable, CardDataMismatch, CardUnreadable, PinKind
from counter_tui.hardware import apdu, issuer_chain, tlv
from counter_tui.hardware.card_pin import PinReference
from counter_tui.hardware.files import read_object, read_piece
from counter_tui.text import without_controls

AID_SURFACE_INFO: Final = bytes.fromhex("D3921000310001010408")

# Files and references of the application (docs/card.md §5).
EF_ATTRIBUTES: Final = 0x0002
EF_DIGESTS: Final = 0x0003
EF_KEY_CERTIFICATE: Final = 0x0004
EF_CARD_KEY: Final = 0x0007
EF_SURFACE_INFO_PIN: Final = 0x0011

TAG_ATTRIBUTES: Final = 0xFF20
TAG_OFFSETS: Final = 0xDF21
TAG_NAME: Final = 0xDF22
TAG_ADDRESS: Final = 0xDF23
TAG_BIRTH_DATE: Final = 0xDF24
TAG_DIGESTS: Final = 0xFF30
TAG_MY_NUMBER_DIGEST: Final = 0xDF31
TAG_ATTRIBUTES_DIGEST: Final = 0xDF32

_DIGEST_BYTES: Final = 32
_DIGESTS_HEAD_BYTES: Final = 8
"""The two headers before the digest of EF 0001, and not one byte of that digest."""
_MAX_FILE_BYTES: Final = 4096


@dataclass(frozen=True)
class SurfaceInfo:
    """What a library may take from the card's face.

    Attributes:
        name: as on the card, family and given name parted by an ideographic blank. From
            outside: to be made plain before it is shown.
        address: as on the card, with full-width digits.
        birth_date: Gregorian.
    """

    name: str = field(repr=False)
    address: str = field(repr=False)
    birth_date: date = field(repr=False)


@dataclass(frozen=True)
class CardKey:
    """The public half of the application's own RSA key.

    Attributes:
        issuer_signed: the issuer that the card names has signed it; False when the card gives
            no certificate of such an issuer. A signature that does not fit is never taken.
    """

    modulus: int = field(repr=False)
    exponent: int
    issuer_signed: bool = False


class SurfaceInfoApplication:
    """Speaks to the application; every method expects that it is selected."""

    def __init__(self, channel: apdu.CardChannel) -> None:
        """Nothing is sent."""
        self._channel = channel
        self.pin = PinReference(channel, PinKind.SURFACE_INFO, EF_SURFACE_INFO_PIN)

    def try_select(self) -> bool:
        """Select the application, which takes the rights in any other away.

        Returns:
            False when this card does not have it.

        Raises:
            CardUnreadable, CardGone, ReaderLost
        """
        command = apdu.select_application(AID_SURFACE_INFO)
        status = self._channel.send(command).status
        if status != apdu.SW_OK and not apdu.card_says_no(status):
            raise CardUnreadable(apdu.describe(command.encode()), status)
        return status == apdu.SW_OK

    def select(self) -> None:
        """The same for a card that must have it.

        Raises:
            CardUnreadable: also when this card does not have it.
            CardGone, ReaderLost
        """
        self._channel.expect(apdu.select_application(AID_SURFACE_INFO))

    def attributes(self) -> SurfaceInfo:
        """Name, address and birth date; the PIN must have been verified since `select`.

        Compared with the digest that the card holds of them. Who signed that digest is not
        checked: the root is not published (docs/card.md §5).

        Raises:
            CardDataMismatch: the digest does not fit.
            CardUnreadable: malformed, or the card refuses.
            CardGone, ReaderLost
        """
        self._channel.expect(apdu.select_file(EF_ATTRIBUTES))
        head = read_piece(self._channel, 0, apdu.MAX_ANSWER)
        info, digest = parse_attributes(read_object(self._channel, head, _MAX_FILE_BYTES))
        if not hmac.compare_digest(digest, self._attributes_digest()):
            raise CardDataMismatch
        return info

    def card_key(self) -> CardKey | None:
        """The public half of the key behind `prove`; the PIN must have been verified.

        Its issuer's signature is checked as far as the card's own files go.

        Returns:
            None when this card does not give it: such a key is known of test cards only
            (docs/card.md §6).

        Raises:
            CardDataMismatch: the issuer that the card names has not signed this key.
            CardUnreadable: malformed.
            CardGone, ReaderLost
        """
        signed_key = self._object_if_given(EF_CARD_KEY)
        if signed_key is None:
            return None
        key = parse_card_key(signed_key)
        key_certificate = self._object_if_given(EF_KEY_CERTIFICATE)
        if key_certificate is None:
            return key
        try:
            fits = issuer_chain.issuer_signed(signed_key, key_certificate)
        except tlv.MalformedTlv as error:
            raise CardUnreadable("READ BINARY 0004") from error
        if not fits:
            raise CardDataMismatch
        return replace(key, issuer_signed=True)

    def prove(self, digest_info: bytes) -> bytes | None:
        """A signature by the application's own key, for which no PIN is asked.

        Returns:
            The signature, or None when this card does not do that (docs/card.md §6).

        Raises:
            CardUnreadable, CardGone, ReaderLost
        """
        response = self._channel.send(apdu.sign(digest_info, apdu.OWN_KEY))
        if response.is_ok:
            return response.data
        if apdu.card_says_no(response.status):
            return None
        raise CardUnreadable("COMPUTE DIGITAL SIGNATURE 0000", response.status)

    def _object_if_given(self, file_id: int) -> bytes | None:
        """The object in a file, or None when the card declines to select or to read it."""
        command = apdu.select_file(file_id)
        status = self._channel.send(command).status
        if apdu.card_says_no(status):
            return None
        if status != apdu.SW_OK:
            raise CardUnreadable(apdu.describe(command.encode()), status)
        head = self._channel.send(apdu.read_binary(0, apdu.MAX_ANSWER))
        if apdu.card_says_no(head.status):
            return None
        if head.status not in (apdu.SW_OK, apdu.SW_END_OF_FILE):
            raise CardUnreadable(f"READ BINARY {file_id:04X}", head.status)
        return read_object(self._channel, head.data, _MAX_FILE_BYTES)

    def _attributes_digest(self) -> bytes:
        """SHA-256 that the card holds of its attributes.

        EF 0003 begins with a digest of the My Number's file; a number of twelve digits can be
        found from its digest, so that part of the file is stepped over and never read.
        """
        self._channel.expect(apdu.select_file(EF_DIGESTS))
        head = read_piece(self._channel, 0, _DIGESTS_HEAD_BYTES)
        try:
            outer = tlv.read_header(head)
            inner = tlv.read_header(head, outer.size)
        except tlv.MalformedTlv as error:
            raise CardUnreadable("READ BINARY 0003") from error
        if (outer.tag, inner.tag, inner.length) != (
            TAG_DIGESTS,
            TAG_MY_NUMBER_DIGEST,
            _DIGEST_BYTES,
        ):
            raise CardUnreadable("READ BINARY 0003")
        offset = outer.size + inner.total
        wanted = len(tlv.encode(TAG_ATTRIBUTES_DIGEST, bytes(_DIGEST_BYTES)))
        try:
            found = tlv.read(read_piece(self._channel, offset, wanted))
        except tlv.MalformedTlv as error:
            raise CardUnreadable("READ BINARY 0003") from error
        if found.tag != TAG_ATTRIBUTES_DIGEST or len(found.value) != _DIGEST_BYTES:
            raise CardUnreadable("READ BINARY 0003")
        return found.value


def parse_attributes(encoded: bytes) -> tuple[SurfaceInfo, bytes]:
    """Read EF 0002: the attributes a library may take, and the SHA-256 over all of them.

    The sex attribute stands in the file; it goes into the digest, as the card computed it, and
    is dropped here. The table of offsets is not used: the tags say what is what.

    Raises:
        CardUnreadable: malformed; nothing of the content is kept in the error.
        BirthDateUnusable: whole, but the birth date is no day.
    """
    wanted: dict[int, bytes] = {}
    digest = hashlib.sha256()
    try:
        outer = tlv.read(encoded)
        for item in tlv.objects(outer.value):
            if item.tag == TAG_OFFSETS:
                continue
            digest.update(item.encoded)
            if item.tag in (TAG_NAME, TAG_ADDRESS, TAG_BIRTH_DATE):
                wanted[item.tag] = item.value
    except tlv.MalformedTlv as error:
        raise CardUnreadable("READ BINARY 0002") from error
    name = _text(wanted.get(TAG_NAME))
    address = _text(wanted.get(TAG_ADDRESS))
    birth_date = _date(wanted.get(TAG_BIRTH_DATE))
    if outer.tag != TAG_ATTRIBUTES or not name or not address:
        raise CardUnreadable("READ BINARY 0002")
    if birth_date is None:
        raise BirthDateUnusable if TAG_BIRTH_DATE in wanted else CardUnreadable("READ BINARY 0002")
    return SurfaceInfo(name, address, birth_date), digest.digest()


def parse_card_key(encoded: bytes) -> CardKey:
    """Read EF 0007; the issuer's signature over the key is looked at by `issuer_chain`.

    Raises:
        CardUnreadable: malformed, or a key too weak to prove anything.
    """
    try:
        outer = tlv.read(encoded)
        if outer.tag != issuer_chain.TAG_SIGNED_KEY:
            raise tlv.MalformedTlv("not a signed key")
        signed = {item.tag: item.value for item in tlv.objects(outer.value)}
        numbers = issuer_chain.public_numbers(signed.get(issuer_chain.TAG_PUBLIC_KEY, b""))
    except tlv.MalformedTlv as error:
        raise CardUnreadable("READ BINARY 0007") from error
    return CardKey(numbers.n, numbers.e)


def _text(value: bytes | None) -> str | None:
    """As it stands there; None where nothing does that could be read or written down."""
    if value is None:
        return None
    # Outside an `except`: an error raised there would carry the attribute's bytes along.
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return None
    return text if without_controls(text).strip() else None


def _date(value: bytes | None) -> date | None:
    """ASCII `YYYYMMDD`, Gregorian."""
    if value is None or len(value) != 8 or not value.isdigit():
        return None
    try:
        return date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return None
