"""Which rules stand against a patron, with the facts that staff need to say so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum

from counter_tui.clock import TOKYO
from counter_tui.desk.loan_rules import LoanRules
from counter_tui.desk.patrons import PatronView
from counter_tui.models.tables import PatronBlock

_DAY = timedelta(days=1)


class BlockRule(Enum):
    """Which rule stands against what a patron wants.

    All but the last can be set aside, under the same word (`library_rules.OverrideRule`).
    """

    LAPSED = "lapsed"
    CARD_LOST = "card_lost"
    MANUAL = "manual"
    """Staff stopped lending, and wrote why."""
    OVERDUE = "overdue"
    LOAN_LIMIT = "loan_limit"
    CERTIFICATE_ENDED = "certificate_ended"


class Stops(Enum):
    """What a block stops."""

    LENDING = "lending"
    MY_NUMBER_CARD = "my_number_card"
    """Lending by this card; the library card goes on."""
    NOTHING = "nothing"
    """It is to be said, and lending goes on."""


class Lifter(Enum):
    """Who may lift a block, and by what."""

    STAFF_RENEW_VALIDITY = "staff_renew_validity"
    PATRON_RETURNS = "patron_returns"
    STAFF_REPLACE_CARD = "staff_replace_card"
    """Once the person is known to be the patron."""
    STAFF_UNBLOCK = "staff_unblock"
    OFFICE_RENEWS_CERTIFICATE = "office_renews_certificate"
    """The municipal office; the card is enrolled anew afterwards."""


@dataclass(frozen=True)
class Block:
    """A rule that stands against what a patron wants; `explanations.explain` puts it into words.

    Attributes:
        since: the first day in Asia/Tokyo on which it stood.
        amount: items that are overdue, or the limit of loans; else 0.
        note: why staff stopped lending, in their words; else empty. Not for the patron's eyes.
    """

    rule: BlockRule
    since: date
    stops: Stops
    lifter: Lifter
    amount: int = 0
    note: str = field(default="", repr=False)


def blocks_of(
    patron: PatronView,
    lent_on: Sequence[date],
    certificate_ends_on: date | None,
    rules: LoanRules,
    on: date,
) -> tuple[Block, ...]:
    """All that stands against what a patron wants, those that stop lending first.

    Inside a transaction only.

    Args:
        lent_on: when the items in hand were lent.
        certificate_ends_on: the last day of the live link's certificate, or None.
    """
    found = [*lending_blocks(patron, lent_on, rules, on)]
    if certificate_ends_on is not None and certificate_ends_on < on:
        found.append(
            Block(
                BlockRule.CERTIFICATE_ENDED,
                certificate_ends_on + _DAY,
                Stops.MY_NUMBER_CARD,
                Lifter.OFFICE_RENEWS_CERTIFICATE,
            )
        )
    if not any(block.rule is BlockRule.OVERDUE for block in found):
        found += _overdue(patron, Stops.NOTHING)
    return tuple(found)


def lending_blocks(
    patron: PatronView, lent_on: Sequence[date], rules: LoanRules, on: date
) -> Iterator[Block]:
    """Those that stop lending, the gravest first. Inside a transaction only."""
    stops = Stops.LENDING
    if patron.expires_on < on:
        since = patron.expires_on + _DAY
        yield Block(BlockRule.LAPSED, since, stops, Lifter.STAFF_RENEW_VALIDITY)
    if patron.is_blocked:
        yield from _by_staff(patron.id)
    days = rules.overdue_blocks_after_days
    oldest = patron.oldest_overdue_due_on
    if days and oldest is not None and (on - oldest).days >= days:
        yield from _overdue(patron, stops)
    limit = rules.limit_for(patron.residency)
    if patron.loans_count >= limit:
        # The loan with which the limit was reached; later ones there are when it was lowered.
        dates = sorted(lent_on)
        since = dates[limit - 1] if 0 < limit <= len(dates) else on
        yield Block(BlockRule.LOAN_LIMIT, since, stops, Lifter.PATRON_RETURNS, limit)


def _overdue(patron: PatronView, stops: Stops) -> Iterator[Block]:
    if patron.oldest_overdue_due_on is not None:
        since = patron.oldest_overdue_due_on + _DAY
        yield Block(BlockRule.OVERDUE, since, stops, Lifter.PATRON_RETURNS, patron.overdue_count)


def _by_staff(patron_id: int) -> Iterator[Block]:
    lifters = {
        BlockRule.CARD_LOST: Lifter.STAFF_REPLACE_CARD,
        BlockRule.MANUAL: Lifter.STAFF_UNBLOCK,
    }
    kinds = PatronBlock.select().where(PatronBlock.patron == patron_id).order_by(PatronBlock.kind)
    for row in kinds:
        rule = BlockRule(row.kind)
        since = row.blocked_at.astimezone(TOKYO).date()
        yield Block(rule, since, Stops.LENDING, lifters[rule], note=row.note)
