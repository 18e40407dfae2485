"""A patron who has a linked card already: shall a new one take its place?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from counter_tui.errors import UnlinkReason
from counter_tui.language import _, full_day, language, pgettext
from counter_tui.screens.line import BLANK, Line, Span, seal
from counter_tui.screens.look import Role
from counter_tui.screens.loss_lines import reason_choice
from counter_tui.screens.loss_steps import REASONS as LOSS_REASONS

REASONS: Final[Mapping[str, UnlinkReason]] = {
    key: reason for key, reason in LOSS_REASONS.items() if reason is not UnlinkReason.WISH
}
"""Why a new card takes the place of the linked one, by the loss desk's keys. Whoever only wishes
to end the link does that there."""

SHORTEST_CARD_NUMBER: Final = 4
"""Characters (`desk.patron_fields`). What is shorter was meant as a reason, not as a card."""


@dataclass(frozen=True)
class RelinkOffer:
    """What staff decide before the enrolment of the new card.

    Attributes:
        linked_on: since when the patron's present card is linked.
        reason: why it will be linked no more; the commonest, until staff choose another.
    """

    linked_on: date
    reason: UnlinkReason = UnlinkReason.REISSUED

    def with_next_reason(self) -> RelinkOffer:
        """The same with the reason that stands below; after the last comes the first."""
        reasons = list(REASONS.values())
        return replace(self, reason=reasons[(reasons.index(self.reason) + 1) % len(reasons)])

    def with_reason(self, typed: str) -> RelinkOffer | None:
        """The same with the reason of this number; None: it is no such number."""
        return replace(self, reason=REASONS[typed]) if typed in REASONS else None

    def lines(self) -> list[Line]:
        """The question, the reasons, and what stands meanwhile."""
        mark = seal("??" if language() == "en" else "問", Role.ACCENT_FILL)
        since = _("This patron has a linked card since {date}.").format(
            date=full_day(self.linked_on, weekday=False)
        )
        lines = [
            Line([Span(pgettext("relink", "Another card"), bold=True)]),
            BLANK,
            Line([Span(since)]),
            BLANK,
            Line([mark, Span("  " + _("Shall a new card take its place?"), bold=True)]),
            BLANK,
        ]
        for key, reason in REASONS.items():
            is_chosen = reason is self.reason
            text = f" {key}  {reason_choice(reason)} "
            role = Role.ACCENT_FILL if is_chosen else Role.INK
            lines.append(Line([Span("      "), Span(text, role, bold=is_chosen)]))
        lines += [
            BLANK,
            Line([Span(_("The old card works until the new one is linked."), Role.SOFT)]),
            Line([Span(_("Loans and library card stay as they are."), Role.SOFT)]),
        ]
        return lines
