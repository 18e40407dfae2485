"""The monthly run at the counter: seen first, written by the month's number, stopped by Esc."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest

from counter_tui import language, wiring
from counter_tui.clock import Clock
from counter_tui.desk.auto_renewal import NotRenewed
from counter_tui.desk.patrons import ResidencyClass
from counter_tui.desk.renewal_run import Phase, Progress, Prospect
from counter_tui.identity.platform import CertificateStatus, IdentityPlatform, StatusWord
from counter_tui.identity.simulated_platform import SimulatedPlatform, SimulatedState
from counter_tui.screens.follow_up_list import FollowUpListJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.line import Line, width_of
from counter_tui.screens.look import Ground, Role
from counter_tui.screens.monthly_lines import Course, monthly_lines
from counter_tui.screens.monthly_run import MonthlyRunJob
from counter_tui.screens.patron import PatronJob
from counter_tui.settings import Settings
from counter_tui.text import cells
from tests.support.counter import AtCounter, at_counter
from tests.support.escpos_decoder import texts
from tests.support.renewals import Person, Town, town
from tests.support.rig import Rig

SOON = date(2026, 12, 10)
NEXT_YEAR = "2027-11-24"
RESIDENT, WORKER, STUDENT = (
    ResidencyClass.RESIDENT,
    ResidencyClass.WORKER,
    ResidencyClass.STUDENT,
)
PEOPLE: dict[str, Person] = {
    "延長 一子": (RESIDENT, SOON, StatusWord.GOOD),
    "延長 二郎": (ResidencyClass.NON_RESIDENT, SOON, StatusWord.GOOD),
    "在勤 太郎": (WORKER, SOON, StatusWord.GOOD),
    "期限 切男": (RESIDENT, date(2026, 11, 1), StatusWord.GOOD),
    "失効 花子": (RESIDENT, SOON, StatusWord.REVOKED),
    "未知 三郎": (RESIDENT, SOON, StatusWord.UNKNOWN),
    "証明 無代": (RESIDENT, SOON, StatusWord.ABSENT),
}


async def _people(rig: Rig) -> None:
    town(rig, PEOPLE)


def _ends(at: AtCounter) -> list[object]:
    return [end for (end,) in at.devices.rows_of("SELECT expires_on FROM patron ORDER BY id")]


BEFORE = [each[1].isoformat() for each in PEOPLE.values()]
AFTER = [NEXT_YEAR, NEXT_YEAR, *BEFORE[2:]]


async def _ended(at: AtCounter) -> None:
    await at.until(lambda: not at.job(MonthlyRunJob).is_at_work)
    await at.settle()


async def _previewed(at: AtCounter) -> None:
    await at.scan("/monthly")
    await at.press("enter")
    await _ended(at)


async def test_f7_twice_or_the_command_opens_it(tmp_path: Path) -> None:
    """Nothing begins by that; Esc is home again."""
    async with at_counter(tmp_path, _people) as at:
        for keys in (("f7", "f7"), ("ctrl+y", "/", "7", "enter"), (*"/monthly", "enter")):
            await at.press(*keys)
            assert not at.job(MonthlyRunJob).is_at_work
            assert "2026年11月分" in at.text()
            await at.press("escape")
            at.job(HomeJob)
        assert at.devices.rows_of("SELECT count(*) FROM renewal_run") == [(0,)]


async def test_the_preview_shows_reasons_and_writes_to_nobody(tmp_path: Path) -> None:
    """Each reason with its count; what the counter has to do; how far from the safety line."""
    async with at_counter(tmp_path, _people) as at:
        await _previewed(at)
        text = at.text()
        for word in ("在勤・在学", "期限が切れている", "証明書が失効", "状態がわからない"):
            assert word in text
        assert "署名用証明書がない" in text
        assert "2人の期限を延ばせます" in text
        assert "10人未満では止まりません" in text
        assert "まだ書きこんでいません" in text
        for label, count in (("対象", 7), ("更新", 2), ("窓口へ", 4), ("再確認", 1)):
            assert f"{label}{count}人" in at.said().replace("　", "")
        assert _ends(at) == BEFORE


async def test_the_month_s_number_runs_it(tmp_path: Path) -> None:
    """Enter alone, or another number, does not; then it is written, and once."""
    async with at_counter(tmp_path, _people) as at:
        await _previewed(at)
        await at.press("enter")
        assert "月の数字 11 を入れてください" in at.text()
        await at.scan("12")
        assert "11月分です" in at.text()
        assert _ends(at) == BEFORE
        await at.scan("11")
        await _ended(at)
        assert "2人の期限を延ばしました" in at.text()
        assert "更　新　済" in at.text()
        assert _ends(at) == AFTER
        await at.press("escape")
        await at.scan("/monthly")
        assert "更　新　済" in at.text()
        await at.press("enter")
        await _ended(at)
        await at.scan("11")
        await _ended(at)
        changes = "SELECT count(*) FROM validity_change WHERE kind = 'automatic'"
        assert at.devices.rows_of(changes) == [(2,)]


async def test_the_fence_holds(tmp_path: Path) -> None:
    """Too many would be refused: a sentence, before and after the number; nothing is written."""

    async def mostly_revoked(rig: Rig) -> None:
        people: dict[str, Person] = {
            f"失効 {n}": (RESIDENT, SOON, StatusWord.REVOKED) for n in range(12)
        }
        town(rig, {**people, "延長 一子": (RESIDENT, SOON, StatusWord.GOOD)})

    async with at_counter(tmp_path, mostly_revoked) as at:
        await _previewed(at)
        assert "更新できない人が多すぎます" in at.text()
        await at.scan("11")
        await at.until(lambda: at.counter.is_locked)
        assert "13人のうち12人" in at.said()
        assert set(_ends(at)) == {SOON.isoformat()}


async def test_an_unreachable_platform_is_a_sentence(tmp_path: Path) -> None:
    """Nobody would be renewed, and that is said; when it is back, they are."""
    async with at_counter(tmp_path, _people) as at:
        at.devices.platform.line_cut = True
        await _previewed(at)
        assert "照会先" in at.text()
        assert "つながりません。だれの期限も延びません" in at.text()
        await at.scan("11")
        await _ended(at)
        assert _ends(at) == BEFORE
        at.devices.platform.line_cut = False
        await at.press("enter")
        await _ended(at)
        await at.scan("11")
        await _ended(at)
        assert _ends(at) == AFTER


async def test_the_list_opens_whom_it_is_about(tmp_path: Path) -> None:
    """F4 before and after the writing; Enter opens the file, Esc comes back."""
    async with at_counter(tmp_path, _people) as at:
        await at.scan("/monthly")
        await at.press("f4")
        assert "一覧は下見のあとです" in at.text()
        await at.press("enter")
        await _ended(at)
        for written in (False, True):
            if written:
                await at.scan("11")
                await _ended(at)
            await at.press("f4")
            assert "5　人" in at.text() or "5人" in at.said()
            for name in ("在勤 太郎", "期限 切男", "失効 花子", "未知 三郎", "証明 無代"):
                assert name in at.text()
            assert "延長 一子" not in at.text()
            await at.press("down", "enter")
            file = at.job(PatronJob).file
            assert file is not None
            assert file.patron.name == "期限 切男"
            await at.press("escape")
            at.job(FollowUpListJob)
            await at.press("escape")
            at.job(MonthlyRunJob)


async def test_a_slip_asks_one_of_the_list_to_come(tmp_path: Path) -> None:
    """P: for the marked person, by the library card's last digits."""
    async with at_counter(tmp_path, _people, size=(120, 36)) as at:
        await _previewed(at)
        await at.press("f4", "down", "p")
        assert "まだ決まっていません" in at.text()
        await at.press("escape")
        await at.scan("11")
        await _ended(at)
        await at.press("f4", "down", "P")
        at.job(FollowUpListJob)
        await at.until(lambda: len(at.devices.printer.jobs) == 1)
        paper = "".join(texts(at.devices.printer.jobs[0]))
        assert "カウンターへ おいでください" in paper
        assert "期限 切男" not in paper


async def test_the_list_is_a_file_for_this_account_alone(tmp_path: Path) -> None:
    """F9: Japanese headings, mode 0600, in the state folder; accounted for."""
    async with at_counter(tmp_path, _people, size=(120, 36)) as at:
        await _previewed(at)
        await at.press("f9")
        [path] = (at.devices.settings.state_folder / "lists").glob("renewal-2026-11-*.csv")
        assert path.name in at.text()
        assert path.stat().st_mode & 0o777 == 0o600
        rows = path.read_text(encoding="utf-8-sig").splitlines()
        assert rows[0].split(",")[:2] == ["貸出券番号", "氏名"]
        assert len(rows) == 1 + 5
        events = "SELECT action, reason, amount FROM audit_event ORDER BY number DESC LIMIT 1"
        assert at.devices.rows_of(events) == [("list", "renewal", 5)]


async def test_when_the_cause_is_mended_enter_checks_once_more(tmp_path: Path) -> None:
    """Behind the safety line the month's number does nothing; the screen is no dead end."""
    people: dict[str, Person] = {
        f"未着 {n}": (RESIDENT, SOON, StatusWord.ABSENT) for n in range(12)
    }
    towns: list[Town] = []

    async def without_links(rig: Rig) -> None:
        towns.append(town(rig, people))

    async with at_counter(tmp_path, without_links) as at:
        await _previewed(at)
        assert "もう一度下見" in at.text()
        [made] = towns
        for reference in made.references.values():
            at.devices.platform.set_state(reference, SimulatedState(signature=StatusWord.GOOD))
        await at.press("enter")
        await _ended(at)
        assert "12人の期限を延ばせます" in at.text()
        await at.scan("11")
        await _ended(at)
        assert "12人の期限を延ばしました" in at.text()


async def test_somebody_of_the_list_is_renewed_and_the_run_goes_on(tmp_path: Path) -> None:
    """F4, the lapsed one, F7: not listed any more, and the number still runs the month."""
    async with at_counter(tmp_path, _people) as at:
        await _previewed(at)
        await at.press("f4", "down", "enter")
        assert "期限 切男" in at.text()
        await at.press("f7")
        await at.press("enter")
        await at.press("escape")
        at.job(FollowUpListJob)
        assert "期限 切男" not in at.text()
        await at.press("escape")
        await at.scan("11")
        await _ended(at)
        assert "更　新　済" in at.text()
        assert "2人の期限を延ばしました" in at.text()


async def test_a_counter_renewal_after_the_preview_needs_one_more_check(tmp_path: Path) -> None:
    """Left and come back: Enter checks, and then it can be run."""
    async with at_counter(tmp_path, _people) as at:
        await _previewed(at)
        await at.press("escape")
        await at.press("f7")
        await at.scan("00000004")
        await at.press("enter")
        await at.press("escape")
        await at.scan("/monthly")
        await at.press("enter")
        await _ended(at)
        await at.scan("11")
        await _ended(at)
        assert "2人の期限を延ばしました" in at.text()


async def test_over_midnight_at_a_month_s_end_it_stays_that_month(tmp_path: Path) -> None:
    """What was previewed as November is written, and told, as November."""
    async with at_counter(tmp_path, _people) as at:
        at.devices.clock.instant = datetime(2026, 11, 30, 14, 58, tzinfo=UTC)
        await _previewed(at)
        at.devices.clock.instant += timedelta(minutes=5)
        await at.scan("11")
        await _ended(at)
        assert "2026年11月分" in at.text()
        assert "2人の期限を延ばしました" in at.text()
        assert _ends(at).count("2027-11-30") == 2


async def test_opening_the_list_is_accounted_for(tmp_path: Path) -> None:
    """Once, however often staff come back to it from a person's file."""
    async with at_counter(tmp_path, _people) as at:
        await _previewed(at)
        await at.press("f4", "enter")
        at.job(PatronJob)
        await at.press("escape")
        at.job(FollowUpListJob)
        events = "SELECT reason, amount FROM audit_event WHERE action = 'list'"
        assert at.devices.rows_of(events) == [("renewal", 5)]


class _Gated(SimulatedPlatform):
    """Answers for the run when it is let."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        super().__init__(settings.state_folder / wiring.PLATFORM_FILE, clock, dict)
        self.asked = threading.Event()
        self.let = threading.Event()

    def signature_statuses(
        self, user_identifiers: Iterable[str]
    ) -> Iterator[tuple[str, CertificateStatus]]:
        self.asked.set()
        assert self.let.wait(20)
        return super().signature_statuses(user_identifiers)


class _InSteps(SimulatedPlatform):
    """Answers one question of the run after the other, each when it is let."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        super().__init__(settings.state_folder / wiring.PLATFORM_FILE, clock, dict)
        self.asked = 0
        self.let = threading.Semaphore(0)

    def signature_statuses(
        self, user_identifiers: Iterable[str]
    ) -> Iterator[tuple[str, CertificateStatus]]:
        self.asked += 1
        assert self.let.acquire(timeout=20)
        return super().signature_statuses(user_identifiers)


async def test_it_says_how_long_it_still_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the pace since the phase began: eight seconds for two people, four are left."""
    monkeypatch.setattr("counter_tui.desk.renewal_run._LOOKED_AT", 2)
    platforms: list[_InSteps] = []

    def in_steps(settings: Settings, clock: Clock) -> IdentityPlatform:
        platforms.append(_InSteps(settings, clock))
        return platforms[-1]

    async def eight(rig: Rig) -> None:
        town(rig, {f"延長 {n}": (RESIDENT, SOON, StatusWord.GOOD) for n in range(8)})

    async with at_counter(tmp_path, eight, ask=in_steps) as at:
        platform = platforms[-1]
        await at.scan("/monthly")
        await at.press("enter")

        async def let(asked: int) -> bool:
            """One more part after eight seconds; whether it is said how long it takes."""
            await at.until(lambda: platform.asked == asked)
            at.stopwatch.seconds += 8
            platform.let.release()
            await at.until(lambda: f"{2 * asked} / 8人" in at.text())
            return "残り" in at.text()

        assert [await let(1), await let(2)] == [False, True]
        assert "残り 16秒" in at.text()
        for _ in range(2):
            platform.let.release()
        await _ended(at)


async def test_esc_stops_it_and_enter_goes_on(tmp_path: Path) -> None:
    """The part at hand is kept; keys work meanwhile; nothing was written to a patron."""
    gates: list[_Gated] = []

    def gated(settings: Settings, clock: Clock) -> IdentityPlatform:
        gates.append(_Gated(settings, clock))
        return gates[-1]

    async with at_counter(tmp_path, _people, ask=gated) as at:
        await at.scan("/monthly")
        await at.press("enter")
        await at.until(gates[-1].asked.is_set)
        assert at.job(MonthlyRunJob).is_at_work
        assert "下見をしています" in at.text()
        await at.scan("00000001")
        assert "Esc で止まります" in at.text()
        await at.press("escape")
        assert "止めています" in at.text()
        gates[-1].let.set()
        await _ended(at)
        assert at.job(MonthlyRunJob).prospect is not None
        assert _ends(at) == BEFORE
        await at.press("enter")
        await _ended(at)
        await at.scan("11")
        await _ended(at)
        assert _ends(at) == AFTER


async def test_leaving_asks_and_stops_it(tmp_path: Path) -> None:
    """F2 in the middle of a check: asked first, then home; what was asked for is kept."""
    gates: list[_Gated] = []

    def gated(settings: Settings, clock: Clock) -> IdentityPlatform:
        gates.append(_Gated(settings, clock))
        return gates[-1]

    async with at_counter(tmp_path, _people, ask=gated) as at:
        await at.scan("/monthly")
        await at.press("enter")
        await at.until(gates[-1].asked.is_set)
        await at.press("f2")
        assert at.counter.is_locked
        gates[-1].let.set()
        await at.press("enter")
        at.job(HomeJob)
        await at.scan("00000001")
        assert at.job(LendingJob).patron.name == "延長 一子"


async def test_a_store_that_refuses_is_told(tmp_path: Path) -> None:
    """No success is shown; what was found out stays, and Enter goes on when it is back."""

    def change(at: AtCounter, statement: str) -> None:
        with closing(sqlite3.connect(at.devices.settings.database_file)) as store, store:
            store.execute(statement)

    async with at_counter(tmp_path, _people) as at:
        await _previewed(at)
        change(at, "ALTER TABLE validity_change RENAME TO elsewhere")
        await at.scan("11")
        await at.until(lambda: at.counter.is_locked)
        assert "延ばしました" not in at.text()
        assert _ends(at) == BEFORE
        change(at, "ALTER TABLE elsewhere RENAME TO validity_change")
        await at.press("enter")
        await at.scan("11")
        await _ended(at)
        assert _ends(at) == AFTER


async def test_two_terminals_at_once_do_nothing_twice(tmp_path: Path) -> None:
    """Both check, both write; each validity changes once."""
    async with at_counter(tmp_path, _people) as one, at_counter(tmp_path) as other:
        for at in (one, other):
            await at.scan("/monthly")
            await at.press("enter")
        for at in (one, other):
            await _ended(at)
            await at.scan("11")
        for at in (one, other):
            await _ended(at)
        assert _ends(one) == AFTER
        changes = "SELECT count(*) FROM validity_change WHERE kind = 'automatic'"
        assert one.devices.rows_of(changes) == [(2,)]


@pytest.mark.parametrize("spoken", ["ja", "en"])
@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_every_step_fits(
    tmp_path: Path, size: tuple[int, int], spoken: Literal["ja", "en"]
) -> None:
    """Rows are whole, nothing is cut, no key is left out of the footer; all reasons fit."""

    async def everything(rig: Rig) -> None:
        words = [word for word in StatusWord if word is not StatusWord.GOOD]
        people: dict[str, Person] = {f"見本 {word.value}": (RESIDENT, SOON, word) for word in words}
        people["見本 先"] = (RESIDENT, date(2030, 1, 1), StatusWord.GOOD)
        town(rig, {**PEOPLE, **people})

    language.speak(spoken)
    async with at_counter(tmp_path, everything, size=size, language=spoken) as at:

        def whole() -> None:
            assert {cells(row) for row in at.rows()} == {size[0]}
            assert ".." not in at.text()
            hints = at.counter.job.keys()
            assert all(f"{hint.key} {hint.does}" in at.rows()[-1] for hint in hints), at.rows()[-1]

        await at.scan("/monthly")
        whole()
        await at.press("enter")
        await _ended(at)
        whole()
        await at.press("f4")
        whole()
        await at.press("escape")
        await at.scan(at.job(MonthlyRunJob)._number)
        await _ended(at)
        whole()


# ----------------------------------------------------------------------------- its bars

HEIGHT = 20
WIDTHS = pytest.mark.parametrize("width", [48, 72])
TONES = pytest.mark.parametrize("has_tones", [True, False])


@dataclass(frozen=True)
class Bar:
    """A row of the chart, as it is drawn.

    Attributes:
        begins, long: in cells.
    """

    count: int
    begins: int
    long: int


def _bars(prospect: Prospect, width: int, *, has_tones: bool, height: int = HEIGHT) -> list[Bar]:
    _title, _blank, *rows = monthly_lines(prospect, None, width, height, has_tones=has_tones)
    return [_bar(row, has_tones=has_tones) for row in rows]


def _bar(row: Line, *, has_tones: bool) -> Bar:
    *before, drawn = row.left
    assert not row.right
    assert set(drawn.text) <= {" " if has_tones else "="}
    assert drawn.role.is_fill == has_tones
    count = int(re.sub(r"\D", "", "".join(span.text for span in before)))
    return Bar(count, width_of(before), cells(drawn.text))


@pytest.mark.parametrize("spoken", ["ja", "en"])
@WIDTHS
@TONES
def test_a_bar_is_as_long_as_its_share_of_the_largest(
    width: int, has_tones: bool, spoken: Literal["ja", "en"]
) -> None:
    """The largest fills the room, one of thousands is seen, and all begin in one column."""
    language.speak(spoken)
    reasons = {
        NotRenewed.UNKNOWN: 1,
        NotRenewed.NEEDS_PROOF: 9_000,
        NotRenewed.REVOKED: 6_000,
        NotRenewed.ON_HOLD: 100,
        NotRenewed.VALID_LONGER: 3_500,
    }
    bars = _bars(Prospect("2026-11", 12_000, reasons), width, has_tones=has_tones)
    assert [bar.count for bar in bars] == [12_000, 9_000, 6_000, 3_500, 100, 1]
    largest, *others = bars
    assert {bar.begins for bar in bars} == {largest.begins}
    assert largest.begins + largest.long == width
    assert largest.long > 10
    for bar in others:
        share = largest.long * bar.count / largest.count
        assert abs(bar.long - max(share, 1)) <= 0.5


@WIDTHS
@TONES
def test_the_largest_may_be_a_reason(width: int, has_tones: bool) -> None:
    """Nobody renewed: no bar there; and of nobody at all there is none either."""
    reasons = {NotRenewed.REVOKED: 4, NotRenewed.LAPSED: 2, NotRenewed.ON_HOLD: 0}
    none, most, half = _bars(Prospect("2026-11", 0, reasons), width, has_tones=has_tones)
    assert [bar.count for bar in (none, most, half)] == [0, 4, 2]
    assert none.long == 0
    assert most.begins + most.long == width
    assert abs(half.long - most.long / 2) <= 0.5
    [nobody] = _bars(Prospect("2026-11", 0), width, has_tones=has_tones)
    assert (nobody.count, nobody.long) == (0, 0)


@WIDTHS
@TONES
def test_what_finds_no_row_has_a_bar_together(width: int, has_tones: bool) -> None:
    """Its length is that of the sum, also when that is the largest."""
    reasons = dict(zip(NotRenewed, [30, 20, 10, 5, 5], strict=False))
    prospect = Prospect("2026-11", 30, reasons)
    first, second, rest = _bars(prospect, width, has_tones=has_tones, height=5)
    assert [bar.count for bar in (first, second, rest)] == [30, 30, 40]
    assert rest.begins + rest.long == width
    assert first.long == second.long
    assert abs(first.long - rest.long * 3 / 4) <= 0.5


@pytest.mark.parametrize(
    ("done", "total", "filled"),
    [
        pytest.param(0, 1_000, 0, id="nothing"),
        pytest.param(1, 1_000, 0, id="one"),
        pytest.param(250, 1_000, 1 / 4, id="a quarter"),
        pytest.param(1_000, 1_000, 1, id="all"),
        pytest.param(0, 0, 1, id="nobody to do"),
    ],
)
@WIDTHS
@TONES
def test_the_progress_bar_is_filled_by_its_share(
    width: int, has_tones: bool, done: int, total: int, filled: float
) -> None:
    """It takes the whole row; full is the end only."""
    bar = _progress_bar(done, total, width, has_tones=has_tones)
    assert bar == (int(filled * width), width)


@WIDTHS
@TONES
def test_the_progress_bar_is_full_at_the_end_only(width: int, has_tones: bool) -> None:
    """One person of a city is left: a cell is open."""
    assert _progress_bar(59_999, 60_000, width, has_tones=has_tones) == (width - 1, width)


def _progress_bar(done: int, total: int, width: int, *, has_tones: bool) -> tuple[int, int]:
    """Filled cells, and all."""
    course = Course(Progress(Phase.LOOKING, done, total), None)
    lines = monthly_lines(Prospect("2026-11", 1), course, width, HEIGHT, has_tones=has_tones)
    assert len(lines) == HEIGHT
    row = lines[-1].left
    if has_tones:
        filled, rest = row
        assert (filled.role, rest.ground) == (Role.ACCENT_FILL, Ground.FIELD)
        assert not (filled.text + rest.text).strip()
        return cells(filled.text), width_of(row)
    [drawn] = row
    assert re.fullmatch("=*-*", drawn.text)
    return drawn.text.count("="), width_of(row)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_bars_reach_the_screen_whole(tmp_path: Path, size: tuple[int, int]) -> None:
    """Two are renewed, each of the reasons has one: half as long."""
    async with at_counter(tmp_path, _people, size=size, look="plain") as at:
        await _previewed(at)
        drawn = [len(bar) for row in at.rows() for bar in re.findall("=+", row)]
        largest, *others = drawn
        assert largest > 10
        assert len(others) == 5
        assert all(abs(long - largest / 2) <= 0.5 for long in others)


# --------------------------------------------------------------------------- after it


async def _run(rig: Rig) -> None:
    await _people(rig)
    rig.add_item("90000001", "坊っちゃん")
    await rig.desk.renewal_runs.look(lambda progress: None)
    await rig.desk.renewal_runs.write("2026-11", lambda progress: None)


@pytest.mark.parametrize(
    ("number", "elsewhere", "said", "spoken"),
    [
        (1, "", "2026年11月24日に自動で期限が延びました", ()),
        (3, "", "在勤・在学", ("証明がいるので、", "証明をカウンターで見せてください")),
        (3, "本館", "在勤・在学", ("証明がいるので、", "証明を本館で見せてください")),
        (4, "", "期限が切れている", ("すぎたので、", "ここで新しくできます")),
        (4, "本館", "期限が切れている", ("すぎたので、", "本館で新しくできます")),
        (5, "", "証明書が失効", ("使えないので、", "ここで", "新しい電子証明書をもらうと")),
        (6, "", "状態がわからない", ("まだ確かめられないので、", "ここで", "もう一度")),
        (7, "", "署名用証明書がない", ("証明書がないので、", "ここで", "もらうと、")),
        (7, "本館", "署名用証明書がない", ("証明書がないので、", "本館で", "もらうと、")),
    ],
)
async def test_the_patron_screen_says_what_the_run_did(
    tmp_path: Path, number: int, elsewhere: str, said: str, spoken: tuple[str, ...]
) -> None:
    """That and when it came by itself; or why not, and what the person can do, and where."""
    async with at_counter(tmp_path, _run, size=(120, 36), renewal_elsewhere=elsewhere) as at:
        await at.scan(f"{number:08}")
        await at.press("f4", "enter")
        at.job(PatronJob)
        work = "".join(at.counter.work_zone.text().split())
        assert said in work
        places = [work.find(each) for each in spoken]
        assert -1 not in places
        assert places == sorted(places)
        assert not elsewhere or "ここで新しく" not in work
        assert ("自動では延びていません" in work) == (number != 1)


async def test_a_renewal_at_the_counter_settles_it(tmp_path: Path) -> None:
    """What was refused by the run and renewed here since is told no more."""
    async with at_counter(tmp_path, _run, size=(120, 36), printer="file:paper.bin") as at:
        await at.scan("00000005")
        await at.press("f4", "enter")
        assert "自動では延びていません" in at.said()
        await at.press("f7")
        assert "証明書が失効" in at.said()
        await at.press("enter")
        at.job(PatronJob)
        assert "自動では延びていません" not in at.said()


@pytest.mark.parametrize(
    ("number", "later", "said"),
    [
        (1, 0, "2026年11月24日に貸出券の期限が自動でのびました"),
        (1, 31, "2026年11月24日に貸出券の期限が自動でのびました"),
        (1, 32, ""),
        (5, 0, "署名用の電子証明書が使えないので、貸出券の期限は自動ではのびません。"),
        (6, 0, "署名用の電子証明書をまだ確かめられないので、貸出券の期限はのびていません。"),
    ],
)
async def test_the_next_slip_says_so_in_one_sentence(
    tmp_path: Path, number: int, later: int, said: str
) -> None:
    """Until the next run; of a state that nobody knows, too."""
    async with at_counter(tmp_path, _run, printer="file:paper.bin") as at:
        at.devices.clock.instant += timedelta(days=later)
        if later:
            with closing(sqlite3.connect(at.devices.settings.database_file)) as store, store:
                store.execute("UPDATE patron SET expires_on = '2028-01-01'")
        await at.scan(f"{number:08}", "90000001")
        await at.press("enter")
        await at.until(lambda: len(at.devices.printer.jobs) == 1)
        paper = "".join("".join(texts(at.devices.printer.jobs[0])).split())
        assert said in paper
        assert any(word in paper for word in ("自動で", "まだ")) == bool(said)
