"""For whom of a monthly run the counter has something to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from counter_tui.explanations import not_renewed_word
from counter_tui.language import _, full_day, ngettext, pgettext
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.grid import Frame
from counter_tui.screens.job import Expectation, Job
from counter_tui.screens.line import BLANK, Line, Span
from counter_tui.screens.look import Ground, Role
from counter_tui.screens.monthly_lines import month_name
from counter_tui.screens.patron_lines import card_line, validity_group
from counter_tui.screens.person_panel import Group
from counter_tui.screens.visiting import VisitingJob
from counter_tui.text import cells, fit, masked

if TYPE_CHECKING:
    from counter_tui.desk.renewal_outcomes import FollowUp
    from counter_tui.screens.counter_screen import CounterScreen

_HEAD_ROWS: Final = 2
_FOOT_ROWS: Final = 2
_MARK_CELLS: Final = 2
_PRINTS: Final = frozenset("pP")
"""Either case: the footer says P."""

_WIDE: Final = 60
"""Cells from which a row has the last day, too."""


class FollowUpListJob(VisitingJob):
    """Who was not renewed, and why; Enter opens the person."""

    def __init__(self, counter: CounterScreen, below: Job, month: str) -> None:
        super().__init__(counter, below)
        self._month = month
        self._listed: Sequence[FollowUp] = ()
        self._at = 0
        self._top = 0

    @property
    def frame(self) -> Frame:
        """The list takes the rows of the answer band, too."""
        return Frame.BODY

    @property
    def chosen(self) -> FollowUp | None:
        """On whom the mark stands."""
        return self._listed[self._at] if self._at < len(self._listed) else None

    def expects(self) -> Expectation:
        """Enter, or going back."""
        hint = _("Enter opens the person. F9 writes a file")
        return Expectation(pgettext("scan", "List"), hint, keys=_PRINTS)

    def keys(self) -> Sequence[KeyHint]:
        """Open somebody, take the list along, go back."""
        is_decided = self.chosen is not None and _is_decided(self.chosen)
        return [
            KeyHint("Enter", pgettext("key", "Open")),
            *([KeyHint("P", _("Print"))] if is_decided else []),
            KeyHint("F9^D", "CSV"),
            KeyHint("Esc", _("Back")),
            KeyHint(pgettext("key", "Up Down"), _("Choose")),
            KeyHint("F1^G", _("Help")),
        ]

    def show(self) -> None:
        """The chosen one at the left, all of them at the right."""
        count = len(self._listed)
        word = ngettext("{n} person", "{n} people", count).format(n=f"{count:,}")
        role = Role.WARN_FILL if count else Role.OK_FILL
        self.counter.person.show(word, role, self._panel())
        self.counter.work_zone.show(self._work)

    async def begin(self) -> None:
        """Ask the store; that these people were listed is accounted for."""
        self._take(await self.counter.desk.renewal_runs.take_follow_ups(self._month))

    async def resume(self) -> None:
        """Somebody may have been renewed at the counter meanwhile."""
        self._take(await self.counter.desk.renewal_runs.follow_ups(self._month))

    def _take(self, listed: Sequence[FollowUp]) -> None:
        self._listed = listed
        self._at = min(self._at, max(len(listed) - 1, 0))
        self._top = min(self._top, self._at)
        self.show()
        self.counter.refresh_keys()

    async def enter(self) -> None:
        """Open the patron."""
        from counter_tui.screens.patron import PatronJob

        if self.chosen is None:
            await self.back()
        else:
            await self.counter.visit(PatronJob(self.counter, self, self.chosen.patron_id))

    async def press(self, key: str) -> None:
        """Move the mark; P prints a slip that asks the chosen person to come."""
        if key in _PRINTS and self.chosen is not None:
            await self._print(self.chosen)
            return
        room = self._room(self.counter.work_zone.size.height)
        step = {"up": -1, "down": 1, "pageup": -room, "pagedown": room}.get(key, 0)
        if step and self._listed:
            self._at = min(max(self._at + step, 0), len(self._listed) - 1)
            self._top = min(max(self._top, self._at - room + 1), self._at)
            self.show()
            self.counter.refresh_keys()

    async def _print(self, one: FollowUp) -> None:
        """Ask a person to come whom the run has refused, and the next one will not look at."""
        if not _is_decided(one):
            undecided = _("Not decided yet: no slip")
            self.counter.scan.remark(undecided)
            self.counter.ring(1)
            return
        number = await self.counter.desk.receipts.queue_follow_up(one.patron_id)
        told = _("No printer")
        if number is not None:
            told = _("slip {number}").format(number=number)
        self.counter.scan.remark(told)

    async def print_out(self) -> bool:
        """F9: the list as a file."""
        path = await self.counter.desk.renewal_runs.write_follow_ups(self._month)
        self.counter.scan.remark(
            _("Written: {path}").format(path=f"{path.parent.name}/{path.name}")
        )
        return True

    async def slips_changed(self) -> None:
        """Nothing of that is seen here."""

    @staticmethod
    def _room(height: int) -> int:
        return max(height - _HEAD_ROWS - _FOOT_ROWS, 1)

    def _panel(self) -> list[Group]:
        one = self.chosen
        if one is None:
            return []
        return [
            Group([Line([Span(one.name, bold=True)]), Line([Span(one.kana, Role.SOFT)])]),
            validity_group(one.expires_on, self.counter.today, self.counter.soon_days),
            Group(
                [
                    Line([Span(_("Why"), Role.SOFT)]),
                    Line([Span(not_renewed_word(one.reason), bold=True)]),
                ]
            ),
            Group([Line([Span(_("Telephone"), Role.SOFT)]), Line([Span(one.telephone or "-")])]),
            Group([card_line(masked(one.library_card_number))]),
        ]

    def _work(self, width: int, height: int) -> list[Line]:
        lines = [
            Line(
                [Span(_("Who is not renewed by itself"), bold=True)],
                [Span(month_name(self._month), Role.SOFT)],
            ),
            BLANK,
        ]
        room = self._room(height)
        shown = self._listed[self._top : self._top + room]
        widest = max((cells(not_renewed_word(one.reason)) for one in shown), default=0)
        lines += [
            _row(one, width, widest, is_chosen=self._top + n == self._at)
            for n, one in enumerate(shown)
        ]
        if not shown:
            lines.append(Line([Span(_("Nobody: all are renewed, or valid longer."))]))
        lines += [BLANK] * (_HEAD_ROWS + room + 1 - len(lines))
        rest = len(self._listed) - self._top - len(shown)
        more = ngettext("{n} more: PageDown", "{n} more: PageDown", rest).format(n=rest)
        lines.append(Line([], [Span(more, Role.ACCENT)] if rest else []))
        return lines


def _is_decided(one: FollowUp) -> bool:
    """Whether the run has refused this person, and the next one will not look again."""
    return one.is_written and one.reason.needs_counter


def _row(one: FollowUp, width: int, widest: int, *, is_chosen: bool) -> Line:
    # In the narrow grid the panel beside it has the day, and names have the room.
    until = full_day(one.expires_on, padded=True, weekday=False) + "  " if width >= _WIDE else ""
    room = width - _MARK_CELLS - cells(until) - widest
    ground = Ground.FIELD if is_chosen else None
    soft = Role.INK if is_chosen else Role.SOFT
    return Line(
        [
            Span("> " if is_chosen else "  ", Role.ACCENT, bold=True, ground=ground),
            Span(fit(one.name, room - 1) + " ", bold=is_chosen, ground=ground),
            Span(until, soft, ground=ground),
            Span(fit(not_renewed_word(one.reason), widest), soft, ground=ground),
        ]
    )
