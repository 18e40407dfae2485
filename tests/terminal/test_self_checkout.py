"""The self-checkout as it is started, in a terminal of 80 by 24, with keys and a scanner."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.terminal import Terminal

pytestmark = pytest.mark.terminal

STORE = Path("state/counter_tui/demo/demo.sqlite3")
CONTROL = [f"C-{letter}" for letter in "abcdefghklnopqrstuvwyz"]
FUNCTION = ["F10", "F11", "F12", "Tab", "BTab", "Home", "End", "Up", "Down", "IC", "DC"]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Terminal]:
    """The demo's machine at its welcome, its desk open."""
    with Terminal(
        [sys.executable, "-m", "counter_tui", "self-checkout", "--demo"],
        env={
            "HOME": str(tmp_path),
            "XDG_STATE_HOME": str(tmp_path / "state"),
            "PYTHONPATH": str(Path.cwd()),
        },
    ) as terminal:
        terminal.wait_for("体験モード", "1 開始", "PgDn 1/")
        yield terminal


def _lent(folder: Path) -> list[tuple[str, str]]:
    """Barcodes and counters of the loans made at the machine, as the store has them."""
    with closing(sqlite3.connect(folder / STORE)) as store:
        return store.execute(
            "SELECT barcode, counter.name FROM loan JOIN item ON item.id = item_id"
            " JOIN counter ON counter.id = lent_at_counter_id"
            " JOIN patron ON patron.id = loan.patron_id"
            " WHERE library_card_number = '2000000001' ORDER BY loan.id"
        ).fetchall()


def _slips(folder: Path) -> int:
    with closing(sqlite3.connect(folder / STORE)) as store:
        found = store.execute("SELECT count(*) FROM print_job WHERE kind = 'checkout'").fetchone()
        return int(found[0])


def test_the_notices_five_steps_at_80_by_24(machine: Terminal, tmp_path: Path) -> None:
    """Start, card, reading, books, the card is taken; the next person finds the welcome."""
    machine.send("Enter")
    machine.wait_for("2 置く", "ここに置く", "マイナンバーカード読取")
    machine.send("F1")
    machine.wait_for("3 読取", "済 置く", "暗証番号は、要りません")
    machine.send("Enter")
    machine.wait_for("4 資料", "済 読取", "まだ ありません")
    for barcode, title in (("1000000001", "銀河鉄道の夜"), ("1000000002", "坊っちゃん")):
        machine.scan(barcode)
        machine.wait_for(title)
    machine.send("Enter")
    shown = machine.wait_for("5 取る", "済 資料", "2冊 借りました", "カードを 取ってください")
    assert len(shown) == 24
    machine.send("F9")
    machine.wait_for("1 開始", "マイナンバーカードか 貸出券で")
    assert _lent(tmp_path) == [("1000000001", "自動貸出機"), ("1000000002", "自動貸出機")]
    assert _slips(tmp_path) == 1


def test_only_the_staff_code_ends_it(machine: Terminal) -> None:
    """Every control and function key that a terminal sends, and commands: it stays. ^X asks."""
    machine.send(*CONTROL, *FUNCTION, "Escape")
    machine.scan("/help")
    machine.wait_for("その番号は わかりません", "1 開始")
    machine.send("C-x")
    machine.wait_for("職員の番号")
    machine.scan("4321")
    machine.wait_for("番号が ちがいます")
    machine.type("12")
    machine.wait_for("＊＊")
    machine.type("34")
    machine.send("Enter")
    assert machine.wait_for_end() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_with_the_slip_queued(
    machine: Terminal, tmp_path: Path, number: signal.Signals
) -> None:
    """As when the service is stopped: the loans stand, and so does the slip of who is borrowing."""
    machine.scan("2000000001")
    machine.wait_for("4 資料")
    machine.scan("1000000003")
    machine.wait_for("吾輩は猫である")
    os.kill(machine.process_id(), number)
    assert machine.wait_for_end() == 0
    assert _lent(tmp_path) == [("1000000003", "自動貸出機")]
    assert _slips(tmp_path) == 1


def test_a_kill_loses_no_loan_that_was_shown(machine: Terminal, tmp_path: Path) -> None:
    """Nothing can be done any more at SIGKILL; what was on the screen is in the store."""
    machine.scan("2000000001")
    machine.wait_for("4 資料")
    machine.scan("1000000003")
    machine.wait_for("吾輩は猫である")
    os.kill(machine.process_id(), signal.SIGKILL)
    machine.wait_for_end()
    assert _lent(tmp_path) == [("1000000003", "自動貸出機")]
