"""How complete each source is goes through every stage as it was said: what one is late, the gate sees exactly, and no other is."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from holdfast.sources import TOPIC_OF_SOURCE
from holdfast_gate import Decision, Exit, Gate, GateConfig, KafkaSettings
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


async def seen(broker: Broker, gate: Gate, as_of: Mapping[str, datetime]) -> None:
    """Beat for every source, which has decided nothing since `as_of`, until every partition at the gate says just that."""
    counts = {source: await broker.partition_count(topic) for source, topic in TOPIC_OF_SOURCE.items()}

    def exactly() -> bool:
        partitions = gate.position().partitions
        return bool(partitions) and all(dict(each.caught_up) == dict(as_of) for each in partitions)

    async with asyncio.timeout(WITHIN_S):
        while not exactly():
            await broker.publish([heartbeat(source, n, as_of[source]) for source, count in counts.items() for n in range(count)])
            await gate.until(NOBODY, Exit.COURT, Decision.VETO, 0.1)  # which nothing makes it: the gate reads on meanwhile


@pytest.mark.parametrize("late_s", [7, 12])
async def test_a_source_that_is_late_is_just_so_late_at_the_gate(bootstrap: str | None, tmp_path: Path, late_s: int) -> None:
    """Seven seconds are within the bound, and nobody is referred for it; twelve are not, and the source is named. The others are not late at all."""
    async with scene(bootstrap, tmp_path) as (broker, gate):
        for _ in range(3):
            now = datetime.now(UTC).replace(microsecond=0)
            late = {"court": timedelta(seconds=late_s)}
            await seen(broker, gate, {source: now - late.get(source, timedelta()) for source in TOPIC_OF_SOURCE})
            caught_up = gate.position().partitions[0].caught_up
            assert caught_up["custody"] - caught_up["court"] == timedelta(seconds=late_s)
        stale = [refer.sentence for refer in (await gate.decide(NOBODY, Exit.COURT)).refer if refer.code.value == "SOURCE_STALE"]
        assert bool(stale) is (late_s > 10)
        assert all("court" in sentence for sentence in stale)
