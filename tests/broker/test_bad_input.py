"""What cannot be read, on a real Kafka: kept byte for byte, counted, and whoever it names is held; and the trace through every hop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest
from prometheus_client import REGISTRY

from holdfast.records import DeadLetter
from holdfast_gate.model import Notice
from schemas.topics import topics
from schemas.wire import decode
from services.runtime.clock import SystemClock
from services.runtime.config import KafkaSettings
from services.runtime.kafka import KafkaBroker
from services.runtime.ports import Outgoing, Record, TopicPartition
from services.runtime.restore import read_to_end
from services.runtime.topics import apply
from simulator.hub import running
from simulator.population import prisoner
from simulator.publishing import outgoing

pytestmark = [pytest.mark.broker, pytest.mark.timeout(120)]
WITHIN_S = 20.0
WHO = prisoner(7, datetime.now(UTC))
RECEPTION = outgoing([WHO.reception("N", days_ago=1)], datetime.now(UTC))[0]


@pytest.fixture
async def broker(kafka_bootstrap: str) -> AsyncIterator[KafkaBroker]:
    """A cluster with the declared topics under a prefix of its own, and the hub running on it."""
    settings = KafkaSettings.model_validate({"bootstrap_servers": kafka_bootstrap, "topic_prefix": f"bad-{os.urandom(4).hex()}."})
    client = KafkaBroker(settings, SystemClock())
    await apply(client, topics(), replication=1, min_insync=1)
    async with running(client, SystemClock()):
        yield client
    await client.delete_topics([spec.name for spec in topics()])
    await client.close()


async def _found(broker: KafkaBroker, topic: str, wanted: Callable[[Record], bool]) -> Record:
    sources = [TopicPartition(topic, n) for n in range(await broker.partition_count(topic))]
    async with asyncio.timeout(WITHIN_S):
        while True:
            async for record in read_to_end(broker, sources):
                if wanted(record):
                    return record


def _about(number: str) -> Callable[[Record], bool]:
    return lambda record: record.key == number.encode()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"\x01\xff garbage about " + WHO.prisoner_number.encode() + b" \x01", "UNREADABLE"),
        (b"\xc3\x01" + bytes(8) + WHO.prisoner_number.encode(), "UNKNOWN_SCHEMA"),
        ((RECEPTION.value or b"")[:-12], "TRUNCATED"),
        (b'{"type": "RECEPTION", "about": "' + WHO.prisoner_number.encode() + b'", "x": "' + b"x" * 5_000_000 + b'"}', "TOO_LARGE"),
    ],
    ids=["garbage", "wrong schema", "truncated", "5 MB"],
)
async def test_what_cannot_be_read_is_kept_and_holds_whom_it_names(broker: KafkaBroker, value: bytes, reason: str) -> None:
    """The dead letter has the reason and the original bytes, a metric counts it, and the prisoner is held from his first notice on."""
    labels = {"topic": "custody-events", "reason": reason}
    before = REGISTRY.get_sample_value("holdfast_dead_letters_total", labels) or 0
    await broker.publish([Outgoing(topic="custody-events", key=None, value=value)])
    notice = decode((await _found(broker, "vetoes", _about(WHO.prisoner_number))).value or b"")
    assert isinstance(notice, Notice)
    assert [ground.name for ground in notice.grounds] == ["QUERY/UNREADABLE_RECORD"]
    letter = decode((await _found(broker, "dead-letters", lambda _: True)).value or b"")
    assert isinstance(letter, DeadLetter)
    assert (letter.reason, letter.value) == (reason, value)
    assert (REGISTRY.get_sample_value("holdfast_dead_letters_total", labels) or 0) == before + 1


async def test_the_trace_goes_through_every_hop(broker: KafkaBroker) -> None:
    """One traceparent from the upstream record to the notice; every record says by CloudEvents headers what it is."""
    await broker.publish([RECEPTION])
    trace = dict(RECEPTION.headers)["traceparent"]
    hops = {
        "claims": "uk.holdfast.Claim",
        "facts": "uk.holdfast.Fact",
        "prisoner-status": "uk.holdfast.PrisonerStatus",
        "vetoes": "uk.holdfast.Notice",
    }
    for topic, kind in hops.items():
        record = await _found(broker, topic, lambda record, kind=kind: dict(record.headers).get("ce_type") == kind.encode())
        headers = dict(record.headers)
        assert headers["traceparent"] == trace
        assert {"ce_id", "ce_source", "ce_time", "ce_specversion", "content-type"} <= headers.keys()
