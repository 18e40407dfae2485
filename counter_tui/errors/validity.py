"""Renewing the validity of library cards, at the counter and by itself."""

from __future__ import annotations

from datetime import date

from counter_tui.errors.base import CounterError


class EnrolmentElsewhere(CounterError):
    """Cards are not linked at this counter.

    Attributes:
        where: where it is done, as the settings say.
    """

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


class RenewalElsewhere(CounterError):
    """This branch does not renew library cards.

    Attributes:
        where: where it is done, as the settings say.
    """

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


class RenewalTooEarly(CounterError):
    """The library card cannot be renewed yet.

    Attributes:
        opens: the first day on which it can.
    """

    def __init__(self, opens: date) -> None:
        super().__init__(opens.isoformat())
        self.opens = opens


class RenewalTooLate(CounterError):
    """The library card lapsed too long ago to be renewed.

    Attributes:
        closed: the last day on which it could have been.
    """

    def __init__(self, closed: date) -> None:
        super().__init__(closed.isoformat())
        self.closed = closed


class ValidLonger(CounterError):
    """A renewal would not make the library card usable for longer.

    Attributes:
        expires_on: the last usable day.
    """

    def __init__(self, expires_on: date) -> None:
        super().__init__(expires_on.isoformat())
        self.expires_on = expires_on


class RenewalUndoTooLate(CounterError):
    """The last change of this validity was no renewal at a counter today, so it stands."""


class NotConfirmed(CounterError):
    """What has to be seen for a renewal was not, or something else was offered meanwhile."""


class NoRenewalRun(CounterError):
    """Nobody has looked at the signature certificates in this month yet.

    Attributes:
        month: "2026-11".
    """

    def __init__(self, month: str) -> None:
        super().__init__(month)
        self.month = month


class FenceHolds(CounterError):
    """The monthly run would refuse so many that it rather does nothing.

    Attributes:
        refused: for how many the platform gave no good answer.
        asked: of how many that were asked for.
        percent: the largest share that is taken.
    """

    def __init__(self, refused: int, asked: int, percent: int) -> None:
        super().__init__(f"{refused} of {asked}, {percent}%")
        self.refused = refused
        self.asked = asked
        self.percent = percent
