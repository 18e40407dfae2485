"""ESC/POS receipt printers on the network or behind a device file.

python-escpos carries the bytes, and nothing else of it is used: its text functions send kanji
as Chinese, and its status functions misread (docs/printing.md §1). What is sent is made by
`receipt_encoding`; what comes back is read by `printer_answers`.
"""

from __future__ import annotations

import functools
import logging
import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

from counter_tui.errors import (
    InvalidPrinterAddress,
    PrinterCutOff,
    PrinterError,
    PrinterNotReady,
    PrinterSilent,
    PrinterUnreachable,
)
from counter_tui.hardware.printer import Delivery, Printer, PrinterState
from counter_tui.hardware.printer_answers import (
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
from counter_tui.hardware.printer_wire import DeviceWire, TcpWire, WireBroken, is_printable_file
from counter_tui.hardware.receipt_encoding import CUT

_log = logging.getLogger(__name__)

RESYNCHRONISE: Final = bytes(80)
"""NULs that fill up what a torn job may have left half said; printers ignore them.

The longest thing of ours that a printer waits for is a 72-byte picture of a character; a reset
alone would be swallowed by it, and so would be a status query, which a printer takes for the
missing parameters as well as for a query (docs/printing.md §6).
"""

ALLOWED_ADDRESSES: Final = '"tcp://HOST:PORT" or "file:/PATH"'


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


def open_printer(address: str, columns: int, limits: TimeLimits | None = None) -> Printer:
    """The printer at `address`; nothing is opened or imported before it is used.

    Args:
        address: `tcp://HOST:PORT`, or `file:/dev/usb/lp0` (an existing device, FIFO or file).
        columns: half-width characters in a line of its paper.
        limits: other times than the usual ones, for tests.

    Raises:
        InvalidPrinterAddress: another scheme, or a part is missing.
    """
    scheme = address.partition(":")[0]
    if scheme == "file" and address.startswith("file:/") and "\0" not in address:
        return DeviceFilePrinter(Path(address.removeprefix("file:")), columns, limits)
    if scheme == "tcp":
        try:
            parts = urlsplit(address)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise InvalidPrinterAddress(address, ALLOWED_ADDRESSES) from error
        if host and port and f"tcp://{parts.netloc}" == address.rstrip("/") and not parts.username:
            return NetworkPrinter(host, port, columns, limits)
    raise InvalidPrinterAddress(address, ALLOWED_ADDRESSES)


# ----------------------------------------------------------------------- python-escpos


class _Connector(Protocol):
    """What we use of a connector of python-escpos."""

    device: object

    def _raw(self, msg: bytes) -> None: ...


@functools.cache
def _connectors() -> tuple[Callable[..., _Connector], Callable[..., _Connector]]:
    """The classes Network and File of python-escpos.

    0.3 s and 18 MB, hence not before the first slip. The import of python-escpos 3.1 would also
    put a handler that writes into the terminal on the root logger, load a pickle from a folder
    named in the environment, and leave a temporary folder behind; none of this happens here.
    """
    os.environ.pop("ESCPOS_CAPABILITIES_PICKLE_DIR", None)
    root = logging.getLogger()
    guard = logging.NullHandler()  # logging.basicConfig() does nothing where a handler is
    root.addHandler(guard)
    try:
        from escpos import capabilities
        from escpos.printer import File, Network
    finally:
        root.removeHandler(guard)
    # Without the variable this is the temporary folder that the import has just made.
    shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)
    return Network, File


@contextmanager
def _carrying(
    connector: _Connector, wire: TcpWire | DeviceWire
) -> Iterator[Callable[[bytes], None]]:
    """Let `connector` send through `wire`; gives its function that sends raw bytes."""
    connector.device = wire
    try:
        yield connector._raw
    finally:
        # Its own closing would log, and cut the connection instead of ending it; False is
        # what it knows as "never opened".
        connector.device = False


# ----------------------------------------------------------------------------- network


class NetworkPrinter:
    """A printer on the network. One connection for each job and each question.

    Connections are short because a printer serves one at a time, and two counters may share it.
    To be used by one thread at a time.
    """

    def __init__(
        self, host: str, port: int, columns: int, limits: TimeLimits | None = None
    ) -> None:
        self._host = host
        self._port = port
        self._columns = columns
        self._limits = limits or TimeLimits()
        self._has_confirmed = False
        """Whether this printer has ever answered GS ( H: then we insist on it."""
        self._may_hold_torn_slip = False
        """Whether the last job failed midway: its half would head the next patron's slip."""
        self._may_await_parameters = True
        """Whether a torn job, perhaps of an earlier run, may have left a command half said."""

    @property
    def columns(self) -> int:
        """Width of a line in half-width characters."""
        return self._columns

    def status(self) -> PrinterState:
        """Ask the printer how it is. Blocks up to 7 s; never raises a PrinterError."""
        try:
            # Not each time: an offline printer keeps NULs too, until its memory is full.
            with self._conversation() as conversation:
                state = conversation.preflight(resynchronise=self._may_await_parameters)
                self._may_await_parameters = False
                return state
        except PrinterUnreachable:
            return PrinterState(ready=False, reason="unreachable")
        except PrinterError:
            return PrinterState(ready=False, reason="no_answer")

    def write(self, job: bytes, confirm_id: str) -> Delivery:
        """Print one whole job. Blocks up to 40 s. Nothing is ever sent a second time.

        Returns:
            PRINTED when the printer confirmed the paper, SENT when it cannot do so but has
            processed the job, or at least still answers that it is well.

        Raises:
            PrinterUnreachable: no connection; nothing was sent.
            PrinterSilent: no answer to a status query; `bytes_sent` tells before or after.
            PrinterNotReady: paper, cover or another reason; `bytes_sent` tells before or after.
            PrinterCutOff: the connection broke or stalled in the middle.
            ValueError: `confirm_id` is not four ASCII characters.
        """
        query = ask_confirmation(confirm_id)
        with self._conversation() as conversation:
            state = conversation.preflight(resynchronise=True)
            if not state.ready:
                raise PrinterNotReady(state.reason or "offline")
            if state.paper_near_end:
                _log.info("the paper of %s:%d is near its end", self._host, self._port)
            first = CUT if self._may_hold_torn_slip else b""
            self._may_hold_torn_slip = self._may_await_parameters = True
            delivery = conversation.print_job(
                first, job, query, confirm_id, insist_on_confirmation=self._has_confirmed
            )
        self._may_hold_torn_slip = self._may_await_parameters = False
        self._has_confirmed = self._has_confirmed or delivery is Delivery.PRINTED
        return delivery

    @contextmanager
    def _conversation(self) -> Iterator[_Conversation]:
        connector = _connectors()[0](self._host, self._port)
        wire = TcpWire(self._host, self._port, self._limits.connect)
        try:
            with _carrying(connector, wire) as send:
                yield _Conversation(wire, send, self._limits)
        finally:
            wire.finish(self._limits.close)


class _Conversation:
    """One connection to a printer: a few questions, and at most one job."""

    def __init__(self, wire: TcpWire, send: Callable[[bytes], None], limits: TimeLimits) -> None:
        self._wire = wire
        self._send = send
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
                self._send(RESYNCHRONISE)
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
        self._send(query)
        until = time.monotonic() + self._limits.answer
        while True:
            received = self._wire.read(until)
            if not received or time.monotonic() >= until + self._limits.poll:
                raise PrinterSilent(f"no answer to {query.hex()}")
            for answer in self._answers.feed(received):
                if isinstance(answer, RealTimeStatus):
                    return answer.bits

    # -------------------------------------------------------------------------- the job

    def print_job(
        self,
        first: bytes,
        job: bytes,
        query: bytes,
        confirm_id: str,
        *,
        insist_on_confirmation: bool,
    ) -> Delivery:
        """Send everything, and wait for what the printer says of it; see `write`.

        Args:
            first: goes before the job and is not counted as of it.
            job: from reset to cut.
            query: asks for the confirmation of `confirm_id`.
            confirm_id: four ASCII characters.
            insist_on_confirmation: nothing less will do.
        """
        self._wire.deadline = time.monotonic() + self._limits.job
        self._job_starts_at = self._wire.sent + len(first)
        self._job_length = len(job)
        try:
            self._send(first + job + query + ASK_PROCESSED)
            return self._await_delivery(confirm_id, insist_on_confirmation)
        except WireBroken as error:
            if self._bytes_sent == 0:
                raise PrinterUnreachable(str(error)) from error
            raise PrinterCutOff(str(error), self._bytes_sent) from error

    @property
    def _bytes_sent(self) -> int:
        """Bytes of the job that have left; what goes before it and the queries are not."""
        return min(max(self._wire.sent - self._job_starts_at, 0), self._job_length)

    def _await_delivery(self, confirm_id: str, insist_on_confirmation: bool) -> Delivery:
        limits, wire = self._limits, self._wire
        watch = _Watch()
        processed_at: float | None = None
        next_poll = time.monotonic() + limits.poll
        while (now := time.monotonic()) < wire.deadline:
            if processed_at is not None and not insist_on_confirmation:
                patience = processed_at + limits.confirmation
                if now >= patience and watch.reason is None:
                    return Delivery.SENT
            if watch.reason is not None and now >= watch.since + limits.recovery:
                raise PrinterNotReady(watch.reason, self._bytes_sent)
            if now >= next_poll:
                next_poll = now + limits.poll
                if not watch.unanswered:
                    self._send(ASK_OFFLINE_CAUSE + ASK_PAPER)
                    watch.unanswered.extend((ASK_OFFLINE_CAUSE, ASK_PAPER))
            for answer in self._answers.feed(wire.read(until=next_poll)):
                if isinstance(answer, Block) and answer.confirmed_id == confirm_id:
                    return Delivery.PRINTED
                if isinstance(answer, Processed) and processed_at is None:
                    processed_at = time.monotonic()
                watch.hear(answer)
        return self._give_up(watch, processed_at is not None, insist_on_confirmation)

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


# ------------------------------------------------------------------------- device file


class DeviceFilePrinter:
    """A printer behind a device file: it takes bytes and says nothing.

    Reading back from such devices differs from driver to driver, so a job is at best SENT.
    To be used by one thread at a time.
    """

    def __init__(self, path: Path, columns: int, limits: TimeLimits | None = None) -> None:
        self._path = path
        self._columns = columns
        self._limits = limits or TimeLimits()
        self._may_hold_torn_slip = False
        """As for a network printer."""

    @property
    def columns(self) -> int:
        """Width of a line in half-width characters."""
        return self._columns

    def status(self) -> PrinterState:
        """Whether the device is there and ours to write. Opens nothing; never raises."""
        try:
            usable = is_printable_file(self._path.stat().st_mode) and os.access(self._path, os.W_OK)
        except OSError:
            usable = False
        return PrinterState(usable, None if usable else "unreachable")

    def write(self, job: bytes, confirm_id: str) -> Delivery:
        """Write one whole job. Blocks up to 30 s. Never repeats anything.

        Returns:
            SENT.

        Raises:
            PrinterUnreachable: the device cannot be opened, or took not one byte of the job.
            PrinterCutOff: it failed or stalled after the first byte.
            ValueError: `confirm_id` is not four ASCII characters.
        """
        ask_confirmation(confirm_id)  # the same rule for every printer
        wire = DeviceWire(self._path)
        wire.deadline = time.monotonic() + self._limits.job
        first = RESYNCHRONISE + (CUT if self._may_hold_torn_slip else b"")
        try:
            with _carrying(_connectors()[1](str(self._path)), wire) as send:
                send(first + job)
        except WireBroken as error:
            bytes_sent = max(wire.sent - len(first), 0)
            if bytes_sent == 0:
                raise PrinterUnreachable(str(error)) from error
            self._may_hold_torn_slip = True
            raise PrinterCutOff(str(error), bytes_sent) from error
        finally:
            wire.close()
        self._may_hold_torn_slip = False
        return Delivery.SENT
