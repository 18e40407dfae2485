"""Certificates, statuses, links, and the verifier's own store and key."""

from __future__ import annotations

from typing import Any, Final

from counter_tui import errors
from counter_tui.language import _, full_day, ngettext
from counter_tui.wording.form import Tellers, Wording
from counter_tui.wording.words import pin_name, tries_left, unlink_reason_name


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


TELLERS: Final[Tellers] = {
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
}
