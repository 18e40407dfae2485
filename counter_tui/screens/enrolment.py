"""Linking a My Number card to a patron, with all steps in sight."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from counter_tui.desk.enrollment import CardReady, Enrolled, Step
from counter_tui.errors import (
    BirthDateDiffers,
    BirthDateUnusable,
    CardDataMismatch,
    CardLinkedToAnother,
    CardNotGenuine,
    CounterError,
    LastTryNotAgreed,
    NoCard,
    NoUsablePin,
    PatronAlreadyLinked,
    PatronLapsed,
    PinBlocked,
    PinFormat,
    PinKind,
    PinOutcomeUnknown,
    ProcedureOutOfStep,
    UnlinkReason,
    WrongPin,
)
from counter_tui.language import _, pgettext
from counter_tui.screens.answer_band import Answer, hand_back_answer
from counter_tui.screens.comparison_page import ComparisonPage
from counter_tui.screens.enrolment_lines import (
    card_lines,
    consent_lines,
    done_lines,
    library_card_lines,
    step_names,
)
from counter_tui.screens.enrolment_prompts import (
    expectation_of,
    keys_of,
    offer_expectation,
    offer_keys,
    terms_expectation,
    terms_keys,
)
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.grid import Frame
from counter_tui.screens.job import Expectation, Job
from counter_tui.screens.last_try import ask_for_the_last_try
from counter_tui.screens.lending import LendingJob
from counter_tui.screens.line import Line, Span
from counter_tui.screens.look import Role
from counter_tui.screens.person_panel import Group, step_lines
from counter_tui.screens.relink_offer import REASONS, SHORTEST_CARD_NUMBER, RelinkOffer
from counter_tui.screens.terms_page import TermsPage
from counter_tui.text import masked
from counter_tui.wording import sentence

if TYPE_CHECKING:
    from counter_tui.desk.comparison import Comparison
    from counter_tui.desk.patrons import PatronView
    from counter_tui.screens.counter_screen import CounterScreen
    from counter_tui.secret import Pin

_ENDS_IT: Final = (
    BirthDateDiffers,
    BirthDateUnusable,
    CardDataMismatch,
    CardLinkedToAnother,
    CardNotGenuine,
    NoUsablePin,
    PatronAlreadyLinked,
    PinBlocked,
    ProcedureOutOfStep,
)
"""After these there is nothing to go on with: the enrolment is left."""


KEY_BOUNCES_S: Final = 0.5
"""F5 opens the enrolment, and in it the registration: a second F5 within this time is a key that
bounced, or a hand that did not see the first one work."""


class EnrollmentJob(Job):
    """One enrolment. Nothing is written before the last Enter; Esc leaves at any step."""

    def __init__(
        self,
        counter: CounterScreen,
        library_card_number: str | None = None,
        relink: UnlinkReason | None = None,
    ) -> None:
        """Args:
        library_card_number: given, the first step is done by itself.
        relink: why the patron's present link ends with this one; None: staff are asked, if
            there is one.
        """
        super().__init__(counter)
        self._number = library_card_number
        self._relink = relink
        self._offer: RelinkOffer | None = None
        self._terms: TermsPage | None = None
        self._step = Step.LIBRARY_CARD
        self._patron: PatronView | None = None
        self._ready: CardReady | None = None
        self._is_anothers = False
        self._last_tries_agreed: frozenset[PinKind] = frozenset()
        self._comparison: ComparisonPage | None = None
        self._enrolled: Enrolled | None = None
        self._begun_at = counter.monotonic()

    @property
    def frame(self) -> Frame:
        """The band is needed for the end only."""
        return Frame.ANSWER if self._step is Step.DONE else Frame.BODY

    @property
    def wants_pins(self) -> bool:
        """In the step of that name."""
        return self._step is Step.PINS

    @property
    def has_patron(self) -> bool:
        """From the first step on."""
        return self._patron is not None

    @property
    def patron_id(self) -> int | None:
        """Whose card is to be linked."""
        return self._patron.id if self._patron else None

    @property
    def may_be_interrupted(self) -> bool:
        """Not before the card is linked."""
        return self._step is Step.DONE

    @property
    def loss(self) -> str:
        """From the library card on, until the end."""
        if self._patron is None or self._step is Step.DONE:
            return ""
        return _("No card was linked.")

    @property
    def step(self) -> Step:
        """Which step is to be done now."""
        return self._step

    def expects(self) -> Expectation:
        """What this step asks for."""
        if self._terms is not None:
            return terms_expectation()
        if self._offer is not None:
            return offer_expectation()
        has_choice, has_more = self._has_choice, self._has_more
        return expectation_of(self._step, has_choice=has_choice, has_more=has_more)

    def keys(self) -> Sequence[KeyHint]:
        """Enter first."""
        if self._terms is not None:
            return terms_keys()
        if self._offer is not None:
            return offer_keys()
        return keys_of(
            self._step,
            has_choice=self._has_choice,
            has_more=self._has_more,
            card_is_here=self.counter.card_is_on_reader,
        )

    @property
    def _has_choice(self) -> bool:
        return self._comparison is not None and self._comparison.chosen is not None

    @property
    def _has_more(self) -> bool:
        """Whether something of the comparison was not on the screen yet."""
        return self._comparison is not None and not self._comparison.is_all_seen

    def show(self) -> None:
        """Person and steps at the left, the present step at the right."""
        if self._step is Step.DONE:
            word, role = pgettext("state", "Linked"), Role.OK_FILL
            if self.counter.card_is_on_reader:
                self.counter.answer.say(hand_back_answer())
            else:
                self.counter.answer.say(Answer(_("Linked."), role=Role.NOTE_FILL))
        else:
            word, role = pgettext("state", "Enrolment"), Role.REST_FILL
            if self._offer is not None or self._relink is not None:
                word = pgettext("state", "Relinking")
        groups: list[Group] = []
        if self._patron is not None:
            number = masked(self._patron.library_card_number)[-9:]
            groups.append(
                Group(
                    [
                        Line([Span(self._patron.name, bold=True)]),
                        Line([Span(f"{_('Lib. card')} {number}", Role.SOFT)]),
                    ]
                )
            )
        done = list(Step).index(self._step) + (1 if self._step is Step.DONE else 0)
        groups.append(Group(step_lines(step_names(), done)))
        self.counter.person.show(word, role, groups)
        self.counter.work_zone.show(self._work)

    async def begin(self) -> None:
        """With a known library card, straight to the consent."""
        self._begun_at = self.counter.monotonic()
        # The card panel shows the answer band, where the job before has said something.
        self.counter.answer.say(Answer(pgettext("state", "Enrolment"), role=Role.REST_FILL))
        if self._number is not None and self._step is Step.LIBRARY_CARD:
            number, self._number = self._number, None
            await self._begin_with(number)

    async def leave(self) -> None:
        """Another job: an enrolment that is not done is forgotten."""
        if self._step is not Step.DONE and self.counter.holder.desk_is_open:
            self.counter.desk.enrollment.cancel()

    async def back(self) -> None:
        """Leave; nothing is written, no try is spent."""
        if self._terms is not None:
            await self.details()
        elif self._step is Step.DONE:
            await self._go_lending()
        else:
            await self.counter.opening.open_home()

    async def details(self) -> bool:
        """The terms, while they are asked for."""
        if self._step is not Step.CONSENT:
            return False
        is_open = self._terms is not None
        self._terms = None if is_open else TermsPage(self.counter.desk.enrollment.terms)
        self.counter.refresh_all()
        return True

    async def link_card(self) -> None:
        """F5 in the first step: the person is new here. In a question: another library card."""
        from counter_tui.screens.registration import RegistrationJob

        bounced = self.counter.monotonic() - self._begun_at < KEY_BOUNCES_S
        if self._step is not Step.LIBRARY_CARD or bounced:
            return
        if self._offer is not None:
            self._forget_patron()
        else:
            await self.counter.open(RegistrationJob(self.counter))

    async def take(self, text: str) -> None:
        """The library card; later, after the end, whatever belongs to lending."""
        if self._step is Step.LIBRARY_CARD:
            offer = self._offer.with_reason(text) if self._offer else None
            if offer is not None:
                self._offer = offer
                self.show()
            elif self._offer is not None and len(text) < SHORTEST_CARD_NUMBER:
                self.counter.ring(1)
                self.counter.scan.remark(_("{keys}, then Enter").format(keys=" ".join(REASONS)))
            else:
                self._relink = None
                await self._begin_with(text)
        elif self._step is Step.DONE:
            lending = await self._go_lending()
            await lending.take(text)
        else:
            self.counter.ring(1)
            self.counter.scan.remark(_("Not expected now: {code}").format(code=text))

    async def enter(self) -> None:
        """Yes."""
        if self._terms is not None:
            await self.details()
            return
        match self._step:
            case Step.LIBRARY_CARD if self._offer is not None and self._patron is not None:
                self._relink = self._offer.reason
                await self._begin_with(self._patron.library_card_number)
            case Step.CONSENT:
                self.counter.desk.enrollment.consent()
                self._go_to(Step.CARD)
                if self.counter.card_is_on_reader:
                    await self._inspect()
            case Step.CARD:
                await self._inspect()
            case Step.COMPARISON if self._has_more:
                self.counter.ring(1)
                self.counter.refresh_keys()
            case Step.COMPARISON:
                await self._confirm()
            case Step.DONE:
                await self._go_lending()
            case Step.LIBRARY_CARD | Step.PINS:
                pass

    async def press(self, key: str) -> None:
        """Of the comparison: the page, the next field that differs, what is kept of it.

        Of a card that takes another's place, Space changes the reason; PageDown turns the terms.
        """
        if self._terms is not None and key == "pagedown":
            self._terms.turn()
            self.show()
            return
        if self._offer is not None and key == " ":
            self._offer = self._offer.with_next_reason()
            self.show()
            return
        if self._step is Step.COMPARISON and self._comparison is not None:
            self._comparison.press(key)
            self.show()
            self.counter.refresh_keys()

    async def card_laid(self) -> None:
        """The card that is waited for."""
        if self._step is Step.CARD:
            await self._inspect()

    async def card_taken(self) -> None:
        """After the end: lending. Before, there is nothing to be read again."""
        self._is_anothers = False
        if self._step is Step.DONE:
            await self._go_lending()
        else:
            self.show()
            self.counter.refresh_keys()

    async def present(self, first: Pin, second: Pin | None) -> None:
        """Both PINs, once. The desk overwrites them in all cases."""
        enrollment = self.counter.desk.enrollment
        agreed, self._last_tries_agreed = self._last_tries_agreed, frozenset()
        try:
            comparison = await self.counter.waiting(
                enrollment.verify(first, second, last_try_agreed=agreed)
            )
        except PinFormat as error:
            self._begin_pins(sentence(error).head)
        except LastTryNotAgreed:
            await self._inspect()
        except WrongPin as error:
            # The tries are read again; a PIN that this mistake has locked is told then.
            self._go_to(Step.CARD)
            self.counter.tell(error, then=self._inspect)
        except CounterError as error:
            self._go_to(Step.CARD)
            self.counter.tell(error, then=self._after(error))
        else:
            self._compare(comparison)

    async def _begin_with(self, number: str) -> None:
        """The first step: whose card is to be linked?"""
        enrollment = self.counter.desk.enrollment
        self._forget_patron()
        reason = self._relink
        try:
            if reason is None:
                self._patron = await enrollment.begin(number)
            else:
                self._patron = await enrollment.begin(number, relink=True, reason=reason)
        except PatronAlreadyLinked as error:
            # Nothing ends before the last step; but staff see whose link it is about.
            self._patron = await enrollment.begin(number, relink=True)
            self._offer = RelinkOffer(error.linked_on)
            self.counter.refresh_all()
        except PatronLapsed as error:
            self.counter.tell(error, kept=_("No card was linked."))
        else:
            self._go_to(Step.CONSENT)

    def _forget_patron(self) -> None:
        self.counter.desk.enrollment.cancel()
        self._patron = self._offer = None
        self.counter.refresh_all()

    async def _inspect(self) -> None:
        """Look at the card; asking for the tries spends none."""
        self._go_to(Step.CARD)
        self._last_tries_agreed = frozenset()
        self._is_anothers = False
        self.counter.look_at_card()
        try:
            ready = await self.counter.waiting(self.counter.desk.enrollment.inspect_card())
        except NoCard:
            self.counter.refresh_keys()
            return
        except CardLinkedToAnother as error:
            # Mostly the card of whoever was here before: the right one only has to be laid down.
            self._is_anothers = True
            self.counter.tell(error)
            return
        except CounterError as error:
            self.counter.tell(error, then=self._after(error))
            return
        self._ready = ready
        self._ask_about(PinKind.AUTH, PinKind.SURFACE_INFO)

    def _ask_about(self, *kinds: PinKind) -> None:
        """Begin the entry; each of these PINs that is at its last try is asked about before."""
        for index, kind in enumerate(kinds):
            if self._tries_left(kind) == 1:
                agreed = partial(self._agree, kind, *kinds[index + 1 :])
                ask_for_the_last_try(self.counter, kind, agreed=agreed)
                return
        self._begin_pins()

    async def _agree(self, kind: PinKind, *others: PinKind) -> None:
        """The patron's word about one PIN; the other is asked about for itself."""
        self._last_tries_agreed |= {kind}
        self._ask_about(*others)

    def _tries_left(self, kind: PinKind) -> int:
        ready = self._ready
        if ready is None:
            return 0
        is_auth = kind is PinKind.AUTH
        return ready.auth_tries_left if is_auth else ready.surface_info_tries_left

    def _begin_pins(self, hint: str = "") -> None:
        self._go_to(Step.PINS)
        ready = self._ready
        if ready is not None:
            self.counter.pins.begin(
                (PinKind.AUTH, ready.auth_tries_left),
                (PinKind.SURFACE_INFO, ready.surface_info_tries_left),
                hint=hint,
            )

    def _after(self, error: CounterError) -> Callable[[], Awaitable[None]] | None:
        if isinstance(error, _ENDS_IT):
            return self.counter.opening.open_home
        if isinstance(error, PinOutcomeUnknown):
            # Only the card's own counter tells whether that try is spent.
            return self._inspect
        return None

    def _compare(self, comparison: Comparison) -> None:
        self._comparison = ComparisonPage(comparison, self._more_is_seen)
        self.counter.end_pins()
        self._go_to(Step.COMPARISON)

    async def _confirm(self) -> None:
        choices = self._comparison.taken if self._comparison else {}
        taken = {name for name, is_taken in choices.items() if is_taken}
        try:
            self._enrolled = await self.counter.desk.enrollment.confirm(taken)
        except CounterError as error:
            self.counter.tell(error, then=self._after(error), kept=_("No card was linked."))
            return
        self._patron = self._enrolled.patron
        self._go_to(Step.DONE)
        if self.counter.card_is_on_reader:
            self.counter.remind_of_card(True)
        if self._enrolled.job_number is not None:
            self.counter.tell_printer_trouble()

    async def _go_lending(self) -> LendingJob:
        enrolled = self._enrolled
        assert enrolled is not None  # noqa: S101  only after the end
        lending = LendingJob(self.counter, enrolled.patron, after_enrollment=True)
        await self.counter.open(lending)
        return lending

    def _go_to(self, step: Step) -> None:
        if step is not Step.PINS:
            self.counter.pins.clear()
        self._step = step
        self.counter.refresh_all()

    # ------------------------------------------------------------------------- drawing

    def _work(self, width: int, height: int) -> Sequence[Line]:
        match self._step:
            case Step.LIBRARY_CARD:
                return library_card_lines() if self._offer is None else self._offer.lines()
            case Step.CONSENT:
                if self._terms is not None:
                    return self._terms.lines(width, height)
                version = self.counter.desk.enrollment.terms.version
                stopped = self._patron is not None and self._patron.is_blocked
                return consent_lines(version, lending_is_stopped=stopped)
            case Step.CARD:
                return card_lines(is_anothers=self._is_anothers)
            case Step.PINS:
                return ()
            case Step.COMPARISON:
                return self._comparison.lines(width, height) if self._comparison else ()
            case Step.DONE:
                return done_lines(self._enrolled) if self._enrolled else ()

    def _more_is_seen(self) -> None:
        """Told while drawing, when the keys are shown already."""
        self.counter.happened(self._show_keys_again)

    async def _show_keys_again(self) -> None:
        if self.counter.job is self:
            self.counter.refresh_keys()
