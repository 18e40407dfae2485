"""The program with a bug in it, at the worst place: in the hands that hold the PIN."""

from __future__ import annotations

import sys

from counter_tui.cli import main
from counter_tui.hardware.card_pin import PinReference
from counter_tui.secret import Pin


def _break_off(self: PinReference, pin: Pin, *, last_try_agreed: bool) -> None:
    digits = bytes(pin.reveal())
    text = digits.decode()
    raise ValueError(f"a bug that shouts {text}, {digits!r} and {list(digits)}")


if __name__ == "__main__":
    PinReference.verify = _break_off  # type: ignore[method-assign]  # the bug
    sys.exit(main())
