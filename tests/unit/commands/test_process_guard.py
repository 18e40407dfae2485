"""A terminal's memory and keys are written down nowhere else."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

TELLS: str = """
import ctypes, os, resource
from counter_tui.commands.process_guard import guard_process
guard_process()
print(resource.getrlimit(resource.RLIMIT_CORE)[0])
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
print(sorted(name for name in os.environ if name.startswith("TEXTUAL")))
"""
"""3 is PR_GET_DUMPABLE."""


def guarded(folder: Path, program: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own, whose core dumps were allowed."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **variables},
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (most, most)),
    )


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_no_core_dump_and_no_reader_of_its_memory(tmp_path: Path) -> None:
    """Neither by the limit, nor by a program that collects dumps, nor by a debugger."""
    told = guarded(tmp_path, TELLS).stdout.splitlines()
    assert told == ["0", "0", "[]"]


def test_the_toolkits_logs_of_keys_are_switched_off(tmp_path: Path) -> None:
    """Textual writes each key to a file when such a variable is set; a PIN is four keys."""
    told = guarded(
        tmp_path,
        TELLS,
        TEXTUAL="devtools,debug",
        TEXTUAL_DEBUG="1",
        TEXTUAL_LOG=str(tmp_path / "keys"),
        TEXTUAL_PRESS="1,2",
    )
    assert told.stdout.splitlines()[-1] == "[]"
