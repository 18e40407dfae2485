"""Renewing a library card at the counter: until when, on what proof, and back to the patron."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from counter_tui.desk.patrons import PatronView
from counter_tui.desk.renewal_proofs import Proof, ProofDate, parse_proof_date
from counter_tui.desk.scans import Meant
from counter_tui.errors import (
    AuthPinWanted,
    CounterError,
    InvalidField,
    NoCard,
    NotConfirmed,
    NotSupervisor,
    ProofExpired,
    ProofFromFuture,
    ProofNotDated,
    ProofTooOld,
    RenewalUndoTooLate,
    ScanError,
    UndoReason,
    UnknownCode,
)
from counter_tui.language import _, full_day, pgettext
from counter_tui.screens.answer_band import Answer, hand_back_answer
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.grid import Frame
from counter_tui.screens.job import Expectation, Job
from counter_tui.screens.line import Line
from counter_tui.screens.look import Role
from counter_tui.screens.patron_lines import patron_groups, state_word
from counter_tui.screens.touch_pin import touch
from counter_tui.screens.validity_lines import (
    done_lines,
    offer_lines,
    refused_lines,
    undo_lines,
    undone_lines,
    validity_panel,
    who_lines,
)
from counter_tui.screens.validity_steps import (
    UNDO_REASONS,
    Seen,
    Standing,
    ValidityStep,
    asks_for_proof,
    choices_of,
    expectation_of,
    keys_of,
    proof_date_hint,
)
from counter_tui.text import fold_scan
from counter_tui.wording import sentence

if TYPE_CHECKING:
    from counter_tui.desk.address_check import CheckedAddress
    from counter_tui.desk.counter_renewal import CounterRenewed, RenewalCase
    from counter_tui.desk.recognition import CardBoundProof
    from counter_tui.screens.counter_screen import CounterScreen

_AT_REST: Final = (ValidityStep.DONE, ValidityStep.UNDONE)


class ValidityJob(Job):
    """One renewal. Nothing is written before Enter; Esc leaves at any step."""

    def __init__(
        self, counter: CounterScreen, below: Job | None = None, patron_id: int | None = None
    ) -> None:
        """Args:
        below: waits, and goes on when this is over; None: home does.
        patron_id: who is open already.
        """
        super().__init__(counter)
        self._below = below
        self._came_with = patron_id
        self._step = ValidityStep.WHO
        self._case: RenewalCase | None = None
        self._seen = Seen()
        self._done: CounterRenewed | None = None
        self._card_proof: CardBoundProof | None = None
        self._card_was_laid = False
        self._undo_reason: UndoReason | None = None
        self._undone: PatronView | None = None

    @property
    def frame(self) -> Frame:
        """The band is for the result."""
        return Frame.ANSWER if self._step in _AT_REST else Frame.BODY

    @property
    def step(self) -> ValidityStep:
        """Where the renewal stands."""
        return self._step

    @property
    def has_patron(self) -> bool:
        """From the patron on, until it is done; or somebody is open below."""
        if self._below is not None and self._below.has_patron:
            return True
        return self._case is not None and self._step not in _AT_REST

    @property
    def can_wait(self) -> bool:
        """Until it is done: then nothing is left to go on with."""
        return self._step not in _AT_REST

    @property
    def patron_id(self) -> int | None:
        """Whose library card it is."""
        return self._case.patron.id if self._case else None

    @property
    def patron(self) -> PatronView | None:
        """The same, as it stands."""
        if self._undone is not None:
            return self._undone
        if self._done is not None:
            return self._done.patron
        return self._case.patron if self._case else None

    def expects(self) -> Expectation:
        """What this step asks for."""
        return expectation_of(self._standing)

    def keys(self) -> Sequence[KeyHint]:
        """The next step first."""
        return keys_of(self._standing)

    @property
    def _standing(self) -> Standing:
        may_undo = self._is_undoable and self.counter.desk.counter_renewal.may_undo
        return Standing(
            self._step,
            self._seen,
            self._case.offer if self._case is not None else None,
            waits_below=self._below is not None,
            may_undo=may_undo,
        )

    @property
    def _is_undoable(self) -> bool:
        if self._done is not None:
            return True
        return self._case is not None and self._case.undoable

    def _choices(self) -> Mapping[str, object]:
        return choices_of(self._standing)

    def show(self) -> None:
        """The patron at the left; the two ends and the proof at the right."""
        patron = self.patron
        if patron is None or self._case is None:
            self.counter.person.show(pgettext("state", "Validity"), Role.REST_FILL, [])
        else:
            today = self.counter.today
            word, role = state_word(patron.state(today, self.counter.soon_days))
            groups = patron_groups(patron, today, self.counter.soon_days, card_is_on_reader=False)
            automatic = self._case.automatic
            self.counter.person.show(word, role, validity_panel(groups, patron, automatic))
        if self._step in _AT_REST and patron is not None:
            self.counter.answer.say(self._result(patron))
        self.counter.work_zone.show(self._work)

    def _result(self, patron: PatronView) -> Answer:
        until = full_day(patron.expires_on, weekday=False)
        if self._step is ValidityStep.UNDONE:
            said = _("Valid to {date} again").format(date=until)
            return Answer(_("Taken back."), said)
        hand_back = _("Hand the card back") if self._card_is_left else ""
        return Answer(renewed_sentence(patron), consequence=hand_back)

    async def begin(self) -> None:
        """With a patron, straight to the offer."""
        if self._came_with is not None and self._case is None:
            await self._take_patron(self._came_with)

    async def resume(self) -> None:
        """Somebody was looked up, or the monthly run looked at: begin where it stood."""
        self.show()

    async def take(self, text: str) -> None:
        """Whose library card it is; a choice; afterwards whatever begins the next job."""
        match self._step:
            case ValidityStep.WHO:
                await self._look_for(text)
            case ValidityStep.REFUSED if self._below is None:
                await self._look_for(text)
            case ValidityStep.DONE | ValidityStep.UNDONE:
                job = await self._go_back()
                await job.take(text)
            case _:
                if self._step is ValidityStep.DATE:
                    await self._take_date(text)
                elif text in self._choices():  # typed with the input method on
                    self._choose(text)
                else:
                    self._remark(_("Not expected now: {code}").format(code=text))

    async def enter(self) -> None:
        """Next."""
        match self._step:
            case ValidityStep.WHO:
                await self.search()
            case ValidityStep.PROOF:
                await self._go_on()
            case ValidityStep.DATE if self._seen.needs_date:
                self._remark(proof_date_hint(self._seen))
            case ValidityStep.DATE:
                await self._renew()
            case ValidityStep.REFUSED:
                if self._below is not None:
                    await self._go_back()
                else:
                    self._forget()
            case ValidityStep.UNDO:
                await self._take_back()
            case ValidityStep.DONE:
                await self._lend()
            case ValidityStep.UNDONE:
                await self._go_back()

    async def back(self) -> None:
        """Leave, with nothing changed: to what waits below, or home."""
        if self._step is ValidityStep.DATE:
            self._go_to(ValidityStep.PROOF)
        elif self._step is ValidityStep.UNDO:
            self._go_to(self._before_undo())
        else:
            await self._go_back()

    async def press(self, key: str) -> None:
        """A digit chooses, ^A takes today's renewal back."""
        if key == "ctrl+a":
            self._ask_for_undo()
        elif key in self._choices():
            self._choose(key)

    async def search(self) -> None:
        """F4: whoever is chosen is the one; before the end, nothing else would be meant."""
        await self.counter.opening.open_search(self._take_patron)

    async def renew_validity(self) -> None:
        """F7 once more: the monthly run, while nobody is open; afterwards the next patron."""
        if self._step is ValidityStep.WHO:
            await self.counter.opening.open_monthly_run()
        elif self._below is None and self._step in (*_AT_REST, ValidityStep.REFUSED):
            self._forget()

    async def leave(self) -> None:
        """What waits below ends, too."""
        if self._below is not None:
            await self._below.leave()

    async def card_laid(self) -> None:
        """Whose it is; afterwards, the next person's."""
        if self._step in _AT_REST:
            job = await self._go_back()
            await job.card_laid()
            return
        try:
            touched = await touch(self.counter)
        except AuthPinWanted:
            self.counter.desk.identification.leave()
            # Who it is is not shown before the PIN.
            self._remark(_("This card cannot prove itself. Use the library card"))
            return
        is_free = self._case is None or (self._step is ValidityStep.REFUSED and self._below is None)
        if is_free:
            await self._take_patron(touched.patron.id)
            self.card_was_laid(touched.proof)
        elif touched.patron.id == self.patron_id:
            self.card_was_laid(touched.proof)
        else:
            self._remark(_("The card on the reader is somebody else's"))

    async def card_taken(self) -> None:
        """It needs not be handed back any more."""
        self.show()

    async def card_missed(self) -> None:
        """It has to lie a moment longer."""
        self.counter.tell(NoCard())

    async def day_changed(self) -> None:
        """Another new end; and what was renewed yesterday stands."""
        if self._case is not None and self._done is None:
            await self._take_patron(self._case.patron.id)
        elif self._step is ValidityStep.UNDO:
            self._go_to(ValidityStep.DONE)
        else:
            self.show()

    # ---------------------------------------------------------------------- finding

    async def _look_for(self, text: str) -> None:
        """By the library card's number, or by whatever else a person says."""
        try:
            found = await self.counter.desk.identification.scan(fold_scan(text), Meant.LIBRARY_CARD)
        except (UnknownCode, ScanError):  # a date may have the form of a label
            await self.search()
            self.counter.scan.write(text)
            await self.counter.job.typed(text)
            return
        if isinstance(found, PatronView):
            await self._take_patron(found.id)
        else:
            self._remark(_("That is an item. Scan the library card, or type the name"))

    async def _take_patron(self, patron_id: int) -> None:
        if patron_id != self.patron_id:
            self._card_proof, self._card_was_laid = None, False  # they are the other one's
        self._case = await self.counter.desk.counter_renewal.open(patron_id)
        self._done = self._undone = self._undo_reason = None
        self._seen = Seen()
        self._go_to(ValidityStep.PROOF if self._case.offer else ValidityStep.REFUSED)

    def _forget(self) -> None:
        self._case = self._done = self._undone = self._undo_reason = None
        self._seen = Seen()
        self._card_proof, self._card_was_laid = None, False
        self._go_to(ValidityStep.WHO)

    # ---------------------------------------------------------------------- renewing

    def _choose(self, key: str) -> None:
        chosen = self._choices()[key]
        if isinstance(chosen, Proof):
            self._seen = Seen(chosen)
        elif isinstance(chosen, UndoReason):
            self._undo_reason = chosen
        self.counter.scan.remark("")
        self.show()
        self.counter.refresh_keys()

    async def _go_on(self) -> None:
        """With what was seen: its date, the card, or the renewal itself."""
        from counter_tui.screens.address_check import AddressCheckJob

        seen, case = self._seen, self._case
        if case is None:
            return
        if seen.proof is None and case.offer is not None and asks_for_proof(case.offer):
            self._remark(_("Choose first: 1 to {n}").format(n=len(self._choices())))
        elif seen.proof is not None and seen.proof.dated is not ProofDate.NONE:
            self._go_to(ValidityStep.DATE)
        elif seen.proof is Proof.MYNUMBER_CARD and seen.checked is None:
            await self.counter.visit(AddressCheckJob(self.counter, self, case.patron))
        else:
            await self._renew()

    async def _take_date(self, text: str) -> None:
        """The date on the proof, as it is printed there."""
        try:
            dated = parse_proof_date(text, self.counter.today)
        except InvalidField:
            self._remark(_("Not a date: {text}").format(text=text))
            return
        self._seen = replace(self._seen, dated=dated)
        await self._renew()

    def card_was_laid(self, proof: CardBoundProof | None) -> None:
        """This patron's own card lies there: it is to be handed back at the end.

        Args:
            proof: what is known of the card; None: nothing, it gave no answer that counts.
        """
        self._card_was_laid = True
        self._card_proof = proof or self._card_proof

    def card_gave_nothing(self) -> None:
        """The patron's card cannot give the address: the person is asked for it."""
        self._seen = Seen(Proof.ADDRESS)

    async def renew_as_on_card(self, checked: CheckedAddress, take_over: Collection[str]) -> None:
        """The patron's own card has given the address, and staff have compared it.

        Args:
            take_over: which of "name" and "address" the record takes from the card.
        """
        self._seen = Seen(Proof.MYNUMBER_CARD, checked=checked, take_over=frozenset(take_over))
        await self._renew()

    async def _renew(self) -> None:
        case, seen = self._case, self._seen
        if case is None or case.offer is None:
            return
        proof = seen.proof or Proof.ADDRESS
        renewal = self.counter.desk.counter_renewal
        try:
            done = await renewal.renew(
                case.patron.id,
                proof,
                case.offer.expires_on,
                proof_date=seen.dated,
                checked=seen.checked,
                take_over=seen.take_over,
            )
        except NotConfirmed as error:
            self.counter.tell(error, then=self._look_again)
            return
        except (ProofFromFuture, ProofNotDated, ProofTooOld) as error:
            self._seen = replace(seen, dated=None)
            self._remark(sentence(error).head)
            return
        except ProofExpired as error:
            # Not the same card once more, without its date.
            self._seen = Seen()
            self._go_to(ValidityStep.PROOF)
            self._remark(sentence(error).head)
            return
        # What the card said is not kept longer than it is needed.
        self._seen, self._done = replace(seen, checked=None), done
        if self._below is not None:
            await self._go_back()
            self.counter.say(Answer(renewed_sentence(done.patron)))
        else:
            self._go_to(ValidityStep.DONE)
            self.counter.remind_of_card(self._card_is_left)
        if done.job_number is not None:
            self.counter.tell_printer_trouble()

    async def _look_again(self) -> None:
        if self._case is not None:
            await self._take_patron(self._case.patron.id)

    async def _lend(self) -> None:
        """The person is here, and has come to borrow."""
        from counter_tui.screens.lending import LendingJob

        if self._done is not None:
            patron = self._done.patron
            await self.counter.open(LendingJob(self.counter, patron, self._card_proof))

    # --------------------------------------------------------------------- undoing

    def _before_undo(self) -> ValidityStep:
        if self._done is not None:
            return ValidityStep.DONE
        offered = self._case is not None and self._case.offer is not None
        return ValidityStep.PROOF if offered else ValidityStep.REFUSED

    def _ask_for_undo(self) -> None:
        steps = (ValidityStep.DONE, ValidityStep.REFUSED, ValidityStep.PROOF)
        if self._step not in steps or self._case is None:
            return
        if not self._is_undoable:
            self.counter.tell(RenewalUndoTooLate())
        elif not self.counter.desk.counter_renewal.may_undo:
            self.counter.tell(NotSupervisor(self.counter.desk.place.operator))
        else:
            self._undo_reason = None
            self._go_to(ValidityStep.UNDO)

    async def _take_back(self) -> None:
        if self._case is None:
            return
        if self._undo_reason is None:
            self._remark(_("Choose first: 1 to {n}").format(n=len(UNDO_REASONS)))
            return
        renewal = self.counter.desk.counter_renewal
        try:
            self._undone = await renewal.undo(self._case.patron.id, self._undo_reason)
        except CounterError as error:
            self.counter.tell(error, kept=_("The renewal stands."))
            return
        self._go_to(ValidityStep.UNDONE)

    # --------------------------------------------------------------------- leaving

    @property
    def _card_is_left(self) -> bool:
        """Whether this patron's card still lies on the reader."""
        return self._card_was_laid and self.counter.card_is_on_reader

    async def _go_back(self) -> Job:
        if self._below is not None:
            await self.counter.resume(self._below)
            return self.counter.job
        await self.counter.opening.open_home()
        if self._step in _AT_REST and self._card_is_left:
            self.counter.answer.say(hand_back_answer())
            self.counter.remind_of_card(True)
        return self.counter.job

    def _remark(self, text: str) -> None:
        self.counter.scan.remark(text)
        self.counter.ring(1)

    def _go_to(self, step: ValidityStep) -> None:
        self._step = step
        self.counter.scan.remark("")
        self.counter.refresh_all()

    def _work(self, width: int, height: int) -> list[Line]:
        if not self.counter.holder.desk_is_open:
            return []
        renewal, case = self.counter.desk.counter_renewal, self._case
        if case is None:
            return who_lines(width)
        if self._step is ValidityStep.UNDO:
            return undo_lines(self._undo_reason, width)
        if self._undone is not None and self._undo_reason is not None:
            return undone_lines(self._undone, self._undo_reason)
        if self._done is not None:
            return done_lines(self._done, self._seen, may_undo=renewal.may_undo)
        if case.offer is None:
            return refused_lines(case, width, may_undo=renewal.may_undo)
        today = self.counter.today
        asks_date = self._step is ValidityStep.DATE
        offer = case.offer
        return offer_lines(
            case, offer, renewal.terms, self._seen, today, width, asks_date=asks_date
        )


def renewed_sentence(patron: PatronView) -> str:
    """What is said when it is done."""
    until = full_day(patron.expires_on, weekday=False)
    return _("Validity renewed to {date}.").format(date=until)
