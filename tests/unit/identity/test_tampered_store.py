"""Somebody has changed the verifier's store, or opened its files to others, while it is in use."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from counter_tui.errors import (
    PlatformUnreachable,
    SiteKeyExposed,
    SiteKeyMissing,
    SiteKeyUnusable,
    UnreadableRows,
)
from counter_tui.identity.platform import StatusWord
from counter_tui.identity.site_key import SiteKeyFile
from counter_tui.identity.verifier import Rotated, Verifier
from tests.support.authority import NOW
from tests.unit.identity.test_verifier import KEY, STORE, facts, linked, verifier_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a site key."""
    SiteKeyFile(tmp_path / KEY).make()
    return tmp_path


@pytest.fixture
def verifier(folder: Path) -> Verifier:
    """A verifier with an empty store."""
    return verifier_in(folder)


def change(folder: Path, statement: str, *values: object) -> None:
    """Change the store behind the verifier's back."""
    with closing(sqlite3.connect(folder / STORE)) as connection, connection:
        connection.execute(statement, values)


def swap(folder: Path, table: str) -> None:
    """Let the hashes of the two rows of a table find each other's row."""
    with closing(sqlite3.connect(folder / STORE)) as connection, connection:
        found = f"SELECT user_identifier, reference_mac FROM {table}"  # noqa: S608
        (first, first_mac), (second, second_mac) = connection.execute(found).fetchall()
        to = f"UPDATE {table} SET reference_mac = ? WHERE user_identifier = ?"  # noqa: S608
        connection.execute(to, (b"aside", first))
        connection.execute(to, (first_mac, second))
        connection.execute(to, (second_mac, first))


def test_a_hash_that_was_put_into_another_row_finds_nobody(
    verifier: Verifier, folder: Path
) -> None:
    """A revoked card must not come in as a good one."""
    linked(verifier, 3)
    linked(verifier, 4)
    swap(folder, "link")
    with pytest.raises(SiteKeyUnusable):
        verifier.resolve(facts(3).reference)
    with pytest.raises(SiteKeyUnusable):
        verifier.link(facts(3), "again")


def test_the_same_for_links_that_were_ended(verifier: Verifier, folder: Path) -> None:
    """A card that was found is not taken for another that was lost."""
    for serial in (3, 4):
        verifier.unlink(linked(verifier, serial))
    swap(folder, "former")
    with pytest.raises(SiteKeyUnusable):
        verifier.former(facts(3).reference)


def test_a_hash_of_another_row_is_not_confirmed_when_an_ended_link_is_cut(
    verifier: Verifier, folder: Path
) -> None:
    """What was changed before that day is found out, too; the others are cut all the same."""
    for serial in (3, 4):
        verifier.unlink(linked(verifier, serial))
    swap(folder, "former")
    own = linked(verifier, 5)
    verifier.unlink(own)
    verifier.forget_references(NOW + timedelta(seconds=1))
    assert verifier.former(facts(3).reference) is None
    assert verifier.former(facts(4).reference) is None
    assert verifier.former(facts(5).reference) == own
    with closing(sqlite3.connect(folder / STORE)) as connection:
        sealed = "SELECT COUNT(sealed_reference) FROM former"
        assert connection.execute(sealed).fetchone() == (0,)


def test_the_same_for_signature_certificates(verifier: Verifier, folder: Path) -> None:
    """An import does not go by a hash alone."""
    first, second = linked(verifier, 3), linked(verifier, 4)
    verifier.set_signatures([(first, facts(30)), (second, facts(40))])
    swap(folder, "signature")
    with pytest.raises(SiteKeyUnusable):
        verifier.set_signatures([(first, facts(30))])


def test_the_same_when_only_the_hash_is_left(verifier: Verifier, folder: Path) -> None:
    """Then a tag binds it to its row."""
    for serial in (3, 4):
        verifier.unlink(linked(verifier, serial))
    verifier.forget_references(NOW + timedelta(days=1))
    assert verifier.former(facts(3).reference) is not None
    swap(folder, "former")
    with pytest.raises(SiteKeyUnusable):
        verifier.former(facts(3).reference)


@pytest.mark.parametrize("value", ["text of a reference", b"\0", b"", 7])
def test_a_sealed_reference_of_another_form_is_unreachable(
    verifier: Verifier, folder: Path, value: object
) -> None:
    """Not good, and no mistake of ours."""
    user_identifier = linked(verifier)
    change(folder, "UPDATE link SET sealed_reference = ?", value)
    assert verifier.auth_status(user_identifier).word is StatusWord.UNREACHABLE
    with pytest.raises(PlatformUnreachable):
        verifier.resolve(facts().reference)


def with_ended_signatures(verifier: Verifier, *serials: int) -> list[str]:
    """Links whose signature certificates have ended: for that word nobody is asked."""
    identifiers = [linked(verifier, serial) for serial in serials]
    ended = NOW - timedelta(seconds=1)
    certificates = [replace(facts(10 * serial), valid_until=ended) for serial in serials]
    pairs = list(zip(identifiers, certificates, strict=True))
    assert verifier.set_signatures(pairs) == [None] * len(serials)
    return identifiers


@pytest.mark.parametrize("value", ["text of a reference", b"\0" * 100, b"", 7])
def test_a_signature_certificate_that_does_not_open_keeps_no_other_from_its_answer(
    verifier: Verifier, folder: Path, caplog: pytest.LogCaptureFixture, value: object
) -> None:
    """It is unknown; the log says once how many there are and what to do, and not whose."""
    first, third, other, last = with_ended_signatures(verifier, 3, 4, 5, 6)
    broken = "UPDATE signature SET sealed_reference = ? WHERE user_identifier IN (?, ?)"
    change(folder, broken, value, third, other)
    asked = [first, third, "nobody", other, third, last]
    answers = list(verifier.signature_statuses(asked))
    assert [user_identifier for user_identifier, _ in answers] == asked
    assert [status.word for _, status in answers] == [
        StatusWord.EXPIRED,
        StatusWord.UNKNOWN,
        StatusWord.ABSENT,
        StatusWord.UNKNOWN,
        StatusWord.UNKNOWN,
        StatusWord.EXPIRED,
    ]
    (said,) = caplog.messages
    assert "do not open although the key fits: 2;" in said
    assert "platform import-signatures" in said
    assert not any(user_identifier in said for user_identifier in asked)


def test_a_run_over_whole_rows_says_nothing(
    verifier: Verifier, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor when one has no signature certificate."""
    list(verifier.signature_statuses([*with_ended_signatures(verifier, 3), "nobody"]))
    assert caplog.messages == []


def test_text_that_is_none_keeps_no_other_from_its_answer(verifier: Verifier, folder: Path) -> None:
    """SQLite gives out no text that is not UTF-8: it is read as the bytes that stand there."""
    broken, whole = with_ended_signatures(verifier, 3, 4)
    change(
        folder,
        "UPDATE signature SET sealed_reference = CAST(x'ff00' AS TEXT) WHERE user_identifier = ?",
        broken,
    )
    answers = dict(verifier.signature_statuses([broken, whole]))
    words = [answers[one].word for one in (broken, whole)]
    assert words == [StatusWord.UNKNOWN, StatusWord.EXPIRED]


@pytest.mark.parametrize("statement", ["", "DELETE FROM site_key"])
def test_with_another_key_nobody_of_a_run_is_answered(
    verifier: Verifier, folder: Path, caplog: pytest.LogCaptureFixture, statement: str
) -> None:
    """That is no damage to rows, also when the store tells no more which key is its own."""
    identifiers = with_ended_signatures(verifier, 3, 4)
    (folder / KEY).unlink()
    SiteKeyFile(folder / KEY).make()
    if statement:
        change(folder, statement)
    answers = verifier_in(folder).signature_statuses(identifiers)
    assert [status.word for _, status in answers] == [StatusWord.UNREACHABLE] * 2
    (said,) = caplog.messages
    assert said.startswith(f"verifier: {folder / KEY}: ")


def test_an_import_writes_a_signature_certificate_anew_that_does_not_open(
    verifier: Verifier, folder: Path
) -> None:
    """Its own row alone: a hash in another's row is still found out."""
    whole, broken = with_ended_signatures(verifier, 3, 4)
    row = "UPDATE signature SET sealed_reference = ? WHERE user_identifier = ?"
    change(folder, row, b"\0" * 100, broken)
    with pytest.raises(SiteKeyUnusable):
        verifier.set_signatures([(whole, facts(40))])
    ended = replace(facts(40), valid_until=NOW - timedelta(seconds=1))
    assert verifier.set_signatures([(broken, ended)]) == [None]
    answers = verifier.signature_statuses([whole, broken])
    assert [status.word for _, status in answers] == [StatusWord.EXPIRED] * 2


@pytest.mark.parametrize("made_at", ["rubbish", "2026-11-24T00:00:00", ""])
def test_a_pending_link_of_an_unreadable_time_is_an_old_one(
    verifier: Verifier, folder: Path, made_at: str
) -> None:
    """So that it is settled with the others."""
    verifier.link(facts(), "one")
    change(folder, "UPDATE pending SET made_at = ?", made_at)
    ((name, instant),) = verifier.pending_links()
    assert name == "one"
    assert (instant.year, instant.tzinfo is None) == (2000, False)


def test_a_rotation_that_meets_an_unreadable_row_changes_nothing(
    verifier: Verifier, folder: Path
) -> None:
    """Neither rows nor keys; no other key is left beside the one in force. All are counted."""
    linked(verifier, 3)
    other, third = linked(verifier, 4), linked(verifier, 5)
    verifier.set_signatures([(third, facts(50))])
    key = (folder / KEY).read_bytes()
    change(folder, "UPDATE link SET sealed_reference = ? WHERE user_identifier = ?", b"", other)
    change(folder, "UPDATE signature SET sealed_reference = 'text'")
    with pytest.raises(UnreadableRows) as caught:
        verifier.rotate_key()
    assert caught.value.count == 2
    assert (folder / KEY).read_bytes() == key
    assert sorted(path.name for path in folder.glob(f"{KEY}*")) == [KEY, f"{KEY}.lock"]
    assert verifier.resolve(facts(3).reference) is not None


def test_a_rotation_may_drop_what_it_cannot_read(verifier: Verifier, folder: Path) -> None:
    """Asked for by name only; those cards are linked anew, the others go on."""
    whole, broken = linked(verifier, 3), linked(verifier, 4)
    ended = linked(verifier, 5)
    verifier.set_signatures([(whole, facts(30))])
    verifier.unlink(ended)
    change(folder, "UPDATE link SET sealed_reference = ? WHERE user_identifier = ?", b"", broken)
    change(folder, "UPDATE signature SET sealed_reference = ?", b"\0" * 100)
    change(folder, "UPDATE former SET sealed_reference = ?", b"\0" * 100)
    assert verifier.rotate_key(drop_unreadable=True) == Rotated(links=1, forgotten=0, dropped=3)
    assert verifier.resolve(facts(3).reference) == whole
    assert verifier.signature_status(whole).word is StatusWord.ABSENT
    assert verifier.resolve(facts(4).reference) is None
    assert verifier.former(facts(5).reference) is None
    assert linked(verifier, 4) != broken
    assert verifier.rotate_key() == Rotated(links=2, forgotten=0, dropped=0)


def test_a_key_that_becomes_readable_while_it_is_in_use_is_refused(
    verifier: Verifier, folder: Path
) -> None:
    """At the next question, and until somebody has mended it."""
    user_identifier = linked(verifier)
    (folder / KEY).chmod(0o644)
    with pytest.raises(SiteKeyExposed):
        verifier.resolve(facts().reference)
    assert verifier.auth_status(user_identifier).word is StatusWord.UNREACHABLE
    assert verifier.as_of() is None
    (folder / KEY).chmod(0o600)
    assert verifier.resolve(facts().reference) == user_identifier


def test_a_key_that_is_taken_away_while_it_is_in_use_is_missing(
    verifier: Verifier, folder: Path
) -> None:
    """What is still in memory is not used."""
    linked(verifier)
    (folder / KEY).unlink()
    with pytest.raises(SiteKeyMissing):
        verifier.resolve(facts().reference)


def test_a_store_that_others_may_write_is_private_from_then_on(
    verifier: Verifier, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As after a copy from a backup; the log says so."""
    (folder / STORE).touch()
    (folder / STORE).chmod(0o666)
    linked(verifier)
    assert stat.S_IMODE((folder / STORE).stat().st_mode) == 0o600
    assert "0666" in caplog.text


def test_a_store_is_no_symbolic_link(verifier: Verifier, folder: Path) -> None:
    """It could lead to a file of somebody else's."""
    (folder / "elsewhere").touch()
    (folder / STORE).symlink_to(folder / "elsewhere")
    with pytest.raises(PlatformUnreachable):
        verifier.link(facts(), "one")
    assert (folder / "elsewhere").read_bytes() == b""
