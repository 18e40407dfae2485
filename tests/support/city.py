"""A city's worth of linked patrons, with signature certificates in a real CA's books.

Everything is drawn from one seed. What the CA knows stands in its `index.txt`, its list is signed
by openssl; the verifier's store is filled with its own classes, in one transaction.
"""

from __future__ import annotations

import random
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from counter_tui.desk.patrons import ResidencyClass
from counter_tui.identity.anchors import Anchor
from counter_tui.identity.link_store import LinkRow, SqliteLinkStore
from counter_tui.identity.platform import CertificateFacts, CertificateReference
from counter_tui.identity.reference_vault import Kind, ReferenceVault
from counter_tui.identity.site_key import SiteKeyFile
from counter_tui.models.store import Store
from counter_tui.settings import Settings, for_demo
from tests.support.openssl_ca import OpensslCa, run
from tests.support.renewals import insert_linked

FIRST_SERIAL: Final = 0x06B00000


@dataclass(frozen=True)
class Citizen:
    """Somebody with a linked card, as the books of the test have it.

    Attributes:
        certificate: "V" valid, "R" revoked, "H" on hold, "E" ended, "-" none known,
            "?" issued by a CA that is not installed.
    """

    number: int
    residency: ResidencyClass
    expires_on: date
    certificate: str

    @property
    def serial(self) -> int:
        """Of the signature certificate."""
        return FIRST_SERIAL + self.number

    @property
    def user_identifier(self) -> str:
        """Of the link."""
        return f"{self.number:032x}"


def citizens(count: int, today: date, seed: int = 20261124) -> list[Citizen]:
    """People of every kind; most of them are renewed."""
    chance = random.Random(seed)
    classes = [*[ResidencyClass.RESIDENT] * 90, *[ResidencyClass.NON_RESIDENT] * 4]
    classes += [*[ResidencyClass.WORKER] * 4, *[ResidencyClass.STUDENT] * 2]
    states = "V" * 900 + "-" * 50 + "R" * 30 + "H" * 5 + "E" * 10 + "?" * 5
    return [
        Citizen(
            number,
            chance.choice(classes),
            today + timedelta(days=chance.randint(-12, 400)),
            chance.choice(states),
        )
        for number in range(1, count + 1)
    ]


def enter_in_books(ca: OpensslCa, people: list[Citizen], at: datetime) -> None:
    """Give the CA its books."""
    lines = []
    for person in people:
        if person.certificate in "RH":
            reason = "certificateHold" if person.certificate == "H" else "keyCompromise"
            revoked = f"{at - timedelta(days=9):%y%m%d%H%M%SZ},{reason}"
            lines.append(f"R\t491231235959Z\t{revoked}\t{person.serial:08X}\tunknown\t/CN=x\n")
        else:
            lines.append(f"V\t491231235959Z\t\t{person.serial:08X}\tunknown\t/CN=x\n")
    (ca.folder / "index.txt").write_text("".join(lines))


def settings_of(folder: Path, **changes: object) -> Settings:
    """Of a test installation that asks a verifier."""
    demo = for_demo(folder)
    return replace(demo, platform="verifier", **changes)  # type: ignore[arg-type]  # a test's shorthand


def settle_in(settings: Settings, ca: OpensslCa, people: list[Citizen], now: datetime) -> None:
    """Fill store and verifier's store with everybody, linked and confirmed."""
    Store(settings.database_file).open()
    with closing(sqlite3.connect(settings.database_file)) as store, store:
        for person in people:
            insert_linked(
                store,
                person.number,
                f"見本 {person.number}",
                person.residency,
                person.expires_on,
                person.user_identifier,
            )
    key_file = SiteKeyFile(settings.site_key_path)
    key_file.make()
    vault = ReferenceVault(key_file.read())
    anchor = ca.anchor
    with SqliteLinkStore(settings.verifier_file).transaction(writing=True) as rows:
        rows.set_key_id(vault.key_id)
        for person in people:
            facts = _facts(anchor, person, now)
            rows.add(_row(vault, Kind.AUTH, person, facts))
            if person.certificate != "-":
                rows.set_signature(_row(vault, Kind.SIGNATURE, person, facts))


def _facts(anchor: Anchor, person: Citizen, now: datetime) -> CertificateFacts:
    days = -3 if person.certificate == "E" else 700
    return CertificateFacts(
        CertificateReference(anchor.name_der, person.serial),
        now + timedelta(days=days),
        b"\0" * 32 if person.certificate == "?" else anchor.key_hash,
    )


def _row(vault: ReferenceVault, kind: Kind, person: Citizen, facts: CertificateFacts) -> LinkRow:
    sealed = vault.seal(kind, person.user_identifier, facts)
    mac = vault.mac(kind, facts.reference)
    return LinkRow(person.user_identifier, mac, sealed, confirmed=True)


# ------------------------------------------------- what ought to come out, found another way


def listed_by_openssl(crl: Path) -> dict[int, str]:
    """Serials of a list and their reasons, as openssl prints them."""
    text = run("crl", "-in", crl, "-inform", "DER", "-noout", "-text").decode()
    entries = re.split(r"Serial Number: ", text)[1:]
    found = {}
    for entry in entries:
        reason = re.search(r"Reason Code: \n\s+(.+)\n", entry)
        found[int(entry.split()[0], 16)] = "" if reason is None else reason[1]
    return found


def a_year_on(day: date) -> date:
    """The same day of the next year, and its last of February when it has no 29th."""
    number = 28 if day.month == 2 and day.day == 29 else day.day
    return date(day.year + 1, day.month, number)


def expected(people: list[Citizen], crl: Path, today: date) -> Iterator[tuple[int, str, date]]:
    """Number, outcome and last usable day of everybody, from the books and the list alone.

    Written down in other words than the program's, so that one mistake is not made twice.
    """
    listed = listed_by_openssl(crl)
    in_a_year = a_year_on(today)
    for person in people:
        day = person.expires_on
        if person.residency in (ResidencyClass.WORKER, ResidencyClass.STUDENT):
            outcome = "needs_proof"
        elif day.toordinal() < today.toordinal():
            outcome = "lapsed"
        elif person.certificate == "-":
            outcome = "no_certificate"
        elif person.certificate == "E":
            outcome = "certificate_expired"
        elif person.certificate == "?":
            outcome = "unknown"
        elif person.serial in listed:
            outcome = "on_hold" if listed[person.serial] == "Certificate Hold" else "revoked"
        elif day.toordinal() >= in_a_year.toordinal():
            outcome = "valid_longer"
        else:
            outcome, day = "renewed", in_a_year
        yield person.number, outcome, day


def outcomes(settings: Settings) -> list[tuple[int, str, date]]:
    """What the run has written, asked from outside."""
    with closing(sqlite3.connect(settings.database_file)) as store:
        rows = store.execute(
            "SELECT p.id, o.outcome, p.expires_on FROM renewal_outcome o"
            " JOIN patron p ON p.id = o.patron_id ORDER BY p.id"
        ).fetchall()
    return [(number, outcome, date.fromisoformat(day)) for number, outcome, day in rows]


def assert_written_once(settings: Settings, renewed: int) -> None:
    """Each renewal has one change in the history, and the audit counts as many."""
    with closing(sqlite3.connect(settings.database_file)) as store:
        changes = Counter(
            number
            for (number,) in store.execute(
                "SELECT patron_id FROM validity_change WHERE kind = 'automatic'"
            )
        )
        (audited,) = store.execute(
            "SELECT coalesce(sum(amount), 0) FROM audit_event WHERE action = 'auto_renewal'"
        ).fetchone()
    assert len(changes) == changes.total() == renewed == audited


def now_in_utc() -> datetime:
    """The present second; openssl signs its lists with the machine's clock."""
    return datetime.now(UTC).replace(microsecond=0)
