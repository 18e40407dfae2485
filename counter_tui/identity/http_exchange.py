"""One HTTP exchange with a service of the identity side: bounded in time and size.

`http.client` of the standard library: it follows no redirects, opens no other schemes, reads no
environment, and lets go of a connection when a deadline has passed, which a time-out a read does
not: a peer that sends one byte a second would hold it for ever.
"""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
import threading
from typing import Final
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
        try:
            connection.connect()
            deadline.watch(connection.sock)
            connection.request(
                "GET" if body is None else "POST",
                target,
                body,
                {"Connection": "close", **more, **(headers or {})},
            )
            answer = connection.getresponse()
            if answer.status != http.client.OK:
                raise NoHttpAnswer(f"HTTP status {answer.status}")
            content = answer.read(longest + 1)
            if len(content) > longest:
                raise NoHttpAnswer(f"more than {longest} bytes")
            if answer.length:  # the peer, or the deadline, ended it early
                raise NoHttpAnswer("the answer is cut short")
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise NoHttpAnswer(type(error).__name__) from error
        finally:
            deadline.cancel()
            connection.close()
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


class _Deadline:
    """Shuts a connection down when its time is up, whatever is being waited for on it."""

    def __init__(self, seconds: float) -> None:
        self._lock = threading.Lock()
        self._watched: socket.socket | None = None
        self._passed = False
        self._timer = threading.Timer(seconds, self._pass)
        self._timer.daemon = True
        self._timer.start()

    def watch(self, connected: socket.socket) -> None:
        # The connection object forgets its socket before the answer is read; we keep it.
        with self._lock:
            self._watched = connected
            if self._passed:
                self._shut(connected)

    def cancel(self) -> None:
        self._timer.cancel()

    def _pass(self) -> None:
        with self._lock:
            self._passed = True
            if self._watched is not None:
                self._shut(self._watched)

    @staticmethod
    def _shut(connected: socket.socket) -> None:
        try:
            connected.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads from it
        except OSError:
            return  # it has ended meanwhile
