"""Asking one system of record once: one GET, a deadline, a limit, no redirects, and a verdict that is never an exception."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiohttp
from pydantic import SecretStr

from services.enrichment.routes import Route
from services.runtime.config import EnrichmentSettings
from services.runtime.ports import Clock

#: The most that intake parses of a record, and so of a body.
BODY_BYTES_MAX = 4 * 1024 * 1024
RETRY_AFTER_LONGEST_S = 3600.0
_CHUNK_BYTES = 64 * 1024
_OK, _NOT_FOUND, _TOO_MANY, _SERVER_ERRORS = 200, 404, 429, 500
_UNAUTHORISED, _REDIRECTS = frozenset({401, 403}), range(300, 400)
_TOKEN = re.compile(r"[!-~]{1,16384}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Got:
    """An answer: `status` 200 with a body, or 404 without. `sent_at` is when the request was sent, `as_of` the same by the other's clock."""

    status: int
    url: str
    sent_at: datetime
    as_of: datetime | None = None
    content_type: str = ""
    body: bytes = b""


@dataclass(frozen=True, kw_only=True, slots=True)
class Missed:
    """No answer. `outcome` is a word of the metric. `ill`: the host failed, not this one question. `retry_after_s`: how long it asked to be left."""

    outcome: str
    ill: bool = True
    retry_after_s: float = 0.0


class Client:
    """Asks. The token is read before every request, and stands nowhere but in that request's header."""

    def __init__(self, session: aiohttp.ClientSession, clock: Clock, settings: EnrichmentSettings) -> None:
        self._session = session
        self._clock = clock
        self._settings = settings

    async def ask(self, route: Route, key: str) -> Got | Missed:
        """One attempt about `key`, over within the route's `timeout_s`."""
        headers = {"Accept": route.accept, "Accept-Encoding": "identity", "User-Agent": "holdfast"}
        try:
            async with asyncio.timeout(route.timeout_s):
                if route.send_token and (token := await self._token(route)) is not None:
                    headers["Authorization"] = f"Bearer {token}"
                sent_at, sent_s = self._clock.now(), self._clock.monotonic_s()
                async with self._session.get(route.request_url(key), headers=headers, allow_redirects=False) as response:
                    took = timedelta(seconds=self._clock.monotonic_s() - sent_s)
                    return await _verdict(
                        response, Got(status=response.status, url=route.published_url(key), sent_at=sent_at, as_of=_as_of(response, took))
                    )
        except TokenError:
            return Missed(outcome="token")
        except TimeoutError:
            return Missed(outcome="timeout")
        except (aiohttp.ClientError, OSError):
            return Missed(outcome="connection")

    async def _token(self, route: Route) -> str | None:
        path = route.token_file or self._settings.token_file
        if path is not None:
            return checked(await asyncio.to_thread(_read, path))
        given: SecretStr | None = self._settings.token
        return None if given is None else checked(given.get_secret_value())


class TokenError(Exception):
    """There is no token where one should be, or what is there is none. It is not shown."""


def checked(token: str) -> str:
    """`token` without the white space around it. Raises TokenError for what cannot stand in a header."""
    if _TOKEN.fullmatch(stripped := token.strip()) is None:
        raise TokenError
    return stripped


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise TokenError from error


@asynccontextmanager
async def client(clock: Clock, settings: EnrichmentSettings) -> AsyncGenerator[Client]:
    """A client for the length of a block: no cookies, no proxy of the environment's, certificates checked."""
    connector = aiohttp.TCPConnector(limit_per_host=settings.in_flight)
    # Nothing is unpacked: a small body must not become a large one.
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=None), auto_decompress=False
    ) as session:
        yield Client(session, clock, settings)


async def _verdict(response: aiohttp.ClientResponse, head: Got) -> Got | Missed:
    status = response.status
    if status == _OK:
        return await _answer(response, head)
    if status == _NOT_FOUND:
        return head
    if status in _UNAUTHORISED:
        return Missed(outcome="unauthorised")
    if status in _REDIRECTS:
        return Missed(outcome="redirect")  # never followed: the token is for the host that is configured
    if status == _TOO_MANY or status >= _SERVER_ERRORS:
        return Missed(outcome="busy" if status == _TOO_MANY else "server_error", retry_after_s=_retry_after_s(response))
    return Missed(outcome="refused", ill=False)


async def _answer(response: aiohttp.ClientResponse, head: Got) -> Got | Missed:
    if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        return Missed(outcome="encoded", ill=False)
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            response.close()
            return Missed(outcome="too_large", ill=False)
    if not body:
        return Missed(outcome="empty", ill=False)
    content_type = response.headers.get("Content-Type", "")[:200]
    return replace(head, content_type=content_type, body=bytes(body))


def _as_of(response: aiohttp.ClientResponse, took: timedelta) -> datetime | None:
    """When the request was sent, by the clock that dates the other's records: its Date (RFC 9110 §6.6.1), less what the reply took.

    What it recorded after that instant may or may not be in the answer, so the answer must not outrank it.
    """
    try:
        date = parsedate_to_datetime(response.headers.get("Date", ""))
        return date.astimezone(UTC) - took if date.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _retry_after_s(response: aiohttp.ClientResponse) -> float:
    """The seconds that the host asked for; its other form, a date, is by a clock that is not ours, and is passed over."""
    given = response.headers.get("Retry-After", "").strip()
    return min(float(given), RETRY_AFTER_LONGEST_S) if given.isascii() and given.isdecimal() else 0.0
