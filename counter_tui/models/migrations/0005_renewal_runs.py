"""What is kept of each month's automatic renewal.

A frozen copy, deliberately independent of `models.tables`, as all migrations.
"""

from __future__ import annotations

from peewee import AutoField, Database, DateTimeField, ForeignKeyField, Model, TextField
from playhouse.migrate import SchemaMigrator


def up(migrator: SchemaMigrator, database: Database) -> None:
    """Make two tables; nothing that is there changes."""
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

    class RenewalRun(Table):
        id = AutoField()
        month = TextField(unique=True)
        started_at = DateTimeField()
        started_by = ForeignKeyField(Operator, on_delete="RESTRICT")
        started_at_counter = ForeignKeyField(Counter, on_delete="RESTRICT")

    class RenewalOutcome(Table):
        id = AutoField()
        run = ForeignKeyField(RenewalRun, on_delete="CASCADE")
        patron = ForeignKeyField(Patron, on_delete="CASCADE")
        word = TextField(null=True)
        checked_at = DateTimeField(null=True)
        outcome = TextField(null=True)

        class Meta:
            indexes = ((("run", "patron"), True),)

    database.create_tables([RenewalRun, RenewalOutcome])
