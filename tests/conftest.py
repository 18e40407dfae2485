"""What holds for all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from counter_tui import language
from tests.support import card_socket

# No test asserts a time, so no property has a deadline; the same examples every time, so that
# a red run is red again. `make soak` looks for new ones.
settings.register_profile("tests", deadline=None, derandomize=True)
settings.register_profile("soak", deadline=None, max_examples=2_000)
settings.load_profile("tests")


# No test asks the machine's own card service; nor does any program that one starts.
os.environ[card_socket.VARIABLE] = str(card_socket.SOCKET)


@pytest.fixture(autouse=True)
def _language_of_its_own() -> Iterator[None]:
    """What language one test chooses is not the next one's."""
    yield
    language.speak("en")
    language.call_keys({})
