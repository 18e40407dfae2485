"""Why a patron cannot do something, put so that staff can say it to the patron's face."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from counter_tui.desk.auto_renewal import NotRenewed
from counter_tui.desk.blocks import Block, BlockRule, Lifter
from counter_tui.desk.overrides import OverrideReason
from counter_tui.desk.patron_file import LinkState
from counter_tui.desk.renewal_proofs import Proof, ProofDate
from counter_tui.errors import UnlinkReason
from counter_tui.language import _, full_day, ngettext, pgettext
from counter_tui.library_rules import OverrideRule


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


def explain(block: Block, elsewhere: str = "") -> Explanation:
    """Put a block into words.

    Args:
        elsewhere: where library cards are renewed, when not here.
    """
    return Explanation(
        _rule(block.rule),
        _("since {date}").format(date=full_day(block.since)),
        _lifted_by(block.lifter),
        _for_patron(block, elsewhere),
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


def override_rule_word(rule: OverrideRule) -> str:
    """What is set aside, in a few words."""
    return {
        OverrideRule.LAPSED: _("Validity ended"),
        OverrideRule.CARD_LOST: _("Library card reported lost"),
        OverrideRule.OVERDUE: _("Items overdue"),
        OverrideRule.LOAN_LIMIT: _("Limit of loans reached"),
        OverrideRule.MANUAL: _("Lending stopped by staff"),
        OverrideRule.NOT_FOR_LOAN: _("Item not for loan"),
        OverrideRule.RESERVED: _("Reserved for somebody else"),
        OverrideRule.EXTENSION: _("Not to be extended"),
    }[rule]


def proof_word(proof: Proof) -> str:
    """On what a validity was renewed, in a word or two."""
    return {
        Proof.ADDRESS: pgettext("proof", "address"),
        Proof.MYNUMBER_CARD: pgettext("proof", "My Number card"),
        Proof.EMPLOYEE_CARD: pgettext("proof", "employee card"),
        Proof.EMPLOYMENT_CERTIFICATE: pgettext("proof", "employment letter"),
        Proof.STUDENT_CARD: pgettext("proof", "student card"),
        Proof.ENROLMENT_CERTIFICATE: pgettext("proof", "school letter"),
        Proof.OTHER: pgettext("proof", "other"),
    }[proof]


def dated_proof(proof: Proof, dated: date | None) -> str:
    """The same, with the date that stands on it."""
    word = proof_word(proof)
    if dated is None:
        return word
    said = (
        pgettext("proof", "{proof} of {date}")
        if proof.dated is ProofDate.ISSUED
        else pgettext("proof", "{proof}, valid to {date}")
    )
    return said.format(proof=word, date=full_day(dated, weekday=False))


def override_reason_word(reason: OverrideReason) -> str:
    """Why it is set aside, in a few words."""
    return {
        OverrideReason.RETURNS_TODAY: _("Comes back today"),
        OverrideReason.NEEDED: _("Needed urgently"),
        OverrideReason.LIBRARY_MISTAKE: _("The library's mistake"),
        OverrideReason.DECIDED: _("Decided by the person in charge"),
    }[reason]


def _rule(rule: BlockRule) -> str:
    return {
        BlockRule.LAPSED: _("Validity ended"),
        BlockRule.CARD_LOST: _("Library card reported lost"),
        BlockRule.MANUAL: _("Lending stopped by staff"),
        BlockRule.LOAN_LIMIT: _("Limit of loans reached"),
        BlockRule.OVERDUE: _("Items overdue"),
        BlockRule.CERTIFICATE_ENDED: _("Card's certificate ended"),
    }[rule]


def _lifted_by(lifter: Lifter) -> str:
    return {
        Lifter.STAFF_RENEW_VALIDITY: _("Counter staff, who renew the validity"),
        Lifter.PATRON_RETURNS: _("The patron, by returning items"),
        Lifter.STAFF_REPLACE_CARD: _("Counter staff, once the person has proved who it is"),
        Lifter.STAFF_UNBLOCK: _("Counter staff, when the reason is settled"),
        Lifter.OFFICE_RENEWS_CERTIFICATE: _(
            "The municipal office renews the certificate; then the card is enrolled anew here"
        ),
    }[lifter]


def _for_patron(block: Block, elsewhere: str) -> str:
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
    if block.rule is BlockRule.CARD_LOST:
        return _("This library card was reported lost. Please show us who you are.")
    if block.rule is BlockRule.MANUAL:
        return _("There is something to settle before you borrow. Please ask at the counter.")
    if block.rule is BlockRule.LAPSED and elsewhere:
        where = _("Your library card's validity has ended. You can renew it at {where}.")
        return where.format(where=elsewhere)
    if block.rule is BlockRule.LAPSED:
        return _(
            "Your library card's validity has ended. We can renew it here when your address is"
            " confirmed."
        )
    return _("The certificate in your My Number card has ended. Your library card works as before.")


def not_renewed_word(reason: NotRenewed) -> str:
    """Why the monthly run did not renew a library card, in a few words."""
    return {
        NotRenewed.NOT_LINKED: pgettext("not renewed", "not linked any more"),
        NotRenewed.NEEDS_PROOF: pgettext("not renewed", "works or studies here"),
        NotRenewed.LAPSED: pgettext("not renewed", "library card lapsed"),
        NotRenewed.NO_CERTIFICATE: pgettext("not renewed", "no signature certificate"),
        NotRenewed.REVOKED: pgettext("not renewed", "certificate revoked"),
        NotRenewed.ON_HOLD: pgettext("not renewed", "certificate suspended"),
        NotRenewed.CERTIFICATE_EXPIRED: pgettext("not renewed", "certificate ended"),
        NotRenewed.VALID_LONGER: pgettext("not renewed", "valid longer already"),
        NotRenewed.UNKNOWN: pgettext("not renewed", "state unknown"),
        NotRenewed.UNREACHABLE: pgettext("not renewed", "platform unreachable"),
        NotRenewed.STALE: pgettext("not renewed", "answer too old"),
    }[reason]
