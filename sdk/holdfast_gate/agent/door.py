"""The door: what every request must pass before an endpoint sees it, and what comes back whatever happens behind it."""

from __future__ import annotations

import asyncio
import hmac
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from holdfast_gate.agent.api import HEALTH
from holdfast_gate.agent.bodies import BodyError
from holdfast_gate.agent.problems import Problem, ProblemError
from holdfast_gate.containment import contained_async

if TYPE_CHECKING:
    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.http_parser import RawRequestMessage
    from aiohttp.streams import StreamReader

    from holdfast_gate.agent.api import Api
    from holdfast_gate.clock import Clock

_log = logging.getLogger("holdfast_gate.agent")
BODY_BYTES_MAX = 64 * 1024
IN_FLIGHT_MAX = 64
CONNECTIONS_MAX = 256
#: A body is small and comes from this machine: one that takes longer is not coming.
BODY_TIMEOUT_S = 10.0
#: Also how long a connection may stay open without a request.
KEEPALIVE_TIMEOUT_S = 75.0
LINGER_S = 2.0
RETRY_AFTER_S = 1


class Door:
    """Lets requests in to `api`: at most IN_FLIGHT_MAX at a time and, unless `token` is empty, only with it."""

    def __init__(self, api: Api, clock: Clock, *, token: str = "") -> None:
        """Nothing is served before `server` is handed to a runner."""
        self._api = api
        self._clock = clock
        self._token = token.encode()
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._draining = False

    def server(self) -> Server:
        """What aiohttp's runners take."""
        return Server(self.answer)

    async def drain(self, timeout_s: float) -> bool:
        """Let nobody in any more; whether everybody who was in has been answered within this time."""
        self._draining = True
        try:
            await asyncio.wait_for(self._idle.wait(), timeout_s)
        except asyncio.TimeoutError:
            return False
        return True

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """The response to `request`: total. A defect behind the door is a 500 without a decision."""
        began_s = self._clock.monotonic_s()
        made: list[web.Response] = []

        async def work() -> None:
            made.append(await self._admitted(request))

        error = await contained_async(work)
        response = made[0] if error is None else _problem(error).response()
        if self._draining:
            response.force_close()
        # The path of a request that nothing serves may hold anything, a name too.
        path = request.path if request.path in self._api.endpoints else "(no such path)"
        spent_ms = 1000 * (self._clock.monotonic_s() - began_s)
        level = logging.DEBUG if path.startswith(HEALTH) else logging.INFO
        _log.log(level, "request method=%s path=%s status=%d ms=%.1f", _method(request), path, response.status, spent_ms)
        return response

    async def _admitted(self, request: web.BaseRequest) -> web.Response:
        health = request.path.startswith(HEALTH)
        if self._token and not health:
            self._authenticate(request)
        methods = self._api.endpoints.get(request.path)
        if methods is None:
            raise ProblemError(Problem(status=HTTPStatus.NOT_FOUND, detail="Nothing is served here: GET /v1/openapi.json says what is."))
        endpoint = methods.get(request.method)
        if endpoint is None:
            allowed = ", ".join(methods)
            detail = f"This takes {allowed} alone."
            raise ProblemError(Problem(status=HTTPStatus.METHOD_NOT_ALLOWED, detail=detail, headers={"Allow": allowed}))
        if health:
            return await endpoint(b"")
        if self._draining or self._in_flight >= IN_FLIGHT_MAX:
            detail = "The gate is closing." if self._draining else f"{IN_FLIGHT_MAX} requests are in flight, and that is the most: ask again."
            headers = {"Retry-After": str(RETRY_AFTER_S)}
            raise ProblemError(Problem(status=HTTPStatus.SERVICE_UNAVAILABLE, detail=detail, headers=headers))
        self._in_flight += 1
        self._idle.clear()
        try:
            return await endpoint(await _body(request) if request.method == "POST" else b"")
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._idle.set()

    def _authenticate(self, request: web.BaseRequest) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        given = token.strip().encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._token) or scheme.lower() != "bearer":
            headers = {"WWW-Authenticate": 'Bearer realm="holdfast-gate"'}
            detail = "The agent's token is wanted: Authorization: Bearer <token>."
            raise ProblemError(Problem(status=HTTPStatus.UNAUTHORIZED, detail=detail, headers=headers))


async def _body(request: web.BaseRequest) -> bytes:
    """The whole body. Raises ProblemError for one that is no JSON by its label, too large, or does not come."""
    if request.content_type != "application/json" or (request.charset or "utf-8").lower() not in {"utf-8", "utf8"}:
        raise ProblemError(Problem(status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail="The body must be application/json in UTF-8."))
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ProblemError(Problem(status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail="The body must not be compressed."))
    if (request.content_length or 0) > BODY_BYTES_MAX:
        raise _too_large()
    try:
        return await asyncio.wait_for(request.read(), BODY_TIMEOUT_S)
    except web.HTTPRequestEntityTooLarge as error:
        raise _too_large() from error
    except asyncio.TimeoutError as error:
        detail = f"The body did not come within {BODY_TIMEOUT_S:.0f} seconds."
        raise ProblemError(Problem(status=HTTPStatus.REQUEST_TIMEOUT, detail=detail)) from error
    except web.RequestPayloadError as error:
        raise ProblemError(Problem(status=HTTPStatus.BAD_REQUEST, detail="The body breaks off, or is not framed as HTTP wants.")) from error


def _too_large() -> ProblemError:
    return ProblemError(Problem(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail=f"A body has {BODY_BYTES_MAX} bytes at most."))


def _problem(error: Exception) -> Problem:
    match error:
        case ProblemError():
            return error.problem
        case BodyError():
            return Problem(status=HTTPStatus.BAD_REQUEST, detail=f"The body is not what this reads: {error}.", faults=error.faults)
        case _:
            _log.error("defect", exc_info=error)
            detail = f"The gate has failed ({type(error).__name__}), and there is no decision: nobody leaves. Tell whoever runs it."
            return Problem(status=HTTPStatus.INTERNAL_SERVER_ERROR, detail=detail)


def _method(request: web.BaseRequest) -> str:
    return request.method if request.method in {"GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} else "other"


class _Connection(web.RequestHandler):
    """A connection whose own errors (what is not HTTP at all) are problems too."""

    __slots__ = ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Open, unless too many are."""
        super().connection_made(transport)
        manager = self._manager
        if manager is not None and len(manager.connections) > CONNECTIONS_MAX:
            _log.warning("a connection was refused: %d are open", CONNECTIONS_MAX)
            self.force_close()

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Refuse what cannot be read as a request; nothing of it is quoted."""
        del message
        if request.writer.output_size > 0:
            text = "a response broke off"
            raise ConnectionError(text) from exc
        _log.warning("not a request that can be read: %s", type(exc).__name__)
        response = Problem(status=HTTPStatus(status), detail="This is not a request that the agent can read.").response()
        response.force_close()
        return response


class Server(web.Server):
    """aiohttp's server, with the limits of this API."""

    def _make_request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> web.BaseRequest:
        return web.BaseRequest(message, payload, protocol, writer, task, self._loop, client_max_size=BODY_BYTES_MAX)

    def __call__(self) -> web.RequestHandler:
        """One more connection."""
        return _Connection(
            self,
            loop=self._loop,
            keepalive_timeout=KEEPALIVE_TIMEOUT_S,
            lingering_time=LINGER_S,
            access_log=None,  # type: ignore[arg-type]
            auto_decompress=False,
            logger=_log,
        )
