"""The scenes of the documents' pictures still run, each picture's screen is reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.terminal import Terminal
from tools.demo_on_a_day import DAY
from tools.scene import Scene, play
from tools.scenes import SCENES

pytestmark = [pytest.mark.terminal, pytest.mark.soak]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_a_scene_runs_to_its_end(scene: Scene, tmp_path: Path) -> None:
    """On the day that stands still, whatever the machine's clock says."""
    taken: list[str] = []
    with Terminal(scene.words(), env={"XDG_STATE_HOME": str(tmp_path)}) as terminal:
        scene.wait_until_open(terminal)
        if not scene.command:
            shown = terminal.wait_for(f"{DAY.month}月{DAY.day}日")
            assert f"{DAY:%H:%M}" in shown[0]
        play(scene, terminal, taken.append)
    assert taken == list(scene.pictures())
