"""Taking items back: scan after scan, and the day that counts for what lay in the book drop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from counter_tui.desk.patrons import PatronView
from counter_tui.errors import UnknownCode, UnknownItem
from counter_tui.language import _, day, ngettext, pgettext
from counter_tui.screens.answer_band import Answer
from counter_tui.screens.day_entry import past_day
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.job import Expectation, Job
from counter_tui.screens.line import Line, Span
from counter_tui.screens.look import Role
from counter_tui.screens.next_place import next_place
from counter_tui.screens.person_panel import Group, pair
from counter_tui.screens.return_list import return_list
from counter_tui.screens.visiting import VisitingJob, bottom

if TYPE_CHECKING:
    from counter_tui.desk.returning import CheckedIn
    from counter_tui.screens.counter_screen import CounterScreen


class ReturningJob(VisitingJob):
    """Whatever is scanned is taken back, whoever had it. Nobody's name is shown."""

    def __init__(self, counter: CounterScreen, below: Job) -> None:
        super().__init__(counter, below)
        self._returned: list[CheckedIn] = []
        self._asks_for_day = False

    @property
    def returned(self) -> Sequence[CheckedIn]:
        """What was scanned here, the newest last."""
        return self._returned

    @property
    def keeps_its_place(self) -> bool:
        """The list stays, whatever is looked up meanwhile."""
        return True

    @property
    def open_patron(self) -> PatronView | None:
        """Whoever is open below, for a search from here."""
        return self.below.open_patron

    def expects(self) -> Expectation:
        """The next item; or the day that counts."""
        if self._asks_for_day:
            usual = day(self._yesterday())
            hint = _("Day of the book drop, like 11/23. Enter alone: {day}").format(day=usual)
            return Expectation(pgettext("scan", "Day"), hint, role=Role.STOP_FILL)
        return Expectation(
            pgettext("scan", "Return"), _("Scan what came back. A card begins lending")
        )

    def keys(self) -> Sequence[KeyHint]:
        """Enter ends; Tab is the book drop."""
        if self._asks_for_day:
            return [
                KeyHint("Enter", _("This day counts")),
                KeyHint("Esc", _("Back")),
                KeyHint("F1^G", _("Help")),
            ]
        drop = _("Book drop off") if self.counter.book_drop else pgettext("key", "Book drop")
        return [
            KeyHint("Enter", pgettext("key", "Done")),
            KeyHint("Tab", drop),
            KeyHint("F4^F", pgettext("key", "Patrons")),
            KeyHint("F9^D", _("Print again")),
            KeyHint("F1^G", _("Help")),
        ]

    def show(self) -> None:
        """How many came back at the left, which at the right."""
        self.counter.person.show(pgettext("state", "Return"), Role.REST_FILL, self._groups())
        self.counter.work_zone.show(self._work)

    async def begin(self) -> None:
        """Say what is expected."""
        self._say_what_is_expected()

    async def resume(self) -> None:
        """As it was left."""
        self.show()

    async def take(self, text: str) -> None:
        """An item comes back; a library card begins lending to its person."""
        if self._asks_for_day:
            self._take_day(text)
            return
        try:
            checked = await self.counter.desk.returning.checkin(text, self.counter.book_drop)
        except UnknownItem:
            if not await self._open_patron(text):
                raise
            return
        self._returned.append(checked)
        self._say(checked)

    async def _open_patron(self, text: str) -> bool:
        try:
            found = await self.counter.desk.identification.scan(text)
        except UnknownCode:
            return False
        if not isinstance(found, PatronView):
            return False
        from counter_tui.screens.lending import LendingJob

        waiting = bottom(self)
        if isinstance(waiting, LendingJob) and waiting.patron_id == found.id and waiting.can_wait:
            await self.counter.resume(waiting)
        else:
            await self.counter.open(LendingJob(self.counter, found))
        return True

    async def enter(self) -> None:
        """Done: home, or back to whoever is open. The day: the usual one."""
        if self._asks_for_day:
            self._date_back(None)
        else:
            await self.counter.resume(self.below)

    async def print_out(self) -> bool:
        """F9, with somebody open who brought things back: a slip with what is still in hand."""
        if not self._returned or self.patron_id is None:
            return False
        number = await self.counter.desk.receipts.queue_return(self.patron_id)
        told = _("No printer")
        if number is not None:
            told = _("slip {number}").format(number=number)
        self.counter.scan.remark(told)
        return True

    async def back(self) -> None:
        """Esc: the day stays as it was; else as Enter."""
        if self._asks_for_day:
            self._ask_for_day(False)
        else:
            await self.counter.resume(self.below)

    async def lend(self) -> None:
        """F2: back to whoever is open; else ready for the next patron."""
        await self.counter.resume(self.below)

    async def press(self, key: str) -> None:
        """Tab: the book drop, on and off."""
        if key != "tab":
            return
        if self._asks_for_day:
            self._ask_for_day(False)
        elif self.counter.book_drop is None:
            self._ask_for_day(True)
        else:
            self.counter.book_drop = None
            self.counter.refresh_all()
            self.counter.answer.say(
                Answer(_("Returns count from today again"), role=Role.NOTE_FILL)
            )

    async def day_changed(self) -> None:
        """The usual day of the book drop is another one."""
        self.counter.refresh_all()

    async def slips_changed(self) -> None:
        """Nothing of that is seen here."""

    def _ask_for_day(self, asks: bool) -> None:
        self._asks_for_day = asks
        self.counter.scan.remark("")
        self.counter.refresh_all()

    def _take_day(self, text: str) -> None:
        found = past_day(text, self.counter.today)
        if found is None:
            self.counter.scan.remark(_("That is no day. Write it like 11/23."))
            self.counter.ring(1)
            return
        self._date_back(found)

    def _date_back(self, found: date | None) -> None:
        chosen = found or self._yesterday()
        self.counter.desk.returning.check_effective_date(chosen)
        self.counter.book_drop = chosen
        self._ask_for_day(False)
        dated = _("Returns count from {day}").format(day=day(chosen))
        self.counter.answer.say(Answer(dated, role=Role.WARN_FILL))

    def _yesterday(self) -> date:
        """What lay in the book drop in the morning came the evening before."""
        return self.counter.today - timedelta(days=1)

    def _say_what_is_expected(self) -> None:
        self.counter.answer.say(Answer(_("Scan what came back"), role=Role.REST_FILL))

    def _say(self, checked: CheckedIn) -> None:
        self.counter.answer.say(_answer(checked))
        self.show()
        place = next_place(checked, self.counter.desk.place.branch)
        if place is not None:
            self.counter.interrupt(place)
        elif checked.loan is None or checked.loan.days_overdue:
            self.counter.ring(1)

    def _groups(self) -> list[Group]:
        came = sum(checked.loan is not None for checked in self._returned)
        items = ngettext("{n} item", "{n} items", came).format(n=came)
        groups = [Group([pair(_("Returned"), Span(items, bold=True))])]
        last = self._returned[-1].loan if self._returned else None
        if last is not None:
            left = ngettext("{n} item", "{n} items", last.in_hand).format(n=last.in_hand)
            lines = [
                Line([Span(_("Who had the last one"), Role.SOFT)]),
                pair(_("In hand"), Span(left, bold=True)),
            ]
            if last.overdue:
                late = ngettext("{n} item", "{n} items", last.overdue).format(n=last.overdue)
                lines.append(pair(_("Overdue"), Span(late, Role.WARN, bold=True)))
            groups.append(Group(lines))
        if (waiting := self.below.open_patron) is not None:
            groups.append(
                Group(
                    [
                        Line([Span(_("Open, goes on after this"), Role.SOFT)]),
                        Line([Span(waiting.name, bold=True)]),
                    ]
                )
            )
        return groups

    def _work(self, width: int, height: int) -> list[Line]:
        return return_list(self._returned, height)


def _answer(checked: CheckedIn) -> Answer:
    verb = pgettext("verb", "Returned")
    loan = checked.loan
    if loan is None:
        return Answer(verb, checked.title, _("was not on loan"), Role.WARN_FILL)
    was_due = _("was due {date}").format(date=day(loan.due_on))
    if not loan.days_overdue:
        return Answer(verb, checked.title, was_due)
    late = ngettext("{n} day late", "{n} days late", loan.days_overdue)
    consequence = f"{was_due}  {late.format(n=loan.days_overdue)}"
    return Answer(verb, checked.title, consequence, Role.WARN_FILL)
