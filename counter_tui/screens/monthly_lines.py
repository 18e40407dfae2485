"""What the monthly run draws: how many renew, why others do not, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from counter_tui.desk.auto_renewal import NotRenewed
from counter_tui.desk.renewal_run import FENCE_FROM, Phase
from counter_tui.explanations import not_renewed_word
from counter_tui.language import _, language, ngettext, pgettext
from counter_tui.screens.line import BLANK, Line, Span, wrapped
from counter_tui.screens.look import Ground, Role
from counter_tui.screens.person_panel import Group
from counter_tui.text import cells, fit

if TYPE_CHECKING:
    from counter_tui.desk.renewal_run import Progress, Prospect

_COUNT_CELLS: Final = 9
"""9,999,999 and more patrons than Japan's largest city has."""

_LEAST_BAR: Final = 1
_PROGRESS_ROWS: Final = 3
_HEAD_ROWS: Final = 2


@dataclass(frozen=True)
class Course:
    """How far a phase has come, and how long it may still take.

    Attributes:
        seconds_left: None: not known yet.
    """

    progress: Progress
    seconds_left: int | None


def month_name(month: str) -> str:
    """A month, given as "2026-11", in words."""
    first = date.fromisoformat(f"{month}-01")
    if language() == "ja":
        return f"{first.year}年{first.month}月分"
    return f"{first:%B %Y}"


def share(done: int, total: int) -> str:
    """As "72%"; rounded down, so that 100% is the end."""
    return f"{100 * done // total if total else 100}%"


def monthly_panel(
    month: str, prospect: Prospect | None, fence_percent: int, *, written: bool, holds: bool
) -> list[Group]:
    """The month, what the run comes to, and the fence.

    Args:
        holds: the fence does.
    """
    told = pgettext("month", "Written") if written else _("Nothing is written yet")
    head = Group([Line([Span(month_name(month), bold=True)]), Line([Span(told, Role.SOFT)])])
    if prospect is None:
        fence = _("Safety line {percent}%").format(percent=fence_percent)
        return [head, Group([Line([Span(fence, Role.SOFT)])])]
    figures = [
        _figure(_("Linked"), prospect.patrons),
        _figure(_("Renewed"), prospect.renewed),
        _figure(_("To counter"), prospect.at_counter),
        _figure(_("Ask again"), prospect.open, warn=prospect.open > 0),
    ]
    if written:
        return [head, Group(figures)]
    percent = round(prospect.refused_percent)
    now = _("Line {percent}%  now {now}%").format(percent=fence_percent, now=percent)
    role = Role.WARN if holds else Role.SOFT
    rows = [Line([Span(now, role, bold=holds)])]
    if not holds and prospect.refused_percent > fence_percent:
        # In its place: at 80 columns a second row would find no room.
        few = _("Under {n} never stop it").format(n=FENCE_FROM)
        rows = [Line([Span(few, Role.SOFT)])]
    return [head, Group(figures), Group(rows, first_survives=True)]


def monthly_lines(
    prospect: Prospect | None, course: Course | None, width: int, height: int, *, has_tones: bool
) -> list[Line]:
    """The chart of reasons, and the progress of what is being done."""
    lines = [
        Line(
            [Span(_("Renewal by itself"), bold=True)],
            [Span(_("by the signature certificate"), Role.SOFT)],
        ),
        BLANK,
    ]
    room = height - _HEAD_ROWS - (_PROGRESS_ROWS if course is not None else 0)
    if prospect is None:
        said = (
            _("Each linked patron's signature certificate is checked."),
            _("Who has a good one is renewed to one year from today."),
            _("Workers and students, and lapsed cards, renew at the counter."),
            _("The check writes nothing. Other counters go on."),
        )
        for text in said:
            lines += [Line([Span(row, Role.SOFT)]) for row in wrapped(text, width)]
    else:
        lines += _chart(prospect, width, room, has_tones=has_tones)
    if course is not None:
        lines += [BLANK] * (height - _PROGRESS_ROWS + 1 - len(lines))
        lines += _progress(course, width, has_tones=has_tones)
    return lines


def _chart(prospect: Prospect, width: int, room: int, *, has_tones: bool) -> list[Line]:
    """One row a reason, most first; what does not fit is summed up in the last row."""
    by_count = sorted(prospect.reasons.items(), key=lambda each: -each[1])
    rows: list[tuple[str, int, Role]] = [(_("Renewed"), prospect.renewed, Role.OK_FILL)]
    rows += [
        (not_renewed_word(reason), count, _fill(reason)) for reason, count in by_count if count
    ]
    if len(rows) > room:
        rest = sum(count for _word, count, _role in rows[room - 1 :])
        rows = [*rows[: room - 1], (_("others"), rest, Role.REST_FILL)]
    most = max(count for _word, count, _role in rows)
    label = max(cells(word) for word, _count, _role in rows) + 1
    bar = max(width - label - _COUNT_CELLS - 2, 1)
    return [_bar_row(row, label, bar, most, has_tones=has_tones) for row in rows]


def _bar_row(
    row: tuple[str, int, Role], label: int, bar: int, most: int, *, has_tones: bool
) -> Line:
    word, count, role = row
    long = max(round(bar * count / most), _LEAST_BAR) if count else 0
    grave = role is Role.WARN_FILL
    drawn = Span(" " * long, role) if has_tones else Span("=" * long)
    return Line(
        [
            Span(fit(word, label), Role.WARN if grave else Role.INK, bold=grave),
            Span(f"{count:>{_COUNT_CELLS},}", bold=True),
            Span("  "),
            drawn,
        ]
    )


def _fill(reason: NotRenewed) -> Role:
    return Role.WARN_FILL if reason.is_open else Role.REST_FILL


def _progress(course: Course, width: int, *, has_tones: bool) -> list[Line]:
    made = course.progress
    people = ngettext("{done} / {total} person", "{done} / {total} people", made.total)
    counted = people.format(done=f"{made.done:,}", total=f"{made.total:,}")
    left = ""
    if course.seconds_left is not None:
        left = _time_left(course.seconds_left)
    done = width * made.done // made.total if made.total else width
    if has_tones:
        bar = [
            Span(" " * done, Role.ACCENT_FILL),
            Span(" " * (width - done), ground=Ground.FIELD),
        ]
    else:
        bar = [Span("=" * done + "-" * (width - done))]
    return [
        Line(
            [
                Span(phase_word(made.phase) + "  ", Role.SOFT),
                Span(f"{counted}  {share(made.done, made.total)}", bold=True),
            ],
            [Span(left, Role.SOFT)] if left else [],
        ),
        Line(bar),
    ]


def _time_left(seconds: int) -> str:
    if seconds >= 120:
        return pgettext("time left", "{n} min left").format(n=-(-seconds // 60))
    return pgettext("time left", "{n} s left").format(n=seconds)


def phase_word(phase: Phase) -> str:
    """What a run is doing, in a word."""
    return {
        Phase.LISTING: pgettext("phase", "List"),
        Phase.LOOKING: pgettext("phase", "Check"),
        Phase.ASKING_AGAIN: pgettext("phase", "Once more"),
        Phase.WRITING: pgettext("phase", "Write"),
    }[phase]


def _figure(label: str, count: int, *, warn: bool = False) -> Line:
    unit = pgettext("people", "{n}").partition("{n}")[2]
    number = Span(f"{count:,}", Role.WARN if warn else Role.INK, bold=True)
    return Line([Span(label, Role.SOFT)], [number, Span(unit, Role.SOFT)])
