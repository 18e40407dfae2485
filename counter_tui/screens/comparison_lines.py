"""Record and card, one above the other, with what differs underlined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
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

_MOST_PAIRS: Final = 2
"""A long value takes two pairs of lines at 24 rows; both fields then still fit."""


def comparison_lines(
    fields: Sequence[ComparedField], taken: Mapping[str, bool], chosen: str | None, width: int
) -> list[Line]:
    """All fields, each with its seal, and for those that differ what will be kept.

    Args:
        taken: by field, whether the card's value goes into the record.
        chosen: the field whose choice Space changes now.
    """
    head = Line(
        [Span(_("Comparison"), bold=True)],
        [Span(_("What differs is underlined"), Role.SOFT)],
    )
    mark = seal("??" if language() == "en" else "問", Role.ACCENT_FILL)
    # The issuer of what the chip says is not published: a forged half is seen by eyes alone.
    face = Line([mark, Span("  " + _("Is the same printed on the card?"), bold=True)])
    lines = [head, face, BLANK]
    for field in fields:
        lines += _field_lines(field, taken.get(field.field), field.field == chosen, width)
        lines.append(BLANK)
    return lines


def _field_lines(
    field: ComparedField, taken: bool | None, is_chosen: bool, width: int
) -> list[Line]:
    label_at = _label_at()
    record, card = _marked(plain(field.record), plain(field.card), field.agreement)
    room = width - label_at - _WORD_CELLS
    pairs = _pairs(record, card, room)
    name = field_name(field.field)
    first = [
        _seal(field.agreement),
        Span("  "),
        Span(_padded(name, label_at - _NAME_AT), Role.SOFT),
    ]
    indent = Span(" " * label_at)
    lines: list[Line] = []
    for number, (above, below) in enumerate(pairs):
        start = first if number == 0 else [indent]
        of_record = _padded(pgettext("compared", "Record") if number == 0 else "", _WORD_CELLS)
        of_card = _padded(pgettext("compared", "Card") if number == 0 else "", _WORD_CELLS)
        lines.append(Line([*start, Span(of_record, Role.SOFT), *above]))
        lines.append(Line([indent, Span(of_card, Role.SOFT), *below]))
    if taken is not None:
        lines.append(Line([indent, *_choice(field.field, taken, is_chosen)]))
    return lines


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
    """Wrapped to the room; of very long values the first pairs that differ are shown."""
    above, below = _wrapped(record, room), _wrapped(card, room)
    count = max(len(above), len(below))
    above += [[]] * (count - len(above))
    below += [[]] * (count - len(below))
    pairs = list(zip(above, below, strict=True))
    differing = next(
        (
            index
            for index, pair in enumerate(pairs)
            if any(span.underline for span in (*pair[0], *pair[1]))
        ),
        0,
    )
    first = max(min(differing, count - _MOST_PAIRS), 0)
    return pairs[first : first + _MOST_PAIRS]


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
