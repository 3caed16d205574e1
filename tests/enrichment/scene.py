"""A system of record that answers as it is told to, claims that ask about it, and what the service published."""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from holdfast.claims import Claim, Doubt, Person
from holdfast.records import EnrichmentAnswer
from holdfast.subjects import micros, subject_of
from holdfast_gate.model import Authority, QueryKind, RecordRef
from schemas.wire import decode_as, encode
from services.enrichment.app import service
from services.enrichment.routes import Route
from services.runtime.config import EnrichmentSettings, ServiceSettings
from services.runtime.ports import Broker, Clock, Outgoing, TopicPartition
from services.runtime.restore import read_to_end
from services.runtime.stage import Service
from simulator.hub import InProcessHub

NOW = datetime(2025, 10, 24, 8, tzinfo=UTC)
NUMBER, ABOUT = "A1234BC", "prisoner/A1234BC"
DATE = "Fri, 24 Oct 2025 08:00:00 GMT"
BODY = b'{"prisonerNumber": "A1234BC"}'
WITHIN_S = 10.0
#: Much less than a request may take: one that is under way does not keep the service.
STOPS_WITHIN_S = 5.0

Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


def replying(status: int = 200, body: bytes = BODY, **headers: str) -> Reply:
    """Answers at once."""

    async def reply(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers={"Content-Type": "application/json", "Date": DATE, **headers})

    return reply


async def hangs_up(request: web.Request) -> web.StreamResponse:
    """Closes the connection in the place of an answer."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def breaks_off(request: web.Request) -> web.StreamResponse:
    """Promises more than it sends."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(BODY)
    assert request.transport is not None
    request.transport.close()
    return response


async def never(_: web.Request) -> web.StreamResponse:
    """Keeps the connection open and says nothing."""
    await asyncio.Event().wait()
    return web.Response()


@dataclass
class SystemOfRecord:
    """`replies` are given in turn for each path, and the last of them for ever; `asked` is every request, as path and headers."""

    port: int = 0
    replies: dict[str, list[Reply]] = field(default_factory=lambda: defaultdict(lambda: [replying()]))
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Note the request and reply."""
        turns = self.replies[request.path]
        reply = turns.pop(0) if len(turns) > 1 else turns[0]
        async with self.changed:
            self.asked.append((request.path, dict(request.headers)))
            self.changed.notify_all()
        return await reply(request)

    async def asked_times(self, times: int, path: str = "") -> None:
        """Wait until it has been asked so often (of `path`)."""
        async with asyncio.timeout(WITHIN_S), self.changed:
            await self.changed.wait_for(lambda: sum(path in {"", asked} for asked, _ in self.asked) >= times)

    def route(self, path: str = "/prisoner/{key}", **fields: Any) -> Route:
        """A route to it."""
        return Route.model_validate({"url": f"http://127.0.0.1:{self.port}{path}", "dialect": "contract", **fields})


@asynccontextmanager
async def serving(tls: ssl.SSLContext | None = None) -> AsyncGenerator[SystemOfRecord]:
    """A system of record on this machine, for the length of a block."""
    system = SystemOfRecord()
    app = web.Application()
    app.router.add_get("/{rest:.*}", system.answer)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        system.port = int(runner.addresses[0][1])
        yield system
    finally:
        await runner.cleanup()


def settings(**given: Any) -> EnrichmentSettings:
    """Settings as a deployment might have them, whatever the environment of the test says."""
    return EnrichmentSettings.model_validate({"routes": None, "token": None, "token_file": None, **given})


def asking(routes: dict[str, Route], *, dice: float = 0.0, **given: Any) -> Service:
    """The service over `routes`; with these dice it asks again at once."""
    return service(routes, settings(**given), lambda: dice)


def claim(about: str = ABOUT, *, sequence: int = micros(NOW), answered: bool = False, person: Person | None = None) -> Outgoing:
    """A doubt about a thin notification, as intake puts it on `claims`."""
    person = person or Person(prisoner_number=about.partition("/")[2])
    body = Doubt(
        kind=QueryKind.ENRICHMENT_PENDING, about=about, sentence="An event says that something changed.", answered=answered, sequence=sequence
    )
    told = Claim(
        authority=Authority.HUB,
        subject=subject_of(body, person),
        person=person,
        occurred_at=NOW,
        recorded_at=NOW,
        received_at=NOW,
        source=RecordRef("custody-events", 0, 1, "0" * 64),
        record_id="1",
        dialect="hmpps-domain-event",
        body=body,
    )
    return Outgoing(topic="claims", partition=0, key=told.subject.encode(), value=encode(told))


async def answers(broker: Broker) -> list[EnrichmentAnswer]:
    """Every answer that was published."""
    sources = [TopicPartition("enrichments", n) for n in range(await broker.partition_count("enrichments"))]
    return [decode_as(EnrichmentAnswer, record.value or b"") async for record in read_to_end(broker, sources)]


async def answered(broker: Broker, times: int) -> Sequence[EnrichmentAnswer]:
    """The answers, once there are so many."""
    sources = [TopicPartition("enrichments", n) for n in range(await broker.partition_count("enrichments"))]
    reader = await broker.open_reader(sources)
    found: list[EnrichmentAnswer] = []
    try:
        async with asyncio.timeout(WITHIN_S):
            while len(found) < times:
                found += [decode_as(EnrichmentAnswer, record.value or b"") for record in await reader.read(limit=100, timeout_s=1)]
    finally:
        await reader.close()
    return found


async def requests(broker: Broker) -> dict[str, bytes]:
    """What is still to be asked, by the changelog."""
    kept: dict[str, bytes] = {}
    async for record in read_to_end(broker, [TopicPartition("enrichment-requests", 0)]):
        kept.pop((record.key or b"").decode(), None)
        if record.value is not None:
            kept[(record.key or b"").decode()] = record.value
    return kept


@asynccontextmanager
async def running(broker: Broker, clock: Clock, started: Service) -> AsyncGenerator[InProcessHub]:
    """The service alone, ready, for the length of a block; then ended in the middle of whatever it does."""
    hub = InProcessHub(broker, clock, ServiceSettings(stuck_after_s=1e9))
    hub.start(started)
    try:
        await hub.ready()
        yield hub
        hub.check()
    finally:
        async with asyncio.timeout(STOPS_WITHIN_S):
            await hub.stop()
