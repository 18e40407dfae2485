"""Files about people that a terminal writes: new ones, for this account alone."""

from __future__ import annotations

import os
from pathlib import Path

from counter_tui.errors import ListNotWritten


def write_private(path: Path, content: bytes) -> None:
    """Write a new file with mode 0600; its folder is made with mode 0700. Blocks.

    Raises:
        ListNotWritten: also when a file of that name is there: it is left alone.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        raise ListNotWritten(path, error.strerror or str(error)) from error
