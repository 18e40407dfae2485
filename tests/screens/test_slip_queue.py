"""The slips of the last day at the counter: what waits, what is uncertain, any once more."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter_tui import language
from counter_tui.errors import PrinterCutOff
from counter_tui.hardware.printer import Delivery
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.slip_queue import SlipQueueJob, SlipViewJob
from tests.support.counter import AtCounter, at_counter
from tests.support.escpos_decoder import texts
from tests.support.rig import Rig

CARD, OTHER = "12345678", "87654321"
PRINTED = "file:/dev/null"
"""Slips come out elsewhere, so the screen does not draw each one."""


async def _library(rig: Rig) -> None:
    await rig.register("adult", library_card_number=CARD)
    await rig.register("two-pins", library_card_number=OTHER)
    for number in range(1, 5):
        rig.add_item(f"9000000{number}", f"本 {number}")


def _break_once(at: AtCounter) -> None:
    """The next job fails after its first byte."""
    printer = at.devices.printer
    write = printer.write

    def breaks(job: bytes, confirm_id: str) -> Delivery:
        printer.write = write  # type: ignore[method-assign]  # only once
        raise PrinterCutOff("gone", bytes_sent=100)

    printer.write = breaks  # type: ignore[method-assign]  # a line that breaks in the middle


async def _uncertain(at: AtCounter) -> None:
    """One slip whose printing broke off, told, and home again."""
    _break_once(at)
    await at.scan(CARD, "90000001", "")
    await at.until(lambda: at.counter.slips.uncertain == 1)
    await at.settle()
    if at.counter.is_locked:
        await at.press("enter")
    at.job(HomeJob)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_home_opens_the_list_when_a_slip_waits(tmp_path: Path, size: tuple[int, int]) -> None:
    """Home counts it and names the key; the list says what to do about it."""
    async with at_counter(tmp_path, _library, size=size, printer=PRINTED) as at:
        assert "PgDn" not in at.rows()[-1]
        await _uncertain(at)
        assert "PgDn" in at.rows()[-1]
        await at.press("pagedown")
        at.job(SlipQueueJob)
        assert "貸出の控え" in at.text()
        assert "****5678" in at.text()
        assert "紙を見てください。あればS、なければP" in at.said()
        await at.press("escape")
        at.job(HomeJob)


async def test_uncertain_slip_that_is_on_paper_is_done_with(tmp_path: Path) -> None:
    """S: nothing is printed, and home counts it no more."""
    async with at_counter(tmp_path, _library, printer=PRINTED) as at:
        await _uncertain(at)
        await at.press("pagedown", "s")
        await at.until(lambda: at.counter.slips.uncertain == 0)
        assert at.devices.rows_of("SELECT state FROM print_job") == [("sent",)]
        assert at.devices.printer.jobs == ()
        await at.press("escape")
        assert "PgDn" not in at.rows()[-1]


async def test_any_slip_is_printed_again_and_says_so(tmp_path: Path) -> None:
    """P on the older of two: its own titles, marked with its count; the list shows the copy."""
    async with at_counter(tmp_path, _library, printer=PRINTED) as at:
        await at.scan(CARD, "90000001", "", OTHER, "90000002", "")
        await at.until(lambda: len(at.devices.printer.jobs) == 2)
        await at.scan("/slips")
        await at.press("down", "p")
        await at.until(lambda: len(at.devices.printer.jobs) == 3)
        await at.press("down", "down", "p")
        await at.until(lambda: len(at.devices.printer.jobs) == 4)
        papers = ["\n".join(texts(job)) for job in at.devices.printer.jobs]
        assert "本 1" in papers[2]
        assert "本 2" not in papers[2]
        assert "再発行 1回目" in papers[2]
        assert "再発行" not in papers[0]
        copies = "SELECT reprint_of_id, reprint_no FROM print_job ORDER BY id"
        assert at.devices.rows_of(copies)[2] == (1, 1)


async def test_slip_is_looked_at_as_on_paper(tmp_path: Path) -> None:
    """Enter shows it, Enter closes it; the list stands where it was."""
    async with at_counter(tmp_path, _library, printer=PRINTED) as at:
        await at.scan(CARD, "90000001", "", OTHER, "90000002", "")
        await at.until(lambda: len(at.devices.printer.jobs) == 2)
        await at.scan("/slips")
        await at.press("down", "enter")
        at.job(SlipViewJob)
        seen = at.text()
        while "本 1" not in at.text():
            await at.press("pagedown")
            assert at.text() != seen
        await at.press("enter")
        chosen = at.job(SlipQueueJob).chosen
        assert chosen is not None
        assert chosen.number == 1


async def test_list_lies_over_an_open_patron(tmp_path: Path) -> None:
    """Whoever is open stays so, and the next scan is lent."""
    async with at_counter(tmp_path, _library, printer=PRINTED) as at:
        await at.scan(CARD, "90000001", "", OTHER, "90000002")
        await at.scan("/slips")
        at.job(SlipQueueJob)
        await at.scan("90000003")
        assert len(at.job(LendingJob).loans) == 2


@pytest.mark.parametrize("spoken", ["ja", "en"])
async def test_every_key_fits(tmp_path: Path, spoken: language.Language) -> None:
    """At 80 columns, with an uncertain slip, which has a key more."""
    async with at_counter(tmp_path, _library, printer=PRINTED, language=spoken) as at:
        await _uncertain(at)
        assert "PgDn" in at.rows()[-1]
        await at.press("pagedown")
        for key in ("Enter", " P ", " S ", "Esc"):
            assert key in at.rows()[-1]


@pytest.mark.parametrize("spoken", ["ja", "en"])
async def test_report_on_a_person_is_not_printed_from_the_list(
    tmp_path: Path, spoken: language.Language
) -> None:
    """Whoever stands there may be somebody else: no P is offered, but the way to a new one."""
    async with at_counter(tmp_path, _library, printer=PRINTED, language=spoken) as at:
        _break_once(at)
        await at.app.desk.privacy.print_report(1)
        await at.until(lambda: at.counter.slips.uncertain == 1)
        await at.settle()
        if at.counter.is_locked:
            await at.press("enter")
        await at.scan("/slips")
        assert " P " not in at.rows()[-1]
        assert "F9" in at.said()
        await at.press("p")
        assert at.devices.rows_of("SELECT count(*) FROM print_job") == [(1,)]
        assert "no slip" not in at.text()
        await at.press("s")
        await at.until(lambda: at.counter.slips.uncertain == 0)


async def test_empty_list_says_so(tmp_path: Path) -> None:
    """And Enter goes back."""
    async with at_counter(tmp_path, _library, printer=PRINTED) as at:
        await at.scan("/slips")
        assert "控えを作っていません" in at.said()
        await at.press("p", "s", "down", "enter")
        at.job(HomeJob)


async def test_broken_template_is_told_once_and_the_slip_comes(tmp_path: Path) -> None:
    """A sentence with its file and line, when nobody is open; not again with the next slip."""
    folder = tmp_path / "slips"
    folder.mkdir()
    (folder / "checkout.xml").write_text("<slip>\n\n<lime/></slip>", encoding="utf-8")
    async with at_counter(tmp_path, _library, printer=PRINTED, slip_templates=folder) as at:
        await at.scan(CARD, "90000001", "")
        await at.until(lambda: at.counter.is_locked)
        assert "控えのひな型が使えません。checkout.xmlの3行目です" in at.said()
        await at.press("enter")
        await at.scan(OTHER, "90000002", "")
        await at.until(lambda: len(at.devices.printer.jobs) == 2)
        await at.settle()
        at.job(HomeJob)
        assert not at.counter.is_locked
        assert all("貸出の控え" in texts(job) for job in at.devices.printer.jobs)
