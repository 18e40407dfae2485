"""Hatch's hook: compile the language catalogues before a wheel or an editable install."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogueHook(BuildHookInterface[Any]):
    """Runs tools/catalogues.py; a catalogue that does not compile ends the build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatch before it collects files."""
        subprocess.run(
            [sys.executable, str(Path(self.root) / "tools" / "catalogues.py")], check=True
        )
