"""Registering a patron: going back loses nothing, and each answer is looked at when it is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter_tui import language
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.registration import RegistrationJob
from counter_tui.text import cells
from tests.support.counter import AtCounter, at_counter
from tests.support.rig import Rig

ANSWERS = ("戸田 花子", "トダ ハナコ", "S60.4.12", "戸田市本町1-2-3", "048-442-2800", "1", "")


async def _open(at: AtCounter) -> RegistrationJob:
    await at.press("f5")
    await at.press("f5")
    return at.job(RegistrationJob)


async def test_enter_keeps_the_answer_that_stands(tmp_path: Path) -> None:
    """One typo in the name: back to it, right it, and Enter through the others."""
    async with at_counter(tmp_path) as at:
        job = await _open(at)
        await at.scan("戸田 花", *ANSWERS[1:6])
        for _question in range(6):
            await at.press("escape")
        assert "Enter だけなら、いまのまま" in at.rows()[21]
        await at.scan("戸田 花子")
        for _question in range(6):
            await at.press("enter")
        patron = job.registered
        assert patron is not None
        assert (patron.name, patron.kana) == ("戸田 花子", "トダ ハナコ")
        [(telephone,)] = at.devices.rows_of("SELECT telephone FROM patron")
        assert telephone == "048-442-2800"


async def test_a_minus_takes_the_telephone_away(tmp_path: Path) -> None:
    """Enter alone would keep it."""
    async with at_counter(tmp_path) as at:
        await _open(at)
        await at.scan(*ANSWERS[:5])
        await at.press("escape")
        await at.scan("-", "1", "")
        assert at.devices.rows_of("SELECT telephone FROM patron") == [("",)]


@pytest.mark.parametrize(
    ("before", "wrong", "label"),
    [
        (0, "名" * 301, "氏名"),
        (1, "カ" * 301, "カナ"),
        (2, "1985-13-40", "生年月日"),
        (3, "\u200b\u2066", "住所"),
        (5, "5", "区分"),
        (6, "12 3", "貸出券"),
    ],
)
async def test_an_answer_that_cannot_be_is_refused_at_once(
    tmp_path: Path, before: int, wrong: str, label: str
) -> None:
    """The question stays, and what was answered before stands."""
    async with at_counter(tmp_path) as at:
        await _open(at)
        await at.scan(*ANSWERS[:before], wrong)
        assert at.rows()[21].strip().startswith(label)
        assert "登録できません" in at.rows()[21] or "ではありません" in at.rows()[21]
        await at.scan(*ANSWERS[before:])
        assert at.job(RegistrationJob).registered is not None


@pytest.mark.parametrize("size", [(80, 24), (97, 30), (120, 36)])
@pytest.mark.parametrize(
    "name",
    [
        "名" * 300,
        "髙橋 𠮷﨑子",
        "\x1b[31m\x1b]0;x\x07赤 \x1b[2J",
        "[red]赤[/] \u202e逆",
        "葛\U000e0100 花",
    ],
)
async def test_no_answer_breaks_the_form(tmp_path: Path, size: tuple[int, int], name: str) -> None:
    """Long, rare and hostile answers: each row keeps its cells, before and after."""
    async with at_counter(tmp_path, size=size) as at:
        await _open(at)
        for answer in (name, name, ANSWERS[2], name, *ANSWERS[4:]):
            at.counter.scan.post_message(at.counter.scan.Submitted(answer))
            await at.settle()
            assert {cells(row) for row in at.rows()} == {size[0]}
            assert "\x1b" not in at.text()
        assert at.job(RegistrationJob).registered is not None


async def test_a_taken_number_is_not_given_twice(tmp_path: Path) -> None:
    """After the banner, Enter alone asks for the next free number."""

    async def taken(rig: Rig) -> None:
        await rig.register("adult", library_card_number="12345678")

    async with at_counter(tmp_path, taken) as at:
        job = await _open(at)
        await at.scan(*ANSWERS[:6], "12345678")
        assert at.counter.is_locked
        await at.press("enter")
        await at.press("enter")
        assert job.registered is not None
        assert job.registered.library_card_number == "2100000001"


@pytest.mark.parametrize("how", ["f2", "/2"])
async def test_leaving_by_f2_asks_when_answers_would_be_lost(tmp_path: Path, how: str) -> None:
    """Esc stays with all answers, Enter goes home; without an answer nobody is asked."""
    async with at_counter(tmp_path) as at:

        async def leave() -> None:
            await (at.press(how) if how == "f2" else at.scan(how))

        await _open(at)
        await leave() if how == "f2" else await at.press("f2")
        at.job(HomeJob)
        await _open(at)
        await at.scan(*ANSWERS[:2], ANSWERS[2])
        if how == "/2":
            await at.press("escape")  # a question that takes codes: a command barcode is one
        await leave()
        assert "とちゅうでやめますか" in at.said()
        await at.press("escape")
        assert "戸田 花子" in at.text()
        await leave()
        await at.press("enter")
        at.job(HomeJob)


async def test_a_key_that_bounces_does_not_register(tmp_path: Path) -> None:
    """Two F5 at once open the enrolment; a good second later F5 goes on to the registration."""
    async with at_counter(tmp_path) as at:
        await at.press("f5", "f5")
        at.job(EnrollmentJob)
        await at.press("f5")
        at.job(RegistrationJob)


@pytest.mark.parametrize("spoken", ["ja", "en"])
async def test_what_to_do_with_the_number_is_said_whole(
    tmp_path: Path, spoken: language.Language
) -> None:
    """At 80 columns, over two rows where it must be."""
    async with at_counter(tmp_path, language=spoken) as at:
        language.speak(spoken)
        await _open(at)
        await at.scan(*ANSWERS)
        assert ".." not in at.text()
        wanted = {
            "ja": "この番号を貸出券に書くか、ラベルを貼ってください",
            "en": "Writethisnumberonthecard,orstickitslabel.",
        }
        assert wanted[spoken] in "".join(at.counter.work_zone.text().split())
