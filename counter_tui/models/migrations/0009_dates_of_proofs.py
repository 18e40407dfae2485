"""The date that stands on the proof with which a validity was renewed at the counter.

A frozen copy, deliberately independent of `models.tables`, as all migrations. SQLite adds columns
behind the constraints of a table only, so the table is made anew; nothing refers to it.
"""

from __future__ import annotations

from peewee import (
    AutoField,
    Check,
    Database,
    DateField,
    DateTimeField,
    ForeignKeyField,
    Model,
    TextField,
)
from playhouse.migrate import SchemaMigrator

_TABLE = "validity_change"


def up(migrator: SchemaMigrator, database: Database) -> None:
    """Bring a store of version 8 to version 9; every row stays."""
    bound_to = database

    class Table(Model):
        class Meta:
            database = bound_to
            legacy_table_names = False

    class Counter(Table):
        id = AutoField()

    class Operator(Table):
        id = AutoField()

    class Patron(Table):
        id = AutoField()

    class ValidityChange(Table):
        id = AutoField()
        patron = ForeignKeyField(Patron, on_delete="CASCADE")
        expired_on = DateField(null=True)
        expires_on = DateField()
        changed_at = DateTimeField(index=True)
        operator = ForeignKeyField(Operator, null=True, on_delete="RESTRICT")
        counter = ForeignKeyField(Counter, null=True, on_delete="RESTRICT")
        kind = TextField(
            constraints=[
                Check("kind IN ('registration', 'import', 'counter', 'automatic', 'undo')")
            ]
        )
        reason = TextField(default="")
        proof_date = DateField(null=True)

    copied = ", ".join(f'"{column.name}"' for column in database.get_columns(_TABLE))
    for index in database.get_indexes(_TABLE):
        # Names of indexes are the whole store's.
        if index.sql:
            database.execute_sql(f'DROP INDEX "{index.name}"')
    database.execute_sql(f'ALTER TABLE "{_TABLE}" RENAME TO "{_TABLE}_8"')
    database.create_tables([ValidityChange])
    database.execute_sql(
        f'INSERT INTO "{_TABLE}" ({copied})'  # noqa: S608  names from above
        f' SELECT {copied} FROM "{_TABLE}_8"'
    )
    database.execute_sql(f'DROP TABLE "{_TABLE}_8"')
