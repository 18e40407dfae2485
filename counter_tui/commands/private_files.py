"""What commands write about people: to a file that only this account reads, or to the terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from counter_tui.language import _


def write_private(path: Path | None, content: bytes) -> int:
    """Write `content` to a new file with mode 0600, or to the terminal; gives the exit status.

    A file that is there already is left alone.
    """
    if path is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return 0
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        print(
            _("{path} cannot be written: {reason}").format(path=path, reason=error.strerror),
            file=sys.stderr,
        )
        return 1
    return 0
