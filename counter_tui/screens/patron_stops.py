"""What staff set for a patron: lending stopped, or let go on; a history kept, or not.

Lending is stopped for a library card that was reported lost, or for a reason that is written down.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from counter_tui.desk.blocks import Block, BlockRule
from counter_tui.desk.patron_blocks import LONGEST_NOTE
from counter_tui.explanations import explain
from counter_tui.language import _, pgettext
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.grid import Frame
from counter_tui.screens.job import Expectation, Job
from counter_tui.screens.line import BLANK, Line, Span, wrapped
from counter_tui.screens.look import Role
from counter_tui.screens.patron_lines import patron_groups, state_word
from counter_tui.screens.scan_line import Mode
from counter_tui.screens.visiting import VisitingJob

if TYPE_CHECKING:
    from counter_tui.desk.patron_file import PatronFile
    from counter_tui.screens.counter_screen import CounterScreen

_RULES: Final = {"1": BlockRule.CARD_LOST, "2": BlockRule.MANUAL}
"""What a digit is about: to stop for, or to let go on."""

_HISTORY: Final = "3"


class PatronStopsJob(VisitingJob):
    """Over a patron's file. Each change is asked about, and back at the file it is seen."""

    def __init__(self, counter: CounterScreen, below: Job, file: PatronFile) -> None:
        super().__init__(counter, below)
        self._patron = file.patron
        self._standing: dict[BlockRule, Block] = {
            block.rule: block for block in file.blocks if block.rule in _RULES.values()
        }
        self._writes_reason = False
        self._too_long = 0
        self._keeps_history = False

    @property
    def frame(self) -> Frame:
        """As the file below."""
        return Frame.BODY

    def expects(self) -> Expectation:
        """One of two; for the second, why."""
        if self._writes_reason:
            hint = _("Why lending is stopped. The patron has a right to read it")
            return Expectation(pgettext("scan", "Reason"), hint, Mode.TEXT)
        keys = frozenset({*_RULES, _HISTORY})
        return Expectation(pgettext("scan", "Stop"), _("1 to 3"), keys=keys)

    def keys(self) -> Sequence[KeyHint]:
        """Choose, or write why."""
        leave, help_ = KeyHint("Esc", _("Back")), KeyHint("F1^G", _("Help"))
        if self._writes_reason:
            return [KeyHint("Enter", pgettext("key", "Stop lending")), leave, help_]
        return [KeyHint("1-3", _("Choose")), leave, help_]

    def show(self) -> None:
        """Who it is at the left, what can be done at the right."""
        patron, today, soon = self._patron, self.counter.today, self.counter.soon_days
        word, role = state_word(patron.state(today, soon))
        groups = patron_groups(patron, today, soon, card_is_on_reader=False)
        self.counter.person.show(word, role, groups)
        self.counter.work_zone.show(self._work)

    async def begin(self) -> None:
        """Ask whether a history is kept."""
        self._keeps_history = await self.counter.desk.loan_history.is_kept(self._patron.id)
        if self.counter.job is self and not self.counter.is_locked:
            self.show()

    async def slips_changed(self) -> None:
        """Nothing of that is seen here."""

    async def press(self, key: str) -> None:
        """1, 2: let it go on where it is stopped, else stop it. 3: keep a history, or none."""
        if key == _HISTORY and not self._writes_reason:
            self._ask_about_history()
            return
        rule = _RULES.get(key)
        if rule is None or self._writes_reason:
            return
        if rule in self._standing:
            self._ask_to_lift(self._standing[rule])
        elif rule is BlockRule.MANUAL:
            self._write_reason(True)
        else:
            self._ask_to_stop(rule, "")

    async def take(self, text: str) -> None:
        """Why lending is stopped; anything else was not asked for."""
        reason = text.strip()
        if not self._writes_reason:
            self.counter.scan.remark(_("Not expected now: {code}").format(code=text))
            self.counter.ring(1)
        elif len(reason) > LONGEST_NOTE:
            # What was written is not lost: it is made shorter and given once more.
            self._too_long = len(reason)
            self.counter.scan.write(text)
            self.counter.ring(1)
            self.show()
        else:
            self._ask_to_stop(BlockRule.MANUAL, reason)

    async def enter(self) -> None:
        """Nothing is chosen, or no reason written."""
        self.counter.ring(1)

    async def back(self) -> None:
        """One step back, nothing changed."""
        if self._writes_reason:
            self._write_reason(False)
        else:
            await super().back()

    def _write_reason(self, writes: bool) -> None:
        self._writes_reason = writes
        self._too_long = 0
        self.counter.scan.empty()
        self.counter.refresh_all()

    def _ask_to_stop(self, rule: BlockRule, reason: str) -> None:
        async def stop() -> None:
            await self.counter.desk.patron_blocks.block(self._patron.id, rule, reason)
            await self._done(_("Lending to this person is stopped."))

        async def leave() -> None:
            self.counter.refresh_all()
            self.counter.scan.write(reason)

        if rule is BlockRule.CARD_LOST:
            head = _("Library card lost: stop lending?")
            number = self._patron.library_card_number
            rows = [(pgettext("scan", "Patron"), self._patron.name), (_("Library card"), number)]
        else:
            head = _("Stop lending to this person?")
            rows = [(pgettext("scan", "Patron"), self._patron.name), (_("Reason"), reason)]
        self.counter.ask(head, rows, yes=stop, no=leave)

    def _ask_to_lift(self, block: Block) -> None:
        async def lift() -> None:
            await self.counter.desk.patron_blocks.unblock(self._patron.id, block.rule)
            await self._done(_("That no longer stops lending to this person."))

        async def leave() -> None:
            self.counter.refresh_all()

        if block.rule is BlockRule.CARD_LOST:
            head = _("Has the lost library card's person proved who it is?")
        else:
            head = _("Is the reason settled?")
        rows = [
            (pgettext("scan", "Patron"), self._patron.name),
            (pgettext("stop", "Since"), explain(block).since),
        ]
        if block.note:
            rows.append((_("Reason"), block.note))
        self.counter.ask(head, rows, yes=lift, no=leave)

    def _ask_about_history(self) -> None:
        keep = not self._keeps_history

        async def change() -> None:
            await self.counter.desk.loan_history.wish(self._patron.id, keep=keep)
            await self._done(
                _("What is returned from now on is kept with this person.")
                if keep
                else _("No history is kept; what was kept is forgotten.")
            )

        async def leave() -> None:
            self.counter.refresh_all()

        if keep:
            head = _("Does the person wish a history of loans?")
            what = _("Items and dates stay with the person after the return.")
        else:
            head = _("Keep no history, and forget what was kept?")
            what = _("What was returned can no longer be told.")
        rows = [(pgettext("scan", "Patron"), self._patron.name), (_("Loan history"), what)]
        self.counter.ask(head, rows, yes=change, no=leave)

    async def _done(self, said: str) -> None:
        await self.counter.resume(self.below)
        self.counter.scan.remark(said)

    def _work(self, width: int, height: int) -> list[Line]:
        lines = [Line([Span(_("Stop lending, or let it go on"), bold=True)]), BLANK]
        if self._writes_reason:
            lines += _said(_("Why may nothing be lent to this person?"), width, Role.INK)
            limit = _("A reason has up to {n} characters.").format(n=LONGEST_NOTE)
            if self._too_long:
                limit += " " + _("This one has {n}.").format(n=self._too_long)
            lines += [BLANK, *_said(limit, width, Role.WARN if self._too_long else Role.SOFT)]
            return lines
        for key, rule in _RULES.items():
            standing = self._standing.get(rule)
            text = _to_stop(rule) if standing is None else _to_lift(rule)
            lines.append(Line([Span(f" {key}  ", Role.ACCENT, bold=True), Span(text)]))
            if standing is not None:
                since = explain(standing).since
                told = "  ".join(each for each in (since, standing.note) if each)
                lines += _said(told, width, Role.SOFT, indent=4)
            lines.append(BLANK)
        history = (
            _("Keep a loan history no more")
            if self._keeps_history
            else _("Keep a loan history, if wished")
        )
        lines += [Line([Span(f" {_HISTORY}  ", Role.ACCENT, bold=True), Span(history)]), BLANK]
        said = (
            _("Lending stops for both cards of this person. Returning works."),
            _("A lost My Number card: F6^U, the loss desk."),
            _("Who stopped lending or let it go on is recorded; the reason goes with the stop."),
        )
        for text in said:
            lines += _said(text, width, Role.SOFT)
        return lines


def _said(text: str, width: int, role: Role, indent: int = 0) -> list[Line]:
    return [Line([Span(" " * indent + row, role)]) for row in wrapped(text, width - indent)]


def _to_stop(rule: BlockRule) -> str:
    if rule is BlockRule.CARD_LOST:
        return _("The library card is reported lost")
    return _("Stop lending for another reason")


def _to_lift(rule: BlockRule) -> str:
    if rule is BlockRule.CARD_LOST:
        return _("Lost library card: let lending go on")
    return _("Stopped by staff: let lending go on")
