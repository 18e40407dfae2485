"""Linked patrons without cards: put into store and platform directly, as many as a test wants."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from counter_tui.desk.patrons import ResidencyClass
from counter_tui.identity.platform import CertificateFacts, CertificateReference, StatusWord
from counter_tui.identity.simulated_platform import SimulatedState
from tests.support.rig import Rig

Person = tuple[ResidencyClass, date, StatusWord]
"""Class, last usable day, and what the platform says of the signature certificate."""


@dataclass
class Town:
    """Patrons by name."""

    rig: Rig
    ids: dict[str, int] = field(default_factory=dict)
    references: dict[str, CertificateReference] = field(default_factory=dict)
    expiries_before: dict[str, date] = field(default_factory=dict)

    def add(self, name: str, residency: ResidencyClass, expires_on: date, word: StatusWord) -> None:
        """Register and link somebody, in store and platform."""
        number = len(self.ids) + 1
        reference = CertificateReference(b"issuer", number)
        facts = CertificateFacts(reference, datetime(2099, 1, 1, tzinfo=UTC), None)
        enrollment = f"enrollment {number}"
        user_identifier = self.rig.platform.link(facts, enrollment)
        self.rig.platform.confirm(enrollment)
        self.references[name] = reference
        self.say(name, word)
        with closing(sqlite3.connect(self.rig.store_file)) as store, store:
            self.ids[name] = insert_linked(
                store, number, name, residency, expires_on, user_identifier
            )
        self.expiries_before[name] = expires_on

    def say(self, name: str, word: StatusWord) -> None:
        """What the platform says of a person's signature certificate from now on."""
        self.rig.platform.set_state(self.references[name], SimulatedState(signature=word))

    def unlink(self, name: str) -> None:
        """End a link in the store, as another counter would."""
        self.rig.change(
            "UPDATE card_link SET unlinked_at = linked_at, unlink_reason = 'wish'"
            " WHERE patron_id = ?",
            self.ids[name],
        )

    def expiries(self) -> dict[str, date]:
        """The last usable days now."""
        rows = self.rig.rows("SELECT name, expires_on FROM patron")
        return {str(name): date.fromisoformat(str(day)) for name, day in rows}


def town(rig: Rig, people: Mapping[str, Person]) -> Town:
    """Linked patrons, each as described."""
    made = Town(rig)
    for name, (residency, expires_on, word) in people.items():
        made.add(name, residency, expires_on, word)
    return made


def insert_linked(
    store: sqlite3.Connection,
    number: int,
    name: str,
    residency: ResidencyClass,
    expires_on: date,
    user_identifier: str,
) -> int:
    """Put a linked patron into a store that is open; gives the internal number."""
    at = datetime(2025, 4, 1, tzinfo=UTC).strftime("%Y-%m-%d %H:%M:%S")
    store.execute("INSERT OR IGNORE INTO branch (id, name) VALUES (1, '中央図書館')")
    store.execute("INSERT OR IGNORE INTO counter (id, branch_id, name) VALUES (1, 1, '1階')")
    store.execute("INSERT OR IGNORE INTO operator (id, name) VALUES (1, '佐藤')")
    inserted = store.execute(
        "INSERT INTO patron (library_card_number, name, kana, birth_date, address, telephone,"
        " residency, expires_on, registered_at, number_was_issued)"
        " VALUES (?, ?, 'ミホン', '1985-04-12', '戸田市', '', ?, ?, ?, 0)",
        (f"{number:08}", name, residency.value, expires_on.isoformat(), at),
    )
    patron_id = inserted.lastrowid
    assert patron_id is not None
    store.execute(
        "INSERT INTO card_link (patron_id, user_identifier, enrollment_id, scheme, terms_version,"
        " consented_at, linked_at, linked_by_id, linked_at_counter_id)"
        " VALUES (?, ?, ?, 1, '1', ?, ?, 1, 1)",
        (patron_id, user_identifier, f"enrollment {number}", at, at),
    )
    return patron_id
