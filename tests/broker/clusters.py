"""The clusters that the broker suite runs on: one in memory, and a real Kafka."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from services.runtime.clock import SystemClock
from services.runtime.config import KafkaSettings
from services.runtime.kafka import KafkaBroker
from simulator.memory_broker import MemoryBroker

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.runtime.ports import Broker, Clock, Lane, Outgoing, Reader, TopicPartition


class Cluster(Protocol):
    """A fresh cluster with a few topics."""

    def connect(self) -> Broker:
        """One more client, as another process has one."""
        ...

    async def killed_before_commit(self, source: TopicPartition, *, group: str, transactional_id: str, outputs: Sequence[Outgoing]) -> None:
        """Let an owner of `source` write `outputs` and die before it commits."""
        ...

    async def close(self) -> None:
        """Disconnect every client, and forget the topics."""
        ...


class InMemory:
    """`Cluster` in memory."""

    def __init__(self, topics: Mapping[str, int]) -> None:
        """Create `topics`."""
        self._broker = MemoryBroker(topics, SystemClock())

    def connect(self) -> Broker:
        """See `Cluster`."""
        return self._broker.another()

    async def killed_before_commit(self, source: TopicPartition, *, group: str, transactional_id: str, outputs: Sequence[Outgoing]) -> None:
        """See `Cluster`."""
        lane = await self._broker.another().open_lane(source, group=group, transactional_id=transactional_id)
        await lane.write(outputs, source.partition)
        await lane.close()

    async def close(self) -> None:
        """See `Cluster`."""


class OnKafka:
    """`Cluster` on a real Kafka, under a prefix of its own."""

    def __init__(self, bootstrap: str, prefix: str, topics: Mapping[str, int]) -> None:
        """`create` makes the topics."""
        self._settings = KafkaSettings.model_validate({"bootstrap_servers": bootstrap, "topic_prefix": prefix})
        self._topics = topics
        self._clients: list[_Tidy] = []

    async def create(self) -> None:
        """Create the topics."""
        client = self._client()
        for topic, partitions in self._topics.items():
            await client.create_topic(topic, partitions=partitions, replication=1, settings={})

    def connect(self) -> Broker:
        """See `Cluster`."""
        return self._client()

    async def killed_before_commit(self, source: TopicPartition, *, group: str, transactional_id: str, outputs: Sequence[Outgoing]) -> None:
        """See `Cluster`."""
        client = self._client()
        lane: Any = await client.open_lane(source, group=group, transactional_id=transactional_id)
        await lane._producer.begin_transaction()
        for output in outputs:
            await (await client.send(lane._producer, output))
        await lane.close()

    async def close(self) -> None:
        """See `Cluster`."""
        for client in self._clients:
            await client.close()
        await self._clients[0].delete_topics(list(self._topics))

    def _client(self) -> KafkaBroker:
        client = _Tidy(self._settings, SystemClock())
        self._clients.append(client)
        return client


class _Tidy(KafkaBroker):
    """Closes what was opened through it, so that tests need not."""

    def __init__(self, settings: KafkaSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self._opened: list[Lane | Reader] = []

    async def open_lane(self, source: TopicPartition, *, group: str, transactional_id: str) -> Lane:
        lane = await super().open_lane(source, group=group, transactional_id=transactional_id)
        self._opened.append(lane)
        return lane

    async def open_reader(
        self,
        sources: Sequence[TopicPartition],
        *,
        offsets: Mapping[TopicPartition, int] | None = None,
        committed: bool = True,
    ) -> Reader:
        reader = await super().open_reader(sources, offsets=offsets, committed=committed)
        self._opened.append(reader)
        return reader

    async def close(self) -> None:
        for opened in self._opened:
            await opened.close()
        self._opened.clear()
        await super().close()
