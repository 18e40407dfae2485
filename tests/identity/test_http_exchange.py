"""One exchange with a service: whatever the peer does, it ends in time and with a typed error."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from counter_tui.clock import SystemClock
from counter_tui.desk.trust import MAX_STATUS_AGE
from counter_tui.identity.freshness import Freshness
from counter_tui.identity.http_exchange import HttpExchange, NoHttpAnswer
from counter_tui.identity.ocsp import OcspResponder
from counter_tui.identity.platform import StatusWord
from counter_tui.identity.revocation_lists import RevocationLists
from counter_tui.identity.status import StatusSources
from tests.identity.conftest import Issued

HALF_A_SECOND = 0.5
LENGTH = re.compile(rb"Content-Length: (\d+)")

LONG_S = 20.0
"""Only a test that fails waits so long."""

NEGATIVE_CHUNK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabc\r\n0\r\n\r\n"
WELL = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nwell"


class Peer:
    """A loopback server; each connection is given to `serve` in a thread of its own."""

    def __init__(self, serve: Callable[[socket.socket, threading.Event], None]) -> None:
        self.heard: list[bytes] = []
        self.done = threading.Event()
        self._serve = serve
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            connection.settimeout(LONG_S)
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        try:
            with connection:
                self._serve(connection, self.done)
        except OSError:
            return  # the other side has let go

    def close(self) -> None:
        """End it; whoever drips or waits ends as well."""
        self.done.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()


@contextmanager
def peer(serve: Callable[[socket.socket, threading.Event], None]) -> Iterator[Peer]:
    """A peer until the end of the block."""
    with closing(Peer(serve)) as serving:
        yield serving


def request_on(connection: socket.socket) -> bytes:
    """The whole request: who hangs up on the rest of it resets the connection."""
    heard = piece = connection.recv(65536)
    while piece and not (
        b"\r\n\r\n" in heard
        and len(heard.partition(b"\r\n\r\n")[2]) >= int((LENGTH.search(heard) or [0, 0])[1])
    ):
        piece = connection.recv(65536)
        heard += piece
    return heard


def saying(content: bytes) -> Callable[[socket.socket, threading.Event], None]:
    """Answer a request with these, and hang up."""

    def serve(connection: socket.socket, _: threading.Event) -> None:
        request_on(connection)
        connection.sendall(content)

    return serve


def dripping(connection: socket.socket, done: threading.Event) -> None:
    """Begin an answer, and then one byte of a header after the other."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not done.wait(0.05):
        connection.sendall(b"X")


def silent(connection: socket.socket, done: threading.Event) -> None:
    """Take the connection and say nothing."""
    done.wait(LONG_S)


def ends_in_time(url: str, proxy: str = "") -> bool:
    """Whether an exchange with a deadline of half a second ends, and as no answer."""
    troubles: list[Exception] = []

    def ask() -> None:
        try:
            HttpExchange(proxy).ask(url, body=b"x", deadline_s=HALF_A_SECOND, longest=1000)
        except NoHttpAnswer as error:
            troubles.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(LONG_S / 2)
    return len(troubles) == 1


@pytest.mark.parametrize("serve", [dripping, silent])
@pytest.mark.parametrize("way", ["http", "https", "proxy", "tunnel"])
def test_the_deadline_holds_on_every_way(
    serve: Callable[[socket.socket, threading.Event], None], way: str
) -> None:
    """Plain, in the TLS handshake, at a proxy, and in a proxy's answer to CONNECT."""
    with peer(serve) as serving:
        here = f"127.0.0.1:{serving.port}"
        if way in ("http", "https"):
            assert ends_in_time(f"{way}://{here}/ocsp")
        else:
            scheme = "https" if way == "tunnel" else "http"
            assert ends_in_time(f"{scheme}://ocsp.example.invalid/ocsp", f"http://{here}")


def test_the_deadline_is_one_for_all_addresses_of_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each that does not answer takes from what is left to the next."""
    given: list[float | None] = []

    class Unanswered(socket.socket):
        def connect(self, _address: object, /) -> None:
            given.append(self.gettimeout())
            time.sleep(0)  # the clock goes on
            raise TimeoutError

    where = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 9))] * 3
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: where)
    monkeypatch.setattr(socket, "socket", Unanswered)
    with pytest.raises(NoHttpAnswer):
        HttpExchange().ask("http://ocsp.example.invalid/", longest=10)
    first, second, third = (each or 0 for each in given)
    assert first > second > third


def test_the_deadline_holds_for_a_name_that_nobody_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that is silent; what it says afterwards is dropped."""
    says = threading.Event()

    def silent(*_: object, flags: int = 0, **__: object) -> object:
        if not flags & socket.AI_NUMERICHOST:  # nobody is asked for an address in figures
            says.wait(LONG_S)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    try:
        with pytest.raises(NoHttpAnswer, match="TimeoutError"):
            HttpExchange().ask("http://ocsp.example.invalid/", deadline_s=0.2, longest=100)
    finally:
        says.set()


def test_a_name_that_is_none_is_no_answer() -> None:
    """Too long a label, and none."""
    for host in ("a" * 64 + ".example", "a..example"):
        with pytest.raises(NoHttpAnswer):
            HttpExchange().ask(f"http://{host}/", longest=100)


def test_an_address_that_refuses_leaves_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a host with an IPv6 address that leads nowhere."""
    with peer(saying(WELL)) as serving:
        where = [
            (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))
            for port in (9, serving.port)
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: where)
        assert HttpExchange().ask("http://ocsp.example.invalid/", longest=10) == b"well"


@pytest.mark.parametrize(
    "content",
    [
        NEGATIVE_CHUNK,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"hello",
        b"",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 50,
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nq",
    ],
)
def test_what_is_no_http_is_no_answer(content: bytes) -> None:
    """A length below nothing, no number, no answer at all."""
    with peer(saying(content)) as serving, pytest.raises(NoHttpAnswer):
        HttpExchange().ask(f"http://127.0.0.1:{serving.port}/", longest=1000)


@pytest.mark.parametrize("source", ["ocsp", "crl"])
def test_a_negative_length_ends_no_status(issued: Issued, source: str) -> None:
    """Neither from a responder nor from where a list lies."""
    with peer(saying(NEGATIVE_CHUNK)) as serving:
        url = f"http://127.0.0.1:{serving.port}/"
        asked = sources(issued, ocsp_url=url if source == "ocsp" else "", crl=url)
        assert asked.status(issued.good).word is StatusWord.UNREACHABLE


def sources(issued: Issued, *, ocsp_url: str = "", crl: str = "") -> StatusSources:
    """Status sources of the CA of these tests."""
    http, freshness = HttpExchange(), Freshness(SystemClock(), MAX_STATUS_AGE)
    anchors = [issued.ca.anchor]
    return StatusSources(
        anchors,
        OcspResponder(ocsp_url, http, freshness) if ocsp_url else None,
        RevocationLists([crl] if crl else [], anchors, http, freshness),
        freshness,
    )


class Unforeseen(Exception):
    """Of a class that no reader of ours knows."""


@pytest.mark.parametrize("source", ["ocsp", "crl"])
def test_whatever_a_source_raises_costs_one_status(
    issued: Issued,
    source: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Never good, never the terminal; the log has class and place, and nothing that was read."""

    def broken(*_: object, **__: object) -> object:
        raise Unforeseen("serial 06A12345")

    monkeypatch.setattr(OcspResponder, "status", broken)
    monkeypatch.setattr(RevocationLists, "status", broken)
    monkeypatch.setattr(RevocationLists, "as_of", broken)
    url = "http://127.0.0.1:9/"
    asked = sources(issued, ocsp_url=url if source == "ocsp" else "", crl=url)
    assert asked.status(issued.good).word is StatusWord.UNKNOWN
    assert (asked.as_of() is not None) is (source == "ocsp")
    several = list(asked.statuses([("a", issued.good), ("b", issued.held)]))
    assert [status.word for _, status in several] == [StatusWord.UNKNOWN] * 2
    assert "Unforeseen at test_http_exchange.py" in caplog.text
    assert "06A12345" not in caplog.text


# ------------------------------------------------------------------------------- TLS


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a CA of its own (`ca.pem`) and a server's certificate (`server.pem`)."""
    folder = tmp_path_factory.mktemp("tls")
    openssl(
        folder,
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Test TLS CA"),
        *("-days", "30", "-keyout", "ca.key", "-out", "ca.pem"),
        *("-addext", "keyUsage=critical,keyCertSign"),
    )
    openssl(
        folder,
        *("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=responder"),
        *("-keyout", "server.key", "-out", "server.csr"),
    )
    (folder / "names").write_text("subjectAltName=DNS:ocsp.example.invalid,IP:127.0.0.1\n")
    openssl(
        folder,
        *("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key"),
        *("-set_serial", "1", "-days", "30", "-extfile", "names", "-out", "server.crt"),
    )
    together = (folder / "server.crt").read_text() + (folder / "server.key").read_text()
    (folder / "server.pem").write_text(together)
    return folder


def openssl(folder: Path, *words: str) -> None:
    """Run it quietly."""
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)


def secured(
    tls: Path, serve: Callable[[socket.socket, threading.Event], None]
) -> Callable[[socket.socket, threading.Event], None]:
    """The same inside TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls / "server.pem")

    def inside(connection: socket.socket, done: threading.Event) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            serve(wrapped, done)

    return inside


class Tunnel:
    """A proxy that knows CONNECT alone; leads every request to one peer."""

    def __init__(self, leads_to: int, answer: bytes = b"HTTP/1.1 200 go\r\n\r\n") -> None:
        self.heard = b""
        self._leads_to = leads_to
        self._answer = answer

    def __call__(self, connection: socket.socket, done: threading.Event) -> None:
        while b"\r\n\r\n" not in self.heard:
            self.heard += connection.recv(65536)
        connection.sendall(self._answer)
        with socket.create_connection(("127.0.0.1", self._leads_to), timeout=LONG_S) as far:
            back = threading.Thread(target=pump, args=(far, connection), daemon=True)
            back.start()
            pump(connection, far)
            back.join(LONG_S)


def pump(source: socket.socket, target: socket.socket) -> None:
    """Pass on until one of them ends."""
    try:
        while content := source.recv(65536):
            target.sendall(content)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


@pytest.fixture
def trusting(tls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the system's store of CAs were that of the tests."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tls / "ca.pem"))


@pytest.mark.usefixtures("trusting")
def test_https_is_asked_and_answers(tls: Path) -> None:
    """Straight to the responder."""
    with peer(secured(tls, saying(WELL))) as serving:
        url = f"https://127.0.0.1:{serving.port}/ocsp"
        assert HttpExchange().ask(url, body=b"x", longest=100) == b"well"


@pytest.mark.usefixtures("trusting")
def test_https_goes_through_a_proxy_with_its_password_and_shows_it_nothing_else(tls: Path) -> None:
    """CONNECT with host, port and credentials; what is asked is inside TLS, without them."""
    asked: list[bytes] = []

    def serve(connection: socket.socket, _: threading.Event) -> None:
        asked.append(request_on(connection))
        connection.sendall(WELL)

    with peer(secured(tls, serve)) as far:
        tunnel = Tunnel(far.port)
        with peer(tunnel) as near:
            http = HttpExchange(f"http://user:pass%20word@127.0.0.1:{near.port}")
            url = "https://ocsp.example.invalid/ocsp"
            assert http.ask(url, body=b"x", longest=100) == b"well"
    assert tunnel.heard.startswith(b"CONNECT ocsp.example.invalid:443 HTTP/1.")
    assert b"Proxy-Authorization: Basic dXNlcjpwYXNzIHdvcmQ=" in tunnel.heard
    assert b"/ocsp" not in tunnel.heard
    assert asked[0].startswith(b"POST /ocsp ")
    assert b"Proxy-Authorization" not in asked[0]


def test_a_server_of_a_ca_that_the_system_does_not_trust_is_no_answer(tls: Path) -> None:
    """Nothing is sent to it."""
    heard: list[bytes] = []

    def serve(connection: socket.socket, _: threading.Event) -> None:
        heard.append(connection.recv(65536))

    with peer(secured(tls, serve)) as serving, pytest.raises(NoHttpAnswer, match="SSL"):
        HttpExchange().ask(f"https://127.0.0.1:{serving.port}/ocsp", body=b"x", longest=100)
    assert heard == []


@pytest.mark.usefixtures("trusting")
def test_a_server_of_another_name_is_no_answer(tls: Path) -> None:
    """A proxy that leads elsewhere is noticed."""
    with peer(secured(tls, saying(WELL))) as far, peer(Tunnel(far.port)) as near:
        http = HttpExchange(f"http://127.0.0.1:{near.port}")
        with pytest.raises(NoHttpAnswer, match="SSL"):
            http.ask("https://another.example.invalid/ocsp", longest=100)


@pytest.mark.usefixtures("trusting")
def test_a_proxy_that_refuses_is_no_answer(tls: Path) -> None:
    """As one whose password is wrong."""
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"
    with peer(saying(refusal)) as near:
        http = HttpExchange(f"http://127.0.0.1:{near.port}")
        with pytest.raises(NoHttpAnswer):
            http.ask("https://ocsp.example.invalid/ocsp", longest=100)


@pytest.mark.usefixtures("trusting")
def test_the_deadline_holds_inside_tls(tls: Path) -> None:
    """Shaken hands, and then one byte at a time."""
    with peer(secured(tls, dripping)) as serving:
        assert ends_in_time(f"https://127.0.0.1:{serving.port}/ocsp")
