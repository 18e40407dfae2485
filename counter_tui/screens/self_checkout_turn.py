"""One patron's turn at the self-checkout, from the start to the card that is taken.

Everything comes in the order in which it happened. A loan is kept before it is shown; what was
kept stays, whatever becomes of the turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from counter_tui.errors import (
    CounterError,
    ItemAlreadyYours,
    NumberIsBoth,
    ScanError,
    StoreError,
    UnknownCode,
    UnknownItem,
)
from counter_tui.language import _, pgettext
from counter_tui.screens import self_checkout_words as words
from counter_tui.screens.self_checkout_face import Step
from counter_tui.screens.self_checkout_terminal import Done, Stopped, Terminal
from counter_tui.screens.self_checkout_words import Said

if TYPE_CHECKING:
    from counter_tui.desk.identification import Touched
    from counter_tui.desk.items import ItemView
    from counter_tui.desk.lending import LoanView
    from counter_tui.desk.patrons import PatronView
    from counter_tui.screens.happenings import Reaction

MOST_COUNTED: Final = 2
"""Digits of a number of books. No barcode is so short."""

STOP_BELLS: Final = 3
REMARK_BELLS: Final = 1
"""As at the counter: three when nothing happened, one to look up."""


class Turn:
    """Where the terminal is in the five steps, and for whom."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self.step = Step.START
        self.stopped: Stopped | None = None
        self.remark = ""
        self.patron: PatronView | None = None
        self.loans: list[LoanView] = []
        self.counted: int | None = None
        self.done = Done()
        self._other_card_came = False

    # ------------------------------------------------------------------------- buttons

    async def enter(self) -> None:
        """The one large button."""
        stopped = self.stopped
        if stopped is not None:
            await self._go_on(stopped.then)
        elif self.step is Step.START:
            await self._terminal.holder.have_desk()
            self._go_to(Step.READ if self._terminal.card_is_on_reader else Step.LAY)
        elif self.step in (Step.LAY, Step.READ):
            if self._terminal.card_is_on_reader:
                await self._read()
            else:
                self._remark(_("Please lay your card here first."))
        elif self.step is Step.ITEMS:
            await self._end()
        elif self._terminal.card_is_on_reader:
            self._terminal.ring(REMARK_BELLS)
        else:
            self.start_over()

    async def back(self) -> None:
        """Esc: one step back; after the first loan nothing."""
        stopped = self.stopped
        if stopped is not None:
            await self._go_on(stopped.escape or stopped.then)
        elif self.step in (Step.LAY, Step.READ):
            self._give_up()
        elif self.step is Step.ITEMS and not self.loans:
            self._forget_patron()
            self._go_to(Step.READ if self._terminal.card_is_on_reader else Step.LAY)

    @property
    def way_back(self) -> str:
        """What Esc does now; empty: nothing."""
        if self.stopped is not None:
            return self.stopped.way_back
        goes_back = self.step in (Step.LAY, Step.READ) or (
            self.step is Step.ITEMS and not self.loans
        )
        return pgettext("self-checkout", "Back") if goes_back else ""

    async def idle(self) -> None:
        """Nobody has touched anything for a minute. Loans stay, and their slip comes."""
        if self.step is Step.ITEMS:
            self.stopped = None
            await self._finish()
            if not self._terminal.card_is_on_reader:
                self.start_over()
        elif self.stopped is not None or self.step in (Step.LAY, Step.READ):
            self.stopped = None
            self._give_up()
        elif self.step is Step.TAKE and not self._terminal.card_is_on_reader:
            self.start_over()

    @property
    def can_be_idle(self) -> bool:
        """Whether somebody who goes away leaves something open."""
        if self.step is Step.TAKE:
            return not self._terminal.card_is_on_reader
        return self.step is not Step.START or self.stopped is not None

    # ---------------------------------------------------------------------------- scans

    async def take(self, code: str) -> None:
        """Something was scanned, or typed and ended with Enter."""
        if self.stopped is not None:
            self.stopped.skipped += 1
            self._terminal.ring(REMARK_BELLS)
            self._terminal.show()
        elif self.step is Step.ITEMS:
            if len(code) <= MOST_COUNTED and code.isdecimal():
                self.counted = int(code)
                self.remark = ""
                self._terminal.show()
            else:
                await self._lend(code)
        elif self.step is Step.TAKE and self._terminal.card_is_on_reader:
            self._remark(_("Please take the card first."))
        else:
            await self._open_by_number(code)

    async def _open_by_number(self, code: str) -> None:
        try:
            found = await self._find(code)
        except NumberIsBoth as error:
            self._stop(words.card_refused(error), self._begin_anew)
        except (UnknownCode, ScanError):
            self._remark(_("That number is not known here. Please scan it again."))
        except CounterError as error:
            self._stop(words.card_refused(error), self._begin_anew)
        else:
            if found is None:
                self._remark(_("Please lay your card here first."))
            else:
                await self._open(found)

    async def _find(self, code: str) -> PatronView | None:
        """Whose library card it is; None: it is an item.

        Raises:
            CounterError
        """
        found: PatronView | ItemView = await self._terminal.desk.identification.scan(code)
        from counter_tui.desk.patrons import PatronView as Patron  # peewee is there by now

        return found if isinstance(found, Patron) else None

    async def _lend(self, code: str) -> None:
        patron = self.patron
        if patron is None:
            return
        try:
            lent = await self._terminal.desk.lending.checkout(patron.id, code)
        except UnknownItem as error:
            await self._look_for_card(code, error)
        except ItemAlreadyYours as error:
            in_this_turn = any(loan.id == error.loan_id for loan in self.loans)
            self._remark(words.already_yours(error, in_this_turn=in_this_turn))
        except CounterError as error:
            self._refuse_item(code, error)
        else:
            self.loans.append(lent.loan)
            self.patron = lent.patron
            self.remark = ""
            self._terminal.show()

    async def _look_for_card(self, code: str, unknown: UnknownItem) -> None:
        """What is no item may be a library card: this person's once more, or the next one's."""
        try:
            found = await self._find(code)
        except UnknownCode:
            self._refuse_item(code, unknown)
        except CounterError as error:
            self._refuse_item(code, error)
        else:
            if found is not None and self.patron is not None and found.id == self.patron.id:
                self._remark(_("Your card is done. Please scan your books."))
            else:
                self._stop_for_other_card()

    def _refuse_item(self, code: str, error: CounterError) -> None:
        ends = isinstance(error, words.PATRON_STOPPED)
        said = words.item_refused(error, code)
        self._stop(
            said,
            self._finish if ends else self._stay,
            pgettext("self-checkout", "End") if ends else "",
        )

    # ---------------------------------------------------------------------------- cards

    async def card_laid(self) -> None:
        """A card lies on the reader."""
        if self.step is Step.ITEMS:
            if self.stopped is not None:
                self._other_card_came = True
            else:
                await self._look_whose()
        elif self.step is not Step.READ or self.stopped is not None:
            # Also after the end, and in place of Enter to what was said of another card.
            self._begin_anew_with_card()

    async def card_missed(self) -> None:
        """A card was laid down, and was gone before anybody could look at it."""
        if self.step in (Step.LAY, Step.READ) and self.stopped is None:
            self._remark(words.lay_again())

    async def card_taken(self) -> None:
        """The reader is empty again."""
        if self.stopped is not None or self.step in (Step.START, Step.LAY, Step.ITEMS):
            self._terminal.show()
        elif self.step is Step.READ:
            self._go_to(Step.LAY)
        else:
            self.start_over()

    async def card_was_there(self) -> None:
        """The reader came up with a card on it: somebody has forgotten it."""
        if self.step is Step.START:
            self.done = Done(forgotten=True)
            self.stopped = None
            self._ask_to_take()
        else:
            await self.card_laid()

    async def _read(self) -> None:
        """Read the card without a PIN, because a person pressed the button."""
        try:
            touched = await self._touch()
        except words.LAY_AGAIN:
            self._go_to(Step.READ if self._terminal.card_is_on_reader else Step.LAY)
            self._remark(words.lay_again())
        except CounterError as error:
            self._stop(words.card_refused(error), self._begin_anew)
        else:
            await self._open(touched.patron)

    async def _touch(self) -> Touched:
        identification = self._terminal.desk.identification
        return await self._terminal.waiting(identification.touch(attended=False))

    async def _look_whose(self) -> None:
        """A card was laid down while somebody borrows: the same one again, or the next person's."""
        try:
            touched = await self._touch()
        except words.LAY_AGAIN:
            if self._terminal.card_is_on_reader:
                self._stop_for_other_card()
        except CounterError:
            # Not known to be this person's. Nothing is lent until somebody has looked.
            self._stop_for_other_card()
        else:
            if self.patron is None or touched.patron.id != self.patron.id:
                self._stop_for_other_card()

    def _stop_for_other_card(self) -> None:
        said = Said(
            words.again_word(),
            _("This is another card."),
            (_("Somebody is still borrowing here."), _("When that is ended, use this card.")),
        )
        self._stop(
            said,
            self._finish,
            _("End this turn"),
            escape=self._stay,
            way_back=_("Go on borrowing"),
        )

    # ----------------------------------------------------------------------------- turns

    async def _open(self, patron: PatronView) -> None:
        try:
            blocks = await self._terminal.desk.lending.blocks(patron.id)
        except StoreError as error:
            self._stop(words.card_refused(error), self._begin_anew)
            return
        if blocks:
            self._stop(words.blocked(blocks[0]), self._begin_anew)
            return
        self.patron, self.loans, self.counted = patron, [], None
        self._other_card_came = False
        self._go_to(Step.ITEMS)

    async def _end(self) -> None:
        """The button at the books; asks when fewer were read than lie there."""
        missing = (self.counted or 0) - len(self.loans)
        if self.counted is None or missing <= 0:
            await self._finish()
            return
        said = Said(
            words.again_word(),
            _("You laid down {n}, and {m} are done.").format(n=self.counted, m=len(self.loans)),
            (_("Please scan the others, one by one."),),
        )
        # The button does what is right more often: a book that was not read rings at the gate.
        self._stop(
            said,
            self._stay,
            _("Go on borrowing"),
            escape=self._finish,
            way_back=pgettext("self-checkout", "End"),
        )

    async def _finish(self) -> None:
        patron, loans = self.patron, self.loans
        if patron is None:
            return
        due = tuple(sorted(loan.due_on for loan in loans))
        slip = await self._queue_slip(patron.id, [loan.id for loan in loans])
        self._forget_patron()
        self.done = Done(due, patron.expires_on, slip)
        if due or self._terminal.card_is_on_reader:
            self._ask_to_take()
        else:
            self.start_over()

    async def _queue_slip(self, patron_id: int, loan_ids: Sequence[int]) -> bool:
        """Whether a slip will come. Nothing about it ever holds up a turn: the loans stand."""
        try:
            return await self._terminal.desk.lending.finish(patron_id, loan_ids) is not None
        except StoreError:
            return False

    async def keep(self) -> None:
        """The program ends: queue the slip of whoever is borrowing. Idempotent.

        Raises:
            CounterError: the store refuses; the loans stand, no slip is queued.
        """
        patron, loans = self.patron, self.loans
        if patron is not None:
            self._forget_patron()
            await self._terminal.desk.lending.finish(patron.id, [loan.id for loan in loans])

    def start_over(self) -> None:
        """Wait for the next person."""
        self._forget_patron()
        self.done = Done()
        self.stopped = None
        self._terminal.remind_of_card(False)
        self._go_to(Step.START)

    def _begin_anew_with_card(self) -> None:
        self.start_over()
        self._go_to(Step.READ)

    async def _begin_anew(self) -> None:
        self._give_up()

    def _give_up(self) -> None:
        """Nobody's turn any more; a card that lies there is to be taken."""
        self._forget_patron()
        self.done = Done()
        if self._terminal.card_is_on_reader:
            self._ask_to_take()
        else:
            self.start_over()

    def _ask_to_take(self) -> None:
        self._go_to(Step.TAKE)
        self._terminal.remind_of_card(self._terminal.card_is_on_reader)

    def _forget_patron(self) -> None:
        self.patron, self.loans, self.counted = None, [], None

    def _go_to(self, step: Step) -> None:
        self.step = step
        self.remark = ""
        self._terminal.show()

    # ------------------------------------------------------------------------- what is said

    def _remark(self, sentence: str) -> None:
        self.remark = sentence
        self._terminal.ring(REMARK_BELLS)
        self._terminal.show()

    def _stop(
        self,
        said: Said,
        then: Reaction,
        button: str = "",
        *,
        escape: Reaction | None = None,
        way_back: str = "",
    ) -> None:
        self.remark = ""
        self.stopped = Stopped(said, then, button or _("I see"), escape, way_back)
        self._terminal.ring(STOP_BELLS)
        self._terminal.show()

    def refuse(self, error: CounterError) -> None:
        """What a happening raised, and nobody expected: said like all else."""
        then = self._stay if self.step is Step.ITEMS else self._begin_anew
        self._stop(words.card_refused(error), then)

    async def _go_on(self, then: Reaction) -> None:
        self.stopped = None
        await then()
        if self.step is Step.ITEMS and self._other_card_came and self.stopped is None:
            self._other_card_came = False
            if self._terminal.card_is_on_reader:
                await self._look_whose()

    async def _stay(self) -> None:
        self._terminal.show()
