"""What can be wrong with a scan before anything is looked up."""

from __future__ import annotations

from counter_tui.errors.base import CounterError


class ScanError(CounterError):
    """Base of what can be wrong with a scan before anything is looked up."""


class ScanTooLong(ScanError):
    """More characters than any barcode has; none of them was looked at.

    Attributes:
        length: how many came.
    """

    def __init__(self, length: int) -> None:
        super().__init__(str(length))
        self.length = length


class ScanGarbled(ScanError):
    """Control characters came with it, or nothing at all: which number it was is not known."""


class CheckDigitWrong(ScanError):
    """It has the form of a label, but its check digit does not fit: misread or mistyped.

    Attributes:
        number: as it was read.
        profile: the name of the label's profile.
    """

    def __init__(self, number: str, profile: str) -> None:
        super().__init__(profile)
        self.number = number
        self.profile = profile


class NumberUnclear(ScanError):
    """By two profiles it is two different patrons, or two different items.

    Attributes:
        number: as it was read.
        profiles: the names of the profiles.
    """

    def __init__(self, number: str, profiles: tuple[str, ...]) -> None:
        super().__init__(", ".join(profiles))
        self.number = number
        self.profiles = profiles


class NumberIsBoth(ScanError):
    """The number is a library card and an item: a person must say which is meant.

    Attributes:
        number: as it was read.
        name: of the patron. title: of the item.
    """

    def __init__(self, number: str, name: str, title: str) -> None:
        super().__init__()
        self.number = number
        self.name = name
        self.title = title
