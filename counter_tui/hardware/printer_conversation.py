"""One connection to a receipt printer: a few questions, and at most one job."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from counter_tui.errors import (
    PrinterCutOff,
    PrinterNotReady,
    PrinterSilent,
    PrinterUnreachable,
)
from counter_tui.hardware.printer import Delivery, PrinterState
from counter_tui.hardware.printer_answers import (
    ASK_MODEL,
    ASK_OFFLINE_CAUSE,
    ASK_PAPER,
    ASK_PROCESSED,
    ASK_STATUS,
    Answer,
    AnswerStream,
    AutomaticStatus,
    Block,
    Processed,
    RealTimeStatus,
    ask_confirmation,
    automatic_reason,
    is_offline,
    is_paper_near_end,
    is_paper_out,
    offline_reason,
)
from counter_tui.hardware.printer_wire import TwoWay, WireBroken

RESYNCHRONISE: Final = bytes(80)
"""NULs that fill up what a torn job may have left half said; printers ignore them.

The longest thing of ours that a printer waits for is a 72-byte picture of a character; a reset
alone would be swallowed by it, and so would be a status query, which a printer takes for the
missing parameters as well as for a query (docs/printing.md §6).
"""


@dataclass(frozen=True)
class TimeLimits:
    """How long each step of a job may take, in seconds. Their sum stays below 40.

    Attributes:
        connect: until the connection stands.
        answer: for each of three status answers before a job.
        job: from the first byte to the confirmation.
        confirmation: for the confirmation when the printer says that it has processed the job;
            models that know no confirmation stay silent then.
        recovery: for staff to mend what the printer complains of, before we tell them that the
            slip is uncertain.
        poll: between two questions while we wait.
        close: for the printer to close its end.
    """

    connect: float = 3.0
    answer: float = 1.0
    job: float = 30.0
    confirmation: float = 5.0
    recovery: float = 10.0
    poll: float = 1.0
    close: float = 1.0


class Conversation:
    """One connection to a printer: a few questions, and at most one job."""

    def __init__(self, wire: TwoWay, limits: TimeLimits) -> None:
        self._wire = wire
        self._limits = limits
        self._answers = AnswerStream()
        self._job_starts_at = 0
        self._job_length = 0

    # ------------------------------------------------------------------- before the job

    def preflight(self, *, resynchronise: bool) -> PrinterState:
        """How the printer is; three questions.

        Args:
            resynchronise: end what a torn job left half said first.

        Raises:
            PrinterSilent: one of them was not answered in time, or it hung up.
        """
        try:
            self._wire.deadline = time.monotonic() + 3 * self._limits.answer + self._limits.poll
            if resynchronise:
                self._wire.send(RESYNCHRONISE)
            # What waits already was said before we asked.
            self._answers.feed(self._wire.read(until=time.monotonic()))
            status = self._ask(ASK_STATUS)
            cause = self._ask(ASK_OFFLINE_CAUSE)
            paper = self._ask(ASK_PAPER)
        except WireBroken as error:
            raise PrinterSilent(str(error)) from error
        reason = offline_reason(cause)
        if is_paper_out(paper):
            reason = reason or "paper_out"
        if is_offline(status):
            reason = reason or "offline"
        return PrinterState(reason is None, reason, is_paper_near_end(paper))

    def _ask(self, query: bytes) -> int:
        self._wire.send(query)
        until = time.monotonic() + self._limits.answer
        while True:
            received = self._wire.read(until)
            if not received or time.monotonic() >= until + self._limits.poll:
                raise PrinterSilent(f"no answer to {query.hex()}")
            for answer in self._answers.feed(received):
                if isinstance(answer, RealTimeStatus):
                    return answer.bits

    def ask_model(self) -> str | None:
        """What the printer says it is, such as "TM-T88VI"; None when it does not say.

        Waits for that as long as for a status answer. Only for a printer that is ready: this
        is no real-time query, and would wait in its memory.
        """
        try:
            self._wire.deadline = time.monotonic() + self._limits.answer
            self._wire.send(ASK_MODEL)
            while received := self._wire.read(self._wire.deadline):
                for answer in self._answers.feed(received):
                    if isinstance(answer, Block) and answer.model is not None:
                        return answer.model
        except WireBroken:
            return None
        return None

    # -------------------------------------------------------------------------- the job

    def print_job(
        self,
        send: Callable[[bytes], None],
        first: bytes,
        job: bytes,
        confirm_id: str,
        *,
        confirms: bool | None,
    ) -> Delivery:
        """Send everything, and wait for what the printer says of it; see `write`.

        Args:
            send: puts bytes onto the wire.
            first: goes before the job and is not counted as of it.
            job: from reset to cut.
            confirm_id: four ASCII characters.
            confirms: True: nothing less than the confirmation will do; False: the printer is
                not asked for it; None: it is asked.
        """
        self._wire.deadline = time.monotonic() + self._limits.job
        self._job_starts_at = self._wire.sent + len(first)
        self._job_length = len(job)
        try:
            query = b"" if confirms is False else ask_confirmation(confirm_id)
            send(first + job + query + ASK_PROCESSED)
            return self._await_delivery(confirm_id, confirms)
        except WireBroken as error:
            if self._bytes_sent == 0:
                raise PrinterUnreachable(str(error)) from error
            raise PrinterCutOff(str(error), self._bytes_sent) from error

    @property
    def _bytes_sent(self) -> int:
        """Bytes of the job that have left; what goes before it and the queries are not."""
        return min(max(self._wire.sent - self._job_starts_at, 0), self._job_length)

    def _await_delivery(self, confirm_id: str, confirms: bool | None) -> Delivery:
        limits, wire = self._limits, self._wire
        watch = _Watch()
        processed_at: float | None = None
        next_poll = time.monotonic() + limits.poll
        while (now := time.monotonic()) < wire.deadline:
            if processed_at is not None and not confirms:
                patience = processed_at + (limits.confirmation if confirms is None else 0)
                if now >= patience and watch.reason is None:
                    return Delivery.SENT
            if watch.reason is not None and now >= watch.since + limits.recovery:
                raise PrinterNotReady(watch.reason, self._bytes_sent)
            if now >= next_poll:
                next_poll = now + limits.poll
                if not watch.unanswered:
                    self._wire.send(ASK_OFFLINE_CAUSE + ASK_PAPER)
                    watch.unanswered.extend((ASK_OFFLINE_CAUSE, ASK_PAPER))
            for answer in self._answers.feed(wire.read(until=next_poll)):
                if isinstance(answer, Block) and answer.confirmed_id == confirm_id:
                    return Delivery.PRINTED
                if isinstance(answer, Processed) and processed_at is None:
                    processed_at = time.monotonic()
                watch.hear(answer)
        return self._give_up(watch, processed_at is not None, bool(confirms))

    def _give_up(self, watch: _Watch, processed: bool, insist_on_confirmation: bool) -> Delivery:
        if watch.reason is not None:
            raise PrinterNotReady(watch.reason, self._bytes_sent)
        if watch.unanswered and not processed:
            raise PrinterSilent("no answer after the job", self._bytes_sent)
        if insist_on_confirmation:
            raise PrinterCutOff("no confirmation", self._bytes_sent)
        return Delivery.SENT


class _Watch:
    """What is known of the printer's health while a job is with it.

    Attributes:
        unanswered: the status queries that are under way; answers come in their order.
        reason: why it does not print at present, or None.
        since: when the present trouble was first heard of.
    """

    def __init__(self) -> None:
        self.unanswered: deque[bytes] = deque()
        self.reason: str | None = None
        self.since = 0.0
        self._reasons: dict[bytes, str | None] = {}

    def hear(self, answer: Answer) -> None:
        """Take an answer of any kind; most say nothing of health."""
        if isinstance(answer, AutomaticStatus):
            # Newer than whatever was asked before.
            self._reasons = {b"": automatic_reason(answer.bits)}
        elif isinstance(answer, RealTimeStatus) and self.unanswered:
            query = self.unanswered.popleft()
            self._reasons.pop(b"", None)
            if query == ASK_PAPER:
                self._reasons[query] = "paper_out" if is_paper_out(answer.bits) else None
            else:
                self._reasons[query] = offline_reason(answer.bits)
        else:
            return
        reason = next((found for found in self._reasons.values() if found is not None), None)
        if reason is not None and self.reason is None:
            self.since = time.monotonic()
        self.reason = reason
