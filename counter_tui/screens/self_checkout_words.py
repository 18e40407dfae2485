"""What the self-checkout says to patrons: easy words, one thing a sentence, and the counter.

In Japanese it is やさしい日本語: ～てください, blanks between phrases, few compounds. Nobody else
in the room learns more than that somebody is to ask at the counter: why lending was stopped, or
that a card was reported lost, is for staff to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from counter_tui import errors
from counter_tui.barcodes.back_cover import cover_of
from counter_tui.errors import CounterError
from counter_tui.language import _, day, ngettext, pgettext

if TYPE_CHECKING:
    from counter_tui.desk.blocks import Block

LAY_AGAIN: Final = (
    errors.NoCard,
    errors.CardGone,
    errors.CardBusy,
    errors.CardUnreadable,
    errors.CardChanged,
)
"""The card was moved, or not read whole: once more is all there is to do."""

READER_AWAY: Final = (
    errors.ServiceUnavailable,
    errors.NoReader,
    errors.ReaderLost,
    errors.ReaderSilent,
)

_OTHER_CARD_HELPS: Final = (
    errors.StatusUnknown,
    errors.PlatformUnreachable,
    errors.CertificateExpired,
    errors.NoAuthCertificate,
    errors.NoUsablePin,
)
"""The library card of the same person may go on working."""

PATRON_STOPPED: Final = (
    errors.PatronLapsed,
    errors.LibraryCardLost,
    errors.PatronBlocked,
    errors.ItemsOverdue,
)
"""Nothing more is lent in this turn."""


@dataclass(frozen=True)
class Said:
    """What is told instead of what was wanted.

    Attributes:
        word: a drawn word.
        head: what is, in one sentence.
        ways: what to do, one thing a sentence.
    """

    word: str
    head: str
    ways: tuple[str, ...] = ()


def counter_word() -> str:
    """The drawn word that sends to the counter."""
    return pgettext("drawn", "COUNTER")


def again_word() -> str:
    """The drawn word for: once more."""
    return pgettext("drawn", "AGAIN")


def ask_at_counter() -> str:
    """Where people help."""
    return _("Please ask at the counter.")


def lay_again() -> str:
    """The card was not read whole."""
    return _("That did not work. Please lay your card here again.")


def card_refused(error: CounterError) -> Said:
    """Why nobody's turn begins, after a card was read or scanned."""
    counter = counter_word()
    if isinstance(error, errors.PhoneToken):
        return Said(again_word(), _("Please lay down the card, not the phone."))
    if isinstance(error, errors.NotMyNumberCard):
        return Said(
            again_word(),
            _("This is not a My Number card."),
            (_("Please lay down a My Number card, or scan your library card."),),
        )
    if isinstance(error, errors.CardNotLinked):
        return Said(
            counter,
            _("This card cannot be used here yet."),
            (_("You can sign it up at the counter."), _("You can use your library card.")),
        )
    if isinstance(error, errors.StoreError):
        return Said(counter, _("This machine cannot lend now."), (ask_at_counter(),))
    if isinstance(error, READER_AWAY):
        return Said(
            counter,
            _("This machine cannot read cards now."),
            (_("Please scan your library card, or ask at the counter."),),
        )
    if isinstance(error, _OTHER_CARD_HELPS):
        return Said(
            counter,
            _("This machine cannot use this card now."),
            (_("Please scan your library card, or ask at the counter."),),
        )
    if isinstance(error, (*PATRON_STOPPED, errors.LoanLimitReached)):
        return patron_stopped(error)
    return Said(counter, _("This machine cannot use this card."), (ask_at_counter(),))


def patron_stopped(error: CounterError) -> Said:
    """What stands against this person's borrowing at all."""
    if isinstance(error, errors.PatronLapsed):
        return _lapsed()
    if isinstance(error, errors.LoanLimitReached):
        return _limit_reached(error.limit)
    return _stopped()


def blocked(block: Block) -> Said:
    """The same, known before the first book."""
    from counter_tui.desk.blocks import BlockRule  # peewee comes in with the desk

    if block.rule is BlockRule.LAPSED:
        return _lapsed()
    if block.rule is BlockRule.LOAN_LIMIT:
        return _limit_reached(block.amount)
    return _stopped()


def _lapsed() -> Said:
    return Said(
        counter_word(),
        _("Your library card is past its date."),
        (_("We can renew your library card at the counter."),),
    )


def _limit_reached(limit: int) -> Said:
    head = ngettext(
        "You have {n} item, and that is all.", "You have {n} items, and that is all.", limit
    ).format(n=limit)
    return Said(counter_word(), head, (_("When you bring one back, you can borrow again."),))


def _stopped() -> Said:
    return Said(counter_word(), _("You cannot borrow at this machine now."), (ask_at_counter(),))


def item_refused(error: CounterError, number: str) -> Said:
    """Why this book is not lent."""
    counter = counter_word()
    aside = _("Please lay this book aside.")
    if isinstance(error, (errors.UnknownItem, errors.UnknownCode, errors.ScanError)):
        if cover_of(number) is not None:
            return Said(
                again_word(),
                _("That is another barcode of this book."),
                (_("Please scan the library's barcode."),),
            )
        if isinstance(error, errors.ScanError) and not isinstance(error, errors.NumberIsBoth):
            return Said(again_word(), _("That did not work."), (_("Please scan it again."),))
        head = _("This book is not known here.")
        return Said(counter, head, (aside, ask_at_counter()))
    if isinstance(error, errors.StoreError):
        return Said(
            counter,
            _("This book has not been lent."),
            (_("This machine cannot lend now."), ask_at_counter()),
        )
    if isinstance(error, errors.LoanLimitReached):
        head = ngettext(
            "You can borrow {n} item like this.", "You can borrow {n} items like this.", error.limit
        ).format(n=error.limit)
        return Said(counter, head, (_("This book has not been lent."), aside))
    if isinstance(error, errors.ItemNotForLoan):
        return Said(
            counter,
            _("This book cannot be borrowed."),
            (_("Please read it in the library."), aside),
        )
    if isinstance(error, errors.ItemReserved):
        return Said(
            counter,
            _("Somebody else is waiting for this book."),
            (_("Please bring it to the counter."),),
        )
    if isinstance(error, PATRON_STOPPED):
        return patron_stopped(error)
    head = _("This book cannot be borrowed.")
    return Said(counter, head, (aside, ask_at_counter()))


def already_yours(error: errors.ItemAlreadyYours, *, in_this_turn: bool) -> str:
    """The book is on this card already: nothing to stop for."""
    if in_this_turn:
        return _("This book is done already.")
    return _("You have this book already, until {date}.").format(date=day(error.due_on))
