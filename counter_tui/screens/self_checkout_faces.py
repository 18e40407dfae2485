"""What the self-checkout shows of a turn, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from itertools import groupby
from typing import TYPE_CHECKING, Final

from counter_tui.language import _, day, full_day, language, ngettext, pgettext
from counter_tui.screens.line import BLANK, Line, Span, wrapped
from counter_tui.screens.look import Role
from counter_tui.screens.self_checkout_face import Button, Count, Face, Picture, Step

if TYPE_CHECKING:
    from counter_tui.screens.self_checkout_terminal import Done, Stopped
    from counter_tui.screens.self_checkout_turn import Turn

SHOWN_LOANS: Final = 4
"""Books that are listed, the last ones: three rows each in the fourteen of 80 by 24."""

_LEFT_WIDTH: Final = 24
"""Columns beside two drawn words."""


class Reading(Enum):
    """How long a card has been read."""

    NOT = 0
    A_MOMENT = 1
    LONG = 2


@dataclass(frozen=True)
class Around:
    """What a face needs beside the turn.

    Attributes:
        card_is_on_reader: of whatever kind.
        reader_is_away: library cards only.
        printer_is_away: the slip waits, for paper or for whatever it is.
        loan_limit: what the person who borrows may have in hand; 0: nobody borrows.
    """

    card_is_on_reader: bool
    reader_is_away: bool
    printer_is_away: bool
    reading: Reading
    loan_limit: int


def face_of(turn: Turn, around: Around) -> Face:
    """All that is to be seen of a turn."""
    if turn.stopped is not None:
        return _stopped(turn.step, turn.stopped)
    if around.reading is not Reading.NOT:
        return _reading(turn, around.reading)
    if turn.step is Step.START:
        return _start(turn, around)
    if turn.step in (Step.LAY, Step.READ):
        return _card(turn, around)
    if turn.step is Step.ITEMS:
        return _items(turn, around)
    return _take(turn, around)


def _start(turn: Turn, around: Around) -> Face:
    how = (
        _("You can borrow books with your library card.")
        if around.reader_is_away
        else _("You can borrow books with your My Number card or library card.")
    )
    return Face(
        Step.START,
        [pgettext("drawn", "WELCOME")],
        Button(pgettext("button", "Start")),
        sentences=[how],
        remark=turn.remark,
        hint=_("No PIN is needed."),
    )


def _card(turn: Turn, around: Around) -> Face:
    lies_there = turn.step is Step.READ
    drawn = (
        [pgettext("drawn", "PRESS"), pgettext("drawn", "ENTER")]
        if lies_there
        else [pgettext("drawn", "LAY"), pgettext("drawn", "CARD")]
    )
    remark = turn.remark
    if around.reader_is_away and not remark:
        remark = _("This machine cannot read cards now.")
    return Face(
        turn.step,
        drawn,
        Button(_("Read My Number card")),
        picture=Picture.LAID if lies_there else Picture.LAY,
        remark=remark,
        way_back=turn.way_back,
        hint=_("No PIN is needed.") if lies_there else _("With a library card: scan its barcode."),
    )


def _reading(turn: Turn, reading: Reading) -> Face:
    sentences = [_("Reading the card.")]
    if reading is Reading.LONG:
        sentences.append(_("Please leave the card where it is."))
    return Face(
        turn.step,
        [pgettext("drawn", "WAIT")],
        Button(_("Please wait"), key="", role=Role.REST_FILL),
        sentences=sentences,
    )


def _items(turn: Turn, around: Around) -> Face:
    count = len(turn.loans)
    in_hand = 0 if turn.patron is None else turn.patron.loans_count
    left = max(around.loan_limit - in_hand, 0)
    more = ngettext("You can borrow {n} more", "You can borrow {n} more", left).format(n=left)
    # In Japanese the unit is drawn with the number.
    unit = "" if language() == "ja" else ngettext("{n} book", "{n} books", count).format(n=count)
    below = [
        Line([Span(unit, bold=True)]),
        Line([Span(more, Role.SOFT)]),
        BLANK,
        *_compared(turn.counted, count),
    ]
    return Face(
        Step.ITEMS,
        [Count(count)],
        Button(pgettext("button", "End")),
        left=_loans(turn),
        below=below,
        remark=turn.remark,
        way_back=turn.way_back,
        hint=_("Scan the books' barcodes, one by one."),
    )


def _loans(turn: Turn) -> list[Line]:
    count = len(turn.loans)
    head = _("Books that are done")
    if count > SHOWN_LOANS:
        head = _("The last {n} of {m} books").format(n=SHOWN_LOANS, m=count)
    lines = [Line([Span(head, Role.SOFT)]), BLANK]
    if not count:
        lines.append(Line([Span(_("None yet"), Role.SOFT)]))
    for loan in turn.loans[-SHOWN_LOANS:]:
        due = _("until {date}").format(date=day(loan.due_on, padded=True).strip())
        lines += [Line([Span(loan.title, bold=True)]), Line([Span(due, Role.SOFT)]), BLANK]
    return lines[:-1] if count else lines


def _compared(counted: int | None, done: int) -> list[Line]:
    """How many books lie there, as the person says, beside those that are done."""
    if counted is None:
        return [
            Line([Span(_("To compare: type how"), Role.SOFT)]),
            Line([Span(_("many you have, Enter"), Role.SOFT)]),
        ]
    said = Line([Span(_("You have {n}").format(n=counted), bold=True)])
    if counted == done:
        return [said, Line([Span(_("All are done"), Role.OK, bold=True)])]
    if counted > done:
        text = _("{n} not done yet").format(n=counted - done)
    else:
        text = _("{n} more than that are done").format(n=done - counted)
    return [said, Line([Span(text, Role.WARN, bold=True)])]


def _stopped(step: Step, stopped: Stopped) -> Face:
    sentences = [stopped.said.head, *stopped.said.ways]
    if stopped.skipped:
        count = stopped.skipped
        sentences.append(
            ngettext(
                "{n} scan was not taken. Please scan it again.",
                "{n} scans were not taken. Please scan them again.",
                count,
            ).format(n=count)
        )
    return Face(
        step,
        [stopped.said.word],
        Button(stopped.button),
        sentences=sentences,
        warns=True,
        way_back=stopped.way_back,
    )


def _take(turn: Turn, around: Around) -> Face:
    left = _summary(turn.done, around)
    if around.card_is_on_reader:
        hint = (
            ""
            if turn.done.forgotten
            else _("It ends when you take the card. Please do not forget it.")
        )
        return Face(
            Step.TAKE,
            [pgettext("drawn", "TAKE"), pgettext("drawn, to be taken", "CARD")],
            Button(_("Please take the card"), key="", role=Role.WARN_FILL),
            left=left,
            remark=turn.remark,
            hint=hint,
        )
    return Face(
        Step.TAKE,
        [pgettext("drawn", "DONE")],
        Button(_("Back to the start")),
        left=left,
        remark=turn.remark,
        hint=_("Please do not forget your card and your books."),
    )


def _summary(done: Done, around: Around) -> list[Line]:
    if done.forgotten:
        said = [_("Somebody has forgotten this card."), _("Please bring it to the counter.")]
        rows = [row for sentence in said for row in [*wrapped(sentence, _LEFT_WIDTH - 2), ""]]
        return [Line([Span(row, bold=True)]) for row in rows]
    count = len(done.due_on)
    if not count:
        return [Line([Span(_("Nothing was borrowed"), bold=True)])]
    borrowed = ngettext("{n} book borrowed", "{n} books borrowed", count).format(n=count)
    lines = [Line([Span(borrowed, bold=True)]), BLANK, Line([Span(_("Bring back by"), Role.SOFT)])]
    lines += _due(done.due_on)
    if done.expires_on is not None:
        last = full_day(done.expires_on, weekday=False)
        lines += [
            BLANK,
            Line([Span(_("Library card until"), Role.SOFT)]),
            Line([Span(last, bold=True)]),
        ]
    slip = _("There is no slip")
    if done.slip:
        away = around.printer_is_away
        slip = _("No slip can come now") if away else _("Please take the slip")
    return [*lines, BLANK, Line([Span(slip, bold=True)])]


def _due(dates: Sequence[date]) -> list[Line]:
    """Each day once, with how many books, where there are several."""
    days = [(each, len(list(same))) for each, same in groupby(dates)]
    if len(days) == 1:
        return [Line([Span(day(days[0][0]), bold=True)])]
    shown = [
        f"{day(each, padded=True).strip()} {ngettext('{n} book', '{n} books', n).format(n=n)}"
        for each, n in days[:3]
    ]
    return [Line([Span(row, bold=True)]) for row in shown]
