"""The slips of the last day: what waits, what is uncertain, and any of them once more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from counter_tui.clock import TOKYO
from counter_tui.desk.slip_states import SlipState
from counter_tui.desk.slips import slip_title
from counter_tui.language import _, ngettext, pgettext
from counter_tui.screens.answer_band import Answer
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.grid import Frame
from counter_tui.screens.job import Expectation, Job
from counter_tui.screens.line import BLANK, Line, Span, wrapped
from counter_tui.screens.look import Ground, Role
from counter_tui.screens.person_panel import Group, pair
from counter_tui.screens.slip_paper import next_top, slip_panel, slip_paper, slip_state
from counter_tui.screens.visiting import VisitingJob
from counter_tui.text import cells, fit

if TYPE_CHECKING:
    from counter_tui.desk.receipts import SlipOnPaper, SlipRow
    from counter_tui.screens.counter_screen import CounterScreen

_HEAD_ROWS: Final = 2
_FOOT_ROWS: Final = 1
_CARD_CELLS: Final = 7
"""`**3456` and a blank; the panel has the whole masked number."""


class SlipQueueJob(VisitingJob):
    """Lists the slips, the newest first. A person decides about those that need one."""

    def __init__(self, counter: CounterScreen, below: Job) -> None:
        super().__init__(counter, below)
        self._slips: Sequence[SlipRow] = ()
        self._number: int | None = None
        """Of the chosen slip: the list grows at its top while it is looked at."""
        self._top = 0

    @property
    def chosen(self) -> SlipRow | None:
        """On which the mark stands."""
        return self._slips[self._at] if self._slips else None

    @property
    def _at(self) -> int:
        numbers = [slip.number for slip in self._slips]
        return numbers.index(self._number) if self._number in numbers else 0

    def expects(self) -> Expectation:
        """A key for the chosen slip; what is scanned begins the next job."""
        hint = _("P prints the chosen one again")
        if self.chosen is not None and not self.chosen.can_be_copied:
            hint = _("The next card or scan goes on")
        return Expectation(pgettext("scan", "Slips"), hint, keys=frozenset("ps"))

    def keys(self) -> Sequence[KeyHint]:
        """Look, print again, call an uncertain one printed."""
        copied = [KeyHint("P", pgettext("key", "Reprint"))]
        seen = []
        if self.chosen is not None and not self.chosen.can_be_copied:
            copied = []
        if self.chosen is not None and self.chosen.state is SlipState.UNKNOWN:
            seen = [KeyHint("S", _("It is on paper"))]
        return [
            KeyHint("Enter", _("Look at it")),
            *copied,
            *seen,
            KeyHint("Esc", _("Back")),
            KeyHint(pgettext("key", "Up Down"), _("Choose")),
        ]

    def show(self) -> None:
        """The chosen one at the left, all of them at the right."""
        chosen = self.chosen
        if chosen is None:
            self.counter.person.show(pgettext("state", "Slips"), Role.REST_FILL, [])
        else:
            self.counter.person.show(*_panel(chosen))
        self.counter.work_zone.show(self._work)
        self.counter.answer.say(self._advice(chosen))
        self.counter.refresh_keys()

    async def begin(self) -> None:
        """Ask the store; the mark stands on what a person has to decide first."""
        self._slips = await self.counter.desk.receipts.rows()
        opened = [slip.number for slip in self._slips if slip.is_open]
        self._number = min(opened, default=None)
        self._keep_in_sight()
        self.show()

    async def resume(self) -> None:
        """One was looked at."""
        await self.slips_changed()

    async def slips_changed(self) -> None:
        """One was printed meanwhile, or there is another one."""
        self._slips = await self.counter.desk.receipts.rows()
        self._keep_in_sight()
        if self.counter.job is self and not self.counter.is_locked:
            self.show()

    async def take(self, text: str) -> None:
        """The next job begins, or the present patron's goes on."""
        job = await self._to_the_bottom()
        await job.take(text)

    async def enter(self) -> None:
        """Look at the chosen one as on paper."""
        if self.chosen is None:
            await self.back()
        else:
            await self.counter.visit(SlipViewJob(self.counter, self, self.chosen.number))

    async def press(self, key: str) -> None:
        """Move the mark; print again; call printed."""
        chosen = self.chosen
        room = _room(self.counter.work_zone.size.height)
        step = {"up": -1, "down": 1, "pageup": -room, "pagedown": room}.get(key, 0)
        if chosen is None:
            return
        if key == "p" and chosen.can_be_copied:
            reprint = await self.counter.desk.receipts.reprint(chosen.number)
            self._number = reprint.number
            await self.slips_changed()
        elif key == "s" and chosen.state is SlipState.UNKNOWN:
            await self.counter.desk.receipts.call_printed(chosen.number)
            await self.slips_changed()
        elif step:
            at = min(max(self._at + step, 0), len(self._slips) - 1)
            self._number = self._slips[at].number
            self._keep_in_sight()
            self.show()

    def _keep_in_sight(self) -> None:
        room = _room(self.counter.work_zone.size.height)
        self._top = min(max(self._top, self._at - room + 1), self._at)

    def _work(self, width: int, height: int) -> list[Line]:
        count = len(self._slips)
        counted = ngettext("{n} slip", "{n} slips", count).format(n=count)
        head = Line([Span(_("Slips of the last day"), bold=True)], [Span(counted, Role.SOFT)])
        lines = [head, BLANK]
        room = _room(height)
        shown = self._slips[self._top : self._top + room]
        lines += [_row(slip, width, is_chosen=slip is self.chosen) for slip in shown]
        if not shown:
            text = _("No slip was made here in the last day.")
            lines += [Line([Span(row)]) for row in wrapped(text, width)]
        rest = count - self._top - len(shown)
        if rest:
            lines += [BLANK] * (_HEAD_ROWS + room - len(lines))
            more = ngettext("{n} more: PageDown", "{n} more: PageDown", rest).format(n=rest)
            lines.append(Line([], [Span(more, Role.ACCENT)]))
        return lines

    @staticmethod
    def _advice(slip: SlipRow | None) -> Answer:
        if slip is None:
            return Answer(_("Nothing to do"), role=Role.REST_FILL)
        title = f"{slip_title(slip.kind)} {slip.number}"
        if not slip.is_open:
            return Answer(title, role=Role.REST_FILL)
        if not slip.can_be_copied:  # its title is long, and the panel has it
            title = pgettext("slip", "No. %d") % slip.number
        if slip.state is SlipState.UNKNOWN and not slip.can_be_copied:
            return Answer(title, _("On paper: S. If not: F9 with the patron open"))
        if slip.state is SlipState.EXPIRED and not slip.can_be_copied:
            return Answer(title, _("Given up: F9 with the patron open makes a new one"))
        if slip.state is SlipState.UNKNOWN:
            return Answer(title, _("Look at the paper: S it is there, P print it again"))
        if slip.state is SlipState.EXPIRED:
            return Answer(title, _("Given up after some minutes: P prints it"))
        return Answer(title, _("It comes by itself when the printer is well"))


class SlipViewJob(VisitingJob):
    """One slip, cell by cell as the paper shows it."""

    def __init__(self, counter: CounterScreen, below: Job, number: int) -> None:
        super().__init__(counter, below)
        self._number = number
        self._slip: SlipOnPaper | None = None
        self._top = 0

    @property
    def frame(self) -> Frame:
        """All rows are paper."""
        return Frame.BODY

    def expects(self) -> Expectation:
        """Enter, or whatever begins the next job."""
        return Expectation(
            pgettext("scan", "Slip"), _("Enter closes. The next card or scan goes on")
        )

    def keys(self) -> Sequence[KeyHint]:
        """Close, turn the page."""
        return [KeyHint("Enter", _("Close")), KeyHint("PgDn", _("More"))]

    def show(self) -> None:
        """State at the left, paper at the right."""
        if self._slip is not None:
            self.counter.person.show(*slip_panel(self._slip))
            self.counter.work_zone.show(self._paper)

    async def begin(self) -> None:
        """Have it made from the records."""
        await self.slips_changed()

    async def slips_changed(self) -> None:
        """It was printed meanwhile."""
        self._slip = await self.counter.desk.receipts.last_slip(self._number)
        if self.counter.job is self and not self.counter.is_locked:
            self.show()

    async def take(self, text: str) -> None:
        """The next job begins, or the present patron's goes on."""
        job = await self._to_the_bottom()
        await job.take(text)

    async def enter(self) -> None:
        """Close."""
        await self.back()

    async def press(self, key: str) -> None:
        """Turn the page."""
        if key == "pagedown" and self._slip is not None:
            self._top = next_top(self._slip, self._top, self.counter.work_zone.size.height)
            self.show()

    def _paper(self, width: int, height: int) -> list[Line]:
        return [] if self._slip is None else slip_paper(self._slip, self._top, width, height)


def _room(height: int) -> int:
    return max(height - _HEAD_ROWS - _FOOT_ROWS, 1)


def _panel(slip: SlipRow) -> tuple[str, Role, list[Group]]:
    word, role = slip_state(slip.state)
    lines = [
        Line([Span(slip_title(slip.kind), bold=True)]),
        pair(_("Number"), Span(str(slip.number))),
        pair(_("Time"), Span(f"{slip.made_at.astimezone(TOKYO):%H:%M}")),
    ]
    if slip.library_card:
        lines.append(pair(_("Lib. card"), Span(slip.library_card)))
    if slip.reprint_no:
        number = pgettext("slip", "no. {n}").format(n=slip.reprint_no)
        lines.append(pair(pgettext("slip", "Reprint"), Span(number)))
    return word, role, [Group(lines)]


def _row(slip: SlipRow, width: int, *, is_chosen: bool) -> Line:
    word, _role = slip_state(slip.state)
    ground = Ground.FIELD if is_chosen else None
    soft = Role.INK if is_chosen else Role.SOFT
    number = f"{slip.number:>5} "
    time = f"{slip.made_at.astimezone(TOKYO):%H:%M} "
    widest = max(cells(slip_state(state)[0]) for state in SlipState)
    room = width - 2 - cells(number) - cells(time) - _CARD_CELLS - widest
    title = slip_title(slip.kind)
    if slip.reprint_no:
        title += " " + pgettext("slip", "Reprint")
    return Line(
        [
            Span("> " if is_chosen else "  ", Role.ACCENT, bold=True, ground=ground),
            Span(number, bold=is_chosen, ground=ground),
            Span(time, soft, ground=ground),
            Span(fit(title, room - 1) + " ", bold=is_chosen, ground=ground),
            Span(f"{slip.library_card[1 - _CARD_CELLS :]:{_CARD_CELLS}}", soft, ground=ground),
        ],
        [Span(word, Role.WARN if slip.is_open else soft, bold=slip.is_open)],
    )
