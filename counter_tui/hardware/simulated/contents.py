"""What stands in the files of a simulated card (docs/card.md §3, §5)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from counter_tui.hardware import issuer_chain, jpki, surface_info
from counter_tui.hardware.simulated.card import (
    FREE,
    NEVER,
    Application,
    File,
    KeyFile,
    RecordFile,
    SecretFile,
    TransparentFile,
)
from counter_tui.hardware.simulated.issuing import Holder, auth_ca, sign_ca
from counter_tui.hardware.simulated.simulator_keys import CardKeys, issuer_keys
from counter_tui.hardware.tlv import encode

AID_ISSUER_DOMAIN: Final = bytes.fromhex("A0000001510000")
AID_COMMON: Final = bytes.fromhex("D3921000310001010100")
AID_RESIDENT_REGISTER: Final = bytes.fromhex("D3921000310001010401")
AID_SURFACE_CHECK: Final = bytes.fromhex("D3921000310001010402")

# Files and references that the library's own code never names.
EF_SIGN_CERTIFICATE: Final = 0x0001
EF_SIGN_CA_CERTIFICATE: Final = 0x0002
EF_AUTH_CA_CERTIFICATE: Final = 0x000B
EF_SIGN_KEY: Final = 0x001A
EF_SIGN_PASSWORD: Final = 0x001B
EF_MY_NUMBER: Final = 0x0001
EF_APPLICATION_INFO: Final = 0x0005
EF_SESSION_KEY: Final = 0x0006
EF_FILLER: Final = 0x0008
EF_BLOCKED_REFERENCE: Final = 0x0012
EF_OWN_KEY: Final = 0x0013
EF_NUMBER_A: Final = 0x0014
EF_NUMBER_B: Final = 0x0015

SIGN_PASSWORD_TRIES: Final = 5
PIN_TRIES: Final = 3
NUMBER_TRIES: Final = 10

MADE_UP_MY_NUMBER: Final = "123456789018"
"""Twelve digits with a valid check digit that are nobody's; stands in every simulated card."""

_NOISE_BYTES: Final = 1_600
"""About as long as a real certificate."""
_LABEL_BYTES: Final = 32
_TOKEN_INFO_BYTES: Final = 160


@dataclass(frozen=True)
class Secrets:
    """What the holder of a simulated card knows; made up, so nothing is secret about it.

    An empty one is blocked from issue, as on a face-authentication card.
    """

    auth_pin: str = ""
    surface_info_pin: str = ""
    sign_password: str = ""
    security_code: str = "0123"


@dataclass(frozen=True)
class CardContents:
    """Everything that a simulated card is made from.

    Attributes:
        token_label: of EF 0006.
        auth_certificate: DER, or None for a card without one.
        sign_certificate: DER, or None for a card without one.
        expires_on: of the card itself, printed on its face.
        card_number: fifteen digits.
        has_card_proof: false for a card that neither gives the public half of its own key nor
            signs with it.
        digest_fits: false for a card whose attributes are not those that were digested.
    """

    token_label: str
    holder: Holder
    secrets: Secrets = field(repr=False)
    keys: CardKeys = field(repr=False)
    auth_certificate: bytes | None = field(repr=False)
    sign_certificate: bytes | None = field(repr=False)
    expires_on: date
    card_number: str
    has_card_proof: bool = True
    digest_fits: bool = True


_SOMEBODY_ELSE: Final = Holder("見本　別人", "埼玉県戸田市見本町", date(1990, 4, 1), "9")


def applications(contents: CardContents) -> list[Application]:
    """The applications of a card, files filled in."""
    return [
        Application("issuer", AID_ISSUER_DOMAIN),
        _jpki(contents),
        _surface_info(contents),
        _surface_check(),
        Application("resident", AID_RESIDENT_REGISTER),
        _common(contents),
    ]


def noise() -> list[Application]:
    """The applications of a card whose files hold nothing that makes sense."""
    head = bytes.fromhex("3082") + (_NOISE_BYTES - 4).to_bytes(2, "big")
    certificate = head + hashlib.shake_256(b"counter_tui noise").digest(_NOISE_BYTES - 4)
    jpki_files: dict[int, File] = {
        jpki.EF_TOKEN_INFO: TransparentFile(hashlib.shake_256(b"label").digest(_TOKEN_INFO_BYTES)),
        jpki.EF_AVAILABILITY: TransparentFile(b"\x77\x13\xfe"),
        jpki.EF_AUTH_CERTIFICATE: TransparentFile(certificate),
        jpki.EF_AUTH_PIN: SecretFile(b"", 0),
    }
    surface_info_files: dict[int, File] = {surface_info.EF_SURFACE_INFO_PIN: SecretFile(b"", 0)}
    return [
        Application("jpki", jpki.AID_JPKI, jpki_files),
        Application("surface-info", surface_info.AID_SURFACE_INFO, surface_info_files),
    ]


def attributes_file(holder: Holder) -> bytes:
    """EF 0002 of the surface information: offsets, name, address, birth date, sex."""
    items = (
        encode(surface_info.TAG_NAME, holder.name.encode()),
        encode(surface_info.TAG_ADDRESS, holder.address.encode()),
        encode(surface_info.TAG_BIRTH_DATE, f"{holder.birth_date:%Y%m%d}".encode()),
        encode(0xDF25, holder.sex.encode()),
    )
    table = encode(surface_info.TAG_OFFSETS, bytes(2 * len(items)))
    whole = encode(surface_info.TAG_ATTRIBUTES, table + b"".join(items))
    # Offsets count from the first byte of the file, header included.
    offset = len(whole) - sum(map(len, items))
    offsets = b""
    for item in items:
        offsets += offset.to_bytes(2, "big")
        offset += len(item)
    table = encode(surface_info.TAG_OFFSETS, offsets)
    return encode(surface_info.TAG_ATTRIBUTES, table + b"".join(items))


def my_number_file(number: str) -> bytes:
    """EF 0001 of the surface information, filler included."""
    return b"\xff\x10\x0c" + number.encode() + b"\xff\xff"


def number_b(holder: Holder, expires_on: date, security_code: str) -> str:
    """照合番号B: birth date with the year of its era, year of the card's end, security code."""
    year = holder.birth_date.year
    first_year = next(begin for begin in (2019, 1989, 1926, 1912, 1868) if year >= begin)
    era_year = year - first_year + 1
    return f"{era_year:02d}{holder.birth_date:%m%d}{expires_on.year}{security_code}"


def _jpki(contents: CardContents) -> Application:
    auth_pin = frozenset({jpki.EF_AUTH_PIN})
    sign_password = frozenset({EF_SIGN_PASSWORD})
    secrets, keys = contents.secrets, contents.keys
    has_sign, has_auth = contents.sign_certificate, contents.auth_certificate
    availability = bytes(
        jpki.AVAILABLE if certificate is not None else 0x00 for certificate in (has_sign, has_auth)
    )
    files: dict[int, File] = {
        EF_SIGN_CERTIFICATE: TransparentFile(has_sign or b"", sign_password),
        EF_SIGN_CA_CERTIFICATE: TransparentFile(sign_ca().public_bytes(Encoding.DER)),
        jpki.EF_TOKEN_INFO: TransparentFile(_token_info(contents.token_label)),
        jpki.EF_AVAILABILITY: TransparentFile(availability + b"\x00"),
        0x0009: TransparentFile(b"", NEVER),
        EF_AUTH_CA_CERTIFICATE: TransparentFile(auth_ca().public_bytes(Encoding.DER)),
        0x0016: KeyFile(None, NEVER),
        jpki.EF_AUTH_KEY: KeyFile(keys.auth, auth_pin),
        jpki.EF_AUTH_PIN: _secret(secrets.auth_pin, PIN_TRIES),
        EF_SIGN_KEY: KeyFile(keys.sign, sign_password),
        EF_SIGN_PASSWORD: _secret(secrets.sign_password, SIGN_PASSWORD_TRIES),
    }
    if has_auth is not None:
        files[jpki.EF_AUTH_CERTIFICATE] = TransparentFile(has_auth)
    return Application("jpki", jpki.AID_JPKI, files)


def _secret(secret: str, tries: int) -> SecretFile:
    return SecretFile(secret.encode(), tries if secret else 0)


def _token_info(label: str) -> bytes:
    """EF 0006: a PKCS#11 CK_TOKEN_INFO with four-byte big-endian integers."""
    info = label.encode().ljust(_LABEL_BYTES)
    info += b"COUNTER-TUI SIMULATOR".ljust(32) + b"SIMULATOR".ljust(16)
    info += b"0000000000000000"
    info += 0x0000040D.to_bytes(4, "big")  # RNG, LOGIN_REQUIRED, PIN and token initialised
    info += b"".join(count.to_bytes(4, "big") for count in (1, 0, 1, 0))  # sessions
    info += (16).to_bytes(4, "big") + (6).to_bytes(4, "big")  # longest and shortest PIN
    info += b"\xff" * 16  # memory sizes: unavailable
    info += b"03" + b"01" + b"9" * 16  # hardware, firmware, time
    assert len(info) == _TOKEN_INFO_BYTES  # noqa: S101
    return info


def _surface_info(contents: CardContents) -> Application:
    keys, holder = contents.keys, contents.holder
    pin, number_a, number_b_ = (
        frozenset({reference})
        for reference in (surface_info.EF_SURFACE_INFO_PIN, EF_NUMBER_A, EF_NUMBER_B)
    )
    my_number = my_number_file(MADE_UP_MY_NUMBER)
    attributes = attributes_file(holder)
    digested = attributes if contents.digest_fits else attributes_file(_SOMEBODY_ELSE)
    own_key = keys.surface_info
    opened_by = pin | number_a | number_b_
    second_number = number_b(holder, contents.expires_on, contents.secrets.security_code)
    files: dict[int, File] = {
        EF_MY_NUMBER: TransparentFile(my_number, pin | number_a),
        surface_info.EF_ATTRIBUTES: TransparentFile(attributes, pin | number_b_),
        surface_info.EF_DIGESTS: TransparentFile(_digests_file(my_number, digested), opened_by),
        surface_info.EF_KEY_CERTIFICATE: TransparentFile(_key_certificate_file()),
        EF_APPLICATION_INFO: TransparentFile(_application_info_file()),
        EF_SESSION_KEY: TransparentFile(
            encode(0xA1, _public_key(issuer_keys().surface_info_issuer.public_key())),
            opened_by,
        ),
        surface_info.EF_CARD_KEY: TransparentFile(
            _own_key_file(own_key.public_key()),
            opened_by if contents.has_card_proof else NEVER,
        ),
        EF_FILLER: TransparentFile(b"\xff" * 16, FREE),
        surface_info.EF_SURFACE_INFO_PIN: _secret(contents.secrets.surface_info_pin, PIN_TRIES),
        EF_BLOCKED_REFERENCE: SecretFile(b"", 0),
        EF_OWN_KEY: KeyFile(own_key, NEVER),
        EF_NUMBER_A: SecretFile(MADE_UP_MY_NUMBER.encode(), NUMBER_TRIES),
        EF_NUMBER_B: SecretFile(second_number.encode(), NUMBER_TRIES),
    }
    signs = own_key if contents.has_card_proof else None
    return Application("surface-info", surface_info.AID_SURFACE_INFO, files, signs)


def _surface_check() -> Application:
    """The application with the photo: there to be selected, its files are nobody's business."""
    return Application(
        "surface-check",
        AID_SURFACE_CHECK,
        {file_id: TransparentFile(b"", NEVER) for file_id in (0x0001, 0x0002, 0x0005)},
        issuer_keys().surface_check_application,
    )


def _common(contents: CardContents) -> Application:
    number = f"{contents.card_number}11224{contents.expires_on:%Y%m%d}"
    return Application("common", AID_COMMON, {0x0001: RecordFile((encode(0x01, number.encode()),))})


def _public_key(key: RSAPublicKey) -> bytes:
    numbers = key.public_numbers()
    return encode(issuer_chain.TAG_EXPONENT, numbers.e.to_bytes(3, "big")) + encode(
        issuer_chain.TAG_MODULUS, numbers.n.to_bytes(256, "big")
    )


def _signed(signed: bytes) -> bytes:
    key: RSAPrivateKey = issuer_keys().surface_info_issuer
    return key.sign(signed, PKCS1v15(), SHA256())


def _digests_file(my_number: bytes, attributes: bytes) -> bytes:
    """EF 0003: digests of EF 0001 (as stored) and of EF 0002 (from the name on), signed."""
    from_name = attributes[attributes.index(b"\xdf\x22") :]
    digests = encode(
        surface_info.TAG_MY_NUMBER_DIGEST, hashlib.sha256(my_number).digest()
    ) + encode(surface_info.TAG_ATTRIBUTES_DIGEST, hashlib.sha256(from_name).digest())
    return encode(surface_info.TAG_DIGESTS, digests + encode(0xDF33, _signed(digests)))


def _key_certificate_file() -> bytes:
    """EF 0004: the issuer's key with the ids of itself and of its issuer; here one and the same."""
    key_id = b"SIM5000033".ljust(16)
    body = key_id + key_id + _public_key(issuer_keys().surface_info_issuer.public_key())
    return encode(
        issuer_chain.TAG_KEY_CERTIFICATE,
        encode(issuer_chain.TAG_CERTIFIED, body) + encode(0x5F37, _signed(body)),
    )


def _application_info_file() -> bytes:
    """EF 0005, with lengths that are longer than needed, as real cards have them."""
    items = encode(0xDF41, bytes.fromhex("01030E01"))
    items += encode(0xDF42, b"SIM5000033".ljust(16))
    items += bytes.fromhex("DF43820080") + bytes(32) + b"\xff" * 96
    return b"\xff\x40\x82" + len(items).to_bytes(2, "big") + items


def _own_key_file(key: RSAPublicKey) -> bytes:
    """EF 0007: the application's own public key, signed by the issuer."""
    public_key = encode(issuer_chain.TAG_PUBLIC_KEY, _public_key(key))
    signature = encode(issuer_chain.TAG_SIGNATURE, _signed(public_key))
    return encode(issuer_chain.TAG_SIGNED_KEY, public_key + signature)
