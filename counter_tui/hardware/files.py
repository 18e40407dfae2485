"""Reading a card's transparent files in pieces."""

from __future__ import annotations

from counter_tui.errors import CardUnreadable
from counter_tui.hardware import tlv
from counter_tui.hardware.apdu import (
    MAX_ANSWER,
    SW_END_OF_FILE,
    SW_OK,
    CardChannel,
    describe,
    read_binary,
)


def read_piece(channel: CardChannel, offset: int, length: int) -> bytes:
    """Up to `length` (1 to 256) bytes of the selected file; fewer where the file ends.

    Raises:
        CardUnreadable: the card refuses.
        CardGone, ReaderLost
    """
    command = read_binary(offset, length)
    response = channel.send(command)
    if response.status not in (SW_OK, SW_END_OF_FILE):
        raise CardUnreadable(describe(command.encode()), response.status)
    return response.data


def read_object(channel: CardChannel, head: bytes, max_length: int) -> bytes:
    """The rest of a TLV object whose beginning was read: the object cut by its own length.

    A file may be longer than its object (filler), so its end says nothing.

    Args:
        head: the object's first bytes, its whole header among them.
        max_length: a longer object is not believed.

    Raises:
        CardUnreadable: malformed, too long, or the file ends before the object.
        CardGone, ReaderLost
    """
    try:
        total = tlv.read_header(head).total
    except tlv.MalformedTlv as error:
        raise CardUnreadable("READ BINARY") from error
    if total > max_length:
        raise CardUnreadable("READ BINARY")
    found = head
    while len(found) < total:
        piece = read_piece(channel, len(found), min(MAX_ANSWER, total - len(found)))
        if not piece:
            raise CardUnreadable("READ BINARY")
        found += piece
    return found[:total]
