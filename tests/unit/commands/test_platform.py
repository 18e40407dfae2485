"""`counter-tui platform rotate-key`: what an administrator reads, and the way on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from counter_tui import cli, settings, wiring
from counter_tui.clock import SystemClock
from counter_tui.identity.site_key import SiteKeyFile
from tests.unit.identity.test_verifier import facts, linked


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    """An installation with a site key and three links, one of which was ended."""
    path = tmp_path / "settings.toml"
    path.write_text(
        'installation = "test"\nlibrary = "戸田市立図書館"\nbranch = "中央図書館"\n'
        'counter = "1階"\noperator = "佐藤"\nreader = "none:"\nprinter = "none:"\n'
        'platform = "verifier"\nocsp_url = "http://127.0.0.1:9/"\n',
        encoding="utf-8",
    )
    made = settings.load(path)
    SiteKeyFile(made.site_key_path).make()
    verifier = wiring.verifier_of(made, SystemClock())
    linked(verifier, 3)
    linked(verifier, 4)
    verifier.unlink(linked(verifier, 5))
    return path


def rotate(path: Path, *more: str) -> int:
    """Run the command in English; its exit status."""
    return cli.main(["--lang", "en", "--config", str(path), "platform", "rotate-key", *more])


def test_the_links_are_counted(settings_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And what to back up is said."""
    assert rotate(settings_file) == 0
    said = capsys.readouterr().out
    assert "2 links were encrypted anew" in said
    assert "Back up" in said
    assert "recognised no more" not in said


def test_rows_that_cannot_be_read_are_counted_and_the_way_on_is_said(
    settings_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is changed until somebody asks for them to be dropped."""
    made = settings.load(settings_file)
    key = made.site_key_path.read_bytes()
    with closing(sqlite3.connect(made.verifier_file)) as store, store:
        store.execute("UPDATE link SET sealed_reference = x'00' WHERE rowid = 1")
    assert rotate(settings_file) == 1
    refused = capsys.readouterr().err
    assert "1 row of the verifier's store cannot be read" in refused
    assert "rotate-key --drop-unreadable" in refused
    assert made.site_key_path.read_bytes() == key
    assert rotate(settings_file, "--drop-unreadable") == 0
    said = capsys.readouterr().out
    assert "1 link was encrypted anew" in said
    assert "1 row that could not be read was deleted" in said
    assert made.site_key_path.read_bytes() != key


def test_unlinked_cards_that_are_forgotten_are_counted(
    settings_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of those that were ended before today only a hash of the former key is left."""
    made = settings.load(settings_file)
    clock = SystemClock()
    verifier = wiring.verifier_of(made, clock)
    verifier.forget_references(clock.now())
    assert verifier.former(facts(5).reference) is not None
    assert rotate(settings_file) == 0
    assert "1 unlinked card is recognised no more" in capsys.readouterr().out
