"""What every terminal is: first the screen, then the desk behind it."""

from __future__ import annotations

import asyncio
import logging
import os
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual import on, work
from textual.app import App
from textual.message import Message
from textual.worker import WorkerFailed

from counter_tui.desk.devices import DeskEvent, Device, LampChanged, SlipsChanged, Trouble
from counter_tui.errors import CounterError, StoreTooNew, StoreUnavailable
from counter_tui.language import _, ngettext
from counter_tui.screens.look import LOOKS, NIGHT_VARIABLES, LookName, choose
from counter_tui.settings import Settings
from counter_tui.wording import MunicipalOffice

if TYPE_CHECKING:
    from counter_tui.desk.desk import Desk

log = logging.getLogger(__name__)

LEAVE_WITHIN_S: Final = 3.0
"""How long the end waits for the slip of whoever is open to be queued."""

MOST_FRAMES: Final = 30
"""The innermost places of an error that are logged: an endless recursion has thousands."""

Report = Callable[[DeskEvent], None]
OpenDesk = Callable[[Report], Awaitable["Desk"]]
"""Opens devices and store; given the function that takes events from other threads."""


@dataclass
class DeskReported(Message):
    """A device has something to say; posted from its thread."""

    event: DeskEvent


class DeskApp(App[None], inherit_bindings=False):
    """One screen; the desk is opened behind it after the first paint.

    Best run with `mouse=False`: a mouse is never needed, and the terminal's own selecting and
    copying goes on working.
    """

    ENABLE_COMMAND_PALETTE = False
    TITLE = "counter_tui"

    def __init__(
        self,
        settings: Settings,
        open_desk: OpenDesk,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        usual_look: LookName = "night",
    ) -> None:
        """Args:
        monotonic: seconds since some moment, for keys that bounce and people who went away.
        usual_look: where neither settings nor terminal ask for another one.
        """
        # Textual takes NO_COLOR out of the environment when it starts.
        self.look = choose(settings.look, os.environ, usual_look)
        super().__init__(ansi_color=True if not self.look.has_tones else None)
        self.animation_level = "none"
        self.plain_words = False
        self._settings = settings
        self._open_desk = open_desk
        self._monotonic = monotonic
        self._desk: Desk | None = None
        self._unprinted = 0
        self._failure: CounterError | None = None
        self._settled = asyncio.Event()
        for look in LOOKS.values():
            self.register_theme(look.theme())
        self.theme = self.look.theme_name

    # ------------------------------------------------------------- what its screen is told
    # Each terminal answers these in its own way. Not an ABC: Textual's classes have a metaclass.

    def desk_opened(self) -> None:
        """The desk is there."""
        raise NotImplementedError

    def desk_failed(self, error: CounterError) -> None:
        """The desk could not be opened."""
        raise NotImplementedError

    def heard(self, event: DeskEvent) -> None:
        """A device has something to say."""
        raise NotImplementedError

    async def end_turn(self) -> None:
        """Keep what is to be kept of whoever is being served: the program ends. Idempotent.

        Raises:
            CounterError: the store refuses; no slip is queued.
        """
        raise NotImplementedError

    # ------------------------------------------------------------------------- the desk

    @property
    def is_demo(self) -> bool:
        """Whether nothing here is real: the demo has no settings file."""
        return self._settings.source is None

    @property
    def office(self) -> MunicipalOffice:
        """Where cards, certificates and PINs are mended: not in the library."""
        settings = self._settings
        return MunicipalOffice(
            settings.municipal_office,
            settings.municipal_office_telephone,
            settings.loss_telephone,
        )

    @property
    def expiring_soon_days(self) -> int:
        """With fewer days left, a validity is shown as ending soon."""
        return self._settings.expiring_soon_days

    @property
    def desk_is_open(self) -> bool:
        """Whether `desk` can be used."""
        return self._desk is not None

    @property
    def desk(self) -> Desk:
        """The use cases.

        Raises:
            StoreUnavailable, StoreTooNew: it could not be opened.
        """
        if self._desk is None:
            raise self._failure or StoreUnavailable()
        return self._desk

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The night values: CSS is parsed before the theme is set."""
        return dict(NIGHT_VARIABLES)

    async def have_desk(self) -> None:
        """Wait until the desk is open; try again if it could not be opened.

        Raises:
            StoreUnavailable, StoreTooNew, and whatever else keeps the desk closed.
        """
        await self._settled.wait()
        if not self.desk_is_open:
            await self._try_to_open()
            if self._failure is not None:
                raise self._failure
            self.desk_opened()

    @work(group="desk", description="open the desk")
    async def open_behind(self) -> None:
        """Open the desk; the screen is told of it."""
        await self._try_to_open()
        self._settled.set()
        if self._failure is None:
            self.desk_opened()
        else:
            self.desk_failed(self._failure)

    async def _try_to_open(self) -> None:
        try:
            self._desk = await self._open_desk(self._report)
        except CounterError as error:
            self._failure = error
            trouble = Trouble.TOO_NEW if isinstance(error, StoreTooNew) else Trouble.UNREACHABLE
            self.heard(LampChanged(Device.STORE, trouble))
        else:
            self._failure = None

    def _report(self, event: DeskEvent) -> None:
        """From any thread. `False` of `post_message` means that the app is closing."""
        if isinstance(event, SlipsChanged):
            self._unprinted = event.unprinted
        self.post_message(DeskReported(event))

    @on(DeskReported)
    def _take_report(self, message: DeskReported) -> None:
        if self.screen_stack:  # else the program ends, and there is nobody to be told
            self.heard(message.event)

    # -------------------------------------------------------------------------- the end

    def _fatal_error(self) -> None:
        """Break off after a bug: its places go to the log, one sentence to the terminal.

        Textual 8 has no public place for this. Its own report prints the local variables of every
        frame to the counter's screen: names, and what was read from a card.
        """
        if self._exception is not None:
            log.critical("the terminal broke off: %s", "\n".join(_places(self._exception)))
        self.bell()
        self._exit_renderables.append(
            _("The terminal broke off. What was shown as done is saved. The log says why.")
        )
        self._close_messages_no_wait()

    async def on_unmount(self) -> None:
        """Keep the open turn, end devices and store; what is being written is waited for."""
        if self._desk is None:
            return
        try:
            await self._keep_turn()
        finally:
            await self._desk.close()
        if self._unprinted:
            said = ngettext(
                "{n} slip was not printed.", "{n} slips were not printed.", self._unprinted
            )
            self._exit_renderables.append(said.format(n=self._unprinted))

    async def _keep_turn(self) -> None:
        """Queue the slip of whoever is open, on whatever way the program ends, a bug too."""
        try:
            async with asyncio.timeout(LEAVE_WITHIN_S):
                await self.end_turn()
        except (CounterError, TimeoutError) as error:
            log.warning("the last patron's slip was not queued: %s", type(error).__name__)


def _places(error: BaseException) -> list[str]:
    """Class and places in the code of an error and of what led to it.

    No message and no values: those may be a person's.
    """
    said: list[str] = []
    seen: set[int] = set()
    present: BaseException | None = error
    while present is not None and id(present) not in seen:
        seen.add(id(present))
        said.append(type(present).__name__)
        for frame in traceback.extract_tb(present.__traceback__, limit=-MOST_FRAMES):
            said.append(f"  {frame.filename}:{frame.lineno}: {frame.name}")
        # A worker's own error stands in an attribute, and is not chained.
        within = present.error if isinstance(present, WorkerFailed) else None
        present = within or present.__cause__ or present.__context__
    return said
