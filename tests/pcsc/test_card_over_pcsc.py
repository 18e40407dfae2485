"""Our own reader, watcher and commands through a real card service."""

from __future__ import annotations

import json
import logging
import queue
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from counter_tui.errors import (
    CardBusy,
    CardGone,
    CardUnreadable,
    NoCard,
    NoReader,
    PinKind,
    ReaderLost,
    ServiceUnavailable,
)
from counter_tui.hardware import apdu
from counter_tui.hardware.jpki import AID_JPKI, EF_AUTH_KEY
from counter_tui.hardware.mynumber_card import MyNumberCard
from counter_tui.hardware.pcsc import PcscReader
from counter_tui.hardware.transport import (
    CardPresented,
    CardRemoved,
    ReaderEvent,
    ReaderMissing,
    ReaderReady,
)
from tests.support.cards import card, digest_info, pin
from tests.support.pcscd import EVENT_TIMEOUT_S, READER, CardService
from tests.support.program import run, simulated_card
from tests.support.trace import Trace, assert_no_forbidden

pytestmark = pytest.mark.pcsc

CHALLENGE = digest_info(b"made-up challenge")


def test_an_enrolment_and_a_touch(
    card_service: CardService, caplog: pytest.LogCaptureFixture
) -> None:
    """The same conversation as in process, through reader, driver and service."""
    trace = Trace()
    with caplog.at_level(logging.DEBUG), card_service.lay(card("two-pins"), trace) as reader:
        connection = reader.connect()
        assert connection.atr.hex().upper() == "3BE000FF8131FE4514"
        one = MyNumberCard(connection)
        reading = one.enroll(
            pin("1234"),
            pin("5678"),
            auth_digest_info=CHALLENGE,
            proof_digest_info=CHALLENGE,
            expected_certificate=one.auth_certificate(),
        )
        connection.disconnect()
        connection = reader.connect()
        begun = len(trace.commands)
        touch = MyNumberCard(connection).read_touch(CHALLENGE)
        connection.disconnect()
    assert reading.attributes.name == "見本　太郎"
    assert reading.proof == touch.proof
    assert len(trace.commands) - begun == 5
    assert_no_forbidden(trace, ["1234", "5678"], caplog.records)


def test_the_end_of_a_conversation_forgets_the_pin(card_service: CardService) -> None:
    """The card loses its power; another program finds it locked."""
    with card_service.lay(card("adult")) as reader:
        connection = reader.connect()
        one = MyNumberCard(connection)
        one.enroll(
            pin("1234"),
            pin("1234"),
            auth_digest_info=CHALLENGE,
            proof_digest_info=CHALLENGE,
            expected_certificate=one.auth_certificate(),
        )
        connection.disconnect()
        connection.disconnect()
        with pytest.raises(ReaderLost):
            connection.transmit(b"\0\0\0\0")
        connection = reader.connect()
        channel = apdu.CardChannel(connection)
        for command in (apdu.select_application(AID_JPKI), apdu.select_file(EF_AUTH_KEY)):
            channel.expect(command)
        assert channel.send(apdu.sign(CHALLENGE)).status == apdu.SW_SECURITY_NOT_SATISFIED
        connection.disconnect()


def test_the_card_is_ours_alone(card_service: CardService) -> None:
    """Nobody else can use a verified PIN; who comes second is told after a short wait."""
    with card_service.lay(card("adult")) as reader:
        connection = reader.connect()
        with pytest.raises(CardBusy):
            reader.connect()
        connection.disconnect()
        reader.connect().disconnect()


def test_an_empty_reader_and_an_absent_one(card_service: CardService) -> None:
    """Two different things for staff to do."""
    card_service.wait_for_card(present=False)
    with pytest.raises(NoCard):
        PcscReader(READER).connect()
    with pytest.raises(NoReader) as absent:
        PcscReader("No such reader").connect()
    assert absent.value.wanted == "No such reader"


def test_a_card_pulled_in_the_middle(card_service: CardService) -> None:
    """The next command raises; laid down again at once, the card is seen again."""
    reader = PcscReader(READER)
    pulled = card_service.reader_of(card("adult"))
    pulled.lay()
    card_service.wait_for_card(present=True)
    connection = reader.connect()
    one = MyNumberCard(connection)
    one.inspect()
    pulled.take_off()
    with pytest.raises(CardGone):
        one.read_touch(CHALLENGE)
    connection.disconnect()
    with card_service.lay(card("adult")):
        connection = reader.connect()
        assert MyNumberCard(connection).tries_left(PinKind.AUTH) == 3
        connection.disconnect()


def test_a_card_that_slipped_is_seen_again(card_service: CardService) -> None:
    """Gone and back before the service looked: the reader is not taken for empty."""
    reader = PcscReader(READER)
    slipping = card_service.reader_of(card("adult"))
    slipping.lay()
    card_service.wait_for_card(present=True)
    connection = reader.connect()
    slipping.take_off()
    with pytest.raises(CardGone):
        MyNumberCard(connection).read_touch(CHALLENGE)
    slipping.lay()
    connection.disconnect()
    card_service.wait_for_card(present=True)
    connection = reader.connect()
    assert MyNumberCard(connection).tries_left(PinKind.AUTH) == 3
    connection.disconnect()
    slipping.take_off()
    card_service.wait_for_card(present=False)


class Events:
    """What a watcher reports, to be taken one by one."""

    def __init__(self) -> None:
        self._reported: queue.Queue[ReaderEvent] = queue.Queue()
        self.put: Callable[[ReaderEvent], None] = self._reported.put

    def take(self) -> ReaderEvent:
        """The next report; waits for it."""
        return self._reported.get(timeout=EVENT_TIMEOUT_S)


def test_the_watcher_tells_of_reader_and_card(card_service: CardService) -> None:
    """In order, from a thread of its own, until it is stopped."""
    card_service.wait_for_card(present=False)
    events = Events()
    watch = PcscReader(READER).watch(events.put)
    assert events.take() == ReaderReady(READER)
    with card_service.lay(card("adult")):
        assert events.take() == CardPresented()
        late = Events()
        second = PcscReader(READER).watch(late.put)
        assert [late.take(), late.take()] == [ReaderReady(READER), CardPresented()]
        second.stop()
    assert events.take() == CardRemoved()
    watch.stop()
    assert "card watch" not in {thread.name for thread in threading.enumerate()}


def test_the_watcher_tells_of_a_missing_reader(card_service: CardService) -> None:
    """The service runs; the reader of the settings is not there."""
    events = Events()
    watch = PcscReader("No such reader").watch(events.put)
    assert events.take() == ReaderMissing(service_runs=True)
    watch.stop()


def test_a_restart_of_the_card_service(card_service: CardService) -> None:
    """The watcher reports it and goes on, conversations end with an error of ours."""
    events = Events()
    watch = PcscReader(READER).watch(events.put)
    assert events.take() == ReaderReady(READER)
    with card_service.lay(card("adult")) as reader:
        assert events.take() == CardPresented()
        connection = reader.connect()
        card_service.stop()
        with pytest.raises((ReaderLost, CardGone, CardUnreadable)):
            MyNumberCard(connection).read_touch(CHALLENGE)
        connection.disconnect()
        assert events.take() == CardRemoved()
        assert events.take() == ReaderMissing(service_runs=False)
        with pytest.raises(ServiceUnavailable):
            reader.connect()
        card_service.start()
        assert events.take() == ReaderReady(READER)
    with card_service.lay(card("adult")) as reader:
        assert events.take() == CardPresented()
        connection = reader.connect()
        assert MyNumberCard(connection).read_touch(CHALLENGE).proof is not None
        connection.disconnect()
    watch.stop()


def test_a_reader_that_is_lost_and_found_again(card_service: CardService) -> None:
    """With a card on it, in the middle of a conversation; the service runs on."""
    events = Events()
    watch = PcscReader(READER).watch(events.put)
    assert events.take() == ReaderReady(READER)
    with card_service.lay(card("adult")) as reader:
        assert events.take() == CardPresented()
        connection = reader.connect()
        with card_service.unplugged():
            with pytest.raises((ReaderLost, CardGone)):
                MyNumberCard(connection).read_touch(CHALLENGE)
            connection.disconnect()
            assert events.take() == CardRemoved()
            assert events.take() == ReaderMissing(service_runs=True)
            # This driver's reader stays in the service's list, which calls the card dumb.
            with pytest.raises((NoReader, CardUnreadable)):
                reader.connect()
        assert events.take() == ReaderReady(READER)
        assert events.take() == CardPresented()
        connection = reader.connect()
        assert MyNumberCard(connection).read_touch(CHALLENGE).proof is not None
        connection.disconnect()
    assert events.take() == CardRemoved()
    watch.stop()


def test_nothing_of_the_tests_listens_in_the_network(card_service: CardService) -> None:
    """Both slots of the reader wait on loopback, though the packaged driver would not."""
    process = Path("/proc") / str(card_service.process_id)
    open_files = {str(file.readlink()) for file in (process / "fd").iterdir()}
    listening = []
    for line in (process / "net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        _slot, local, _remote, state, *_counts = line.split()
        inode = line.split()[9]
        if state == "0A" and f"socket:[{inode}]" in open_files:
            address = bytes.fromhex(local.split(":")[0])
            listening.append(socket.inet_ntoa(address[:: -1 if sys.byteorder == "little" else 1]))
    assert len(listening) == 2
    assert all(address.startswith("127.") for address in listening)


# ---------------------------------------------------------------------------- commands


def test_card_tells_what_lies_there(card_service: CardService, tmp_path: Path) -> None:
    """In words and as JSON; no name, no serial, no PIN spent."""
    trace = Trace()
    with card_service.lay(card("one-try-left"), trace):
        told = run(tmp_path, "card")
        answered = run(tmp_path, "card", "--json")
    assert (told.returncode, answered.returncode) == (0, 0)
    assert "My Number card (JPKIAPICCTOKEN2)" in told.stdout
    assert "1 try left" in told.stdout
    assert json.loads(answered.stdout) == {
        "card": {
            "token_label": "JPKIAPICCTOKEN2",
            "kind": "card",
            "has_signature_certificate": True,
            "has_auth_certificate": True,
            "auth_certificate": {"begins_on": "2025-04-15", "ends_on": "2030-02-28"},
            "tries_left": {"auth_pin": 1, "surface_info_pin": 3},
        },
        "error": None,
    }
    assert not [line for line in trace.lines() if line.startswith("VERIFY")]
    assert_no_forbidden(trace, ["2468"])


def test_card_without_a_card_asks_for_a_person(card_service: CardService, tmp_path: Path) -> None:
    """Status 1, a sentence, and the error's name for programs."""
    card_service.wait_for_card(present=False)
    told = run(tmp_path, "card")
    answered = run(tmp_path, "card", "--json")
    assert (told.returncode, answered.returncode) == (1, 1)
    assert told.stderr
    assert json.loads(answered.stdout) == {"card": None, "error": "NoCard"}


def test_simulate_card_lays_a_card_until_ctrl_c(card_service: CardService, tmp_path: Path) -> None:
    """Prints the PINs; tries are kept in the state file; Ctrl+C is a good end."""
    address = card_service.card_address
    state = str(tmp_path / "tries.json")
    for left in (3, 2):
        card_service.wait_for_card(present=False)
        with simulated_card(tmp_path, address, "two-pins", "--state", state) as secrets:
            assert list(secrets.values()) == ["1234", "5678", "MIHON5678"]
            card_service.wait_for_card(present=True)
            connection = PcscReader(READER).connect()
            assert MyNumberCard(connection).tries_left(PinKind.AUTH) == left
            connection.transmit(bytes.fromhex("00A4040C0AD392F000260100000001"))
            connection.transmit(bytes.fromhex("00A4020C020018"))
            connection.transmit(bytes.fromhex("0020008004") + b"9999")
            connection.disconnect()
