"""A hub, a log and a clock for tests of gates: small, and written apart from what they test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from holdfast_gate.errors import FeedError, OffsetLostError
from holdfast_gate.feed import FeedRecord
from holdfast_gate.lthash import LtHash
from holdfast_gate.model import SEAL_KEY, Exit, Notice, NoticeGround, NoticeOrder, RecordRef, Seal, SealedSource
from holdfast_gate.partition import Partition
from holdfast_gate.partitioner import partition_of
from holdfast_gate.records import encode_notice, encode_seal, registry
from holdfast_gate.replica import Replica
from holdfast_gate.signing import KeyRing, SealKey, signed

SOURCES = ("court", "custody", "immigration", "resolutions")
KEY = SealKey.from_seed("test", "test-1", b"k" * 32)
RING = KeyRing.of(KEY)
START = datetime(2025, 10, 24, 8, 0, tzinfo=UTC)
SOURCE = RecordRef("court-results", 0, 7, "ab" * 32)


def ground(*bars: str, name: str = "REMAND", sentence: str = "Remanded in custody.") -> NoticeGround:
    """A court's ground that bars these exits."""
    return NoticeGround(name, None, "COURT", "offence 1", bars, sentence, "court: remand", SOURCE)


def order(exit_: Exit = Exit.RELEASE, *, subject: str = "booking 1, event 1", missing: tuple[str, ...] = (), days: int = 0) -> NoticeOrder:
    """Custody's order for today, or for `days` later."""
    day = START.replace(hour=0) + timedelta(days=days)
    return NoticeOrder(exit_.value, subject, "CR", day, day + timedelta(days=1), missing, RecordRef("custody-events", 0, 9, "cd" * 32))


@dataclass
class ManualClock:
    """Two clocks that tests move by hand."""

    wall: datetime = START
    seconds: float = 1000.0

    def now(self) -> datetime:
        """Wall time."""
        return self.wall

    def monotonic_s(self) -> float:
        """Seconds."""
        return self.seconds


async def eventually(condition: Callable[[], bool], timeout_s: float = 5.0) -> None:
    """Wait until `condition` holds."""
    async with asyncio.timeout(timeout_s):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


class Log:
    """`vetoes`: offsets only grow, and markers take offsets without being records."""

    def __init__(self, partitions: int) -> None:
        """Begin empty."""
        self.records: list[list[FeedRecord]] = [[] for _ in range(partitions)]
        self.begins = [0] * partitions
        self.ends = [0] * partitions

    def append(self, partition: int, key: bytes | None, value: bytes | None, at: datetime | None) -> FeedRecord:
        """Write one record."""
        record = FeedRecord(partition=partition, offset=self.ends[partition], key=key, value=value, append_time=at)
        self.records[partition].append(record)
        self.ends[partition] += 1
        return record

    def marker(self, partition: int) -> None:
        """The end of a transaction."""
        self.ends[partition] += 1

    def compact(self, partition: int, below: int) -> None:
        """Keep only the newest record of every key below an offset, as Kafka's cleaner does."""
        newest = {record.key: record.offset for record in self.records[partition]}
        self.records[partition] = [r for r in self.records[partition] if r.offset >= below or newest[r.key] == r.offset]


@dataclass
class Hub:
    """Publishes notices and seals, and remembers what it published."""

    partitions: int = 1
    time: datetime = START
    log: Log = field(init=False)
    facts: list[int] = field(init=False)
    notices: dict[str, bytes] = field(default_factory=dict[str, bytes])
    gaps: frozenset[str] = frozenset()
    caught_up: dict[str, datetime | None] = field(default_factory=dict[str, "datetime | None"])
    policy_version: int = 0

    def __post_init__(self) -> None:
        """Make the log."""
        self.log = Log(self.partitions)
        self.facts = [0] * self.partitions

    def partition(self, prisoner: str) -> int:
        """Where a prisoner's notices go."""
        return partition_of(prisoner.encode(), self.partitions)

    def say(self, prisoner: str, *grounds: NoticeGround, orders: Sequence[NoticeOrder] = (), **changes: Any) -> FeedRecord:
        """Publish a notice, because of one more fact."""
        partition = self.partition(prisoner)
        notice = Notice(prisoner, self.facts[partition], 1, 0, self.time, tuple(grounds), tuple(orders))
        self.facts[partition] += 1
        value = encode_notice(replace(notice, **changes))
        self.notices[prisoner] = value
        return self.log.append(partition, prisoner.encode(), value, self.time)

    def make_seal(self, partition: int = 0) -> Seal:
        """A seal over what was published, at one more mark."""
        self.facts[partition] += 1
        digest = LtHash()
        for prisoner, value in self.notices.items():
            if self.partition(prisoner) == partition:
                digest.add(prisoner.encode(), value)
        sources = tuple(SealedSource(name, self.caught_up.get(name, self.time), name in self.gaps) for name in SOURCES)
        return Seal(partition, self.facts[partition], self.time, digest.digest(), sources, 1, self.policy_version)

    def seal(self, partition: int = 0, **changes: Any) -> FeedRecord:
        """Publish a seal, signed as it then is."""
        return self.publish(replace(self.make_seal(partition), **changes), partition)

    def publish(self, seal: Seal, partition: int = 0) -> FeedRecord:
        """Sign a seal and publish it in a partition."""
        return self.log.append(partition, SEAL_KEY, encode_seal(signed(seal, KEY)), self.time)

    def seal_all(self) -> None:
        """Publish a seal in every partition."""
        for partition in range(self.partitions):
            self.seal(partition)


class FakeFeed:
    """A feed of a `Log`. `broken` makes it fail, `careless` start anywhere; `served` tells which offsets it handed out."""

    def __init__(self, log: Log) -> None:
        """Serve `log`."""
        self.log = log
        self.broken = False
        self.reports_broken = False
        self.careless = False
        self.reports: list[bytes] = []
        self.positions: list[dict[str, Any]] = []
        self.starts: list[dict[int, int]] = []
        self.served: list[tuple[int, int]] = []
        self.asked = 0
        self.closed = False
        self._positions: dict[int, int] = {}
        self._changed = asyncio.Event()

    def stir(self) -> None:
        """Something was written: wake whoever polls."""
        self._changed.set()

    async def partitions(self) -> int:
        """See `Feed`."""
        self._reach()
        return len(self.log.records)

    async def start(self, positions: Mapping[int, int]) -> None:
        """See `Feed`."""
        self._reach()
        self.starts.append(dict(positions))
        wanted = {number: positions.get(number, self.log.begins[number]) for number in range(len(self.log.records))}
        if not self.careless and (lost := [n for n, offset in wanted.items() if not self.log.begins[n] <= offset <= self.log.ends[n]]):
            raise OffsetLostError(lost)
        self._positions = wanted

    async def poll(self, timeout_s: float) -> Sequence[FeedRecord]:
        """See `Feed`; waits a little real time, whatever the timeout, so that tests are quick."""
        del timeout_s
        self._reach()
        if not (found := self._take()):
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), 0.01)
            except TimeoutError:
                return ()
            self._reach()
            found = self._take()
        return found

    async def end_offsets(self) -> Mapping[int, int]:
        """See `Feed`."""
        self._reach()
        self.asked += 1
        return dict(enumerate(self.log.ends))

    async def publish_report(self, key: bytes, value: bytes) -> None:
        """See `Feed`."""
        self._reach()
        if self.reports_broken:
            message = "reports cannot be sent"
            raise FeedError(message)
        del key
        name, record = registry().decode(value)
        if name.endswith("GatePosition"):
            self.positions.append(record)
        else:
            self.reports.append(value)

    async def close(self) -> None:
        """See `Feed`."""
        self.closed = True

    def _reach(self) -> None:
        if self.broken:
            message = "the broker cannot be reached"
            raise FeedError(message)

    def _take(self) -> list[FeedRecord]:
        found = [r for n, records in enumerate(self.log.records) for r in records if r.offset >= self._positions.get(n, 0)]
        for record in found:
            self._positions[record.partition] = record.offset + 1
            self.served.append((record.partition, record.offset))
        return found


def replica_of(hub: Hub) -> Replica:
    """A replica that has read all that the hub published."""
    replica = Replica.empty(hub.partitions, RING)
    for number, partition in enumerate(replica.partitions):
        partition.expect(hub.log.ends[number])
        replica.apply(hub.log.records[number])
    return replica


def only(replica: Replica) -> Partition:
    """The one partition."""
    return replica.partitions[0]
