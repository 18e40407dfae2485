"""Renewing validity at the counter, worked from the keyboard: on a proof, seen until when."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from counter_tui import language
from counter_tui.desk.patrons import ResidencyClass
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.patron import PatronJob
from counter_tui.screens.validity import ValidityJob
from counter_tui.screens.validity_steps import ValidityStep
from counter_tui.text import cells
from tests.support.counter import AtCounter, at_counter
from tests.support.escpos_decoder import texts
from tests.support.rig import Rig

HANAKO = "00000001"
"""A resident with a linked card, and sixteen days left."""
TARO = "00000002"
"""Works here; lapsed."""
PAPER = "file:paper.bin"


async def _library(rig: Rig) -> None:
    await rig.enroll("adult", library_card_number=HANAKO, kana="ミホン ハナコ")
    rig.reader.take_off()
    await rig.register(
        "two-pins",
        library_card_number=TARO,
        name="本町 太郎",
        kana="ホンチョウ タロウ",
        residency=ResidencyClass.WORKER,
    )
    rig.add_item("90000001", "坊っちゃん")
    rig.change("UPDATE patron SET expires_on = '2026-12-10' WHERE id = 1")
    rig.change("UPDATE patron SET expires_on = '2026-11-14' WHERE id = 2")


def _ends(at: AtCounter) -> list[object]:
    return [end for (end,) in at.devices.rows_of("SELECT expires_on FROM patron ORDER BY id")]


def _change(at: AtCounter, statement: str) -> None:
    with closing(sqlite3.connect(at.devices.settings.database_file)) as store, store:
        store.execute(statement)


AS_BEFORE = ["2026-12-10", "2026-11-14"]


async def _to(at: AtCounter, number: str) -> None:
    await at.press("f7")
    await at.scan(number)


async def test_one_key_asks_whose_library_card_it_is(tmp_path: Path) -> None:
    """By the key, its twin and the command; Esc is home again."""
    async with at_counter(tmp_path, _library) as at:
        for keys in (("f7",), ("ctrl+y",), ("/", "7", "enter")):
            await at.press(*keys)
            assert at.job(ValidityJob).step is ValidityStep.WHO
            assert "だれの貸出券ですか" in at.text()
            await at.press("escape")
            at.job(HomeJob)


async def test_a_resident_s_address_is_confirmed(tmp_path: Path) -> None:
    """The address stands there, old end and new end, too; Enter renews, the band says so."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _to(at, HANAKO)
        assert at.job(ValidityJob).step is ValidityStep.PROOF
        (address,) = at.devices.rows_of("SELECT address FROM patron WHERE id = 1")[0]
        for seen in ("2026年12月10日", "あと 16日", "2027年11月24日", "きょうから 1年"):
            assert seen in at.text()
        assert str(address).replace(" ", "").replace("　", "") in at.said()
        assert _ends(at) == AS_BEFORE
        await at.press("enter")
        assert at.job(ValidityJob).step is ValidityStep.DONE
        assert "期限を 2027年11月24日に延ばしました" in at.text()
        assert _ends(at) == ["2027-11-24", "2026-11-14"]
        changed = "SELECT kind, reason FROM validity_change ORDER BY id DESC LIMIT 1"
        assert at.devices.rows_of(changed) == [("counter", "address")]


@pytest.mark.parametrize(
    ("residency", "words", "kept"),
    [
        ("worker", ("社員証", "在勤証明書"), ("employee_card", "employment_certificate", "other")),
        ("student", ("学生証", "在学証明書"), ("student_card", "enrolment_certificate", "other")),
    ],
)
async def test_workers_and_students_show_a_proof(
    tmp_path: Path, residency: str, words: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    """None is taken for granted: Enter alone renews nothing. Which it was is kept."""

    async def prepare(rig: Rig) -> None:
        await _library(rig)
        rig.change("UPDATE patron SET residency = ? WHERE id = 2", residency)

    async with at_counter(tmp_path, prepare, printer=PAPER) as at:
        for key, proof in enumerate(kept, 1):
            await _to(at, TARO)
            assert all(word in at.text() for word in words)
            await at.press("enter")
            assert "先に 1 から 3 で選んでください" in at.text()
            await at.press("4", "enter")
            await at.press("escape")
            assert _ends(at) == AS_BEFORE
            await _to(at, TARO)
            await at.press(str(key), "enter")
            assert at.job(ValidityJob).step is ValidityStep.DATE
            assert _ends(at) == AS_BEFORE
            await at.scan("2026/11/24")
            assert _ends(at)[1] == "2027-11-24"
            changed = (
                "SELECT kind, reason, proof_date FROM validity_change ORDER BY id DESC LIMIT 1"
            )
            assert at.devices.rows_of(changed) == [("counter", proof, "2026-11-24")]
            assert "2026年11月24日" in at.said()
            await at.press("ctrl+a")
            await at.press("2", "enter")
            assert _ends(at) == AS_BEFORE
            await at.press("enter")


async def test_a_proof_typed_with_the_input_method_counts(tmp_path: Path) -> None:
    """It chooses; what renews is the date after it, in whatever form it is typed."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _to(at, TARO)
        await at.scan("２")
        await at.press("enter")
        assert _ends(at) == AS_BEFORE
        await at.scan("令和８年１１月１日")
        assert _ends(at)[1] == "2027-11-24"
        last = "SELECT proof_date FROM validity_change ORDER BY id DESC LIMIT 1"
        assert at.devices.rows_of(last) == [("2026-11-01",)]


async def test_a_card_of_an_employer_may_bear_no_date(tmp_path: Path) -> None:
    """Enter alone says so; a letter without a date does not do."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _to(at, TARO)
        await at.press("2", "enter")
        assert "発行日" in at.said()
        await at.press("enter")
        assert at.job(ValidityJob).step is ValidityStep.DATE
        assert _ends(at) == AS_BEFORE
        await at.press("escape")
        assert at.job(ValidityJob).step is ValidityStep.PROOF
        await at.press("1", "enter")
        assert "いつまで有効ですか" in at.text()
        await at.press("enter")
        assert _ends(at)[1] == "2027-11-24"
        last = "SELECT reason, proof_date FROM validity_change ORDER BY id DESC LIMIT 1"
        assert at.devices.rows_of(last) == [("employee_card", None)]


@pytest.mark.parametrize(
    ("key", "typed", "said"),
    [
        ("2", "2026/11/25", "まだ来ていない日です"),
        ("2", "2026/5/1", "古い証明書です。90日以内のもの"),
        ("2", "2026/2/30", "日付として読めません"),
        ("2", "8.11.1", "日付として読めません"),
        ("3", "きのう", "日付として読めません"),
        ("1", TARO, "日付として読めません"),
    ],
)
async def test_a_proof_that_says_nothing_of_today_is_not_taken(
    tmp_path: Path, key: str, typed: str, said: str
) -> None:
    """It is said why, in the scan line; the next date is taken, and nothing was written."""
    async with at_counter(tmp_path, _library, printer=PAPER, renewal_proof_days=90) as at:
        await _to(at, TARO)
        await at.press(key, "enter")
        await at.scan(typed)
        assert said in at.text()
        assert at.job(ValidityJob).step is ValidityStep.DATE
        assert _ends(at) == AS_BEFORE
        await at.scan("2026/11/24")
        assert _ends(at)[1] == "2027-11-24"


async def test_a_card_that_has_ended_is_not_shown_once_more_without_its_date(
    tmp_path: Path,
) -> None:
    """It is said when it ended; Enter renews nobody, and another proof is chosen."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _to(at, TARO)
        await at.press("1", "enter")
        await at.scan("2026/11/23")
        assert "2026年11月23日で切れています" in at.text()
        assert at.job(ValidityJob).step is ValidityStep.PROOF
        await at.press("enter")
        assert _ends(at) == AS_BEFORE
        await at.press("2", "enter")
        await at.scan("2026/11/24")
        assert _ends(at)[1] == "2027-11-24"


async def test_something_else_that_is_shown_may_bear_no_date(tmp_path: Path) -> None:
    """Enter alone, and the screen says so."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _to(at, TARO)
        await at.press("3", "enter")
        assert "なければ Enter" in at.text()
        await at.press("enter")
        assert _ends(at)[1] == "2027-11-24"


@pytest.mark.parametrize("ends_on", ["2026-11-14", "2026-12-10"])
async def test_whoever_renews_elsewhere_is_sent_there_at_once(tmp_path: Path, ends_on: str) -> None:
    """Not to a key that refuses: for who has lapsed, and for whom it ends soon."""

    async def prepare(rig: Rig) -> None:
        await _library(rig)
        rig.change("UPDATE patron SET expires_on = ?", ends_on)

    async with at_counter(tmp_path, prepare, renewal_elsewhere="本館") as at:
        await at.scan(TARO)
        assert "更新は本館" in at.said()
        assert "F7で更新" not in at.said()


async def test_esc_leaves_with_nothing_changed_at_every_step(tmp_path: Path) -> None:
    """From the first question to the chosen proof."""
    async with at_counter(tmp_path, _library) as at:
        for steps in range(4):
            await at.press("f7")
            if steps > 0:
                await at.scan(TARO)
            if steps > 1:
                await at.press("1")
            if steps > 2:
                await at.press("enter")
                await at.press("escape")  # to the choice
            await at.press("escape")
            at.job(HomeJob)
            assert _ends(at) == AS_BEFORE


async def test_whoever_was_renewed_borrows(tmp_path: Path) -> None:
    """Enter opens the patron for lending, who had lapsed a moment ago."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _to(at, TARO)
        await at.press("1", "enter")
        await at.press("enter")
        await at.press("enter")
        assert at.job(LendingJob).patron.name == "本町 太郎"
        await at.scan("90000001")
        assert len(at.job(LendingJob).loans) == 1


async def test_an_open_patron_s_turn_goes_on(tmp_path: Path) -> None:
    """F7 while lending renews that patron, and then lends on: what stood in the way is gone."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await at.scan(TARO)
        assert "期限切れ" in at.said()
        await at.press("f7")
        assert at.job(ValidityJob).patron_id == 2
        await at.press("1", "enter")
        await at.press("enter")
        assert at.job(LendingJob).patron.expires_on.isoformat() == "2027-11-24"
        assert "期限を 2027年11月24日に延ばしました" in at.text()
        assert "貸出可" in at.said()
        await at.scan("90000001")
        assert len(at.job(LendingJob).loans) == 1


async def test_esc_goes_back_to_lending(tmp_path: Path) -> None:
    """With the loans as they were."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(HANAKO, "90000001")
        await at.press("f7")
        await at.press("escape")
        assert len(at.job(LendingJob).loans) == 1
        assert _ends(at) == AS_BEFORE


async def test_from_the_patron_screen_and_back(tmp_path: Path) -> None:
    """The file shows the new end and how it came."""
    async with at_counter(tmp_path, _library, printer=PAPER, size=(120, 36)) as at:
        await at.press("f4")
        await at.press(*"ほんちょう")
        await at.press("enter")
        at.job(PatronJob)
        await at.press("f7")
        await at.press("3", "enter")
        await at.scan("2026/11/20")
        at.job(PatronJob)
        assert "期限を 2027年11月24日に延ばしました" in at.text()
        await at.press("pagedown")
        assert "窓口で更新" in at.text()
        assert "その他(2026年11月20日発行)" in at.said()


async def test_found_by_search_and_by_card(tmp_path: Path) -> None:
    """What a person says, or the card that a person has."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f7")
        await at.scan("ほんちょう")
        await at.press("enter")
        assert at.job(ValidityJob).patron_id == 2
        await at.press("escape")
        await at.press("f7")
        await at.lay("adult")
        assert at.job(ValidityJob).patron_id == 1
        assert _ends(at) == AS_BEFORE


async def test_somebody_else_s_card_changes_nothing(tmp_path: Path) -> None:
    """While one patron is being renewed another's card is laid down: it is said."""
    async with at_counter(tmp_path, _library) as at:
        await _to(at, TARO)
        await at.lay("adult")
        assert at.job(ValidityJob).patron_id == 2
        assert "この人のものではありません" in at.text()


async def test_f7_asks_before_it_leaves_something_unfinished(tmp_path: Path) -> None:
    """An enrolment that has begun is not lost by one key; Esc goes on with it."""

    async def prepare(rig: Rig) -> None:
        await _library(rig)
        rig.change("UPDATE patron SET expires_on = '2026-12-10' WHERE id = 2")

    async with at_counter(tmp_path, prepare) as at:
        await at.press("f5")
        await at.scan(TARO)
        enrolment = at.job(EnrollmentJob)
        assert not at.counter.is_locked
        await at.press("f7")
        assert "とちゅうでやめますか" in at.said()
        await at.press("escape")
        assert at.counter.job is enrolment
        await at.press("f7")
        await at.press("enter")
        assert at.job(ValidityJob).step is ValidityStep.WHO


async def test_whoever_has_lapsed_is_sent_to_f7(tmp_path: Path) -> None:
    """A card is linked, and items are lent, to whoever is renewed first."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(TARO)
        assert "F7で更新" in at.said()
        await at.press("f5")
        assert "F7で期限を更新してください" in at.said()


async def test_an_item_is_no_library_card(tmp_path: Path) -> None:
    """It is said what it is; the next scan is taken."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f7")
        await at.scan("90000001")
        assert "資料の番号です" in at.text()
        await at.scan(HANAKO)
        assert at.job(ValidityJob).patron_id == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"renewal_window_days": 10}, "期限の更新は2026年11月30日(月)からです"),
        ({"renewal_elsewhere": "中央図書館"}, "ご案内先中央図書館"),
        ({"renewal_years": 1, "renewal_anchor": "birthday"}, ""),
    ],
)
async def test_who_is_refused_is_told_why(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    """As a sentence, with the way on; Enter takes the next one, and writes nothing."""
    async with at_counter(tmp_path, _library, **changes) as at:
        await _to(at, HANAKO)
        if not said:
            assert "誕生日" in at.text()
            return
        assert at.job(ValidityJob).step is ValidityStep.REFUSED
        assert said in at.said()
        await at.press("enter")
        assert at.job(ValidityJob).step is ValidityStep.WHO
        assert _ends(at) == AS_BEFORE


async def test_who_came_too_late_registers_anew(tmp_path: Path) -> None:
    """By the library's limit after the end."""
    async with at_counter(tmp_path, _library, renewal_late_days=5) as at:
        await _to(at, TARO)
        assert "2026年11月19日(木)までで" in at.said()
        assert "新しく利用登録" in at.said()


# ---------------------------------------------------------------------- taking it back


async def test_a_supervisor_takes_it_back_at_once_or_later_that_day(tmp_path: Path) -> None:
    """With a reason; the end is as it was."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        for later in (False, True):
            await _to(at, HANAKO)
            await at.press("enter")
            if later:
                await at.press("escape")
                await _to(at, HANAKO)
                assert at.job(ValidityJob).step is ValidityStep.REFUSED
            await at.press("ctrl+a")
            await at.press("enter")
            assert "先に 1 から 3 で選んでください" in at.text()
            await at.press("1", "enter")
            assert at.job(ValidityJob).step is ValidityStep.UNDONE
            assert "期限は 2026年12月10日にもどりました" in at.text()
            assert _ends(at) == AS_BEFORE
            undone = "SELECT kind, reason FROM validity_change ORDER BY id DESC LIMIT 1"
            assert at.devices.rows_of(undone) == [("undo", "wrong_patron")]
            await at.press("enter")
            at.job(HomeJob)


async def test_nobody_else_takes_it_back(tmp_path: Path) -> None:
    """Who is no supervisor is told so, and does not see the key."""
    async with at_counter(tmp_path, _library, printer=PAPER, supervisors=("館長",)) as at:
        await _to(at, HANAKO)
        await at.press("enter")
        assert "^A" not in at.rows()[-1]
        await at.press("ctrl+a")
        assert "責任者" in at.text()
        await at.press("enter")
        assert _ends(at)[0] == "2027-11-24"


async def test_the_next_day_it_stands(tmp_path: Path) -> None:
    """And before anything was renewed there is nothing to take back."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _to(at, HANAKO)
        await at.press("ctrl+a")
        assert "取り消せるのは、きょう窓口でした更新だけです" in at.said()
        await at.press("enter")
        await at.press("enter")
        await at.press("escape")
        at.devices.clock.instant += timedelta(days=1)
        await _to(at, HANAKO)
        await at.press("ctrl+a")
        assert "取り消せるのは、きょう窓口でした更新だけです" in at.said()


# -------------------------------------------------------------------- trouble and slips


async def test_at_midnight_another_end_is_shown(tmp_path: Path) -> None:
    """What was shown yesterday is not written today: it is shown anew first."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _to(at, HANAKO)
        at.devices.clock.instant += timedelta(days=1)
        await at.press("enter")
        assert _ends(at) == AS_BEFORE
        await at.press("enter")
        assert "2027年11月25日" in at.text()
        await at.press("enter")
        assert _ends(at)[0] == "2027-11-25"


async def test_a_store_that_refuses_is_told_and_nothing_is_renewed(tmp_path: Path) -> None:
    """No success is shown before it is on disk; the offer stands, and Enter tries again."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _to(at, HANAKO)
        _change(at, "ALTER TABLE validity_change RENAME TO elsewhere")
        await at.press("enter")
        assert "台帳" in at.text()
        assert "延ばしました" not in at.text()
        assert _ends(at) == AS_BEFORE
        await at.press("enter")
        _change(at, "ALTER TABLE elsewhere RENAME TO validity_change")
        await at.press("enter")
        assert _ends(at)[0] == "2027-11-24"


async def test_the_slip_has_the_new_end(tmp_path: Path) -> None:
    """Queued with the renewal; F9 prints it again, marked. No name stands on it."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        before = len(at.devices.printer.jobs)
        await _to(at, HANAKO)
        await at.press("enter")
        await at.until(lambda: len(at.devices.printer.jobs) == before + 1)
        await at.press("f9")
        await at.until(lambda: len(at.devices.printer.jobs) == before + 2)
        first, second = [
            "".join("".join(texts(job)).split()) for job in at.devices.printer.jobs[-2:]
        ]
        assert "期限更新の控え" in first
        assert "2027年11月24日(水)" in first
        assert "見本花子" not in first
        assert "再発行" not in first
        assert "再発行" in second


@pytest.mark.parametrize("spoken", ["ja", "en"])
@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_every_step_fits(
    tmp_path: Path, size: tuple[int, int], spoken: Literal["ja", "en"]
) -> None:
    """Rows are whole, nothing is cut, no key is left out of the footer."""
    language.speak(spoken)
    async with at_counter(
        tmp_path, _library, size=size, language=spoken, printer=PAPER, renewal_anchor="later"
    ) as at:

        def whole() -> None:
            assert {cells(row) for row in at.rows()} == {size[0]}
            assert ".." not in at.text().replace("...", "")
            hints = at.counter.job.keys()
            assert all(f"{hint.key} {hint.does}" in at.rows()[-1] for hint in hints), at.rows()[-1]

        await at.press("f7")
        whole()
        for number, key, date in ((TARO, "2", "2026/11/1"), (HANAKO, "", "")):

            async def renew(key: str = key, date: str = date) -> None:
                await at.press(*key, "enter")
                if date:
                    whole()
                    await at.scan(date)

            await at.scan(number)
            whole()
            await renew()
            whole()
            await at.press("ctrl+a")
            whole()
            await at.press("3", "enter")
            whole()
            await at.press("escape")
            await at.press("f7")
            await at.scan(number)
            await renew()
            await at.press("escape")
            await at.press("f7")
            await at.scan(number)
            if at.job(ValidityJob).step is ValidityStep.REFUSED:
                whole()
                await at.press("enter")
            else:
                await at.press("escape")
                await at.press("f7")


# ------------------------------------------------------------- before and after it


@pytest.mark.parametrize(("days", "state"), [(16, "貸出可"), (17, "期限間近")])
async def test_from_when_on_a_validity_ends_soon_is_the_library_s(
    tmp_path: Path, days: int, state: str
) -> None:
    """With sixteen days left, by the setting; then F7 is offered in the band."""
    async with at_counter(tmp_path, _library, expiring_soon_days=days) as at:
        await at.scan(HANAKO)
        assert state in at.said()
        assert ("F7で更新" in at.said()) == (state == "期限間近")


async def test_home_counts_today_s_renewals(tmp_path: Path) -> None:
    """Those of this branch; one that was taken back is none."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        assert "期限更新0件" in at.said()
        for number, keys in ((HANAKO, ("enter",)), (TARO, ("1", "enter", "enter"))):
            await _to(at, number)
            for key in keys:
                await at.press(key)
            await at.press("escape")
        assert "期限更新2件" in at.said()
        await _to(at, HANAKO)
        await at.press("ctrl+a")
        await at.press("1", "enter")
        await at.press("enter")
        assert "期限更新1件" in at.said()
