"""Links that were ended: found no more, recognised, given back, forgotten; on both platforms."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from counter_tui.clock import FixedClock
from counter_tui.identity.link_store import _FORMER, _SCHEMA
from counter_tui.identity.platform import IdentityPlatform
from counter_tui.identity.reference_vault import Kind, ReferenceVault
from counter_tui.identity.simulated_platform import SimulatedPlatform
from counter_tui.identity.site_key import SiteKeyFile
from counter_tui.identity.verifier import Rotated
from tests.support.authority import NOW
from tests.unit.identity.test_verifier import KEY, STORE, facts, linked, verifier_in

CARD = facts().reference


@pytest.fixture(params=["simulated", "verifier"])
def platform(request: pytest.FixtureRequest, tmp_path: Path) -> IdentityPlatform:
    """An empty platform."""
    if request.param == "simulated":
        return SimulatedPlatform(tmp_path / "simulated.sqlite3", FixedClock(NOW))
    SiteKeyFile(tmp_path / KEY).make()
    return verifier_in(tmp_path)


def link(platform: IdentityPlatform, enrollment_id: str) -> str:
    """The user identifier of a confirmed link."""
    user_identifier = platform.link(facts(), enrollment_id)
    platform.confirm(enrollment_id)
    return user_identifier


def test_an_ended_link_is_recognised_and_not_found(platform: IdentityPlatform) -> None:
    """Until then it is no former one."""
    user_identifier = link(platform, "one")
    assert platform.former(CARD) is None
    platform.unlink(user_identifier)
    platform.unlink(user_identifier)
    assert platform.resolve(CARD) is None
    assert platform.former(CARD) == user_identifier


def test_a_pending_link_that_is_ended_leaves_nothing(platform: IdentityPlatform) -> None:
    """It never was one."""
    platform.unlink(platform.link(facts(), "one"))
    assert platform.former(CARD) is None
    assert platform.pending_links() == []


def test_an_ended_link_can_be_given_back(platform: IdentityPlatform) -> None:
    """As often as it is asked for."""
    user_identifier = link(platform, "one")
    platform.unlink(user_identifier)
    assert platform.restore(user_identifier)
    assert platform.restore(user_identifier)
    assert platform.resolve(CARD) == user_identifier
    assert platform.former(CARD) is None


def test_a_card_that_was_linked_since_is_not_given_back(platform: IdentityPlatform) -> None:
    """Nor while its enrolment is under way; what is unknown is not given back either."""
    first = link(platform, "one")
    platform.unlink(first)
    second = platform.link(facts(), "two")
    assert not platform.restore(first)
    platform.confirm("two")
    assert not platform.restore(first)
    assert platform.resolve(CARD) == second
    assert not platform.restore("nobody")


def test_the_last_end_of_a_card_is_the_one_that_is_known(platform: IdentityPlatform) -> None:
    """A card may be linked and ended several times."""
    platform.unlink(link(platform, "one"))
    second = link(platform, "two")
    platform.unlink(second)
    assert platform.former(CARD) == second


@pytest.mark.parametrize("ended", [True, False])
def test_what_is_forgotten_is_known_in_no_way(platform: IdentityPlatform, ended: bool) -> None:
    """Ended before or not."""
    user_identifier = link(platform, "one")
    if ended:
        platform.unlink(user_identifier)
    platform.forget(user_identifier)
    platform.forget(user_identifier)
    assert (platform.resolve(CARD), platform.former(CARD)) == (None, None)
    assert not platform.restore(user_identifier)


def test_after_the_day_an_ended_link_is_recognised_but_not_given_back(
    platform: IdentityPlatform,
) -> None:
    """What would bring it back is dropped then, and not before."""
    user_identifier = link(platform, "one")
    platform.unlink(user_identifier)
    platform.forget_references(NOW)
    assert platform.restore(user_identifier)
    platform.unlink(user_identifier)
    platform.forget_references(NOW + timedelta(seconds=1))
    platform.forget_references(NOW + timedelta(seconds=1))
    assert platform.former(CARD) == user_identifier
    second = link(platform, "two")
    assert platform.resolve(CARD) == second
    platform.unlink(second)
    assert platform.former(CARD) == second


def test_after_the_day_the_verifier_cannot_read_the_serial_any_more(tmp_path: Path) -> None:
    """Not even with the site key: nothing sealed is left in the file; the link does not return."""
    SiteKeyFile(tmp_path / KEY).make()
    verifier = verifier_in(tmp_path)
    user_identifier = linked(verifier)
    verifier.unlink(user_identifier)
    [(sealed,)] = _formers(tmp_path, "sealed_reference")
    assert isinstance(sealed, bytes)
    vault = ReferenceVault(SiteKeyFile(tmp_path / KEY).read())
    assert vault.unseal(Kind.AUTH, user_identifier, sealed) == facts()
    verifier.forget_references(NOW + timedelta(seconds=1))
    assert _formers(tmp_path, "sealed_reference") == [(None,)]
    assert not any(sealed in path.read_bytes() for path in tmp_path.iterdir())
    assert not verifier.restore(user_identifier)
    assert verifier.resolve(CARD) is None
    assert verifier.former(CARD) == user_identifier


def test_a_rotation_forgets_ended_links_of_which_only_a_hash_is_left(tmp_path: Path) -> None:
    """The former key is gone then, and nobody can hash them with the new one."""
    SiteKeyFile(tmp_path / KEY).make()
    verifier = verifier_in(tmp_path)
    verifier.unlink(linked(verifier))
    verifier.forget_references(NOW + timedelta(seconds=1))
    assert verifier.rotate_key() == Rotated(links=0, forgotten=1, dropped=0)
    assert verifier.former(CARD) is None
    assert _formers(tmp_path, "user_identifier") == []


def _formers(folder: Path, column: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / STORE)) as store:
        return store.execute(f"SELECT {column} FROM former").fetchall()  # noqa: S608  a constant


def test_former_links_live_through_a_change_of_the_site_key(tmp_path: Path) -> None:
    """They are hashed and sealed anew with the others."""
    SiteKeyFile(tmp_path / KEY).make()
    verifier = verifier_in(tmp_path)
    user_identifier = linked(verifier)
    verifier.unlink(user_identifier)
    verifier.rotate_key()
    assert verifier.former(CARD) == user_identifier
    assert verifier.restore(user_identifier)
    assert verifier.resolve(CARD) == user_identifier


def test_a_store_of_version_2_keeps_its_former_links_without_their_references(
    tmp_path: Path,
) -> None:
    """When they were ended is not known there: it was before the new version at any rate."""
    SiteKeyFile(tmp_path / KEY).make()
    verifier = verifier_in(tmp_path)
    user_identifier = linked(verifier)
    verifier.unlink(user_identifier)
    with closing(sqlite3.connect(tmp_path / STORE)) as store:
        columns = "reference_mac, user_identifier, sealed_reference"
        [row] = store.execute(f"SELECT {columns} FROM former").fetchall()  # noqa: S608
        store.execute("DROP TABLE former")
        store.executescript(_FORMER)
        store.execute(f"INSERT INTO former ({columns}) VALUES (?, ?, ?)", row)  # noqa: S608
        store.execute("PRAGMA user_version = 2")
        store.commit()
    verifier = verifier_in(tmp_path)
    assert verifier.former(CARD) == user_identifier
    verifier.forget_references(NOW)
    assert verifier.former(CARD) == user_identifier
    assert _formers(tmp_path, "sealed_reference") == [(None,)]


def test_a_store_of_version_1_learns_of_former_links(tmp_path: Path) -> None:
    """Its links stay."""
    with closing(sqlite3.connect(tmp_path / STORE)) as store:
        store.executescript(_SCHEMA)
        store.execute("PRAGMA user_version = 1")
    SiteKeyFile(tmp_path / KEY).make()
    user_identifier = linked(verifier_in(tmp_path))
    verifier_in(tmp_path).unlink(user_identifier)
    assert verifier_in(tmp_path).former(CARD) == user_identifier
