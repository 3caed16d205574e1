"""The local API of a gate over HTTP/1.1, through a unix socket or a URL: with nothing but the standard library."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from holdfast_gate.conformance.ports import DoorError, KitError, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: No answer of the local API may take longer.
TIMEOUT_S = 10.0
#: More than any answer has.
REPLY_MAX_BYTES = 16 * 1024 * 1024
URL_EXAMPLE = "http://127.0.0.1:8480"


class HttpDoor:
    """`ports.Door`. Every request has a connection of its own, so that what one breaks no other one feels."""

    def __init__(self, *, url: str = "", socket_path: Path | None = None, token: str = "") -> None:
        """Ask at `url`, or through the socket at `socket_path`. Raises KitError for a URL that is none."""
        parts = urlsplit(url if url or socket_path is None else "http://localhost")
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme != "http" or not parts.hostname or port == -1 or parts.path not in {"", "/"}:
            message = f"{url!r} is not where a local API can be: give http, a host and a port, for example {URL_EXAMPLE}, or --socket PATH"
            raise KitError(message)
        self.guarded = socket_path is None
        self._host, self._port = parts.hostname, port or http.client.HTTP_PORT
        self._socket_path = socket_path
        self._token = token

    @property
    def place(self) -> str:
        """Where it asks, for people."""
        return f"http://{self._host}:{self._port}" if self._socket_path is None else str(self._socket_path)

    async def call(self, method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None, token: str | None = None) -> Reply:
        """See `Door`."""
        sent = dict(headers or {})
        if given := self._token if token is None else token:
            sent["Authorization"] = f"Bearer {given}"
        return await asyncio.to_thread(self._call, method, path, body, sent)

    def _call(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        connection = _Connection(self._host, self._port, self._socket_path)
        try:
            # A gate may answer, and close, before it has read the whole of a body that is too large.
            with contextlib.suppress(BrokenPipeError):
                connection.request(method, path, body=body or None, headers=dict(headers))
            response = connection.getresponse()
            found = response.read(REPLY_MAX_BYTES)
            return Reply(status=response.status, headers={name.lower(): value for name, value in response.getheaders()}, body=found)
        except (OSError, http.client.HTTPException) as error:
            message = f"nothing from {self.place} ({type(error).__name__}: {error})"
            raise DoorError(message) from error
        finally:
            connection.close()


class _Connection(http.client.HTTPConnection):
    """A connection over TCP, or through a unix socket."""

    def __init__(self, host: str, port: int, path: Path | None) -> None:
        super().__init__(host, port, timeout=TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        if self._path is None:
            super().connect()
            return
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT_S)
        self.sock.connect(str(self._path))
