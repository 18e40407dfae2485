"""The simulated printer behind other plugs than a network's: a serial line, USB, CUPS."""

from __future__ import annotations

import os
import select
import socket
import threading
import tty
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import usb.backend
import usb.core

VENDOR, PRODUCT = 0x04B8, 0x0E15


@contextmanager
def serial_line(port: int) -> Iterator[str]:
    """A terminal line whose other end is the printer on this loopback port; gives its device."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    connection = socket.create_connection(("127.0.0.1", port))
    wake_reader, wake_writer = os.pipe()

    def carry() -> None:
        while True:
            ready = select.select([ours, connection.fileno(), wake_reader], [], [])[0]
            if wake_reader in ready:
                return
            try:
                if ours in ready:
                    connection.sendall(os.read(ours, 4096))
                if connection.fileno() in ready:
                    said = connection.recv(4096)
                    if not said:
                        return
                    os.write(ours, said)
            except OSError:
                return

    thread = threading.Thread(target=carry, name="serial line", daemon=True)
    thread.start()
    try:
        yield os.ttyname(theirs)
    finally:
        os.write(wake_writer, b"q")
        thread.join(10)
        connection.close()
        for descriptor in (ours, theirs, wake_reader, wake_writer):
            os.close(descriptor)


_CONFIGURATION: Final = SimpleNamespace(
    bLength=9,
    bDescriptorType=2,
    wTotalLength=32,
    bNumInterfaces=2,
    bConfigurationValue=1,
    iConfiguration=0,
    bmAttributes=0x80,
    bMaxPower=50,
    extra_descriptors=[],
)


def _interface(number: int, kind: int, endpoints: int) -> SimpleNamespace:
    return SimpleNamespace(
        bLength=9,
        bDescriptorType=4,
        bInterfaceNumber=number,
        bAlternateSetting=0,
        bNumEndpoints=endpoints,
        bInterfaceClass=kind,
        bInterfaceSubClass=1,
        bInterfaceProtocol=2,
        iInterface=0,
        extra_descriptors=[],
    )


def _endpoint(address: int) -> SimpleNamespace:
    return SimpleNamespace(
        bLength=7,
        bDescriptorType=5,
        bEndpointAddress=address,
        bmAttributes=2,
        wMaxPacketSize=64,
        bInterval=0,
        bRefresh=0,
        bSynchAddress=0,
        extra_descriptors=[],
    )


class UsbBus(usb.backend.IBackend):  # type: ignore[misc]  # pyusb has no types
    """One printer on a bus, in the place of libusb; its second interface is the printer's.

    Attributes:
        calls: what was done to the device, in order: "detach 1", "claim 1", "reset" ...
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: socket.socket | None = None
        self.calls: list[str] = []

    def enumerate_devices(self) -> Iterator[int]:
        """The one."""
        yield 1

    def get_device_descriptor(self, dev: int) -> SimpleNamespace:
        """Who it is."""
        return SimpleNamespace(
            bLength=18,
            bDescriptorType=1,
            bcdUSB=0x200,
            bDeviceClass=0,
            bDeviceSubClass=0,
            bDeviceProtocol=0,
            bMaxPacketSize0=64,
            idVendor=VENDOR,
            idProduct=PRODUCT,
            bcdDevice=0x100,
            iManufacturer=0,
            iProduct=0,
            iSerialNumber=0,
            bNumConfigurations=1,
            address=5,
            bus=1,
            port_number=1,
            port_numbers=(1,),
            speed=3,
        )

    def get_configuration_descriptor(self, dev: int, config: int) -> SimpleNamespace:
        """The one."""
        if config != 0:
            raise IndexError
        return _CONFIGURATION

    def get_interface_descriptor(
        self, dev: int, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        """A maker's own first, then the printer's."""
        if alt != 0 or intf > 1:
            raise IndexError
        return _interface(0, 0xFF, 0) if intf == 0 else _interface(1, 7, 2)

    def get_endpoint_descriptor(
        self, dev: int, ep: int, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        """Not where python-escpos would take them for granted."""
        return _endpoint((0x03, 0x84)[ep])

    def open_device(self, dev: int) -> int:
        """Plugged in."""
        return 1

    def close_device(self, dev_handle: int) -> None:
        """Nothing to do."""

    def get_configuration(self, dev_handle: int) -> int:
        """The one."""
        return 1

    def set_configuration(self, dev_handle: int, config_value: int) -> None:
        """Takes note."""
        self.calls.append("configure")

    def reset_device(self, dev_handle: int) -> None:
        """Takes note."""
        self.calls.append("reset")

    def is_kernel_driver_active(self, dev_handle: int, intf: int) -> bool:
        """usblp holds the printer's."""
        return intf == 1

    def detach_kernel_driver(self, dev_handle: int, intf: int) -> None:
        """Takes note."""
        self.calls.append(f"detach {intf}")

    def attach_kernel_driver(self, dev_handle: int, intf: int) -> None:
        """Takes note."""
        self.calls.append(f"attach {intf}")

    def claim_interface(self, dev_handle: int, intf: int) -> None:
        """The cable."""
        self.calls.append(f"claim {intf}")
        self._connection = socket.create_connection(("127.0.0.1", self._port))

    def release_interface(self, dev_handle: int, intf: int) -> None:
        """The end of the cable."""
        self.calls.append(f"release {intf}")
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def bulk_write(self, dev_handle: int, ep: int, intf: int, data: Any, timeout: int) -> int:
        """Some bytes to the printer."""
        assert (ep, intf) == (0x03, 1)
        return self._moved(timeout, lambda line: line.send(bytes(data)))

    def bulk_read(self, dev_handle: int, ep: int, intf: int, buff: array[int], timeout: int) -> int:
        """What the printer says."""
        assert (ep, intf) == (0x84, 1)

        def take(line: socket.socket) -> int:
            said = line.recv(len(buff))
            if not said:
                raise OSError
            buff[: len(said)] = array("B", said)
            return len(said)

        return self._moved(timeout, take)

    def _moved(self, timeout_ms: int, move: Any) -> int:
        assert self._connection is not None
        self._connection.settimeout(timeout_ms / 1000)
        try:
            return int(move(self._connection))
        except TimeoutError as error:
            raise usb.core.USBTimeoutError("timed out") from error
        except OSError as error:
            raise usb.core.USBError("pulled out") from error


def cups(folder: Path, *, disabled: bool = False, refuses: bool = False) -> Path:
    """Programs `lp` and `lpstat` that keep jobs for the queue "front" in files; their folder."""
    programs = folder / "bin"
    programs.mkdir()
    state = "disabled since Tue\n\treason unknown" if disabled else "is idle.  enabled since Tue"
    _program(
        programs / "lpstat",
        f'[ "$1 $2" = "-p front" ] || exit 1\nprintf "%s\\n" "printer front {state}"\n',
    )
    end = "exit 1" if refuses else f"mv {folder}/spool $(mktemp {folder}/job-XXXX)"
    _program(
        programs / "lp",
        f'printf "%s\\n" "$*" > {folder}/words\ncat > {folder}/spool\n{end}\n',
    )
    return programs


def _program(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}")
    path.chmod(0o755)


def jobs_of(folder: Path) -> list[bytes]:
    """What CUPS was given."""
    return [path.read_bytes() for path in sorted(folder.glob("job-*"))]
