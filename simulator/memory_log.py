"""What a Kafka cluster keeps, in memory: logs with transactions, transactional ids, committed offsets, groups.

Nothing waits here and nothing is awaited; `memory_broker.py` puts the ports on top. Where this is simpler than Kafka:
one node, no timeouts (an abandoned transaction stays open until its transactional id is initialised again), and
compaction only when `compact` is called.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from holdfast_gate.partitioner import partition_of
from services.runtime.ports import (
    BrokerError,
    FencedError,
    OffsetLostError,
    Outgoing,
    Record,
    TopicError,
    TopicPartition,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


@dataclass(slots=True, eq=False)
class Transaction:
    """One transaction: where it wrote, the offsets it would commit, how it ended."""

    state: Literal["open", "committed", "aborted"] = "open"
    logs: list[PartitionLog] = field(default_factory=list["PartitionLog"])
    offsets: dict[tuple[str, TopicPartition], int] = field(default_factory=dict[tuple[str, TopicPartition], int])


@dataclass(slots=True)
class Producer:
    """The newest owner of one transactional id; an owner with a lower epoch is fenced."""

    epoch: int = 0
    transaction: Transaction | None = None


@dataclass(slots=True)
class Group:
    """The members of one consumer group in the order in which they joined, and what each subscribed to."""

    members: dict[object, tuple[str, ...]] = field(default_factory=dict[object, tuple[str, ...]])


@dataclass(frozen=True, slots=True)
class _Entry:
    offset: int
    record: Record | None  # None: a transaction marker
    transaction: Transaction | None

    @property
    def is_aborted(self) -> bool:
        return self.transaction is not None and self.transaction.state == "aborted"


def _offset(entry: _Entry) -> int:
    return entry.offset


class PartitionLog:
    """One partition: entries in offset order, from `start` to `end`."""

    def __init__(self, source: TopicPartition) -> None:
        """Begin with nothing at offset 0."""
        self.source = source
        self.start = 0
        self.end = 0
        self._entries: list[_Entry] = []
        self._open: dict[Transaction, int] = {}

    @property
    def stable_end(self) -> int:
        """The last stable offset: the first offset of the oldest open transaction, else the end."""
        return min(self._open.values(), default=self.end)

    def append(self, outgoing: Outgoing, appended_at: datetime, transaction: Transaction | None = None) -> int:
        """Write one record and return its offset."""
        record = Record(
            topic=self.source.topic,
            partition=self.source.partition,
            offset=self.end,
            key=outgoing.key,
            value=outgoing.value,
            headers=outgoing.headers,
            appended_at=appended_at,
        )
        if transaction is not None and transaction not in self._open:
            self._open[transaction] = self.end
            transaction.logs.append(self)
        return self._add(record, transaction)

    def settle(self, transaction: Transaction) -> None:
        """Write the marker that ends `transaction` here; it takes an offset, as in Kafka."""
        del self._open[transaction]
        self._add(None, None)

    def end_for(self, *, committed: bool) -> int:
        """Return the first offset that a reader cannot see past."""
        return self.stable_end if committed else self.end

    def read(self, offset: int, *, committed: bool, limit: int) -> tuple[list[Record], int]:
        """Up to `limit` records from `offset` that a reader may see, and the offset to go on from.

        Raises OffsetLostError when `offset` is not within the log.
        """
        self.check(offset)
        found: list[Record] = []
        end = self.end_for(committed=committed)
        for index in range(self._index(offset), len(self._entries)):
            entry = self._entries[index]
            if entry.offset >= end:
                break
            if entry.record is None or (committed and entry.is_aborted):
                continue
            if len(found) == limit:
                return found, entry.offset
            found.append(entry.record)
        return found, max(offset, end)

    def check(self, offset: int) -> None:
        """Raise OffsetLostError unless a reader can go on from `offset`."""
        if not self.start <= offset <= self.end:
            message = f"{self.source} holds offsets {self.start} to {self.end}, and {offset} was to be read next"
            raise OffsetLostError(message)

    def offset_at(self, instant: datetime) -> int:
        """Return the first offset whose record was appended at `instant` or later, the end where there is none."""
        return next((entry.offset for entry in self._entries if entry.record is not None and entry.record.appended_at >= instant), self.end)

    def compact(self) -> None:
        """Keep, below the last stable offset, only the newest committed record of every key."""
        settled = [entry for entry in self._entries if entry.offset < self.stable_end]
        newest = {entry.record.key: entry for entry in settled if entry.record is not None and not entry.is_aborted}
        self._entries = [*sorted(newest.values(), key=_offset), *self._entries[len(settled) :]]

    def delete_before(self, offset: int) -> None:
        """Forget everything below `offset`, as retention does."""
        self.start = min(max(offset, self.start), self.end)
        del self._entries[: self._index(self.start)]

    def _add(self, record: Record | None, transaction: Transaction | None) -> int:
        offset = self.end
        self._entries.append(_Entry(offset, record, transaction))
        self.end += 1
        return offset

    def _index(self, offset: int) -> int:
        return bisect_left(self._entries, offset, key=_offset)


class MemoryCluster:
    """The logs of every topic, and the cluster's memory of producers, offsets and groups."""

    def __init__(self, topics: Mapping[str, int]) -> None:
        """Empty `topics`, each with its number of partitions."""
        self._topics: dict[str, list[PartitionLog]] = {}
        self._producers: dict[str, Producer] = {}
        self._offsets: dict[tuple[str, TopicPartition], int] = {}
        self._groups: dict[str, Group] = {}
        for topic, partitions in topics.items():
            self._topics[topic] = [PartitionLog(TopicPartition(topic, number)) for number in range(partitions)]

    def logs(self, topic: str) -> Sequence[PartitionLog]:
        """Every partition of `topic`. Raises TopicError when it does not exist."""
        if topic not in self._topics:
            message = f"topic {topic} does not exist"
            raise TopicError(message)
        return self._topics[topic]

    def log(self, source: TopicPartition) -> PartitionLog:
        """One partition. Raises TopicError when it does not exist."""
        logs = self.logs(source.topic)
        if not 0 <= source.partition < len(logs):
            message = f"{source} does not exist: {source.topic} has {len(logs)} partitions"
            raise TopicError(message)
        return logs[source.partition]

    def add_partitions(self, topic: str, partitions: int) -> None:
        """Let `topic` have `partitions` partitions; it never has fewer than before."""
        logs = self._topics[topic]
        logs.extend(PartitionLog(TopicPartition(topic, number)) for number in range(len(logs), partitions))

    def log_for(self, outgoing: Outgoing) -> PartitionLog:
        """Say where `outgoing` goes: without key and partition to 0, since any would do and this one is repeatable."""
        if outgoing.partition is not None:
            return self.log(TopicPartition(outgoing.topic, outgoing.partition))
        logs = self.logs(outgoing.topic)
        return logs[0 if outgoing.key is None else partition_of(outgoing.key, len(logs))]

    # --- transactions -------------------------------------------------------------------------------------------------

    def initialise(self, transactional_id: str) -> int:
        """Fence the owners before and abort what they left open; returns the new owner's epoch."""
        producer = self._producers.setdefault(transactional_id, Producer())
        producer.epoch += 1
        if producer.transaction is not None:
            self._end(producer, "aborted")
        return producer.epoch

    def begin(self, transactional_id: str, epoch: int) -> Transaction:
        """Return the open transaction, opened if need be. Raises FencedError when `epoch` is not the newest."""
        producer = self._owned(transactional_id, epoch)
        if producer.transaction is None:
            producer.transaction = Transaction()
        return producer.transaction

    def commit(self, transactional_id: str, epoch: int) -> None:
        """Commit what is open. Raises FencedError when `epoch` is not the newest."""
        producer = self._owned(transactional_id, epoch)
        if producer.transaction is not None:
            self._offsets |= producer.transaction.offsets
            self._end(producer, "committed")

    def committed_offset(self, group: str, source: TopicPartition) -> int:
        """Return what `group` committed, else the log's beginning. Raises OffsetLostError when that is gone."""
        log = self.log(source)
        offset = self._offsets.get((group, source), log.start)
        log.check(offset)
        return offset

    def _owned(self, transactional_id: str, epoch: int) -> Producer:
        producer = self._producers[transactional_id]
        if producer.epoch != epoch:
            message = f"transactional id {transactional_id} has a newer owner (epoch {producer.epoch}, ours is {epoch})"
            raise FencedError(message)
        return producer

    @staticmethod
    def _end(producer: Producer, how: Literal["committed", "aborted"]) -> None:
        transaction = producer.transaction
        if transaction is None:
            message = "no transaction is open"
            raise BrokerError(message)
        producer.transaction = None
        transaction.state = how
        for log in transaction.logs:
            log.settle(transaction)

    # --- groups -------------------------------------------------------------------------------------------------------

    def join(self, group: str, member: object, topics: Sequence[str]) -> None:
        """Let `member` share `topics` with the rest of `group`. Raises TopicError for a topic that does not exist."""
        for topic in topics:
            self.logs(topic)
        self._groups.setdefault(group, Group()).members[member] = tuple(topics)

    def leave(self, group: str, member: object) -> None:
        """Give up what `member` had in `group`."""
        self._groups[group].members.pop(member, None)

    def assignment(self, group: str, member: object) -> frozenset[TopicPartition]:
        """Return what is `member`'s now: of every topic an even range, in the order of joining."""
        members = self._groups[group].members
        mine: set[TopicPartition] = set()
        for topic in members.get(member, ()):
            sharers = [other for other, topics in members.items() if topic in topics]
            logs, rank = self._topics[topic], sharers.index(member)
            first, last = (len(logs) * edge // len(sharers) for edge in (rank, rank + 1))
            mine |= {log.source for log in logs[first:last]}
        return frozenset(mine)
