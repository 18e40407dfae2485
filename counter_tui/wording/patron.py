"""Patrons, enrolment and unlinking."""

from __future__ import annotations

from typing import Any, Final

from counter_tui import errors
from counter_tui.language import _, day, full_day
from counter_tui.wording.form import Tellers, Wording
from counter_tui.wording.words import field_name


def _patron_not_linked(error: Any) -> Wording:
    return Wording(
        _("This patron has no linked card."),
        _("Nothing was written."),
        (_("There is nothing to unlink. Check the name."), _("F5 links it.")),
    )


def _name_differs(error: Any) -> Wording:
    return Wording(
        _("The name is not this patron's."),
        _("Nothing was written."),
        (_("Type the name as the person says it."),),
    )


def _not_supervisor(error: Any) -> Wording:
    return Wording(
        _("Only a supervisor can do this."),
        _("Nothing was written."),
        (_("Call a supervisor."),),
    )


def _nothing_to_undo(error: Any) -> Wording:
    return Wording(
        _("There is nothing to take back."),
        _("Nothing was written."),
        (_("Enrol the card anew."),),
    )


def _unknown_library_card(error: Any) -> Wording:
    return Wording(
        _("Unknown library card. Check the number."),
        to_do=(_("F5 registers a new patron."),),
    )


def _item_not_library_card(error: Any) -> Wording:
    return Wording(
        _("That is an item. Scan the person's library card."),
        _("Nothing was written."),
        about=error.title,
    )


def _library_card_taken(error: Any) -> Wording:
    return Wording(
        _("This library card belongs to someone already."),
        _("Nothing was written."),
        (_("Take another card from the stock."),),
    )


def _invalid_field(error: Any) -> Wording:
    if error.field == "birth_date":
        return Wording(
            _("This is not a birth date."), to_do=(_("For example 1985-4-12 or S60.4.12."),)
        )
    return Wording(_("{field} cannot be taken like this.").format(field=field_name(error.field)))


def _already_linked(error: Any) -> Wording:
    return Wording(
        _("This patron has a linked card since {date}.").format(
            date=full_day(error.linked_on, weekday=False)
        ),
        _("Nothing was written."),
        (_("Reissued or renewed card: F5 and the library card link it anew."),),
    )


def _linked_to_another(error: Any) -> Wording:
    return Wording(
        _("This card is linked to someone else."),
        _("Nothing was written."),
        (
            _("With nobody open, the card opens that person."),
            _("A mistake: end that link there with F6."),
        ),
    )


def _birth_date_differs(error: Any) -> Wording:
    return Wording(
        _("Birth date differs: another person. Cannot enrol."),
        _("Nothing was written."),
        (_("Check the library card that was scanned first."),),
    )


def _out_of_step(error: Any) -> Wording:
    return Wording(
        _("This procedure was broken off."),
        _("Nothing was written."),
        (_("Begin again."),),
    )


def _patron_lapsed(error: Any) -> Wording:
    return Wording(
        _("The library card lapsed on {date}.").format(date=day(error.on)),
        _("Nothing was lent."),
        (_("F7 renews its validity."),),
    )


TELLERS: Final[Tellers] = {
    errors.PatronNotLinked: _patron_not_linked,
    errors.NameDiffers: _name_differs,
    errors.NotSupervisor: _not_supervisor,
    errors.NothingToUndo: _nothing_to_undo,
    errors.UnknownLibraryCard: _unknown_library_card,
    errors.ItemNotLibraryCard: _item_not_library_card,
    errors.LibraryCardTaken: _library_card_taken,
    errors.InvalidField: _invalid_field,
    errors.PatronAlreadyLinked: _already_linked,
    errors.CardLinkedToAnother: _linked_to_another,
    errors.BirthDateDiffers: _birth_date_differs,
    errors.ProcedureOutOfStep: _out_of_step,
    errors.PatronLapsed: _patron_lapsed,
}
