"""Enrichment: `claims` in, `enrichments` out. Asks systems of record about thin notifications; until they answer, the hub's own doubts hold.

What is still to be asked stands on `enrichment-requests`: written in the transaction that takes the claim in, deleted in the one that publishes the
answer. So a question outlives the retention of `claims`, and nothing is asked twice but what a crash kept from being published.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import structlog

from holdfast.claims import Claim, Doubt
from holdfast.records import EnrichmentAnswer, EnrichmentRequest
from holdfast_gate.model import QueryKind
from schemas.wire import decode_as, encode
from services.enrichment.book import Book, Pending
from services.enrichment.client import Got, client
from services.enrichment.desk import Desk, Dice
from services.enrichment.routes import Routes
from services.runtime.config import EnrichmentSettings
from services.runtime.headers import event
from services.runtime.health import Health, LaneState
from services.runtime.metrics import ENRICHMENT_OLDEST, ENRICHMENT_PENDING
from services.runtime.ports import Broker, Clock, Lane, Outgoing, Record, TopicPartition
from services.runtime.restore import read_to_end
from services.runtime.stage import COMMIT_WITHIN_S, LOOK_EVERY_S, READ_LIMIT, Service, Stage, Tick, committed, measure

log = structlog.get_logger(__name__)

CLAIMS, ENRICHMENTS, REQUESTS = "claims", "enrichments", "enrichment-requests"
NAME = "enrichment"
#: How soon it is noticed that something has fallen due; and, with requests under way, that an answer has come.
TICK_S, TICK_UNDER_WAY_S = 0.1, 0.02
FAIR: Dice = secrets.SystemRandom().random
#: The most of answers in one transaction; one more may go over it.
ANSWER_BYTES_MAX = 8 * 1024 * 1024
#: What the key of a claim begins with that is such a doubt: no other is even decoded.
_KEY_PREFIX = f"hub/doubt/{QueryKind.ENRICHMENT_PENDING.value}/".encode()


class EnrichmentStage:
    """The open doubts of one partition of `claims`, and the asking."""

    def __init__(self, routes: Routes, settings: EnrichmentSettings, dice: Dice) -> None:
        self._routes = routes
        self._settings = settings
        self._dice = dice
        self._book = Book(routes)
        self._warned: set[str] = set()

    async def restore(self, broker: Broker) -> Sequence[Outgoing]:
        """What was still to be asked, all of it due now."""
        newest: dict[bytes, Record] = {}
        async for record in read_to_end(broker, [TopicPartition(REQUESTS, 0)]):
            if record.key is not None and record.value is not None:
                newest[record.key] = record
            elif record.key is not None:
                newest.pop(record.key, None)
        for record in newest.values():
            self._book.told(decode_as(EnrichmentRequest, record.value or b""), _told_by(record), float("-inf"))
        return []

    def step(self, records: Sequence[Record], tick: Tick) -> Sequence[Outgoing]:
        """Take in the doubts among `records`."""
        del tick
        return [output for record in records for output in self._take_in(record)]

    # --- the loop ------------------------------------------------------------------------------------------------------------

    async def carry(self, service: Service, lane: Lane, clock: Clock, health: Health) -> None:
        """Read, ask and publish until `health.draining`: the loop of `stage.py`, which waits for others than the broker too."""
        async with client(clock, self._settings) as asking:
            desk = Desk(self._book, asking.ask, clock, self._settings, self._dice)
            try:
                await self._carry(service, lane, clock, health, desk)
            finally:
                await desk.close()

    async def _carry(self, service: Service, lane: Lane, clock: Clock, health: Health, desk: Desk) -> None:
        looked_s = committed_s = float("-inf")
        uncommitted: int | None = None
        end = lane.start_end_offset
        while not health.draining:
            desk.send()
            records = await self._read(lane, TICK_UNDER_WAY_S if desk.busy else TICK_S)
            now_s = clock.monotonic_s()
            if now_s - looked_s >= LOOK_EVERY_S:
                looked_s, end = now_s, await lane.end_offset()
                self._show(health, desk.hosts(now_s))
            position = await lane.position()
            tick = Tick(looked_at=clock.now(), partition_count=lane.partition_count, at_end=position >= end)
            outputs = [*self.step(records, tick), *self._publish(desk)]
            uncommitted = records[-1].offset + 1 if records else uncommitted
            if outputs or (uncommitted is not None and now_s - committed_s >= COMMIT_WITHIN_S):
                await committed(service, lane, outputs, uncommitted)
                uncommitted, committed_s = None, now_s
            measure(service, lane.source, records, outputs, max(end - position, 0))
            health.progress(lane.source, now_s)
            if position >= lane.start_end_offset:
                health.lane(lane.source, LaneState.RUNNING)

    async def _read(self, lane: Lane, timeout_s: float) -> Sequence[Record]:
        """The next claims, as many as there is room for; none while there is none: they stay where they are, and the lag shows it."""
        room = self._settings.pending_max - len(self._book)
        if room <= 0:
            await asyncio.sleep(timeout_s)
            return ()
        return await lane.read(limit=min(READ_LIMIT, room), timeout_s=timeout_s)

    def _show(self, health: Health, hosts: Mapping[str, str]) -> None:
        health.notes = {"waiting for an answer": str(len(self._book)), **hosts}
        for (route, asked), count in self._book.counts.items():
            ENRICHMENT_PENDING.labels(route, "yes" if asked else "no").set(count)
            if count and not asked and route not in self._warned:
                self._warned.add(route)
                log.warning("nobody to ask: doubts of this route stay open; add it to HOLDFAST_ENRICHMENT_ROUTES", route=route, pending=count)
        oldest = min((pending.request.since for pending in self._book), default=None)
        ENRICHMENT_OLDEST.set(oldest.timestamp() if oldest is not None else 0)

    # --- doubts in, answers out ----------------------------------------------------------------------------------------------

    def _take_in(self, record: Record) -> Iterator[Outgoing]:
        if record.key is None or not record.key.startswith(_KEY_PREFIX):
            return
        claim = decode_as(Claim, record.value or b"")
        match claim.body:
            case Doubt(answered=True) as doubt:
                if self._book.answered(doubt.about, doubt.sequence):  # by somebody else: our own are gone before they come back
                    yield _request(doubt.about, None, record)
            case Doubt() as doubt:
                told = EnrichmentRequest(about=doubt.about, sequence=doubt.sequence, person=claim.person, since=claim.received_at)
                remembered = self._book.told(told, _told_by(record), float("-inf"))
                if remembered is not None:
                    yield _request(doubt.about, remembered, record)
            case _:
                return

    def _publish(self, desk: Desk) -> Sequence[Outgoing]:
        outputs: list[Outgoing] = []
        for pending, got in desk.sorted_back(ANSWER_BYTES_MAX):
            about, sequence = pending.request.about, pending.asked
            if sequence is None or pending.route is None:
                continue
            outputs.append(_answer(pending, got, sequence, pending.route.dialect))
            if self._book.answered(about, sequence):
                outputs.append(_request(about, None, pending.cause))
            else:  # told of again since it was sent: what was known then is answered, and no more
                pending.failures = 0
                self._book.put_back(pending, float("-inf"))
        return outputs


def _told_by(record: Record) -> Record:
    return replace(record, value=None)  # its place and its trace are kept, not its bytes


def _request(about: str, request: EnrichmentRequest | None, cause: Record) -> Outgoing:
    headers = event("EnrichmentRequest", source=NAME, cause=cause, part=about)
    return Outgoing(topic=REQUESTS, partition=0, key=about.encode(), value=None if request is None else encode(request), headers=headers)


def _answer(pending: Pending, got: Got, sequence: int, dialect: str) -> Outgoing:
    about = pending.request.about
    answer = EnrichmentAnswer(
        about=about,
        sequence=sequence,
        person=pending.request.person,
        url=got.url,
        http_status=got.status,
        fetched_at=got.sent_at,
        dialect=dialect,
        content_type=got.content_type,
        body=got.body,
        as_of=got.as_of,
    )
    headers = event("EnrichmentAnswer", source=NAME, cause=pending.cause, part=f"{about}/{sequence}")
    return Outgoing(topic=ENRICHMENTS, key=about.encode(), value=encode(answer), headers=headers)


def service(routes: Routes, settings: EnrichmentSettings, dice: Dice = FAIR) -> Service:
    """The enrichment service."""

    def stage(_: TopicPartition) -> Stage:
        return EnrichmentStage(routes, settings, dice)

    return Service(name=NAME, topics=(CLAIMS,), stage=stage)
