"""Our programs beside those of others, each a process of its own, on one card service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from counter_tui import cli
from counter_tui.commands import check
from counter_tui.hardware.mynumber_card import MyNumberCard
from counter_tui.hardware.pcsc import PcscReader
from tests.pcsc.test_opensc import Tools
from tests.support.cards import card
from tests.support.pcscd import READER, CardService
from tests.support.program import environment, run, simulated_card
from tests.support.tcp_printer import TcpPrinter
from tests.support.trace import Trace, assert_no_forbidden

pytestmark = pytest.mark.pcsc


@pytest.fixture
def settings_file(tmp_path: Path) -> Iterator[Path]:
    """A test installation with a printer that works and the virtual reader."""
    path = tmp_path / "settings.toml"
    with TcpPrinter() as printer:
        path.write_text(
            f"""
            installation = "test"
            library = "戸田市立図書館"
            branch = "中央図書館"
            counter = "1階"
            operator = "佐藤"
            reader = "pcsc:{READER}"
            printer = "{printer.address}"
            platform = "simulated"
            """,
            encoding="utf-8",
        )
        yield path


def auth_tries_left(home: Path) -> int:
    """As our own program tells it."""
    told = run(home, "card", "--json")
    assert told.returncode == 0, told.stderr
    left = json.loads(told.stdout)["card"]["tries_left"]["auth_pin"]
    assert isinstance(left, int)
    return left


def test_simulate_card_and_opensc_side_by_side(card_service: CardService, tmp_path: Path) -> None:
    """Seen, read, signed with, and blocked by wrong PINs; the tries come back when asked for."""
    tools = Tools(tmp_path)
    address = card_service.card_address
    card_service.wait_for_card(present=False)
    with simulated_card(tmp_path, address, "adult") as secrets:
        pin = secrets["authentication PIN"]
        card_service.wait_for_card(present=True)
        listed = tools.run("opensc-tool", "-l")
        assert any(READER in line and "Yes" in line for line in listed.splitlines())
        assert "jpki" in tools.run("opensc-tool", "-n")

        tools.run("pkcs15-tool", "--read-certificate", "01", "-o", "certificate.pem")
        pem = (tmp_path / "certificate.pem").read_bytes()
        connection = PcscReader(READER).connect()
        ours = MyNumberCard(connection).auth_certificate()
        connection.disconnect()
        assert x509.load_pem_x509_certificate(pem) == x509.load_der_x509_certificate(ours)

        signature = tools.sign(pin)
        key = tools.run("openssl", "x509", "-in", "certificate.pem", "-pubkey", "-noout")
        (tmp_path / "key.pem").write_text(key, encoding="ascii")
        words = ("-verify", "key.pem", "-signature", str(signature), "message")
        assert "Verified OK" in tools.run("openssl", "dgst", "-sha256", *words)

        wrong = "9999" if pin != "9999" else "8888"
        for left in (2, 1, 0):
            tools.sign(wrong, succeeds=False)
            assert auth_tries_left(tmp_path) == left
        tools.sign(pin, succeeds=False)
        assert auth_tries_left(tmp_path) == 0
    card_service.wait_for_card(present=False)

    # A card that was taken off and laid down again is as blocked as before.
    with simulated_card(tmp_path, address, "adult"):
        card_service.wait_for_card(present=True)
        assert auth_tries_left(tmp_path) == 0
    card_service.wait_for_card(present=False)
    assert run(tmp_path, "simulate-card", "adult", "--reset").returncode == 0
    with simulated_card(tmp_path, address, "adult"):
        card_service.wait_for_card(present=True)
        tools.sign(pin)
    card_service.wait_for_card(present=False)


# ------------------------------------------------------------------------------- check


def test_check_tells_of_every_device(
    card_service: CardService, settings_file: Path, tmp_path: Path
) -> None:
    """One line each; the virtual reader alone needs a person, and nothing secret is read."""
    trace = Trace()
    with card_service.lay(card("two-pins"), trace):
        told = run(tmp_path, "--config", settings_file, "check")
        answered = run(tmp_path, "--config", settings_file, "check", "--json")
    assert (told.returncode, answered.returncode) == (1, 1)
    found = json.loads(answered.stdout)
    assert {part for part, each in found.items() if not each["ok"]} == {"reader"}
    assert set(found) == {"service", "reader", "card", "platform", "printer", "store"}
    assert found["card"]["message"] == "JPKIAPICCTOKEN2"
    assert READER in found["reader"]["message"]
    assert "for tests" in found["reader"]["message"]
    assert len(told.stdout.splitlines()) == len(found)
    assert not [line for line in trace.lines() if line.startswith("VERIFY")]
    assert_no_forbidden(trace, ["1234", "5678"])


def test_check_without_a_card(
    card_service: CardService, settings_file: Path, tmp_path: Path
) -> None:
    """An empty reader is well."""
    card_service.wait_for_card(present=False)
    told = run(tmp_path, "--config", settings_file, "check", "--json")
    assert json.loads(told.stdout)["card"]["ok"] is True


def test_check_is_content_when_all_is_well(
    card_service: CardService,
    settings_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Status 0, with a reader of any other name."""
    monkeypatch.setattr(check, "VIRTUAL_READER", "Another name")
    with card_service.lay(card("adult")):
        assert cli.main(["--config", str(settings_file), "--lang", "en", "check"]) == 0
    assert "!!" not in capsys.readouterr().out


def test_check_without_a_card_service(settings_file: Path, tmp_path: Path) -> None:
    """The service needs a person; the devices that do not hang on it are looked at all the same."""
    nowhere = {"PCSCLITE_CSOCK_NAME": str(tmp_path / "nobody")}
    told = run(tmp_path, "--config", settings_file, "check", "--json", env=nowhere)
    assert told.returncode == 1
    found = json.loads(told.stdout)
    assert found["service"]["ok"] is False
    assert all(found[part]["ok"] for part in ("platform", "printer", "store"))


def test_check_with_a_reader_that_is_not_there(
    card_service: CardService, settings_file: Path, tmp_path: Path
) -> None:
    """It is named, and the service counts as well."""
    text = settings_file.read_text(encoding="utf-8").replace(READER, "No such reader")
    settings_file.write_text(text, encoding="utf-8")
    told = run(tmp_path, "--config", settings_file, "check", "--json")
    assert told.returncode == 1
    found = json.loads(told.stdout)
    assert (found["service"]["ok"], found["reader"]["ok"]) == (True, False)


def test_the_environment_of_the_tests_has_no_settings(tmp_path: Path) -> None:
    """So that no test reads or changes those of whoever runs it."""
    assert not {"COUNTER_TUI_CONFIG"} & set(environment(tmp_path))
    told = run(tmp_path, "check")
    assert told.returncode == 2
    assert str(tmp_path) in told.stderr
