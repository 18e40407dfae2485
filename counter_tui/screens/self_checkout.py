"""The self-checkout (自動貸出機): one screen for patrons, with no way to anything of staff's."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.geometry import Region, Size
from textual.layout import Layout
from textual.screen import Screen

from counter_tui.barcodes.input_method import as_keys
from counter_tui.desk.devices import (
    CardLaidDown,
    CardTakenOff,
    DeskEvent,
    Device,
    LampChanged,
    Trouble,
)
from counter_tui.errors import CounterError, StoreError
from counter_tui.language import _, pgettext
from counter_tui.screens.bells import Bells
from counter_tui.screens.card_events import CardEvents
from counter_tui.screens.counter_layout import CounterLayout, TooSmall
from counter_tui.screens.desk_holder import DeskHolder
from counter_tui.screens.grid import LEAST
from counter_tui.screens.happenings import Entry, Happenings, Reaction
from counter_tui.screens.look import Role
from counter_tui.screens.scan_line import ScanLine
from counter_tui.screens.self_checkout_ear import Ear
from counter_tui.screens.self_checkout_face import (
    ROWS_BELOW,
    Button,
    Face,
    FaceZone,
    Head,
    Step,
)
from counter_tui.screens.self_checkout_faces import Around, Reading, face_of
from counter_tui.screens.self_checkout_staff import LONGEST_CODE, StaffDoor
from counter_tui.screens.self_checkout_trainer import Trainer
from counter_tui.screens.self_checkout_turn import Turn
from counter_tui.screens.waiting import SAY_READING_AFTER_S, SAY_WAITING_AFTER_S
from counter_tui.screens.zone import Zone

if TYPE_CHECKING:
    from counter_tui.desk.desk import Desk

log = logging.getLogger(__name__)

IDLE_AFTER_S: Final = 60.0
"""Without a key, a scan or a card, the turn of whoever went away is ended."""

SHOWN_FROM_S: Final = 45.0
"""From so many seconds before that on, they are counted down: any key starts anew."""

TICK_S: Final = 0.5
"""How often the countdown is looked at; it is drawn once a second."""

KEY_BOUNCES_S: Final = 0.5
"""A button that is pressed so soon after the screen has changed is a key that bounced, or was
meant for the screen before: where it would end something, it counts only after a scan."""

LAY_THERE_S: Final = 1.0
"""A card that is told of so soon after its reader came up lay there already."""

_ENDS_SOMETHING: Final = frozenset({Step.ITEMS, Step.TAKE})
"""Steps whose button ends a turn, or takes what it came to off the screen."""

_WELL_ENOUGH: Final = frozenset({None, Trouble.STARTING, Trouble.PAPER_NEAR_END})
"""Of reader and printer: nothing that patrons would have to hear of."""

Answered = TypeVar("Answered")


@dataclass(frozen=True)
class Installation:
    """What this terminal is.

    Attributes:
        place: library and branch.
        staff_code: digits that end the program; empty: nothing on the screen does.
        is_test: simulated cards are taken, and the screen says so.
    """

    place: str
    staff_code: str
    is_test: bool


class SelfCheckoutScreen(Screen[None], inherit_bindings=False):
    """Shows the turn, and gives it keys, scans and cards in the order in which they came.

    There are no bindings: of all keys only Enter, Esc, what a scanner types, and ^X for staff
    do anything here.
    """

    DEFAULT_CSS = """
    SelfCheckoutScreen {
        background: $ground;
        color: $ink;
        overflow: hidden;
    }
    """

    AUTO_FOCUS = ""
    ALLOW_SELECT = False

    def __init__(
        self, holder: DeskHolder, installation: Installation, monotonic: Callable[[], float]
    ) -> None:
        """Args:
        monotonic: seconds since some moment, for who went away and keys that bounce.
        """
        super().__init__()
        self._holder = holder
        self._installation = installation
        self._monotonic = monotonic
        self._happenings = Happenings()
        self._bells = Bells(self, self._card_left_behind)
        self._card = CardEvents(self)
        self._door = StaffDoor(installation.staff_code, monotonic)
        self._staff_are_asked = False
        self._staff_remark = ""
        self._turn = Turn(self)
        self._reading = Reading.NOT
        self._reader_trouble: Trouble | None = Trouble.STARTING
        self._printer_trouble: Trouble | None = None
        self._reader_up_at = -math.inf
        self._touched_at = monotonic()
        self._shown: object = None
        self._shown_since = -math.inf
        self._shown_number = 0
        self._trainer = Trainer(holder)
        self.face_zone = FaceZone(self._head())
        self.scan = Ear(self.touched)
        self._too_small = TooSmall(id="too-small")
        self._layout = CounterLayout()

    # -------------------------------------------------------------------- for the turn

    @property
    def holder(self) -> DeskHolder:
        """Who opens the desk."""
        return self._holder

    @property
    def desk(self) -> Desk:
        """The use cases.

        Raises:
            StoreUnavailable, StoreTooNew: the desk could not be opened.
        """
        return self._holder.desk

    @property
    def turn(self) -> Turn:
        """What is being done now."""
        return self._turn

    @property
    def job(self) -> Turn:
        """The same, as cards are told of."""
        return self._turn

    @property
    def is_locked(self) -> bool:
        """Never: a turn says itself what becomes of a card that comes while it is stopped."""
        return False

    @property
    def card_is_on_reader(self) -> bool:
        """Whether a card lies there, of whatever kind."""
        return self._card.is_there

    def happened(self, happening: Reaction) -> None:
        """Do this when all that happened before is done."""
        self._happenings.put(happening)

    async def settled(self) -> None:
        """Wait until all that has happened so far has been worked off."""
        await self._happenings.settled()

    def ring(self, times: int) -> None:
        """Ring the terminal's bell."""
        self._bells.ring(times)

    def remind_of_card(self, active: bool) -> None:
        """Ring every four seconds, from now on or no longer."""
        self._bells.remind(active)

    @property
    def is_reminding(self) -> bool:
        """Whether it rings for a card that lies there."""
        return self._bells.is_reminding

    async def waiting(self, answer: Awaitable[Answered]) -> Answered:
        """Wait for the card. After 300 ms the screen says so, after 3 s also what to do."""

        def say(how_long: Reading) -> None:
            self._reading = how_long
            self.show()

        timers = [
            self.set_timer(SAY_READING_AFTER_S, lambda: say(Reading.A_MOMENT)),
            self.set_timer(SAY_WAITING_AFTER_S, lambda: say(Reading.LONG)),
        ]
        try:
            return await answer
        finally:
            for timer in timers:
                timer.stop()
            self._reading = Reading.NOT
            self.touched()

    # ------------------------------------------------------------------------ what is seen

    @property
    def layout(self) -> Layout:
        """Face, and the line below it."""
        return self._layout

    def placed_zones(self, size: Size) -> dict[Zone, Region]:
        """Every zone that is seen now, and where."""
        if size.width < LEAST.width or size.height < LEAST.height:
            return {self._too_small: Region(0, 0, size.width, size.height)}
        below = size.height - ROWS_BELOW
        return {
            self.face_zone: Region(0, 0, size.width, below),
            self.scan: Region(0, below, size.width, 1),
        }

    def compose(self) -> ComposeResult:
        """The zones."""
        yield self.face_zone
        yield self.scan
        yield self._too_small

    def show(self) -> None:
        """Show the turn as it is now, or what staff are asked."""
        face = self._staff_face() if self._staff_are_asked else self._turn_face()
        screen = (self._turn.step, self._turn.stopped, self._staff_are_asked)
        if screen != self._shown:
            self._shown = screen
            self._shown_number += 1
            self._shown_since = self._monotonic()
        self.face_zone.show(face, self._head())
        left = self._seconds_left()
        counted = (
            [pgettext("self-checkout", "{n} s left").format(n=left)] if left <= SHOWN_FROM_S else []
        )
        self.scan.say("  ".join([text for text in (face.hint, *counted) if text]))

    def _turn_face(self) -> Face:
        turn = self._turn
        limit = 0 if turn.patron is None else self.desk.lending.loan_limit(turn.patron)
        return face_of(
            turn,
            Around(
                self.card_is_on_reader,
                self._reader_trouble not in _WELL_ENOUGH,
                self._printer_trouble not in _WELL_ENOUGH,
                self._reading,
                limit,
            ),
        )

    def _staff_face(self) -> Face:
        return Face(
            self._turn.step,
            [],
            Button(_("End the program")),
            sentences=[_("Staff code"), _("Staff only. Patrons: press Esc.")],
            remark=self._staff_remark,
            way_back=pgettext("self-checkout", "Back"),
        )

    def _head(self) -> Head:
        place = self._installation.place
        if self._holder.is_demo:
            return Head(place, self._trainer.notice(self._installation.staff_code))
        if self._installation.is_test:
            said = [_("Test settings"), _("Simulated cards are taken here")]
            return Head(place, "   ".join(said), Role.WARN_FILL)
        return Head(place)

    # ------------------------------------------------------------------------ what happens

    def on_mount(self) -> None:
        """Welcome whoever comes; nothing of this needs a device or the store."""
        self.set_focus(self.scan)
        self.show()
        self.set_interval(TICK_S, self.tick)
        self._take_happenings()

    def desk_opened(self) -> None:
        """The desk is there."""
        self.happened(self._show_again)

    def desk_failed(self, error: CounterError) -> None:
        """The desk could not be opened; the button tries again."""

        async def tell() -> None:
            self._turn.refuse(error)

        self.happened(tell)

    async def _show_again(self) -> None:
        self.show()

    def report(self, event: DeskEvent) -> None:
        """A device has something to say. Patrons hear of it where it concerns them."""
        match event:
            case LampChanged(Device.READER, trouble):
                if trouble is None and self._reader_trouble is not None:
                    self._reader_up_at = self._monotonic()
                self._reader_trouble = trouble
                self.happened(self._show_again)
            case LampChanged(Device.PRINTER, trouble):
                self._printer_trouble = trouble
                self.happened(self._show_again)
            case CardLaidDown():
                self._note_card()
            case CardTakenOff():
                self.remind_of_card(False)
                self.touched()
                self._card.take()

    def _note_card(self) -> None:
        lay_there = self._monotonic() - self._reader_up_at < LAY_THERE_S
        if lay_there:
            self._card.is_there = True
            self.happened(self._turn.card_was_there)
            return
        self.touched()
        self._card.lay()

    @work(group="happenings", description="take scans and cards in order")
    async def _take_happenings(self) -> None:
        await self._happenings.work_off(self._take_entry, self._turn.refuse)

    async def _take_entry(self, entry: Entry) -> None:
        code = as_keys(entry.typed)
        if self._trainer.takes(code):
            self.show()
            return
        await self._holder.have_desk()
        await self._turn.take(code)
        self.touched()

    @on(ScanLine.Submitted)
    def _note_entry(self, event: ScanLine.Submitted) -> None:
        code = as_keys(event.typed)
        if self._staff_are_asked and len(code) <= LONGEST_CODE:
            self._try_door(code)
            return
        if self._staff_are_asked:
            self._ask_no_more()  # a scan: somebody came here by mistake
        if code in ("", "/ok"):
            self._press(self._turn.enter)
        elif code == "/no":
            self._press(self._turn.back)
        else:
            self._shown_since = -math.inf
            self._happenings.put(Entry(event.typed))

    def on_key(self, event: events.Key) -> None:
        """Esc, ^X, and in the demo the trainer's keys. Nothing else gets here and does anything."""
        event.stop()
        event.prevent_default()
        if event.key == "ctrl+x":
            self._ask_staff()
        elif event.key == "escape" and self._staff_are_asked:
            self._ask_no_more()
        elif event.key == "escape":
            self._press(self._turn.back)
        elif not self._staff_are_asked and self._trainer.takes(event.key.replace("f", "/")):
            self.show()

    def _card_left_behind(self) -> None:
        async def note() -> None:
            try:
                await self.desk.handover.note_card_left()
            except StoreError as error:  # nothing that a patron could do anything about
                log.warning("a card that was left is not kept: %s", type(error).__name__)

        self.happened(note)

    def _press(self, button: Reaction) -> None:
        """A button counts for the screen on which it was pressed, and for no other."""
        pressed_on = self._shown_number
        just_came = self._monotonic() - self._shown_since < KEY_BOUNCES_S
        if just_came and (self._turn.stopped or self._turn.step in _ENDS_SOMETHING):
            return

        async def press() -> None:
            if pressed_on == self._shown_number:
                await button()
                self.touched()

        self.happened(press)

    # ------------------------------------------------------------------------ who is there

    def touched(self) -> None:
        """Somebody is there: the minute starts anew."""
        was_counted = self._seconds_left() <= SHOWN_FROM_S
        self._touched_at = self._monotonic()
        if was_counted and self.is_mounted:
            self.show()

    def tick(self) -> None:
        """Count down; end the turn of whoever went away."""
        if self._reading is not Reading.NOT:
            return
        left = self._seconds_left()
        if left <= 0:
            self.happened(self._idle)
        elif left <= SHOWN_FROM_S:
            self.show()

    async def _idle(self) -> None:
        if self._seconds_left() > 0:
            return
        self._touched_at = self._monotonic()
        if self._staff_are_asked:
            self._ask_no_more()
        await self._turn.idle()

    def _seconds_left(self) -> float:
        if not (self._turn.can_be_idle or self._staff_are_asked):
            return math.inf
        return math.ceil(self._touched_at + IDLE_AFTER_S - self._monotonic())

    # ------------------------------------------------------------------------------- staff

    def _ask_staff(self) -> None:
        if self._door.can_be_asked and not self._staff_are_asked:
            self._staff_are_asked = True
            self._staff_remark = ""
            self.scan.keep_secret(True)
            self.touched()
            self.show()

    def _ask_no_more(self) -> None:
        self._staff_are_asked = False
        self.scan.keep_secret(False)
        self.show()

    def _try_door(self, typed: str) -> None:
        if self._door.opens(typed):
            log.info("self-checkout: ended with the staff code")
            self.app.exit()
            return
        self.ring(1)
        self._staff_remark = _("That is not the code.")
        if not self._door.can_be_asked:
            self._ask_no_more()
        self.show()

    async def end_turn(self) -> None:
        """Keep what is to be kept of whoever is borrowing: the program ends. Idempotent.

        Raises:
            CounterError: the store refuses; the loans stand, no slip is queued.
        """
        if self._holder.desk_is_open:
            await self._turn.keep()
