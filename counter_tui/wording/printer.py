"""Receipt printers and slips."""

from __future__ import annotations

from typing import Any, Final

from counter_tui import errors
from counter_tui.language import _
from counter_tui.wording.form import Tellers, Wording


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


TELLERS: Final[Tellers] = {
    errors.PrinterError: _printer_error,
    errors.PrinterUnreachable: _printer_unreachable,
    errors.PrinterSilent: _printer_unreachable,
    errors.PrinterNotReady: _printer_not_ready,
    errors.PrinterCutOff: _printer_cut_off,
    errors.InvalidPrinterAddress: _printer_address,
    errors.NoSlip: _no_slip,
    errors.SlipTemplateBroken: _slip_template,
}
