"""Take the pictures of the screens that stand in `docs/pictures`.

    python -m tools.pictures

Starts the demo in a folder of its own, works through a short scene and draws each screen. Needs
tmux and the font of Debian's fonts-noto-cjk; `make pictures` installs both.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.support.terminal import Terminal
from tools.picture import draw

FOLDER: Final = Path(__file__).resolve().parent.parent / "docs" / "pictures"

PROGRAM: Final = Path(sys.executable).with_name("counter-tui")

PATRON: Final = "2000000001"
NAME: Final = "戸田 花子"
"""Of a patron with an item that is late."""

BOOKS: Final = ("1000000001", "1000000002", "1000000044")
"""Of the demo's library: a patron, and three books on the shelf."""


def main() -> int:
    """Take all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="counter-tui-pictures-") as state,
        Terminal([PROGRAM, "--demo"], env={"XDG_STATE_HOME": state}) as terminal,
    ):
        terminal.wait_for("待受", "台帳〇")
        _take(terminal, "home")
        terminal.send("C-t")
        terminal.wait_for("見本")
        _take(terminal, "card-panel")
        terminal.send("Escape")
        terminal.wait_gone("見本")
        terminal.scan(PATRON)
        terminal.wait_for("手もと")
        for number, book in enumerate(BOOKS, start=1):
            terminal.scan(book)
            terminal.wait_for(f"手もと {number}")
        _take(terminal, "lending")
        terminal.send("C-f")
        terminal.type("みほん")
        terminal.wait_for("みほん", "読みの近い順")
        _take(terminal, "search")
        terminal.send("C-f")
        terminal.type(NAME)
        terminal.wait_for(f"> {NAME}")
        terminal.send("Enter")
        terminal.wait_for("返却の遅れ")
        _take(terminal, "patron")
    return 0


def _take(terminal: Terminal, name: str) -> None:
    target = FOLDER / f"{name}.png"
    # Few colours: a palette makes the file a third as large, and looks the same.
    draw(terminal.styled()).quantize(64).save(target, optimize=True)
    print(f"{target.relative_to(FOLDER.parent.parent)}")


if __name__ == "__main__":
    sys.exit(main())
