"""Certificates of simulated cards: dates, shape, and the root that is shipped."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

import counter_tui
from counter_tui.hardware import tlv
from counter_tui.hardware.simulated import issuing
from counter_tui.hardware.simulated.contents import attributes_file, number_b
from counter_tui.hardware.simulated.issuing import Holder
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.hardware.simulated.simulator_keys import CARD_KEYS, card_keys, key_file

KEY_NAMES = sorted({each.key_name for each in PERSONAS.values() if each.has_keys})
TRUST_FILE = Path(counter_tui.__file__).parent / "identity" / "trust" / "jpki-simulator.pem"


@pytest.mark.parametrize(
    ("born", "issued", "last_day"),
    [
        (date(1980, 2, 17), date(2025, 10, 27), date(2030, 2, 17)),
        (date(1980, 2, 17), date(2025, 2, 16), date(2029, 2, 17)),
        (date(1980, 2, 17), date(2025, 2, 17), date(2030, 2, 17)),
        (date(1972, 2, 29), date(2025, 4, 15), date(2030, 2, 28)),
        (date(1972, 2, 29), date(2023, 4, 15), date(2028, 2, 29)),
    ],
)
def test_a_certificate_ends_on_the_fifth_birthday(born: date, issued: date, last_day: date) -> None:
    """One second before midnight in Tokyo (first case: a real test card's dates)."""
    ends = issuing.validity(born, issued).ends
    assert ends == datetime(last_day.year, last_day.month, last_day.day, 14, 59, 59, tzinfo=UTC)


def test_the_shipped_root_is_the_one_that_signs() -> None:
    """The file in identity/trust and the simulator's own certificate are the same bytes."""
    shipped = x509.load_pem_x509_certificate(TRUST_FILE.read_bytes())
    assert shipped.public_bytes(Encoding.DER) == issuing.auth_ca().public_bytes(Encoding.DER)
    assert shipped.not_valid_after_utc.year >= 2060


def test_an_auth_certificate_has_the_real_shape() -> None:
    """Same names, same extensions, signed by the root, and nobody's name in it."""
    valid = issuing.validity(date(1990, 4, 1), date(2025, 4, 15))
    key = card_keys("adult").auth.public_key()
    certificate = x509.load_der_x509_certificate(issuing.auth_certificate(key, 1, valid))
    certificate.verify_directly_issued_by(issuing.auth_ca())
    assert [attribute.oid._name for attribute in certificate.issuer] == [
        "countryName",
        "organizationName",
        "organizationalUnitName",
        "organizationalUnitName",
    ]
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert not usage.value.content_commitment
    common_name = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
    assert len(common_name) == 23
    with pytest.raises(x509.ExtensionNotFound):
        certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)


def test_serial_and_issuer_stand_in_the_first_256_bytes() -> None:
    """All that a touch reads of the certificate."""
    valid = issuing.validity(date(1990, 4, 1), date(2025, 4, 15))
    der = issuing.auth_certificate(card_keys("adult").auth.public_key(), 1, valid)
    certificate = x509.load_der_x509_certificate(der)
    assert certificate.issuer.public_bytes() in der[:256]
    assert certificate.serial_number.to_bytes(4, "big") in der[:32]


def test_the_second_number_has_the_year_of_the_era() -> None:
    """1990 is the second year of 平成."""
    assert number_b(PERSONAS["adult"].holder, date(2035, 4, 1), "0123") == "02040120350123"


def test_the_documented_attributes_file() -> None:
    """docs/card.md §5: the example, byte for byte, offsets included."""
    holder = Holder("見本　花子", "東京都千代田区霞が関２－１－２", date(1990, 4, 1), "2")
    content = attributes_file(holder)
    assert content[:13].hex() == "ff205cdf2108000e0020005000"
    assert len(content) == 95


def test_offsets_move_with_a_longer_header() -> None:
    """More than 127 bytes: the length takes two bytes, the first offset is 15."""
    content = attributes_file(Holder("見" * 6, "町" * 36, date(1990, 4, 1), "1"))
    assert content[:4].hex() == "ff20819e"
    assert next(tlv.objects(tlv.read(content).value)).value.hex() == "000f00240093009e"


@pytest.mark.parametrize("name", ["issuers", *KEY_NAMES])
def test_key_files_say_what_they_are(name: str) -> None:
    """Whoever finds such a file knows that nothing is lost."""
    text = key_file(name).read_text(encoding="ascii")
    assert text.startswith("Simulator material of counter_tui: made-up keys")
    assert text.count("BEGIN PRIVATE KEY") in (len(CARD_KEYS), 4)
