"""The site key's file: private, never overwritten, and found again after any crash."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from counter_tui.errors import SiteKeyExists, SiteKeyExposed, SiteKeyMissing, SiteKeyUnusable
from counter_tui.identity.site_key import SiteKey, SiteKeyFile


@pytest.fixture
def file(tmp_path: Path) -> SiteKeyFile:
    """A file with a key."""
    made = SiteKeyFile(tmp_path / "site.key")
    made.make()
    return made


def test_a_made_key_is_private_and_read_again(file: SiteKeyFile) -> None:
    """Mode 0600 from its first moment; the secret is in no repr."""
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    key = file.read()
    assert key.secret.hex() in file.path.read_text()
    assert key.secret.hex() not in repr(key) + key.key_id
    assert repr(key.secret) not in repr(key)


def test_a_key_is_never_overwritten(file: SiteKeyFile) -> None:
    """Whoever asks twice keeps what was there."""
    before = file.read()
    with pytest.raises(SiteKeyExists):
        file.make()
    assert file.read() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o666])
def test_a_key_that_others_can_touch_is_refused(file: SiteKeyFile, mode: int) -> None:
    """Reading, writing or executing by group or world: nobody knows who has it now."""
    file.path.chmod(mode)
    with pytest.raises(SiteKeyExposed) as caught:
        file.read()
    assert caught.value.path == file.path


def test_a_link_or_a_folder_is_no_key(file: SiteKeyFile, tmp_path: Path) -> None:
    """Somebody else may decide where a link leads."""
    link = tmp_path / "link.key"
    link.symlink_to(file.path)
    with pytest.raises(SiteKeyUnusable):
        SiteKeyFile(link).read()
    with pytest.raises(SiteKeyUnusable):
        SiteKeyFile(tmp_path).read()
    with pytest.raises(SiteKeyMissing):
        SiteKeyFile(tmp_path / "none").read()


@pytest.mark.parametrize(
    "content",
    ["", "counter_tui site key 1", "counter_tui site key 1\nabcd\n", "x\n" + "00" * 32, "鍵\n"],
)
def test_a_file_without_a_key_is_said(file: SiteKeyFile, content: str) -> None:
    """An empty file above all: it must not become a key of nothing."""
    file.path.write_text(content, encoding="utf-8")
    with pytest.raises(SiteKeyUnusable):
        file.read()


def test_each_purpose_has_a_key_of_its_own() -> None:
    """Known answers: stores that were written stay readable by later versions."""
    key = SiteKey(bytes(range(32)))
    assert key.key_id == "9b48c0e53be364e78f3174363d0ef608"
    assert (
        key.derive("find auth 1").hex()
        == "5866650513bd38a61c0f9e9b45b312c30f2ada9c6b59823c64f130c6d25f4d85"
    )
    assert key.derive("find auth 1") != key.derive("find signature 1")


def test_the_key_of_a_store_is_found_between_the_steps_of_a_rotation(file: SiteKeyFile) -> None:
    """Whichever of the two the store was written with."""
    former = file.read()
    following = file.prepare_next(former)
    assert file.read() == former
    for key in (former, following):
        assert file.with_id(key.key_id) == key
    with pytest.raises(SiteKeyUnusable):
        file.with_id("0" * 32)


@pytest.mark.parametrize("moved", [True, False])
def test_finishing_puts_the_right_key_in_force_and_clears_up(
    file: SiteKeyFile, moved: bool
) -> None:
    """Also after a crash before the store was written; a second time changes nothing."""
    former = file.read()
    following = file.prepare_next(former)
    in_force = following if moved else former
    for _ in range(2):
        file.finish(in_force.key_id)
        assert file.read() == in_force
        assert sorted(path.name for path in file.path.parent.iterdir()) == ["site.key"]


def test_finishing_with_a_foreign_key_removes_nothing(file: SiteKeyFile) -> None:
    """Rather too many files than one too few."""
    file.prepare_next(file.read())
    with pytest.raises(SiteKeyUnusable):
        file.finish("0" * 32)
    assert len(list(file.path.parent.iterdir())) == 3


def test_a_half_written_next_key_does_no_harm(file: SiteKeyFile) -> None:
    """A crash while it was being written."""
    file.next_path.write_text("counter_tui si")
    file.next_path.chmod(0o600)
    key = file.read()
    assert file.with_id(key.key_id) == key
    file.finish(key.key_id)
    assert not file.next_path.exists()
