"""Fitting and comparing rows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style

from counter_tui.screens.line import Line, Span, changed_columns, segments, wrapped
from counter_tui.screens.look import LOOKS, Ground, Role
from counter_tui.text import cells

NIGHT = LOOKS["night"]
TEXTS = st.text("aあ髙𠮷 [b]\x1b\u0301\u200d。-", max_size=40)
STYLES = st.sampled_from([Style(), Style(bold=True)])


@given(TEXTS, TEXTS, st.integers(1, 60), st.booleans())
def test_a_line_takes_exactly_its_width(left: str, right: str, width: int, filled: bool) -> None:
    """Whatever the text, cut or padded, the row has as many cells as it should."""
    line = Line([Span(left)], [Span(right)], fill=Role.NOTE_FILL if filled else None)
    drawn = segments(line, width, NIGHT, Ground.GROUND)
    assert sum(cells(segment.text) for segment in drawn) == width


@given(
    st.lists(st.tuples(TEXTS, STYLES), max_size=4), st.lists(st.tuples(TEXTS, STYLES), max_size=4)
)
def test_sending_the_changed_columns_gives_the_new_row(
    old: list[tuple[str, Style]], new: list[tuple[str, Style]]
) -> None:
    """Old cells outside the span and new cells inside it are the new row, and none is halved."""
    width = 90
    before = segments(
        Line([Span(t, bold=bool(s.bold)) for t, s in old]), width, NIGHT, Ground.RAISE
    )
    after = segments(Line([Span(t, bold=bool(s.bold)) for t, s in new]), width, NIGHT, Ground.RAISE)
    columns = changed_columns(before, after)
    if columns is None:
        assert _cells(before) == _cells(after)
        return
    first, end = columns
    mended = _cells(before)[:first] + _cells(after)[first:end] + _cells(before)[end:]
    assert mended == _cells(after)


def _cells(row: list[Segment]) -> list[tuple[str, Style | None]]:
    """One entry a cell; the second half of a full-width character is an empty text."""
    found: list[tuple[str, Style | None]] = []
    for segment in row:
        for character in segment.text:
            width = cells(character)
            if width == 0 and found:
                found[-1] = (found[-1][0] + character, found[-1][1])
            elif width:
                found.append((character, segment.style))
                found += [("", segment.style)] * (width - 1)
    return found


@given(TEXTS, st.integers(4, 40))
def test_a_wrapped_sentence_loses_nothing_but_blanks(text: str, width: int) -> None:
    """Each row fits, and together the rows say the same."""
    rows = wrapped(text, width)
    assert all(cells(row) <= width for row in rows)
    together = "".join("".join(row.split()) for row in rows)
    assert together == "".join("".join(wrapped(text, 10_000)).split())


def test_a_full_stop_does_not_begin_a_row() -> None:
    """The character before it comes down with it."""
    assert wrapped("ラベルを貼ってください。", 22) == ["ラベルを貼ってくださ", "い。"]
