"""That a card was left behind, and when it was handed over.

A frozen copy, deliberately independent of `models.tables`, as all migrations.
"""

from __future__ import annotations

from peewee import AutoField, Database, DateTimeField, ForeignKeyField, Model
from playhouse.migrate import SchemaMigrator


def up(migrator: SchemaMigrator, database: Database) -> None:
    """Make one table; nothing that is there changes."""
    bound_to = database

    class Table(Model):
        class Meta:
            database = bound_to
            legacy_table_names = False

    class Counter(Table):
        id = AutoField()

    class CardLeftBehind(Table):
        id = AutoField()
        counter = ForeignKeyField(Counter, on_delete="RESTRICT")
        noticed_at = DateTimeField(index=True)
        handed_over_at = DateTimeField(null=True)

    database.create_tables([CardLeftBehind])
