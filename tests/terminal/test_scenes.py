"""The scenes of the documents' pictures still run, each picture's screen is reached."""

from __future__ import annotations

import sys
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
    with Terminal(
        [sys.executable, "-m", "tools.demo_on_a_day"], env={"XDG_STATE_HOME": str(tmp_path)}
    ) as terminal:
        terminal.wait_for("待　受　中", "読取〇", "印刷〇", "照会〇", "台帳〇")
        shown = terminal.wait_for(f"{DAY.month}月{DAY.day}日")
        assert f"{DAY:%H:%M}" in shown[0]
        play(scene, terminal, taken.append)
    assert taken == list(scene.pictures())
