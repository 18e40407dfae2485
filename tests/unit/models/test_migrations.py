"""Stores of older versions come up to this one with everything that was in them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import peewee
from playhouse.migrations import Runner

from counter_tui.models.store import HISTORY_TABLE, MIGRATIONS, Store
from tests.unit.models.test_store import schema

FILLED = """
INSERT INTO branch VALUES (1, '中央図書館');
INSERT INTO counter VALUES (1, 1, '1階');
INSERT INTO operator VALUES (1, '佐藤');
INSERT INTO patron VALUES (7, '2100000001', '見本 花子', 'ミホン', '1990-04-01', '戸田市', '',
    'resident', '2027-11-24', '2026-11-24 03:00:00', 1, 1);
INSERT INTO card_link VALUES (3, 7, 'user-1', 'e1', x'3082', '2030-04-01', '1',
    '2026-11-24 03:00:00', '2026-11-24 03:00:00', 1, 1, NULL);
INSERT INTO item VALUES (5, '4567', '坊っちゃん', 1, 0);
INSERT INTO print_job VALUES (11, 'checkout', 7, 1, 'printed', '2026-11-24 03:00:00',
    '2026-11-24 03:00:00', 1, 900, '', NULL, 0);
INSERT INTO print_job VALUES (12, 'checkout', 7, 1, 'queued', '2026-11-24 03:00:00',
    '2026-11-24 03:00:00', 0, 0, '', 11, 1);
INSERT INTO loan VALUES (9, 5, 7, 11, '2026-11-24 03:00:00', '2026-12-08', 1, 1, NULL);
"""


def version_1(path: Path) -> None:
    """A store as the first version left it, with a patron, a link, a loan and two slips."""
    database = peewee.SqliteDatabase(str(path), pragmas={"foreign_keys": 1})
    database.connect()
    Runner(database, str(MIGRATIONS), table_name=HISTORY_TABLE).up("0001_first_tables")
    database.close()
    with closing(sqlite3.connect(path)) as store, store:
        store.executescript(FILLED)


def rows(path: Path, question: str) -> list[tuple[object, ...]]:
    """What stands in a store."""
    with closing(sqlite3.connect(path)) as store:
        return store.execute(question).fetchall()


def test_a_store_of_version_1_comes_up_with_all_its_rows(tmp_path: Path) -> None:
    """Links, slips and the references between them; nothing is cut on the way."""
    path = tmp_path / "library.sqlite3"
    version_1(path)
    tables = ("branch", "counter", "operator", "patron", "item", "print_job", "loan")
    before = {table: rows(path, f"SELECT * FROM {table}") for table in tables}  # noqa: S608
    store = Store(path)
    store.open()
    store.close()
    after = {table: rows(path, f"SELECT * FROM {table}") for table in tables}  # noqa: S608
    # Columns that came later stand behind the others.
    assert {
        table: [row[: len(before[table][0])] for row in found] for table, found in after.items()
    } == before
    assert rows(path, "SELECT kind, withdrawn FROM item") == [("", 0)]
    assert rows(
        path,
        "SELECT id, patron_id, user_identifier, enrollment_id, card_key, certificate_ends_on,"
        " scheme, unlinked_at, unlink_reason FROM card_link",
    ) == [(3, 7, "user-1", "e1", b"\x30\x82", "2030-04-01", 1, None, None)]
    assert rows(path, "PRAGMA foreign_key_check") == []
    assert rows(path, "SELECT count(*) FROM audit_event") == [(0,)]


def test_an_old_store_and_a_new_one_have_the_same_schema(tmp_path: Path) -> None:
    """Whichever way a store came to this version."""
    version_1(tmp_path / "old.sqlite3")
    for name in ("old.sqlite3", "new.sqlite3"):
        store = Store(tmp_path / name)
        store.open()
        store.close()
    assert schema(tmp_path / "old.sqlite3") == schema(tmp_path / "new.sqlite3")
