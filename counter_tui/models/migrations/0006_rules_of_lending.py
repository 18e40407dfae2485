"""Kinds of items, extensions, where and as of when items came back, holds, blocks, histories.

A frozen copy, deliberately independent of `models.tables`, as all migrations. SQLite adds columns
behind the constraints of a table only: items, and the loans that refer to them, are made anew.
"""

from __future__ import annotations

from peewee import (
    SQL,
    AutoField,
    BooleanField,
    Check,
    Database,
    DateField,
    DateTimeField,
    ForeignKeyField,
    Model,
    TextField,
)
from playhouse.migrate import SchemaMigrator

_REMADE = ("item", "loan")


def up(migrator: SchemaMigrator, database: Database) -> None:
    """Bring a store of version 5 to version 6; every row stays."""
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

    class PrintJob(Table):
        id = AutoField()

    class Item(Table):
        id = AutoField()
        barcode = TextField(unique=True)
        title = TextField()
        branch = ForeignKeyField(Branch, on_delete="RESTRICT")
        not_for_loan = BooleanField(default=False)
        kind = TextField(default="", constraints=[SQL("DEFAULT ''")])
        withdrawn = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])

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

    class PatronBlock(Table):
        id = AutoField()
        patron = ForeignKeyField(Patron, on_delete="CASCADE", index=False)
        kind = TextField(constraints=[Check("kind IN ('card_lost', 'manual')")])
        note = TextField(default="")
        blocked_at = DateTimeField()
        blocked_by = ForeignKeyField(Operator, on_delete="RESTRICT")
        blocked_at_counter = ForeignKeyField(Counter, on_delete="RESTRICT")

        class Meta:
            indexes = ((("patron", "kind"), True),)

    class LoanHistoryWish(Table):
        patron = ForeignKeyField(Patron, primary_key=True, on_delete="CASCADE")
        wished_at = DateTimeField()

    columns = {table: _columns(database, table) for table in _REMADE}
    for table in _REMADE:
        for index in database.get_indexes(table):
            # Names of indexes are the whole store's; those of UNIQUE columns go with the table.
            if index.sql:
                database.execute_sql(f'DROP INDEX "{index.name}"')
        # References to it follow the name.
        database.execute_sql(f'ALTER TABLE "{table}" RENAME TO "{table}_5"')
    database.create_tables([Item, Loan, Hold, PatronBlock, LoanHistoryWish])
    for table in _REMADE:
        copied = ", ".join(f'"{column}"' for column in columns[table])
        more, values = (', "kind", "withdrawn"', ", '', 0") if table == "item" else ("", "")
        database.execute_sql(
            f'INSERT INTO "{table}" ({copied}{more})'  # noqa: S608  names from above
            f' SELECT {copied}{values} FROM "{table}_5"'
        )
    # Loans before the items that they refer to.
    for table in reversed(_REMADE):
        database.execute_sql(f'DROP TABLE "{table}_5"')


def _columns(database: Database, table: str) -> list[str]:
    return [column.name for column in database.get_columns(table)]
