"""The patron screen: what stands in the way, and why; notes; and who looked is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter_tui import language
from counter_tui.desk.patron_notes import LONGEST_NOTE
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.loss_desk import LossDeskJob
from counter_tui.screens.patron import PatronJob
from counter_tui.screens.receipt import ReceiptJob
from counter_tui.screens.search import SearchJob
from counter_tui.text import cells
from tests.support.counter import AtCounter, at_counter
from tests.support.rig import Rig

TITLE = "はじめての日本の城 写真でめぐる百の名城と城下町"


async def one(rig: Rig) -> None:
    """A patron against whom nothing stands, and another one."""
    await rig.register("adult", library_card_number="21000001", telephone="048-442-2800")
    await rig.register("two-pins", library_card_number="21000002")
    rig.add_item("1001", TITLE)


async def everything(rig: Rig) -> None:
    """A patron with every block, notes, a link that ended and one whose certificate has ended."""
    patron = await rig.enroll("adult")
    rig.change("UPDATE patron SET library_card_number = '21000001'")
    rig.change("UPDATE patron_search_keys SET number = '21000001'")
    for number in range(rig.settings.loan_limit):
        rig.add_item(str(1000 + number), TITLE)
        await rig.desk.lending.checkout(patron.id, str(1000 + number))
    await rig.desk.patron_notes.add(patron.id, "耳がきこえにくい。筆談で")
    rig.change(
        "INSERT INTO card_link (patron_id, user_identifier, enrollment_id, scheme, terms_version,"
        " consented_at, linked_at, linked_by_id, linked_at_counter_id, unlinked_at, unlinked_by_id,"
        " unlinked_at_counter_id, unlink_reason) SELECT patron_id, 'old', 'old', 1, '1',"
        " consented_at, '2024-03-08 03:00:00', linked_by_id, linked_at_counter_id,"
        " '2026-11-20 03:00:00', linked_by_id, linked_at_counter_id, 'lost' FROM card_link"
    )
    rig.change("UPDATE patron SET expires_on = '2026-11-23'")
    rig.change("UPDATE card_link SET certificate_ends_on = '2026-11-20'")
    rig.change("UPDATE loan SET due_on = '2026-11-22'")


async def open_file(at: AtCounter, number: str = "21000001") -> PatronJob:
    """F4, scan the library card."""
    await at.press("f4")
    await at.scan(number)
    return at.job(PatronJob)


async def whole(at: AtCounter) -> str:
    """All pages of the work zone, without blanks."""
    pages: list[str] = []
    while at.counter.work_zone.text() not in pages:
        pages.append(at.counter.work_zone.text())
        await at.press("pagedown")
    return "".join("".join(pages).split())


async def test_a_patron_without_blocks(tmp_path: Path) -> None:
    """Validity with days left, link, loans, and who this is."""
    async with at_counter(tmp_path, one) as at:
        await open_file(at)
        text = at.text()
        assert "あと 365日" in text
        assert "止めているものは、ありません" in text
        assert "048-442-2800" in text
        assert "連携なし" in at.said()
        assert "2026年11月24日登録2027年11月24日まで" in at.said()


async def test_every_block_is_explained_one_after_the_other(tmp_path: Path) -> None:
    """Rule and day of each are in sight; Tab leads to who may lift it, and what to say."""
    async with at_counter(tmp_path, everything) as at:
        job = await open_file(at)
        assert job.file is not None
        assert len(job.file.blocks) == 4
        said: list[str] = []
        for _block in range(4):
            text = at.said()
            assert "2026年11月24日(火)から" in text
            assert text.count("解くのは") == 1
            said.append(text)
            await at.press("tab")
        assert len(set(said)) == 4
        assert "貸出券の期限が切れています" in said[0] or "期限" in said[0]
        assert at.said() == said[0]


async def test_all_of_the_history_can_be_paged_through(tmp_path: Path) -> None:
    """Loans with due dates, notes, links with reason and day, and how the validity came."""
    async with at_counter(tmp_path, everything) as at:
        await open_file(at)
        text = await whole(at)
        assert text.count("11月22日(日)") >= 10
        assert "耳がきこえにくい。筆談で" in text
        assert "2024年3月8日連携" in text
        assert "2026年11月20日解除紛失" in text
        assert "2026年11月24日登録" in text
        assert "証明書は2026年11月20日まで" in text
        await at.press("pageup")
        await at.press("pageup")
        await at.press("pageup")
        assert "解くのは" in at.said()


async def test_enter_lends_to_this_patron(tmp_path: Path) -> None:
    """And the first scan is that patron's loan."""
    async with at_counter(tmp_path, one) as at:
        await open_file(at)
        await at.press("enter")
        await at.scan("1001")
        job = at.job(LendingJob)
        assert [loan.title for loan in job.loans] == [TITLE]
        assert at.devices.rows_of("SELECT patron_id FROM loan") == [(1,)]


async def test_from_lending_to_the_file_and_back(tmp_path: Path) -> None:
    """F4 and Enter open the file of whoever is open; Enter goes on with the same turn."""
    async with at_counter(tmp_path, one) as at:
        await at.scan("21000001", "1001")
        lending = at.job(LendingJob)
        await at.press("ctrl+f")
        assert "さんの詳細を開きます" in at.text()
        await at.press("enter")
        at.job(PatronJob)
        assert TITLE[:9] in at.counter.work_zone.text()
        await at.press("enter")
        assert at.counter.job is lending
        assert len(lending.loans) == 1
        await at.press("f4")
        await at.press("enter")
        await at.press("escape")
        at.job(SearchJob)
        await at.press("escape")
        assert at.counter.job is lending


async def test_an_item_scanned_over_a_file_is_lent_to_nobody(tmp_path: Path) -> None:
    """Neither to the patron who is shown nor to the one who waits below."""
    async with at_counter(tmp_path, one) as at:
        await at.scan("21000002")
        await open_file(at)
        await at.scan("1001")
        at.job(PatronJob)
        assert "貸していません" in at.text()
        assert at.devices.rows_of("SELECT count(*) FROM loan") == [(0,)]


async def test_another_library_card_opens_its_own_file(tmp_path: Path) -> None:
    """In place of the one that is shown."""
    async with at_counter(tmp_path, one) as at:
        job = await open_file(at)
        await at.scan("21000002")
        at.job(PatronJob)
        assert job.file is not None
        assert job.file.patron.library_card_number == "21000002"


async def test_opening_a_file_is_audited_once(tmp_path: Path) -> None:
    """Who, where, when, whom; a note and coming back to the file are no further opening."""
    async with at_counter(tmp_path, one) as at:
        await open_file(at)
        await at.press("ctrl+n")
        await at.scan("筆談で")
        events = at.devices.rows_of(
            "SELECT action, patron_number, operator_id, counter_id FROM audit_event"
            " WHERE action != 'search' ORDER BY number"
        )
        assert events == [("open_file", 1, 1, 1), ("note_added", 1, 1, 1)]
        everything_kept = repr(at.devices.rows_of("SELECT * FROM audit_event"))
        assert "筆談" not in everything_kept
        assert "見本" not in everything_kept


async def test_a_note_is_marked_in_lending(tmp_path: Path) -> None:
    """Where staff see it before they lend; its text stands in the file alone."""
    async with at_counter(tmp_path, one) as at:
        await at.scan("21000001")
        assert "注記" not in at.counter.work_zone.text()
        await at.press("f4")
        await at.press("enter")
        await at.press("ctrl+n")
        await at.scan("耳がきこえにくい")
        assert "耳がきこえにくい" in at.counter.work_zone.text()
        await at.press("enter")
        assert "注記 1件" in at.counter.work_zone.text()
        assert "耳がきこえにくい" not in at.text()


async def test_a_note_is_removed_when_that_is_confirmed(tmp_path: Path) -> None:
    """The marked one; Esc keeps it."""
    async with at_counter(tmp_path, one) as at:
        await open_file(at)
        for note in ("ひとつめ", "ふたつめ"):
            await at.press("ctrl+n")
            await at.scan(note)
        await at.press("ctrl+n")
        await at.press("down")
        assert "> ひとつめ" in at.counter.work_zone.text()
        await at.scan("-")
        await at.press("escape")
        assert at.devices.rows_of("SELECT count(*) FROM patron_note") == [(2,)]
        await at.scan("-")
        await at.press("enter")
        assert at.devices.rows_of("SELECT text FROM patron_note") == [("ふたつめ",)]
        assert "ひとつめ" not in at.text()


async def test_a_note_that_is_too_long_is_not_lost(tmp_path: Path) -> None:
    """It stays in the field, with what may be, until it is short enough."""
    async with at_counter(tmp_path, one) as at:
        await open_file(at)
        await at.press("ctrl+n")
        await at.scan("あ" * (LONGEST_NOTE + 1))
        assert f"いま {LONGEST_NOTE + 1}字" in at.counter.work_zone.text()
        await at.press("backspace")
        await at.press("enter")
        assert at.devices.rows_of("SELECT length(text) FROM patron_note") == [(LONGEST_NOTE,)]


@pytest.mark.parametrize("note", ["\x1b[2J\x1b]0;x\x07", "[red]赤[/]", "\u202e逆", "'; DROP TABLE"])
async def test_a_hostile_note_stays_text(tmp_path: Path, note: str) -> None:
    """Nothing in it is obeyed."""
    async with at_counter(tmp_path, one) as at:
        await open_file(at)
        await at.press("ctrl+n")
        at.counter.scan.post_message(at.counter.scan.Submitted(note))
        await at.settle()
        assert "\x1b" not in at.text()
        assert {cells(row) for row in at.rows()} == {80}


async def test_a_lapsed_patron_is_not_linked(tmp_path: Path) -> None:
    """First the validity; the file stays. Who has not lapsed goes to the enrolment."""

    async def lapsed(rig: Rig) -> None:
        await one(rig)
        rig.change("UPDATE patron SET expires_on = '2026-11-10' WHERE id = 1")

    async with at_counter(tmp_path, lapsed) as at:
        await open_file(at)
        await at.press("f5")
        assert at.counter.is_locked
        await at.press("enter")
        at.job(PatronJob)
        await at.scan("21000002")
        await at.press("f5")
        at.job(EnrollmentJob)


async def test_a_record_deleted_meanwhile_is_said(tmp_path: Path) -> None:
    """Enter goes back."""
    async with at_counter(tmp_path, one) as at:
        await at.counter.opening.open_patron(99)
        await at.settle()
        assert "もうありません" in at.text()
        await at.press("enter")
        at.job(HomeJob)


@pytest.mark.parametrize("size", [(80, 24), (97, 30), (120, 36)])
@pytest.mark.parametrize("spoken", ["ja", "en"])
async def test_only_titles_are_cut(
    tmp_path: Path, size: tuple[int, int], spoken: language.Language
) -> None:
    """On every page, at every size, in both languages."""
    async with at_counter(tmp_path, everything, size=size, language=spoken) as at:
        language.speak(spoken)
        job = await open_file(at)
        hints = job.keys()
        assert sum(hint.width + 2 for hint in hints) - 2 <= 76
        for _page in range(5):
            for block in range(4):
                assert {cells(row) for row in at.rows()} == {size[0]}
                wrong = [row for row in at.rows() if ".." in row and "日本の城" not in row]
                assert wrong == [], block
                if _page == 0:
                    await at.press("tab")
            await at.press("pagedown")
        await at.press("ctrl+n")
        assert [row for row in at.rows() if ".." in row] == []
        await at.press("escape")
        await at.press("f9")
        assert [row for row in at.rows() if ".." in row] == []


async def test_what_is_held_is_printed_when_that_is_asked_for_twice(tmp_path: Path) -> None:
    """F9 asks, P prints: the paper stands on the screen, and Enter leads back to the file."""
    async with at_counter(tmp_path, one) as at:
        job = await open_file(at)
        await at.press("f9")
        assert at.devices.rows_of("SELECT count(*) FROM print_job") == [(0,)]
        await at.press("p")
        at.job(ReceiptJob)
        assert "あなたの記録" in at.said()
        assert at.devices.rows_of("SELECT kind, patron_id FROM print_job") == [("report", 1)]
        await at.press("f9")
        assert at.devices.rows_of("SELECT count(*) FROM print_job") == [(1,)]
        await at.press("enter")
        assert at.counter.job is job
        assert at.devices.rows_of(
            "SELECT action, patron_number, reason FROM audit_event WHERE action = 'report'"
        ) == [("report", 1, "paper")]


async def test_what_is_held_is_written_to_a_file(tmp_path: Path) -> None:
    """For this account alone, with its place on the screen; Esc writes nothing."""
    async with at_counter(tmp_path, one) as at:
        await open_file(at)
        await at.press("ctrl+d")
        await at.press("escape")
        at.job(PatronJob)
        await at.scan("/9")
        await at.press("c")
        [path] = list((at.devices.settings.state_folder).rglob("held-1-*.csv"))
        assert path.name in at.said()
        assert "見本" in path.read_text(encoding="utf-8-sig")
        assert at.devices.rows_of("SELECT reason FROM audit_event WHERE action = 'report'") == [
            ("file",)
        ]


async def test_f6_opens_the_loss_desk_with_this_patron(tmp_path: Path) -> None:
    """Esc leads back to the file."""

    async def linked(rig: Rig) -> None:
        await rig.enroll("adult")

    async with at_counter(tmp_path, linked) as at:
        job = await open_file(at, "2100000001")
        await at.press("f6")
        at.job(LossDeskJob)
        await at.press("escape")
        assert at.counter.job is job
