"""A state that nobody can tell is never good: the counter offers the library card."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from counter_tui.identity.platform import CertificateStatus, StatusWord
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from tests.support.counter import AtCounter, at_counter
from tests.support.rig import Rig

SENTENCE = "カードの状態を確かめられません。貸出券で貸せます"


async def _enrolled(rig: Rig) -> None:
    await rig.enroll("adult")


def _cut_line(at: AtCounter) -> None:
    at.devices.platform.line_cut = True


def _answer(word: StatusWord, age: timedelta = timedelta()) -> object:
    def change(at: AtCounter) -> None:
        checked_at = at.devices.clock.now() - age
        at.devices.platform.auth_status = (  # type: ignore[method-assign]  # one kind of answer
            lambda user_identifier: CertificateStatus(word, checked_at)
        )

    return change


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_cut_line, id="line cut"),
        pytest.param(_answer(StatusWord.UNREACHABLE), id="unreachable"),
        pytest.param(_answer(StatusWord.UNKNOWN), id="unknown"),
        pytest.param(_answer(StatusWord.ABSENT), id="absent"),
        pytest.param(_answer(StatusWord.GOOD, timedelta(hours=37)), id="stale"),
        pytest.param(_answer(StatusWord.GOOD, timedelta(hours=-1)), id="of tomorrow"),
    ],
)
async def test_a_state_that_nobody_can_tell_opens_nobody_but_the_library_card_does(
    tmp_path: Path, change: object
) -> None:
    """One sentence; after it the same patron is opened by the library card."""
    async with at_counter(tmp_path, _enrolled) as at:
        assert callable(change)
        change(at)
        await at.lay("adult")
        assert SENTENCE in at.text()
        await at.press("enter")
        at.job(HomeJob)
        await at.scan("2100000001")
        assert at.job(LendingJob).patron.name == "見本 花子"
