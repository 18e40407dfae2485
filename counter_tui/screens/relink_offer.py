"""A patron who has a linked card already: shall a new one take its place?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from counter_tui.errors import UnlinkReason
from counter_tui.language import _, full_day, language, pgettext
from counter_tui.screens.line import BLANK, Line, Span, seal
from counter_tui.screens.look import Role
from counter_tui.wording import unlink_reason_name

REASONS: Final = (
    UnlinkReason.REISSUED,
    UnlinkReason.LOST,
    UnlinkReason.STOLEN,
    UnlinkReason.ERROR,
)
"""Why a new card takes the place of the linked one, the commonest first. Whoever only wishes to
end the link does that at the loss desk."""

SHORTEST_CARD_NUMBER: Final = 4
"""Characters (`desk.patron_fields`). What is shorter was meant as a reason, not as a card."""


@dataclass(frozen=True)
class RelinkOffer:
    """What staff decide before the enrolment of the new card.

    Attributes:
        linked_on: since when the patron's present card is linked.
        reason: why it will be linked no more.
    """

    linked_on: date
    reason: UnlinkReason = REASONS[0]

    def with_next_reason(self) -> RelinkOffer:
        """The same with the reason that stands below; after the last comes the first."""
        return replace(self, reason=REASONS[(REASONS.index(self.reason) + 1) % len(REASONS)])

    def with_reason(self, typed: str) -> RelinkOffer | None:
        """The same with the reason of this number; None: it is no such number."""
        numbers = {str(number): reason for number, reason in enumerate(REASONS, 1)}
        return replace(self, reason=numbers[typed]) if typed in numbers else None

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
        for number, reason in enumerate(REASONS, 1):
            is_chosen = reason is self.reason
            text = f" {number}  {unlink_reason_name(reason)} "
            role = Role.ACCENT_FILL if is_chosen else Role.INK
            lines.append(Line([Span("      "), Span(text, role, bold=is_chosen)]))
        lines += [
            BLANK,
            Line([Span(_("The old card works until the new one is linked."), Role.SOFT)]),
            Line([Span(_("Loans and library card stay as they are."), Role.SOFT)]),
        ]
        return lines
