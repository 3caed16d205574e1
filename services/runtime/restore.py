"""Reading a topic from its beginning to its end: how every state is rebuilt."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from holdfast_gate.partitioner import partition_of
from services.runtime.ports import Broker, Record, TopicPartition

READ_LIMIT = 5_000
READ_TIMEOUT_S = 1.0


async def read_to_end(broker: Broker, sources: Sequence[TopicPartition], *, committed: bool = True) -> AsyncIterator[Record]:
    """Every record of `sources` up to their ends as they are now.

    The end is reached when positions have passed it, never when a number of records has been counted.
    """
    reader = await broker.open_reader(sources, committed=committed)
    try:
        ends = await reader.end_offsets()
        behind = [source for source in sources if await reader.position(source) < ends[source]]
        while behind:
            for record in await reader.read(limit=READ_LIMIT, timeout_s=READ_TIMEOUT_S):
                yield record
            behind = [source for source in behind if await reader.position(source) < ends[source]]
    finally:
        await reader.close()


async def newest_of(broker: Broker, topic: str, key: bytes) -> bytes | None:
    """The newest committed value of `key` on `topic`, None where there is none or it was deleted. Raises as `read_to_end` does."""
    partition = partition_of(key, await broker.partition_count(topic))
    found: bytes | None = None
    async for record in read_to_end(broker, [TopicPartition(topic, partition)]):
        if record.key == key:
            found = record.value
    return found
