"""An identity platform for test installations and the demo, in a small file of its own.

It keeps no serial and no certificate: a link is found by a keyed hash of issuer and serial. What
it says of a card is what a trainer has set, else what it was made with for that card, else good.
"""

from __future__ import annotations

import hmac
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Final

from counter_tui.clock import Clock
from counter_tui.errors import PlatformUnreachable
from counter_tui.identity.platform import (
    CertificateFacts,
    CertificateReference,
    CertificateStatus,
    StatusWord,
)

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
CREATE TABLE IF NOT EXISTS former (
    reference_mac BLOB PRIMARY KEY,
    user_identifier TEXT NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS state (
    reference_mac BLOB PRIMARY KEY,
    auth TEXT NOT NULL,
    signature TEXT NOT NULL,
    since TEXT
);
"""


Mac = Callable[[CertificateReference], bytes]


@dataclass(frozen=True)
class SimulatedState:
    """What the platform says of one card.

    Attributes:
        auth: of its authentication certificate.
        signature: of its holder's signature certificate.
        since: when it was revoked or put on hold; None says that nobody knows.
    """

    auth: StatusWord = StatusWord.GOOD
    signature: StatusWord = StatusWord.GOOD
    since: datetime | None = None


class SimulatedPlatform:
    """Says of every card what it was told to say of it.

    Attributes:
        line_cut: the trainer's scissors: every question ends as unreachable.
    """

    def __init__(
        self,
        file: Path,
        clock: Clock,
        defaults: Callable[[], Mapping[int, SimulatedState]] = dict,
    ) -> None:
        """`defaults` gives, when it is needed first, what to say of cards of which no trainer
        has said anything, by the serial of the authentication certificate."""
        self._file = file
        self._clock = clock
        self._make_defaults = defaults
        self.line_cut = False

    @cached_property
    def _defaults(self) -> Mapping[int, SimulatedState]:
        return self._make_defaults()

    def set_state(self, reference: CertificateReference, state: SimulatedState | None) -> None:
        """Say this of a card from now on, also after a restart; None: what it was made with."""
        with self._links() as (links, mac):
            links.execute("DELETE FROM state WHERE reference_mac = ?", (mac(reference),))
            state = state or self._defaults.get(reference.serial)
            if state is not None:
                since = None if state.since is None else state.since.isoformat()
                links.execute(
                    "INSERT INTO state VALUES (?, ?, ?, ?)",
                    (mac(reference), state.auth.value, state.signature.value, since),
                )

    def state(self, reference: CertificateReference) -> SimulatedState:
        """What is said of a card now."""
        with self._links() as (links, mac):
            told = self._told(links, mac(reference))
        return told or self._defaults.get(reference.serial, SimulatedState())

    def resolve(self, reference: CertificateReference) -> str | None:
        """See `IdentityPlatform`."""
        with self._links() as (links, mac):
            row = links.execute(
                "SELECT user_identifier FROM link WHERE reference_mac = ? AND confirmed",
                (mac(reference),),
            ).fetchone()
        return None if row is None else str(row[0])

    def link(self, certificate: CertificateFacts, enrollment_id: str) -> str:
        """See `IdentityPlatform`."""
        reference = certificate.reference
        with self._links() as (links, mac):
            # Two counters that enrol one card at a time get one identifier, so that the
            # library's store can see that they mean the same card.
            links.execute(
                "INSERT OR IGNORE INTO link (reference_mac, user_identifier) VALUES (?, ?)",
                (mac(reference), secrets.token_hex(16)),
            )
            self._keep_default(links, mac(reference), reference.serial)
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
            links.execute(
                "INSERT OR REPLACE INTO former SELECT reference_mac, user_identifier FROM link"
                " WHERE user_identifier = ? AND confirmed",
                (user_identifier,),
            )
            links.execute("DELETE FROM link WHERE user_identifier = ?", (user_identifier,))

    def former(self, reference: CertificateReference) -> str | None:
        """See `IdentityPlatform`."""
        with self._links() as (links, mac):
            row = links.execute(
                "SELECT user_identifier FROM former WHERE reference_mac = ?", (mac(reference),)
            ).fetchone()
        return None if row is None else str(row[0])

    def restore(self, user_identifier: str) -> bool:
        """See `IdentityPlatform`."""
        with self._links() as (links, _):
            links.execute(
                "INSERT OR IGNORE INTO link SELECT reference_mac, user_identifier, 1 FROM former"
                " WHERE user_identifier = ?",
                (user_identifier,),
            )
            row = links.execute(
                "SELECT 1 FROM link WHERE user_identifier = ? AND confirmed", (user_identifier,)
            ).fetchone()
            if row is not None:
                links.execute("DELETE FROM former WHERE user_identifier = ?", (user_identifier,))
        return row is not None

    def forget(self, user_identifier: str) -> None:
        """See `IdentityPlatform`."""
        with self._links() as (links, _):
            links.execute("DELETE FROM link WHERE user_identifier = ?", (user_identifier,))
            links.execute("DELETE FROM former WHERE user_identifier = ?", (user_identifier,))

    def forget_references(self, ended_before: datetime) -> None:
        """See `IdentityPlatform`; no reference is kept here, only the hash."""

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
        return self._linked_status(user_identifier, signature=False)

    def certificate_status(self, certificate: CertificateFacts) -> CertificateStatus:
        """See `IdentityPlatform`."""
        try:
            state = self.state(certificate.reference)
        except PlatformUnreachable:
            return self._status(StatusWord.UNREACHABLE)
        return self._status(state.auth, state.since)

    def signature_status(self, user_identifier: str) -> CertificateStatus:
        """See `IdentityPlatform`."""
        return self._linked_status(user_identifier, signature=True)

    def signature_statuses(
        self, user_identifiers: Iterable[str]
    ) -> Iterator[tuple[str, CertificateStatus]]:
        """See `IdentityPlatform`."""
        for user_identifier in user_identifiers:
            yield user_identifier, self.signature_status(user_identifier)

    def as_of(self) -> datetime | None:
        """See `IdentityPlatform`."""
        return None if self.line_cut else self._clock.now()

    def _linked_status(self, user_identifier: str, *, signature: bool) -> CertificateStatus:
        try:
            with self._links() as (links, _):
                row = links.execute(
                    "SELECT reference_mac FROM link WHERE user_identifier = ?", (user_identifier,)
                ).fetchone()
                state = None if row is None else self._told(links, row[0]) or SimulatedState()
        except PlatformUnreachable:
            return self._status(StatusWord.UNREACHABLE)
        if state is None:
            return self._status(StatusWord.ABSENT)
        return self._status(state.signature if signature else state.auth, state.since)

    def _status(self, word: StatusWord, since: datetime | None = None) -> CertificateStatus:
        now = self._clock.now()
        revoked = word in (StatusWord.REVOKED, StatusWord.ON_HOLD)
        return CertificateStatus(
            word,
            now,
            revoked_at=since if revoked else None,
            valid_until=now if word is StatusWord.EXPIRED else None,
        )

    def _keep_default(self, links: sqlite3.Connection, mac: bytes, serial: int) -> None:
        # Later questions name the user identifier only, and no serial is kept here.
        state = self._defaults.get(serial)
        if state is not None:
            since = None if state.since is None else state.since.isoformat()
            links.execute(
                "INSERT OR IGNORE INTO state VALUES (?, ?, ?, ?)",
                (mac, state.auth.value, state.signature.value, since),
            )

    def _told(self, links: sqlite3.Connection, mac: bytes) -> SimulatedState | None:
        row = links.execute(
            "SELECT auth, signature, since FROM state WHERE reference_mac = ?", (mac,)
        ).fetchone()
        if row is None:
            return None
        auth, signature, since = row
        return SimulatedState(
            StatusWord(auth),
            StatusWord(signature),
            None if since is None else datetime.fromisoformat(since).astimezone(UTC),
        )

    @contextmanager
    def _links(
        self,
    ) -> Iterator[tuple[sqlite3.Connection, Mac]]:
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
