"""Is this certificate still good? OCSP first, then revocation lists; doubt is never good."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from traceback import extract_tb
from typing import Final, TypeVar

from counter_tui.identity.anchors import Anchor
from counter_tui.identity.freshness import Freshness, NoStatus
from counter_tui.identity.ocsp import OcspResponder
from counter_tui.identity.platform import CertificateFacts, CertificateStatus, StatusWord
from counter_tui.identity.revocation_lists import RevocationLists

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Found = TypeVar("Found")

_AT_A_TIME: Final = 8
"""Questions to a responder side by side in a run over many; and so many in vain in a row, as when
none of those side by side was answered, are enough to ask nobody else in that run."""

_CHUNK: Final = 256
"""Answers that a run over many reads ahead."""

_SPARED_S: Final = 30.0
"""How long a responder that is away is not asked when there are lists."""

_WORST_FIRST: Final = (
    StatusWord.REVOKED,
    StatusWord.ON_HOLD,
    StatusWord.UNREACHABLE,
    StatusWord.UNKNOWN,
    StatusWord.GOOD,
)


@dataclass(frozen=True)
class _Answer:
    """Of the sources about one certificate and one possible issuer.

    Attributes:
        vouched: a source has said this; False when there was none that could be relied on.
    """

    status: CertificateStatus
    vouched: bool


class _Silence:
    """For how many questions in a row a responder was not reached; lasts for one run over many.

    A run without it would wait out the deadline once for every certificate of a city.
    """

    def __init__(self) -> None:
        self._in_a_row = 0
        # Several threads count. To add one is to read and to write: without a lock one that has
        # read before another sets the count back would bring back what was over.
        self._counting = threading.Lock()

    def note(self, *, reached: bool) -> None:
        """Count an answer, or that there was none."""
        with self._counting:
            self._in_a_row = 0 if reached else self._in_a_row + 1

    @property
    def is_enough(self) -> bool:
        """Whether nobody is asked any more; one who looks a moment early asks once more."""
        return self._in_a_row >= _AT_A_TIME


class StatusSources:
    """OCSP responder and revocation lists of one installation. Threads may share it."""

    def __init__(
        self,
        anchors: Sequence[Anchor],
        ocsp: OcspResponder | None,
        lists: RevocationLists,
        freshness: Freshness,
    ) -> None:
        self._anchors = anchors
        self._ocsp = ocsp
        self._lists = lists
        self._freshness = freshness
        self._ask_again_at = float("-inf")
        self._last_trouble = ""

    def status(self, certificate: CertificateFacts) -> CertificateStatus:
        """The status now; never raises: sources that fail are UNREACHABLE (nobody answered) or
        UNKNOWN (an answer that cannot be relied on, or that we could not deal with)."""
        return self._status(certificate, _Silence())

    def _status(self, certificate: CertificateFacts, silence: _Silence) -> CertificateStatus:
        now = self._freshness.now()
        if certificate.valid_until < now:
            return CertificateStatus(StatusWord.EXPIRED, now, valid_until=certificate.valid_until)
        answers = [
            self._answer(issuer, certificate, silence) for issuer in self._issuers(certificate)
        ]
        if not answers:
            self._note("no installed CA that holds now has issued this certificate")
            return CertificateStatus(StatusWord.UNKNOWN, now)
        return _joined(answers)

    def statuses(
        self, certificates: Iterable[tuple[Item, CertificateFacts]]
    ) -> Iterator[tuple[Item, CertificateStatus]]:
        """The same for many, in their order; several questions to a responder at a time.

        Without lists, a responder that was not reached `_AT_A_TIME` times in a row is not asked
        any more: who would need it is UNREACHABLE. The next call asks it again.
        """
        if self._ocsp is None:
            for item, certificate in certificates:
                yield item, self.status(certificate)
            return
        waiting = iter(certificates)
        silence = _Silence()

        def ask(certificate: CertificateFacts) -> CertificateStatus:
            return self._status(certificate, silence)

        with ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="ocsp") as askers:
            while chunk := list(islice(waiting, _CHUNK)):
                found = askers.map(ask, [certificate for _, certificate in chunk])
                yield from zip([item for item, _ in chunk], found, strict=True)

    def as_of(self) -> datetime | None:
        """The instant to which answers belong now; None when no source can be relied on.

        Asks a responder about a serial that no CA gives.
        """
        if self._ocsp is not None and self._anchors:
            ocsp, anchor = self._ocsp, self._anchors[0]
            try:
                _guarded("OCSP", lambda: ocsp.status(anchor, 0))
            except NoStatus as error:
                if error.reached:
                    return self._freshness.now()
            else:
                return self._freshness.now()
        try:
            return _guarded("CRL", self._lists.as_of) if self._lists else None
        except NoStatus as error:
            self._note(str(error))
            return None

    def _issuers(self, certificate: CertificateFacts) -> list[Anchor]:
        """The CAs that may have issued it; one that has ended speaks for nobody any more."""
        now = self._freshness.now()
        name = certificate.reference.issuer
        return [
            each
            for each in self._anchors
            if each.holds_at(now)
            # Generations of a CA bear one name; which of them it was may not be known.
            and certificate.issuer_key in (None, each.key_hash)
            and (certificate.issuer_key is not None or each.name_der == name)
        ]

    def _answer(self, issuer: Anchor, certificate: CertificateFacts, silence: _Silence) -> _Answer:
        serial = certificate.reference.serial
        reached = False
        said_unknown: CertificateStatus | None = None
        ocsp, lists = self._ocsp, self._lists
        if ocsp is not None and not self._is_spared(silence):
            try:
                status = _guarded("OCSP", lambda: ocsp.status(issuer, serial))
            except NoStatus as error:
                self._note(str(error))
                reached |= error.reached
                silence.note(reached=error.reached)
                if not error.reached:
                    self._ask_again_at = time.monotonic() + _SPARED_S
            else:
                silence.note(reached=True)
                if status.word is not StatusWord.UNKNOWN:
                    return _Answer(status, vouched=True)
                said_unknown = status
        if lists:
            points = certificate.crl_points
            try:
                status = _guarded("CRL", lambda: lists.status(issuer, serial, points))
            except NoStatus as error:
                self._note(str(error))
                reached |= error.reached
            else:
                # A responder that does not know the certificate outweighs a list on which it
                # does not stand: a list names only what was issued and revoked.
                if said_unknown is None or status.word is not StatusWord.GOOD:
                    return _Answer(status, vouched=True)
        if said_unknown is not None:
            return _Answer(said_unknown, vouched=True)
        word = StatusWord.UNKNOWN if reached else StatusWord.UNREACHABLE
        return _Answer(CertificateStatus(word, self._freshness.now()), vouched=False)

    def _is_spared(self, silence: _Silence) -> bool:
        """Whether the responder was away a moment ago, and there are lists to look into: then
        nobody waits for it at every touch. Without lists, whether a run over many has had enough
        of it."""
        if self._lists:
            return time.monotonic() < self._ask_again_at
        return silence.is_enough

    def _note(self, trouble: str) -> None:
        # A run over many asks in vain as many times; once is enough for the log.
        if trouble != self._last_trouble:
            log.warning("status: %s", trouble)
            self._last_trouble = trouble


def _guarded(source: str, ask: Callable[[], Found]) -> Found:
    """What a source says; whatever else it raises is an answer that cannot be relied on.

    Raises:
        NoStatus
    """
    try:
        return ask()
    except NoStatus:
        raise
    except Exception as error:  # noqa: BLE001  see below
        # Bytes from the line go through http.client, cryptography and OpenSSL before anybody has
        # signed them. A class of exception that none of our readers has foreseen must cost one
        # status, not the terminal. The log gets class and places; its text may hold what was read.
        places = " < ".join(
            f"{Path(frame.filename).name}:{frame.lineno}"
            for frame in reversed(extract_tb(error.__traceback__))
        )
        log.error("status: %s: %s at %s", source, type(error).__name__, places)
        raise NoStatus(f"{source}: {type(error).__name__}", reached=True) from None


def _joined(answers: Sequence[_Answer]) -> CertificateStatus:
    """One status from those under each possible issuer: the worst, except that a generation
    which vouches that it does not know the certificate takes nothing from one that does."""
    if any(answer.status.word is StatusWord.GOOD for answer in answers):
        answers = [
            answer
            for answer in answers
            if not (answer.vouched and answer.status.word is StatusWord.UNKNOWN)
        ]
    return min(
        (answer.status for answer in answers), key=lambda status: _WORST_FIRST.index(status.word)
    )
