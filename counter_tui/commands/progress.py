"""How far a long command has come: bars on a terminal, else lines; both on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from counter_tui.language import _

if TYPE_CHECKING:
    from rich.progress import Task

Show = Callable[[str, int, int], None]
"""Takes what is being done, in words; how many are done; of how many."""

_BAR_CELLS: Final = 24


@contextmanager
def progress() -> Iterator[Show]:
    """A bar for each thing that is done, with rate and time left; without a terminal a line for
    each tenth of it."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import ProgressColumn, TaskID, TextColumn
    from rich.text import Text

    class Bar(ProgressColumn):
        """Rich's own bar is drawn with characters whose width terminals do not agree on."""

        def render(self, task: Task) -> Text:
            done = int(_BAR_CELLS * task.percentage / 100)
            return Text("[" + "#" * done + "." * (_BAR_CELLS - done) + "]")

    class Pace(ProgressColumn):
        """So many a second, and the seconds that are left."""

        def render(self, task: Task) -> Text:
            return Text(_pace(task))

    count = TextColumn("{task.percentage:3.0f}%  {task.completed:,.0f} / {task.total:,.0f}")
    columns = (TextColumn("{task.description}"), Bar(), count, Pace())
    with Bars(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield show


def _pace(task: Task) -> str:
    if task.finished or not task.speed:
        return ""
    pace = _("{rate} a second").format(rate=f"{task.speed:,.0f}")
    if task.time_remaining is None:
        return pace
    return pace + "  " + _("{n} s left").format(n=f"{task.time_remaining:,.0f}")


def _lines() -> Show:
    told: dict[str, int] = {}

    def show(what: str, done: int, total: int) -> None:
        tenth = 10 * done // total if total else 10
        if tenth > told.get(what, 0):
            told[what] = tenth
            print(f"{what} {10 * tenth}% ({done:,} / {total:,})", file=sys.stderr)

    return show
