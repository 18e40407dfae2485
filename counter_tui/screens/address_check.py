"""At a renewal: the patron's own card is asked, with its PIN, for the address to confirm."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Final

from counter_tui.desk.recognition import CardBoundProof
from counter_tui.errors import (
    CardDataMismatch,
    CardLinkedToAnother,
    CardNotGenuine,
    CardProofMissing,
    CounterError,
    LastTryNotAgreed,
    NoCard,
    NoReader,
    PinBlocked,
    PinFormat,
    PinKind,
    PinOutcomeUnknown,
    RecordedBirthDateDiffers,
    ServiceUnavailable,
    WrongPin,
)
from counter_tui.language import _, pgettext
from counter_tui.screens.card_prompts import (
    card_expectation,
    card_keys,
    comparison_expectation,
    comparison_keys,
    pins_expectation,
    pins_keys,
)
from counter_tui.screens.comparison_page import ComparisonPage
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.grid import Frame
from counter_tui.screens.job import Expectation, Job
from counter_tui.screens.last_try import ask_for_the_last_try
from counter_tui.screens.line import Line, Span, wrapped
from counter_tui.screens.look import Role
from counter_tui.screens.person_panel import Group, step_lines
from counter_tui.screens.validity_lines import card_wanted_lines
from counter_tui.text import masked
from counter_tui.wording import sentence

if TYPE_CHECKING:
    from counter_tui.desk.address_check import CheckedAddress
    from counter_tui.desk.patrons import PatronView
    from counter_tui.screens.counter_screen import CounterScreen
    from counter_tui.screens.validity import ValidityJob
    from counter_tui.secret import Pin

_ENDS_IT: Final = (
    CardDataMismatch,
    CardNotGenuine,
    NoReader,
    PinBlocked,
    RecordedBirthDateDiffers,
    ServiceUnavailable,
)
"""After these no card that is laid down would help: the renewal asks anew what was seen."""


class _Step(Enum):
    CARD = "card"
    PIN = "pin"
    COMPARISON = "comparison"


class AddressCheckJob(Job):
    """Lies over a counter renewal, which goes on with what the card says. Esc goes back to it."""

    def __init__(self, counter: CounterScreen, below: ValidityJob, patron: PatronView) -> None:
        """Args:
        below: the renewal that waits for this.
        patron: whose card is asked.
        """
        super().__init__(counter)
        self._below = below
        self._patron = patron
        self._step = _Step.CARD
        self._tries_left = 0
        self._to_compare = False
        self._last_try_agreed = False
        self._checked: CheckedAddress | None = None
        self._page: ComparisonPage | None = None

    @property
    def frame(self) -> Frame:
        """The entry and the comparison take the rows of the answer band, too."""
        return Frame.BODY

    @property
    def wants_pins(self) -> bool:
        """In the step of that name."""
        return self._step is _Step.PIN

    @property
    def has_patron(self) -> bool:
        """Always."""
        return True

    @property
    def patron_id(self) -> int | None:
        """Whose card is asked."""
        return self._patron.id

    @property
    def loss(self) -> str:
        """The renewal below is not made."""
        return _("The validity was not renewed.")

    def expects(self) -> Expectation:
        """What this step asks for."""
        match self._step:
            case _Step.CARD:
                return card_expectation()
            case _Step.PIN:
                return pins_expectation()
            case _Step.COMPARISON:
                return comparison_expectation(has_choice=self._has_choice, has_more=self._has_more)

    def keys(self) -> Sequence[KeyHint]:
        """The key that goes on first."""
        match self._step:
            case _Step.CARD:
                back = KeyHint("Esc", _("Back to the renewal"))
                return card_keys(back, card_is_here=self.counter.card_is_on_reader)
            case _Step.PIN:
                return pins_keys()
            case _Step.COMPARISON:
                go_on = _("Renew with this")
                return comparison_keys(go_on, has_choice=self._has_choice, has_more=self._has_more)

    @property
    def _has_choice(self) -> bool:
        return self._page is not None and self._page.chosen is not None

    @property
    def _has_more(self) -> bool:
        return self._page is not None and not self._page.is_all_seen

    def show(self) -> None:
        """Person and steps at the left, the present step at the right."""
        number = masked(self._patron.library_card_number)[-9:]
        person = Group(
            [
                Line([Span(self._patron.name, bold=True)]),
                Line([Span(f"{_('Lib. card')} {number}", Role.SOFT)]),
            ]
        )
        names = [
            pgettext("step", "Card"),
            pgettext("step", "PIN"),
            pgettext("step", "Comparison"),
            pgettext("step", "Renewal"),
        ]
        steps = Group(step_lines(names, list(_Step).index(self._step)))
        groups = [person, steps]
        if self._to_compare:
            # Nothing but staff's eyes tells such a card from a copy.
            compare = _("Compare the card with the person")
            groups += [
                Group([Line([Span(row, Role.WARN, bold=True)]) for row in wrapped(compare, 22)])
            ]
        self.counter.person.show(pgettext("state", "Validity"), Role.REST_FILL, groups)
        self.counter.work_zone.show(self._work)

    async def begin(self) -> None:
        """A card that lies there is looked at."""
        if self.counter.card_is_on_reader:
            await self._look()

    async def leave(self) -> None:
        """Another job: the renewal below ends, too."""
        self.counter.desk.address_check.leave()
        await self._below.leave()

    async def back(self) -> None:
        """Esc: to the renewal, with no try spent and nothing written."""
        self.counter.desk.address_check.leave()
        await self.counter.resume(self._below)

    async def link_card(self) -> None:
        """F5: not while this card is asked."""
        self.counter.ring(1)

    async def enter(self) -> None:
        """Read again; or yes, the card says so."""
        if self._step is _Step.CARD:
            await self._look()
        elif self._step is _Step.COMPARISON and self._has_more:
            self.counter.ring(1)
            self.counter.refresh_keys()
        elif self._checked is not None and self._page is not None:
            taken = {name for name, is_taken in self._page.taken.items() if is_taken}
            checked = self._checked
            await self.back()
            await self._below.renew_as_on_card(checked, taken)

    async def take(self, text: str) -> None:
        """Nothing but commands is scanned here."""
        self._remark(_("Not expected now: {code}").format(code=text))

    async def press(self, key: str) -> None:
        """Of the comparison: the page, the next field that differs, what is kept of it."""
        if self._step is _Step.COMPARISON and self._page is not None:
            self._page.press(key)
            self.show()
            self.counter.refresh_keys()

    async def card_laid(self) -> None:
        """The card that is waited for."""
        if self._step is _Step.CARD:
            await self._look()

    async def card_taken(self) -> None:
        """What was read stays; an entry that was begun finds no card, and uses no try."""
        self.show()
        self.counter.refresh_keys()

    async def present(self, first: Pin, second: Pin | None) -> None:
        """The PIN, once. The desk overwrites it in all cases."""
        agreed, self._last_try_agreed = self._last_try_agreed, False
        check = self.counter.desk.address_check
        try:
            checked = await self.counter.waiting(check.read(first, last_try_agreed=agreed))
        except PinFormat as error:
            self._begin_pin(sentence(error).head)
        except LastTryNotAgreed:
            await self._look()
        except WrongPin as error:
            self._go_to(_Step.CARD)
            if error.tries_left == 0:
                self.counter.tell(PinBlocked(error.kind), then=self._give_up)
            else:
                self.counter.tell(error, then=self._look)
        except PinOutcomeUnknown as error:
            # Only the card's own counter tells what is left.
            self._go_to(_Step.CARD)
            self.counter.tell(error, then=self._look)
        except CounterError as error:
            self._go_to(_Step.CARD)
            self.counter.tell(error, then=self._after(error))
        else:
            self._checked = checked
            self._page = ComparisonPage(checked.comparison, self._more_is_seen)
            self.counter.end_pins()
            self._go_to(_Step.COMPARISON)

    async def _look(self) -> None:
        """Whether it is this patron's card; asking for the tries spends none."""
        self._go_to(_Step.CARD)
        self._last_try_agreed = False
        self.counter.look_at_card()
        check = self.counter.desk.address_check
        try:
            seen = await self.counter.waiting(check.look(self._patron.id))
        except NoCard:
            self.counter.refresh_keys()
        except CardLinkedToAnother:
            self._remark(_("The card on the reader is somebody else's"))
        except CardProofMissing:
            self._below.card_was_laid(CardBoundProof.UNAVAILABLE)
            await self._give_up()
            self._remark(_("This card cannot prove itself. Ask for the address"))
        except PinBlocked as error:
            self._below.card_was_laid(None)  # it is this patron's, and locked
            self.counter.tell(error, then=self._give_up)
        except CounterError as error:
            self.counter.tell(error, then=self._after(error))
        else:
            self._tries_left = seen.tries_left
            self._to_compare = seen.proof is CardBoundProof.UNAVAILABLE
            self._below.card_was_laid(seen.proof)
            if self._tries_left == 1:
                kind = PinKind.SURFACE_INFO
                ask_for_the_last_try(self.counter, kind, agreed=self._agree, refused=self.back)
            else:
                self._begin_pin()

    async def _agree(self) -> None:
        self._last_try_agreed = True
        self._begin_pin()

    def _begin_pin(self, hint: str = "") -> None:
        self._go_to(_Step.PIN)
        self.counter.pins.begin((PinKind.SURFACE_INFO, self._tries_left), hint=hint)

    def _after(self, error: CounterError) -> Callable[[], Awaitable[None]] | None:
        return self._give_up if isinstance(error, _ENDS_IT) else None

    async def _give_up(self) -> None:
        """Back, to the person's word: this card does not give the address."""
        self._below.card_gave_nothing()
        await self.back()

    def _more_is_seen(self) -> None:
        """Told while drawing, when the keys are shown already."""
        self.counter.happened(self._show_keys_again)

    async def _show_keys_again(self) -> None:
        if self.counter.job is self:
            self.counter.refresh_keys()

    def _go_to(self, step: _Step) -> None:
        if step is not _Step.PIN:
            self.counter.pins.clear()
        self._step = step
        self.counter.scan.remark("")
        self.counter.refresh_all()

    def _remark(self, text: str) -> None:
        self.counter.scan.remark(text)
        self.counter.ring(1)

    def _work(self, width: int, height: int) -> Sequence[Line]:
        match self._step:
            case _Step.CARD:
                return card_wanted_lines(width)
            case _Step.PIN:
                return ()
            case _Step.COMPARISON:
                return self._page.lines(width, height) if self._page else ()
