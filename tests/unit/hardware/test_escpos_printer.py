"""Printing on a network printer that can fail in every way, and on device files."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from counter_tui.errors import (
    InvalidPrinterAddress,
    PrinterCutOff,
    PrinterError,
    PrinterNotReady,
    PrinterSilent,
    PrinterUnreachable,
)
from counter_tui.hardware.escpos_printer import Paper, open_printer
from counter_tui.hardware.printer import Delivery, Printer, PrinterState
from counter_tui.hardware.printer_conversation import RESYNCHRONISE, TimeLimits
from counter_tui.hardware.receipt_encoding import encode
from counter_tui.hardware.slip import Code, Slip, SlipLine
from tests.support.escpos_decoder import texts, tokens
from tests.support.tcp_printer import Behaviour, TcpPrinter, closed_port

LINES = tuple(f"{number}番 髙橋の本" for number in range(1, 21))
JOB = encode(Slip(tuple(SlipLine(line) for line in LINES)), 42).data
LATER = encode(Slip((SlipLine("つぎの控え"), SlipLine("﨑山の本"))), 42).data

PATIENT = TimeLimits(connect=10, answer=10, job=20, confirmation=10, recovery=10, close=5)
"""For what must succeed, on a machine however busy."""

HASTY = TimeLimits(
    connect=5, answer=0.2, job=1, confirmation=0.05, recovery=0.05, poll=0.02, close=0.05
)
"""For what cannot succeed, however long one waits."""

BRIEF = TimeLimits(
    connect=10, answer=10, job=10, confirmation=0.05, recovery=0.05, poll=0.02, close=5
)
"""Patient with a printer that answers; quick to see that it has nothing more to say."""


def opened(address: str, limits: TimeLimits, model: str = "generic") -> Printer:
    """The printer at this address; 42 columns."""
    return open_printer(address, Paper(42), model, limits)


def readable(lines: list[str]) -> list[str]:
    """Decoded lines with the picture of 髙 and 﨑 put back."""
    return [line.replace("\ufffc", "髙") for line in lines]


# ---------------------------------------------------------------------------- delivery


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(),
        Behaviour(near_end=True),
        Behaviour(byte_by_byte=True),
        Behaviour(slow=True),
        Behaviour(unasked=b"\x14\x00\x00\x0f"),
        Behaviour(unasked=b"\xff\x80\x14\x00\x00\x0f", byte_by_byte=True),
    ],
    ids=["plain", "near end", "byte by byte", "slow", "unasked status", "noise"],
)
def test_confirmed_job_is_printed_once_and_whole(behaviour: Behaviour) -> None:
    """Whatever the manner of the printer, the paper holds every line, and it says so."""
    with TcpPrinter(behaviour) as peer:
        assert opened(peer.address, PATIENT).write(JOB, "1041") is Delivery.PRINTED
        (slip,) = peer.slips
        assert readable([line.text for line in slip]) == list(LINES)
        assert peer.queries[:3] == [1, 2, 4]
        assert peer.connections == 1


def test_printer_without_confirmation_gives_sent() -> None:
    """It says that it has processed the job, not that the paper came out."""
    with TcpPrinter(Behaviour(confirms=False)) as peer:
        assert opened(peer.address, BRIEF).write(JOB, "1041") is Delivery.SENT
        assert len(peer.slips) == 1


def test_printer_that_answers_status_only_gives_sent() -> None:
    """Neither confirmation nor GS r, but still well when the time is over."""
    with TcpPrinter(Behaviour(confirms=False, answers_queued=False)) as peer:
        assert opened(peer.address, HASTY).write(JOB, "1041") is Delivery.SENT
        assert len(peer.slips) == 1


def test_job_is_confirmed_by_its_own_number_only() -> None:
    """Two jobs on one printer, each with its id; a wrong id is refused before anything opens."""
    with TcpPrinter() as peer:
        printer = opened(peer.address, PATIENT)
        assert printer.write(JOB, "0001") is Delivery.PRINTED
        assert printer.write(LATER, "0002") is Delivery.PRINTED
        with pytest.raises(ValueError):
            printer.write(JOB, "３")
        assert peer.connections == 2
        assert len(peer.slips) == 2


def test_two_counters_share_one_printer() -> None:
    """A printer serves one connection at a time; the other counter waits, nothing mixes."""
    with TcpPrinter() as peer:
        printers = [opened(peer.address, PATIENT) for _ in range(2)]
        done: list[Delivery] = []
        threads = [
            threading.Thread(target=lambda p=printer: done.append(p.write(JOB, "0001")))
            for printer in printers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert done == [Delivery.PRINTED, Delivery.PRINTED]
        assert [readable([line.text for line in slip]) for slip in peer.slips] == [list(LINES)] * 2


# -------------------------------------------------------------- trouble before the job


def test_nobody_at_the_address_sends_nothing() -> None:
    """A refused connection: a retry is safe, and the lamp says unreachable."""
    printer = opened(f"tcp://127.0.0.1:{closed_port()}", PATIENT)
    with pytest.raises(PrinterUnreachable) as caught:
        printer.write(JOB, "1041")
    assert caught.value.bytes_sent == 0
    assert printer.status() == PrinterState(ready=False, reason="unreachable")


@pytest.mark.parametrize(
    "behaviour",
    [Behaviour(mute=True), Behaviour(hang=True), Behaviour(hang_up_on_query=True)],
    ids=["mute", "hang", "hangs up"],
)
def test_printer_without_status_gets_no_job(behaviour: Behaviour) -> None:
    """No answer to the question is a state of its own; not one byte of the job leaves."""
    with TcpPrinter(behaviour) as peer:
        printer = opened(peer.address, HASTY)
        with pytest.raises(PrinterSilent) as caught:
            printer.write(JOB, "1041")
        assert caught.value.bytes_sent == 0
        assert peer.job_bytes == 0
        assert printer.status() == PrinterState(ready=False, reason="no_answer")


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (Behaviour(paper_out=True), "paper_out"),
        (Behaviour(cover_open=True), "cover_open"),
        (Behaviour(offline=True), "offline"),
    ],
    ids=["paper out", "cover open", "offline"],
)
def test_printer_that_cannot_print_gets_no_job(behaviour: Behaviour, reason: str) -> None:
    """The reason is told, by the lamp as well; a retry is safe."""
    with TcpPrinter(behaviour) as peer:
        printer = opened(peer.address, PATIENT)
        with pytest.raises(PrinterNotReady) as caught:
            printer.write(JOB, "1041")
        assert (caught.value.reason, caught.value.bytes_sent) == (reason, 0)
        assert peer.job_bytes == 0
        assert printer.status() == PrinterState(ready=False, reason=reason)


def test_status_tells_a_sound_printer_and_a_short_roll() -> None:
    """Ready; and ready with a warning."""
    with TcpPrinter() as peer:
        assert opened(peer.address, PATIENT).status() == PrinterState(ready=True)
    with TcpPrinter(Behaviour(near_end=True)) as peer:
        state = opened(peer.address, PATIENT).status()
        assert state == PrinterState(ready=True, paper_near_end=True)


# ------------------------------------------------------------ trouble in the middle


@pytest.mark.parametrize("automatic", [False, True], ids=["asked", "by itself"])
@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (Behaviour(paper_out_after=300), "paper_out"),
        (Behaviour(cover_open_after=300), "cover_open"),
    ],
    ids=["paper out", "cover open"],
)
def test_trouble_in_the_middle_is_uncertain_and_names_its_reason(
    behaviour: Behaviour, reason: str, automatic: bool
) -> None:
    """The rest lies in the printer, and comes out by itself when it is mended."""
    job = b"\x1b@\x1d\x61\xff" + JOB.removeprefix(b"\x1b@") if automatic else JOB
    with TcpPrinter(behaviour) as peer:
        with pytest.raises(PrinterNotReady) as caught:
            opened(peer.address, BRIEF).write(job, "1041")
        assert (caught.value.reason, caught.value.bytes_sent) == (reason, len(job))
        assert peer.slips == []
        peer.mend()
        assert opened(peer.address, PATIENT).write(LATER, "1042") is Delivery.PRINTED
        first, second = peer.slips
        assert readable([line.text for line in first]) == list(LINES)
        assert [line.text for line in second] == ["つぎの控え", "\ufffc山の本"]


@pytest.mark.parametrize(
    "behaviour", [Behaviour(mute_after=300), Behaviour(hang_after=300)], ids=["mute", "hang"]
)
def test_printer_that_falls_silent_in_the_middle_is_uncertain(behaviour: Behaviour) -> None:
    """Its bytes are all gone, and nobody knows where to; the next slip is whole."""
    with TcpPrinter(behaviour) as peer:
        printer = opened(peer.address, replace(BRIEF, job=1, close=0.05))
        with pytest.raises(PrinterSilent) as caught:
            printer.write(JOB, "1041")
        assert caught.value.bytes_sent == len(JOB)
        peer.mend()
        assert opened(peer.address, PATIENT).write(LATER, "1042") is Delivery.PRINTED
        assert [line.text for line in peer.slips[-1]] == ["つぎの控え", "\ufffc山の本"]
        assert len(peer.slips) == 2 if behaviour.mute_after else len(peer.slips) <= 2


def torn_at(count: int, *, reset: bool) -> None:
    """Cut a job after `count` bytes; it must be uncertain, and the next slip whole."""
    cut = Behaviour(reset_after=count) if reset else Behaviour(close_after=count)
    with TcpPrinter(cut) as peer:
        printer = opened(peer.address, BRIEF)
        with pytest.raises(PrinterError) as caught:
            printer.write(JOB, "1041")
        assert isinstance(caught.value, PrinterCutOff)
        assert 0 < caught.value.bytes_sent <= len(JOB)
        assert peer.connections == 1
        peer.mend()
        assert printer.write(LATER, "1042") is Delivery.PRINTED
        torn, *blank, later = peer.slips
        assert blank in ([], [[]])  # the parting cut behind a slip that was whole after all
        assert [line.text for line in later] == ["つぎの控え", "\ufffc山の本"]
        whole_lines = readable([line.text for line in torn])[:-1]
        assert whole_lines == list(LINES[: len(whole_lines)])


@pytest.mark.parametrize("reset", [True, False], ids=["reset", "closed"])
@pytest.mark.parametrize("count", [1, 64, 80])
def test_connection_lost_before_the_job_sends_nothing(count: int, reset: bool) -> None:
    """Padding and questions are no part of a job: a retry is safe."""
    cut = Behaviour(reset_after=count) if reset else Behaviour(close_after=count)
    with TcpPrinter(cut) as peer:
        with pytest.raises(PrinterSilent) as caught:
            opened(peer.address, BRIEF).write(JOB, "1041")
        assert caught.value.bytes_sent == 0
        assert peer.job_bytes == 0


WHOLE = len(RESYNCHRONISE) + len(JOB)


@pytest.mark.parametrize("reset", [True, False], ids=["reset", "closed"])
@pytest.mark.parametrize("count", [81, 105, 106, *range(128, WHOLE, 448)])
def test_torn_job_is_uncertain_and_the_next_slip_is_whole(count: int, reset: bool) -> None:
    """Cut anywhere, inside a picture too: no second copy by itself, and no garbage later."""
    torn_at(count, reset=reset)


def test_nothing_that_a_printer_waits_for_is_longer_than_the_padding() -> None:
    """Pictures and codes of every length: a job torn inside one does not swallow the next."""
    codes = [SlipLine(code=Code("qr", "1" * length)) for length in range(1, 200)]
    job = encode(Slip((SlipLine("髙"), *codes)), 42).data
    longest = {each.name: each.length for each in sorted(tokens(job), key=lambda each: each.length)}
    assert longest["extended_1d_k"] > 60
    assert max(longest.values()) <= len(RESYNCHRONISE)


@pytest.mark.soak
@pytest.mark.parametrize("reset", [True, False], ids=["reset", "closed"])
@pytest.mark.parametrize("count", range(len(RESYNCHRONISE) + 1, WHOLE))
def test_job_torn_at_every_byte(count: int, reset: bool) -> None:
    """The same at each byte of a job."""
    torn_at(count, reset=reset)


def test_printer_that_has_confirmed_before_is_held_to_it() -> None:
    """Without its confirmation a job is uncertain, where another model's would be sent."""
    with TcpPrinter() as peer:
        printer = opened(peer.address, BRIEF)
        assert printer.write(JOB, "0001") is Delivery.PRINTED
        port = peer.port
    with TcpPrinter(Behaviour(confirms=False), port=port):
        # The same address; limits of a second so that the test need not wait for thirty.
        printer._limits = HASTY  # type: ignore[attr-defined]
        with pytest.raises(PrinterCutOff) as caught:
            printer.write(JOB, "0002")
        assert caught.value.bytes_sent == len(JOB)


# ------------------------------------------------------------------------ device files


def test_device_file_that_is_absent_is_not_created(tmp_path: Path) -> None:
    """No ordinary file that fills up unseen; the lamp says unreachable."""
    device = tmp_path / "lp0"
    printer = opened(f"file:{device}", PATIENT)
    with pytest.raises(PrinterUnreachable):
        printer.write(JOB, "1041")
    assert not device.exists()
    assert printer.status() == PrinterState(ready=False, reason="unreachable")


def test_existing_file_takes_jobs_one_after_another(tmp_path: Path) -> None:
    """For trials without a printer; such a job is sent, never confirmed."""
    file = tmp_path / "slips.bin"
    file.touch()
    printer = opened(f"file:{file}", PATIENT)
    assert printer.status() == PrinterState(ready=True)
    assert printer.write(JOB, "1041") is Delivery.SENT
    assert printer.write(LATER, "1042") is Delivery.SENT
    assert readable(texts(file.read_bytes()))[: len(LINES) + 1] == [*LINES, "つぎの控え"]


def test_folder_and_fifo_without_reader_are_unreachable(tmp_path: Path) -> None:
    """Opening one does not wait for ever."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in (tmp_path, fifo):
        with pytest.raises(PrinterUnreachable):
            opened(f"file:{path}", PATIENT).write(JOB, "1041")


def test_fifo_whose_reader_stops_is_cut_off_in_time(tmp_path: Path) -> None:
    """A device that takes no more bytes does not hold the terminal; what left is counted."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(PrinterCutOff) as caught:
            opened(f"file:{fifo}", HASTY).write(JOB * 100, "1041")
        assert 0 < caught.value.bytes_sent < len(JOB) * 100
    finally:
        os.close(reader)


# --------------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    "address",
    [
        "usb:04b8",
        "usb:04b8:0e1g",
        "serial:ttyS0",
        "serial:/dev/ttyS0?baudrate=fast",
        "serial:/dev/ttyS0?baudrate=9600&parity=even",
        "cups:",
        "cups:-o",
        "cups:front desk",
        "tcp://",
        "tcp://printer",
        "tcp://printer:port",
        "tcp://printer:99999",
        "tcp://user@printer:9100",
        "tcp://printer:9100/path",
        "tcp:printer:9100",
        "file:lp0",
        "screen:",
        "http://printer:9100",
        "",
    ],
)
def test_address_that_cannot_be_used_is_named_with_what_can(address: str) -> None:
    """The error carries what was given and what is allowed."""
    with pytest.raises(InvalidPrinterAddress) as caught:
        open_printer(address, Paper(42))
    assert caught.value.address == address
    assert "tcp://" in caught.value.allowed


def test_opening_touches_nothing() -> None:
    """A printer that is switched off is no reason not to start."""
    assert open_printer(f"tcp://[::1]:{closed_port()}", Paper(48)).columns == 48
    assert open_printer("file:/dev/usb/lp99", Paper(32)).columns == 32
    for address in ("usb:04b8:0e15", "serial:/dev/ttyS99?baudrate=38400", "cups:front"):
        assert open_printer(address, Paper(48)).columns == 48


# ----------------------------------------------------------------------------- hygiene


def in_fresh_interpreter(code: str, temporary: Path) -> str:
    """What `code` prints in a new process that has its own folder for temporary files."""
    environment = {**os.environ, "TMPDIR": str(temporary)}
    finished = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert finished.stderr == ""
    return finished.stdout.strip()


def test_python_escpos_is_not_imported_before_the_first_job(tmp_path: Path) -> None:
    """0.3 s and 18 MB that a terminal without slips does not pay."""
    code = (
        "import sys; from counter_tui.hardware.escpos_printer import open_printer;"
        "open_printer('tcp://127.0.0.1:9', 42);"
        "print([name for name in ('escpos', 'PIL', 'yaml') if name in sys.modules])"
    )
    assert in_fresh_interpreter(code, tmp_path) == "[]"


def test_import_of_python_escpos_leaves_no_trace(tmp_path: Path) -> None:
    """No handler on the root logger, nothing printed, no temporary folder, no pickle loaded."""
    trap = tmp_path / "pickles"
    temporary = tmp_path / "tmp"
    trap.mkdir()
    temporary.mkdir()
    file = tmp_path / "slips.bin"
    file.touch()
    code = (
        "import logging, os, sys;"
        f"os.environ['ESCPOS_CAPABILITIES_PICKLE_DIR'] = {str(trap)!r};"
        "from counter_tui.hardware.escpos_printer import open_printer;"
        f"open_printer({f'file:{file}'!r}, 42).write(b'x', '0001');"
        "print('escpos' in sys.modules, logging.getLogger().handlers)"
    )
    assert in_fresh_interpreter(code, temporary) == "True []"
    assert list(temporary.iterdir()) == []
    assert list(trap.iterdir()) == []
