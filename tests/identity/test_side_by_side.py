"""A run over many asks the responder side by side: eight at a time, neither fewer nor more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from counter_tui.clock import SystemClock, today
from counter_tui.desk.patrons import ResidencyClass
from counter_tui.identity.freshness import Freshness
from counter_tui.identity.http_exchange import HttpExchange
from counter_tui.identity.link_store import SqliteLinkStore
from counter_tui.identity.ocsp import OcspResponder
from counter_tui.identity.platform import StatusWord
from counter_tui.identity.revocation_lists import RevocationLists
from counter_tui.identity.site_key import SiteKeyFile
from counter_tui.identity.status import StatusSources
from counter_tui.identity.verifier import Verifier
from tests.identity.conftest import Issued
from tests.support.city import Citizen, enter_in_books, now_in_utc, settings_of, settle_in
from tests.support.openssl_ca import SIGN_SUBJECT, OpensslCa, Responder, responding

AT_A_TIME: Final = 8
"""What docs/measurements.md says of the run; written down here once more, so that a limit which is
lowered to one by mistake is seen, too."""

QUESTIONS: Final = 4 * AT_A_TIME
"""A multiple, so that nobody is left over to wait for company that does not come."""

ALONE_S: Final = 20.0
"""When nobody joins for so long, they are asking one after the other."""


class Patient(HttpExchange):
    """Waits for longer than the responder waits for company."""

    def ask(
        self,
        url: str,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        deadline_s: float = 3 * ALONE_S,
        longest: int,
    ) -> bytes:
        """See `HttpExchange`."""
        return super().ask(url, body=body, headers=headers, deadline_s=deadline_s, longest=longest)


@dataclass
class Crowd(Responder):
    """Answers only when a whole company is waiting, and counts the most that were under way.

    openssl then answers them one by one, which takes long enough for one too many to come in.
    """

    company: threading.Barrier = field(default_factory=lambda: threading.Barrier(AT_A_TIME))
    counting: threading.Lock = field(default_factory=threading.Lock)
    under_way: int = 0
    most: int = 0

    def respond(self, request: bytes) -> bytes:
        """See `Responder`."""
        with self.counting:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        try:
            with suppress(threading.BrokenBarrierError):
                self.company.wait(ALONE_S)
            return super().respond(request)
        finally:
            with self.counting:
                self.under_way -= 1

    def assert_asked_side_by_side(self) -> None:
        """Every question had company, and never more than is allowed."""
        assert not self.company.broken, f"at most {self.most} at a time, the rest did not come"
        assert self.most == AT_A_TIME
        assert len(self.seen) == QUESTIONS


def sources(responder: Responder, ca: OpensslCa) -> StatusSources:
    """Status sources with this responder alone."""
    http, freshness = Patient(), Freshness(SystemClock(), timedelta(hours=36))
    return StatusSources(
        [ca.anchor],
        OcspResponder(responder.url, http, freshness),
        RevocationLists([], [ca.anchor], http, freshness),
        freshness,
    )


@pytest.fixture
def crowd(issued: Issued) -> Iterator[Crowd]:
    """Answers for the CA that all tests share."""
    with responding(made := Crowd([issued.ca])):
        yield made


def test_certificates_are_asked_about_eight_at_a_time(issued: Issued, crowd: Crowd) -> None:
    """A responder that waits for eight gets them, and a ninth never."""
    certificates = [issued.good, issued.revoked] * (QUESTIONS // 2)
    words = [
        status.word for _, status in sources(crowd, issued.ca).statuses(enumerate(certificates))
    ]
    crowd.assert_asked_side_by_side()
    assert words == [StatusWord.GOOD, StatusWord.REVOKED] * (QUESTIONS // 2)


def test_a_verifier_asks_for_its_links_eight_at_a_time(tmp_path: Path, crowd: Crowd) -> None:
    """The same for user identifiers, whose certificates it has to look up first."""
    ca, clock, now = OpensslCa(tmp_path / "ca", SIGN_SUBJECT), SystemClock(), now_in_utc()
    people = [
        Citizen(number, ResidencyClass.RESIDENT, today(clock), "R" if number % 3 == 0 else "V")
        for number in range(1, QUESTIONS + 1)
    ]
    enter_in_books(ca, people, now)
    crowd.cas = [ca]
    settings = settings_of(tmp_path)
    settle_in(settings, ca, people, now)
    verifier = Verifier(
        SqliteLinkStore(settings.verifier_file),
        SiteKeyFile(settings.site_key_path),
        sources(crowd, ca),
        clock,
    )
    asked = verifier.signature_statuses(person.user_identifier for person in people)
    found = {user_identifier: status.word for user_identifier, status in asked}
    crowd.assert_asked_side_by_side()
    assert found == {
        person.user_identifier: (
            StatusWord.REVOKED if person.certificate == "R" else StatusWord.GOOD
        )
        for person in people
    }
