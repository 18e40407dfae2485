"""Looking for a patron: one field, results while typing, and back to whoever is open."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from counter_tui.errors import CounterError
from counter_tui.language import _, pgettext
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.grid import Frame
from counter_tui.screens.hit_list import hit_list, hit_panel, hit_rows
from counter_tui.screens.job import Expectation, Job
from counter_tui.screens.line import Line
from counter_tui.screens.look import Role
from counter_tui.screens.patron_lines import patron_groups, state_word
from counter_tui.screens.scan_line import Mode
from counter_tui.screens.visiting import Chosen, VisitingJob
from counter_tui.text import fold_scan

if TYPE_CHECKING:
    from counter_tui.desk.patron_search import Found, PatronHit
    from counter_tui.desk.patrons import PatronView
    from counter_tui.screens.counter_screen import CounterScreen

_SCANNED_BEHIND: Final = re.compile(r"[0-9A-Za-z]{4,}$")
"""A library card scanned while something stood in the field already."""


class SearchJob(VisitingJob):
    """Shows who fits what is typed. Only Enter chooses, and only somebody who was seen."""

    def __init__(self, counter: CounterScreen, below: Job, then: Chosen | None = None) -> None:
        """`then` None: whoever is chosen opens in the patron screen."""
        super().__init__(counter, below)
        self._then = then
        self._question = ""
        self._found: Found | None = None
        self._at = 0
        self._top = 0

    @property
    def frame(self) -> Frame:
        """The hits take the rows of the answer band, too."""
        return Frame.BODY

    @property
    def chosen(self) -> PatronHit | None:
        """On whom the mark stands."""
        hits = self._found.hits if self._found else ()
        return hits[self._at] if self._at < len(hits) else None

    def expects(self) -> Expectation:
        """Whatever a person says of himself or herself."""
        hint = _("Name, reading, library card, telephone or birth date")
        return Expectation(pgettext("scan", "Search"), hint, Mode.SEARCH)

    def keys(self) -> Sequence[KeyHint]:
        """Choose, open, go back."""
        does = _("Open this person") if self._then is None else _("Take this person")
        hits = len(self._found.hits) if self._found is not None else 0
        choose = [KeyHint(pgettext("key", "Up Down"), _("Choose"))] if hits > 1 else []
        # Before anything is asked, Enter opens whoever is open below.
        has_one = hits > 0 or (self._found is None and self._open_patron is not None)
        return [
            *choose,
            *([KeyHint("Enter", does)] if has_one else []),
            KeyHint("Esc", _("Back")),
            KeyHint("F5^E", _("Register")),
            KeyHint("F1^G", _("Help")),
        ]

    def show(self) -> None:
        """The chosen one at the left, all of them at the right."""
        chosen, waiting = self.chosen, self._open_patron
        if self._found is None and waiting is not None:
            word, role = state_word(waiting.state(self.counter.today, self.counter.soon_days))
            groups = patron_groups(
                waiting, self.counter.today, self.counter.soon_days, card_is_on_reader=False
            )
            self.counter.person.show(word, role, groups)
        elif chosen is None:
            self.counter.person.show(pgettext("state", "Search"), Role.REST_FILL, [])
        else:
            self.counter.person.show(*hit_panel(chosen, self.counter.today, self.counter.soon_days))
        self.counter.work_zone.show(self._work)

    async def begin(self) -> None:
        """A search of its own, for what has been typed since its key was pressed."""
        await self._look_for("")
        await self._look_for(self.counter.scan.typed)

    async def resume(self) -> None:
        """The list as it was left, with what may have been changed meanwhile."""
        question, self._question = self._question, ""
        self.counter.scan.write(question)
        at, top = self._at, self._top
        await self._look_for(question)
        if self._found is not None and at < len(self._found.hits):
            self._at, self._top = at, top
            self.show()

    async def typed(self, text: str) -> None:
        """Show who fits now."""
        await self._look_for(text)

    async def take(self, text: str) -> None:
        """Choose the marked one; a scanned library card chooses its owner."""
        was_seen = text.strip() == self._question
        await self._look_for(text)
        found = self._found
        if found is None or not found.hits:
            await self._try_card_behind(text)
        elif was_seen and self.chosen is not None:
            await self._choose(self.chosen.id)
        elif found.by_card or (len(found.hits) == 1 and not found.loosely):
            await self._choose(found.hits[0].id)
        else:
            # Enter came with the last key: nobody can have looked at whom it would open.
            self.counter.scan.write(text)
            self.counter.ring(1)

    async def enter(self) -> None:
        """Nothing is asked: whoever is open already is meant."""
        waiting = self._open_patron
        if waiting is None:
            self.counter.ring(1)
        else:
            await self._choose(waiting.id)

    async def press(self, key: str) -> None:
        """Move the mark; it stays inside the list, and in sight."""
        count = len(self._found.hits) if self._found else 0
        room = hit_rows(self.counter.work_zone.size.height)
        step = {"up": -1, "down": 1, "pageup": -room, "pagedown": room}.get(key, 0)
        if not count or not step:
            return
        self._at = min(max(self._at + step, 0), count - 1)
        self._top = min(max(self._top, self._at - room + 1), self._at)
        self.show()

    async def link_card(self) -> None:
        """F5: whoever was not found is registered."""
        from counter_tui.screens.registration import RegistrationJob

        await self.counter.open(RegistrationJob(self.counter))

    async def print_out(self) -> bool:
        """F9 does nothing while somebody is marked, for whom the last slip perhaps was not."""
        if self.chosen is None:
            return False
        self.counter.ring(1)
        return True

    async def slips_changed(self) -> None:
        """Nothing of that is seen here."""

    @property
    def _open_patron(self) -> PatronView | None:
        return self.below.open_patron if self._then is None else None

    async def _look_for(self, text: str) -> None:
        question = text.strip()
        if question == self._question and self._found is not None:
            return
        try:
            found = await self.counter.desk.patron_search.search(question)
        except CounterError:
            # Behind the trouble's sheet nothing is typed; after it the search begins anew.
            self._question, self._found = "", None
            self.counter.scan.empty()
            raise
        self._question = question
        self._found = found if question else None
        self._at = self._top = 0
        if self.counter.job is self and not self.counter.is_locked:
            self.show()
            self.counter.refresh_keys()

    async def _try_card_behind(self, text: str) -> None:
        """Somebody scanned a card with something in the field: the card alone is meant."""
        code = _SCANNED_BEHIND.search(fold_scan(text))
        if code is not None and code[0] != fold_scan(text):
            found = await self.counter.desk.patron_search.search(code[0])
            if found.by_card:
                self._question = code[0]
                self._found = found
                await self._choose(found.hits[0].id)
                return
        self.counter.scan.write(text)
        self.counter.ring(1)

    async def _choose(self, patron_id: int) -> None:
        if self._then is not None:
            await self.counter.resume(self.below)
            await self._then(patron_id)
            return
        from counter_tui.screens.patron import PatronJob

        await self.counter.visit(PatronJob(self.counter, self, patron_id))

    def _work(self, width: int, height: int) -> list[Line]:
        waiting = self._open_patron
        name = "" if waiting is None else waiting.name
        return hit_list(self._found, self._at, self._top, width, height, open_below=name)
