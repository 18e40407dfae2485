"""The one line that scanner and keyboard write into."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from rich.cells import chop_cells
from textual import events
from textual.geometry import Offset
from textual.message import Message
from textual.timer import Timer

from counter_tui.barcodes.input_method import went_through_input_method
from counter_tui.language import _
from counter_tui.screens.line import Line, Span
from counter_tui.screens.look import Ground, Role
from counter_tui.screens.zone import Zone
from counter_tui.text import cells, plain, without_controls

DRAW_INTERVAL_S: Final = 0.04
"""A scanner writes 13 digits within this time: they are drawn once, not 13 times."""

DROP_FOR_S: Final = 4.0
"""Pause after which whoever typed a PIN too late has stopped; a person typing four digits looks
up within it. What staff scan after it is taken again."""

LONGEST_ENTRY: Final = 300
"""Characters kept of one entry. No barcode is longer than 80, no address than 200."""

LONGEST_PASTE: Final = 4096
"""Characters looked at of one paste: some hundred barcodes. The rest is reported, not read."""


class Mode(Enum):
    """How what is written here is understood."""

    CODE = "code"
    """A code or a number: full-width forms become ASCII, blanks vanish."""
    TEXT = "text"
    """A name or an address: kept as typed."""
    SEARCH = "search"
    """What somebody is looked for by: kept as typed, and each change of it is told."""
    COMMAND = "command"
    """Enter and command barcodes alone, which begin with `/`. Of all else not one character is
    shown or kept, nor does its Enter act: near the PINs it may be one, typed a moment too late."""


class ScanLine(Zone, can_focus=True):
    """Says what is expected, takes keys into its own buffer, acts on Enter and empties at once.

    A burst keeps its order: every entry is posted as one `Submitted`.
    """

    ground = Ground.FIELD

    @dataclass
    class Submitted(Message):
        """An entry that ended with Enter.

        Attributes:
            typed: as it was typed; empty when only Enter was pressed. The job that takes it
                decides its form, for the job may have changed since it was typed.
        """

        typed: str

    class InputMethodFound(Message):
        """A code came through a Japanese input method, and the one before it did not."""

    @dataclass
    class Pressed(Message):
        """One of the keys that a job asked for, pressed while nothing was typed."""

        key: str

    @dataclass
    class Changed(Message):
        """What is typed is another now, in the mode that tells each change.

        Attributes:
            typed: since the last Enter.
        """

        typed: str

    def __init__(self) -> None:
        super().__init__(id="scan")
        self._typed = ""
        self._set_aside = ""
        self._label = ""
        self._hint = ""
        self._remark = ""
        self._label_role = Role.ACCENT_FILL
        self._mode = Mode.CODE
        self._dropping = False
        self._end_of_drop: Timer | None = None
        self._keys: frozenset[str] = frozenset()
        self._draw_is_due = False
        self._input_method_is_on = False

    @property
    def typed(self) -> str:
        """What was typed since the last Enter."""
        return self._typed

    def expect(
        self,
        label: str,
        hint: str,
        *,
        mode: Mode = Mode.CODE,
        keys: frozenset[str] = frozenset(),
        role: Role = Role.ACCENT_FILL,
    ) -> None:
        """Say what is expected now. What was typed already stays, if the mode allows it.

        What somebody is looked for by is set aside meanwhile, for it is no entry for a banner
        or another job, and comes back with its mode.

        Args:
            keys: characters that are reported as `Pressed` while nothing is typed.
        """
        if self._mode is Mode.SEARCH and mode is not Mode.SEARCH:
            self._set_aside, self._typed = self._typed, ""
        elif mode is Mode.SEARCH and self._mode is not Mode.SEARCH:
            self._typed, self._set_aside = self._set_aside or self._typed, ""
        self._label, self._hint, self._mode = label, hint, mode
        self._keys, self._label_role = keys, role
        typed, self._typed = self._typed, ""
        self._append(typed)
        self.redraw()

    def write(self, text: str) -> None:
        """Let this be what was typed, unless more has been typed since the last Enter."""
        if not self._typed:
            self._typed = text
            self.redraw()

    def empty(self) -> None:
        """Forget what was typed, what was set aside, too."""
        self._typed = self._set_aside = ""
        self.redraw()

    def drop_rest(self) -> None:
        """Show and take nothing of what is being typed, until its Enter or a pause.

        For whoever was typing a PIN, and has not seen yet that it is not asked for any more.
        """
        self._typed = ""
        self._dropping = True
        self._wait_for_the_end()

    @property
    def is_dropping(self) -> bool:
        """Whether what is being typed is neither shown nor taken."""
        return self._dropping

    def take_again(self) -> None:
        """Nobody types what is to be dropped any more; what is typed now is meant."""
        self._dropping = False
        if self._end_of_drop is not None:
            self._end_of_drop.stop()
            self._end_of_drop = None

    def on_blur(self) -> None:
        """The end of an entry that is not taken may have gone elsewhere."""
        if not self.has_focus:  # a sheet that closes over the PINs gives the focus away and back
            self.take_again()

    def remark(self, sentence: str) -> None:
        """Say this in place of the hint, until something is typed."""
        self._remark = sentence
        self.redraw()

    def on_key(self, event: events.Key) -> None:
        """Take what can be printed, Enter and Backspace; all else goes on to the bindings."""
        before = self._typed
        if event.key == "enter" or (event.key == "ctrl+j" and self._typed):
            # A scanner that ends with CR LF must not end the patron with its LF.
            self._submit()
        elif event.key == "backspace":
            self._typed = self._typed[:-1]
        elif event.character is not None and event.is_printable:
            self._remark = ""
            is_rest = self._dropping and event.character.isdecimal()
            if not self._typed and not is_rest and event.character in self._keys:
                self.post_message(self.Pressed(event.character))
            else:
                self._append(event.character)
        else:
            return
        event.stop()
        event.prevent_default()
        if event.key != "enter":
            self._tell_change(before)
        self._draw_soon()

    def on_paste(self, event: events.Paste) -> None:
        """Take a paste like typed keys; its line ends are Enter, empty lines are nothing."""
        event.stop()
        before = self._typed
        taken = event.text[:LONGEST_PASTE]
        if any(_is_control(character) for character in taken):
            # Without them it might be another number.
            self._typed = ""
            self._remark = _("Control characters came with that. Nothing of it was taken.")
            self._draw_soon()
            return
        *whole_lines, rest = taken.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for line in whole_lines:
            self._append(line)
            if self._typed or self._dropping:
                self._submit()
        self._append(rest)
        if len(event.text) > LONGEST_PASTE:
            self._typed = ""
            self._remark = _("That was too long. Nothing of the rest was taken.")
        self._tell_change(before)
        self._draw_soon()

    def _tell_change(self, before: str) -> None:
        if self._mode is Mode.SEARCH and self._typed != before:
            self.post_message(self.Changed(self._typed))

    def _append(self, text: str) -> None:
        if self._mode is Mode.COMMAND and text:
            self._dropping = self._dropping or not (self._typed + text).startswith("/")
        if self._dropping:
            self._typed = ""
            self._wait_for_the_end()
            return
        # One more than the longest: an entry that is too long stays wrong instead of being cut.
        self._typed = (self._typed + without_controls(text))[: LONGEST_ENTRY + 1]

    def _submit(self) -> None:
        typed, self._typed = self._typed, ""
        if self._dropping:
            self.take_again()
            self._remark = _("Nothing is typed here now.")
            return
        self._remark = ""
        if self._mode is Mode.CODE and typed.strip():
            self._look_for_input_method(typed)
        self.post_message(self.Submitted(typed))

    def _look_for_input_method(self, typed: str) -> None:
        """Warn once; the words stand until a code comes without an input method."""
        was_on = self._input_method_is_on
        self._input_method_is_on = went_through_input_method(typed)
        if self._input_method_is_on and not was_on:
            self.post_message(self.InputMethodFound())

    def _wait_for_the_end(self) -> None:
        if self._end_of_drop is not None:
            self._end_of_drop.stop()
        self._end_of_drop = self.set_timer(DROP_FOR_S, self.take_again)

    def _draw_soon(self) -> None:
        if not self._draw_is_due:
            self._draw_is_due = True
            self.set_timer(DRAW_INTERVAL_S, self._draw_now)

    def _draw_now(self) -> None:
        self._draw_is_due = False
        self.redraw()

    def build(self, width: int, height: int) -> Sequence[Line]:
        """Label, cursor, and what was typed or the hint."""
        label = f" {self._label} "
        start = cells(label) + 2
        shown = plain(self._typed)
        room = width - start - 2
        if cells(shown) > room:
            shown = ".." + chop_cells(shown[::-1], room - 2)[0][::-1]
        if self.has_focus:
            column = self.region.x + start + cells(shown)
            # Magnifiers and Braille lines follow the terminal's own cursor; input methods
            # open their window at it.
            self.app.cursor_position = Offset(column, self.region.y)
        spans = [Span(label, self._label_role, bold=True), Span("  " + shown)]
        spans.append(Span(" ", Role.ACCENT_FILL))
        if not shown:
            remark = self._remark
            if not remark and self._input_method_is_on and self._mode is Mode.CODE:
                remark = _("The input method is on. The number was corrected.")
            spans.append(Span(f" {remark or self._hint}", Role.WARN if remark else Role.SOFT))
        return [Line(spans)]


def _is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc" and character not in "\t\r\n"
