"""What only the broker in memory can be told to do, for tests that need it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.runtime.ports import BrokerError, OffsetLostError, Outgoing, TopicPartition
from simulator.driven_clock import DrivenClock
from simulator.memory_broker import MemoryBroker

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(10)]

START = datetime(2025, 10, 24, 8, tzinfo=UTC)
IN, OUT = TopicPartition("in", 0), TopicPartition("out", 0)


def broker() -> MemoryBroker:
    """A cluster of two topics."""
    return MemoryBroker({"in": 1, "out": 1}, DrivenClock(START, elapsed_s=lambda: 0.0))


def keyed(*pairs: str, topic: str = "in") -> list[Outgoing]:
    """Records written `key=value`."""
    return [Outgoing(topic=topic, key=key.encode(), value=value.encode()) for key, value in (pair.split("=") for pair in pairs)]


async def contents(client: MemoryBroker, source: TopicPartition) -> list[tuple[int, bytes | None]]:
    """Offset and value of every committed record."""
    reader = await client.open_reader([source])
    return [(record.offset, record.value) for record in await reader.read(limit=100, timeout_s=0)]


async def test_compaction_keeps_the_newest_of_every_key() -> None:
    """Compacted, a topic holds the last committed record of each key at its old offset."""
    client = broker()
    await client.publish(keyed("a=1", "b=1", "a=2"))
    client.compact("in")
    assert await contents(client, IN) == [(1, b"1"), (2, b"2")]
    await client.publish(keyed("b=2"))
    assert await contents(client, IN) == [(1, b"1"), (2, b"2"), (3, b"2")]


async def test_compaction_leaves_what_is_not_stable() -> None:
    """Nothing above the last stable offset is compacted, and an aborted record never wins over a committed one."""
    client = broker()
    await client.publish(keyed("a=1", topic="out"))
    lane = await client.open_lane(IN, group="g", transactional_id="t")
    await lane.write(keyed("a=2", topic="out"), None)
    client.compact("out")
    uncommitted = await client.open_reader([OUT], committed=False)
    assert [record.value for record in await uncommitted.read(limit=9, timeout_s=0)] == [b"1", b"2"]
    await client.open_lane(IN, group="g", transactional_id="t")
    client.compact("out")
    assert await contents(client, OUT) == [(0, b"1")]


async def test_retention_takes_what_is_read_next() -> None:
    """A reader whose next record was deleted stops; it never skips."""
    client = broker()
    await client.publish(keyed("a=1", "a=2", "a=3"))
    reader = await client.open_reader([IN])
    client.delete_before(IN, 2)
    with pytest.raises(OffsetLostError):
        await reader.read(limit=1, timeout_s=0)
    assert await contents(client, IN) == [(2, b"3")]


async def test_append_time_is_the_clocks() -> None:
    """A record is stamped when it is appended, in whole milliseconds, as Kafka does."""
    clock = DrivenClock(START + timedelta(microseconds=1700), elapsed_s=lambda: 0.0)
    client = MemoryBroker({"in": 1}, clock)
    await client.publish(keyed("a=1"))
    clock.advance(timedelta(hours=1))
    await client.publish(keyed("a=2"))
    records = await (await client.open_reader([IN])).read(limit=2, timeout_s=0)
    times = [record.appended_at for record in records]
    assert times == [START + timedelta(milliseconds=1), START + timedelta(hours=1, milliseconds=1)]


async def test_new_partitions_reach_the_group() -> None:
    """Members of a group are told of partitions that are added."""
    client = broker()
    async with client.join("g", ["in"]) as assignments:
        assert await anext(assignments) == {IN}
        waiting = asyncio.ensure_future(anext(assignments))
        await client.add_partitions("in", 3)
        assert await waiting == {TopicPartition("in", number) for number in range(3)}


async def test_closed_is_closed() -> None:
    """What was opened through a client ends with it; the cluster and its other clients go on."""
    client = broker()
    other = client.another()
    reader = await client.open_reader([IN])
    waiting = asyncio.ensure_future(reader.read(limit=1, timeout_s=60))
    await asyncio.sleep(0)
    await client.close()
    with pytest.raises(BrokerError):
        await waiting
    await other.publish(keyed("a=1"))
    assert await contents(other, IN) == [(0, b"1")]


async def test_a_lane_that_failed_is_over() -> None:
    """After a commit that was cut short a lane cannot be used again, and its successor settles what it left."""
    client = broker()
    lane = await client.open_lane(IN, group="g", transactional_id="t")
    commit = lane.commit(keyed("a=1", topic="out"), 0)
    commit.send(None)  # as far as its first wait: the records are written, and nothing is committed
    commit.close()
    with pytest.raises(BrokerError):
        await lane.commit([], None)
    uncommitted = await client.open_reader([OUT], committed=False)
    assert [record.value for record in await uncommitted.read(limit=9, timeout_s=0)] == [b"1"]
    await client.open_lane(IN, group="g", transactional_id="t")
    await client.publish(keyed("a=2", topic="out"))
    assert await contents(client, OUT) == [(2, b"2")]
