"""The two rows on top: where we are and how the devices do; and what kind of day it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from counter_tui.clock import TOKYO
from counter_tui.desk.devices import Device, Trouble
from counter_tui.language import day, full_day
from counter_tui.screens.line import Line, Span
from counter_tui.screens.look import Role
from counter_tui.screens.zone import Zone
from counter_tui.text import cells
from counter_tui.wording import lamp_name, trouble_word

QUIET_TROUBLES = frozenset({Trouble.STARTING, Trouble.NONE_SET_UP})
"""Not well, but as it should be: shown unfilled."""

STOPPING_TROUBLES = frozenset({Trouble.TOO_NEW, Trouble.REFUSED})
"""Troubles that only an administrator ends."""


class StatusLine(Zone):
    """Branch, counter, operator; four lamps; date and time.

    Repainted by the minute and when a lamp changes, by nothing else.
    """

    def __init__(self, branch: str, counter: str, operator: str, now: datetime) -> None:
        super().__init__(id="status")
        self._branch = branch
        self._counter = counter
        self._operator = operator
        self._now = now
        self._lamps: dict[Device, Trouble | None] = dict.fromkeys(Device, Trouble.STARTING)

    def lamp(self, device: Device) -> Trouble | None:
        """What is wrong with the device, or None."""
        return self._lamps[device]

    def set_lamp(self, device: Device, trouble: Trouble | None) -> None:
        """A device became well, or fell into trouble."""
        self._lamps[device] = trouble
        self.redraw()

    def set_time(self, now: datetime) -> None:
        """Show this instant, in Asia/Tokyo."""
        self._now = now
        self.redraw()

    def build(self, width: int, height: int) -> Sequence[Line]:
        """One row."""
        wide = width >= 110
        local = self._now.astimezone(TOKYO)
        gap = Span("  " if wide else " ")
        right: list[Span] = []
        for device, trouble in self._lamps.items():
            right += [*self._lamp_spans(device, trouble), gap]
        date = full_day(local.date()) if wide else day(local.date())
        right += [Span(f"{date} ", Role.SOFT), Span(f"{local:%H:%M}", bold=True)]
        margin = 4 if wide else 2
        room = width - 2 * margin - sum(cells(span.text) for span in right)
        left = [
            Span(self._branch, bold=True),
            Span(f" {self._counter}{'   ' if wide else ' '}{self._operator}", Role.SOFT),
        ]
        if sum(cells(span.text) for span in left) >= room:
            # With lamps in trouble there is less room: the branch stays, cut if it must be.
            left = left[:1]
        return [Line(left, [gap, *right], indent=margin, outdent=margin)]

    @staticmethod
    def _lamp_spans(device: Device, trouble: Trouble | None) -> list[Span]:
        name = lamp_name(device)
        if trouble is None:
            return [Span(name, Role.SOFT), Span("〇", Role.OK)]
        if trouble in QUIET_TROUBLES:
            return [Span(f"{name}・", Role.SOFT)]
        role = Role.STOP_FILL if trouble in STOPPING_TROUBLES else Role.WARN_FILL
        return [Span(f" {name} {trouble_word(trouble)} ", role, bold=True)]


class NoticeRow(Zone):
    """One row that is always there, so that nothing jumps when it says something."""

    def __init__(self) -> None:
        super().__init__(id="notice")
        self._line = Line()

    def say(self, head: str, sentence: str, key: str, role: Role) -> None:
        """Show a notice over the whole row, with the key that belongs to it at the right."""
        self._line = Line(
            [Span(head, role, bold=True), Span(f"  {sentence}", role)],
            [Span(key, role, bold=True)],
            fill=role,
            indent=2,
            outdent=2,
            bracketed=True,
        )
        self.redraw()

    def build(self, width: int, height: int) -> Sequence[Line]:
        """One row."""
        return [self._line]
