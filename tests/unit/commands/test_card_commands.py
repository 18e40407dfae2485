"""`card` and `simulate-card` where no device is needed."""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from counter_tui.commands import card, simulate_card
from counter_tui.hardware.simulated.personas import PERSONAS, TRIES_FILE
from counter_tui.settings import demo_folder


@pytest.fixture(autouse=True)
def _own_demo_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo of whoever runs the tests is left alone."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def simulate(*words: str) -> int:
    """Run simulate-card with these words."""
    parser = argparse.ArgumentParser()
    simulate_card.add_arguments(parser)
    return simulate_card.run(parser.parse_args(words), None)


def test_list_names_every_persona(capsys: pytest.CaptureFixture[str]) -> None:
    """One line each, with its made-up name."""
    assert simulate("--list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(PERSONAS)
    assert all("見本" in line for line in lines)


@pytest.mark.parametrize("words", [(), ("nobody",)])
def test_an_unknown_persona_is_wrong_use(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2, and the ones there are."""
    assert simulate(*words) == 2
    assert "adult" in capsys.readouterr().err


@pytest.mark.parametrize(
    "address", ["localhost", ":1", "host:0", "host:99999", "host:１", "host:x"]
)
def test_an_address_of_another_form_is_wrong_use(address: str) -> None:
    """argparse says so and ends with status 2."""
    with pytest.raises(SystemExit) as ended:
        simulate("adult", "--reader", address)
    assert ended.value.code == 2


def test_without_a_virtual_reader_a_person_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    """Status 1 and the address that was tried."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert simulate("adult", "--reader", f"127.0.0.1:{port}") == 1
    assert f"127.0.0.1:{port}" in capsys.readouterr().err


def test_a_broken_state_file_is_wrong_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named, and not overwritten."""
    state = tmp_path / "tries.json"
    state.write_text("no counters")
    assert simulate("adult", "--state", str(state)) == 2
    assert str(state) in capsys.readouterr().err
    assert state.read_text() == "no counters"


@pytest.mark.parametrize("module", [card.__name__, simulate_card.__name__])
def test_declaring_arguments_loads_nothing_heavy(module: str) -> None:
    """`counter-tui --help` imports every command module."""
    program = (
        f"import sys, argparse, {module} as command\n"
        "command.add_arguments(argparse.ArgumentParser())\n"
        "print(*({'cryptography', 'smartcard', 'textual', 'peewee', 'rich', 'asn1crypto'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == ""


def test_tries_are_given_back_to_one_card_or_to_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--reset [PERSONA]`, in the file where they are kept."""
    state = tmp_path / "tries.json"
    state.write_text('{"adult": {"jpki/0018": 0}, "two-pins": {"jpki/0018": 0}}')
    assert simulate("adult", "--reset", "--state", str(state)) == 0
    assert json.loads(state.read_text()) == {"two-pins": {"jpki/0018": 0}}
    assert simulate("--reset", "--state", str(state)) == 0
    assert not state.exists()
    assert simulate("nobody", "--reset", "--state", str(state)) == 2


def test_tries_that_cannot_be_written_need_a_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file is named."""
    assert simulate("--reset", "--state", str(tmp_path)) == 1
    assert str(tmp_path) in capsys.readouterr().err


def test_tries_are_kept_in_the_demos_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A card that was locked in the demo is locked on the virtual reader, too."""
    tries = demo_folder() / TRIES_FILE
    assert tmp_path in tries.parents
    tries.parent.mkdir(parents=True)
    tries.write_text('{"adult": {"jpki/0018": 0}}')
    assert simulate("adult", "--reset") == 0
    assert not tries.exists()
