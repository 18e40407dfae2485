"""`counter-tui audit` and `counter-tui patrons`, as an administrator runs them."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from counter_tui import cli
from counter_tui.errors import UnlinkReason
from tests.support.rig import Rig, rigged


def settings(rig: Rig, more: str = "") -> str:
    """A settings file for the rig's folder."""
    path = rig.settings.state_folder / "settings.toml"
    path.write_text(
        'library = "図書館"\nbranch = "中央図書館"\ncounter = "1階"\noperator = "佐藤"\n'
        'installation = "test"\nplatform = "simulated"\n'
        f'database = "sqlite:///{rig.store_file.name}"\n{more}\n',
        encoding="utf-8",
    )
    return str(path)


async def filled(folder: Path, more: str = "") -> tuple[str, str, Path]:
    """Settings file, a library card's number and the store, of a library that was closed."""
    async with rigged(folder) as rig:
        patron = await rig.enroll("adult")
        await rig.desk.unlinking.unlink(
            patron.id, UnlinkReason.WISH, card_suspended=False, typed_name=patron.name
        )
        return settings(rig, more), patron.library_card_number, rig.store_file


async def test_verify_and_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A whole chain is 0, a broken one 1 and named; the export has Japanese headings."""
    path, _, store = await filled(tmp_path)
    assert await _run("--config", path, "audit", "verify") == 0
    assert "2" in capsys.readouterr().out
    export = tmp_path / "audit.csv"
    assert await _run("--config", path, "audit", "export", str(export)) == 0
    text = export.read_bytes()
    assert text.startswith("\ufeff番号,日時,操作".encode())
    assert len(text.splitlines()) == 3
    assert stat.S_IMODE(export.stat().st_mode) == 0o600
    assert await _run("--config", path, "audit", "export", str(export)) == 1, "left alone"
    with closing(sqlite3.connect(store)) as rows, rows:
        rows.execute("UPDATE audit_event SET reason = 'lost' WHERE number = 2")
    capsys.readouterr()
    assert await _run("--config", path, "audit", "verify") == 1
    assert "2" in capsys.readouterr().err
    (tmp_path / "audit-heads.txt").write_text("nonsense\n")
    assert await _run("--config", path, "audit", "verify") == 1
    assert await _run("audit") == 2


@pytest.mark.parametrize("form", ["text", "csv", "json"])
async def test_report(tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    """In each form, with the name; an unknown number is 1."""
    path, number, _ = await filled(tmp_path)
    file = tmp_path / "report"
    words = ("patrons", "report", number, "--format", form, "--output", str(file))
    assert await _run("--config", path, *words) == 0
    assert number in file.read_text(encoding="utf-8-sig")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert await _run("--config", path, "patrons", "report", "0") == 1
    assert capsys.readouterr().err


async def test_delete_lapsed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only where the settings say so; dry first."""
    path, number, store = await filled(tmp_path, "delete_lapsed_after_days = 1")
    with closing(sqlite3.connect(store)) as rows, rows:
        rows.execute("UPDATE patron SET expires_on = '2020-01-01'")
    assert await _run("--config", path, "patrons", "delete-lapsed", "--dry-run") == 0
    assert await _run("--config", path, "patrons", "report", number) == 0
    assert await _run("--config", path, "patrons", "delete-lapsed") == 0
    assert await _run("--config", path, "patrons", "report", number) == 1
    assert "1人を削除しました" in capsys.readouterr().out


async def _run(*words: str) -> int:
    """As a process of its own would: a command begins an event loop."""

    def run() -> int:
        try:
            return cli.main(list(words))
        except SystemExit as ended:
            return int(ended.code or 0)

    return await asyncio.to_thread(run)
