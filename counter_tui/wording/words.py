"""Names of devices, fields, reasons and states, in a word or two."""

from __future__ import annotations

from counter_tui.barcodes.back_cover import Cover
from counter_tui.desk.devices import Device, Trouble
from counter_tui.desk.slip_states import SlipState
from counter_tui.errors import PinKind, UndoReason, UnlinkReason
from counter_tui.language import _, ngettext, pgettext


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


def cover_sentence(cover: Cover) -> str:
    """That one of the publisher's barcodes was scanned in place of the library's."""
    if cover is Cover.ISBN:
        return _("That is the ISBN. Scan the library's barcode.")
    return _("That is the price code. Scan the library's barcode.")
