"""How complete each source is goes through every stage as it was said: what one is late, the gate sees to the microsecond, and no other is."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from holdfast.sources import TOPIC_OF_SOURCE
from holdfast_gate import Exit, Gate, GateConfig, KafkaSettings
from holdfast_gate.kafka import KafkaFeed
from schemas.topics import topics
from services.runtime.clock import SystemClock
from services.runtime.config import KafkaSettings as HubSettings
from services.runtime.config import ServiceSettings
from services.runtime.kafka import KafkaBroker
from services.runtime.ports import Broker
from services.runtime.topics import apply
from simulator.hub import running
from simulator.keys import RING
from simulator.memory_broker import MemoryBroker
from simulator.payloads import heartbeat
from simulator.trial import MemoryFeed

WITHIN_S = 60.0
NOBODY = "A0000AA"


@asynccontextmanager
async def scene(bootstrap: str | None, directory: Path) -> AsyncGenerator[tuple[Broker, Gate]]:
    """Every service, and a gate: in memory, or on Kafka under a prefix of its own."""
    clock, settings = SystemClock(), ServiceSettings.model_validate({"end_offset_sources": ()})
    prefix = f"marks-{uuid.uuid4().hex[:10]}."
    config = GateConfig(gate_id="gate", directory=directory, key_ring=RING, topic=f"{prefix}vetoes")
    if bootstrap is None:
        memory = MemoryBroker({spec.name: spec.partitions for spec in topics()}, clock)
        async with running(memory, clock, settings), Gate(config, MemoryFeed(memory)) as gate:
            yield memory, gate
        return
    broker = KafkaBroker(HubSettings.model_validate({"bootstrap_servers": bootstrap, "topic_prefix": prefix}), clock)
    try:
        await apply(broker, topics(), replication=1, min_insync=1)
        feed = KafkaFeed(KafkaSettings(bootstrap_servers=bootstrap, topic_prefix=prefix))
        async with running(broker, clock, settings), Gate(config, feed) as gate:
            yield broker, gate
    finally:
        await broker.delete_topics([spec.name for spec in topics()])
        await broker.close()


async def beat(broker: Broker, late: Mapping[str, timedelta]) -> Mapping[str, datetime]:
    """One heartbeat into every partition of every source; what each vouches for."""
    now = datetime.now(UTC)
    as_of = {source: now - late.get(source, timedelta()) for source in TOPIC_OF_SOURCE}
    counts = {source: await broker.partition_count(topic) for source, topic in TOPIC_OF_SOURCE.items()}
    await broker.publish([heartbeat(source, n, as_of[source]) for source, count in counts.items() for n in range(count)])
    return as_of


async def seen(gate: Gate, as_of: Mapping[str, datetime]) -> None:
    """Wait until every partition says just that of every source."""

    def exactly() -> bool:
        partitions = gate.position().partitions
        return bool(partitions) and all(dict(each.caught_up) == dict(as_of) for each in partitions)

    async with asyncio.timeout(WITHIN_S):
        while not exactly():
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("late_s", [7, 12])
async def test_a_source_that_is_late_is_just_so_late_at_the_gate(bootstrap: str | None, tmp_path: Path, late_s: int) -> None:
    """Seven seconds are within the bound, and nobody is referred for it; twelve are not, and the source is named. The others are not late at all."""
    async with scene(bootstrap, tmp_path) as (broker, gate):
        for _ in range(3):
            as_of = await beat(broker, {"court": timedelta(seconds=late_s)})
            await seen(gate, as_of)
            assert {source: (as_of["custody"] - at) / timedelta(seconds=1) for source, at in gate.position().partitions[0].caught_up.items()} == {
                "court": late_s,
                "custody": 0,
                "immigration": 0,
                "resolutions": 0,
            }
        stale = [refer.sentence for refer in (await gate.decide(NOBODY, Exit.COURT)).refer if refer.code.value == "SOURCE_STALE"]
        assert bool(stale) is (late_s > 10)
        assert all("court" in sentence for sentence in stale)
