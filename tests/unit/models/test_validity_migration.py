"""Patrons of older stores get a history of their validity that begins where they came in."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import peewee
from playhouse.migrations import Runner

from counter_tui.models.store import HISTORY_TABLE, MIGRATIONS, Store
from tests.unit.models.test_migrations import rows
from tests.unit.models.test_store import schema

FILLED = """
INSERT INTO branch VALUES (1, '中央図書館');
INSERT INTO counter VALUES (1, 1, '1階');
INSERT INTO operator VALUES (1, '佐藤');
INSERT INTO patron (id, library_card_number, name, kana, birth_date, address, telephone, residency,
    expires_on, registered_at, number_was_issued, registered_at_counter_id) VALUES
    (7, '2100000001', '見本 花子', 'ミホン', '1990-04-01', '戸田市', '', 'resident', '2027-11-24',
    '2026-11-24 03:00:00', 1, 1),
    (9, '31000001', '見本 太郎', 'ミホン', '1990-04-01', '戸田市', '', 'resident', '2027-01-31',
    '2026-11-23 03:00:00', 0, NULL);
INSERT INTO item VALUES (5, '4567', '坊っちゃん', 1, 0);
INSERT INTO print_job VALUES (11, 'checkout', 7, 1, 'printed', '2026-11-24 03:00:00',
    '2026-11-24 03:00:00', 1, 900, '', NULL, 0);
INSERT INTO print_job VALUES (12, 'unlinking', 7, 1, 'queued', '2026-11-24 03:00:00',
    '2026-11-24 03:00:00', 0, 0, '', 11, 1);
INSERT INTO loan VALUES (9, 5, 7, 11, '2026-11-24 03:00:00', '2026-12-08', 1, 1, NULL);
"""


def version_3(path: Path) -> None:
    """A store as the third version left it."""
    database = peewee.SqliteDatabase(str(path), pragmas={"foreign_keys": 1})
    database.connect()
    Runner(database, str(MIGRATIONS), table_name=HISTORY_TABLE).up("0003_patron_search")
    database.close()
    with closing(sqlite3.connect(path)) as store, store:
        store.executescript(FILLED)


def test_a_store_of_version_3_comes_up_with_its_rows_and_a_history(tmp_path: Path) -> None:
    """Slips, loans and the references between them stay; who set a validity was not kept."""
    path = tmp_path / "library.sqlite3"
    version_3(path)
    tables = ("patron", "print_job", "loan", "item")
    before = {table: rows(path, f"SELECT * FROM {table}") for table in tables}  # noqa: S608
    store = Store(path)
    store.open()
    store.close()
    after = {table: rows(path, f"SELECT * FROM {table}") for table in tables}  # noqa: S608
    # Columns that came later stand behind the others.
    assert {
        table: [row[: len(before[table][0])] for row in found] for table, found in after.items()
    } == before
    assert rows(path, "PRAGMA foreign_key_check") == []
    assert rows(
        path,
        "SELECT patron_id, expired_on, expires_on, changed_at, operator_id, counter_id, kind"
        " FROM validity_change ORDER BY patron_id",
    ) == [
        (7, None, "2027-11-24", "2026-11-24 03:00:00", None, 1, "registration"),
        (9, None, "2027-01-31", "2026-11-23 03:00:00", None, None, "import"),
    ]
    assert rows(path, "SELECT count(*) FROM patron_note") == [(0,)]


def test_a_store_of_version_3_and_a_new_one_have_the_same_schema(tmp_path: Path) -> None:
    """Whichever way a store came to this version."""
    version_3(tmp_path / "old.sqlite3")
    for name in ("old.sqlite3", "new.sqlite3"):
        store = Store(tmp_path / name)
        store.open()
        store.close()
    assert schema(tmp_path / "old.sqlite3") == schema(tmp_path / "new.sqlite3")


OF_VERSION_8 = """
INSERT INTO branch VALUES (1, '中央図書館');
INSERT INTO counter VALUES (1, 1, '1階');
INSERT INTO operator VALUES (1, '佐藤');
INSERT INTO patron (id, library_card_number, name, kana, birth_date, address, telephone, residency,
    expires_on, registered_at, number_was_issued) VALUES
    (7, '2100000001', '見本 花子', 'ミホン', '1990-04-01', '戸田市', '', 'resident', '2027-11-24',
    '2026-11-24 03:00:00', 1);
INSERT INTO validity_change VALUES (3, 7, '2026-11-24', '2027-11-24', '2026-11-24 03:00:00', 1, 1,
    'counter', 'employee_card');
INSERT INTO renewal_run VALUES (2, '2026-11', '2026-11-24 03:00:00', 1, 1);
INSERT INTO renewal_outcome VALUES (5, 2, 7, 'good', '2026-11-24 03:00:00', 'valid_longer');
"""


def test_a_store_of_version_8_keeps_its_history_and_its_months(tmp_path: Path) -> None:
    """Of what was seen before no date is known, nor in which look a patron was looked at."""
    path = tmp_path / "library.sqlite3"
    database = peewee.SqliteDatabase(str(path), pragmas={"foreign_keys": 1})
    database.connect()
    Runner(database, str(MIGRATIONS), table_name=HISTORY_TABLE).up("0008_cards_left_behind")
    database.close()
    with closing(sqlite3.connect(path)) as old, old:
        old.executescript(OF_VERSION_8)
    tables = ("validity_change", "renewal_outcome")
    before = {table: rows(path, f"SELECT * FROM {table}") for table in tables}  # noqa: S608
    store = Store(path)
    store.open()
    store.close()
    for table in tables:
        after = rows(path, f"SELECT * FROM {table}")  # noqa: S608  from the names above
        assert after == [(*row, None) for row in before[table]]
    assert rows(path, "PRAGMA foreign_key_check") == []
    made_new = Store(tmp_path / "new.sqlite3")
    made_new.open()
    made_new.close()
    assert schema(path) == schema(tmp_path / "new.sqlite3")
