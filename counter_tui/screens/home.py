"""Home: whatever happens first opens its job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from counter_tui.clock import TOKYO
from counter_tui.errors import AuthPinWanted, CounterError, NoCard, NumberIsBoth
from counter_tui.language import _, day, ngettext, pgettext, with_keys
from counter_tui.screens.answer_band import Answer, hand_back_answer
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.job import Expectation, Job
from counter_tui.screens.line import BLANK, Line, Span, spaced
from counter_tui.screens.look import Role
from counter_tui.screens.person_panel import Group
from counter_tui.screens.which_is_meant import ask_which_is_meant
from counter_tui.text import cells

if TYPE_CHECKING:
    from counter_tui.desk.items import ItemView
    from counter_tui.desk.lending import TodayFigures
    from counter_tui.desk.scans import Meant
    from counter_tui.screens.counter_screen import CounterScreen


@dataclass(frozen=True)
class Previous:
    """What was done for the patron before; no name, for the next one sees the screen."""

    ended_at: datetime
    loans: int
    slip: int | None


class HomeJob(Job):
    """Waits for a card, a library card or an item."""

    def __init__(self, counter: CounterScreen, previous: Previous | None = None) -> None:
        super().__init__(counter)
        self._previous = previous
        self._figures: TodayFigures | None = None

    @property
    def can_wait(self) -> bool:
        """Always."""
        return True

    def expects(self) -> Expectation:
        """Anything."""
        return Expectation(pgettext("scan", "Ready"), _("Card, library card, item or command"))

    def keys(self) -> Sequence[KeyHint]:
        """The global keys."""
        return [
            KeyHint("F3^R", pgettext("key", "Return")),
            KeyHint("F4^F", pgettext("key", "Search")),
            KeyHint("F5^E", pgettext("key", "Link")),
            KeyHint("PgDn", pgettext("key", "Slips"))
            if self._slips_wait
            else KeyHint("F6^U", pgettext("key", "Unlink")),
            KeyHint("F7^Y", pgettext("key", "Renew")),
            KeyHint("F1^G", _("Help")),
        ]

    def more_keys(self) -> Sequence[KeyHint]:
        """The other global keys."""
        unlink = [KeyHint("F6^U", pgettext("key", "Unlink"))] if self._slips_wait else []
        return [
            *unlink,
            KeyHint("F8^P", pgettext("key", "Before")),
            KeyHint("F9^D", pgettext("footer", "Reprint")),
            KeyHint("^X", _("Leave")),
        ]

    def show(self) -> None:
        """What to begin with, and what was done today."""
        self.counter.person.show(
            pgettext("state", "Ready"), Role.REST_FILL, [Group(self._today_lines())]
        )
        self.counter.work_zone.show(self._work)
        self.counter.answer.say(
            Answer(_("Lay a card down or scan a library card"), role=Role.REST_FILL)
        )

    async def begin(self) -> None:
        """Count what was done today, when the store is there."""
        if not self.counter.holder.desk_is_open:
            return
        try:
            self._figures = await self.counter.desk.lending.today()
        except CounterError:
            # The store's lamp says it; the figures are not worth an interruption.
            self._figures = None
        if self.counter.job is self and not self.counter.is_locked:
            self.show()

    async def resume(self) -> None:
        """Something may have been done meanwhile."""
        await self.begin()

    @property
    def _slips_wait(self) -> bool:
        slips = self.counter.slips
        return bool(slips.unprinted or slips.uncertain)

    async def press(self, key: str) -> None:
        """PageDown: the slips that wait, and all of the last day."""
        if key == "pagedown":
            await self.counter.holder.have_desk()
            await self.counter.opening.open_slip_queue()

    async def slips_changed(self) -> None:
        """A slip was queued, printed, or left to a person."""
        self.show()
        self.counter.refresh_keys()

    async def card_laid(self) -> None:
        """Open the person whose card it is."""
        from counter_tui.screens.lending import LendingJob
        from counter_tui.screens.touch_pin import TouchPinJob, touch

        try:
            touched = await touch(self.counter)
        except AuthPinWanted as wanted:
            await self.counter.open(TouchPinJob(self.counter, wanted))
        else:
            await self.counter.open(LendingJob(self.counter, touched.patron, touched.proof))

    async def card_taken(self) -> None:
        """It was the last patron's, and has not to be handed back any more."""
        if self.counter.answer.answer == hand_back_answer():
            self.show()

    async def card_missed(self) -> None:
        """It has to lie a moment longer."""
        self.counter.tell(NoCard())

    async def day_changed(self) -> None:
        """Today's figures begin anew; whoever was here before is yesterday's."""
        self._previous = None
        await self.begin()

    async def take(self, text: str) -> None:
        """Open the person whose library card it is, or tell the state of an item."""
        from counter_tui.desk.scans import Meant

        try:
            await self._open(text)
        except NumberIsBoth as both:
            ask_which_is_meant(
                self.counter,
                both,
                card=lambda: self._open(text, Meant.LIBRARY_CARD),
                item=lambda: self._open(text, Meant.ITEM),
                card_first=True,
            )

    async def _open(self, text: str, meant: Meant | None = None) -> None:
        from counter_tui.desk.patrons import PatronView
        from counter_tui.screens.lending import LendingJob

        found = await self.counter.desk.identification.scan(text, meant)
        if isinstance(found, PatronView):
            await self.counter.open(LendingJob(self.counter, found))
        else:
            self.counter.say(_state_of(found))

    def _today_lines(self) -> list[Line]:
        lines = [Line([Span(_("Today"), Role.SOFT)]), BLANK]
        figures = self._figures
        each = pgettext("count", "{n}")
        if figures is not None:
            items = ngettext("{n} item", "{n} items", figures.loans)
            back = ngettext("{n} item", "{n} items", figures.returns)
            lines += [
                _figure(_("Loans"), figures.loans, items),
                _figure(_("Returns"), figures.returns, back),
                _figure(_("Cards linked"), figures.enrollments, each),
                _figure(_("Registered"), figures.registrations, each),
                _figure(_("Validity renewed"), figures.renewals, each),
            ]
        slips = self.counter.slips
        if self._slips_wait:
            lines.append(BLANK)
        if slips.unprinted:
            lines.append(_figure(_("Not printed"), slips.unprinted, each, warn=True))
        if slips.uncertain:
            lines.append(_figure(_("Print uncertain"), slips.uncertain, each, warn=True))
        return lines

    def _work(self, width: int, height: int) -> list[Line]:
        lines = [Line([Span(_("Begin with any of these"), bold=True)]), BLANK]
        ways = (
            (_("Card"), _("Lay it down and its person opens"), _("No PIN is needed")),
            (_("Library card"), _("Scan it and its person opens"), ""),
            (_("Item"), _("Scan it to see its state"), _("F3 takes it back")),
        )
        widest = max(cells(chip) for chip, _what, _more in ways)
        at = widest + 4
        for chip, what, more in ways:
            word = spaced(chip, widest)
            name = Span(f" {word + ' ' * (widest - cells(word))} ", Role.NOTE_FILL, bold=True)
            lines.append(Line([name, Span("  " + what)]))
            lines += [Line([Span(" " * at + more, Role.SOFT)]), BLANK]
        if self._previous is not None:
            lines += [BLANK] * (height - 1 - len(lines))
            lines = [*lines[: height - 1], self._previous_line(self._previous)]
        return lines

    @staticmethod
    def _previous_line(previous: Previous) -> Line:
        local = previous.ended_at.astimezone(TOKYO)
        count = ngettext("{n} item", "{n} items", previous.loans).format(n=previous.loans)
        text = _("Before this {time}  lent {count}").format(time=f"{local:%H:%M}", count=count)
        if previous.slip is not None:
            text += "  " + _("slip {number}").format(number=previous.slip)
        return Line([Span(text, Role.SOFT)], [Span(with_keys("F8^P"), Role.ACCENT, bold=True)])


def _figure(label: str, count: int, pattern: str, *, warn: bool = False) -> Line:
    _before, _number, unit = pattern.partition("{n}")
    role = Role.WARN if warn else Role.SOFT
    number = Span(str(count), Role.WARN if warn else Role.INK, bold=True)
    return Line([Span(label, role, bold=warn)], [number, Span(unit, Role.SOFT)])


def _state_of(item: ItemView) -> Answer:
    if item.withdrawn:
        state = _("Withdrawn")
    elif item.not_for_loan:
        state = _("Not for loan")
    elif item.due_on is not None:
        state = _("On loan until {date}").format(date=day(item.due_on))
    else:
        state = _("In the house")
    return Answer(_("Item"), f"{item.title}  {item.branch}", state)
