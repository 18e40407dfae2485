"""Patrons of older stores are found, too."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import peewee
from playhouse.migrations import Runner

from counter_tui.models.store import HISTORY_TABLE, MIGRATIONS, Store


def test_patrons_who_are_there_get_their_search_keys(tmp_path: Path) -> None:
    """More of them than one statement takes, each once."""
    path = tmp_path / "library.sqlite3"
    database = peewee.SqliteDatabase(str(path))
    database.connect()
    Runner(database, str(MIGRATIONS), table_name=HISTORY_TABLE).up("0001_first_tables")
    database.close()
    with closing(sqlite3.connect(path)) as store, store:
        store.executemany(
            "INSERT INTO patron VALUES (?, ?, '髙橋 はな子', 'タカハシ ハナコ', '1985-04-12',"
            " '戸田市', '048-442-2800', 'resident', '2027-11-24', '2026-11-24 03:00:00', 0, NULL)",
            ((number, str(21_000_000 + number)) for number in range(1, 1_202)),
        )
    migrated = Store(path)
    migrated.open()
    migrated.close()
    with closing(sqlite3.connect(path)) as store:
        assert store.execute("SELECT count(*) FROM patron_search_keys").fetchone() == (1_201,)
        assert store.execute(
            "SELECT * FROM patron_search_keys WHERE number = '21001201'"
        ).fetchall() == [
            (
                1_201,
                "高橋ハナ子",
                "ハナ子",
                "タカハシハナコ",
                "ハナコ",
                "タカハシハナコ",
                "21001201",
                "10210012",
                "0484422800",
                "0082244840",
                "1985-04-12",
            )
        ]
