"""The counter: one screen that composes the zones and gives jobs what happens, in order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.binding import Binding, BindingType

from counter_tui.barcodes.input_method import as_keys
from counter_tui.clock import Clock, today
from counter_tui.desk.devices import (
    CardLaidDown,
    CardTakenOff,
    DeskEvent,
    Device,
    LampChanged,
    SlipsChanged,
    TemplateFailed,
)
from counter_tui.errors import CounterError
from counter_tui.key_table import KEYS
from counter_tui.language import _, pgettext
from counter_tui.screens.answer_band import Answer
from counter_tui.screens.bells import Bells
from counter_tui.screens.book_drop import book_drop_notice
from counter_tui.screens.card_events import CardEvents
from counter_tui.screens.commands import BARCODES, Commands
from counter_tui.screens.desk_holder import DeskHolder
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.grid import Frame
from counter_tui.screens.happenings import Entry, Happenings, Reaction
from counter_tui.screens.interruption import (
    LAY_DOWN_AGAIN,
    Interruption,
    Interruptions,
    interruption_of,
    question,
    still_open,
)
from counter_tui.screens.job import Expectation, Job
from counter_tui.screens.leaving import Leaving
from counter_tui.screens.look import Role
from counter_tui.screens.openings import Openings
from counter_tui.screens.pin_entry import PinEntry
from counter_tui.screens.printer_trouble import PrinterTrouble
from counter_tui.screens.scan_line import Mode, ScanLine
from counter_tui.screens.sheet import Page
from counter_tui.screens.stop_banner import Stop
from counter_tui.screens.waiting import Answered, waiting
from counter_tui.screens.zone import Zone
from counter_tui.screens.zoned_screen import ZonedScreen
from counter_tui.text import fold_scan, without_controls
from counter_tui.wording import sentence

if TYPE_CHECKING:
    from counter_tui.desk.desk import Desk

_ANSWERS: Final = frozenset({"", "/ok", "/no"})
"""What answers a banner or a sheet: Enter alone, and two command barcodes."""


def _bound(name: str, action: str) -> Binding:
    """By its usual keys; a settings file may have others for this id."""
    return Binding(",".join(KEYS[name]), action, id=f"counter.{name}", show=False)


class CounterScreen(ZonedScreen, inherit_bindings=False):
    """Shows one job, or what interrupts it, and gives it what happens.

    Scans, keys that a job asked for, and cards go into one queue; one worker takes them out,
    one after the other. A burst of scans is thus neither lost nor reordered, and two
    conversations never interleave.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        _bound("back", "back"),
        _bound("next_field", "press('tab')"),
        _bound("help", "command('help')"),
        _bound("lend", "command('lend')"),
        _bound("take_back", "command('take_back')"),
        _bound("search", "command('search')"),
        _bound("link_card", "command('link_card')"),
        _bound("unlink_card", "command('unlink_card')"),
        _bound("validity", "command('renew_validity')"),
        _bound("last_patron", "command('last_patron')"),
        _bound("reprint", "command('reprint')"),
        _bound("quit", "quit_counter"),
        _bound("details", "command('details')"),
        _bound("supervisor", "press('ctrl+a')"),
        _bound("note", "press('ctrl+n')"),
        _bound("next_page", "press('pagedown')"),
        _bound("page_before", "press('pageup')"),
        Binding("up", "press('up')", id="counter.up", show=False),
        Binding("down", "press('down')", id="counter.down", show=False),
    ]

    def __init__(
        self,
        holder: DeskHolder,
        branch: str,
        counter: str,
        operator: str,
        clock: Clock,
        monotonic: Callable[[], float],
    ) -> None:
        """Args:
        clock: tells the time until the desk brings its own.
        monotonic: seconds since some moment; tells a key that bounces from one pressed twice.
        """
        super().__init__(branch, counter, operator, clock.now())
        self.monotonic = monotonic
        self._holder = holder
        self._clock = clock
        self._happenings = Happenings()
        self._commands = Commands(self)
        self.opening = Openings(self)
        self._bells = Bells(self, self._card_left_behind)
        self._job: Job | None = None
        self._interruptions = Interruptions()
        self.card_panel_is_open = False
        self._leaving = Leaving(self)
        self._printer_trouble = PrinterTrouble()
        self._card = CardEvents(self)
        self._newest_change: ScanLine.Changed | None = None
        self._date = self.today
        self._book_drop: date | None = None
        self.last_patron_id: int | None = None
        self.slips = SlipsChanged(0, 0)

    # ------------------------------------------------------------------ what jobs ask for

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
        return self.holder.desk

    @property
    def clock(self) -> Clock:
        """The desk's clock; the machine's own until the desk is open."""
        return self._clock

    @property
    def today(self) -> date:
        """The present date in Asia/Tokyo."""
        return today(self._clock)

    @property
    def soon_days(self) -> int:
        """With fewer days left, a validity is shown as ending soon."""
        return self.holder.expiring_soon_days

    @property
    def book_drop(self) -> date | None:
        """The day that counts for returns, until it is switched off; None: each day itself."""
        return self._book_drop

    @book_drop.setter
    def book_drop(self, day: date | None) -> None:
        self._book_drop = day
        self.notice.cover(None if day is None else book_drop_notice(day))

    @property
    def job(self) -> Job:
        """What is being done now."""
        if self._job is None:
            raise RuntimeError("the counter has not been mounted")
        return self._job

    @property
    def is_locked(self) -> bool:
        """Whether a banner or a sheet waits for a person."""
        return self._interruptions.present is not None

    @property
    def card_is_on_reader(self) -> bool:
        """Whether a card lies there, of whatever kind."""
        return self._card.is_there

    async def open(self, job: Job) -> None:
        """End the present job and begin this one.

        What the present job could not keep is told first; the new job then begins anyway, for
        the patron in front of the counter is the new one.
        """
        await self._change(job, job.begin, ends=True)

    async def visit(self, job: Job) -> None:
        """Begin this job; the present one is not ended, and waits for `resume`."""
        await self._change(job, job.begin, ends=False)

    async def resume(self, job: Job) -> None:
        """Go on with a job that has waited; the present one is over."""
        await self._change(job, job.resume, ends=False)

    async def _change(self, job: Job, begin: Reaction, *, ends: bool) -> None:
        leaving, self._job = self._job, job
        if leaving is not None and leaving.expects().mode is Mode.SEARCH:
            self.scan.empty()  # it is no entry for another job
        trouble: CounterError | None = None
        if leaving is not None and ends:
            try:
                await leaving.leave()
            except CounterError as error:
                trouble = error
        self.remind_of_card(False)
        if leaving is not None and leaving.frame is Frame.BODY:
            self.scan.remark("")  # without an answer band, answers were said there
        if leaving is not None and self._may_hold_a_pin(leaving):
            self.scan.drop_rest()
        else:
            self.scan.take_again()
        self.pins.clear()
        if trouble is not None:
            self.tell(trouble)
        self.refresh_all()
        try:
            await begin()
        except CounterError as error:
            self.tell(error)

    def end_pins(self) -> None:
        """The entry is over: what was typed in vain meanwhile, and its Enter, is no answer to what
        stands there now."""
        if self.pins.is_in_use:
            self.scan.drop_rest()
        self.pins.clear()

    def _may_hold_a_pin(self, leaving: Job) -> bool:
        """Whether what is being typed may be the rest of a PIN."""
        if leaving.wants_pins and self.pins.is_in_use:
            return True
        return leaving.expects().mode is Mode.COMMAND and self.scan.is_dropping

    @property
    def frame(self) -> Frame:
        """What interrupts comes first, then the card panel, then the job."""
        interruption = self._interruptions.present
        if interruption is not None:
            return Frame.STOP if isinstance(interruption.shown, Stop) else Frame.SHEET
        if self.card_panel_is_open:
            return Frame.CARD_PANEL
        return self._job.frame if self._job else Frame.ANSWER

    @property
    def zone_at_work(self) -> Zone:
        """The card panel, the PIN entry, or what the job draws."""
        if self.card_panel_is_open and not self.is_locked:
            return self.card_panel
        return self.pins if self._job is not None and self._job.wants_pins else self.work_zone

    def refresh_all(self) -> None:
        """Show the present job, or what interrupts it, in its frame."""
        interruption = self._interruptions.present
        shown = interruption.shown if interruption else None
        self.banner.show(shown if isinstance(shown, Stop) else None)
        self.sheet.show(shown if isinstance(shown, Page) else None)
        self.place_zones()
        self.job.show()
        self.refresh_keys()
        takes_pins = self.job.wants_pins and not interruption and not self.card_panel_is_open
        self.set_focus(self.pins if takes_pins else self.scan)

    def refresh_keys(self) -> None:
        """Show what the scan line asks for, and the keys."""
        expected = self._expected()
        self.scan.expect(
            expected.label,
            expected.hint,
            mode=expected.mode,
            keys=expected.keys,
            role=expected.role,
        )
        self.footer.show(self._keys())

    def say(self, answer: Answer) -> None:
        """Say a result in the answer band; where there is none, in the scan line."""
        self.answer.say(answer)
        if not self.grid(self.size).answer.area:
            text = "  ".join(part for part in answer[:3] if part)
            self.scan.remark(text)

    async def waiting(self, answer: Awaitable[Answered]) -> Answered:
        """Wait for a device; after a moment the counter says so."""
        return await waiting(self, answer)

    def tell(
        self, error: CounterError, then: Reaction | None = None, *, kept: str | None = None
    ) -> None:
        """Show an error as gravely as it is.

        Args:
            then: what to do when a person has seen it.
            kept: what stands nevertheless, where the error's own sentence is about other work.
        """
        if isinstance(error, LAY_DOWN_AGAIN) and then is None:
            wording = sentence(error)
            self.say(Answer(wording.head, "  ".join(wording.to_do), role=Role.WARN_FILL))
            self.ring(1)
        else:
            self.interrupt(interruption_of(error, then, kept, office=self.holder.office))

    def tell_still_open(self, error: CounterError, name: str) -> None:
        """Lock the input after a touch that opened nobody while this patron was open."""
        self.interrupt(still_open(error, name))

    def ask(
        self,
        head: str,
        rows: Sequence[tuple[str, str]],
        *,
        yes: Reaction,
        no: Reaction,
        answers: tuple[str, str] | None = None,
    ) -> None:
        """Ask with a sheet: Enter is yes, Esc is no; see `question`."""
        self.interrupt(question(head, rows, yes=yes, no=no, answers=answers), first=True)

    def interrupt(self, interruption: Interruption, *, first: bool = False) -> None:
        """Lock the input until a person has seen this, and what came before it.

        Args:
            first: a person asked for it: what came before it is shown after it.
        """
        if first:
            self._interruptions.put_first(interruption)
        else:
            self._interruptions.add(interruption)
        self.refresh_all()
        self.ring(interruption.bells)

    def ring(self, times: int) -> None:
        """Ring the terminal's bell."""
        self._bells.ring(times)

    def remind_of_card(self, active: bool) -> None:
        """Ring every four seconds, from now on or no longer."""
        self._bells.remind(active)

    def _card_left_behind(self) -> None:
        async def note() -> None:
            await self.desk.handover.note_card_left()

        self.happened(note)

    def tell_printer_trouble(self) -> None:
        """Say once, at the first slip that has to wait, why it waits."""
        if not self.is_locked and (error := self._printer_trouble.news()) is not None:
            self.tell(error)

    def look_at_card(self) -> None:
        """The card that lies there is being looked at: its event in the queue is dealt with."""
        self._card.look()

    def happened(self, happening: Reaction) -> None:
        """Do this when all that happened before is done."""
        self._happenings.put(happening)

    # --------------------------------------------------------------------- what happens

    def on_mount(self) -> None:
        """Begin at home; nothing of this needs a device or the store."""
        from counter_tui.screens.home import HomeJob

        self._job = HomeJob(self)
        self._tick()
        self.refresh_all()
        self._take_happenings()

    def _tick(self) -> None:
        self._show_time()
        now = self._clock.now()
        seconds = (now.replace(second=0, microsecond=0) + timedelta(minutes=1) - now).seconds
        self.set_timer(seconds + 0.05, self._tick)

    def _show_time(self) -> None:
        """Time, and at midnight whatever counts days."""
        self.status.set_time(self._clock.now())
        if self.today != self._date:
            self._date = self.today
            self._happenings.put(self._day_changed)

    async def _day_changed(self) -> None:
        self.last_patron_id = None
        await self.job.day_changed()

    @on(ScanLine.Submitted)
    def _note_entry(self, event: ScanLine.Submitted) -> None:
        self._newest_change = None
        self._happenings.put(Entry(event.typed, self._interruptions.present))

    @on(ScanLine.Changed)
    def _note_change(self, event: ScanLine.Changed) -> None:
        self._newest_change = event

        async def take() -> None:
            # Of a burst, what stands at its end; what an Enter has ended is looked for by itself.
            if event is self._newest_change and not self.is_locked:
                await self._have_desk()
                await self.job.typed(event.typed)

        self._happenings.put(take)

    @on(ScanLine.InputMethodFound)
    def _warn_of_input_method(self) -> None:
        self.ring(1)

    @on(ScanLine.Pressed)
    def _note_key(self, event: ScanLine.Pressed) -> None:
        self.action_press(event.key)

    @on(PinEntry.Submitted)
    def _note_pins(self, event: PinEntry.Submitted) -> None:
        async def give() -> None:
            job = self._job
            try:
                if self.is_locked:
                    self.pins.resume()
                elif job is not None and job.wants_pins and not self.pins.is_open:
                    # Open again: another look has begun since, perhaps at another card.
                    await job.present(event.first, event.second)
            finally:
                event.first.wipe()
                if event.second is not None:
                    event.second.wipe()

        self._happenings.put(give)

    def desk_opened(self) -> None:
        """The desk is there: use its clock, and let the job begin anew."""
        self._clock = self.desk.clock
        self._show_time()
        self.card_panel.controls = self.desk.demo
        self._happenings.put(self._begin_again)

    def desk_failed(self, error: CounterError) -> None:
        """The desk could not be opened: say so; what needs no desk goes on."""

        async def show() -> None:
            self.tell(error)

        self._happenings.put(show)

    def report(self, event: DeskEvent) -> None:
        """A device has something to say."""
        match event:
            case LampChanged(device, trouble, hours_old):
                self.status.set_lamp(device, trouble, hours_old)
                if device is Device.PRINTER:
                    self._printer_trouble.lamp_changed(trouble)
                    self._happenings.put(self._slips_wait)
            case CardLaidDown():
                self._card.lay()
            case CardTakenOff():
                self.remind_of_card(False)
                self._card.take()
            case SlipsChanged():
                self.slips = event
                self._printer_trouble.slips_changed(event)
                self._happenings.put(self._slips_changed)
            case TemplateFailed(error):
                self._printer_trouble.template_failed(error)
                self._happenings.put(self._slips_wait)
        if self.card_panel_is_open:
            self.card_panel.redraw()

    @work(group="happenings", description="take scans and cards in order")
    async def _take_happenings(self) -> None:
        await self._happenings.work_off(self._take_entry, self.tell)

    async def settled(self) -> None:
        """Wait until all that has happened so far has been worked off."""
        await self._happenings.settled()

    async def _take_entry(self, entry: Entry) -> None:
        typed = entry.typed
        is_code = self.job.expects().mode is Mode.CODE
        # In a name, kana are kana.
        folded = as_keys(typed) if is_code or self.is_locked else fold_scan(typed)
        present = self._interruptions.present
        answers = folded in _ANSWERS or (present is not None and folded in present.choices)
        if answers and self._stands_no_more(entry.behind):
            return
        if self.is_locked:
            await self._take_locked(folded)
            return
        if folded in BARCODES:
            await self._commands.named(BARCODES[folded])()
            return
        if folded in ("", "/ok"):
            await self.job.enter()
        elif folded == "/no":
            await self.job.back()
        else:
            await self._have_desk()
            await self.job.take(folded if is_code else without_controls(typed).strip())

    async def _take_locked(self, code: str) -> None:
        interruption = self._interruptions.present
        if interruption is None:
            await self._acknowledge(agreed=code != "/no")
        elif code in interruption.choices:
            await self._end_interruption(interruption.choices[code])
        elif code == "/no" or (code in ("", "/ok") and not interruption.choices):
            await self._acknowledge(agreed=code != "/no")
        else:
            if code not in ("", "/ok"):
                interruption.shown.skipped.append(code)
            self.banner.redraw()
            self.sheet.redraw()
            self.ring(1)

    def _stands_no_more(self, seen: Interruption | None) -> bool:
        """Whether a key answers another banner, question or job than it was pressed for: whoever
        pressed it cannot have seen this one. Rings then."""
        is_other = seen is not self._interruptions.present
        if is_other:
            self.ring(1)
        return is_other

    async def _acknowledge(self, *, agreed: bool) -> None:
        interruption = self._interruptions.present
        if interruption is None:
            return
        escape = interruption.on_escape or interruption.on_enter
        await self._end_interruption(interruption.on_enter if agreed else escape)

    async def _ask_supervisor(self) -> None:
        """^A behind a stop: what was skipped stays listed on whatever comes in its place."""
        stopped = self._interruptions.present
        if stopped is None or stopped.on_supervisor is None:
            self.ring(1)
            return
        await self._end_interruption(stopped.on_supervisor)

    async def _end_interruption(self, reaction: Reaction | None) -> None:
        ended = self._interruptions.take()
        self.refresh_all()
        if reaction is not None:
            await self._do(reaction)
        after = self._interruptions.present
        if ended is not None and after is not None and ended.hands_on_to(reaction):
            after.shown.skipped[:0] = ended.shown.skipped
            self.refresh_all()
        # Before the next scan: whose card came meanwhile decides to whom that is lent.
        while not self.is_locked and (held := self._card.next_held()) is not None:
            await self._do(held)

    async def _do(self, reaction: Reaction) -> None:
        try:
            await reaction()
        except CounterError as error:
            self.tell(error)

    async def end_turn(self) -> None:
        """Keep what is to be kept of whoever is open: the program ends. Idempotent.

        Raises:
            CounterError: the store refuses; no slip is queued.
        """
        if self._job is not None and self.holder.desk_is_open:
            await self._job.leave()

    async def _begin_again(self) -> None:
        self.job.show()
        await self.job.begin()

    async def _have_desk(self) -> None:
        """Wait for the desk; open it again when it could not be opened before."""
        await self.holder.have_desk()

    async def _slips_changed(self) -> None:
        if not self.is_locked:
            await self.job.slips_changed()
        await self._slips_wait()

    async def _slips_wait(self) -> None:
        if self.job.may_be_interrupted:
            self.tell_printer_trouble()

    # --------------------------------------------------------------------------- actions

    def action_back(self) -> None:
        """Esc: confirm what interrupts, close the panel, or one step back."""
        seen = self._interruptions.present

        async def back() -> None:
            if self._stands_no_more(seen):
                return
            if self.is_locked:
                await self._acknowledge(agreed=False)
            elif self.card_panel_is_open:
                self.show_card_panel(False)
            else:
                await self.job.back()

        self._happenings.put(back)

    def action_press(self, key: str) -> None:
        """A key that the job, the card panel, or a stop asked for."""
        seen = self._interruptions.present

        async def press() -> None:
            if self.card_panel_is_open and not self.is_locked:
                self.card_panel.press(key)
                self._show_time()
            elif not self.is_locked:
                await self.job.press(key)
            elif key == "ctrl+a" and not self._stands_no_more(seen):
                await self._ask_supervisor()

        self._happenings.put(press)

    def action_command(self, name: str) -> None:
        """A global key."""
        self._happenings.put(self._commands.named(name))

    def action_quit_counter(self) -> None:
        """^X: leave; asks first when a patron is open."""
        self._leaving.press()

    def show_card_panel(self, is_open: bool) -> None:
        """Lay the trainer's panel over the work zone, or take it away."""
        self.card_panel_is_open = is_open
        self.refresh_all()

    def _expected(self) -> Expectation:
        interruption = self._interruptions.present
        if interruption is not None and interruption.expects is not None:
            return interruption.expects
        if interruption is not None:
            shown = interruption.shown
            role = shown.gravity.value if isinstance(shown, Stop) else shown.role
            hint = _("Enter, Esc, or the confirm barcode")
            if role is Role.NOTE_FILL:  # help: nothing to look out for
                role = Role.ACCENT_FILL
            # A banner lists what is scanned behind it: near the PINs nothing may be.
            mode = Mode.COMMAND if self.job.expects().mode is Mode.COMMAND else Mode.CODE
            return Expectation(pgettext("scan", "Confirm"), hint, mode, role=role)
        expected = self.job.expects()
        if self.card_panel_is_open:
            keys = self.card_panel.keys
            return Expectation(expected.label, expected.hint, expected.mode, keys)
        return expected

    def _keys(self) -> Sequence[KeyHint]:
        interruption = self._interruptions.present
        if interruption is not None:
            return interruption.keys
        if self.card_panel_is_open:
            return self.card_panel.hints()
        hints = list(self.job.keys())
        if self.holder.is_demo and not any(hint.key.startswith("^T") for hint in hints):
            hints.append(KeyHint("^T", _("Cards")))
        return [*hints, *self.job.more_keys()]
