"""Certificate revocation lists (RFC 5280 §5): verified once, then a look into a set.

A list is searched 100,000 times in a monthly run; asking the library for each serial walks through
the list each time (5 ms on one of 100,000 entries, against less than 1 µs; `make bench`).
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from counter_tui.identity.anchors import DER_TROUBLES, Anchor
from counter_tui.identity.certificates import directory_names
from counter_tui.identity.freshness import Freshness, NoStatus
from counter_tui.identity.http_exchange import DEADLINE_S, HttpExchange, NoHttpAnswer
from counter_tui.identity.ocsp import revoked
from counter_tui.identity.platform import CertificateStatus, StatusWord

log = logging.getLogger(__name__)

_FETCH_EVERY_S: Final = 3600.0
"""How often a list is fetched from its address; they come once a day."""

_TRY_AGAIN_AFTER_S: Final = 60.0
"""After a fetch that failed, or gave a list that is stale; meanwhile nobody waits for it."""

_FETCH_DEADLINE_S: Final = 30.0
"""A list of 100,000 entries has 3.6 MB."""

_PATIENCE_S: Final = DEADLINE_S
"""How long somebody waits for a fetch when no list in hand is fresh; it goes on without him."""

_LONGEST_LIST: Final = 128 * 1024 * 1024

_LOOK_EVERY_S: Final = 2.0
"""How often files are looked at for newer ones."""

_SIGNATURE_HASHES: Final = (hashes.SHA256, hashes.SHA384, hashes.SHA512)

_KNOWN_EXTENSIONS: Final = (
    x509.CRLNumber,
    x509.AuthorityKeyIdentifier,
    x509.IssuingDistributionPoint,
)
"""A critical extension other than these makes a list unusable (RFC 5280 §5.2)."""


class ListUnusable(Exception):
    """A file or an answer is no revocation list that could be relied on; the text says why."""


@dataclass(frozen=True)
class RevocationList:
    """One verified list.

    Attributes:
        issuer_key: which generation of a CA has signed it; SHA-256 of its key.
        points: directory names (DER) of the part of the certificates that it is about; None
            when it is about all of its issuer's.
        repeated: serials that stand there more than once.
    """

    issuer_key: bytes
    this_update: datetime
    next_update: datetime
    serials: frozenset[int]
    points: frozenset[bytes] | None
    crl: x509.CertificateRevocationList
    repeated: frozenset[int] = frozenset()

    def entry(self, serial: int, checked_at: datetime) -> CertificateStatus | None:
        """What the list says of a serial; None when it does not stand there."""
        if serial not in self.serials:
            return None
        if serial in self.repeated:
            entries = [entry for entry in self.crl if entry.serial_number == serial]
        else:
            entry = self.crl.get_revoked_certificate_by_serial_number(serial)
            entries = [] if entry is None else [entry]
        said = [_said(entry, checked_at) for entry in entries] or [revoked(checked_at, None, None)]
        # A hold that became a revocation is one.
        return next((each for each in said if each.word is StatusWord.REVOKED), said[0])


def _said(entry: x509.RevokedCertificate, checked_at: datetime) -> CertificateStatus:
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except DER_TROUBLES:
        reason = None
    return revoked(checked_at, entry.revocation_date_utc, reason)


def read_list(content: bytes, anchors: Sequence[Anchor]) -> RevocationList:
    """Verify a list (DER or PEM) and make its set.

    Its issuer is found by its signature. Its age is not looked at.

    Raises:
        ListUnusable
    """
    try:
        load = x509.load_pem_x509_crl if b"-----BEGIN" in content[:64] else x509.load_der_x509_crl
        crl = load(content)
        issuer = _issuer_of(crl, anchors)
        points = _scope(crl)
        next_update = crl.next_update_utc
        if next_update is None:
            raise ListUnusable("no nextUpdate")
        serials = frozenset(entry.serial_number for entry in crl)
        repeated = _repeated(crl) if len(serials) != len(crl) else frozenset()
        return RevocationList(
            issuer.key_hash, crl.last_update_utc, next_update, serials, points, crl, repeated
        )
    except DER_TROUBLES as error:
        raise ListUnusable("not a revocation list") from error


def _repeated(crl: x509.CertificateRevocationList) -> frozenset[int]:
    count = Counter(entry.serial_number for entry in crl)
    return frozenset(serial for serial, times in count.items() if times > 1)


def _issuer_of(crl: x509.CertificateRevocationList, anchors: Sequence[Anchor]) -> Anchor:
    if not isinstance(crl.signature_hash_algorithm, _SIGNATURE_HASHES):
        raise ListUnusable("signed with a hash that is not taken")
    for anchor in anchors:
        if crl.issuer == anchor.certificate.subject and anchor.signs_crls:
            key = anchor.certificate.public_key()
            if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
                continue
            try:
                if crl.is_signature_valid(key):
                    return anchor
            except InvalidSignature:
                continue
    raise ListUnusable("signed by no installed CA")


def _scope(crl: x509.CertificateRevocationList) -> frozenset[bytes] | None:
    points: frozenset[bytes] | None = None
    for extension in crl.extensions:
        # It must be critical (RFC 5280 §5.2.4); where it is not, the list is no fuller.
        if isinstance(extension.value, x509.DeltaCRLIndicator):
            raise ListUnusable("a delta list")
        if extension.critical and not isinstance(extension.value, _KNOWN_EXTENSIONS):
            raise ListUnusable(f"critical extension {extension.oid.dotted_string}")
        if isinstance(extension.value, x509.IssuingDistributionPoint):
            point = extension.value
            if (
                point.indirect_crl
                or point.only_contains_ca_certs
                or point.only_contains_attribute_certs
                or point.only_some_reasons
                or point.relative_name
            ):
                raise ListUnusable("a part of the certificates that is not known here")
            if point.full_name:
                points = frozenset(directory_names(point.full_name))
    return points


@dataclass
class _Source:
    """One address or file; what it gave last, and when to look again.

    Attributes:
        fetch_at, try_at: when an address is asked again while its list is fresh, and while it is
            not; in seconds of `time.monotonic`, so that no clock that is put right delays it.
    """

    where: str
    found: RevocationList | None = None
    seen: tuple[int, int, int] | None = None
    fetch_at: float = float("-inf")
    try_at: float = float("-inf")
    reached: bool = False
    why: str = "never read"


class RevocationLists:
    """All lists of the settings, refreshed as they are asked. Threads may share it."""

    def __init__(
        self,
        sources: Sequence[str],
        anchors: Sequence[Anchor],
        http: HttpExchange,
        freshness: Freshness,
        look_every_s: float = _LOOK_EVERY_S,
    ) -> None:
        """`sources`: addresses (http, https), files, or folders of `*.crl` files."""
        self._wanted = list(sources)
        self._anchors = anchors
        self._http = http
        self._freshness = freshness
        self._look_every_s = look_every_s
        self._looked_at = float("-inf")
        self._sources: dict[str, _Source] = {}
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._wanted)

    def status(self, issuer: Anchor, serial: int, points: Sequence[bytes]) -> CertificateStatus:
        """GOOD, REVOKED or ON_HOLD by the lists of this issuer.

        A list that is about a part of the certificates tells that one is good only when the
        certificate names that part among its `points`; it tells of a revocation always.

        Raises:
            NoStatus: no list that is about this certificate, or none that is fresh.
        """
        moment = self._freshness.now()
        good_at: datetime | None = None
        trouble: NoStatus | None = None
        for source in self._refreshed(moment):
            found = source.found
            if found is None:
                trouble = trouble or NoStatus(f"CRL: {source.why}", reached=source.reached)
                continue
            if found.issuer_key != issuer.key_hash:
                continue
            entry = found.entry(serial, found.this_update)
            covers = found.points is None or not found.points.isdisjoint(points)
            try:
                self._freshness.require("CRL", found.this_update, found.next_update, moment)
            except NoStatus as stale:
                if covers:
                    trouble = stale
                # A revocation is not undone by waiting; a hold may be.
                if entry is not None and entry.word is StatusWord.REVOKED:
                    return entry
                continue
            if entry is not None:
                return entry
            if covers:
                good_at = max(good_at or found.this_update, found.this_update)
        if good_at is not None:
            return CertificateStatus(StatusWord.GOOD, good_at)
        raise trouble or NoStatus("CRL: no list of this issuer", reached=True)

    def names(self, issuer: Anchor, serial: int) -> bool:
        """Whether a list of this issuer says that a serial is revoked or on hold.

        False also when no list can be relied on.
        """
        try:
            status = self.status(issuer, serial, ())
        except NoStatus:
            return False
        return status.word in (StatusWord.REVOKED, StatusWord.ON_HOLD)

    def as_of(self) -> datetime | None:
        """When the oldest of the lists that are fresh now was made; None when none is."""
        moment = self._freshness.now()
        return min(
            (
                source.found.this_update
                for source in self._refreshed(moment)
                if source.found is not None and self._is_fresh(source.found, moment)
            ),
            default=None,
        )

    # -------------------------------------------------------------------------- refresh

    def _refreshed(self, moment: datetime) -> list[_Source]:
        with self._lock:
            if time.monotonic() - self._looked_at >= self._look_every_s:
                self._sources = {
                    where: self._sources.get(where) or _Source(where) for where in self._places()
                }
                for source in self._sources.values():
                    self._look_at(source, moment)
                self._looked_at = time.monotonic()
            return list(self._sources.values())

    def _places(self) -> Iterator[str]:
        for wanted in self._wanted:
            if not is_address(wanted) and Path(wanted).is_dir():
                yield from (str(path) for path in sorted(Path(wanted).glob("*.crl")))
            else:
                yield wanted

    def _look_at(self, source: _Source, moment: datetime) -> None:
        if not is_address(source.where):
            self._refresh(source)
            return
        is_fresh = self._is_fresh(source.found, moment)
        now = time.monotonic()
        if now < (source.fetch_at if is_fresh else source.try_at):
            return
        source.fetch_at = source.try_at = now + _TRY_AGAIN_AFTER_S
        fetching = threading.Thread(target=self._refresh, args=(source,), name="crl", daemon=True)
        fetching.start()
        if not is_fresh:
            fetching.join(_PATIENCE_S)

    def _is_fresh(self, found: RevocationList | None, moment: datetime) -> bool:
        if found is None:
            return False
        try:
            self._freshness.require("CRL", found.this_update, found.next_update, moment)
        except NoStatus:
            return False
        return True

    def _refresh(self, source: _Source) -> None:
        """Take a newer list when there is one; a source that fails keeps what it had, which is
        judged by its own dates."""
        try:
            content = self._fetch(source) if is_address(source.where) else _changed(source)
            if content is None:
                return
            source.reached = True
            found = read_list(content, self._anchors)
        except (OSError, NoHttpAnswer, ListUnusable) as error:
            source.why = str(error)
            log.warning("revocation list not taken: %s", error)
            return
        if source.found is None or found.this_update >= source.found.this_update:
            source.found = found
        else:
            log.warning("revocation list not taken: older than the one in use")
        if self._is_fresh(source.found, self._freshness.now()):
            source.try_at = float("-inf")  # when it ends, the next one is asked for at once

    def _fetch(self, source: _Source) -> bytes:
        content = self._http.ask(source.where, deadline_s=_FETCH_DEADLINE_S, longest=_LONGEST_LIST)
        source.fetch_at = time.monotonic() + _FETCH_EVERY_S
        return content


def is_address(source: str) -> bool:
    """Whether a source is fetched, and not a file or folder."""
    return source.startswith(("http://", "https://"))


def _changed(source: _Source) -> bytes | None:
    path = Path(source.where)
    stat = path.stat()
    seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    if seen == source.seen:
        return None
    if stat.st_size > _LONGEST_LIST:
        raise ListUnusable(f"more than {_LONGEST_LIST} bytes")
    content = path.read_bytes()
    source.seen = seen
    return content
