"""The site key: one secret of an installation, from which the verifier's keys are derived.

It lies in a file of its own, mode 0600, apart from the store that it protects. During a rotation
the next and the former key lie beside it, so that a crash at any point leaves the key that the
store was written with.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Final

from counter_tui.errors import (
    SiteKeyExists,
    SiteKeyExposed,
    SiteKeyMissing,
    SiteKeyUnusable,
)

KEY_LENGTH: Final = 32
"""Bytes: as long as the keys that are derived from it."""

_HEADING: Final = "counter_tui site key 1"
_MAX_FILE_LENGTH: Final = 1024


@dataclass(frozen=True)
class SiteKey:
    """The secret itself, in memory."""

    secret: bytes = field(repr=False)

    @property
    def key_id(self) -> str:
        """Tells site keys apart; says nothing of the secret. 32 hexadecimal digits."""
        return self.derive("identify this key 1")[:16].hex()

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose (HKDF with SHA-256, RFC 5869)."""
        # 60 ms to import; `init` and the help text need none of it.
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(
            SHA256(), length=KEY_LENGTH, salt=b"counter_tui verifier", info=purpose.encode()
        ).derive(self.secret)


class SiteKeyFile:
    """Where the site key lies, and what lies beside it while it is being changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.next_path = path.with_name(path.name + ".next")
        self.former_path = path.with_name(path.name + ".former")

    def make(self) -> SiteKey:
        """Make a key where there is none; mode 0600, on disk when this returns.

        Raises:
            SiteKeyExists
            OSError: it cannot be written.
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = _fresh()
        try:
            _write(self.path, key)
        except FileExistsError as error:
            raise SiteKeyExists(self.path) from error
        return key

    def read(self) -> SiteKey:
        """The key in force.

        Raises:
            SiteKeyMissing, SiteKeyExposed, SiteKeyUnusable
        """
        return _read(self.path)

    def require_private(self) -> None:
        """Refuse a key file that others may read by now, although its key is known already.

        Raises:
            SiteKeyMissing, SiteKeyExposed, SiteKeyUnusable
        """
        try:
            _require_private(self.path, self.path.lstat())
        except FileNotFoundError as error:
            raise SiteKeyMissing(self.path) from error
        except OSError as error:
            raise SiteKeyUnusable(self.path, error.strerror or str(error)) from error

    def with_id(self, key_id: str) -> SiteKey:
        """The key that a store was written with, also between the steps of a rotation.

        Raises:
            SiteKeyMissing: no key at all.
            SiteKeyUnusable: keys, but not this one.
            SiteKeyExposed
        """
        # Twice: a rotation that ends just now moves a key from one place to another.
        for path in (self.path, self.next_path, self.former_path) * 2:
            try:
                key = _read(path)
            except SiteKeyMissing:
                if path == self.path:
                    raise
                continue
            if key.key_id == key_id:
                return key
        raise SiteKeyUnusable(self.path, "not the key that the store was written with")

    # ------------------------------------------------------------------------- rotation

    @contextmanager
    def changing(self) -> Iterator[None]:
        """While inside, nobody else changes the key."""
        lock = os.open(self.path.with_name(self.path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            flock(lock, LOCK_EX)
            yield
        finally:
            os.close(lock)

    def prepare_next(self, former: SiteKey) -> SiteKey:
        """Put a fresh key, and a copy of the former one, beside the key in force."""
        for path in (self.next_path, self.former_path):
            path.unlink(missing_ok=True)
        key = _fresh()
        _write(self.former_path, former)
        _write(self.next_path, key)
        return key

    def finish(self, key_id: str) -> None:
        """Put in force the key that the store is written with; remove what lay beside it.

        Idempotent; also mends what a crash in the middle of a rotation left.

        Raises:
            SiteKeyError: that key is nowhere; nothing is removed then.
        """
        key = self.with_id(key_id)
        if self.read().key_id != key_id:
            source = self.next_path if self._is(self.next_path, key_id) else self.former_path
            source.replace(self.path)
            _sync_folder(self.path)
        assert self.read() == key  # noqa: S101  nothing may be removed otherwise
        for path in (self.next_path, self.former_path):
            path.unlink(missing_ok=True)
        _sync_folder(self.path)

    @staticmethod
    def _is(path: Path, key_id: str) -> bool:
        try:
            return _read(path).key_id == key_id
        except SiteKeyMissing:
            return False


def _fresh() -> SiteKey:
    return SiteKey(secrets.token_bytes(KEY_LENGTH))


def _write(path: Path, key: SiteKey) -> None:
    # O_EXCL: whatever is there already is never overwritten.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{_HEADING}\n{key.secret.hex()}\n")
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path)


def _sync_folder(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _require_private(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise SiteKeyUnusable(path, "not a file")
    if found.st_mode & 0o077 or found.st_uid != os.geteuid():
        raise SiteKeyExposed(path, f"mode {stat.S_IMODE(found.st_mode):04o}")


def _read(path: Path) -> SiteKey:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError as error:
        raise SiteKeyMissing(path) from error
    except OSError as error:
        raise SiteKeyUnusable(path, error.strerror or str(error)) from error
    try:
        # Asked of the open file, so that nobody can change what is meant in between.
        _require_private(path, os.fstat(descriptor))
        content = os.read(descriptor, _MAX_FILE_LENGTH)
    finally:
        os.close(descriptor)
    try:
        heading, digits = content.decode("ascii").split("\n")[:2]
        secret = bytes.fromhex(digits)
    except ValueError as error:
        raise SiteKeyUnusable(path, "not a site key") from error
    if heading != _HEADING or len(secret) != KEY_LENGTH:
        raise SiteKeyUnusable(path, "not a site key")
    return SiteKey(secret)
