"""Scans looked up in the records by the profiles of the settings."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from counter_tui.barcodes.profiles import Kind, Profile
from counter_tui.desk.items import ItemView
from counter_tui.desk.patrons import PatronView
from counter_tui.desk.scans import Meant
from counter_tui.errors import NumberIsBoth, UnknownCode, UnknownItem
from tests.support.rig import rigged

ITEM = Profile("book", Kind.ITEM, shortest=8, longest=8)


async def test_a_number_that_is_both_is_asked_and_told(tmp_path: Path) -> None:
    """Neither is taken until somebody has said which."""
    async with rigged(tmp_path) as rig:
        patron = await rig.register("adult", library_card_number="55555555")
        rig.add_item("55555555", "坊っちゃん")
        scan = rig.desk.identification.scan
        with pytest.raises(NumberIsBoth) as both:
            await scan("55555555")
        assert both.value.title == "坊っちゃん"
        assert "見本" not in repr(both.value)
        with pytest.raises(NumberIsBoth):
            await rig.desk.lending.checkout(patron.id, "55555555")
        assert rig.rows("SELECT count(*) FROM loan") == [(0,)]
        assert isinstance(await scan("55555555", Meant.LIBRARY_CARD), PatronView)
        assert isinstance(await scan("55555555", Meant.ITEM), ItemView)
        with pytest.raises(UnknownItem):
            await rig.desk.lending.checkout(patron.id, "55555555", meant=Meant.LIBRARY_CARD)
        lent = await rig.desk.lending.checkout(patron.id, "55555555", meant=Meant.ITEM)
        assert lent.loan.title == "坊っちゃん"


async def test_an_unknown_books_label_opens_nobody(tmp_path: Path) -> None:
    """What has the form of an item's label is not looked for among people."""
    async with rigged(tmp_path, barcodes=(ITEM,)) as rig:
        await rig.register("adult", library_card_number="10294801")
        with pytest.raises(UnknownCode):
            await rig.desk.identification.scan("a10294801a")
        with pytest.raises(UnknownCode):
            await rig.desk.identification.scan("10294801")


async def test_a_number_that_was_kept_with_its_letters_is_still_found(tmp_path: Path) -> None:
    """Records from before there were profiles."""
    async with rigged(tmp_path, barcodes=(ITEM,)) as rig:
        rig.add_item("A10294801A", "怪談")
        found = await rig.desk.identification.scan("A10294801A")
        assert isinstance(found, ItemView)


async def test_the_log_holds_the_form_and_no_number(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An administrator sees what the reader sends; nobody sees whose card it was."""
    async with rigged(tmp_path, barcodes=(ITEM,)) as rig:
        rig.add_item("10294801", "怪談")
        with caplog.at_level(logging.DEBUG, "counter_tui.desk.scans"):
            await rig.desk.identification.scan("a10294801A")
        told = [record.getMessage() for record in caplog.records]
        assert told == ["scan of the form a00000000A, by the profiles ['book']"]
