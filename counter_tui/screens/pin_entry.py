"""Where the patron types the two PINs. Nothing of them reaches the scan line, a log or a str."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from textual import events
from textual.message import Message

from counter_tui.errors import PinFormat, PinKind
from counter_tui.language import _, language
from counter_tui.screens.line import BLANK, Line, Span, seal
from counter_tui.screens.look import Ground, Role
from counter_tui.screens.zone import Zone
from counter_tui.secret import PIN_LENGTH, Pin, wipe
from counter_tui.wording import pin_name, sentence, tries_left

MOST_TRIES: Final = 3
"""Wrong PINs that a fresh card forgives, for each of the two (docs/card.md §4)."""

_TYPED: Final = "＊"
_LEFT_MARGIN: Final = 6


class _Digits:
    """Room for one PIN, taken once: a buffer that grows would leave copies behind."""

    def __init__(self) -> None:
        self._buffer = bytearray(PIN_LENGTH)
        self.count = 0

    def append(self, code: int) -> None:
        self._buffer[self.count] = code
        self.count += 1

    def delete_last(self) -> None:
        self.count -= 1
        self._buffer[self.count] = 0

    def clear(self) -> None:
        wipe(self._buffer)
        self.count = 0

    def take(self) -> Pin:
        """The digits, handed over; this object starts anew with another buffer."""
        pin = Pin(self._buffer)
        self._buffer = bytearray(PIN_LENGTH)
        self.count = 0
        return pin


class PinEntry(Zone, can_focus=True):
    """One or two entries of four digits; an empty second one means "the same".

    Only Enter gives them on, and only when both have the right form: no try is spent by a
    mistyped length, by a barcode that is scanned here, or by an input method. Once given on,
    no digit is taken until the next `begin`: what is typed while the card is asked is not the
    answer to anything that stands on the screen.
    """

    @dataclass
    class Submitted(Message):
        """All entries are complete.

        Attributes:
            second: None: the same digits as the first, or not asked for.
        """

        first: Pin
        second: Pin | None

    def __init__(self) -> None:
        super().__init__(id="pins")
        self._entries = (_Digits(), _Digits())
        self._present = 0
        self._asked: tuple[tuple[PinKind, int], ...] = ()
        self._hint = ""
        self._swallowing = False
        self._resting = True
        self._typed_in_vain = False

    @property
    def is_open(self) -> bool:
        """Whether digits are taken: from `begin` until they are given on."""
        return not self._resting

    @property
    def is_in_use(self) -> bool:
        """Whether somebody may be in the middle of a PIN: digits are taken, or one came after they
        were given on."""
        return self.is_open or self._typed_in_vain

    def begin(self, *asked: tuple[PinKind, int], hint: str = "") -> None:
        """Start with empty entries.

        Args:
            asked: one PIN or two, each with the tries that the card has left for it.
        """
        self.clear()
        self._resting = False
        self._asked = asked
        self._hint = hint
        self.redraw()

    def clear(self) -> None:
        """Overwrite all digits and go back to the first entry."""
        for entry in self._entries:
            entry.clear()
        self._present = 0
        self._swallowing = self._typed_in_vain = False
        self._hint = ""
        self.redraw()

    def resume(self) -> None:
        """Take digits again: those that were given on have been presented to no card."""
        self._resting = False

    def on_unmount(self) -> None:
        """Leave nothing behind."""
        for entry in self._entries:
            entry.clear()

    def on_blur(self) -> None:
        """What was begun is not kept for whoever sits down next."""
        self.clear()

    def on_key(self, event: events.Key) -> None:
        """Take digits, Backspace and Enter; refuse all other characters with a hint."""
        is_typed = event.character is not None and event.is_printable
        if not (is_typed or event.key in ("enter", "backspace")):
            return
        if self._resting:
            self._typed_in_vain = self._typed_in_vain or is_typed
        elif event.key == "enter":
            self._enter()
        elif event.key == "backspace":
            self._delete()
        elif event.character is not None:
            self._type(ord(event.character[0]))
        event.stop()
        event.prevent_default()
        self.redraw()

    def on_paste(self, event: events.Paste) -> None:
        """A PIN is typed by the person, never pasted."""
        event.stop()
        if not self._resting:
            self._refuse()
            self.redraw()

    def _type(self, code: int) -> None:
        if self._swallowing:
            return
        if not ord("0") <= code <= ord("9"):
            # An input method's full-width digits too: the person sees what to switch off.
            self._hint = sentence(PinFormat()).head
            return
        entry = self._entries[self._present]
        if entry.count == PIN_LENGTH:
            # Five in a row is a barcode or a slip: its Enter must not spend a try.
            self._refuse()
            self._swallowing = True
            return
        self._hint = ""
        entry.append(code)

    def _delete(self) -> None:
        entry = self._entries[self._present]
        if entry.count:
            entry.delete_last()
        elif self._present == 1:
            self._entries[0].clear()
            self._present = 0

    def _enter(self) -> None:
        if self._swallowing:
            self._swallowing = False
            return
        first, second = self._entries
        entry = self._entries[self._present]
        if entry.count != PIN_LENGTH and not (self._present == 1 and entry.count == 0):
            self._refuse()
        elif self._present + 1 < len(self._asked):
            self._present = 1
            self._hint = ""
        else:
            self._present = 0
            self._resting = True
            same = second.count == 0
            self.post_message(self.Submitted(first.take(), None if same else second.take()))

    def _refuse(self) -> None:
        self._entries[self._present].clear()
        self._hint = sentence(PinFormat()).head

    def build(self, width: int, height: int) -> Sequence[Line]:
        """Both entries with their tries, and what a mistake means."""
        english = language() == "en"
        head = Line(
            [Span(_("PINs"), bold=True)],
            [Span(_("Only the person looks at screen and hands"), Role.SOFT)],
        )
        lines = [head, BLANK]
        for index, (kind, left) in enumerate(self._asked):
            lines.append(self._label(index, kind, left, english))
            lines += self._cells(index)
            if index == 0:
                lines.append(BLANK)
        if len(self._asked) > 1:
            lines.append(
                Line(
                    [Span(" " * _LEFT_MARGIN + _("Enter alone: the same as above"), Role.SOFT)]
                    if self._present == 1 or not self._hint
                    else []
                )
            )
        mark = seal("!!" if english else "注", Role.WARN_FILL)
        warning = self._hint or _("Three mistakes lock that PIN")
        lines += [
            BLANK,
            Line([mark, Span("  " + warning, Role.WARN if self._hint else Role.INK, bold=True)]),
            Line(
                [
                    Span(
                        " " * _LEFT_MARGIN + _("Only the city office can unlock it"),
                        Role.SOFT,
                    )
                ]
            ),
        ]
        return lines

    def _label(self, index: int, kind: PinKind, left: int, english: bool) -> Line:
        present = index == self._present
        role = Role.WARN if left < MOST_TRIES else Role.SOFT
        dots = "〇" * left + "・" * (MOST_TRIES - left)
        mark = seal(">>" if english else "今", Role.ACCENT_FILL) if present else Span("    ")
        return Line(
            [mark, Span("  " + pin_name(kind), Role.INK if present else Role.SOFT, bold=present)],
            [
                Span(tries_left(left) + "  ", role, bold=left < MOST_TRIES),
                Span(dots, Role.OK if left == MOST_TRIES else Role.WARN),
            ],
        )

    def _cells(self, index: int) -> list[Line]:
        tones = self.look.has_tones
        count = self._entries[index].count
        rows: list[Line] = []
        for row in range(3):
            middle = row == 1
            spans = [Span(" " * _LEFT_MARGIN)]
            for place in range(PIN_LENGTH):
                if index == self._present and place == count:
                    spans.append(Span(" " * 6, Role.ACCENT_FILL))
                elif not middle:
                    spans.append(Span(" " * 6, ground=Ground.FIELD))
                else:
                    mark = _TYPED if place < count else "  "
                    text = f"  {mark}  " if tones else f"[ {mark} ]"
                    spans.append(Span(text, bold=True, ground=Ground.FIELD))
                spans.append(Span(" "))
            rows.append(Line(spans))
        return rows
