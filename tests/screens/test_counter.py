"""What holds on every screen: the grid, the looks, starting, and troubles."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import pytest
from textual import events
from textual.worker import WorkerFailed

from counter_tui import language
from counter_tui.app import CounterApp, Report
from counter_tui.desk.comparison import Agreement, ComparedField, Comparison
from counter_tui.desk.desk import Desk
from counter_tui.desk.enrollment import Step
from counter_tui.errors import StoreTooNew
from counter_tui.screens.comparison_page import ComparisonPage
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.screens.help import help_page
from counter_tui.screens.home import HomeJob, Previous
from counter_tui.screens.job import Job
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.registration import RegistrationJob
from counter_tui.screens.returning import ReturningJob
from counter_tui.settings import for_demo
from counter_tui.text import cells
from tests.support.counter import AtCounter, at_counter
from tests.support.rig import NOON, Rig

HOSTILE = (
    "[bold red]題[/] [@click=app.exit]x[/]",
    "\x1b[31m\x1b]0;x\x07赤\x1b[2J",
    "髙𠮷﨑" * 100,
    "左\u202e右\u200b\u2066",
    "a" * 300,
    "葛\U000e0100城",
)


async def _hostile(rig: Rig) -> None:
    await rig.register("adult", name="[b]髙𠮷[/]", kana="カナ" * 40, library_card_number="00000001")
    for number, title in enumerate(HOSTILE):
        rig.add_item(f"9000000{number}", title)
    rig.add_item("90000099", "禁\x1b[31m" + "帯" * 150, not_for_loan=True)


@pytest.mark.parametrize("size", [(80, 24), (97, 30), (120, 36)])
async def test_text_from_outside_does_not_break_the_grid(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    """Markup is shown, escapes are gone, long titles are cut: every row has its exact width."""
    async with at_counter(tmp_path, _hostile, size=size) as at:
        await at.scan("00000001", *[f"9000000{number}" for number in range(len(HOSTILE))])
        assert {cells(row) for row in at.rows()} == {size[0]}
        assert "[bold red]題[/]" in at.text()
        assert "[b]髙𠮷[/]" in at.text()
        assert "\x1b" not in at.text()
        await at.scan("90000099")
        assert at.counter.is_locked
        assert {cells(row) for row in at.rows()} == {size[0]}


async def test_rows_keep_their_place_in_every_frame(tmp_path: Path) -> None:
    """Status, scan line and keys do not jump when a banner, a sheet or a job comes."""
    async with at_counter(tmp_path, _hostile) as at:
        for keys in ((), ("f1",), ("enter",), ("f5",), ("f5",), ("f2",)):
            if keys:
                await at.press(*keys)
            rows = at.rows()
            assert rows[0].startswith("  中央図書館 1階 佐藤")
            assert rows[2].strip() == rows[20].strip() == rows[22].strip() == ""
            assert rows[21].startswith("   ")
            assert rows[23].strip()


async def test_the_first_screen_needs_no_desk_and_scans_wait_for_it(tmp_path: Path) -> None:
    """Home is drawn before the desk opens; what was scanned meanwhile is applied then."""
    gate = asyncio.Event()
    async with at_counter(tmp_path, _hostile, gate=gate) as at:
        await at.pilot.pause()
        assert "待　受　中" in at.text()
        for character in "00000001":
            at.app.post_message(events.Key(character, character))
        at.app.post_message(events.Key("enter", "\r"))
        await at.pilot.pause()
        at.job(HomeJob)
        gate.set()
        await at.app.have_desk()
        await at.settle()
        at.job(LendingJob)


async def test_a_store_that_is_too_new_is_told_and_the_rest_works(tmp_path: Path) -> None:
    """Lamp and sheet say it; help opens; a scan is refused with the same sentence."""

    async def refuse(report: Report) -> Desk:
        raise StoreTooNew("0099")

    app = CounterApp(for_demo(tmp_path), refuse)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await app.counter.settled()
        await pilot.pause()
        at_screen = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert " 台帳 新版 " in at_screen
        assert "台帳が、新しい版のソフトで作られています" in at_screen
        await pilot.press("enter", "f1")
        await app.counter.settled()
        await pilot.pause()
        assert "カウンターで使えること" in app.counter.sheet.text()


async def test_a_window_that_is_too_small_is_told(tmp_path: Path) -> None:
    """One sentence, and the counter again when there is room."""
    async with at_counter(tmp_path, size=(70, 20)) as at:
        assert "画面を 80けた 24行 以上に広げてください。" in at.text()
        assert "待　受　中" not in at.text()
        await at.pilot.resize_terminal(80, 24)
        await at.settle()
        assert "待　受　中" in at.text()


def _colours(at: AtCounter) -> set[str]:
    found: set[str] = set()
    for strip in at.app.screen._compositor.render_strips():
        for segment in strip:
            style = segment.style
            for colour in (style.color, style.bgcolor) if style else ():
                if colour is not None:
                    found.add("default" if colour.is_default else colour.type.name)
    return found


async def test_no_color_leaves_no_colour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR the state stands in brackets and nothing is coloured."""
    monkeypatch.setenv("NO_COLOR", "1")
    async with at_counter(tmp_path, _hostile) as at:
        await at.scan("00000001")
        assert _colours(at) <= {"default"}
        assert any(row.startswith("  [") and "貸　出　可" in row for row in at.rows())


async def test_sixteen_colours_are_enough(tmp_path: Path) -> None:
    """The look for few colours uses the terminal's own sixteen and its default."""
    async with at_counter(tmp_path, _hostile, look="sixteen") as at:
        await at.scan("00000001")
        assert _colours(at) <= {"default", "STANDARD"}


async def test_a_paste_of_megabytes_is_refused_without_freezing(tmp_path: Path) -> None:
    """Some of it is scanned and stopped; the rest is not read."""
    async with at_counter(tmp_path, _hostile) as at:
        at.app.post_message(events.Paste("あ" * 5_000_000))
        await at.settle()
        assert at.counter.scan.typed == ""
        await at.pilot.pause(0.1)
        assert "長すぎます" in at.rows()[21]


async def test_a_command_barcode_is_a_key(tmp_path: Path) -> None:
    """/1 opens help as F1 does, in full-width letters too."""
    async with at_counter(tmp_path) as at:
        await at.scan("／１")
        assert "カウンターで使えること" in at.text()


async def test_a_scanner_that_ends_with_cr_lf_does_not_end_the_patron(tmp_path: Path) -> None:
    """The LF after the Enter is nothing."""
    async with at_counter(tmp_path, _hostile) as at:
        await at.scan("00000001")
        at.app.post_message(events.Key("ctrl+j", "\n"))
        await at.settle()
        at.job(LendingJob)


async def test_a_resized_window_keeps_what_is_shown(tmp_path: Path) -> None:
    """From 80×24 to 120×36 and back: person and loans are there, rows have their width."""
    async with at_counter(tmp_path, _hostile) as at:
        await at.scan("00000001", "90000004")
        for width, height in ((120, 36), (80, 24)):
            await at.pilot.resize_terminal(width, height)
            await at.settle()
            assert {cells(row) for row in at.rows()} == {width}
            assert "貸　出　可" in at.text()


def _compared() -> ComparisonPage:
    """A name that differs, and all of it seen: the most keys, and the longest hint."""
    name = ComparedField("name", "見本 華子", "見本 花子", Agreement.DIFFERENT)
    page = ComparisonPage(Comparison((name,)), lambda: None)
    page.lines(52, 18)
    assert page.is_all_seen
    return page


@pytest.mark.parametrize("spoken", ["ja", "en"])
async def test_all_keys_of_every_job_fit_into_eighty_columns(
    tmp_path: Path, spoken: language.Language
) -> None:
    """No footer loses a key at 80 columns, in either language."""
    async with at_counter(tmp_path, _hostile, language=spoken) as at:
        language.speak(spoken)
        await at.scan("00000001", "90000004")
        assert at.job(LendingJob).loans, "Esc has something to undo"
        jobs: list[Job] = [
            ReturningJob(at.counter, at.counter.job),
            HomeJob(at.counter, Previous(datetime.fromtimestamp(0, NOON.tzinfo), 1, 1)),
            at.counter.job,
            RegistrationJob(at.counter),
        ]
        enrolment = EnrollmentJob(at.counter)
        enrolment._comparison = _compared()
        for step in Step:
            enrolment._step = step
            jobs.append(enrolment)
            hints = enrolment.keys()
            assert sum(hint.width + 2 for hint in hints) - 2 <= 76, (step, hints)
        for job in jobs:
            hints = job.keys()
            assert sum(hint.width + 2 for hint in hints) - 2 <= 76, hints


@pytest.mark.parametrize("spoken", ["ja", "en"])
async def test_a_wide_terminal_shows_every_key_of_the_daily_work(
    tmp_path: Path, spoken: language.Language
) -> None:
    """F3 to F9 and help, at home and while lending."""
    keys = ("F3^R", "F4^F", "F5^E", "F6^U", "F7^Y", "F8^P", "F9^D")
    async with at_counter(tmp_path, _hostile, size=(120, 36), language=spoken) as at:
        language.speak(spoken)
        for job in (HomeJob, LendingJob):
            if job is LendingJob:
                await at.scan("00000001")
            at.job(job)
            for key in keys:
                assert key in at.rows()[-1], (job, key, at.rows()[-1])


@pytest.mark.parametrize("spoken", ["ja", "en"])
async def test_the_help_fits_on_its_sheet(tmp_path: Path, spoken: language.Language) -> None:
    """At 80 by 24 every row of F1 is seen, the last one too."""
    async with at_counter(tmp_path, language=spoken) as at:
        language.speak(spoken)
        await at.press("f1")
        text = at.text()
        for label, _what in help_page(demo=True).rows:
            assert label in text


@pytest.mark.parametrize("spoken", ["ja", "en"])
async def test_hints_fit_beside_their_labels(tmp_path: Path, spoken: language.Language) -> None:
    """What the scan line asks for is never cut at 80 columns."""
    async with at_counter(tmp_path, _hostile, language=spoken) as at:
        language.speak(spoken)
        await at.scan("00000001")
        jobs: list[Job] = [HomeJob(at.counter), at.counter.job]
        wanted = [job.expects() for job in jobs]
        enrolment = EnrollmentJob(at.counter)
        enrolment._comparison = _compared()
        for step in Step:
            enrolment._step = step
            wanted.append(enrolment.expects())
        registration = RegistrationJob(at.counter)
        for number in range(7):
            registration._at = number
            wanted.append(registration.expects())
        for expected in wanted:
            assert cells(expected.label) + cells(expected.hint) + 6 <= 76, expected


@pytest.mark.parametrize("spoken", ["ja", "en"])
async def test_no_sentence_of_ours_is_cut_at_eighty_columns(
    tmp_path: Path, spoken: language.Language
) -> None:
    """Only titles and names are cut: through enrolment and registration nothing ends in `..`."""

    async def prepare(rig: Rig) -> None:
        await rig.register("adult", address="戸田市", library_card_number="00000001")

    async with at_counter(tmp_path, prepare, language=spoken) as at:
        language.speak(spoken)
        seen = [at.text()]

        async def press(*keys: str) -> None:
            await at.press(*keys)
            seen.append(at.text())

        await press("f1")
        await press("enter")
        await press("f5")
        await press("f5")
        await press("f5")
        await press("f2")
        await press("f5")
        await at.scan("00000001")
        await press()
        await press("enter")
        await at.lay("adult")
        await press("1")
        await press("enter")
        await press("escape")
        await press("f5")
        await at.scan("00000001")
        await press("enter")
        await press(*"1234", "enter", "enter")
        await press("enter")
        await press("enter")
        assert at.job(LendingJob)._proof is None
        assert [text for text in seen if ".." in text] == []


async def test_a_bug_shows_no_local_variables(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log says where it broke, and neither log nor terminal any value: it may be a person's."""
    app = CounterApp(for_demo(tmp_path), _broken)
    with pytest.raises(WorkerFailed):
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
    output = capsys.readouterr()
    shown = output.out + output.err
    assert "わけは記録にあります" in shown
    assert "秘密" not in shown
    line = _broken.__code__.co_firstlineno + 3
    assert f"{__file__}:{line}: _broken" in caplog.text
    assert "WorkerFailed" in caplog.text
    assert "ValueError" in caplog.text
    assert "KeyError" in caplog.text, "what led to it"
    assert "秘密" not in caplog.text


async def _broken(report: Report) -> Desk:
    name_of_a_patron = "秘密"
    try:
        raise KeyError(name_of_a_patron)
    except KeyError as error:
        raise ValueError(name_of_a_patron) from error
