"""Setting a rule aside: the way on from a refusal, for whoever may go it, and for what reason."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from counter_tui.desk.overrides import OverrideReason
from counter_tui.errors import OverrideRefused
from counter_tui.explanations import override_reason_word, override_rule_word
from counter_tui.language import _, pgettext
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.interruption import Interruption
from counter_tui.screens.job import Expectation
from counter_tui.screens.look import Role
from counter_tui.screens.sheet import Page

if TYPE_CHECKING:
    from counter_tui.library_rules import OverrideRule
    from counter_tui.screens.counter_screen import CounterScreen
    from counter_tui.screens.happenings import Reaction

Given = Callable[[OverrideReason], Awaitable[None]]
"""Goes on with what was refused, for this reason."""

REASONS: Final = {str(number): reason for number, reason in enumerate(OverrideReason, 1)}
"""By the number that is typed. No words: the audit trail keeps none about people."""


def offer_override(
    counter: CounterScreen, stopped: Interruption, rule: OverrideRule, given: Given
) -> Interruption:
    """The same stop with ^A beside it: who may, is asked for a reason; who may not, is told so."""

    async def ask() -> None:
        lending = counter.desk.lending
        if not lending.may_set_aside(rule):
            raise OverrideRefused(rule.value, counter.desk.place.operator)
        counter.interrupt(_reason_asked(rule, given), first=True)

    stopped.on_supervisor = ask
    stopped.keys = [*stopped.keys, KeyHint("^A", _("Set aside (permission)"))]
    return stopped


def _reason_asked(rule: OverrideRule, given: Given) -> Interruption:
    rows = [
        (_("What is set aside"), override_rule_word(rule)),
        ("", ""),
        *(
            (_("Why") if number == "1" else "", f"{number}  {override_reason_word(reason)}")
            for number, reason in REASONS.items()
        ),
        ("", ""),
        ("", _("It holds until this person is closed. Who and why is kept on record.")),
    ]
    head = _("Set this rule aside for this person?")
    choices: dict[str, Reaction] = {
        number: partial(given, reason) for number, reason in REASONS.items()
    }
    hint = _("1 to {n}, then Enter").format(n=len(REASONS))
    return Interruption(
        Page(pgettext("banner", "OVERRIDE"), Role.WARN_FILL, head, rows),
        [KeyHint(f"1-{len(REASONS)} Enter", _("Reason")), KeyHint("Esc", _("Leave it so"))],
        choices=choices,
        expects=Expectation(pgettext("scan", "Reason"), hint, role=Role.WARN_FILL),
    )
