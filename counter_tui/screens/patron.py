"""All that is kept on one patron."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from counter_tui.language import _, pgettext
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.grid import Frame
from counter_tui.screens.job import Expectation, Job
from counter_tui.screens.look import Role
from counter_tui.screens.patron_lines import patron_groups, state_word
from counter_tui.screens.visiting import VisitingJob

if TYPE_CHECKING:
    from counter_tui.desk.patron_file import PatronFile
    from counter_tui.screens.counter_screen import CounterScreen


class PatronJob(VisitingJob):
    """A patron's file; nobody's turn ends because of it."""

    def __init__(self, counter: CounterScreen, below: Job, patron_id: int) -> None:
        super().__init__(counter, below)
        self._patron_id = patron_id
        self._file: PatronFile | None = None

    @property
    def frame(self) -> Frame:
        """The file takes the rows of the answer band, too."""
        return Frame.BODY

    def expects(self) -> Expectation:
        """Enter, or another library card."""
        return Expectation(pgettext("scan", "Patron"), _("Enter lends to this person"))

    def keys(self) -> Sequence[KeyHint]:
        """Lend, or go back."""
        return [
            KeyHint("Enter", _("Lend")),
            KeyHint("Esc", _("Back")),
            KeyHint("F4^F", pgettext("key", "Search")),
            KeyHint("F1^G", _("Help")),
        ]

    async def begin(self) -> None:
        """Fetch the file."""
        self._file = await self.counter.desk.patron_files.open(self._patron_id)
        self.show()

    def show(self) -> None:
        """Who it is."""
        if self._file is None:
            self.counter.person.show("", Role.REST_FILL, [])
        else:
            patron, today = self._file.patron, self.counter.today
            word, role = state_word(patron.state(today))
            groups = patron_groups(patron, today, card_is_on_reader=False)
            self.counter.person.show(word, role, groups)
        self.counter.work_zone.show(lambda width, height: [])

    async def enter(self) -> None:
        """Lend to this patron."""
        from counter_tui.screens.lending import LendingJob

        if self._file is not None:
            await self.counter.open(LendingJob(self.counter, self._file.patron))
