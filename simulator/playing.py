"""Everything that one scenario needs, put together: a broker, a clock, the hub and a gate."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from schemas.topics import topics
from services.runtime.config import KafkaSettings, ServiceSettings
from services.runtime.kafka import KafkaBroker
from services.runtime.ports import Broker
from services.runtime.topics import apply
from simulator.driven_clock import DrivenClock, MappedClock
from simulator.gate import scenario_gate
from simulator.hub import running
from simulator.memory_broker import MemoryBroker
from simulator.report import Report
from simulator.runner import lead_in, run
from simulator.scenario import Scenario
from simulator.under_test import UnderTest

#: An advance is no sign that a lane is stuck; and in scenarios every source sends heartbeats.
SETTINGS = {"stuck_after_s": 1e12, "end_offset_sources": ()}

#: Scenario seconds in a real one: a machine that has much else to do must not be taken for a hub that is late.
RATE = 0.25


async def play(scenario: Scenario, kafka: KafkaSettings | None = None) -> Report:
    """Play one scenario on a hub of its own: in memory, or on this Kafka under a prefix of its own.

    Raises BrokerError, TimeoutError or HubFailedError when the hub does not come up.
    """
    if kafka is None:
        clock = DrivenClock(lead_in(scenario), rate=RATE)
        broker = MemoryBroker({spec.name: spec.partitions for spec in topics()}, clock)
        return await _play(scenario, broker, clock)
    clock = MappedClock(lead_in(scenario), rate=RATE)
    async with _own_topics(kafka, clock) as broker:
        return await _play(scenario, broker, clock, prefix=broker.prefix)


async def _play(scenario: Scenario, broker: Broker, clock: DrivenClock, *, prefix: str = "") -> Report:
    settings = ServiceSettings.model_validate(SETTINGS)
    with tempfile.TemporaryDirectory(prefix="holdfast-gate-") as directory:
        async with running(broker, clock, settings) as hub, scenario_gate(broker, clock, Path(directory), prefix=prefix) as gate:
            return await run(scenario, UnderTest(broker=broker, clock=clock, hub=hub, gate=gate))


@asynccontextmanager
async def _own_topics(kafka: KafkaSettings, clock: DrivenClock) -> AsyncGenerator[KafkaBroker]:
    settings = kafka.model_copy(update={"topic_prefix": f"{kafka.topic_prefix}scenario-{uuid.uuid4().hex[:12]}."})
    broker = KafkaBroker(settings, clock)
    try:
        await apply(broker, topics(), replication=1, min_insync=1)
        try:
            yield broker
        finally:
            await broker.delete_topics([spec.name for spec in topics()])
    finally:
        await broker.close()
