"""The log of the staff terminal: what goes into it, and who can read it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from counter_tui.commands.staff import LOG_FILE, keep_log


@pytest.fixture(autouse=True)
def _loggers_as_before() -> Iterator[None]:
    """The log of one test is not the next one's."""
    root, ours = logging.getLogger(), logging.getLogger("counter_tui")
    handlers, levels = list(root.handlers), (root.level, ours.level)
    yield
    for handler in [one for one in root.handlers if one not in handlers]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


@pytest.mark.parametrize(
    ("level", "written"),
    [
        ("warning", ["ours warning"]),
        ("info", ["ours info", "ours warning"]),
        ("debug", ["ours debug", "ours info", "ours warning"]),
    ],
)
def test_the_level_is_that_of_this_program_alone(
    tmp_path: Path, level: str, written: list[str]
) -> None:
    """The store's library tells every value at its finest level: patrons would stand in the log."""
    folder = tmp_path / "state"
    keep_log(folder, level)
    for each in ("debug", "info", "warning"):
        number = getattr(logging, each.upper())
        logging.getLogger("counter_tui.hardware.apdu").log(number, "ours %s", each)
    logging.getLogger("peewee").debug("INSERT INTO patron ... 見本 太郎")
    logging.getLogger("asyncio").warning("theirs")
    lines = (folder / LOG_FILE).read_text(encoding="utf-8").splitlines()
    assert [line.split(" ", 4)[-1] for line in lines] == [*written, "theirs"]


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    """Neither folder nor file."""
    keep_log(tmp_path / "state", "warning")
    assert (tmp_path / "state").stat().st_mode & 0o077 == 0
    assert (tmp_path / "state" / LOG_FILE).stat().st_mode & 0o077 == 0
