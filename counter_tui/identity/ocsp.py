"""Asking an OCSP responder about one certificate (RFC 6960), by issuer and serial.

What cryptography gives is taking the answer apart; deciding whether to believe it is here.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha1
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from counter_tui.identity.anchors import DER_TROUBLES, MIN_RSA_BITS, Anchor
from counter_tui.identity.freshness import Freshness, NoStatus
from counter_tui.identity.http_exchange import HttpExchange, NoHttpAnswer
from counter_tui.identity.platform import CertificateStatus, StatusWord

Extension = TypeVar("Extension", bound=x509.ExtensionType)

NONCE_LENGTH: Final = 32
"""Bytes: what RFC 9654 §2.1 asks for."""

_LONGEST_ANSWER: Final = 64 * 1024
"""Bytes; an answer with a responder's certificate has about 2,000."""

_WORST_FIRST: Final = (
    StatusWord.REVOKED,
    StatusWord.ON_HOLD,
    StatusWord.UNKNOWN,
    StatusWord.GOOD,
)
"""When an answer says several things of one certificate, the worst counts."""

_SIGNATURE_HASHES: Final = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


class OcspResponder:
    """One responder. Threads may share it."""

    def __init__(
        self,
        url: str,
        http: HttpExchange,
        freshness: Freshness,
        is_revoked: Callable[[Anchor, int], bool] | None = None,
    ) -> None:
        """`is_revoked`: whether a list names a serial of a CA; asked of delegated signers."""
        self._url = url
        self._http = http
        self._freshness = freshness
        self._is_revoked = is_revoked

    def status(self, issuer: Anchor, serial: int) -> CertificateStatus:
        """GOOD, REVOKED, ON_HOLD or UNKNOWN, as the responder says and proves.

        Checked: the answer's signature, the signer's right to sign for this issuer, that it is
        about this certificate, its age, and its nonce when it bears one.

        A delegated signer whose own certificate a list names as revoked is not believed, unless
        the CA has marked it `id-pkix-ocsp-nocheck`. Without lists nobody is asked about it: how
        it is checked then is left to local policy (RFC 6960 §4.2.2.2.1), and asking the same
        responder would let the signer answer for itself.

        Raises:
            NoStatus: nobody answered, or with something that cannot be relied on.
        """
        nonce = secrets.token_bytes(NONCE_LENGTH)
        request = _request(issuer, serial, nonce)
        try:
            content = self._http.ask(
                self._url,
                body=request.public_bytes(Encoding.DER),
                headers={
                    "Content-Type": "application/ocsp-request",
                    "Accept": "application/ocsp-response",
                },
                longest=_LONGEST_ANSWER,
            )
        except NoHttpAnswer as error:
            raise NoStatus(f"OCSP: {error}", reached=False) from error
        try:
            return self._believe(content, issuer, request, nonce)
        except DER_TROUBLES as error:
            raise NoStatus("OCSP: the answer cannot be read", reached=True) from error

    def _believe(
        self, content: bytes, issuer: Anchor, request: ocsp.OCSPRequest, nonce: bytes
    ) -> CertificateStatus:
        answer = ocsp.load_der_ocsp_response(content)
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            busy = answer.response_status in (
                ocsp.OCSPResponseStatus.TRY_LATER,
                ocsp.OCSPResponseStatus.INTERNAL_ERROR,
            )
            raise NoStatus(f"OCSP: {answer.response_status.name}", reached=not busy)
        moment = self._freshness.now()
        self._require_right_to_sign(answer, issuer, moment)
        _require_nonce(answer, nonce)
        singles = _about(answer, request)
        for single in singles:
            self._freshness.require("OCSP", single.this_update_utc, single.next_update_utc, moment)
        return min(map(_as_status, singles), key=lambda status: _WORST_FIRST.index(status.word))

    def _require_right_to_sign(
        self, answer: ocsp.OCSPResponse, issuer: Anchor, moment: datetime
    ) -> None:
        """RFC 6960 §4.2.2.2: the issuer itself, or one whom it has certified for that."""
        candidates = [issuer.certificate]
        candidates += [
            certificate
            for certificate in answer.certificates
            if _is_delegated(certificate, issuer, moment)
        ]
        for signer in candidates:
            if _is_named(answer, signer) and _has_signed(answer, signer):
                if signer is not issuer.certificate and self._is_withdrawn(signer, issuer):
                    raise NoStatus("OCSP: the signer's certificate is revoked", reached=True)
                return
        raise NoStatus("OCSP: signed by nobody who may", reached=True)

    def _is_withdrawn(self, delegate: x509.Certificate, issuer: Anchor) -> bool:
        if self._is_revoked is None or _extension(delegate, x509.OCSPNoCheck) is not None:
            return False
        return self._is_revoked(issuer, delegate.serial_number)


def _request(issuer: Anchor, serial: int, nonce: bytes) -> ocsp.OCSPRequest:
    # SHA-1 names the issuer here and protects nothing; it is what every responder knows
    # (RFC 5019 §2.1.1).
    name_hash = sha1(issuer.name_der, usedforsecurity=False).digest()
    key_hash = sha1(_key_bits(issuer.certificate), usedforsecurity=False).digest()
    return (
        ocsp.OCSPRequestBuilder()
        .add_certificate_by_hash(name_hash, key_hash, serial, hashes.SHA1())  # noqa: S303
        .add_extension(x509.OCSPNonce(nonce), critical=False)
        .build()
    )


def _key_bits(certificate: x509.Certificate) -> bytes:
    """The key without its algorithm, which is what a CertID hashes (RFC 6960 §4.1.1)."""
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)


def _is_delegated(certificate: x509.Certificate, issuer: Anchor, moment: datetime) -> bool:
    if not issuer.has_signed(certificate):
        return False
    purposes = _extension(certificate, x509.ExtendedKeyUsage)
    if purposes is None or ExtendedKeyUsageOID.OCSP_SIGNING not in purposes:
        return False
    usage = _extension(certificate, x509.KeyUsage)
    # When it is there, both must allow it (RFC 5280 §4.2.1.12, which names these two bits).
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        return False
    return certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc


def _extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _is_named(answer: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    if answer.responder_name is not None:
        return answer.responder_name == signer.subject
    return answer.responder_key_hash == sha1(_key_bits(signer), usedforsecurity=False).digest()


def _has_signed(answer: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    digest = answer.signature_hash_algorithm
    if not isinstance(digest, _SIGNATURE_HASHES):
        return False
    key = signer.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey) and key.key_size >= MIN_RSA_BITS:
            key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(digest))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _require_nonce(answer: ocsp.OCSPResponse, nonce: bytes) -> None:
    # A responder may leave the nonce out (RFC 6960 §4.4.1); then only the dates speak against a
    # replay. One that it gives must be ours.
    try:
        given = answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return
    # cryptography gives the nonce with or without the OCTET STRING around it, by version.
    if given not in (nonce, bytes([0x04, len(nonce)]) + nonce):
        raise NoStatus("OCSP: an answer to another question", reached=True)


def _about(answer: ocsp.OCSPResponse, request: ocsp.OCSPRequest) -> list[ocsp.OCSPSingleResponse]:
    """What it says of the certificate that was asked about; more than once is allowed."""
    found = [
        single
        for single in _singles(answer)
        if single.serial_number == request.serial_number
        and single.issuer_name_hash == request.issuer_name_hash
        and single.issuer_key_hash == request.issuer_key_hash
        and isinstance(single.hash_algorithm, hashes.SHA1)
    ]
    if not found:
        raise NoStatus("OCSP: an answer about another certificate", reached=True)
    return found


def _singles(answer: ocsp.OCSPResponse) -> Iterator[ocsp.OCSPSingleResponse]:
    yield from answer.responses


def _as_status(single: ocsp.OCSPSingleResponse) -> CertificateStatus:
    checked_at = single.this_update_utc
    match single.certificate_status:
        case ocsp.OCSPCertStatus.GOOD:
            return CertificateStatus(StatusWord.GOOD, checked_at)
        case ocsp.OCSPCertStatus.REVOKED:
            return revoked(checked_at, single.revocation_time_utc, single.revocation_reason)
        case _:
            return CertificateStatus(StatusWord.UNKNOWN, checked_at)


def revoked(
    checked_at: datetime, revoked_at: datetime | None, reason: x509.ReasonFlags | None
) -> CertificateStatus:
    """Revoked, or on hold when that is the reason."""
    on_hold = reason is x509.ReasonFlags.certificate_hold
    return CertificateStatus(
        StatusWord.ON_HOLD if on_hold else StatusWord.REVOKED,
        checked_at,
        revoked_at=revoked_at,
        reason=None if reason is None else reason.value,
    )
