"""Asking a schema registry once, through the API of Confluent's: a deadline, a limit, no redirects, and nothing believed that is not JSON.

Source: Confluent's "Schema Registry API Reference" (subjects, schemas, compatibility, config), and what Apicurio Registry 2.6 answers. An answer is
the registry's own only when it says so: a 404 without the registry's error code is a proxy's, or comes from a wrong URL.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import quote

import aiohttp
from pydantic import SecretStr

from services.runtime.config import ConfigError, RegistrySettings
from services.runtime.metrics import REGISTRY_REQUESTS

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
ANSWER_BYTES_MAX = 1024 * 1024
_OK, _NOT_FOUND, _CONFLICT, _UNPROCESSABLE = 200, 404, 409, 422
_UNAUTHORISED, _SERVER_ERRORS = frozenset({401, 403}), 500
_CHUNK_BYTES = 64 * 1024
#: Error codes of the API: no such subject, version or schema.
NO_SUBJECT, NO_VERSION, NO_SCHEMA, NO_LEVEL = 40401, 40402, 40403, 40408
_AVRO = "AVRO"
_TOKEN = re.compile(r"[!-~]{1,16384}")


class RegistryError(Exception):
    """The schema registry.

    RegistryError
    ├── NoAnswerError   it did not answer, or what came is no answer of a registry's: ask again
    ├── AbsentError     it says that it has no such thing
    └── RefusedError    it will not take a schema, or one is not what can be read here; asking again does not help
    """


class NoAnswerError(RegistryError):
    """No answer. `outcome` is a word of the metric."""

    def __init__(self, outcome: str, text: str) -> None:
        super().__init__(text)
        self.outcome = outcome


class AbsentError(RegistryError):
    """The registry says that it has no such thing."""


class RefusedError(RegistryError):
    """The registry refuses, and says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Registered:
    """A schema under a subject."""

    schema_id: int
    version: int
    text: str


class RegistryClient:
    """Asks. Every method raises NoAnswerError when nobody answers, and is over within the settings' `timeout_s`."""

    def __init__(self, session: aiohttp.ClientSession, settings: RegistrySettings) -> None:
        self._session = session
        self._settings = settings
        self._url = (settings.url or "").rstrip("/")

    async def schema(self, schema_id: int) -> str:
        """The text of a schema. Raises AbsentError; RefusedError for one that is not Avro, or not complete in itself."""
        found = await self._ask("GET", f"/schemas/ids/{schema_id}")
        if found.get("schemaType", _AVRO) != _AVRO:
            message = f"is of type {str(found['schemaType'])[:50]}, not Avro"
            raise RefusedError(message)
        if found.get("references"):
            message = "refers to other subjects; register it complete in itself"
            raise RefusedError(message)
        return _of(found, "schema", str)

    async def versions(self, subject: str) -> tuple[Registered, ...]:
        """Every version of `subject`, ascending; none where it is not known."""
        try:
            numbers = await self._ask("GET", f"/subjects/{quote(subject, safe='')}/versions", kind=list)
            return tuple([await self._version(subject, int(number)) for number in numbers])
        except AbsentError:
            return ()

    async def lookup(self, subject: str, text: str) -> int | None:
        """The id of a schema under `subject`; None where it is not registered there."""
        try:
            return _of(await self._ask("POST", f"/subjects/{quote(subject, safe='')}", {"schema": text}), "id", int)
        except AbsentError:
            return None

    async def register(self, subject: str, text: str) -> int:
        """Its id, from now on. Raises RefusedError."""
        return _of(await self._ask("POST", f"/subjects/{quote(subject, safe='')}/versions", {"schema": text}), "id", int)

    async def incompatible(self, subject: str, text: str) -> str | None:
        """Why the registry would not take `text` under the level that `subject` has; None when it would."""
        path = f"/compatibility/subjects/{quote(subject, safe='')}/versions?verbose=true"
        try:
            found = await self._ask("POST", path, {"schema": text})
        except AbsentError:
            return None
        if _of(found, "is_compatible", bool):
            return None
        said = found.get("messages") or found.get("reason") or "it says no more"
        return str(said)[:500]

    async def level(self, subject: str) -> str | None:
        """The compatibility that `subject` demands of its own; None where it has none."""
        try:
            return _of(await self._ask("GET", f"/config/{quote(subject, safe='')}"), "compatibilityLevel", str)
        except AbsentError:
            return None

    async def set_level(self, subject: str, level: str) -> None:
        """Demand this compatibility of `subject`. Raises RefusedError, AbsentError."""
        await self._ask("PUT", f"/config/{quote(subject, safe='')}", {"compatibility": level})

    async def _version(self, subject: str, number: int) -> Registered:
        found = await self._ask("GET", f"/subjects/{quote(subject, safe='')}/versions/{number}")
        return Registered(schema_id=_of(found, "id", int), version=number, text=_of(found, "schema", str))

    # --- one request ----------------------------------------------------------------------------------------------------

    async def _ask(self, method: Literal["GET", "POST", "PUT"], path: str, told: Mapping[str, str] | None = None, *, kind: type = dict) -> Any:  # noqa: ANN401
        outcome = "answered"
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                return await self._asked(method, path, told, kind)
        except NoAnswerError as error:
            outcome = error.outcome
            raise
        except (AbsentError, RefusedError) as error:
            outcome = "absent" if isinstance(error, AbsentError) else "refused"
            raise
        except TimeoutError as error:
            outcome = "timeout"
            raise NoAnswerError(outcome, f"{self._url} did not answer within {self._settings.timeout_s:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            outcome = "connection"
            raise NoAnswerError(outcome, f"{self._url} cannot be reached ({error})") from error
        finally:
            REGISTRY_REQUESTS.labels(outcome).inc()

    async def _asked(self, method: str, path: str, told: Mapping[str, str] | None, kind: type) -> Any:  # noqa: ANN401
        headers = {"Accept": f"{MEDIA_TYPE}, application/json", "User-Agent": "holdfast"}
        body = None
        if told is not None:
            headers["Content-Type"], body = MEDIA_TYPE, json.dumps(told).encode()
        if (authorisation := await asyncio.to_thread(_authorisation, self._settings)) is not None:
            headers["Authorization"] = authorisation
        async with self._session.request(method, self._url + path, data=body, headers=headers, allow_redirects=False) as response:
            content = _json(await _body(response))
            if response.status == _OK and isinstance(content, kind):
                return content
            raise _trouble(self._url + path, response.status, content)


def _trouble(url: str, status: int, content: Any) -> RegistryError:  # noqa: ANN401  any JSON
    said: Mapping[str, Any] = cast("Mapping[str, Any]", content) if isinstance(content, dict) else {}
    code, text = said.get("error_code"), str(said.get("message", ""))[:500]
    if status == _NOT_FOUND and code in {NO_SUBJECT, NO_VERSION, NO_SCHEMA, NO_LEVEL}:
        return AbsentError(text)
    if status in {_CONFLICT, _UNPROCESSABLE} and code is not None:
        return RefusedError(text or f"status {status}")
    if status in _UNAUTHORISED:
        return NoAnswerError("unauthorised", f"{url} answers {status}: see that the user or the token of HOLDFAST_SCHEMA_REGISTRY_… may do this")
    if status >= _SERVER_ERRORS:
        return NoAnswerError("server_error", f"{url} answers {status} {text}".rstrip())
    return NoAnswerError("no_registry", f"{url} answers {status} and nothing that a schema registry would: see HOLDFAST_SCHEMA_REGISTRY_URL")


def _of(found: Mapping[str, Any], name: str, kind: type) -> Any:  # noqa: ANN401  as asked
    value = found.get(name)
    if not isinstance(value, kind):
        message = f"the registry's answer has no {name}: see HOLDFAST_SCHEMA_REGISTRY_URL"
        raise NoAnswerError("no_registry", message)
    return value


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > ANSWER_BYTES_MAX:
            message = f"{response.url} answers with more than {ANSWER_BYTES_MAX} bytes"
            raise NoAnswerError("too_large", message)
    return bytes(body)


def _json(body: bytes) -> Any:  # noqa: ANN401  any JSON
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _authorisation(settings: RegistrySettings) -> str | None:
    """Read anew each time, so that a secret may be renewed. Raises NoAnswerError."""
    if (token := _secret(settings.token, settings.token_file)) is not None:
        if _TOKEN.fullmatch(token) is None:
            raise NoAnswerError("secret", "what should be the token for the schema registry is none that a header can carry")
        return f"Bearer {token}"
    if settings.username is not None and (password := _secret(settings.password, settings.password_file)) is not None:
        return "Basic " + base64.b64encode(f"{settings.username}:{password}".encode()).decode()
    return None


def _secret(given: SecretStr | None, path: Path | None) -> str | None:
    if path is None:
        return None if given is None else given.get_secret_value()
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}, which should hold the secret for the schema registry, cannot be read ({type(error).__name__})"
        raise NoAnswerError("secret", message) from error


@asynccontextmanager
async def registry_client(settings: RegistrySettings) -> AsyncGenerator[RegistryClient]:
    """A client for the length of a block: no cookies, no proxy of the environment's, certificates checked. Raises ConfigError."""
    connector = aiohttp.TCPConnector(limit=4, ssl=_tls(settings.cafile))
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=None)) as session:
        yield RegistryClient(session, settings)


def _tls(cafile: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=cafile)
    except (OSError, ssl.SSLError) as error:
        message = f"HOLDFAST_SCHEMA_REGISTRY_CAFILE: {cafile} is no PEM file of certificates ({error})"
        raise ConfigError(message) from error
