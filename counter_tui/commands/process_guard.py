"""What keeps a running terminal's memory and keys from being written down elsewhere."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from typing import Final

_PR_SET_DUMPABLE: Final = 4
"""prctl(2): whether the kernel may dump this process, and whether others of its account may read
its memory (ptrace(2))."""

_TOOLKIT_VARIABLES: Final = "TEXTUAL"
"""Beginning of the environment variables by which Textual writes every key to a file
(`TEXTUAL_LOG`, `TEXTUAL_DEBUG`), hands it to a debugger (`TEXTUAL`), or presses keys by itself
(`TEXTUAL_PRESS`)."""


def guard_process() -> None:
    """No core dump, no reading of this process' memory, no log of keys by the toolkit.

    To be called before Textual is imported. A PIN is in memory while it is typed and sent; a
    dump would keep it. Where the system knows no such switch, nothing happens.
    """
    for name in [name for name in os.environ if name.startswith(_TOOLKIT_VARIABLES)]:
        del os.environ[name]
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))
    if sys.platform == "linux":
        # A limit of 0 does not keep a dump from a program that collects them; this does.
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
