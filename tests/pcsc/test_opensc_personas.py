"""OpenSC, whose driver was made for real cards, as a second reader of every simulated one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cryptography import x509

from counter_tui.errors import NoAuthCertificate, NotMyNumberCard
from counter_tui.hardware.mynumber_card import MyNumberCard
from counter_tui.hardware.simulated.in_process import SimulatedReader
from counter_tui.hardware.simulated.personas import PERSONAS
from tests.pcsc.test_opensc import Tools
from tests.support.cards import card
from tests.support.pcscd import CardService
from tests.support.trace import Trace, assert_no_forbidden

pytestmark = pytest.mark.pcsc

UNREADABLE = ("next-generation", "licence", "felica", "garbage")
WITHOUT_CERTIFICATE = ("no-auth-certificate", "old-resident-card")
READABLE = [slug for slug in PERSONAS if slug not in (*UNREADABLE, *WITHOUT_CERTIFICATE)]

LOOK = ("pkcs15-tool", "--list-certificates", "--read-certificate", "01", "--list-pins")
"""All in one start of the program: the card's power is not taken in between."""


def _ours(slug: str) -> MyNumberCard:
    reader = SimulatedReader()
    reader.lay(card(slug))
    return MyNumberCard(reader.connect())


@pytest.mark.parametrize("slug", READABLE)
def test_both_read_the_same_certificate_and_tries(
    card_service: CardService, tmp_path: Path, slug: str
) -> None:
    """Byte for byte, and to the try; no PIN is presented for it."""
    ours = _ours(slug).inspect()
    assert ours.auth_certificate is not None
    trace = Trace()
    with card_service.lay(card(slug), trace):
        printed = Tools(tmp_path).run(*LOOK)
    pem = printed[printed.index("-----BEGIN") : printed.index("-----END")]
    theirs = x509.load_pem_x509_certificate(f"{pem}-----END CERTIFICATE-----".encode())
    assert theirs == x509.load_der_x509_certificate(ours.auth_certificate)
    assert "X.509 Certificate [User Authentication Certificate]" in printed
    tries = re.search(r"User Authentication PIN.*?Tries left\s*:\s*(\d+)", printed, re.DOTALL)
    assert tries is not None
    assert int(tries[1]) == ours.auth_tries_left
    assert not any(one[1] == 0x20 and len(one) > 4 for one in trace.commands)
    assert_no_forbidden(trace, {PERSONAS[slug].secrets.auth_pin} - {""})


@pytest.mark.parametrize("slug", WITHOUT_CERTIFICATE)
def test_neither_finds_a_certificate_that_is_not_there(
    card_service: CardService, tmp_path: Path, slug: str
) -> None:
    """OpenSC's list is fixed; reading it fails."""
    with pytest.raises(NoAuthCertificate):
        _ours(slug).auth_certificate()
    with card_service.lay(card(slug)):
        printed = Tools(tmp_path).run(*LOOK, succeeds=False)
    assert "Certificate read failed: File not found" in printed


@pytest.mark.parametrize("slug", UNREADABLE)
def test_neither_takes_another_card_for_one(
    card_service: CardService, tmp_path: Path, slug: str
) -> None:
    """No driver, or no token, claims it."""
    with card_service.lay(card(slug)):
        printed = Tools(tmp_path).run(*LOOK, succeeds=False)
    assert "Card is invalid or cannot be handled" in printed or "Unsupported card" in printed
    if slug != "garbage":
        with pytest.raises(NotMyNumberCard):
            _ours(slug).inspect()
