"""The reader without a device: lay, take off, unplug, and what is told of it."""

from __future__ import annotations

import pytest

from counter_tui.errors import CardBusy, CardGone, NoCard, NoReader, ReaderLost
from counter_tui.hardware.simulated.in_process import SimulatedReader
from counter_tui.hardware.transport import (
    CardPresented,
    CardReader,
    CardRemoved,
    ReaderEvent,
    ReaderMissing,
    ReaderReady,
)
from tests.support.cards import card

SELECT = bytes.fromhex("00A4040C0AD392F000260100000001")
READY = ReaderReady("Simulated reader")


def test_it_is_a_card_reader() -> None:
    """The desk cannot tell it from another."""
    reader: CardReader = SimulatedReader()
    with pytest.raises(NoCard):
        reader.connect()


def test_events_in_their_order() -> None:
    """First whether there is a reader; then each card, laid and taken off."""
    reader, events = SimulatedReader(), list[ReaderEvent]()
    watch = reader.watch(events.append)
    reader.lay(card("adult"))
    reader.lay(card("two-pins"))
    reader.take_off()
    reader.take_off()
    watch.stop()
    watch.stop()
    reader.lay(card("adult"))
    assert events == [READY, CardPresented(), CardRemoved(), CardPresented(), CardRemoved()]


def test_a_card_that_lies_there_already_is_reported() -> None:
    """After the reader itself."""
    reader, events = SimulatedReader(), list[ReaderEvent]()
    reader.lay(card("adult"))
    reader.watch(events.append)
    assert events == [READY, CardPresented()]


def test_unplugging_and_plugging_in_again() -> None:
    """The conversation is lost, the card is found again."""
    reader, events = SimulatedReader(), list[ReaderEvent]()
    reader.lay(card("adult"))
    connection = reader.connect()
    reader.watch(events.append)
    reader.unplug()
    reader.unplug()
    with pytest.raises(ReaderLost):
        connection.transmit(SELECT)
    with pytest.raises(NoReader):
        reader.connect()
    reader.plug_in()
    reader.plug_in()
    with pytest.raises(CardGone):
        connection.transmit(SELECT)
    assert reader.connect().transmit(SELECT) == b"\x90\x00"
    missing = ReaderMissing(service_runs=True)
    assert events == [READY, CardPresented(), missing, READY, CardPresented()]


def test_a_conversation_has_the_card_for_itself() -> None:
    """Until it is ended, which takes the power away."""
    reader = SimulatedReader()
    laid = card("adult")
    reader.lay(laid)
    connection = reader.connect()
    assert connection.atr.hex().upper() == "3BE000FF8131FE4514"
    with pytest.raises(CardBusy):
        reader.connect()
    connection.disconnect()
    connection.disconnect()
    assert not laid.is_powered
    with pytest.raises(CardGone):
        connection.transmit(SELECT)
    reader.connect()


@pytest.mark.parametrize("commands", [0, 1, 2])
def test_a_card_can_be_pulled_between_any_two_commands(commands: int) -> None:
    """The next one raises, and the removal is told."""
    reader, events = SimulatedReader(), list[ReaderEvent]()
    reader.watch(events.append)
    reader.lay(card("adult"), removed_after=commands)
    connection = reader.connect()
    for _ in range(commands):
        assert connection.transmit(SELECT) == b"\x90\x00"
    with pytest.raises(CardGone) as gone:
        connection.transmit(SELECT)
    assert gone.value.during == "SELECT D392F000260100000001"
    assert events[-1] == CardRemoved()


def test_a_conversation_ends_with_its_card() -> None:
    """A card laid down in its place is not part of it."""
    reader = SimulatedReader()
    reader.lay(card("adult"))
    connection = reader.connect()
    reader.lay(card("adult"))
    with pytest.raises(CardGone):
        connection.transmit(SELECT)
