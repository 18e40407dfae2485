"""What patrons are found by, for those who come and those who are there.

A frozen copy, deliberately independent of `models.tables`: a migration that has run somewhere is
never changed. The rules of folding are the program's own, because what is looked up has to be
folded as what is kept: who changes them adds a migration that fills these keys anew.
"""

from __future__ import annotations

from typing import Final

from peewee import (
    Database,
    DateField,
    ForeignKeyField,
    IntegerField,
    Model,
    PostgresqlDatabase,
    TextField,
)
from playhouse.migrate import SchemaMigrator

from counter_tui.folding import (
    fold_name,
    fold_number,
    fold_reading_loosely,
    fold_telephone,
    given_part,
)

AT_A_TIME: Final = 500
"""Rows in one statement: 11 values each stay under SQLite's limit of 32,766 (SQLite 3.32)."""


def up(migrator: SchemaMigrator, database: Database) -> None:
    """Make the table, and fill it for the patrons who are there."""
    bound_to = database
    # Beginnings are found by comparing bytes, as SQLite compares by itself.
    by_bytes = '"C"' if isinstance(database, PostgresqlDatabase) else None

    class Table(Model):
        class Meta:
            database = bound_to
            legacy_table_names = False

    class Patron(Table):
        """As far as it is needed here."""

        id = IntegerField(primary_key=True)
        library_card_number = TextField()
        name = TextField()
        kana = TextField()
        birth_date = DateField()
        telephone = TextField()

    class PatronSearchKeys(Table):
        patron = ForeignKeyField(Patron, primary_key=True, on_delete="CASCADE")
        name = TextField(collation=by_bytes)
        given_name = TextField(index=True, collation=by_bytes)
        kana = TextField(collation=by_bytes)
        given_kana = TextField(index=True, collation=by_bytes)
        loose_kana = TextField(index=True, collation=by_bytes)
        number = TextField(index=True, collation=by_bytes)
        reversed_number = TextField(index=True, collation=by_bytes)
        telephone = TextField(index=True, collation=by_bytes)
        reversed_telephone = TextField(index=True, collation=by_bytes)
        birth_date = DateField(index=True)

        class Meta:
            indexes = ((("name", "given_name"), False), (("kana", "given_kana"), False))

    def keys(patron: Patron) -> dict[str, object]:
        number = fold_number(patron.library_card_number)
        telephone = fold_telephone(patron.telephone)
        return {
            "patron": patron.id,
            "name": fold_name(patron.name),
            "given_name": fold_name(given_part(patron.name)),
            "kana": fold_name(patron.kana),
            "given_kana": fold_name(given_part(patron.kana)),
            "loose_kana": fold_reading_loosely(patron.kana),
            "number": number,
            "reversed_number": number[::-1],
            "telephone": telephone,
            "reversed_telephone": telephone[::-1],
            "birth_date": patron.birth_date,
        }

    database.create_tables([PatronSearchKeys])
    after = 0
    while patrons := list(
        Patron.select().where(Patron.id > after).order_by(Patron.id).limit(AT_A_TIME)
    ):
        PatronSearchKeys.insert_many([keys(patron) for patron in patrons]).execute()
        after = patrons[-1].id
