"""The loss desk: a card that is not here is cut off from its patron, and what stays is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from counter_tui.desk.patrons import PatronView
from counter_tui.desk.scans import Meant
from counter_tui.errors import (
    AuthPinWanted,
    CardLinkedToAnother,
    CounterError,
    NameDiffers,
    NoCard,
    NothingToUndo,
    NotSupervisor,
    PatronAlreadyLinked,
    PatronNotLinked,
    ScanError,
    UndoReason,
    UnknownCode,
    UnlinkReason,
)
from counter_tui.language import _, pgettext
from counter_tui.screens.answer_band import Answer, hand_back_answer
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.grid import Frame
from counter_tui.screens.job import Expectation, Job
from counter_tui.screens.line import BLANK, Line
from counter_tui.screens.look import Role
from counter_tui.screens.loss_lines import (
    card_is_here_line,
    contact_lines,
    done_lines,
    ended_lines,
    stays_line,
    steps_lines,
    told_later_line,
    undo_lines,
    undo_offer_lines,
    undone_lines,
    who_lines,
)
from counter_tui.screens.loss_steps import (
    ANSWERS,
    CHOICES,
    REASONS,
    UNDO_REASONS,
    LossStep,
    expectation,
    key_hints,
)
from counter_tui.screens.patron_lines import patron_groups
from counter_tui.screens.touch_pin import touch
from counter_tui.text import fold_scan

if TYPE_CHECKING:
    from counter_tui.desk.unlinking import EndedLink, Unlinked
    from counter_tui.screens.counter_screen import CounterScreen

_MISSING: Final = (UnlinkReason.LOST, UnlinkReason.STOLEN)
_AT_REST: Final = (LossStep.DONE, LossStep.UNDONE)
_BACK_OF: Final = {LossStep.REASON: LossStep.STOPPED, LossStep.NAME: LossStep.REASON}


class LossDeskJob(Job):
    """One case. Nothing is written before the name was typed; Esc leaves at any step."""

    def __init__(
        self,
        counter: CounterScreen,
        below: Job | None = None,
        patron_id: int | None = None,
        *,
        card_is_here: bool = False,
    ) -> None:
        """Args:
        below: waits, and goes on when this is over; None: home does.
        patron_id: who is open already.
        card_is_here: that patron's card lies on the reader.
        """
        super().__init__(counter)
        self._below = below
        self._came_with = patron_id
        self._card_is_here = card_is_here
        self._step = LossStep.WHO
        self._patron: PatronView | None = None
        self._suspended: bool | None = None
        self._reason: UnlinkReason | None = None
        self._ended: EndedLink | None = None
        self._unlinked: Unlinked | None = None
        self._undo_reason: UndoReason | None = None

    @property
    def frame(self) -> Frame:
        """The band is for the result."""
        return Frame.ANSWER if self._step in _AT_REST else Frame.BODY

    @property
    def step(self) -> LossStep:
        """Where the case stands."""
        return self._step

    @property
    def has_patron(self) -> bool:
        """From the patron on, until it is done; or somebody is open below."""
        if self._below is not None and self._below.has_patron:
            return True
        return self._patron is not None and self._step not in _AT_REST

    @property
    def can_wait(self) -> bool:
        """Until it is done: then nothing is left to go on with."""
        return self._step not in _AT_REST

    @property
    def patron_id(self) -> int | None:
        """Whose card it is about."""
        return self._patron.id if self._patron else None

    def expects(self) -> Expectation:
        """What this step asks for."""
        return expectation(self._step)

    def keys(self) -> Sequence[KeyHint]:
        """The next step first."""
        may_undo = self._ended_today and self.counter.desk.unlinking.may_undo
        hints = key_hints(self._step, may_undo=may_undo)
        # The next patron has to wait for the card that lies there.
        return hints[1:] if self._hands_back else hints

    def show(self) -> None:
        """The patron at the left, number and steps at the right."""
        word, role = pgettext("state", "Loss desk"), Role.REST_FILL
        if self._patron is not None:
            word, role = pgettext("state", "Linked"), Role.OK_FILL
            if self._patron.linked_on is None:
                word, role = pgettext("state", "Unlinked"), Role.NOTE_FILL
        groups = []
        if self._patron is not None:
            on_reader = self._card_is_here and self.counter.card_is_on_reader
            groups = patron_groups(
                self._patron,
                self.counter.today,
                self.counter.soon_days,
                card_is_on_reader=on_reader,
            )
        if self._step in _AT_REST:
            self._say_result()
        self.counter.person.show(word, role, groups)
        self.counter.work_zone.show(self._work)

    def _say_result(self) -> None:
        if self._patron is None:
            return
        if self.counter.card_is_on_reader:
            self.counter.answer.say(hand_back_answer())
        elif self._step is LossStep.UNDONE:
            self.counter.answer.say(Answer(_("Taken back."), self._patron.name))
        else:
            self.counter.answer.say(Answer(_("Unlinked."), self._patron.name))

    async def begin(self) -> None:
        """With a patron, straight to the first question."""
        if self._came_with is not None and self._patron is None:
            await self._take_patron(self._came_with)

    async def take(self, text: str) -> None:
        """Whose card it is; a choice; the name; afterwards whatever begins the next job."""
        match self._step:
            case LossStep.WHO | LossStep.ENDED:
                await self._look_for(text)
            case LossStep.NAME:
                await self._unlink(text)
            case LossStep.DONE | LossStep.UNDONE:
                job = await self._go_back()
                await job.take(text)
            case LossStep.STOPPED | LossStep.REASON | LossStep.UNDO:
                if text in CHOICES[self._step]:  # typed with the input method on
                    self._choose(text)
                    await self.enter()
                else:
                    self._remark(_("Not expected now: {code}").format(code=text))

    async def enter(self) -> None:
        """Next."""
        match self._step:
            case LossStep.WHO:
                await self.search()
            case LossStep.STOPPED:
                self._go_on(LossStep.REASON, is_chosen=self._suspended is not None)
            case LossStep.REASON:
                self._go_on(LossStep.NAME, is_chosen=self._reason is not None)
            case LossStep.NAME:
                self._remark(_("Type the name to confirm"))
            case LossStep.UNDO:
                if self._undo_reason is None:
                    self._go_on(LossStep.UNDONE, is_chosen=False)
                else:
                    await self._take_back(self._undo_reason)
            case LossStep.ENDED:
                self._forget_patron()
            case LossStep.DONE | LossStep.UNDONE:
                if self._hands_back:
                    self._remark(_("Hand the card back"))
                else:
                    await self._go_on_after()

    async def back(self) -> None:
        """Leave, with nothing changed: to what waits below, or home."""
        if self._step is LossStep.UNDO:
            self._go_to(LossStep.DONE if self._unlinked else LossStep.ENDED)
        elif self._step in _AT_REST:
            await self._go_on_after()
        else:
            await self._go_back()

    async def press(self, key: str) -> None:
        """A digit chooses, Tab goes one step back, ^A takes the end back."""
        if key == "ctrl+a":
            self._ask_for_undo()
        elif key != "tab":
            self._choose(key)
        elif self._step in _BACK_OF:
            self._go_to(_BACK_OF[self._step])

    async def search(self) -> None:
        """F4: whoever is chosen is the one; before the end, nothing else would be meant."""
        await self.counter.opening.open_search(self._take_patron)

    async def leave(self) -> None:
        """What waits below ends, too."""
        if self._below is not None:
            await self._below.leave()

    async def unlink_card(self) -> None:
        """F6: the next case, when this one is done."""
        if self._step in (*_AT_REST, LossStep.ENDED):
            await self.counter.opening.open_loss_desk()

    async def card_laid(self) -> None:
        """Whose card is here has not lost it; afterwards, the next person's."""
        if self._step in _AT_REST:
            job = await self._go_back()
            await job.card_laid()
            return
        try:
            touched_id = (await touch(self.counter)).patron.id
        except AuthPinWanted as wanted:
            self.counter.desk.identification.leave()
            touched_id = wanted.patron_id
            if self._patron is None:
                # Who it is is not shown before the PIN.
                self._remark(_("This card cannot prove itself. Use the library card"))
                return
        if self._patron is None or self._step is LossStep.ENDED:
            self._card_is_here = True
            await self._take_patron(touched_id)
        elif touched_id == self._patron.id:
            self._card_is_here = True
            if self._reason in _MISSING:
                self._reason = None
                self._go_to(LossStep.REASON)
            self.show()
            self._remark(_("The card is on the reader: it is not lost"))
        else:
            self._remark(_("The card on the reader is somebody else's"))

    async def card_missed(self) -> None:
        """It has to lie a moment longer."""
        self.counter.tell(NoCard())

    async def card_taken(self) -> None:
        """It went back to its person."""
        self.show()
        self.counter.refresh_keys()

    async def day_changed(self) -> None:
        """What was ended yesterday is not taken back any more."""
        if self._step is LossStep.UNDO:
            self._go_to(LossStep.DONE if self._unlinked else LossStep.ENDED)
        self.show()
        self.counter.refresh_keys()

    # ---------------------------------------------------------------------- finding

    async def _look_for(self, text: str) -> None:
        """By the library card's number, or by whatever else a person says."""
        desk = self.counter.desk
        number = fold_scan(text)
        try:
            found = await desk.identification.scan(number, Meant.LIBRARY_CARD)
        except (UnknownCode, ScanError):  # a date may have the form of a label
            await self._search(text)
            return
        if isinstance(found, PatronView):
            await self._take_patron(found.id)
        else:
            self._remark(_("That is an item. Scan the library card, or type the name"))

    async def _search(self, text: str) -> None:
        await self.search()
        self.counter.scan.write(text)
        await self.counter.job.typed(text)

    async def _take_patron(self, patron_id: int) -> None:
        try:
            case = await self.counter.desk.unlinking.open(patron_id)
        except PatronNotLinked as error:
            # Who came with somebody wanted nothing else here.
            self.counter.tell(error, then=self.back if patron_id == self._came_with else None)
            return
        card_is_here = self._card_is_here
        self._forget_patron()
        self._patron, self._ended, self._card_is_here = case.patron, case.ended, card_is_here
        self._go_to(LossStep.ENDED if self._ended else LossStep.STOPPED)

    def _forget_patron(self) -> None:
        self._patron = self._ended = self._unlinked = None
        self._suspended = self._reason = self._undo_reason = None
        self._card_is_here = False
        self._go_to(LossStep.WHO)

    # ------------------------------------------------------------------ unlinking

    def _choose(self, key: str) -> None:
        match self._step:
            case LossStep.STOPPED:
                self._suspended = ANSWERS.get(key, self._suspended)
            case LossStep.REASON:
                reason = REASONS.get(key, self._reason)
                if reason in _MISSING and self._card_is_here:
                    self._remark(_("The card is on the reader: it is not lost"))
                    return
                self._reason = reason
            case LossStep.UNDO:
                self._undo_reason = UNDO_REASONS.get(key, self._undo_reason)
            case _:
                return
        self.counter.scan.remark("")
        self.show()

    def _go_on(self, step: LossStep, *, is_chosen: bool) -> None:
        if is_chosen:
            self._go_to(step)
        else:
            keys = CHOICES[self._step]
            self._remark(_("Choose first: 1 to {n}").format(n=len(keys)))

    async def _unlink(self, typed_name: str) -> None:
        patron, reason = self._patron, self._reason
        if patron is None or reason is None:
            return
        self.counter.scan.remark(_("Unlinking"))
        try:
            self._unlinked = await self.counter.desk.unlinking.unlink(
                patron.id, reason, card_suspended=bool(self._suspended), typed_name=typed_name
            )
        except NameDiffers:
            self._remark(_("Another name. Ask the person for the name again"))
            return
        except CounterError as error:
            self.counter.scan.remark("")
            gone = isinstance(error, PatronNotLinked)
            kept = None if gone else _("The card is still linked.")
            self.counter.tell(error, then=self._look_again if gone else None, kept=kept)
            return
        self._patron = self._unlinked.patron
        self._go_to(LossStep.DONE)
        self._end()
        if self._unlinked.job_number is not None:
            self.counter.tell_printer_trouble()

    async def _look_again(self) -> None:
        """Another counter was faster."""
        if self._patron is not None:
            await self._take_patron(self._patron.id)

    def _end(self) -> None:
        if self.counter.card_is_on_reader:
            self.counter.remind_of_card(True)

    # --------------------------------------------------------------------- undoing

    @property
    def _ended_today(self) -> bool:
        if self._unlinked is not None:
            return self._unlinked.on == self.counter.today
        return self._ended is not None and self._ended.on == self.counter.today

    def _ask_for_undo(self) -> None:
        if self._step not in (LossStep.DONE, LossStep.ENDED):
            return
        unlinking = self.counter.desk.unlinking
        if not self._ended_today:
            self.counter.tell(NothingToUndo())
        elif not unlinking.may_undo:
            self.counter.tell(NotSupervisor(self.counter.desk.place.operator))
        else:
            self._undo_reason = None
            self._go_to(LossStep.UNDO)

    async def _take_back(self, reason: UndoReason) -> None:
        if self._patron is None:
            return
        try:
            self._patron = await self.counter.desk.unlinking.undo(self._patron.id, reason)
        except CounterError as error:
            changed = isinstance(error, (NothingToUndo, PatronAlreadyLinked, CardLinkedToAnother))
            self.counter.tell(
                error,
                then=self._look_again if changed else None,
                kept=_("The link stays ended."),
            )
            return
        self._go_to(LossStep.UNDONE)
        self._end()

    # --------------------------------------------------------------------- leaving

    async def _go_on_after(self) -> None:
        slip = self._unlinked.job_number if self._unlinked is not None else None
        shows = self._step is LossStep.DONE and self.counter.desk.receipts.drawn_on_screen
        if self._below is None and slip is not None and shows:
            await self.counter.opening.open_receipt()
        else:
            await self._go_back()

    async def _go_back(self) -> Job:
        if self._below is not None:
            await self.counter.resume(self._below)
        else:
            await self.counter.opening.open_home()
        return self.counter.job

    @property
    def _hands_back(self) -> bool:
        """Whether all is done but for the card on the reader."""
        done = self._step in (LossStep.DONE, LossStep.UNDONE)
        return done and self.counter.card_is_on_reader

    def _remark(self, text: str) -> None:
        self.counter.scan.remark(text)
        self.counter.ring(1)

    def _go_to(self, step: LossStep) -> None:
        self._step = step
        self.counter.scan.remark("")
        self.counter.refresh_all()

    # --------------------------------------------------------------------- drawing

    def _work(self, width: int, height: int) -> list[Line]:
        patron, step = self._patron, self._step
        may_undo = self.counter.holder.desk_is_open and self.counter.desk.unlinking.may_undo
        if not self.counter.holder.desk_is_open:
            return []
        if step is LossStep.UNDO:
            return undo_lines(self._undo_reason, width)
        if patron is not None and step is LossStep.UNDONE and self._undo_reason is not None:
            return undone_lines(patron, self._undo_reason)
        offer = undo_offer_lines(may_undo=may_undo) if self._ended_today else []
        if patron is not None and self._unlinked is not None:
            done = self._unlinked
            lines = done_lines(patron, done.reason, done.job_number)
            return [*lines, *([] if done.platform_told else [told_later_line()]), *offer]
        if self._ended is not None:
            return [*ended_lines(self._ended), *offer]
        lines = [*contact_lines(self.counter.desk.unlinking.contact, width), BLANK]
        if patron is None:
            return [*lines, *who_lines()]
        lines += [*steps_lines(step, self._suspended, self._reason), BLANK]
        here = [card_is_here_line()] if self._card_is_here else []
        return [*lines, *(here or [stays_line(patron, self.counter.today)])]
