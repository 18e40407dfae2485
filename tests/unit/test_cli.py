"""The command line: exit status, languages, and a sentence for every wrong use."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from counter_tui.cli import _parser, main
from tests.support.tcp_printer import Behaviour, TcpPrinter, closed_port


def settings(folder: Path, printer: str = "none:", more: str = "") -> str:
    """A settings file without a reader, so that no card service is asked."""
    path = folder / "settings.toml"
    path.write_text(
        f"""
        library = "戸田市立図書館"
        branch = "中央図書館"
        counter = "1階"
        operator = "佐藤"
        reader = "none:"
        printer = "{printer}"
        {more}
        """,
        encoding="utf-8",
    )
    return str(path)


def test_check_says_what_to_do_for_each_part(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line each; 1 when something needs a person."""
    assert main(["--lang", "en", "--config", settings(tmp_path), "check"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line[:2] for line in lines] == ["!!", "!!", "!!", "OK"]
    assert all("see" in line for line in lines[:3])


def test_check_as_json_names_each_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For a program that watches many terminals."""
    with TcpPrinter() as printer:
        assert main(["check", "--json", "--config", settings(tmp_path, printer.address)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["reader", "platform", "printer", "store"]
    assert found["printer"]["ok"]
    assert not found["reader"]["ok"]


def test_check_tells_a_printer_without_paper_from_one_that_is_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each with its own sentence."""
    with TcpPrinter(Behaviour(paper_out=True)) as printer:
        main(["check", "--json", "--config", settings(tmp_path, printer.address)])
    no_paper = json.loads(capsys.readouterr().out)["printer"]
    main(["check", "--json", "--config", settings(tmp_path, f"tcp://127.0.0.1:{closed_port()}")])
    away = json.loads(capsys.readouterr().out)["printer"]
    assert not no_paper["ok"]
    assert not away["ok"]
    assert no_paper["message"] != away["message"]


def test_check_tries_the_templates_of_slips(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sound ones by their folder, a broken one with its file and line; without any, nothing."""
    path = settings(tmp_path)
    main(["--lang", "en", "--config", path, "check"])
    assert "Templates" not in capsys.readouterr().out
    file = Path(path)
    file.write_text(file.read_text(encoding="utf-8") + 'slip_templates = "slips"\n', "utf-8")
    main(["--lang", "en", "--config", path, "check"])
    assert f"OK  Templates  {tmp_path / 'slips'}" in capsys.readouterr().out
    (tmp_path / "slips").mkdir()
    (tmp_path / "slips" / "foot.xml").write_text("<blank/>\n{{ nobody }}", encoding="utf-8")
    main(["--lang", "en", "--config", path, "check"])
    said = f"!!  Templates  {tmp_path / 'slips' / 'foot.xml'}, 2: 'nobody' is undefined"
    assert capsys.readouterr().out.count(said) == 1


def test_options_may_stand_before_or_behind_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As people type them."""
    path = settings(tmp_path)
    main(["--lang", "en", "--config", path, "check"])
    before = capsys.readouterr().out
    main(["check", "--config", path, "--lang", "en"])
    assert capsys.readouterr().out == before


def test_settings_decide_the_language_unless_it_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Japanese by default."""
    path = settings(tmp_path)
    main(["check", "--config", path])
    assert "台帳" in capsys.readouterr().out
    path = settings(tmp_path, more='language = "en"')
    main(["check", "--config", path])
    assert "Store" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("printer_columns = 40", ["printer_columns", "40", "42"]),
        ("printer_colums = 42", ["printer_colums"]),
    ],
)
def test_wrong_settings_end_with_2_and_name_file_key_value_and_choice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: str, words: list[str]
) -> None:
    """On the error output, so that pipes stay clean."""
    path = settings(tmp_path, more=more)
    assert main(["check", "--config", path]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert all(word in said.err for word in [path, *words])


def test_no_settings_end_with_2_and_point_to_the_demo(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A first start is not a riddle."""
    assert main(["--config", str(tmp_path / "none.toml")]) == 2
    assert "--demo" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["bogus"], ["--demo", "check"], ["--lang", "fr"]])
def test_wrong_use_ends_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """As argparse does, and for what it cannot know."""
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert "counter-tui" in capsys.readouterr().err


def test_the_staff_terminal_needs_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Into a pipe it says so and paints nothing."""
    assert main(["--config", settings(tmp_path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "端末" in said.err


def test_no_words_at_all_are_the_staff_terminal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The plainest use: without settings it says so."""
    monkeypatch.setenv("COUNTER_TUI_CONFIG", str(tmp_path / "none.toml"))
    assert main([]) == 2
    assert "none.toml" in capsys.readouterr().err


def test_the_self_checkout_wants_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without one it says so; it takes `--demo`, which other commands do not."""
    assert main(["--config", settings(tmp_path), "self-checkout"]) == 2
    assert "端末の窓" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["card", "--demo"])
    with pytest.raises(SystemExit):
        main(["--demo", "card"])


def _every_help(
    parser: argparse.ArgumentParser, words: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """Each way to ask for help: of the program, its commands and what these have below them."""
    yield (*words, "--help")
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from _every_help(below, (*words, name))


@pytest.mark.parametrize("spoken", ["ja", "en"])
def test_every_help_can_be_read_in_both_languages(
    spoken: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A percent sign of a translation is none of argparse's placeholders."""
    asked = list(_every_help(_parser()))
    assert ("renew-validity", "--help") in asked
    assert ("audit", "verify", "--help") in asked
    for words in asked:
        with pytest.raises(SystemExit) as ended:
            main(["--lang", spoken, *words])
        assert ended.value.code == 0
        assert "--help" in capsys.readouterr().out
