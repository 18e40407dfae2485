"""One CA for all tests that do not change it, and a responder for each test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from counter_tui.identity.platform import CertificateFacts
from tests.support.openssl_ca import OpensslCa, Responder, facts_of, responding


@dataclass
class Issued:
    """A CA with certificates in every state."""

    ca: OpensslCa
    good: CertificateFacts
    revoked: CertificateFacts
    held: CertificateFacts
    parted: CertificateFacts


@pytest.fixture(scope="session")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    """Made once; tests must not change it."""
    ca = OpensslCa(tmp_path_factory.mktemp("ca") / "first")
    good, revoked, held = ca.issue(), ca.issue(), ca.issue()
    parted = ca.issue("parted_certificate")
    ca.revoke(revoked)
    ca.revoke(held, "certificateHold")
    return Issued(ca, *(facts_of(each, ca) for each in (good, revoked, held, parted)))


@pytest.fixture
def responder(issued: Issued) -> Iterator[Responder]:
    """Answers for the CA; each test sets its fault."""
    with responding(Responder([issued.ca])) as serving:
        yield serving


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> OpensslCa:
    """Another generation of the same CA: the same name, another key."""
    return OpensslCa(tmp_path_factory.mktemp("ca") / "second")


@pytest.fixture
def lists_folder(tmp_path: Path) -> Path:
    """A folder for revocation lists."""
    folder = tmp_path / "lists"
    folder.mkdir()
    return folder
