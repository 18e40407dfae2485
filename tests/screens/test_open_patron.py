"""A patron is open, and the next card comes: nothing is ever lent to the wrong one of the two."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from counter_tui.hardware.simulated.in_process import SimulatedConnection, SimulatedReader
from counter_tui.hardware.transport import CardReader, ReaderEvent, Watch
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.stop_banner import Gravity
from tests.support.counter import AtCounter, at_counter
from tests.support.rig import Rig

OPEN = "この人が開いたままです"
BOOKS = [f"9000000{number}" for number in range(1, 6)]
LIBRARY_CARD = "12345678"


class CountingReader:
    """A reader that counts its conversations."""

    def __init__(self, reader: SimulatedReader) -> None:
        self.inner = reader
        self.conversations = 0

    def reader_name(self) -> str:
        """The name of the reader within."""
        return self.inner.reader_name()

    def connect(self) -> SimulatedConnection:
        """Power the card, and count it."""
        connection = self.inner.connect()
        self.conversations += 1
        return connection

    def watch(self, report: Callable[[ReaderEvent], None]) -> Watch:
        """The watch of the reader within."""
        return self.inner.watch(report)


async def _library(rig: Rig) -> None:
    await rig.enroll("adult")
    await rig.enroll("two-pins")
    await rig.register("one-try-left", library_card_number=LIBRARY_CARD)
    for number, barcode in enumerate(BOOKS, 1):
        rig.add_item(barcode, f"本 {number}")


async def _open_and_lend(at: AtCounter) -> None:
    await at.lay("adult")
    await at.scan(BOOKS[0])
    await at.take_off()


async def _slips(at: AtCounter) -> None:
    """The next person's card leaves in the middle of the touch."""
    at.devices.reader.lay(at.devices.card("two-pins"), removed_after=1)
    await at.until(lambda: at.counter.is_locked)


async def _is_gone_at_once(at: AtCounter) -> None:
    """It is away before the counter has come to look at it."""
    at.devices.lay("two-pins")
    at.devices.reader.take_off()
    await at.until(lambda: at.counter.is_locked)


async def _is_not_linked(at: AtCounter) -> None:
    """Nobody has enrolled it."""
    await at.lay("one-try-left")


async def _is_no_my_number_card(at: AtCounter) -> None:
    """A card of another kind."""
    await at.lay("felica")


async def _cannot_be_asked_for(at: AtCounter) -> None:
    """The line to the platform is cut."""
    at.devices.platform.line_cut = True
    await at.lay("two-pins")


@pytest.mark.parametrize(
    "comes",
    [_slips, _is_gone_at_once, _is_not_linked, _is_no_my_number_card, _cannot_be_asked_for],
)
async def test_a_card_that_opens_nobody_locks_and_names_who_is_open(
    tmp_path: Path, comes: Callable[[AtCounter], object]
) -> None:
    """What is scanned behind it is counted, not lent; after Enter the patron goes on."""
    async with at_counter(tmp_path, _library) as at:
        await _open_and_lend(at)
        await comes(at)  # type: ignore[misc]  # one of the five above
        await at.scan(BOOKS[1], BOOKS[2])
        assert OPEN in at.said()
        assert "見本 花子" in at.counter.banner.text()
        assert "F5" not in at.counter.banner.text(), "it would link the card to who is open"
        assert "読み飛ばし 2件" in at.text()
        assert at.counter.banner._stop is not None
        assert at.counter.banner._stop.gravity is Gravity.CAUTION
        assert [loan.item_barcode for loan in at.job(LendingJob).loans] == BOOKS[:1]
        await at.press("enter")
        assert not at.counter.is_locked
        await at.scan(BOOKS[3])
        assert len(at.job(LendingJob).loans) == 2


async def test_a_scan_that_is_queued_behind_the_card_is_not_lent(tmp_path: Path) -> None:
    """Card and scan come in one moment: the card is looked at first."""
    async with at_counter(tmp_path, _library) as at:
        await _open_and_lend(at)
        at.devices.reader.lay(at.devices.card("two-pins"), removed_after=1)
        await at.scan(BOOKS[1])
        assert OPEN in at.said()
        assert len(at.job(LendingJob).loans) == 1


async def test_a_card_that_comes_and_goes_behind_a_banner_is_not_forgotten(
    tmp_path: Path,
) -> None:
    """After Enter the counter says that the patron before is still open."""
    async with at_counter(tmp_path, _library) as at:
        await _open_and_lend(at)
        await at.scan("99999999")
        assert at.counter.is_locked
        await at.lay("two-pins")
        await at.take_off()
        assert OPEN not in at.said()
        await at.press("enter")
        assert OPEN in at.said()
        assert at.counter.is_locked


async def test_a_card_that_is_laid_behind_a_banner_opens_before_the_next_scan(
    tmp_path: Path,
) -> None:
    """Enter and the next scan come in one burst: it is lent to the person of the card."""
    async with at_counter(tmp_path, _library) as at:
        await _open_and_lend(at)
        await at.scan("99999999")
        await at.lay("two-pins")
        await at.scan("", BOOKS[1])
        job = at.job(LendingJob)
        assert job.patron.name == "見本 太郎"
        assert [loan.item_barcode for loan in job.loans] == [BOOKS[1]]


async def test_a_card_that_slips_about_is_looked_at_once(tmp_path: Path) -> None:
    """Of several layings-down in one moment the last one counts; one banner, one Enter."""
    counted: list[CountingReader] = []

    def around(reader: SimulatedReader) -> CardReader:
        counted.append(CountingReader(reader))
        return counted[-1]

    async with at_counter(tmp_path, _library, around=around) as at:
        reader = at.devices.reader
        counted[0].conversations = 0
        for persona in ("adult", "one-try-left", "adult", "one-try-left"):
            at.devices.lay(persona)
            if persona == "adult":
                reader.take_off()
        await at.settle()
        assert "連携していないカードです" in at.said()
        touch_and_explanation = 2
        assert counted[0].conversations == touch_and_explanation
        await at.press("enter")
        assert not at.counter.is_locked
        at.job(HomeJob)
        assert counted[0].conversations == touch_and_explanation


async def test_at_home_a_card_that_was_too_quick_is_asked_for(tmp_path: Path) -> None:
    """One sentence, nothing to confirm."""
    async with at_counter(tmp_path, _library) as at:
        at.devices.lay("adult")
        at.devices.reader.take_off()
        await at.settle()
        assert "カードを置いてください" in at.rows()[18]
        assert not at.counter.is_locked
