"""A gate and watch on a real Kafka: how far the gate has come is told, and a veto's way to it is measured."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from holdfast.records import GatePosition
from holdfast_gate import Decision, Exit, Gate, GateConfig
from holdfast_gate.config import KafkaSettings as FeedSettings
from holdfast_gate.kafka import KafkaFeed
from schemas.topics import topics
from schemas.wire import decode
from services.runtime.clock import SystemClock
from services.runtime.config import KafkaSettings, ServiceSettings
from services.runtime.kafka import KafkaBroker
from services.runtime.ports import TopicPartition
from services.runtime.restore import read_to_end
from services.runtime.topics import apply
from simulator.hub import running
from simulator.keys import RING
from simulator.payloads import contract_record
from simulator.publishing import beating

pytestmark = [pytest.mark.broker, pytest.mark.timeout(120)]
GATE, WHO = "gate-on-kafka", "A1234BC"
WITHIN_S = 20.0


@pytest.fixture
async def broker(kafka_bootstrap: str) -> AsyncIterator[KafkaBroker]:
    """A cluster with the hub's topics, under a prefix of their own."""
    settings = KafkaSettings.model_validate({"bootstrap_servers": kafka_bootstrap, "topic_prefix": f"watch-{os.urandom(4).hex()}."})
    broker = KafkaBroker(settings, SystemClock())
    await apply(broker, topics(), replication=1, min_insync=1)
    yield broker
    await broker.delete_topics([spec.name for spec in topics()])
    await broker.close()


async def positions(broker: KafkaBroker) -> list[GatePosition]:
    """Every position that was told."""
    sources = [TopicPartition("gate-reports", n) for n in range(await broker.partition_count("gate-reports"))]
    told = [decode(record.value or b"") async for record in read_to_end(broker, sources)]
    return [each for each in told if isinstance(each, GatePosition)]


def measured() -> float:
    """How many vetoes have reached every gate."""
    return REGISTRY.get_sample_value("holdfast_veto_honoured_seconds_count") or 0.0


async def test_a_veto_is_measured_from_its_record_to_the_gate(
    broker: KafkaBroker, kafka_bootstrap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate tells its place in every partition, and watch, which waits for that gate by name, counts the veto as honoured, within seconds."""
    monkeypatch.setenv("HOLDFAST_WATCH_GATES", GATE)
    feed = KafkaFeed(FeedSettings(bootstrap_servers=kafka_bootstrap, topic_prefix=broker.prefix))
    config = GateConfig(gate_id=GATE, directory=tmp_path, topic=f"{broker.prefix}vetoes", key_ring=RING)
    async with running(broker, SystemClock(), ServiceSettings(end_offset_sources=())), beating(broker), Gate(config, feed) as gate:
        now, before = datetime.now(UTC), measured()
        person = {"prisoner_number": WHO, "identifiers": [], "last_name": None, "first_name": None, "date_of_birth": None}
        reception = {"type": "RECEPTION", "person": person, "booking_id": "b1", "movement_seq": 1, "movement_reason_code": "I", "prison_id": "WWI"}
        detained = {
            "type": "IMMIGRATION_RECORD",
            "person": person,
            "immigration_detention_uuid": "im-1",
            "record_type": "IS91",
            "record_date": "2025-10-20",
            "home_office_reference": "H1234567",
            "no_longer_of_interest_reason": None,
            "status": "ACTIVE",
        }
        await broker.publish([contract_record("custody-events", reception, record_id="r1", at=now)])
        await broker.publish([contract_record("immigration-events", detained, record_id="r2", at=now)])
        assert await gate.until(WHO, Exit.RELEASE, Decision.VETO, WITHIN_S)
        async with asyncio.timeout(WITHIN_S):
            while measured() == before:  # noqa: ASYNC110  a metric announces nothing
                await asyncio.sleep(0.1)
        told = await positions(broker)
        assert {each.partition for each in told} == {0, 1, 2, 3}
        assert {each.gate_id for each in told} == {GATE}
