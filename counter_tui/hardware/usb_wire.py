"""A receipt printer on USB, spoken to by libusb through pyusb.

python-escpos would reset the device at each opening, and takes for granted on which endpoints it
listens; both differ from model to model (docs/printing.md §1). The printer's own description of
itself is asked instead.
"""

from __future__ import annotations

import contextlib
import time
from typing import Any, Final

from counter_tui.errors import PrinterUnreachable
from counter_tui.hardware.printer_wire import WireBroken

_PRINTER_CLASS: Final = 7
"""Interface class of printers (USB-IF, *Printer Class* 1.1)."""

_PIECE: Final = 2048
_PIECE_MS: Final = 250
"""How long one piece may wait before we listen in between."""


class UsbWire:
    """The printer interface of one device, claimed for as long as the wire lives."""

    def __init__(self, vendor: int, product: int) -> None:
        """Find and claim it; the kernel's driver (usblp) is put aside meanwhile.

        Raises:
            PrinterUnreachable: not plugged in, not ours to use, no printer, no libusb here.
        """
        import usb.core  # 20 ms, and libusb; only a terminal with such a printer needs it
        import usb.util

        self._usb_error: type[OSError] = usb.core.USBError
        self._timeout_error: type[OSError] = usb.core.USBTimeoutError
        self._inbox = bytearray()
        self.sent = 0
        self.deadline = time.monotonic()
        name = f"usb:{vendor:04x}:{product:04x}"
        try:
            device = usb.core.find(idVendor=vendor, idProduct=product)
        except usb.core.NoBackendError as error:
            raise PrinterUnreachable("libusb") from error
        if device is None:
            raise PrinterUnreachable(name)
        self._device: Any = device
        self._interface: int | None = None
        self._had_driver = False
        try:
            self._claim()
        # NotImplementedError: pyusb's word for what this system's libusb cannot do.
        except (usb.core.USBError, NotImplementedError) as error:
            self.finish(0)
            raise PrinterUnreachable(name) from error

    def _claim(self) -> None:
        import usb.util

        for interface in self._device[0]:
            if interface.bInterfaceClass != _PRINTER_CLASS:
                continue
            number = interface.bInterfaceNumber
            # Where libusb knows of no kernel drivers (not on Linux), there is none to detach.
            with contextlib.suppress(NotImplementedError):
                if self._device.is_kernel_driver_active(number):
                    self._device.detach_kernel_driver(number)
                    self._had_driver = True
            self._interface = number
            usb.util.claim_interface(self._device, number)
            bulk = [
                endpoint.bEndpointAddress
                for endpoint in interface
                if usb.util.endpoint_type(endpoint.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK
            ]
            outward = [address for address in bulk if not address & usb.util.ENDPOINT_IN]
            inward = [address for address in bulk if address & usb.util.ENDPOINT_IN]
            if outward and inward:
                self._out, self._in = outward[0], inward[0]
                return
        raise self._usb_error("no printer interface that listens and answers")

    def send(self, data: bytes) -> None:
        """Send everything; see `OneWay`."""
        rest = data
        while rest:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise WireBroken("the printer takes no more bytes")
            try:
                count = self._device.write(self._out, rest[:_PIECE], _milliseconds(left))
            except self._timeout_error:
                self._listen(1)  # a printer may wait for us to listen
                continue
            except self._usb_error as error:
                raise WireBroken("send") from error
            self.sent += count
            rest = rest[count:]

    def read(self, until: float) -> bytes:
        """What the printer has said; see `TwoWay`."""
        until = min(until, self.deadline)
        while not self._inbox:
            left = until - time.monotonic()
            self._listen(_milliseconds(left))
            if left <= 0:
                break
        received = bytes(self._inbox)
        self._inbox.clear()
        return received

    def finish(self, wait_s: float) -> None:
        """Give the interface back, to the kernel's driver where it had one."""
        import usb.util

        # It may be pulled out already; what went wrong before is what has to be told.
        with contextlib.suppress(self._usb_error, NotImplementedError):
            if self._interface is not None:
                usb.util.release_interface(self._device, self._interface)
                if self._had_driver:
                    self._device.attach_kernel_driver(self._interface)
        with contextlib.suppress(self._usb_error):
            usb.util.dispose_resources(self._device)

    def _listen(self, wait_ms: int) -> None:
        try:
            # A whole packet at high speed; a shorter buffer could overflow.
            self._inbox += self._device.read(self._in, 512, wait_ms)
        except self._timeout_error:
            return
        except self._usb_error as error:
            raise WireBroken("receive") from error


def _milliseconds(left_s: float) -> int:
    """For one transfer; 0 would mean for ever."""
    return max(1, min(int(left_s * 1000), _PIECE_MS))
