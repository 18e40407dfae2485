"""`counter-tui init`, and the settings of the identity side."""

from __future__ import annotations

import io
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from counter_tui import cli, settings, wiring
from counter_tui.clock import SystemClock
from counter_tui.errors import SettingsError
from counter_tui.identity.verifier import Verifier

NAMES = {
    "library": '戸田 "市立" \\ 図書館',
    "branch": "中央",
    "counter": "1階",
    "operator": "佐藤",
}
ANSWERS = [word for key, name in NAMES.items() for word in (f"--{key}", name)]


def init(path: Path, *words: str) -> int:
    """The command line, in English."""
    return cli.main(["--lang", "en", "--config", str(path), "init", *words])


def table(**changes: Any) -> dict[str, Any]:
    """The smallest settings, with changes."""
    return {**NAMES, **changes}


def test_init_makes_everything_privately(tmp_path: Path) -> None:
    """Settings, folder, site key and store; the first branch and operator stand in it."""
    path = tmp_path / "new" / "settings.toml"
    assert init(path, "--yes", *ANSWERS) == 0
    made = settings.load(path)
    assert {key: getattr(made, key) for key in NAMES} == NAMES
    for file in (path, made.site_key_path, made.database_file):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.state_folder.stat().st_mode) == 0o700
    with closing(sqlite3.connect(made.database_file)) as store:
        assert store.execute("SELECT name FROM branch").fetchall() == [("中央",)]
        assert store.execute("SELECT name FROM operator").fetchall() == [("佐藤",)]


def test_init_never_overwrites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second time everything is there, byte for byte; what is missing is made again."""
    path = tmp_path / "settings.toml"
    assert init(path, "--yes", *ANSWERS) == 0
    made = settings.load(path)
    before = path.read_bytes(), made.site_key_path.read_bytes()
    made.database_file.unlink()
    capsys.readouterr()
    assert init(path, "--yes", "--library", "another") == 0
    assert (path.read_bytes(), made.site_key_path.read_bytes()) == before
    assert capsys.readouterr().out.count("there  ") == 3
    assert made.database_file.exists()


def test_init_asks_for_what_was_not_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the questions."""
    path = tmp_path / "settings.toml"
    monkeypatch.setattr("sys.stdin", io.StringIO("戸田\n中央\n佐藤\n"))
    assert init(path, "--counter", "2階") == 0
    made = settings.load(path)
    assert (made.library, made.branch, made.counter, made.operator) == (
        "戸田",
        "中央",
        "2階",
        "佐藤",
    )


@pytest.mark.parametrize("typed", ["", "戸田\n\n"])
def test_init_makes_nothing_without_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    """Neither by `--yes` nor at an end of input."""
    path = tmp_path / "settings.toml"
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert init(path) == 2
    assert init(path, "--yes") == 2
    assert list(tmp_path.iterdir()) == []


def test_init_refuses_a_key_that_others_can_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not taken for a key that is there."""
    path = tmp_path / "settings.toml"
    assert init(path, "--yes", *ANSWERS) == 0
    settings.load(path).site_key_path.chmod(0o640)
    assert init(path, "--yes") == 2
    assert "Others can read the site key" in capsys.readouterr().err


def test_check_says_what_is_wrong_with_key_and_anchors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line each, with what to do."""
    path = tmp_path / "settings.toml"
    assert init(path, "--yes", *ANSWERS) == 0
    with path.open("a") as file:
        file.write(
            'reader = "none:"\nplatform = "verifier"\nocsp_url = "http://127.0.0.1:9/"\n'
            'trust_anchors = ["none.pem"]\n'
        )
    settings.load(path).site_key_path.chmod(0o644)
    capsys.readouterr()
    assert cli.main(["--lang", "en", "--config", str(path), "check"]) == 1
    said = capsys.readouterr().out
    assert "Others can read the site key" in said
    assert "none.pem cannot be a trust" in said


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"ocsp_url": "ftp://host/"}, "ocsp_url"),
        ({"ocsp_url": "http://"}, "ocsp_url"),
        ({"ocsp_url": "http://[::1/"}, "ocsp_url"),
        ({"http_proxy": "https://proxy:3128"}, "http_proxy"),
        ({"http_proxy": "http://proxy:99999"}, "http_proxy"),
        ({"crl_sources": "list.crl"}, "crl_sources"),
        ({"crl_sources": ["ldap://host/x"]}, "crl_sources"),
        ({"crl_sources": [""]}, "crl_sources"),
        ({"trust_anchors": "ca.pem"}, "trust_anchors"),
        ({"trust_anchors": [1]}, "trust_anchors"),
        ({"max_status_age_hours": 0}, "max_status_age_hours"),
        ({"max_status_age_hours": 169}, "max_status_age_hours"),
        ({"max_status_age_hours": True}, "max_status_age_hours"),
        ({"site_key_file": ""}, "site_key_file"),
        ({"verifier_database": "mysql://x"}, "verifier_database"),
        ({"platform": "verifier"}, "platform"),
        ({"platform": "simulated"}, "platform"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, changes: dict[str, Any], key: str) -> None:
    """With what would be right."""
    with pytest.raises(SettingsError) as caught:
        settings.from_table(table(**changes), tmp_path / "settings.toml")
    assert caught.value.key == key
    assert caught.value.allowed


def test_a_proxys_password_is_not_told(tmp_path: Path) -> None:
    """Neither when the setting is wrong nor in the repr of the settings."""
    with pytest.raises(SettingsError) as caught:
        settings.from_table(table(http_proxy="socks://u:hunter2@p:1"), tmp_path / "s.toml")
    assert "hunter2" not in str(caught.value)
    right = settings.from_table(table(http_proxy="http://u:hunter2@p:1"), tmp_path / "s.toml")
    assert "hunter2" not in repr(right)


def test_files_are_found_from_the_settings_file(tmp_path: Path) -> None:
    """Relative paths do not depend on where the program was started; addresses stay."""
    made = settings.from_table(
        table(
            state_folder="state",
            platform="verifier",
            trust_anchors=["ca.pem", "/etc/ca.pem"],
            crl_sources=["lists", "http://host/x.crl"],
        ),
        tmp_path / "settings.toml",
    )
    assert made.trust_anchors == (tmp_path / "ca.pem", Path("/etc/ca.pem"))
    assert made.crl_sources == (str(tmp_path / "lists"), "http://host/x.crl")
    assert made.site_key_path == tmp_path / "state" / "site.key"
    assert made.verifier_file == tmp_path / "state" / "verifier.sqlite3"
    assert isinstance(wiring.platform_of(made, SystemClock()), Verifier)
    assert not made.state_folder.exists()


def test_every_setting_is_documented() -> None:
    """docs/settings.md has a line for each key, and for no other; tables of keys inside of one
    (`| key in ...`) are not among them."""
    page = (Path(__file__).parents[3] / "docs" / "settings.md").read_text(encoding="utf-8")
    tables = page.split("\n| key | value")[1:]
    rows = [row for table in tables for row in table.split("\n\n")[0].splitlines()]
    listed = [row.split("`")[1] for row in rows if row.startswith("| `")]
    assert sorted(listed) == sorted(settings._CHECKS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ocsp_url": "http://u:hunter2@ocsp.example.invalid/"},
        {"crl_sources": ["http://u:hunter2@crl.example.invalid/auth.crl"]},
    ],
)
def test_addresses_of_services_bear_no_password(tmp_path: Path, wrong: dict[str, object]) -> None:
    """Nothing would use it, and repr and a proxy would show it; the refusal does not either."""
    with pytest.raises(SettingsError) as caught:
        settings.from_table(table(**wrong), tmp_path / "s.toml")
    assert "hunter2" not in str(caught.value)
    assert caught.value.key in wrong


def test_every_character_of_a_name_comes_back(tmp_path: Path) -> None:
    """A settings file that was written can be read."""
    path = tmp_path / "settings.toml"
    name = 'a "b" \\ \t\x7f\x1b 𠮷'
    assert init(path, "--yes", *ANSWERS, "--library", name) == 0
    assert settings.load(path).library == name
