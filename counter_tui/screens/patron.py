"""All that is kept on one patron, and what can be done from there."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING

from counter_tui.desk.blocks import BlockRule, Stops
from counter_tui.desk.patron_notes import LONGEST_NOTE
from counter_tui.desk.patrons import PatronState, PatronView
from counter_tui.errors import InvalidField, PatronLapsed
from counter_tui.language import _, ngettext, pgettext
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.grid import Frame
from counter_tui.screens.job import Expectation, Job
from counter_tui.screens.line import BLANK, Line, Span, wrapped
from counter_tui.screens.look import Role
from counter_tui.screens.patron_file_lines import file_lines, note_lines
from counter_tui.screens.patron_lines import patron_groups, state_word
from counter_tui.screens.patron_stops import PatronStopsJob
from counter_tui.screens.scan_line import Mode
from counter_tui.screens.visiting import VisitingJob, bottom

if TYPE_CHECKING:
    from counter_tui.desk.patron_file import PatronFile
    from counter_tui.screens.counter_screen import CounterScreen

_REMOVE = "-"
"""Typed in place of a note, it takes the marked one away."""


class _Phase(Enum):
    READING = "reading"
    NOTES = "notes"
    REPORT = "report"
    """What is stored about the patron is to be printed, or written to a file."""


class PatronJob(VisitingJob):
    """A patron's file. That it was opened is accounted for; nobody's turn ends because of it."""

    def __init__(self, counter: CounterScreen, below: Job, patron_id: int) -> None:
        super().__init__(counter, below)
        self._patron_id = patron_id
        self._file: PatronFile | None = None
        self._phase = _Phase.READING
        self._explained = 0
        self._top = 0
        self._note = 0
        self._too_long = 0
        self._written = ""

    @property
    def frame(self) -> Frame:
        """The file takes the rows of the answer band, too."""
        return Frame.BODY

    @property
    def file(self) -> PatronFile | None:
        """What is shown; None before it is there, or when the record is gone."""
        return self._file

    def expects(self) -> Expectation:
        """Enter, or another library card; a note."""
        if self._phase is _Phase.NOTES:
            hint = _("Write, then Enter. The patron has a right to read it")
            return Expectation(pgettext("patron", "Note"), hint, Mode.TEXT)
        if self._phase is _Phase.REPORT:
            hint = _("P prints it, C writes a CSV file")
            return Expectation(pgettext("scan", "Report"), hint, keys=frozenset("pc"))
        return Expectation(
            pgettext("scan", "Patron"), _("Enter lends to this person. Or another library card")
        )

    def keys(self) -> Sequence[KeyHint]:
        """What can be done from here."""
        help_ = KeyHint("F1^G", _("Help"))
        if self._phase is _Phase.NOTES:
            keys = [KeyHint("Enter", _("Keep the note"))]
            if self._file is not None and self._file.notes:
                up_down = KeyHint(pgettext("key", "Up Down"), _("Choose"))
                keys += [up_down, KeyHint("- Enter", _("Remove"))]
            return [*keys, KeyHint("Esc", _("Back")), help_]
        if self._phase is _Phase.REPORT:
            return [
                KeyHint("P", _("Print")),
                KeyHint("C", _("CSV file")),
                KeyHint("Esc", _("Back")),
                help_,
            ]
        blocks = self._file.blocks if self._file is not None else ()
        has_lapsed = any(block.rule is BlockRule.LAPSED for block in blocks)
        keys = [KeyHint("Enter", _("Lend"))]
        if len(blocks) > 1:
            keys.append(KeyHint("Tab", pgettext("key", "Why")))
        keys.append(KeyHint("^N", pgettext("patron", "Note")))
        keys.append(KeyHint("^A", pgettext("patron", "Stop")))
        # There is not room for all: who has lapsed is renewed first, others need not be now.
        if not has_lapsed:
            keys.append(KeyHint("F5^E", pgettext("key", "Link")))
        if has_lapsed or len(blocks) <= 1:
            keys.append(KeyHint("F7^Y", pgettext("key", "Renew")))
        return [*keys, KeyHint("F9^D", pgettext("key", "Report")), KeyHint("Esc", _("Back"))]

    def show(self) -> None:
        """Who it is at the left, all the rest at the right."""
        if self._file is None:
            self.counter.person.show("", Role.REST_FILL, [])
        else:
            patron, today = self._file.patron, self.counter.today
            word, role = state_word(patron.state(today, self.counter.soon_days))
            stopped = any(block.stops is Stops.LENDING for block in self._file.blocks)
            if stopped and patron.state(today, self.counter.soon_days) is not PatronState.EXPIRED:
                word, role = pgettext("state", "Stopped"), Role.STOP_FILL
            groups = patron_groups(patron, today, self.counter.soon_days, card_is_on_reader=False)
            self.counter.person.show(word, role, groups)
        self.counter.work_zone.show(self._work)

    async def begin(self) -> None:
        """Fetch the file, which is accounted for."""
        self._show_file(await self.counter.desk.patron_files.open(self._patron_id))

    async def resume(self) -> None:
        """Something may have been done for this patron meanwhile."""
        await self._look_again()

    async def day_changed(self) -> None:
        """Days left and blocks are others."""
        await self._look_again()

    async def slips_changed(self) -> None:
        """Nothing of that is seen here."""

    async def take(self, text: str) -> None:
        """A note; or a library card, whose file is opened in place of this one."""
        if self._phase is _Phase.NOTES:
            await self._take_note(text)
            return
        self._enter_phase(_Phase.READING)
        found = await self.counter.desk.identification.scan(text)
        if not isinstance(found, PatronView):
            # Lending it to whoever is open below would hit the wrong person.
            self.counter.scan.remark(_("Nothing was lent. Enter lends to this person."))
            self.counter.ring(1)
            return
        self._patron_id = found.id
        self._explained = self._top = 0
        await self.begin()

    async def enter(self) -> None:
        """Lend to this patron; from notes and report, back to the file."""
        if self._phase is not _Phase.READING:
            self._enter_phase(_Phase.READING)
            return
        if self._file is None:
            await self.back()
            return
        from counter_tui.screens.lending import LendingJob

        waiting = bottom(self)
        if isinstance(waiting, LendingJob) and waiting.patron_id == self._patron_id:
            await self.counter.resume(waiting)
        else:
            await self.counter.open(LendingJob(self.counter, self._file.patron))

    async def back(self) -> None:
        """One step back."""
        if self._phase is not _Phase.READING:
            self._enter_phase(_Phase.READING)
        else:
            await super().back()

    async def press(self, key: str) -> None:
        """Page, explain the next block, take notes, or stop lending and let it go on."""
        if self._file is None:
            return
        if self._phase is _Phase.REPORT and key in ("p", "c"):
            await (self._print_report() if key == "p" else self._write_report())
            return
        if key in ("up", "down") and self._phase is _Phase.NOTES:
            step = 1 if key == "down" else -1
            self._note = min(max(self._note + step, 0), max(len(self._file.notes) - 1, 0))
        elif key == "ctrl+n":
            self._enter_phase(_Phase.NOTES)
        elif key == "ctrl+a" and self._phase is _Phase.READING:
            await self.counter.visit(PatronStopsJob(self.counter, self, self._file))
            return
        elif key == "tab" and self._file.blocks:
            self._explained = (self._explained + 1) % len(self._file.blocks)
            self._top = 0
        else:
            self._scroll(key)
        self.show()

    async def link_card(self) -> None:
        """F5: link a card, or one in place of the present one; who has lapsed is renewed first."""
        if self._file is None:
            return
        patron = self._file.patron
        if patron.days_left(self.counter.today) < 0:
            lapsed = PatronLapsed(patron.expires_on)
            self.counter.tell(lapsed, kept=_("No card was linked."))
            return
        await self.counter.opening.open_enrollment(patron.library_card_number)

    async def unlink_card(self) -> None:
        """F6: the loss desk, with this patron."""
        if self._file is not None:
            await self.counter.opening.visit_loss_desk(self._patron_id)

    async def renew_validity(self) -> None:
        """F7: this patron's validity, and back to the file."""
        if self._file is not None:
            await self.counter.opening.visit_validity(self._patron_id)

    async def print_out(self) -> bool:
        """F9: what is stored about this patron, on paper or in a file. Asked for before it is."""
        if self._file is not None:
            self._enter_phase(_Phase.REPORT)
        return True

    async def _print_report(self) -> None:
        desk = self.counter.desk
        number = await desk.privacy.print_report(self._patron_id)
        if number is None:
            self.counter.scan.remark(_("There is no printer. C writes a CSV file."))
            self.counter.ring(1)
            return
        self._enter_phase(_Phase.READING)
        if desk.receipts.drawn_on_screen:
            from counter_tui.screens.receipt import ReceiptJob

            await self.counter.visit(ReceiptJob(self.counter, number=number, below=self))
        else:
            said = _("Printing, slip {number}. Give it to this person alone.")
            self.counter.scan.remark(said.format(number=number))
            self.counter.tell_printer_trouble()

    async def _write_report(self) -> None:
        path = await self.counter.desk.privacy.write_report(self._patron_id)
        self._enter_phase(_Phase.READING)
        self._written = str(path)
        self.show()

    def _scroll(self, key: str) -> None:
        size = self.counter.work_zone.size
        page = max(size.height - 2, 1)
        step = {"up": -1, "down": 1, "pageup": -page, "pagedown": page}.get(key, 0)
        if self._file is None or not step:
            return
        total = len(self._lines(self._file, size.width))
        self._top = max(min(self._top + step, total - size.height + 1), 0)

    def _enter_phase(self, phase: _Phase) -> None:
        self._phase = phase
        self._written = ""
        self._note = self._too_long = 0
        self.counter.refresh_all()

    async def _take_note(self, text: str) -> None:
        notes = self._file.notes if self._file else ()
        if text == _REMOVE:
            if self._note < len(notes):
                self._ask_to_remove(notes[self._note].id, notes[self._note].text)
            return
        try:
            await self.counter.desk.patron_notes.add(self._patron_id, text)
        except InvalidField:
            # What was written is not lost: it is made shorter and given once more.
            self._too_long = len(text)
            self.counter.scan.write(text)
            self.counter.ring(1)
            self.show()
            return
        self._enter_phase(_Phase.READING)
        await self._look_again()

    def _ask_to_remove(self, note_id: int, text: str) -> None:
        async def remove() -> None:
            await self.counter.desk.patron_notes.remove(self._patron_id, note_id)
            self._enter_phase(_Phase.READING)
            await self._look_again()

        async def keep() -> None:
            self.counter.refresh_all()

        self.counter.ask(
            _("Remove this note?"), [(pgettext("patron", "Note"), text)], yes=remove, no=keep
        )

    async def _look_again(self) -> None:
        self._show_file(await self.counter.desk.patron_files.look_again(self._patron_id))

    def _show_file(self, file: PatronFile | None) -> None:
        self._file = file
        if file is not None:
            self._explained = min(self._explained, max(len(file.blocks) - 1, 0))
        if self.counter.job is self and not self.counter.is_locked:
            self.show()
            self.counter.refresh_keys()

    def _work(self, width: int, height: int) -> list[Line]:
        file = self._file
        if file is None:
            gone = _("This record is there no more.")
            return [Line([Span(gone, Role.WARN, bold=True)])]
        if self._phase is _Phase.NOTES:
            return self._notes(file, width)
        if self._phase is _Phase.REPORT:
            return _report_lines(width)
        lines = self._lines(file, width)
        top = max(min(self._top, len(lines) - height + 1), 0)
        if len(lines) <= height:
            return lines
        shown = lines[top : top + height - 1]
        rest = len(lines) - top - len(shown)
        foot = ngettext("{n} more line  PgDn", "{n} more lines  PgDn", rest).format(n=rest)
        shown.append(Line([], [Span(foot if rest else _("The end  PgUp"), Role.ACCENT)]))
        return shown

    def _lines(self, file: PatronFile, width: int) -> list[Line]:
        elsewhere = self.counter.desk.place.renewal_elsewhere
        lines = file_lines(file, width, self._explained, elsewhere)
        return [*self._written_lines(width), *lines]

    def _written_lines(self, width: int) -> list[Line]:
        """Where the file with the report is, in full: somebody has to find it."""
        if not self._written:
            return []
        said = wrapped(_("Written: {path}").format(path=self._written), width)
        return [*[Line([Span(row, Role.OK)]) for row in said], BLANK]

    def _notes(self, file: PatronFile, width: int) -> list[Line]:
        lines = note_lines(file.notes, width, self._note)
        limit = _("A note has up to {n} characters.").format(n=LONGEST_NOTE)
        if self._too_long:
            limit += " " + _("This one has {n}.").format(n=self._too_long)
        role = Role.WARN if self._too_long else Role.SOFT
        said = [limit, _("That a note was written or removed is kept on record, its text is not.")]
        return [
            *lines,
            BLANK,
            *[Line([Span(row, role)]) for text in said for row in wrapped(text, width)],
        ]


def _report_lines(width: int) -> list[Line]:
    said = (
        _("The paper has all facts, and the newest events. It is some 30 cm long, or longer."),
        _("The file has everything, row by row. Only this terminal's account reads it."),
        _("That it was given out is kept on record."),
    )
    lines = [Line([Span(_("What the library keeps about this person"), bold=True)])]
    for text in said:
        lines += [BLANK, *[Line([Span(row)]) for row in wrapped(text, width)]]
    return lines
