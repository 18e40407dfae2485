"""A certification authority run by the openssl command line, and its OCSP responder on loopback.

The responder's answers are made by `openssl ocsp`. Its own server (`-port`) listens on every
interface of the machine; so a small server of ours passes requests on, on loopback only, and can
fail in the ways that a line can.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from counter_tui.hardware.simulated.simulator_keys import issuer_keys
from counter_tui.identity.anchors import SIMULATOR_ROOT, Anchor
from counter_tui.identity.http_exchange import HttpExchange
from counter_tui.identity.platform import CertificateFacts, CertificateReference

AUTH_SUBJECT: Final = "/C=JP/O=JPKI-TEST/OU=JPKI for user authentication/OU=Tests"
SIGN_SUBJECT: Final = "/C=JP/O=JPKI-TEST/OU=JPKI for digital signature/OU=Tests"

_CONFIGURATION: Final = """
[ca]
default_ca = this
[this]
dir = {folder}
database = $dir/index.txt
serial = $dir/serial
new_certs_dir = $dir
certificate = $dir/ca.pem
private_key = $dir/ca.key
default_md = sha256
default_days = 1000
default_crl_days = 1
policy = any
unique_subject = no
crl_extensions = crl
[any]
countryName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
[req]
distinguished_name = name
prompt = no
[name]
CN = unused
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[auth]
keyUsage = critical,digitalSignature
[both]
keyUsage = critical,digitalSignature,nonRepudiation
[bare]
basicConstraints = CA:FALSE
[responder]
extendedKeyUsage = OCSPSigning
[responder_signing]
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
[responder_unchecked]
extendedKeyUsage = OCSPSigning
noCheck = ignored
[responder_for_keys]
keyUsage = critical,keyEncipherment
extendedKeyUsage = OCSPSigning
[impostor]
extendedKeyUsage = serverAuth
[crl]
authorityKeyIdentifier = keyid
[parted]
issuingDistributionPoint = critical,@part
[part]
fullname = dirName:part_name
[part_name]
CN = Toda CRLDP
[parted_certificate]
keyUsage = critical,digitalSignature
crlDistributionPoints = part_points
[part_points]
fullname = dirName:part_name
"""


def run(*words: str | Path, given: bytes | None = None) -> bytes:
    """Run openssl; its output. Ends by itself."""
    done = subprocess.run(
        ["openssl", *map(str, words)], input=given, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@dataclass
class OpensslCa:
    """One generation of a CA, in a folder of its own."""

    folder: Path
    subject: str = AUTH_SUBJECT
    key_kind: tuple[str, ...] = ("rsa:2048",)
    days: int = 3650
    given: tuple[bytes, bytes] | None = None
    """Key and certificate (PEM) of a CA that exists already."""
    _names: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.configuration.write_text(_CONFIGURATION.format(folder=self.folder))
        (self.folder / "index.txt").touch()
        (self.folder / "serial").write_text("06A00001\n")
        if self.given is not None:
            (self.folder / "ca.key").write_bytes(self.given[0])
            self.certificate_file.write_bytes(self.given[1])
            return
        request = self.folder / "ca.csr"
        run(
            *("req", "-new", "-newkey", *self.key_kind, "-nodes"),
            *("-config", self.configuration),
            *("-subj", self.subject, "-keyout", self.folder / "ca.key", "-out", request),
        )
        # Begun long ago, so that a test may set its clock back.
        run(
            *("ca", "-selfsign", "-batch", "-notext", "-preserveDN", "-config"),
            *(self.configuration, "-in", request, "-out", self.certificate_file),
            *("-extensions", "root", "-startdate", "20200101000000Z", "-days", str(self.days)),
        )

    @property
    def configuration(self) -> Path:
        """Of `openssl ca`."""
        return self.folder / "openssl.cnf"

    @property
    def certificate_file(self) -> Path:
        """The CA certificate, PEM."""
        return self.folder / "ca.pem"

    @property
    def anchor(self) -> Anchor:
        """As a trust anchor."""
        return Anchor.load(self.certificate_file)

    def issue(self, extensions: str = "auth", *key_kind: str, days: int = 1000) -> Path:
        """A certificate with the extensions of a section above; PEM. Its key lies beside it."""
        name = f"leaf-{next(self._names)}"
        request, certificate = self.folder / f"{name}.csr", self.folder / f"{name}.pem"
        run(
            *("req", "-new", "-newkey", *(key_kind or ("rsa:2048",)), "-nodes"),
            *("-keyout", self.folder / f"{name}.key", "-subj", f"/C=JP/CN={name}"),
            *("-out", request, "-config", self.configuration),
        )
        run(
            *("ca", "-batch", "-notext", "-config", self.configuration, "-in", request),
            *("-out", certificate, "-extensions", extensions, "-days", str(days)),
        )
        return certificate

    def enter(self, serial: int, state: str = "V", reason: str = "") -> None:
        """Write a certificate that was issued elsewhere into the CA's books.

        Args:
            state: "V" valid, "R" revoked (with a reason).
        """
        revoked = f"{datetime.now(UTC):%y%m%d%H%M%SZ},{reason}" if state == "R" else ""
        with (self.folder / "index.txt").open("a") as books:
            books.write(f"{state}\t491231235959Z\t{revoked}\t{serial:08X}\tunknown\t/CN={serial}\n")

    def revoke(self, certificate: Path, reason: str = "keyCompromise") -> None:
        """Revoke it, or put it on hold with the reason `certificateHold`."""
        run(
            *("ca", "-config", self.configuration, "-revoke", certificate),
            *("-crl_reason", reason),
        )

    def crl(
        self,
        *,
        age: timedelta = timedelta(),
        lasts: timedelta = timedelta(days=1),
        part: bool = False,
    ) -> bytes:
        """A revocation list as of `age` ago, DER."""
        begun = datetime.now(UTC) - age
        path = self.folder / "list.pem"
        run(
            *("ca", "-config", self.configuration, "-gencrl", "-out", path),
            *("-crl_lastupdate", f"{begun:%Y%m%d%H%M%SZ}"),
            *("-crl_nextupdate", f"{begun + lasts:%Y%m%d%H%M%SZ}"),
            *(("-crlexts", "parted") if part else ()),
        )
        return run("crl", "-in", path, "-outform", "DER")

    def answer(self, request: bytes, *options: str | Path) -> bytes:
        """What `openssl ocsp` answers; signed by the CA itself unless `options` say otherwise."""
        asked, answered = self.folder / "request.der", self.folder / "answer.der"
        asked.write_bytes(request)
        signer = (
            ()
            if "-rsigner" in options
            else (*("-rsigner", self.certificate_file, "-rkey", self.folder / "ca.key"),)
        )
        lasts = () if "-ndays" in options else ("-nmin", "60")
        run(
            *("ocsp", "-index", self.folder / "index.txt", "-CA", self.certificate_file),
            *("-reqin", asked, "-respout", answered, *signer, *lasts, *options),
        )
        return answered.read_bytes()


def ca_of_simulated_cards(folder: Path) -> OpensslCa:
    """The CA of the simulated cards, in openssl's hands."""
    key = issuer_keys().auth_ca.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return OpensslCa(folder, given=(key, SIMULATOR_ROOT.read_bytes()))


def facts_of(certificate: Path, issuer: OpensslCa | None) -> CertificateFacts:
    """What a platform keeps of a certificate; without an issuer its generation is not known."""
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    points: tuple[bytes, ...] = ()
    for extension in loaded.extensions:
        if isinstance(extension.value, x509.CRLDistributionPoints):
            points = tuple(
                name.value.public_bytes()
                for each in extension.value
                for name in each.full_name or ()
            )
    return CertificateFacts(
        CertificateReference(loaded.issuer.public_bytes(), loaded.serial_number),
        loaded.not_valid_after_utc,
        None if issuer is None else issuer.anchor.key_hash,
        points,
    )


class Impatient(HttpExchange):
    """Waits half a second, so that a test of a hang does not last."""

    def ask(
        self,
        url: str,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        deadline_s: float = 0.5,
        longest: int,
    ) -> bytes:
        """See `HttpExchange`."""
        return super().ask(url, body=body, headers=headers, deadline_s=deadline_s, longest=longest)


@dataclass
class Responder:
    """What the loopback server does with a request.

    Attributes:
        cas: a request is answered by the first that says anything but "unknown".
        options: for `openssl ocsp`.
        fault: "" or "500", "hang", "garbage", "replay", "cut", "drip", "redirect", "huge".
        last: the last answer, which "replay" gives again.
        content: what a GET is answered with.
        seen: requests with their paths, in order.
    """

    cas: list[OpensslCa] = field(default_factory=list)
    options: tuple[str | Path, ...] = ()
    fault: str = ""
    last: bytes = b""
    content: bytes = b""
    seen: list[tuple[str, str, bytes]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    done: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def respond(self, request: bytes) -> bytes:
        """The answer to a request that has no fault."""
        if self.fault == "garbage":
            return b"<html>login</html>"
        if self.fault == "huge":
            return b"\0" * 200_000
        if self.fault != "replay":
            with self.lock:
                self.last = self.cas[0].answer(request, *self.options)
        return self.last


@contextmanager
def responding(responder: Responder) -> Iterator[Responder]:
    """Serve on loopback until the end of the block; a hang ends then too."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(body, responder.respond)

        def do_GET(self) -> None:
            self._answer(b"", lambda _: responder.content)

        def _answer(self, body: bytes, make: object) -> None:
            responder.seen.append((self.command, self.path, body))
            responder.headers.append(dict(self.headers.items()))
            if responder.fault == "500":
                self.send_error(500)
                return
            if responder.fault == "redirect":
                self.send_response(302)
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                return
            if responder.fault == "hang":
                responder.done.wait(30)
                return
            assert callable(make)
            content = make(body)
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if responder.fault == "cut":
                content = content[:20]
            if responder.fault == "drip":
                for byte in content:
                    try:
                        self.wfile.write(bytes([byte]))
                    except OSError:
                        return  # the peer has let go
                    if responder.done.wait(0.02):
                        return
                return
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    responder.url = f"http://127.0.0.1:{server.server_port}/ocsp"
    try:
        yield responder
    finally:
        responder.done.set()
        server.shutdown()
        thread.join()
        server.server_close()
