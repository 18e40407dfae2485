"""Lending to one patron: scan after scan, until Enter or the next card."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING

from counter_tui.desk.blocks import BlockRule
from counter_tui.desk.identification import CardBoundProof
from counter_tui.desk.patrons import PatronView
from counter_tui.desk.scans import Meant
from counter_tui.errors import (
    AuthPinWanted,
    CardGone,
    CounterError,
    NumberIsBoth,
    PatronLapsed,
    UnknownItem,
)
from counter_tui.explanations import explain
from counter_tui.language import _, day, language, ngettext, pgettext
from counter_tui.screens.answer_band import Answer
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.home import HomeJob, Previous
from counter_tui.screens.job import Expectation, Job
from counter_tui.screens.line import Line, Span, seal
from counter_tui.screens.loan_list import loan_list
from counter_tui.screens.look import Role
from counter_tui.screens.patron_lines import patron_groups, state_word
from counter_tui.screens.touch_pin import TouchPinJob, touch
from counter_tui.screens.which_is_meant import ask_which_is_meant

if TYPE_CHECKING:
    from counter_tui.desk.lending import LoanView
    from counter_tui.screens.counter_screen import CounterScreen


class _Phase(Enum):
    LENDING = "lending"
    HANDING_BACK = "handing back"
    """All is done, but the card still lies on the reader."""


class LendingJob(Job):
    """One patron's turn. Every loan is kept before it is shown."""

    def __init__(
        self, counter: CounterScreen, patron: PatronView, proof: CardBoundProof | None = None
    ) -> None:
        """`proof` None: opened by the library card."""
        super().__init__(counter)
        self._patron = patron
        self._proof = proof
        self._loans: list[LoanView] = []
        self._phase = _Phase.LENDING
        self._slip: int | None = None
        self._is_finished = False

    @property
    def has_patron(self) -> bool:
        """Always."""
        return True

    @property
    def patron(self) -> PatronView:
        """Who is open."""
        return self._patron

    @property
    def open_patron(self) -> PatronView:
        """Who is open."""
        return self._patron

    @property
    def loans(self) -> Sequence[LoanView]:
        """What this patron has borrowed in this turn."""
        return self._loans

    @property
    def patron_id(self) -> int:
        """The open patron."""
        return self._patron.id

    @property
    def may_be_interrupted(self) -> bool:
        """Between the last scan and the next patron."""
        return self._phase is _Phase.HANDING_BACK

    @property
    def can_wait(self) -> bool:
        """Until all is done: then nothing is left to go on with."""
        return self._phase is _Phase.LENDING

    def expects(self) -> Expectation:
        """The next item."""
        if self._phase is _Phase.HANDING_BACK:
            return Expectation(
                pgettext("scan", "Card"), _("Goes on when the card is taken, or with the next one")
            )
        return Expectation(
            pgettext("scan", "Item"), _("Scan items. The next person's card switches over")
        )

    def keys(self) -> Sequence[KeyHint]:
        """Enter ends the patron."""
        first = [KeyHint("Enter", pgettext("key", "End"))]
        if self._phase is _Phase.HANDING_BACK:
            # While the card lies there, taking it is what goes on, and not a key.
            first = [] if self.counter.card_is_on_reader else [KeyHint("Enter", _("Go on"))]
        return [
            *first,
            KeyHint("F4^F", pgettext("key", "Patrons")),
            KeyHint("F5^E", pgettext("key", "Link")),
            KeyHint("F7^Y", pgettext("key", "Renew")),
            KeyHint("F9^D", _("Print again")),
            KeyHint("F1^G", _("Help")),
        ]

    def show(self) -> None:
        """Person, today's loans, and what staff must know before they lend."""
        self._show_person()
        self.counter.work_zone.show(self._work)

    async def begin(self) -> None:
        """Say once what stands in the way."""
        wanted = _("Scan the items")
        self.counter.answer.say(Answer(wanted, role=Role.REST_FILL))
        blocks = await self.counter.desk.lending.blocks(self._patron.id)
        if not blocks or self.counter.job is not self:
            return
        if blocks[0].rule is BlockRule.LAPSED:
            lapsed = _("The library card lapsed on {date}.")
            said = Answer(lapsed.format(date=day(self._patron.expires_on)), role=Role.STOP_FILL)
        else:
            why = explain(blocks[0])
            said = Answer(why.rule, blocks[0].note or why.since, role=Role.STOP_FILL)
        self.counter.answer.say(said)

    async def resume(self) -> None:
        """What staff looked up may have been changed: a note, a link, the validity."""
        found = await self.counter.desk.patron_files.look_again(self._patron.id)
        if found is not None:
            self._patron = found.patron
        self.show()

    async def take(self, text: str) -> None:
        """Lend an item; another person's library card opens that person."""
        if self._phase is _Phase.LENDING:
            try:
                await self._lend(text)
            except UnknownItem:
                await self._switch_by_number(text)
            except NumberIsBoth as both:
                self._ask_which(text, both, card_first=False)
        else:
            try:
                await self._switch_by_number(text)
            except NumberIsBoth as both:
                self._ask_which(text, both, card_first=True)

    def _ask_which(self, text: str, both: NumberIsBoth, *, card_first: bool) -> None:
        async def lend() -> None:
            if self._phase is _Phase.LENDING:
                await self._lend(text, Meant.ITEM)
            else:
                await self._switch_by_number(text, Meant.ITEM)

        ask_which_is_meant(
            self.counter,
            both,
            card=lambda: self._switch_by_number(text, Meant.LIBRARY_CARD),
            item=lend,
            card_first=card_first,
        )

    async def _lend(self, barcode: str, meant: Meant | None = None) -> None:
        lent = await self.counter.desk.lending.checkout(self._patron.id, barcode, meant=meant)
        self._loans.append(lent.loan)
        self._patron = lent.patron
        self.counter.answer.say(
            Answer(
                pgettext("verb", "Lent"),
                lent.loan.title,
                _("until {date}").format(date=day(lent.loan.due_on)),
            )
        )
        self.show()

    async def _switch_by_number(self, code: str, meant: Meant | None = None) -> None:
        found = await self.counter.desk.identification.scan(code, meant)
        if not isinstance(found, PatronView):
            # Handing back: an item scanned now belongs to nobody yet.
            self.counter.say(Answer(_("Item"), found.title, _("Open a patron first")))
        elif found.id != self._patron.id or self._phase is _Phase.HANDING_BACK:
            await self.counter.open(LendingJob(self.counter, found))

    async def enter(self) -> None:
        """End this patron: the slip is queued, the card goes back."""
        if self._phase is _Phase.LENDING:
            await self._finish()
            if self.counter.card_is_on_reader:
                self._hand_back()
                self.counter.tell_printer_trouble()
                return
        elif self.counter.card_is_on_reader:
            self.counter.ring(1)
            return
        await self._go_home()

    async def leave(self) -> None:
        """Another job begins: the slip is queued if it was not."""
        await self._finish()

    async def link_card(self) -> None:
        """Link a card to the patron who is open; a lapsed one stays open, to be renewed first."""
        if self._patron.days_left(self.counter.today) < 0:
            lapsed = PatronLapsed(self._patron.expires_on)
            self.counter.tell(lapsed, kept=_("No card was linked."))
            return
        await self.counter.open_enrollment(self._patron.library_card_number)

    async def unlink_card(self) -> None:
        """The loss desk, with the patron who is open; when all is done, with nobody."""
        if self._phase is _Phase.HANDING_BACK:
            await super().unlink_card()
            return
        is_here = self._proof is not None and self.counter.card_is_on_reader
        await self.counter.visit_loss_desk(self._patron.id, card_is_here=is_here)

    async def renew_validity(self) -> None:
        """The validity of the patron who is open; when all is done, of nobody."""
        if self._phase is _Phase.HANDING_BACK:
            await super().renew_validity()
        else:
            await self.counter.visit_validity(self._patron.id)

    async def card_laid(self) -> None:
        """The next person's card ends this patron; the same card changes nothing."""
        try:
            touched = await touch(self.counter)
        except AuthPinWanted as wanted:
            if wanted.patron_id == self._patron.id and self._phase is _Phase.LENDING:
                self.counter.desk.identification.leave()
            else:
                await self.counter.open(TouchPinJob(self.counter, wanted))
            return
        except CounterError as error:
            self._stays_open(error)
            return
        same = touched.patron.id == self._patron.id
        if same and self._phase is _Phase.LENDING:
            self._proof = touched.proof
            self.show()
        else:
            await self.counter.open(LendingJob(self.counter, touched.patron, touched.proof))

    async def card_missed(self) -> None:
        """Perhaps the next person's."""
        self._stays_open(CardGone())

    async def card_taken(self) -> None:
        """The patron stays open; after the end, the next one may come."""
        if self._phase is _Phase.HANDING_BACK:
            await self._go_home()
        else:
            self._show_person()

    def _stays_open(self, error: CounterError) -> None:
        if self._phase is _Phase.LENDING:
            self.counter.tell_still_open(error, self._patron.name)
        else:
            self.counter.tell(error)

    async def _finish(self) -> None:
        if self._is_finished:
            return
        loan_ids = [loan.id for loan in self._loans]
        self._slip = await self.counter.desk.lending.finish(self._patron.id, loan_ids)
        self._is_finished = True

    def _hand_back(self) -> None:
        self._phase = _Phase.HANDING_BACK
        self.counter.answer.say(hand_back_answer())
        self.counter.remind_of_card(True)
        self.show()
        self.counter.refresh_keys()

    async def _go_home(self) -> None:
        previous = Previous(self.counter.clock.now(), len(self._loans), self._slip)
        if self._slip is not None and self.counter.desk.receipts.drawn_on_screen:
            await self.counter.open_receipt(previous)
        else:
            await self.counter.open(HomeJob(self.counter, previous))
        if self._slip is not None:
            self.counter.tell_printer_trouble()

    def _show_person(self) -> None:
        today = self.counter.today
        word, role = state_word(self._patron.state(today))
        # The card on the reader is this person's only when it was this card that was touched.
        is_theirs = self._proof is not None and self.counter.card_is_on_reader
        groups = patron_groups(self._patron, today, card_is_on_reader=is_theirs)
        self.counter.person.show(word, role, groups)

    def _work(self, width: int, height: int) -> list[Line]:
        limit = self.counter.desk.lending.loan_limit(self._patron)
        return loan_list(self._loans, self._patron.loans_count, limit, self._notes(), height)

    def _notes(self) -> list[Line]:
        english = language() == "en"
        notes: list[Line] = []
        patron = self._patron
        mark = seal("!!" if english else "注", Role.WARN_FILL)
        if self._proof is CardBoundProof.UNAVAILABLE:
            text = _("Compare the card with the person")
            notes.append(Line([mark, Span("  " + text, Role.WARN, bold=True)]))
        if patron.notes_count:
            count = patron.notes_count
            noted = ngettext("{n} note", "{n} notes", count).format(n=count)
            how = pgettext("note", "F4^F, then Enter")
            notes.append(
                Line([mark, Span("  " + noted, Role.WARN, bold=True), Span(f"  {how}", Role.SOFT)])
            )
        if patron.overdue_count:
            count = patron.overdue_count
            late = ngettext("{n} item is overdue", "{n} items are overdue", count).format(n=count)
            spans = [mark, Span("  " + late, Role.WARN, bold=True)]
            if patron.oldest_overdue_due_on is not None:
                since = _("due {date}").format(date=day(patron.oldest_overdue_due_on))
                spans.append(Span(f"  {since}", Role.SOFT))
            notes.append(Line(spans))
        return notes


def hand_back_answer() -> Answer:
    """Said, with the bell, until the card is taken."""
    return Answer(_("Hand the card back"), _("It still lies on the reader"), role=Role.WARN_FILL)
