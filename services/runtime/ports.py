"""What services need of the world: a broker and two clocks.

`kafka.py` is the broker in production and `simulator/memory_broker.py` the one in memory; both pass the same suite. Topic names here are logical:
an adapter adds the deployment's prefix on the way out and takes it off on the way in.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

Headers = tuple[tuple[str, bytes], ...]


class BrokerError(Exception):
    """The broker, or our standing with it, failed.

    BrokerError
    ├── FencedError       another owner took this partition over: stop at once, nothing of ours counts any more
    ├── OffsetLostError   the log no longer holds what we must read next: halt and report, never skip
    ├── TopicError        a topic is missing or is not as declared
    └── (itself)          unreachable, timed out, refused: drop producer and state and start the partition again
    """


class FencedError(BrokerError):
    """Another owner has initialised our transactional id."""


class OffsetLostError(BrokerError):
    """The committed offset is no longer in the log."""


class TopicError(BrokerError):
    """A topic is missing or not as declared."""


@dataclass(frozen=True, slots=True, order=True)
class TopicPartition:
    """One partition of one topic."""

    topic: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]"


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One record as read. `appended_at` is the record's timestamp: the broker's append time where the topic uses LogAppendTime."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    appended_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing:
    """One record to write. Without `partition`, Kafka's default partitioner (murmur2 of the key) chooses it."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int | None = None


class Lane(Protocol):
    """The exactly-once path of one input partition: what is read, and what is written with the offset that it was read up to.

    Opening a lane fences whoever had it. After any exception or cancellation a lane is closed and never used again.
    """

    @property
    def source(self) -> TopicPartition:
        """The input partition."""
        ...

    @property
    def start_end_offset(self) -> int:
        """The input partition's (read-committed) end when the lane was opened: at or past it, the lane is caught up."""
        ...

    @property
    def partition_count(self) -> int:
        """How many partitions the input topic has, as last heard; a change is noticed within seconds."""
        ...

    async def position(self) -> int:
        """The next offset that will be read, past any transaction marker."""
        ...

    async def end_offset(self) -> int:
        """The input partition's (read-committed) end now."""
        ...

    async def read(self, *, limit: int, timeout_s: float) -> Sequence[Record]:
        """Up to `limit` records in offset order; empty when `timeout_s` passed without any."""
        ...

    async def commit(self, outputs: Sequence[Outgoing], next_offset: int | None) -> None:
        """Write `outputs`, and that everything below `next_offset` has been read (None: unchanged), in one transaction.

        Returns when the transaction is durable. Raises FencedError or BrokerError; then nothing of it may be relied on.
        """
        ...

    async def close(self) -> None:
        """Let go of connections; an open transaction is left for the successor to settle."""
        ...


class Reader(Protocol):
    """Reads some partitions from given offsets, outside any group."""

    async def read(self, *, limit: int, timeout_s: float) -> Sequence[Record]:
        """Up to `limit` records; empty when `timeout_s` passed without any."""
        ...

    async def position(self, source: TopicPartition) -> int:
        """The next offset that will be read from `source`."""
        ...

    async def end_offsets(self) -> dict[TopicPartition, int]:
        """The end of every partition now."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Broker(Protocol):
    """A Kafka cluster, or something that behaves like one."""

    async def partition_count(self, topic: str) -> int:
        """How many partitions `topic` has now. Raises TopicError when it does not exist."""
        ...

    def join(self, group: str, topics: Sequence[str]) -> AbstractAsyncContextManager[AsyncIterator[frozenset[TopicPartition]]]:
        """Membership of a consumer group: yields the partitions assigned to us, whenever that changes."""
        ...

    async def open_lane(self, source: TopicPartition, *, group: str, transactional_id: str) -> Lane:
        """Fence any earlier owner of `transactional_id`, then position at the group's committed offset (or the log's beginning).

        Raises OffsetLostError when that offset is no longer in the log.
        """
        ...

    async def open_reader(
        self, sources: Sequence[TopicPartition], *, offsets: dict[TopicPartition, int] | None = None, committed: bool = True
    ) -> Reader:
        """Read `sources` from `offsets` (default: the beginning); `committed` leaves out what is not committed."""
        ...

    async def offsets_at(self, sources: Sequence[TopicPartition], instant: datetime) -> dict[TopicPartition, int]:
        """Of each partition the first offset whose record was appended at `instant` or later; its end where there is none."""
        ...

    async def publish(self, outputs: Sequence[Outgoing]) -> Sequence[tuple[TopicPartition, int]]:
        """Write outside any transaction (idempotent, acks all); returns where each record went."""
        ...

    async def close(self) -> None:
        """Let go of everything that was opened."""
        ...


class Clock(Protocol):
    """Time. Only `clock.py` and the scenario runner implement it."""

    def now(self) -> datetime:
        """Wall time, UTC."""
        ...

    def monotonic_s(self) -> float:
        """Seconds from an arbitrary start; never goes back."""
        ...

    def of_broker(self, appended_at: datetime) -> datetime:
        """A broker's append time on this clock: itself, except where the scenario runner drives the clock."""
        ...
