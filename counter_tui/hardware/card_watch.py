"""Watches a reader and tells what happens on it, through restarts of the card service.

pyscard's own monitors die silently with the service; this one reports that the reader is missing,
and goes on looking until it is stopped. Whatever goes wrong, it rests before it tries again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from counter_tui.errors import CardError, ServiceUnavailable
from counter_tui.hardware.transport import (
    CardPresented,
    CardRemoved,
    ReaderEvent,
    ReaderMissing,
    ReaderReady,
)

log = logging.getLogger(__name__)

WAIT_S: Final = 2.0
"""Longest wait for an event before the service is asked again whether it is there at all."""
RETRY_S: Final = 0.5
"""Pause after anything that went wrong: long for a processor, short for a person."""


@dataclass(frozen=True)
class SlotState:
    """What the card service knows of a reader at one moment.

    Attributes:
        known: the service's own number for this state, handed back when waiting for the next.
        card_present: a card lies there.
        changes: how often a card came or went so far; always 0 where that is not counted.
    """

    known: int
    card_present: bool
    changes: int


class CardService(Protocol):
    """A line to the card service, for the watcher's thread alone (but for `cancel`)."""

    def reader(self, wanted: str | None) -> str | None:
        """The reader to watch, or None when it is not plugged in.

        Raises:
            ServiceUnavailable
        """
        ...

    def state(self, reader: str) -> SlotState:
        """How a reader is now.

        Raises:
            ReaderLost: it is not there, or the service ended.
        """
        ...

    def wait_for_card(self, reader: str, known: int, timeout_s: float) -> SlotState | None:
        """Wait until the card on a reader comes or goes; None when nothing happened in time.

        Raises:
            ReaderLost: the reader was unplugged, or the service ended.
        """
        ...

    def wait_for_reader(self, timeout_s: float) -> None:
        """Wait until readers come or go, or until the time is over.

        Raises:
            ReaderLost: the service ended.
        """
        ...

    def cancel(self) -> None:
        """End a wait, from another thread."""
        ...

    def close(self) -> None:
        """Close the line."""
        ...


class CardWatch:
    """A running observation of a reader, on a thread of its own."""

    def __init__(
        self,
        open_service: Callable[[], CardService],
        wanted: str | None,
        report: Callable[[ReaderEvent], None],
        retry_s: float = RETRY_S,
    ) -> None:
        """Starts at once.

        Args:
            open_service: a new line to the card service; may raise `ServiceUnavailable`.
            wanted: beginning of the reader's name, or None for the first reader.
            report: called on the watcher's thread; what it raises is logged.
            retry_s: pause after anything that went wrong.
        """
        self._retry_s = retry_s
        self._open_service = open_service
        self._wanted = wanted
        self._report = report
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._service: CardService | None = None
        self._missing: ReaderMissing | None = None
        self._is_failing = False
        self._thread = threading.Thread(target=self._work, name="card watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it; returns when its thread has ended, or after two waits if it hangs."""
        self._stopped.set()
        if threading.current_thread() is self._thread:
            return
        # A wait that begins just after a cancel is not ended by it: hence again until it ends.
        for _ in range(round(2 * WAIT_S / 0.05)):
            with self._lock:
                if self._service is not None:
                    self._service.cancel()
            self._thread.join(0.05)
            if not self._thread.is_alive():
                return

    def _work(self) -> None:
        while not self._stopped.is_set():
            try:
                self._watch_a_line()
            except ServiceUnavailable:
                self._report_missing(service_runs=False)
            except CardError:
                self._report_missing(service_runs=self._service_runs())
            except Exception:
                # A mistake of ours. Without a watcher no card would be seen until the next start,
                # and no lamp would say so.
                if not self._is_failing:
                    self._is_failing = True
                    log.exception("card watch failed, and goes on")
                self._report_missing(service_runs=True)
            self._stopped.wait(self._retry_s)

    def _service_runs(self) -> bool:
        """Whether it was the reader that went, or the service with it."""
        try:
            self._open_service().close()
        except ServiceUnavailable:
            return False
        return True

    def _watch_a_line(self) -> None:
        """Open a line to the service and watch on it until stopped, or until something raises."""
        service = self._open_service()
        with self._lock:
            self._service = service
        try:
            self._watch(service)
        finally:
            with self._lock:
                self._service = None
            service.close()

    def _watch(self, service: CardService) -> None:
        """Watch until stopped, or until something raises."""
        while not self._stopped.is_set():
            reader = service.reader(self._wanted)
            if reader is None:
                self._report_missing(service_runs=True)
                service.wait_for_reader(WAIT_S)
            else:
                self._watch_reader(service, reader)

    def _watch_reader(self, service: CardService, reader: str) -> None:
        state = service.state(reader)
        self._missing = None
        self._is_failing = False
        self._tell(ReaderReady(reader))
        if state.card_present:
            self._tell(CardPresented())
        try:
            while not self._stopped.is_set():
                now = service.wait_for_card(reader, state.known, WAIT_S)
                if now is not None:
                    self._report_change(state, now)
                    state = now
        finally:
            if state.card_present and not self._stopped.is_set():
                self._tell(CardRemoved())

    def _report_change(self, before: SlotState, now: SlotState) -> None:
        if before.card_present and not now.card_present:
            self._tell(CardRemoved())
        elif now.card_present and not before.card_present:
            self._tell(CardPresented())
        elif now.card_present and now.changes != before.changes:
            # Taken off and laid down again between two looks: perhaps another card.
            self._tell(CardRemoved())
            self._tell(CardPresented())

    def _report_missing(self, *, service_runs: bool) -> None:
        """Once for each reason, not at each try."""
        missing = ReaderMissing(service_runs)
        if missing != self._missing:
            self._missing = missing
            self._tell(missing)

    def _tell(self, event: ReaderEvent) -> None:
        try:
            self._report(event)
        except Exception:
            # Whoever is told has a mistake; the reader has not.
            log.exception("a report of the card watch was not taken")
