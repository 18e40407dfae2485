"""Take the pictures of the screens that stand in `docs/pictures`.

    python -m tools.pictures [SCENE...]

Plays each scene at a demo of its own, on a day that stands still, and draws the screens. Needs tmux
and the font of Debian's fonts-noto-cjk; `make pictures` installs both.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.support.terminal import Terminal
from tools.picture import draw, in_few_colours
from tools.scene import Scene, play
from tools.scenes import SCENES

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / "docs" / "pictures"


def main(names: Sequence[str]) -> int:
    """Take the pictures of these scenes; of all, when none is named."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for scene in SCENES:
        if not names or scene.name in names:
            _take_all(scene)
    return 0


def _take_all(scene: Scene) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="counter-tui-pictures-") as state,
        Terminal(scene.words(), env={"XDG_STATE_HOME": state}, cwd=ROOT) as terminal,
    ):
        scene.wait_until_open(terminal)

        def take(name: str) -> None:
            target = FOLDER / f"{name}.png"
            screen = terminal.styled()
            in_few_colours(draw(screen), screen).save(target, optimize=True)
            print(f"{target.relative_to(ROOT)}  {target.stat().st_size // 1000} KB")

        play(scene, terminal, take)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
