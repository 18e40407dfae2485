"""Slips in the store: their states, and their content made from the records."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from peewee import SQL, Function, fn

from counter_tui.clock import TOKYO
from counter_tui.desk.auto_renewal import NEEDS_PROOF
from counter_tui.desk.day_figures import figures_of
from counter_tui.desk.devices import SlipsChanged
from counter_tui.desk.held_data import on_paper, records_on
from counter_tui.desk.links_to_renew import links_to_renew
from counter_tui.desk.patrons import PatronView, load_patron
from counter_tui.desk.place import Place
from counter_tui.desk.renewal_outcomes import standing_outcome
from counter_tui.desk.renewal_words import RunWords, slip_words
from counter_tui.desk.slip_states import SlipState
from counter_tui.desk.slips import (
    CheckoutFacts,
    EnrollmentFacts,
    FollowUpFacts,
    HandoverFacts,
    LentItem,
    LinkLine,
    LinksFacts,
    ReportFacts,
    ReportSection,
    ReturnFacts,
    SlipFacts,
    SlipHead,
    UnlinkingFacts,
    ValidityFacts,
)
from counter_tui.language import ngettext
from counter_tui.models.tables import Item, Loan, PrintJob

WAITING: Final = (SlipState.QUEUED.value, SlipState.FAILED.value)
"""States in which no byte has left, so that printing may be tried."""

HANDOVER: Final = "handover"
COUNTER_HANDOVER: Final = "counter_handover"
"""The day of the branch, and that of the counter alone."""

FOR_STAFF: Final = ("links", HANDOVER, COUNTER_HANDOVER)
"""Kinds that are nobody's: no patron takes them home."""

TELL_OF_THE_RUN: Final = ("checkout", "return", "follow_up")
"""Kinds that tell what the month's run has done; the others have something else to say."""

EXPIRES_AFTER: Final = timedelta(minutes=10)
"""A slip that could not be printed for so long is not printed any more: the patron has gone."""

REPRINTABLE_FOR: Final = timedelta(days=1)
"""Afterwards a slip forgets its patron, or the outbox would be a diary of people's visits."""

SENDING_AT_MOST: Final = timedelta(minutes=2)
"""A job takes 40 s at most; one that has been `sending` for longer was cut off by a crash."""


def slip_facts(job: PrintJob, place: Place, now: datetime) -> SlipFacts:
    """A slip's content as the records are now. Inside a transaction only.

    Args:
        job: with a patron, or for staff.
        now: an instant with time zone. On a patron's slip stands when it was asked for, so that
            it says the same whenever it is printed and looked at.
    """
    if job.within_days is not None:
        return _list_of_links(job, job.within_days, place, now)
    if job.kind in (HANDOVER, COUNTER_HANDOVER):
        return _handover(job, place, now)
    if job.patron_id is None:
        raise ValueError("this slip has forgotten its patron")
    here = now.astimezone(TOKYO)
    patron = load_patron(job.patron_id, here.date())
    told = standing_outcome(job.patron_id, now) if job.kind in TELL_OF_THE_RUN else None
    late, words = _late(patron), slip_words(told, here.date(), place.renewal_elsewhere)
    head = SlipHead(
        library=place.library,
        branch=place.branch,
        counter=place.counter,
        operator=place.operator,
        telephone=place.telephone,
        loss_telephone=place.loss_telephone,
        printed_at=job.created_at.astimezone(TOKYO),
        library_card_number=patron.library_card_number,
        expires_on=patron.expires_on,
        days_left=patron.days_left(here.date()),
        job_number=job.id,
        reprint_no=job.reprint_no,
        next_steps=(*late, *words.sentences),
        renewal_elsewhere=place.renewal_elsewhere,
    )
    if job.kind == "enrollment":
        return EnrollmentFacts(head)
    if job.kind == "unlinking":
        return UnlinkingFacts(head)
    if job.kind == "validity":
        return ValidityFacts(head)
    if job.kind == "follow_up":
        return _follow_up(head, patron, words, late)
    if job.kind == "return":
        in_hand = _lent(Loan.patron == patron.id, Loan.returned_at.is_null())
        return ReturnFacts(head, in_hand)
    if job.kind == "report":
        sections = tuple(
            ReportSection(each.title, each.lines) for each in on_paper(records_on(job.patron_id))
        )
        return ReportFacts(head, sections)
    listed = job.reprint_of_id or job.id
    return CheckoutFacts(head, _lent(Loan.slip == listed), loans_count=patron.loans_count)


def _lent(*conditions: object) -> tuple[LentItem, ...]:
    loans = Loan.select(Loan, Item).join(Item).where(*conditions).order_by(Loan.id)
    return tuple(LentItem(loan.item.title, loan.due_on) for loan in loans)


def _follow_up(
    head: SlipHead, patron: PatronView, words: RunWords, late: tuple[str, ...]
) -> FollowUpFacts:
    """What to bring is by the patron's class: it is what the counter asks for."""
    needs_proof = patron.residency in NEEDS_PROOF
    by_itself = (words.by_itself,) if words.by_itself else ()
    return FollowUpFacts(head, words.why, needs_proof, (*late, *by_itself))


def _late(patron: PatronView) -> tuple[str, ...]:
    """The next step of a patron who has something for too long; else nothing."""
    if not patron.overdue_count:
        return ()
    late = ngettext(
        "%d item is late. Please bring it back.",
        "%d items are late. Please bring them back.",
        patron.overdue_count,
    )
    return (late % patron.overdue_count,)


def _list_of_links(job: PrintJob, within_days: int, place: Place, now: datetime) -> SlipFacts:
    here = now.astimezone(TOKYO)
    links = links_to_renew(here.date(), within_days)
    return LinksFacts(
        library=place.library,
        branch=place.branch,
        counter=place.counter,
        operator=place.operator,
        printed_at=here,
        job_number=job.id,
        reprint_no=job.reprint_no,
        within_days=within_days,
        links=tuple(
            LinkLine(link.library_card_number, link.certificate_ends_on, link.old_scheme)
            for link in links
        ),
    )


def _handover(job: PrintJob, place: Place, now: datetime) -> SlipFacts:
    on = (job.reprint_of or job).created_at.astimezone(TOKYO).date()
    return HandoverFacts(
        library=place.library,
        operator=place.operator,
        printed_at=now.astimezone(TOKYO),
        job_number=job.id,
        reprint_no=job.reprint_no,
        figures=figures_of(on, job.counter_id, whole_branch=job.kind == HANDOVER),
    )


def forget_old_patrons(now: datetime) -> None:
    """Let slips older than a day forget whose they were. Inside a transaction only."""
    PrintJob.update(patron=None).where(
        PrintJob.created_at < now - REPRINTABLE_FOR, PrintJob.patron.is_null(False)
    ).execute()


def find_cut_off(counter_id: int, now: datetime) -> None:
    """Mark as unknown what a crash left `sending`. Inside a transaction only.

    Another terminal of the same counter may be sending right now; that is why age decides.
    """
    PrintJob.update(state=SlipState.UNKNOWN.value, changed_at=now).where(
        PrintJob.counter == counter_id,
        PrintJob.state == SlipState.SENDING.value,
        PrintJob.changed_at < now - SENDING_AT_MOST,
    ).execute()


def give_up_old(counter_id: int, now: datetime) -> None:
    """Expire what has waited too long, or has no patron. Inside a transaction only."""
    nobodys = PrintJob.patron.is_null() & PrintJob.kind.not_in(FOR_STAFF)
    # The day's figures are for whoever comes next, perhaps in the morning.
    is_handover = PrintJob.kind.in_((HANDOVER, COUNTER_HANDOVER))
    gone = (
        ((PrintJob.created_at < now - EXPIRES_AFTER) & ~is_handover)
        | (PrintJob.created_at < now - REPRINTABLE_FOR)
        | nobodys
    )
    PrintJob.update(state=SlipState.EXPIRED.value, changed_at=now).where(
        PrintJob.counter == counter_id, PrintJob.state.in_(WAITING), gone
    ).execute()


def forget_slips(kind: str, patron_id: int, since: datetime, now: datetime) -> None:
    """Let a patron's slips of this kind be printed no more: what they tell was taken back.

    Inside a transaction only.
    """
    taken_back = (
        (PrintJob.kind == kind) & (PrintJob.patron == patron_id) & (PrintJob.created_at >= since)
    )
    PrintJob.update(state=SlipState.EXPIRED.value, changed_at=now).where(
        taken_back, PrintJob.state.in_(WAITING)
    ).execute()
    PrintJob.update(patron=None).where(
        taken_back, PrintJob.state != SlipState.SENDING.value
    ).execute()


def was_copied() -> Function:
    """The condition that a later slip says the same, so that this one is nobody's concern."""
    later = PrintJob.alias()
    return fn.EXISTS(
        later.select(SQL("1")).where(
            fn.COALESCE(later.reprint_of, later.id)
            == fn.COALESCE(PrintJob.reprint_of, PrintJob.id),
            later.id > PrintJob.id,
        )
    )


def count_slips(counter_id: int, now: datetime) -> SlipsChanged:
    """What of the last day is not, or perhaps not, on paper. Inside a transaction only."""
    lately = PrintJob.select().where(
        PrintJob.counter == counter_id,
        PrintJob.created_at >= now - REPRINTABLE_FOR,
        ~was_copied(),
    )
    unprinted = lately.where(PrintJob.state.in_([*WAITING, SlipState.EXPIRED.value]))
    uncertain = lately.where(PrintJob.state == SlipState.UNKNOWN.value)
    return SlipsChanged(unprinted.count(), uncertain.count())
