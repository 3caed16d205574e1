"""Twenty faults between hub and gate on a real Kafka, all at once: no wrong ALLOW, and afterwards whoever is free may go."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from holdfast_gate import KafkaSettings as GateSettings
from services.runtime.clock import SystemClock
from services.runtime.config import KafkaSettings
from services.runtime.kafka import KafkaBroker
from tests.gate.faults.kinds import KINDS, stopped
from tests.gate.faults.on_kafka import KafkaWorld, now_of
from tests.gate.faults.test_fault_matrix import case

#: Those that do their harm outside the broker: what a broker does to its log when it is told to is tested with the log in memory.
KINDS_ON_KAFKA = (
    "records_are_dropped",
    "notices_are_dropped",
    "seals_are_dropped",
    "one_prisoner_is_kept_from_the_gate",
    "records_are_repeated",
    "records_come_late",
    "everything_comes_late",
    "old_records_come_again",
    "bits_are_changed",
    "values_are_cut_short",
    "keys_are_exchanged",
    "lifts_are_forged",
    "notices_are_replaced_by_lifts",
    "seals_are_altered",
    "seals_are_signed_by_a_stranger",
    "append_times_are_missing",
    "the_broker_comes_and_goes",
    "the_ends_of_the_log_are_wrong",
    "the_replica_is_lost",
    "the_disk_is_restored_from_a_copy",
)
#: Two cores carry twenty gates and a broker: a bound that is not the machine's own slowness, and shorter than ten seconds.
BOUND_S = 5.0
TOPICS = ("vetoes", "gate-reports")


async def _played(name: str, bootstrap: str, directory: Path) -> list[str]:
    prefix = f"faults-{uuid.uuid4().hex[:10]}."
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        broker = KafkaBroker(KafkaSettings.model_validate({"bootstrap_servers": bootstrap, "topic_prefix": prefix}), SystemClock())
        stack.push_async_callback(broker.close)
        stack.push_async_callback(broker.delete_topics, TOPICS)
        for topic in TOPICS:
            await broker.create_topic(topic, partitions=2, replication=1, settings={"message.timestamp.type": "LogAppendTime"})
        settings = GateSettings(bootstrap_servers=bootstrap, topic_prefix=prefix)
        world = KafkaWorld(broker, settings, now_of(loop, datetime.now(UTC)), directory / name, seed=1, bound_s=BOUND_S)
        publishing = asyncio.create_task(world.publish())
        try:
            return await case(name, world, lead_s=4.0, seconds=8.0, within_s=90.0)
        finally:
            await stopped(publishing)


@pytest.mark.broker
async def test_twenty_faults_on_a_real_kafka(kafka_bootstrap: str, tmp_path: Path) -> None:
    """Each on topics of its own, with a gate of its own."""
    assert len(KINDS_ON_KAFKA) == 20
    assert set(KINDS_ON_KAFKA) <= set(KINDS)
    wrong = await asyncio.gather(*(_played(name, kafka_bootstrap, tmp_path) for name in KINDS_ON_KAFKA))
    assert {name: what for name, what in zip(KINDS_ON_KAFKA, wrong, strict=True) if what} == {}
