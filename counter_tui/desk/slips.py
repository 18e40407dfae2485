"""What stands on the slips that patrons take home.

Plain facts in, a `Slip` out: nothing here knows the printer, its paper or the store. The words
stand in the templates. Sentences that a patron reads are in easy Japanese, one thing each. A slip
names no person: it shows the last digits of the library card at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import ClassVar, Final

from counter_tui.clock import TOKYO
from counter_tui.desk.day_figures import HandoverFigures, OpenMatters
from counter_tui.desk.handover_lines import done_rows, open_rows, scope_of
from counter_tui.desk.slip_templates import SlipTemplates
from counter_tui.errors import SlipTemplateBroken
from counter_tui.hardware.slip import Slip
from counter_tui.language import _, pgettext
from counter_tui.text import masked

LINKS_ON_A_SLIP: Final = 60
"""Lines of a list that still are a slip of paper: some 25 cm. The file has all."""


def slip_title(kind: str) -> str:
    """What a slip of this kind is called, on paper and on the screen."""
    return {
        "checkout": _("Checkout slip"),
        "enrollment": _("Enrolment slip"),
        "unlinking": _("Unlinking slip"),
        "validity": _("Renewal slip"),
        "return": _("Return slip"),
        "follow_up": _("Please come to the counter"),
        "report": _("What the library keeps about you"),
        "links": _("Links to make anew"),
        "handover": pgettext("handover", "Handover"),
        "counter_handover": pgettext("handover", "Handover"),
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
        printed_at: when this copy was asked for; with time zone.
        library_card_number: shown by its last four characters; masked already or not.
        expires_on: the last day on which the library card can be used, as of now.
        days_left: until then; 0 on the last day, negative when it is past.
        job_number: by which staff find this slip in the queue.
        reprint_no: 0 for the first copy, 1 for the first further one, which may be a second
            paper of the same lending and says so.
        next_steps: more for this patron, sentence by sentence, ready to read.
        renewal_elsewhere: where library cards are renewed, when not at this counter; else empty.
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
    next_steps: tuple[str, ...] = ()
    renewal_elsewhere: str = ""

    def values(self) -> dict[str, object]:
        """What templates see: all of it, but the library card's number by its end alone."""
        seen = {each.name: getattr(self, each.name) for each in fields(self)}
        seen["card"] = masked(seen.pop("library_card_number"))
        # In one text, as templates of libraries have it that were made before there were several.
        seen["next_step"] = " ".join(self.next_steps)
        return seen


@dataclass(frozen=True)
class LentItem:
    """One lent item on a slip."""

    title: str
    due_on: date


@dataclass(frozen=True)
class PatronFacts:
    """What a slip for a patron shows."""

    kind: ClassVar[str]
    head: SlipHead

    def values(self) -> dict[str, object]:
        """What templates see."""
        more = {each.name: getattr(self, each.name) for each in fields(self)}
        return {**self.head.values(), **{name: more[name] for name in more if name != "head"}}

    @property
    def card_number(self) -> str:
        """For a code that scanners read."""
        return self.head.library_card_number


@dataclass(frozen=True)
class CheckoutFacts(PatronFacts):
    """What a checkout slip shows.

    Attributes:
        items: lent just now, in the order of lending.
        loans_count: how many items the patron has at home now, these included.
    """

    kind: ClassVar[str] = "checkout"
    items: tuple[LentItem, ...]
    loans_count: int


@dataclass(frozen=True)
class EnrollmentFacts(PatronFacts):
    """What the slip after linking a My Number card shows."""

    kind: ClassVar[str] = "enrollment"


@dataclass(frozen=True)
class UnlinkingFacts(PatronFacts):
    """What the slip after ending a link shows."""

    kind: ClassVar[str] = "unlinking"


@dataclass(frozen=True)
class ValidityFacts(PatronFacts):
    """What the slip after a renewal at the counter shows."""

    kind: ClassVar[str] = "validity"


@dataclass(frozen=True)
class ReturnFacts(PatronFacts):
    """What the slip after returning shows: the items that the patron still has."""

    kind: ClassVar[str] = "return"
    items: tuple[LentItem, ...]


@dataclass(frozen=True)
class FollowUpFacts(PatronFacts):
    """What the slip for a patron shows who was not renewed by itself.

    Attributes:
        why: the reason, ready to read; empty when none stands.
        needs_proof: a proof of work or school has to be seen, not the address.
        other_steps: of the head's `next_steps` those that say neither why nor to come.
    """

    kind: ClassVar[str] = "follow_up"
    why: str = ""
    needs_proof: bool = False
    other_steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReportSection:
    """Records of one kind on the slip that tells a patron what is stored."""

    title: str
    lines: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class ReportFacts(PatronFacts):
    """What the slip with all that is stored about a patron shows. It is for this patron alone."""

    kind: ClassVar[str] = "report"
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
    reprint_no: int = 0
    kind: ClassVar[str] = "links"
    card_number: ClassVar[str] = ""

    def values(self) -> dict[str, object]:
        """What templates see."""
        seen = {each.name: getattr(self, each.name) for each in fields(self)}
        return {**seen, "most_links": LINKS_ON_A_SLIP}


@dataclass(frozen=True, kw_only=True)
class HandoverFacts:
    """What the day in figures shows. It is for staff.

    Attributes:
        operator: who has it printed; empty when slips shall not say it.
        printed_at: when it is counted; with time zone.
    """

    library: str
    operator: str
    printed_at: datetime
    job_number: int
    figures: HandoverFigures
    reprint_no: int = 0
    kind: ClassVar[str] = "handover"
    card_number: ClassVar[str] = ""

    def values(self) -> dict[str, object]:
        """What templates see."""
        return {
            "library": self.library,
            "branch": self.figures.branch,
            "scope": scope_of(self.figures),
            "operator": self.operator,
            "printed_at": self.printed_at,
            "job_number": self.job_number,
            "reprint_no": self.reprint_no,
            "day": self.figures.day,
            "done": done_rows(self.figures),
            "to_do": open_rows(self.figures.open_matters),
        }


SlipFacts = PatronFacts | LinksFacts | HandoverFacts

OWN_TEMPLATES: Final = SlipTemplates()
"""Without any of a library's."""


def broken_templates(templates: SlipTemplates) -> Iterator[SlipTemplateBroken]:
    """Try every slip on made-up facts; gives each broken place once."""
    told = set()
    for facts in _examples():
        values = {"title": slip_title(facts.kind), **facts.values()}
        broken = templates.check(facts.kind, values)
        if broken is not None and (broken.path, broken.line) not in told:
            told.add((broken.path, broken.line))
            yield broken


def _examples() -> Iterator[SlipFacts]:
    for days_left, reprint_no in ((342, 0), (0, 1), (-3, 0)):
        head = SlipHead(
            library="図書館",
            branch="中央図書館",
            counter="1階",
            operator="佐藤",
            telephone="048-000-0000",
            loss_telephone="0120-000-000",
            printed_at=datetime(2026, 11, 24, 14, 32, tzinfo=TOKYO),
            library_card_number="0123456789",
            expires_on=date(2027, 11, 1),
            days_left=days_left,
            job_number=1,
            reprint_no=reprint_no,
            next_steps=("予約の本が とどいています。", "どうぞ。") if reprint_no else (),
            renewal_elsewhere="" if reprint_no else "本館",
        )
        yield CheckoutFacts(head, (LentItem("本 <1> & 2", date(2026, 12, 8)),), 1)
        yield EnrollmentFacts(head)
        yield UnlinkingFacts(head)
        yield ValidityFacts(head)
        yield ReturnFacts(head, (LentItem("本 <1> & 2", date(2026, 12, 8)),) * reprint_no)
        yield FollowUpFacts(head, needs_proof=bool(reprint_no), other_steps=head.next_steps)
        yield FollowUpFacts(head, "証明が いります。", needs_proof=not reprint_no)
        yield ReportFacts(head, (ReportSection("利用者", ("氏名 見本",)),))
    yield LinksFacts(
        library="図書館",
        branch="中央図書館",
        counter="1階",
        operator="佐藤",
        printed_at=datetime(2026, 11, 24, 14, 32, tzinfo=TOKYO),
        job_number=1,
        within_days=90,
        links=(LinkLine("0123456789", date(2027, 1, 1), old_scheme=True),) * 61,
    )
    for left in (0, 1):
        yield HandoverFacts(
            library="図書館",
            operator="佐藤",
            printed_at=datetime(2026, 11, 24, 20, 2, tzinfo=TOKYO),
            job_number=1,
            figures=HandoverFigures(
                date(2026, 11, 24),
                "中央図書館",
                "1階" if left else None,
                *(412, 31, 388, 5, 3, 12, 1, 2),
                OpenMatters(*[left] * 7),
            ),
        )


def slip_of(facts: SlipFacts, templates: SlipTemplates = OWN_TEMPLATES) -> Slip:
    """The slip that shows these facts. 90 ms at the first call, some ms afterwards."""
    values = {"title": slip_title(facts.kind), **facts.values()}
    return templates.render(facts.kind, values, facts.card_number)
