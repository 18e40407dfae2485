"""Why a patron cannot do something, put so that staff can say it to the patron's face."""

from __future__ import annotations

from dataclasses import dataclass

from counter_tui.desk.patron_file import Block, BlockRule, Lifter, LinkState
from counter_tui.errors import UnlinkReason
from counter_tui.language import _, full_day, ngettext


@dataclass(frozen=True)
class Explanation:
    """A block in words.

    Attributes:
        rule: its name, a few words.
        since: from which day on it stands.
        lifted_by: who may lift it, and how.
        for_patron: a sentence to be said or shown to the patron.
    """

    rule: str
    since: str
    lifted_by: str
    for_patron: str


def explain(block: Block) -> Explanation:
    """Put a block into words."""
    return Explanation(
        _rule(block.rule),
        _("since {date}").format(date=full_day(block.since)),
        _lifted_by(block.lifter),
        _for_patron(block),
    )


def link_state_word(state: LinkState) -> str:
    """The state of a link, in a word or two."""
    return {
        LinkState.NEVER: _("not linked"),
        LinkState.LINKED: _("linked"),
        LinkState.CERTIFICATE_ENDING: _("linked, certificate ends soon"),
        LinkState.CERTIFICATE_ENDED: _("linked, certificate ended"),
        LinkState.ENDED: _("link ended"),
    }[state]


def unlink_reason_word(reason: UnlinkReason) -> str:
    """Why a link was ended, in a word or two."""
    return {
        UnlinkReason.LOST: _("card lost"),
        UnlinkReason.STOLEN: _("card stolen"),
        UnlinkReason.REISSUED: _("card reissued"),
        UnlinkReason.WISH: _("on the patron's wish"),
        UnlinkReason.ERROR: _("a mistake of the library's"),
        UnlinkReason.LAPSED: _("record deleted"),
    }[reason]


def _rule(rule: BlockRule) -> str:
    return {
        BlockRule.LAPSED: _("Validity ended"),
        BlockRule.LOAN_LIMIT: _("Limit of loans reached"),
        BlockRule.OVERDUE: _("Items overdue"),
        BlockRule.CERTIFICATE_ENDED: _("Card's certificate ended"),
    }[rule]


def _lifted_by(lifter: Lifter) -> str:
    return {
        Lifter.STAFF_RENEW_VALIDITY: _("Counter staff, who renew the validity"),
        Lifter.PATRON_RETURNS: _("The patron, by returning items"),
        Lifter.OFFICE_RENEWS_CERTIFICATE: _(
            "The municipal office renews the certificate; then the card is enrolled anew here"
        ),
    }[lifter]


def _for_patron(block: Block) -> str:
    if block.rule is BlockRule.LOAN_LIMIT:
        return ngettext(
            "You have {n} item, which is the limit. Return one, and you can borrow again.",
            "You have {n} items, which is the limit. Return one, and you can borrow again.",
            block.amount,
        ).format(n=block.amount)
    if block.rule is BlockRule.OVERDUE:
        return ngettext(
            "{n} item is past its due date. Please bring it back soon; others wait for it.",
            "{n} items are past their due date. Please bring them back soon; others wait for them.",
            block.amount,
        ).format(n=block.amount)
    if block.rule is BlockRule.LAPSED:
        return _(
            "Your library card's validity has ended. We can renew it here when your address is"
            " confirmed."
        )
    return _("The certificate in your My Number card has ended. Your library card works as before.")
