"""`counter-tui renew-validity`: the monthly run from the command line."""

from __future__ import annotations

import csv
import re
import shlex
import sqlite3
import stat
from configparser import ConfigParser
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from counter_tui import settings
from counter_tui.cli import _parser, main
from counter_tui.clock import FixedClock, today
from counter_tui.desk.patrons import ResidencyClass
from tests.support.city import (
    Citizen,
    citizens,
    enter_in_books,
    expected,
    now_in_utc,
    outcomes,
    settings_of,
    settle_in,
)
from tests.support.openssl_ca import SIGN_SUBJECT, OpensslCa

NOW = now_in_utc()
TODAY = today(FixedClock(NOW))


class City:
    """An installation with a verifier, a list and forty linked patrons."""

    def __init__(self, folder: Path, people: list[Citizen] | None = None) -> None:
        self.people = people or citizens(40, TODAY, seed=2)
        self.ca = OpensslCa(folder / "ca", SIGN_SUBJECT)
        enter_in_books(self.ca, self.people, NOW)
        self.crl = folder / "list.crl"
        self.crl.write_bytes(self.ca.crl(age=timedelta(minutes=5)))
        self.settings = settings_of(folder, crl_sources=(str(self.crl),))
        settle_in(self.settings, self.ca, self.people, NOW)
        self.file = folder / "settings.toml"
        self.file.write_text(
            f"""
            library = "見本図書館"
            branch = "中央図書館"
            counter = "1階"
            operator = "夜間の実行"
            installation = "test"
            platform = "verifier"
            database = "sqlite:///{self.settings.database_file.name}"
            crl_sources = ["list.crl"]
            trust_anchors = ["ca/ca.pem"]
            """,
            encoding="utf-8",
        )

    def run(self, *options: str) -> int:
        """Carry out the command, in English."""
        return main(["--config", str(self.file), "--lang", "en", "renew-validity", *options])

    def expected(self) -> list[tuple[int, str]]:
        """Number and outcome of everybody."""
        return [(number, outcome) for number, outcome, _ in expected(self.people, self.crl, TODAY)]

    def found(self) -> list[tuple[int, str]]:
        """What stands in the store."""
        return [(number, outcome) for number, outcome, _ in outcomes(self.settings)]


@pytest.fixture
def city(tmp_path: Path) -> City:
    """Nobody has run anything yet."""
    return City(tmp_path)


def test_it_writes_what_it_says(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    """Counts by reason on the terminal, in lines where there is none; dates in the store."""
    open_ones = sum(outcome == "unknown" for _, outcome in city.expected())
    assert city.run() == (1 if open_ones else 0)
    assert city.found() == city.expected()
    out, err = capsys.readouterr()
    renewed = sum(outcome == "renewed" for _, outcome in city.expected())
    assert f"{renewed}  renewed" in out
    assert "40 patrons with a linked card" in out
    assert "Checking the certificates 100% (40 / 40)" in err


def test_a_dry_run_says_the_same_and_writes_nothing(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even that it was carried out; nor does the verifier keep anything."""
    stores = (city.settings.database_file, city.settings.verifier_file)
    before = [_dumped(store) for store in stores]
    city.run("--dry-run")
    assert [_dumped(store) for store in stores] == before
    rehearsed = capsys.readouterr().out
    assert "Nothing was written" in rehearsed
    assert city.found() == []
    with closing(sqlite3.connect(city.settings.database_file)) as store:
        assert store.execute("SELECT count(*) FROM renewal_run").fetchone() == (0,)
    city.run()
    written = capsys.readouterr().out
    assert rehearsed.startswith(written)


def _dumped(store: Path) -> list[str]:
    with closing(sqlite3.connect(store)) as connection:
        return list(connection.iterdump())


def test_the_list_for_the_counter(city: City, tmp_path: Path) -> None:
    """Japanese headings, everybody who has to come or is asked again, for this account only."""
    target = tmp_path / "follow-up.csv"
    city.run("--csv", str(target))
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with target.open(encoding="utf-8-sig", newline="") as file:
        headings, *rows = list(csv.reader(file))
    assert headings[:3] == ["貸出券番号", "氏名", "カナ"]
    settled = ("renewed", "valid_longer")
    wanted = [number for number, outcome in city.expected() if outcome not in settled]
    assert [int(row[0]) for row in rows] == wanted
    assert all(row[5] and row[6] for row in rows)
    with closing(sqlite3.connect(city.settings.database_file)) as store:
        listed = store.execute("SELECT reason, amount FROM audit_event WHERE action = 'list'")
        assert listed.fetchall() == [("renewal", len(wanted))], "who took names along is on record"


def test_the_fence_stops_it_with_a_sentence(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    """A stale list: nobody is good; nothing is written, and the status says so. Then it goes on."""
    fresh = city.crl.read_bytes()
    city.crl.write_bytes(city.ca.crl(age=timedelta(days=9)))
    assert city.run() == 1
    assert "Too many would be refused" in capsys.readouterr().err
    assert {outcome for _, outcome in city.found()} == {None}
    city.crl.write_bytes(fresh)
    city.run()
    assert city.found() == city.expected()


def test_the_fence_shows_what_it_looked_at(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    """The reasons with their counts: a stale list shows as "unknown", missing links as such."""
    city.crl.write_bytes(city.ca.crl(age=timedelta(days=9)))
    city.run()
    out = capsys.readouterr().out
    # A revocation is one, however old the list on which it stands.
    unknown = sum(outcome in ("renewed", "valid_longer") for _, outcome in city.expected())
    assert f"{unknown}  state unknown" in out


def test_a_dry_run_says_when_the_fence_would_hold(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the same status as the run; and what is given for this once counts."""
    city.crl.write_bytes(city.ca.crl(age=timedelta(days=9)))
    assert city.run("--dry-run") == 1
    said = capsys.readouterr()
    assert "Too many would be refused" in said.err
    assert "Nothing was written" in said.out
    city.run("--dry-run", "--fence", "100")
    assert "Too many would be refused" not in capsys.readouterr().err


def test_open_outcomes_need_a_person(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 1, and how many; when nothing is open it is 0."""
    for name, certificates, status in (("known", "VVVR", 0), ("open", "VVV?", 1)):
        people = [
            Citizen(number, ResidencyClass.RESIDENT, TODAY + timedelta(days=9), certificate)
            for number, certificate in enumerate(certificates, 1)
        ]
        (tmp_path / name).mkdir()
        town = City(tmp_path / name, people)
        assert town.run() == status
        asked_again = "1 patron is asked about again by the next run." in capsys.readouterr().err
        assert asked_again is bool(status)


def test_a_month_that_a_wrong_clock_has_run_is_forgotten_on_request(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    """Until then the run is refused, with both days; afterwards it is carried out."""
    city.run()
    with closing(sqlite3.connect(city.settings.database_file)) as store, store:
        store.execute(
            "UPDATE renewal_run SET month = '2099-01', started_at = '2099-01-01 03:00:00'"
        )
    capsys.readouterr()
    assert city.run() == 1
    said = capsys.readouterr().err
    assert "2099-01" in said
    assert "--forget 2099-01" in said
    assert city.run("--forget", "2099-01") == 0
    assert "2099-01 is forgotten" in capsys.readouterr().out
    city.run()
    assert {outcome for _, outcome in city.found()} == {
        outcome if outcome != "renewed" else "valid_longer" for _, outcome in city.expected()
    }


def test_the_file_of_the_list_may_bear_the_month(city: City, tmp_path: Path) -> None:
    """So that each month has its own, and last month's is not taken for this one's."""
    city.run("--csv", str(tmp_path / "follow-up-{month}.csv"))
    assert [path.name for path in tmp_path.glob("follow-up*")] == [f"follow-up-{TODAY:%Y-%m}.csv"]


def test_the_unit_of_the_documentation_calls_what_there_is() -> None:
    """Its command line is one that the program takes, and it writes where it may."""
    page = (Path(__file__).parents[3] / "docs/monthly-run.md").read_text("utf-8")
    service, timer = re.findall(r"```ini\n(.*?)```", page, re.DOTALL)
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]  # keys of units have capitals
    unit.read_string(service)
    _, *words = shlex.split(unit["Service"]["ExecStart"])
    arguments = _parser().parse_args(words)
    assert arguments.command == "renew-validity"
    assert str(arguments.csv).startswith(unit["Service"]["ReadWritePaths"] + "/")
    assert "{month}" in str(arguments.csv)
    assert unit["Service"]["Environment"].startswith(settings.ENVIRONMENT_VARIABLE + "=")
    assert "OnCalendar=" in timer


def test_a_list_is_not_asked_of_a_rehearsal(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    """It keeps nothing that a list could be made of."""
    assert city.run("--dry-run", "--csv", "x.csv") == 2
    assert "--csv" in capsys.readouterr().err


@pytest.mark.parametrize("share", ["101", "-1", "many"])
def test_a_share_is_a_percentage(city: City, share: str) -> None:
    """Anything else is wrong use."""
    with pytest.raises(SystemExit) as end:
        city.run(f"--fence={share}")
    assert end.value.code == 2
