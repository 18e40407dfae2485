"""What goes wrong at an enrolment: wrong library cards, cards that change places, two counters."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from counter_tui import language
from counter_tui.desk.blocks import BlockRule
from counter_tui.desk.enrollment import Step
from counter_tui.hardware.simulated.card import SimulatedCard, TransparentFile
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.registration import RegistrationJob
from tests.support.counter import AtCounter, at_counter
from tests.support.rig import Rig
from tests.support.rival import Job, rival

NUMBER, OTHER = "00000001", "00000002"
ITEM = "10294857"
NO_LINK = [(0,)]


async def _library(rig: Rig) -> None:
    await rig.register("adult", library_card_number=NUMBER)
    await rig.register("two-pins", library_card_number=OTHER)
    rig.add_item(ITEM, "銀河鉄道の夜")


async def _to_the_card(at: AtCounter) -> None:
    await at.press("f5")
    await at.scan(NUMBER)
    await at.press("enter")
    assert at.job(EnrollmentJob).step is Step.CARD


async def _to_the_comparison(at: AtCounter) -> None:
    await _to_the_card(at)
    await at.lay("adult")
    await at.press(*"1234", "enter", "enter")
    assert at.job(EnrollmentJob).step is Step.COMPARISON


def _links(at: AtCounter) -> list[tuple[object, ...]]:
    return at.devices.rows_of("SELECT count(*) FROM card_link")


# ----------------------------------------------------------------------- the library card


@pytest.mark.parametrize(
    ("scanned", "said"),
    [
        ("99999999", "登録のない貸出券です"),
        ("9784000000000", "登録のない貸出券です"),
        (ITEM, "資料のバーコードです。貸出券を読み取ってください"),
    ],
)
async def test_what_is_no_library_card_is_told_and_the_right_one_goes_on(
    tmp_path: Path, scanned: str, said: str
) -> None:
    """An unknown number, a book's ISBN, an item: the step stays, and takes the next scan."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f5")
        await at.scan(scanned)
        assert said in at.said()
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.LIBRARY_CARD
        await at.scan(NUMBER)
        assert at.job(EnrollmentJob).step is Step.CONSENT


async def test_a_lapsed_library_card_is_renewed_first(tmp_path: Path) -> None:
    """The day is named; nothing is linked, and the next person may come."""

    async def prepare(rig: Rig) -> None:
        await _library(rig)
        rig.change(
            "UPDATE patron SET expires_on = '2026-11-10' WHERE library_card_number = ?", NUMBER
        )

    async with at_counter(tmp_path, prepare) as at:
        await at.press("f5")
        await at.scan(NUMBER)
        said = at.said()
        assert "11月10日" in said
        assert "連携していません" in said
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.LIBRARY_CARD
        await at.scan(OTHER)
        assert at.job(EnrollmentJob).step is Step.CONSENT


async def test_a_patron_who_may_not_borrow_may_link_the_card(tmp_path: Path) -> None:
    """What is overdue is told when lending begins: the link is no loan."""

    async def prepare(rig: Rig) -> None:
        await _library(rig)
        [(patron_id,)] = rig.rows("SELECT id FROM patron WHERE library_card_number = ?", NUMBER)
        assert isinstance(patron_id, int)
        await rig.desk.lending.checkout(patron_id, ITEM)
        rig.change("UPDATE loan SET due_on = '2026-11-20'")

    async with at_counter(tmp_path, prepare) as at:
        await _to_the_comparison(at)
        await at.press("enter")
        await at.take_off()
        at.job(LendingJob)
        assert "返却が遅れています" in at.text()


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
@pytest.mark.parametrize("spoken", ["ja", "en"])
async def test_a_blocked_library_card_is_told_before_the_consent(
    tmp_path: Path, size: tuple[int, int], spoken: language.Language
) -> None:
    """It may have been found by somebody else: staff look twice; of another one nothing is said."""
    told = "なくした貸出券かもしれません" if spoken == "ja" else "Maybe a lost library card"

    async def prepare(rig: Rig) -> None:
        await _library(rig)
        [(patron_id,)] = rig.rows("SELECT id FROM patron WHERE library_card_number = ?", NUMBER)
        assert isinstance(patron_id, int)
        await rig.desk.patron_blocks.block(patron_id, BlockRule.CARD_LOST, "")

    async with at_counter(tmp_path, prepare, size=size, language=spoken) as at:
        language.speak(spoken)
        await at.press("f5")
        await at.scan(OTHER)
        assert told not in at.text()
        await at.press("escape")
        await at.press("f5")
        await at.scan(NUMBER)
        assert at.job(EnrollmentJob).step is Step.CONSENT
        assert told in at.text()
        assert ".." not in at.counter.work_zone.text()


async def test_a_smartphone_cards_number_is_typed_in_any_form(tmp_path: Path) -> None:
    """It is the library card's number: in full-width digits and with blanks, too."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f5")
        assert "スマホ貸出券" in at.text()
        for key in "００００ ０００１":
            await at.pilot.press(key)
        await at.press("enter")
        assert at.job(EnrollmentJob).patron_id is not None
        assert at.job(EnrollmentJob).step is Step.CONSENT


@pytest.mark.parametrize(
    "typed", ["0000", "00000000", "昭和100年1月1日", "昭和60.2.30", "2027-1-1", "1880.1.1"]
)
async def test_a_birth_date_that_is_no_day_is_asked_again(tmp_path: Path, typed: str) -> None:
    """At the registration inside the enrolment; the question stays, with an example."""
    async with at_counter(tmp_path, _library) as at:
        await at.press("f5")
        await at.press("f5")
        await at.scan("見本 一", "ミホン ハジメ", typed)
        at.job(RegistrationJob)
        assert "生年月日ではありません" in at.rows()[21]
        await at.scan("昭和60.4.12")
        assert "住所" in at.rows()[21]


# ----------------------------------------------------------------------------- the card


async def test_a_card_that_was_changed_before_the_pin_is_not_asked(tmp_path: Path) -> None:
    """The digits meant for one card reach no other: its tries stay, and nothing is linked."""
    async with at_counter(tmp_path, _library) as at:
        await _to_the_card(at)
        await at.lay("adult")
        await at.take_off()
        await at.lay("two-pins")
        await at.press(*"9999", "enter", "enter")
        assert "別のカードに替わりました" in at.said()
        await at.press("enter")
        await at.take_off()
        await at.lay("adult")
        assert at.text().count("残り 3回") == 2
        await at.press("escape")
        at.job(HomeJob)
        await at.take_off()
        await at.press("f5")
        await at.scan(OTHER)
        await at.press("enter")
        await at.lay("two-pins")
        assert at.text().count("残り 3回") == 2
        assert _links(at) == NO_LINK


@pytest.mark.parametrize("at_step", [Step.CARD, Step.PINS, Step.COMPARISON])
async def test_a_card_taken_away_and_laid_back_goes_on(tmp_path: Path, at_step: Step) -> None:
    """At the step where it stood; one link in the end."""
    async with at_counter(tmp_path, _library) as at:
        await _to_the_card(at)
        if at_step is Step.CARD:
            at.devices.lay("adult")
            at.devices.reader.take_off()
            await at.settle()
            assert at.job(EnrollmentJob).step in (Step.CARD, Step.PINS)
        await at.lay("adult")
        if at_step is Step.PINS:
            await at.press("1", "2")
            await at.take_off()
            await at.lay("adult")
            await at.press("3", "4", "enter", "enter")
        else:
            await at.press(*"1234", "enter", "enter")
        assert at.job(EnrollmentJob).step is Step.COMPARISON
        if at_step is Step.COMPARISON:
            await at.take_off()
            await at.lay("adult")
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.DONE
        assert _links(at) == [(1,)]


async def test_another_card_at_the_comparison_is_not_the_one_that_is_linked(
    tmp_path: Path,
) -> None:
    """What stands on the screen is linked: the card whose PINs were given."""
    async with at_counter(tmp_path, _library) as at:
        await _to_the_comparison(at)
        await at.take_off()
        await at.lay("two-pins")
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.DONE
        await at.take_off()
        await at.press("enter")
        await at.press("f2")
        await at.lay("two-pins")
        assert "連携していないカードです" in at.said()
        await at.press("enter")
        await at.take_off()
        await at.lay("adult")
        assert at.job(LendingJob).patron.library_card_number == NUMBER


@pytest.mark.parametrize("digits", [b"00000000", b"19900231", b"1990    "])
async def test_a_card_without_a_birth_date_is_refused_with_the_office(
    tmp_path: Path, digits: bytes
) -> None:
    """A day that is none stands for nobody: said plainly, nothing is linked, no try is spent."""
    async with at_counter(tmp_path, _library) as at:
        await _to_the_card(at)
        at.devices.reader.lay(_with_birth_date(at.devices.card("adult"), digits))
        await at.until(lambda: at.counter.card_is_on_reader)
        await at.settle()
        await at.press(*"1234", "enter", "enter")
        said = at.said()
        assert "カードの生年月日が読めません" in said
        assert "市民課" in said
        await at.press("enter")
        at.job(HomeJob)
        assert _links(at) == NO_LINK


def _with_birth_date(card: SimulatedCard, digits: bytes) -> SimulatedCard:
    born = f"{PERSONAS['adult'].holder.birth_date:%Y%m%d}".encode()
    changed = 0
    applications = []
    for application in card._applications:
        files = dict(application.files)
        for number, file in files.items():
            if isinstance(file, TransparentFile) and born in file.content and number == 2:
                files[number] = replace(file, content=file.content.replace(born, digits))
                changed += 1
        applications.append(replace(application, files=files))
    assert changed == 1
    return SimulatedCard(applications, card._tries)


# ------------------------------------------------------------------------- two counters


@pytest.mark.parametrize(
    ("rivals_number", "rivals_persona", "said"),
    [
        (NUMBER, "adult", "連携したカードがあります"),
        (OTHER, "adult", "このカードは、ほかの人に連携しています"),
    ],
    ids=["the same patron", "the same card"],
)
async def test_of_two_counters_one_wins_and_the_other_is_told(
    tmp_path: Path, rivals_number: str, rivals_persona: str, said: str
) -> None:
    """Another terminal links while the comparison stands here; Enter says what it found."""

    async def prepare(rig: Rig) -> None:
        await _library(rig)
        # Both patrons could be the card's holder.
        born = PERSONAS["adult"].holder.birth_date.isoformat()
        rig.change("UPDATE patron SET birth_date = ?", born)

    async with at_counter(tmp_path, prepare) as at:
        await _to_the_comparison(at)
        with rival() as other:
            other.begin(Job(str(tmp_path), "enrol", rivals_number, persona=rivals_persona))
            outcome = other.outcome()
            assert outcome is not None
            assert outcome["outcome"] == "done"
        await at.press("enter")
        assert said in at.said()
        assert "カードは連携していません" in at.said()
        await at.press("enter")
        at.job(HomeJob)
        assert _links(at) == [(1,)]
