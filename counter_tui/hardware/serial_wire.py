"""A serial line to a receipt printer, opened by pyserial."""

from __future__ import annotations

import contextlib
import os
import time
from typing import Final, Literal

from counter_tui.errors import PrinterUnreachable
from counter_tui.hardware.printer_wire import StreamWire, WireBroken

Flow = Literal["rtscts", "xonxoff", "none"]

_PIECE: Final = 256
"""At 9600 baud a quarter of a second; a line tells seldom that it is full."""

_LOOK_S: Final = 0.02


class SerialWire(StreamWire):
    """An RS-232 line, or a USB adapter that stands for one: 8 bits, no parity, one stop bit."""

    def __init__(self, device: str, baudrate: int, flow: Flow) -> None:
        """Open it; does not wait for the printer.

        Args:
            device: e.g. /dev/ttyS0.
            flow: how the printer says that its memory is full.

        Raises:
            PrinterUnreachable: it is not there, is no serial line, is in use, or not ours.
        """
        super().__init__()
        import serial  # 15 ms; only a terminal with such a printer needs it

        try:
            self._port = serial.Serial(
                device,
                baudrate,
                timeout=0,
                write_timeout=0,
                rtscts=flow == "rtscts",
                xonxoff=flow == "xonxoff",
                exclusive=True,
            )
        except (OSError, ValueError) as error:  # SerialException is an OSError
            raise PrinterUnreachable(device) from error

    def finish(self, wait_s: float) -> None:
        """Wait up to `wait_s` until the line has taken what is on its way, and close.

        What it has not taken by then is dropped: closing would wait for a printer that holds the
        line, up to half a minute (closing_wait of Linux's serial ports).
        """
        until = time.monotonic() + wait_s
        with contextlib.suppress(OSError):
            while self._port.out_waiting and time.monotonic() < until:
                time.sleep(_LOOK_S)
            if self._port.out_waiting:
                self._port.reset_output_buffer()
        with contextlib.suppress(OSError):
            self._port.close()

    def _fileno(self) -> int:
        return int(self._port.fileno())

    def _give(self, data: memoryview) -> int:
        return os.write(self._port.fileno(), data[:_PIECE])

    def _take(self) -> bytes:
        try:
            return os.read(self._port.fileno(), 4096)
        except BlockingIOError:
            raise
        except OSError as error:  # an adapter that was pulled out
            raise WireBroken("receive") from error
