"""The identity platform of a municipality that is a notified verifier, with OCSP and CRLs.

(利用者証明検証者, 署名検証者.) It keeps issuer and serial of linked cards, encrypted and apart from
the library's store; the library gets random user identifiers and statuses.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final

from counter_tui.clock import Clock
from counter_tui.errors import PlatformUnreachable, SiteKeyUnusable, UnreadableRows
from counter_tui.identity.link_store import (
    FormerRow,
    LinkRow,
    LinkRows,
    LinkStore,
    SignatureRefused,
)
from counter_tui.identity.platform import (
    CertificateFacts,
    CertificateReference,
    CertificateStatus,
    StatusWord,
)
from counter_tui.identity.reference_vault import Kind, NotSealedHere, ReferenceVault
from counter_tui.identity.site_key import SiteKeyFile
from counter_tui.identity.status import StatusSources

log = logging.getLogger(__name__)

_READ_AHEAD: Final = 500
"""Rows that a run over many takes from the store at a time."""


@dataclass(frozen=True)
class Rotated:
    """What a rotation of the site key did.

    Attributes:
        links: that were hashed and sealed anew.
        forgotten: ended links of which only a hash was left.
        dropped: rows that did not open.
    """

    links: int
    forgotten: int
    dropped: int


class Verifier:
    """Implements `IdentityPlatform`. Threads and processes may share store and key."""

    def __init__(
        self, store: LinkStore, key_file: SiteKeyFile, sources: StatusSources, clock: Clock
    ) -> None:
        self._store = store
        self._key_file = key_file
        self._sources = sources
        self._clock = clock
        self._vault: ReferenceVault | None = None

    # ---------------------------------------------------------------------------- links

    def resolve(self, reference: CertificateReference) -> str | None:
        """See `IdentityPlatform`."""
        with self._rows() as (rows, vault):
            row = _found(rows.find, vault, Kind.AUTH, reference)
        return row.user_identifier if row is not None and row.confirmed else None

    def link(self, certificate: CertificateFacts, enrollment_id: str) -> str:
        """See `IdentityPlatform`."""
        with self._rows(writing=True) as (rows, vault):
            mac = vault.mac(Kind.AUTH, certificate.reference)
            row = _found(rows.find, vault, Kind.AUTH, certificate.reference)
            if row is None:
                user_identifier = secrets.token_hex(16)
                sealed = vault.seal(Kind.AUTH, user_identifier, certificate)
                rows.add(LinkRow(user_identifier, mac, sealed, confirmed=False))
            else:
                # Two counters that enrol one card at a time get one identifier, so that the
                # library's store can see that they mean the same card.
                user_identifier = row.user_identifier
            rows.add_pending(enrollment_id, user_identifier, self._clock.now())
        return user_identifier

    def confirm(self, enrollment_id: str) -> None:
        """See `IdentityPlatform`."""
        with self._rows(writing=True) as (rows, _):
            rows.confirm(enrollment_id)

    def unlink(self, user_identifier: str) -> None:
        """See `IdentityPlatform`."""
        with self._rows(writing=True) as (rows, _):
            row = rows.link(user_identifier)
            if row is not None and row.confirmed:
                now = self._clock.now()
                rows.set_former(
                    FormerRow(user_identifier, row.reference_mac, now, row.sealed_reference)
                )
            rows.remove(user_identifier)

    def former(self, reference: CertificateReference) -> str | None:
        """See `IdentityPlatform`."""
        with self._rows() as (rows, vault):
            row = rows.find_former(vault.mac(Kind.AUTH, reference))
            if row is None:
                return None
            _require_own_hash(row, vault, reference)
            return row.user_identifier

    def restore(self, user_identifier: str) -> bool:
        """See `IdentityPlatform`. The signature certificate comes back with the next import."""
        with self._rows(writing=True) as (rows, _):
            former = rows.former(user_identifier)
            if (
                former is not None
                and former.sealed_reference is not None
                and rows.find(former.reference_mac) is None
            ):
                rows.add(LinkRow(user_identifier, former.reference_mac, former.sealed_reference))
                rows.remove_former(user_identifier)
            row = rows.link(user_identifier)
            return row is not None and row.confirmed

    def forget_references(self, ended_before: datetime) -> None:
        """See `IdentityPlatform`.

        A row whose hash somebody has changed is dropped: its tag would say that it belongs there.
        """
        with self._rows(writing=True) as (rows, vault):
            for row in rows.formers():
                if row.sealed_reference is None or row.ended_at >= ended_before:
                    continue
                if _has_own_hash(row, row.sealed_reference, vault):
                    tag = vault.tag(row.user_identifier, row.reference_mac)
                    rows.set_former(replace(row, sealed_reference=None, tag=tag))
                else:
                    log.error("verifier: an ended link was changed by somebody; it is dropped")
                    rows.remove_former(row.user_identifier)

    def forget(self, user_identifier: str) -> None:
        """See `IdentityPlatform`."""
        with self._rows(writing=True) as (rows, _):
            rows.remove(user_identifier)
            rows.remove_former(user_identifier)

    def pending_links(self) -> list[tuple[str, datetime]]:
        """See `IdentityPlatform`."""
        with self._rows() as (rows, _):
            return rows.pending()

    def discard(self, enrollment_id: str) -> None:
        """See `IdentityPlatform`."""
        with self._rows(writing=True) as (rows, _):
            rows.discard(enrollment_id)

    # --------------------------------------------------------------------------- status

    def auth_status(self, user_identifier: str) -> CertificateStatus:
        """See `IdentityPlatform`."""
        return self._linked_status(Kind.AUTH, user_identifier)

    def certificate_status(self, certificate: CertificateFacts) -> CertificateStatus:
        """See `IdentityPlatform`."""
        return self._sources.status(certificate)

    def signature_status(self, user_identifier: str) -> CertificateStatus:
        """See `IdentityPlatform`."""
        return self._linked_status(Kind.SIGNATURE, user_identifier)

    def signature_statuses(
        self, user_identifiers: Iterable[str]
    ) -> Iterator[tuple[str, CertificateStatus]]:
        """See `IdentityPlatform`."""
        waiting = iter(user_identifiers)
        while chunk := list(islice(waiting, _READ_AHEAD)):
            try:
                known, broken = self._signatures(chunk)
            except PlatformUnreachable as error:
                log.warning("verifier: %s", error)
                for user_identifier in chunk:
                    yield user_identifier, self._status(StatusWord.UNREACHABLE)
                continue
            if broken:
                # Counted, not named: the log tells of no person.
                log.error(
                    "verifier: signature certificates that do not open although the key fits: %d;"
                    " they are unknown until platform import-signatures writes them anew",
                    len(broken),
                )
            asked = dict(self._sources.statuses(known.items()))
            for user_identifier in chunk:
                other = StatusWord.UNKNOWN if user_identifier in broken else StatusWord.ABSENT
                yield user_identifier, asked.get(user_identifier, self._status(other))

    def as_of(self) -> datetime | None:
        """See `IdentityPlatform`."""
        try:
            with self._rows():
                pass
        except PlatformUnreachable as error:
            log.warning("verifier: %s", error)
            return None
        return self._sources.as_of()

    def _linked_status(self, kind: Kind, user_identifier: str) -> CertificateStatus:
        try:
            with self._rows() as (rows, vault):
                facts = _facts(rows, vault, kind, user_identifier)
        except PlatformUnreachable as error:
            log.warning("verifier: %s", error)
            return self._status(StatusWord.UNREACHABLE)
        if facts is None:
            return self._status(StatusWord.ABSENT)
        return self._sources.status(facts)

    def _signatures(
        self, user_identifiers: list[str]
    ) -> tuple[dict[str, CertificateFacts], set[str]]:
        """The signature certificates of these people, and whose do not open.

        Raises:
            PlatformUnreachable: the store, or its key, cannot be had; nothing is known.
        """
        known: dict[str, CertificateFacts] = {}
        broken: set[str] = set()
        with self._rows() as (rows, vault):
            for user_identifier in user_identifiers:
                try:
                    facts = _facts(rows, vault, Kind.SIGNATURE, user_identifier)
                except NotSealedHere:
                    # A store that does not tell its key may have been written with another one;
                    # then it is not the row that is damaged.
                    if rows.key_id() is None:
                        raise
                    broken.add(user_identifier)
                    continue
                if facts is not None:
                    known[user_identifier] = facts
        return known, broken

    def _status(self, word: StatusWord) -> CertificateStatus:
        return CertificateStatus(word, self._clock.now())

    # ------------------------------------------------------------ signature certificates

    def set_signatures(
        self, certificates: Sequence[tuple[str, CertificateFacts]]
    ) -> list[SignatureRefused | None]:
        """Keep which signature certificate belongs to which user identifier, in place of another.

        One transaction. A person's row that does not open is written anew.

        Returns:
            For each, in order: None when it is kept, else why it is not.

        Raises:
            PlatformUnreachable: nothing was kept.
        """
        with self._rows(writing=True) as (rows, vault):
            return [_set_signature(rows, vault, *each) for each in certificates]

    # ------------------------------------------------------------------------- site key

    def rotate_key(self, *, drop_unreadable: bool = False) -> Rotated:
        """Hash and seal everything anew with a fresh site key.

        The next key is on disk before the store's one transaction, the former one until after
        it; whatever ends this early, the key that the store was written with is there, and is
        found. Other terminals notice at their next question. Ended links of which only a hash is
        left are forgotten: nobody can hash them anew.

        Args:
            drop_unreadable: forget rows that do not open with the present key either; their
                patrons have to enrol again. Else one such row stops the rotation.

        Raises:
            UnreadableRows: there are rows that do not open; nothing was changed.
            PlatformUnreachable: with SiteKeyError among them; then nothing was changed.
            OSError: a key file cannot be written; nothing was changed.
        """
        with self._key_file.changing():
            with self._rows(writing=True) as (_, vault):
                key_id = vault.key_id
            self._key_file.finish(key_id)  # of a rotation that was ended early
            former = self._key_file.read()
            fresh = ReferenceVault(self._key_file.prepare_next(former))
            try:
                rotated = self._seal_anew(fresh, drop_unreadable=drop_unreadable)
            except UnreadableRows:
                # All was rolled back, and no key is to lie about.
                self._key_file.finish(key_id)
                raise
            self._key_file.finish(fresh.key_id)
        return rotated

    def _seal_anew(self, fresh: ReferenceVault, *, drop_unreadable: bool) -> Rotated:
        with self._rows(writing=True) as (rows, vault):
            cut = [row for row in rows.formers() if row.sealed_reference is None]
            sealed_formers = (
                LinkRow(row.user_identifier, row.reference_mac, row.sealed_reference)
                for row in rows.formers()
                if row.sealed_reference is not None
            )
            links, lost_links = _moved(rows.links(), Kind.AUTH, vault, fresh)
            signatures, lost_signatures = _moved(rows.signatures(), Kind.SIGNATURE, vault, fresh)
            formers, lost_formers = _moved(sealed_formers, Kind.AUTH, vault, fresh)
            lost = len(lost_links) + len(lost_signatures) + len(lost_formers)
            if lost and not drop_unreadable:
                raise UnreadableRows(lost)
            for row in lost_links:
                rows.remove(row.user_identifier)
            for row in lost_signatures:
                rows.remove_signature(row.user_identifier)
            ended = [row.user_identifier for row in lost_formers]
            for user_identifier in ended + [row.user_identifier for row in cut]:
                rows.remove_former(user_identifier)
            rows.replace(links, signatures, formers)
            rows.set_key_id(fresh.key_id)
        return Rotated(len(links), len(cut), lost)

    @contextmanager
    def _rows(self, *, writing: bool = False) -> Iterator[tuple[LinkRows, ReferenceVault]]:
        """A transaction on the rows, and the vault with the key that they were written with."""
        # Before the store is made: without a key there is nothing to write with.
        if self._vault is not None:
            self._key_file.require_private()  # it may have been opened to others since
        vault = self._vault or ReferenceVault(self._key_file.read())
        with self._store.transaction(writing=writing) as rows:
            key_id = rows.key_id()
            if key_id is None and writing:
                vault = ReferenceVault(self._key_file.read())
                rows.set_key_id(vault.key_id)
            elif key_id is not None and key_id != vault.key_id:
                vault = ReferenceVault(self._key_file.with_id(key_id))
            self._vault = vault
            try:
                yield rows, vault
            except NotSealedHere as error:
                raise SiteKeyUnusable(
                    self._key_file.path, "does not open what the store holds"
                ) from error


def _set_signature(
    rows: LinkRows, vault: ReferenceVault, user_identifier: str, certificate: CertificateFacts
) -> SignatureRefused | None:
    link = rows.link(user_identifier)
    if link is None or not link.confirmed:
        return SignatureRefused.NOT_LINKED
    mac = vault.mac(Kind.SIGNATURE, certificate.reference)
    holder = rows.find_signature(mac)
    # What lies in the person's own row is written over, also when nobody can read it.
    if holder is not None and holder.user_identifier != user_identifier:
        _require_own_seal(holder, vault, Kind.SIGNATURE, certificate.reference)
        return SignatureRefused.BELONGS_TO_ANOTHER
    sealed = vault.seal(Kind.SIGNATURE, user_identifier, certificate)
    rows.set_signature(LinkRow(user_identifier, mac, sealed))
    return None


def _found(
    find: Callable[[bytes], LinkRow | None],
    vault: ReferenceVault,
    kind: Kind,
    reference: CertificateReference,
) -> LinkRow | None:
    """The row of a certificate; the hash finds it, and what is sealed in it must say the same.

    Raises:
        NotSealedHere: somebody has put this hash into another row.
    """
    row = find(vault.mac(kind, reference))
    if row is not None:
        _require_own_seal(row, vault, kind, reference)
    return row


def _require_own_seal(
    row: LinkRow, vault: ReferenceVault, kind: Kind, reference: CertificateReference
) -> None:
    """Refuse a row that a certificate's hash finds, and in which another one is sealed.

    Raises:
        NotSealedHere
    """
    sealed = vault.unseal(kind, row.user_identifier, row.sealed_reference)
    if sealed.reference != reference:
        raise NotSealedHere


def _facts(
    rows: LinkRows, vault: ReferenceVault, kind: Kind, user_identifier: str
) -> CertificateFacts | None:
    row = rows.link(user_identifier) if kind is Kind.AUTH else rows.signature(user_identifier)
    return None if row is None else vault.unseal(kind, user_identifier, row.sealed_reference)


def _require_own_hash(
    row: FormerRow, vault: ReferenceVault, reference: CertificateReference
) -> None:
    """Refuse an ended link whose hash somebody has put into another row.

    Raises:
        NotSealedHere
    """
    if row.sealed_reference is not None:
        sealed = vault.unseal(Kind.AUTH, row.user_identifier, row.sealed_reference)
        is_own = sealed.reference == reference
    else:
        tag = vault.tag(row.user_identifier, row.reference_mac)
        is_own = hmac.compare_digest(tag, row.tag or b"")
    if not is_own:
        raise NotSealedHere


def _has_own_hash(row: FormerRow, sealed_reference: bytes, vault: ReferenceVault) -> bool:
    try:
        facts = vault.unseal(Kind.AUTH, row.user_identifier, sealed_reference)
    except NotSealedHere:
        return False
    return hmac.compare_digest(vault.mac(Kind.AUTH, facts.reference), row.reference_mac)


def _moved(
    rows: Iterable[LinkRow], kind: Kind, vault: ReferenceVault, fresh: ReferenceVault
) -> tuple[list[LinkRow], list[LinkRow]]:
    """Rows hashed and sealed with another key, and those that do not open."""
    moved, lost = [], []
    for row in rows:
        try:
            facts = vault.unseal(kind, row.user_identifier, row.sealed_reference)
        except NotSealedHere:
            lost.append(row)
            continue
        moved.append(
            replace(
                row,
                reference_mac=fresh.mac(kind, facts.reference),
                sealed_reference=fresh.seal(kind, row.user_identifier, facts),
            )
        )
    return moved, lost
