"""`counter-tui receipts`: slips of a counter, from the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from counter_tui.settings import for_demo
from tests.support import program
from tests.support.escpos_decoder import texts
from tests.support.rig import Rig, rigged
from tests.support.tcp_printer import Behaviour, TcpPrinter, closed_port


def settings(folder: Path, printer: str) -> Path:
    """A settings file over the store of a rig in this folder."""
    demo = for_demo(folder)
    path = folder / "settings.toml"
    path.write_text(
        f'library = "{demo.library}"\nbranch = "{demo.branch}"\ncounter = "{demo.counter}"\n'
        f'operator = "{demo.operator}"\ndatabase = "{demo.database}"\n'
        f'reader = "none:"\nprinter = "{printer}"\n',
        encoding="utf-8",
    )
    return path


async def lent(folder: Path, *, paper_out: bool = False) -> None:
    """A store with one slip, made just now; without paper it waits."""
    now = datetime.now(UTC)
    async with rigged(folder, now) as rig:
        rig.printer.paper_out = paper_out
        await lend(rig)


async def lend(rig: Rig) -> None:
    """Lend one item and finish."""
    patron = await rig.register("adult", library_card_number="12345678")
    rig.add_item("90000001", "銀河鉄道の夜")
    loan = (await rig.desk.lending.checkout(patron.id, "90000001")).loan
    await rig.desk.lending.finish(patron.id, [loan.id])


async def test_list_tells_state_and_masks_the_card(tmp_path: Path) -> None:
    """One line a slip; no name, no title."""
    await lent(tmp_path, paper_out=True)
    path = settings(tmp_path, f"tcp://127.0.0.1:{closed_port()}")
    done = program.run(tmp_path, "--config", path, "receipts", "list")
    assert done.returncode == 0
    (line,) = done.stdout.splitlines()
    assert line.startswith("1  ")
    assert line.endswith("Checkout slip  ****5678  Waiting")


async def test_reprint_prints_a_marked_copy(tmp_path: Path) -> None:
    """It waits for the printer, and tells what it said."""
    await lent(tmp_path)
    with TcpPrinter(Behaviour(model="TM-T88VI")) as peer:
        path = settings(tmp_path, peer.address)
        done = program.run(tmp_path, "--config", path, "receipts", "reprint", "1")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.strip().endswith("Printed  Reprint no. 1")
        (slip,) = peer.slips
        assert any(line.reversed and "Reprint no. 1" in line.text for line in slip)
    done = program.run(tmp_path, "--config", path, "receipts", "reprint", "7")
    assert done.returncode == 1
    assert done.stderr


async def test_retry_prints_what_waits_once(tmp_path: Path) -> None:
    """Also what was given up; with a printer that does not answer it says what is left."""
    await lent(tmp_path, paper_out=True)
    async with rigged(tmp_path, datetime.now(UTC) + timedelta(minutes=11)) as rig:
        rig.printer.paper_out = True
        states = "SELECT state FROM print_job"
        await rig.told.until(lambda: rig.rows(states) == [("expired",)])
    path = settings(tmp_path, f"tcp://127.0.0.1:{closed_port()}")
    done = program.run(tmp_path, "--config", path, "receipts", "retry")
    assert (done.returncode, done.stdout) == (1, "1 slip anew.\n")
    assert "Waiting" in done.stderr
    with TcpPrinter(Behaviour(model="TM-T88VI")) as peer:
        path = settings(tmp_path, peer.address)
        for _again in range(2):
            done = program.run(tmp_path, "--config", path, "receipts", "retry")
            assert (done.returncode, done.stdout) == (0, "0 slips anew.\n")
        assert len(peer.slips) == 1
        assert "銀河鉄道の夜" in "\n".join(texts(peer.printed_bytes))


async def test_without_a_printer_nothing_is_reprinted(tmp_path: Path) -> None:
    """A sentence; the list is told all the same."""
    await lent(tmp_path)
    path = settings(tmp_path, "none:")
    assert program.run(tmp_path, "--config", path, "receipts", "list").returncode == 0
    done = program.run(tmp_path, "--config", path, "receipts", "reprint", "1")
    assert done.returncode == 1
    assert done.stderr
