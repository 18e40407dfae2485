"""What the library holds on a patron, and deleting it when its time is over."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from peewee import ForeignKeyField

from counter_tui.clock import TOKYO, Clock, today
from counter_tui.desk.audit import Action, record
from counter_tui.desk.csv_text import csv_bytes
from counter_tui.desk.link_records import end_link, live_link
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.platform_lane import PlatformLane
from counter_tui.desk.store_lane import StoreLane
from counter_tui.errors import PlatformUnreachable, UnknownLibraryCard, UnlinkReason
from counter_tui.models.tables import (
    TABLES,
    AuditEvent,
    CardLink,
    Loan,
    Patron,
    Table,
)
from counter_tui.text import fold_scan, plain

log = logging.getLogger(__name__)

HEADINGS: Final = ("記録", "件", "項目", "内容")

# The report is for the patron: its words are those of the library's forms, in Japanese.
_SECTIONS: Final = {
    "patron": "利用者",
    "patron_search_keys": "検索用の写し",
    "validity_change": "有効期限の変更",
    "patron_note": "職員の注記",
    "card_link": "マイナンバーカードの連携",
    "loan": "貸出中の資料",
    "print_job": "レシート",
    "audit_event": "操作履歴",
}
_FIELDS: Final = {
    "action": "操作",
    "address": "住所",
    "amount": "件数",
    "at": "日時",
    "attempts": "印刷の試行",
    "birth_date": "生年月日",
    "bytes_sent": "送信バイト数",
    "card_key": "カードの公開鍵",
    "certificate_ends_on": "証明書の有効期限",
    "changed_at": "変更日時",
    "consented_at": "同意日時",
    "counter": "カウンター",
    "created_at": "作成日時",
    "digest": "連鎖値",
    "due_on": "返却期限",
    "expired_on": "前の有効期限",
    "enrollment_id": "手続き番号",
    "expires_on": "有効期限",
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
    "number": "番号",
    "number_was_issued": "番号を発行",
    "operator": "担当者",
    "patron_number": "利用者の内部番号",
    "reason": "理由",
    "registered_at": "登録日時",
    "registered_at_counter": "登録カウンター",
    "reprint_no": "再発行の回数",
    "reprint_of": "再発行の元",
    "residency": "区分",
    "returned_at": "返却日時",
    "reversed_number": "番号(逆順)",
    "reversed_telephone": "電話番号(逆順)",
    "scheme": "連携の方式",
    "slip": "レシート番号",
    "state": "状態",
    "suspension_confirmed": "一時停止の確認",
    "telephone": "電話番号",
    "text": "本文",
    "terms_version": "規約の版",
    "within_days": "一覧の日数",
    "unlink_owed_since": "解除の連絡待ち",
    "unlink_reason": "解除の理由",
    "unlinked_at": "解除日時",
    "unlinked_at_counter": "解除カウンター",
    "unlinked_by": "解除担当者",
    "user_identifier": "ユーザー識別子",
    "written_at": "記入日時",
    "written_at_counter": "記入カウンター",
    "written_by": "記入担当者",
}
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


@dataclass(frozen=True)
class DeletionRun:
    """What a deletion run did, or in a dry run would do.

    Attributes:
        lapsed_before: whose validity ended before this day.
        deleted: how many patrons.
        kept_for_loans: how many have something in hand.
        waiting: how many stay until the platform can be told.
    """

    lapsed_before: date
    deleted: int
    kept_for_loans: int
    waiting: int


class Privacy:
    """Tells what is held, and deletes what is held no longer. Both are accounted for."""

    def __init__(
        self,
        platform: PlatformLane,
        store: StoreLane,
        clock: Clock,
        place: PlaceRecord,
        delete_lapsed_after_days: int,
    ) -> None:
        self._platform = platform
        self._store = store
        self._clock = clock
        self._place = place
        self.delete_lapsed_after_days = delete_lapsed_after_days

    async def find(self, library_card_number: str) -> int:
        """The internal number of a patron.

        Raises:
            UnknownLibraryCard, StoreUnavailable
        """
        number = fold_scan(library_card_number)

        def look() -> int:
            patron = Patron.get_or_none(Patron.library_card_number == number)
            if patron is None:
                raise UnknownLibraryCard(number)
            return int(patron.id)

        return await self._store.transact(look)

    async def held_data(self, patron_id: int) -> HeldData:
        """Everything that is stored about a patron, this question included.

        Raises:
            StoreUnavailable: the question could not be accounted for; nothing is told.
        """
        now = self._clock.now()

        def gather() -> HeldData:
            record(self._place, now, Action.REPORT, patron_id)
            return HeldData(patron_id, now, tuple(_records(patron_id)))

        return await self._store.transact(gather)

    async def delete_lapsed(self, *, dry_run: bool = False) -> DeletionRun | None:
        """Delete patrons who lapsed long ago, each in a transaction of its own; rerun safe.

        Who has an item in hand is kept. A linked card is unlinked and forgotten by the platform
        first, so that nothing about it remains anywhere.

        Returns:
            None when the settings say that nobody is deleted.

        Raises:
            StoreUnavailable: those who were deleted before stay deleted.
        """
        if self.delete_lapsed_after_days == 0:
            return None
        before = today(self._clock) - timedelta(days=self.delete_lapsed_after_days)
        lapsed, kept = await self._store.transact(_lapsed, before)
        deleted = waiting = 0
        for patron_id in () if dry_run else lapsed:
            try:
                deleted += await self._delete(patron_id, before)
            except PlatformUnreachable:
                waiting += 1
        if dry_run:
            deleted = len(lapsed)
        now, reason = self._clock.now(), "dry_run" if dry_run else ""
        await self._store.transact(
            record, self._place, now, Action.DELETION_RUN, reason=reason, amount=deleted
        )
        return DeletionRun(before, deleted, len(kept), waiting)

    async def _delete(self, patron_id: int, before: date) -> bool:
        """Whether the patron is deleted; somebody may have come meanwhile."""
        identifiers = await self._store.transact(self._end_links, patron_id, before)
        for user_identifier in identifiers:
            await self._platform.forget(user_identifier)
        return await self._store.transact(self._delete_record, patron_id, before)

    def _end_links(self, patron_id: int, before: date) -> list[str]:
        if not _may_go(patron_id, before):
            return []
        now = self._clock.now()
        link = live_link(patron_id)
        if link is not None:
            end_link(link, UnlinkReason.LAPSED, self._place, now, suspended=False)
        links = CardLink.select(CardLink.user_identifier).where(CardLink.patron == patron_id)
        identifiers = [each.user_identifier for each in links]
        if link is not None:
            record(self._place, now, Action.UNLINK, patron_id, UnlinkReason.LAPSED.value)
        return identifiers

    def _delete_record(self, patron_id: int, before: date) -> bool:
        if not _may_go(patron_id, before) or live_link(patron_id) is not None:
            return False
        CardLink.delete().where(CardLink.patron == patron_id).execute()
        # Slips forget whose they were by themselves; returned loans have long done so.
        Patron.delete().where(Patron.id == patron_id).execute()
        record(self._place, self._clock.now(), Action.DELETE, patron_id, "lapsed")
        return True


def field_label(column: str) -> str:
    """What a patron reads for a column."""
    return _FIELDS.get(column, column)


def _lapsed(before: date) -> tuple[list[int], list[int]]:
    """Whose validity ended before a day: without and with an item in hand."""
    ended = Patron.select(Patron.id).where(Patron.expires_on < before).order_by(Patron.id)
    in_hand = _with_open_loans()
    return (
        [patron.id for patron in ended.where(Patron.id.not_in(in_hand))],
        [patron.id for patron in ended.where(Patron.id.in_(in_hand))],
    )


def _may_go(patron_id: int, before: date) -> bool:
    found = Patron.select().where(
        Patron.id == patron_id,
        Patron.expires_on < before,
        Patron.id.not_in(_with_open_loans()),
    )
    return bool(found.exists())


def _with_open_loans() -> Any:
    return Loan.select(Loan.patron).where(Loan.returned_at.is_null(), Loan.patron.is_null(False))


def _records(patron_id: int) -> Iterator[HeldRecord]:
    """Rows of every table that refers to patrons: a new table is told of by itself."""
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
