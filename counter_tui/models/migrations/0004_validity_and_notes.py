"""How each validity came to be, notes on patrons, and two more kinds of slip.

A frozen copy, deliberately independent of `models.tables`, as all migrations. SQLite cannot change
a constraint in place: slips, and the loans that refer to them, are made anew and copied.
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

_REMADE = ("print_job", "loan")


def up(migrator: SchemaMigrator, database: Database) -> None:
    """Bring a store of version 3 to version 4; every row stays."""
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

    class Item(Table):
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

    class PatronNote(Table):
        id = AutoField()
        patron = ForeignKeyField(Patron, on_delete="CASCADE")
        text = TextField()
        written_at = DateTimeField()
        written_by = ForeignKeyField(Operator, on_delete="RESTRICT")
        written_at_counter = ForeignKeyField(Counter, on_delete="RESTRICT")

    class PrintJob(Table):
        id = AutoField()
        kind = TextField(
            constraints=[
                Check("kind IN ('checkout', 'enrollment', 'unlinking', 'report', 'links')")
            ]
        )
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
        returned_at = DateTimeField(null=True)

        class Meta:
            constraints = (SQL("CHECK (returned_at IS NOT NULL OR patron_id IS NOT NULL)"),)

    # An item is in one pair of hands at a time.
    Loan.add_index(
        Loan.index(Loan.item, unique=True, where=Loan.returned_at.is_null(), name="loan_open_item")
    )
    # What a patron has in hand is counted at every touch; without returned rows it stays short.
    Loan.add_index(
        Loan.index(Loan.patron, where=Loan.returned_at.is_null(), name="loan_open_patron")
    )

    columns = {table: _columns(database, table) for table in _REMADE}
    for table in _REMADE:
        for index in database.get_indexes(table):
            # Names of indexes are the whole store's; those of UNIQUE columns go with the table.
            if index.sql:
                database.execute_sql(f'DROP INDEX "{index.name}"')
        # References to it follow the name. Loans are made anew for that alone.
        database.execute_sql(f'ALTER TABLE "{table}" RENAME TO "{table}_3"')
    database.create_tables([ValidityChange, PatronNote, PrintJob, Loan])
    for table in _REMADE:
        copied = ", ".join(f'"{column}"' for column in columns[table])
        database.execute_sql(
            f'INSERT INTO "{table}" ({copied})'  # noqa: S608  names from above
            f' SELECT {copied} FROM "{table}_3"'
        )
    # Loans before the slips that they refer to.
    for table in reversed(_REMADE):
        database.execute_sql(f'DROP TABLE "{table}_3"')
    # Until now nothing but registrations and imports has set a validity; by whom was not kept.
    database.execute_sql(
        "INSERT INTO validity_change (patron_id, expires_on, changed_at, counter_id, kind, reason)"
        " SELECT id, expires_on, registered_at, registered_at_counter_id,"
        " CASE WHEN registered_at_counter_id IS NULL THEN 'import' ELSE 'registration' END, ''"
        " FROM patron ORDER BY id"
    )


def _columns(database: Database, table: str) -> list[str]:
    return [column.name for column in database.get_columns(table)]
