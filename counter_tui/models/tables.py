"""The tables of the library's store, with the invariants that the database itself keeps.

What is deliberately not here: the My Number, the sex, certificates and their serials, PINs. A
My Number card is known by `user_identifier` alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from peewee import (
    EXCLUDED,
    SQL,
    AutoField,
    BlobField,
    BooleanField,
    Check,
    DatabaseProxy,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)

from counter_tui.folding import (
    fold_name,
    fold_number,
    fold_reading_loosely,
    fold_telephone,
    given_part,
)

database: Final = DatabaseProxy()
"""Stands for the store until `Store.open` gives it a real database."""


class InstantField(DateTimeField):
    """An instant, kept in UTC; what goes in and comes out carries its time zone."""

    def db_value(self, value: datetime | None) -> Any:
        """Turn an aware instant into what the database keeps."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        naive = value.astimezone(UTC).replace(tzinfo=None)
        return super().db_value(naive)  # type: ignore[no-untyped-call]  # as peewee declares it

    def python_value(self, value: Any) -> datetime | None:
        """Turn what the database kept into an aware instant."""
        naive = super().python_value(value)  # type: ignore[no-untyped-call]  # as above
        return None if naive is None else naive.replace(tzinfo=UTC)


class Table(Model):
    """Base of all tables."""

    class Meta:
        database = database
        legacy_table_names = False


class Branch(Table):
    """A library building, or a room that lends."""

    id = AutoField()
    name = TextField(unique=True)


class Counter(Table):
    """A desk in a branch."""

    id = AutoField()
    branch = ForeignKeyField(Branch, on_delete="RESTRICT")
    name = TextField()

    class Meta:
        indexes = ((("branch", "name"), True),)


class Operator(Table):
    """A member of staff."""

    id = AutoField()
    name = TextField(unique=True)


class Patron(Table):
    """A person with a library card.

    `number_was_issued`: the library card number is one of our own, not of a card from stock.
    `registered_at_counter` is null for patrons who came in by an import.
    """

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
    registered_at = InstantField(index=True)
    number_was_issued = BooleanField(default=False, index=True)
    registered_at_counter = ForeignKeyField(Counter, null=True, on_delete="SET NULL")

    def save(self, *args: Any, **kwargs: Any) -> Any:
        """Keep the row, and what it is found by. `create` comes through here, too."""
        saved = super().save(*args, **kwargs)
        PatronSearchKeys.keep(self)
        return saved


class PatronSearchKeys(Table):
    """What a patron is found by: folded copies of columns, for looking up by their beginnings.

    Filled by `Patron.save` and by imports, from `search_keys`. What comes after the first blank
    is the given name; an empty key is found by nothing. Reversed keys are for the last digits.

    The beginnings are found by comparison, byte by byte: with PostgreSQL the columns have the
    collation "C", which the migration gives them.
    """

    patron = ForeignKeyField(Patron, primary_key=True, on_delete="CASCADE")
    patron_id: int
    name = TextField()
    given_name = TextField(index=True)
    kana = TextField()
    given_kana = TextField(index=True)
    loose_kana = TextField(index=True)
    number = TextField(index=True)
    reversed_number = TextField(index=True)
    telephone = TextField(index=True)
    reversed_telephone = TextField(index=True)
    birth_date = DateField(index=True)

    class Meta:
        # Family and given name are asked for together; so both are answered from the index.
        indexes = ((("name", "given_name"), False), (("kana", "given_kana"), False))

    @classmethod
    def keep(cls, *patrons: Patron) -> None:
        """Write what these patrons, at least one, are found by. Inside a transaction only."""
        rows = [(patron.id, *keys_of(patron)) for patron in patrons]
        changed = {
            column: getattr(EXCLUDED, column.column_name)
            for column in cls._meta.sorted_fields
            if column is not cls.patron
        }
        cls.insert_many(rows).on_conflict(conflict_target=[cls.patron], update=changed).execute()


def keys_of(patron: Patron) -> tuple[object, ...]:
    """`search_keys` of a row."""
    return search_keys(
        patron.library_card_number,
        patron.name,
        patron.kana,
        patron.telephone,
        patron.birth_date,
    )


def search_keys(
    number: str, name: str, kana: str, telephone: str, birth_date: date
) -> tuple[str, str, str, str, str, str, str, str, str, date]:
    """The columns of `PatronSearchKeys` behind the first, in their order."""
    folded_number = fold_number(number)
    folded_telephone = fold_telephone(telephone)
    return (
        fold_name(name),
        fold_name(given_part(name)),
        fold_name(kana),
        fold_name(given_part(kana)),
        fold_reading_loosely(kana),
        folded_number,
        folded_number[::-1],
        folded_telephone,
        folded_telephone[::-1],
        birth_date,
    )


def insert_rows(
    table: type[Table], columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """Insert many rows in one statement. Inside a transaction only.

    Peewee builds such a statement value by value, which takes five times as long as SQLite
    takes to carry it out; meanwhile no other counter can write.

    Args:
        columns: names in the database.
        rows: of as many values each, in the types that the database's driver takes.
    """
    if not rows:
        return
    connected = table._meta.database
    names = ", ".join(f'"{column}"' for column in columns)
    places = "(" + ", ".join([connected.param] * len(columns)) + ")"
    connected.execute_sql(
        f'INSERT INTO "{table._meta.table_name}" ({names}) VALUES '  # noqa: S608  our own names
        + ", ".join([places] * len(rows)),
        [value for row in rows for value in row],
    )


def update_row(table: type[Table], row_id: int, facts: Mapping[str, object]) -> None:
    """Change columns of one row, as `insert_rows` inserts. Inside a transaction only.

    Who changes patrons sees to their `PatronSearchKeys`.
    """
    connected = table._meta.database
    changes = ", ".join(f'"{column}" = {connected.param}' for column in facts)
    connected.execute_sql(
        f'UPDATE "{table._meta.table_name}" SET {changes} WHERE "id" = {connected.param}',  # noqa: S608  our own names
        [*facts.values(), row_id],
    )


class ValidityChange(Table):
    """That a library card was made usable through another day: see `desk.validity_changes`.

    `expired_on` is the last usable day before, null for a new patron. `operator` and `counter` are
    null where they were not kept, as before version 4 of the store. `proof_date` stands on the
    proof that was seen (`desk.renewal_proofs`); null where none does.
    """

    id = AutoField()
    patron = ForeignKeyField(Patron, on_delete="CASCADE")
    patron_id: int
    expired_on = DateField(null=True)
    expires_on = DateField()
    changed_at = InstantField(index=True)
    operator = ForeignKeyField(Operator, null=True, on_delete="RESTRICT")
    operator_id: int | None
    counter = ForeignKeyField(Counter, null=True, on_delete="RESTRICT")
    counter_id: int | None
    kind = TextField(
        constraints=[Check("kind IN ('registration', 'import', 'counter', 'automatic', 'undo')")]
    )
    reason = TextField(default="")
    proof_date = DateField(null=True)


class RenewalRun(Table):
    """A month's automatic renewal, see `desk.renewal_records`.

    `month`: "2026-11", in Asia/Tokyo at the beginning; one run a month, carried out by whoever.
    """

    id = AutoField()
    month = TextField(unique=True)
    started_at = InstantField()
    started_by = ForeignKeyField(Operator, on_delete="RESTRICT")
    started_at_counter = ForeignKeyField(Counter, on_delete="RESTRICT")


class RenewalOutcome(Table):
    """What has become of a patron in a month.

    `word`: the platform's answer, see `identity.platform.StatusWord`; null: it was not asked.
    `checked_at`: null until the patron was looked at. `outcome`: null until it was written:
    "renewed", or a value of `desk.auto_renewal.NotRenewed`. `look_began_at`: names the look in
    which that was; null as `checked_at`, and for what was looked at before version 9 of the store.
    """

    id = AutoField()
    run = ForeignKeyField(RenewalRun, on_delete="CASCADE")
    run_id: int
    patron = ForeignKeyField(Patron, on_delete="CASCADE")
    patron_id: int
    word = TextField(null=True)
    checked_at = InstantField(null=True)
    outcome = TextField(null=True)
    look_began_at = InstantField(null=True)

    class Meta:
        # One outcome a patron and month.
        indexes = ((("run", "patron"), True),)


class PatronNote(Table):
    """What staff want each other to know about a patron; shown to the patron on demand."""

    id = AutoField()
    patron = ForeignKeyField(Patron, on_delete="CASCADE")
    patron_id: int
    text = TextField()
    written_at = InstantField()
    written_by = ForeignKeyField(Operator, on_delete="RESTRICT")
    written_at_counter = ForeignKeyField(Counter, on_delete="RESTRICT")


class CardLink(Table):
    """A My Number card that was enrolled for a patron.

    `card_key` is the public key with which the card proves itself at each touch (DER
    SubjectPublicKeyInfo), or null when this card cannot. It and `certificate_ends_on` are deleted
    when the link has ended and the day is over: until then a mistake can be undone.
    `scheme`: see `desk.link_records.SCHEME`.
    `suspension_confirmed`: the person had the card stopped by telephone before the link ended.
    `unlink_owed_since`: the platform has perhaps not heard yet that this link has ended.
    """

    id = AutoField()
    patron = ForeignKeyField(Patron, on_delete="RESTRICT")
    patron_id: int
    user_identifier = TextField(index=True)
    enrollment_id = TextField(unique=True)
    card_key = BlobField(null=True)
    certificate_ends_on = DateField(null=True, index=True)
    scheme = IntegerField(default=1)
    terms_version = TextField()
    consented_at = InstantField()
    linked_at = InstantField(index=True)
    linked_by = ForeignKeyField(Operator, on_delete="RESTRICT")
    linked_by_id: int
    linked_at_counter = ForeignKeyField(Counter, on_delete="RESTRICT")
    unlinked_at = InstantField(null=True)
    unlinked_by = ForeignKeyField(Operator, null=True, on_delete="RESTRICT", backref="+")
    unlinked_by_id: int | None
    unlinked_at_counter = ForeignKeyField(Counter, null=True, on_delete="RESTRICT", backref="+")
    unlinked_at_counter_id: int | None
    unlink_reason = TextField(
        null=True,
        constraints=[
            Check("unlink_reason IN ('lost', 'stolen', 'reissued', 'wish', 'error', 'lapsed')")
        ],
    )
    suspension_confirmed = BooleanField(null=True)
    unlink_owed_since = InstantField(null=True)


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
    """A thing with a barcode that can be lent.

    `kind` is the library's own word, as it stands in `loan_rules` of the settings; may be empty.
    `withdrawn`: it belongs to the library no more, but may still come back.
    """

    id = AutoField()
    barcode = TextField(unique=True)
    title = TextField()
    branch = ForeignKeyField(Branch, on_delete="RESTRICT")
    branch_id: int
    not_for_loan = BooleanField(default=False)
    kind = TextField(default="", constraints=[SQL("DEFAULT ''")])
    withdrawn = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])


class PrintJob(Table):
    """A slip in the outbox. Its content is not kept: it is made from the records when it prints.

    States: see `desk.slip_states.SlipState`; kinds: `desk.slip_records.slip_facts`.
    `within_days`: of a list of links, how far it looks ahead; such a slip is nobody's.
    """

    id = AutoField()
    kind = TextField(constraints=[Check("kind <> ''")])
    patron = ForeignKeyField(Patron, null=True, on_delete="SET NULL")
    patron_id: int | None
    counter = ForeignKeyField(Counter, on_delete="RESTRICT")
    counter_id: int
    state = TextField(
        constraints=[
            Check(
                "state IN ('queued', 'sending', 'printed', 'sent', 'unknown', 'failed', 'expired')"
            )
        ]
    )
    created_at = InstantField()
    changed_at = InstantField()
    attempts = IntegerField(default=0)
    bytes_sent = IntegerField(default=0)
    last_error = TextField(default="")
    reprint_of = ForeignKeyField("self", null=True, on_delete="SET NULL")
    reprint_of_id: int | None
    reprint_no = IntegerField(default=0, constraints=[Check("reprint_no >= 0")])
    within_days = IntegerField(null=True)

    class Meta:
        indexes = ((("counter", "state"), False),)


class Loan(Table):
    """An item in a patron's hands, from lending to return: see `desk.loan_life`.

    `patron` and `slip` are cut at return, so that no reading history remains; `patron` stays with
    those who wished it (`LoanHistoryWish`). `returned_on` is the day that counts: an earlier one
    than that of `returned_at` for what lay in the book drop.
    """

    id = AutoField()
    item = ForeignKeyField(Item, on_delete="RESTRICT")
    patron = ForeignKeyField(Patron, null=True, on_delete="RESTRICT")
    patron_id: int | None
    slip = ForeignKeyField(PrintJob, null=True, on_delete="SET NULL")
    lent_at = InstantField(index=True)
    due_on = DateField()
    lent_by = ForeignKeyField(Operator, on_delete="RESTRICT")
    lent_at_counter = ForeignKeyField(Counter, on_delete="RESTRICT")
    returned_at = InstantField(null=True, index=True)
    returned_on = DateField(null=True)
    returned_at_counter = ForeignKeyField(
        Counter, null=True, on_delete="RESTRICT", backref="+", index=False
    )
    returned_at_counter_id: int | None
    extended_at = InstantField(null=True, index=True)
    extended_at_counter = ForeignKeyField(
        Counter, null=True, on_delete="RESTRICT", backref="+", index=False
    )
    extended_at_counter_id: int | None
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
Loan.add_index(Loan.index(Loan.patron, where=Loan.returned_at.is_null(), name="loan_open_patron"))


class Hold(Table):
    """A patron waits for an item. Open until a loan fills it; gone when that loan is returned."""

    id = AutoField()
    item = ForeignKeyField(Item, on_delete="RESTRICT", index=False)
    item_id: int
    patron = ForeignKeyField(Patron, on_delete="CASCADE")
    patron_id: int
    placed_at = InstantField()
    pickup_branch = ForeignKeyField(Branch, on_delete="RESTRICT")
    pickup_branch_id: int
    filled_by = ForeignKeyField(Loan, null=True, on_delete="SET NULL")

    class Meta:
        indexes = ((("item", "patron"), True),)


class PatronBlock(Table):
    """Staff stopped lending to a patron. `note` says why, for staff; may be empty."""

    id = AutoField()
    patron = ForeignKeyField(Patron, on_delete="CASCADE", index=False)
    patron_id: int
    kind = TextField(constraints=[Check("kind IN ('card_lost', 'manual')")])
    note = TextField(default="")
    blocked_at = InstantField()
    blocked_by = ForeignKeyField(Operator, on_delete="RESTRICT")
    blocked_at_counter = ForeignKeyField(Counter, on_delete="RESTRICT")

    class Meta:
        indexes = ((("patron", "kind"), True),)


class LoanHistoryWish(Table):
    """A patron asked that returned loans be kept with the record."""

    patron = ForeignKeyField(Patron, primary_key=True, on_delete="CASCADE")
    patron_id: int
    wished_at = InstantField()


class CardLeftBehind(Table):
    """A My Number card stayed when its person had gone. Whose it is stands nowhere.

    `handed_over_at`: when it went to that person, or to lost property; null: it lies here.
    """

    id = AutoField()
    counter = ForeignKeyField(Counter, on_delete="RESTRICT")
    noticed_at = InstantField(index=True)
    handed_over_at = InstantField(null=True)


class AuditEvent(Table):
    """What was done, by whom, where, when and why. Rows are added, never changed: see `desk.audit`.

    People stand here by `patron_number` alone, the internal number of their record, which says
    nothing to anybody once the record is deleted; hence no foreign key.
    `number` counts up from 1 without a gap. `digest` is over the row and the digest before it;
    `at` is text (ISO 8601, UTC), so that it is digested as it is kept.
    """

    number = IntegerField(primary_key=True)
    at = TextField()
    action = TextField()
    patron_number = IntegerField(null=True, index=True)
    operator = ForeignKeyField(Operator, on_delete="RESTRICT")
    operator_id: int
    counter = ForeignKeyField(Counter, on_delete="RESTRICT")
    counter_id: int
    reason = TextField(default="")
    amount = IntegerField(null=True)
    digest = TextField()


TABLES: Final[tuple[type[Table], ...]] = (
    Branch,
    Counter,
    Operator,
    Patron,
    PatronSearchKeys,
    ValidityChange,
    RenewalRun,
    RenewalOutcome,
    PatronNote,
    CardLink,
    Item,
    PrintJob,
    Loan,
    Hold,
    PatronBlock,
    LoanHistoryWish,
    CardLeftBehind,
    AuditEvent,
)
"""All tables, each after those that it refers to."""
