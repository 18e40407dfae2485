"""The first tables.

A frozen copy, deliberately independent of `models.tables`: a migration that has run somewhere is
never changed.
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


def up(migrator: SchemaMigrator, database: Database) -> None:
    """Make all tables of version 1."""
    bound_to = database

    class Table(Model):
        class Meta:
            database = bound_to
            legacy_table_names = False

    class Branch(Table):
        id = AutoField()
        name = TextField(unique=True)

    class Counter(Table):
        id = AutoField()
        branch = ForeignKeyField(Branch, on_delete="RESTRICT")
        name = TextField()

        class Meta:
            indexes = ((("branch", "name"), True),)

    class Operator(Table):
        id = AutoField()
        name = TextField(unique=True)

    class Patron(Table):
        id = AutoField()
        library_card_number = TextField(unique=True)
        name = TextField()
        kana = TextField()
        birth_date = DateField()
        address = TextField()
        telephone = TextField(default="")
        residency = TextField(
            constraints=[Check("residency IN ('resident', 'worker', 'student', 'non_resident')")]
        )
        expires_on = DateField()
        registered_at = DateTimeField(index=True)
        number_was_issued = BooleanField(default=False, index=True)
        registered_at_counter = ForeignKeyField(Counter, null=True, on_delete="SET NULL")

    class CardLink(Table):
        id = AutoField()
        patron = ForeignKeyField(Patron, on_delete="RESTRICT")
        user_identifier = TextField()
        enrollment_id = TextField(unique=True)
        card_key = BlobField(null=True)
        certificate_ends_on = DateField()
        terms_version = TextField()
        consented_at = DateTimeField()
        linked_at = DateTimeField(index=True)
        linked_by = ForeignKeyField(Operator, on_delete="RESTRICT")
        linked_at_counter = ForeignKeyField(Counter, on_delete="RESTRICT")
        unlinked_at = DateTimeField(null=True)

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

    class Item(Table):
        id = AutoField()
        barcode = TextField(unique=True)
        title = TextField()
        branch = ForeignKeyField(Branch, on_delete="RESTRICT")
        not_for_loan = BooleanField(default=False)

    class PrintJob(Table):
        id = AutoField()
        kind = TextField(constraints=[Check("kind IN ('checkout', 'enrollment')")])
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

    database.create_tables([Branch, Counter, Operator, Patron, CardLink, Item, PrintJob, Loan])
