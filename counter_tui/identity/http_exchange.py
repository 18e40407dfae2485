"""One HTTP exchange with a service of the identity side: bounded in time and size.

`http.client` of the standard library: it follows no redirects, opens no other schemes, reads no
environment. A deadline holds from the first address that is tried to the last byte, through a
proxy and the TLS handshake, and for the look-up of the host's name before it; a time-out for each
read does not: a peer that sends one byte a second would hold us for ever.
"""

from __future__ import annotations

import base64
import http.client
import queue
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from typing import Any, Final
from urllib.parse import unquote, urlsplit

DEADLINE_S: Final = 5.0
"""For the whole exchange about one certificate; the patron stands and waits."""


class NoHttpAnswer(Exception):
    """Nobody answered in time, or not with 200; the text says which, for the log."""


class HttpExchange:
    """Asks through a proxy when there is one. Threads may share it."""

    def __init__(self, proxy: str = "") -> None:
        """`proxy`: `http://[USER:PASSWORD@]HOST:PORT`, or empty."""
        self._proxy = urlsplit(proxy) if proxy else None

    def ask(
        self,
        url: str,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        deadline_s: float = DEADLINE_S,
        longest: int,
    ) -> bytes:
        """GET, or POST when there is a body; the content of the answer.

        Args:
            longest: bytes that an answer may have.

        Raises:
            NoHttpAnswer
        """
        connection, target, more = self._connection(url, deadline_s)
        deadline = _Deadline(deadline_s)
        # The only place where http.client lets a socket be seen before it talks to a proxy and
        # shakes hands; tests go through both.
        connection._create_connection = deadline.connect  # type: ignore[attr-defined]  # no stub
        try:
            connection.connect()
            connection.request(
                "GET" if body is None else "POST",
                target,
                body,
                {"Connection": "close", **more, **(headers or {})},
            )
            # Closed at once: an answer that is given up would hold its socket for a while.
            with closing(connection.getresponse()) as answer:
                if answer.status != http.client.OK:
                    raise NoHttpAnswer(f"HTTP status {answer.status}")
                content = answer.read(longest + 1)
                if len(content) > longest:
                    raise NoHttpAnswer(f"more than {longest} bytes")
                if answer.length:  # the peer, or the deadline, ended it early
                    raise NoHttpAnswer("the answer is cut short")
            if deadline.passed:  # headers that the deadline has cut look like a whole answer
                raise NoHttpAnswer("the deadline has passed")
        except (OSError, http.client.HTTPException, ValueError) as error:
            # ValueError: what http.client says of a chunk of negative length, among others.
            raise NoHttpAnswer(type(error).__name__) from error
        finally:
            connection.close()
            deadline.cancel()
        return content

    def _connection(
        self, url: str, timeout_s: float
    ) -> tuple[http.client.HTTPConnection, str, dict[str, str]]:
        """The connection, what to ask for on it, and headers for the proxy."""
        parts = urlsplit(url)
        host, secure = parts.hostname or "", parts.scheme == "https"
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        port = parts.port or (443 if secure else 80)
        near_host, near_port, more = host, port, {}
        if self._proxy is not None:
            near_host, near_port = self._proxy.hostname or "", self._proxy.port or 80
            more = _proxy_authorization(self._proxy.username, self._proxy.password)
        if secure:
            connection = http.client.HTTPSConnection(
                near_host, near_port, timeout=timeout_s, context=ssl.create_default_context()
            )
            if self._proxy is not None:
                connection.set_tunnel(host, port, more)
            return connection, path, {}
        plain = http.client.HTTPConnection(near_host, near_port, timeout=timeout_s)
        if self._proxy is None:
            return plain, path, {}
        return plain, f"http://{parts.netloc}{path}", more


def _proxy_authorization(user: str | None, password: str | None) -> dict[str, str]:
    if user is None:
        return {}
    credentials = f"{unquote(user)}:{unquote(password or '')}".encode()
    return {"Proxy-Authorization": "Basic " + base64.b64encode(credentials).decode("ascii")}


_Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]
"""As `socket.getaddrinfo` gives them."""


class _Deadline:
    """Shuts a connection down when its time is up, whatever is being waited for on it."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._watched: socket.socket | None = None
        self._connected: socket.socket | None = None
        self._ended = False
        self._timer = threading.Timer(seconds, self._pass)
        self._timer.daemon = True
        self._timer.start()

    @property
    def passed(self) -> bool:
        """Whether it is over."""
        return time.monotonic() >= self._ends_at

    def connect(
        self, address: tuple[str, int], _timeout: object = None, _source: object = None
    ) -> socket.socket:
        """A connection to the first address of this host that takes one, watched from then on.

        Raises:
            OSError: none does, or none in time.
        """
        trouble: OSError = TimeoutError("no address")
        for family, kind, protocol, _, where in self._addresses(*address):
            left_s = self._ends_at - time.monotonic()
            if left_s <= 0:
                raise TimeoutError
            connected = socket.socket(family, kind, protocol)
            connected.settimeout(left_s)
            try:
                connected.connect(where)
                self._watch(connected)
            except OSError as error:
                connected.close()
                trouble = error
                continue
            return connected
        raise trouble

    def _addresses(self, host: str, port: int) -> Sequence[_Address]:
        with suppress(OSError):  # an address in figures needs nobody to be asked
            return socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
            )
        # The system's look-up can be neither bounded nor broken off. It has time-outs of its own
        # (resolv.conf(5)), so a thread that is left alone with it ends; its answer is dropped.
        found: queue.SimpleQueue[Sequence[_Address] | OSError | UnicodeError] = queue.SimpleQueue()

        def look_up() -> None:
            try:
                found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            except (OSError, UnicodeError) as error:
                found.put(error)

        threading.Thread(target=look_up, name="resolver", daemon=True).start()
        try:
            answer = found.get(timeout=max(0.0, self._ends_at - time.monotonic()))
        except queue.Empty:
            raise TimeoutError from None
        if isinstance(answer, OSError | UnicodeError):
            raise answer
        return answer

    def cancel(self) -> None:
        """The exchange is over; nothing is watched any more."""
        self._timer.cancel()
        with self._lock:
            self._ended = True
            if self._watched is not None:
                self._watched.close()
        # A half-read answer keeps a closed socket open for a while; TLS has taken its own.
        if self._connected is not None and (descriptor := self._connected.detach()) != -1:
            socket.close(descriptor)

    def _watch(self, connected: socket.socket) -> None:
        # A descriptor of our own for the same connection: TLS takes the socket's away from it, and
        # the connection object forgets its socket before the answer is read.
        with self._lock:
            self._connected = connected
            self._watched = connected.dup()
            if self.passed:
                self._shut(self._watched)

    def _pass(self) -> None:
        with self._lock:
            if self._watched is not None and not self._ended:
                self._shut(self._watched)

    @staticmethod
    def _shut(connected: socket.socket) -> None:
        try:
            connected.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads from it
        except OSError:
            return  # it has ended meanwhile
