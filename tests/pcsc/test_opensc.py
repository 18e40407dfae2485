"""An independent client reads the simulated card: OpenSC, whose driver was made for real ones."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from cryptography import x509

from counter_tui.hardware.mynumber_card import MyNumberCard
from counter_tui.hardware.simulated.in_process import SimulatedReader
from tests.support import card_socket
from tests.support.cards import card
from tests.support.pcscd import READER, CardService, require
from tests.support.trace import Trace, assert_no_forbidden

pytestmark = pytest.mark.pcsc

PKCS11_SIGN = ("--login", "--sign", "--id", "01", "-m", "SHA256-RSA-PKCS")


class Tools:
    """OpenSC's programs, with a home of their own: no configuration or cache of the user's."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            "LC_ALL": "C.UTF-8",
            card_socket.VARIABLE: str(card_socket.SOCKET),
        }

    def run(self, program: str, *arguments: str, succeeds: bool = True) -> str:
        """Run a program to its end; what it printed."""
        done = subprocess.run(
            [require(program), *arguments],
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            encoding="utf-8",
            timeout=30,
            check=False,
        )
        assert (done.returncode == 0) is succeeds, done.stdout + done.stderr
        return done.stdout + done.stderr

    def sign(self, pin: str, *, succeeds: bool = True) -> Path:
        """Sign a message with the authentication key; where the signature lies."""
        (self.home / "message").write_bytes(b"made-up message")
        signature = self.home / "signature"
        self.run(
            "pkcs11-tool",
            *PKCS11_SIGN,
            "--pin",
            pin,
            "-i",
            "message",
            "-o",
            str(signature),
            succeeds=succeeds,
        )
        return signature


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    """The programs, in a folder of this test."""
    return Tools(tmp_path)


@pytest.fixture
def trace() -> Trace:
    """Every command that reaches the card."""
    return Trace()


def test_opensc_sees_and_knows_the_card(
    card_service: CardService, tools: Tools, trace: Trace
) -> None:
    """A card lies on the reader, and it is one of Japan's public key infrastructure."""
    with card_service.lay(card("adult"), trace):
        listed = tools.run("opensc-tool", "-l")
        named = tools.run("opensc-tool", "-r", READER, "-n")
    assert any(READER in line and "Yes" in line for line in listed.splitlines())
    assert "jpki" in named
    assert_no_forbidden(trace, ["1234"])


def test_opensc_reads_the_same_certificate(
    card_service: CardService, tools: Tools, trace: Trace
) -> None:
    """Byte for byte the one that we read."""
    in_process = SimulatedReader()
    in_process.lay(card("adult"))
    ours = MyNumberCard(in_process.connect()).auth_certificate()
    with card_service.lay(card("adult"), trace):
        printed = tools.run("pkcs15-tool", "--read-certificate", "01")
    pem = printed[printed.index("-----BEGIN") :]
    assert x509.load_pem_x509_certificate(pem.encode()) == x509.load_der_x509_certificate(ours)
    assert_no_forbidden(trace, ["1234"])


def test_opensc_signs_and_openssl_verifies(
    card_service: CardService, tools: Tools, trace: Trace
) -> None:
    """With the right PIN, against the card's own certificate."""
    with card_service.lay(card("adult"), trace):
        signature = tools.sign("1234")
        tools.run("pkcs15-tool", "--read-certificate", "01", "-o", "certificate.pem")
    key = tools.run("openssl", "x509", "-in", "certificate.pem", "-pubkey", "-noout")
    (tools.home / "key.pem").write_text(key, encoding="ascii")
    verified = tools.run(
        "openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", str(signature), "message"
    )
    assert "Verified OK" in verified
    assert_no_forbidden(trace, ["1234"])


def test_wrong_pins_take_tries_and_block(
    card_service: CardService, tools: Tools, trace: Trace
) -> None:
    """One each; after three even the right one does nothing."""
    with card_service.lay(card("adult"), trace) as reader:
        for left in (2, 1, 0):
            tools.sign("9999", succeeds=False)
            connection = reader.connect()
            assert MyNumberCard(connection).inspect().auth_tries_left == left
            connection.disconnect()
        tools.sign("1234", succeeds=False)
    assert_no_forbidden(trace, ["1234", "9999"])
