"""Tells, once for each trouble of the printer, that a slip has to wait for it.

Also of templates of slips that cannot be used, when nobody is interrupted by it.
"""

from __future__ import annotations

from typing import Final

from counter_tui.desk.devices import SlipsChanged, Trouble
from counter_tui.errors import CounterError, PrinterNotReady, PrinterUnreachable

_ERRORS: Final[dict[Trouble, CounterError]] = {
    Trouble.PAPER_OUT: PrinterNotReady("paper_out"),
    Trouble.COVER_OPEN: PrinterNotReady("cover_open"),
    Trouble.OFFLINE: PrinterNotReady("offline"),
    Trouble.ERROR: PrinterNotReady("error"),
    Trouble.UNREACHABLE: PrinterUnreachable(),
    Trouble.NO_ANSWER: PrinterUnreachable(),
}
"""What a printer's lamp says, as the error that has a sentence."""


class PrinterTrouble:
    """Knows the printer's lamp and the slips that are not printed."""

    def __init__(self) -> None:
        self._trouble: Trouble | None = None
        self._known: int | None = None
        self._unprinted = 0
        self._was_told = False
        self._templates: list[CounterError] = []

    def template_failed(self, error: CounterError) -> None:
        """A template of slips cannot be used; that is told once, too."""
        self._templates.append(error)

    def lamp_changed(self, trouble: Trouble | None) -> None:
        """The printer fell into trouble, or is well again (None)."""
        self._trouble = trouble
        self._was_told = False

    def slips_changed(self, slips: SlipsChanged) -> None:
        """A slip was queued, printed or given up."""
        self._unprinted = slips.unprinted
        # What was left from before the start is no news: home counts it.
        known = self._unprinted if self._known is None else self._known
        self._known = min(known, self._unprinted)

    def news(self) -> CounterError | None:
        """Why a slip waits, when staff have not been told yet. Only once."""
        if self._templates:
            return self._templates.pop(0)
        error = None if self._trouble is None else _ERRORS.get(self._trouble)
        if error is None or self._was_told or self._unprinted <= (self._known or 0):
            return None
        self._was_told = True
        return error
