"""What the library's notice promises of the procedure at the counter, sentence by sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter_tui import language
from counter_tui.desk.enrollment import Step
from counter_tui.desk.patrons import ResidencyClass
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.registration import RegistrationJob
from tests.support.counter import AtCounter, at_counter
from tests.support.rig import Rig

NUMBER = "00000001"
BRANCHES = (
    "中央図書館",
    "上戸田分館",
    "美笹分室",
    "下戸田分室",
    "下戸田南分室",
    "戸田公園駅前配本所",
)


async def _adult(rig: Rig) -> None:
    await rig.register("adult", library_card_number=NUMBER)


async def _enrol(at: AtCounter, number: str = NUMBER) -> None:
    await at.press("f5")
    await at.scan(number)
    await at.press("enter")
    await at.lay("adult")
    await at.press(*"1234", "enter", "enter", "enter")
    assert at.job(EnrollmentJob).step is Step.DONE


@pytest.mark.parametrize("branch", BRANCHES)
async def test_every_branch_enrols_at_its_counter(tmp_path: Path, branch: str) -> None:
    """全館のカウンターで。 The link keeps where it was made."""
    async with at_counter(tmp_path, _adult, branch=branch) as at:
        await _enrol(at)
        assert at.devices.rows_of(
            "SELECT branch.name FROM card_link"
            " JOIN counter ON counter.id = card_link.linked_at_counter_id"
            " JOIN branch ON branch.id = counter.branch_id"
        ) == [(branch,)]


async def test_only_the_person_may_and_a_proxy_is_sent_home(tmp_path: Path) -> None:
    """手続きできるのは本人のみ。 Staff are asked, say no with Esc, and nothing was written."""
    async with at_counter(tmp_path, _adult) as at:
        await at.press("f5")
        await at.scan(NUMBER)
        assert "来ている人は、本人ですか" in at.text()
        assert "代理ではできません。家族も本人が来ます" in at.text()
        await at.press("escape")
        at.job(HomeJob)
        assert at.devices.rows_of("SELECT count(*) FROM card_link") == [(0,)]


async def test_who_is_new_gets_a_library_card_first(tmp_path: Path) -> None:
    """先に貸出券の発行手続き。 From the enrolment to the registration, and back with the number."""
    async with at_counter(tmp_path) as at:
        await at.press("f5")
        await at.press("f5")
        at.job(RegistrationJob)
        await at.scan("見本 花子", "ミホン ハナコ", "1990-04-01", "埼玉県戸田市見本町1-2-3")
        await at.press("enter")  # no telephone
        await at.scan("1")
        await at.press("enter")  # the next number
        patron = at.job(RegistrationJob).registered
        assert patron is not None
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.CONSENT
        assert at.job(EnrollmentJob).patron_id == patron.id


async def test_people_from_other_towns_may_too(tmp_path: Path) -> None:
    """戸田市民以外の方も対象。"""

    async def prepare(rig: Rig) -> None:
        await rig.register(
            "adult", library_card_number=NUMBER, residency=ResidencyClass.NON_RESIDENT
        )

    async with at_counter(tmp_path, prepare) as at:
        await _enrol(at)


async def test_the_old_library_card_goes_on_working(tmp_path: Path) -> None:
    """引き続き使えます。 The same patron opens by either."""
    async with at_counter(tmp_path, _adult) as at:
        await _enrol(at)
        assert "いまの貸出券は、これからも使えます" in at.text()
        await at.take_off()
        await at.press("f2")
        await at.scan(NUMBER)
        assert at.job(LendingJob).patron.library_card_number == NUMBER
        await at.lay("adult")
        assert at.job(LendingJob).patron.library_card_number == NUMBER


async def test_name_address_and_birth_date_come_in_and_no_sex(tmp_path: Path) -> None:
    """氏名、住所、生年月日。性別は登録しません。 Taken from the card where staff leave it so."""

    async def prepare(rig: Rig) -> None:
        await rig.register(
            "adult", name="見本 はな子", address="前の住所", library_card_number=NUMBER
        )

    async with at_counter(tmp_path, prepare) as at:
        await _enrol(at)
        assert at.devices.rows_of("SELECT name, address, birth_date FROM patron") == [
            ("見本 花子", "埼玉県戸田市見本町１－２－３", "1990-04-01")
        ]
        columns = {
            str(row[0])
            for table in ("patron", "card_link")
            for row in at.devices.rows_of(f"SELECT name FROM pragma_table_info('{table}')")  # noqa: S608
        }
        assert not any("sex" in column or "gender" in column for column in columns)


@pytest.mark.parametrize("spoken", ["ja", "en"])
@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_all_steps_stand_in_sight_and_the_present_one_is_marked(
    tmp_path: Path, size: tuple[int, int], spoken: language.Language
) -> None:
    """From the first to the last; each once, and one mark."""
    steps = {
        "ja": ("貸出券", "同意", "カード", "暗証番号", "照合", "登録"),
        "en": ("Library card", "Consent", "Card", "PINs", "Comparison", "Link"),
    }[spoken]
    mark = " 今 " if spoken == "ja" else " >> "
    async with at_counter(tmp_path, _adult, size=size, language=spoken) as at:
        language.speak(spoken)

        def present() -> str:
            rows = at.counter.person.text().splitlines()
            marked = [row for row in rows if mark in row]
            for step in steps:
                assert sum(row.strip().endswith(step) for row in rows) >= 1, (step, rows)
            assert len(marked) == 1
            return marked[0].replace(mark, "").strip()

        await at.press("f5")
        assert present() == steps[0]
        await at.scan(NUMBER)
        assert present() == steps[1]
        await at.press("enter")
        assert present() == steps[2]
        await at.lay("adult")
        assert present() == steps[3]
        await at.press(*"1234", "enter", "enter")
        assert present() == steps[4]


async def test_staff_compare_the_printed_face_with_the_screen(tmp_path: Path) -> None:
    """A card may be forged by half: the eye is asked for before the link is made."""
    async with at_counter(tmp_path, _adult) as at:
        await at.press("f5")
        await at.scan(NUMBER)
        await at.press("enter")
        await at.lay("adult")
        await at.press(*"1234", "enter", "enter")
        assert "カードの券面も、この画面と同じですか" in at.text()
        assert "券面も同じなら Enter" in at.rows()[21]
        await at.press("escape")
        assert at.devices.rows_of("SELECT count(*) FROM card_link") == [(0,)]
