"""`counter-tui` and `counter-tui --demo`: the staff terminal."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Final

from counter_tui.commands.process_guard import guard_process
from counter_tui.language import _
from counter_tui.settings import Settings

if TYPE_CHECKING:
    from counter_tui.desk.desk import Desk
    from counter_tui.desk.devices import DeskEvent

LOG_FILE: Final = "counter_tui.log"
LOG_BYTES: Final = 1_000_000
LOG_FILES_KEPT: Final = 5


def run(arguments: argparse.Namespace, settings: Settings | None) -> int:
    """Show the staff terminal until it is left."""
    assert settings is not None  # noqa: S101  the command line has seen to it
    if not prepared(settings):
        return 2
    from counter_tui.app import CounterApp

    app = CounterApp(settings, opener(settings, demo=arguments.demo))
    # Mouse tracking would take the terminal's own selecting away; nothing here needs a mouse.
    app.run(mouse=False)
    return app.return_code or 0


def prepared(settings: Settings) -> bool:
    """Make this process fit to be a terminal; gives whether it is, and says why not."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(_("This needs a terminal window."), file=sys.stderr)
        return False
    os.umask(0o077)  # whatever this process writes is for its own account alone
    guard_process()
    try:
        keep_log(settings.state_folder, settings.log_level)
    except OSError as error:
        print(
            _("The folder %s cannot be written: %s") % (settings.state_folder, error.strerror),
            file=sys.stderr,
        )
        return False
    return True


def opener(
    settings: Settings, *, demo: bool
) -> Callable[[Callable[[DeskEvent], None]], Awaitable[Desk]]:
    """How the app gets its desk after the first paint; all that is heavy is imported then."""

    async def open_desk(report: Callable[[DeskEvent], None]) -> Desk:
        # 0.2 s of imports, beside the event loop so that keys are taken meanwhile.
        await asyncio.to_thread(_import_wiring)
        from counter_tui import wiring

        return await (wiring.open_demo if demo else wiring.open_desk)(settings, report)

    return open_desk


def _import_wiring() -> None:
    from counter_tui import wiring  # noqa: F401


def keep_log(folder: Path, level: str) -> None:
    """Write the log to a file that only this account can read; nothing goes to the screen.

    Args:
        level: of what this program says. Libraries are heard from warnings on: peewee tells at
            "debug" every value that is written into the store.

    Raises:
        OSError: folder or file cannot be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / LOG_FILE
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    handler = RotatingFileHandler(
        path, maxBytes=LOG_BYTES, backupCount=LOG_FILES_KEPT, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("counter_tui").setLevel(level.upper())
