"""Looking for a patron: while typing, by whatever a person says, and without ending anybody."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from counter_tui import language
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.patron import PatronJob
from counter_tui.screens.registration import RegistrationJob
from counter_tui.screens.search import SearchJob
from counter_tui.text import cells
from tests.support.counter import AtCounter, at_counter
from tests.support.rig import Rig

PEOPLE = (
    ("戸田 花子", "トダ ハナコ", "1985-04-12", "21000001"),
    ("戸田 華子", "トダ ハナコ", "2001-10-03", "21000002"),
    ("戸田 花枝", "トダ ハナエ", "1948-07-22", "21000003"),
    ("戸田 英雄", "トダ ヒデオ", "1979-01-30", "21000004"),
    ("遠田 はな", "トオダ ハナ", "2014-05-05", "21000005"),
    ("富田 花奈", "トミタ ハナ", "1990-12-19", "21000006"),
)


async def six(rig: Rig) -> None:
    """The people of the wireframe: one has the limit in hand, one has lapsed."""
    parse = rig.desk.registration.parse_birth_date
    for name, kana, born, number in PEOPLE:
        patron = await rig.register(
            "adult",
            name=name,
            kana=kana,
            birth_date=parse(born),
            library_card_number=number,
            telephone="048-442-2800" if number == "21000001" else "",
        )
        if number == "21000003":
            for item in range(rig.settings.loan_limit):
                rig.add_item(f"90{item:02}", "本")
                await rig.desk.lending.checkout(patron.id, f"90{item:02}")
    rig.add_item("1001", "銀河鉄道の夜")
    rig.change("UPDATE patron SET expires_on = '2026-11-10' WHERE name = '富田 花奈'")


async def crowd(rig: Rig) -> None:
    """Sixty of one family name."""
    for number in range(60):
        await rig.register("adult", name=f"佐藤 花{number:02}", kana=f"サトウ ハナ{number:02}")


async def write(at: AtCounter, text: str) -> None:
    """Type, or let an input method write composed characters, without Enter."""
    for character in text:
        at.app.post_message(events.Key(character, character))
    await at.settle()


def names(at: AtCounter) -> list[str]:
    """Who stands in the list, from the top."""
    rows = at.counter.work_zone.text().splitlines()
    known = [name for name, *_ in PEOPLE]
    return [name for row in rows for name in known if row[2:].startswith(name)]


@pytest.mark.parametrize("how", ["f4", "ctrl+f", "/4"])
async def test_every_way_in_opens_an_empty_field(tmp_path: Path, how: str) -> None:
    """F4, its twin over SSH, and the command barcode; Esc goes home."""
    async with at_counter(tmp_path, six) as at:
        await (at.scan(how) if how.startswith("/") else at.press(how))
        at.job(SearchJob)
        assert "利用者をさがす" in at.text()
        assert "見た人と理由は、記録に残ります" in at.text()
        assert names(at) == []
        await at.press("escape")
        at.job(HomeJob)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("とだ はな", "戸田 花枝"),
        ("とだはなこ", "戸田 花子"),
        ("ﾄﾀﾞ ﾊﾅｴ", "戸田 花枝"),
        ("戸田花", "戸田 花子"),
        ("昭和60.4.12", "戸田 花子"),
        ("S60.4.12", "戸田 花子"),
        ("1979-1-30", "戸田 英雄"),
        ("０４８－４４２－２８００", "戸田 花子"),
        ("２１００", "戸田 花子"),
        ("0005", "遠田 はな"),
        ("とおだ", "遠田 はな"),
        ("ヒデオ", "戸田 英雄"),
    ],
)
async def test_people_are_found_by_whatever_they_say(
    tmp_path: Path, typed: str, first: str
) -> None:
    """Kana, kanji, half and full width, hyphens, era dates, numbers and their last digits."""
    async with at_counter(tmp_path, six) as at:
        await at.press("f4")
        await write(at, typed)
        assert names(at)[0] == first
        chosen = at.job(SearchJob).chosen
        assert chosen is not None
        assert chosen.name == first
        assert chosen.name in at.counter.person.text()


async def test_what_is_typed_right_behind_the_key_is_looked_for(tmp_path: Path) -> None:
    """The search opens a moment later on a slow machine; the first letters are not lost."""
    async with at_counter(tmp_path, six) as at:
        at.app.post_message(events.Key("f4", None))
        for character in "とだ":
            at.app.post_message(events.Key(character, character))
        await at.settle()
        assert "とだ" in at.text()
        assert any("戸田 花子" in name for name in names(at))
        await at.press("escape")
        at.job(HomeJob)
        await at.press("f4")
        assert "とだ" not in at.text(), "an earlier search is over"


async def test_results_stand_before_enter_and_follow_each_key(tmp_path: Path) -> None:
    """More letters, fewer people; Backspace brings them back; an empty field shows nobody."""
    async with at_counter(tmp_path, six) as at:
        await at.press("f4")
        await write(at, "と")
        assert len(names(at)) == 6
        await write(at, "だ")
        assert names(at)[0] == "戸田 花枝"
        assert "富田 花奈" not in names(at)
        await write(at, " ひ")
        assert names(at) == ["戸田 英雄"]
        await at.press("backspace")
        assert len(names(at)) > 1
        for _key in range(3):
            await at.press("backspace")
        assert names(at) == []


async def test_a_search_as_in_the_wireframe(tmp_path: Path) -> None:
    """Names, readings, dates, and a seal that says whether they may borrow."""
    async with at_counter(tmp_path, six) as at:
        await at.press("f4")
        await write(at, "とだ はな")
        rows = at.rows()
        assert "利用者をさがす" in rows[3]
        assert "読みの近い順" in rows[3]
        row = next(row for row in rows if "戸田 花子" in row and "1985年 4月12日" in row)
        assert ">" not in row
        assert "> 戸田 花枝" in at.text()
        assert row.rstrip().endswith("可")
        assert "停" in next(row for row in rows if "1948年 7月22日" in row)
        await at.press("f4")
        await write(at, "とみた")
        assert "切" in next(row for row in at.rows() if "1990年12月19日" in row)
        assert "期　限　切　れ" in at.text()


async def test_arrows_move_the_mark_and_enter_opens_that_person(tmp_path: Path) -> None:
    """Up and down stay inside the list; Esc from the patron leads back to the same list."""
    async with at_counter(tmp_path, six) as at:
        await at.press("f4")
        await write(at, "戸田")
        wanted = names(at)
        await at.press("up")
        await at.press("down")
        await at.press("down")
        assert wanted[2] in at.counter.person.text()
        await at.press("enter")
        at.job(PatronJob)
        assert wanted[2] in at.text()
        await at.press("escape")
        job = at.job(SearchJob)
        assert names(at) == wanted
        assert job.chosen is not None
        assert job.chosen.name == wanted[2]
        assert at.counter.scan.typed == "戸田"
        for _key in range(9):
            await at.press("down")
        assert job.chosen is not None
        assert job.chosen.name == wanted[-1]


async def test_a_scanned_library_card_opens_its_owner(tmp_path: Path) -> None:
    """In one burst with its Enter, with other text in the field or none."""
    async with at_counter(tmp_path, six) as at:
        await at.press("f4")
        await at.scan("21000004")
        at.job(PatronJob)
        assert "戸田 英雄" in at.text()
        await at.press("escape")
        await at.press("f4")
        await write(at, "とだ")
        await at.scan("21000006")
        at.job(PatronJob)
        assert "富田 花奈" in at.text()


async def test_enter_with_the_last_key_opens_nobody_who_was_not_seen(tmp_path: Path) -> None:
    """Typed and sent in one go, several fit: they are shown, and the next Enter opens."""
    async with at_counter(tmp_path, six) as at:
        await at.press("f4")
        await at.scan("とだ はな")
        at.job(SearchJob)
        assert at.counter.scan.typed == "とだ はな"
        assert names(at)[0] == "戸田 花枝"
        await at.press("enter")
        at.job(PatronJob)


async def test_only_keys_that_do_something_are_offered(tmp_path: Path) -> None:
    """Nobody to choose or to open: no arrows, no Enter; one person: Enter; more: both."""
    async with at_counter(tmp_path, six) as at:
        await at.press("f4")
        assert "Enter" not in at.rows()[-1]
        assert "上下" not in at.rows()[-1]
        seen: set[tuple[bool, int]] = set()
        for question in ("ぬ", "ぬぬ", *(name for name, *_ in PEOPLE), "1985-04-12"):
            at.counter.scan.empty()
            await write(at, question)
            found = at.job(SearchJob)._found
            hits = len(found.hits) if found is not None else 0
            assert ("Enter" in at.rows()[-1]) is (hits > 0), question
            assert ("上下" in at.rows()[-1]) is (hits > 1), question
            seen.add((hits > 0, min(hits, 2)))
        assert {(False, 0), (True, 1)} <= seen


async def test_nobody_found_says_how_to_go_on(tmp_path: Path) -> None:
    """Enter opens nothing and keeps the question; F5 registers."""
    async with at_counter(tmp_path, six) as at:
        await at.press("f4")
        await write(at, "んんん")
        assert "だれも見つかりません" in at.text()
        await at.press("enter")
        at.job(SearchJob)
        assert at.counter.scan.typed == "んんん"
        await at.press("f5")
        at.job(RegistrationJob)


async def opened_for_lending(at: AtCounter) -> None:
    """Lend one item to 戸田 英雄, and look for somebody meanwhile."""
    await at.scan("21000004", "1001")
    await at.press("f4")
    await write(at, "とだ はなこ")
    at.job(SearchJob)


async def test_a_patron_being_served_stays_open(tmp_path: Path) -> None:
    """Esc leads back to the same turn with its loans; no slip was queued meanwhile."""
    async with at_counter(tmp_path, six) as at:
        await opened_for_lending(at)
        assert at.devices.rows_of("SELECT count(*) FROM print_job") == [(0,)]
        await at.press("escape")
        job = at.job(LendingJob)
        assert (job.patron.name, [loan.title for loan in job.loans]) == (
            "戸田 英雄",
            ["銀河鉄道の夜"],
        )
        assert "銀河鉄道の夜" in at.counter.work_zone.text()
        assert at.counter.scan.typed == ""


async def test_lending_to_whoever_was_found_ends_the_turn_before(tmp_path: Path) -> None:
    """With its slip, as another library card would."""
    async with at_counter(tmp_path, six) as at:
        await opened_for_lending(at)
        await at.press("enter")
        at.job(PatronJob)
        await at.press("enter")
        assert at.job(LendingJob).patron.name == "戸田 花子"
        assert at.devices.rows_of("SELECT kind FROM print_job") == [("checkout",)]


async def test_f9_prints_no_slip_beside_somebody_who_was_found(tmp_path: Path) -> None:
    """The last one was for another person; whoever is only marked gets it neither."""
    async with at_counter(tmp_path, six) as at:
        await at.scan("21000001", "1001")
        await at.press("enter", "enter")
        await at.press("f4")
        await write(at, "とだ はなえ")
        await at.press("f9")
        assert at.devices.rows_of("SELECT reprint_no FROM print_job") == [(0,)]
        assert at.job(SearchJob).chosen is not None


async def test_a_card_laid_down_while_searching_opens_its_person(tmp_path: Path) -> None:
    """The search is left, and the turn before it ends as always."""

    async def with_card(rig: Rig) -> None:
        await six(rig)
        await rig.enroll("adult")

    async with at_counter(tmp_path, with_card) as at:
        await opened_for_lending(at)
        await at.lay("adult")
        job = at.job(LendingJob)
        assert job.patron.name != "戸田 英雄"
        assert job.loans == []


async def test_leaving_while_a_patron_waits_below_asks(tmp_path: Path) -> None:
    """^X over a search is asked as over the lending below it."""
    async with at_counter(tmp_path, six) as at:
        await opened_for_lending(at)
        await at.press("ctrl+x")
        assert "利用者を開いています" in at.said()


async def test_the_question_waits_behind_a_sheet(tmp_path: Path) -> None:
    """Help over a half-typed name: Enter closes it, and the name stands as it was."""
    async with at_counter(tmp_path, six) as at:
        await at.press("f4")
        await write(at, "とだ")
        await at.press("f1")
        await at.press("enter")
        assert not at.counter.is_locked
        assert at.counter.scan.typed == "とだ"
        assert names(at)


async def test_a_search_is_audited_once_without_the_name(tmp_path: Path) -> None:
    """Who, where and by what kind of data; not at every key, and nothing of what was typed."""
    async with at_counter(tmp_path, six) as at:
        await at.press("f4")
        await write(at, "とだ は")
        await write(at, "な")
        events = at.devices.rows_of(
            "SELECT action, reason, patron_number FROM audit_event WHERE action = 'search'"
        )
        assert events == [("search", "name", None)]
        await at.press("escape")
        await at.press("f4")
        await write(at, "とだ はな")
        assert at.devices.rows_of("SELECT count(*) FROM audit_event WHERE action = 'search'") == [
            (2,)
        ]


async def test_who_is_chosen_is_given_to_whoever_asked(tmp_path: Path) -> None:
    """A job that needs a patron takes the one that was chosen, back where it was."""
    taken: list[int] = []

    async def take(patron_id: int) -> None:
        taken.append(patron_id)

    async with at_counter(tmp_path, six) as at:
        before = at.counter.job
        await at.counter.opening.open_search(take)
        await at.scan("21000004")
        assert taken == [4]
        assert at.counter.job is before


async def test_a_long_list_is_paged_through(tmp_path: Path) -> None:
    """Fifty of sixty are shown, and that there are more; the mark stays in sight."""
    async with at_counter(tmp_path, crowd) as at:
        await at.press("f4")
        await write(at, "さとう")
        assert "50人より多い" in at.text()
        job = at.job(SearchJob)
        for _page in range(2):
            await at.press("pagedown")
        assert job.chosen is not None
        assert f"> {job.chosen.name}" in at.counter.work_zone.text()
        await at.press("pageup")
        await at.press("pageup")
        assert "> 佐藤 花00" in at.counter.work_zone.text()


@pytest.mark.parametrize("size", [(80, 24), (97, 30), (120, 36)])
@pytest.mark.parametrize("spoken", ["ja", "en"])
async def test_nothing_of_the_search_is_cut(
    tmp_path: Path, size: tuple[int, int], spoken: language.Language
) -> None:
    """At every size and in both languages; long names alone are cut, and the rows keep their
    cells."""

    async def long_names(rig: Rig) -> None:
        await six(rig)
        await rig.register("adult", name="名" * 60 + " 花", kana="トダ" * 40)

    async with at_counter(tmp_path, long_names, size=size, language=spoken) as at:
        language.speak(spoken)
        await at.press("f4")
        await write(at, "とだ ん")
        await write(at, "\u0000")
        for question in ("", "とだ", "名名", "んんん"):
            at.counter.scan.empty()
            await at.counter.job.typed(question)
            await at.settle()
            assert {cells(row) for row in at.rows()} == {size[0]}
            cut_rows = [row for row in at.rows() if ".." in row]
            assert [row for row in cut_rows if not ("名名" in row or "トダトダ" in row)] == []


@pytest.mark.parametrize("hostile", ["\x1b[2J", "[red]", "%_*", "'; DROP TABLE patron", "𠮷" * 400])
async def test_hostile_questions_find_nobody_and_break_nothing(
    tmp_path: Path, hostile: str
) -> None:
    """Escapes, markup, wildcards, SQL, and more than anybody types."""
    async with at_counter(tmp_path, six) as at:
        await at.press("f4")
        at.app.post_message(events.Paste(hostile))
        await at.settle()
        assert "\x1b" not in at.text()
        await at.press("enter")
        at.job(SearchJob)
        assert at.devices.rows_of("SELECT count(*) FROM patron") == [(6,)]


async def test_a_search_in_the_middle_of_a_registration_loses_no_answer(tmp_path: Path) -> None:
    """Whether somebody is registered already is looked for while registering."""
    async with at_counter(tmp_path, six) as at:
        await at.press("f5")
        await at.press("f5")
        await at.scan("戸田 花子", "トダ ハナコ")
        await at.press("f4")
        await write(at, "とだ はなこ")
        assert names(at)[0] == "戸田 花子"
        await at.press("escape")
        at.job(RegistrationJob)
        assert "トダ ハナコ" in at.counter.work_zone.text()
        assert at.counter.scan.typed == ""


async def test_a_search_in_the_middle_of_an_enrolment_asks_first(tmp_path: Path) -> None:
    """A card's conversation cannot wait: Esc stays in it, Enter leaves it."""
    async with at_counter(tmp_path, six) as at:
        await at.press("f5")
        await at.scan("21000004")
        await at.press("f4")
        assert at.counter.is_locked
        await at.press("escape")
        at.job(EnrollmentJob)
        await at.press("ctrl+f")
        await at.press("enter")
        at.job(SearchJob)
        await at.press("escape")
        at.job(HomeJob)


@pytest.mark.parametrize("key", ["f4", "f2"])
async def test_a_pin_typed_too_late_is_not_searched_for(tmp_path: Path, key: str) -> None:
    """Digits of somebody who has not seen that staff left the PIN entry are neither shown nor
    asked of the store."""
    async with at_counter(tmp_path, six) as at:
        await at.press("f5")
        await at.scan("21000004")
        await at.press("enter")
        await at.lay("adult")
        assert at.counter.job.wants_pins
        await at.press(key)
        await at.press("enter")
        at.job(SearchJob if key == "f4" else HomeJob)
        await write(at, "7391")
        assert "7391" not in at.text()
        assert names(at) == []


async def test_a_store_that_refuses_is_told_and_nobody_is_shown(tmp_path: Path) -> None:
    """Nothing is shown that could not be accounted for; afterwards the search begins anew."""
    async with at_counter(tmp_path, six) as at:
        await at.press("f4")
        at.devices.change("ALTER TABLE audit_event RENAME TO elsewhere")
        await write(at, "とだ")
        assert at.counter.is_locked
        assert names(at) == []
        at.devices.change("ALTER TABLE elsewhere RENAME TO audit_event")
        await at.press("enter")
        await write(at, "とだ")
        assert names(at)[0] == "戸田 花枝"
        await at.press("down")
        await at.press("enter")
        at.job(PatronJob)
