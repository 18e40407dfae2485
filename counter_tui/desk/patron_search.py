"""Finding patrons by whatever they say of themselves: one field for all of it.

Names and readings, library card numbers and their last digits, telephone numbers, and birth dates
are told apart by their form, and may stand together: `とだ 昭和60.4.12`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any, Final

import peewee
from peewee import fn

from counter_tui.clock import TOKYO, Clock, today
from counter_tui.desk.audit import Action, record
from counter_tui.desk.birth_dates import parse_birth_date
from counter_tui.desk.loan_rules import LoanRules
from counter_tui.desk.patrons import PatronState, ResidencyClass, state_of
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.scans import Scans
from counter_tui.desk.store_lane import StoreLane
from counter_tui.errors import InvalidField
from counter_tui.folding import (
    fold_name,
    fold_number,
    fold_reading_loosely,
    fold_telephone,
    is_kana,
)
from counter_tui.models.tables import CardLink, Loan, Patron, PatronBlock, PatronSearchKeys
from counter_tui.text import fold_scan, masked, without_controls

HITS: Final = 50
"""Patrons that one search gives unless told otherwise: more than anybody reads through."""

LONGEST_QUESTION: Final = 100
"""Characters that are looked at; a name with its reading and a birth date has fewer."""

FEWEST_LAST_DIGITS: Final = 3
"""From so many digits on, they may be the last ones of a number."""

_AFTER_ALL: Final = "\U0010ffff"
"""Sorts behind every character, so that a beginning is a range of keys."""

_DIGITS: Final = re.compile(r"[0-9]+")
_NUMBER: Final = re.compile(r"[a-z0-9]*[0-9][a-z0-9]*")
_TELEPHONE_SIGNS: Final = str.maketrans("", "", "-‐‑‒–—―−ー()/.+")
"""What people write between the digits of a telephone number."""


class SearchedBy(Enum):
    """By what kind of personal data patrons were looked for; this alone goes into the audit."""

    NAME = "name"
    NUMBER = "number"
    BIRTH_DATE = "birth_date"


@dataclass(frozen=True)
class PatronHit:
    """A patron in a list of hits.

    Attributes:
        library_card: the number, with all but its last four characters hidden.
        expires_on: last day in Asia/Tokyo on which the library card is usable.
        linked_on: day on which the My Number card was linked, or None.
        loans_count: items in hand.
        at_limit: these are so many that nothing more is lent.
    """

    id: int
    name: str = field(repr=False)
    kana: str = field(repr=False)
    birth_date: date = field(repr=False)
    state: PatronState
    library_card: str
    expires_on: date
    linked_on: date | None
    loans_count: int
    at_limit: bool


@dataclass(frozen=True)
class Found:
    """What a search gave, the nearest first.

    Attributes:
        more: there are others; a longer question finds them.
        loosely: nothing fits the question as a whole; these fit its first word.
        by_card: the question is the library card number of the first one.
    """

    hits: tuple[PatronHit, ...]
    more: bool
    loosely: bool = False
    by_card: bool = False


@dataclass(frozen=True)
class _Question:
    """A question, taken apart.

    Attributes:
        words: of a name or reading, folded.
        numbers: of a library card or a telephone, folded.
    """

    words: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    born: date | None = None

    @property
    def by(self) -> frozenset[SearchedBy]:
        asked = {
            SearchedBy.NAME: bool(self.words),
            SearchedBy.NUMBER: bool(self.numbers),
            SearchedBy.BIRTH_DATE: self.born is not None,
        }
        return frozenset(kind for kind, is_asked in asked.items() if is_asked)


class PatronSearch:
    """Looks patrons up, and sees that it is kept in the audit."""

    def __init__(
        self,
        store: StoreLane,
        clock: Clock,
        place: PlaceRecord,
        rules: LoanRules,
        soon_days: int,
        scans: Scans | None = None,
    ) -> None:
        """Args:
        soon_days: with fewer days left, a validity is shown as ending soon.
        """
        self._store = store
        self._rules = rules
        self._soon_days = soon_days
        self._clock = clock
        self._place = place
        self._scans = scans or Scans()
        self._told = ""

    async def search(self, question: str, limit: int = HITS) -> Found:
        """The patrons that fit, the nearest reading first; may be asked at each key.

        A question that only goes on from, or back to, the one before it is not audited again.
        An empty one ends that: what follows is a new search.

        Raises:
            StoreUnavailable
        """
        on = today(self._clock)
        folded = "".join(without_controls(question).split()).casefold()
        if not folded:
            self._told = ""
            return Found((), more=False)
        is_new = not (
            self._told and (folded.startswith(self._told) or self._told.startswith(folded))
        )
        found = await self._store.transact(self._search, question, on, limit, is_new)
        if found.hits and (is_new or len(folded) > len(self._told)):
            # The longest one: whoever goes back and on to another name begins a new search.
            self._told = folded
        return found

    def _search(self, question: str, on: date, limit: int, is_new: bool) -> Found:
        # A card is scanned with its letters; in the records it has none.
        asked = take_apart(self._scans.card_in(question) or question, on)
        found = find(asked, on, limit, self._rules, self._soon_days)
        if found.hits and is_new:
            by = " ".join(sorted(kind.value for kind in asked.by))
            now = self._clock.now()
            record(self._place, now, Action.SEARCH, reason=by, amount=len(found.hits))
        return found


def take_apart(question: str, on: date) -> _Question:
    """Tell names, numbers and a birth date apart by their forms."""
    text = without_controls(question)[:LONGEST_QUESTION]
    plain = fold_scan(text)
    whole = _birth_date(text, on)
    if whole is not None and not _DIGITS.fullmatch(plain):
        return _Question(born=whole)
    if _DIGITS.fullmatch(plain.translate(_TELEPHONE_SIGNS)):
        # 048 442 2800 is one number, and eight digits may be a birth date, too.
        return _Question(numbers=(fold_telephone(text),), born=whole)
    words: list[str] = []
    digits: list[str] = []
    born: date | None = None
    for piece in text.split():
        day = _birth_date(piece, on)
        number = fold_number(piece)
        if day is not None and born is None:
            born = day
        elif _NUMBER.fullmatch(number) and number == fold_scan(piece).replace("-", "").casefold():
            digits.append(number)
        elif folded := fold_name(piece):
            words.append(folded)
    return _Question(tuple(words), tuple(digits), born)


def find(asked: _Question, on: date, limit: int, rules: LoanRules, soon_days: int) -> Found:
    """The patrons that fit, the nearest first. Inside a transaction only."""
    ids: dict[int, None] = {}
    for condition, order in _conditions(asked):
        _look(condition, order, ids, limit + 1)
        if len(ids) > limit:
            break
    loosely = False
    if not ids and len(asked.words) > 1:
        loosely = True
        first = _Question(asked.words[:1], asked.numbers, asked.born)
        for condition, order in _conditions(first):
            _look(condition, order, ids, limit + 1)
    shown = list(ids)[:limit]
    patrons = {patron.id: patron for patron in Patron.select().where(Patron.id.in_(shown))}
    linked, in_hand, blocked = _linked(shown), _in_hand(shown), _blocked(shown)
    hits = tuple(
        _hit(
            patrons[each],
            on,
            linked.get(each),
            in_hand.get(each, 0),
            rules,
            soon_days,
            each in blocked,
        )
        for each in shown
    )
    by_card = bool(hits) and not asked.words and len(asked.numbers) == 1
    if by_card:
        by_card = fold_number(patrons[shown[0]].library_card_number) == asked.numbers[0]
    return Found(hits, len(ids) > limit, loosely and bool(hits), by_card)


def _look(condition: Any, order: tuple[Any, ...], ids: dict[int, None], wanted: int) -> None:
    """Add those who fit, in their order, until there are as many as wanted."""
    rows = PatronSearchKeys.select(PatronSearchKeys.patron).where(condition).order_by(*order)
    for row in rows.limit(wanted):
        if len(ids) < wanted:
            ids.setdefault(row.patron_id)


def _conditions(asked: _Question) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """What to look for one after another, the nearest first, each with the order of its hits.

    Each leads through one index: its column is both the range and the order.
    """
    keys = PatronSearchKeys
    numbers = list(asked.numbers)
    if asked.words:
        ways = _by_words(asked.words)
    elif numbers:
        ways = _by_number(numbers.pop(0), asked.born)
    elif asked.born is not None:
        yield keys.birth_date == asked.born, (keys.kana,)
        return
    else:
        return
    beside = [_fits_number(number) for number in numbers]
    on_that_day = asked.born if asked.words else None
    if on_that_day is not None:
        beside.append(keys.birth_date == on_that_day)
    for condition, order in ways:
        whole = condition
        for other in beside:
            whole &= other
        # Few are born on one day: asked for in this order, they are looked up by it.
        yield whole, (order,) if on_that_day is None else (keys.birth_date, order)


def _by_words(words: Sequence[str]) -> Iterator[tuple[Any, Any]]:
    keys = PatronSearchKeys
    joined = "".join(words)
    written = (keys.name, keys.given_name)
    read = (keys.kana, keys.given_kana)
    kinds = (read, written) if is_kana(joined) else (written, read)
    for full, _given in kinds:
        yield full == joined, full
    for full, _given in kinds:
        yield _begins(full, joined), full
    if len(words) > 1:
        splits = ((words[0], "".join(words[1:])), (words[-1], "".join(words[:-1])))
        for family_name, given_name in splits:
            family_column = _columns_of(family_name)[0]
            given_column = _columns_of(given_name)[1]
            both = _begins(family_column, family_name) & _begins(given_column, given_name)
            yield both, family_column
    else:
        for _full, given in kinds:
            yield _begins(given, joined), given
    if is_kana(joined):
        yield _begins(keys.loose_kana, fold_reading_loosely(joined)), keys.loose_kana


def _columns_of(word: str) -> tuple[Any, Any]:
    keys = PatronSearchKeys
    return (keys.kana, keys.given_kana) if is_kana(word) else (keys.name, keys.given_name)


def _by_number(number: str, born: date | None) -> Iterator[tuple[Any, Any]]:
    keys = PatronSearchKeys
    yield keys.number == number, keys.number
    yield keys.telephone == number, keys.telephone
    if born is not None:
        yield keys.birth_date == born, keys.kana
    if len(number) >= FEWEST_LAST_DIGITS:
        yield _begins(keys.reversed_number, number[::-1]), keys.reversed_number
        yield _begins(keys.reversed_telephone, number[::-1]), keys.reversed_telephone
    yield _begins(keys.number, number), keys.number
    yield _begins(keys.telephone, number), keys.telephone


def _fits_number(number: str) -> Any:
    keys = PatronSearchKeys
    return (
        _begins(keys.number, number)
        | _begins(keys.reversed_number, number[::-1])
        | _begins(keys.telephone, number)
        | _begins(keys.reversed_telephone, number[::-1])
    )


def _begins(column: peewee.Field, beginning: str) -> Any:
    # Not LIKE: SQLite's folds case, PostgreSQL's does not, and neither takes a plain index.
    return (column >= beginning) & (column < beginning + _AFTER_ALL)


def _birth_date(text: str, on: date) -> date | None:
    try:
        return parse_birth_date(text, on)
    except InvalidField:
        return None


def _hit(
    patron: Patron,
    on: date,
    linked_on: date | None,
    loans_count: int,
    rules: LoanRules,
    soon_days: int,
    is_blocked: bool,
) -> PatronHit:
    return PatronHit(
        id=patron.id,
        name=patron.name,
        kana=patron.kana,
        birth_date=patron.birth_date,
        state=PatronState.BLOCKED if is_blocked else state_of(patron.expires_on, on, soon_days),
        library_card=masked(patron.library_card_number),
        expires_on=patron.expires_on,
        linked_on=linked_on,
        loans_count=loans_count,
        at_limit=loans_count >= rules.limit_for(ResidencyClass(patron.residency)),
    )


def _linked(patron_ids: Sequence[int]) -> dict[int, date]:
    """When the card was linked, of those who have one."""
    live = CardLink.select(CardLink.patron, CardLink.linked_at).where(
        CardLink.patron.in_(patron_ids), CardLink.unlinked_at.is_null()
    )
    return {link.patron_id: link.linked_at.astimezone(TOKYO).date() for link in live}


def _blocked(patron_ids: Sequence[int]) -> set[int]:
    """To whom of them staff stopped lending."""
    rows = PatronBlock.select(PatronBlock.patron).where(PatronBlock.patron.in_(patron_ids))
    return {row.patron_id for row in rows}


def _in_hand(patron_ids: Sequence[int]) -> dict[int, int]:
    """How many items, of those who have some."""
    counted = (
        Loan.select(Loan.patron, fn.COUNT(Loan.id).alias("items"))
        .where(Loan.patron.in_(patron_ids), Loan.returned_at.is_null())
        .group_by(Loan.patron)
    )
    rows: Any = counted.tuples()
    return dict(rows)
