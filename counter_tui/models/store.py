"""Opening the library's store, keeping its schema, and its transactions."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

import peewee

from counter_tui.errors import StoreTooNew, StoreUnavailable
from counter_tui.models import tables
from counter_tui.models.without_psycopg import drivers_kept_out

MIGRATIONS: Final = Path(__file__).parent / "migrations"

HISTORY_TABLE: Final = "schema_migration"

BUSY_TIMEOUT_S: Final = 5
"""How long a transaction waits for another terminal's. Theirs last some milliseconds."""

P = ParamSpec("P")
Answer = TypeVar("Answer")


class Store:
    """The SQLite file of one installation. One thread at a time: see `desk.store_lane`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database: peewee.SqliteDatabase | None = None

    def open(self) -> None:
        """Open the file, made with mode 0600 when it is not there; bring its schema up.

        Idempotent. Blocks while another process brings the schema up.

        Raises:
            StoreUnavailable: file or folder cannot be made, opened or read as a store.
            StoreTooNew: a newer version of this program has written it; nothing is changed.
        """
        if self._database is not None:
            return
        try:
            self._make_private_file()
            database = peewee.SqliteDatabase(
                str(self.path),
                pragmas={
                    "journal_mode": "wal",
                    "foreign_keys": 1,
                    # A loan that was shown as done must survive a power cut.
                    "synchronous": "full",
                },
                timeout=BUSY_TIMEOUT_S,
                # Without it, a transaction that reads before it writes fails at once with
                # "database is locked" as soon as another terminal writes in between.
                lock_type="IMMEDIATE",
            )
            database.connect()
            self._bring_schema_up(database)
        except (OSError, peewee.PeeweeException) as error:
            raise StoreUnavailable(str(error)) from error
        tables.database.initialize(database)
        self._database = database

    def close(self) -> None:
        """Close the file. Idempotent."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def transact(self, work: Callable[P, Answer], *args: P.args, **kwargs: P.kwargs) -> Answer:
        """Run `work` in one transaction: all of it is kept, on disk, or nothing.

        Waits up to `BUSY_TIMEOUT_S` for other writers.

        Raises:
            StoreUnavailable: the store cannot be opened, or refused the work.
            peewee.IntegrityError: an invariant of the tables was broken; the caller knows which.
        """
        self.open()
        assert self._database is not None  # noqa: S101  open() has just seen to it
        try:
            with self._database.atomic():
                return work(*args, **kwargs)
        except peewee.IntegrityError:
            raise
        except (peewee.OperationalError, peewee.DatabaseError) as error:
            raise StoreUnavailable(str(error)) from error

    def _make_private_file(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives its -wal and -shm files the mode of the main file.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))

    def _bring_schema_up(self, database: peewee.SqliteDatabase) -> None:
        known = sorted(path.stem for path in MIGRATIONS.glob("[0-9]*.py"))
        applied = _applied_migrations(database)
        newer = sorted(applied - set(known))
        if newer:
            raise StoreTooNew(newer[-1])
        if applied == set(known):
            return
        with self._migration_lock():
            # 20 ms to import; only a store that is not up to date needs it. The Runner reads
            # the history when it is made, so it is made behind the lock.
            with drivers_kept_out():
                from playhouse.migrations import Runner

            Runner(database, str(MIGRATIONS), table_name=HISTORY_TABLE).up()

    @contextmanager
    def _migration_lock(self) -> Iterator[None]:
        lock_file = self.path.with_name(self.path.name + ".migration-lock")
        descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _applied_migrations(database: peewee.SqliteDatabase) -> set[str]:
    if not database.table_exists(HISTORY_TABLE):
        return set()
    rows = database.execute_sql(f"SELECT name FROM {HISTORY_TABLE}")  # noqa: S608  a constant
    return {name for (name,) in rows}
