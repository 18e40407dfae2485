"""Settings of one terminal, from a TOML file.

Every key is listed in `docs/settings.md`. A wrong value names file, key, value and what is allowed.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, cast
from urllib.parse import urlsplit

from counter_tui.errors import SettingsError, SettingsMissing
from counter_tui.key_table import Keymap, read_keys
from counter_tui.language import _
from counter_tui.library_rules import (
    Calendar,
    DaySpan,
    Holidays,
    LoanTerms,
    Permissions,
    WrongValue,
    read_calendar,
    read_loan_rules,
    read_permissions,
)

if TYPE_CHECKING:
    from counter_tui.barcodes.profiles import Profile

ENVIRONMENT_VARIABLE: Final = "COUNTER_TUI_CONFIG"
FILE_NAME: Final = "settings.toml"

Look = Literal["auto", "night", "paper", "sixteen", "plain"]
LOOKS: Final = ("auto", "night", "paper", "sixteen", "plain")
LONGEST_TERMS: Final = 100_000
"""Bytes of a file with terms. Nobody reads more at a counter: it is another file."""

PRINTER_COLUMNS: Final = (32, 42, 48)
PRINTER_MODELS: Final = (
    "auto",
    "generic",
    "tm-t88iii",
    "tm-t88",
    "tm-t20",
    "tm-m10",
    "tm-m30",
)
EXTENSION_ROWS: Final = (13, 89, 90, 91, 92, 115, 116, 117, 118, 119)
"""JIS rows beyond JIS X 0208 in CP932 (docs/printing.md §3)."""

USB_IDS: Final = re.compile(r"([0-9A-Fa-f]{4}):([0-9A-Fa-f]{4})")
"""Vendor and product, behind `usb:`."""

SERIAL_LINE: Final = re.compile(
    r"(/dev/[^?#\0]+)"
    r"(?:\?baudrate=(1200|2400|4800|9600|19200|38400|57600|115200))?"
    r"(?:[?&]flow=(rtscts|xonxoff|none))?"
)
"""Device, speed and flow control, behind `serial:`."""

STAFF_CODE: Final = re.compile(r"[0-9]{4,8}")
"""What ends the self-checkout: long enough not to be found by chance, short enough to be typed."""

CUPS_QUEUE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,126}")
"""No blank, slash or leading hyphen: CUPS forbids the first two, `lp` would read the last."""


@dataclass(frozen=True)
class Settings:
    """What one terminal is, and which devices it uses.

    Attributes:
        source: the file that these settings came from, or None for the demo.
        installation: "test" takes cards under the simulator's root and says so on every screen.
        reader: "pcsc:" for any reader, "pcsc:NAME" for one whose name begins so, "none:".
        printer: `tcp://HOST:PORT`, `usb:VVVV:PPPP`, `serial:/DEVICE`, `file:/PATH`,
            `cups:QUEUE`, `screen:` or `none:`.
        printer_columns: half-width characters a line holds: 32, 42 or 48.
        printer_model: its family, or "auto": it is asked.
        printer_extension_rows: JIS rows that its font holds beyond JIS X 0208.
        slip_templates: folder with the library's own templates of slips, or None.
        slip_years: "western": 2027年; "era": 令和9年.
        slip_type: "large": ordinary lines are twice as high.
        slip_code: the library card's number on slips for scanners, "none", "nw7" or "qr".
        opening_days: lines about opening days, at the end of each slip.
        database: `sqlite:///PATH`; a relative path is taken from `state_folder`.
        platform: "none", "verifier", or "simulated" at a test installation.
        state_folder: where log, verifier's store, site key and trust anchors lie.
        trust_anchors: files with CA certificates, beside those of `counter-tui trust add`.
        ocsp_url: where a verifier asks about certificates; empty: nowhere.
        crl_sources: addresses, files, or folders of `*.crl` files with revocation lists.
        http_proxy: `http://[USER:PASSWORD@]HOST:PORT` for both, or empty.
        max_status_age_hours: how old an answer about a certificate may be.
        site_key_file: the file of the verifier's secret; a relative path is in the state folder.
        verifier_database: of the verifier, `sqlite:///PATH`; relative to the state folder.
        without_card_proof: how a card is taken that was enrolled without a key of its own:
            "attended": staff compare card and person; "auth-pin": the patron gives the PIN.
        log_level: from which level on the log is written: "warning", "info" or "debug".
        loan_days: days from lending to the due date.
        loan_limit: items a patron may have at a time.
        loan_rules: what differs from these for kinds of items and classes of patrons.
        extension_days: from the extension to the new due date; 0: loans are not extended.
        extension_from: what those days are counted from: "today" or "due_date".
        due_within_validity: no loan is due after the library card has ended.
        overdue_blocks_after_days: who has an item so many days late borrows nothing; 0: may.
        book_drop_back_days: how far back returns from the book drop may be dated.
        calendar: on which days the branch is closed.
        permissions: who may set which rule aside.
        validity_years: years for which a new library card is usable.
        terms_version: version of the terms that a patron accepts at enrolment.
        terms_file: their text, UTF-8, as it is read on the screen; None: sentences of our own.
        municipal_office: where people of this city get cards, certificates and PINs mended.
        municipal_office_telephone: of that office.
        supervisors: names of operators who may undo what others may not.
        loss_telephone: of the state, for lost My Number cards.
        loss_hours: when it answers questions.
        suspension_hours: when a card can be stopped there.
        certificate_warning_days: from when on a certificate's end is listed.
        enrolment_elsewhere: where this terminal sends people to link a card; empty: it links.
        renewal_years, renewal_anchor: how long a renewal at the counter lasts, and from when.
        renewal_window_days, renewal_late_days: from when and until when; 0: without limit.
        renewal_elsewhere: where this terminal sends people to renew; empty: it renews.
        renewal_proof_days: how old a letter as a proof may be, in days; 0: however old.
        expiring_soon_days: with fewer days left, a validity is shown as ending soon.
        auto_renewal_years: years from the monthly check to the new end of validity.
        renewal_fence_percent: a monthly run that would refuse a larger share writes nothing.
        delete_lapsed_after_days: lapsed patrons are deleted so long after; 0: never.
        staff_code: the digits that end the self-checkout; empty: only a signal does.
        keys: of the staff terminal, where they are others than usual, by the ids of `key_table`.
        barcodes: the forms of the library's labels, tried in this order; none: any number.
    """

    library: str
    branch: str
    counter: str
    operator: str
    state_folder: Path
    telephone: str = ""
    installation: Literal["production", "test"] = "production"
    language: Literal["ja", "en"] = "ja"
    look: Look = "auto"
    reader: str = "pcsc:"
    printer: str = "none:"
    printer_columns: int = 42
    printer_model: str = "auto"
    printer_extension_rows: tuple[int, ...] = ()
    slip_templates: Path | None = None
    slip_years: Literal["western", "era"] = "western"
    slip_type: Literal["normal", "large"] = "normal"
    slip_code: Literal["none", "nw7", "qr"] = "none"
    opening_days: tuple[str, ...] = ()
    database: str = "sqlite:///library.sqlite3"
    platform: Literal["none", "simulated", "verifier"] = "none"
    trust_anchors: tuple[Path, ...] = ()
    ocsp_url: str = ""
    crl_sources: tuple[str, ...] = ()
    http_proxy: str = field(default="", repr=False)
    max_status_age_hours: int = 36
    site_key_file: str = "site.key"
    verifier_database: str = "sqlite:///verifier.sqlite3"
    without_card_proof: Literal["attended", "auth-pin"] = "attended"
    log_level: Literal["warning", "info", "debug"] = "warning"
    loan_days: int = 14
    loan_limit: int = 10
    loan_rules: tuple[LoanTerms, ...] = ()
    extension_days: int = 14
    extension_from: Literal["today", "due_date"] = "today"
    due_within_validity: bool = False
    overdue_blocks_after_days: int = 0
    book_drop_back_days: int = 7
    calendar: Calendar = field(default_factory=Calendar)
    permissions: Permissions = field(default_factory=Permissions)
    keys: Keymap = ()
    validity_years: int = 1
    terms_version: str = "1"
    terms_file: Path | None = None
    municipal_office: str = ""
    municipal_office_telephone: str = ""
    supervisors: tuple[str, ...] = ()
    # As the library's notice of 1 March 2024 on lending with My Number cards has them.
    loss_telephone: str = "0120-95-0178"
    loss_hours: str = "平日 9:30-20:00、土日祝日 9:30-17:30(12月29日-1月3日を除く)"
    suspension_hours: str = "24時間365日"
    certificate_warning_days: int = 90
    enrolment_elsewhere: str = ""
    renewal_years: int = 1
    renewal_anchor: Literal["today", "expiry", "later", "birthday"] = "today"
    renewal_window_days: int = 0
    renewal_late_days: int = 0
    renewal_elsewhere: str = ""
    renewal_proof_days: int = 0
    expiring_soon_days: int = 30
    auto_renewal_years: int = 1
    renewal_fence_percent: int = 20
    delete_lapsed_after_days: int = 0
    staff_code: str = field(default="", repr=False)
    barcodes: tuple[Profile, ...] = ()
    source: Path | None = None

    @property
    def is_test_installation(self) -> bool:
        """Whether cards under the simulator's root are taken."""
        return self.installation == "test"

    @property
    def database_file(self) -> Path:
        """The SQLite file of `database`."""
        return self.state_folder / self.database.removeprefix("sqlite:///")

    @property
    def verifier_file(self) -> Path:
        """The SQLite file of `verifier_database`."""
        return self.state_folder / self.verifier_database.removeprefix("sqlite:///")

    @property
    def site_key_path(self) -> Path:
        """Where the verifier's secret lies."""
        return self.state_folder / self.site_key_file


Check = Callable[[Any], str | None]
"""Gives None when the value is right, else what would be."""


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) and value.strip() else _("a text that is not empty")


def _any_text(value: Any) -> str | None:
    return None if isinstance(value, str) else _("a text")


def _one_of(*allowed: str | int) -> Check:
    def check(value: Any) -> str | None:
        if value in allowed and not isinstance(value, bool):
            return None
        return _("one of {choices}").format(choices=", ".join(repr(choice) for choice in allowed))

    return check


def _whole(low: int, high: int) -> Check:
    def check(value: Any) -> str | None:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return None
        return _("a whole number from {low} to {high}").format(low=low, high=high)

    return check


def _yes_or_no(value: Any) -> str | None:
    return None if isinstance(value, bool) else "true, false"


def _read_later(value: Any) -> str | None:
    """Tables are checked while they are read, in `library_rules`."""
    return None


def _reader(value: Any) -> str | None:
    if isinstance(value, str) and (value == "none:" or value.startswith("pcsc:")):
        return None
    return _('"pcsc:", "pcsc:NAME OF THE READER" or "none:"')


def _printer(value: Any) -> str | None:
    allowed = _(
        '"tcp://HOST:PORT", "usb:VVVV:PPPP", "serial:/DEVICE", "file:/PATH", "cups:QUEUE",'
        ' "screen:" or "none:"'
    )
    if not isinstance(value, str):
        return allowed
    try:
        url = urlsplit(value)
        if url.scheme == "tcp":
            return None if url.hostname and url.port and url.path in ("", "/") else allowed
    except ValueError:
        return allowed
    kind, _colon, rest = value.partition(":")
    if kind == "file":
        return None if rest.startswith("/") and "\0" not in rest else allowed
    forms = {"usb": USB_IDS, "serial": SERIAL_LINE, "cups": CUPS_QUEUE}
    if kind in forms:
        return None if forms[kind].fullmatch(rest) else allowed
    return None if value in ("screen:", "none:") else allowed


def _extension_rows(value: Any) -> str | None:
    if isinstance(value, list) and all(type(row) is int and row in EXTENSION_ROWS for row in value):
        return None
    rows = ", ".join(str(row) for row in EXTENSION_ROWS)
    return _("a list of some of {rows}").format(rows=rows)


def _staff_code(value: Any) -> str | None:
    if isinstance(value, str) and (not value or STAFF_CODE.fullmatch(value)):
        return None
    return _("a text of 4 to 8 digits, or empty")


def _database(value: Any) -> str | None:
    prefix = "sqlite:///"
    if isinstance(value, str) and value.startswith(prefix) and len(value) > len(prefix):
        return None
    return '"sqlite:///FILE"'


def _address(*schemes: str, with_password: bool = False) -> Callable[[str], bool]:
    def check(value: str) -> bool:
        try:
            url = urlsplit(value)
            is_address = url.scheme in schemes and bool(url.hostname) and url.port != 0
        except ValueError:
            return False
        return is_address and (with_password or "@" not in url.netloc)

    return check


def _ocsp_url(value: Any) -> str | None:
    if isinstance(value, str) and (not value or _address("http", "https")(value)):
        return None
    return _('"http://HOST/PATH", "https://HOST/PATH" or empty')


def _http_proxy(value: Any) -> str | None:
    if isinstance(value, str) and (not value or _address("http", with_password=True)(value)):
        return None
    return _('"http://HOST:PORT", "http://USER:PASSWORD@HOST:PORT" or empty')


def _files(value: Any) -> str | None:
    if isinstance(value, list) and all(isinstance(each, str) and each.strip() for each in value):
        return None
    return _('a list of files, like ["FILE"]')


def _names(value: Any) -> str | None:
    if isinstance(value, list) and all(isinstance(each, str) and each.strip() for each in value):
        return None
    return _('a list of names, like ["NAME"]')


def _sentences(value: Any) -> str | None:
    if isinstance(value, list) and all(isinstance(each, str) and each.strip() for each in value):
        return None
    return _('a list of sentences, like ["SENTENCE"]')


def _crl_sources(value: Any) -> str | None:
    allowed = _('a list of files, folders and addresses, like ["http://HOST/FILE.crl"]')
    if _files(value) is not None:
        return allowed
    valid = _address("http", "https")
    return None if all("://" not in each or valid(each) for each in value) else allowed


_ADDRESSES: Final = frozenset({"http_proxy", "ocsp_url", "crl_sources"})

_CHECKS: Final[dict[str, Check]] = {
    "library": _text,
    "branch": _text,
    "counter": _text,
    "operator": _text,
    "state_folder": _text,
    "telephone": _any_text,
    "installation": _one_of("production", "test"),
    "language": _one_of("ja", "en"),
    "look": _one_of(*LOOKS),
    "reader": _reader,
    "printer": _printer,
    "printer_columns": _one_of(*PRINTER_COLUMNS),
    "printer_model": _one_of(*PRINTER_MODELS),
    "printer_extension_rows": _extension_rows,
    "slip_templates": _any_text,
    "slip_years": _one_of("western", "era"),
    "slip_type": _one_of("normal", "large"),
    "slip_code": _one_of("none", "nw7", "qr"),
    "opening_days": _sentences,
    "database": _database,
    "platform": _one_of("none", "simulated", "verifier"),
    "trust_anchors": _files,
    "ocsp_url": _ocsp_url,
    "crl_sources": _crl_sources,
    "http_proxy": _http_proxy,
    "max_status_age_hours": _whole(1, 24 * 7),
    "site_key_file": _text,
    "verifier_database": _database,
    "without_card_proof": _one_of("attended", "auth-pin"),
    "log_level": _one_of("warning", "info", "debug"),
    "loan_days": _whole(1, 365),
    "loan_limit": _whole(1, 1000),
    "loan_rules": _read_later,
    "extension_days": _whole(0, 365),
    "extension_from": _one_of("today", "due_date"),
    "due_within_validity": _yes_or_no,
    "overdue_blocks_after_days": _whole(0, 3650),
    "book_drop_back_days": _whole(0, 90),
    "calendar": _read_later,
    "permissions": _read_later,
    "keys": _read_later,
    "validity_years": _whole(1, 10),
    "terms_version": _text,
    "terms_file": _text,
    "municipal_office": _any_text,
    "municipal_office_telephone": _any_text,
    "supervisors": _names,
    "loss_telephone": _text,
    "loss_hours": _text,
    "suspension_hours": _text,
    "certificate_warning_days": _whole(1, 3650),
    "enrolment_elsewhere": _any_text,
    "renewal_years": _whole(1, 10),
    "renewal_anchor": _one_of("today", "expiry", "later", "birthday"),
    "renewal_window_days": _whole(0, 3650),
    "renewal_late_days": _whole(0, 36500),
    "renewal_elsewhere": _any_text,
    "renewal_proof_days": _whole(0, 3650),
    "expiring_soon_days": _whole(0, 3650),
    "auto_renewal_years": _whole(1, 10),
    "renewal_fence_percent": _whole(0, 100),
    "delete_lapsed_after_days": _whole(0, 36500),
    "staff_code": _staff_code,
}

_REQUIRED: Final = ("library", "branch", "counter", "operator")


def default_path() -> Path:
    """Where settings are looked for when no `--config` is given.

    `$COUNTER_TUI_CONFIG`, else `settings.toml` in the platform's folder for settings.
    """
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    if named:
        return Path(named)
    from platformdirs import user_config_path  # 13 ms to import; --config needs none of it.

    return user_config_path("counter_tui") / FILE_NAME


def demo_folder() -> Path:
    """The folder of the demo in this account; no real store lies there."""
    from platformdirs import user_state_path  # 13 ms to import

    return user_state_path("counter_tui") / "demo"


def for_demo(
    state_folder: Path, language: Literal["ja", "en"] = "ja", look: Look = "auto"
) -> Settings:
    """The settings of the demo; its folder is its own, and never that of a real store."""
    return Settings(
        library="戸田市立図書館",
        branch="中央図書館",
        counter="1階",
        operator="佐藤",
        telephone="048-442-2800",
        # As the library's notice of 1 March 2024 has it.
        municipal_office="戸田市 市民課",
        supervisors=("佐藤",),
        loan_rules=(
            LoanTerms(kind="CD・DVD", days=7, limit=3, extension_days=0),
            LoanTerms(kind="雑誌", days=7),
            LoanTerms(patrons="non_resident", limit=5),
        ),
        calendar=Calendar(
            closed_weekdays=frozenset({0}),
            holidays=Holidays.OPEN,
            closed_days=(DaySpan(date(2000, 12, 29), date(2000, 1, 3), yearly=True),),
        ),
        # No secret: the demo's self-checkout tells it on the screen.
        staff_code="1234",
        state_folder=state_folder,
        installation="test",
        language=language,
        look=look,
        reader="simulated:",
        printer="screen:",
        database="sqlite:///demo.sqlite3",
        platform="simulated",
    )


def load(path: Path) -> Settings:
    """Read and check a settings file.

    Raises:
        SettingsMissing: there is no such file.
        SettingsError: it cannot be read, is no TOML, has an unknown key, lacks a required one,
            or holds a value that is not allowed.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise SettingsMissing(path) from error
    except OSError as error:
        raise SettingsError(path, None, None, error.strerror or str(error)) from error
    try:
        found = tomllib.loads(raw.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(path, None, None, str(error)) from error
    settings = from_table(found, path)
    if settings.terms_file is not None:
        read_terms(settings.terms_file)  # at the start, not in front of a patron
    return settings


def read_terms(path: Path) -> str:
    """The text of the terms.

    Raises:
        SettingsError: the file cannot be read, is too long, empty, or not UTF-8.
    """
    try:
        raw = path.read_bytes()
        text = raw[: LONGEST_TERMS + 1].decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(path, None, None, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise SettingsError(path, None, None, str(error)) from error
    if len(raw) > LONGEST_TERMS or not text.strip():
        allowed = _("a text that is not empty, of at most {n} bytes").format(n=LONGEST_TERMS)
        raise SettingsError(path, None, None, allowed)
    return text


def from_table(table: dict[str, Any], path: Path) -> Settings:
    """Make settings of a parsed table; `path` is named in errors and anchors relative paths.

    Raises:
        SettingsError
    """
    for key, value in table.items():
        if key == "barcodes":
            continue  # tables of their own, looked at below
        if key not in _CHECKS:
            known = ", ".join(field.name for field in fields(Settings) if field.name != "source")
            allowed = _("one of these keys: {keys}").format(keys=known)
            raise SettingsError(path, key, repr(value), allowed)
        wanted = _CHECKS[key](value)
        if wanted is not None:
            # A proxy's address may hold a password.
            # A password may stand in an address, also where none is wanted.
            hidden = key == "staff_code" or (key in _ADDRESSES and "@" in repr(value))
            told = "..." if hidden else repr(value)
            raise SettingsError(path, key, told, wanted)
    for key in _REQUIRED:
        if key not in table:
            raise SettingsError(path, key, None, _("a text that is not empty"))
    if table.get("platform") == "simulated" and table.get("installation") != "test":
        raise SettingsError(
            path, "platform", "'simulated'", _("'none', or installation = \"test\" beside it")
        )
    if table.get("platform") == "verifier" and not (
        table.get("ocsp_url") or table.get("crl_sources")
    ):
        raise SettingsError(path, "platform", "'verifier'", _("ocsp_url or crl_sources beside it"))
    try:
        rules: dict[str, Any] = {
            "loan_rules": read_loan_rules(table.get("loan_rules", [])),
            "calendar": read_calendar(table.get("calendar", {}), table["branch"]),
            "permissions": read_permissions(table.get("permissions", {})),
            "keys": read_keys(table.get("keys", {})),
        }
    except WrongValue as error:
        raise SettingsError(path, error.key, error.value, error.allowed) from error
    folder = path.parent.resolve()
    state_folder = folder / cast(str, table.get("state_folder", "."))
    values = {
        **table,
        **rules,
        "state_folder": state_folder.resolve(),
        "source": path,
        "slip_templates": folder / templates
        if (templates := table.get("slip_templates"))
        else None,
        "opening_days": tuple(table.get("opening_days", [])),
        "printer_extension_rows": tuple(table.get("printer_extension_rows", [])),
        "barcodes": _profiles(table, path),
        "supervisors": tuple(table.get("supervisors", [])),
        "terms_file": folder / table["terms_file"] if "terms_file" in table else None,
        "trust_anchors": tuple(folder / each for each in table.get("trust_anchors", [])),
        "crl_sources": tuple(
            each if "://" in each else str(folder / each) for each in table.get("crl_sources", [])
        ),
    }
    return Settings(**values)


def _profiles(table: dict[str, Any], path: Path) -> tuple[Profile, ...]:
    if "barcodes" not in table:
        return ()
    from counter_tui.barcodes.tables import profiles_from  # 20 ms, for libraries that have some

    return profiles_from(table["barcodes"], path)
