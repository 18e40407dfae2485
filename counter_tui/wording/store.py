"""Settings, files, the store and the audit trail."""

from __future__ import annotations

from typing import Any, Final

from counter_tui import errors
from counter_tui.language import _
from counter_tui.wording.form import Tellers, Wording


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


TELLERS: Final[Tellers] = {
    errors.SettingsError: _settings,
    errors.SettingsMissing: _settings_missing,
    errors.ListNotWritten: _list_not_written,
    errors.AuditHeadsUnusable: _audit_heads,
    errors.CsvUnusable: _csv_unusable,
    errors.StoreError: _store_unavailable,
    errors.StoreUnavailable: _store_unavailable,
    errors.StoreTooNew: _store_too_new,
}
