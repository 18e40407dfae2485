"""A whole desk on a network printer that fails: loans stand, and no slip comes out twice."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from counter_tui import wiring
from counter_tui.desk import outbox
from counter_tui.desk.devices import Device, LampChanged, SlipsChanged, Trouble
from counter_tui.desk.patrons import PatronView
from counter_tui.hardware.escpos_printer import Paper, open_printer
from counter_tui.hardware.printer import Printer
from counter_tui.hardware.printer_conversation import TimeLimits
from counter_tui.settings import for_demo
from tests.support.rig import NOON, Rig, rigged
from tests.support.rival import Job, rival
from tests.support.tcp_printer import Behaviour, TcpPrinter, closed_port

TITLES = ("髙橋さんの𠮷田町", "銀河鉄道の夜", "葛\U000e0100飾区の 한글")

BRIEF = TimeLimits(
    connect=10, answer=10, job=20, confirmation=0.05, recovery=0.05, poll=0.02, close=5
)
"""Patient with a printer that answers; quick to see that it has nothing more to say."""

HASTY = replace(BRIEF, answer=0.1, close=0.05)
"""For a printer that answers nothing, however long one waits."""


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What may be tried again is tried again at once."""
    monkeypatch.setattr(outbox, "RETRY_AFTER_S", (0.02,))
    monkeypatch.setattr(outbox, "LOOK_EVERY_S_IN_TROUBLE", 0.02)


def printer_at(address: str, limits: TimeLimits = BRIEF) -> Printer:
    """As settings would open it; it is not asked what it is, so that bytes can be counted."""
    return open_printer(address, Paper(42), "generic", limits)


@asynccontextmanager
async def desk(folder: Path, peer: TcpPrinter, limits: TimeLimits = BRIEF) -> AsyncIterator[Rig]:
    """A desk that prints on `peer`."""
    async with rigged(folder, onto=printer_at(peer.address, limits)) as rig:
        yield rig


async def lend(rig: Rig, patron_id: int, *titles: str) -> int:
    """Lend these and finish; gives the slip's number."""
    loans = []
    for title in titles:
        known = len(rig.rows("SELECT 1 FROM item"))
        barcode = f"77{known:03d}"
        rig.add_item(barcode, title)
        loans.append((await rig.desk.lending.checkout(patron_id, barcode)).loan.id)
    number = await rig.desk.lending.finish(patron_id, loans)
    assert number is not None
    return number


def state(rig: Rig, number: int) -> str:
    """The state of a slip, asked from outside."""
    [(found,)] = rig.rows("SELECT state FROM print_job WHERE id = ?", number)
    return str(found)


async def until_state(rig: Rig, number: int, wanted: str) -> None:
    """Wait for a slip's state."""
    await rig.told.until(lambda: state(rig, number) == wanted)


def copies(peer: TcpPrinter, number: int) -> int:
    """How many whole slips with this number have come out."""
    return sum(any(line.text == f"No. {number}" for line in slip) for slip in peer.slips if slip)


def loans(rig: Rig) -> int:
    """How many items are out."""
    return len(rig.rows("SELECT 1 FROM loan WHERE returned_at IS NULL"))


async def assert_later_slip_is_whole(rig: Rig, peer: TcpPrinter) -> None:
    """The next patron's slip comes out once, from its first line to its number."""
    other = await rig.register("two-pins", library_card_number="2100000009")
    later = await lend(rig, other.id, "つぎの本")
    await until_state(rig, later, "printed")
    assert copies(peer, later) == 1
    slip = peer.slips[-1]
    assert [line.text.strip() for line in slip[:2]] == ["戸田市立図書館", "中央図書館"]
    assert any("つぎの本" in line.text for line in slip)


# ------------------------------------------------------------------ before the first byte


@pytest.mark.parametrize(
    ("behaviour", "limits", "trouble"),
    [
        (Behaviour(mute=True), HASTY, Trouble.NO_ANSWER),
        (Behaviour(hang=True), HASTY, Trouble.NO_ANSWER),
        (Behaviour(hang_up_on_query=True), BRIEF, Trouble.NO_ANSWER),
        (Behaviour(paper_out=True), BRIEF, Trouble.PAPER_OUT),
        (Behaviour(cover_open=True), BRIEF, Trouble.COVER_OPEN),
        (Behaviour(offline=True), BRIEF, Trouble.OFFLINE),
        (Behaviour(close_after=40), BRIEF, Trouble.NO_ANSWER),
        (Behaviour(reset_after=40), BRIEF, Trouble.NO_ANSWER),
    ],
    ids=["mute", "hang", "hangs up", "paper", "cover", "offline", "closed early", "reset early"],
)
async def test_slip_of_which_nothing_left_waits_and_comes_once(
    tmp_path: Path, behaviour: Behaviour, limits: TimeLimits, trouble: Trouble
) -> None:
    """The loan stands, the lamp says why; when the printer is mended, one slip comes by itself."""
    with TcpPrinter(behaviour) as peer:
        async with desk(tmp_path, peer, limits) as rig:
            patron = await rig.register("adult")
            number = await lend(rig, patron.id, *TITLES)
            await until_state(rig, number, "failed")
            lamp = LampChanged(Device.PRINTER, trouble)
            await rig.told.until(lambda: lamp in rig.told.events)
            assert (loans(rig), copies(peer, number)) == (3, 0)
            peer.mend()
            await until_state(rig, number, "printed")
            assert copies(peer, number) == 1
            await assert_later_slip_is_whole(rig, peer)
            assert rig.told.events[-1] == SlipsChanged(0, 0)


async def test_printer_that_is_switched_off_prints_once_it_is_on(tmp_path: Path) -> None:
    """A refused connection: unreachable, and nothing was sent."""
    port = closed_port()
    async with rigged(tmp_path, onto=printer_at(f"tcp://127.0.0.1:{port}")) as rig:
        patron = await rig.register("adult")
        number = await lend(rig, patron.id, *TITLES)
        await until_state(rig, number, "failed")
        assert loans(rig) == 3
        unreachable = LampChanged(Device.PRINTER, Trouble.UNREACHABLE)
        await rig.told.until(lambda: unreachable in rig.told.events)
        with TcpPrinter(port=port) as peer:
            await until_state(rig, number, "printed")
            assert copies(peer, number) == 1
            await assert_later_slip_is_whole(rig, peer)


# -------------------------------------------------------------------- whatever its manner


@pytest.mark.parametrize(
    ("behaviour", "wanted"),
    [
        (Behaviour(byte_by_byte=True), "printed"),
        (Behaviour(unasked=b"\x14\x00\x00\x0f"), "printed"),
        (Behaviour(slow=True), "printed"),
        (Behaviour(near_end=True), "printed"),
        (Behaviour(confirms=False), "sent"),
    ],
    ids=["byte by byte", "unasked", "slow", "near end", "no confirmation"],
)
async def test_odd_manners_of_a_sound_printer_change_nothing(
    tmp_path: Path, behaviour: Behaviour, wanted: str
) -> None:
    """One whole slip, and the state that the printer can vouch for."""
    with TcpPrinter(behaviour) as peer:
        async with desk(tmp_path, peer) as rig:
            patron = await rig.register("adult")
            number = await lend(rig, patron.id, *TITLES)
            await until_state(rig, number, wanted)
            assert (loans(rig), copies(peer, number)) == (3, 1)
            well = Trouble.PAPER_NEAR_END if behaviour.near_end else None
            await rig.told.until(lambda: LampChanged(Device.PRINTER, well) in rig.told.events)


async def test_rows_of_the_font_come_from_the_settings(tmp_path: Path) -> None:
    """① by the printer's own font when it has row 13, drawn when it has not."""
    with TcpPrinter() as peer:
        for number, rows in enumerate([(13,), ()]):
            folder = tmp_path / str(number)
            folder.mkdir()
            given = replace(
                for_demo(folder),
                printer=peer.address,
                printer_model="generic",
                printer_extension_rows=rows,
            )
            async with rigged(folder, onto=wiring.printer_of(given)) as rig:
                patron = await rig.register("adult")
                await until_state(rig, await lend(rig, patron.id, "①の本"), "printed")
            assert peer.printed_bytes.count(b"\x87\x40") == 1


# -------------------------------------------------------------------------- in the middle


async def torn(tmp_path: Path, behaviour: Behaviour) -> None:
    """Trouble after the first byte: uncertain, no copy by itself, a whole slip afterwards."""
    with TcpPrinter(behaviour) as peer:
        async with desk(tmp_path, peer) as rig:
            patron = await rig.register("adult")
            number = await lend(rig, patron.id, *TITLES)
            await rig.told.until(lambda: SlipsChanged(0, 1) in rig.told.events)
            assert (state(rig, number), loans(rig)) == ("unknown", 3)
            peer.mend()
            await assert_later_slip_is_whole(rig, peer)
            assert copies(peer, number) <= 1
            assert state(rig, number) == "unknown"
            assert rig.rows("SELECT attempts FROM print_job") == [(1,), (1,)]


AFTER: Final[dict[str, Callable[[int], Behaviour]]] = {
    "reset": lambda count: Behaviour(reset_after=count),
    "close": lambda count: Behaviour(close_after=count),
    "paper out": lambda count: Behaviour(paper_out_after=count),
    "cover open": lambda count: Behaviour(cover_open_after=count),
}
"""What happens after so many bytes."""

JOB_BYTES = range(81, 1000)
"""Where a job can be cut: behind the padding, up to its end. Its pictures are in there, too."""


@pytest.mark.parametrize("trouble", ["paper out", "cover open"])
async def test_trouble_of_the_paper_in_the_middle_is_left_to_a_person(
    tmp_path: Path, trouble: str
) -> None:
    """The printer holds the rest, and prints it when it is mended; we send it no second time."""
    await torn(tmp_path, AFTER[trouble](300))


@pytest.mark.parametrize("how", ["reset", "close"])
@pytest.mark.parametrize("count", [81, 401, 721])
async def test_connection_lost_in_the_middle_is_left_to_a_person(
    tmp_path: Path, count: int, how: str
) -> None:
    """Cut after so many bytes."""
    await torn(tmp_path, AFTER[how](count))


@pytest.mark.soak
@pytest.mark.parametrize("how", list(AFTER))
@pytest.mark.parametrize("count", JOB_BYTES[::64])
async def test_trouble_at_every_64th_byte_is_left_to_a_person(
    tmp_path: Path, count: int, how: str
) -> None:
    """The same, all over a job."""
    # Paper and cover do not ask on which connection the bytes came: the first look sends 80, too.
    before = 80 if how in ("paper out", "cover open") else 0
    await torn(tmp_path, AFTER[how](count + before))


# ---------------------------------------------------------------- others, and sudden ends


async def prepared(folder: Path, *names: str) -> None:
    """A store with a patron and an item for each of these."""
    async with rigged(folder) as rig:
        for number, name in enumerate(names):
            await rig.register(name, library_card_number=f"210000000{number}")
            rig.add_item(f"7700{number}", f"本 {number}")


async def test_two_counters_share_one_printer(tmp_path: Path) -> None:
    """Each prints its own patron's slip, once and whole, at the same time."""
    await prepared(tmp_path, "adult", "two-pins")
    with TcpPrinter() as peer, rival() as first, rival() as second:
        for number, other in enumerate((first, second)):
            other.begin(
                Job(
                    str(tmp_path),
                    "lend",
                    f"210000000{number}",
                    waits=True,
                    item=f"7700{number}",
                    printer=peer.address,
                    counter=f"{number + 1}階",
                )
            )
        first.go()
        second.go()
        for other in (first, second):
            outcome = other.outcome()
            assert outcome is not None
            assert outcome["outcome"] == "done"
        papers = ["\n".join(line.text for line in slip) for slip in peer.slips]
        assert len(papers) == 2
        assert [sum(f"本 {number}" in paper for paper in papers) for number in (0, 1)] == [1, 1]


async def test_a_terminal_killed_in_the_middle_leaves_an_uncertain_slip(tmp_path: Path) -> None:
    """Killed while the printer has half of it: unknown at the next start, one paper at most."""
    with TcpPrinter(Behaviour(paper_out_after=300)) as peer, rival() as other:
        await prepared(tmp_path, "adult", "two-pins")
        job = Job(str(tmp_path), "lend", "2100000000", item="77000", mortal=True)
        other.begin(replace(job, printer=peer.address))
        await asyncio.to_thread(peer.wait_for_job_bytes, 300)
        other.kill()
        peer.mend()
        later = NOON + timedelta(minutes=3)
        async with rigged(tmp_path, later, onto=printer_at(peer.address)) as rig:
            await rig.told.until(lambda: SlipsChanged(0, 1) in rig.told.events)
            assert state(rig, 1) == "unknown"
            assert loans(rig) == 1
            await assert_later_slip_is_whole(rig, peer)
            assert copies(peer, 1) == 1  # what the printer held; we sent nothing again
            assert rig.rows("SELECT attempts FROM print_job WHERE id = 1") == [(1,)]


async def killed_at(folder: Path, call: int | None) -> int:
    """Kill a terminal at some call while it lends and prints; start it anew some minutes later.

    What may be on paper is not printed again; what cannot be is printed now. Gives the calls.
    """
    await prepared(folder, "adult", "two-pins")
    with TcpPrinter() as peer, rival() as other:
        job = Job(str(folder), "lend", "2100000000", item="77000", killed_at=call)
        other.begin(replace(job, printer=peer.address))
        outcome = await asyncio.to_thread(other.outcome)
        on_paper = copies(peer, 1)
        later = NOON + timedelta(minutes=3)
        async with rigged(folder, later, onto=printer_at(peer.address)) as rig:
            begun = {row[0]: row[1] for row in rig.rows("SELECT id, state FROM print_job")}
            lent = loans(rig)
            second = await rig.desk.identification.scan("2100000001")
            assert isinstance(second, PatronView)
            slip = await lend(rig, second.id, "つぎの本")
            await until_state(rig, slip, "printed")
            if 1 not in begun:  # killed before there was a slip; a loan is whole or is not
                assert (on_paper, lent) in [(0, 0), (0, 1)]
            elif begun[1] == "queued":
                assert (on_paper, copies(peer, 1), state(rig, 1)) == (0, 1, "printed")
            else:
                assert copies(peer, 1) == on_paper
                assert state(rig, 1) == ("printed" if begun[1] == "printed" else "unknown")
    return 0 if outcome is None else int(outcome["calls"])


async def test_a_terminal_killed_anywhere_prints_no_second_copy(tmp_path: Path) -> None:
    """At some of all calls of functions between the loan and the printer's confirmation."""
    calls = await killed_at(tmp_path / "whole", None)
    assert calls > 1000
    for part in (1, 3, 4):
        await killed_at(tmp_path / str(part), calls * part // 5)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(0, 100, 10))
async def test_a_terminal_killed_all_over_prints_no_second_copy(tmp_path: Path, part: int) -> None:
    """The same at a hundred places."""
    calls = await killed_at(tmp_path / "whole", None)
    for place in range(part, part + 10):
        await killed_at(tmp_path / str(place), 1 + calls * place // 100)


BEFORE_AND_AFTER = """
import asyncio, sys
from pathlib import Path
from counter_tui.desk.devices import Device, LampChanged
from counter_tui.hardware.escpos_printer import Paper, open_printer
from tests.support.rig import rigged

heavy = ("escpos", "jinja2", "PIL")

async def work(address, folder):
    async with rigged(Path(folder), onto=open_printer(address, Paper(42), "generic")) as rig:
        await rig.told.until(lambda: LampChanged(Device.PRINTER, None) in rig.told.events)
        print([name for name in heavy if name in sys.modules])
        patron = await rig.register("adult")
        rig.add_item("1", "坊っちゃん")
        loan = (await rig.desk.lending.checkout(patron.id, "1")).loan
        print([name for name in heavy if name in sys.modules])
        await rig.desk.lending.finish(patron.id, [loan.id])
        printed = "SELECT state FROM print_job"
        await rig.told.until(lambda: rig.rows(printed) == [("printed",)])
        print("escpos" in sys.modules)

asyncio.run(work(*sys.argv[1:]))
"""


def test_a_terminal_loads_what_prints_with_its_first_slip(tmp_path: Path) -> None:
    """Neither for the printer's lamp nor for a loan; and nothing of it reaches the terminal."""
    with TcpPrinter() as peer:
        done = subprocess.run(
            [sys.executable, "-c", BEFORE_AND_AFTER, peer.address, str(tmp_path)],
            cwd=Path(__file__).parents[3],
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=True,
        )
        assert done.stdout.splitlines() == ["[]", "[]", "True"]
        assert done.stderr == ""
        assert len(peer.slips) == 1
