"""TLV objects: every length form, and nothing but our own error for broken ones."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_tui.hardware import tlv

TAGS = st.sampled_from([0x01, 0x30, 0x90, 0x91, 0xDF21, 0xFF20, 0x5F4E, 0x7F21])


@given(TAGS, st.binary(max_size=70_000 // 64), st.binary(max_size=20))
def test_an_object_survives_encoding(tag: int, value: bytes, filler: bytes) -> None:
    """What is read is what was encoded, whatever filler follows."""
    encoded = tlv.encode(tag, value)
    found = tlv.read(encoded + filler)
    assert (found.tag, found.value, found.encoded) == (tag, value, encoded)


@given(st.lists(st.tuples(TAGS, st.binary(max_size=300)), max_size=6))
def test_objects_in_a_row(items: list[tuple[int, bytes]]) -> None:
    """Objects that follow one another are found in their order."""
    encoded = b"".join(tlv.encode(tag, value) for tag, value in items)
    assert [(found.tag, found.value) for found in tlv.objects(encoded)] == items


@given(st.binary(max_size=64))
def test_any_bytes_are_read_or_malformed(data: bytes) -> None:
    """Bytes from a card never raise anything else, and never make it loop."""
    with contextlib.suppress(tlv.MalformedTlv):
        assert sum(len(found.encoded) for found in tlv.objects(data)) == len(data)


@given(TAGS, st.binary(max_size=300), st.data())
def test_a_cut_object_is_malformed(tag: int, value: bytes, data: st.DataObject) -> None:
    """No beginning of an object is taken for the whole."""
    encoded = tlv.encode(tag, value)
    end = data.draw(st.integers(0, len(encoded) - 1))
    with pytest.raises(tlv.MalformedTlv):
        tlv.read(encoded[:end])


@pytest.mark.parametrize("length", ["03", "8103", "820003"])
def test_lengths_may_be_longer_than_needed(length: str) -> None:
    """Real cards write `82 00 xx`; every form of the same length is the same object."""
    assert tlv.read(bytes.fromhex(f"DF42{length}AABBCC")).value == b"\xaa\xbb\xcc"


@pytest.mark.parametrize(
    "data", ["DF2180", "DF2183000001AA", "DF218400000001AA", "DF818101AA", "DF", "", "3082"]
)
def test_forms_that_no_card_has_are_malformed(data: str) -> None:
    """Indefinite and too long lengths, tags of three bytes, cut headers."""
    with pytest.raises(tlv.MalformedTlv):
        tlv.read(bytes.fromhex(data))


def test_a_header_is_read_before_its_value_is_there() -> None:
    """The length of a certificate is known from its first four bytes."""
    header = tlv.read_header(bytes.fromhex("3082062B"))
    assert (header.size, header.length, header.total) == (4, 1579, 1583)


def test_the_error_shows_no_content() -> None:
    """A name in a broken file does not travel in the error."""
    with pytest.raises(tlv.MalformedTlv) as malformed:
        tlv.read(b"\xdf\x22\x20" + "見本".encode())
    assert str(malformed.value) == "value at 0 is cut off"


def test_a_value_beyond_two_length_bytes_is_not_encoded() -> None:
    """65,535 bytes are the most."""
    with pytest.raises(ValueError):
        tlv.encode(0x30, bytes(65_536))
