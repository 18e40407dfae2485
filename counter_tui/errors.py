"""Everything that can go wrong at the counter, as typed errors that carry facts.

An error says what happened and with which figures; it holds no sentence for staff. The
sentence, and the way on, is made in `wording` from the language catalogues.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from pathlib import Path


class CounterError(Exception):
    """Base of all errors that a screen or a command may show."""


# ---------------------------------------------------------------------------- settings


class SettingsError(CounterError):
    """A settings file cannot be used.

    Attributes:
        path: the file.
        key: the dotted key, or None when the file as a whole is meant.
        value: the value found, as text, or None.
        allowed: what would be right, as a short technical phrase.
    """

    def __init__(self, path: Path, key: str | None, value: str | None, allowed: str) -> None:
        super().__init__(f"{path}: {key}: {value!r}: {allowed}")
        self.path = path
        self.key = key
        self.value = value
        self.allowed = allowed


class SettingsMissing(SettingsError):
    """There is no settings file at this place."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, None, None, "file")


# ------------------------------------------------------------------------ reader, card


class PinKind(Enum):
    """The two PIN references a library may present; each has its own counter on the card."""

    AUTH = "auth_pin"
    SURFACE_INFO = "surface_info_pin"


class CardError(CounterError):
    """Base of what a reader or a card can do to us."""


class ServiceUnavailable(CardError):
    """The card service (pcscd) of this machine does not answer."""


class NoReader(CardError):
    """The service runs, but no reader is plugged in (or not the one in the settings)."""

    def __init__(self, wanted: str | None = None) -> None:
        super().__init__(wanted or "")
        self.wanted = wanted


class ReaderLost(CardError):
    """The reader or the card service went away in the middle of a conversation."""


class NoCard(CardError):
    """Nothing lies on the reader."""


class CardGone(CardError):
    """The card left the reader, or was reset, in the middle of a conversation.

    Attributes:
        during: name of the command that got no answer, e.g. "VERIFY".
    """

    def __init__(self, during: str = "") -> None:
        super().__init__(during)
        self.during = during


class CardBusy(CardError):
    """Another program holds the card."""


class CardUnreadable(CardError):
    """The card answered with something that its specification does not allow.

    Attributes:
        command: name of the command, e.g. "READ BINARY 000A".
        status: the status word, or None when the answer itself was malformed.
    """

    def __init__(self, command: str, status: int | None = None) -> None:
        super().__init__(command if status is None else f"{command}: {status:04X}")
        self.command = command
        self.status = status


class NotMyNumberCard(CardError):
    """Some other card: it does not know the JPKI application."""


class OldResidentCard(NotMyNumberCard):
    """The card of the resident register, which came before the My Number card."""


class PhoneToken(CardError):
    """A phone that carries certificates, where the card itself is needed."""


class NoAuthCertificate(CardError):
    """The card carries no user-authentication certificate."""


class NoSurfaceInfo(CardError):
    """The card lacks the application that name, address and birth date are read from."""


class BirthDateUnusable(CardError):
    """The card gives no day of the calendar as birth date, like 00000000."""


class ReaderSilent(CardError):
    """Card or reader have not answered for so long that they are not waited for any more.

    Until they answer, or the reader is plugged in anew, nothing else is asked of them. No PIN
    was on its way: of one that was, `PinOutcomeUnknown` tells.

    Attributes:
        still: it was silent before already, and has not come back.
    """

    def __init__(self, *, still: bool = False) -> None:
        super().__init__("still" if still else "")
        self.still = still


class WrongPin(CardError):
    """The PIN was wrong; one try is gone.

    Attributes:
        kind: which of the two references.
        tries_left: what is left now; 0 means that it is blocked.
    """

    def __init__(self, kind: PinKind, tries_left: int) -> None:
        super().__init__(f"{kind.value}: {tries_left}")
        self.kind = kind
        self.tries_left = tries_left


class PinBlocked(CardError):
    """This PIN takes no more tries; only the municipal office can unlock it."""

    def __init__(self, kind: PinKind) -> None:
        super().__init__(kind.value)
        self.kind = kind


class NoUsablePin(CardError):
    """No PIN of this card can be used: a face-authentication card, or one whose PIN is locked.

    The two answer alike; only what is printed on the card tells them apart.
    """


class PinOutcomeUnknown(CardError):
    """No clear answer came to a VERIFY: the try may or may not be spent. Never resent.

    Attributes:
        silent: card and reader may still be there, and were not waited for any longer.
    """

    def __init__(self, kind: PinKind, *, silent: bool = False) -> None:
        super().__init__(kind.value)
        self.kind = kind
        self.silent = silent


class PinFormat(CounterError):
    """Not four ASCII digits; nothing was sent and no try was spent."""


class LastTryNotAgreed(CounterError):
    """One try is left and nobody has said that the patron agrees; nothing was sent."""

    def __init__(self, kind: PinKind) -> None:
        super().__init__(kind.value)
        self.kind = kind


class CardChanged(CardError):
    """Another card lies on the reader than the one that this procedure began with."""


class CardDataMismatch(CardError):
    """The card's own digest does not fit the attributes that it gave."""


# ---------------------------------------------------------------------------- identity


class IdentityError(CounterError):
    """Base of what certificates and the identity platform can say no to."""


class CertificateUnreadable(IdentityError):
    """The bytes are no certificate, or one of a form that we do not take."""


class CertificateKeyUnsupported(CertificateUnreadable):
    """The certificate's key is of a type or size that cannot prove anything here.

    Attributes:
        key: type and size, e.g. "RSA 1024".
    """

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class CertificateNotTrusted(IdentityError):
    """No installed trust anchor has signed this certificate.

    Attributes:
        organisation: `O=` of the issuer that the certificate names; proves nothing.
    """

    def __init__(self, organisation: str = "") -> None:
        super().__init__(organisation)
        self.organisation = organisation


class IssuerOutsideDates(CertificateNotTrusted):
    """The trust anchor that has signed this certificate does not hold at this moment.

    Attributes:
        begins_on, ends_on: first and last day of the anchor in Asia/Tokyo.
    """

    def __init__(self, organisation: str, begins_on: date, ends_on: date) -> None:
        super().__init__(organisation)
        self.begins_on = begins_on
        self.ends_on = ends_on


class CertificateWrongUse(IdentityError):
    """A trusted certificate that is not for authentication, e.g. the signature certificate.

    Attributes:
        uses: the key usages that it names, as RFC 5280 §4.2.1.3 calls them.
    """

    def __init__(self, uses: tuple[str, ...]) -> None:
        super().__init__(", ".join(uses))
        self.uses = uses


class SpecimenCardRefused(IdentityError):
    """A simulated or test card at an installation that is not a test installation.

    Attributes:
        organisation: `O=` of its issuer.
    """

    def __init__(self, organisation: str = "") -> None:
        super().__init__(organisation)
        self.organisation = organisation


class CertificateExpired(IdentityError):
    """The certificate ended.

    Attributes:
        on: its last day in Asia/Tokyo.
    """

    def __init__(self, on: date) -> None:
        super().__init__(on.isoformat())
        self.on = on


class CertificateNotYetValid(IdentityError):
    """The certificate begins later: most likely this machine's clock is wrong."""

    def __init__(self, begins_on: date) -> None:
        super().__init__(begins_on.isoformat())
        self.begins_on = begins_on


class CertificateRevoked(IdentityError):
    """The platform says that the certificate is revoked."""

    def __init__(self, at: datetime | None = None) -> None:
        super().__init__(at.isoformat() if at else "")
        self.at = at


class CertificateOnHold(IdentityError):
    """The platform says that the certificate is suspended for the time being."""


class StatusUnknown(IdentityError):
    """The platform answered, but not with a status that can be relied on."""


class PlatformUnreachable(IdentityError):
    """The identity platform gives no answer; this is never taken for good."""


class SiteKeyError(PlatformUnreachable):
    """The verifier cannot be asked, for want of a site key that may be used.

    Attributes:
        path: the file.
    """

    def __init__(self, path: Path, detail: str = "") -> None:
        super().__init__(f"{path}: {detail}" if detail else str(path))
        self.path = path


class SiteKeyMissing(SiteKeyError):
    """There is no site key file."""


class SiteKeyExposed(SiteKeyError):
    """Others than its owner may read or change the site key file, or somebody else owns it."""


class SiteKeyUnusable(SiteKeyError):
    """The file holds no site key, or not the one that the verifier's store was written with."""


class SiteKeyExists(CounterError):
    """A site key file is there already; it is never overwritten."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


class UnreadableRows(PlatformUnreachable):
    """Rows of the verifier's store do not open with the site key that wrote the others.

    Attributes:
        count: how many.
    """

    def __init__(self, count: int) -> None:
        super().__init__(str(count))
        self.count = count


class VerifierStoreTooNew(PlatformUnreachable):
    """The verifier's store was written by a newer version of this program."""


class TrustAnchorUnusable(CounterError):
    """A file cannot be a trust anchor.

    Attributes:
        path: the file.
        reason: why not, as a short technical phrase.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class SpecimenAnchorRefused(TrustAnchorUnusable):
    """The CA of test cards or of the simulator, at a production installation.

    Attributes:
        organisation: its `O=`.
    """

    def __init__(self, path: Path, organisation: str) -> None:
        super().__init__(path, organisation)
        self.organisation = organisation


class SignatureLinksUnusable(CounterError):
    """The file of signature certificates cannot be read as a whole.

    Attributes:
        path: the file.
        reason: why not, as a short technical phrase.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class CardNotGenuine(IdentityError):
    """The signature is not from the card that was enrolled: perhaps a copy. No loan."""


class CardProofMissing(IdentityError):
    """A linked card that cannot prove itself, where nobody can compare card and person."""


class AuthPinWanted(IdentityError):
    """A linked card that cannot prove itself: its holder is asked for the authentication PIN.

    Attributes:
        tries_left: of that PIN, at least 1.
        patron_id: to whom the card is linked, and who has not proven to be here.
    """

    def __init__(self, tries_left: int, patron_id: int) -> None:
        super().__init__(str(tries_left))
        self.tries_left = tries_left
        self.patron_id = patron_id


class CardNotLinked(IdentityError):
    """A sound card that no patron of this library has enrolled.

    Attributes:
        locked: its PINs that take no more tries; with one of them it cannot be enrolled now.
    """

    def __init__(self, locked: tuple[PinKind, ...] = ()) -> None:
        super().__init__(", ".join(kind.value for kind in locked))
        self.locked = locked


class UnlinkReason(Enum):
    """Why the link of a card was ended."""

    LOST = "lost"
    STOLEN = "stolen"
    REISSUED = "reissued"
    """The person has a new card, or a new certificate on it."""
    WISH = "wish"
    ERROR = "error"
    """Of ours, e.g. the wrong patron was open."""
    LAPSED = "lapsed"
    """The patron's record was deleted long after its validity had ended."""


class UndoReason(Enum):
    """Why the end of a link, or a renewal of validity, was taken back."""

    WRONG_PATRON = "wrong_patron"
    FOUND = "found"
    """The card turned up again."""
    WISH = "wish"
    MISTAKE = "mistake"
    """Staff took the wrong key, or the proof turned out to be none."""


class CardUnlinked(IdentityError):
    """The card was linked here, and is no more.

    Attributes:
        on: the day in Asia/Tokyo on which the link was ended.
        reason: why.
        patron_id: whose card it was.
    """

    def __init__(self, on: date, reason: UnlinkReason, patron_id: int) -> None:
        super().__init__(f"{on.isoformat()} {reason.value}")
        self.on = on
        self.reason = reason
        self.patron_id = patron_id

    @property
    def alerts(self) -> bool:
        """Whether the card was reported missing, so that whoever has it is to be asked."""
        return self.reason in (UnlinkReason.LOST, UnlinkReason.STOLEN)


# ------------------------------------------------------------------------------ patron


class UnknownLibraryCard(CounterError):
    """No patron has this library card number."""

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number


class ItemNotLibraryCard(CounterError):
    """An item's barcode came where a library card is wanted.

    Attributes:
        title: of the item.
    """

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.title = title


class LibraryCardTaken(CounterError):
    """The library card number belongs to a patron already."""

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number


class InvalidField(CounterError):
    """What was entered for a patron's field cannot be taken.

    Attributes:
        field: name of the field, e.g. "birth_date".
    """

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class PatronAlreadyLinked(CounterError):
    """The patron has a linked card already."""

    def __init__(self, linked_on: date) -> None:
        super().__init__(linked_on.isoformat())
        self.linked_on = linked_on


class PatronNotLinked(CounterError):
    """The patron has no linked card."""


class NameDiffers(CounterError):
    """The name that was typed for confirmation is not the patron's."""


class NotSupervisor(CounterError):
    """What was asked for is up to a supervisor.

    Attributes:
        operator: who works at this terminal.
    """

    def __init__(self, operator: str) -> None:
        super().__init__(operator)
        self.operator = operator


class NothingToUndo(CounterError):
    """No link of this patron was ended today, or it cannot be given back any more."""


class CardLinkedToAnother(CounterError):
    """The card is linked to another patron."""


class BirthDateDiffers(CounterError):
    """Card and record disagree on the birth date: another person."""


class ProcedureOutOfStep(CounterError):
    """A step was asked for whose predecessor is not done, e.g. after a cancelled enrolment."""


class PatronLapsed(CounterError):
    """The library card's validity has ended.

    Attributes:
        on: the last day it was usable.
    """

    def __init__(self, on: date) -> None:
        super().__init__(on.isoformat())
        self.on = on


# ------------------------------------------------------------------------------- scans


class ScanError(CounterError):
    """Base of what can be wrong with a scan before anything is looked up."""


class ScanTooLong(ScanError):
    """More characters than any barcode has; none of them was looked at.

    Attributes:
        length: how many came.
    """

    def __init__(self, length: int) -> None:
        super().__init__(str(length))
        self.length = length


class ScanGarbled(ScanError):
    """Control characters came with it, or nothing at all: which number it was is not known."""


class CheckDigitWrong(ScanError):
    """It has the form of a label, but its check digit does not fit: misread or mistyped.

    Attributes:
        number: as it was read.
        profile: the name of the label's profile.
    """

    def __init__(self, number: str, profile: str) -> None:
        super().__init__(profile)
        self.number = number
        self.profile = profile


class NumberUnclear(ScanError):
    """By two profiles it is two different patrons, or two different items.

    Attributes:
        number: as it was read.
        profiles: the names of the profiles.
    """

    def __init__(self, number: str, profiles: tuple[str, ...]) -> None:
        super().__init__(", ".join(profiles))
        self.number = number
        self.profiles = profiles


class NumberIsBoth(ScanError):
    """The number is a library card and an item: a person must say which is meant.

    Attributes:
        number: as it was read.
        name: of the patron. title: of the item.
    """

    def __init__(self, number: str, name: str, title: str) -> None:
        super().__init__()
        self.number = number
        self.name = name
        self.title = title


# ---------------------------------------------------------------------------- validity


class EnrolmentElsewhere(CounterError):
    """Cards are not linked at this counter.

    Attributes:
        where: where it is done, as the settings say.
    """

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


class RenewalElsewhere(CounterError):
    """This branch does not renew library cards.

    Attributes:
        where: where it is done, as the settings say.
    """

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


class RenewalTooEarly(CounterError):
    """The library card cannot be renewed yet.

    Attributes:
        opens: the first day on which it can.
    """

    def __init__(self, opens: date) -> None:
        super().__init__(opens.isoformat())
        self.opens = opens


class RenewalTooLate(CounterError):
    """The library card lapsed too long ago to be renewed.

    Attributes:
        closed: the last day on which it could have been.
    """

    def __init__(self, closed: date) -> None:
        super().__init__(closed.isoformat())
        self.closed = closed


class ValidLonger(CounterError):
    """A renewal would not make the library card usable for longer.

    Attributes:
        expires_on: the last usable day.
    """

    def __init__(self, expires_on: date) -> None:
        super().__init__(expires_on.isoformat())
        self.expires_on = expires_on


class RenewalUndoTooLate(CounterError):
    """The last change of this validity was no renewal at a counter today, so it stands."""


class NotConfirmed(CounterError):
    """What has to be seen for a renewal was not, or something else was offered meanwhile."""


class NoRenewalRun(CounterError):
    """Nobody has looked at the signature certificates in this month yet.

    Attributes:
        month: "2026-11".
    """

    def __init__(self, month: str) -> None:
        super().__init__(month)
        self.month = month


class FenceHolds(CounterError):
    """The monthly run would refuse so many that it rather does nothing.

    Attributes:
        refused: for how many the platform gave no good answer.
        asked: of how many that were asked for.
        percent: the largest share that is taken.
    """

    def __init__(self, refused: int, asked: int, percent: int) -> None:
        super().__init__(f"{refused} of {asked}, {percent}%")
        self.refused = refused
        self.asked = asked
        self.percent = percent


# ----------------------------------------------------------------------------- lending


class UnknownItem(CounterError):
    """No item has this barcode."""

    def __init__(self, barcode: str) -> None:
        super().__init__(barcode)
        self.barcode = barcode


class UnknownCode(CounterError):
    """A scanned code is neither a library card nor an item."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ItemError(CounterError):
    """An item that is known but cannot be lent now.

    Attributes:
        title: its title.
    """

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.title = title


class ItemNotForLoan(ItemError):
    """The item stays in the house."""


class ItemWithdrawn(ItemError):
    """The item belongs to the library no more."""


class ItemReserved(ItemError):
    """Somebody else waits for the item, and comes first.

    Attributes:
        pickup_branch: where that person fetches it.
    """

    def __init__(self, title: str, pickup_branch: str) -> None:
        super().__init__(title)
        self.pickup_branch = pickup_branch


class ItemOnLoan(ItemError):
    """The item is on loan to someone else."""


class LoanLimitReached(CounterError):
    """The patron has as many items as the rules allow.

    Attributes:
        limit: how many that is.
        kind: of the items that are limited; empty: of all kinds together.
    """

    def __init__(self, limit: int, kind: str = "") -> None:
        super().__init__(str(limit))
        self.limit = limit
        self.kind = kind


class ItemsOverdue(CounterError):
    """The patron has items that are too late for borrowing more.

    Attributes:
        count: items that are overdue.
        due_on: when the first of them was due.
    """

    def __init__(self, count: int, due_on: date) -> None:
        super().__init__(f"{count}, {due_on.isoformat()}")
        self.count = count
        self.due_on = due_on


class LibraryCardLost(CounterError):
    """The library card was reported lost: who holds it may be somebody else.

    Attributes:
        since: the day of the report.
    """

    def __init__(self, since: date) -> None:
        super().__init__(since.isoformat())
        self.since = since


class PatronBlocked(CounterError):
    """Staff stopped lending to this patron.

    Attributes:
        since: the day on which they did.
        note: why, in their words; may be empty.
    """

    def __init__(self, since: date, note: str = "") -> None:
        super().__init__(since.isoformat())
        self.since = since
        self.note = note


class ExtensionRefusal(Enum):
    """Why a loan is not extended."""

    ALREADY_EXTENDED = "already_extended"
    OVERDUE = "overdue"
    RESERVED = "reserved"
    NOT_EXTENDED = "not_extended"
    """Items of this kind are not, or no loans to this class of patrons."""
    NO_LATER = "no_later"
    """It would not be due later than it is now."""


class ItemAlreadyYours(ItemError):
    """The item is on this patron's card already.

    Attributes:
        due_on: when it is due.
        loan_id: by which it is extended.
        extends_to: when it would be due after an extension today; None: it cannot be extended.
        refused: why it cannot be extended; None: it can.
    """

    def __init__(
        self,
        title: str,
        due_on: date,
        loan_id: int = 0,
        extends_to: date | None = None,
        refused: ExtensionRefusal | None = None,
    ) -> None:
        super().__init__(title)
        self.due_on = due_on
        self.loan_id = loan_id
        self.extends_to = extends_to
        self.refused = refused


class ExtensionRefused(ItemError):
    """A loan is not extended.

    Attributes:
        why: by which rule.
        due_on: when it is due, as before.
    """

    def __init__(self, title: str, why: ExtensionRefusal, due_on: date) -> None:
        super().__init__(title)
        self.why = why
        self.due_on = due_on


class LoanOver(CounterError):
    """The loan is no more: the item was returned, or its lending undone, perhaps elsewhere."""


class NotUndoable(ItemError):
    """Only what was done today is undone."""


class OverrideRefused(CounterError):
    """Whoever works here may not set this rule aside.

    Attributes:
        rule: its word, as in `library_rules.OverrideRule`.
        operator: who works here.
    """

    def __init__(self, rule: str, operator: str) -> None:
        super().__init__(rule)
        self.rule = rule
        self.operator = operator


class EffectiveDateRefused(CounterError):
    """Returns cannot be dated so.

    Attributes:
        on: the day that was wanted.
        earliest, latest: the days that can be.
    """

    def __init__(self, on: date, earliest: date, latest: date) -> None:
        super().__init__(on.isoformat())
        self.on = on
        self.earliest = earliest
        self.latest = latest


# ------------------------------------------------------------------------------ import


class CsvTrouble(Enum):
    """Why a CSV file cannot be read as a whole; what `CsvUnusable.detail` says of each."""

    UNREADABLE = "unreadable"
    """The system's reason."""
    TOO_LARGE = "too_large"
    """The largest size in MB."""
    ENCODING = "encoding"
    """The encoding that it seems to have, or empty."""
    EMPTY = "empty"
    TABS = "tabs"
    """Columns are parted by tabs."""
    NOT_CSV = "not_csv"
    """The line."""
    COLUMN_MISSING = "column_missing"
    """Headings."""
    COLUMN_TWICE = "column_twice"
    """The heading."""


class CsvUnusable(CounterError):
    """A CSV file cannot be read as a whole; nothing of it was taken.

    Attributes:
        path: the file.
        detail: see `CsvTrouble`.
    """

    def __init__(self, path: Path, trouble: CsvTrouble, detail: str = "") -> None:
        super().__init__(f"{path}: {trouble.value} {detail}".rstrip())
        self.path = path
        self.trouble = trouble
        self.detail = detail


# ------------------------------------------------------------------------------- store


class StoreError(CounterError):
    """Base of what the library's store can refuse."""


class StoreUnavailable(StoreError):
    """The store cannot be opened or written; what was asked did not happen."""


class StoreTooNew(StoreError):
    """The store was written by a newer version of this program.

    Attributes:
        found: the newest migration that the store knows and we do not.
    """

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = found


class ListNotWritten(CounterError):
    """A file with a list could not be written.

    Attributes:
        path: the file.
        reason: the system's.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class AuditHeadsUnusable(CounterError):
    """The file with the heads of the audit chain cannot be used.

    Attributes:
        path: the file.
        line: the first line that is no head, or None when the file cannot be read.
    """

    def __init__(self, path: Path, line: int | None) -> None:
        super().__init__(f"{path}: {line}")
        self.path = path
        self.line = line


# ----------------------------------------------------------------------------- printer


class PrinterError(CounterError):
    """Base of what a receipt printer can do to us.

    Attributes:
        bytes_sent: how much had left before the trouble. 0: nothing can be on paper, a
            retry is safe. More: the outcome is unknown and only a person may repeat it.
    """

    def __init__(self, detail: str = "", bytes_sent: int = 0) -> None:
        super().__init__(detail)
        self.bytes_sent = bytes_sent


class PrinterUnreachable(PrinterError):
    """Nobody answers at the printer's address, or the device is not there."""


class PrinterSilent(PrinterError):
    """Connected, but the printer does not answer its status query."""


class PrinterNotReady(PrinterError):
    """The printer answers that it cannot print now.

    Attributes:
        reason: "paper_out", "cover_open", "offline" or "error".
    """

    def __init__(self, reason: str, bytes_sent: int = 0) -> None:
        super().__init__(reason, bytes_sent)
        self.reason = reason


class PrinterCutOff(PrinterError):
    """The connection broke or stalled after the first byte of a job."""


class InvalidPrinterAddress(CounterError):
    """The address of a printer cannot be used.

    Attributes:
        address: as it was given.
        allowed: what would be right, as a short technical phrase.
    """

    def __init__(self, address: str, allowed: str) -> None:
        super().__init__(f"{address!r}: {allowed}")
        self.address = address
        self.allowed = allowed


class SlipTemplateBroken(CounterError):
    """A library's template of a slip cannot be used; the program's own prints.

    Attributes:
        path: the file.
        line: where in it, counted from 1.
        reason: a short technical phrase.
    """

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}:{line}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


class NoSlip(CounterError):
    """There is no slip that could be printed again."""
