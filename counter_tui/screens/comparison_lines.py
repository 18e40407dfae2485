"""Record and card, one above the other, with what differs underlined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Final

from rich.cells import chop_cells

from counter_tui.desk.comparison import Agreement, ComparedField
from counter_tui.language import _, language, pgettext
from counter_tui.screens.line import BLANK, Line, Span, seal
from counter_tui.screens.look import Role
from counter_tui.text import cells, plain
from counter_tui.wording import field_name

_NAME_AT: Final = 6
_WORD_CELLS: Final = 7
"""登録 and カード, Record and Card."""


@dataclass(frozen=True)
class Rows:
    """What is kept together on a page: a piece of the record's value and that of the card's.

    Attributes:
        lines: as they stand below the piece before.
        on_top: as they stand when the page begins with them: with the field's name.
        has_choice: what will be kept stands below them.
    """

    field: str
    lines: tuple[Line, ...]
    on_top: tuple[Line, ...]
    has_choice: bool


def head_lines() -> list[Line]:
    """What stands above each page, the question to staff with it."""
    head = Line(
        [Span(_("Comparison"), bold=True)],
        [Span(_("What differs is underlined"), Role.SOFT)],
    )
    mark = seal("??" if language() == "en" else "問", Role.ACCENT_FILL)
    # The issuer of what the chip says is not published: a forged half is seen by eyes alone.
    face = Line([mark, Span("  " + _("Is the same printed on the card?"), bold=True)])
    return [head, face, BLANK]


def field_rows(
    field: ComparedField, taken: bool | None, width: int, *, is_chosen: bool
) -> list[Rows]:
    """The whole of both values, with the field's seal; if they differ, what will be kept.

    Args:
        taken: whether the card's value goes into the record; None: there is no choice.
        is_chosen: Space changes the choice of this field now.
    """
    label_at = _label_at()
    record, card = _marked(plain(field.record), plain(field.card), field.agreement)
    pairs = _pairs(record, card, width - label_at - _WORD_CELLS)
    name = _padded(field_name(field.field), label_at - _NAME_AT)
    first = [_seal(field.agreement), Span("  "), Span(name, Role.SOFT)]
    indent = Span(" " * label_at)
    rows: list[Rows] = []
    for number, (above, below) in enumerate(pairs):
        has_choice = taken is not None and number == len(pairs) - 1
        rest: list[Line] = []
        if taken is not None and has_choice:
            rest = [Line([indent, *_choice(field.field, taken, is_chosen)])]
        named = (
            Line([*first, _word(pgettext("compared", "Record")), *above]),
            Line([indent, _word(pgettext("compared", "Card")), *below]),
            *rest,
        )
        nameless = (Line([indent, _word(""), *above]), Line([indent, _word(""), *below]), *rest)
        rows.append(Rows(field.field, nameless if number else named, named, has_choice))
    return rows


def _word(text: str) -> Span:
    return Span(_padded(text, _WORD_CELLS), Role.SOFT)


def _label_at() -> int:
    """Column of 登録 and カード: after 生年月日 and a blank, or after "Birth date" and one."""
    return 17 if language() == "en" else 15


def _choice(field: str, taken: bool, is_chosen: bool) -> list[Span]:
    if field == "name":
        kept = _("write as on the card") if taken else _("keep the recorded name")
    else:
        kept = _("take that on the card") if taken else _("keep the recorded one")
    label = _padded(pgettext("compared", "Keep"), _WORD_CELLS)
    role = Role.ACCENT_FILL if is_chosen else Role.INK
    text = f" {kept} " if is_chosen else kept
    return [Span(label, Role.ACCENT), Span(text, role, bold=True)]


def _seal(agreement: Agreement) -> Span:
    english = language() == "en"
    if agreement is Agreement.SAME:
        return seal("OK" if english else "同", Role.OK)
    if agreement is Agreement.NEAR:
        return seal("~~" if english else "近", Role.WARN_FILL)
    return seal("<>" if english else "違", Role.WARN_FILL)


def _marked(record: str, card: str, agreement: Agreement) -> tuple[list[Span], list[Span]]:
    """Both values as spans of one character each, the differing ones underlined."""
    if agreement is Agreement.SAME:
        return [Span(c) for c in record], [Span(c) for c in card]
    above: list[Span] = []
    below: list[Span] = []
    matcher = SequenceMatcher(a=record, b=card, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        for spans, run in ((above, record[i1:i2]), (below, card[j1:j2])):
            if tag == "equal":
                spans += [Span(c) for c in run]
            else:
                spans += [Span(c, Role.WARN, bold=True, underline=True) for c in run]
    return above, below


def _pairs(
    record: Sequence[Span], card: Sequence[Span], room: int
) -> list[tuple[list[Span], list[Span]]]:
    """Both wrapped to the room, piece beside piece."""
    above, below = _wrapped(record, room), _wrapped(card, room)
    return list(zip_longest(above, below, fillvalue=[]))


def _wrapped(spans: Sequence[Span], room: int) -> list[list[Span]]:
    pieces = chop_cells("".join(span.text for span in spans), room) or [""]
    rows: list[list[Span]] = []
    start = 0
    for piece in pieces:
        rows.append(list(spans[start : start + len(piece)]))
        start += len(piece)
    return rows


def _padded(text: str, width: int) -> str:
    return text + " " * max(width - cells(text), 0)
