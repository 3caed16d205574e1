"""A broker that hands a record on only when its schema is known, or when the registry has said that there is none.

What comes behind a record that waits waits too: the position stands still, no mark overtakes it, and gates see that the source is not complete
(docs/adr/0022-registry.md).
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from holdfast.sources import SOURCE_OF_TOPIC
from holdfast_gate.confluent import id_of
from services.runtime.headers import find
from services.runtime.ports import Broker, Lane, Outgoing, Reader, Record, TopicPartition
from services.runtime.schema_ids import SchemaIds

_OUR_EVENTS = b"uk.holdfast."


class RenumberedError(RuntimeError):
    """A record of the hub's own says that it is of another kind than its schema id stands for: the registry lost its schemas, or is another one."""


async def readable(ids: SchemaIds, held: deque[Record], limit: int, timeout_s: float) -> Sequence[Record]:
    """Take from `held` what stands before the first record whose schema is not settled. Raises RenumberedError."""
    wanted = [schema_id for record in held if (schema_id := id_of(record.value or b"")) is not None and not ids.settled(schema_id)]
    if wanted:
        await ids.settle(wanted, timeout_s)
    taken: list[Record] = []
    while held and len(taken) < limit:
        schema_id = id_of(held[0].value or b"")
        if schema_id is not None and not ids.settled(schema_id):
            break
        if schema_id is not None:
            _check(ids, held[0], schema_id)
        taken.append(held.popleft())
    return taken


def _check(ids: SchemaIds, record: Record, schema_id: int) -> None:
    """The hub's own records say in a header of what kind they are; a publisher's are checked where they are read."""
    said = find(record.headers, "ce_type")
    if record.topic in SOURCE_OF_TOPIC or said is None or not said.startswith(_OUR_EVENTS):
        return
    name = ids.name(schema_id)
    if name.rpartition(".")[2].encode() != said.removeprefix(_OUR_EVENTS):
        where = f"{record.topic}[{record.partition}]@{record.offset}"
        message = (
            f"{where} says that it is a {said.decode(errors='replace')}, and its schema id {schema_id} stands for {name} in the registry: that has"
            " lost its schemas or is another one; bring back the one that the hub wrote with (docs/running.md)"
        )
        raise RenumberedError(message)


class _ReadableLane:
    """A lane that hands on what can be read, and stands before what cannot be read yet."""

    def __init__(self, lane: Lane, ids: SchemaIds) -> None:
        self._lane = lane
        self._ids = ids
        self._held: deque[Record] = deque()

    @property
    def source(self) -> TopicPartition:
        """See `Lane`."""
        return self._lane.source

    @property
    def start_end_offset(self) -> int:
        """See `Lane`."""
        return self._lane.start_end_offset

    @property
    def partition_count(self) -> int:
        """See `Lane`."""
        return self._lane.partition_count

    async def position(self) -> int:
        """See `Lane`: what is held back has not been read."""
        return self._held[0].offset if self._held else await self._lane.position()

    async def end_offset(self) -> int:
        """See `Lane`."""
        return await self._lane.end_offset()

    async def read(self, *, limit: int, timeout_s: float) -> Sequence[Record]:
        """See `Lane`; it may take twice `timeout_s`."""
        if not self._held:
            self._held.extend(await self._lane.read(limit=limit, timeout_s=timeout_s))
        return await readable(self._ids, self._held, limit, timeout_s)

    async def commit(self, outputs: Sequence[Outgoing], next_offset: int | None) -> None:
        """See `Lane`."""
        await self._lane.commit(outputs, next_offset)

    async def close(self) -> None:
        """See `Lane`."""
        await self._lane.close()


class _ReadableReader:
    """The same for a reader of several partitions."""

    def __init__(self, reader: Reader, ids: SchemaIds) -> None:
        self._reader = reader
        self._ids = ids
        self._held: deque[Record] = deque()

    async def read(self, *, limit: int, timeout_s: float) -> Sequence[Record]:
        """See `Reader`; it may take twice `timeout_s`."""
        if not self._held:
            self._held.extend(await self._reader.read(limit=limit, timeout_s=timeout_s))
        return await readable(self._ids, self._held, limit, timeout_s)

    async def position(self, source: TopicPartition) -> int:
        """See `Reader`: what is held back has not been read."""
        held = next((record.offset for record in self._held if (record.topic, record.partition) == (source.topic, source.partition)), None)
        return await self._reader.position(source) if held is None else held

    async def end_offsets(self) -> dict[TopicPartition, int]:
        """See `Reader`."""
        return await self._reader.end_offsets()

    async def close(self) -> None:
        """See `Reader`."""
        await self._reader.close()


class ReadableBroker:
    """`Broker`, reading both encodings."""

    def __init__(self, broker: Broker, ids: SchemaIds) -> None:
        self._broker = broker
        self._ids = ids

    async def partition_count(self, topic: str) -> int:
        """See `Broker`."""
        return await self._broker.partition_count(topic)

    def join(self, group: str, topics: Sequence[str]) -> AbstractAsyncContextManager[AsyncIterator[frozenset[TopicPartition]]]:
        """See `Broker`."""
        return self._broker.join(group, topics)

    async def open_lane(self, source: TopicPartition, *, group: str, transactional_id: str) -> Lane:
        """See `Broker`."""
        return _ReadableLane(await self._broker.open_lane(source, group=group, transactional_id=transactional_id), self._ids)

    async def open_reader(
        self, sources: Sequence[TopicPartition], *, offsets: dict[TopicPartition, int] | None = None, committed: bool = True
    ) -> Reader:
        """See `Broker`."""
        return _ReadableReader(await self._broker.open_reader(sources, offsets=offsets, committed=committed), self._ids)

    async def offsets_at(self, sources: Sequence[TopicPartition], instant: datetime) -> dict[TopicPartition, int]:
        """See `Broker`."""
        return await self._broker.offsets_at(sources, instant)

    async def publish(self, outputs: Sequence[Outgoing]) -> Sequence[tuple[TopicPartition, int]]:
        """See `Broker`."""
        return await self._broker.publish(outputs)

    async def close(self) -> None:
        """See `Broker`."""
        await self._broker.close()
