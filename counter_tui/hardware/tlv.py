"""BER TLV objects as they stand in the files of a card.

Tags of one or two bytes and lengths of one to three bytes, also longer than needed (`82 00 9F`):
real cards write them so (docs/card.md §5). Errors name positions, never contents.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_MORE_TAG_BYTES: Final = 0x1F
"""All five low bits of the first tag byte set: the tag has a second byte."""
_MULTI_BYTE_LENGTH: Final = 0x80
_MAX_LENGTH_BYTES: Final = 2
"""A short READ BINARY reaches 32,767 bytes; a longer length cannot be true."""


class MalformedTlv(ValueError):
    """The bytes are not a TLV object that a card may hold."""


@dataclass(frozen=True, slots=True)
class Header:
    """Tag and length of an object.

    Attributes:
        tag: one byte (0x90) or two (0xDF21) as one number.
        length: bytes of the value.
        size: bytes of the header itself.
    """

    tag: int
    length: int
    size: int

    @property
    def total(self) -> int:
        """Bytes of the whole object."""
        return self.size + self.length


@dataclass(frozen=True, slots=True)
class Tlv:
    """One object.

    Attributes:
        value: without tag and length; hidden in the `repr`.
        encoded: the object as it stood, header included; hidden in the `repr`.
    """

    tag: int
    value: bytes = field(repr=False)
    encoded: bytes = field(repr=False)


def read_header(data: bytes, offset: int = 0) -> Header:
    """Tag and length at `offset`; the value need not be there yet.

    Raises:
        MalformedTlv: cut off, a tag of three bytes, an indefinite or too long length.
    """
    position = offset

    def take() -> int:
        nonlocal position
        if position >= len(data):
            raise MalformedTlv(f"header at {offset} is cut off")
        position += 1
        return data[position - 1]

    tag = take()
    if tag & _MORE_TAG_BYTES == _MORE_TAG_BYTES:
        second = take()
        if second & 0x80:
            raise MalformedTlv(f"tag at {offset} is longer than two bytes")
        tag = tag << 8 | second
    length = take()
    if length == _MULTI_BYTE_LENGTH:
        raise MalformedTlv(f"length at {offset} is indefinite")
    if length > _MULTI_BYTE_LENGTH:
        count = length - _MULTI_BYTE_LENGTH
        if count > _MAX_LENGTH_BYTES:
            raise MalformedTlv(f"length at {offset} has {count} bytes")
        length = 0
        for _ in range(count):
            length = length << 8 | take()
    return Header(tag, length, position - offset)


def read(data: bytes, offset: int = 0) -> Tlv:
    """The object at `offset`; whatever follows it (filler of the file) is left alone.

    Raises:
        MalformedTlv: its header is malformed or its value is cut off.
    """
    header = read_header(data, offset)
    encoded = data[offset : offset + header.total]
    if len(encoded) < header.total:
        raise MalformedTlv(f"value at {offset} is cut off")
    return Tlv(header.tag, encoded[header.size :], encoded)


def objects(data: bytes) -> Iterator[Tlv]:
    """The objects that follow one another in `data`, which they must fill.

    Raises:
        MalformedTlv: while iterating, at the first object that is malformed.
    """
    offset = 0
    while offset < len(data):
        found = read(data, offset)
        yield found
        offset += len(found.encoded)


def encode(tag: int, value: bytes) -> bytes:
    """An object in its shortest form.

    Raises:
        ValueError: a value longer than 65,535 bytes.
    """
    tag_bytes = tag.to_bytes(2 if tag > 0xFF else 1, "big")
    length = len(value)
    if length > 0xFFFF:
        raise ValueError("value too long")
    if length < 0x80:
        length_bytes = bytes((length,))
    elif length < 0x100:
        length_bytes = bytes((0x81, length))
    else:
        length_bytes = b"\x82" + length.to_bytes(2, "big")
    return tag_bytes + length_bytes + value
