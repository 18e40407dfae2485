"""Everything that is stored about a patron, row by row, and how it is told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from peewee import ForeignKeyField

from counter_tui.clock import TOKYO
from counter_tui.desk.csv_text import csv_bytes
from counter_tui.desk.held_words import field_label, section_label, value_words
from counter_tui.models.tables import TABLES, AuditEvent, Patron, Table
from counter_tui.text import plain

HEADINGS: Final = ("記録", "件", "項目", "内容")

MOST_ON_PAPER: Final = 20
"""Rows of one kind that a slip tells one by one, the newest ones; the file has all."""

_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT[0-9:]{8}\+09:00")
"""As `_value` writes an instant."""

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
        return section_label(self.section)


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
                yield f"{field_label(column)}: {plain(value_words(each.section, column, value))}"
            yield ""
        if any(each.section == "card_link" for each in self.records):
            yield _AT_THE_PLATFORM

    def as_csv(self) -> bytes:
        """For a spreadsheet: UTF-8 with BOM, Japanese headings."""
        return csv_bytes(
            HEADINGS,
            (
                (
                    each.title,
                    each.number,
                    field_label(column),
                    value_words(each.section, column, value),
                )
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
        done = value_words(section, "action", values["action"])
        return [f"{_moment(values['at'])} {done}"]
    if section == "print_job":
        kind = value_words(section, "kind", values["kind"])
        return [f"{_moment(values['created_at'])} {kind}"]
    shown = []
    for column, value in row.values:
        if value is None or value == "":
            continue
        text = value_words(section, column, value)
        if _INSTANT.fullmatch(text):
            text = _moment(text)
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
