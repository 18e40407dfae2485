"""Screens speak Japanese in tests, whatever was spoken before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from counter_tui import language


@pytest.fixture(autouse=True)
def japanese() -> Iterator[None]:
    """The default language, and English again afterwards."""
    language.speak("ja")
    yield
    language.speak("en")
