"""Renewing the validity of library cards."""

from __future__ import annotations

from typing import Final

from counter_tui import errors
from counter_tui.language import _, full_day, ngettext
from counter_tui.wording.form import Tellers, Wording


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


def _proof_not_dated(_error: errors.ProofNotDated) -> Wording:
    return Wording(_("Type the date of issue that is on the letter."), _("Nothing was written."))


def _proof_from_future(_error: errors.ProofFromFuture) -> Wording:
    return Wording(_("That date is still to come. Look again."), _("Nothing was written."))


def _proof_too_old(error: errors.ProofTooOld) -> Wording:
    told = ngettext(
        "Too old: a letter of the last {n} day is needed.",
        "Too old: a letter of the last {n} days is needed.",
        error.days,
    )
    return Wording(told.format(n=error.days), _("Nothing was written."))


def _proof_expired(error: errors.ProofExpired) -> Wording:
    ended = full_day(error.ended_on, weekday=False)
    return Wording(
        _("It ended on {date}. See another proof.").format(date=ended), _("Nothing was written.")
    )


def _recorded_birth_date_differs(_error: errors.RecordedBirthDateDiffers) -> Wording:
    return Wording(
        _("The card has another birth date than the record."),
        _("Nothing was written."),
        (_("Call the supervisor: the record is to be looked at."),),
    )


def _no_renewal_run(error: errors.NoRenewalRun) -> Wording:
    return Wording(
        _("The signature certificates of {month} were not checked yet").format(month=error.month),
        kept=_("Nothing was written."),
        to_do=(_("Begin with the preview."),),
    )


def _look_unfinished(error: errors.LookUnfinished) -> Wording:
    return Wording(
        _("Not all certificates of {month} were checked").format(month=error.month),
        kept=_("Nothing was written."),
        to_do=(_("Check once more. What another machine does at the same time counts."),),
    )


def _month_to_come(error: errors.MonthToCome) -> Wording:
    today = full_day(error.today, weekday=False)
    return Wording(
        _("There is a run of {month}, and today is {date}").format(month=error.month, date=today),
        kept=_("Nothing was written."),
        to_do=(
            _("Look at this machine's clock. If it is wrong, set it."),
            _("If it is right: counter-tui renew-validity --forget {month}").format(
                month=error.month
            ),
        ),
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


TELLERS: Final[Tellers] = {
    errors.EnrolmentElsewhere: _enrolment_elsewhere,
    errors.RenewalElsewhere: _renewal_elsewhere,
    errors.RenewalTooEarly: _renewal_too_early,
    errors.RenewalTooLate: _renewal_too_late,
    errors.ValidLonger: _valid_longer,
    errors.NotConfirmed: _not_confirmed,
    errors.ProofNotDated: _proof_not_dated,
    errors.ProofFromFuture: _proof_from_future,
    errors.ProofTooOld: _proof_too_old,
    errors.ProofExpired: _proof_expired,
    errors.RecordedBirthDateDiffers: _recorded_birth_date_differs,
    errors.RenewalUndoTooLate: _renewal_undo_too_late,
    errors.NoRenewalRun: _no_renewal_run,
    errors.LookUnfinished: _look_unfinished,
    errors.MonthToCome: _month_to_come,
    errors.FenceHolds: _fence_holds,
}
