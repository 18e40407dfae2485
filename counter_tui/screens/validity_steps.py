"""The steps of a counter renewal: what each asks for, what may be chosen, and the keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Final

from counter_tui.desk.renewal_proofs import Proof, ProofDate
from counter_tui.errors import UndoReason
from counter_tui.language import _, pgettext
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.job import Expectation
from counter_tui.screens.scan_line import Mode

if TYPE_CHECKING:
    from counter_tui.desk.address_check import CheckedAddress
    from counter_tui.desk.counter_renewal import Offer


class ValidityStep(Enum):
    """Where a counter renewal stands."""

    WHO = "who"
    PROOF = "proof"
    DATE = "date"
    """The date on what was seen."""
    REFUSED = "refused"
    DONE = "done"
    UNDO = "undo"
    UNDONE = "undone"


@dataclass(frozen=True)
class Seen:
    """What staff have seen so far.

    Attributes:
        proof: None: nothing was chosen.
        dated: what stands on it.
        checked: what the patron's card says, of the proof of that name.
        take_over: which of "name" and "address" the record takes from the card.
    """

    proof: Proof | None = None
    dated: date | None = None
    checked: CheckedAddress | None = None
    take_over: frozenset[str] = frozenset()

    @property
    def is_issued(self) -> bool:
        """Whether the date on it is that of its issue; else its last day."""
        return self.proof is not None and self.proof.dated is ProofDate.ISSUED

    @property
    def needs_date(self) -> bool:
        """Whether it does not do without a date."""
        return self.proof is not None and self.proof.needs_date


UNDO_REASONS: Final = {
    "1": UndoReason.WRONG_PATRON,
    "2": UndoReason.MISTAKE,
    "3": UndoReason.WISH,
}


def proof_choices(offer: Offer) -> dict[str, Proof]:
    """By their keys; none where there is nothing to choose."""
    if len(offer.proofs) == 1:
        return {}
    return {str(number): proof for number, proof in enumerate(offer.proofs, 1)}


def asks_for_proof(offer: Offer) -> bool:
    """Whether something has to be shown; else it does that the patron says the address."""
    return Proof.ADDRESS not in offer.proofs


def proof_date_label(seen: Seen) -> str:
    """What the scan line asks for: the date on what was seen."""
    return pgettext("scan", "Issued on") if seen.is_issued else pgettext("scan", "Valid to")


def proof_date_hint(seen: Seen) -> str:
    """How that date is written, and whether it may be left out."""
    if seen.needs_date:
        return _("As on the letter: 2026/11/1 or R8.11.1")
    if seen.is_issued:
        return _("As on it: 2026/11/1 or R8.11.1. None: Enter")
    return _("As on the card: 2027/3/31 or R9.3.31. None: Enter")


@dataclass(frozen=True)
class Standing:
    """Where a renewal stands, as far as its prompts depend on it.

    Attributes:
        offer: what it would do; None: nobody is chosen, or it is refused.
        waits_below: another job waits, and goes on afterwards.
        may_undo: a renewal of today can be taken back by whoever works here.
    """

    step: ValidityStep
    seen: Seen
    offer: Offer | None
    waits_below: bool
    may_undo: bool

    @property
    def asks_for_proof(self) -> bool:
        """Whether something has to be shown."""
        return self.offer is not None and asks_for_proof(self.offer)

    @property
    def asks_the_card(self) -> bool:
        """Whether the card is to give the address, and has not yet."""
        return self.seen.proof is Proof.MYNUMBER_CARD and self.seen.checked is None


def choices_of(standing: Standing) -> Mapping[str, object]:
    """What a digit chooses now."""
    if standing.step is ValidityStep.UNDO:
        return UNDO_REASONS
    if standing.step is ValidityStep.PROOF and standing.offer is not None:
        return proof_choices(standing.offer)
    return {}


def expectation_of(standing: Standing) -> Expectation:
    """What the scan line asks for."""
    keys = frozenset(choices_of(standing))
    match standing.step:
        case ValidityStep.WHO:
            hint = _("Number, name, kana, telephone or birth date")
            return Expectation(pgettext("scan", "Search"), hint, Mode.TEXT)
        case ValidityStep.PROOF if standing.asks_for_proof:
            hint = _("1 to {n}, then Enter").format(n=len(keys))
            return Expectation(pgettext("scan", "Proof"), hint, keys=keys)
        case ValidityStep.PROOF if standing.asks_the_card:
            hint = _("Enter: the card is asked, with its PIN")
            return Expectation(pgettext("scan", "Address"), hint, keys=keys)
        case ValidityStep.PROOF:
            hint = _("Enter: the address is right. Renews, prints the slip")
            return Expectation(pgettext("scan", "Address"), hint, keys=keys)
        case ValidityStep.DATE:
            label, hint = proof_date_label(standing.seen), proof_date_hint(standing.seen)
            return Expectation(label, hint, Mode.TEXT)
        case ValidityStep.UNDO:
            hint = _("1 to 3, then Enter takes it back")
            return Expectation(pgettext("scan", "Reason"), hint, keys=keys)
        case ValidityStep.REFUSED:
            another = _("Another library card, or Enter")
            hint = _("Enter goes back") if standing.waits_below else another
            return Expectation(pgettext("scan", "Next"), hint)
        case ValidityStep.DONE | ValidityStep.UNDONE:
            hint = _("Card, library card, item or command")
            return Expectation(pgettext("scan", "Next"), hint)


def keys_of(standing: Standing) -> Sequence[KeyHint]:
    """The keys that work, the next step first."""
    leave = KeyHint("Esc", _("Leave, no change"))
    help_ = KeyHint("F1^G", _("Help"))
    undo = [KeyHint("^A", _("Take back"))] if standing.may_undo else []
    match standing.step:
        case ValidityStep.WHO:
            search = KeyHint("F4^F", pgettext("key", "Search"))
            return [search, KeyHint("F7^Y", _("Monthly run")), leave, help_]
        case ValidityStep.PROOF:
            choices = len(choices_of(standing))
            what = _("Proof") if standing.asks_for_proof else _("How")
            number = [KeyHint(f"1-{choices}", what)] if choices else []
            return [KeyHint("Enter", _after_proof(standing)), *number, *undo, leave, help_]
        case ValidityStep.DATE:
            return [KeyHint("Enter", _("Renew")), KeyHint("Esc", _("Choose again")), help_]
        case ValidityStep.REFUSED:
            back = _("Back") if standing.waits_below else _("Another patron")
            return [KeyHint("Enter", back), *undo, leave, help_]
        case ValidityStep.UNDO:
            return [KeyHint("1-3", _("Reason")), KeyHint("Enter", _("Take back")), leave, help_]
        case ValidityStep.DONE:
            lend = KeyHint("Enter", _("Lend"))
            reprint = KeyHint("F9^D", _("Print again"))
            home = KeyHint("Esc", _("Next patron"))
            return [lend, reprint, *undo, home, help_]
        case ValidityStep.UNDONE:
            return [KeyHint("Enter", _("Next patron")), help_]


def _after_proof(standing: Standing) -> str:
    """What Enter does when it is chosen what was seen."""
    if standing.asks_for_proof:
        return _("Next")
    return _("Ask the card") if standing.asks_the_card else _("Renew")
