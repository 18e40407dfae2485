"""A desk on simulated devices for the tests of its use cases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.rig import Rig, rigged


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """A test installation's desk, its devices and its store."""
    async with rigged(tmp_path) as made:
        yield made
