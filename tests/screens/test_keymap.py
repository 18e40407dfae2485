"""Keys: each function key has a twin and a barcode, and a settings file may have others."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.binding import Binding

from counter_tui import language
from counter_tui.errors import SettingsError
from counter_tui.key_table import FUNCTION_KEYS, KEYS, Keymap, read_keys
from counter_tui.screens.commands import BARCODES, Commands
from counter_tui.screens.counter_screen import CounterScreen
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.returning import ReturningJob
from counter_tui.screens.search import SearchJob
from counter_tui.settings import load
from tests.support.counter import at_counter
from tests.support.rig import Rig

CARD = "2000000900"
NEVER = "bzcsqhijmkovw"
"""Letters whose Ctrl does not arrive, or means something else."""

WHOLE = 'library = "図書館"\nbranch = "館"\ncounter = "1"\noperator = "佐藤"\n'


async def _library(rig: Rig) -> None:
    await rig.register("adult", library_card_number=CARD)
    rig.add_item("10294801", "本 1")


def _keymap(**keys: object) -> Keymap:
    return read_keys(keys)


def test_every_binding_has_an_id_and_only_the_arrows_cannot_be_changed() -> None:
    """The table of keys and the screen's bindings are the same."""
    bindings = [each for each in CounterScreen.BINDINGS if isinstance(each, Binding)]
    assert len(bindings) == len(CounterScreen.BINDINGS)
    bound = {each.id: tuple(each.key.split(",")) for each in bindings}
    usual = {f"counter.{name}": keys for name, keys in KEYS.items()}
    assert bound == {**usual, "counter.up": ("up",), "counter.down": ("down",)}


def test_every_function_key_has_a_twin_that_arrives_and_a_barcode() -> None:
    """F1 to F9, ^ and a letter, /1 to /9; none of the forbidden keys anywhere."""
    for number, function_key in enumerate(FUNCTION_KEYS, 1):
        (keys,) = [keys for keys in KEYS.values() if function_key in keys]
        assert any(key.startswith("ctrl+") for key in keys)
        assert f"/{number}" in BARCODES
    every = [key for keys in KEYS.values() for key in keys]
    assert len(every) == len(set(every))
    assert not {f"ctrl+{letter}" for letter in NEVER} & set(every)
    assert not {"f10", "f11", "f12"} & set(every)


async def test_every_barcode_names_a_command(tmp_path: Path) -> None:
    """None of them is a word that does nothing."""
    async with at_counter(tmp_path) as at:
        commands = Commands(at.counter)
        assert all(commands.named(name) for name in BARCODES.values())


async def test_a_key_of_the_settings_does_what_the_usual_one_did(tmp_path: Path) -> None:
    """The usual one does nothing any more; the twin that was not listed neither."""
    keys = _keymap(take_back="ctrl+y", validity=["f7"])
    async with at_counter(tmp_path, _library, keys=keys) as at:
        await at.press("f3")
        await at.press("ctrl+r")
        at.job(HomeJob)
        await at.press("ctrl+y")
        at.job(ReturningJob)


async def test_two_keys_change_places(tmp_path: Path) -> None:
    """F3 looks for a patron and F4 takes back, each with its twin."""
    keys = _keymap(search=["f3", "ctrl+f"], take_back=["f4", "ctrl+r"])
    async with at_counter(tmp_path, _library, keys=keys) as at:
        await at.press("f4")
        at.job(ReturningJob)
        await at.press("escape")
        await at.press("f3")
        at.job(SearchJob)
        await at.press("escape")
        await at.press("ctrl+r")
        at.job(ReturningJob)


async def test_barcodes_stay_what_they_are(tmp_path: Path) -> None:
    """A printed sheet goes on working, whatever the keys are."""
    keys = _keymap(search=["f3"], take_back=["f4"])
    async with at_counter(tmp_path, _library, keys=keys) as at:
        await at.scan("/3")
        at.job(ReturningJob)


async def test_keys_of_a_job_can_be_changed(tmp_path: Path) -> None:
    """Esc undoes by another key, ^A sets aside by another one, Tab is elsewhere."""
    keys = _keymap(back="ctrl+u", unlink_card="f6", supervisor="insert", next_field="end")

    async def prepare(rig: Rig) -> None:
        await _library(rig)
        rig.add_item("10299999", "禁帯出の本", not_for_loan=True)

    async with at_counter(tmp_path, prepare, keys=keys) as at:
        await at.scan(CARD, "10299999")
        assert "Ins 特例" in at.text()
        await at.press("insert")
        await at.press("1", "enter")
        assert len(at.job(LendingJob).loans) == 1
        assert "^U 取消" in at.text()
        await at.press("ctrl+u")
        await at.press("enter")
        assert at.job(LendingJob).loans == []
        await at.press("f3")
        assert "End 返却ポスト" in at.text()
        await at.press("end", "enter")
        assert at.counter.book_drop is not None
        assert "F3 End" in at.rows()[1]


async def test_footer_help_and_sentences_name_the_keys_as_they_are(tmp_path: Path) -> None:
    """Nobody is told to press a key that does something else."""
    keys = _keymap(take_back=["ctrl+y"], validity=["f7"], link_card=["f3", "ctrl+r"])
    async with at_counter(tmp_path, _library, keys=keys) as at:
        language.speak("ja")
        footer = at.rows()[23]
        assert "^Y 返却" in footer
        assert "F3^R 登録" in footer
        assert "F7 期限" in footer
        assert "返却は ^Y" in at.text()
        await at.press("f1")
        assert "^Y  /3" in at.text()
        assert "F3^R  /5" in at.text()
        assert "その中で F3" in at.text()
        await at.press("enter")
        await at.press("f3")
        at.job(EnrollmentJob)
        assert "F3" in at.rows()[21]
        assert "F5" not in at.rows()[21]


@pytest.mark.parametrize("letter", NEVER)
def test_what_does_not_arrive_is_refused(tmp_path: Path, letter: str) -> None:
    """With file, key and reason."""
    path = tmp_path / "settings.toml"
    path.write_text(f'{WHOLE}[keys]\nhelp = ["f1", "ctrl+{letter}"]\n', encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load(path)
    assert (refused.value.path, refused.value.key) == (path, "keys.help")
    assert f"^{letter.upper()}" in str(refused.value.allowed)


@pytest.mark.parametrize(
    ("line", "key", "said"),
    [
        ('help = "f10"', "keys.help", '"f1"'),
        ('help = "a"', "keys.help", '"f1"'),
        ('help = "enter"', "keys.help", '"f1"'),
        ('help = "ctrl+1"', "keys.help", '"f1"'),
        ("help = []", "keys.help", '"f1"'),
        ("help = 1", "keys.help", '"f1"'),
        ('help = ["f1", 2]', "keys.help", '"f1"'),
        ('search = "f3"', "keys.search", "keys.take_back"),
        ('help = "ctrl+x"', "keys.help", "keys.quit"),
        ('help = ["f1", "f1"]', "keys.help", "keys.help"),
        ('search = "insert"\nlend = "insert"', "keys.search", "keys.lend"),
        ('dance = "f1"', "keys.dance", "take_back"),
    ],
)
def test_clashes_and_other_mistakes_are_named(
    tmp_path: Path, line: str, key: str, said: str
) -> None:
    """Two ids with one key: both are named, and nothing is taken."""
    path = tmp_path / "settings.toml"
    path.write_text(f"{WHOLE}[keys]\n{line}\n", encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load(path)
    assert refused.value.key == key
    assert said in str(refused.value.allowed)


def test_a_file_without_keys_has_the_usual_ones(tmp_path: Path) -> None:
    """And one with some keeps the others."""
    path = tmp_path / "settings.toml"
    path.write_text(WHOLE, encoding="utf-8")
    assert load(path).keys == ()
    path.write_text(f'{WHOLE}[keys]\nhelp = ["f1", "insert"]\n', encoding="utf-8")
    assert load(path).keys == (("help", ("f1", "insert")),)
