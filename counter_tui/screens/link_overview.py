"""Links whose certificate ends soon, or that were made when an enrolment kept less than today."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from counter_tui.language import _, ngettext, pgettext
from counter_tui.screens.answer_band import Answer
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.grid import Frame
from counter_tui.screens.job import Expectation, Job
from counter_tui.screens.line import Line
from counter_tui.screens.link_list import link_list, link_panel, link_rows
from counter_tui.screens.look import Role
from counter_tui.screens.visiting import VisitingJob

if TYPE_CHECKING:
    from counter_tui.desk.links_to_renew import LinkToRenew
    from counter_tui.screens.counter_screen import CounterScreen

_DAYS: Final = re.compile(r"[0-9]{1,4}")
"""How far to look ahead. Library cards have more digits."""

_MOST_DAYS: Final = 3650
"""As in the settings: no certificate lives longer."""


class LinkOverviewJob(VisitingJob):
    """Who should come with the card before it stops working."""

    def __init__(self, counter: CounterScreen, below: Job) -> None:
        super().__init__(counter, below)
        self._days = counter.desk.relinking.warning_days
        self._links: Sequence[LinkToRenew] = ()
        self._at = 0
        self._top = 0

    @property
    def frame(self) -> Frame:
        """The list takes the rows of the answer band, too."""
        return Frame.BODY

    @property
    def chosen(self) -> LinkToRenew | None:
        """On which the mark stands."""
        return self._links[self._at] if self._at < len(self._links) else None

    def expects(self) -> Expectation:
        """A number of days, or the library card of somebody who has come."""
        hint = _("Days ahead, or the library card of who has come")
        return Expectation(pgettext("scan", "List"), hint, keys=frozenset("cp"))

    def keys(self) -> Sequence[KeyHint]:
        """Open somebody, take the list along, go back."""
        return [
            KeyHint("Enter", _("Open this person")),
            KeyHint("P", _("Print")),
            KeyHint("C", _("CSV file")),
            KeyHint("Esc", _("Back")),
            KeyHint(pgettext("key", "Up Down"), _("Choose")),
            KeyHint("F1^G", _("Help")),
        ]

    def show(self) -> None:
        """The chosen one at the left, all of them at the right."""
        count = len(self._links)
        word = ngettext("{n} person", "{n} people", count).format(n=count)
        role = Role.WARN_FILL if count else Role.OK_FILL
        self.counter.person.show(word, role, link_panel(self.chosen))
        self.counter.work_zone.show(self._work)

    async def begin(self) -> None:
        """Ask the store."""
        self._links = await self.counter.desk.relinking.overview(self._days)
        self._at = min(self._at, max(len(self._links) - 1, 0))
        self._top = min(self._top, self._at)
        self.show()

    async def resume(self) -> None:
        """Somebody was looked at; the list may be another one now."""
        await self.begin()

    async def take(self, text: str) -> None:
        """Look so many days ahead; or begin the relink of whose library card this is."""
        if _DAYS.fullmatch(text) is None:
            await self.counter.opening.open_enrollment(text)
        elif int(text) > _MOST_DAYS:
            self.counter.scan.remark(_("At most {n} days").format(n=_MOST_DAYS))
            self.counter.ring(1)
        else:
            self._days = int(text)
            self._at = self._top = 0
            await self.begin()

    async def enter(self) -> None:
        """Open the patron whose link it is."""
        from counter_tui.screens.patron import PatronJob

        if self.chosen is None:
            await self.back()
        else:
            await self.counter.visit(PatronJob(self.counter, self, self.chosen.patron_id))

    async def press(self, key: str) -> None:
        """Move the mark; print the list, or write it as a file."""
        room = link_rows(self.counter.work_zone.size.height)
        step = {"up": -1, "down": 1, "pageup": -room, "pagedown": room}.get(key, 0)
        if key == "p":
            await self._print()
        elif key == "c":
            path = await self.counter.desk.relinking.write_csv(self._days)
            self.counter.say(Answer(_("Written"), f"{path.parent.name}/{path.name}"))
        elif step and self._links:
            self._at = min(max(self._at + step, 0), len(self._links) - 1)
            self._top = min(max(self._top, self._at - room + 1), self._at)
            self.show()

    async def print_out(self) -> bool:
        """F9 does nothing: the last slip was perhaps not for the person who is marked."""
        self.counter.ring(1)
        return True

    async def slips_changed(self) -> None:
        """Nothing of that is seen here."""

    async def _print(self) -> None:
        number = await self.counter.desk.relinking.print_list(self._days)
        if number is None:
            self.counter.say(Answer(_("No printer"), _("C writes a file")))
        elif self.counter.desk.receipts.drawn_on_screen and not self.has_patron:
            from counter_tui.screens.receipt import ReceiptJob

            await self.counter.visit(ReceiptJob(self.counter, number=number, below=self))
        else:
            self.counter.say(
                Answer(pgettext("verb", "Printing"), _("slip {number}").format(number=number))
            )

    def _work(self, width: int, height: int) -> list[Line]:
        return link_list(
            self._links,
            self._days,
            self._at,
            self._top,
            width,
            height,
            warning_days=self.counter.desk.relinking.warning_days,
        )
