"""F8: whoever was served last, once more."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from tests.support.counter import at_counter
from tests.support.rig import Rig

CARD, OTHER_CARD = "2000000900", "2000000901"


async def _library(rig: Rig) -> None:
    await rig.register("adult", library_card_number=CARD)
    await rig.register("two-pins", library_card_number=OTHER_CARD)
    rig.add_item("10294801", "本 1")


@pytest.mark.parametrize("way", [("f8",), ("ctrl+p",), ("/", "8", "enter")])
async def test_whoever_was_served_last_opens_again(tmp_path: Path, way: tuple[str, ...]) -> None:
    """From home, which shows no name; a new turn, with the counts of now."""
    async with at_counter(tmp_path, _library, printer="file:paper.bin") as at:
        await at.scan(CARD, "10294801", "")
        at.job(HomeJob)
        assert "見本" not in at.text()
        assert "F8^P" in at.text()
        await at.press(*way)
        assert at.job(LendingJob).patron.library_card_number == CARD
        assert at.job(LendingJob).loans == []
        assert "手もと 1 /" in at.text()


async def test_two_patrons_take_turns(tmp_path: Path) -> None:
    """While somebody is open, F8 ends that turn like the next card, and comes back by F8."""
    async with at_counter(tmp_path, _library, printer="file:paper.bin") as at:
        await at.scan(CARD, "10294801", OTHER_CARD)
        await at.press("f8")
        assert at.job(LendingJob).patron.library_card_number == CARD
        await at.press("f8")
        assert at.job(LendingJob).patron.library_card_number == OTHER_CARD


async def test_nobody_before_is_said(tmp_path: Path) -> None:
    """At the start of a session; and with the only patron of the day open, who stays."""
    async with at_counter(tmp_path, _library, printer="file:paper.bin") as at:
        await at.press("f8")
        at.job(HomeJob)
        assert "この前の人はいません" in at.text()
        await at.scan(CARD, "", CARD)
        lending = at.job(LendingJob)
        await at.press("f8")
        assert at.job(LendingJob) is lending


async def test_yesterdays_patron_is_forgotten(tmp_path: Path) -> None:
    """Midnight passes: F8 opens nobody."""
    async with at_counter(tmp_path, _library, printer="file:paper.bin") as at:
        await at.scan(CARD, "")
        at.devices.clock.instant += timedelta(days=1)
        at.counter._show_time()
        await at.settle()
        assert "F8^P" not in at.text()
        await at.press("f8")
        at.job(HomeJob)
