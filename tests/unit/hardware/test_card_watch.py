"""The watcher's rules, over a card service whose states a test gives."""

from __future__ import annotations

import queue
import threading
from typing import Final

from counter_tui.errors import ReaderLost, ServiceUnavailable
from counter_tui.hardware.card_watch import CardWatch, SlotState
from counter_tui.hardware.transport import (
    CardPresented,
    CardRemoved,
    ReaderEvent,
    ReaderMissing,
    ReaderReady,
)

EMPTY: Final = SlotState(known=0, card_present=False, changes=0)
PRESENT: Final = SlotState(known=1, card_present=True, changes=1)
READY: Final = ReaderReady("Reader 00")

Step = str | None | SlotState | Exception


class ScriptedService:
    """A card service that goes through steps, then waits until it is cancelled."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.cancelled = threading.Event()
        self.closed = False

    def _step(self) -> Step:
        if not self.steps:
            assert self.cancelled.wait(10)
            return None
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    def reader(self, wanted: str | None) -> str | None:
        step = self._step()
        assert step is None or isinstance(step, str)
        return step

    def state(self, reader: str) -> SlotState:
        step = self._step()
        assert isinstance(step, SlotState)
        return step

    def wait_for_card(self, reader: str, known: int, timeout_s: float) -> SlotState | None:
        step = self._step()
        assert step is None or isinstance(step, SlotState)
        return step

    def wait_for_reader(self, timeout_s: float) -> None:
        self._step()

    def cancel(self) -> None:
        self.cancelled.set()

    def close(self) -> None:
        self.closed = True


def watching(*services: ScriptedService | ServiceUnavailable, expected: int) -> list[ReaderEvent]:
    """Run the watcher over services, each opened after the one before ended."""
    left = list(services)
    events: queue.Queue[ReaderEvent] = queue.Queue()

    def open_service() -> ScriptedService:
        service = left.pop(0)
        if isinstance(service, ServiceUnavailable):
            raise service
        return service

    watch = CardWatch(open_service, None, events.put, retry_s=0.0)
    found = [events.get(timeout=10) for _ in range(expected)]
    watch.stop()
    watch.stop()
    assert events.empty()
    assert all(one.closed for one in services if isinstance(one, ScriptedService))
    return found


def test_the_first_report_tells_of_the_reader() -> None:
    """A card that lies there already comes after it."""
    service = ScriptedService("Reader 00", PRESENT)
    assert watching(service, expected=2) == [READY, CardPresented()]


def test_cards_come_and_go() -> None:
    """Each change once; a wait without change is nothing."""
    service = ScriptedService(
        "Reader 00",
        EMPTY,
        None,
        SlotState(2, True, 1),
        SlotState(3, True, 1),
        SlotState(4, False, 2),
    )
    assert watching(service, expected=3) == [READY, CardPresented(), CardRemoved()]


def test_a_card_exchanged_between_two_looks() -> None:
    """Another card may lie there: the first one's conversation must end."""
    service = ScriptedService("Reader 00", PRESENT, SlotState(5, True, 3))
    assert watching(service, expected=4) == [
        READY,
        CardPresented(),
        CardRemoved(),
        CardPresented(),
    ]


def test_no_reader_is_told_once_and_looked_for() -> None:
    """Until one is plugged in."""
    service = ScriptedService(None, None, None, None, "Reader 00", EMPTY)
    assert watching(service, expected=2) == [ReaderMissing(service_runs=True), READY]


def test_no_service_is_told_once_and_looked_for() -> None:
    """Until it has started."""
    services = (
        ServiceUnavailable(),
        ServiceUnavailable(),
        ScriptedService("Reader 00", EMPTY),
    )
    assert watching(*services, expected=2) == [ReaderMissing(service_runs=False), READY]


def test_a_service_restarted_under_a_card() -> None:
    """The card's conversation is over; a new line finds reader and card again."""
    services = (
        ScriptedService("Reader 00", PRESENT, ReaderLost()),
        ServiceUnavailable(),
        ScriptedService("Reader 00", PRESENT),
    )
    assert watching(*services, expected=6) == [
        READY,
        CardPresented(),
        CardRemoved(),
        ReaderMissing(service_runs=False),
        READY,
        CardPresented(),
    ]


def test_a_reader_unplugged_and_plugged_in_again() -> None:
    """Missing in between, with the service running."""
    services = (
        ScriptedService("Reader 00", EMPTY, ReaderLost()),
        ScriptedService(None, None, "Reader 00", EMPTY),
    )
    assert watching(*services, expected=3) == [READY, ReaderMissing(service_runs=True), READY]
