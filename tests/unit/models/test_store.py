"""The store: private, migrated once, strict about its invariants."""

from __future__ import annotations

import multiprocessing
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import peewee
import pytest

from counter_tui.errors import StoreTooNew, StoreUnavailable
from counter_tui.models.store import HISTORY_TABLE, Store
from counter_tui.models.tables import (
    TABLES,
    Branch,
    CardLink,
    Counter,
    Item,
    Loan,
    Operator,
    Patron,
    PrintJob,
)

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def schema(path: Path) -> dict[str, str]:
    """Every table and index of a SQLite file, by name."""
    with closing(sqlite3.connect(path)) as store:
        rows = store.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {name: sql for name, sql in rows if name != "sqlite_sequence"}


def patron(number: str) -> Patron:
    """A patron that is kept."""
    return Patron.create(
        library_card_number=number,
        name="見本 花子",
        kana="ミホン ハナコ",
        birth_date=date(1990, 4, 1),
        address="戸田市",
        residency="resident",
        expires_on=date(2027, 11, 24),
        registered_at=NOW,
    )


def link(owner: Patron, user_identifier: str, enrollment_id: str) -> CardLink:
    """A live link that is kept."""
    branch, _ = Branch.get_or_create(name="中央図書館")
    return CardLink.create(
        patron=owner,
        user_identifier=user_identifier,
        enrollment_id=enrollment_id,
        certificate_ends_on=date(2030, 4, 1),
        terms_version="1",
        consented_at=NOW,
        linked_at=NOW,
        linked_by=Operator.get_or_create(name="佐藤")[0],
        linked_at_counter=Counter.get_or_create(branch=branch, name="1階")[0],
    )


def loan(item: Item, owner: Patron | None, returned_at: datetime | None = None) -> Loan:
    """A loan that is kept."""
    branch, _ = Branch.get_or_create(name="中央図書館")
    return Loan.create(
        item=item,
        patron=owner,
        lent_at=NOW,
        due_on=date(2026, 12, 8),
        lent_by=Operator.get_or_create(name="佐藤")[0],
        lent_at_counter=Counter.get_or_create(branch=branch, name="1階")[0],
        returned_at=returned_at,
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An open store in a file of its own."""
    made = Store(tmp_path / "library.sqlite3")
    made.open()
    return made


def test_the_migrations_make_the_tables_that_the_program_expects(tmp_path: Path) -> None:
    """`models.tables` and the frozen copies in the migrations do not drift apart."""
    migrated = Store(tmp_path / "migrated.sqlite3")
    migrated.open()
    migrated.close()
    expected = peewee.SqliteDatabase(str(tmp_path / "expected.sqlite3"))
    with expected.bind_ctx(TABLES):
        expected.create_tables(TABLES)
    expected.close()
    found = schema(tmp_path / "migrated.sqlite3")
    history = {name for name in found if HISTORY_TABLE in name.replace("schemamigration", "")}
    assert history
    assert {name: sql for name, sql in found.items() if name not in history} == schema(
        tmp_path / "expected.sqlite3"
    )


def test_only_this_account_can_read_the_store(tmp_path: Path) -> None:
    """Main file, log and shared memory, in a folder of its own."""
    store = Store(tmp_path / "state" / "library.sqlite3")
    store.open()
    store.transact(lambda: Branch.create(name="中央図書館"))
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    files = list((tmp_path / "state").iterdir())
    assert {file.name for file in files} >= {"library.sqlite3", "library.sqlite3-wal"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    store.close()


def test_a_store_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    """The name of what is not known here is told."""
    path = tmp_path / "library.sqlite3"
    first = Store(path)
    first.open()
    first.close()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute(
            f"INSERT INTO {HISTORY_TABLE} (name, applied) VALUES ('0999_flying', '2040-01-01')"  # noqa: S608  constants
        )
    before = schema(path)
    with pytest.raises(StoreTooNew) as caught:
        Store(path).open()
    assert caught.value.found == "0999_flying"
    assert schema(path) == before


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b"This is no store." * 100),
        lambda path: path.mkdir(),
        lambda path: path.parent.joinpath("file").write_text("x"),
    ],
)
def test_what_is_no_store_is_one_error(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    """Garbage, a folder, or a file where a folder should be."""
    path = tmp_path / "library.sqlite3"
    spoil(path)
    if (tmp_path / "file").exists():
        path = tmp_path / "file" / "library.sqlite3"
    with pytest.raises(StoreUnavailable):
        Store(path).open()


def test_a_transaction_is_kept_whole_or_not_at_all(store: Store) -> None:
    """An error in its last line undoes its first."""

    def work() -> None:
        Branch.create(name="中央図書館")
        raise KeyError("halfway")

    with pytest.raises(KeyError):
        store.transact(work)
    assert store.transact(Branch.select().count) == 0


def test_a_loan_that_was_shown_survives_a_power_cut(store: Store) -> None:
    """Write-ahead log, and every commit waits for the disk."""

    def pragmas() -> tuple[object, ...]:
        database = Branch._meta.database
        return tuple(
            database.execute_sql(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        )

    assert store.transact(pragmas) == ("wal", 2, 1)


def test_one_live_link_for_a_patron_and_for_an_identifier(store: Store) -> None:
    """An ended link does not count."""

    def links() -> None:
        first, second = patron("1"), patron("2")
        kept = link(first, "user-1", "e1")
        with pytest.raises(peewee.IntegrityError), store_savepoint():
            link(first, "user-2", "e2")
        with pytest.raises(peewee.IntegrityError), store_savepoint():
            link(second, "user-1", "e3")
        kept.unlinked_at = NOW
        kept.save()
        link(second, "user-1", "e4")

    def store_savepoint() -> peewee._savepoint:
        return Patron._meta.database.savepoint()  # type: ignore[no-any-return]  # peewee's stubs

    store.transact(links)


def test_one_open_loan_for_an_item(store: Store) -> None:
    """Returned loans do not count, and need no patron; open ones need one."""

    def loans() -> None:
        branch = Branch.create(name="中央図書館")
        item = Item.create(barcode="1", title="坊っちゃん", branch=branch)
        owner = patron("1")
        savepoint = Patron._meta.database.savepoint
        loan(item, None, returned_at=NOW)
        loan(item, owner)
        with pytest.raises(peewee.IntegrityError), savepoint():
            loan(item, owner)
        other = Item.create(barcode="2", title="こころ", branch=branch)
        with pytest.raises(peewee.IntegrityError), savepoint():
            loan(other, None)

    store.transact(loans)


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (Patron, {"residency": "ghost"}),
        (PrintJob, {"state": "lost"}),
        (PrintJob, {"kind": ""}),
    ],
)
def test_words_outside_their_list_are_refused(
    store: Store, table: type[Patron], values: dict[str, str]
) -> None:
    """By the tables themselves."""

    def spoil() -> None:
        branch = Branch.create(name="中央図書館")
        patron("1")
        PrintJob.create(
            kind="checkout",
            counter=Counter.create(branch=branch, name="1階"),
            state="queued",
            created_at=NOW,
            changed_at=NOW,
        )
        table.update(values).execute()

    with pytest.raises(peewee.IntegrityError):
        store.transact(spoil)


def test_instants_come_back_in_utc_and_naive_ones_are_refused(store: Store) -> None:
    """A time without a zone is a mistake of ours."""

    def keep() -> datetime:
        return Patron.get_by_id(patron("1").id).registered_at  # type: ignore[no-any-return]  # InstantField

    assert store.transact(keep) == NOW
    with pytest.raises(ValueError, match="time zone"):
        store.transact(Patron.update(registered_at=datetime(2026, 1, 1)).execute)  # noqa: DTZ001  the mistake


def _open(path: str) -> int:
    store = Store(Path(path))
    store.open()
    found = len(schema(Path(path)))
    store.close()
    return found


def test_many_terminals_may_start_at_once_on_a_new_store(tmp_path: Path) -> None:
    """One of them makes the tables; the others wait for it."""
    path = str(tmp_path / "library.sqlite3")
    with multiprocessing.get_context("spawn").Pool(4) as terminals:
        found = terminals.map(_open, [path] * 8)
    assert len(set(found)) == 1


def test_a_new_sqlite_store_loads_no_postgresql_driver(tmp_path: Path) -> None:
    """Neither at the start nor when the tables are made."""
    program = (
        "import sys\n"
        "import counter_tui.models.without_psycopg\n"
        "from pathlib import Path\n"
        "from counter_tui.models.store import Store\n"
        "Store(Path(sys.argv[1])).open()\n"
        "print([name for name in sys.modules if name.startswith('psycopg')])\n"
    )
    path = str(tmp_path / "library.sqlite3")
    ran = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
