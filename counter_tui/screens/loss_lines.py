"""What the loss desk draws: where a card is stopped, and the steps to the end of its link."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from counter_tui.errors import UndoReason, UnlinkReason
from counter_tui.language import _, full_day, language, ngettext, pgettext
from counter_tui.screens.line import BLANK, Line, Span, seal, wrapped
from counter_tui.screens.look import Role
from counter_tui.screens.loss_steps import REASONS, UNDO_REASONS, LossStep
from counter_tui.text import cells, full_width
from counter_tui.wording import undo_reason_name

if TYPE_CHECKING:
    from counter_tui.desk.patrons import PatronView
    from counter_tui.desk.unlinking import EndedLink, LossContact

_FREE_OF_CHARGE: Final = ("0120", "0800")
"""Beginnings of Japanese telephone numbers that cost the caller nothing."""

_MARK_CELLS: Final = 6
_REASON_CELLS: Final = 17


def contact_lines(contact: LossContact, width: int) -> list[Line]:
    """The number in the largest letters that a terminal has by itself, and its hours."""
    room = width - 4
    free = contact.telephone.startswith(_FREE_OF_CHARGE)
    number = full_width(contact.telephone)
    shown = number if cells(number) <= room else contact.telephone
    stops = _("Lost or stolen cards are stopped: {hours}").format(hours=contact.suspension_hours)
    fill = Role.REST_FILL

    def row(text: str, *, bold: bool = False, right: str = "") -> Line:
        at_right = [Span(right, fill)] if right else []
        return Line(
            [Span(text, fill, bold=bold)],
            at_right,
            fill=fill,
            indent=2,
            outdent=2,
            bracketed=True,
        )

    empty = Line(fill=fill)
    return [
        empty,
        row(_("National My Number helpline"), right=_("free") if free else ""),
        row(shown, bold=True),
        empty,
        *[row(text) for text in wrapped(stops, room)],
        *[row(text) for text in _hours(contact.hours, room)],
        empty,
    ]


def who_lines() -> list[Line]:
    """How the patron is found."""
    return [
        Line([_now_mark(), Span("  " + _("Whose card is it?"), bold=True)]),
        _below(_("Library card number, name or kana,")),
        _below(_("telephone, or birth date")),
        BLANK,
        Line([Span(_("Who looked, and why, is recorded."), Role.SOFT)]),
    ]


def steps_lines(step: LossStep, suspended: bool | None, reason: UnlinkReason | None) -> list[Line]:
    """Was it stopped, why does the link end, and the name: the present one in full."""
    lines: list[Line] = []
    asked = _("Was the card stopped by telephone?")
    if step is LossStep.STOPPED:
        lines.append(Line([_now_mark(), Span("  " + asked, bold=True)]))
        yes = _choice("1", _("Stopped"), suspended is True)
        no = _choice("2", _("No, or not lost"), suspended is False)
        lines.append(Line([Span(" " * _MARK_CELLS), *yes, Span(" "), *no]))
        lines.append(_below(_("Reason"), Role.FAINT))
        lines.append(_below(_("Type the name to confirm"), Role.FAINT))
        return lines
    told = _("The card was stopped by telephone") if suspended else _("The card was not stopped")
    lines.append(_done(told))
    if step is LossStep.REASON:
        lines.append(Line([_now_mark(), Span("  " + _("Reason"), bold=True)]))
        lines += _reason_rows(reason)
        lines.append(_below(_("Type the name to confirm"), Role.FAINT))
        return lines
    lines.append(_done(_("Reason") + "  " + (reason_choice(reason) if reason else "")))
    lines.append(Line([_now_mark(), Span("  " + _("Type the name to confirm"), bold=True)]))
    lines.append(_below(_("In kanji or kana, as the person says it")))
    if not suspended and reason in (UnlinkReason.LOST, UnlinkReason.STOLEN):
        lines.append(_warning(_("It still works elsewhere: call that number")))
    return lines


def stays_line(patron: PatronView, today: date) -> Line:
    """What the end of the link leaves as it is."""
    if patron.days_left(today) < 0:
        lapsed = full_day(patron.expires_on, weekday=False)
        text = _("Library card lapsed {date}; unlinking works").format(date=lapsed)
        return Line([Span(text, Role.WARN)])
    return Line([Span(_stays(patron.loans_count), Role.SOFT)])


def card_is_here_line() -> Line:
    """Whose card lies on the reader has not lost it."""
    return _warning(_("The card is on the reader: it is not lost"))


def done_lines(patron: PatronView, reason: UnlinkReason, job_number: int | None) -> list[Line]:
    """The link is ended: what stays, what the slip is, and how it goes on."""
    slip = _("slip {number}").format(number=job_number) if job_number else _("no slip")
    return [
        BLANK,
        Line([Span(_("The My Number card opens nothing any more"), bold=True)]),
        BLANK,
        Line([Span(_("Reason") + "  ", Role.SOFT), Span(reason_choice(reason))]),
        Line([Span(_("Print") + "  ", Role.SOFT), Span(slip)]),
        BLANK,
        Line([Span(_stays(patron.loans_count), Role.SOFT)]),
        Line([Span(_("A new card: F5 and the library card"), Role.SOFT)]),
    ]


def told_later_line() -> Line:
    """The store has ended the link, the platform has not heard of it."""
    return _warning(_("The platform is away: it is told later"))


def ended_lines(ended: EndedLink) -> list[Line]:
    """There is no link any more: since when, why, by whom, and the way on."""
    on = full_day(ended.on, weekday=False)
    by = f"{ended.at}  {ended.by}".strip()
    return [
        Line([Span(_("This patron's card was unlinked before"), bold=True)]),
        BLANK,
        Line([Span(_("On") + "  ", Role.SOFT), Span(on)]),
        Line([Span(_("Reason") + "  ", Role.SOFT), Span(reason_choice(ended.reason))]),
        Line([Span(_("By") + "  ", Role.SOFT), Span(by)]),
        BLANK,
        Line([Span(_("A new card: F5 and the library card"), Role.SOFT)]),
    ]


def undo_offer_lines(*, may_undo: bool) -> list[Line]:
    """Today's end can be taken back, by a supervisor."""
    text = _("A supervisor can take it back today")
    if not may_undo:
        return [BLANK, Line([Span(text, Role.SOFT)])]
    return [BLANK, Line([Span("^A  ", Role.ACCENT, bold=True), Span(text)])]


def undo_lines(chosen: UndoReason | None, width: int) -> list[Line]:
    """Why the end is taken back."""
    stays_stopped = _("A card that was stopped by telephone works when its holder has it released.")
    rows = [
        Line([Span(" " * _MARK_CELLS), *_choice(key, undo_reason_name(why), why is chosen)])
        for key, why in UNDO_REASONS.items()
    ]
    return [
        Line([Span(_("Take the unlinking back"), bold=True)]),
        BLANK,
        Line([_now_mark(), Span("  " + _("Why is it taken back?"), bold=True)]),
        *rows,
        BLANK,
        Line([Span(_("The card opens its person again."))]),
        *[Line([Span(text, Role.SOFT)]) for text in wrapped(stays_stopped, width)],
    ]


def undone_lines(patron: PatronView, reason: UndoReason) -> list[Line]:
    """The link is there again."""
    since = full_day(patron.linked_on, weekday=False) if patron.linked_on else ""
    return [
        BLANK,
        Line([Span(_("The My Number card works here again"), bold=True)]),
        BLANK,
        Line([Span(_("Reason") + "  ", Role.SOFT), Span(undo_reason_name(reason))]),
        Line([Span(_("Linked since") + "  ", Role.SOFT), Span(since)]),
        BLANK,
        Line([Span(_("The slip of the unlinking is void: take it back"), Role.SOFT)]),
    ]


def reason_choice(reason: UnlinkReason) -> str:
    """A reason as it is offered to staff."""
    return {
        UnlinkReason.LOST: pgettext("loss desk", "Lost"),
        UnlinkReason.STOLEN: pgettext("loss desk", "Stolen"),
        UnlinkReason.REISSUED: pgettext("loss desk", "Reissued"),
        UnlinkReason.WISH: pgettext("loss desk", "Person's wish"),
        UnlinkReason.ERROR: pgettext("loss desk", "Our mistake"),
        UnlinkReason.LAPSED: pgettext("loss desk", "Lapsed"),
    }[reason]


def _stays(loans_count: int) -> str:
    if not loans_count:
        return _("The library card goes on working")
    return ngettext(
        "{n} loan and the library card stay as they are",
        "{n} loans and the library card stay as they are",
        loans_count,
    ).format(n=loans_count)


def _reason_rows(chosen: UnlinkReason | None) -> list[Line]:
    """Three rows: 1 to 3 at the left, 4 and 5 beside them."""
    rows: list[Line] = []
    for left, right in (("1", "4"), ("2", "5"), ("3", "")):
        spans = [Span(" " * _MARK_CELLS)]
        for key in (left, right):
            if key:
                spans += _choice(key, reason_choice(REASONS[key]), REASONS[key] is chosen)
        rows.append(Line(spans))
    return rows


def _choice(key: str, text: str, is_chosen: bool) -> list[Span]:
    shown = f" {key} {text} "
    padding = " " * max(_REASON_CELLS - cells(shown), 0)
    if is_chosen:
        return [Span(shown, Role.ACCENT_FILL, bold=True), Span(padding)]
    return [Span(f" {key}", Role.ACCENT, bold=True), Span(f" {text} {padding}")]


def _hours(hours: str, room: int) -> list[str]:
    """Weekdays and the rest on rows of their own, when they do not fit on one."""
    if cells(hours) <= room:
        return [hours]
    return [row for part in hours.split("、") for row in wrapped(part, room)]


def _now_mark() -> Span:
    return seal(">>" if language() == "en" else "今", Role.ACCENT_FILL)


def _done(text: str) -> Line:
    mark = seal("OK" if language() == "en" else "済", Role.OK)
    return Line([mark, Span(f"  {text}", Role.SOFT)])


def _below(text: str, role: Role = Role.SOFT) -> Line:
    return Line([Span(" " * _MARK_CELLS + text, role)])


def _warning(text: str) -> Line:
    mark = seal("!!" if language() == "en" else "注", Role.WARN_FILL)
    return Line([mark, Span(f"  {text}", Role.WARN, bold=True)])
