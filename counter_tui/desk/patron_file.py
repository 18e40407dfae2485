"""All that the counter shows of one patron: validity, link, loans, blocks, and how it came so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any

from counter_tui.clock import TOKYO, Clock, today
from counter_tui.desk.audit import Action, record
from counter_tui.desk.blocks import Block, blocks_of
from counter_tui.desk.loan_rules import LoanRules
from counter_tui.desk.patron_notes import NoteEntry, notes_on
from counter_tui.desk.patrons import PatronView, view_patron
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.renewal_outcomes import LastOutcome, standing_outcome
from counter_tui.desk.store_lane import StoreLane
from counter_tui.desk.validity_changes import ValidityEntry, validity_history
from counter_tui.errors import UnlinkReason
from counter_tui.models.tables import Branch, CardLink, Counter, Item, Loan, Patron


class LinkState(Enum):
    """How a patron and a My Number card stand to each other."""

    NEVER = "never"
    LINKED = "linked"
    CERTIFICATE_ENDING = "certificate_ending"
    CERTIFICATE_ENDED = "certificate_ended"
    ENDED = "ended"
    """There was a link; the last one's reason tells why it ended."""


@dataclass(frozen=True)
class OpenLoan:
    """An item in the patron's hands."""

    id: int
    title: str = field(repr=False)
    item_barcode: str = field(repr=False)
    lent_on: date
    lent_at_branch: str
    due_on: date
    days_overdue: int
    was_extended: bool


@dataclass(frozen=True)
class LinkEntry:
    """One enrolment in the patron's history, and its end.

    Attributes:
        proves_itself: the card signs at each touch; else staff compare, or a PIN is asked for.
        certificate_ends_on: known while the link is live.
        ended_on: None while the link is live, as are the attributes behind it.
    """

    id: int
    linked_on: date
    linked_at: str
    linked_by: str
    terms_version: str
    proves_itself: bool
    certificate_ends_on: date | None
    ended_on: date | None
    ended_at: str | None
    ended_by: str | None
    reason: UnlinkReason | None


@dataclass(frozen=True)
class PatronFile:
    """What the patron screen shows; a copy, never rows.

    Attributes:
        days_left: of the validity; 0 on its last day, negative after it.
        links, notes, validity: the newest first.
        loans: the earliest due first.
        blocks: those that stop lending first.
        automatic: what the monthly run said last, where that still stands.
    """

    patron: PatronView
    telephone: str = field(repr=False)
    days_left: int
    link_state: LinkState
    links: tuple[LinkEntry, ...]
    loans: tuple[OpenLoan, ...]
    loan_limit: int
    blocks: tuple[Block, ...]
    notes: tuple[NoteEntry, ...]
    validity: tuple[ValidityEntry, ...]
    automatic: LastOutcome | None = None


class PatronFiles:
    """Opens what is kept on one patron."""

    def __init__(
        self,
        store: StoreLane,
        clock: Clock,
        place: PlaceRecord,
        rules: LoanRules,
        certificate_warning_days: int,
    ) -> None:
        self._store = store
        self._clock = clock
        self._place = place
        self._rules = rules
        self._certificate_warning_days = certificate_warning_days

    async def open(self, patron_id: int) -> PatronFile | None:
        """Everything the counter shows of a patron; None when the record was deleted.

        Raises:
            StoreUnavailable: that it was shown could not be accounted for.
        """

        def accounted_for() -> PatronFile | None:
            found = self._read(patron_id)
            if found is not None:
                record(self._place, self._clock.now(), Action.OPEN_FILE, patron_id)
            return found

        return await self._store.transact(accounted_for)

    async def look_again(self, patron_id: int) -> PatronFile | None:
        """The same for whoever has the file open already, after something was changed.

        Raises:
            StoreUnavailable
        """
        return await self._store.transact(self._read, patron_id)

    def _read(self, patron_id: int) -> PatronFile | None:
        on = today(self._clock)
        patron = Patron.get_or_none(Patron.id == patron_id)
        if patron is None:
            return None
        view = view_patron(patron, on)
        links = _links(patron_id)
        loans = _loans(patron_id, on)
        return PatronFile(
            patron=view,
            telephone=patron.telephone,
            days_left=view.days_left(on),
            link_state=link_state_of(links, on, self._certificate_warning_days),
            links=links,
            loans=loans,
            loan_limit=self._rules.limit_for(view.residency),
            blocks=blocks_of(
                view,
                [loan.lent_on for loan in loans],
                links[0].certificate_ends_on if links else None,
                self._rules,
                on,
            ),
            notes=notes_on(patron_id),
            validity=validity_history(patron_id),
            automatic=standing_outcome(patron_id, self._clock.now()),
        )


def link_state_of(links: tuple[LinkEntry, ...], on: date, warning_days: int) -> LinkState:
    """How the newest of these links stands.

    Args:
        warning_days: a certificate that has at most so many days left ends soon.
    """
    if not links:
        return LinkState.NEVER
    if links[0].ended_on is not None:
        return LinkState.ENDED
    ended_on = _certificate_ended_on(links, on)
    ends_on = links[0].certificate_ends_on
    if ended_on is not None:
        return LinkState.CERTIFICATE_ENDED
    if ends_on is not None and (ends_on - on).days <= warning_days:
        return LinkState.CERTIFICATE_ENDING
    return LinkState.LINKED


def _certificate_ended_on(links: tuple[LinkEntry, ...], on: date) -> date | None:
    """The last day of the live link's certificate, when that is over."""
    ends_on = links[0].certificate_ends_on if links else None
    return ends_on if ends_on is not None and ends_on < on else None


def _links(patron_id: int) -> tuple[LinkEntry, ...]:
    rows = (
        CardLink.select()
        .where(CardLink.patron == patron_id)
        # A live one before all others: only one of them can be so.
        .order_by(CardLink.unlinked_at.is_null().desc(), CardLink.id.desc())
    )
    return tuple(_link_entry(row) for row in rows)


def _link_entry(row: CardLink) -> LinkEntry:
    is_live = row.unlinked_at is None
    ended_by, ended_at = row.unlinked_by, row.unlinked_at_counter
    return LinkEntry(
        id=row.id,
        linked_on=_day(row.linked_at),
        linked_at=_place(row.linked_at_counter),
        linked_by=row.linked_by.name,
        terms_version=row.terms_version,
        proves_itself=row.card_key is not None,
        certificate_ends_on=row.certificate_ends_on if is_live else None,
        ended_on=None if is_live else _day(row.unlinked_at),
        ended_at=None if ended_at is None else _place(ended_at),
        ended_by=None if ended_by is None else ended_by.name,
        reason=None if row.unlink_reason is None else UnlinkReason(row.unlink_reason),
    )


def _loans(patron_id: int, on: date) -> tuple[OpenLoan, ...]:
    rows = (
        Loan.select(Loan, Item, Counter, Branch)
        .join_from(Loan, Item)
        .join_from(Loan, Counter, on=Loan.lent_at_counter)
        .join_from(Counter, Branch)
        .where(Loan.patron == patron_id, Loan.returned_at.is_null())
        .order_by(Loan.due_on, Loan.id)
    )
    return tuple(
        OpenLoan(
            id=loan.id,
            title=loan.item.title,
            item_barcode=loan.item.barcode,
            lent_on=_day(loan.lent_at),
            lent_at_branch=loan.lent_at_counter.branch.name,
            due_on=loan.due_on,
            days_overdue=max((on - loan.due_on).days, 0),
            was_extended=loan.extended_at is not None,
        )
        for loan in rows
    )


def _place(counter: Counter) -> str:
    return f"{counter.branch.name} {counter.name}"


def _day(instant: Any) -> date:
    day: date = instant.astimezone(TOKYO).date()
    return day
