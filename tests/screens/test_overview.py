"""The overview of links that should be made anew: list, paper, file, and the way to the relink."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter_tui import cli, language
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.link_overview import LinkOverviewJob
from counter_tui.screens.patron import PatronJob
from counter_tui.text import cells
from tests.support.counter import at_counter
from tests.support.rig import Rig

SOON, LATER = "2100000001", "2100000002"


async def _links(rig: Rig) -> None:
    """One certificate that ends in 37 days, one in years."""
    first, second = await rig.enroll("adult"), await rig.enroll("two-pins")
    assert (first.library_card_number, second.library_card_number) == (SOON, LATER)
    change = "UPDATE card_link SET certificate_ends_on = ? WHERE patron_id = ?"
    rig.change(change, "2026-12-31", first.id)
    rig.change(change, "2030-01-01", second.id)
    rig.change("UPDATE patron SET telephone = '048-000-0001'")


async def _many(rig: Rig) -> None:
    """The same link for forty patrons; the platform is not asked about them."""
    await rig.enroll("adult")
    for number in range(2, 42):
        rig.change(
            "INSERT INTO patron (id, library_card_number, name, kana, birth_date, address,"
            " telephone, residency, expires_on, registered_at, number_was_issued)"
            " SELECT ?, ?, ?, kana, birth_date, address, '', residency, expires_on,"
            " registered_at, 0 FROM patron WHERE id = 1",
            number,
            f"99{number:06d}",
            f"見本 {number}番",
        )
        rig.change(
            "INSERT INTO card_link (patron_id, user_identifier, enrollment_id,"
            " certificate_ends_on, scheme, terms_version, consented_at, linked_at, linked_by_id,"
            " linked_at_counter_id) SELECT ?, ?, ?, date('2026-12-01', ? || ' days'), 1, '1',"
            " consented_at, linked_at, 1, 1 FROM card_link WHERE id = 1",
            number,
            f"user-{number}",
            f"enrolment-{number}",
            number,
        )


async def test_a_command_opens_the_list_of_those_whose_certificate_ends_soon(
    tmp_path: Path,
) -> None:
    """Name, telephone and day; a number of days looks further ahead; Esc goes home."""
    async with at_counter(tmp_path, _links) as at:
        await at.scan("/links")
        job = at.job(LinkOverviewJob)
        work = at.counter.work_zone.text()
        assert "90日以内" in work
        assert "見本 花子" in work
        assert "048-000-0001" in work
        assert "2026-12-31" in work
        assert "2026年12月31日" in at.text()
        assert "見本 太郎" not in work
        assert "あと 37日" in at.text()
        await at.scan("2000")
        assert "見本 太郎" in at.counter.work_zone.text()
        await at.scan("36")
        assert job.chosen is None
        assert "この間に期限が来る証明書も" in at.said()
        await at.scan("9999")
        assert "3650日までです" in at.rows()[21]
        await at.press("escape")
        at.job(HomeJob)


async def test_links_of_an_older_scheme_stand_there_with_their_seal(tmp_path: Path) -> None:
    """However long their certificate lives."""

    async def prepare(rig: Rig) -> None:
        await _links(rig)
        rig.change("UPDATE card_link SET scheme = 0 WHERE patron_id = 2")

    async with at_counter(tmp_path, prepare) as at:
        await at.scan("/links")
        work = at.counter.work_zone.text()
        assert "近" in work
        assert "旧" in work
        await at.press("down")
        assert "古い方式" in at.text()


async def test_the_list_is_printed_and_written(tmp_path: Path) -> None:
    """P draws the slip without names; C writes the file and names it."""
    async with at_counter(tmp_path, _links) as at:
        await at.scan("/links")
        await at.press("c")
        assert "lists/links-20261124-120000.csv" in at.rows()[21]
        text = (tmp_path / "lists" / "links-20261124-120000.csv").read_text("utf-8-sig")
        assert SOON in text
        assert LATER not in text
        await at.press("p")
        slip = at.counter.work_zone.text()
        assert "連携し直しの一覧" in slip
        assert SOON in slip
        assert "見本" not in slip
        assert at.devices.rows_of(
            "SELECT action, amount FROM audit_event WHERE action = 'list'"
        ) == [("list", 1), ("list", 1)]


async def test_f9_at_the_list_prints_nobody_s_slip(tmp_path: Path) -> None:
    """Neither beside the person who is marked, nor on the list's own paper; Enter closes that."""
    async with at_counter(tmp_path, _links) as at:
        await at.scan("/links")
        for before in ((), ("p",)):
            await at.press(*before)
            assert "F9" not in at.rows()[-1]
            await at.press("f9")
            assert at.devices.rows_of(
                "SELECT count(*) FROM print_job WHERE reprint_of_id IS NOT NULL"
            ) == [(0,)]
        await at.press("enter")
        at.job(LinkOverviewJob)


async def test_the_library_card_of_who_has_come_begins_the_relink(tmp_path: Path) -> None:
    """And Enter opens the chosen person; Esc comes back to the list."""
    async with at_counter(tmp_path, _links) as at:
        await at.scan("/links")
        await at.press("enter")
        at.job(PatronJob)
        await at.press("escape")
        at.job(LinkOverviewJob)
        await at.scan(SOON)
        at.job(EnrollmentJob)
        assert "新しいカードに替えますか" in at.text()


async def test_who_is_open_stays_open_below_the_list(tmp_path: Path) -> None:
    """It is looked at, nobody's turn ends."""
    async with at_counter(tmp_path, _links) as at:
        await at.scan(LATER)
        await at.scan("/links")
        at.job(LinkOverviewJob)
        await at.press("escape")
        assert at.job(LendingJob).patron.library_card_number == LATER


@pytest.mark.parametrize("size", [(80, 24), (97, 30), (120, 36)])
@pytest.mark.parametrize("spoken", ["ja", "en"])
async def test_a_long_list_is_paged_and_fits(
    tmp_path: Path, size: tuple[int, int], spoken: language.Language
) -> None:
    """All forty can be reached; how many wait below is said."""
    async with at_counter(tmp_path, _many, size=size, language=spoken) as at:
        language.speak(spoken)
        await at.scan("/links")
        assert {cells(row) for row in at.rows()} == {size[0]}
        assert ("PgDn" if spoken == "ja" else "PageDown") in at.counter.work_zone.text()
        seen = set[str]()
        for _page in range(6):
            rows = at.counter.work_zone.text().splitlines()
            seen |= {part for row in rows for part in row.split() if part.endswith("番")}
            await at.press("pagedown")
        assert len(seen) == 40
        chosen = at.job(LinkOverviewJob).chosen
        assert chosen is not None
        assert chosen.name == "見本 41番"


async def test_the_command_line_writes_the_same_list(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """To the terminal, or to a new file; a number of days that is none is wrong use."""
    import asyncio

    from tests.support.rig import rigged

    async with rigged(tmp_path) as rig:
        await _links(rig)
        store = rig.store_file.name
    path = tmp_path / "settings.toml"
    path.write_text(
        'library = "l"\nbranch = "中央図書館"\ncounter = "1階"\noperator = "佐藤"\n'
        'installation = "test"\nplatform = "simulated"\n'
        f'database = "sqlite:///{store}"\n',
        encoding="utf-8",
    )

    async def run(*words: str) -> int:
        return await asyncio.to_thread(cli.main, ["--config", str(path), *words])

    assert await run("patrons", "links", "--within", "3650") == 0
    text = capsysbinary.readouterr().out.decode("utf-8-sig")
    assert text.startswith("貸出券番号,氏名,")
    assert SOON in text
    assert LATER in text
    file = tmp_path / "links.csv"
    assert await run("patrons", "links", "--within", "0", "--output", str(file)) == 0
    assert len(file.read_text("utf-8-sig").splitlines()) == 1
    with pytest.raises(SystemExit) as caught:
        await run("patrons", "links", "--within", "-1")
    assert caught.value.code == 2
