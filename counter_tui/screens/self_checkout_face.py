"""What the self-checkout shows: five steps, few words in large letters, one large button."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from counter_tui.language import _, pgettext
from counter_tui.screens.large_letters import drawn_count, drawn_rows
from counter_tui.screens.line import BLANK, Line, Span, Spans, width_of, wrapped
from counter_tui.screens.look import Look, Role
from counter_tui.screens.zone import Zone
from counter_tui.text import cells, cut, fit, plain

WIDE_FROM: Final = 110
"""Columns from which the margins are 8 instead of 4."""

TALL_FROM: Final = 36
"""Rows from which the button is 5 rows tall instead of 3."""

ROWS_BELOW: Final = 2
"""The line for hint and typing, and a blank row, below the face."""

_BODY_TOP: Final = 5
_STEP_GAP: Final = 3
_WORDS_WIDTH: Final = 46
"""Of a drawn word of four full-width characters, without the blank dots at its right edge."""
_COUNT_WIDTH: Final = 26


class Step(Enum):
    """The five steps of the library's notice."""

    START = 1
    LAY = 2
    READ = 3
    ITEMS = 4
    TAKE = 5

    @property
    def label(self) -> str:
        """Its word in the strip."""
        return {
            Step.START: pgettext("self-checkout step", "Start"),
            Step.LAY: pgettext("self-checkout step", "Card"),
            Step.READ: pgettext("self-checkout step", "Read"),
            Step.ITEMS: pgettext("self-checkout step", "Books"),
            Step.TAKE: pgettext("self-checkout step", "Take"),
        }[self]


class Picture(Enum):
    """Where the card goes."""

    LAY = "lay"
    LAID = "laid"


@dataclass(frozen=True)
class Count:
    """A number of books in large letters."""

    number: int


@dataclass(frozen=True)
class Button:
    """What the one large button does.

    Attributes:
        key: "Enter"; empty: it is no button now, but says what is to be done.
    """

    text: str
    key: str = "Enter"
    role: Role = Role.ACCENT_FILL


@dataclass(frozen=True)
class Face:
    """All that is to be seen now, but for what is typed.

    Attributes:
        words: drawn below each other; beside `left` or the picture when there is one.
        left: rows of the left column.
        below: rows under a count.
        sentences: under the words, where nothing stands beside them; the first is bold.
        warns: the words and sentences stand on bright ground: look here.
        remark: one sentence above the button that asks for nothing but to be read.
        way_back: what Esc does; empty: nothing.
    """

    step: Step
    words: Sequence[str | Count]
    button: Button
    left: Sequence[Line] = ()
    below: Sequence[Line] = ()
    sentences: Sequence[str] = ()
    picture: Picture | None = None
    warns: bool = False
    remark: str = ""
    way_back: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Head:
    """What stands above the steps all day.

    Attributes:
        notice: that this is practice, or a test installation; empty in production.
        role: of the notice.
    """

    place: str
    notice: str = ""
    role: Role = Role.DEMO_FILL


def margin(width: int) -> int:
    """Blank columns at the left and the right edge."""
    return 8 if width >= WIDE_FROM else 4


class FaceZone(Zone):
    """Everything above the hint."""

    def __init__(self, head: Head) -> None:
        super().__init__(id="face")
        self._head = head
        self._face: Face | None = None

    @property
    def face(self) -> Face | None:
        """What is shown."""
        return self._face

    def show(self, face: Face, head: Head) -> None:
        """Show this from now on."""
        self._face, self._head = face, head
        self.redraw()

    def build(self, width: int, height: int) -> Sequence[Line]:
        """Notice, title, strip, body, button."""
        face = self._face
        if face is None:
            return ()
        button_rows = 5 if height + ROWS_BELOW >= TALL_FROM else 3
        body_rows = height - button_rows - _BODY_TOP
        body = [*self._body(face, width, body_rows)][:body_rows]
        body += [BLANK] * (body_rows - len(body))
        if face.remark:
            edge = margin(width)
            rows = wrapped(face.remark, width - 2 * edge)
            said = [_centred([Span(row, Role.WARN, bold=True)], width) for row in rows]
            body[len(body) - len(said) :] = said
        return [
            self._notice(margin(width)),
            self._title(face, width),
            BLANK,
            self._strip(face.step, width),
            BLANK,
            *body,
            *_button(face.button, width, button_rows, self.look),
        ]

    def _notice(self, edge: int) -> Line:
        head = self._head
        if not head.notice:
            return BLANK
        return Line([Span(head.notice, head.role)], fill=head.role, indent=edge)

    def _title(self, face: Face, width: int) -> Line:
        edge = margin(width)
        name = Span(_("Self-checkout"), bold=True)
        right = [Span(f"{face.way_back} Esc", Role.SOFT)] if face.way_back else []
        place = Span("  " + self._head.place, Role.SOFT)
        return Line([name, place], right, indent=edge, outdent=edge)

    def _strip(self, present: Step, width: int) -> Line:
        edge = margin(width)
        cell, rest = divmod(width - 2 * edge - 4 * _STEP_GAP, len(Step))
        spans: list[Span] = []
        for step in Step:
            is_done, is_here = step.value < present.value, step is present
            mark = pgettext("self-checkout step", "OK") if is_done else str(step.value)
            role = Role.ACCENT_FILL if is_here else Role.REST_FILL
            wide = cell + rest if step is Step.TAKE else cell
            spans.append(_block(f"{mark} {step.label}", wide, role, self.look, bold=is_here))
            spans.append(Span(" " * _STEP_GAP))
        return Line(spans[:-1], indent=edge)

    def _body(self, face: Face, width: int, rows: int) -> list[Line]:
        beside = [*face.left] or (_picture(face.picture, self.look) if face.picture else [])
        words = self._words(face)
        if beside:
            has_count = any(isinstance(word, Count) for word in face.words)
            edge = margin(width)
            at = width - 2 * edge - (_COUNT_WIDTH if has_count else _WORDS_WIDTH)
            right = [list[Span](), *words] if has_count else words
            right += [list(line.left) for line in face.below]
            lines = _side_by_side(beside, right, at, edge)
            # A list that grows begins at one place.
            return lines if has_count else _in_the_middle(lines, rows)
        fill = Role.WARN_FILL if face.warns else None
        lines = [_centred(row, width, fill) for row in words]
        if fill:
            lines.insert(0, Line(fill=fill))
        lines.append(Line(fill=fill))
        for index, sentence in enumerate(face.sentences):
            role, bold = fill or Role.INK, index == 0
            for row in wrapped(sentence, width - 2 * margin(width)):
                lines.append(_centred([Span(row, role, bold=bold)], width, fill))
        if fill:
            lines.append(Line(fill=fill))
        return _in_the_middle(lines, rows)

    def _words(self, face: Face) -> list[list[Span]]:
        role = Role.WARN_FILL if face.warns else Role.INK
        rows: list[list[Span]] = []
        for word in face.words:
            if rows:
                rows.append([])
            rows += self._drawn(word, role)
        return rows

    def _drawn(self, word: str | Count, role: Role) -> list[list[Span]]:
        is_plain = bool(getattr(self.app, "plain_words", False))
        if isinstance(word, str):
            return drawn_rows(word, role, self.look, draw=not is_plain)
        unit = pgettext("drawn", "books")
        if is_plain:
            return [[], [], [Span(f"  {word.number} {unit}", role, bold=True)], [], [], []]
        return drawn_count(word.number, unit, role, self.look)


def _in_the_middle(lines: list[Line], rows: int) -> list[Line]:
    return [BLANK] * max((rows - len(lines)) // 2, 0) + lines


def _centred(spans: Spans, width: int, fill: Role | None = None) -> Line:
    before = max((width - width_of(spans)) // 2, 0)
    return Line([Span(" " * before, fill or Role.INK), *spans], fill=fill)


def _side_by_side(
    left: Sequence[Line], right: Sequence[Sequence[Span]], at: int, edge: int
) -> list[Line]:
    """Rows of both columns; the right one begins `at` cells after the left one.

    A left row that is too long for its column is cut.
    """
    lines: list[Line] = []
    for index in range(max(len(left), len(right))):
        spans: list[Span] = []
        used = 0
        for span in left[index].left if index < len(left) else ():
            text = cut(plain(span.text), at - 2 - used)
            used += cells(text)
            spans.append(span._replace(text=text))
        spans.append(Span(" " * (at - used)))
        spans += right[index] if index < len(right) else ()
        lines.append(Line(spans, indent=edge))
    return lines


def _block(text: str, width: int, role: Role, look: Look, *, bold: bool = False) -> Span:
    """One filled cell with its text in the middle."""
    inner = cut(text, width - 2)
    before = (width - 2 - cells(inner)) // 2
    padded = fit(" " * before + inner, width - 2)
    shown = f"[{padded}]" if look.brackets(role) else f" {padded} "
    return Span(shown, role, bold=bold)


def _button(button: Button, width: int, rows: int, look: Look) -> list[Line]:
    edge = margin(width)
    text = f"{button.key}    {button.text}" if button.key else button.text
    role = button.role
    blank, middle = Span(" " * (width - 2 * edge), role), rows // 2
    label = _block(text, width - 2 * edge, role, look, bold=True)
    return [Line([label if row == middle else blank], indent=edge) for row in range(rows)]


def _picture(picture: Picture, look: Look) -> list[Line]:
    """The card and where it goes, in 20 columns: seen before any word is read."""
    note, accent, rest = Role.NOTE_FILL, Role.ACCENT_FILL, Role.REST_FILL

    def card_row(text: str, *, with_chip: bool) -> Line:
        if look.brackets(note):
            return Line([Span("   ["), Span("   " if with_chip else ""), Span(fit(text, 12) + "]")])
        chip = Span("   ", accent if with_chip else note)
        return Line([Span("   "), Span("  ", note), chip, Span(fit(text, 9), note, bold=True)])

    def arrow(width: int) -> Line:
        return Line([Span(" " * ((20 - width) // 2)), Span(" " * width, accent)])

    name = "  " + pgettext("picture", "Card")
    card = [
        card_row("", with_chip=False),
        card_row("", with_chip=True),
        card_row(name, with_chip=True),
        card_row("", with_chip=False),
    ]
    text = pgettext("picture", "Lay it here") if picture is Picture.LAY else ""
    spot = [Line([_block(row, 20, rest, look, bold=True)]) for row in ("", text, "")]
    if picture is Picture.LAID:
        return [BLANK, BLANK, BLANK, BLANK, *card, *spot]
    return [BLANK, *card, BLANK, arrow(6), arrow(2), BLANK, *spot]
