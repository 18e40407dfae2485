"""Slips of any kind: which there are is the program's business, and no constraint's any more.

A frozen copy, deliberately independent of `models.tables`, as all migrations. SQLite cannot change
a constraint in place: slips, the loans that refer to them, and the holds that refer to those, are
made anew and copied.
"""

from __future__ import annotations

from peewee import (
    SQL,
    AutoField,
    Check,
    Database,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)
from playhouse.migrate import SchemaMigrator

_REMADE = ("print_job", "loan", "hold")


def up(migrator: SchemaMigrator, database: Database) -> None:
    """Bring a store of version 6 to version 7; every row stays."""
    bound_to = database

    class Table(Model):
        class Meta:
            database = bound_to
            legacy_table_names = False

    class Branch(Table):
        id = AutoField()

    class Counter(Table):
        id = AutoField()

    class Operator(Table):
        id = AutoField()

    class Patron(Table):
        id = AutoField()

    class Item(Table):
        id = AutoField()

    class PrintJob(Table):
        id = AutoField()
        kind = TextField(constraints=[Check("kind <> ''")])
        patron = ForeignKeyField(Patron, null=True, on_delete="SET NULL")
        counter = ForeignKeyField(Counter, on_delete="RESTRICT")
        state = TextField(
            constraints=[
                Check(
                    "state IN"
                    " ('queued', 'sending', 'printed', 'sent', 'unknown', 'failed', 'expired')"
                )
            ]
        )
        created_at = DateTimeField()
        changed_at = DateTimeField()
        attempts = IntegerField(default=0)
        bytes_sent = IntegerField(default=0)
        last_error = TextField(default="")
        reprint_of = ForeignKeyField("self", null=True, on_delete="SET NULL")
        reprint_no = IntegerField(default=0, constraints=[Check("reprint_no >= 0")])
        within_days = IntegerField(null=True)

        class Meta:
            indexes = ((("counter", "state"), False),)

    class Loan(Table):
        id = AutoField()
        item = ForeignKeyField(Item, on_delete="RESTRICT")
        patron = ForeignKeyField(Patron, null=True, on_delete="RESTRICT")
        slip = ForeignKeyField(PrintJob, null=True, on_delete="SET NULL")
        lent_at = DateTimeField(index=True)
        due_on = DateField()
        lent_by = ForeignKeyField(Operator, on_delete="RESTRICT")
        lent_at_counter = ForeignKeyField(Counter, on_delete="RESTRICT")
        returned_at = DateTimeField(null=True, index=True)
        returned_on = DateField(null=True)
        returned_at_counter = ForeignKeyField(
            Counter, null=True, on_delete="RESTRICT", backref="+", index=False
        )
        extended_at = DateTimeField(null=True, index=True)
        extended_at_counter = ForeignKeyField(
            Counter, null=True, on_delete="RESTRICT", backref="+", index=False
        )
        due_before_extension = DateField(null=True)

        class Meta:
            constraints = (
                SQL("CHECK (returned_at IS NOT NULL OR patron_id IS NOT NULL)"),
                SQL("CHECK ((extended_at IS NULL) = (due_before_extension IS NULL))"),
            )

    # An item is in one pair of hands at a time.
    Loan.add_index(
        Loan.index(Loan.item, unique=True, where=Loan.returned_at.is_null(), name="loan_open_item")
    )
    # What a patron has in hand is counted at every touch; without returned rows it stays short.
    Loan.add_index(
        Loan.index(Loan.patron, where=Loan.returned_at.is_null(), name="loan_open_patron")
    )

    class Hold(Table):
        id = AutoField()
        item = ForeignKeyField(Item, on_delete="RESTRICT", index=False)
        patron = ForeignKeyField(Patron, on_delete="CASCADE")
        placed_at = DateTimeField()
        pickup_branch = ForeignKeyField(Branch, on_delete="RESTRICT")
        filled_by = ForeignKeyField(Loan, null=True, on_delete="SET NULL")

        class Meta:
            indexes = ((("item", "patron"), True),)

    columns = {table: _columns(database, table) for table in _REMADE}
    for table in _REMADE:
        for index in database.get_indexes(table):
            # Names of indexes are the whole store's; those of UNIQUE columns go with the table.
            if index.sql:
                database.execute_sql(f'DROP INDEX "{index.name}"')
        # References to it follow the name.
        database.execute_sql(f'ALTER TABLE "{table}" RENAME TO "{table}_6"')
    database.create_tables([PrintJob, Loan, Hold])
    for table in _REMADE:
        copied = ", ".join(f'"{column}"' for column in columns[table])
        database.execute_sql(
            f'INSERT INTO "{table}" ({copied})'  # noqa: S608  names from above
            f' SELECT {copied} FROM "{table}_6"'
        )
    # What refers before what is referred to.
    for table in reversed(_REMADE):
        database.execute_sql(f'DROP TABLE "{table}_6"')


def _columns(database: Database, table: str) -> list[str]:
    return [column.name for column in database.get_columns(table)]
