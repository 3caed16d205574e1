"""The broker in memory: it behaves as `services/runtime/kafka.py` does (one suite holds both to it), without a process.

A `MemoryBroker` is one client of a cluster; `another()` connects one more. Closing a client closes what was opened
through it and leaves the cluster as it is, open transactions included.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.runtime.ports import BrokerError, Outgoing, Reader, Record, TopicPartition
from simulator.memory_log import MemoryCluster

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
    from datetime import datetime

    from services.runtime.ports import Clock


@dataclass(frozen=True, slots=True)
class _Shared:
    """What every client of one cluster shares."""

    cluster: MemoryCluster
    clock: Clock
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def append_time(self) -> datetime:
        """Now, in whole milliseconds: Kafka keeps no finer time."""
        now = self.clock.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    async def announce(self) -> None:
        """Wake everybody who waits for the cluster to change."""
        async with self.changed:
            self.changed.notify_all()


class _Position:
    """Where one client reads, over one partition or several."""

    def __init__(self, shared: _Shared, offsets: Mapping[TopicPartition, int], *, committed: bool) -> None:
        self._shared = shared
        self._offsets = dict(offsets)
        self._committed = committed
        self._sources = list(offsets)
        self._closed = False

    async def read(self, *, limit: int, timeout_s: float) -> Sequence[Record]:
        self._check_open()
        found: list[Record] = []

        def arrived() -> bool:
            self._check_open()
            found.extend(self._take(limit))
            return bool(found)

        try:
            async with asyncio.timeout(timeout_s), self._shared.changed:
                await self._shared.changed.wait_for(arrived)
        except TimeoutError:
            return ()
        return found

    def next_offset(self, source: TopicPartition) -> int:
        self._check_open()
        # Markers and aborted records are passed over, up to the next record that can be seen.
        records, end = self._shared.cluster.log(source).read(self._offsets[source], committed=self._committed, limit=1)
        return records[0].offset if records else end

    def end(self, source: TopicPartition) -> int:
        self._check_open()
        return self._shared.cluster.log(source).end_for(committed=self._committed)

    async def close(self) -> None:
        self._closed = True
        await self._shared.announce()

    def _take(self, limit: int) -> list[Record]:
        found: list[Record] = []
        for source in tuple(self._sources):
            log, offset, room = self._shared.cluster.log(source), self._offsets[source], limit - len(found)
            records, self._offsets[source] = log.read(offset, committed=self._committed, limit=room)
            found += records
            if records:  # the next read begins with another partition, so that a busy one starves nobody
                self._sources.remove(source)
                self._sources.append(source)
            if len(found) == limit:
                break
        return found

    def _check_open(self) -> None:
        if self._closed:
            message = "closed, and read from again"
            raise BrokerError(message)


class MemoryReader:
    """A `Reader`."""

    def __init__(self, position: _Position, sources: Sequence[TopicPartition]) -> None:
        """Read `sources` from where `position` stands."""
        self._position = position
        self._sources = tuple(sources)

    async def read(self, *, limit: int, timeout_s: float) -> Sequence[Record]:
        """See `Reader`."""
        return await self._position.read(limit=limit, timeout_s=timeout_s)

    async def position(self, source: TopicPartition) -> int:
        """See `Reader`."""
        return self._position.next_offset(source)

    async def end_offsets(self) -> dict[TopicPartition, int]:
        """See `Reader`."""
        return {source: self._position.end(source) for source in self._sources}

    async def close(self) -> None:
        """See `Reader`."""
        await self._position.close()


class MemoryLane:
    """A `Lane`."""

    def __init__(self, shared: _Shared, source: TopicPartition, *, group: str, transactional_id: str, epoch: int) -> None:
        """Stand at what `group` committed; `epoch` is the owner's, from the cluster."""
        self._shared = shared
        self._source = source
        self._group = group
        self._transactional_id = transactional_id
        self._epoch = epoch
        self._position = _Position(shared, {source: shared.cluster.committed_offset(group, source)}, committed=True)
        self._start_end_offset = self._position.end(source)
        self._closed = False

    @property
    def source(self) -> TopicPartition:
        """See `Lane`."""
        return self._source

    @property
    def start_end_offset(self) -> int:
        """See `Lane`."""
        return self._start_end_offset

    @property
    def partition_count(self) -> int:
        """See `Lane`."""
        return len(self._shared.cluster.logs(self._source.topic))

    async def position(self) -> int:
        """See `Lane`."""
        return self._position.next_offset(self._source)

    async def end_offset(self) -> int:
        """See `Lane`."""
        return self._position.end(self._source)

    async def read(self, *, limit: int, timeout_s: float) -> Sequence[Record]:
        """See `Lane`."""
        return await self._position.read(limit=limit, timeout_s=timeout_s)

    async def write(self, outputs: Sequence[Outgoing], next_offset: int | None) -> None:
        """Do the first half of a commit: what a process has done that is killed before the second."""
        self._check_open()
        try:
            self._write(outputs, next_offset)
        except BrokerError:
            self._closed = True
            raise
        await self._shared.announce()

    async def commit(self, outputs: Sequence[Outgoing], next_offset: int | None) -> None:
        """See `Lane`."""
        done = False
        try:
            await self.write(outputs, next_offset)
            await asyncio.sleep(0)  # here others run, as they do while a request is on its way to Kafka
            self._shared.cluster.commit(self._transactional_id, self._epoch)
            done = True
        finally:
            self._closed |= not done
        await self._shared.announce()

    async def close(self) -> None:
        """See `Lane`."""
        self._closed = True
        await self._position.close()

    def _write(self, outputs: Sequence[Outgoing], next_offset: int | None) -> None:
        cluster = self._shared.cluster
        transaction = cluster.begin(self._transactional_id, self._epoch)
        for outgoing in outputs:
            cluster.log_for(outgoing).append(outgoing, self._shared.append_time(), transaction)
        if next_offset is not None:
            transaction.offsets[self._group, self._source] = next_offset

    def _check_open(self) -> None:
        if self._closed:
            message = f"the lane of {self._source} is closed, and was written to again"
            raise BrokerError(message)


class MemoryBroker:
    """A `Broker`."""

    def __init__(self, topics: Mapping[str, int], clock: Clock, *, shared: _Shared | None = None) -> None:
        """Start a cluster with empty `topics` (name to number of partitions), whose append time is `clock`'s."""
        self._shared = shared or _Shared(MemoryCluster(topics), clock)
        self._opened: list[MemoryLane | MemoryReader] = []

    def another(self) -> MemoryBroker:
        """Return one more client of the same cluster, as another process has one."""
        return MemoryBroker({}, self._shared.clock, shared=self._shared)

    async def partition_count(self, topic: str) -> int:
        """See `Broker`."""
        return len(self._shared.cluster.logs(topic))

    @asynccontextmanager
    async def join(self, group: str, topics: Sequence[str]) -> AsyncGenerator[AsyncIterator[frozenset[TopicPartition]]]:
        """See `Broker`."""
        member = object()
        self._shared.cluster.join(group, member, topics)
        await self._shared.announce()
        try:
            yield self._assignments(group, member)
        finally:
            self._shared.cluster.leave(group, member)
            await self._shared.announce()

    async def open_lane(self, source: TopicPartition, *, group: str, transactional_id: str) -> MemoryLane:
        """See `Broker`."""
        epoch = self._shared.cluster.initialise(transactional_id)
        await self._shared.announce()
        lane = MemoryLane(self._shared, source, group=group, transactional_id=transactional_id, epoch=epoch)
        self._opened.append(lane)
        return lane

    async def open_reader(
        self,
        sources: Sequence[TopicPartition],
        *,
        offsets: dict[TopicPartition, int] | None = None,
        committed: bool = True,
    ) -> Reader:
        """See `Broker`."""
        starts = {source: self._shared.cluster.log(source).start for source in sources}
        starts |= {source: offset for source, offset in (offsets or {}).items() if source in starts}
        reader = MemoryReader(_Position(self._shared, starts, committed=committed), sources)
        self._opened.append(reader)
        return reader

    async def offsets_at(self, sources: Sequence[TopicPartition], instant: datetime) -> dict[TopicPartition, int]:
        """See `Broker`."""
        return {source: self._shared.cluster.log(source).offset_at(instant) for source in sources}

    async def publish(self, outputs: Sequence[Outgoing]) -> Sequence[tuple[TopicPartition, int]]:
        """See `Broker`."""
        logs = [self._shared.cluster.log_for(outgoing) for outgoing in outputs]
        written = [(log.source, log.append(outgoing, self._shared.append_time())) for log, outgoing in zip(logs, outputs, strict=True)]
        await self._shared.announce()
        return written

    async def close(self) -> None:
        """See `Broker`."""
        for opened in self._opened:
            await opened.close()
        self._opened.clear()

    # --- what a test does to a cluster --------------------------------------------------------------------------------

    async def add_partitions(self, topic: str, partitions: int) -> None:
        """Give `topic` more partitions while everything runs; group members learn it as Kafka's do."""
        self._shared.cluster.add_partitions(topic, partitions)
        await self._shared.announce()

    def compact(self, topic: str) -> None:
        """Compact every partition of `topic` now."""
        for log in self._shared.cluster.logs(topic):
            log.compact()

    def delete_before(self, source: TopicPartition, offset: int) -> None:
        """Let retention take everything below `offset` in `source`."""
        self._shared.cluster.log(source).delete_before(offset)

    async def _assignments(self, group: str, member: object) -> AsyncGenerator[frozenset[TopicPartition]]:
        cluster, last = self._shared.cluster, None
        while True:
            async with self._shared.changed:
                while (now := cluster.assignment(group, member)) == last:
                    await self._shared.changed.wait()
            last = now
            yield now
