"""The head of the audit chain, kept outside the store once a day.

One line a day in a file beside the store: date, number, digest. Whoever backs this file up, or
prints it, can see later that the rows up to then are those of that day.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import re
from datetime import date
from pathlib import Path
from typing import Final

from counter_tui.clock import Clock, today
from counter_tui.desk.audit import Head, head
from counter_tui.desk.store_lane import StoreLane
from counter_tui.errors import AuditHeadsUnusable, StoreError

log = logging.getLogger(__name__)

FILE_NAME: Final = "audit-heads.txt"

EVERY_S: Final = 3600

_LINE: Final = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2}) (?P<number>[0-9]{1,12}) (?P<digest>[0-9a-f]{64})"
)


class HeadFile:
    """The file; several terminals may add to it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[Head]:
        """All heads that were kept; none when there is no file yet.

        Raises:
            AuditHeadsUnusable: it cannot be read, or a line is no head.
        """
        try:
            lines = self.path.read_text(encoding="ascii").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise AuditHeadsUnusable(self.path, None) from error
        heads = []
        for number, line in enumerate(lines, 1):
            found = _LINE.fullmatch(line)
            if found is None:
                raise AuditHeadsUnusable(self.path, number)
            heads.append(Head(int(found["number"]), found["digest"]))
        return heads

    def add(self, day: date, kept: Head) -> None:
        """Add the head of a day, unless that day has one. The file gets mode 0600.

        Raises:
            OSError
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            before = file.read()
            if f"{day.isoformat()} ".encode() in before:
                return
            # What a crash cut off stays seen: as a line that is no head.
            line = f"{day.isoformat()} {kept.number} {kept.digest}\n"
            file.write(
                line.encode() if before.endswith(b"\n") or not before else f"\n{line}".encode()
            )
            os.fsync(file)


class AuditHeads:
    """Keeps the head of each day on which a terminal runs."""

    def __init__(self, store: StoreLane, clock: Clock, file: HeadFile) -> None:
        self._store = store
        self._clock = clock
        self._file = file

    async def run(self) -> None:
        """Keep the day's head now and then every hour, for ever."""
        while True:
            try:
                await self.keep()
            except (OSError, StoreError) as error:
                log.error("the head of the audit chain is not kept: %s", type(error).__name__)
            await asyncio.sleep(EVERY_S)

    async def keep(self) -> None:
        """Keep today's head, unless it is kept already or there is none.

        Raises:
            OSError, StoreUnavailable, StoreTooNew
        """
        last = await self._store.transact(head)
        if last is not None:
            await asyncio.to_thread(self._file.add, today(self._clock), last)
