"""The date on the proof with which a validity was renewed, and in which look of the monthly run a
patron was looked at.

A frozen copy, deliberately independent of `models.tables`, as all migrations. SQLite adds columns
behind the constraints of a table only, so both tables are made anew; nothing refers to them.
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

_REMADE = ("validity_change", "renewal_outcome")


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

    class RenewalRun(Table):
        id = AutoField()

    class RenewalOutcome(Table):
        id = AutoField()
        run = ForeignKeyField(RenewalRun, on_delete="CASCADE")
        patron = ForeignKeyField(Patron, on_delete="CASCADE")
        word = TextField(null=True)
        checked_at = DateTimeField(null=True)
        outcome = TextField(null=True)
        look_began_at = DateTimeField(null=True)

        class Meta:
            indexes = ((("run", "patron"), True),)

    columns = {table: database.get_columns(table) for table in _REMADE}
    for table in _REMADE:
        for index in database.get_indexes(table):
            # Names of indexes are the whole store's.
            if index.sql:
                database.execute_sql(f'DROP INDEX "{index.name}"')
        database.execute_sql(f'ALTER TABLE "{table}" RENAME TO "{table}_8"')
    database.create_tables([ValidityChange, RenewalOutcome])
    for table in _REMADE:
        copied = ", ".join(f'"{column.name}"' for column in columns[table])
        database.execute_sql(
            f'INSERT INTO "{table}" ({copied})'  # noqa: S608  names from above
            f' SELECT {copied} FROM "{table}_8"'
        )
        database.execute_sql(f'DROP TABLE "{table}_8"')
