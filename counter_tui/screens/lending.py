"""Lending to one patron: scan after scan, until Enter or the next card."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Final

from counter_tui.desk.blocks import BlockRule
from counter_tui.desk.loan_life import LoanEvent
from counter_tui.desk.overrides import Override, OverrideReason, rule_of
from counter_tui.desk.patrons import PatronState, PatronView
from counter_tui.desk.recognition import CardBoundProof
from counter_tui.desk.scans import Meant
from counter_tui.errors import (
    AuthPinWanted,
    CardGone,
    CounterError,
    ExtensionRefused,
    ItemAlreadyYours,
    LoanOver,
    NumberIsBoth,
    PatronLapsed,
    UnknownItem,
)
from counter_tui.explanations import explain
from counter_tui.language import _, day, pgettext
from counter_tui.screens.answer_band import Answer, hand_back_answer
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.home import HomeJob, Previous
from counter_tui.screens.interruption import extension_offer, interruption_of
from counter_tui.screens.job import Expectation, Job
from counter_tui.screens.line import Line
from counter_tui.screens.loan_list import lending_notes, loan_list
from counter_tui.screens.look import Role
from counter_tui.screens.patron_lines import patron_groups, state_word
from counter_tui.screens.setting_aside import offer_override
from counter_tui.screens.touch_pin import TouchPinJob, touch
from counter_tui.screens.turn import Turn, TurnLoan
from counter_tui.screens.which_is_meant import ask_which_is_meant

if TYPE_CHECKING:
    from counter_tui.desk.lending import LoanView
    from counter_tui.library_rules import OverrideRule
    from counter_tui.screens.counter_screen import CounterScreen
    from counter_tui.screens.happenings import Reaction

BEGUN_BY_ITSELF_S: Final = 1.0
"""Seconds in which Enter does not end a turn that no key has begun, with nothing lent: it was
meant for what stood on the screen before. Nobody sees a new screen and answers it sooner."""


class _Phase(Enum):
    LENDING = "lending"
    HANDING_BACK = "handing back"
    """All is done, but the card still lies on the reader."""


class LendingJob(Job):
    """One patron's turn. Every loan is kept before it is shown."""

    def __init__(
        self,
        counter: CounterScreen,
        patron: PatronView,
        proof: CardBoundProof | None = None,
        *,
        after_enrollment: bool = False,
    ) -> None:
        """Args:
        proof: of the card that opened the turn; None: no card did.
        after_enrollment: it begins when the card is taken, and not by a key.
        """
        super().__init__(counter)
        self._patron = patron
        self._proof = proof
        self._turn = Turn()
        self._override: Override | None = None
        self._began_by_itself = after_enrollment or proof is not None
        self._began_at = counter.monotonic()
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
        """What this patron has borrowed, or had extended, in this turn."""
        return self._turn.loans

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
        elif self._turn.last is not None:
            first.append(KeyHint("Esc", pgettext("key", "Undo")))
        return [
            *first,
            KeyHint("F3^R", pgettext("key", "Return")),
            KeyHint("F4^F", pgettext("key", "Patrons")),
            KeyHint("F7^Y", pgettext("key", "Renew")),
            KeyHint("F8^P", pgettext("key", "Before")),
        ]

    def more_keys(self) -> Sequence[KeyHint]:
        """The other global keys."""
        return [
            KeyHint("F5^E", pgettext("key", "Link")),
            KeyHint("F6^U", pgettext("key", "Unlink")),
            KeyHint("F9^D", pgettext("footer", "Reprint")),
            KeyHint("F1^G", _("Help")),
        ]

    def show(self) -> None:
        """Person, today's loans, and what staff must know before they lend."""
        self._show_person()
        self.counter.work_zone.show(self._work)

    async def begin(self) -> None:
        """Say once what stands in the way."""
        self._began_at = self.counter.monotonic()
        wanted = _("Scan the items")
        self.counter.answer.say(Answer(wanted, role=Role.REST_FILL))
        blocks = await self.counter.desk.lending.blocks(self._patron.id)
        if self.counter.job is not self:
            return
        if not blocks:
            self._say_soon()
            return
        if blocks[0].rule is BlockRule.LAPSED:
            lapsed = _("The library card lapsed on {date}.")
            until = day(self._patron.expires_on)
            said = Answer(lapsed.format(date=until), "", self._how_to_renew, role=Role.STOP_FILL)
        else:
            why = explain(blocks[0])
            said = Answer(why.rule, blocks[0].note or why.since, role=Role.STOP_FILL)
        if len(blocks) > 1:
            said = said._replace(consequence=_("and {n} more reasons").format(n=len(blocks) - 1))
        self.counter.answer.say(said)

    def _say_soon(self) -> None:
        """Say that the validity ends soon, and what to do about it now that the person is here."""
        today = self.counter.today
        if self._patron.state(today, self.counter.soon_days) is PatronState.EXPIRING_SOON:
            until = day(self._patron.expires_on)
            said = _("The validity ends soon"), until, self._how_to_renew
            self.counter.answer.say(Answer(*said, role=Role.WARN_FILL))

    @property
    def _how_to_renew(self) -> str:
        where = self.counter.desk.place.renewal_elsewhere
        return _("Renewed at {where}").format(where=where) if where else _("F7 renews it")

    async def resume(self) -> None:
        """What staff looked up may have been changed: a note, a link, the validity."""
        found = await self.counter.desk.patron_files.look_again(self._patron.id)
        if found is not None:
            self._patron = found.patron
            self._turn.keep({loan.id for loan in found.loans})
        self.show()

    async def take(self, text: str) -> None:
        """Lend an item; another person's library card opens that person."""
        if self._phase is _Phase.LENDING:
            try:
                await self._try(partial(self._lend, text))
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
                await self._try(partial(self._lend, text, Meant.ITEM))
            else:
                await self._switch_by_number(text, Meant.ITEM)

        ask_which_is_meant(
            self.counter,
            both,
            card=lambda: self._switch_by_number(text, Meant.LIBRARY_CARD),
            item=lend,
            card_first=card_first,
        )

    async def _try(self, act: Reaction) -> None:
        """Lend or extend; at a refusal that can be set aside, offer that."""
        try:
            await act()
        except ItemAlreadyYours as error:
            self._offer_extension(error)
        except CounterError as error:
            rule = rule_of(error)
            if rule is None:
                raise
            stopped = interruption_of(error, None, office=self.counter.holder.office)
            again = partial(self._set_aside, rule, act)
            self.counter.interrupt(offer_override(self.counter, stopped, rule, again))

    async def _set_aside(self, rule: OverrideRule, act: Reaction, reason: OverrideReason) -> None:
        override = self._override or Override(self._patron.id)
        self._override = override.setting_aside(rule, reason)
        await self._try(act)

    def _offer_extension(self, error: ItemAlreadyYours) -> None:
        extend = partial(self._extend, error.loan_id)
        offered = extension_offer(error, partial(self._try, extend))
        if error.refused is not None:
            rule = rule_of(ExtensionRefused(error.title, error.refused, error.due_on))
            if rule is not None and self._override and self._override.reason_for(rule):
                self.counter.interrupt(extension_offer(error, partial(self._try, extend), True))
                return
            if rule is not None:
                again = partial(self._set_aside, rule, extend)
                offered = offer_override(self.counter, offered, rule, again)
        self.counter.interrupt(offered)

    async def _lend(self, barcode: str, meant: Meant | None = None) -> None:
        lending = self.counter.desk.lending
        lent = await lending.checkout(self._patron.id, barcode, self._override, meant=meant)
        self._turn.lent(lent.loan)
        self._patron = lent.patron
        self._say(pgettext("verb", "Lent"), lent.loan, lent.set_aside)

    async def _extend(self, loan_id: int) -> None:
        lending = self.counter.desk.lending
        extended = await lending.extend(self._patron.id, loan_id, self._override)
        self._turn.extended(extended)
        self._patron = extended.patron
        self._say(pgettext("verb", "Extended"), extended.loan, extended.set_aside)

    def _say(self, verb: str, loan: LoanView, set_aside: Sequence[OverrideRule]) -> None:
        until = _("until {date}").format(date=day(loan.due_on))
        role = Role.WARN_FILL if set_aside else Role.NOTE_FILL
        self.counter.answer.say(Answer(verb, loan.title, until, role))
        self.show()
        if len(self._turn.rows) == 1:
            self.counter.refresh_keys()

    async def back(self) -> None:
        """Esc: undo what was done last, when staff say so."""
        last = self._turn.last
        if self._phase is not _Phase.LENDING:
            return
        if last is None:
            self.counter.answer.say(Answer(_("Nothing to undo"), role=Role.REST_FILL))
            return
        is_extension = last.extended_from is not None
        head = _("Undo this extension?") if is_extension else _("Undo this loan?")
        due = _("Due on {date}.").format(date=day(last.loan.due_on))
        self.counter.ask(
            head,
            [(_("Item"), last.loan.title), ("", due), ("", last.loan.item_barcode)],
            yes=partial(self._undo, last),
            no=self._stay,
        )

    async def _stay(self) -> None:
        """No: nothing was undone."""

    async def _undo(self, row: TurnLoan) -> None:
        try:
            undone = await self.counter.desk.lending.undo(self._patron.id, row.loan.id)
        except LoanOver:
            self._turn.drop(row)
            self.counter.refresh_all()
            raise
        self._turn.undone(row, undone)
        self._patron = undone.patron
        in_house = undone.event is LoanEvent.CHECKOUT or undone.due_on is None
        stands = (
            _("not lent")
            if in_house or undone.due_on is None
            else _("until {date}").format(date=day(undone.due_on))
        )
        self.counter.answer.say(Answer(pgettext("verb", "Undone"), undone.title, stands))
        self.show()
        self.counter.refresh_keys()

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
            if self._is_barely_seen:
                return
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
        self.counter.last_patron_id = self._patron.id
        await self._finish()

    async def link_card(self) -> None:
        """Link a card to the patron who is open; a lapsed one stays open, to be renewed first."""
        if self._patron.days_left(self.counter.today) < 0:
            lapsed = PatronLapsed(self._patron.expires_on)
            self.counter.tell(lapsed, kept=_("No card was linked."))
            return
        await self.counter.opening.open_enrollment(self._patron.library_card_number)

    async def unlink_card(self) -> None:
        """The loss desk, with the patron who is open; when all is done, with nobody."""
        if self._phase is _Phase.HANDING_BACK:
            await super().unlink_card()
            return
        is_here = self._proof is not None and self.counter.card_is_on_reader
        await self.counter.opening.visit_loss_desk(self._patron.id, card_is_here=is_here)

    async def renew_validity(self) -> None:
        """The validity of the patron who is open; when all is done, of nobody."""
        if self._phase is _Phase.HANDING_BACK:
            await super().renew_validity()
        else:
            await self.counter.opening.visit_validity(self._patron.id)

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

    @property
    def _is_barely_seen(self) -> bool:
        """Whether an Enter now was meant for what stood on the screen before."""
        since = self.counter.monotonic() - self._began_at
        return self._began_by_itself and not self._turn.rows and since < BEGUN_BY_ITSELF_S

    def _stays_open(self, error: CounterError) -> None:
        if self._phase is _Phase.LENDING:
            self.counter.tell_still_open(error, self._patron.name)
        else:
            self.counter.tell(error)

    async def _finish(self) -> None:
        if self._is_finished:
            return
        loan_ids = [loan.id for loan in self._turn.loans]
        self._slip = await self.counter.desk.lending.finish(self._patron.id, loan_ids)
        self._is_finished = True

    def _hand_back(self) -> None:
        self._phase = _Phase.HANDING_BACK
        self.counter.answer.say(hand_back_answer())
        self.counter.remind_of_card(True)
        self.show()
        self.counter.refresh_keys()

    async def _go_home(self) -> None:
        previous = Previous(self.counter.clock.now(), len(self._turn.rows), self._slip)
        if self._slip is not None and self.counter.desk.receipts.drawn_on_screen:
            await self.counter.opening.open_receipt(previous)
        else:
            await self.counter.open(HomeJob(self.counter, previous))
        if self._slip is not None:
            self.counter.tell_printer_trouble()

    def _show_person(self) -> None:
        today = self.counter.today
        word, role = state_word(self._patron.state(today, self.counter.soon_days))
        # The card on the reader is this person's only when it was this card that was touched.
        is_theirs = self._proof is not None and self.counter.card_is_on_reader
        was_taken = self._proof is not None and not is_theirs
        groups = patron_groups(
            self._patron,
            today,
            self.counter.soon_days,
            card_is_on_reader=is_theirs,
            card_was_taken=was_taken,
        )
        self.counter.person.show(word, role, groups)

    def _work(self, width: int, height: int) -> list[Line]:
        limit = self.counter.desk.lending.loan_limit(self._patron)
        notes = lending_notes(
            self._patron,
            self._override,
            to_compare=self._proof is CardBoundProof.UNAVAILABLE,
        )
        return loan_list(self._turn.rows, self._patron.loans_count, limit, notes, height)
