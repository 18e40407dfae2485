"""Consent: the terms on the screen, their version and the time kept; the office in refusals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from counter_tui import errors, language
from counter_tui.desk.enrollment import Step
from counter_tui.errors import PinKind, SettingsError
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.settings import load
from counter_tui.text import cells
from counter_tui.wording import MunicipalOffice, sentence_with_office
from tests.screens.test_personas import REFUSED
from tests.support.counter import AtCounter, at_counter
from tests.support.rig import Rig

NUMBER = "00000001"
OFFICE: dict[str, Any] = {
    "municipal_office": "見本市 市民課",
    "municipal_office_telephone": "048-000-0000",
    "loss_telephone": "0120-00-0000",
}


async def _adult(rig: Rig) -> None:
    await rig.register("adult", library_card_number=NUMBER)


async def _to_the_consent(at: AtCounter) -> None:
    await at.press("f5")
    await at.scan(NUMBER)
    assert at.job(EnrollmentJob).step is Step.CONSENT


async def test_version_and_time_of_the_consent_are_kept_with_the_link(tmp_path: Path) -> None:
    """Those of the Enter that said yes."""
    async with at_counter(tmp_path, _adult, terms_version="2026-04") as at:
        await _to_the_consent(at)
        assert "利用規約 第2026-04版" in at.text()
        await at.press("enter")
        at.devices.clock.instant = at.devices.clock.instant.replace(hour=4)
        await at.lay("adult")
        await at.press(*"1234", "enter", "enter")
        await at.press("enter")
        assert at.devices.rows_of("SELECT terms_version, consented_at FROM card_link") == [
            ("2026-04", "2026-11-24 03:00:00")
        ]


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
@pytest.mark.parametrize("spoken", ["ja", "en"])
async def test_the_terms_can_be_read_to_their_end(
    tmp_path: Path, size: tuple[int, int], spoken: language.Language
) -> None:
    """^T opens them, PageDown turns, nothing is cut; Enter closes them and says no yes."""
    async with at_counter(tmp_path, _adult, size=size, language=spoken) as at:
        language.speak(spoken)
        await _to_the_consent(at)
        await at.press("ctrl+t")
        first = at.counter.work_zone.text()
        await at.press("pagedown")
        both = first + at.counter.work_zone.text()
        ends = {
            "ja": ("マイキープラットフォーム利用規約", "性別は登録しません", "これからも使えます"),
            "en": ("MyKey Platform terms of use", "sex is not registered", "goes on working"),
        }
        for piece in ends[spoken]:
            assert piece in both
        assert ".." not in both
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.CONSENT
        assert "22" not in at.counter.work_zone.text()
        await at.press("enter")
        assert at.job(EnrollmentJob).step is Step.CARD


async def test_the_librarys_own_terms_come_from_its_file(tmp_path: Path) -> None:
    """As they stand there; what a terminal might obey is dropped."""
    file = tmp_path / "terms.txt"
    file.write_text("見本図書館の規約\n\x1b[31m[red]第1条[/] " + "長い" * 60, encoding="utf-8")
    async with at_counter(tmp_path, _adult, terms_file=file) as at:
        await _to_the_consent(at)
        await at.press("ctrl+t")
        text = at.text()
        assert "見本図書館の規約" in text
        assert "[red]第1条[/]" in text
        assert "マイキー" not in text
        assert {cells(row) for row in at.rows()} == {80}
        await at.press("escape")
        assert at.job(EnrollmentJob).step is Step.CONSENT
        assert "本人ですか" in at.text()


async def test_while_the_terms_are_open_a_scan_is_told_and_nothing_else(tmp_path: Path) -> None:
    """A barcode does not answer the question."""
    async with at_counter(tmp_path, _adult) as at:
        await _to_the_consent(at)
        await at.press("ctrl+t")
        await at.scan("12345678")
        assert at.job(EnrollmentJob).step is Step.CONSENT
        assert "12345678" in at.rows()[21]


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe\x00", b"x" * 100_001])
def test_terms_that_cannot_be_shown_are_refused_at_the_start(
    tmp_path: Path, content: bytes | None
) -> None:
    """Missing, empty, of another encoding, too long: the file is named before any patron comes."""
    if content is not None:
        (tmp_path / "terms.txt").write_bytes(content)
    file = tmp_path / "settings.toml"
    file.write_text(
        'library = "l"\nbranch = "b"\ncounter = "c"\noperator = "o"\nterms_file = "terms.txt"\n'
    )
    with pytest.raises(SettingsError) as caught:
        load(file)
    assert caught.value.path == tmp_path / "terms.txt"
    (tmp_path / "terms.txt").write_text("規約", encoding="utf-8")
    assert load(file).terms_file == tmp_path / "terms.txt"


async def test_the_longest_refusal_names_them_in_english_too(tmp_path: Path) -> None:
    """At 80 by 24 no row of it is missing."""
    async with at_counter(tmp_path, _adult, language="en", **OFFICE) as at:
        language.speak("en")
        await _to_the_consent(at)
        await at.press("enter")
        await at.lay("face-authentication")
        assert "Office: 見本市 市民課 048-000-0000" in at.text()
        assert "Elsewhere: the office there. Tel. 0120-00-0000" in at.text()


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
@pytest.mark.parametrize("persona", sorted(set(REFUSED) - {"next-generation", "licence", "felica"}))
async def test_a_refused_card_names_the_office_and_its_telephones(
    tmp_path: Path, persona: str, size: tuple[int, int]
) -> None:
    """Those of the settings: the own city's, and the state's for people from elsewhere."""
    async with at_counter(tmp_path, _adult, size=size, **OFFICE) as at:
        await _to_the_consent(at)
        await at.press("enter")
        await at.lay(persona)
        said = at.said()
        assert "窓口見本市市民課048-000-0000" in said
        assert "ほかの市町村の人は、そこへ。" in said
        assert "0120-00-0000" in said
        assert {cells(row) for row in at.rows()} == {size[0]}


@pytest.mark.parametrize(
    "error",
    [
        errors.BirthDateDiffers(),
        errors.CardDataMismatch(),
        errors.WrongPin(PinKind.AUTH, 0),
        errors.PinBlocked(PinKind.SURFACE_INFO),
    ],
    ids=lambda error: type(error).__name__,
)
def test_refusals_behind_the_pins_name_it_too(error: errors.CounterError) -> None:
    """And without a name in the settings, whose office it is."""
    named = MunicipalOffice("見本市 市民課", "", "0120-00-0000")
    assert sentence_with_office(error, named).office[0] == "窓口 見本市 市民課"
    neutral = replace(named, name="")
    assert sentence_with_office(error, neutral).office == (
        "窓口 住民票のある市区町村",
        "電話 0120-00-0000",
    )


@pytest.mark.parametrize(
    "error", [errors.WrongPin(PinKind.AUTH, 2), errors.NoCard(), errors.PlatformUnreachable()]
)
def test_what_the_library_can_mend_sends_nobody_away(error: errors.CounterError) -> None:
    """A wrong PIN with tries left, a card that is not there, a line that is cut."""
    assert sentence_with_office(error, MunicipalOffice("x", "", "y")).office == ()
