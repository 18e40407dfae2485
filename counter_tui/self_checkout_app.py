"""The self-checkout (自動貸出機) as a terminal of its own."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from typing import Final

from textual.screen import Screen

from counter_tui.desk.devices import DeskEvent
from counter_tui.desk_app import DeskApp, OpenDesk
from counter_tui.errors import CounterError
from counter_tui.screens.self_checkout import Installation, SelfCheckoutScreen
from counter_tui.settings import Settings

ENDING_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""A service that is stopped, `kill -INT`, and a terminal that was closed."""


class SelfCheckoutApp(DeskApp, inherit_bindings=False):
    """One screen for patrons. Only the staff code or a signal ends it."""

    def __init__(
        self,
        settings: Settings,
        open_desk: OpenDesk,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Light, unless the settings or the terminal ask for another look."""
        super().__init__(settings, open_desk, monotonic, usual_look="paper")
        self._self_checkout: SelfCheckoutScreen | None = None

    def get_default_screen(self) -> Screen[None]:
        """The self-checkout."""
        settings = self._settings
        place = f"{settings.library} {settings.branch}"
        installation = Installation(place, settings.staff_code, settings.is_test_installation)
        self._self_checkout = SelfCheckoutScreen(self, installation, self._monotonic)
        return self._self_checkout

    @property
    def self_checkout(self) -> SelfCheckoutScreen:
        """The one screen."""
        if self._self_checkout is None:
            raise RuntimeError("the self-checkout has not been made")
        return self._self_checkout

    def on_ready(self) -> None:
        """After the first paint: open the desk, and hear signals."""
        loop = asyncio.get_running_loop()
        for number in ENDING_SIGNALS:
            # The open turn is kept and the terminal given back as it was.
            loop.add_signal_handler(number, self.exit)
        self.open_behind()

    def desk_opened(self) -> None:
        """The screen uses it from now on."""
        self.self_checkout.desk_opened()

    def desk_failed(self, error: CounterError) -> None:
        """The screen says so."""
        self.self_checkout.desk_failed(error)

    def heard(self, event: DeskEvent) -> None:
        """A device has something to say to the screen."""
        self.self_checkout.report(event)

    async def end_turn(self) -> None:
        """Queue the slip of whoever is borrowing.

        Raises:
            CounterError
        """
        if self._self_checkout is not None:
            await self._self_checkout.end_turn()
