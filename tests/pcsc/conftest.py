"""Fixtures of the tests that go through a real card service."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.pcscd import CardService, card_service
from tests.support.tcp_printer import TcpPrinter


@pytest.fixture(scope="session", name="card_service")
def _card_service() -> Iterator[CardService]:
    """A card service for these tests alone."""
    with card_service() as service:
        yield service


@pytest.fixture
def printer() -> Iterator[TcpPrinter]:
    """A network printer that works."""
    with TcpPrinter() as printer:
        yield printer
