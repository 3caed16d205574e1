"""`vetoes` in process: a log with the broker's own stamps, and a feed that reads it."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast_gate.errors import FeedError, OffsetLostError
from holdfast_gate.feed import FeedRecord

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
    from datetime import datetime

    from holdfast_gate.testing.hub import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """Where a record was written, and the broker's stamp on it."""

    partition: int
    offset: int
    at: datetime


class MemoryTopic:
    """A topic with LogAppendTime. Records of a transaction that is still open are there for whoever reads uncommitted."""

    def __init__(self, partitions: int, now: Callable[[], datetime]) -> None:
        """Begin empty; `now` is the broker's clock."""
        self.records: list[list[FeedRecord]] = [[] for _ in range(partitions)]
        self.ends = [0] * partitions
        #: Per partition the first offset of a transaction that is still open.
        self.open_from: dict[int, int] = {}
        self.changed = asyncio.Event()
        self._now = now

    async def append(self, said: Said) -> Appended:
        """Write one record. Others have their turn meanwhile, as they do while a broker is waited for."""
        await asyncio.sleep(0)
        return self.write(said)

    def write(self, said: Said) -> Appended:
        """Write one record, at once."""
        record = FeedRecord(partition=said.partition, offset=self.ends[said.partition], key=said.key, value=said.value, append_time=self._now())
        self.records[said.partition].append(record)
        self.ends[said.partition] += 1
        self.changed.set()
        return Appended(partition=record.partition, offset=record.offset, at=self._now())

    @contextlib.asynccontextmanager
    async def uncommitted(self, said: Said) -> AsyncGenerator[Appended]:
        """Write one record in a transaction that is committed when the block ends; its marker takes an offset."""
        self.open_from.setdefault(said.partition, self.ends[said.partition])
        try:
            yield self.write(said)
        finally:
            self.ends[said.partition] += 1
            del self.open_from[said.partition]
            self.changed.set()


class MemoryFeed:
    """`holdfast_gate.feed.Feed` of a MemoryTopic, for one gate at a time. `broken` makes every call fail, as a broker that is gone does."""

    def __init__(self, topic: MemoryTopic, *, read_committed: bool = False) -> None:
        """Serve `topic`. No gate may read committed only; a test of the conformance kit needs one that does."""
        self.topic = topic
        self.broken = False
        self.reports: list[bytes] = []
        #: How often the ends of the log were asked for.
        self.asked = 0
        self._asked_for_more = False
        self._progress = asyncio.Event()
        self._read_committed = read_committed
        self._positions: dict[int, int] = {}

    async def partitions(self) -> int:
        """See `Feed`."""
        self._reach()
        return len(self.topic.records)

    async def start(self, positions: Mapping[int, int]) -> None:
        """See `Feed`."""
        self._reach()
        if lost := [number for number, offset in positions.items() if offset > self.topic.ends[number]]:
            raise OffsetLostError(lost)
        self._positions = dict(positions)

    async def poll(self, timeout_s: float) -> Sequence[FeedRecord]:
        """See `Feed`."""
        self._reach()
        if not (found := self._take()):
            # Whoever asks for more has done with what it was given.
            self._asked_for_more = True
            self._progress.set()
            self.topic.changed.clear()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.topic.changed.wait(), timeout_s)
            self._reach()
            found = self._take()
        return found

    async def end_offsets(self) -> Mapping[int, int]:
        """See `Feed`."""
        self._reach()
        self.asked += 1
        self._progress.set()
        return {number: self._end(number) for number in range(len(self.topic.ends))}

    async def publish_report(self, key: bytes, value: bytes) -> None:
        """See `Feed`."""
        self._reach()
        del key
        self.reports.append(value)

    async def close(self) -> None:
        """See `Feed`."""

    def is_read(self) -> bool:
        """Whether the gate has been given, and has dealt with, all that it may read."""
        return self._asked_for_more and not self._next()

    async def reached(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` holds; it is asked after everything that the gate does here."""
        while not condition():
            self._progress.clear()
            await self._progress.wait()

    def _end(self, partition: int) -> int:
        end = self.topic.ends[partition]
        return self.topic.open_from.get(partition, end) if self._read_committed else end

    def _reach(self) -> None:
        if self.broken:
            message = "the broker cannot be reached"
            raise FeedError(message)

    def _take(self) -> list[FeedRecord]:
        found = self._next()
        for record in found:
            self._asked_for_more = False
            self._positions[record.partition] = record.offset + 1
        return found

    def _next(self) -> list[FeedRecord]:
        every = enumerate(self.topic.records)
        return [record for number, records in every for record in records[self._first(number) :] if record.offset < self._end(number)]

    def _first(self, partition: int) -> int:
        """The place in the list of the first record that was not handed out: offsets have gaps, so from the end back."""
        position, records = self._positions.get(partition, 0), self.topic.records[partition]
        place = len(records)
        while place and records[place - 1].offset >= position:
            place -= 1
        return place
