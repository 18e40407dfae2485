"""The simulated card, rule by rule of its state table (docs/card.md §7)."""

from __future__ import annotations

import hashlib
import json
import operator
from collections.abc import Callable
from functools import reduce
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from counter_tui.hardware import tlv
from counter_tui.hardware.simulated.card import NotPowered, SimulatedCard
from counter_tui.hardware.simulated.personas import PERSONAS, reset_cards
from counter_tui.hardware.simulated.tries import StateFileUnusable
from tests.support.cards import TODAY, card, digest_info, powered

JPKI = "00A4040C0AD392F000260100000001"
SURFACE_INFO = "00A4040C0AD3921000310001010408"
SURFACE_CHECK = "00A4040C0AD3921000310001010402"
COMMON = "00A4040C0AD3921000310001010100"
RIGHT_PIN = "0020008004" + b"1234".hex()
WRONG_PIN = "0020008004" + b"9999".hex()
SIGN_PASSWORD = "0020008009" + b"MIHON1234".hex()
MESSAGE = b"made-up challenge"
SIGN = "802A008033" + digest_info(MESSAGE).hex() + "00"
SIGN_OWN = "802A000033" + digest_info(MESSAGE).hex() + "00"

Send = Callable[..., bytes]


def file(file_id: int) -> str:
    """SELECT of an elementary file."""
    return f"00A4020C02{file_id:04X}"


def send(to: SimulatedCard, *commands: str) -> bytes:
    """Send commands one after another; the last one's answer."""
    answer = b""
    for command in commands:
        answer = to.transmit(bytes.fromhex(command))
    return answer


def status(to: SimulatedCard, *commands: str) -> str:
    """The same, status word only."""
    return send(to, *commands)[-2:].hex().upper()


def whole_file(of: SimulatedCard, file_id: int) -> bytes:
    """Select a file and read it to its end."""
    assert status(of, file(file_id)) == "9000"
    content = b""
    while True:
        answer = send(of, f"00B0{len(content):04X}00")
        if answer == b"\x6b\x00":
            return content
        assert answer[-2:] == b"\x90\x00"
        content += answer[:-2]


# ------------------------------------------------------------------ known-answer exchanges


def test_known_answers_of_the_jpki_application() -> None:
    """The exchanges that public tools have with a real card, one after another."""
    one = powered()
    assert status(one, JPKI) == "9000"
    assert status(one, file(0x0006)) == "9000"
    label = send(one, "00B0000020")
    assert label == b"JPKIAPICCTOKEN2" + b" " * 17 + b"\x90\x00"
    assert status(one, file(0x000A)) == "9000"
    first = send(one, "00B0000000")
    assert len(first) == 258
    assert first[:2] == b"\x30\x82"
    size = 4 + int.from_bytes(first[2:4], "big")
    offset = size - size % 256
    assert len(send(one, f"00B0{offset:04X}{size - offset:02X}")) == size - offset + 2
    assert send(one, f"00B0{size:04X}00") == b"\x6b\x00"
    assert status(one, file(0x0018)) == "9000"
    assert status(one, "00200080") == "63C3"
    assert status(one, "0020008000") == "6700"
    assert status(one, "00B0000000") == "6981"
    for expected in ("63C2", "63C1", "63C0", "6984", "6984"):
        assert status(one, WRONG_PIN) == expected
    assert status(one, "00200080") == "63C0"


def test_known_answers_of_signing() -> None:
    """Without the PIN 6982; with it 256 bytes that the certificate's key verifies."""
    one = powered()
    assert status(one, JPKI, file(0x0017), SIGN) == "6982"
    assert status(one, file(0x0018), RIGHT_PIN) == "9000"
    signature = send(one, file(0x0017), SIGN)
    assert len(signature) == 258
    key = x509.load_der_x509_certificate(whole_file(one, 0x000A)).public_key()
    assert isinstance(key, RSAPublicKey)
    key.verify(signature[:-2], MESSAGE, PKCS1v15(), SHA256())


def test_known_answers_of_the_other_applications() -> None:
    """Rights end at the next application; the common one gives its record to anyone."""
    one = powered()
    assert status(one, JPKI, file(0x0001), "00B0000000") == "6982"
    assert status(one, file(0x0018), RIGHT_PIN) == "9000"
    assert status(one, SURFACE_INFO, file(0x0002), "00B0000000") == "6982"
    assert status(one, file(0x0011), RIGHT_PIN) == "9000"
    assert send(one, file(0x0002), "00B0000000")[:2] == b"\xff\x20"
    record = send(one, COMMON, "00B2010C00")
    assert record[:2] == b"\x01\x1c"
    assert record[2:-2].isdigit()
    assert len(record) == 32
    assert status(one, "00A4040C07A0000003974349") == "6A82"


# ----------------------------------------------------------------------------- power


def test_a_card_without_power_answers_nothing() -> None:
    """Sending then is a mistake of the reader's."""
    with pytest.raises(NotPowered):
        send(card("adult"), JPKI)


def test_a_command_shorter_than_four_bytes_is_the_hosts_error() -> None:
    """No card answer exists for it."""
    with pytest.raises(ValueError):
        send(powered(), "00B000")


def test_power_down_forgets_everything_but_the_counters() -> None:
    """Selection and rights are gone, a spent try stays spent."""
    one = powered()
    send(one, JPKI, file(0x0018), WRONG_PIN)
    send(one, SURFACE_INFO, file(0x0011), RIGHT_PIN)
    one.power_off()
    one.power_on()
    assert status(one, "00B0000000") == "6986"
    assert status(one, SURFACE_INFO, file(0x0002), "00B0000000") == "6982"
    assert status(one, JPKI, file(0x0018), "00200080") == "63C2"


def test_a_warm_reset_deselects_but_need_not_forget_a_pin() -> None:
    """Whoever relies on a reset to end a verified PIN is found out by this card."""
    one = powered()
    send(one, JPKI, file(0x0018), RIGHT_PIN)
    one.reset()
    assert status(one, file(0x0017)) == "6A82"
    assert status(one, JPKI, file(0x0017), SIGN) == "9000"


def test_the_first_command_may_fail_once_after_power_up() -> None:
    """As a measured card did; the same command is then answered."""
    contents = powered()
    one = SimulatedCard(contents._applications, contents._tries, first_command_fails=True)
    for _ in range(2):
        one.power_on()
        assert status(one, JPKI) == "6F00"
        assert status(one, JPKI) == "9000"


# ------------------------------------------------------------------------ class and command


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("01A4040C", "6881"),
        ("83A4040C", "6881"),
        ("08B0000000", "6E00"),
        ("C0B0000000", "6E00"),
        ("FFA4040C", "6E00"),
        ("00FF0000", "6D00"),
        ("002A0080", "6D00"),
        ("80B0000000", "6D00"),
        ("00CA004200", "6A88"),
        ("0088000001AA00", "6985"),
    ],
)
def test_unknown_classes_and_commands(command: str, expected: str) -> None:
    """Channel, class and command are refused in this order, whatever is selected."""
    assert status(powered(), command) == expected
    assert status(powered(), JPKI, command) == expected


@given(st.binary(min_size=4, max_size=300))
def test_any_command_gets_a_status_word(command: bytes) -> None:
    """The card never breaks, and only 9000 brings data."""
    answer = CARD.transmit(command)
    assert len(answer) >= 2
    assert len(answer) == 2 or answer[-2:] == b"\x90\x00"


CARD = powered()


# ------------------------------------------------------------------------------ SELECT


def test_a_leading_part_of_an_aid_selects() -> None:
    """JICSAP's partial names: 9000 does not prove which application answered."""
    one = powered()
    assert status(one, "00A4040C05D392F00026", file(0x0006)) == "9000"
    assert status(one, "00A4040C04D392F000") == "6A82"
    assert status(one, "00A4040C0BD392F00026010000000100") == "6A82"


def test_an_unknown_aid_changes_nothing() -> None:
    """Selection and rights stay as they were."""
    one = powered()
    send(one, JPKI, file(0x0018), RIGHT_PIN, file(0x0017))
    assert status(one, "00A4040C07A0000003974349") == "6A82"
    assert status(one, SIGN) == "9000"


def test_selecting_the_same_application_keeps_its_rights() -> None:
    """A second SELECT is no logout, and leaves no file selected."""
    one = powered()
    send(one, JPKI, file(0x0018), RIGHT_PIN)
    assert status(one, JPKI, "00B0000000") == "6986"
    assert status(one, file(0x0017), SIGN) == "9000"


@pytest.mark.parametrize("other", [SURFACE_INFO, SURFACE_CHECK, COMMON])
def test_selecting_another_application_forgets_the_pin(other: str) -> None:
    """There and back again: the right is gone."""
    one = powered()
    send(one, JPKI, file(0x0018), RIGHT_PIN)
    assert status(one, other, JPKI, file(0x0017), SIGN) == "6982"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (file(0x00FF), "6A82"),
        ("00A4020C0100", "6700"),
        ("00A4020C03000A00", "6700"),
        ("00A4020C", "6700"),
        ("00A4020002000A", "6A86"),
        ("00A4090C02000A", "6A86"),
        ("00A4040004D392F000", "6A86"),
        ("00A40000", "9000"),
        ("00A40000023F00", "6A82"),
    ],
)
def test_forms_of_select(command: str, expected: str) -> None:
    """Unknown files, wrong lengths, wrong parameters, the master file."""
    assert status(powered(), JPKI, command) == expected


def test_nothing_is_found_before_an_application_is_selected() -> None:
    """Neither a file nor the master file."""
    assert status(powered(), file(0x000A)) == "6A82"
    assert status(powered(), "00A40000") == "6A86"


# ----------------------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        (("00B0000000",), "6986"),
        ((JPKI, "00B0000000"), "6986"),
        ((JPKI, file(0x0018), "00B0000000"), "6981"),
        ((JPKI, file(0x0017), "00B0000000"), "6981"),
        ((JPKI, file(0x0001), "00B0000000"), "6982"),
        ((JPKI, file(0x0009), "00B0000000"), "6982"),
        ((JPKI, file(0x0006), "00B000A000"), "6B00"),
        ((JPKI, file(0x0006), "00B0009F00"), "9000"),
        ((JPKI, file(0x0006), "00B00000"), "6700"),
        ((JPKI, file(0x0006), "00B00000000100"), "6700"),
        ((JPKI, "00B08A0000"), "9000"),
        ((JPKI, "00B09E0000"), "6A82"),
        ((JPKI, "00B0AA0000"), "6A86"),
        ((COMMON, file(0x0001), "00B0000000"), "6981"),
    ],
)
def test_read_binary(commands: tuple[str, ...], expected: str) -> None:
    """Each refusal of the state table, and the border of a file."""
    assert status(powered(), *commands) == expected


def test_a_short_id_selects_the_file() -> None:
    """The next READ BINARY goes on in the same file."""
    one = powered()
    head = send(one, JPKI, "00B08A0004")[:-2]
    assert send(one, "00B0000004")[:-2] == head


def test_fewer_bytes_come_where_the_file_ends() -> None:
    """With 9000, as the real card does it."""
    assert send(powered(), JPKI, file(0x0008), "00B0000000") == bytes.fromhex("8F8F009000")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("00B2010C00", "9000"),
        ("00B2020C00", "6A83"),
        ("00B2000C00", "6A83"),
        ("00B2010D00", "6A86"),
        ("00B2010C", "6700"),
        ("00B2010400", "6986"),
        ("00B201F400", "6A82"),
    ],
)
def test_read_record(command: str, expected: str) -> None:
    """The common application has one record."""
    assert status(powered(), COMMON, command) == expected


def test_read_record_of_another_kind_of_file() -> None:
    """A certificate has no records."""
    assert status(powered(), JPKI, file(0x000A), "00B2010400") == "6981"


# -------------------------------------------------------------------------------- PINs


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        (("00200080",), "6986"),
        ((JPKI, "00200080"), "6986"),
        ((JPKI, file(0x000A), "00200080"), "6981"),
        ((JPKI, file(0x0017), RIGHT_PIN), "6981"),
        ((JPKI, file(0x0018), "0020008000"), "6700"),
        ((JPKI, file(0x0018), "0020008011" + "31" * 17), "6700"),
        ((JPKI, file(0x0018), "00200180"), "6A86"),
        ((JPKI, file(0x0018), "00200000"), "6A86"),
        ((JPKI, "00200098"), "63C3"),
        ((JPKI, "0020009804" + b"1234".hex()), "9000"),
        ((JPKI, file(0x001B), "00200080"), "63C5"),
        ((SURFACE_INFO, file(0x0012), "00200080"), "63C0"),
        ((SURFACE_INFO, file(0x0012), RIGHT_PIN), "6984"),
        ((SURFACE_INFO, file(0x0014), "00200080"), "63CA"),
    ],
)
def test_verify(commands: tuple[str, ...], expected: str) -> None:
    """Each answer of the state table but those that count."""
    assert status(powered(), *commands) == expected


@pytest.mark.parametrize("digits", ["1", "12345", "9" * 16])
def test_a_wrong_length_is_a_wrong_pin(digits: str) -> None:
    """One to sixteen characters are compared and counted."""
    command = f"00200080{len(digits):02X}" + digits.encode().hex()
    assert status(powered(), JPKI, file(0x0018), command) == "63C2"


def test_asking_for_the_tries_spends_none() -> None:
    """However often."""
    one = powered()
    send(one, JPKI, file(0x0018))
    assert {status(one, "00200080") for _ in range(9)} == {"63C3"}


def test_the_right_pin_gives_the_tries_back() -> None:
    """Up to the last one."""
    one = powered()
    send(one, JPKI, file(0x0018), WRONG_PIN, WRONG_PIN)
    assert status(one, RIGHT_PIN) == "9000"
    assert status(one, "00200080") == "63C3"


def test_the_right_pin_does_not_open_a_blocked_reference() -> None:
    """And gives no right."""
    one = powered()
    send(one, JPKI, file(0x0018), WRONG_PIN, WRONG_PIN, WRONG_PIN)
    assert status(one, RIGHT_PIN) == "6984"
    assert status(one, file(0x0017), SIGN) == "6982"


def test_a_wrong_pin_takes_the_right_away() -> None:
    """Also after a right one in the same conversation."""
    one = powered()
    send(one, JPKI, file(0x0018), RIGHT_PIN, WRONG_PIN)
    assert status(one, file(0x0017), SIGN) == "6982"


def test_the_three_references_have_counters_of_their_own() -> None:
    """The same digits in two of them are two secrets."""
    one = powered()
    send(one, JPKI, file(0x0018), WRONG_PIN, WRONG_PIN)
    assert status(one, file(0x001B), WRONG_PIN) == "63C4"
    assert status(one, SURFACE_INFO, file(0x0011), WRONG_PIN) == "63C2"
    assert status(one, JPKI, file(0x0018), "00200080") == "63C1"


def test_the_sign_password_opens_the_sign_certificate_and_key() -> None:
    """And the authentication PIN does not."""
    one = powered()
    send(one, JPKI, file(0x0018), RIGHT_PIN)
    assert status(one, file(0x001A), SIGN) == "6982"
    assert status(one, file(0x001B), SIGN_PASSWORD) == "9000"
    certificate = x509.load_der_x509_certificate(whole_file(one, 0x0001))
    signature = send(one, file(0x001A), SIGN)[:-2]
    key = certificate.public_key()
    assert isinstance(key, RSAPublicKey)
    key.verify(signature, MESSAGE, PKCS1v15(), SHA256())


def test_the_persona_with_one_try_left_has_one() -> None:
    """A right PIN gives it all three back."""
    one = powered("one-try-left")
    assert status(one, JPKI, file(0x0018), "00200080") == "63C1"
    assert status(one, WRONG_PIN) == "63C0"
    other = powered("one-try-left")
    assert status(other, JPKI, file(0x0018), "0020008004" + b"2468".hex()) == "9000"
    assert status(other, "00200080") == "63C3"


# ----------------------------------------------------------------------------- signing


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("802A0080", "6700"),
        ("802A008000", "6700"),
        ("802A0080F6" + "00" * 246 + "00", "6700"),
        ("802A0080F5" + "00" * 245 + "00", "9000"),
        ("802A008002AABB", "6700"),
        ("802A010002AABB00", "6A86"),
        ("802A004002AABB00", "6A86"),
        ("802A009702AABB00", "9000"),
    ],
)
def test_forms_of_signing(command: str, expected: str) -> None:
    """Lengths, scheme and key reference."""
    one = powered()
    send(one, JPKI, file(0x0018), RIGHT_PIN, file(0x0017))
    assert status(one, command) == expected


def test_signing_needs_a_key() -> None:
    """Nothing selected, or something that is no key."""
    one = powered()
    assert status(one, JPKI, SIGN) == "6986"
    assert status(one, file(0x000A), SIGN) == "6981"


def test_the_own_key_signs_with_nothing_presented() -> None:
    """Its public half is readable with the PIN only, and verifies it."""
    one = powered()
    signature = send(one, SURFACE_INFO, SIGN_OWN)[:-2]
    assert status(one, file(0x0007), "00B0000000") == "6982"
    send(one, file(0x0011), RIGHT_PIN)
    signed = {item.tag: item for item in tlv.objects(tlv.read(whole_file(one, 0x0007)).value)}
    key = {item.tag: item.value for item in tlv.objects(signed[0xDF51].value)}
    assert key[0x90] == b"\x01\x00\x01"
    modulus = int.from_bytes(key[0x91], "big")
    assert (
        pow(int.from_bytes(signature, "big"), 65537, modulus)
        .to_bytes(256, "big")
        .endswith(digest_info(MESSAGE))
    )


@pytest.mark.parametrize(("application", "expected"), [(JPKI, "6A86"), (SURFACE_CHECK, "9000")])
def test_which_applications_have_an_own_key(application: str, expected: str) -> None:
    """The two for the card's surface, not the JPKI one."""
    assert status(powered(), application, SIGN_OWN) == expected


# --------------------------------------------------------------------------- challenge


def test_get_challenge_gives_fresh_bytes_without_any_application() -> None:
    """One to 256 of them."""
    one = powered()
    first, second = send(one, "0084000008"), send(one, "0084000008")
    assert len(first) == 10
    assert first != second
    assert len(send(one, "0084000000")) == 258


@pytest.mark.parametrize(
    ("command", "expected"), [("00840000", "6700"), ("00840000000100", "6985")]
)
def test_forms_of_get_challenge(command: str, expected: str) -> None:
    """Without a length, and with an extended one."""
    assert status(powered(), command) == expected


# ---------------------------------------------------------------------- what stands in files


def test_the_surface_information_fits_its_digests() -> None:
    """EF 0003 holds the SHA-256 of EF 0001 and of the attributes without their offsets."""
    one = powered()
    send(one, SURFACE_INFO, file(0x0011), RIGHT_PIN)
    attributes = whole_file(one, 0x0002)
    digests = {item.tag: item.value for item in tlv.objects(tlv.read(whole_file(one, 3)).value)}
    assert len(tlv.read(whole_file(one, 3)).encoded) == 5 + 0x014B
    assert digests[0xDF31].hex() == (
        "c60c415d94405f03e9c454a8bae073837d2c619925196526852fe61d9c58422d"
    )
    from_name = attributes[attributes.index(b"\xdf\x22") :]
    assert digests[0xDF32] == hashlib.sha256(from_name).digest()


def test_the_offsets_lead_to_the_attributes() -> None:
    """They count from the first byte of the file."""
    one = powered()
    send(one, SURFACE_INFO, file(0x0011), RIGHT_PIN)
    content = whole_file(one, 0x0002)
    items = list(tlv.objects(tlv.read(content).value))
    offsets = [items[0].value[i : i + 2] for i in range(0, 8, 2)]
    assert [content[int.from_bytes(at, "big") :][:2].hex() for at in offsets] == [
        "df22",
        "df23",
        "df24",
        "df25",
    ]


def test_the_application_info_has_lengths_longer_than_needed() -> None:
    """159 bytes that only add up for a reader of non-minimal lengths."""
    one = powered()
    send(one, SURFACE_INFO)
    content = whole_file(one, 0x0005)
    assert content[:5].hex() == "ff4082009f"
    assert [item.tag for item in tlv.objects(tlv.read(content).value)] == [0xDF41, 0xDF42, 0xDF43]


def test_the_second_number_opens_the_attributes() -> None:
    """照合番号B: year of the era, month, day, year of the card's end, security code."""
    one = powered()
    send(one, SURFACE_INFO, file(0x0015))
    assert status(one, "002000800E" + b"02040120350123".hex()) == "9000"
    assert status(one, file(0x0002), "00B0000000") == "9000"
    assert status(one, file(0x0001), "00B0000000") == "6982"


def test_a_card_is_the_same_card_all_year() -> None:
    """In every process, on every day: the same certificate byte for byte."""
    first, second = (
        PERSONAS["adult"].make_card(day)
        for day in (TODAY.replace(month=1, day=1), TODAY.replace(month=12, day=31))
    )
    certificates = []
    for one in (first, second):
        one.power_on()
        send(one, JPKI)
        certificates.append(whole_file(one, 0x000A))
    assert certificates[0] == certificates[1]


@pytest.mark.parametrize("slug", PERSONAS)
def test_every_persona_is_made_up_and_distinct(slug: str) -> None:
    """見本 in the name, a serial and keys of its own, a root that says what it is."""
    persona = PERSONAS[slug]
    assert "見本" in persona.name
    others = [other for other in PERSONAS.values() if other.slug != slug]
    assert persona.number not in {other.number for other in others}
    if persona.has_auth_certificate and persona.has_keys:
        one = powered(slug)
        send(one, JPKI)
        certificate = x509.load_der_x509_certificate(whole_file(one, 0x000A))
        assert "O=JPKI-SIMULATOR" in certificate.issuer.rfc4514_string()


@pytest.mark.parametrize("slug", ["next-generation", "licence", "felica"])
def test_a_card_of_another_kind_knows_no_application(slug: str) -> None:
    """Selecting ours is declined, and an answer to reset is its own."""
    one = powered(slug)
    expected = "6A81" if slug == "felica" else "6A82"
    assert {status(one, JPKI), status(one, SURFACE_INFO)} == {expected}
    assert reduce(operator.xor, one.atr[1:]) == 0, "the check byte of the answer to reset"


def test_the_copy_has_the_certificate_and_another_key() -> None:
    """What anybody near a card can read, and nothing more."""
    contents, proofs = set(), set()
    for slug in ("adult", "cloned"):
        one = powered(slug)
        send(one, JPKI)
        contents.add(whole_file(one, 0x000A))
        send(one, SURFACE_INFO)
        proofs.add(send(one, "802A000001" + "41" + "00"))
    assert len(contents) == 1
    assert len(proofs) == 2


@pytest.mark.parametrize("reference", ["0018", "001B"])
def test_the_face_authentication_card_has_no_pin(reference: str) -> None:
    """Each reference answers as one that is blocked from issue."""
    one = powered("face-authentication")
    assert status(one, JPKI, "00A4020C02" + reference, "00200080") == "63C0"
    assert status(one, "0020008004" + b"1234".hex()) == "6984"


# ------------------------------------------------------------------------ state in a file


def test_counters_persist_across_processes(tmp_path: Path) -> None:
    """A demo card can get blocked, and stays so."""
    state = tmp_path / "tries.json"
    for expected in ("63C2", "63C1", "63C0", "6984"):
        assert status(powered(state_file=state), JPKI, file(0x0018), WRONG_PIN) == expected
    assert json.loads(state.read_text()) == {"adult": {"jpki/0018": 0}}


def test_one_file_keeps_the_counters_of_several_cards(tmp_path: Path) -> None:
    """Each card its own."""
    state = tmp_path / "tries.json"
    send(powered("adult", state), JPKI, file(0x0018), WRONG_PIN)
    assert status(powered("two-pins", state), JPKI, file(0x0018), "00200080") == "63C3"
    assert status(powered("adult", state), JPKI, file(0x0018), "00200080") == "63C2"


def test_one_card_or_all_begin_anew(tmp_path: Path) -> None:
    """A card that lies in a reader learns of it at its next power-up."""
    state = tmp_path / "tries.json"
    cards = {slug: powered(slug, state) for slug in ("adult", "two-pins", "one-try-left")}
    for one in cards.values():
        send(one, JPKI, file(0x0018), WRONG_PIN)
    reset_cards(state, "adult")
    assert set(json.loads(state.read_text())) == {"two-pins", "one-try-left"}
    reset_cards(state)
    for slug, left in (("adult", "63C3"), ("two-pins", "63C3"), ("one-try-left", "63C1")):
        cards[slug].power_on()
        assert status(cards[slug], JPKI, file(0x0018), "00200080") == left


def test_a_broken_state_file_is_mended_by_a_reset(tmp_path: Path) -> None:
    """It kept nothing."""
    state = tmp_path / "tries.json"
    state.write_text("no counters")
    reset_cards(state, "adult")
    assert status(powered(state_file=state), JPKI, file(0x0018), "00200080") == "63C3"


@pytest.mark.parametrize("text", ["", "[]", '{"adult": 3}', '{"adult": {"jpki/0018": "x"}}'])
def test_a_broken_state_file_is_told(tmp_path: Path, text: str) -> None:
    """The card does not begin anew behind the trainer's back."""
    state = tmp_path / "tries.json"
    state.write_text(text)
    with pytest.raises(StateFileUnusable):
        powered(state_file=state)
