"""Which authentication certificates are taken, and why the others are not."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from counter_tui.desk.trust import Trust
from counter_tui.errors import (
    CertificateExpired,
    CertificateKeyUnsupported,
    CertificateNotTrusted,
    CertificateNotYetValid,
    CertificateUnreadable,
    CertificateWrongUse,
    IdentityError,
    IssuerOutsideDates,
    SpecimenCardRefused,
)
from counter_tui.identity.anchors import SIMULATOR_ROOT, Anchor
from counter_tui.identity.certificates import (
    AuthCertificate,
    check_auth_certificate,
    cut_certificate,
    read_head,
)
from tests.support.authority import NOW, Authority, ec_key, rsa_key, usage

CA = Authority()
DER = CA.issue()


def check(
    der: bytes, *authorities: Authority, at: datetime = NOW, test: bool = False
) -> AuthCertificate:
    """Check against these generations, or the first one."""
    anchors = [authority.anchor for authority in authorities or (CA,)]
    return check_auth_certificate(der, anchors, at, test_installation=test)


def test_a_sound_certificate_is_taken() -> None:
    """With what the platform needs of it; serial and issuer stay out of its repr."""
    certificate = check(DER)
    assert certificate.reference.serial == 0x06A12345
    assert certificate.facts.issuer_key == CA.anchor.key_hash
    assert certificate.reference == read_head(DER[:256]).reference
    assert "111223621" not in repr(certificate)
    assert "JPKI" not in repr(certificate)


def test_the_issuer_is_found_by_its_signature_among_generations_of_one_name() -> None:
    """The order in which they are installed does not matter."""
    first, second, third = Authority(0), Authority(1), Authority(2)
    der = second.issue()
    for installed in ((first, second, third), (third, second, first), (second,)):
        assert check(der, *installed).facts.issuer_key == second.anchor.key_hash
    with pytest.raises(CertificateNotTrusted):
        check(der, first, third)


@pytest.mark.parametrize("filler", [b"\xff" * 400, b"\0" * 400, b"0", DER])
def test_filler_behind_the_certificate_is_cut_off(filler: bytes) -> None:
    """A card's file may be longer than what lies in it."""
    assert cut_certificate(DER + filler) == DER
    assert check(DER + filler).reference == check(DER).reference


@pytest.mark.parametrize(
    "file", [b"", b"\xff" * 256, b"\0" * 256, DER[:-1], DER[:4], b"0\x80", b"0\x84\xff\xff\xff\xff"]
)
def test_what_is_no_certificate_is_unreadable(file: bytes) -> None:
    """An empty file, filler alone, or a certificate that is cut short."""
    with pytest.raises(CertificateUnreadable):
        check(file)


@given(st.binary(max_size=300))
def test_no_bytes_of_a_card_are_a_mistake_of_ours(file: bytes) -> None:
    """Whatever a card gives, the answer is a typed error."""
    with pytest.raises(IdentityError):
        check(file)


@given(st.integers(0, len(DER) - 1), st.integers(1, 255))
def test_a_changed_certificate_is_never_taken(position: int, change: int) -> None:
    """Any byte, any change: something is wrong with it."""
    changed = bytearray(DER)
    changed[position] ^= change
    with pytest.raises(IdentityError):
        check(bytes(changed))


def head_of(file: bytes) -> None:
    """What a touch does with the first 256 bytes."""
    Trust([CA.anchor], test_installation=False).head(file[:256], NOW)


@pytest.mark.parametrize("value", [0x00, 0x05, 0x18, 0x80, 0xFF])
def test_no_byte_of_a_certificate_is_a_mistake_of_ours(value: int) -> None:
    """Each byte in turn made into this one: taken, or refused with a typed error."""
    for position in range(len(DER)):
        changed = DER[:position] + bytes([value]) + DER[position + 1 :]
        with suppress(IdentityError):
            head_of(changed)
        with suppress(IdentityError):
            check(changed)


@pytest.mark.parametrize("version", [1, 3, 5, 127])
def test_a_version_that_there_is_not_is_unreadable(version: int) -> None:
    """Version 3 is written as 2; cryptography says of others what is no ValueError."""
    where = DER.index(bytes.fromhex("a003020102")) + 4
    with pytest.raises(CertificateUnreadable):
        check(DER[:where] + bytes([version]) + DER[where + 1 :])


UTC_TIME, GENERALIZED_TIME = 0x17, 0x18
LAST_YEAR, NEXT_YEAR = (UTC_TIME, "260101000000Z"), (UTC_TIME, "270101000000Z")


def dated(*dates: tuple[int, str]) -> bytes:
    """The certificate with other dates, as DER of any kind; its signature is wrong then."""
    content = b"".join(bytes([tag, len(text)]) + text.encode() for tag, text in dates)
    first = DER.index(bytes.fromhex("301e170d"))
    return DER[:first] + bytes([0x30, len(content)]) + content + DER[first + 32 :]


@pytest.mark.parametrize(
    "dates",
    [
        ((GENERALIZED_TIME, "99991231235959Z"), NEXT_YEAR),
        (LAST_YEAR, (GENERALIZED_TIME, "99991231235959Z")),
        (LAST_YEAR, (GENERALIZED_TIME, "00010101000000+2359")),
        (LAST_YEAR, (GENERALIZED_TIME, "00000101000000Z")),
        ((GENERALIZED_TIME, "00000101000000Z"), NEXT_YEAR),
        (LAST_YEAR, (GENERALIZED_TIME, "20270101000000")),
        (LAST_YEAR, (UTC_TIME, "abcdefghijklm")),
        (LAST_YEAR, (UTC_TIME, "")),
    ],
)
def test_dates_that_no_certificate_has_are_unreadable(dates: tuple[tuple[int, str], ...]) -> None:
    """Year 0 and 9999, no time zone, a zone that leads out of the calendar, no date at all."""
    with pytest.raises(CertificateUnreadable):
        read_head(dated(*dates)[:256])
    with pytest.raises(CertificateUnreadable):
        head_of(dated(*dates))


def test_dates_with_a_zone_are_read_in_utc() -> None:
    """Not allowed by RFC 5280, and harmless."""
    shifted = dated(LAST_YEAR, (GENERALIZED_TIME, "20270101000000+0900"))
    assert read_head(shifted[:256]).not_after == datetime(2026, 12, 31, 15, tzinfo=UTC)


def test_a_certificate_that_is_too_long_is_unreadable() -> None:
    """A length of its own that no certificate of a card has."""
    with pytest.raises(CertificateUnreadable):
        check(b"\x30\x82\x20\x00" + b"\0" * 0x2000)


def test_the_last_day_is_that_of_tokyo() -> None:
    """A certificate ends at 23:59:59 in Tokyo, which is the same date in UTC, but not always."""
    ends = datetime(2027, 3, 31, 16, 30, tzinfo=UTC)  # 1 April, 01:30 in Tokyo
    der = CA.issue(ends=ends)
    assert check(der).ends_on == date(2027, 4, 1)
    with pytest.raises(CertificateExpired) as caught:
        check(der, at=ends + timedelta(seconds=1))
    assert caught.value.on == date(2027, 4, 1)
    check(der, at=ends)


def test_a_certificate_that_begins_later_says_when() -> None:
    """Most likely the machine's clock is wrong."""
    with pytest.raises(CertificateNotYetValid) as caught:
        check(CA.issue(begins=datetime(2026, 11, 30, 15, 0, tzinfo=UTC)))
    assert caught.value.begins_on == date(2026, 12, 1)


def test_an_issuer_outside_its_own_dates_is_said() -> None:
    """The anchor ended before the certificate."""
    ended = Authority(ends=datetime(2026, 10, 1, tzinfo=UTC))
    with pytest.raises(IssuerOutsideDates) as caught:
        check(ended.issue(), ended)
    assert caught.value.ends_on == date(2026, 10, 1)


@pytest.mark.parametrize("broken", [Authority(is_ca=False), Authority(signs_certificates=False)])
def test_an_anchor_that_may_not_issue_is_none(broken: Authority) -> None:
    """Its signature counts for nothing."""
    with pytest.raises(CertificateNotTrusted):
        check(broken.issue(), broken)


@pytest.mark.parametrize(
    ("uses", "told"),
    [
        ({"digital_signature": True, "content_commitment": True}, "nonRepudiation"),
        ({"content_commitment": True}, "nonRepudiation"),
        ({"digital_signature": True, "key_cert_sign": True}, "keyCertSign"),
        ({"key_encipherment": True}, "keyEncipherment"),
    ],
)
def test_a_certificate_for_another_use_is_refused(uses: dict[str, bool], told: str) -> None:
    """Above all the signature certificate."""
    with pytest.raises(CertificateWrongUse) as caught:
        check(CA.issue(uses=usage(**uses)))
    assert told in caught.value.uses


def test_a_certificate_that_names_no_use_is_refused() -> None:
    """Key usage is a must on these certificates."""
    with pytest.raises(CertificateWrongUse):
        check(CA.issue(without_usage=True))


@pytest.mark.parametrize("curve", ["secp384r1", "secp256r1"])
def test_elliptic_keys_are_taken(curve: str) -> None:
    """P-384 is announced for the next generation, issuer included."""
    elliptic = Authority(elliptic=True)
    certificate = check(elliptic.issue(ec_key(curve)), elliptic)
    assert certificate.public_key == ec_key(curve).public_key()


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (rsa_key(bits=1024), "RSA 1024"),
        (ec_key("secp521r1"), "ECDSA secp521r1"),
        (ed25519.Ed25519PrivateKey.generate(), "Ed25519PublicKey"),
    ],
    ids=["short", "curve", "ed25519"],
)
def test_keys_of_other_kinds_are_refused_by_name(key: object, told: str) -> None:
    """The administrator sees which kind it was."""
    with pytest.raises(CertificateKeyUnsupported) as caught:
        check(CA.issue(key))  # type: ignore[arg-type]  # one of the key types, from a table
    assert caught.value.key == told


@pytest.mark.parametrize("organisation", ["JPKI-TEST", "JPKI-SIMULATOR"])
def test_cards_of_test_cas_are_taken_at_test_installations_only(organisation: str) -> None:
    """Also when somebody has installed the CA."""
    specimen = Authority(organisation=organisation)
    with pytest.raises(SpecimenCardRefused) as caught:
        check(specimen.issue(), specimen)
    assert caught.value.organisation == organisation
    check(specimen.issue(), specimen, test=True)


@pytest.mark.parametrize(
    "organisation",
    [
        "JPKI-TEST ",
        " JPKI-TEST",
        "jpki-test",
        "JPKI\N{HYPHEN}TEST",
        "JPKI\N{MINUS SIGN}TEST",
        "JPKI\N{ZERO WIDTH SPACE}-TEST",
        "ＪＰＫＩ－ＴＥＳＴ",
        "jpki-simulator",
    ],
)
def test_a_test_ca_is_known_under_near_names(organisation: str) -> None:
    """Case, blanks, width and kind of hyphen are no other name."""
    specimen = Authority(organisation=organisation)
    assert specimen.anchor.is_specimen
    with pytest.raises(SpecimenCardRefused):
        check(specimen.issue(), specimen)
    with pytest.raises(SpecimenCardRefused):
        head_of(specimen.issue())


def test_a_test_ca_is_known_by_any_of_its_names() -> None:
    """A second `O=` behind one that looks well."""
    second = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "JPKI-TEST")
    specimen = Authority(more_names=(second,))
    assert specimen.anchor.is_specimen
    with pytest.raises(SpecimenCardRefused) as caught:
        check(specimen.issue(), specimen)
    assert caught.value.organisation == "JPKI-TEST"
    with pytest.raises(SpecimenCardRefused):
        head_of(specimen.issue())


def test_the_simulators_key_is_no_better_under_another_name() -> None:
    """It is public: anybody could make an anchor `O=JPKI` of it."""
    from counter_tui.hardware.simulated.simulator_keys import issuer_keys

    disguised = Authority()
    disguised.key = issuer_keys().auth_ca
    assert disguised.anchor.is_specimen
    with pytest.raises(SpecimenCardRefused):
        check(disguised.issue(), disguised)
    assert not CA.anchor.is_specimen
    assert Anchor.load(SIMULATOR_ROOT).is_specimen
