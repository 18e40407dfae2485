"""The PIN references of a card: asking for the tries left, and the one VERIFY that is sent."""

from __future__ import annotations

from typing import Final

from counter_tui.errors import (
    CardGone,
    CardUnreadable,
    LastTryNotAgreed,
    PinBlocked,
    PinFormat,
    PinKind,
    PinOutcomeUnknown,
    ReaderLost,
)
from counter_tui.hardware import apdu
from counter_tui.secret import Pin, wipe

PIN_TRIES: Final = 3
"""Wrong PINs that a fresh reference of either kind forgives (docs/card.md §4)."""


def check_format(*pins: Pin) -> None:
    """Refuse what a card would count as a wrong PIN by its mere form.

    Raises:
        PinFormat: one of them is not four ASCII digits.
    """
    if not all(pin.is_well_formed for pin in pins):
        raise PinFormat


class PinReference:
    """One PIN reference of the application that is selected."""

    def __init__(self, channel: apdu.CardChannel, kind: PinKind, file_id: int) -> None:
        """Nothing is sent.

        Args:
            file_id: of the reference, e.g. 0x0018.
        """
        self._channel = channel
        self._kind = kind
        self._file_id = file_id

    def tries_left(self) -> int:
        """How many wrong PINs this reference still forgives; asking costs none.

        Sends SELECT and VERIFY without data. 0 means blocked.

        Raises:
            CardUnreadable: the card has no such reference.
            CardGone, ReaderLost
        """
        self._channel.expect(apdu.select_file(self._file_id))
        status = self._channel.send(apdu.query_tries()).status
        left = apdu.tries_left(status, PIN_TRIES)
        if left is None:
            raise CardUnreadable("QUERY TRIES", status)
        return left

    def verify(self, pin: Pin, *, last_try_agreed: bool) -> None:
        """Present a PIN; a wrong one spends a try. Sent once and never again.

        Asks for the tries left first, which also selects the reference.

        Args:
            pin: stays the caller's to wipe; the command made of it is wiped here.
            last_try_agreed: the patron agrees that a mistake locks the card.

        Raises:
            PinFormat: nothing was sent.
            PinBlocked: no try was left; no PIN was sent.
            LastTryNotAgreed: one try is left; no PIN was sent.
            WrongPin: a try is gone.
            PinOutcomeUnknown: the card or the reader left before the answer.
            CardUnreadable, CardGone, ReaderLost
        """
        check_format(pin)
        left = self.tries_left()
        if left == 0:
            raise PinBlocked(self._kind)
        if left == 1 and not last_try_agreed:
            raise LastTryNotAgreed(self._kind)
        command = apdu.verify(pin.reveal())
        try:
            status = self._channel.send_once(command).status
        except (CardGone, ReaderLost, CardUnreadable) as error:
            raise PinOutcomeUnknown(self._kind) from error
        finally:
            wipe(command)
        trouble = apdu.verify_error(self._kind, status, PIN_TRIES)
        if trouble is not None:
            raise trouble
