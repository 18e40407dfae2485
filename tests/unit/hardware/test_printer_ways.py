"""Printers behind other plugs than a network's, and what is known of their models."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import usb.backend.libusb1

from counter_tui.errors import (
    PrinterCutOff,
    PrinterNotReady,
    PrinterSilent,
    PrinterUnreachable,
)
from counter_tui.hardware.printer import Delivery, PrinterState
from counter_tui.hardware.printer_models import MODELS, model_reported
from counter_tui.settings import PRINTER_MODELS
from tests.support.escpos_decoder import texts
from tests.support.printer_ways import PRODUCT, VENDOR, UsbBus, cups, jobs_of, serial_line
from tests.support.tcp_printer import Behaviour, TcpPrinter, closed_port
from tests.unit.hardware.test_escpos_printer import (
    BRIEF,
    HASTY,
    JOB,
    LATER,
    LINES,
    PATIENT,
    in_fresh_interpreter,
    opened,
    readable,
)

USB = f"usb:{VENDOR:04x}:{PRODUCT:04x}"


@pytest.fixture
def no_usb(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with libusb and nothing plugged in."""

    class Empty(UsbBus):
        def enumerate_devices(self):  # type: ignore[no-untyped-def]  # as pyusb has it
            return iter(())

    monkeypatch.setattr(usb.backend.libusb1, "get_backend", lambda *_, **__: Empty(0))


def plug_in(monkeypatch: pytest.MonkeyPatch, peer: TcpPrinter) -> UsbBus:
    """The simulated printer on this machine's USB."""
    bus = UsbBus(peer.port)
    monkeypatch.setattr(usb.backend.libusb1, "get_backend", lambda *_, **__: bus)
    return bus


# -------------------------------------------------------------------------- serial line


@pytest.mark.parametrize("flow", ["", "&flow=xonxoff", "&flow=none"])
def test_job_goes_over_a_serial_line_and_is_confirmed(flow: str) -> None:
    """Whole, once; answers come back on the same line."""
    with TcpPrinter() as peer, serial_line(peer.port) as device:
        printer = opened(f"serial:{device}?baudrate=115200{flow}", PATIENT)
        assert printer.status() == PrinterState(ready=True)
        assert printer.write(JOB, "1041") is Delivery.PRINTED
        (slip,) = peer.slips
        assert readable([line.text for line in slip]) == list(LINES)


def test_serial_line_without_a_printer_is_no_answer() -> None:
    """A line is always there; who does not answer gets no job."""
    with TcpPrinter(Behaviour(mute=True)) as peer, serial_line(peer.port) as device:
        printer = opened(f"serial:{device}", HASTY)
        with pytest.raises(PrinterSilent) as caught:
            printer.write(JOB, "1041")
        assert caught.value.bytes_sent == 0
        assert printer.status() == PrinterState(ready=False, reason="no_answer")


def test_line_that_takes_no_more_bytes_is_cut_off_in_time() -> None:
    """A printer that holds the line in the middle of a job does not hold the terminal."""
    with TcpPrinter(Behaviour(paper_out_after=200)) as peer, serial_line(peer.port) as device:
        with pytest.raises(PrinterNotReady) as caught:
            opened(f"serial:{device}", BRIEF).write(JOB, "1041")
        assert (caught.value.reason, caught.value.bytes_sent) == ("paper_out", len(JOB))


def test_serial_line_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    """Neither a missing device nor something else under that name."""
    for device in ("/dev/counter-tui-no-such-line", "/dev/null"):
        with pytest.raises(PrinterUnreachable):
            opened(f"serial:{device}", PATIENT).write(JOB, "1041")


# ---------------------------------------------------------------------------------- USB


def test_job_goes_over_usb_and_is_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the endpoints that the printer names, without resetting it; usblp gets it back."""
    with TcpPrinter(Behaviour(unasked=b"\x14\x00\x00\x0f")) as peer:
        bus = plug_in(monkeypatch, peer)
        assert opened(USB, PATIENT).write(JOB, "1041") is Delivery.PRINTED
        (slip,) = peer.slips
        assert readable([line.text for line in slip]) == list(LINES)
        assert bus.calls == ["detach 1", "claim 1", "release 1", "attach 1"]


def test_usb_printer_is_asked_how_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its cover, as on the network."""
    with TcpPrinter(Behaviour(cover_open=True)) as peer:
        plug_in(monkeypatch, peer)
        assert opened(USB, PATIENT).status() == PrinterState(ready=False, reason="cover_open")


def test_usb_cable_pulled_out_in_the_middle_is_uncertain(monkeypatch: pytest.MonkeyPatch) -> None:
    """What had left is counted, and nothing is sent again."""
    with TcpPrinter(Behaviour(reset_after=300)) as peer:
        plug_in(monkeypatch, peer)
        with pytest.raises(PrinterCutOff) as caught:
            opened(USB, BRIEF).write(JOB, "1041")
        assert 0 < caught.value.bytes_sent <= len(JOB)


@pytest.mark.usefixtures("no_usb")
def test_usb_printer_that_is_not_plugged_in_is_unreachable() -> None:
    """Nothing left; a retry is safe."""
    with pytest.raises(PrinterUnreachable):
        opened(USB, PATIENT).write(JOB, "1041")
    assert opened(USB, PATIENT).status() == PrinterState(ready=False, reason="unreachable")


def test_machine_without_libusb_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence, no crash."""
    for name in ("libusb1", "libusb0", "openusb"):
        backend = __import__(f"usb.backend.{name}", fromlist=["get_backend"])
        monkeypatch.setattr(backend, "get_backend", lambda *_, **__: None)
    assert opened(USB, PATIENT).status() == PrinterState(ready=False, reason="unreachable")


# --------------------------------------------------------------------------------- CUPS


def test_queue_is_given_the_whole_job_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Raw bytes; sent, as nothing of the paper comes back."""
    monkeypatch.setenv("PATH", f"{cups(tmp_path)}:{os.environ['PATH']}")
    printer = opened("cups:front", PATIENT)
    assert printer.status() == PrinterState(ready=True)
    assert printer.write(JOB, "1041") is Delivery.SENT
    (job,) = jobs_of(tmp_path)
    assert readable(texts(job)) == list(LINES)
    assert (tmp_path / "words").read_text() == "-s -d front -o raw -t slip\n"


def test_queue_that_refuses_or_is_stopped_has_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stopped queue would print the slip some day: it does not get it. A retry is safe."""
    stopped = tmp_path / "stopped"
    stopped.mkdir()
    monkeypatch.setenv("PATH", f"{cups(stopped, disabled=True)}:{os.environ['PATH']}")
    with pytest.raises(PrinterNotReady) as caught:
        opened("cups:front", PATIENT).write(JOB, "1041")
    assert (caught.value.reason, caught.value.bytes_sent) == ("offline", 0)
    monkeypatch.setenv("PATH", f"{cups(tmp_path, refuses=True)}:{os.environ['PATH']}")
    with pytest.raises(PrinterUnreachable):
        opened("cups:front", PATIENT).write(JOB, "1041")
    with pytest.raises(PrinterUnreachable):
        opened("cups:back", PATIENT).write(JOB, "1041")
    assert jobs_of(stopped) == jobs_of(tmp_path) == []


def test_machine_without_cups_is_unreachable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence, no crash."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert opened("cups:front", PATIENT).status() == PrinterState(False, "unreachable")
    with pytest.raises(PrinterUnreachable):
        opened("cups:front", PATIENT).write(JOB, "1041")


# ------------------------------------------------------------------------------- models


def test_every_model_can_be_named_in_the_settings() -> None:
    """And nothing else can."""
    assert ("auto", *sorted(model.name for model in MODELS)) == (
        "auto",
        *sorted(name for name in PRINTER_MODELS if name != "auto"),
    )


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("TM-T88VI", "tm-t88"),
        ("TM-T88IV", "tm-t88"),
        ("TM-T88III", "tm-t88iii"),
        ("TM-T20II", "tm-t20"),
        ("EPSON TM-m30II", "tm-m30"),
        ("TM-m10", "tm-m10"),
        ("XP-58", "generic"),
        ("", "generic"),
    ],
)
def test_model_is_known_by_what_it_says(said: str, name: str) -> None:
    """The family decides; who is not known is taken for no more than it shows."""
    assert model_reported(said).name == name


def test_printer_is_asked_once_what_it_is() -> None:
    """With its first question or job; a family that confirms is held to it from the start."""
    with TcpPrinter(Behaviour(model="TM-T88VI", confirms=False)) as peer:
        printer = opened(peer.address, BRIEF, model="auto")
        assert printer.model == "auto"
        assert printer.status().ready
        assert printer.model == "tm-t88"
        limited = opened(peer.address, HASTY, model="auto")
        with pytest.raises(PrinterCutOff) as caught:
            limited.write(JOB, "1041")
        assert caught.value.bytes_sent == len(JOB)
        assert peer.printed_bytes.count(b"\x1dIC") == 2


def test_family_that_cannot_confirm_is_not_asked_to() -> None:
    """Nor waited for: processed is all there is to hear."""
    with TcpPrinter(Behaviour(model="TM-T88III")) as peer:
        assert opened(peer.address, PATIENT, model="auto").write(JOB, "1041") is Delivery.SENT
        assert b"\x1d(H" not in peer.printed_bytes


def test_printer_that_does_not_say_what_it_is_prints_all_the_same() -> None:
    """Asked once, and taken for one of no known family."""
    with TcpPrinter() as peer:
        printer = opened(peer.address, BRIEF, model="auto")
        printer._limits = HASTY  # type: ignore[attr-defined]
        assert printer.status().ready
        assert printer.model == "generic"
        printer._limits = PATIENT  # type: ignore[attr-defined]
        assert printer.write(JOB, "1041") is Delivery.PRINTED
        assert printer.write(LATER, "1042") is Delivery.PRINTED
        assert peer.printed_bytes.count(b"\x1dIC") == 1


# ------------------------------------------------------------------------------ hygiene


def test_asking_a_printer_needs_no_python_escpos(tmp_path: Path) -> None:
    """A terminal that has printed nothing yet looks at its printer each minute."""
    with TcpPrinter() as peer:
        code = (
            "import sys; from counter_tui.hardware.escpos_printer import Paper, open_printer;"
            f"state = open_printer({peer.address!r}, Paper(42), 'generic').status();"
            "print(state.ready, [name for name in ('escpos', 'PIL') if name in sys.modules])"
        )
        assert in_fresh_interpreter(code, tmp_path) == "True []"


def test_no_connector_says_anything_on_the_terminal(tmp_path: Path) -> None:
    """Jobs that succeed and fail by every way: nothing printed, no handler, no log line."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    file = tmp_path / "slips.bin"
    file.touch()
    with TcpPrinter() as peer, TcpPrinter() as other, serial_line(other.port) as line:
        addresses = [
            peer.address,
            f"tcp://127.0.0.1:{closed_port()}",
            f"serial:{line}?baudrate=115200",
            "usb:ffff:ffff",
            f"file:{file}",
            "cups:front",
        ]
        code = (
            "import json, logging, sys\n"
            "from counter_tui.errors import PrinterError\n"
            "from counter_tui.hardware.escpos_printer import Paper, open_printer\n"
            "ends = []\n"
            f"for address in {addresses!r}:\n"
            "    try:\n"
            f"        done = open_printer(address, Paper(42)).write({JOB!r}, '0001')\n"
            "        ends.append(done.value)\n"
            "    except PrinterError as error:\n"
            "        ends.append(type(error).__name__)\n"
            "handlers = [str(each) for each in logging.getLogger().handlers]\n"
            "print(json.dumps([ends, handlers, 'escpos' in sys.modules]))\n"
        )
        path = os.environ["PATH"]
        os.environ["PATH"] = f"{cups(tmp_path)}:{path}"
        try:
            said = in_fresh_interpreter(code, temporary)
        finally:
            os.environ["PATH"] = path
    ends, handlers, imported = json.loads(said)
    failed = "PrinterUnreachable"
    assert ends == ["printed", failed, "printed", failed, "sent", "sent"]
    assert (handlers, imported) == ([], True)
    assert list(temporary.iterdir()) == []
