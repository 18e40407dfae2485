"""Forms of a library's own labels, and what a scan is by them.

Pure: text and profiles in, a frozen reading or a typed error out. Nothing is looked up.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from counter_tui.barcodes.back_cover import Cover, cover_of
from counter_tui.barcodes.check_digits import LETTERS, SCHEMES
from counter_tui.barcodes.input_method import as_keys, went_through_input_method
from counter_tui.errors import CheckDigitWrong, ScanGarbled, ScanTooLong

LONGEST_SCAN: Final = 300
"""Characters that are looked at. No linear barcode is longer than 80."""


class Kind(Enum):
    """What a label is on."""

    PATRON = "patron"
    """A library card: the number is the patron's library card number."""
    MOBILE = "mobile"
    """The library card on a phone, which leads to the same number."""
    ITEM = "item"

    @property
    def is_patrons(self) -> bool:
        """Whether it is looked up among patrons."""
        return self is not Kind.ITEM


EVERY_KIND: Final = frozenset(Kind)


class Letters(Enum):
    """Whether the reader sends the start and stop letters of NW-7."""

    PERHAPS = "perhaps"
    """They are taken off when both are there."""
    SENT = "sent"
    """Without both, it is not this label."""
    NONE = "none"
    """A letter is part of the number."""


@dataclass(frozen=True)
class Profile:
    """The form of one kind of label.

    Attributes:
        name: says in lists which profile it was.
        branch: whose labels these are; None: all branches'. Tried first at that branch, and
            elsewhere, too: books travel.
        letters: see `Letters`; upper and lower case mean the same.
        pair: the letters on these labels in upper case, like "AA"; empty: any. With modulus 16
            they must be known, because they are counted: sent by the reader, or named here.
        check: the name of a scheme in `SCHEMES`; empty: no check digit.
        keeps_check: the check digit is part of the number in the records.
        shortest, longest: characters between the letters, check digit and prefix included.
        prefixes: the number begins with one of these; empty: with anything.
        keeps_prefix: the prefix is part of the number in the records.
    """

    name: str
    kind: Kind
    branch: str | None = None
    letters: Letters = Letters.PERHAPS
    pair: str = ""
    check: str = ""
    keeps_check: bool = True
    shortest: int = 1
    longest: int = LONGEST_SCAN
    prefixes: tuple[str, ...] = ()
    keeps_prefix: bool = True


@dataclass(frozen=True)
class Candidate:
    """What a scan is by one profile.

    Attributes:
        number: as it stands in the records.
        kinds: what it can be.
        profile: the name of the profile, or None: by no profile, just as it was read.
    """

    number: str
    kinds: frozenset[Kind]
    profile: str | None = None


@dataclass(frozen=True)
class Reading:
    """What a scan is.

    Attributes:
        as_read: the keys that came, letters included.
        candidates: by profiles, those of this branch first; may be empty.
        cover: when it is one of the publisher's barcodes.
        corrected: it went through a Japanese input method.
    """

    as_read: str = field(repr=False)
    candidates: tuple[Candidate, ...] = field(repr=False)
    cover: Cover | None
    corrected: bool

    @property
    def by_itself(self) -> Candidate:
        """What it is when no profile has it."""
        return Candidate(self.as_read, EVERY_KIND)

    @property
    def shape(self) -> str:
        """The form of what was read, for logs: a 0 for each digit, a or A for each letter."""
        return "".join(_shape_of(character) for character in self.as_read)


def read_scan(typed: str, profiles: Sequence[Profile] = (), branch: str | None = None) -> Reading:
    """What a scan is by these profiles. Bounded: of more than `LONGEST_SCAN` characters none.

    Args:
        typed: as it came, input method or not.
        branch: of the terminal; its own profiles are tried first.

    Raises:
        ScanTooLong: too many characters for any barcode.
        ScanGarbled: control characters in it, or nothing but blanks.
        CheckDigitWrong: it has the form of a label, but was misread.
    """
    if len(typed) > LONGEST_SCAN:
        raise ScanTooLong(len(typed))
    stripped = typed.strip()
    if not stripped or any(_is_control(character) for character in stripped):
        raise ScanGarbled
    as_read = as_keys(stripped)
    if not as_read:
        raise ScanGarbled
    cover = cover_of(as_read)
    candidates: dict[tuple[str, bool], Candidate] = {}
    misread: Profile | None = None
    for profile in sorted(profiles, key=lambda each: each.branch != branch):
        found = _parts(as_read, profile)
        if found is None:
            continue
        letters, number = found
        if profile.check and not SCHEMES[profile.check].holds(number, letters):
            misread = misread or profile
            continue
        recorded = _recorded(number, profile)
        if recorded:
            key = (recorded, profile.kind.is_patrons)
            candidate = Candidate(recorded, frozenset({profile.kind}), profile.name)
            candidates.setdefault(key, candidate)
    if misread is not None and not candidates and cover is None:
        raise CheckDigitWrong(as_read, misread.name)
    corrected = went_through_input_method(stripped)
    return Reading(as_read, tuple(candidates.values()), cover, corrected)


def recorded_number(typed: str, profiles: Iterable[Profile], *, patrons: bool) -> str:
    """The number to keep of a label that is given out now: what later scans of it will find.

    Raises:
        ScanTooLong, ScanGarbled, CheckDigitWrong
    """
    fitting = [profile for profile in profiles if profile.kind.is_patrons is patrons]
    reading = read_scan(typed, fitting)
    first = next(iter(reading.candidates), reading.by_itself)
    return first.number


def _parts(as_read: str, profile: Profile) -> tuple[str, str] | None:
    """Letters in upper case and the number between them; None: not this label."""
    letters = ""
    number = as_read
    has_letters = len(as_read) > 2 and {as_read[0].upper(), as_read[-1].upper()} <= set(LETTERS)
    if profile.letters is not Letters.NONE and has_letters:
        letters, number = (as_read[0] + as_read[-1]).upper(), as_read[1:-1]
    elif profile.letters is Letters.SENT:
        return None
    if letters and profile.pair and letters != profile.pair:
        return None
    if not profile.shortest <= len(number) <= profile.longest:
        return None
    if profile.prefixes and not number.startswith(profile.prefixes):
        return None
    return letters or profile.pair, number


def _recorded(number: str, profile: Profile) -> str:
    if not profile.keeps_prefix:
        prefix = max((each for each in profile.prefixes if number.startswith(each)), key=len)
        number = number.removeprefix(prefix)
    return number[:-1] if profile.check and not profile.keeps_check else number


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs") and not character.isspace()


def _shape_of(character: str) -> str:
    if character.isdecimal():
        return "0"
    if character.isalpha():
        return "A" if character.isupper() else "a"
    return character
