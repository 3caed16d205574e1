"""From the doubt to the gate's feed, with every service: he is held until the answer is read, and what it says holds from then on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp import web

from holdfast.records import DeadLetter
from holdfast.sources import SOURCE_OF_TOPIC
from holdfast.subjects import micros
from holdfast_gate.model import Notice, Seal
from schemas.topics import topics
from schemas.wire import decode, decode_as
from services.runtime.clock import SystemClock
from services.runtime.config import ServiceSettings
from services.runtime.ports import Broker, TopicPartition
from services.runtime.restore import read_to_end
from simulator.hub import running
from simulator.memory_broker import MemoryBroker
from simulator.publishing import beating
from tests.enrichment.scene import NUMBER, WITHIN_S, SystemOfRecord, asking, claim, replying, serving

ABOUT = f"immigration/{NUMBER}"
PATH = f"/immigration/{NUMBER}"
PENDING, DETAINED, UNREADABLE, CONTRADICTION = (
    "QUERY/ENRICHMENT_PENDING",
    "IMMIGRATION_DETENTION",
    "QUERY/UNREADABLE_RECORD",
    "QUERY/CONTRADICTION",
)


@pytest.fixture
async def system() -> AsyncIterator[SystemOfRecord]:
    """A system of record."""
    async with serving() as running_system:
        yield running_system


@pytest.fixture
async def broker(system: SystemOfRecord) -> AsyncIterator[MemoryBroker]:
    """A cluster on which the whole hub runs, enrichment included, and every source's heart beats."""
    broker, clock = MemoryBroker({spec.name: spec.partitions for spec in topics()}, SystemClock()), SystemClock()
    enrichment = asking({"immigration": system.route("/immigration/{key}")}, breaker_failures=1000)
    async with running(broker, clock, ServiceSettings(end_offset_sources=()), also=[enrichment]) as hub, beating(broker):
        yield broker
        hub.check()


def record(**fields: str) -> bytes:
    """What immigration answers."""
    told = {"type": "IMMIGRATION_RECORD", "record_id": "r-1", "occurred_at": "2025-10-20T09:00:00Z", "recorded_at": "2025-10-20T09:00:00Z"}
    matter = {"immigration_detention_uuid": "im-1", "record_type": "IS91", "record_date": "2025-10-20", "status": "ACTIVE"}
    nothing = {"home_office_reference": None, "no_longer_of_interest_reason": None}
    return json.dumps({**told, **matter, **nothing, "person": {"prisoner_number": NUMBER}, **fields}).encode()


async def notices(broker: Broker) -> list[Notice]:
    """Every notice about him, in order."""
    sources = [TopicPartition("vetoes", n) for n in range(await broker.partition_count("vetoes"))]
    return [decode_as(Notice, found.value or b"") async for found in read_to_end(broker, sources) if found.key == NUMBER.encode()]


async def sealed_sources(broker: Broker) -> set[tuple[str, bool]]:
    """Every source that a seal speaks of, and whether it has a gap."""
    sources = [TopicPartition("vetoes", n) for n in range(await broker.partition_count("vetoes"))]
    told = [decode(found.value or b"") async for found in read_to_end(broker, sources)]
    return {(source.source, source.gap) for seal in told if isinstance(seal, Seal) for source in seal.sources}


async def held_for(broker: Broker, *names: str, within_s: float = WITHIN_S) -> None:
    """Wait until the newest notice about him gives exactly these grounds."""
    async with asyncio.timeout(within_s):
        while not (found := await notices(broker)) or {ground.name for ground in found[-1].grounds} != set(names):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_held_until_it_is_answered_and_then_for_what_the_answer_says(broker: MemoryBroker, system: SystemOfRecord) -> None:
    """Pending, then detained: no notice in between lets him go; and no seal speaks of a fifth source."""
    may_answer = asyncio.Event()

    async def waits(request: web.Request) -> web.StreamResponse:
        await may_answer.wait()
        return await replying(200, record())(request)

    system.replies[PATH] = [replying(503), waits]
    await broker.publish([claim(ABOUT)])
    await held_for(broker, PENDING)
    await system.asked_times(2)
    may_answer.set()
    await held_for(broker, DETAINED)
    assert all(notice.grounds for notice in await notices(broker))
    async with asyncio.timeout(WITHIN_S):
        while len(sealed := await sealed_sources(broker)) < len(SOURCE_OF_TOPIC):  # noqa: ASYNC110  a log announces nothing
            await asyncio.sleep(0.05)
    assert sealed == {(source, False) for source in SOURCE_OF_TOPIC.values()}


async def test_a_later_event_holds_until_its_own_answer(broker: MemoryBroker, system: SystemOfRecord) -> None:
    """What was answered before says nothing of what was told after."""
    may_answer = asyncio.Event()

    async def waits(request: web.Request) -> web.StreamResponse:
        await may_answer.wait()
        return await replying(200, record(record_type="NO_LONGER_OF_INTEREST", record_date="2025-10-21"))(request)

    system.replies[PATH] = [replying(200, record()), waits]
    now = micros(datetime.now(UTC))
    await broker.publish([claim(ABOUT, sequence=now)])
    await held_for(broker, DETAINED)
    await broker.publish([claim(ABOUT, sequence=now + 1)])
    await held_for(broker, DETAINED, PENDING)
    may_answer.set()
    await held_for(broker)


async def test_an_answer_that_cannot_be_read_frees_nobody(broker: MemoryBroker, system: SystemOfRecord) -> None:
    """Its bytes are a dead letter, and he is held for both: for the answer that nobody could read, and for want of one."""
    system.replies[PATH] = [replying(200, b"\xff nonsense about A1234BC")]
    await broker.publish([claim(ABOUT)])
    await held_for(broker, PENDING, UNREADABLE)
    [letter] = [decode_as(DeadLetter, found.value or b"") async for found in read_to_end(broker, [TopicPartition("dead-letters", 0)])]
    assert (letter.topic, letter.reason) == ("enrichments", "UNREADABLE")
    assert len(system.asked) == 1


async def test_no_such_prisoner_holds_until_there_is_one(broker: MemoryBroker, system: SystemOfRecord) -> None:
    """404 turns one doubt into another, which the next answer about him ends."""
    system.replies[PATH] = [replying(404), replying(200, record(status="DELETED"))]
    now = micros(datetime.now(UTC))
    await broker.publish([claim(ABOUT, sequence=now)])
    await held_for(broker, CONTRADICTION)
    assert all(notice.grounds for notice in await notices(broker))
    await broker.publish([claim(ABOUT, sequence=now + 1)])
    await held_for(broker)


async def test_without_the_service_the_doubt_stays_open(system: SystemOfRecord) -> None:
    """A hub that has nobody to ask holds him, and goes on with everything else."""
    broker, clock = MemoryBroker({spec.name: spec.partitions for spec in topics()}, SystemClock()), SystemClock()
    async with running(broker, clock, ServiceSettings(end_offset_sources=())), beating(broker):
        await broker.publish([claim(ABOUT)])
        await held_for(broker, PENDING)
    assert system.asked == []
