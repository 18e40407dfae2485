"""What staff read when something stops: one sentence, what was kept, what to do next.

Errors carry facts; only here they become sentences. Screens and commands share them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from counter_tui import errors
from counter_tui.barcodes.back_cover import Cover, cover_of
from counter_tui.desk.devices import Device, Trouble
from counter_tui.desk.slip_states import SlipState
from counter_tui.errors import CounterError, PinKind, UndoReason, UnlinkReason
from counter_tui.language import _, day, full_day, ngettext, pgettext


@dataclass(frozen=True)
class Wording:
    """How an error is told.

    Attributes:
        head: first what is.
        kept: what stands nevertheless, or that nothing was done; may be empty.
        to_do: then what to do, at most three steps; may be empty.
        about: title, number or PIN that it is about, made of text from outside; may be empty.
        office: where the person can have the card mended, and by which telephone; may be empty.
    """

    head: str
    kept: str = ""
    to_do: tuple[str, ...] = ()
    about: str = ""
    office: tuple[str, ...] = ()


@dataclass(frozen=True)
class MunicipalOffice:
    """Who mends cards, certificates and PINs; the library does not.

    Attributes:
        name: of the office for people of this city, e.g. 戸田市 市民課; may be empty.
        telephone: of that office; may be empty.
        national_telephone: of the state, for whoever is registered elsewhere.
    """

    name: str
    telephone: str
    national_telephone: str

    def lines(self) -> tuple[str, ...]:
        """What staff tell the person."""
        telephone = _("Tel. {number}").format(number=self.national_telephone)
        if not self.name:
            return (_("Office: the municipality where the person is registered"), telephone)
        here = " ".join(part for part in (self.name, self.telephone) if part)
        return (
            _("Office: {office}").format(office=here),
            _("Elsewhere: the office there. {telephone}").format(telephone=telephone),
        )


def pin_name(kind: PinKind) -> str:
    """The name of a PIN as it is printed on the form that came with the card."""
    return _("authentication PIN") if kind is PinKind.AUTH else _("card-surface PIN")


def lamp_name(device: Device) -> str:
    """The word beside a lamp."""
    return {
        Device.READER: pgettext("lamp", "Reader"),
        Device.PRINTER: pgettext("lamp", "Print"),
        Device.PLATFORM: pgettext("lamp", "Status"),
        Device.STORE: pgettext("lamp", "Store"),
    }[device]


def lamp_age(hours: int) -> str:
    """How old what a device says is, beside its lamp."""
    return pgettext("lamp", "{n} h ago").format(n=hours)


def slip_state_word(state: SlipState) -> str:
    """Where a slip is on its way to paper, in one word."""
    if state in (SlipState.PRINTED, SlipState.SENT):
        return pgettext("state", "Printed")
    if state is SlipState.UNKNOWN:
        return pgettext("state", "Uncertain")
    if state is SlipState.EXPIRED:
        return pgettext("state", "Not printed")
    return pgettext("state", "Waiting")


def trouble_word(trouble: Trouble) -> str:
    """The reason in a lamp that is not well; one or two words."""
    return {
        Trouble.STARTING: pgettext("lamp", "starting"),
        Trouble.NONE_SET_UP: pgettext("lamp", "not set up"),
        Trouble.NO_SERVICE: pgettext("lamp", "no service"),
        Trouble.NO_READER: pgettext("lamp", "missing"),
        Trouble.UNREACHABLE: pgettext("lamp", "no line"),
        Trouble.NO_ANSWER: pgettext("lamp", "no answer"),
        Trouble.OFFLINE: pgettext("lamp", "offline"),
        Trouble.PAPER_OUT: pgettext("lamp", "no paper"),
        Trouble.PAPER_NEAR_END: pgettext("lamp", "low paper"),
        Trouble.COVER_OPEN: pgettext("lamp", "cover"),
        Trouble.ERROR: pgettext("lamp", "fault"),
        Trouble.TOO_NEW: pgettext("lamp", "too new"),
        Trouble.REFUSED: pgettext("lamp", "refused"),
    }[trouble]


def field_name(field: str) -> str:
    """The name of a patron's field, as it stands on the registration form."""
    names = {
        "name": _("Name"),
        "kana": _("Kana"),
        "birth_date": _("Birth date"),
        "address": _("Address"),
        "telephone": _("Telephone"),
        "residency": _("Class"),
        "library_card_number": _("Library card"),
        "note": pgettext("patron", "Note"),
    }
    return names.get(field, field)


def tries_left(count: int) -> str:
    """How many tries a PIN has left."""
    return ngettext("{n} try left", "{n} tries left", count).format(n=count)


_MENDED_BY_THE_OFFICE: Final = (
    errors.BirthDateUnusable,
    errors.BirthDateDiffers,  # unless it was the wrong library card
    errors.CardDataMismatch,
    errors.CertificateExpired,
    errors.CertificateOnHold,
    errors.CertificateRevoked,
    errors.CertificateUnreadable,
    errors.CertificateWrongUse,
    errors.NoAuthCertificate,
    errors.NoSurfaceInfo,
    errors.NoUsablePin,
    errors.OldResidentCard,
    errors.PhoneToken,
    errors.PinBlocked,
)
"""Refusals that only the office can mend where the person is registered."""


def sentence_with_office(error: CounterError, office: MunicipalOffice) -> Wording:
    """`sentence`, and where to go with what the library cannot mend."""
    wording = sentence(error)
    no_try_left = isinstance(error, errors.WrongPin) and not error.tries_left
    locked = isinstance(error, errors.CardNotLinked) and bool(error.locked)
    if isinstance(error, _MENDED_BY_THE_OFFICE) or no_try_left or locked:
        return replace(wording, office=office.lines())
    return wording


def sentence(error: CounterError) -> Wording:
    """How this error is told; the wording of its nearest known class."""
    for kind in type(error).__mro__:
        teller = _TELLERS.get(kind)
        if teller is not None:
            return teller(error)
    return Wording(_("Something went wrong."), to_do=(_("Call the supervisor."),))


# Each teller takes the error of its own class; `Any` because the table below joins them.


def _settings(error: Any) -> Wording:
    if error.key is None:
        return Wording(
            _("The settings file {path} cannot be used: {reason}").format(
                path=error.path, reason=error.allowed
            )
        )
    return Wording(
        _("{path}: {key} = {value} is not allowed.").format(
            path=error.path, key=error.key, value=error.value
        ),
        to_do=(_("Allowed: {allowed}").format(allowed=error.allowed),),
    )


def _settings_missing(error: Any) -> Wording:
    return Wording(
        _("There is no settings file {path}.").format(path=error.path),
        to_do=(_("Name one with --config FILE, or start with --demo."),),
    )


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


def _certificate_unreadable(error: Any) -> Wording:
    return Wording(
        _("The certificate on the card cannot be read."),
        to_do=(_("Use the library card."),),
    )


def _certificate_wrong_use(error: Any) -> Wording:
    return Wording(
        _("The certificate on the card is made for another use."),
        to_do=(_("Use the library card."),),
    )


def _certificate_not_trusted(error: Any) -> Wording:
    return Wording(
        _("This certificate is not from an authority that is known here."),
        _("Nothing was lent."),
        (_("Use the library card."), _("Tell the administrator.")),
    )


def _certificate_key(error: Any) -> Wording:
    return Wording(
        _("The certificate's key is of a kind that is not taken here ({key}).").format(
            key=error.key
        ),
        to_do=(_("Use the library card."), _("Tell the administrator.")),
    )


def _issuer_outside_dates(error: Any) -> Wording:
    return Wording(
        _("The authority behind this certificate is valid from {first} to {last}.").format(
            first=full_day(error.begins_on, weekday=False),
            last=full_day(error.ends_on, weekday=False),
        ),
        _("Nothing was lent."),
        (_("Check the clock of this machine."), _("Use the library card.")),
    )


def _test_card(error: Any) -> Wording:
    return Wording(
        _("This is a practice card. It works in practice mode only."),
        _("Nothing was lent."),
    )


def _certificate_expired(error: Any) -> Wording:
    return Wording(
        _("The certificate has expired. The library card works."),
        _("It ended on {date}.").format(date=full_day(error.on)),
        (_("The municipal office renews the certificate."),),
    )


def _certificate_not_yet(error: Any) -> Wording:
    return Wording(
        _("The certificate begins on {date}.").format(date=full_day(error.begins_on)),
        to_do=(_("Check the clock of this machine."), _("Use the library card.")),
    )


def _certificate_revoked(error: Any) -> Wording:
    return Wording(
        _("The certificate is revoked. Send to the municipal office."),
        to_do=(_("The library card works."),),
    )


def _certificate_on_hold(error: Any) -> Wording:
    return Wording(
        _("The certificate is suspended. Send to the municipal office."),
        to_do=(_("The library card works."),),
    )


def _status_unknown(error: Any) -> Wording:
    return Wording(_("Card status unknown. Use the library card."))


def _not_genuine(error: Any) -> Wording:
    return Wording(
        _("The card failed its proof. Do not lend; call the supervisor."),
        _("Nothing was lent."),
    )


def _proof_missing(error: Any) -> Wording:
    return Wording(_("This card is looked at by a person. Please come to the counter."))


def _auth_pin_wanted(error: Any) -> Wording:
    return Wording(
        _("This card cannot prove itself. The person enters the authentication PIN."),
        to_do=(tries_left(error.tries_left),),
    )


def _not_linked(error: Any) -> Wording:
    if error.locked:
        return Wording(
            _("This card is not linked. Scan the library card."),
            to_do=(_("This PIN is locked. The municipal office can unlock it."),),
            about=pin_name(error.locked[0]),
        )
    return Wording(
        _("This card is not linked. Scan the library card."),
        to_do=(_("F5 links it."),),
    )


def unlink_reason_name(reason: UnlinkReason) -> str:
    """Why a link was ended, in a word or two."""
    return {
        UnlinkReason.LOST: pgettext("unlink reason", "lost"),
        UnlinkReason.STOLEN: pgettext("unlink reason", "stolen"),
        UnlinkReason.REISSUED: pgettext("unlink reason", "reissued"),
        UnlinkReason.WISH: pgettext("unlink reason", "the person's wish"),
        UnlinkReason.ERROR: pgettext("unlink reason", "mistake of ours"),
        UnlinkReason.LAPSED: pgettext("unlink reason", "library card lapsed"),
    }[reason]


def undo_reason_name(reason: UndoReason) -> str:
    """Why the end of a link was taken back, in a word or two."""
    return {
        UndoReason.WRONG_PATRON: pgettext("undo reason", "wrong patron"),
        UndoReason.FOUND: pgettext("undo reason", "card found"),
        UndoReason.WISH: pgettext("undo reason", "the person's wish"),
        UndoReason.MISTAKE: pgettext("undo reason", "mistake of ours"),
    }[reason]


def _card_unlinked(error: Any) -> Wording:
    head = _("This card was unlinked on {date}. Reason: {reason}.").format(
        date=full_day(error.on, weekday=False), reason=unlink_reason_name(error.reason)
    )
    if error.alerts:
        return Wording(
            head,
            _("Nothing was lent."),
            (_("Reported missing: call the supervisor."), _("Do not say whose card it is.")),
        )
    return Wording(head, _("The library card works."), (_("F5 links it."),))


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


def _enrolment_elsewhere(error: errors.EnrolmentElsewhere) -> Wording:
    return Wording(
        _("Cards are not linked at this counter."),
        _("Nothing was written."),
        (_("Send the patron to: {where}").format(where=error.where),),
    )


def _renewal_elsewhere(error: errors.RenewalElsewhere) -> Wording:
    return Wording(
        _("Library cards are not renewed here."),
        _("Nothing was written."),
        (_("Send the patron to: {where}").format(where=error.where),),
    )


def _renewal_too_early(error: errors.RenewalTooEarly) -> Wording:
    return Wording(
        _("This library card can be renewed from {date} on.").format(date=full_day(error.opens)),
        _("Nothing was written."),
    )


def _renewal_too_late(error: errors.RenewalTooLate) -> Wording:
    return Wording(
        _("This library card could be renewed until {date}.").format(date=full_day(error.closed)),
        _("Nothing was written."),
        (_("Register the patron anew."),),
    )


def _valid_longer(error: errors.ValidLonger) -> Wording:
    return Wording(
        _("This library card is usable until {date} already.").format(
            date=full_day(error.expires_on)
        ),
        _("Nothing was written."),
    )


def _renewal_undo_too_late(_error: errors.RenewalUndoTooLate) -> Wording:
    return Wording(
        _("Only a renewal of today, made at a counter, can be taken back."),
        _("Nothing was written."),
    )


def _not_confirmed(_error: errors.NotConfirmed) -> Wording:
    return Wording(
        _("This is not the proof that is needed, or the date has changed."),
        _("Nothing was written."),
        (_("Look at the new date and choose what you saw."),),
    )


def _no_renewal_run(error: errors.NoRenewalRun) -> Wording:
    return Wording(
        _("The signature certificates of {month} were not checked yet").format(month=error.month),
        kept=_("Nothing was written."),
        to_do=(_("Begin with the preview."),),
    )


def _fence_holds(error: errors.FenceHolds) -> Wording:
    return Wording(
        _("Too many would be refused: {refused} of {asked}").format(
            refused=error.refused, asked=error.asked
        ),
        kept=_("No validity was changed."),
        to_do=(
            _("See whether the identity platform answers and the signature links are imported."),
            _("The limit of {percent}% stands in the settings.").format(percent=error.percent),
        ),
    )


def _nothing_to_undo(error: Any) -> Wording:
    return Wording(
        _("There is nothing to take back."),
        _("Nothing was written."),
        (_("Enrol the card anew."),),
    )


def _list_not_written(error: Any) -> Wording:
    return Wording(
        _("{path} cannot be written: {reason}").format(path=error.path, reason=error.reason),
        _("The list stands on the screen."),
    )


def _audit_heads(error: Any) -> Wording:
    if error.line is None:
        return Wording(
            _("The heads of the audit trail in {path} cannot be read.").format(path=error.path)
        )
    return Wording(
        _("{path}: line {line} is not a head of the audit trail.").format(
            path=error.path, line=error.line
        )
    )


def _verifier_too_new(error: Any) -> Wording:
    return Wording(
        _("The store of the verifier was written by a newer version of this program."),
        _("Library cards work."),
        (_("Install the newer version on this machine."),),
    )


def _unreadable_rows(error: Any) -> Wording:
    return Wording(
        ngettext(
            "{n} row of the verifier's store cannot be read with its key.",
            "{n} rows of the verifier's store cannot be read with its key.",
            error.count,
        ).format(n=error.count),
        _("The site key was left as it is."),
        (
            _("Administrator: bring back a backup of the store in which they are whole."),
            _(
                "Or counter-tui platform rotate-key --drop-unreadable; "
                "their cards are then linked anew."
            ),
        ),
    )


def _site_key_missing(error: Any) -> Wording:
    return Wording(
        _("There is no site key {path}.").format(path=error.path),
        _("Library cards work."),
        (_("Administrator: counter-tui init makes one, or bring back the backup."),),
    )


def _site_key_exposed(error: Any) -> Wording:
    return Wording(
        _("Others can read the site key {path}. It is not used.").format(path=error.path),
        _("Library cards work."),
        (
            _("Administrator: give it mode 0600 and the owner of this program."),
            _("Then change it with counter-tui platform rotate-key."),
        ),
    )


def _site_key_unusable(error: Any) -> Wording:
    return Wording(
        _("{path} is not the site key that the verifier's store needs.").format(path=error.path),
        _("Library cards work."),
        (_("Administrator: bring back the key and the store from the same day."),),
    )


def _site_key_exists(error: Any) -> Wording:
    return Wording(
        _("There is a site key already: {path}").format(path=error.path),
        _("The key was left as it is."),
    )


def _anchor_unusable(error: Any) -> Wording:
    return Wording(
        _("{path} cannot be a trust anchor: {reason}").format(path=error.path, reason=error.reason)
    )


def _specimen_anchor(error: Any) -> Wording:
    return Wording(
        _(
            "{path} is the CA of test cards ({organisation}). A real installation does not take it."
        ).format(path=error.path, organisation=error.organisation)
    )


def _signature_links(error: Any) -> Wording:
    return Wording(
        _("The list of signature certificates {path} cannot be used: {reason}").format(
            path=error.path, reason=error.reason
        )
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


def _unknown_item(error: Any) -> Wording:
    return _unknown_number(error.barcode)


def _unknown_code(error: Any) -> Wording:
    return _unknown_number(error.code)


def cover_sentence(cover: Cover) -> str:
    """That one of the publisher's barcodes was scanned in place of the library's."""
    if cover is Cover.ISBN:
        return _("That is the ISBN. Scan the library's barcode.")
    return _("That is the price code. Scan the library's barcode.")


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


def _csv_unusable(error: Any) -> Wording:
    trouble, detail = error.trouble, error.detail
    nothing = _("Nothing was imported.")
    as_utf8 = _("Save it as CSV UTF-8 and import that file.")
    if trouble is errors.CsvTrouble.ENCODING:
        head = (
            _("The file's characters are {encoding}, which is not taken.").format(encoding=detail)
            if detail
            else _("The file's characters are neither UTF-8 nor cp932 (Shift_JIS).")
        )
        return Wording(head, nothing, (as_utf8,), about=str(error.path))
    heads = {
        errors.CsvTrouble.UNREADABLE: _("The file cannot be read: {reason}").format(reason=detail),
        errors.CsvTrouble.TOO_LARGE: _("The file has more than {size} MB.").format(size=detail),
        errors.CsvTrouble.EMPTY: _("The file has no headings in its first line."),
        errors.CsvTrouble.TABS: _("The file's columns are parted by tabs, not by commas."),
        errors.CsvTrouble.NOT_CSV: _("From line {line} on the file is no CSV.").format(line=detail),
        errors.CsvTrouble.COLUMN_MISSING: _("Columns are missing: {names}").format(names=detail),
        errors.CsvTrouble.COLUMN_TWICE: _("There are two columns for {name}.").format(name=detail),
    }
    to_do = {
        errors.CsvTrouble.TABS: (as_utf8,),
        errors.CsvTrouble.NOT_CSV: (_("Look for a quotation mark that is not closed."),),
        errors.CsvTrouble.COLUMN_MISSING: (_("docs/import.md lists the headings that are taken."),),
    }
    return Wording(heads[trouble], nothing, to_do.get(trouble, ()), about=str(error.path))


def _store_unavailable(error: Any) -> Wording:
    return Wording(
        _("The store refused. This did not happen."),
        _("Everything that was shown as done is saved."),
        (_("Try once more."), _("If it happens again, call the administrator.")),
    )


def _store_too_new(error: Any) -> Wording:
    return Wording(
        _("The store was written by a newer version of this program."),
        _("Nothing in it was changed."),
        (_("Install the newer version on this machine."),),
    )


def _printer_unreachable(error: Any) -> Wording:
    return _printer(
        _("The printer does not answer."),
        _("Check that it is switched on and connected."),
    )


def _printer_not_ready(error: Any) -> Wording:
    if error.reason == "paper_out":
        return Wording(
            _("Out of paper. The loans are saved."),
            _("The slip comes by itself when there is paper."),
            (_("Open the cover of the printer."), _("Put in a roll and close the cover.")),
        )
    if error.reason == "cover_open":
        return _printer(_("The cover of the printer is open."), _("Close the cover."))
    return _printer(_("The printer is not ready."), _("Look at the lamps of the printer."))


def _printer_cut_off(error: Any) -> Wording:
    return Wording(
        _("Printing is uncertain. Look at the paper."),
        _("The loans are saved."),
        (_("If the slip is missing, F9 prints it again."),),
    )


def _printer_error(error: Any) -> Wording:
    return _printer(_("The printer failed."), _("Look at the lamps of the printer."))


def _printer(head: str, to_do: str) -> Wording:
    return Wording(
        head,
        _("The loans are saved. The slip comes by itself."),
        (to_do,),
    )


def _printer_address(error: Any) -> Wording:
    return Wording(
        _("The printer's address {address} cannot be used.").format(address=error.address),
        to_do=(_("Allowed: {allowed}").format(allowed=error.allowed),),
    )


def _slip_template(error: Any) -> Wording:
    return Wording(
        _("A template of slips cannot be used: {file}, line {line}.").format(
            file=error.path.name, line=error.line
        ),
        _("The slip comes all the same, as the program has it."),
        (_("Tell whoever wrote it: {reason}").format(reason=error.reason),),
    )


def _no_slip(error: Any) -> Wording:
    return Wording(_("There is no slip to print again."))


_TELLERS: Final[dict[type[BaseException], Callable[[Any], Wording]]] = {
    errors.SettingsError: _settings,
    errors.SettingsMissing: _settings_missing,
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
    errors.IdentityError: _status_unknown,
    errors.CertificateUnreadable: _certificate_unreadable,
    errors.CertificateKeyUnsupported: _certificate_key,
    errors.CertificateWrongUse: _certificate_wrong_use,
    errors.IssuerOutsideDates: _issuer_outside_dates,
    errors.CertificateNotTrusted: _certificate_not_trusted,
    errors.SpecimenCardRefused: _test_card,
    errors.CertificateExpired: _certificate_expired,
    errors.CertificateNotYetValid: _certificate_not_yet,
    errors.CertificateRevoked: _certificate_revoked,
    errors.CertificateOnHold: _certificate_on_hold,
    errors.StatusUnknown: _status_unknown,
    errors.PlatformUnreachable: _status_unknown,
    errors.CardNotGenuine: _not_genuine,
    errors.CardProofMissing: _proof_missing,
    errors.AuthPinWanted: _auth_pin_wanted,
    errors.CardNotLinked: _not_linked,
    errors.CardUnlinked: _card_unlinked,
    errors.PatronNotLinked: _patron_not_linked,
    errors.NameDiffers: _name_differs,
    errors.NotSupervisor: _not_supervisor,
    errors.NothingToUndo: _nothing_to_undo,
    errors.ListNotWritten: _list_not_written,
    errors.EnrolmentElsewhere: _enrolment_elsewhere,
    errors.RenewalElsewhere: _renewal_elsewhere,
    errors.RenewalTooEarly: _renewal_too_early,
    errors.RenewalTooLate: _renewal_too_late,
    errors.ValidLonger: _valid_longer,
    errors.NotConfirmed: _not_confirmed,
    errors.RenewalUndoTooLate: _renewal_undo_too_late,
    errors.NoRenewalRun: _no_renewal_run,
    errors.FenceHolds: _fence_holds,
    errors.AuditHeadsUnusable: _audit_heads,
    errors.VerifierStoreTooNew: _verifier_too_new,
    errors.UnreadableRows: _unreadable_rows,
    errors.SiteKeyError: _site_key_unusable,
    errors.SiteKeyMissing: _site_key_missing,
    errors.SiteKeyExposed: _site_key_exposed,
    errors.SiteKeyUnusable: _site_key_unusable,
    errors.SiteKeyExists: _site_key_exists,
    errors.TrustAnchorUnusable: _anchor_unusable,
    errors.SpecimenAnchorRefused: _specimen_anchor,
    errors.SignatureLinksUnusable: _signature_links,
    errors.UnknownLibraryCard: _unknown_library_card,
    errors.ItemNotLibraryCard: _item_not_library_card,
    errors.LibraryCardTaken: _library_card_taken,
    errors.InvalidField: _invalid_field,
    errors.PatronAlreadyLinked: _already_linked,
    errors.CardLinkedToAnother: _linked_to_another,
    errors.BirthDateDiffers: _birth_date_differs,
    errors.ProcedureOutOfStep: _out_of_step,
    errors.PatronLapsed: _patron_lapsed,
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
    errors.CsvUnusable: _csv_unusable,
    errors.StoreError: _store_unavailable,
    errors.StoreUnavailable: _store_unavailable,
    errors.StoreTooNew: _store_too_new,
    errors.PrinterError: _printer_error,
    errors.PrinterUnreachable: _printer_unreachable,
    errors.PrinterSilent: _printer_unreachable,
    errors.PrinterNotReady: _printer_not_ready,
    errors.PrinterCutOff: _printer_cut_off,
    errors.InvalidPrinterAddress: _printer_address,
    errors.NoSlip: _no_slip,
    errors.SlipTemplateBroken: _slip_template,
}
