"""The protocol of the virtual reader, against a driver played by the test."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from counter_tui.hardware.simulated.virtual_reader import VirtualReader, VirtualReaderAbsent
from tests.support.cards import card
from tests.support.trace import Trace

SELECT = bytes.fromhex("00A4040C0AD392F000260100000001")


class Driver:
    """The other side: waits for a card, sends it messages."""

    def __init__(self, server: socket.socket) -> None:
        self.server = server
        self.card: socket.socket | None = None

    @property
    def port(self) -> int:
        """Where the card connects to."""
        port = self.server.getsockname()[1]
        assert isinstance(port, int)
        return port

    def accept(self) -> None:
        """Take the card that has connected."""
        self.card, _ = self.server.accept()
        self.card.settimeout(10)

    def send(self, payload: bytes) -> None:
        """One message, its length apart, as vpcd's older versions write it."""
        assert self.card is not None
        self.card.sendall(len(payload).to_bytes(2, "big"))
        self.card.sendall(payload)

    def receive(self) -> bytes:
        """One answer; empty when the card has gone."""
        assert self.card is not None
        length = self.card.recv(2, socket.MSG_WAITALL)
        if not length:
            return b""
        return self.card.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL)


@pytest.fixture
def driver() -> Iterator[Driver]:
    """A driver on a loopback port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        made = Driver(server)
        yield made
        if made.card is not None:
            made.card.close()


def test_power_atr_and_commands(driver: Driver) -> None:
    """Control codes are obeyed, only the ATR and commands are answered."""
    trace = Trace()
    with VirtualReader(card("adult"), port=driver.port, on_exchange=trace.keep):
        driver.accept()
        driver.send(b"\x04")
        assert driver.receive().hex().upper() == "3BE000FF8131FE4514"
        driver.send(b"\x01")
        driver.send(SELECT)
        assert driver.receive() == b"\x90\x00"
        driver.send(bytes.fromhex("00A4020C02000A"))
        assert driver.receive() == b"\x90\x00"
        driver.send(b"\x02")
        driver.send(bytes.fromhex("00B0000000"))
        assert driver.receive() == b"\x69\x86"
        driver.send(b"\x00")
        driver.send(b"\x01")
        driver.send(bytes.fromhex("00A4020C02000A"))
        assert driver.receive() == b"\x6a\x82"
    assert driver.receive() == b""
    assert trace.commands[0] == SELECT


def test_broken_messages_get_an_answer(driver: Driver) -> None:
    """The driver would wait for ever otherwise."""
    with VirtualReader(card("adult"), port=driver.port):
        driver.accept()
        driver.send(SELECT)
        assert driver.receive() == b"\x67\x00"
        driver.send(b"\x01")
        driver.send(b"\x00\xa4")
        assert driver.receive() == b"\x67\x00"
        driver.send(b"\x7f")
        driver.send(SELECT)
        assert driver.receive() == b"\x90\x00"


def test_the_end_of_the_reader_is_told(driver: Driver) -> None:
    """Whoever waits for it wakes up."""
    with VirtualReader(card("adult"), port=driver.port) as reader:
        driver.accept()
        assert not reader.wait(0)
        assert driver.card is not None
        driver.card.close()
        assert reader.wait(10)


def test_nobody_at_the_address(driver: Driver) -> None:
    """An error that names it."""
    port = driver.port
    driver.server.close()
    with pytest.raises(VirtualReaderAbsent, match=f"127.0.0.1:{port}"):
        VirtualReader(card("adult"), port=port).lay()
