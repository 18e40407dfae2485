"""The day's end: what was done, what is left, and who comes next."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from counter_tui.language import speak
from counter_tui.screens.bells import LEFT_BEHIND_AFTER
from counter_tui.screens.handover import HandoverJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from tests.support.counter import AtCounter, at_counter
from tests.support.escpos_decoder import texts
from tests.support.rig import NOON, Rig, rigged

LIBRARY_CARD = "12345678"
PRINTED = "file:paper.bin"


async def a_day(rig: Rig) -> None:
    """Three loans, one back that somebody waits for, one that belongs elsewhere."""
    patron = await rig.enroll("adult", library_card_number=LIBRARY_CARD)
    waiting = await rig.register("two-pins")
    rig.add_item("90000001", "銀河鉄道の夜")
    rig.add_item("90000002", "ぐりとぐら")
    rig.add_item("90000003", "こころ", branch="美笹分室")
    for barcode in ("90000001", "90000002", "90000003"):
        await rig.desk.lending.checkout(patron.id, barcode)
    rig.place_hold("90000001", waiting.id)
    await rig.desk.returning.checkin("90000001")
    await rig.desk.returning.checkin("90000003")


def shown(at: AtCounter, label: str) -> int:
    """The number behind a label."""
    found = re.search(re.escape(label) + r" +(\d+)", at.text())
    assert found is not None, at.text()
    return int(found[1])


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_day_stands_there_in_figures(tmp_path: Path, size: tuple[int, int]) -> None:
    """What was done and what is left, both whole, on either size."""
    async with at_counter(tmp_path, a_day, size=size) as at:
        await at.scan("/handover")
        at.job(HandoverJob)
        assert [shown(at, label) for label in ("貸出", "延長", "返却", "利用登録")] == [3, 0, 2, 2]
        assert [shown(at, label) for label in ("連携登録", "連携解除", "期限の更新")] == [1, 0, 0]
        assert shown(at, "予約の棚へ置く資料") == 1
        assert shown(at, "ほかの館へ送る資料") == 1
        assert "残　り　あ　り" in at.text() or "残りあり" in at.text()
        assert "照会先にまだ届いていない解除" not in at.text()
        await at.press("escape")
        at.job(HomeJob)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_english_fits(tmp_path: Path, size: tuple[int, int]) -> None:
    """No label is cut, also when everything is left to do."""

    async def everything(rig: Rig) -> None:
        await a_day(rig)
        await rig.desk.handover.note_card_left()
        rig.change("UPDATE print_job SET state = 'unknown'")
        rig.change("UPDATE card_link SET unlink_owed_since = '2026-11-24 03:00:00'")
        rig.change(
            "INSERT INTO print_job (kind, counter_id, state, created_at, changed_at, attempts,"
            " bytes_sent, last_error, reprint_no) SELECT 'links', id, 'expired',"
            " '2026-11-24 03:00:00', '2026-11-24 03:00:00', 0, 0, '', 0 FROM counter"
        )
        rig.change(
            "INSERT INTO renewal_run (month, started_at, started_by_id, started_at_counter_id)"
            " SELECT '2026-11', '2026-11-24 03:00:00', operator.id, counter.id"
            " FROM operator, counter"
        )
        rig.change(
            "INSERT INTO renewal_outcome (run_id, patron_id, outcome)"
            " SELECT renewal_run.id, patron.id, 'unreachable' FROM renewal_run, patron"
        )

    async with at_counter(tmp_path, everything, size=size) as at:
        speak("en")
        try:
            await at.lay("adult")
            await at.scan("/handover")
            assert [
                shown(at, label)
                for label in (
                    "Cards left behind",
                    "Cards renewed",
                    "A card lies on the reader",
                    "Cards left here: hand over",
                    "Print uncertain (/slips)",
                    "Slips not printed (/slips)",
                    "Reserved items to the shelf",
                    "Items to other branches",
                    "Ended links the platform is owed",
                    "Renewals of the month still open",
                )
            ] == [1, 0, 1, 1, 1, 1, 1, 1, 1, 2]
        finally:
            speak("ja")


async def test_one_counter_or_the_whole_branch(tmp_path: Path) -> None:
    """Tab goes to this counter's figures and back."""
    async with rigged(tmp_path, NOON, counter="2階") as rig:
        await a_day(rig)
    async with at_counter(tmp_path) as at:
        await at.press("ctrl+x")
        assert shown(at, "貸出") == 3
        assert "館全体" in at.text()
        await at.press("tab")
        assert shown(at, "貸出") == 0
        assert "残っていることはありません" in at.said()
        await at.press("tab")
        assert shown(at, "貸出") == 3


async def test_the_slip_says_the_same(tmp_path: Path) -> None:
    """F9 prints the figures with room for a name, and nobody's name on it."""
    async with at_counter(tmp_path, a_day, printer=PRINTED) as at:
        await at.press("ctrl+x")
        await at.press("f9")
        await at.until(lambda: len(at.devices.printer.jobs) == 1)
        at.job(HandoverJob)
    [job] = at.devices.printer.jobs
    lines = texts(job)
    said = "\n".join(lines)
    assert "業務終了 引き継ぎ" in said
    assert "館全体" in said
    assert "引き継いだ人" in said
    for label, count in (("貸出", 3), ("返却", 2), ("予約の棚へ置く資料", 1)):
        assert any(re.fullmatch(rf"{label} +{count}", line.strip()) for line in lines), said
    assert "見本" not in said
    assert "印刷していない" not in said, "the slip itself is being printed"


async def test_the_counter_s_own_slip_is_the_counter_s(tmp_path: Path) -> None:
    """After Tab, F9 prints this counter's figures."""
    async with rigged(tmp_path, NOON, counter="2階") as rig:
        await a_day(rig)
    async with at_counter(tmp_path, printer=PRINTED) as at:
        await at.press("ctrl+x")
        await at.press("tab", "f9")
        await at.until(lambda: len(at.devices.printer.jobs) == 1)
    said = "\n".join(texts(at.devices.printer.jobs[0]))
    assert "館全体" not in said
    assert re.search(r"^貸出 +0$", said, re.MULTILINE)


async def test_a_printed_handover_is_seen_and_leads_back(tmp_path: Path) -> None:
    """In the demo the screen draws the slip; Enter goes back to the figures."""
    async with at_counter(tmp_path, a_day) as at:
        await at.press("ctrl+x")
        await at.press("f9")
        await at.until(lambda: "業務終了 引き継ぎ" in at.text())
        await at.press("enter")
        at.job(HandoverJob)
        await at.press("f2", "f9")
        assert "業務終了 引き継ぎ" not in at.text(), "the last slip again is a patron's"


async def test_a_card_that_nobody_takes_is_kept_as_left_behind(tmp_path: Path) -> None:
    """After a minute of reminding it is counted once; R says that it was handed over."""
    async with at_counter(tmp_path, a_day) as at:
        await at.lay("adult")
        await at.press("enter")
        assert at.counter._bells.is_reminding
        for _each in range(LEFT_BEHIND_AFTER - 1):
            at.counter._bells.remind_again()
        await at.settle()
        assert at.devices.rows_of("SELECT count(*) FROM card_left_behind") == [(0,)]
        for _each in range(5):
            at.counter._bells.remind_again()
        await at.settle()
        assert at.devices.rows_of("SELECT noticed_at, handed_over_at FROM card_left_behind") == [
            ("2026-11-24 03:00:00", None)
        ]
        await at.take_off()
        await at.scan("/handover")
        assert shown(at, "カードの置き忘れ") == 1
        assert shown(at, "置き忘れのカードを返す") == 1
        await at.press("r")
        assert shown(at, "カードの置き忘れ") == 1
        assert "置き忘れのカードを返す" not in at.text()
        await at.press("r")
        assert at.devices.rows_of("SELECT count(handed_over_at) FROM card_left_behind") == [(1,)]


async def test_a_card_that_was_found_is_noted_by_hand(tmp_path: Path) -> None:
    """C, once for each card."""
    async with at_counter(tmp_path) as at:
        await at.press("ctrl+x")
        assert "残っていることはありません" in at.said()
        await at.press("c")
        await at.press("c")
        assert shown(at, "置き忘れのカードを返す") == 2
        assert "残り" in at.said()


async def test_a_card_on_the_reader_is_not_forgotten_at_the_end(tmp_path: Path) -> None:
    """It is said with a bell until it is taken."""
    async with at_counter(tmp_path, a_day) as at:
        await at.lay("adult")
        await at.press("ctrl+x")
        await at.press("enter")
        at.job(HandoverJob)
        assert "リーダーにカードがあります" in at.text()
        assert at.counter._bells.is_reminding
        for _each in range(LEFT_BEHIND_AFTER - 1):
            at.counter._bells.remind_again()
        await at.press("tab")
        at.counter._bells.remind_again()
        await at.settle()
        await at.press("tab")
        assert shown(at, "カードの置き忘れ") == 1, "looking at other figures is no new reminder"
        await at.take_off()
        assert "リーダーにカードがあります" not in at.text()
        assert not at.counter._bells.is_reminding


async def test_the_work_goes_on_from_there(tmp_path: Path) -> None:
    """A library card opens its person; from a patron's turn Esc goes back to it."""
    async with at_counter(tmp_path, a_day) as at:
        await at.press("ctrl+x")
        await at.scan(LIBRARY_CARD)
        job = at.job(LendingJob)
        await at.scan("/handover")
        at.job(HandoverJob)
        await at.press("escape")
        assert at.job(LendingJob) is job


async def test_leaving_over_an_open_patron_asks(tmp_path: Path) -> None:
    """Enter in the figures does not end somebody's turn unasked."""
    async with at_counter(tmp_path, a_day) as at:
        await at.scan(LIBRARY_CARD, "/handover")
        await at.press("enter")
        assert "利用者を開いています" in at.said()
        await at.press("escape")
        await at.press("escape")
        at.job(LendingJob)


async def test_a_slip_that_comes_in_the_morning_tells_of_its_day(tmp_path: Path) -> None:
    """The paper was out: on the next day yesterday's figures come, with yesterday's date."""
    async with at_counter(tmp_path, a_day, printer=PRINTED) as at:
        at.devices.printer.paper_out = True
        await at.press("ctrl+x")
        await at.press("f9")
    async with at_counter(tmp_path, printer=PRINTED, on=NOON + timedelta(hours=21)) as at:
        await at.until(lambda: len(at.devices.printer.jobs) == 1)
    said = "\n".join(texts(at.devices.printer.jobs[0]))
    assert re.search(r"^2026年11月24日\(火\)$", said, re.MULTILINE)
    assert "2026年11月25日(水) 09:00" in said
    assert re.search(r"^貸出 +3$", said, re.MULTILINE)
