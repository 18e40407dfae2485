"""What the library's notice promises of the procedure at the counter, sentence by sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter_tui import language
from counter_tui.desk.enrollment import Step
from counter_tui.desk.patrons import ResidencyClass
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.registration import RegistrationJob
from tests.support.counter import AtCounter, at_counter
from tests.support.rig import Rig
from tests.support.trace import Trace, assert_no_forbidden

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
    await at.press(*"1234", "enter", "enter")
    await at.press("enter")
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


async def test_a_counter_that_does_not_enrol_says_where(tmp_path: Path) -> None:
    """中央図書館は1階カウンターのみ。 A patron who is open stays open."""
    async with at_counter(tmp_path, _adult, enrolment_elsewhere="1階カウンター") as at:
        await at.press("f5")
        assert "このカウンターでは連携登録ができません" in at.said()
        assert "1階カウンター" in at.said()
        await at.press("enter")
        at.job(HomeJob)
        await at.scan(NUMBER)
        await at.press("f5")
        assert "このカウンターでは連携登録ができません" in at.said()
        await at.press("enter")
        at.job(LendingJob)


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


async def test_each_of_a_family_comes_with_the_own_card(tmp_path: Path) -> None:
    """家族分の連携登録をする場合は、家族本人も来館。 A mother's card is not her child's."""

    async def prepare(rig: Rig) -> None:
        await rig.register("under-15", library_card_number=NUMBER)

    async with at_counter(tmp_path, prepare) as at:
        await at.press("f5")
        await at.scan(NUMBER)
        await at.press("enter")
        await at.lay("adult")
        await at.press(*"1234", "enter", "enter")
        assert "生年月日がちがいます" in at.said()
        assert "別の人です" in at.said()
        await at.press("enter")
        assert at.devices.rows_of("SELECT count(*) FROM card_link") == [(0,)]


async def test_four_things_are_needed(tmp_path: Path) -> None:
    """貸出券、カード、二つの暗証番号。 Without one of them it waits, and writes nothing."""

    async def prepare(rig: Rig) -> None:
        await rig.register("two-pins", library_card_number=NUMBER)

    async with at_counter(tmp_path, prepare) as at:
        await at.press("f5")
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.LIBRARY_CARD, "no library card"
        await at.scan(NUMBER)
        await at.press("enter", "enter")
        assert at.job(EnrollmentJob).step is Step.CARD, "no My Number card"
        await at.lay("two-pins")
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.PINS, "no PIN of the certificate"
        await at.press(*"1234", "enter", "enter")
        assert "券面事項入力補助用" in at.said()
        assert "暗証番号がちがいます" in at.said(), "the other PIN is another number"
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.PINS
        assert at.devices.rows_of("SELECT count(*) FROM card_link") == [(0,)]
        await at.press(*"1234", "enter")
        await at.press(*"5678", "enter")
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.DONE


async def test_the_my_number_is_never_collected(tmp_path: Path) -> None:
    """マイナンバー(個人番号)は収集しません。 From enrolment to loan nobody asks the card for it."""
    trace = Trace()
    async with at_counter(tmp_path, _adult) as at:
        at.devices.reader.on_exchange = trace.keep
        await at.press("f5")
        await at.scan(NUMBER)
        assert "マイナンバー(個人番号)は集めません" in at.said()
        await at.press("escape")
        await _enrol(at)
        await at.take_off()
        await at.press("f2")
        await at.press("enter")
        await at.lay("adult")
        at.job(LendingJob)
    assert len(trace.commands) > 20
    assert_no_forbidden(trace, {"1234"})


async def test_terms_and_privacy_policy_apply(tmp_path: Path) -> None:
    """マイキープラットフォーム利用規約、個人情報保護方針。 Shown, and kept with the time."""
    async with at_counter(tmp_path, _adult, terms_version="2026-04") as at:
        await at.press("f5")
        await at.scan(NUMBER)
        await at.press("ctrl+t")
        assert "マイキープラットフォーム利用規約" in at.text()
        assert "マイキープラットフォーム個人情報保護方針" in at.text()
        await at.press("escape")
        await at.press("escape")
        await _enrol(at)
        [(version, at_instant)] = at.devices.rows_of(
            "SELECT terms_version, consented_at FROM card_link"
        )
        assert version == "2026-04"
        assert str(at_instant).startswith("2026-11-24 03:00")


async def test_a_lost_card_is_stopped_by_telephone_and_then_unlinked(tmp_path: Path) -> None:
    """機能を停止させてから、図書館にもご連絡を。 The number stands there, the answer is
    kept, and the card opens nothing any more."""
    async with at_counter(tmp_path, _adult) as at:
        await _enrol(at)
        await at.take_off()
        await at.press("f2")
        await at.press("f6")
        assert "０１２０－９５－０１７８" in at.text()
        await at.scan(NUMBER)
        await at.press("1", "enter")
        await at.press("1", "enter")
        await at.scan("見本 花子")
        assert at.devices.rows_of("SELECT unlink_reason, suspension_confirmed FROM card_link") == [
            ("lost", 1)
        ]
        await at.press("enter")
        await at.lay("adult")
        assert "連携を解除しました" in at.said()
        assert "紛失" in at.said()
        assert at.counter.is_locked


async def test_a_reissued_card_is_enrolled_anew_with_the_library_card(tmp_path: Path) -> None:
    """再発行されたカードは、貸出券も一緒に。 The old link ends with its reason."""

    async def prepare(rig: Rig) -> None:
        holder = PERSONAS["adult"].holder
        patron = await rig.register(
            "two-pins", library_card_number=NUMBER, birth_date=holder.birth_date
        )
        rig.change(
            "INSERT INTO operator (name) SELECT '前の人' WHERE NOT EXISTS (SELECT 1 FROM operator)"
        )
        rig.change(
            "INSERT INTO card_link (patron_id, user_identifier, enrollment_id, scheme,"
            " certificate_ends_on, terms_version, consented_at, linked_at, linked_by_id,"
            " linked_at_counter_id) SELECT ?, 'old', 'old', 1, '2027-01-01', '1',"
            " '2025-01-01 00:00:00', '2025-01-01 00:00:00', 1, id FROM counter LIMIT 1",
            patron.id,
        )

    async with at_counter(tmp_path, prepare) as at:
        await at.press("f5")
        await at.scan(NUMBER)
        await at.press("enter")
        await at.press("enter")
        await at.lay("adult")
        await at.press(*"1234", "enter", "enter")
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.DONE
        assert at.devices.rows_of("SELECT unlink_reason FROM card_link ORDER BY id") == [
            ("reissued",),
            (None,),
        ]


@pytest.mark.parametrize("persona", ["auth-pin-blocked", "no-auth-certificate", "expired"])
async def test_who_has_no_pin_or_certificate_goes_to_the_municipality(
    tmp_path: Path, persona: str
) -> None:
    """住民票のある自治体の窓口。 The office of this city is named as the settings have it."""

    async def prepare(rig: Rig) -> None:
        await rig.register(persona, library_card_number=NUMBER)

    async with at_counter(
        tmp_path,
        prepare,
        municipal_office="見本市 市民課",
        municipal_office_telephone="000-111-2222",
    ) as at:
        await at.press("f5")
        await at.scan(NUMBER)
        await at.press("enter")
        await at.lay(persona)
        assert at.counter.is_locked
        assert "市区町村の窓口" in at.said()
        assert "見本市市民課" in at.said()
        assert "000-111-2222" in at.said()


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
