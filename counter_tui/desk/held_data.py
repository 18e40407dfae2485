"""Everything that is stored about a patron, row by row, and how it is told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from peewee import ForeignKeyField

from counter_tui.clock import TOKYO
from counter_tui.desk.csv_text import csv_bytes
from counter_tui.models.tables import TABLES, AuditEvent, Patron, Table
from counter_tui.text import plain

HEADINGS: Final = ("記録", "件", "項目", "内容")

# The report is for the patron: its words are those of the library's forms, in Japanese.
_SECTIONS: Final = {
    "patron": "利用者",
    "patron_search_keys": "検索用の写し",
    "validity_change": "有効期限の変更",
    "patron_note": "職員の注記",
    "renewal_outcome": "有効期限の自動更新",
    "card_link": "マイナンバーカードの連携",
    "loan": "貸出中の資料",
    "print_job": "レシート",
    "hold": "予約",
    "patron_block": "貸出停止",
    "loan_history_wish": "貸出履歴の希望",
    "audit_event": "操作履歴",
}
_FIELDS: Final = {
    "action": "操作",
    "address": "住所",
    "amount": "件数",
    "at": "日時",
    "attempts": "印刷の試行",
    "birth_date": "生年月日",
    "blocked_at": "停止日時",
    "blocked_at_counter": "停止カウンター",
    "blocked_by": "停止担当者",
    "bytes_sent": "送信バイト数",
    "card_key": "カードの公開鍵",
    "certificate_ends_on": "証明書の有効期限",
    "changed_at": "変更日時",
    "checked_at": "確認日時",
    "consented_at": "同意日時",
    "counter": "カウンター",
    "created_at": "作成日時",
    "digest": "連鎖値",
    "due_before_extension": "延長前の返却期限",
    "due_on": "返却期限",
    "enrollment_id": "手続き番号",
    "expired_on": "前の有効期限",
    "expires_on": "有効期限",
    "extended_at": "延長日時",
    "extended_at_counter": "延長カウンター",
    "filled_by": "貸出の番号",
    "given_kana": "カナ(名)",
    "given_name": "氏名(名)",
    "id": "内部番号",
    "item": "資料",
    "kana": "カナ",
    "kind": "種類",
    "last_error": "印刷の不具合",
    "lent_at": "貸出日時",
    "lent_at_counter": "貸出カウンター",
    "lent_by": "貸出担当者",
    "library_card_number": "貸出券番号",
    "linked_at": "連携日時",
    "linked_at_counter": "連携カウンター",
    "linked_by": "連携担当者",
    "loose_kana": "カナ(清音)",
    "name": "氏名",
    "note": "理由(職員用)",
    "number": "番号",
    "number_was_issued": "番号を発行",
    "operator": "担当者",
    "outcome": "結果",
    "patron_number": "利用者の内部番号",
    "pickup_branch": "受取館",
    "placed_at": "予約日時",
    "reason": "理由",
    "registered_at": "登録日時",
    "registered_at_counter": "登録カウンター",
    "reprint_no": "再発行の回数",
    "reprint_of": "再発行の元",
    "residency": "区分",
    "returned_at": "返却日時",
    "returned_at_counter": "返却カウンター",
    "returned_on": "返却日",
    "reversed_number": "番号(逆順)",
    "reversed_telephone": "電話番号(逆順)",
    "run": "自動更新の回",
    "scheme": "連携の方式",
    "slip": "レシート番号",
    "state": "状態",
    "suspension_confirmed": "一時停止の確認",
    "telephone": "電話番号",
    "terms_version": "規約の版",
    "text": "本文",
    "unlink_owed_since": "解除の連絡待ち",
    "unlink_reason": "解除の理由",
    "unlinked_at": "解除日時",
    "unlinked_at_counter": "解除カウンター",
    "unlinked_by": "解除担当者",
    "user_identifier": "ユーザー識別子",
    "wished_at": "希望日時",
    "within_days": "一覧の日数",
    "word": "証明書の状態",
    "written_at": "記入日時",
    "written_at_counter": "記入カウンター",
    "written_by": "記入担当者",
}
_ACTIONS: Final = {
    "link": "カードを連携した",
    "unlink": "連携を解除した",
    "relink": "新しいカードに連携した",
    "undo_unlink": "解除を取り消した",
    "override": "特例で貸した",
    "open_file": "詳細を見た",
    "renew_validity": "期限を更新した",
    "undo_renewal": "期限の更新を取り消した",
    "note_added": "注記を書いた",
    "note_removed": "注記を消した",
    "report": "この控えを出した",
    "delete": "記録を消した",
}
_SLIPS: Final = {
    "checkout": "貸出のレシート",
    "enrollment": "連携登録の控え",
    "unlinking": "連携解除の控え",
    "validity": "期限更新の控え",
    "report": "この控え",
}
MOST_ON_PAPER: Final = 20
"""Rows of one kind that a slip tells one by one, the newest ones; the file has all."""

_LONGEST_ON_PAPER: Final = 80
"""Characters of one value on a slip; a key of a card has 588."""

_AT_THE_PLATFORM: Final = (
    "連携したカードの証明書の発行者と発行番号は、図書館の記録とは別に、暗号化して保持しています。"
)


@dataclass(frozen=True)
class HeldRecord:
    """One row about a patron.

    Attributes:
        section: the table.
        number: of the row within its section, from 1.
        values: column and what stands there; None where nothing does.
    """

    section: str
    number: int
    values: tuple[tuple[str, str | int | None], ...] = field(repr=False)

    @property
    def title(self) -> str:
        """What the patron reads for the section."""
        return _SECTIONS.get(self.section, self.section)


@dataclass(frozen=True)
class PaperSection:
    """Rows of one kind as a slip tells them."""

    title: str
    lines: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class HeldData:
    """Everything that is stored about a patron, row by row."""

    patron_id: int
    made_at: datetime
    records: tuple[HeldRecord, ...] = field(repr=False)

    def lines(self) -> Iterator[str]:
        """As text, to be read or printed."""
        for each in self.records:
            yield f"[{each.title} {each.number}]"
            for column, value in each.values:
                yield f"{field_label(column)}: {'' if value is None else plain(str(value))}"
            yield ""
        if any(each.section == "card_link" for each in self.records):
            yield _AT_THE_PLATFORM

    def as_csv(self) -> bytes:
        """For a spreadsheet: UTF-8 with BOM, Japanese headings."""
        return csv_bytes(
            HEADINGS,
            (
                (each.title, each.number, field_label(column), value)
                for each in self.records
                for column, value in each.values
            ),
        )

    def as_json(self) -> str:
        """For another program; with the names of tables and columns."""
        sections: dict[str, list[dict[str, str | int | None]]] = {}
        for each in self.records:
            sections.setdefault(each.section, []).append(dict(each.values))
        return json.dumps(sections, ensure_ascii=False, indent=2)


def field_label(column: str) -> str:
    """What a patron reads for a column."""
    return _FIELDS.get(column, column)


def on_paper(records: Iterable[HeldRecord]) -> tuple[PaperSection, ...]:
    """The same for a slip: what is empty is left out, and what was only done is one line each."""
    by_section: dict[str, list[HeldRecord]] = {}
    for each in records:
        by_section.setdefault(each.section, []).append(each)
    told = []
    for section, rows in by_section.items():
        newest = rows[::-1][:MOST_ON_PAPER]
        lines = [line for row in newest for line in _paper_lines(section, row)]
        if section == "patron_search_keys":
            lines = ["氏名・カナ・番号・電話・生年月日を、さがすための形で"]
        if len(rows) > MOST_ON_PAPER:
            lines.append(f"ほか {len(rows) - MOST_ON_PAPER}件。すべてはファイルにあります。")
        title = rows[0].title
        told.append(PaperSection(f"{title} {len(rows)}件", tuple(lines)))
    if "card_link" in by_section:
        told.append(PaperSection("本人確認のしくみ", (_AT_THE_PLATFORM,)))
    return tuple(told)


def _paper_lines(section: str, row: HeldRecord) -> list[str]:
    values = dict(row.values)
    if section == "audit_event":
        action = str(values["action"])
        return [f"{_moment(values['at'])} {_ACTIONS.get(action, action)}"]
    if section == "print_job":
        kind = str(values["kind"])
        return [f"{_moment(values['created_at'])} {_SLIPS.get(kind, kind)}"]
    shown = []
    for column, value in row.values:
        if value is None or value == "":
            continue
        text = str(value)
        if len(text) > _LONGEST_ON_PAPER and column != "text":
            text = f"{len(text)}字。すべてはファイルにあります。"
        shown.append(f"{field_label(column)}: {text}")
    return shown


def _moment(instant: object) -> str:
    return f"{datetime.fromisoformat(str(instant)).astimezone(TOKYO):%Y-%m-%d %H:%M}"


def records_on(patron_id: int) -> Iterator[HeldRecord]:
    """Rows of every table that refers to patrons: a new table is told of by itself.

    Inside a transaction only.
    """
    yield from _section(Patron, Patron.select().where(Patron.id == patron_id))
    for table in TABLES:
        for foreign in table._meta.refs:
            if foreign.rel_model is Patron:
                yield from _section(table, table.select().where(foreign == patron_id), foreign)
    yield from _section(
        AuditEvent,
        AuditEvent.select()
        .where(AuditEvent.patron_number == patron_id)
        .order_by(AuditEvent.number),
    )


def _section(
    table: type[Table], rows: Any, without: ForeignKeyField | None = None
) -> Iterator[HeldRecord]:
    fields = [each for each in table._meta.sorted_fields if each is not without]
    for number, row in enumerate(rows, 1):
        values = tuple((each.name, _value(getattr(row, each.name))) for each in fields)
        yield HeldRecord(table._meta.table_name, number, values)


def _value(value: Any) -> str | int | None:
    if isinstance(value, Table):
        # What it is called, where it is called something; else its number.
        named = getattr(value, "name", None) or getattr(value, "title", None)
        return str(named) if named else int(value.get_id())
    if isinstance(value, datetime):
        return value.astimezone(TOKYO).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(type(value).__name__)
