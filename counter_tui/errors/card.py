"""What readers and cards can do to us."""

from __future__ import annotations

from enum import Enum

from counter_tui.errors.base import CounterError


class PinKind(Enum):
    """The two PIN references a library may present; each has its own counter on the card."""

    AUTH = "auth_pin"
    SURFACE_INFO = "surface_info_pin"


class CardError(CounterError):
    """Base of what a reader or a card can do to us."""


class ServiceUnavailable(CardError):
    """The card service (pcscd) of this machine does not answer."""


class NoReader(CardError):
    """The service runs, but no reader is plugged in (or not the one in the settings)."""

    def __init__(self, wanted: str | None = None) -> None:
        super().__init__(wanted or "")
        self.wanted = wanted


class ReaderLost(CardError):
    """The reader or the card service went away in the middle of a conversation."""


class NoCard(CardError):
    """Nothing lies on the reader."""


class CardGone(CardError):
    """The card left the reader, or was reset, in the middle of a conversation.

    Attributes:
        during: name of the command that got no answer, e.g. "VERIFY".
    """

    def __init__(self, during: str = "") -> None:
        super().__init__(during)
        self.during = during


class CardBusy(CardError):
    """Another program holds the card."""


class CardUnreadable(CardError):
    """The card answered with something that its specification does not allow.

    Attributes:
        command: name of the command, e.g. "READ BINARY 000A".
        status: the status word, or None when the answer itself was malformed.
    """

    def __init__(self, command: str, status: int | None = None) -> None:
        super().__init__(command if status is None else f"{command}: {status:04X}")
        self.command = command
        self.status = status


class NotMyNumberCard(CardError):
    """Some other card: it does not know the JPKI application."""


class OldResidentCard(NotMyNumberCard):
    """The card of the resident register, which came before the My Number card."""


class PhoneToken(CardError):
    """A phone that carries certificates, where the card itself is needed."""


class NoAuthCertificate(CardError):
    """The card carries no user-authentication certificate."""


class NoSurfaceInfo(CardError):
    """The card lacks the application that name, address and birth date are read from."""


class BirthDateUnusable(CardError):
    """The card gives no day of the calendar as birth date, like 00000000."""


class ReaderSilent(CardError):
    """Card or reader have not answered for so long that they are not waited for any more.

    Until they answer, or the reader is plugged in anew, nothing else is asked of them. No PIN
    was on its way: of one that was, `PinOutcomeUnknown` tells.

    Attributes:
        still: it was silent before already, and has not come back.
    """

    def __init__(self, *, still: bool = False) -> None:
        super().__init__("still" if still else "")
        self.still = still


class WrongPin(CardError):
    """The PIN was wrong; one try is gone.

    Attributes:
        kind: which of the two references.
        tries_left: what is left now; 0 means that it is blocked.
    """

    def __init__(self, kind: PinKind, tries_left: int) -> None:
        super().__init__(f"{kind.value}: {tries_left}")
        self.kind = kind
        self.tries_left = tries_left


class PinBlocked(CardError):
    """This PIN takes no more tries; only the municipal office can unlock it."""

    def __init__(self, kind: PinKind) -> None:
        super().__init__(kind.value)
        self.kind = kind


class NoUsablePin(CardError):
    """No PIN of this card can be used: a face-authentication card, or one whose PIN is locked.

    The two answer alike; only what is printed on the card tells them apart.
    """


class PinOutcomeUnknown(CardError):
    """No clear answer came to a VERIFY: the try may or may not be spent. Never resent.

    Attributes:
        silent: card and reader may still be there, and were not waited for any longer.
    """

    def __init__(self, kind: PinKind, *, silent: bool = False) -> None:
        super().__init__(kind.value)
        self.kind = kind
        self.silent = silent


class PinFormat(CounterError):
    """Not four ASCII digits; nothing was sent and no try was spent."""


class LastTryNotAgreed(CounterError):
    """One try is left and nobody has said that the patron agrees; nothing was sent."""

    def __init__(self, kind: PinKind) -> None:
        super().__init__(kind.value)
        self.kind = kind


class CardChanged(CardError):
    """Another card lies on the reader than the one that this procedure began with."""


class CardDataMismatch(CardError):
    """The card's own digest does not fit the attributes that it gave."""
