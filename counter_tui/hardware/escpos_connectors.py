"""python-escpos: its connectors carry the bytes, and nothing else of it is used.

Its text functions send kanji as Chinese, and its status functions misread (docs/printing.md §1).
"""

from __future__ import annotations

import functools
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, Protocol

from counter_tui.hardware.printer_wire import OneWay

Kind = Literal["Network", "Usb", "Serial", "File", "LP"]
"""Names of classes of python-escpos. LP hands to CUPS: CupsPrinter needs a library in C."""


class _Connector(Protocol):
    """What we use of a connector of python-escpos."""

    device: object

    def _raw(self, msg: bytes) -> None: ...


@functools.cache
def _library() -> Any:
    """The module of python-escpos's connectors.

    0.3 s and 18 MB, hence not before the first slip. The import of python-escpos 3.1 would also
    put a handler that writes into the terminal on the root logger, load a pickle from a folder
    named in the environment, and leave a temporary folder behind; none of this happens here.
    """
    os.environ.pop("ESCPOS_CAPABILITIES_PICKLE_DIR", None)
    root = logging.getLogger()
    guard = logging.NullHandler()  # logging.basicConfig() does nothing where a handler is
    root.addHandler(guard)
    try:
        from escpos import capabilities, printer
    finally:
        root.removeHandler(guard)
    # Without the variable this is the temporary folder that the import has just made.
    shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)
    return printer


@contextmanager
def carried(kind: Kind, wire: OneWay) -> Iterator[Callable[[bytes], None]]:
    """A connector of this kind over `wire`; gives its function that sends raw bytes.

    Imports python-escpos. The connector opens, closes, logs and prints nothing.
    """
    connector: _Connector = getattr(_library(), kind)()
    connector.device = _Device(wire)
    try:
        yield connector._raw
    finally:
        # Its own closing would log, and cut the connection instead of ending it; False is
        # what it knows as "never opened".
        connector.device = False


class _Device:
    """Stands where a connector keeps its socket, USB device, port, file or process."""

    def __init__(self, wire: OneWay) -> None:
        self._wire = wire
        self.stdin = self  # of the process that LP starts

    def sendall(self, data: bytes) -> None:
        """As of a socket."""
        self._wire.send(data)

    def write(self, *words: Any) -> None:
        """As of a port, file or pipe (data), or of a USB device (endpoint, data, time-out)."""
        self._wire.send(words[1] if len(words) == 3 else words[0])

    def writable(self) -> bool:
        """As of a pipe."""
        return True

    def flush(self) -> None:
        """As of a file; nothing is held back."""
