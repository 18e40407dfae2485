"""Enrolment and registration, worked from the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter_tui import language
from counter_tui.desk.enrollment import Step
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.registration import RegistrationJob
from counter_tui.text import cells
from tests.support.counter import AtCounter, at_counter
from tests.support.rig import Rig

CARD_OF = {"adult": "00000001", "two-pins": "00000002", "one-try-left": "00000003"}


async def _patrons(rig: Rig) -> None:
    for persona, number in CARD_OF.items():
        await rig.register(persona, library_card_number=number)


async def _to_the_pins(at: AtCounter, persona: str) -> None:
    await at.press("f5")
    await at.scan(CARD_OF[persona])
    assert at.job(EnrollmentJob).step is Step.CONSENT
    await at.press("enter")
    await at.lay(persona)


async def test_two_different_pins_link_the_card(tmp_path: Path) -> None:
    """All six steps: the card is linked, the card handed back, and lending begins."""
    async with at_counter(tmp_path, _patrons) as at:
        await _to_the_pins(at, "two-pins")
        assert "残り 3回" in at.text()
        await at.press(*"1234", "enter")
        await at.press(*"5678", "enter")
        assert at.job(EnrollmentJob).step is Step.COMPARISON
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.DONE
        assert "マイナンバーカードで借りられます" in at.text()
        assert "カードをお返しください" in at.text()
        await at.take_off()
        assert at.job(LendingJob).patron.name == "見本 太郎"
        assert at.devices.rows_of("SELECT count(*) FROM card_link") == [(1,)]


async def test_an_enter_as_the_card_is_taken_does_not_end_the_turn_that_begins(
    tmp_path: Path,
) -> None:
    """It was meant for the last step; a second later Enter ends the patron."""
    async with at_counter(tmp_path, _patrons, printer="file:paper.bin") as at:
        await _to_the_pins(at, "adult")
        await at.press(*"1234", "enter", "enter")
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.DONE
        await at.take_off()
        await at.scan("")
        at.job(LendingJob)
        at.stopwatch.seconds += 1.1
        await at.scan("")
        at.job(HomeJob)


async def test_an_empty_second_entry_means_the_same_pin(tmp_path: Path) -> None:
    """Enter with nothing typed presents the first PIN to both applications."""
    async with at_counter(tmp_path, _patrons) as at:
        await _to_the_pins(at, "adult")
        await at.press(*"1234", "enter", "enter")
        assert at.job(EnrollmentJob).step is Step.COMPARISON


async def test_a_wrong_pin_stops_and_comes_back_with_fewer_tries(tmp_path: Path) -> None:
    """One try is gone, the banner says so, and after it both entries start anew."""
    async with at_counter(tmp_path, _patrons) as at:
        await _to_the_pins(at, "adult")
        await at.press(*"9999", "enter", "enter")
        assert "暗証番号がちがいます。残り 2回" in at.text()
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.PINS
        assert "残り 2回  〇〇・" in at.text()


async def test_the_last_try_is_used_only_when_the_person_agrees(tmp_path: Path) -> None:
    """At one try left a question comes first; Esc leaves and the try is still there."""
    async with at_counter(tmp_path, _patrons) as at:
        await _to_the_pins(at, "one-try-left")
        assert "残り1回です。まちがえると止まります。" in at.text()
        await at.press("escape")
        at.job(HomeJob)
        await at.press("f5")
        await at.scan(CARD_OF["one-try-left"])
        await at.press("enter")
        assert "残り1回です。" in at.text()
        await at.press("enter")
        await at.press(*"2468", "enter", "enter")
        assert at.job(EnrollmentJob).step is Step.COMPARISON


async def test_the_last_question_does_not_hide_the_tries_that_are_spent(tmp_path: Path) -> None:
    """After two mistakes it says that nothing was written, and not that no try was used."""
    async with at_counter(tmp_path, _patrons) as at:
        await _to_the_pins(at, "adult")
        await at.press(*"9999", "enter", "enter")
        await at.press("enter")
        await at.press(*"9999", "enter", "enter")
        await at.press("enter")
        assert "残り1回です。まちがえると止まります。" in at.text()
        assert "何も書いていません" in at.text()
        assert "減っていません" not in at.text()


async def test_each_last_try_is_asked_about_for_itself(tmp_path: Path) -> None:
    """Two questions, each with its PIN; a no to the second one leaves both tries where they are."""
    async with at_counter(tmp_path, _patrons) as at:
        (at.devices.settings.state_folder / "tries.json").write_text(
            '{"two-pins": {"jpki/0018": 1, "surface-info/0011": 1}}', encoding="ascii"
        )
        await _to_the_pins(at, "two-pins")
        assert "利用者証明用" in at.text()
        assert "券面事項" not in at.text()
        await at.press("enter")
        assert "残り1回です。" in at.text()
        assert "券面事項" in at.text()
        await at.press("escape")
        at.job(HomeJob)
        await at.press("f5")
        await at.scan(CARD_OF["two-pins"])
        await at.press("enter", "enter", "enter")
        assert at.job(EnrollmentJob).step is Step.PINS
        await at.press(*"1234", "enter", *"5678", "enter")
        assert at.job(EnrollmentJob).step is Step.COMPARISON


async def test_a_wrong_last_try_locks_and_ends_the_enrolment(tmp_path: Path) -> None:
    """After the mistake the counter says that the PIN is locked, and goes home."""
    async with at_counter(tmp_path, _patrons) as at:
        await _to_the_pins(at, "one-try-left")
        await at.press("enter")
        await at.press(*"1111", "enter", "enter")
        await at.press("enter")
        assert "暗証番号が止まっています。" in at.text()
        await at.press("enter")
        at.job(HomeJob)


@pytest.mark.parametrize("keys", [("1", "2", "3"), tuple("10294857"), tuple("１２３４")])
async def test_entries_of_the_wrong_form_spend_no_try(
    tmp_path: Path, keys: tuple[str, ...]
) -> None:
    """Three digits, a barcode, full-width digits: refused with a hint, nothing is sent."""
    async with at_counter(tmp_path, _patrons) as at:
        await _to_the_pins(at, "adult")
        for key in (*keys, "enter"):
            await at.press(key)
        assert at.job(EnrollmentJob).step is Step.PINS
        assert "4けたの数字です。回数は減っていません" in at.text()
        await at.press(*"1234", "enter", "enter")
        assert at.job(EnrollmentJob).step is Step.COMPARISON


async def test_a_card_pulled_during_verification_returns_to_the_card(tmp_path: Path) -> None:
    """The outcome is unknown: the counter says so and reads the tries again."""
    async with at_counter(tmp_path, _patrons) as at:
        await _to_the_pins(at, "adult")
        at.devices.reader.take_off()
        await at.press(*"1234", "enter", "enter")
        assert at.job(EnrollmentJob).step is Step.CARD
        await at.lay("adult")
        assert at.job(EnrollmentJob).step is Step.PINS


async def test_a_card_that_stays_after_a_refusal_is_read_again_where_it_lies(
    tmp_path: Path,
) -> None:
    """The key for it stands in the footer as long as a card is there."""
    async with at_counter(tmp_path, _patrons) as at:
        at.devices.platform.line_cut = True
        await _to_the_pins(at, "adult")
        assert "カードの状態を確かめられません" in at.text()
        await at.press("enter")
        assert "Enter 読み直す" in at.rows()[-1]
        at.devices.platform.line_cut = False
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.PINS


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
@pytest.mark.parametrize("spoken", ["ja", "en"])
async def test_the_card_of_whoever_was_here_before_only_has_to_be_exchanged(
    tmp_path: Path, size: tuple[int, int], spoken: language.Language
) -> None:
    """It lies there still when the next enrolment asks for a card: that one is asked for, and
    nothing has to be scanned again."""

    async def prepare(rig: Rig) -> None:
        await rig.enroll("adult")
        await rig.register("two-pins", library_card_number=CARD_OF["two-pins"])

    async with at_counter(tmp_path, prepare, size=size, language=spoken) as at:
        language.speak(spoken)
        others = "ほかの人のカード" if spoken == "ja" else "someone else's card"
        await at.lay("adult")
        await at.press("f5")
        await at.scan(CARD_OF["two-pins"])
        await at.press("enter")
        assert at.counter.is_locked
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.CARD
        assert others in at.counter.work_zone.text()
        assert [row for row in at.rows() if ".." in row] == []
        await at.take_off()
        assert others not in at.counter.work_zone.text()
        await at.lay("two-pins")
        await at.press(*"1234", "enter", *"5678", "enter")
        assert at.job(EnrollmentJob).step is Step.COMPARISON


async def test_nothing_is_read_again_without_a_card(tmp_path: Path) -> None:
    """When the card is taken after a refusal, the key goes with it."""
    async with at_counter(tmp_path, _patrons) as at:
        at.devices.platform.line_cut = True
        await _to_the_pins(at, "adult")
        await at.press("enter")
        await at.take_off()
        assert at.job(EnrollmentJob).step is Step.CARD
        assert "読み直す" not in at.rows()[-1]


async def test_another_birth_date_is_another_person(tmp_path: Path) -> None:
    """The banner says it, and the enrolment is over; nothing is linked."""
    async with at_counter(tmp_path, _patrons) as at:
        await at.press("f5")
        await at.scan(CARD_OF["two-pins"])
        await at.press("enter")
        await at.lay("adult")
        await at.press(*"1234", "enter", "enter")
        assert "生年月日がちがいます。別の人です。" in at.text()
        await at.press("enter")
        at.job(HomeJob)
        assert at.devices.rows_of("SELECT count(*) FROM card_link") == [(0,)]


async def test_staff_choose_what_is_kept_of_a_name_that_differs(tmp_path: Path) -> None:
    """Space keeps the record's name; the differing character is seen in both lines."""

    async def prepare(rig: Rig) -> None:
        await rig.register("adult", name="見本 華子", library_card_number=CARD_OF["adult"])

    async with at_counter(tmp_path, prepare) as at:
        await _to_the_pins(at, "adult")
        await at.press(*"1234", "enter", "enter")
        text = at.text()
        assert "Enter" in at.rows()[-1], "all of it is seen at once"
        assert "見本 華子" in text
        assert "見本 花子" in text
        assert "カードの字にする" in text
        await at.press("space")
        assert "登録の字のままにする" in at.text()
        await at.press("enter")
        assert at.devices.rows_of("SELECT name FROM patron") == [("見本 華子",)]


async def test_another_form_of_a_name_is_a_hint_and_staff_choose(tmp_path: Path) -> None:
    """Neither the same nor different: both forms stand there, what differs is underlined."""
    recorded = "見本 高崎吉葛が"

    async def prepare(rig: Rig) -> None:
        await rig.register("rare-characters", name=recorded, library_card_number=CARD_OF["adult"])

    async with at_counter(tmp_path, prepare) as at:
        await at.press("f5")
        await at.scan(CARD_OF["adult"])
        await at.press("enter")
        await at.lay("rare-characters")
        await at.press(*"1234", "enter", "enter")
        rows = at.counter.work_zone.text().splitlines()
        [above] = [index for index, row in enumerate(rows) if recorded in row]
        assert "近" in rows[above]
        assert "同" not in rows[above]
        assert "髙﨑" in rows[above + 1]
        assert "カードの字にする" in rows[above + 2]
        await at.press("space", "enter")
        assert at.job(EnrollmentJob).step is Step.DONE
        assert at.devices.rows_of("SELECT name FROM patron") == [(recorded,)]


@pytest.mark.parametrize("size", [(80, 24), (97, 30), (120, 36)])
@pytest.mark.parametrize("spoken", ["ja", "en"])
@pytest.mark.parametrize(
    "recorded",
    ["名" * 300, "[red]髙橋[/] 𠮷﨑子", "\x1b[31m赤\x1b]0;x\x07 \u202e逆", "外\ue000字 花子"],
)
async def test_no_name_breaks_the_comparison(
    tmp_path: Path, size: tuple[int, int], spoken: language.Language, recorded: str
) -> None:
    """Long, rare and hostile: each row keeps its cells, and what differs is seen."""

    async def prepare(rig: Rig) -> None:
        persona = "long-name-and-address"
        await rig.register(
            persona, name=recorded, address="田" * 300, library_card_number="12345678"
        )

    async with at_counter(tmp_path, prepare, size=size, language=spoken) as at:
        language.speak(spoken)
        await at.press("f5")
        await at.scan("12345678")
        await at.press("enter")
        await at.lay("long-name-and-address")
        await at.press(*"1234", "enter", "enter")
        assert at.job(EnrollmentJob).step is Step.COMPARISON
        assert {cells(row) for row in at.rows()} == {size[0]}
        assert "\x1b" not in at.text()
        work = at.counter.work_zone.text()
        for label in ["Birth date Record", "Name"] if spoken == "en" else ["生年月日", "氏名"]:
            assert label in work
        while "PgDn" in at.counter.work_zone.text():
            await at.press("pagedown")
            assert {cells(row) for row in at.rows()} == {size[0]}
            work += at.counter.work_zone.text()
        # A field that goes on over the page has its name there again.
        assert work.count("違" if spoken == "ja" else "<>") >= 2


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
@pytest.mark.parametrize("spoken", ["ja", "en"])
async def test_nothing_is_linked_before_a_difference_at_the_end_was_seen(
    tmp_path: Path, size: tuple[int, int], spoken: language.Language
) -> None:
    """The longest name and address: the whole is shown, and until it was, Enter links nothing and
    is not offered."""

    async def prepare(rig: Rig) -> None:
        await rig.register(
            "long-name-and-address",
            name="名" * 300,
            address="別" + "の家" * 149 + "終",
            library_card_number="12345678",
        )

    async with at_counter(tmp_path, prepare, size=size, language=spoken) as at:
        language.speak(spoken)
        await at.press("f5")
        await at.scan("12345678")
        await at.press("enter")
        await at.lay("long-name-and-address")
        await at.press(*"1234", "enter", "enter")
        assert at.job(EnrollmentJob).step is Step.COMPARISON
        assert "終" not in at.counter.work_zone.text()
        assert "Enter" not in at.rows()[-1]
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.COMPARISON
        pages = [at.counter.work_zone.text()]
        for _page in range(20):
            if "終" in pages[-1]:
                break
            await at.press("pagedown")
            pages.append(at.counter.work_zone.text())
        assert "終" in pages[-1]
        assert "".join(pages).count("家") == 149
        assert "Enter" in at.rows()[-1]
        await at.press("pageup")
        assert "Enter" in at.rows()[-1], "what was seen once stays seen"
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.DONE


async def test_esc_leaves_an_enrolment_with_nothing_written(tmp_path: Path) -> None:
    """From the PIN step: home, no link, and the digits are gone."""
    async with at_counter(tmp_path, _patrons) as at:
        await _to_the_pins(at, "adult")
        await at.press("1", "2")
        await at.press("escape")
        at.job(HomeJob)
        assert at.devices.rows_of("SELECT count(*) FROM card_link") == [(0,)]


async def test_no_digit_of_a_pin_is_left_on_the_screen_or_in_the_scan_line(tmp_path: Path) -> None:
    """While typing and after Enter, neither the terminal nor the scan line shows a digit."""
    async with at_counter(tmp_path, _patrons) as at:
        await _to_the_pins(at, "two-pins")
        before = at.text()
        await at.press(*"1234")
        assert at.counter.scan.typed == ""
        work = [row[30:] for row in at.rows()[3:20]]
        assert not any("1234" in row or "12" in row for row in work)
        await at.press("escape")
        assert "1234" not in before + at.text()
        entry = at.counter.pins
        assert all(not any(digits._buffer) for digits in entry._entries)


async def test_a_new_patron_is_registered_on_the_one_scan_line(tmp_path: Path) -> None:
    """Seven answers, one step back, and the number of the next library card, large."""
    async with at_counter(tmp_path) as at:
        await at.press("f5")
        await at.press("f5")
        job = at.job(RegistrationJob)
        await at.scan("髙橋 花子", "タカハシ ハナコ")
        await at.press("escape")
        await at.scan("タカハシ ハナ", "昭和60.4.12", "戸田市本町1-2-3", "")
        await at.scan("1")
        assert "次の番号" in at.rows()[21], "the number of a card is still asked for"
        await at.press("enter")
        patron = job.registered
        assert patron is not None
        assert (patron.name, patron.kana) == ("髙橋 花子", "タカハシ ハナ")
        assert patron.birth_date.isoformat() == "1985-04-12"
        wide = "".join(chr(ord(digit) + 0xFEE0) for digit in patron.library_card_number)
        assert wide in at.text()
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.CONSENT


async def test_a_birth_date_that_is_none_is_asked_again(tmp_path: Path) -> None:
    """The hint says what would be right; the question stays."""
    async with at_counter(tmp_path) as at:
        await at.press("f5")
        await at.press("f5")
        await at.scan("戸田 花子", "トダ ハナコ", "きのう")
        assert "生年月日ではありません" in at.rows()[21]
        await at.scan("1985-4-12")
        assert "住所" in at.rows()[21]
