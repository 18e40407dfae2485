"""The demo on a day and at a time that do not move, so that its pictures stay the same.

    python -m tools.demo_on_a_day [self-checkout]

As `counter-tui --demo`, or `counter-tui self-checkout --demo`, in the demo's own folder
(`XDG_STATE_HOME` moves it). Only pictures have a use for it: at a counter, and in the hands of a
trainer, the clock goes.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from counter_tui import settings, wiring
from counter_tui.app import CounterApp
from counter_tui.clock import TOKYO, ShiftedClock
from counter_tui.commands.process_guard import guard_process
from counter_tui.commands.staff import keep_log
from counter_tui.language import speak
from counter_tui.self_checkout_app import SelfCheckoutApp

if TYPE_CHECKING:
    from counter_tui.app import Report
    from counter_tui.desk.desk import Desk

DAY: Final = datetime(2026, 11, 24, 14, 32, tzinfo=TOKYO)
"""A Tuesday on which the demo's library is open."""


class StandingClock(ShiftedClock):
    """A clock that stands at `DAY`; the trainer's hand on the calendar moves it on by days."""

    def now(self) -> datetime:
        """`DAY` plus `days_ahead`."""
        return DAY + timedelta(days=self.days_ahead)


def main() -> int:
    """Run the demo until it is left."""
    os.umask(0o077)
    guard_process()
    ours = settings.for_demo(settings.demo_folder())
    speak(ours.language)
    keep_log(ours.state_folder, ours.log_level)

    async def open_desk(report: Report) -> Desk:
        return await wiring.open_demo(ours, report, StandingClock())

    kind = SelfCheckoutApp if sys.argv[1:] == ["self-checkout"] else CounterApp
    app = kind(ours, open_desk)
    app.run(mouse=False)
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
