"""Patrons, enrolment and unlinking."""

from __future__ import annotations

from datetime import date

from counter_tui.errors.base import CounterError


class UnknownLibraryCard(CounterError):
    """No patron has this library card number."""

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number


class ItemNotLibraryCard(CounterError):
    """An item's barcode came where a library card is wanted.

    Attributes:
        title: of the item.
    """

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.title = title


class LibraryCardTaken(CounterError):
    """The library card number belongs to a patron already."""

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number


class InvalidField(CounterError):
    """What was entered for a patron's field cannot be taken.

    Attributes:
        field: name of the field, e.g. "birth_date".
    """

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class PatronAlreadyLinked(CounterError):
    """The patron has a linked card already."""

    def __init__(self, linked_on: date) -> None:
        super().__init__(linked_on.isoformat())
        self.linked_on = linked_on


class PatronNotLinked(CounterError):
    """The patron has no linked card."""


class NameDiffers(CounterError):
    """The name that was typed for confirmation is not the patron's."""


class NotSupervisor(CounterError):
    """What was asked for is up to a supervisor.

    Attributes:
        operator: who works at this terminal.
    """

    def __init__(self, operator: str) -> None:
        super().__init__(operator)
        self.operator = operator


class NothingToUndo(CounterError):
    """No link of this patron was ended today, or it cannot be given back any more."""


class CardLinkedToAnother(CounterError):
    """The card is linked to another patron."""


class BirthDateDiffers(CounterError):
    """Card and record disagree on the birth date: another person."""


class ProcedureOutOfStep(CounterError):
    """A step was asked for whose predecessor is not done, e.g. after a cancelled enrolment."""


class PatronLapsed(CounterError):
    """The library card's validity has ended.

    Attributes:
        on: the last day it was usable.
    """

    def __init__(self, on: date) -> None:
        super().__init__(on.isoformat())
        self.on = on
