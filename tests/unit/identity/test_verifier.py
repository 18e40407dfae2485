"""The verifier's links: no serial in plain, made in two steps, kept through crashes."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from counter_tui.clock import FixedClock
from counter_tui.errors import (
    PlatformUnreachable,
    SiteKeyExposed,
    SiteKeyMissing,
    SiteKeyUnusable,
    VerifierStoreTooNew,
)
from counter_tui.identity.freshness import Freshness
from counter_tui.identity.http_exchange import HttpExchange
from counter_tui.identity.link_store import SignatureRefused, SqliteLinkStore
from counter_tui.identity.platform import CertificateFacts, CertificateReference, StatusWord
from counter_tui.identity.reference_vault import Kind, NotSealedHere, ReferenceVault
from counter_tui.identity.revocation_lists import RevocationLists
from counter_tui.identity.site_key import SiteKey, SiteKeyFile
from counter_tui.identity.status import StatusSources
from counter_tui.identity.verifier import Rotated, Verifier
from tests.support.authority import NOW, Authority

AUTHORITY = Authority()
ISSUER = AUTHORITY.name.public_bytes()
SERIAL = 0x06A1B2C3
STORE = "verifier.sqlite3"
KEY = "site.key"


def facts(serial: int = SERIAL) -> CertificateFacts:
    """Of a certificate that holds for another year."""
    return CertificateFacts(
        CertificateReference(ISSUER, serial),
        NOW + timedelta(days=365),
        AUTHORITY.anchor.key_hash,
        (b"a name of a list",),
    )


def verifier_in(folder: Path) -> Verifier:
    """A verifier without any source of statuses, as another process would open it."""
    clock = FixedClock(NOW)
    freshness = Freshness(clock, timedelta(hours=36))
    anchors = [AUTHORITY.anchor]
    lists = RevocationLists([], anchors, HttpExchange(), freshness)
    return Verifier(
        SqliteLinkStore(folder / STORE),
        SiteKeyFile(folder / KEY),
        StatusSources(anchors, None, lists, freshness),
        clock,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a site key."""
    SiteKeyFile(tmp_path / KEY).make()
    return tmp_path


@pytest.fixture
def verifier(folder: Path) -> Verifier:
    """A verifier with an empty store."""
    return verifier_in(folder)


def linked(verifier: Verifier, serial: int = SERIAL) -> str:
    """The user identifier of a confirmed link."""
    user_identifier = verifier.link(facts(serial), f"enrolment {serial}")
    verifier.confirm(f"enrolment {serial}")
    return user_identifier


# --------------------------------------------------------------------------- two steps


def test_a_link_counts_when_it_is_confirmed(verifier: Verifier) -> None:
    """Until then nobody is found by it."""
    user_identifier = verifier.link(facts(), "one")
    assert verifier.resolve(facts().reference) is None
    assert verifier.pending_links() == [("one", NOW)]
    verifier.confirm("one")
    verifier.confirm("one")
    assert verifier.resolve(facts().reference) == user_identifier
    assert verifier.pending_links() == []
    verifier.discard("one")
    assert verifier.resolve(facts().reference) == user_identifier


def test_identifiers_are_random(verifier: Verifier) -> None:
    """Nothing of the card is in them: the same card gets another one after it was unlinked."""
    first = linked(verifier)
    verifier.unlink(first)
    verifier.unlink(first)
    assert verifier.resolve(facts().reference) is None
    second = linked(verifier)
    assert first != second
    assert len(second) == 32


def test_two_counters_that_enrol_one_card_get_one_identifier(
    folder: Path, verifier: Verifier
) -> None:
    """The library's store then lets one of them win; the loser takes nothing along."""
    other = verifier_in(folder)
    first, second = verifier.link(facts(), "one"), other.link(facts(), "two")
    assert first == second
    verifier.confirm("one")
    other.discard("two")
    assert other.resolve(facts().reference) == first


def test_a_discarded_link_is_gone(verifier: Verifier) -> None:
    """Its reference as well."""
    verifier.link(facts(), "one")
    verifier.discard("one")
    verifier.discard("one")
    assert verifier.pending_links() == []
    assert verifier.auth_status(verifier.link(facts(), "two")).word is not StatusWord.ABSENT


def test_issuer_and_serial_make_a_card(verifier: Verifier) -> None:
    """The same serial of another CA is another card."""
    linked(verifier)
    assert verifier.resolve(CertificateReference(b"another", SERIAL)) is None
    assert verifier.resolve(CertificateReference(ISSUER, SERIAL + 1)) is None


LINK_AND_DIE = """
import os, signal, sys
from pathlib import Path
from tests.unit.identity.test_verifier import facts, verifier_in
print(verifier_in(Path(sys.argv[1])).link(facts(), "one"), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_counter_that_is_killed_between_the_steps_leaves_a_pending_link(folder: Path) -> None:
    """It is on disk, nobody is found by it, and it can be ended either way."""
    done = subprocess.run(
        [sys.executable, "-c", LINK_AND_DIE, str(folder)],
        capture_output=True,
        timeout=60,
        check=False,
        encoding="ascii",
    )
    assert done.returncode == -signal.SIGKILL
    verifier = verifier_in(folder)
    assert verifier.pending_links() == [("one", NOW)]
    assert verifier.resolve(facts().reference) is None
    verifier.confirm("one")
    assert verifier.resolve(facts().reference) == done.stdout.strip()


def test_many_counters_at_a_time_agree(folder: Path) -> None:
    """Eight that enrol three cards: one identifier a card, no pending link lost."""

    def enrol(number: int) -> tuple[int, str]:
        card = number % 3
        return card, verifier_in(folder).link(facts(card + 1), f"enrolment {number}")

    with ThreadPoolExecutor(8) as counters:
        made = list(counters.map(enrol, range(24)))
    assert len(set(made)) == 3
    assert len(verifier_in(folder).pending_links()) == 24


# ---------------------------------------------------------------------------- at rest


def test_no_serial_lies_in_the_store_in_any_encoding(folder: Path, verifier: Verifier) -> None:
    """Nor the issuer, nor a hash that could be found by trying serials."""
    import hashlib

    user_identifier = linked(verifier)
    assert verifier.set_signatures([(user_identifier, facts(0x0655AA77))]) == [None]
    lying = b"".join(path.read_bytes() for path in folder.glob(STORE + "*"))
    for serial in (SERIAL, 0x0655AA77):
        raw = serial.to_bytes(4)
        for hidden in (
            raw,
            raw[::-1],
            raw.hex().encode(),
            raw.hex().upper().encode(),
            str(serial).encode(),
            str(serial).encode("utf-16-le"),
            base64.b64encode(raw).rstrip(b"="),
            base64.b64encode(str(serial).encode())[:-4],
            hashlib.sha256(ISSUER + str(serial).encode()).digest(),
            hashlib.sha256(str(serial).encode()).digest(),
            hashlib.sha256(raw).digest(),
        ):
            assert hidden not in lying
    for hidden in (ISSUER, ISSUER.hex().encode(), base64.b64encode(ISSUER), b"JPKI"):
        assert hidden not in lying


def test_the_store_is_private(folder: Path, verifier: Verifier) -> None:
    """For the account of this program alone, whatever its umask."""
    mask = os.umask(0)
    try:
        linked(verifier)
    finally:
        os.umask(mask)
    assert stat.S_IMODE((folder / STORE).stat().st_mode) == 0o600


def test_a_reference_opens_in_its_own_row_only(folder: Path) -> None:
    """One who can write to the store cannot give a patron another patron's certificate."""
    vault = ReferenceVault(SiteKey(bytes(32)))
    sealed = vault.seal(Kind.AUTH, "one", facts())
    assert vault.unseal(Kind.AUTH, "one", sealed) == facts()
    other_key = ReferenceVault(SiteKey(bytes(31) + b"x"))
    for opener, kind, row, content in (
        (vault, Kind.AUTH, "two", sealed),
        (vault, Kind.SIGNATURE, "one", sealed),
        (vault, Kind.AUTH, "one", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (vault, Kind.AUTH, "one", b""),
        (other_key, Kind.AUTH, "one", sealed),
    ):
        with pytest.raises(NotSealedHere):
            opener.unseal(kind, row, content)


def test_sealing_hides_the_length_of_a_serial_and_never_repeats() -> None:
    """Short and long serials look alike; so do the two certificates of a person."""
    vault = ReferenceVault(SiteKey(bytes(32)))
    sealed = {vault.seal(Kind.AUTH, "one", facts(serial)) for serial in (1, 1, 2**24, 2**31, 2**64)}
    assert len(sealed) == 5
    assert len({len(each) for each in sealed}) == 1
    assert vault.mac(Kind.AUTH, facts().reference) != vault.mac(Kind.SIGNATURE, facts().reference)


# --------------------------------------------------------------------------- site key


def test_without_a_key_nothing_is_asked_and_nothing_is_made(tmp_path: Path) -> None:
    """The lamp shows it; library cards go on."""
    verifier = verifier_in(tmp_path)
    with pytest.raises(SiteKeyMissing):
        verifier.resolve(facts().reference)
    assert verifier.auth_status("x").word is StatusWord.UNREACHABLE
    assert verifier.as_of() is None
    assert not (tmp_path / STORE).exists()


def test_a_key_that_others_can_read_is_not_used(folder: Path) -> None:
    """Not even for reading."""
    linked(verifier_in(folder))
    (folder / KEY).chmod(0o644)
    with pytest.raises(SiteKeyExposed):
        verifier_in(folder).resolve(facts().reference)


def test_a_foreign_key_opens_nothing(folder: Path) -> None:
    """A store from one backup and a key from another are told apart from "not linked"."""
    linked(verifier_in(folder))
    (folder / KEY).unlink()
    SiteKeyFile(folder / KEY).make()
    with pytest.raises(SiteKeyUnusable):
        verifier_in(folder).resolve(facts().reference)


def test_a_newer_store_is_refused_untouched(folder: Path) -> None:
    """Its tables may mean something else."""
    linked(verifier_in(folder))
    with closing(sqlite3.connect(folder / STORE)) as store:
        store.execute("PRAGMA user_version = 99")
    with pytest.raises(VerifierStoreTooNew):
        verifier_in(folder).resolve(facts().reference)


def test_a_store_that_is_none_is_unreachable(folder: Path) -> None:
    """Garbage, or a folder in its place."""
    (folder / STORE).write_bytes(b"no store" * 100)
    with pytest.raises(PlatformUnreachable):
        verifier_in(folder).resolve(facts().reference)
    assert verifier_in(folder).auth_status("x").word is StatusWord.UNREACHABLE


def test_rotation_changes_everything_and_loses_nothing(folder: Path) -> None:
    """Links, pending ones and signature certificates; other terminals notice by themselves."""
    ours, theirs = verifier_in(folder), verifier_in(folder)
    confirmed, pending = linked(ours), ours.link(facts(2), "waiting")
    ours.set_signatures([(confirmed, facts(3))])
    assert theirs.resolve(facts().reference) == confirmed
    before, key_before = _rows(folder), (folder / KEY).read_text()
    assert ours.rotate_key() == Rotated(links=2, forgotten=0, dropped=0)
    after = _rows(folder)
    assert (folder / KEY).read_text() != key_before
    assert len(after) == len(before) == 3
    assert not {value for row in before for value in row[1:]} & {
        value for row in after for value in row[1:]
    }
    for each in (ours, theirs, verifier_in(folder)):
        assert each.resolve(facts().reference) == confirmed
        assert each.link(facts(2), "again") == pending
        each.discard("again")
    theirs.confirm("waiting")
    assert ours.resolve(facts(2).reference) == pending
    assert sorted(path.name for path in folder.iterdir()) == [KEY, KEY + ".lock", STORE]
    assert stat.S_IMODE((folder / KEY).stat().st_mode) == 0o600


def test_former_ciphertext_does_not_stay_in_the_file(folder: Path) -> None:
    """A former key that leaks later opens nothing."""
    verifier = verifier_in(folder)
    linked(verifier)
    before = [value for row in _rows(folder) for value in row[1:]]
    verifier.rotate_key()
    lying = (folder / STORE).read_bytes()
    assert not any(bytes(value) in lying for value in before)


def _rows(folder: Path) -> list[tuple[str, bytes, bytes]]:
    with closing(sqlite3.connect(folder / STORE)) as store:
        return [
            row
            for table in ("link", "signature")
            for row in store.execute(
                f"SELECT user_identifier, reference_mac, sealed_reference FROM {table}"  # noqa: S608
            )
        ]


ROTATE_AND_DIE = """
import os, signal, sys
from pathlib import Path
from counter_tui.identity import site_key
from tests.unit.identity.test_verifier import verifier_in

calls = 0
def dying(function):
    def call(*args, **kwargs):
        global calls
        calls += 1
        if calls == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)
    return call

# Every change of a file that a rotation makes goes through one of these.
for name in ("open", "fsync", "unlink", "replace", "rename"):
    setattr(os, name, dying(getattr(os, name)))
verifier_in(Path(sys.argv[1])).rotate_key()
print("done")
"""


def test_a_rotation_that_is_killed_anywhere_leaves_every_link(tmp_path: Path) -> None:
    """Killed at each change of a file in turn: the store opens, and the next rotation ends it."""
    master = tmp_path / "master"
    master.mkdir()
    SiteKeyFile(master / KEY).make()
    user_identifier = linked(verifier_in(master))
    verifier_in(master).set_signatures([(user_identifier, facts(3))])
    for step in range(1, 60):
        folder = tmp_path / f"step-{step}"
        shutil.copytree(master, folder)
        done = subprocess.run(
            [sys.executable, "-c", ROTATE_AND_DIE, str(folder), str(step)],
            capture_output=True,
            timeout=60,
            check=False,
        )
        verifier = verifier_in(folder)
        assert verifier.resolve(facts().reference) == user_identifier
        assert verifier.signature_status(user_identifier).word is not StatusWord.ABSENT
        verifier.rotate_key()
        assert verifier_in(folder).resolve(facts().reference) == user_identifier
        assert sorted(path.name for path in folder.iterdir()) == [KEY, KEY + ".lock", STORE]
        if done.returncode == 0:
            assert done.stdout == b"done\n"
            break
        assert done.returncode == -signal.SIGKILL
    else:
        pytest.fail("the rotation has more steps than the test")
    assert step > 8


# -------------------------------------------------------------- signature certificates


def test_a_signature_certificate_belongs_to_one_linked_person(verifier: Verifier) -> None:
    """Not to somebody unknown, nor to one whose link is pending, nor to two."""
    first, second = linked(verifier, 1), linked(verifier, 2)
    pending = verifier.link(facts(3), "waiting")
    assert verifier.signature_status(first).word is StatusWord.ABSENT
    assert verifier.set_signatures(
        [
            (first, facts(10)),
            ("nobody", facts(11)),
            (pending, facts(12)),
            (second, facts(10)),
            (second, facts(13)),
        ]
    ) == [
        None,
        SignatureRefused.NOT_LINKED,
        SignatureRefused.NOT_LINKED,
        SignatureRefused.BELONGS_TO_ANOTHER,
        None,
    ]
    # A renewed certificate takes the place of the former one.
    assert verifier.set_signatures([(first, facts(14)), (second, facts(10))]) == [None, None]


def test_unlinking_forgets_the_signature_certificate(verifier: Verifier, folder: Path) -> None:
    """Nothing of the person stays."""
    user_identifier = linked(verifier)
    verifier.set_signatures([(user_identifier, facts(10))])
    verifier.unlink(user_identifier)
    assert _rows(folder) == []


def test_a_ca_that_has_ended_speaks_for_nobody() -> None:
    """Its certificates are unknown, whatever a list of its says; a foreign key is as well."""
    freshness = Freshness(FixedClock(NOW), timedelta(hours=36))
    for anchor, word in (
        (AUTHORITY.anchor, StatusWord.UNREACHABLE),
        (Authority(ends=NOW - timedelta(days=1)).anchor, StatusWord.UNKNOWN),
        (Authority(1).anchor, StatusWord.UNKNOWN),
    ):
        lists = RevocationLists([], [anchor], HttpExchange(), freshness)
        assert StatusSources([anchor], None, lists, freshness).status(facts()).word is word


def test_statuses_of_many_come_in_order(verifier: Verifier) -> None:
    """Absent, expired and unreachable among them; as many answers as questions."""
    known = linked(verifier, 1)
    ended = linked(verifier, 2)
    past = replace(facts(11), valid_until=NOW - timedelta(seconds=1))
    verifier.set_signatures([(known, facts(10)), (ended, past)])
    asked = ["nobody", known, ended, known] * 300
    answers = list(verifier.signature_statuses(iter(asked)))
    assert [user_identifier for user_identifier, _ in answers] == asked
    assert [status.word for _, status in answers[:4]] == [
        StatusWord.ABSENT,
        StatusWord.UNREACHABLE,
        StatusWord.EXPIRED,
        StatusWord.UNREACHABLE,
    ]


def test_a_terminal_without_a_verifier_loads_none_of_it() -> None:
    """Sockets, TLS and OCSP are for those who ask."""
    ask = (
        "import sys, counter_tui.wiring; print(*(name for name in sys.modules"
        " if name.startswith('counter_tui.identity.') or name in ('http.client', 'ssl')))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, timeout=60, check=True, encoding="ascii"
    ).stdout.split()
    assert "counter_tui.identity.platform" in loaded
    ours = ("certificates", "verifier", "ocsp")
    assert not {"http.client", *(f"counter_tui.identity.{each}" for each in ours)} & set(loaded)
