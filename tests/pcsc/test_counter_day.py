"""A day at the counter on real parts: terminal, card service, SQLite file, TCP printer.

The program runs in a terminal as staff run it; the card lies behind the machine's card service;
the receipt goes to a network printer. The tests read the screen and decode what was printed, and
look at what is left behind: trace, store, log.
"""

from __future__ import annotations

import base64
import re
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from counter_tui.clock import SystemClock, today
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.identity.certificates import read_head
from counter_tui.language import day, full_day, speak
from tests.support.escpos_decoder import DRAWN, PrintedLine
from tests.support.installation import (
    add_items,
    end_patron,
    register,
    staff_terminal,
    write_settings,
)
from tests.support.pcscd import CardService, wait_until
from tests.support.tcp_printer import TcpPrinter
from tests.support.trace import Trace, assert_no_forbidden, assert_not_written

pytestmark = [pytest.mark.pcsc, pytest.mark.terminal]

TITLES = ("銀河鉄道の夜", "髙橋さんと葛\U000e0100の本")
PRINTED_TITLES = ("銀河鉄道の夜", f"{DRAWN}橋さんと{DRAWN}の本")
"""As a printer's paper has them: what Shift_JIS lacks is drawn."""
BARCODES = ("1000000000015", "1000000000022")


RANDOM = re.compile(r"[0-9A-Za-z_+/=-]{20,}")
"""Identifiers and hashes, in which four digits are found by chance."""


@pytest.fixture
def settings_file(tmp_path: Path, printer: TcpPrinter) -> Path:
    """A test installation on the virtual reader and that printer."""
    return write_settings(tmp_path, printer.address)


def test_enrol_touch_lend_two_books_and_print(
    card_service: CardService, settings_file: Path, printer: TcpPrinter, tmp_path: Path
) -> None:
    """From a new patron to a Japanese slip with the current expiry date."""
    speak("ja")
    persona = PERSONAS["two-pins"]
    on = today(SystemClock())
    card = persona.make_card(on)
    trace = Trace()
    reader = card_service.reader_of(card, trace)
    card_service.wait_for_card(present=False)
    with staff_terminal(settings_file) as terminal:
        terminal.wait_for("待　受　中", "読取〇", "印刷〇", "照会〇", "台帳〇", "試験用")
        add_items(tmp_path, dict(zip(BARCODES, TITLES, strict=True)))

        register(terminal, "見本 太郎", persona.holder.birth_date, persona.holder.address)
        terminal.send("Enter")
        terminal.wait_for("マイナンバーカードを置いてください")
        with reader:
            terminal.wait_for("利用者証明用", "残り 3回")
            terminal.type(persona.secrets.auth_pin)
            terminal.send("Enter")
            terminal.type(persona.secrets.surface_info_pin)
            terminal.send("Enter")
            terminal.wait_for("照合", "生年月日", "同")
            terminal.wait_for("この内容で登録")
            terminal.send("Enter")
            terminal.wait_for("連　携　済", "カードをお返しください")
        card_service.wait_for_card(present=False)
        wait_until(lambda: len(printer.slips) == 1, "the slip of the enrolment")
        terminal.wait_for("貸　出　可")
        end_patron(terminal)

        # The touch: no key is pressed.
        with reader:
            terminal.wait_for("貸　出　可", "見本 太郎", "手もと 0 / 10冊")
            for barcode, title in zip(BARCODES, TITLES, strict=True):
                terminal.scan(barcode)
                terminal.wait_for(title)
            terminal.wait_for("手もと 2 / 10冊")
            terminal.send("Enter")
            terminal.wait_for("カードをお返しください")
        wait_until(lambda: len(printer.slips) == 2, "the slip of the loans")
        terminal.wait_for("待　受　中")
        terminal.send("C-x")
        terminal.wait_for("きょうの件数")
        terminal.send("C-x")
        assert terminal.wait_for_end() == 0

    # Midnight in Tokyo may have passed on the way.
    days = days_between(on, today(SystemClock()))
    assert_slip_of_the_loans(printer.slips[1], days)
    assert_nothing_left_behind(trace, tmp_path, card_head(trace))


def days_between(first: date, last: date) -> list[date]:
    """All days from the first to the last."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def assert_slip_of_the_loans(slip: list[PrintedLine], days: list[date]) -> None:
    """Titles, due dates, and until when the library card is valid; no name.

    Args:
        days: on one of which the patron was registered, and on one the books were lent.
    """
    lines = [line.text for line in slip]
    due_days = [day(lent_on + timedelta(days=14), padded=True) for lent_on in days]
    for title in PRINTED_TITLES:
        [line] = [line for line in lines if title in line]
        assert any(due in line for due in due_days), line
    head = next(number for number, line in enumerate(lines) if "貸出券の有効期限" in line)
    validity = " ".join(lines[head : head + 2])
    assert any(full_day(one_year_later(registered_on)) in validity for registered_on in days)
    assert "見本" not in "".join(lines), "a slip names no person"


def one_year_later(value: date) -> date:
    """The same day of the next year; from 29 February it is the last one of the month."""
    if (value.month, value.day) == (2, 29):
        return date(value.year + 1, 2, 28)
    return value.replace(year=value.year + 1)


def card_head(trace: Trace) -> bytes:
    """The beginning of the certificate, as it went over the wire."""
    return next(
        answer[:-2]
        for command, answer in trace.exchanges
        if command[:2] == b"\x00\xb0" and answer[:2] == b"\x30\x82"
    )


def assert_nothing_left_behind(trace: Trace, folder: Path, head: bytes) -> None:
    """No My Number selected; no PIN, no sex and no serial in what is kept, the log included."""
    secrets = PERSONAS["two-pins"].secrets
    pins = (secrets.auth_pin, secrets.surface_info_pin)
    assert_no_forbidden(trace, pins)
    log = (folder / "counter_tui.log").read_text(encoding="utf-8")
    assert log.count("VERIFY 0080 (4 bytes)") == 2, "the log tells of every command"
    assert_not_written(log, pins)
    persona = PERSONAS["two-pins"].holder
    assert persona.address not in log
    assert str(persona.birth_date) not in log
    assert "見本" not in log

    reference = read_head(head).reference
    serial = reference.serial
    forms = {
        str(serial).encode(),
        f"{serial:x}".encode(),
        f"{serial:X}".encode(),
        serial.to_bytes((serial.bit_length() + 7) // 8, "big"),
        base64.b64encode(head[:48]),
        head[:64],
    }
    kept = sorted(path for path in folder.rglob("*") if path.is_file())
    assert {"library.sqlite3", "counter_tui.log"} <= {path.name for path in kept}
    for path in kept:
        content = path.read_bytes()
        # Shorter forms would be found by chance in any file of pages.
        for form in (form for form in forms if len(form) >= 3):
            assert form not in content, f"{path.name} holds the certificate's serial"
    for store in (path for path in kept if path.suffix == ".sqlite3"):
        assert_clean_store(store, pins, serial)


def assert_clean_store(file: Path, pins: tuple[str, str], serial: int) -> None:
    """No column for what is not to be kept, and no such value in any other."""
    with closing(sqlite3.connect(file)) as store:
        tables = [
            name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        assert tables
        for table in tables:
            columns = [row[1] for row in store.execute(f"PRAGMA table_info({table})")]
            assert not {"sex", "gender", "serial", "my_number", "pin"} & set(columns)
            for row in store.execute(f"SELECT * FROM {table}"):  # noqa: S608  names from the file itself
                for value in row:
                    if isinstance(value, int):
                        assert value not in {*map(int, pins), serial}
                    elif isinstance(value, str):
                        assert_not_written(RANDOM.sub("", value), pins)
                        assert str(serial) not in value
                    elif isinstance(value, bytes):
                        assert not any(pin.encode() in value for pin in pins)


def test_a_card_pulled_at_the_pins_is_one_sentence_and_a_way_on(
    card_service: CardService, settings_file: Path, tmp_path: Path
) -> None:
    """Nothing is written, no try is spent, and the same enrolment goes on."""
    persona = PERSONAS["two-pins"]
    card = persona.make_card(today(SystemClock()))
    card_service.wait_for_card(present=False)
    with staff_terminal(settings_file) as terminal:
        terminal.wait_for("待　受　中", "台帳〇", "読取〇")
        register(terminal, "見本 太郎", persona.holder.birth_date, persona.holder.address)
        terminal.send("Enter")
        with card_service.reader_of(card):
            terminal.wait_for("利用者証明用", "残り 3回")
        card_service.wait_for_card(present=False)
        terminal.type(persona.secrets.auth_pin)
        terminal.send("Enter")
        terminal.type(persona.secrets.surface_info_pin)
        terminal.send("Enter")
        terminal.wait_for("カードがありません", "カードを置いてください")
        with card_service.reader_of(card):
            terminal.wait_for("残り 3回")
        terminal.send("C-x")
    with closing(sqlite3.connect(tmp_path / "library.sqlite3")) as store:
        assert store.execute("SELECT count(*) FROM card_link").fetchone() == (0,)
