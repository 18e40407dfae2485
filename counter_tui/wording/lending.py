"""Scans, items, loans and returns."""

from __future__ import annotations

from typing import Any, Final

from counter_tui import errors
from counter_tui.barcodes.back_cover import cover_of
from counter_tui.language import _, day, ngettext
from counter_tui.wording.form import Tellers, Wording
from counter_tui.wording.words import cover_sentence


def _unknown_item(error: Any) -> Wording:
    return _unknown_number(error.barcode)


def _unknown_code(error: Any) -> Wording:
    return _unknown_number(error.code)


def _scan_too_long(error: Any) -> Wording:
    return Wording(
        _("That is longer than any barcode. Scan it again."), _("Nothing of it was taken.")
    )


def _scan_garbled(error: Any) -> Wording:
    return Wording(_("The scan was garbled. Scan it again."), _("Nothing of it was taken."))


def _check_digit_wrong(error: Any) -> Wording:
    return Wording(
        _("The check digit does not fit. Scan it again."),
        to_do=(_("Typed by hand: compare it with the label."),),
        about=error.number,
    )


def _number_unclear(error: Any) -> Wording:
    return Wording(
        _("The settings read this number in two ways: {profiles}.").format(
            profiles=", ".join(error.profiles)
        ),
        to_do=(_("Have the administrator see to the barcodes in the settings."),),
        about=error.number,
    )


def _number_is_both(error: Any) -> Wording:
    return Wording(_("This number is a library card and an item."), about=error.number)


def _unknown_number(number: str) -> Wording:
    cover = cover_of(number)
    if cover is not None:
        return Wording(cover_sentence(cover), about=number)
    return Wording(_("Unknown item. Check the number."), about=number)


def _not_for_loan(error: Any) -> Wording:
    return Wording(_("Not for loan."), to_do=(_("Keep it at the counter."),), about=error.title)


def _withdrawn(error: Any) -> Wording:
    return Wording(
        _("Withdrawn from the library."), to_do=(_("Keep it at the counter."),), about=error.title
    )


def _reserved(error: Any) -> Wording:
    return Wording(
        _("Reserved for somebody else."),
        to_do=(_("Keep it for {branch}.").format(branch=error.pickup_branch),),
        about=error.title,
    )


def _on_loan(error: Any) -> Wording:
    return Wording(_("On loan to someone else. Return it first."), about=error.title)


def _already_yours(error: Any) -> Wording:
    due = _("Due on {date}.").format(date=day(error.due_on))
    if error.extends_to is None:
        why = (_extension_reason(error.refused),) if error.refused is not None else ()
        return Wording(_("Already on this card."), to_do=(due, *why), about=error.title)
    offer = _("It can be extended until {date}.").format(date=day(error.extends_to))
    return Wording(_("Already on this card."), to_do=(due, offer), about=error.title)


def _item(error: Any) -> Wording:
    return Wording(_("This item cannot be lent."), about=error.title)


def _limit(error: Any) -> Wording:
    if error.kind:
        head = ngettext(
            "Limit of {n} for {kind} reached.", "Limit of {n} for {kind} reached.", error.limit
        ).format(n=error.limit, kind=error.kind)
    else:
        head = ngettext("Limit of {n} reached.", "Limit of {n} reached.", error.limit).format(
            n=error.limit
        )
    return Wording(head, _("The loans before this one are saved."))


def _overdue(error: Any) -> Wording:
    return Wording(
        ngettext(
            "{n} item is overdue: no more can be lent.",
            "{n} items are overdue: no more can be lent.",
            error.count,
        ).format(n=error.count),
        _("Nothing was lent."),
        (
            _("The oldest was due on {date}.").format(date=day(error.due_on)),
            _("Ask for its return first."),
        ),
    )


def _library_card_lost(error: Any) -> Wording:
    return Wording(
        _("This library card was reported lost on {date}.").format(date=day(error.since)),
        _("Nothing was lent."),
        (_("Ask who the person is. Keep the card if it is somebody else."),),
    )


def _patron_blocked(error: Any) -> Wording:
    since = _("Since {date}.").format(date=day(error.since))
    to_do = (since, error.note) if error.note else (since,)
    return Wording(_("Lending was stopped by staff."), _("Nothing was lent."), to_do)


def _extension_reason(why: errors.ExtensionRefusal) -> str:
    return {
        errors.ExtensionRefusal.ALREADY_EXTENDED: _("Extended once already."),
        errors.ExtensionRefusal.OVERDUE: _("Overdue: it cannot be extended."),
        errors.ExtensionRefusal.RESERVED: _("Somebody waits for it: it cannot be extended."),
        errors.ExtensionRefusal.NOT_EXTENDED: _("Items like this are not extended."),
        errors.ExtensionRefusal.NO_LATER: _("It would not be due any later."),
    }[why]


def _extension_refused(error: Any) -> Wording:
    due = _("Due on {date}.").format(date=day(error.due_on))
    return Wording(_extension_reason(error.why), to_do=(due,), about=error.title)


def _loan_over(error: Any) -> Wording:
    return Wording(_("This loan is over: the item was returned meanwhile."))


def _not_undoable(error: Any) -> Wording:
    return Wording(
        _("Only what was done today can be undone."),
        to_do=(_("Return the item instead."),),
        about=error.title,
    )


def _override_refused(error: Any) -> Wording:
    return Wording(
        _("{operator} may not set this rule aside.").format(operator=error.operator),
        _("Nothing was changed."),
        (_("Ask somebody who may."),),
    )


def _effective_date(error: Any) -> Wording:
    return Wording(
        _("Returns cannot be dated {date}.").format(date=day(error.on)),
        _("Nothing was returned."),
        (
            _("From {first} to {last} they can.").format(
                first=day(error.earliest), last=day(error.latest)
            ),
        ),
    )


TELLERS: Final[Tellers] = {
    errors.ScanError: _scan_garbled,
    errors.ScanTooLong: _scan_too_long,
    errors.ScanGarbled: _scan_garbled,
    errors.CheckDigitWrong: _check_digit_wrong,
    errors.NumberUnclear: _number_unclear,
    errors.NumberIsBoth: _number_is_both,
    errors.UnknownItem: _unknown_item,
    errors.UnknownCode: _unknown_code,
    errors.ItemError: _item,
    errors.ItemNotForLoan: _not_for_loan,
    errors.ItemWithdrawn: _withdrawn,
    errors.ItemReserved: _reserved,
    errors.ItemOnLoan: _on_loan,
    errors.ItemAlreadyYours: _already_yours,
    errors.LoanLimitReached: _limit,
    errors.ItemsOverdue: _overdue,
    errors.LibraryCardLost: _library_card_lost,
    errors.PatronBlocked: _patron_blocked,
    errors.ExtensionRefused: _extension_refused,
    errors.LoanOver: _loan_over,
    errors.NotUndoable: _not_undoable,
    errors.OverrideRefused: _override_refused,
    errors.EffectiveDateRefused: _effective_date,
}
