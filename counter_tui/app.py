"""The staff terminal."""

from __future__ import annotations

from textual.screen import Screen

from counter_tui.clock import SystemClock
from counter_tui.desk.devices import DeskEvent
from counter_tui.desk_app import DeskApp
from counter_tui.desk_app import Report as Report
from counter_tui.errors import CounterError
from counter_tui.key_table import exchanged_labels
from counter_tui.language import _, call_keys, with_keys
from counter_tui.screens.counter_screen import CounterScreen
from counter_tui.screens.look import Role


class CounterApp(DeskApp, inherit_bindings=False):
    """One counter screen, and what installation this is."""

    _counter: CounterScreen | None = None

    def get_default_screen(self) -> Screen[None]:
        """The counter."""
        settings = self._settings
        self._counter = CounterScreen(
            self,
            settings.branch,
            settings.counter,
            settings.operator,
            SystemClock(),
            self._monotonic,
        )
        return self._counter

    def on_load(self) -> None:
        """Before the first key is read: which keys do what, and how they are called."""
        keys = self._settings.keys
        call_keys(exchanged_labels(keys))
        self.set_keymap({f"counter.{name}": ",".join(chosen) for name, chosen in keys})

    @property
    def counter(self) -> CounterScreen:
        """The one screen."""
        screen = self.screen
        if not isinstance(screen, CounterScreen):
            raise TypeError("the counter screen is not shown")
        return screen

    def on_ready(self) -> None:
        """After the first paint: say what kind of installation this is, and open the desk."""
        if self.is_demo:
            self.counter.notice.say(
                _("Practice mode"),
                _("All is simulated. No real cards, no real store"),
                with_keys("^T ") + _("Card panel"),
                Role.DEMO_FILL,
            )
        elif self._settings.is_test_installation:
            self.counter.notice.say(
                _("Test settings"), _("Simulated cards are taken here"), "", Role.WARN_FILL
            )
        self.open_behind()

    def desk_opened(self) -> None:
        """The counter uses it from now on."""
        self.counter.desk_opened()

    def desk_failed(self, error: CounterError) -> None:
        """The counter says so."""
        self.counter.desk_failed(error)

    def heard(self, event: DeskEvent) -> None:
        """A device has something to say to the counter."""
        self.counter.report(event)

    async def end_turn(self) -> None:
        """Queue the slip of whoever is open at the counter.

        Raises:
            CounterError
        """
        if self._counter is not None:
            await self._counter.end_turn()
