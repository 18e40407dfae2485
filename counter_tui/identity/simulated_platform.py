"""An identity platform for test installations and the demo, in a small file of its own.

It keeps no serial and no certificate: a link is found by a keyed hash of issuer and serial.
"""

from __future__ import annotations

import hmac
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from counter_tui.clock import Clock
from counter_tui.errors import PlatformUnreachable
from counter_tui.identity.platform import CertificateReference, CertificateStatus, StatusWord

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS secret (id INTEGER PRIMARY KEY CHECK (id = 1), key BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS link (
    reference_mac BLOB PRIMARY KEY,
    user_identifier TEXT NOT NULL UNIQUE,
    confirmed INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS pending (
    enrollment_id TEXT PRIMARY KEY,
    reference_mac BLOB NOT NULL REFERENCES link (reference_mac) ON DELETE CASCADE,
    made_at TEXT NOT NULL
);
"""


class SimulatedPlatform:
    """Says of every card that it is good, unless its line is cut.

    Attributes:
        line_cut: the trainer's scissors: every question ends as unreachable.
    """

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self.line_cut = False

    def resolve(self, reference: CertificateReference) -> str | None:
        """See `IdentityPlatform`."""
        with self._links() as (links, mac):
            row = links.execute(
                "SELECT user_identifier FROM link WHERE reference_mac = ? AND confirmed",
                (mac(reference),),
            ).fetchone()
        return None if row is None else str(row[0])

    def link(self, reference: CertificateReference, enrollment_id: str) -> str:
        """See `IdentityPlatform`."""
        with self._links() as (links, mac):
            # Two counters that enrol one card at a time get one identifier, so that the
            # library's store can see that they mean the same card.
            links.execute(
                "INSERT OR IGNORE INTO link (reference_mac, user_identifier) VALUES (?, ?)",
                (mac(reference), secrets.token_hex(16)),
            )
            links.execute(
                "INSERT INTO pending VALUES (?, ?, ?)",
                (enrollment_id, mac(reference), self._clock.now().isoformat()),
            )
            (user_identifier,) = links.execute(
                "SELECT user_identifier FROM link WHERE reference_mac = ?", (mac(reference),)
            ).fetchone()
        return str(user_identifier)

    def confirm(self, enrollment_id: str) -> None:
        """See `IdentityPlatform`."""
        with self._links() as (links, _):
            links.execute(
                "UPDATE link SET confirmed = 1 WHERE reference_mac ="
                " (SELECT reference_mac FROM pending WHERE enrollment_id = ?)",
                (enrollment_id,),
            )
            links.execute("DELETE FROM pending WHERE enrollment_id = ?", (enrollment_id,))

    def unlink(self, user_identifier: str) -> None:
        """See `IdentityPlatform`."""
        with self._links() as (links, _):
            links.execute("DELETE FROM link WHERE user_identifier = ?", (user_identifier,))

    def pending_links(self) -> list[tuple[str, datetime]]:
        """See `IdentityPlatform`."""
        with self._links() as (links, _):
            rows = links.execute("SELECT enrollment_id, made_at FROM pending")
            return [(name, datetime.fromisoformat(at).astimezone(UTC)) for name, at in rows]

    def discard(self, enrollment_id: str) -> None:
        """See `IdentityPlatform`."""
        with self._links() as (links, _):
            links.execute("DELETE FROM pending WHERE enrollment_id = ?", (enrollment_id,))
            links.execute(
                "DELETE FROM link WHERE NOT confirmed"
                " AND reference_mac NOT IN (SELECT reference_mac FROM pending)"
            )

    def auth_status(self, user_identifier: str) -> CertificateStatus:
        """See `IdentityPlatform`."""
        return self._status()

    def certificate_status(self, reference: CertificateReference) -> CertificateStatus:
        """See `IdentityPlatform`."""
        return self._status()

    def reachable(self) -> bool:
        """See `IdentityPlatform`."""
        return not self.line_cut

    def _status(self) -> CertificateStatus:
        word = StatusWord.UNREACHABLE if self.line_cut else StatusWord.GOOD
        return CertificateStatus(word, self._clock.now())

    @contextmanager
    def _links(
        self,
    ) -> Iterator[tuple[sqlite3.Connection, Callable[[CertificateReference], bytes]]]:
        """One transaction on the links, and the hash that finds a card among them."""
        if self.line_cut:
            raise PlatformUnreachable
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600))
            # A connection for each question: they come from several threads, and seldom.
            with closing(sqlite3.connect(self._file)) as connection, connection:
                connection.execute("PRAGMA foreign_keys = ON")
                connection.executescript(_SCHEMA)
                connection.execute(
                    "INSERT OR IGNORE INTO secret VALUES (1, ?)", (secrets.token_bytes(32),)
                )
                (key,) = connection.execute("SELECT key FROM secret").fetchone()

                def mac(reference: CertificateReference) -> bytes:
                    # The issuer is DER and tells its own length: no two pairs run together.
                    serial = str(reference.serial).encode("ascii")
                    return hmac.digest(key, reference.issuer + serial, "sha256")

                yield connection, mac
        except (OSError, sqlite3.Error) as error:
            raise PlatformUnreachable from error
