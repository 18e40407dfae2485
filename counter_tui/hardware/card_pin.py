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
from counter_tui.secret import Pin, is_pin, wipe

PIN_TRIES: Final = 3
"""Wrong PINs that a fresh reference of either kind forgives (docs/card.md §4)."""

_VERIFY_HEADER_BYTES: Final = 5
"""Of a VERIFY before its digits: class, instruction, two parameters, length."""


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
        self.is_presenting = False
        """A PIN is on its way, and the card has not answered."""

    def tries_left(self) -> int:
        """How many wrong PINs this reference still forgives; asking costs none.

        Sends SELECT and VERIFY without data. 0 means blocked.

        Raises:
            CardUnreadable: the card has no such reference, or gives no clear count.
            CardGone, ReaderLost
        """
        self._channel.expect(apdu.select_file(self._file_id))
        # Not followed when a reader says that more waits: the 9000 at the end of that would be
        # taken for "all tries".
        response = self._channel.send_once(apdu.query_tries().encode())
        left = apdu.tries_left(response.status, PIN_TRIES)
        if left is None or response.data:
            raise CardUnreadable("QUERY TRIES", response.status)
        return left

    def require_try(self, *, last_try_agreed: bool) -> None:
        """Go on only when a PIN may be presented here. Asks for the tries left; spends none.

        Args:
            last_try_agreed: the patron agrees that a mistake locks the card.

        Raises:
            PinBlocked: no try is left.
            LastTryNotAgreed: one is left, and the patron was not asked.
            CardUnreadable, CardGone, ReaderLost
        """
        left = self.tries_left()
        if left == 0:
            raise PinBlocked(self._kind)
        if left == 1 and not last_try_agreed:
            raise LastTryNotAgreed(self._kind)

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
        self.require_try(last_try_agreed=last_try_agreed)
        command = apdu.verify(pin.reveal())
        try:
            # Once more, on what will really be sent: whoever typed the PIN may have left and had
            # it overwritten while the card was asked for its tries.
            if not is_pin(memoryview(command)[_VERIFY_HEADER_BYTES:]):
                raise PinFormat
            self.is_presenting = True
            status = self._channel.send_once(command).status
        except (CardGone, ReaderLost, CardUnreadable) as error:
            raise PinOutcomeUnknown(self._kind) from error
        finally:
            self.is_presenting = False
            wipe(command)
        trouble = apdu.verify_error(self._kind, status, PIN_TRIES)
        if trouble is not None:
            raise trouble
