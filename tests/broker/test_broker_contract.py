"""What the hub relies on of a broker: in memory as on Kafka, or scenarios in memory would prove nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from holdfast_gate.partitioner import partition_of
from services.runtime.ports import FencedError, OffsetLostError, Outgoing, Record, TopicError, TopicPartition

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from services.runtime.ports import Broker, Lane, Reader
    from tests.broker.clusters import Cluster

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(60)]

IN, OUT = TopicPartition("in", 0), TopicPartition("out", 0)
DEADLINE_S = 20.0
QUIET_S = 0.3


def outgoing(value: str, source: TopicPartition = IN, *, key: bytes | None = b"A1234BC") -> Outgoing:
    """A record for one partition."""
    return Outgoing(topic=source.topic, key=key, value=value.encode(), partition=source.partition)


def values(records: Sequence[Record]) -> list[str]:
    """What the records say."""
    return [(record.value or b"").decode() for record in records]


async def read(reader: Reader | Lane, count: int) -> list[Record]:
    """Exactly the next `count` records."""
    found: list[Record] = []
    async with asyncio.timeout(DEADLINE_S):
        while len(found) < count:
            found += await reader.read(limit=count - len(found), timeout_s=1)
    return found


async def open_lane(broker: Broker) -> Lane:
    """The lane of IN."""
    return await broker.open_lane(IN, group="hub", transactional_id="hub.in.0")


async def test_order(broker: Broker) -> None:
    """Records of one partition are read in the order in which they were written."""
    texts = [str(number) for number in range(50)]
    written = await broker.publish([outgoing(text) for text in texts])
    records = await read(await broker.open_reader([IN]), 50)
    assert values(records) == texts
    assert [(IN, record.offset) for record in records] == written
    assert [record.appended_at for record in records] == sorted(record.appended_at for record in records)


async def test_content(broker: Broker) -> None:
    """Key, value and headers come back as they were, a missing value too."""
    headers = (("ce_id", b"1"), ("ce_id", b"2"), ("empty", b""))
    tombstone = Outgoing(topic="in", key=b"\xff\x00", value=None, headers=headers, partition=0)
    await broker.publish([tombstone, outgoing("", key=None)])
    first, second = await read(await broker.open_reader([IN]), 2)
    assert (first.key, first.value, first.headers) == (b"\xff\x00", None, headers)
    assert (second.key, second.value, second.headers) == (None, b"", ())


async def test_partitioner(broker: Broker) -> None:
    """A record goes where Kafka's default partitioner sends its key, unless its writer says where."""
    keys = [b"", b"A1234BC", b"$seal", *(f"A{number:04}BC".encode() for number in range(40))]
    written = await broker.publish([Outgoing(topic="out", key=key, value=b"") for key in keys])
    assert [source.partition for source, _ in written] == [partition_of(key, 4) for key in keys]
    assert {source.partition for source, _ in written} == {0, 1, 2, 3}
    told = await broker.publish([Outgoing(topic="out", key=keys[1], value=b"", partition=number) for number in range(4)])
    assert [source.partition for source, _ in told] == [0, 1, 2, 3]


async def test_offsets_at_an_instant(broker: Broker) -> None:
    """Of each partition the first record that was appended then or later; its end where there is none, its beginning for a time before everything."""
    await broker.publish([outgoing("before")])
    await asyncio.sleep(0.01)  # the broker's clock keeps milliseconds
    await broker.publish([outgoing("then"), outgoing("after")])
    _, then, after = await read(await broker.open_reader([IN]), 3)
    other = TopicPartition("in", 1)
    assert await broker.offsets_at([IN, other], then.appended_at) == {IN: then.offset, other: 0}
    assert await broker.offsets_at([IN], after.appended_at + timedelta(seconds=1)) == {IN: after.offset + 1}
    assert await broker.offsets_at([IN], datetime(2020, 1, 1, tzinfo=UTC)) == {IN: 0}


async def test_partition_count(broker: Broker) -> None:
    """A topic has the partitions that it was created with, and one that does not exist is an error."""
    assert await broker.partition_count("out") == 4
    with pytest.raises(TopicError):
        await broker.partition_count("nowhere")


async def test_limit(broker: Broker) -> None:
    """A read returns no more than its limit, and the next one goes on from there."""
    await broker.publish([outgoing(str(number)) for number in range(5)])
    reader = await broker.open_reader([IN])
    async with asyncio.timeout(DEADLINE_S):
        while not (first := await reader.read(limit=2, timeout_s=1)):
            pass
    assert values(first) == ["0", "1"]
    assert await reader.position(IN) == 2
    assert values(await read(reader, 3)) == ["2", "3", "4"]


async def test_nothing_to_read(broker: Broker) -> None:
    """A read of a quiet partition comes back empty when its time is over."""
    reader = await broker.open_reader([IN])
    async with asyncio.timeout(DEADLINE_S):
        assert not await reader.read(limit=10, timeout_s=QUIET_S)


async def test_waiting_read(broker: Broker) -> None:
    """A waiting read returns as soon as something arrives, long before its time is over."""
    reader = await broker.open_reader([IN])
    waiting = asyncio.create_task(reader.read(limit=10, timeout_s=60))
    await asyncio.sleep(QUIET_S)
    await broker.publish([outgoing("hold")])
    async with asyncio.timeout(DEADLINE_S):
        assert values(await waiting) == ["hold"]


async def test_reader_offsets(broker: Broker) -> None:
    """A reader begins where it is told, in each partition."""
    other = TopicPartition("in", 1)
    await broker.publish([outgoing(str(number), source) for source in (IN, other) for number in range(3)])
    reader = await broker.open_reader([IN, other], offsets={IN: 2})
    records = await read(reader, 4)
    assert sorted((record.partition, record.offset) for record in records) == [(0, 2), (1, 0), (1, 1), (1, 2)]
    assert await reader.end_offsets() == {IN: 3, other: 3}


async def test_commit_is_atomic(broker: Broker) -> None:
    """Outputs on two topics and the offset become visible together."""
    await broker.publish([outgoing("a"), outgoing("b")])
    lane = await open_lane(broker)
    await read(lane, 2)
    other = TopicPartition("in", 1)
    await lane.commit([outgoing("x", OUT), outgoing("y", other)], 2)
    records = await read(await broker.open_reader([OUT, other]), 2)
    assert sorted(values(records)) == ["x", "y"]
    await lane.close()
    assert await (await open_lane(broker)).position() == 2


async def test_output_only(broker: Broker) -> None:
    """A commit without an offset leaves the position as it was."""
    await broker.publish([outgoing("a")])
    lane = await open_lane(broker)
    await lane.commit([outgoing("x", OUT)], None)
    await lane.close()
    assert values(await read(await open_lane(broker), 1)) == ["a"]


async def test_successor_restores_position(broker: Broker, cluster: Cluster) -> None:
    """A successor reads on from the committed offset, and again what was read but not committed."""
    await broker.publish([outgoing(text) for text in "abcd"])
    lane = await open_lane(broker)
    await read(lane, 1)
    await lane.commit([], 1)
    await read(lane, 2)
    await lane.close()
    successor = await open_lane(cluster.connect())
    assert await successor.position() == 1
    assert successor.start_end_offset == 4
    assert values(await read(successor, 3)) == ["b", "c", "d"]


async def test_fencing(broker: Broker, cluster: Cluster) -> None:
    """Once a successor has opened the lane, nothing of the old owner counts any more: neither outputs nor offset."""
    await broker.publish([outgoing(text) for text in "ab"])
    zombie = await open_lane(broker)
    await read(zombie, 2)
    successor = await open_lane(cluster.connect())
    with pytest.raises(FencedError):
        await zombie.commit([outgoing("of the dead", OUT)], 2)
    await successor.commit([outgoing("of the living", OUT)], 1)
    assert values(await read(await broker.open_reader([OUT]), 1)) == ["of the living"]
    await successor.close()
    assert await (await open_lane(broker)).position() == 1


async def test_killed_before_commit(broker: Broker, cluster: Cluster) -> None:
    """What was never committed is seen only by readers of uncommitted records, and its offset takes no effect."""
    await broker.publish([outgoing("a")])
    half = [outgoing("half", OUT)]
    await cluster.killed_before_commit(IN, group="hub", transactional_id="hub.in.0", outputs=half)
    uncommitted = await broker.open_reader([OUT], committed=False)
    assert values(await read(uncommitted, 1)) == ["half"]
    lane = await open_lane(broker)
    assert await lane.position() == 0
    await lane.commit([outgoing("whole", OUT)], 1)
    assert values(await read(await broker.open_reader([OUT]), 1)) == ["whole"]
    assert values(await read(uncommitted, 1)) == ["whole"]


async def test_open_transaction_blocks(broker: Broker, cluster: Cluster) -> None:
    """An open transaction hides from committed readers what others wrote after it, until a successor settles it."""
    half = [outgoing("half", OUT)]
    await cluster.killed_before_commit(IN, group="hub", transactional_id="hub.in.0", outputs=half)
    await broker.publish([outgoing("after", OUT)])
    committed, uncommitted = await broker.open_reader([OUT]), await broker.open_reader([OUT], committed=False)
    assert values(await read(uncommitted, 2)) == ["half", "after"]
    assert not await committed.read(limit=10, timeout_s=QUIET_S)
    assert await committed.end_offsets() == {OUT: 0}
    await open_lane(broker)
    assert values(await read(committed, 1)) == ["after"]


async def test_position_passes_markers(broker: Broker, cluster: Cluster) -> None:
    """Who has read all there is stands at the end, although the last offsets are markers and aborted records."""
    lane = await open_lane(broker)
    await lane.commit([outgoing("x", OUT)], None)
    await lane.close()
    await cluster.killed_before_commit(IN, group="hub", transactional_id="hub.in.0", outputs=[outgoing("half", OUT)])
    await open_lane(broker)  # settles it
    downstream = await broker.open_lane(OUT, group="gate", transactional_id="gate.out.0")
    assert values(await read(downstream, 1)) == ["x"]
    async with asyncio.timeout(DEADLINE_S):
        while await downstream.position() < await downstream.end_offset():
            assert not await downstream.read(limit=10, timeout_s=QUIET_S)
    assert await downstream.position() == 4  # x, marker, half, marker


async def test_offset_lost(broker: Broker) -> None:
    """A committed offset that the log does not hold stops its lane; it never skips."""
    await broker.publish([outgoing("a")])
    lane = await open_lane(broker)
    await lane.commit([], 1000)
    await lane.close()
    with pytest.raises(OffsetLostError):
        await (await open_lane(broker)).read(limit=1, timeout_s=DEADLINE_S)


async def test_group(cluster: Cluster) -> None:
    """The members of a group share the partitions without overlap, and who stays gets what a leaver had."""
    everything = frozenset(TopicPartition("out", number) for number in range(4))
    async with asyncio.timeout(2 * DEADLINE_S), cluster.connect().join("hub", ["out"]) as first:
        assert await anext(first) == everything
        async with cluster.connect().join("hub", ["out"]) as second:
            one, two = await asyncio.gather(until_half(first), until_half(second))
            assert one | two == everything
            assert not one & two
        while await anext(first) != everything:
            pass


async def until_half(assignments: AsyncIterator[frozenset[TopicPartition]]) -> frozenset[TopicPartition]:
    """Wait for an assignment of two partitions."""
    while len(assigned := await anext(assignments)) != 2:
        pass
    return assigned
