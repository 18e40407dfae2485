"""ESC/POS receipt printers on the network, on USB, on a serial line, behind a file or CUPS.

python-escpos carries the bytes of a job (`escpos_connectors`). What is sent is made by
`receipt_encoding`; what comes back is read by `printer_answers`. Questions alone need no
python-escpos, so it is not imported before the first slip.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, cast
from urllib.parse import urlsplit

from counter_tui.errors import (
    InvalidPrinterAddress,
    PrinterCutOff,
    PrinterError,
    PrinterNotReady,
    PrinterUnreachable,
)
from counter_tui.hardware.escpos_connectors import Kind, carried
from counter_tui.hardware.printer import Delivery, Printer, PrinterState
from counter_tui.hardware.printer_answers import ask_confirmation
from counter_tui.hardware.printer_conversation import RESYNCHRONISE, Conversation, TimeLimits
from counter_tui.hardware.printer_models import GENERIC, PrinterModel, model_named, model_reported
from counter_tui.hardware.printer_wire import (
    DeviceWire,
    TcpWire,
    TwoWay,
    WireBroken,
    is_printable_file,
)
from counter_tui.hardware.receipt_encoding import CUT
from counter_tui.hardware.serial_wire import Flow, SerialWire
from counter_tui.hardware.spooler_wire import SpoolerWire, queue_reason
from counter_tui.hardware.usb_wire import UsbWire
from counter_tui.settings import CUPS_QUEUE, SERIAL_LINE, USB_IDS

_log = logging.getLogger(__name__)

ALLOWED_ADDRESSES: Final = (
    '"tcp://HOST:PORT", "usb:VVVV:PPPP", "serial:/DEVICE", "file:/PATH" or "cups:QUEUE"'
)


@dataclass(frozen=True)
class Paper:
    """What a printer's lines are, as the settings say.

    Attributes:
        columns: half-width characters in a line.
        extension_rows: JIS rows beyond JIS X 0208 that its font is known to hold.
    """

    columns: int
    extension_rows: frozenset[int] = frozenset()


def open_printer(
    address: str, paper: Paper, model: str = "auto", limits: TimeLimits | None = None
) -> Printer:
    """The printer at `address`; nothing is opened or imported before it is used.

    Args:
        address: `tcp://HOST:PORT`; `usb:VVVV:PPPP`, vendor and product in hexadecimal;
            `serial:/dev/ttyS0?baudrate=38400&flow=rtscts` (both may be left out: 9600, rtscts);
            `file:/dev/usb/lp0` (an existing device, FIFO or file); `cups:QUEUE`.
        model: "auto", or a name of `printer_models`; without effect where nothing is answered.
        limits: other times than the usual ones, for tests.

    Raises:
        InvalidPrinterAddress: another scheme, or a part is missing or odd.
    """
    limits = limits or TimeLimits()
    kind, _, rest = address.partition(":")
    if kind == "file" and rest.startswith("/") and "\0" not in rest:
        return DeviceFilePrinter(Path(rest), paper, limits)
    if kind == "cups" and CUPS_QUEUE.fullmatch(rest):
        return SpooledPrinter(rest, paper, limits)
    way = _two_way(kind, address, limits)
    if way is None:
        raise InvalidPrinterAddress(address, ALLOWED_ADDRESSES)
    return TwoWayPrinter(way[0], way[1], paper, model, limits)


def _two_way(
    kind: str, address: str, limits: TimeLimits
) -> tuple[Kind, Callable[[], TwoWay]] | None:
    """The connector and the wire for an address of a printer that answers."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    rest = address.partition(":")[2]
    if kind == "tcp":
        if host and port and f"tcp://{parts.netloc}" == address.rstrip("/") and not parts.username:
            return "Network", partial(TcpWire, host, port, limits.connect)
    elif kind == "usb" and (ids := USB_IDS.fullmatch(rest)):
        return "Usb", partial(UsbWire, int(ids[1], 16), int(ids[2], 16))
    elif kind == "serial" and (line := SERIAL_LINE.fullmatch(rest)):
        flow = cast(Flow, line[3] or "rtscts")
        return "Serial", partial(SerialWire, line[1], int(line[2] or "9600"), flow)
    return None


# ------------------------------------------------------------------ printers that answer


class TwoWayPrinter:
    """A printer that can be asked. One connection for each job and each question.

    Connections are short because a network printer serves one at a time, and two counters may
    share it. To be used by one thread at a time.
    """

    def __init__(
        self,
        kind: Kind,
        connect: Callable[[], TwoWay],
        paper: Paper,
        model: str,
        limits: TimeLimits,
    ) -> None:
        self._kind = kind
        self._connect = connect
        self._paper = paper
        self._limits = limits
        self._model = model_named(model)
        """What it is; None: it has not been asked yet."""
        self._has_confirmed = False
        """Whether this printer has ever answered GS ( H: then we insist on it."""
        self._may_hold_torn_slip = False
        """Whether the last job failed midway: its half would head the next patron's slip."""
        self._may_await_parameters = True
        """Whether a torn job, perhaps of an earlier run, may have left a command half said."""

    @property
    def columns(self) -> int:
        """Width of a line in half-width characters."""
        return self._paper.columns

    @property
    def extension_rows(self) -> frozenset[int]:
        """JIS rows that its font holds beyond JIS X 0208."""
        return self._paper.extension_rows

    @property
    def model(self) -> str:
        """Its family as settings write it, or "auto" as long as it was not asked."""
        return "auto" if self._model is None else self._model.name

    def status(self) -> PrinterState:
        """Ask the printer how it is. Blocks up to 8 s; never raises a PrinterError."""
        try:
            # Not each time: an offline printer keeps NULs too, until its memory is full.
            with self._conversation() as (_wire, conversation):
                state = conversation.preflight(resynchronise=self._may_await_parameters)
                self._may_await_parameters = False
                if state.ready:
                    self._recognise(conversation)
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
        ask_confirmation(confirm_id)
        with self._conversation() as (wire, conversation):
            state = conversation.preflight(resynchronise=True)
            if not state.ready:
                raise PrinterNotReady(state.reason or "offline")
            if state.paper_near_end:
                _log.info("the paper of the printer is near its end")
            confirms = self._recognise(conversation).confirms
            first = CUT if self._may_hold_torn_slip else b""
            with carried(self._kind, wire) as send:
                self._may_hold_torn_slip = self._may_await_parameters = True
                delivery = conversation.print_job(
                    send,
                    first,
                    job,
                    confirm_id,
                    confirms=True if self._has_confirmed else confirms,
                )
        self._may_hold_torn_slip = self._may_await_parameters = False
        self._has_confirmed = self._has_confirmed or delivery is Delivery.PRINTED
        return delivery

    def _recognise(self, conversation: Conversation) -> PrinterModel:
        """What it is; asks once. One that does not say is not asked again."""
        if self._model is None:
            said = conversation.ask_model()
            self._model = GENERIC if said is None else model_reported(said)
            _log.info("the printer says %r: taken for %s", said, self._model.name)
        return self._model

    @contextmanager
    def _conversation(self) -> Iterator[tuple[TwoWay, Conversation]]:
        wire = self._connect()
        try:
            yield wire, Conversation(wire, self._limits)
        finally:
            wire.finish(self._limits.close)


# ------------------------------------------------------------------ printers that do not


class DeviceFilePrinter:
    """A printer behind a device file: it takes bytes and says nothing.

    Reading back from such devices differs from driver to driver, so a job is at best SENT.
    To be used by one thread at a time.
    """

    def __init__(self, path: Path, paper: Paper, limits: TimeLimits) -> None:
        self._path = path
        self._paper = paper
        self._limits = limits
        self._may_hold_torn_slip = False
        """As for a printer that answers."""

    @property
    def columns(self) -> int:
        """Width of a line in half-width characters."""
        return self._paper.columns

    @property
    def extension_rows(self) -> frozenset[int]:
        """JIS rows that its font holds beyond JIS X 0208."""
        return self._paper.extension_rows

    @property
    def model(self) -> str:
        """Nobody can ask it."""
        return GENERIC.name

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
            with carried("File", wire) as send:
                send(first + job)
        except WireBroken as error:
            bytes_sent = max(wire.sent - len(first), 0)
            if bytes_sent == 0:
                raise PrinterUnreachable(str(error)) from error
            self._may_hold_torn_slip = True
            raise PrinterCutOff(str(error), bytes_sent) from error
        finally:
            wire.finish(self._limits.close)
        self._may_hold_torn_slip = False
        return Delivery.SENT


class SpooledPrinter:
    """A printer behind a queue of CUPS: whole jobs go in, and nothing of the paper comes back."""

    def __init__(self, queue: str, paper: Paper, limits: TimeLimits) -> None:
        self._queue = queue
        self._paper = paper
        self._limits = limits

    @property
    def columns(self) -> int:
        """Width of a line in half-width characters."""
        return self._paper.columns

    @property
    def extension_rows(self) -> frozenset[int]:
        """JIS rows that its font holds beyond JIS X 0208."""
        return self._paper.extension_rows

    @property
    def model(self) -> str:
        """Nobody can ask it."""
        return GENERIC.name

    def status(self) -> PrinterState:
        """Whether the queue would print; of the printer it says nothing. Blocks up to 3 s."""
        reason = queue_reason(self._queue, self._limits.connect)
        return PrinterState(reason is None, reason)

    def write(self, job: bytes, confirm_id: str) -> Delivery:
        """Give one whole job to the queue. Blocks up to 33 s. Never repeats anything.

        Returns:
            SENT.

        Raises:
            PrinterUnreachable: no CUPS here, no such queue, or it did not take the job.
            PrinterNotReady: the queue is stopped; a job would come out some day, so none is
                given to it.
            PrinterCutOff: no answer; the queue may have the job.
            ValueError: `confirm_id` is not four ASCII characters.
        """
        ask_confirmation(confirm_id)
        state = self.status()
        if not state.ready:
            if state.reason == "offline":
                raise PrinterNotReady("offline")
            raise PrinterUnreachable(self._queue)
        wire = SpoolerWire(self._queue)
        wire.deadline = time.monotonic() + self._limits.job
        try:
            with carried("LP", wire) as send:
                send(RESYNCHRONISE + job)
            wire.hand_over()
        except WireBroken as error:
            raise PrinterCutOff(str(error), len(job)) from error
        finally:
            wire.finish(self._limits.close)
        return Delivery.SENT
