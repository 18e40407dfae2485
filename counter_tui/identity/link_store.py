"""The verifier's own store, apart from the library's: hashes, sealed references, identifiers.

`LinkStore` and `LinkRows` are the seam: with PostgreSQL they are a schema of its own with its own
role. This module knows no key and sees no serial.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Final, Protocol

from counter_tui.errors import PlatformUnreachable, VerifierStoreTooNew

log = logging.getLogger(__name__)

_SCHEMA_VERSION: Final = 3
_SCHEMA: Final = """
CREATE TABLE site_key (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    key_id TEXT NOT NULL
);
CREATE TABLE link (
    user_identifier TEXT PRIMARY KEY,
    reference_mac BLOB NOT NULL UNIQUE,
    sealed_reference BLOB NOT NULL,
    confirmed INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE pending (
    enrollment_id TEXT PRIMARY KEY,
    user_identifier TEXT NOT NULL REFERENCES link (user_identifier) ON DELETE CASCADE,
    made_at TEXT NOT NULL
);
CREATE INDEX pending_of_link ON pending (user_identifier);
CREATE TABLE signature (
    user_identifier TEXT PRIMARY KEY REFERENCES link (user_identifier) ON DELETE CASCADE,
    reference_mac BLOB NOT NULL UNIQUE,
    sealed_reference BLOB NOT NULL
);
"""
_FORMER: Final = """
CREATE TABLE former (
    reference_mac BLOB PRIMARY KEY,
    user_identifier TEXT NOT NULL UNIQUE,
    sealed_reference BLOB NOT NULL
);
"""
"""Since version 2: links that were ended, so that a lost card that turns up is recognised."""

_FORMER_CUT: Final = """
ALTER TABLE former RENAME TO former_2;
CREATE TABLE former (
    reference_mac BLOB PRIMARY KEY,
    user_identifier TEXT NOT NULL UNIQUE,
    ended_at TEXT NOT NULL,
    sealed_reference BLOB,
    tag BLOB,
    CHECK ((sealed_reference IS NULL) <> (tag IS NULL))
);
INSERT INTO former (reference_mac, user_identifier, ended_at, sealed_reference)
    SELECT reference_mac, user_identifier, '', sealed_reference FROM former_2;
DROP TABLE former_2;
"""
"""Since version 3: their references are sealed for the day of an undo only; then a tag stands in
their place."""

_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)

_BUSY_TIMEOUT_S: Final = 5
"""How long a transaction waits for another terminal's; a rotation of 100,000 links lasts longer,
and is run when the counters are closed."""


@dataclass(frozen=True)
class LinkRow:
    """One link, or the signature certificate of one.

    Attributes:
        confirmed: whether it is more than pending; True for a signature certificate.
    """

    user_identifier: str
    reference_mac: bytes
    sealed_reference: bytes
    confirmed: bool = True


@dataclass(frozen=True)
class FormerRow:
    """A link that was ended.

    Attributes:
        ended_at: when this store heard of it.
        sealed_reference: None when the day of an undo is over.
        tag: says then that hash and user identifier belong together; None until then.
    """

    user_identifier: str
    reference_mac: bytes
    ended_at: datetime
    sealed_reference: bytes | None
    tag: bytes | None = None


class SignatureRefused(Enum):
    """Why a signature certificate is not kept for a user identifier."""

    NOT_LINKED = "not_linked"
    BELONGS_TO_ANOTHER = "belongs_to_another"


class LinkRows(Protocol):
    """The rows, inside one transaction."""

    def key_id(self) -> str | None:
        """Of the site key with which all rows are hashed and sealed; None in an empty store."""
        ...

    def set_key_id(self, key_id: str) -> None:
        """Say with which key the rows are now."""
        ...

    def find(self, reference_mac: bytes) -> LinkRow | None:
        """The link of an authentication certificate, pending or confirmed."""
        ...

    def link(self, user_identifier: str) -> LinkRow | None:
        """The link of a user identifier."""
        ...

    def add(self, row: LinkRow) -> None:
        """Add a link, unless there is one with this hash."""
        ...

    def add_pending(self, enrollment_id: str, user_identifier: str, made_at: datetime) -> None:
        """An enrolment waits for its confirmation."""
        ...

    def pending(self) -> list[tuple[str, datetime]]:
        """Enrolments that wait, with the instant each was made."""
        ...

    def confirm(self, enrollment_id: str) -> None:
        """Confirm the link of an enrolment, which waits no longer."""
        ...

    def discard(self, enrollment_id: str) -> None:
        """Drop an enrolment, and links that nobody waits for and nobody has confirmed."""
        ...

    def remove(self, user_identifier: str) -> None:
        """Forget a link with all that belongs to it."""
        ...

    def remove_signature(self, user_identifier: str) -> None:
        """Forget the signature certificate of a link."""
        ...

    def set_former(self, row: FormerRow) -> None:
        """Remember an ended link, in place of an older one of that card."""
        ...

    def find_former(self, reference_mac: bytes) -> FormerRow | None:
        """The link of an authentication certificate that was ended last."""
        ...

    def former(self, user_identifier: str) -> FormerRow | None:
        """The ended link of a user identifier."""
        ...

    def remove_former(self, user_identifier: str) -> None:
        """Forget an ended link."""
        ...

    def formers(self) -> list[FormerRow]:
        """All links that were ended."""
        ...

    def signature(self, user_identifier: str) -> LinkRow | None:
        """The signature certificate of a user identifier."""
        ...

    def find_signature(self, reference_mac: bytes) -> LinkRow | None:
        """Whose signature certificate this is."""
        ...

    def set_signature(self, row: LinkRow) -> None:
        """Keep the signature certificate of a user identifier, in place of another one."""
        ...

    def links(self) -> Iterator[LinkRow]:
        """All links."""
        ...

    def signatures(self) -> Iterator[LinkRow]:
        """All signature certificates."""
        ...

    def replace(
        self,
        links: Sequence[LinkRow],
        signatures: Sequence[LinkRow],
        formers: Sequence[LinkRow],
    ) -> None:
        """Put other hashes and sealed references into the rows of these user identifiers."""
        ...


class LinkStore(Protocol):
    """Opens transactions on the rows; used by several threads and processes."""

    def transaction(self, *, writing: bool) -> AbstractContextManager[LinkRows]:
        """All of it is kept, on disk, or nothing.

        Raises:
            PlatformUnreachable: the store cannot be opened, or refused the work.
            VerifierStoreTooNew
        """
        ...


class SqliteLinkStore:
    """A SQLite file, mode 0600, made when it is not there."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def transaction(self, *, writing: bool) -> Iterator[LinkRows]:
        """See `LinkStore`."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_private()
            # A connection for each question: they come from several threads, and it takes
            # less time than one exchange with a card.
            connection = sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
            with closing(connection):
                connection.execute("PRAGMA foreign_keys = ON")
                # What was sealed with a former key does not stay behind in free pages.
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute("PRAGMA synchronous = FULL")
                _bring_schema_up(connection)
                connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
                try:
                    yield _SqliteRows(connection)
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
                connection.execute("COMMIT")
        except (OSError, sqlite3.Error) as error:
            raise PlatformUnreachable(str(error)) from error

    def _make_private(self) -> None:
        """Make the file when it is not there; one that others may read or write is so no more."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
            if mode & 0o077:
                os.fchmod(descriptor, 0o600)
                log.warning("verifier: the store had mode %04o; it has 0600 now", mode)
        finally:
            os.close(descriptor)


def _bring_schema_up(connection: sqlite3.Connection) -> None:
    if _version(connection) == _SCHEMA_VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)  # another terminal may have been first
        if version > _SCHEMA_VERSION:
            raise VerifierStoreTooNew
        for since, statements in ((1, _SCHEMA), (2, _FORMER), (3, _FORMER_CUT)):
            if version < since:
                for statement in statements.split(";"):
                    connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


# As bytes, whatever stands there: text that is none would stop the reading of all other rows.
_LINKS: Final = (
    "SELECT user_identifier, reference_mac, CAST(sealed_reference AS BLOB), confirmed FROM link"
)
_SIGNATURES: Final = (
    "SELECT user_identifier, reference_mac, CAST(sealed_reference AS BLOB), 1 FROM signature"
)
_FORMERS: Final = (
    "SELECT user_identifier, reference_mac, ended_at, CAST(sealed_reference AS BLOB), tag"
    " FROM former"
)
_OF_CERTIFICATE: Final = " WHERE reference_mac = ?"
_OF_PERSON: Final = " WHERE user_identifier = ?"


class _SqliteRows:
    """`LinkRows` on one connection, inside one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def key_id(self) -> str | None:
        row = self._connection.execute("SELECT key_id FROM site_key").fetchone()
        return None if row is None else str(row[0])

    def set_key_id(self, key_id: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO site_key VALUES (1, ?)", (key_id,))

    def find(self, reference_mac: bytes) -> LinkRow | None:
        return self._one(_LINKS + _OF_CERTIFICATE, reference_mac)

    def link(self, user_identifier: str) -> LinkRow | None:
        return self._one(_LINKS + _OF_PERSON, user_identifier)

    def add(self, row: LinkRow) -> None:
        self._connection.execute(
            "INSERT INTO link VALUES (?, ?, ?, ?) ON CONFLICT (reference_mac) DO NOTHING",
            (row.user_identifier, row.reference_mac, row.sealed_reference, row.confirmed),
        )

    def add_pending(self, enrollment_id: str, user_identifier: str, made_at: datetime) -> None:
        self._connection.execute(
            "INSERT INTO pending VALUES (?, ?, ?)",
            (enrollment_id, user_identifier, made_at.astimezone(UTC).isoformat()),
        )

    def pending(self) -> list[tuple[str, datetime]]:
        rows = self._connection.execute("SELECT enrollment_id, made_at FROM pending")
        return [(name, _instant(at)) for name, at in rows]

    def confirm(self, enrollment_id: str) -> None:
        self._connection.execute(
            "UPDATE link SET confirmed = 1 WHERE user_identifier ="
            " (SELECT user_identifier FROM pending WHERE enrollment_id = ?)",
            (enrollment_id,),
        )
        self._connection.execute("DELETE FROM pending WHERE enrollment_id = ?", (enrollment_id,))

    def discard(self, enrollment_id: str) -> None:
        self._connection.execute("DELETE FROM pending WHERE enrollment_id = ?", (enrollment_id,))
        self._connection.execute(
            "DELETE FROM link WHERE NOT confirmed"
            " AND user_identifier NOT IN (SELECT user_identifier FROM pending)"
        )

    def remove(self, user_identifier: str) -> None:
        self._connection.execute("DELETE FROM link WHERE user_identifier = ?", (user_identifier,))

    def remove_signature(self, user_identifier: str) -> None:
        self._connection.execute(
            "DELETE FROM signature WHERE user_identifier = ?", (user_identifier,)
        )

    def set_former(self, row: FormerRow) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO former"
            " (user_identifier, reference_mac, ended_at, sealed_reference, tag)"
            " VALUES (?, ?, ?, ?, ?)",
            (
                row.user_identifier,
                row.reference_mac,
                row.ended_at.astimezone(UTC).isoformat(),
                row.sealed_reference,
                row.tag,
            ),
        )

    def find_former(self, reference_mac: bytes) -> FormerRow | None:
        return self._one_former(_OF_CERTIFICATE, reference_mac)

    def former(self, user_identifier: str) -> FormerRow | None:
        return self._one_former(_OF_PERSON, user_identifier)

    def remove_former(self, user_identifier: str) -> None:
        self._connection.execute("DELETE FROM former WHERE user_identifier = ?", (user_identifier,))

    def formers(self) -> list[FormerRow]:
        return [_former(row) for row in self._connection.execute(_FORMERS)]

    def signature(self, user_identifier: str) -> LinkRow | None:
        return self._one(_SIGNATURES + _OF_PERSON, user_identifier)

    def find_signature(self, reference_mac: bytes) -> LinkRow | None:
        return self._one(_SIGNATURES + _OF_CERTIFICATE, reference_mac)

    def set_signature(self, row: LinkRow) -> None:
        self._connection.execute(
            "INSERT INTO signature VALUES (?, ?, ?) ON CONFLICT (user_identifier) DO UPDATE SET"
            " reference_mac = excluded.reference_mac,"
            " sealed_reference = excluded.sealed_reference",
            (row.user_identifier, row.reference_mac, row.sealed_reference),
        )

    def links(self) -> Iterator[LinkRow]:
        return self._all(_LINKS)

    def signatures(self) -> Iterator[LinkRow]:
        return self._all(_SIGNATURES)

    def replace(
        self,
        links: Sequence[LinkRow],
        signatures: Sequence[LinkRow],
        formers: Sequence[LinkRow],
    ) -> None:
        for table, rows in (("link", links), ("signature", signatures), ("former", formers)):
            self._connection.executemany(
                f"UPDATE {table} SET reference_mac = ?, sealed_reference = ?"  # noqa: S608
                " WHERE user_identifier = ?",
                [(row.reference_mac, row.sealed_reference, row.user_identifier) for row in rows],
            )

    def _one(self, question: str, value: bytes | str) -> LinkRow | None:
        row = self._connection.execute(question, (value,)).fetchone()
        return None if row is None else _row(row)

    def _one_former(self, which: str, value: bytes | str) -> FormerRow | None:
        row = self._connection.execute(_FORMERS + which, (value,)).fetchone()
        return None if row is None else _former(row)

    def _all(self, question: str) -> Iterator[LinkRow]:
        return (_row(row) for row in self._connection.execute(question))


def _row(row: tuple[str, object, object, int]) -> LinkRow:
    user_identifier, reference_mac, sealed_reference, confirmed = row
    return LinkRow(
        user_identifier, _octets(reference_mac), _octets(sealed_reference), bool(confirmed)
    )


def _former(row: tuple[str, object, object, object, object]) -> FormerRow:
    user_identifier, reference_mac, ended_at, sealed_reference, tag = row
    return FormerRow(
        user_identifier,
        _octets(reference_mac),
        _instant(ended_at),
        None if sealed_reference is None else _octets(sealed_reference),
        None if tag is None else _octets(tag),
    )


def _octets(value: object) -> bytes:
    """A value; SQLite keeps what it is given, whatever the column's type: then nothing, which
    no key opens."""
    return value if isinstance(value, bytes) else b""


def _instant(text: object) -> datetime:
    """When a row was written; long ago when that cannot be read, so that it is settled."""
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError:
        return _LONG_AGO
    return instant if instant.tzinfo is not None else _LONG_AGO
