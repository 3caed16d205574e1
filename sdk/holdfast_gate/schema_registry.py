"""Asking a schema registry what wrote a record, once: standard library alone, a deadline, a limit, no redirects. Blocks: call it in a thread.

Source: Confluent's "Schema Registry API Reference" (`GET /schemas/ids/{id}`), and what Apicurio Registry 2.6 answers.
"""

from __future__ import annotations

import base64
import json
import re
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from holdfast_gate.errors import ConfigError, FeedError

if TYPE_CHECKING:
    from http.client import HTTPMessage
    from pathlib import Path
    from typing import IO

ANSWER_BYTES_MAX = 1024 * 1024
_NOT_FOUND, _NO_SCHEMA = 404, 40403
_TOKEN = re.compile(r"[!-~]{1,16384}")


class RegistryTroubleError(FeedError):
    """The schema registry did not answer, or what came is no answer of a registry's; it is asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaRegistry:
    """Where the registry is, and who asks. `url` is where its Confluent-compatible API begins; secrets in files are read before every request."""

    url: str
    username: str | None = None
    password: str | None = None
    password_file: Path | None = None
    token: str | None = None
    token_file: Path | None = None
    cafile: Path | None = None
    timeout_s: float = 5.0

    def __repr__(self) -> str:
        """Without secrets."""
        return f"SchemaRegistry({self.url!r})"

    def schema(self, schema_id: int) -> str | None:
        """The text of a schema; None where the registry says that it has none of this id. Raises RegistryTroubleError."""
        status, content = self._ask(f"/schemas/ids/{schema_id}")
        if status == _NOT_FOUND and content.get("error_code") == _NO_SCHEMA:
            return None
        if isinstance(text := content.get("schema"), str):
            return text
        message = f"{self.url} answers {status} and nothing that a schema registry would"
        raise RegistryTroubleError(message)

    def tls(self) -> ssl.SSLContext:
        """Certificates are always checked. Raises ConfigError."""
        try:
            return ssl.create_default_context(cafile=self.cafile)
        except (OSError, ssl.SSLError) as error:
            message = f"HOLDFAST_SCHEMA_REGISTRY_CAFILE: {self.cafile} is no PEM file of certificates ({error})"
            raise ConfigError(message) from error

    def _ask(self, path: str) -> tuple[int, dict[str, Any]]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.tls()), _NoRedirects())
        request = urllib.request.Request(self.url.rstrip("/") + path, headers=self._headers())  # noqa: S310 - http or https, config.py sees to it
        try:
            with opener.open(request, timeout=self.timeout_s) as response:
                return response.status, _object(response.read(ANSWER_BYTES_MAX + 1))
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _object(error.read(ANSWER_BYTES_MAX + 1))
        except (OSError, ValueError) as error:  # OSError is also what urllib and a deadline raise; ValueError an answer that is no HTTP
            message = f"{self.url} does not answer ({error})"
            raise RegistryTroubleError(message) from error

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/vnd.schemaregistry.v1+json, application/json", "User-Agent": "holdfast-gate"}
        if (token := _secret(self.token, self.token_file)) is not None:
            if _TOKEN.fullmatch(token) is None:
                message = "what should be the token for the schema registry is none that a header can carry"
                raise RegistryTroubleError(message)
            headers["Authorization"] = f"Bearer {token}"
        elif self.username is not None and (password := _secret(self.password, self.password_file)) is not None:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{self.username}:{password}".encode()).decode()
        return headers


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The secret is for the host that is configured."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        """Follow nothing: the answer is then an error with the redirect's status."""
        del req, fp, code, msg, headers, newurl


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object in an answer; an empty one where there is none, or too much."""
    try:
        content: Any = json.loads(body) if len(body) <= ANSWER_BYTES_MAX else None
    except (ValueError, RecursionError):
        content = None
    return cast("dict[str, Any]", content) if isinstance(content, dict) else {}


def _secret(given: str | None, path: Path | None) -> str | None:
    if path is None:
        return given
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}, which should hold the secret for the schema registry, cannot be read ({type(error).__name__})"
        raise RegistryTroubleError(message) from error
