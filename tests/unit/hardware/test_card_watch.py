"""The watcher's rules, over a card service whose states a test gives."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Final

import pytest

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
        ScriptedService(),
        ScriptedService(None, None, "Reader 00", EMPTY),
    )
    assert watching(*services, expected=3) == [READY, ReaderMissing(service_runs=True), READY]


PATIENT: Final = 60.0
"""Longer than any test: a watcher that rests does not come back in it."""


class FailingService(ScriptedService):
    """Opens, and fails at once: a reader that is listed and cannot be asked."""

    def __init__(self, reader: Callable[[], str], state: Callable[[], SlotState]) -> None:
        super().__init__()
        self._reader, self._state = reader, state

    def reader(self, wanted: str | None) -> str | None:
        return self._reader()

    def state(self, reader: str) -> SlotState:
        return self._state()


def _raise(error: Exception) -> Callable[[], SlotState]:
    def fail() -> SlotState:
        raise error

    return fail


def _raise_at_reader(error: Exception) -> Callable[[], str]:
    def fail() -> str:
        raise error

    return fail


@pytest.mark.parametrize(
    ("reader", "state", "service_runs"),
    [
        (lambda: "Reader 00", _raise(ReaderLost()), True),
        (_raise_at_reader(ServiceUnavailable()), _raise(ReaderLost()), False),
        (lambda: "Reader 00", _raise(KeyError("a mistake of ours")), True),
    ],
)
def test_whatever_fails_is_told_once_and_rested_from(
    reader: Callable[[], str], state: Callable[[], SlotState], service_runs: bool
) -> None:
    """Lines that open and fail neither keep a processor busy nor leave the lamp as it was."""
    opened: list[FailingService] = []
    events: queue.Queue[ReaderEvent] = queue.Queue()

    def open_service() -> FailingService:
        opened.append(FailingService(reader, state))
        return opened[-1]

    watch = CardWatch(open_service, None, events.put, retry_s=PATIENT)
    assert events.get(timeout=10) == ReaderMissing(service_runs)
    watch.stop()
    # One to watch on, at most one to see whether the service runs.
    assert 1 <= len(opened) <= 2
    assert all(service.closed for service in opened)
    assert events.empty()


def test_a_reader_that_fails_again_and_again_is_told_once() -> None:
    """Until it works; the pause between tries is no event."""
    lines = [FailingService(lambda: "Reader 00", _raise(ReaderLost())) for _ in range(6)]
    assert watching(*lines, ScriptedService("Reader 00", EMPTY), expected=2) == [
        ReaderMissing(service_runs=True),
        READY,
    ]


def test_a_mistake_of_ours_is_logged_and_the_watch_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Once, not at each try; a card that lay there counts as gone."""
    services = (
        ScriptedService("Reader 00", PRESENT, KeyError("a mistake")),
        FailingService(lambda: "Reader 00", _raise(KeyError("the same"))),
        ScriptedService("Reader 00", EMPTY),
    )
    assert watching(*services, expected=5) == [
        READY,
        CardPresented(),
        CardRemoved(),
        ReaderMissing(service_runs=True),
        READY,
    ]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_who_cannot_take_a_report_does_not_end_the_watch(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What comes later is still told."""
    events: queue.Queue[ReaderEvent] = queue.Queue()

    def report(event: ReaderEvent) -> None:
        if event == READY:
            raise RuntimeError("no screen yet")
        events.put(event)

    service = ScriptedService("Reader 00", PRESENT)
    watch = CardWatch(lambda: service, None, report)
    assert events.get(timeout=10) == CardPresented()
    watch.stop()
    assert "was not taken" in caplog.text
