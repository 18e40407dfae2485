"""The printer without paper."""

from __future__ import annotations

import pytest

from counter_tui.errors import PrinterError, PrinterNotReady, PrinterUnreachable
from counter_tui.hardware.printer import Delivery, PrinterState
from counter_tui.hardware.simulated.printer import KEPT_JOBS, ScreenPrinter


def test_jobs_are_kept_and_confirmed() -> None:
    """What the screen draws is what came."""
    printer = ScreenPrinter(42)
    assert printer.columns == 42
    assert printer.status() == PrinterState(ready=True)
    assert printer.write(b"one", "0001") is Delivery.PRINTED
    assert printer.write(b"two", "0002") is Delivery.PRINTED
    assert printer.jobs == (b"one", b"two")


@pytest.mark.parametrize(
    ("trouble", "reason", "error"),
    [
        ("paper_out", "paper_out", PrinterNotReady),
        ("cover_open", "cover_open", PrinterNotReady),
        ("switched_off", "unreachable", PrinterUnreachable),
    ],
)
def test_trainer_can_take_its_paper_away(
    trouble: str, reason: str, error: type[PrinterError]
) -> None:
    """The job is refused before its first byte, and nothing is kept."""
    printer = ScreenPrinter(42)
    setattr(printer, trouble, True)
    assert printer.status() == PrinterState(ready=False, reason=reason)
    with pytest.raises(error) as caught:
        printer.write(b"job", "0001")
    assert caught.value.bytes_sent == 0
    assert printer.jobs == ()
    setattr(printer, trouble, False)
    assert printer.write(b"job", "0001") is Delivery.PRINTED


def test_old_jobs_are_forgotten() -> None:
    """Slips tell what people borrow; a demo does not heap them up."""
    printer = ScreenPrinter(42)
    for number in range(KEPT_JOBS + 5):
        printer.write(b"%d" % number, "0001")
    assert len(printer.jobs) == KEPT_JOBS
    assert printer.jobs[0] == b"5"
