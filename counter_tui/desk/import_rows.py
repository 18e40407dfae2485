"""Rows of a file as what they say of patrons and items, or why they cannot be taken.

Nothing here asks the store. The headings and words that are taken stand in docs/import.md, too.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Final

from counter_tui.desk.birth_dates import parse_birth_date, parse_day
from counter_tui.desk.csv_files import CsvRow, folded_word
from counter_tui.desk.patron_fields import (
    recorded_card_number,
    recorded_kana,
    recorded_telephone,
    required_text,
)
from counter_tui.desk.patrons import ResidencyClass
from counter_tui.errors import InvalidField
from counter_tui.models.tables import search_keys
from counter_tui.text import fold_scan

PATRON_HEADINGS: Final = {
    "library_card_number": (
        "貸出券番号",
        "利用者番号",
        "利用者カード番号",
        "利用券番号",
        "カード番号",
        "図書館カード番号",
        "library card number",
        "library card",
        "card number",
        "patron number",
        "barcode",
    ),
    "name": ("氏名", "名前", "利用者名", "利用者氏名", "name", "full name"),
    "kana": (
        "カナ",
        "かな",
        "フリガナ",
        "ふりがな",
        "氏名カナ",
        "カナ氏名",
        "ヨミ",
        "よみ",
        "利用者名カナ",
        "kana",
        "reading",
    ),
    "birth_date": ("生年月日", "誕生日", "birth date", "date of birth", "birthday"),
    "address": ("住所", "現住所", "address"),
    "telephone": ("電話番号", "電話", "TEL", "連絡先", "telephone", "phone", "phone number"),
    "residency": ("利用者区分", "区分", "在住区分", "登録区分", "residency", "residency class"),
    "expires_on": ("有効期限", "有効期限日", "expires on", "expiry date", "expiry", "valid until"),
}
PATRON_REQUIRED: Final = (
    "library_card_number",
    "name",
    "kana",
    "birth_date",
    "address",
    "residency",
)

ITEM_HEADINGS: Final = {
    "barcode": (
        "資料番号",
        "資料コード",
        "バーコード",
        "資料バーコード",
        "蔵書番号",
        "所蔵情報ID",
        "item barcode",
        "barcode",
        "item number",
    ),
    "title": ("書名", "資料名", "タイトル", "書名・タイトル", "title"),
    "branch": ("所蔵館", "所蔵館名", "館名", "館", "branch", "owning branch", "library"),
    "kind": ("資料種別", "種別", "資料区分", "資料形態", "item kind", "kind", "item type"),
    "withdrawn": ("除籍", "除籍区分", "withdrawn"),
    "not_for_loan": ("禁帯出", "禁帯出区分", "貸出禁止", "館内", "not for loan"),
}
ITEM_REQUIRED: Final = ("barcode", "title")

RESIDENCY_WORDS: Final = {
    ResidencyClass.RESIDENT: ("在住", "市内在住", "市内", "resident"),
    ResidencyClass.WORKER: ("在勤", "市内在勤", "worker"),
    ResidencyClass.STUDENT: ("在学", "市内在学", "student"),
    ResidencyClass.NON_RESIDENT: ("市外", "市外在住", "広域", "non resident"),
}
YES_WORDS: Final = (
    "1",
    "はい",
    "禁帯出",
    "禁帯",
    "館内",
    "除籍",
    "除籍済",
    "〇",
    "○",
    "yes",
    "true",
    "y",
)
NO_WORDS: Final = ("", "0", "いいえ", "可", "貸出可", "no", "false", "n")

_RESIDENCY: Final = {
    folded_word(word): residency for residency, words in RESIDENCY_WORDS.items() for word in words
}
_YES_OR_NO: Final = {
    **{folded_word(word): True for word in YES_WORDS},
    **{folded_word(word): False for word in NO_WORDS},
}

_BARCODE: Final = re.compile(r"[A-Za-z0-9$:/.+-]{1,30}")
"""Digits and signs of NW-7 (JIS X 0506), and the letters of other codes."""

_BLANKS: Final = frozenset("\t\n\r\v\f\x85")


class RowTrouble(Enum):
    """Why a row was refused."""

    EMPTY = "empty"
    """A field that is needed is empty."""
    WRONG = "wrong"
    """A field holds what it cannot."""
    CONTROL = "control"
    """A field has control characters."""
    TOO_LONG = "too_long"
    """There are more cells than headings."""
    TWICE = "twice"
    """An earlier line of the file has the same number."""
    IS_ITEM = "is_item"
    """The library card number is an item's barcode."""
    IS_PATRON = "is_patron"
    """The item's barcode is a library card number."""
    OTHER_PERSON = "other_person"
    """The number belongs to somebody with another birth date."""
    NO_BRANCH = "no_branch"
    """No branch has this name."""
    NO_PATRON = "no_patron"
    """Nobody has this library card number."""
    NO_ITEM = "no_item"
    """No item has this barcode."""
    NOT_LENDABLE = "not_lendable"
    """The item is withdrawn or not for loan."""
    LENT_ALREADY = "lent_already"
    """The patron has the item at home."""


@dataclass(frozen=True)
class Refusal:
    """A row that was not taken.

    Attributes:
        line: where it begins in the file; the heading stands on line 1.
        column: which field it is about, by the program's name; or None.
        earlier_line: that has the same number, for `TWICE`.
    """

    line: int
    trouble: RowTrouble
    column: str | None = None
    earlier_line: int | None = None


@dataclass(frozen=True, slots=True)
class PatronRow:
    """What a row says of a patron; what the file says nothing of is None.

    Attributes:
        search_keys: of `models.tables.search_keys`, for a patron who is new.
    """

    line: int
    library_card_number: str = field(repr=False)
    name: str = field(repr=False)
    kana: str = field(repr=False)
    birth_date: date = field(repr=False)
    address: str = field(repr=False)
    telephone: str | None = field(repr=False)
    residency: ResidencyClass
    expires_on: date | None
    search_keys: tuple[object, ...] = field(repr=False)

    @property
    def key(self) -> str:
        """What makes it one patron."""
        return self.library_card_number


@dataclass(frozen=True, slots=True)
class ItemRow:
    """What a row says of an item; what the file says nothing of is None."""

    line: int
    barcode: str
    title: str
    branch: str | None
    not_for_loan: bool | None
    kind: str | None
    withdrawn: bool | None

    @property
    def key(self) -> str:
        """What makes it one item."""
        return self.barcode


def patron_row(row: CsvRow, on: date) -> PatronRow | Refusal:
    """What a row says of a patron.

    Args:
        on: the present date; birth dates are not after it.
    """
    refusal = refused_at_sight(row)
    if refusal is not None:
        return refusal
    got = row.fields
    try:
        number = recorded_card_number(needed(got, "library_card_number"))
        name = required_text("name", got.get("name", ""))
        kana = recorded_kana(got.get("kana", ""))
        birth_date = parse_birth_date(needed(got, "birth_date"), on)
        telephone = recorded_telephone(got["telephone"]) if "telephone" in got else None
        return PatronRow(
            row.line,
            number,
            name,
            kana,
            birth_date,
            required_text("address", got.get("address", "")),
            telephone,
            _residency(needed(got, "residency")),
            _expiry(got["expires_on"]) if got.get("expires_on") else None,
            # Here, where nobody waits for the store yet.
            search_keys(number, name, kana, telephone or "", birth_date),
        )
    except InvalidField as error:
        return refusal_of(row, error)


def item_row(row: CsvRow) -> ItemRow | Refusal:
    """What a row says of an item."""
    refusal = refused_at_sight(row)
    if refusal is not None:
        return refusal
    got = row.fields
    try:
        return ItemRow(
            row.line,
            recorded_barcode(needed(got, "barcode")),
            required_text("title", got.get("title", "")),
            required_text("branch", got["branch"]) if got.get("branch") else None,
            _yes_or_no("not_for_loan", got["not_for_loan"]) if "not_for_loan" in got else None,
            required_text("kind", got["kind"]) if got.get("kind") else None,
            _yes_or_no("withdrawn", got["withdrawn"]) if "withdrawn" in got else None,
        )
    except InvalidField as error:
        return refusal_of(row, error)


def recorded_barcode(text: str) -> str:
    """An item's barcode as it is kept.

    Raises:
        InvalidField: it is none.
    """
    barcode = fold_scan(text)
    if not _BARCODE.fullmatch(barcode):
        raise InvalidField("barcode")
    return barcode


def refused_at_sight(row: CsvRow) -> Refusal | None:
    """Why a row cannot be looked at; None: it can."""
    if row.too_long:
        return Refusal(row.line, RowTrouble.TOO_LONG)
    for column, text in row.fields.items():
        # Line ends and tabs inside a cell are blanks; a name with ESC in it is a broken export.
        if not text.isprintable() and any(
            unicodedata.category(character) == "Cc" and character not in _BLANKS
            for character in text
        ):
            return Refusal(row.line, RowTrouble.CONTROL, column)
    return None


def refusal_of(row: CsvRow, error: InvalidField) -> Refusal:
    """What is wrong with a row, of one of whose fields this was raised."""
    empty = not row.fields.get(error.field)
    trouble = RowTrouble.EMPTY if empty else RowTrouble.WRONG
    return Refusal(row.line, trouble, error.field)


def needed(fields: dict[str, str], name: str) -> str:
    """A field that must be there.

    Raises:
        InvalidField: it is empty.
    """
    text = fields.get(name, "")
    if not text:
        raise InvalidField(name)
    return text


def _residency(text: str) -> ResidencyClass:
    try:
        return _RESIDENCY[folded_word(text)]
    except KeyError:
        raise InvalidField("residency") from None


def _expiry(text: str) -> date:
    day = parse_day(text)
    # A year like 202 or 9999 is a slip of a hand, and no date to compute with.
    if day is None or not 1990 <= day.year <= 2199:
        raise InvalidField("expires_on")
    return day


def _yes_or_no(field: str, text: str) -> bool:
    try:
        return _YES_OR_NO[folded_word(text)]
    except KeyError:
        raise InvalidField(field) from None
