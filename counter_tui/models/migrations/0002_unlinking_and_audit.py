"""Ends of links with their reason, the chain of audit events, one more kind of slip.

A frozen copy, deliberately independent of `models.tables`, as all migrations. SQLite cannot change
a column or a constraint in place: three tables are made anew and their rows copied.
"""

from __future__ import annotations

from peewee import (
    SQL,
    AutoField,
    BlobField,
    BooleanField,
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

_REMADE = ("card_link", "print_job", "loan")


def up(migrator: SchemaMigrator, database: Database) -> None:
    """Bring a store of version 1 to version 2; every row stays."""
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

    class CardLink(Table):
        id = AutoField()
        patron = ForeignKeyField(Patron, on_delete="RESTRICT")
        user_identifier = TextField(index=True)
        enrollment_id = TextField(unique=True)
        card_key = BlobField(null=True)
        certificate_ends_on = DateField(null=True, index=True)
        scheme = IntegerField(default=1)
        terms_version = TextField()
        consented_at = DateTimeField()
        linked_at = DateTimeField(index=True)
        linked_by = ForeignKeyField(Operator, on_delete="RESTRICT")
        linked_at_counter = ForeignKeyField(Counter, on_delete="RESTRICT")
        unlinked_at = DateTimeField(null=True)
        unlinked_by = ForeignKeyField(Operator, null=True, on_delete="RESTRICT", backref="+")
        unlinked_at_counter = ForeignKeyField(Counter, null=True, on_delete="RESTRICT", backref="+")
        unlink_reason = TextField(
            null=True,
            constraints=[
                Check("unlink_reason IN ('lost', 'stolen', 'reissued', 'wish', 'error', 'lapsed')")
            ],
        )
        suspension_confirmed = BooleanField(null=True)
        unlink_owed_since = DateTimeField(null=True)

    # The one live link of a patron, and of a user identifier.
    CardLink.add_index(
        CardLink.index(
            CardLink.patron,
            unique=True,
            where=CardLink.unlinked_at.is_null(),
            name="card_link_live_patron",
        )
    )
    CardLink.add_index(
        CardLink.index(
            CardLink.user_identifier,
            unique=True,
            where=CardLink.unlinked_at.is_null(),
            name="card_link_live_user_identifier",
        )
    )

    class PrintJob(Table):
        id = AutoField()
        kind = TextField(constraints=[Check("kind IN ('checkout', 'enrollment', 'unlinking')")])
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

    class AuditEvent(Table):
        number = IntegerField(primary_key=True)
        at = TextField()
        action = TextField()
        patron_number = IntegerField(null=True, index=True)
        operator = ForeignKeyField(Operator, on_delete="RESTRICT")
        counter = ForeignKeyField(Counter, on_delete="RESTRICT")
        reason = TextField(default="")
        amount = IntegerField(null=True)
        digest = TextField()

    columns = {table: _columns(database, table) for table in _REMADE}
    for table in _REMADE:
        for index in database.get_indexes(table):
            # Names of indexes are the whole store's; those of UNIQUE columns go with the table.
            if index.sql:
                database.execute_sql(f'DROP INDEX "{index.name}"')
        # References to it follow the name. Loans are made anew for that alone.
        database.execute_sql(f'ALTER TABLE "{table}" RENAME TO "{table}_1"')
    database.create_tables([CardLink, PrintJob, Loan, AuditEvent])
    for table in _REMADE:
        copied = ", ".join(f'"{column}"' for column in columns[table])
        more, values = (', "scheme"', ", 1") if table == "card_link" else ("", "")
        database.execute_sql(
            f'INSERT INTO "{table}" ({copied}{more})'  # noqa: S608  names from above
            f' SELECT {copied}{values} FROM "{table}_1"'
        )
    # Loans before the slips that they refer to.
    for table in reversed(_REMADE):
        database.execute_sql(f'DROP TABLE "{table}_1"')


def _columns(database: Database, table: str) -> list[str]:
    return [column.name for column in database.get_columns(table)]
