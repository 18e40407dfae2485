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


class ProofNotDated(CounterError):
    """A letter as a proof of work or school must bear the day on which it was issued."""


class ProofFromFuture(CounterError):
    """A letter that is said to be issued later than today."""


class ProofTooOld(CounterError):
    """A letter that was issued too long ago to say what is so today.

    Attributes:
        days: how long ago it may have been.
    """

    def __init__(self, days: int) -> None:
        super().__init__(str(days))
        self.days = days


class ProofExpired(CounterError):
    """The card of an employer or a school is not valid any more.

    Attributes:
        ended_on: its last day.
    """

    def __init__(self, ended_on: date) -> None:
        super().__init__(ended_on.isoformat())
        self.ended_on = ended_on


class RecordedBirthDateDiffers(CounterError):
    """A patron's own linked card has another birth date than the record."""


class NoRenewalRun(CounterError):
    """Nobody has looked at the signature certificates in this month yet.

    Attributes:
        month: "2026-11".
    """

    def __init__(self, month: str) -> None:
        super().__init__(month)
        self.month = month


class LookUnfinished(CounterError):
    """Not all signature certificates of a month were looked at, so nothing is written.

    Attributes:
        month: "2026-11".
    """

    def __init__(self, month: str) -> None:
        super().__init__(month)
        self.month = month


class MonthToCome(CounterError):
    """There is a run of a month that is still to come: a clock is wrong, or was.

    Attributes:
        month: of that run: "2029-02".
        today: by this machine's clock.
    """

    def __init__(self, month: str, today: date) -> None:
        super().__init__(f"{month}, today {today}")
        self.month = month
        self.today = today


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
