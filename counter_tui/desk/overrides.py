"""Setting a rule aside for one patron: who may, why, and which refusals can be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from counter_tui import errors
from counter_tui.desk.audit import Action, record
from counter_tui.desk.place import PlaceRecord
from counter_tui.errors import CounterError, OverrideRefused
from counter_tui.library_rules import OverrideRule, Permissions


class OverrideReason(Enum):
    """Why a rule is set aside. Kept in the audit trail, which holds no words about people."""

    RETURNS_TODAY = "returns_today"
    """What stands in the way comes back today."""
    NEEDED = "needed"
    """For school, work, an illness."""
    LIBRARY_MISTAKE = "library_mistake"
    """The rule would punish what was the library's mistake."""
    DECIDED = "decided"
    """The person in charge has decided so."""


@dataclass(frozen=True)
class Override:
    """What staff have set aside for a patron. It lives as long as the patron is open at a screen.

    It holds for this patron only: with another's loan it counts for nothing.

    Attributes:
        reasons: each rule once, with why.
    """

    patron_id: int
    reasons: tuple[tuple[OverrideRule, OverrideReason], ...] = ()

    def setting_aside(self, rule: OverrideRule, reason: OverrideReason) -> Override:
        """The same with one more rule."""
        others = tuple(each for each in self.reasons if each[0] is not rule)
        return Override(self.patron_id, (*others, (rule, reason)))

    def reason_for(self, rule: OverrideRule) -> OverrideReason | None:
        """Why this rule is set aside; None: it stands."""
        return next((reason for each, reason in self.reasons if each is rule), None)


_RULES: Final[dict[type[CounterError], OverrideRule]] = {
    errors.PatronLapsed: OverrideRule.LAPSED,
    errors.LibraryCardLost: OverrideRule.CARD_LOST,
    errors.PatronBlocked: OverrideRule.MANUAL,
    errors.ItemsOverdue: OverrideRule.OVERDUE,
    errors.LoanLimitReached: OverrideRule.LOAN_LIMIT,
    errors.ItemNotForLoan: OverrideRule.NOT_FOR_LOAN,
    errors.ItemReserved: OverrideRule.RESERVED,
}

_EXTENSION: Final = (
    errors.ExtensionRefusal.ALREADY_EXTENDED,
    errors.ExtensionRefusal.OVERDUE,
    errors.ExtensionRefusal.RESERVED,
)
"""The others say that there are no days to give."""


def rule_of(error: CounterError) -> OverrideRule | None:
    """Which rule a refusal came from; None: nobody can set it aside."""
    if isinstance(error, errors.ExtensionRefused):
        return OverrideRule.EXTENSION if error.why in _EXTENSION else None
    return _RULES.get(type(error))


class Overriding:
    """One act under an override: collects what it had to set aside, and accounts for it."""

    def __init__(
        self,
        place: PlaceRecord,
        permissions: Permissions,
        supervisors: frozenset[str],
        patron_id: int,
        override: Override | None,
    ) -> None:
        self._place = place
        self._permissions = permissions
        self._supervisors = supervisors
        self._patron_id = patron_id
        is_theirs = override is not None and override.patron_id == patron_id
        self._override = override if is_theirs else None
        self._used: dict[OverrideRule, OverrideReason] = {}

    def stop(self, error: CounterError) -> None:
        """Refuse with this error, unless its rule is set aside.

        Raises:
            OverrideRefused: it is, by somebody who may not.
            CounterError: `error` itself.
        """
        rule = rule_of(error)
        if rule is None or self._override is None:
            raise error
        reason = self._override.reason_for(rule)
        if reason is None:
            raise error
        operator = self._place.place.operator
        if not self._permissions.allow(rule, operator, self._supervisors):
            raise OverrideRefused(rule.value, operator) from error
        self._used[rule] = reason

    def account(self, now: datetime) -> tuple[OverrideRule, ...]:
        """Add an event for each rule that was set aside: the end of the transaction."""
        for rule, reason in self._used.items():
            record(
                self._place, now, Action.OVERRIDE, self._patron_id, f"{rule.value}:{reason.value}"
            )
        return tuple(self._used)
