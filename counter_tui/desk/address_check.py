"""At a renewal: name and address as a patron's own linked card gives them, beside the record."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from counter_tui.desk.card_lane import CardLane
from counter_tui.desk.comparison import Agreement, Comparison, compare_dates, compared
from counter_tui.desk.recognition import CardBoundProof, LiveLink, Recognition
from counter_tui.errors import (
    CardLinkedToAnother,
    CardProofMissing,
    LastTryNotAgreed,
    PinBlocked,
    PinFormat,
    PinKind,
    ProcedureOutOfStep,
    RecordedBirthDateDiffers,
)
from counter_tui.hardware.mynumber_card import SurfaceInfo
from counter_tui.identity.card_proof import touch_challenge
from counter_tui.secret import Pin


@dataclass(frozen=True)
class CheckedAddress:
    """What a patron's own card says, beside the record as it was at that moment; in memory only.

    Attributes:
        user_identifier: of the link of that card.
    """

    patron_id: int
    user_identifier: str = field(repr=False)
    comparison: Comparison
    attributes: SurfaceInfo = field(repr=False)


@dataclass(frozen=True)
class CardSeen:
    """A patron's own card lies on the reader.

    Attributes:
        tries_left: how many wrong PINs the surface information still forgives, at least 1.
        proof: what is known of the card itself.
    """

    tries_left: int
    proof: CardBoundProof


@dataclass
class _Look:
    """A card that was looked at, and may be given one PIN."""

    link: LiveLink
    certificate_head: bytes = field(repr=False)
    may_present: bool = True


class AddressCheck:
    """One check at a time: the card is looked at, then one PIN is presented.

    The card must be the one that is linked to the patron: then it is known whose it is, and it
    proves itself. Nothing is written here.
    """

    def __init__(self, cards: CardLane, recognition: Recognition, *, needs_proof: bool) -> None:
        """Nothing is begun yet.

        Args:
            needs_proof: a card that cannot prove itself is not taken.
        """
        self._cards = cards
        self._recognition = recognition
        self._needs_proof = needs_proof
        self._look: _Look | None = None

    async def look(self, patron_id: int) -> CardSeen:
        """Look whether this patron's linked card lies on the reader. Spends no try.

        Raises:
            CardLinkedToAnother: it is somebody else's.
            CardProofMissing: it cannot prove itself, and has to.
            PinBlocked: its PIN takes no more tries.
            CardChanged, and what `Recognition.recognise` raises
        """
        self._look = None
        found = await self._recognition.recognise()
        if found.link.patron_id != patron_id:
            raise CardLinkedToAnother
        if self._needs_proof and found.proof is CardBoundProof.UNAVAILABLE:
            raise CardProofMissing
        head = found.certificate_head
        tries_left = await self._cards.converse(lambda card: card.surface_info_tries(head))
        if tries_left == 0:
            raise PinBlocked(PinKind.SURFACE_INFO)
        self._look = _Look(found.link, head)
        return CardSeen(tries_left, found.proof)

    async def read(self, surface_info_pin: Pin, *, last_try_agreed: bool) -> CheckedAddress:
        """Present the PIN, read name, address and birth date, and compare them with the record.

        The PIN is wiped whatever happens, and presented once at most: a wrong one spends a try.
        After anything but `PinFormat` and `LastTryNotAgreed` the card has to be looked at again.

        Args:
            last_try_agreed: the patron agrees that the last try is used.

        Raises:
            PinFormat, LastTryNotAgreed, PinBlocked: no PIN was sent.
            CardNotGenuine: the card did not prove itself; no PIN was sent.
            WrongPin, PinOutcomeUnknown
            RecordedBirthDateDiffers: the record has another birth date than the card.
            CardChanged, CardDataMismatch, CardError, and what `Recognition.still_good` raises
            ProcedureOutOfStep: no PIN was sent; no card was looked at since the last one.
        """
        try:
            look = self._look
            if look is None or not look.may_present:
                raise ProcedureOutOfStep
            if not surface_info_pin.is_well_formed:
                raise PinFormat
            look.may_present = False
            challenge = touch_challenge()
            try:
                attributes = await self._cards.converse(
                    lambda card: card.read_surface_info(
                        surface_info_pin,
                        expected_head=look.certificate_head,
                        digest_info=challenge.digest_info,
                        check_proof=partial(look.link.check, challenge),
                        last_try_agreed=last_try_agreed,
                    )
                )
            except LastTryNotAgreed:
                look.may_present = True
                raise
        finally:
            surface_info_pin.wipe()
        # The person took their time over the PIN: ask once more, and take the record as it is now.
        patron = await self._recognition.still_good(look.link)
        if compare_dates(patron.birth_date, attributes.birth_date) is not Agreement.SAME:
            raise RecordedBirthDateDiffers
        comparison = compared(patron, attributes)
        return CheckedAddress(patron.id, look.link.user_identifier, comparison, attributes)

    def leave(self) -> None:
        """Forget a card that was looked at. Idempotent."""
        self._look = None
