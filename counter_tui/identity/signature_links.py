"""signature-links.csv: which signature certificate belongs to which user identifier.

The municipality gets the pairs from J-LIS (発行番号の紐付け). Columns: user_identifier, issuer,
serial, valid_until; issuer is the name of an installed CA (RFC 4514) or the SHA-256 fingerprint
of its certificate, which also tells the generation; serial is decimal, or hexadecimal behind 0x;
valid_until is a date (its last second in Asia/Tokyo) or an instant with time zone.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import Final

from cryptography import x509

from counter_tui.clock import TOKYO
from counter_tui.errors import SignatureLinksUnusable
from counter_tui.identity.anchors import YEARS, Anchor
from counter_tui.identity.link_store import SignatureRefused
from counter_tui.identity.platform import CertificateFacts, CertificateReference

COLUMNS: Final = ("user_identifier", "issuer", "serial", "valid_until")

_LARGEST_SERIAL: Final = 2**160 - 1
"""Serials have at most 20 bytes (RFC 5280 §4.1.2.2)."""

_AT_A_TIME: Final = 500
"""Rows in one transaction."""

_LONGEST_TEXT: Final = 500


class RowRefused(Enum):
    """Why a row is not taken."""

    INCOMPLETE = "incomplete"
    ISSUER = "issuer"
    SERIAL = "serial"
    VALID_UNTIL = "valid_until"
    NOT_LINKED = "not_linked"
    BELONGS_TO_ANOTHER = "belongs_to_another"


@dataclass(frozen=True)
class Refusal:
    """A row that was not taken.

    Attributes:
        line: in the file, from 1; the heading is the first.
    """

    line: int
    why: RowRefused


@dataclass(frozen=True)
class Imported:
    """What an import did."""

    kept: int
    refused: tuple[Refusal, ...]


Keep = Callable[[Sequence[tuple[str, CertificateFacts]]], Sequence[SignatureRefused | None]]


@dataclass(frozen=True)
class _Row:
    line: int
    user_identifier: str
    certificate: CertificateFacts


def import_signature_links(path: Path, anchors: Sequence[Anchor], keep: Keep) -> Imported:
    """Take each row that can be taken; to do it again with the same file changes nothing.

    Args:
        keep: `Verifier.set_signatures`.

    Raises:
        SignatureLinksUnusable: no file, not UTF-8, no CSV, or a column is missing.
        PlatformUnreachable: from `keep`; rows before that are kept.
    """
    refused: list[Refusal] = []
    kept = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = _rows(csv.DictReader(file, strict=True), path, anchors, refused)
            while chunk := list(islice(rows, _AT_A_TIME)):
                answers = keep([(row.user_identifier, row.certificate) for row in chunk])
                for row, answer in zip(chunk, answers, strict=True):
                    if answer is None:
                        kept += 1
                    else:
                        refused.append(Refusal(row.line, RowRefused(answer.value)))
    except OSError as error:
        raise SignatureLinksUnusable(path, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise SignatureLinksUnusable(path, "not UTF-8") from error
    except csv.Error as error:
        raise SignatureLinksUnusable(path, "not CSV") from error
    return Imported(kept, tuple(sorted(refused, key=lambda refusal: refusal.line)))


def _rows(
    reader: csv.DictReader[str],
    path: Path,
    anchors: Sequence[Anchor],
    refused: list[Refusal],
) -> Iterator[_Row]:
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise SignatureLinksUnusable(path, "no column " + ", ".join(missing))
    repeated = [name for name in COLUMNS if (reader.fieldnames or []).count(name) > 1]
    if repeated:
        raise SignatureLinksUnusable(path, "twice the column " + ", ".join(repeated))
    for fields in reader:
        found = _certificate(fields, anchors)
        if isinstance(found, RowRefused):
            refused.append(Refusal(reader.line_num, found))
        else:
            yield _Row(reader.line_num, fields["user_identifier"].strip(), found)


def _certificate(
    fields: dict[str, str], anchors: Sequence[Anchor]
) -> CertificateFacts | RowRefused:
    texts = [(fields[name] or "").strip() for name in COLUMNS]
    if not all(0 < len(text) <= _LONGEST_TEXT for text in texts):
        return RowRefused.INCOMPLETE
    _, issuer_text, serial_text, until_text = texts
    issuers, by_fingerprint = _issuers(issuer_text, anchors)
    if not issuers:
        return RowRefused.ISSUER
    serial = _serial(serial_text)
    if serial is None:
        return RowRefused.SERIAL
    until = _instant(until_text)
    if until is None:
        return RowRefused.VALID_UNTIL
    return CertificateFacts(
        CertificateReference(issuers[0].name_der, serial),
        until,
        issuers[0].key_hash if by_fingerprint else None,
    )


def _issuers(text: str, anchors: Sequence[Anchor]) -> tuple[list[Anchor], bool]:
    """The CAs that are meant, and whether by a fingerprint."""
    digits = text.replace(":", "").lower()
    if len(digits) == 64:
        found = [each for each in anchors if each.fingerprint.replace(":", "") == digits]
        if found:
            return found, True
    try:
        name = x509.Name.from_rfc4514_string(text)
    except ValueError:
        return [], False
    # RFC 4514 writes a name from its end; people often write it from its beginning.
    written = (name, x509.Name(reversed(name.rdns)))
    return [each for each in anchors if each.certificate.subject in written], False


def _serial(text: str) -> int | None:
    # int() would take signs, blanks, underscores and digits of other scripts.
    digits = text[2:] if text[:2] in ("0x", "0X") else text
    if not digits.isascii() or not digits.isalnum():
        return None
    try:
        serial = int(digits, 10 if digits is text else 16)
    except ValueError:
        return None
    return serial if 0 < serial <= _LARGEST_SERIAL else None


def _instant(text: str) -> datetime | None:
    # fromisoformat would take weeks and other forms that nobody means here.
    if re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T|\Z)", text) is None:
        return None
    try:
        if len(text) == len("2026-04-01"):
            instant = datetime.combine(date.fromisoformat(text), time(23, 59, 59), TOKYO)
        else:
            instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    # The first and the last hours of the calendar have no date in UTC.
    is_usable = instant.tzinfo is not None and instant.year in YEARS
    return instant.astimezone(UTC) if is_usable else None
