"""Readers, cards and PINs."""

from __future__ import annotations

from typing import Any, Final

from counter_tui import errors
from counter_tui.language import _
from counter_tui.wording.form import Tellers, Wording
from counter_tui.wording.words import pin_name, tries_left


def _service_unavailable(error: Any) -> Wording:
    return Wording(
        _("The card service does not answer."),
        _("Library cards work."),
        (_("Start the service pcscd, or call the administrator."),),
    )


def _no_reader(error: Any) -> Wording:
    return Wording(
        _("There is no card reader."),
        _("Library cards work."),
        (_("Check the cable of the reader."),),
    )


def _reader_lost(error: Any) -> Wording:
    return Wording(
        _("The card reader went away."),
        _("Nothing was written."),
        (_("Check the cable of the reader."), _("Then lay the card down again.")),
    )


def _no_card(error: Any) -> Wording:
    return Wording(_("There is no card on the reader."), to_do=(_("Lay the card on the reader."),))


def _card_gone(error: Any) -> Wording:
    return Wording(_("The card left early. Lay it down again."), _("Nothing was written."))


def _card_busy(error: Any) -> Wording:
    return Wording(
        _("Another program holds the card."),
        to_do=(_("Close the other program, then lay the card down again."),),
    )


def _card_unreadable(error: Any) -> Wording:
    return Wording(_("Could not read. Lay it down again."), _("Nothing was written."))


def _not_my_number_card(error: Any) -> Wording:
    return Wording(
        _("Not a My Number card."),
        to_do=(
            _("Scan the library card instead."),
            _("My Number cards of the coming kind cannot be read yet."),
        ),
    )


def _old_resident_card(error: Any) -> Wording:
    return Wording(
        _("An old resident card. It cannot be linked."),
        to_do=(_("Scan the library card instead."),),
    )


def _phone_token(error: Any) -> Wording:
    return Wording(
        _("Lay down the card, not the phone."),
        to_do=(_("The certificate in a phone cannot be linked here."),),
    )


def _no_auth_certificate(error: Any) -> Wording:
    return Wording(
        _("The card carries no authentication certificate. The library card works."),
        to_do=(_("The municipal office issues the certificate to whoever wants it."),),
    )


def _no_surface_info(error: Any) -> Wording:
    return Wording(
        _("Name and address cannot be read from this card. It cannot be linked."),
        to_do=(_("The library card works."),),
    )


def _birth_date_unusable(error: Any) -> Wording:
    return Wording(
        _("The birth date on the card cannot be read. It cannot be linked."),
        _("Nothing was written."),
        (_("The library card works."),),
    )


def _reader_silent(error: Any) -> Wording:
    head = (
        _("The reader still gives no answer. Plug it in anew.")
        if error.still
        else _("No answer from the card. Lay it down again.")
    )
    return Wording(head, _("Nothing was written."), (_("Library cards work."),))


def _no_usable_pin(error: Any) -> Wording:
    return Wording(
        _("The PIN cannot be used. Look whether 顔認証 is printed on the card."),
        to_do=(
            _("Printed: {what}").format(
                what=_("Face-only cards cannot be linked. The library card works.")
            ),
            _("Not printed: {what}").format(
                what=_("This PIN is locked. The municipal office can unlock it.")
            ),
        ),
    )


def _wrong_pin(error: Any) -> Wording:
    return Wording(
        _("Wrong PIN. {tries}.").format(tries=tries_left(error.tries_left)),
        to_do=(_("Let the person enter it again."),)
        if error.tries_left
        else (_("This PIN is locked. The municipal office can unlock it."),),
        about=pin_name(error.kind),
    )


def _pin_blocked(error: Any) -> Wording:
    return Wording(
        _("This PIN is locked. The municipal office can unlock it."),
        to_do=(_("The library card works as before."),),
        about=pin_name(error.kind),
    )


def _pin_outcome_unknown(error: Any) -> Wording:
    if error.silent:
        return Wording(
            _("No answer to the PIN. The tries are read before the next one."),
            _("Nothing was written."),
            (_("Lay the card down again."), _("If it stays so, plug the reader in anew.")),
            about=pin_name(error.kind),
        )
    return Wording(
        _("The card left early. Reading the tries again."),
        _("Nothing was written."),
        (_("Lay the card on the reader."),),
    )


def _pin_format(error: Any) -> Wording:
    return Wording(_("Four digits, please. No try was spent."))


def _last_try(error: Any) -> Wording:
    return Wording(
        _("Last try; a mistake locks it. Does the patron agree?"),
        about=pin_name(error.kind),
    )


def _card_changed(error: Any) -> Wording:
    return Wording(_("The card was changed. Lay the first one back."), _("Nothing was written."))


def _card_data_mismatch(error: Any) -> Wording:
    return Wording(
        _("The card's data do not fit together. Do not link; call the supervisor."),
        _("Nothing was written."),
    )


TELLERS: Final[Tellers] = {
    errors.ServiceUnavailable: _service_unavailable,
    errors.NoReader: _no_reader,
    errors.ReaderLost: _reader_lost,
    errors.NoCard: _no_card,
    errors.CardGone: _card_gone,
    errors.CardBusy: _card_busy,
    errors.CardError: _card_unreadable,
    errors.CardUnreadable: _card_unreadable,
    errors.NotMyNumberCard: _not_my_number_card,
    errors.OldResidentCard: _old_resident_card,
    errors.PhoneToken: _phone_token,
    errors.NoAuthCertificate: _no_auth_certificate,
    errors.NoSurfaceInfo: _no_surface_info,
    errors.BirthDateUnusable: _birth_date_unusable,
    errors.ReaderSilent: _reader_silent,
    errors.WrongPin: _wrong_pin,
    errors.PinBlocked: _pin_blocked,
    errors.NoUsablePin: _no_usable_pin,
    errors.PinOutcomeUnknown: _pin_outcome_unknown,
    errors.PinFormat: _pin_format,
    errors.LastTryNotAgreed: _last_try,
    errors.CardChanged: _card_changed,
    errors.CardDataMismatch: _card_data_mismatch,
}
