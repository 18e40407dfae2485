"""The day's end: what was done, what needs a person, and the way out of the program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from counter_tui.desk.handover_lines import done_rows, open_rows, scope_of
from counter_tui.language import _, day, language, pgettext
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.grid import Frame
from counter_tui.screens.job import Expectation, Job
from counter_tui.screens.line import BLANK, Line, Span, seal
from counter_tui.screens.look import Role
from counter_tui.screens.person_panel import Group, pair
from counter_tui.screens.visiting import VisitingJob
from counter_tui.text import cells, fit

if TYPE_CHECKING:
    from counter_tui.desk.day_figures import HandoverFigures
    from counter_tui.screens.counter_screen import CounterScreen

_GAP_CELLS: Final = 4
"""Between the two columns of what was done."""


class HandoverJob(VisitingJob):
    """Shows the day in figures. Enter ends the work, a scan or a card goes on with it."""

    def __init__(self, counter: CounterScreen, below: Job) -> None:
        super().__init__(counter, below)
        self._whole_branch = True
        self._figures: HandoverFigures | None = None

    @property
    def frame(self) -> Frame:
        """The figures take the rows of the answer band, too."""
        return Frame.BODY

    @property
    def ends_work(self) -> bool:
        """Unless somebody is open below: that is asked first."""
        return not self.has_patron

    def expects(self) -> Expectation:
        """Enter, or whatever goes on with the work."""
        hint = _("Enter leaves. The next card or scan goes on with the work")
        return Expectation(pgettext("scan", "Day's end"), hint, keys=frozenset("cr"))

    def keys(self) -> Sequence[KeyHint]:
        """Leave, print, the other figures, cards left behind, go back."""
        handed_over = []
        if self._figures is not None and self._figures.open_matters.cards_kept:
            handed_over = [KeyHint("R", _("Handed over"))]
        other = pgettext("key", "Counter") if self._whole_branch else pgettext("key", "Branch")
        return [
            KeyHint("Enter", _("Leave")),
            KeyHint("F9^D", _("Print")),
            KeyHint("Tab", other),
            KeyHint("C", _("Card found")),
            *handed_over,
            KeyHint("Esc", _("Back")),
        ]

    def show(self) -> None:
        """Whether something is left at the left, the figures at the right."""
        figures = self._figures
        if figures is None:
            self.counter.person.show(pgettext("state", "Day's end"), Role.REST_FILL, [])
        else:
            left = figures.open_matters.are_there
            word = pgettext("state", "To do") if left else pgettext("state", "All done")
            role = Role.WARN_FILL if left else Role.OK_FILL
            if self.counter.card_is_on_reader:
                word, role = pgettext("state", "To do"), Role.WARN_FILL
            self.counter.person.show(word, role, [Group(_place_lines(figures))])
        self.counter.work_zone.show(self._work)

    async def begin(self) -> None:
        """Count the day."""
        self._figures = await self.counter.desk.handover.figures(whole_branch=self._whole_branch)
        if self.counter.job is self and not self.counter.is_locked:
            self.show()
            self.counter.refresh_keys()
        # A card that was left there would be forgotten with the program's end.
        self.counter.remind_of_card(self.counter.card_is_on_reader)

    async def card_taken(self) -> None:
        """One thing less."""
        self.show()

    async def resume(self) -> None:
        """Something may have been done meanwhile."""
        await self.begin()

    async def slips_changed(self) -> None:
        """One was printed, or could not be."""
        await self.begin()

    async def day_changed(self) -> None:
        """Another day, other figures."""
        await self.begin()

    async def take(self, text: str) -> None:
        """The work goes on."""
        job = await self._to_the_bottom()
        await job.take(text)

    async def enter(self) -> None:
        """The way out, as ^X."""
        self.counter.action_quit_counter()

    async def press(self, key: str) -> None:
        """The other figures; a card that was left behind is noted, or was handed over."""
        handover = self.counter.desk.handover
        if key == "tab":
            self._whole_branch = not self._whole_branch
            await self.begin()
        elif key == "c":
            await handover.note_card_left()
            await self.begin()
            self.counter.scan.remark(_("Noted: a card was left behind"))
        elif key == "r" and await handover.hand_card_over():
            await self.begin()
            self.counter.scan.remark(_("Noted: a card was handed over"))

    async def print_out(self) -> bool:
        """F9: these figures as a slip."""
        number = await self.counter.desk.handover.print_today(whole_branch=self._whole_branch)
        if number is None:
            self.counter.scan.remark(_("No printer"))
        elif self.counter.desk.receipts.drawn_on_screen and not self.has_patron:
            from counter_tui.screens.receipt import ReceiptJob

            await self.counter.visit(ReceiptJob(self.counter, number=number, below=self))
        else:
            printing = pgettext("verb", "Printing")
            slip = _("slip {number}").format(number=number)
            self.counter.scan.remark(f"{printing}  {slip}")
        return True

    def _work(self, width: int, height: int) -> list[Line]:
        figures = self._figures
        if figures is None:
            return []
        lines = [
            Line(
                [Span(_("What was done today"), bold=True)],
                [Span(scope_of(figures), Role.SOFT)],
            )
        ]
        lines += _in_two_columns(done_rows(figures), width)
        lines += [BLANK, Line([Span(_("What needs a person"), bold=True)])]
        to_do = open_rows(figures.open_matters)
        if self.counter.card_is_on_reader:
            to_do.insert(0, (_("A card lies on the reader"), 1))
        mark = seal("!!" if language() == "en" else "要", Role.WARN_FILL)
        lines += [
            Line([mark, Span("  " + label)], [Span(str(count), Role.WARN, bold=True)])
            for label, count in to_do
        ]
        if not to_do:
            lines.append(Line([Span(_("Nothing is left to do."), Role.SOFT)]))
        return lines


def _place_lines(figures: HandoverFigures) -> list[Line]:
    return [
        Line([Span(day(figures.day), bold=True)]),
        BLANK,
        pair(_("Branch"), Span(figures.branch)),
        pair(_("Counter"), Span(scope_of(figures))),
    ]


def _in_two_columns(rows: Sequence[tuple[str, int]], width: int) -> list[Line]:
    half = (width - _GAP_CELLS) // 2
    below = (len(rows) + 1) // 2
    lines = []
    for index in range(below):
        spans: list[Span] = []
        for label, count in rows[index::below]:
            number = str(count)
            if spans:
                spans.append(Span(" " * _GAP_CELLS))
            room = half - cells(number)
            spans += [Span(fit(label, room), Role.SOFT), Span(number, bold=True)]
        lines.append(Line(spans))
    return lines
