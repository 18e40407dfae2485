"""Nothing secret is found again: not in stores, log, receipts, screens or a crash report.

A card with distinctive values is enrolled, touched and used on real parts, with the log at its
finest, a mistyped PIN and digits typed too late among it; then everything that was written
anywhere is searched for those values, in every form in which they could stand there.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from counter_tui.clock import SystemClock, today
from counter_tui.hardware.simulated.card import SimulatedCard
from counter_tui.hardware.simulated.contents import MADE_UP_MY_NUMBER, Secrets, my_number_file
from counter_tui.hardware.simulated.issuing import auth_serial
from counter_tui.hardware.simulated.personas import PERSONAS, Persona
from tests.pcsc.test_counter_day import add_items, register
from tests.support.canaries import (
    Canary,
    assert_absent,
    assert_absent_in_files,
    assert_absent_on_screen,
)
from tests.support.pcscd import READER, CardService, wait_until
from tests.support.tcp_printer import TcpPrinter
from tests.support.terminal import Terminal
from tests.support.trace import Trace, assert_no_forbidden

pytestmark = [pytest.mark.pcsc, pytest.mark.terminal]

AUTH_PIN: Final = "7391"
SURFACE_INFO_PIN: Final = "8264"
MISTYPED: Final = "5907"
TOO_LATE: Final = "6183"
SEX: Final = "性別ZQX見本"
"""A card writes 1, 2 or 9 here; nobody could find those again. The parser takes any text."""
NUMBER: Final = 0x4E9B31D7A65C
BOOK: Final = "1000000000015"

MY_NUMBER_DIGEST: Final = hashlib.sha256(my_number_file(MADE_UP_MY_NUMBER)).digest()

CANARIES: Final = [
    Canary("the authentication PIN", AUTH_PIN),
    Canary("the surface-information PIN", SURFACE_INFO_PIN),
    Canary("both PINs", AUTH_PIN + SURFACE_INFO_PIN),
    Canary("a mistyped PIN", MISTYPED),
    Canary("a PIN typed too late", TOO_LATE),
    Canary("sex", SEX),
    Canary("the My Number", MADE_UP_MY_NUMBER, int(MADE_UP_MY_NUMBER)),
    Canary("the digest of the My Number", MY_NUMBER_DIGEST.hex(), int.from_bytes(MY_NUMBER_DIGEST)),
    Canary("the certificate's serial", str(auth_serial(NUMBER)), auth_serial(NUMBER)),
    Canary("the certificate's subject", f"SIMULATOR{NUMBER:05d}"),
]


def persona() -> Persona:
    """An ordinary card with these values."""
    ordinary = PERSONAS["two-pins"]
    return replace(
        ordinary,
        slug="canary",
        keys_of="two-pins",
        number=NUMBER,
        holder=replace(ordinary.holder, sex=SEX),
        secrets=Secrets(AUTH_PIN, SURFACE_INFO_PIN, "CANARY99"),
    )


class Watched:
    """A terminal of which every screen and every byte is kept."""

    def __init__(self, terminal: Terminal, output: Path) -> None:
        self._terminal = terminal
        self._output = output
        terminal.record(output)
        self.screens: list[str] = []

    def wait_for(self, *texts: str) -> str:
        """Wait for texts, and keep the screen on which they stand."""
        self._terminal.wait_for(*texts)
        self.screens.append(self._terminal.text())
        return self.screens[-1]

    def type(self, text: str, *, shown: str = "") -> None:
        """Type key by key, and keep the screen after each."""
        for key in text:
            self._terminal.type(key)
            self.screens.append(self._terminal.text())
        if shown:
            self.wait_for(shown)

    def enter(self) -> None:
        """Press Enter."""
        self._terminal.send("Enter")

    def type_pin(self, digits: str) -> None:
        """As the patron does; exactly these asterisks are to be seen."""
        wanted = self._terminal.text().count("＊") + len(digits)
        self.type(digits)
        wait_until(lambda: self._terminal.text().count("＊") == wanted, "asterisks")
        self.screens.append(self._terminal.text())
        self.enter()

    def assert_clean(self) -> None:
        """No canary on any screen, nor in the bytes that made them."""
        for screen in self.screens:
            assert_absent(CANARIES, "a screen", screen.encode())
            assert_absent(CANARIES, "a screen's cells", "".join(screen.split()).encode())
        assert_absent_on_screen(CANARIES, "the terminal's output", self._output.read_bytes())


@pytest.fixture
def printer() -> Iterator[TcpPrinter]:
    """A network printer that works."""
    with TcpPrinter() as printer:
        yield printer


@pytest.fixture
def settings_file(tmp_path: Path, printer: TcpPrinter) -> Path:
    """A test installation with its log at the finest level."""
    folder = tmp_path / "installation"
    folder.mkdir()
    path = folder / "settings.toml"
    path.write_text(
        f"""
        installation = "test"
        library = "戸田市立図書館"
        branch = "中央図書館"
        counter = "1階"
        operator = "佐藤"
        reader = "pcsc:{READER}"
        printer = "{printer.address}"
        platform = "simulated"
        log_level = "debug"
        """,
        encoding="utf-8",
    )
    return path


def to_the_pins(watched: Watched, terminal: Terminal, card: SimulatedCard) -> None:
    """From the consent on; the card lies down."""
    watched.wait_for("来ている人は、本人ですか")
    terminal.send("Enter")
    watched.wait_for("マイナンバーカードを置いてください")
    assert not card.is_powered


def test_nothing_secret_is_found_again(
    card_service: CardService, settings_file: Path, printer: TcpPrinter, tmp_path: Path
) -> None:
    """After an enrolment with a mistake, a touch, a loan, two slips, and a crash with a PIN."""
    made = persona()
    folder = settings_file.parent
    card = made.make_card(today(SystemClock()))
    trace = Trace()
    card_service.wait_for_card(present=False)
    command = [sys.executable, "-m", "counter_tui", "--config", str(settings_file)]
    hostile = {"TEXTUAL_LOG": str(folder / "keys"), "TEXTUAL_DEBUG": "1"}
    with Terminal(command, env=hostile, cwd=folder) as terminal:
        watched = Watched(terminal, tmp_path / "output")
        watched.wait_for("待　受　中", "読取〇", "印刷〇", "照会〇", "台帳〇")
        limits = Path(f"/proc/{terminal.process_id()}/limits").read_text(encoding="ascii")
        assert "Max core file size        0 " in limits
        add_items(folder)
        register(terminal, "見本 太郎", made.holder.birth_date, made.holder.address)
        to_the_pins(watched, terminal, card)
        with card_service.reader_of(card, trace):
            watched.wait_for("利用者証明用", "残り 3回")
            watched.type_pin(MISTYPED)
            watched.enter()
            watched.wait_for("暗証番号がちがいます")
            watched.type(TOO_LATE)
            watched.enter()
            watched.wait_for("いまは入力できません")
            watched.enter()
            watched.wait_for("残り 2回  〇〇・")
            watched.type_pin(AUTH_PIN)
            watched.type_pin(SURFACE_INFO_PIN)
            watched.wait_for("この内容で登録")
            watched.type(TOO_LATE)
            watched.enter()
            watched.wait_for("いまは入力できません")
            watched.enter()
            watched.wait_for("連　携　済", "カードをお返しください")
        card_service.wait_for_card(present=False)
        wait_until(lambda: len(printer.slips) == 1, "the slip of the enrolment")
        terminal.send("Enter")
        watched.wait_for("貸　出　可")
        terminal.send("Enter")
        watched.wait_for("待　受　中")
        with card_service.reader_of(card, trace):
            watched.wait_for("貸　出　可", "見本 太郎")
            terminal.scan(BOOK)
            watched.wait_for("手もと 1 / 10冊")
            terminal.send("Enter")
            watched.wait_for("カードをお返しください")
        wait_until(lambda: len(printer.slips) == 2, "the slip of the loan")
        watched.wait_for("待　受　中")
        terminal.send("C-x")
        assert terminal.wait_for_end() == 0
        watched.screens.append(terminal.text())
    watched.assert_clean()
    pins = [AUTH_PIN, SURFACE_INFO_PIN, MISTYPED]
    assert_no_forbidden(trace, pins)
    assert_absent(CANARIES, "the masked trace", "\n".join(trace.lines()).encode())

    log = (folder / "counter_tui.log").read_text(encoding="utf-8")
    assert "VERIFY 0080 (4 bytes): 9000" in log, "the finest level names each command"
    paper = "\n".join(line.text for slip in printer.slips for line in slip)
    assert_absent(CANARIES, "paper", paper.encode())
    assert_absent(CANARIES, "the printer's bytes", printer.printed_bytes)
    searched = assert_absent_in_files(CANARIES, folder)
    assert {"library.sqlite3", "simulated-platform.sqlite3", "counter_tui.log"} <= searched
    assert not {"keys", "keys.log"} & searched, "the toolkit wrote the keys down"
    # What may be kept is found by the same search: it looks into the right places.
    name = Canary("the name", "見本 太郎")
    with pytest.raises(AssertionError, match=r"library\.sqlite3"):
        assert_absent_in_files([name], folder)
    with pytest.raises(AssertionError, match="output"):
        assert_absent_on_screen([name], "output", (tmp_path / "output").read_bytes())


def test_a_crash_report_shows_no_value(
    card_service: CardService, settings_file: Path, tmp_path: Path
) -> None:
    """A bug with the PIN in local variables and in its message: its places are told, and where."""
    made = persona()
    folder = settings_file.parent
    card = made.make_card(today(SystemClock()))
    card_service.wait_for_card(present=False)
    program = "tests.support.breaking_terminal"
    command = [sys.executable, "-m", program, "--config", str(settings_file)]
    with Terminal(command) as terminal:
        watched = Watched(terminal, tmp_path / "output")
        watched.wait_for("待　受　中", "台帳〇", "読取〇")
        register(terminal, "見本 太郎", made.holder.birth_date, made.holder.address)
        to_the_pins(watched, terminal, card)
        with card_service.reader_of(card):
            watched.wait_for("利用者証明用", "残り 3回")
            watched.type_pin(AUTH_PIN)
            watched.type_pin(SURFACE_INFO_PIN)
            assert terminal.wait_for_end() == 1
        watched.screens.append(terminal.text())
        assert "端末が止まりました" in terminal.text()
        assert "Traceback" not in terminal.text()
    watched.assert_clean()
    log = (folder / "counter_tui.log").read_text(encoding="utf-8")
    assert "the terminal broke off" in log
    assert "ValueError" in log
    assert "breaking_terminal.py" in log
    assert_absent_in_files(CANARIES, folder)
