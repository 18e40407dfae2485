"""What stands on the slips that patrons take home.

Plain facts in, a `Slip` out: nothing here knows the printer, its paper or the store. Sentences
that a patron reads are in easy Japanese, one thing each. A slip names no person: it shows the
last digits of the library card at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from counter_tui.clock import TOKYO
from counter_tui.hardware.slip import BLANK, RULE, Align, Size, Slip, SlipLine
from counter_tui.language import _, day, full_day, ngettext, pgettext
from counter_tui.text import masked

TITLE_LINES: Final = 2
"""Lines of paper that one title may take; longer ones end with "..".

Due date and expiry date must stay on a piece of paper that fits into a book.
"""

LINKS_ON_A_SLIP: Final = 60
"""Lines of a list that still are a slip of paper: some 25 cm. The file has all."""


def slip_title(kind: str) -> str:
    """What a slip of this kind is called, on paper and on the screen."""
    return {
        "checkout": _("Checkout slip"),
        "enrollment": _("Enrolment slip"),
        "unlinking": _("Unlinking slip"),
        "validity": _("Renewal slip"),
        "report": _("What the library keeps about you"),
        "links": _("Links to make anew"),
    }.get(kind, kind)


@dataclass(frozen=True, kw_only=True)
class SlipHead:
    """What every slip for a patron shows.

    Attributes:
        library: name of the library system, e.g. 戸田市立図書館.
        branch: where the slip is made.
        counter: which desk.
        operator: who sits there; empty when slips shall not say it.
        telephone: of the branch; empty when there is none.
        loss_telephone: of the state, for lost My Number cards (docs/printing.md §7).
        printed_at: when this copy is made; with time zone.
        library_card_number: shown by its last four characters; masked already or not.
        expires_on: the last day on which the library card can be used, as of now.
        days_left: until then; 0 on the last day, negative when it is past.
        job_number: by which staff find this slip in the queue.
        reprint_no: 0 for the first copy, 1 for the first further one, which may be a second
            paper of the same lending and says so.
        next_step: one more sentence for this patron, ready to read; empty for none.
    """

    library: str
    branch: str
    counter: str
    operator: str = ""
    telephone: str = ""
    loss_telephone: str
    printed_at: datetime
    library_card_number: str
    expires_on: date
    days_left: int
    job_number: int
    reprint_no: int = 0
    next_step: str = ""


@dataclass(frozen=True)
class LentItem:
    """One lent item on a slip."""

    title: str
    due_on: date


@dataclass(frozen=True)
class CheckoutFacts:
    """What a checkout slip shows.

    Attributes:
        items: lent just now, in the order of lending.
        loans_count: how many items the patron has at home now, these included.
    """

    head: SlipHead
    items: tuple[LentItem, ...]
    loans_count: int


@dataclass(frozen=True)
class EnrollmentFacts:
    """What the slip after linking a My Number card shows."""

    head: SlipHead


@dataclass(frozen=True)
class UnlinkingFacts:
    """What the slip after ending a link shows."""

    head: SlipHead


@dataclass(frozen=True)
class ValidityFacts:
    """What the slip after a renewal at the counter shows."""

    head: SlipHead


@dataclass(frozen=True)
class ReportSection:
    """Records of one kind on the slip that tells a patron what is stored."""

    title: str
    lines: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class ReportFacts:
    """What the slip with all that is stored about a patron shows. It is for this patron alone."""

    head: SlipHead
    sections: tuple[ReportSection, ...]


@dataclass(frozen=True)
class LinkLine:
    """One link of a list, by its patron's library card: staff look the person up by it."""

    library_card_number: str
    certificate_ends_on: date
    old_scheme: bool


@dataclass(frozen=True, kw_only=True)
class LinksFacts:
    """What a list of links to renew shows. It is for staff."""

    library: str
    branch: str
    counter: str
    operator: str
    printed_at: datetime
    job_number: int
    within_days: int
    links: tuple[LinkLine, ...]


def checkout_slip(facts: CheckoutFacts) -> Slip:
    """The slip after lending: what was lent, when it is due, and how long the card is valid."""
    lent = ngettext("Today %d item", "Today %d items", len(facts.items)) % len(facts.items)
    at_home = ngettext("At home %d item", "At home %d items", facts.loans_count)
    return Slip(
        (
            *_head(facts.head, _("Checkout slip")),
            RULE,
            *(_item_line(item) for item in facts.items),
            RULE,
            SlipLine(lent, right=at_home % facts.loans_count),
            BLANK,
            *_validity(facts.head),
            *_foot(facts.head),
        )
    )


def enrollment_slip(facts: EnrollmentFacts) -> Slip:
    """The slip after linking: that the card works now, and what to do when it is lost."""
    return Slip(
        (
            *_head(facts.head, _("Enrolment slip")),
            RULE,
            SlipLine(_("You can borrow with your My Number card from now on.")),
            SlipLine(_("Please lay the card on the reader.")),
            SlipLine(_("You need no PIN.")),
            SlipLine(_("Your library card goes on working.")),
            BLANK,
            SlipLine(_("If you lose the My Number card, please call:")),
            SlipLine(facts.head.loss_telephone, emphasis=True),
            SlipLine(_("Please tell the library, too.")),
            RULE,
            *_validity(facts.head),
            *_foot(facts.head),
        )
    )


def unlinking_slip(facts: UnlinkingFacts) -> Slip:
    """The slip after ending a link: what stays, and how to begin again."""
    return Slip(
        (
            *_head(facts.head, _("Unlinking slip")),
            RULE,
            SlipLine(_("The library knows your My Number card no more.")),
            SlipLine(_("Your library card goes on working.")),
            SlipLine(_("What you have borrowed stays as it is.")),
            BLANK,
            SlipLine(_("If you lost the card, please have it stopped:")),
            SlipLine(facts.head.loss_telephone, emphasis=True),
            SlipLine(_("When you have a new card, please bring it with your library card.")),
            RULE,
            *_validity(facts.head),
            *_foot(facts.head),
        )
    )


def validity_slip(facts: ValidityFacts) -> Slip:
    """The slip after a renewal: until when the library card is valid now."""
    return Slip(
        (
            *_head(facts.head, _("Renewal slip")),
            RULE,
            SlipLine(_("You can use your library card for longer.")),
            BLANK,
            *_validity(facts.head),
            *_foot(facts.head),
        )
    )


def report_slip(facts: ReportFacts) -> Slip:
    """All that is stored about a patron, in the patron's hands: the one slip with a name on it."""
    lines: list[SlipLine] = []
    for section in facts.sections:
        lines += [RULE, SlipLine(section.title, emphasis=True)]
        lines += [SlipLine(line) for line in section.lines]
    return Slip(
        (
            *_head(facts.head, _("What the library keeps about you")),
            SlipLine(_("This paper is for you. Please do not leave it here.")),
            *lines,
            RULE,
            SlipLine(_("If something is wrong, please tell us at the counter.")),
            *_foot(facts.head),
        )
    )


def links_slip(facts: LinksFacts) -> Slip:
    """The list of links to renew: numbers of library cards, no names, on paper that lies about."""
    count = len(facts.links)
    shown = facts.links[:LINKS_ON_A_SLIP]
    more = count - len(shown)
    rest = ngettext("and %d more, in the CSV file", "and %d more, in the CSV file", more)
    return Slip(
        (
            SlipLine(facts.library, align=Align.CENTRE, emphasis=True),
            SlipLine(facts.branch, align=Align.CENTRE),
            BLANK,
            SlipLine(_("Links to make anew"), size=Size.TALL, emphasis=True),
            SlipLine(_moment(facts.printed_at), right=f"{facts.counter} {facts.operator}".strip()),
            SlipLine(
                ngettext(
                    "certificate ends within %d day",
                    "certificate ends within %d days",
                    facts.within_days,
                )
                % facts.within_days,
                right=ngettext("%d link", "%d links", count) % count,
            ),
            RULE,
            *(
                SlipLine(
                    link.library_card_number + ("  " + _("old scheme") if link.old_scheme else ""),
                    right=full_day(link.certificate_ends_on, weekday=False),
                )
                for link in shown
            ),
            *((SlipLine(rest % more),) if more else ()),
            RULE,
            SlipLine(pgettext("slip", "No. %d") % facts.job_number),
        )
    )


def _head(head: SlipHead, kind: str) -> Iterator[SlipLine]:
    yield SlipLine(head.library, align=Align.CENTRE, emphasis=True)
    yield SlipLine(head.branch, align=Align.CENTRE)
    if head.telephone:
        yield SlipLine(pgettext("slip", "Tel. %s") % head.telephone, align=Align.CENTRE)
    yield BLANK
    if head.reprint_no:
        number = _("Reprint no. %d") % head.reprint_no
        yield SlipLine(number, right=_moment(head.printed_at), reversed=True)
    yield SlipLine(kind, size=Size.TALL, emphasis=True)
    yield SlipLine(_moment(head.printed_at), right=f"{head.counter} {head.operator}".strip())
    yield SlipLine(pgettext("slip", "Library card %s") % masked(head.library_card_number))


def _item_line(item: LentItem) -> SlipLine:
    due = pgettext("slip", "due %s") % day(item.due_on, padded=True)
    return SlipLine(item.title, right=due, max_lines=TITLE_LINES)


def _validity(head: SlipHead) -> Iterator[SlipLine]:
    yield SlipLine(
        _("Library card valid until"),
        right=full_day(head.expires_on),
        size=Size.TALL,
        emphasis=True,
    )
    if head.days_left < 0:
        yield SlipLine(_("Your card is past its date. We can renew it at the counter."))
    elif head.days_left == 0:
        yield SlipLine(right=_("until today"))
    else:
        left = ngettext("%d day left", "%d days left", head.days_left)
        yield SlipLine(right=left % head.days_left)


def _foot(head: SlipHead) -> Iterator[SlipLine]:
    if head.next_step:
        yield BLANK
        yield SlipLine(head.next_step)
    yield BLANK
    yield SlipLine(pgettext("slip", "No. %d") % head.job_number)


def _moment(instant: datetime) -> str:
    """Date and time of day in Asia/Tokyo; the date in full, as slips are kept in books."""
    here = instant.astimezone(TOKYO)
    return f"{full_day(here.date())} {here:%H:%M}"
