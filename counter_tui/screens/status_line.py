"""The two rows on top: where we are and how the devices do; and what kind of day it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from counter_tui.clock import TOKYO
from counter_tui.desk.devices import Device, Trouble
from counter_tui.language import day, full_day
from counter_tui.screens.line import Line, Span, width_of
from counter_tui.screens.look import Role
from counter_tui.screens.zone import Zone
from counter_tui.text import cut, plain
from counter_tui.wording import lamp_age, lamp_name, trouble_word

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
        self._hours_old = dict.fromkeys(Device, 0)

    def lamp(self, device: Device) -> Trouble | None:
        """What is wrong with the device, or None."""
        return self._lamps[device]

    def set_lamp(self, device: Device, trouble: Trouble | None, hours_old: int = 0) -> None:
        """A device became well, or fell into trouble; what it says is so many hours old."""
        self._lamps[device] = trouble
        self._hours_old[device] = hours_old
        self.redraw()

    def set_time(self, now: datetime) -> None:
        """Show this instant, in Asia/Tokyo."""
        self._now = now
        self.redraw()

    def build(self, width: int, height: int) -> Sequence[Line]:
        """One row. Who works where survives lamps in trouble: the date gives way first, then the
        reasons in the lamps, then the counter, and at last the end of the branch's name."""
        wide = width >= 110
        margin = 4 if wide else 2
        room = width - 2 * margin
        local = self._now.astimezone(TOKYO).date()
        dates = [full_day(local) if wide else day(local), day(local, weekday=False), ""]
        places = [[self._counter, self._operator], [self._operator]]
        left: list[Span] = []
        right: list[Span] = []
        for place, date, with_reasons in (
            (places[0], dates[0], True),
            (places[0], dates[1], True),
            (places[0], dates[2], True),
            (places[0], dates[2], False),
            (places[1], dates[2], False),
        ):
            left = [Span(self._branch, bold=True), *self._place_spans(place, wide)]
            right = self._right(date, wide=wide, with_reasons=with_reasons)
            if width_of(left) + width_of(right) <= room:
                break
        else:
            rest = room - width_of(right) - width_of(left[1:])
            left[0] = left[0]._replace(text=cut(plain(self._branch), max(rest, 0)))
        return [Line(left, right, indent=margin, outdent=margin)]

    @staticmethod
    def _place_spans(place: Sequence[str], wide: bool) -> list[Span]:
        gaps = [" ", "   " if wide else " "]
        return [
            Span(gap + text, Role.SOFT)
            for gap, text in zip(gaps[-len(place) :], place, strict=True)
        ]

    def _right(self, date: str, *, wide: bool, with_reasons: bool) -> list[Span]:
        gap = Span("  " if wide else " ")
        spans = [gap]
        for device, trouble in self._lamps.items():
            hours_old = self._hours_old[device]
            spans += [*self._lamp_spans(device, trouble, with_reasons, hours_old), gap]
        if date:
            spans.append(Span(f"{date} ", Role.SOFT))
        return [*spans, Span(f"{self._now.astimezone(TOKYO):%H:%M}", bold=True)]

    @staticmethod
    def _lamp_spans(
        device: Device, trouble: Trouble | None, with_reason: bool, hours_old: int
    ) -> list[Span]:
        name = lamp_name(device)
        if trouble is None and hours_old:
            said = f" {lamp_age(hours_old)}" if with_reason else "〇"
            return [Span(name, Role.SOFT), Span(said, Role.WARN)]
        if trouble is None:
            return [Span(name, Role.SOFT), Span("〇", Role.OK)]
        if trouble in QUIET_TROUBLES:
            return [Span(f"{name}・", Role.SOFT)]
        role = Role.STOP_FILL if trouble in STOPPING_TROUBLES else Role.WARN_FILL
        reason = f" {trouble_word(trouble)}" if with_reason else ""
        return [Span(f" {name}{reason} ", role, bold=True)]


class Notice(NamedTuple):
    """What kind of day it is.

    Attributes:
        key: what belongs to it, at the right.
    """

    head: str
    sentence: str
    key: str
    role: Role


class NoticeRow(Zone):
    """One row that is always there, so that nothing jumps when it says something."""

    def __init__(self) -> None:
        super().__init__(id="notice")
        self._usual: Notice | None = None
        self._graver: Notice | None = None

    def say(self, head: str, sentence: str, key: str, role: Role) -> None:
        """Show a notice over the whole row, with the key that belongs to it at the right."""
        self._usual = Notice(head, sentence, key, role)
        self.redraw()

    def cover(self, graver: Notice | None) -> None:
        """Show this one in its place, until None is given. The usual one's head stays in sight."""
        self._graver = graver
        self.redraw()

    def build(self, width: int, height: int) -> Sequence[Line]:
        """One row."""
        shown = self._graver or self._usual
        if shown is None:
            return [Line()]
        right = shown.key
        if self._graver is not None and self._usual is not None:
            right = f"{self._usual.head}  {right}"
        left = [
            Span(shown.head, shown.role, bold=True),
            Span(f"  {shown.sentence}", shown.role),
        ]
        key = [Span(f"  {right}", shown.role, bold=True)]
        if self._graver is not None and width_of(left) + width_of(key) > width - 4:
            del left[1:]  # what it means is in its head; half a sentence says less
        return [Line(left, key, fill=shown.role, indent=2, outdent=2, bracketed=True)]
