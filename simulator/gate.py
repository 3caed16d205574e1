"""A gate as scenarios use it: the SDK's own, reading `vetoes` through whatever broker the scenario plays on."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from holdfast_gate.clock import Clock
from holdfast_gate.config import REPORTS, VETOES, GateConfig
from holdfast_gate.errors import FeedError, OffsetLostError
from holdfast_gate.feed import FeedRecord
from holdfast_gate.gate import Gate
from holdfast_gate.model import Exit
from services.runtime import ports
from services.runtime.ports import Broker, BrokerError, Outgoing, Reader, TopicPartition
from simulator.under_test import Answer, Reason

READ_LIMIT = 1000


class BrokerFeed:
    """`holdfast_gate.feed.Feed` over a broker's port."""

    def __init__(self, broker: Broker) -> None:
        """Nothing is read before `start`."""
        self._broker = broker
        self._reader: Reader | None = None

    async def partitions(self) -> int:
        """See `Feed`."""
        try:
            return await self._broker.partition_count(VETOES)
        except BrokerError as error:
            raise FeedError(str(error)) from error

    async def start(self, positions: Mapping[int, int]) -> None:
        """See `Feed`."""
        await self.close()
        sources = [TopicPartition(VETOES, number) for number in range(await self.partitions())]
        offsets = {TopicPartition(VETOES, number): offset for number, offset in positions.items()}
        try:
            self._reader = await self._broker.open_reader(sources, offsets=offsets, committed=False)
        except BrokerError as error:
            raise _as_feed_error(error, positions) from error

    async def poll(self, timeout_s: float) -> Sequence[FeedRecord]:
        """See `Feed`."""
        try:
            records = await self._started().read(limit=READ_LIMIT, timeout_s=timeout_s)
        except BrokerError as error:
            raise _as_feed_error(error, range(await self.partitions())) from error
        return [FeedRecord(partition=r.partition, offset=r.offset, key=r.key, value=r.value, append_time=r.appended_at) for r in records]

    async def end_offsets(self) -> Mapping[int, int]:
        """See `Feed`."""
        try:
            ends = await self._started().end_offsets()
        except BrokerError as error:
            raise FeedError(str(error)) from error
        return {source.partition: end for source, end in ends.items()}

    async def publish_report(self, key: bytes, value: bytes) -> None:
        """See `Feed`."""
        try:
            await self._broker.publish([Outgoing(topic=REPORTS, key=key, value=value)])
        except BrokerError as error:
            raise FeedError(str(error)) from error

    async def close(self) -> None:
        """See `Feed`."""
        reader, self._reader = self._reader, None
        if reader is not None:
            await reader.close()

    def _started(self) -> Reader:
        if self._reader is None:
            message = "the feed is not being read"
            raise FeedError(message)
        return self._reader


def _as_feed_error(error: BrokerError, partitions: Mapping[int, int] | range) -> FeedError:
    if isinstance(error, ports.OffsetLostError):
        return OffsetLostError(partitions)
    return FeedError(str(error))


class _Transparent(Gate):
    """A gate that shows what its seals say of the sources."""

    def sealed_through(self) -> Mapping[str, datetime | None] | None:
        """See `GateUnderTest`."""
        replica = None if self._open is None else self._open[0].replica
        if replica is None or any(partition.seal is None for partition in replica.partitions):
            return None
        heard = [partition.caught_up for partition in replica.partitions]
        everywhere = [source for source in (heard[0] if heard else {}) if all(source in each for each in heard)]
        return {source: min(each[source] for each in heard) for source in everywhere}


class ScenarioGate:
    """`GateUnderTest`. Its directory outlives a restart, as a gate's disk does."""

    def __init__(self, broker: Broker, clock: Clock, directory: Path, *, prefix: str = "") -> None:
        """Nothing runs before `start`."""
        self._broker = broker
        self._clock = clock
        self._config = GateConfig(gate_id="scenario-gate", directory=directory, topic=prefix + VETOES)
        self._gate = self._fresh()

    async def start(self) -> None:
        """Open replica and journal and follow the feed."""
        await self._gate.__aenter__()

    async def stop(self) -> None:
        """Let go at once, as a process does that is killed: nothing is sent any more."""
        stopped = KeyboardInterrupt()
        await self._gate.__aexit__(type(stopped), stopped, None)

    async def restart(self) -> None:
        """See `GateUnderTest`."""
        await self.stop()
        self._gate = self._fresh()
        await self.start()

    async def decide(self, prisoner: str, exit_: Exit) -> Answer:
        """See `GateUnderTest`."""
        answer = await self._gate.decide(prisoner, exit_)
        grounds = [Reason(name=ground.name, sentence=ground.sentence) for ground in answer.grounds]
        refer = [Reason(name=each.code.value, sentence=each.sentence) for each in answer.refer]
        return Answer(decision=answer.decision, reasons=(*grounds, *refer))

    def sealed_through(self) -> Mapping[str, datetime | None] | None:
        """See `GateUnderTest`."""
        return self._gate.sealed_through()

    def _fresh(self) -> _Transparent:
        return _Transparent(self._config, BrokerFeed(self._broker), self._clock)


@asynccontextmanager
async def scenario_gate(broker: Broker, clock: Clock, directory: Path, *, prefix: str = "") -> AsyncGenerator[ScenarioGate]:
    """A gate that follows the hub, for the length of a block."""
    gate = ScenarioGate(broker, clock, directory, prefix=prefix)
    await gate.start()
    try:
        yield gate
    finally:
        await gate.stop()
