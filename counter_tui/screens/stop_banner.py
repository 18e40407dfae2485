"""The one thing that staff cannot overlook: 停止 or 注意, over the full width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from counter_tui.language import _, ngettext, pgettext
from counter_tui.screens.large_letters import drawn_rows
from counter_tui.screens.line import Line, Span, wrapped
from counter_tui.screens.look import Role
from counter_tui.screens.zone import Zone
from counter_tui.text import cells, cut
from counter_tui.wording import Wording

SHOWN_SKIPPED: Final = 3
"""Numbers of skipped scans that a banner names; more are counted."""


class Gravity(Enum):
    """How much of a stop it is."""

    STOP = Role.STOP_FILL
    """Nothing happened."""
    CAUTION = Role.WARN_FILL
    """It happened, or stands already, but look."""

    @property
    def word(self) -> str:
        """The word that is drawn large."""
        return pgettext("banner", "STOP") if self is Gravity.STOP else pgettext("banner", "NOTE")

    @property
    def bells(self) -> int:
        """How often the terminal's bell is rung."""
        return 3 if self is Gravity.STOP else 1


@dataclass
class Stop:
    """What stopped, and what was scanned since."""

    wording: Wording
    gravity: Gravity
    skipped: list[str] = field(default_factory=list)


def skipped_lines(skipped: Sequence[str], role: Role = Role.INK) -> list[Line]:
    """How many scans were not applied, and which; none when there were none."""
    if not skipped:
        return []
    count = len(skipped)
    head = ngettext("{n} scan skipped", "{n} scans skipped", count).format(n=count)
    numbers = "  ".join(cut(code, 14) for code in skipped[-SHOWN_SKIPPED:])
    more = count - SHOWN_SKIPPED
    if more > 0:
        numbers += "  " + _("and {n} more").format(n=more)
    again = _("Scan again, please.")
    return [
        Line([Span(head, role, bold=True)]),
        Line([Span(f"{numbers}  {again}", role)]),
    ]


class StopBanner(Zone):
    """Drawn word at the left; reason, title and what to do beside it."""

    def __init__(self) -> None:
        super().__init__(id="banner")
        self._stop: Stop | None = None

    def show(self, stop: Stop | None) -> None:
        """Show this stop; None: nothing."""
        self._stop = stop
        self.redraw()

    def build(self, width: int, height: int) -> Sequence[Line]:
        """All rows of the banner, filled from edge to edge."""
        stop = self._stop
        if stop is None:
            return ()
        role = stop.gravity.value
        word = drawn_rows(stop.gravity.word, role, self.look, draw=not self._is_plain)
        margin = 4 if width >= 110 else 2
        text_at = margin + (40 if width >= 110 else 28)
        wording = stop.wording
        room = width - text_at - 2
        head = wrapped(wording.head, room)
        texts: list[Sequence[Span]] = [(Span(row, role, bold=True),) for row in head]
        if wording.about:
            texts.append((Span(wording.about, role),))
        for step in wording.to_do:
            texts += [(Span(row, role),) for row in wrapped(step, room)]
        office = [row for where in wording.office for row in wrapped(where, room)]
        if wording.kept and len(texts) + len(office) < len(word):
            texts.append((Span(wording.kept, role),))
        texts += [(Span(row, role, bold=True),) for row in office]
        skipped = skipped_lines(stop.skipped, role)
        texts = texts[: (len(word) - 3) if skipped else height]
        if skipped:
            texts += [()] * (len(word) - len(skipped) - len(texts))
            texts += [line.left for line in skipped]
        above_word = max(len(texts) - len(word), 0) // 2
        rows: list[Line] = []
        for index in range(max(len(word), len(texts))):
            drawn = word[index - above_word] if 0 <= index - above_word < len(word) else []
            used = sum(cells(span.text) for span in drawn)
            gap = Span(" " * (text_at - margin - used), role)
            text = texts[index] if index < len(texts) else ()
            rows.append(Line([*drawn, gap, *text], fill=role, indent=margin, outdent=2))
        above = (height - len(rows)) // 2
        empty = Line(fill=role)
        return [empty] * above + rows + [empty] * (height - above - len(rows))

    @property
    def _is_plain(self) -> bool:
        return bool(getattr(self.app, "plain_words", False))
