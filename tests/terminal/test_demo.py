"""The demo as people start it: a program in a terminal, with keys and nothing else."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from counter_tui.clock import SystemClock, today
from tests.support.terminal import Terminal

pytestmark = pytest.mark.terminal

DEMO_FOLDER = Path("state/counter_tui/demo")
"""In the account's home, as these tests set it up."""

PANEL = "カード盤   模擬カードを置く"
HOME_STATE = "待　受　中"
USABLE = "貸　出　可"
BANNER = "体験モード"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home of an account that never ran the program, but works at a real counter too."""
    home = tmp_path / "home"
    for name in ("work", "temporary", "library"):
        (home / name).mkdir(parents=True)
    (home / "library/library.sqlite3").write_bytes(b"the town's own store")
    (home / "library/settings.toml").write_text(
        'library = "本物"\nbranch = "本物"\ncounter = "1"\noperator = "佐藤"\n', encoding="utf-8"
    )
    return home


@pytest.fixture
def demo(home: Path) -> Iterator[Terminal]:
    """The demo at its home screen, all lamps well."""
    with started(home) as terminal:
        yield terminal


def started(home: Path, *words: str | Path) -> Terminal:
    """The demo, waited for."""
    terminal = Terminal(
        [sys.executable, "-m", "counter_tui", "--demo", *words],
        env={
            "HOME": str(home),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "TMPDIR": str(home / "temporary"),
            "COUNTER_TUI_CONFIG": str(home / "library/settings.toml"),
            "PYTHONPATH": str(Path.cwd()),
        },
        cwd=home / "work",
    )
    try:
        terminal.wait_for(HOME_STATE, BANNER, "読取〇", "印刷〇", "照会〇", "台帳〇")
    except BaseException:
        terminal.close()
        raise
    return terminal


def press_on_panel(demo: Terminal, key: str, *awaited: str) -> None:
    """Press a key of the card panel, which is open, and wait for what it brings."""
    demo.type(key)
    demo.wait_for(*awaited)


def shown_day(demo: Terminal) -> tuple[int, int]:
    """Month and day at the right end of the top line."""
    found = re.search(r"(\d+)月(\d+)日", demo.screen()[0])
    assert found is not None
    return int(found[1]), int(found[2])


def first_card(demo: Terminal) -> str:
    """What stands beside key 1 of the panel: whose card it is."""
    found = re.search(r" 1  (\S+ \S+)", demo.text())
    assert found is not None
    return found[1]


def files_below(folder: Path) -> dict[Path, bytes]:
    """All files and what they hold, by their path in `folder`."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder): path.read_bytes() for path in files}


def test_a_card_is_laid_by_a_key_and_its_patron_opens(demo: Terminal) -> None:
    """From the panel, whose first card is linked from the start; its book comes on a slip."""
    demo.send("C-t")
    demo.wait_for(PANEL, "見本 花子", BANNER)
    press_on_panel(demo, "1", USABLE, "見本 花子", "あと 300日")
    press_on_panel(demo, "0", USABLE)
    demo.send("C-t")
    demo.wait_gone(PANEL)
    demo.scan("1000000001")
    demo.wait_for("銀河鉄道の夜", BANNER)
    demo.send("Enter")
    demo.wait_for("戸田市立図書館", "銀河鉄道の夜", BANNER)
    demo.send("Enter")
    demo.wait_for(HOME_STATE, BANNER)


def test_a_patron_is_found_while_an_input_method_writes(demo: Terminal) -> None:
    """Composed characters arrive whole; the list follows them, and Esc leads back step by step."""
    demo.send("C-f")
    demo.type("とだ")
    demo.wait_for("> 戸田 花子", "1985年 4月12日")
    demo.type("　英")
    demo.wait_gone("> 戸田 花子")
    demo.send("BSpace")
    demo.wait_for("> 戸田 花子")
    demo.send("Enter")
    demo.wait_for("返却の遅れ", "解くのは 本人")
    demo.send("Escape")
    demo.wait_for("> 戸田 花子", "とだ")
    demo.send("Escape")
    demo.wait_for(HOME_STATE)


def test_pages_show_every_card(demo: Terminal) -> None:
    """PgDn goes round; the keys lay the cards of the page that is shown."""
    demo.send("C-t")
    demo.wait_for(PANEL, "見本 花子")
    seen = [first_card(demo)]
    while len(seen) == 1 or seen[-1] != seen[0]:
        demo.send("PageDown")
        demo.wait_gone(seen[-1])
        seen.append(first_card(demo))
        assert len(seen) < 10
    assert len(seen) > 2
    demo.send("PageDown")
    demo.wait_gone(seen[0])
    # That card has expired, and nobody linked it: the counter says so in place of the panel.
    demo.type("1")
    demo.wait_for("電子証明書の期限が切れています", "確認")


def test_keys_of_the_panel_do_what_they_say(demo: Terminal) -> None:
    """Paper, line, tries, the card and the calendar; each says what it will do next."""
    demo.send("C-t")
    demo.wait_for(PANEL)
    press_on_panel(demo, "p", "紙を入れる")
    press_on_panel(demo, "p", "紙を切らす")
    press_on_panel(demo, "1", USABLE, " 置")
    press_on_panel(demo, "r", USABLE)
    press_on_panel(demo, "!", USABLE)
    demo.wait_gone(" 置")

    before, today_before = shown_day(demo), today(SystemClock())
    demo.type("d")
    demo.wait_gone(f"{before[0]}月{before[1]}日(")
    days = {day + timedelta(days=1) for day in (today_before, today(SystemClock()))}
    assert shown_day(demo) in {(day.month, day.day) for day in days}
    demo.wait_gone("あと 300日")


def test_a_line_that_is_cut_is_told_at_the_touch(demo: Terminal) -> None:
    """Nobody opens; mended, the same card opens its patron."""
    demo.send("C-t")
    demo.wait_for(PANEL)
    press_on_panel(demo, "n", "回線をつなぐ")
    press_on_panel(demo, "1", "確かめられません", "照会 不通", BANNER)
    demo.send("Enter")
    demo.wait_for(HOME_STATE, PANEL)
    press_on_panel(demo, "n", "回線を切る")
    demo.type("0")
    press_on_panel(demo, "1", USABLE, "見本 花子", "照会〇")


def test_paper_that_is_out_is_told_and_the_slip_comes_later(demo: Terminal) -> None:
    """The loan is made all the same."""
    demo.send("C-t")
    demo.wait_for(PANEL)
    press_on_panel(demo, "p", "紙を入れる")
    demo.send("C-t")
    demo.wait_gone(PANEL)
    demo.scan("2000000001")
    demo.wait_for(USABLE)
    demo.scan("1000000001")
    demo.wait_for("銀河鉄道の夜")
    demo.send("Enter")
    demo.wait_for("紙切れ", BANNER)


def test_the_end_is_a_good_one_and_nothing_lies_outside_the_demos_folder(home: Path) -> None:
    """Status 0; settings and store of a real counter are neither written nor opened."""
    before = files_below(home)
    with started(home, "--config", home / "library/settings.toml") as demo:
        demo.scan("2000000001")
        demo.wait_for(USABLE)
        demo.scan("1000000001")
        demo.wait_for("銀河鉄道の夜")
        opened = {
            str(file.readlink())
            for file in Path(f"/proc/{demo.process_id()}/fd").iterdir()
            if file.is_symlink()
        }
        assert str(home / DEMO_FOLDER / "demo.sqlite3") in opened
        assert not any(str(home / "library") in path for path in opened)
        demo.send("Enter")
        demo.wait_for("戸田市立図書館")
        demo.send("Enter")
        demo.wait_for(HOME_STATE)
        demo.send("C-x")
        demo.wait_for("きょうの件数")
        demo.send("C-x")
        assert demo.wait_for_end() == 0
    after = files_below(home)
    assert {path: after[path] for path in before} == before
    assert all(DEMO_FOLDER in path.parents for path in set(after) - set(before))


def test_a_second_start_keeps_what_was_done(home: Path) -> None:
    """The library is made once; a loan of yesterday's training is still there."""
    for expected in ("手もと 0 /", "手もと 1 /"):
        with started(home) as demo:
            demo.scan("2000000001")
            demo.wait_for(USABLE, expected)
            demo.scan("1000000002")
            demo.wait_for("手もと 1 /")


def test_english(home: Path) -> None:
    """By `--lang en`, the banner too."""
    with Terminal(
        [sys.executable, "-m", "counter_tui", "--demo", "--lang", "en"],
        env={"HOME": str(home), "XDG_STATE_HOME": str(home / "state")},
    ) as demo:
        demo.wait_for("Practice mode", "Card panel", "Ready", "Reader〇")
