"""The loss desk, worked from the keyboard: a lost card's link ends, and nothing else does."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from counter_tui import language, wiring
from counter_tui.desk.audit import verify
from counter_tui.errors import UnlinkReason
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.loss_desk import LossDeskJob
from counter_tui.screens.loss_steps import LossStep
from counter_tui.screens.receipt import ReceiptJob
from counter_tui.text import cells
from tests.support.counter import AtCounter, at_counter
from tests.support.escpos_decoder import texts
from tests.support.rig import Rig, pin

HANAKO = "00000001"
"""Linked."""
TARO = "00000002"
"""Not linked."""
PAPER = "file:paper.bin"


async def _library(rig: Rig) -> None:
    patron = await rig.register(
        "adult", library_card_number=HANAKO, kana="ミホン ハナコ", telephone="048-442-2800"
    )
    await rig.register("two-pins", library_card_number=TARO)
    rig.lay("adult")
    enrollment = rig.desk.enrollment
    await enrollment.begin(HANAKO)
    enrollment.consent()
    await enrollment.inspect_card()
    await enrollment.verify(pin("1234"), None, last_try_agreed=())
    await enrollment.confirm(())
    rig.reader.take_off()
    rig.add_item("90000001", "坊っちゃん")
    rig.add_item("90000002", "草枕")
    await rig.desk.lending.checkout(patron.id, "90000001")


async def _to_the_name(at: AtCounter, reason: str = "1", stopped: str = "1") -> None:
    await at.press("f6")
    await at.scan(HANAKO)
    await at.press(stopped, "enter")
    await at.press(reason, "enter")
    assert at.job(LossDeskJob).step is LossStep.NAME


async def _unlinked(at: AtCounter, reason: str = "1") -> None:
    await _to_the_name(at, reason)
    await at.scan("見本 花子")
    assert at.job(LossDeskJob).step is LossStep.DONE


def _links(at: AtCounter) -> list[tuple[object, ...]]:
    return at.devices.rows_of("SELECT unlink_reason, suspension_confirmed FROM card_link")


LINKED = [(None, None)]


async def test_one_key_shows_the_numbers_and_hours(tmp_path: Path) -> None:
    """Before anybody was found: who calls is told the state's number first."""
    async with at_counter(tmp_path, _library) as at:
        for keys in (("f6",), ("ctrl+u",), ("/", "6", "enter")):
            await at.press(*keys)
            assert at.job(LossDeskJob).step is LossStep.WHO
            assert "０１２０－９５－０１７８" in at.text()
            assert "無料" in at.text()
            assert "24時間365日" in at.text()
            assert "平日 9:30-20:00" in at.text()
            await at.press("escape")
            at.job(HomeJob)


async def test_numbers_and_hours_are_the_settings_own(tmp_path: Path) -> None:
    """A town that names another number is believed; not every number is free."""
    async with at_counter(
        tmp_path, loss_telephone="048-1234", loss_hours="昼", suspension_hours="夜"
    ) as at:
        await at.press("f6")
        assert "０４８－１２３４" in at.text()
        assert "一時停止は 夜" in at.text()
        assert "無料" not in at.text()


async def test_a_lost_card_s_link_ends_with_its_reason(tmp_path: Path) -> None:
    """Found by library card, stopped by telephone, lost, confirmed by name: ended and said."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _unlinked(at)
        assert _links(at) == [("lost", 1)]
        assert "解　除　済" in at.text()
        assert "連携を解除しました" in at.text()
        assert "貸出中の1冊と貸出券は、そのまま使えます" in at.text()
        await at.press("enter")
        at.job(HomeJob)


async def test_loans_and_library_card_stay(tmp_path: Path) -> None:
    """The library card opens the same person with the same loan."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        before = at.devices.rows_of("SELECT * FROM loan")
        await _unlinked(at)
        await at.scan(HANAKO)
        lending = at.job(LendingJob)
        assert (lending.patron.name, lending.patron.loans_count) == ("見本 花子", 1)
        assert at.devices.rows_of("SELECT * FROM loan") == before


async def test_each_reason_has_a_key(tmp_path: Path) -> None:
    """And is kept, with whether the card was stopped."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        for key, reason in enumerate(("lost", "stolen", "reissued", "wish", "error"), 1):
            await _to_the_name(at, str(key), stopped="2")
            await at.scan("見本花子")
            assert _links(at) == [(reason, 0)]
            await at.press("ctrl+a")
            await at.press("1", "enter")
            assert _links(at) == LINKED


async def test_the_name_is_confirmed_in_kanji_or_kana(tmp_path: Path) -> None:
    """Blanks, widths and kinds of kana do not matter."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        for typed in ("見本 花子", "見本花子", "みほん はなこ", "ﾐﾎﾝ ﾊﾅｺ"):
            await _to_the_name(at)
            await at.scan(typed)
            assert at.job(LossDeskJob).step is LossStep.DONE, typed
            await at.press("ctrl+a")
            await at.press("1", "enter")


async def test_another_name_changes_nothing(tmp_path: Path) -> None:
    """Half a name neither: it is said, and the name is asked for again."""
    async with at_counter(tmp_path, _library) as at:
        await _to_the_name(at)
        for typed in ("見本", "はなこ", "見本 太郎", HANAKO, "ー", "[b]見本 花子"):
            await at.press("tab")
            await at.press("enter")
            assert "氏名がちがいます" not in at.text()
            await at.scan(typed)
            assert "氏名がちがいます。もう一度 名乗ってもらってください" in at.text()
            assert at.job(LossDeskJob).step is LossStep.NAME
        await at.press("enter")
        assert _links(at) == LINKED


async def test_esc_leaves_with_nothing_changed_at_every_step(tmp_path: Path) -> None:
    """From the first question to the typed name."""
    async with at_counter(tmp_path, _library) as at:
        before = at.devices.rows_of("SELECT * FROM card_link")
        for steps in range(4):
            await at.press("f6")
            if steps > 0:
                await at.scan(HANAKO)
            if steps > 1:
                await at.press("1", "enter")
            if steps > 2:
                await at.press("1", "enter")
                await at.press(*"見本")
            assert at.job(LossDeskJob).step is list(LossStep)[steps]
            await at.press("escape")
            at.job(HomeJob)
        assert at.devices.rows_of("SELECT * FROM card_link") == before
        assert _audited(at) == []


async def test_nothing_is_recorded_that_nobody_chose(tmp_path: Path) -> None:
    """Enter alone answers neither question; a digit that is no choice neither."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f6")
        await at.scan(HANAKO)
        await at.press("enter")
        assert "先に 1 から 2 で選んでください" in at.text()
        await at.press("3", "enter")
        assert at.job(LossDeskJob).step is LossStep.STOPPED
        await at.press("1", "enter")
        await at.press("enter")
        await at.press("9", "enter")
        assert at.job(LossDeskJob).step is LossStep.REASON
        await at.press("enter")
        assert "先に 1 から 5 で選んでください" in at.text()


async def test_choices_typed_with_the_input_method_count(tmp_path: Path) -> None:
    """Full-width digits choose and go on."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f6")
        await at.scan(HANAKO, "２")
        assert at.job(LossDeskJob).step is LossStep.REASON
        await at.scan("１")
        assert at.job(LossDeskJob).step is LossStep.NAME
        assert "まだ使えるカードです" in at.text()


async def test_tab_goes_one_step_back(tmp_path: Path) -> None:
    """A wrong reason is put right before the name is typed."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _to_the_name(at, "1")
        await at.press("tab")
        await at.press("4", "enter")
        await at.scan("見本 花子")
        assert _links(at) == [("wish", 1)]


# -------------------------------------------------------------------------- finding


async def test_whoever_has_no_library_card_at_hand_is_found(tmp_path: Path) -> None:
    """By name, kana, telephone and birth date, in one field."""
    async with at_counter(tmp_path, _library) as at:
        for asked in ("見本 花子", "みほん はなこ", "０４８-442-2800", "平成2.4.1"):
            await at.press("f6")
            await at.scan(asked)
            assert "見本 花子" in at.text()
            await at.press("enter")
            assert at.job(LossDeskJob).patron_id == 1, asked
            assert at.job(LossDeskJob).step is LossStep.STOPPED
            await at.press("escape")


async def test_f4_looks_for_the_patron_too(tmp_path: Path) -> None:
    """Whoever is chosen there is the one; Esc there comes back here."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f6")
        await at.press("f4")
        await at.press("escape")
        assert at.job(LossDeskJob).step is LossStep.WHO
        await at.press("f4")
        await at.press(*"みほん はな")
        await at.press("enter")
        assert at.job(LossDeskJob).patron_id == 1


async def test_an_open_patron_is_the_one(tmp_path: Path) -> None:
    """F6 while lending starts with that patron, and Esc goes back to lending."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(HANAKO)
        await at.press("f6")
        assert at.job(LossDeskJob).step is LossStep.STOPPED
        assert "見本 花子" in at.text()
        await at.press("escape")
        assert at.job(LendingJob).patron.name == "見本 花子"
        assert _links(at) == LINKED


async def test_the_open_patron_s_turn_goes_on_afterwards(tmp_path: Path) -> None:
    """What was lent before stays on the list; the link is seen to be gone."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await at.scan(HANAKO, "90000002")
        await at.press("f6")
        await at.press("1", "enter")
        await at.press("1", "enter")
        await at.scan("見本 花子")
        assert _links(at) == [("lost", 1)]
        await at.press("enter")
        assert len(at.job(LendingJob).loans) == 1
        assert "連携なし" in at.said()
        assert at.devices.rows_of("SELECT count(*) FROM print_job WHERE kind = 'checkout'") == [
            (0,)
        ]


async def test_f6_asks_before_it_leaves_something_unfinished(tmp_path: Path) -> None:
    """An enrolment that has begun is not lost by one key; Esc goes on with it."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f5")
        await at.scan(TARO)
        await at.press("f6")
        assert "とちゅうでやめますか" in at.said()
        await at.press("escape")
        at.job(EnrollmentJob)
        await at.press("f6")
        await at.press("enter")
        assert at.job(LossDeskJob).step is LossStep.WHO


async def test_f6_within_a_case_does_not_begin_another(tmp_path: Path) -> None:
    """A key pressed twice changes nothing; after the end it begins the next case."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _to_the_name(at)
        await at.press("f6")
        assert at.job(LossDeskJob).step is LossStep.NAME
        await at.scan("見本 花子")
        await at.press("f6")
        assert at.job(LossDeskJob).step is LossStep.WHO


async def test_whoever_leaves_the_program_is_asked(tmp_path: Path) -> None:
    """With a case open; the next key goes on with it."""
    async with at_counter(tmp_path, _library) as at:
        await _to_the_name(at)
        await at.press("ctrl+x")
        assert at.counter.is_locked
        await at.press("escape")
        assert at.job(LossDeskJob).step is LossStep.NAME


async def test_an_item_s_barcode_is_no_patron(tmp_path: Path) -> None:
    """It is said what it is and what to do; the next scan is taken."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f6")
        await at.scan("90000001")
        assert "資料の番号です" in at.text()
        await at.scan(HANAKO)
        assert at.job(LossDeskJob).step is LossStep.STOPPED


async def test_what_nobody_has_finds_nobody(tmp_path: Path) -> None:
    """Unknown numbers, other barcodes and rubbish: a sentence, and the question stays."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f6")
        for asked in ("99999999", "昭和", "4901234567894", "\x1b[2J", "[b]x[/]", "ん" * 300):
            await at.scan(asked)
            assert "見つかりません" in at.said()
            assert {cells(row) for row in at.rows()} == {80}
            await at.press("escape")
            assert at.job(LossDeskJob).step is LossStep.WHO


async def test_a_patron_without_a_link_has_nothing_to_unlink(tmp_path: Path) -> None:
    """The sentence says so, with a way on; afterwards somebody else is asked for."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f6")
        await at.scan(TARO)
        assert "この利用者は連携していません" in at.said()
        assert "解除するものはありません" in at.said()
        await at.press("enter")
        await at.scan(HANAKO)
        assert at.job(LossDeskJob).step is LossStep.STOPPED


async def test_f6_with_an_unlinked_patron_open_goes_back_to_lending(tmp_path: Path) -> None:
    """Nothing to unlink: the patron is open as before."""
    async with at_counter(tmp_path, _library) as at:
        await at.scan(TARO)
        await at.press("f6")
        await at.press("enter")
        assert at.job(LendingJob).patron.library_card_number == TARO


async def test_a_lapsed_patron_is_unlinked_all_the_same(tmp_path: Path) -> None:
    """The date is said; the card must not go on working because of it."""

    async def lapsed(rig: Rig) -> None:
        await _library(rig)
        rig.change("UPDATE patron SET expires_on = '2026-11-10'")

    async with at_counter(tmp_path, lapsed, printer=PAPER) as at:
        await at.press("f6")
        await at.scan(HANAKO)
        assert "貸出券は2026年11月10日に期限切れ。解除はできます" in at.text()
        await at.press("escape")
        await _unlinked(at)
        assert _links(at) == [("lost", 1)]


# ------------------------------------------------------------------------- the slip


async def test_a_slip_confirms_it_and_is_printed_once_more(tmp_path: Path) -> None:
    """F9 gives the same once more, marked as a reprint; it names the settings' number."""
    async with at_counter(tmp_path, _library, printer=PAPER, loss_telephone="048-9999") as at:
        await _unlinked(at)
        await at.until(lambda: len(at.devices.printer.jobs) == 1)
        await at.press("f9")
        assert "再印刷" in at.text()
        await at.until(lambda: len(at.devices.printer.jobs) == 2)
        jobs = at.devices.rows_of("SELECT kind, reprint_no FROM print_job WHERE kind = 'unlinking'")
        assert jobs == [("unlinking", 0), ("unlinking", 1)]
        first, second = _papers(at)
        assert "連携解除票" in first
        assert "048-9999" in first
        assert "見本" not in first
        assert "再発行" not in first
        assert "再発行" in second


def _papers(at: AtCounter) -> list[str]:
    return ["".join("".join(texts(job)).split()) for job in at.devices.printer.jobs]


async def test_a_slip_that_is_drawn_follows_the_end(tmp_path: Path) -> None:
    """Without paper, Enter shows it; the next Enter goes home."""
    async with at_counter(tmp_path, _library) as at:
        await _unlinked(at)
        await at.press("enter")
        at.job(ReceiptJob)
        assert "連携解除票" in at.text()
        await at.press("enter")
        at.job(HomeJob)


async def test_paper_that_has_run_out_is_told_and_the_link_is_ended(tmp_path: Path) -> None:
    """The end comes first, the slip waits."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        at.devices.printer.paper_out = True
        await _unlinked(at)
        await at.until(lambda: at.counter.is_locked)
        assert "用紙がありません" in at.said()
        await at.press("enter")
        assert at.job(LossDeskJob).step is LossStep.DONE
        assert _links(at) == [("lost", 1)]


# ------------------------------------------------------------- cards on the reader


@pytest.mark.parametrize(("key", "word"), [("1", "紛失"), ("2", "盗難")])
async def test_a_card_that_was_reported_missing_alerts(tmp_path: Path, key: str, word: str) -> None:
    """Its touch says when and why, rings three times, and names nobody."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _unlinked(at, key)
        await at.lay("adult")
        assert f"2026年11月24日に連携を解除しました。理由：{word}" in at.said()
        assert "責任者を呼んでください" in at.said()
        assert "だれのカードかは伝えないでください" in at.said()
        assert "見本" not in at.said()
        assert _bells(at) == 3
        await at.press("enter")
        at.job(HomeJob)


@pytest.mark.parametrize(("key", "word"), [("3", "再発行・更新"), ("4", "本人の希望")])
async def test_any_other_unlinked_card_is_said_without_an_alert(
    tmp_path: Path, key: str, word: str
) -> None:
    """When and why, and that the library card works; one bell."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _unlinked(at, key)
        await at.press("enter")
        await at.lay("adult")
        assert f"理由：{word}" in at.text()
        assert "責任者を呼んでください" not in at.said()
        assert _bells(at) == 1


async def test_a_missing_card_alerts_while_somebody_else_is_open(tmp_path: Path) -> None:
    """The alert comes before all else, and says who is open still."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _unlinked(at)
        await at.scan(TARO)
        await at.lay("adult")
        assert "責任者を呼んでください" in at.said()
        assert "見本太郎さんが開いたままです" in at.said()
        assert _bells(at) == 3
        await at.press("enter")
        assert at.job(LendingJob).patron.library_card_number == TARO


def _bells(at: AtCounter) -> int:
    present = at.counter._interruptions.present
    assert present is not None
    return present.bells


async def test_whose_card_is_there_has_not_lost_it(tmp_path: Path) -> None:
    """A card laid down finds its person; lost and stolen cannot be chosen, a wish can."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await at.press("f6")
        await at.lay("adult")
        assert at.job(LossDeskJob).step is LossStep.STOPPED
        assert "カードはここにあります。紛失ではありません" in at.text()
        await at.press("2", "enter")
        for key in ("1", "2"):
            await at.press(key, "enter")
            assert at.job(LossDeskJob).step is LossStep.REASON
        await at.press("4", "enter")
        await at.scan("見本 花子")
        assert _links(at) == [("wish", 0)]
        assert "カードをお返しください" in at.text()
        assert "次の人" not in at.rows()[-1], "not before the card was handed back"
        await at.press("enter")
        assert at.job(LossDeskJob).step is LossStep.DONE
        assert "カードをお返しください" in at.rows()[21], "it is said why Enter does nothing"
        await at.take_off()
        assert "次の人" in at.rows()[-1]
        await at.press("enter")
        at.job(HomeJob)


async def test_the_lost_card_turns_up_in_the_middle(tmp_path: Path) -> None:
    """The reason is asked for again."""
    async with at_counter(tmp_path, _library) as at:
        await _to_the_name(at)
        await at.lay("adult")
        assert at.job(LossDeskJob).step is LossStep.REASON
        assert "紛失ではありません" in at.text()
        await at.press("enter")
        assert at.job(LossDeskJob).step is LossStep.REASON


async def test_a_touched_patron_s_card_is_there_from_the_first_step(tmp_path: Path) -> None:
    """F6 while the card that opened the patron still lies there."""
    async with at_counter(tmp_path, _library) as at:
        await at.lay("adult")
        at.job(LendingJob)
        await at.press("f6")
        assert "紛失ではありません" in at.text()


async def test_somebody_else_s_card_changes_nothing(tmp_path: Path) -> None:
    """It is said that it is another's; whose is not."""

    async def two(rig: Rig) -> None:
        await _library(rig)
        rig.lay("two-pins")
        enrollment = rig.desk.enrollment
        await enrollment.begin(TARO)
        enrollment.consent()
        await enrollment.inspect_card()
        await enrollment.verify(pin("1234"), pin("5678"), last_try_agreed=())
        await enrollment.confirm(())
        rig.reader.take_off()

    async with at_counter(tmp_path, two) as at:
        await _to_the_name(at)
        await at.lay("two-pins")
        assert at.job(LossDeskJob).step is LossStep.NAME
        assert "この人のものではありません" in at.text()
        assert "太郎" not in at.text()


async def test_other_cards_are_said_and_the_case_stays(tmp_path: Path) -> None:
    """A phone, a card for face authentication, an old card: a sentence, and on it goes."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f6")
        await at.scan(HANAKO)
        for persona in ("phone-token", "face-authentication", "old-resident-card"):
            await at.lay(persona)
            assert at.counter.is_locked
            await at.press("enter")
            assert at.job(LossDeskJob).step is LossStep.STOPPED
            await at.take_off()


# ------------------------------------------------------------------------- troubles


async def test_without_the_platform_the_link_ends_and_is_told_later(tmp_path: Path) -> None:
    """The store leads: the card opens nothing from now on."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _to_the_name(at)
        at.devices.platform.line_cut = True
        await at.scan("見本 花子")
        assert at.job(LossDeskJob).step is LossStep.DONE
        assert "照会先へは、つながりしだい伝えます" in at.text()
        assert at.devices.rows_of("SELECT unlink_owed_since IS NULL FROM card_link") == [(0,)]
        at.devices.platform.line_cut = False
        await at.lay("adult")
        assert "2026年11月24日に連携を解除しました" in at.text()


async def test_a_store_that_refuses_leaves_the_card_linked(tmp_path: Path) -> None:
    """It is said that the card is still linked, and the name may be typed again."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _to_the_name(at)
        _from_outside(
            at,
            "CREATE TRIGGER disk BEFORE UPDATE ON card_link"
            " BEGIN INSERT INTO nowhere VALUES (1); END",
        )
        await at.scan("見本 花子")
        assert "カードは連携したままです" in at.said()
        assert _links(at) == LINKED
        _from_outside(at, "DROP TRIGGER disk")
        await at.press("enter")
        await at.scan("見本 花子")
        assert _links(at) == [("lost", 1)]


def _from_outside(at: AtCounter, statement: str) -> None:
    with closing(sqlite3.connect(at.devices.settings.database_file)) as store, store:
        store.execute(statement)


async def test_another_counter_was_faster(tmp_path: Path) -> None:
    """Nothing is written twice: the case shows what the other one did."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _to_the_name(at)
        await at.counter.desk.unlinking.unlink(
            1, UnlinkReason.STOLEN, card_suspended=True, typed_name="見本 花子"
        )
        await at.scan("見本 花子")
        assert "この利用者は連携していません" in at.said()
        await at.press("enter")
        assert at.job(LossDeskJob).step is LossStep.ENDED
        assert "ぬすまれた" in at.text()
        assert _links(at) == [("stolen", 1)]


# ------------------------------------------------------------------- already unlinked


async def test_who_was_unlinked_before_is_shown_with_day_reason_and_operator(
    tmp_path: Path,
) -> None:
    """And with the way on; another library card begins the next case."""

    async def before(rig: Rig) -> None:
        await _library(rig)
        await rig.desk.unlinking.unlink(
            1, UnlinkReason.LOST, card_suspended=True, typed_name="見本 花子"
        )
        rig.change("UPDATE card_link SET unlinked_at = '2026-11-20 03:00:00+00:00'")

    async with at_counter(tmp_path, before) as at:
        await at.press("f6")
        await at.scan(HANAKO)
        assert at.job(LossDeskJob).step is LossStep.ENDED
        for told in ("2026年11月20日", "なくした", "佐藤", "貸出券と F5 で連携します"):
            assert told in at.text()
        assert "取り消" not in at.text()
        await at.press("ctrl+a")
        assert "取り消せるものはありません" in at.said()
        await at.press("enter")
        await at.scan(TARO)
        assert "この利用者は連携していません" in at.said()


# ----------------------------------------------------------------------------- undo


@pytest.mark.parametrize(("key", "reason"), [("1", "wrong_patron"), ("2", "found"), ("3", "wish")])
async def test_a_supervisor_takes_it_back_on_the_same_day(
    tmp_path: Path, key: str, reason: str
) -> None:
    """The reason is asked for and kept; the card opens its person again."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _unlinked(at)
        await at.press("ctrl+a")
        await at.press("enter")
        assert at.job(LossDeskJob).step is LossStep.UNDO, "not without a reason"
        await at.press(key, "enter")
        assert at.job(LossDeskJob).step is LossStep.UNDONE
        assert "連　携　済" in at.text()
        assert "取り消しました" in at.text()
        assert _links(at) == LINKED
        assert _audited(at) == [("unlink", "lost"), ("undo_unlink", reason)]
        await at.lay("adult")
        assert at.job(LendingJob).patron.name == "見本 花子"


async def test_it_is_taken_back_later_that_day(tmp_path: Path) -> None:
    """F6 and the library card show today's end, and ^A takes it back."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _unlinked(at)
        await at.press("enter")
        await at.press("f6")
        await at.scan(HANAKO)
        assert at.job(LossDeskJob).step is LossStep.ENDED
        await at.press("ctrl+a")
        await at.press("escape")
        assert at.job(LossDeskJob).step is LossStep.ENDED
        assert _links(at) == [("lost", 1)]
        await at.press("ctrl+a")
        await at.press("2", "enter")
        assert _links(at) == LINKED


async def test_others_call_a_supervisor(tmp_path: Path) -> None:
    """The key is not offered, and does nothing but say who may."""
    async with at_counter(tmp_path, _library, printer=PAPER, supervisors=("鈴木",)) as at:
        await _unlinked(at)
        assert "^A" not in at.text()
        assert "責任者が取り消せます" in at.text()
        await at.press("ctrl+a")
        assert "責任者だけができます" in at.said()
        await at.press("enter")
        assert _links(at) == [("lost", 1)]


async def test_without_the_platform_nothing_is_taken_back(tmp_path: Path) -> None:
    """The link stays ended, and that is said."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _unlinked(at)
        await at.press("ctrl+a")
        at.devices.platform.line_cut = True
        await at.press("1", "enter")
        assert "連携は解除したままです" in at.said()
        assert _links(at) == [("lost", 1)]
        await at.press("enter")
        at.devices.platform.line_cut = False
        await at.press("enter")
        assert at.job(LossDeskJob).step is LossStep.UNDONE


async def test_at_midnight_the_undo_is_over(tmp_path: Path) -> None:
    """It is offered no longer to whoever has the case open."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _unlinked(at)
        assert "^A 取り消す" in at.text()
        at.devices.clock.instant += timedelta(hours=12)
        at.counter._show_time()
        await at.settle()
        assert "取り消" not in at.text()
        await at.press("ctrl+a")
        assert "取り消せるものはありません" in at.said()


def _audited(at: AtCounter) -> list[tuple[object, ...]]:
    return at.devices.rows_of(
        "SELECT action, reason FROM audit_event WHERE action LIKE '%unlink%' ORDER BY number"
    )


async def test_each_end_and_each_undo_is_accounted_for(tmp_path: Path) -> None:
    """Who, where, when, whose and why; the chain is whole."""
    async with at_counter(tmp_path, _library, printer=PAPER) as at:
        await _unlinked(at, "2")
        await at.press("ctrl+a")
        await at.press("1", "enter")
        assert at.devices.rows_of(
            "SELECT e.action, e.reason, e.patron_number, o.name, b.name, c.name, e.at"
            " FROM audit_event e JOIN operator o ON o.id = e.operator_id"
            " JOIN counter c ON c.id = e.counter_id JOIN branch b ON b.id = c.branch_id"
            " WHERE e.action LIKE '%unlink%' ORDER BY e.number"
        ) == [
            (action, reason, 1, "佐藤", "中央図書館", "1階", "2026-11-24T03:00:00+00:00")
            for action, reason in (("unlink", "stolen"), ("undo_unlink", "wrong_patron"))
        ]
        store = wiring.store_of(at.devices.settings)
        assert verify(store, []).fault is None


# ------------------------------------------------------------------- what must fit


@pytest.mark.parametrize("spoken", ["ja", "en"])
@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_nothing_is_cut_at_any_step(
    tmp_path: Path, spoken: language.Language, size: tuple[int, int]
) -> None:
    """No sentence, hint, key or remark of the loss desk ends in `..`, in either language."""
    async with at_counter(
        tmp_path, _lapsed, size=size, printer=PAPER, language=spoken, supervisors=("佐藤",)
    ) as at:
        language.speak(spoken)
        seen: list[tuple[str, str]] = []

        async def look(*keys: str) -> None:
            if keys:
                await at.press(*keys)
            job = at.counter.job
            seen.append((str(getattr(job, "step", job)), at.text()))
            hints = job.keys()
            for hint in hints:
                assert at.counter.is_locked or f"{hint.key} {hint.does}" in at.rows()[-1], seen[-1]

        await look("f6")
        await at.scan("90000001")
        await look()
        await at.scan(HANAKO)
        await look("enter")
        await look("2")
        await look("enter")
        await look("enter")
        await look("1")
        await look("enter")
        await at.scan("x")
        await look()
        at.devices.platform.line_cut = True
        await at.scan("見本 花子")
        await look()
        at.devices.platform.line_cut = False
        await look("ctrl+a")
        await look("1")
        await look("enter")
        await look("enter")
        await look("f6")
        await at.lay("adult")
        await look()
        await look("1", "enter")
        await look("1")
        await look("4", "enter")
        await at.scan("見本 花子")
        await look()
        await at.take_off()
        await look("enter")
        await look("f6")
        await at.scan(HANAKO)
        await look()
        assert LossStep.ENDED is at.job(LossDeskJob).step
        cut = {row for _step, text in seen for row in text.split("\n") if ".." in row}
        assert sorted(cut) == []


async def _lapsed(rig: Rig) -> None:
    await _library(rig)
    rig.change("UPDATE patron SET expires_on = '2025-11-10'")


async def test_hostile_names_do_not_break_the_screen(tmp_path: Path) -> None:
    """Markup is shown as it is, escapes are gone, and such a patron is confirmed by kana."""

    async def hostile(rig: Rig) -> None:
        await _library(rig)
        rig.change("UPDATE patron SET name = ? WHERE id = 1", "[red]見\x1b[2J本[/] " + "髙𠮷" * 30)

    async with at_counter(tmp_path, hostile, printer=PAPER) as at:
        await at.press("f6")
        await at.scan(HANAKO)
        assert {cells(row) for row in at.rows()} == {80}
        assert "[red]" in at.text()
        assert "\x1b" not in at.text()
        await at.press("1", "enter")
        await at.press("1", "enter")
        await at.scan("ミホンハナコ")
        assert {cells(row) for row in at.rows()} == {80}
        assert _links(at) == [("lost", 1)]
